"""What every action on requests and notices begins with: the row as it is now, held, and plain words where it has moved on."""

from __future__ import annotations

import datetime as dt

from accounts import clock
from accounts.models import AuditEvent, User
from casework import considering
from casework.actions import record
from casework.models import Case, Entry
from legal.models import Notice, Request
from schools.models import Pupil, School


class NoticeProblem(ValueError):
    """Why something cannot be done to a request or notice, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def safeguarding_comes_first(pupil: Pupil, *, by: User | None, today: dt.date, before: str) -> None:
    """No legal step without a consideration that is needed. A school is refused without being told why: it is not the school's to know."""
    missing = considering.obstacle(pupil, today=today, before=before)
    if missing and by and not by.as_role.in_authority:
        raise NoticeProblem("The attendance team has something of its own to complete for this child first. Ask your attendance officer.")
    if missing:
        raise NoticeProblem(missing)


def hold_request(request: Request, version: int | None, by: User | None) -> Request:
    """The request as it is now, until the transaction ends. `version=None` is for commands: they saw no form."""
    held = Request.objects.select_for_update(of=("self",)).select_related("pupil", "school", "case").get(pk=request.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("request", held.pk, by))
    return held


def hold_notice(notice: Notice, version: int | None, by: User | None) -> Notice:
    held = Notice.objects.select_for_update(of=("self",)).select_related("pupil", "parent", "school", "request").get(pk=notice.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("notice", held.pk, by))
    return held


def moved_on(kind: str, pk: int, by: User | None) -> str:
    """Somebody was quicker: who and when, from the audit trail. It may have been the same person, with the same form sent twice."""
    changes = AuditEvent.objects.filter(subject_type=kind, subject_id=pk, kind=AuditEvent.Kind.CHANGE)
    last = changes.order_by("-at", "-pk").first()
    if by and last and last.by_id == by.pk:
        return (
            f"You changed this yourself at {_at(last)}: this form was sent twice, or from an older page. Look at it before you try again."
        )
    return f"{_who(last)}. Nothing of yours was saved; look at it and try again."


def _who(change: AuditEvent | None) -> str:
    if change is None:
        return "This was changed in the meantime"
    if change.by_id:
        return f"{change.by_name} changed this at {_at(change)}"
    return f"This changed at {_at(change)}, when marks were looked at again"


def _at(change: AuditEvent) -> str:
    return f"{change.at.astimezone(clock.LONDON):%H:%M}"


def tell_case(*, by: User | None, today: dt.date, now: dt.datetime, pupil: Pupil, school: School, words: str, shared: bool = True) -> None:
    """A line in the chronology of the pupil's open case, where there is one.

    The school that asked may read it; where the case is another school's, the authority alone. What a family pays, and when
    something reached them, is not the school's: `shared=False`.
    """
    case = Case.objects.open().filter(pupil=pupil).first()
    if case is not None:
        readable = shared and case.school_id == school.pk
        record(by=by, now=now, case=case, kind=Entry.Kind.LEGAL, words=words, day=today, shared=readable)
