"""Who is on roll where, from when to when. Each change holds the school, as a load of its registers does."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell
from schools.actions import enquiries, pupils
from schools.actions.pupils import PupilDetails, PupilProblem
from schools.locks import hold_school
from schools.models import Enrolment, Pupil, School

FAR = dt.date(9999, 12, 31)


class EnrolmentProblem(ValueError):
    """Why a spell on roll cannot be written so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def _check(wanted: Enrolment, today: dt.date) -> None:
    if wanted.end and wanted.end < wanted.start:
        raise EnrolmentProblem("The last day on roll must be on or after the first day", "end")
    if wanted.start > today + dt.timedelta(days=366):
        raise EnrolmentProblem("The first day on roll is more than a year away", "start")
    if wanted.pupil.merged_into_id and (wanted.end or FAR) >= today:
        raise EnrolmentProblem(f"This record was merged into another of the same child: use the page of {wanted.pupil.merged_into}")
    others = Enrolment.objects.filter(pupil=wanted.pupil, school=wanted.school).exclude(pk=wanted.pk)
    other = others.touching(wanted.start, wanted.end or FAR).first()
    if other is not None:
        until = f"to {other.end:%-d %B %Y}" if other.end else "without an end date"
        raise EnrolmentProblem(
            f"{wanted.pupil} is already on roll here from {other.start:%-d %B %Y} {until}. Correct or end that enrolment instead.",
            "start",
        )


@transaction.atomic
def enrol(
    *,
    by: User | None,
    today: dt.date,
    pupil: Pupil,
    school: School,
    start: dt.date,
    end: dt.date | None = None,
    kind: str = Enrolment.Kind.MAIN,
    year_group: str = "",
) -> Enrolment:
    """Put a pupil on a school's roll. Enrolments at other schools stay as they are: dual registration is ordinary."""
    hold_school(school.pk)
    enrolment = Enrolment(pupil=pupil, school=school, start=start, end=end, kind=kind, year_group=year_group.strip())
    _check(enrolment, today)
    enrolment.save()
    audit.record("enrolled", by=by, subject=enrolment, start=start.isoformat())
    bell.people_changed(pupils=[pupil.pk], schools=[school.pk])
    return enrolment


@transaction.atomic
def admit(
    *,
    by: User | None,
    today: dt.date,
    school: School,
    details: PupilDetails,
    start: dt.date,
    kind: str = Enrolment.Kind.MAIN,
    year_group: str = "",
    although_alike: bool = False,
) -> Enrolment:
    """Put a child on a school's roll who may be new to us or may have come from elsewhere: the UPN tells."""
    number = (details.get("upn") or "").strip()
    pupil = pupils.find_by_upn(number) if number else None
    if pupil is not None and pupils.known_as_somebody_else(pupil, details):
        raise PupilProblem(
            f"UPN {number} is known with another surname and date of birth. Check the UPN with the school the child came from.", "upn"
        )
    if pupil is None:
        if not although_alike and (alike := pupils.like(details, school)) is not None:
            raise PupilProblem(
                f"{alike} with the same date of birth is already known at {school}"
                f"{f', UPN {alike.upn}' if alike.upn else ''}. Confirm that this is another child.",
                "although_alike",
            )
        pupil = pupils.add_pupil(by=by, today=today, details=details)
    return enrol(by=by, today=today, pupil=pupil, school=school, start=start, kind=kind, year_group=year_group)


@transaction.atomic
def correct_enrolment(
    *,
    by: User | None,
    today: dt.date,
    enrolment: Enrolment,
    start: dt.date,
    end: dt.date | None,
    kind: str,
    year_group: str,
    leaving_reason: str = "",
    ground: str = "",
    destination: str = "",
) -> list[str]:
    """Correct a spell's dates or kind. Marks outside the new dates stay in the register and are not counted.

    To give it an end is to delete the name from the roll: `enquiries.check_deletion` says when that must not be.
    """
    hold_school(enrolment.school_id)
    enrolment = Enrolment.objects.select_related("pupil", "school").select_for_update(of=("self",)).get(pk=enrolment.pk)
    wanted = {
        "start": start,
        "end": end,
        "kind": kind,
        "year_group": year_group.strip(),
        "leaving_reason": leaving_reason.strip(),
        "ground": ground if end else "",
        "destination": destination.strip() if end else "",
    }
    changed = [key for key, value in wanted.items() if getattr(enrolment, key) != value]
    if not changed:
        return []
    if "start" in changed:
        enrolment.start_from_marks = False  # somebody has said it now
    for key in changed:
        setattr(enrolment, key, wanted[key])
    _check(enrolment, today)
    if end and ({"end", "ground"} & set(changed)) and (problem := enquiries.check_deletion(enrolment, said_by_hand=True)):
        raise EnrolmentProblem(problem, "ground")
    enrolment.save()
    enquiries.close_deleted([enrolment], today=today)
    audit.record("corrected enrolment", by=by, subject=enrolment, fields=changed)
    bell.people_changed(pupils=[enrolment.pupil_id], schools=[enrolment.school_id])
    return changed
