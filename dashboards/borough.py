"""The borough's page: what the authority's figures are, beside England and last year, and how much work there is and for whom.

Everything is read from rollups and counted in the database; no register is read. Each number is made with the same choices
as the list it opens.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from attendance.matrix import academic_year, year_end, year_start
from attendance.models import Flag, Rating
from attendance.rag import England
from attendance.reports import coverage as coverage_reports
from attendance.reports.national import Comparators, National, comparators
from attendance.reports.schools import SchoolFigures
from casework import reports as casework_reports
from casework.models import Case
from dashboards import cohorts, loads, reports, trends
from dashboards.cohorts import Cohort
from dashboards.numbers import Listed, Number, list_of, numbers
from dashboards.reports import SchoolRow
from dashboards.trends import SamePoint
from legal.models import Notice, Request
from meetings.models import Meeting
from meetings.terms import Term, term_of
from schools.models import Pupil, School


@dataclass(frozen=True, slots=True)
class Measure:
    """One headline figure of the authority beside England's and its own of a year ago. Percentages, unrounded."""

    name: str
    value: float | None
    part: int
    whole: int
    unit: str
    england: float | None  # of the whole of last school year; None: not published
    before: float | None  # at the same point of last year; None: not known
    before_part: int | None = None
    before_whole: int | None = None
    mixed: float | None = None  # England at the same point of last year, phases mixed as here; None: not published


def gather(user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """What the page shows. `user` is one who sees every school."""
    year = academic_year(today)
    mine = School.objects.visible_to(user).open_on(today)
    schools = list(reports.with_roll_and_supply(mine, today=today).order_by("sort_name"))
    ids = [school.pk for school in schools]
    sent = coverage_reports.sent(ids, today=today)
    rows = reports.school_rows(schools, today=today, at=at, sent=sent, flags_too=False, officers_too=False)
    total = sum((row.year for row in rows), SchoolFigures())
    weeks = trends.of_schools(ids, (year, year - 1))
    before = trends.same_point({pk: sent.latest[pk].date for pk in ids if pk in sent.latest}, year)
    everybody, by_cohort = cohorts.of_authority(today=today)
    known = comparators()
    england = known.national("all")
    then = _mixed(rows, total.latest.date, known) if total.latest else None
    return {
        "today": today,
        "year": year,
        "total": total,
        "not_supplied": reports.not_supplied(rows),
        "england": england,
        "before": before,
        "then": then,
        "measures": measures(total, england, before, then),
        "phases": _phases(rows, total.latest.date if total.latest else None, known),
        "everybody": _cohort(everybody),
        "cohorts": [_cohort(cohort) for cohort in by_cohort],
        "chart": trends.trend(weeks, year),
        "schools": Number(len(rows), "school", list_of("school_list")),
        "silent": Number(sum(row.silent for row in rows), "school", list_of("school_list", silent="behind", sort="latest")),
        "loads": loads.of_officers(today=today),
        "term": term_of(today),
        **numbers(
            _children(user) | _meetings(user, term_of(today), today) | _notices(user, year, today) | _board(user, term_of(today), today)
        ),
    }


def sources(context: dict[str, Any], *, phases: bool) -> list[str]:
    """What a file of one of the page's tables says of itself: how far its figures reach, what is missing, and whose they are."""
    total: SchoolFigures = context["total"]
    said = [reports.reach_in_words(total, context["year"])]
    said += reports.not_supplied_in_words(context["not_supplied"])
    said.append("Source: the registers of the authority’s schools, as loaded.")
    if phases and context["england"]:
        said.append(f"England, last whole year: {context['england'].period}. {context['england'].source}.")
    if phases and context["then"]:
        said.append(f"England, same point of last year: to {context['then'].last:%-d %B %Y}. {context['then'].source}.")
    if not phases:
        said.append("Pupils are counted once each over all their schools; a cohort holds those of whom it is true today.")
    return said


@dataclass(frozen=True, slots=True)
class Mixed:
    """England at the same point of last year, its phases weighed by this authority's own sessions in them."""

    absence_pct: float
    first: dt.date
    last: dt.date
    phases: list[str]  # those England publishes through the year
    source: str


def _mixed(rows: list[SchoolRow], latest: dt.date, published: Comparators) -> Mixed | None:
    known: list[tuple[int, England]] = []
    for phase in School.Phase:
        possible = sum(row.year.figures.possible for row in rows if row.school.phase == phase)
        england = published.same_point(phase.value, latest)
        if possible and england:
            known.append((possible, england))
    if not known:
        return None
    weight = sum(possible for possible, _ in known)
    absence = sum(possible * england.absence_pct for possible, england in known) / weight
    some = known[0][1]
    return Mixed(
        float(absence),
        min(england.first for _, england in known),
        max(england.last for _, england in known),
        [england.phase for _, england in known],
        some.source,
    )


def measures(total: SchoolFigures, england: National | None, before: SamePoint | None, then: Mixed | None) -> list[Measure]:
    """Sessions beside last year's up to the same week. Who was persistently absent at that point is not kept week by week."""
    f = total.figures
    last = before.figures if before else None

    def sessions(name: str, key: str, mixed: float | None = None) -> Measure:
        return Measure(
            name,
            getattr(f, f"{key}_pct"),
            getattr(f, _PART[key]),
            f.possible,
            "session",
            getattr(england, f"{key}_pct") if england else None,
            getattr(last, f"{key}_pct") if last else None,
            getattr(last, _PART[key]) if last else None,
            last.possible if last else None,
            mixed,
        )

    return [
        sessions("Attendance", "attendance", 100 - then.absence_pct if then else None),
        sessions("Absence", "absence", then.absence_pct if then else None),
        sessions("Authorised absence", "authorised"),
        sessions("Unauthorised absence", "unauthorised"),
        Measure(
            "Persistent absence",
            total.persistent_pct,
            total.persistent,
            total.enrolments,
            "enrolment",
            england.persistent_pct if england else None,
            None,
        ),
        Measure("Severe absence", total.severe_pct, total.severe, total.enrolments, "enrolment", None, None),
    ]


_PART = {"attendance": "attended", "absence": "absent", "authorised": "authorised", "unauthorised": "unauthorised"}


def _phases(rows: list[SchoolRow], latest: dt.date | None, known: Comparators) -> list[dict[str, Any]]:
    """Figures by phase beside England's; sums of sessions, never averages of percentages."""
    found = []
    for place, phase in enumerate(School.Phase):
        those = [row for row in rows if row.school.phase == phase]
        if those:
            total = sum((row.year for row in those), SchoolFigures())
            address = list_of("school_list", phase=phase.value)
            then = known.same_point(phase.value, latest) if latest else None
            found.append(
                {
                    "phase": phase,
                    "place": place,
                    "schools": Number(len(those), "school", address),
                    "address": address,
                    "year": total,
                    "england": known.national(phase.value),
                    "then": 100 - float(then.absence_pct) if then else None,
                }
            )
    return found


def _cohort(cohort: Cohort) -> dict[str, Any]:
    """A cohort with the lists of its pupils: all with sessions this year, those who missed 10%, those who missed half."""
    of = {"flag": "all", "characteristic": cohort.kind or None}
    named = "pupil" if not cohort.kind else f"pupil: {cohort.name},pupils: {cohort.name}"
    return {
        "cohort": cohort,
        "pupils": Number(cohort.pupils, named, list_of("pupils_at_risk", absence="any", **of)),
        "persistent": Number(cohort.persistent, named, list_of("pupils_at_risk", absence="persistent", **of)),
        "severe": Number(cohort.severe, named, list_of("pupils_at_risk", absence="100", **of)),
    }


def _children(user: User) -> dict[str, Listed]:
    """Severe absence comes first: guidance asks for a joint plan for every child who misses half or more."""
    severe = Flag.objects.open().well_founded().filter(code=Flag.Code.SEVERE)
    cases = Case.objects.visible_to(user).open()
    code = Flag.Code.SEVERE.value
    return {
        "severe": Listed(
            Pupil.objects.visible_to(user).filter(pk__in=severe.values("pupil"), merged_into=None),
            "flagged as severely absent,flagged as severely absent",
            list_of("pupils_at_risk", flag=code),
        ),
        "unplanned": Listed(
            casework_reports.severe_without_plan(user),
            "pupil severely absent and without a plan,pupils severely absent and without a plan",
            list_of("pupils_at_risk", flag=code, plan="without"),
        ),
        "cases": Listed(cases, "open case", list_of("cases")),
        "unassigned": Listed(cases.filter(officer=None), "without an officer,without an officer", list_of("cases", officer="nobody")),
    }


def _meetings(user: User, term: Term, today: dt.date) -> dict[str, Listed]:
    every = Meeting.objects.visible_to(user).filter(day__range=(term.first, term.last))
    stands = every.exclude(status=Meeting.Status.CANCELLED)
    without = School.objects.visible_to(user).open_on(today).exclude(pk__in=stands.values("school"))

    def of(status: str, what: str) -> Listed:
        return Listed(every.filter(status=status), what, list_of("meetings", status=status, term=term.key))

    return {
        "held": of(Meeting.Status.HELD.value, "meeting held,meetings held"),
        "planned": of(Meeting.Status.PLANNED.value, "meeting planned,meetings planned"),
        "without_meeting": Listed(without, "school without a meeting,schools without a meeting", f"{list_of('meetings')}#without"),
    }


def _notices(user: User, year: int, today: dt.date) -> dict[str, Listed]:
    waiting = Request.objects.visible_to(user).filter(status=Request.Status.SUBMITTED)
    this_year = Notice.objects.visible_to(user).filter(issued__range=(year_start(year), year_end(year)))
    state = Notice.State

    def of(chosen: Notice.State, what: str) -> Listed:
        return Listed(this_year.filter(state=chosen), what, list_of("notices", year=year, state=chosen.value))

    return {
        "waiting": Listed(waiting, "request", list_of("requests", status=Request.Status.SUBMITTED.value)),
        "issued": Listed(this_year, "notice", list_of("notices", year=year)),
        "paid": of(state.PAID, "paid,paid"),
        "withdrawn": of(state.WITHDRAWN, "withdrawn,withdrawn"),
        "unpaid": Listed(
            Notice.objects.visible_to(user).unpaid_past_the_end(today),
            "notice unpaid past day 28,notices unpaid past day 28",
            list_of("notices", overdue="yes"),
        ),
        "prosecuted": of(state.PROSECUTED, "prosecuted,prosecuted"),
    }


def _board(user: User, term: Term, today: dt.date) -> dict[str, Listed]:
    """Schools by the colour that stands now, a moderated one included."""
    rated = Rating.objects.visible_to(user).filter(year=term.year, term=term.number, school__in=School.objects.open_on(today))
    found = {}
    for colour in Rating.Colour:
        said = colour.label.lower() if colour == Rating.Colour.NOT_RATED else f"rated {colour.label.lower()}"
        address = list_of("ratings", colour=colour.value)
        found[colour.value] = Listed(rated.filter(colour_now=colour), f"school {said},schools {said}", address)
    return found
