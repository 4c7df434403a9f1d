"""What a report on one pupil says, put together once; and its PDF, made in a worker from what was put together."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import numpy as np
from django.db.models import Q
from django.template.loader import render_to_string

from attendance import matrix, rates, register
from attendance.codes import BY_BYTE, Class, classes
from attendance.rates import Figures
from casework.letters import paper, third
from casework.letters.third import Third
from casework.models import Case, Plan, PupilReport
from schools import ages, kept, orders
from schools.models import Enrolment, Parent, Pupil

LOCK = 7313  # first key of the advisory locks
FORTNIGHT = dt.timedelta(days=14)
_POSSIBLE = (Class.ATTENDING, Class.ELSEWHERE, Class.AUTHORISED, Class.UNAUTHORISED)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def thirds(pupil: Pupil) -> list[Third]:
    """Parents, and children of the same parents."""
    parents = list(Parent.objects.filter(responsibilities__pupil=pupil).distinct())
    siblings = Pupil.objects.filter(responsibilities__parent__in=parents).exclude(pk=pupil.pk).distinct()
    return [Third((one.forename,), one.surname, one.title, "a parent") for one in parents] + [
        Third((one.forename, one.known_as), one.surname, "", "a brother or sister") for one in siblings
    ]


def own_names(pupil: Pupil) -> list[str]:
    return [pupil.forename, pupil.known_as, pupil.surname]


def put_together(pupil: Pupil, *, today: dt.date, purpose: str, comment: str) -> dict[str, Any]:
    """As JSON. The comment stands as it was written: whoever asks checks it first."""
    others, own = thirds(pupil), own_names(pupil)
    one = Q(pupil=pupil) | Q(pupil__merged_into=pupil)
    spells = Enrolment.objects.filter(one, start__lte=today).touching(matrix.year_start(matrix.academic_year(today)), today)
    ours = list(spells.select_related("school").order_by("kind", "-start", "pk"))
    here = [spell for spell in ours if spell.end is None or spell.end >= today]
    return {
        "child": str(pupil),
        "forename": pupil.known_as or pupil.forename,
        "born": pupil.dob.isoformat() if pupil.dob else "",
        "age": ages.age_on(pupil.dob, today) if pupil.dob else None,
        "schools": [[spell.school.name, spell.year_group] for spell in here],
        "purpose": purpose,
        "day": today.isoformat(),
        "comment": comment,
        "plan": _plan(pupil, others, own),
        **_attendance(ours, today),
    }


def _attendance(spells: list[Enrolment], today: dt.date) -> dict[str, Any]:
    year = matrix.academic_year(today)
    rows = register.read(year, enrolments=[spell.pk for spell in spells])
    dates = {spell.pk: (spell.start, spell.end) for spell in spells}
    held = [dates[pk] for pk in rows.enrolments.tolist()]
    counted = matrix.inside(year, [start for start, _ in held], [end for _, end in held])
    counted[:, matrix.index_of(today) + 2 :] = False
    possible = np.isin(classes(rows.marks), [int(one) for one in _POSSIBLE]) & counted
    days = np.flatnonzero(possible.any(axis=0)) if len(rows.marks) else np.arange(0)
    if not len(days):
        return {"year": None, "fortnight": None, "weekdays": [], "codes": [], "year_name": f"{year}/{(year + 1) % 100:02d}"}
    first, last = (matrix.session_at(year, int(days[end])).date for end in (0, -1))
    since = last - FORTNIGHT + dt.timedelta(days=1)
    weekday = np.array([matrix.session_at(year, column).date.weekday() for column in range(matrix.LENGTH)])

    def sums(wanted: np.ndarray) -> Figures:
        return rates.figures(rates.count(rows.marks[:, wanted], possible[:, wanted]).sum(axis=0))

    columns = np.arange(matrix.LENGTH)
    lately = matrix.span(year, since, last)
    first_lately = matrix.session_at(year, int(days[days >= lately.start][0])).date
    by_day = [(name, sums(columns[weekday == n])) for n, name in enumerate(_DAYS)]
    codes = rates.by_code(rows.marks, possible)
    said = [(BY_BYTE[byte], int(codes[byte])) for byte in np.flatnonzero(codes).tolist()]
    return {
        "year_name": f"{year}/{(year + 1) % 100:02d}",
        "year": _said(sums(columns), first, last),
        "fortnight": _said(sums(columns[lately]), first_lately, last),
        "weekdays": [[name, one.absent, one.possible] for name, one in by_day if one.possible],
        "codes": [
            [code.code, code.meaning, number]
            for code, number in sorted(said, key=lambda pair: -pair[1])
            if code.klass in (Class.AUTHORISED, Class.UNAUTHORISED)
        ],
    }


def _said(one: Figures, first: dt.date, last: dt.date) -> dict[str, Any]:
    return {
        "possible": one.possible, "absent": one.absent, "authorised": one.authorised, "unauthorised": one.unauthorised, "late": one.late,
        "first": first.isoformat(), "last": last.isoformat(),
    }  # fmt: skip


def _plan(pupil: Pupil, others: list[Third], own: list[str]) -> dict[str, Any] | None:
    """The current plan of the open case, without its barrier: that is often about somebody else."""
    plan = Plan.objects.current().filter(case__in=Case.objects.open().filter(pupil=pupil)).prefetch_related("actions").first()
    if plan is None:
        return None
    return {
        "kind": plan.get_kind_display(),
        "lead": plan.get_lead_display(),
        "start": plan.start.isoformat(),
        "review": plan.review.isoformat(),
        "actions": [
            {
                "what": third.without(action.what, others, own),
                "owner": action.owned_by,
                "due": action.due.isoformat(),
                "done": action.get_outcome_display() if action.done else "",
            }
            for action in sorted(plan.actions.all(), key=lambda action: (action.due, action.pk))
        ],
    }


def context(report: PupilReport) -> dict[str, Any]:
    """What page and paper show."""
    said = report.said
    blocks = paper.paragraphs(said["comment"])
    comment = [paper.Paragraph(words.split("\n"), paper.direction(words)) for words in blocks]
    return {"report": report, "said": said, "comment": comment}


def make_report(report_id: int, *, now: dt.datetime) -> PupilReport | None:
    """Make the PDF of a report that was asked for; None where it is made, or in other hands."""
    return orders.carry_out(PupilReport.objects.all(), report_id, lock=LOCK, make=lambda report: _keep(report, now))


def forgotten() -> list[int]:
    return orders.forgotten(PupilReport.objects.all(), LOCK)


def _keep(report: PupilReport, now: dt.datetime) -> None:
    head = paper.head()
    css = render_to_string("casework/letters/letter.css", {"colour": head.colour, "reference": f"Pupil report {report.pk}"})
    css += render_to_string("casework/letters/report.css")
    page = render_to_string("casework/letters/report_paper.html", context(report) | {"head": head, "authority": head.authority})
    found = kept.keep("letters", io.BytesIO(paper.printed(page, css)), ".pdf")
    report.stored, report.sha256, report.size = found.name, found.sha256, found.size
    report.status, report.made_at, report.error = PupilReport.Status.MADE, now, ""
    report.save(update_fields=["stored", "sha256", "size", "status", "made_at", "error"])
