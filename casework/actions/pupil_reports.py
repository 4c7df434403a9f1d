"""Reports on one pupil: made in one go, and afterwards who went to the meeting and what came of it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions.cases import record
from casework.letters import reporting, third
from casework.letters.fields import LetterProblem
from casework.models import Case, Entry, PupilReport
from schools import orders
from schools.models import Pupil

TASK = "daymark.make_pupil_report"
_BACK = dt.timedelta(days=366)


@transaction.atomic
def make_report(
    *, by: User, today: dt.date, now: dt.datetime, pupil: Pupil, purpose: str, comment: str = "", form_token: uuid.UUID | None = None
) -> PupilReport:
    """Put a report together from what is known today. It names no parent, brother or sister, whoever wrote the name."""
    Pupil.objects.select_for_update().get(pk=pupil.pk)
    if form_token and (before := PupilReport.objects.filter(form_token=form_token, pupil=pupil).first()):
        return before
    if found := third.named(comment, reporting.thirds(pupil), reporting.own_names(pupil)):
        said = ", ".join(f"“{name}”" for name in found)
        raise LetterProblem(
            f"The comment names {said}. A report names no parent, brother or sister: say “a parent” and the like", "comment"
        )
    said_of = reporting.put_together(pupil, today=today, purpose=str(PupilReport.Purpose(purpose).label), comment=comment.strip())
    report = PupilReport.objects.create(
        pupil=pupil, purpose=purpose, day=today, said=said_of, by=by, by_name=by.name, asked_at=now, form_token=form_token
    )
    audit.record("made pupil report", by=by, subject=report, purpose=purpose)
    orders.ring(TASK, report.pk)
    return report


@transaction.atomic
def log_attendance(
    *, by: User, today: dt.date, now: dt.datetime, report: PupilReport, met: dt.date | None, went: str, who: str = "", outcome: str = ""
) -> PupilReport:
    """Who went to the meeting the report was for, when, and what came of it: also in the chronology of the child's open case."""
    held = PupilReport.objects.select_for_update(of=("self",)).select_related("pupil").get(pk=report.pk)
    if held.met:
        if (held.met, held.went, held.who, held.outcome) == (met, went, who.strip(), outcome.strip()):
            return held  # the same form, sent twice
        raise LetterProblem(f"The meeting was logged already, on {say_day(held.met)}: {held.get_went_display().lower()}.")
    if met is None:
        raise LetterProblem("Enter the day of the meeting", "met")
    if met > today:
        raise LetterProblem("The meeting is logged once it has been: the day cannot be after today", "met")
    if met < held.day - _BACK:
        raise LetterProblem("The day is more than a year before the report: check the year", "met")
    if went not in PupilReport.Went.values:
        raise LetterProblem("Choose who went", "went")
    if went == PupilReport.Went.ANOTHER and not who.strip():
        raise LetterProblem("Enter who went", "who")
    held.met, held.went, held.who, held.outcome = met, went, who.strip(), outcome.strip()
    held.logged_by, held.logged_at = by, now
    held.case = Case.objects.open().filter(pupil=held.pupil).first()
    held.save(update_fields=["met", "went", "who", "outcome", "logged_by", "logged_at", "case"])
    if held.case:
        record(by=by, now=now, case=held.case, kind=Entry.Kind.NOTE, words=_line(held), day=met)
    audit.record("logged attendance at a meeting", by=by, subject=held, went=went)
    return held


def _line(report: PupilReport) -> str:
    who = f" ({report.who})" if report.who else ""
    words = f"{report.get_purpose_display()} on {say_day(report.met)}: {report.get_went_display().lower()}{who}."
    return words + (f"\n{report.outcome}" if report.outcome else "")


@transaction.atomic
def make_again(*, by: User, report: PupilReport) -> None:
    """Try one again whose PDF could not be made. What it says stays."""
    if orders.again(report, TASK):
        audit.record("asked for a pupil report again", by=by, subject=report)
