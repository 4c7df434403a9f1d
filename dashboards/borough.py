"""The borough's page: what the authority's figures are, beside England and last year, and how much work there is and for whom.

Everything is read from rollups and counted in the database; no register is read. Each number is made with the same choices
as the list it opens.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import User
from attendance.matrix import academic_year, year_end, year_start
from attendance.models import Flag, Rating
from attendance.reports import coverage as coverage_reports
from attendance.reports.national import comparators
from attendance.reports.schools import SchoolFigures
from casework import reports as casework_reports
from casework.models import Case
from dashboards import cohorts, loads, reports, trends
from dashboards.cohorts import Cohort
from dashboards.comparison import measures, mixed, phases
from dashboards.numbers import Listed, Number, list_of, numbers
from legal.models import Notice, Request
from meetings.models import Meeting
from meetings.terms import Term, term_of
from schools.models import Pupil, School


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
    then = mixed(rows, total.latest.date, known) if total.latest else None
    return {
        "today": today,
        "year": year,
        "total": total,
        "not_supplied": reports.not_supplied(rows),
        "england": england,
        "before": before,
        "then": then,
        "measures": measures(total, england, before, then),
        "phases": phases(rows, total.latest.date if total.latest else None, known),
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
