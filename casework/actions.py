"""What people do with cases: open one, write to its chronology, and take it to its end."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.models import Flag
from casework import stages
from casework.models import Case, Entry
from schools.models import Enrolment, Pupil, School


class CaseProblem(ValueError):
    """Why something cannot be done to a case, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def record(
    *,
    by: User | None,
    now: dt.datetime,
    case: Case,
    kind: str,
    words: str,
    day: dt.date,
    shared: bool = False,
    form_token: uuid.UUID | None = None,
) -> Entry:
    """Write one line of a case's chronology. A form that is sent twice writes once."""
    try:
        with transaction.atomic():
            return Entry.objects.create(
                case=case,
                kind=kind,
                day=day,
                at=now,
                by=by,
                by_name=by.name if by else audit.COMMAND,
                words=words,
                shared=shared,
                form_token=form_token,
            )
    except IntegrityError:
        if form_token and (written := Entry.objects.filter(form_token=form_token, case=case).first()):
            return written
        raise


@transaction.atomic
def open_case(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    origin: str,
    reason: str,
    flag: Flag | None = None,
    officer: User | None = None,
    words: str = "",
) -> tuple[Case, bool]:
    """Open a case for a pupil, or give the one that is open already; True where it is new. Raises `CaseProblem`."""
    if not Enrolment.objects.filter(pupil=pupil, school=school).on_roll(today).exists():
        raise CaseProblem(f"{pupil} is not on roll at {school} today. Choose the school where the child is on roll.", "school")
    case = Case(
        pupil=pupil,
        school=school,
        origin=origin,
        reason=reason,
        flag=flag,
        officer=officer,
        stage=stages.NEW,
        stage_since=today,
        opened=today,
        opened_by=by,
        opened_at=now,
    )
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError:  # one open case a pupil: somebody was quicker
        return Case.objects.open().get(pupil=pupil), False
    said = f"{case.get_origin_display()}: {case.get_reason_display().lower()}." + (f" {words}" if words else "")
    record(by=by, now=now, case=case, kind=Entry.Kind.OPENED, words=said, day=today, shared=True)
    audit.record("Case opened", by=by, subject=case, origin=origin, reason=reason)
    return case, True
