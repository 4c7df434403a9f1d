"""The borough's page: what the authority's figures are, beside England and last year, and how much work there is and for whom.

Everything is read from rollups and counted in the database; no register is read. Each number is made with the same choices
as the list it opens.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from accounts.permissions import Permission
from attendance.matrix import academic_year, year_end, year_start
from attendance.models import Flag, Rating
from attendance.ratings import terms_begun
from attendance.reports.cuts import Year
from attendance.reports.national import comparators
from attendance.reports.schools import SchoolFigures
from casework import reports as casework_reports
from casework.models import Case
from dashboards import areas, cohorts, enrolments, loads, pace, reports, severe, tiles, trends
from dashboards.attention import concerns
from dashboards.cohorts import Cohort
from dashboards.comparison import Measure, measures, mixed, phases, through_the_year
from dashboards.counts import count_by
from dashboards.each_school import each_school, years_of
from dashboards.kept import Stamp, kept, stamp
from dashboards.movers import movers
from dashboards.numbers import Listed, Number, list_of, numbers
from dashboards.pace import Pace
from dashboards.reach import reach_of
from dashboards.tiles import Tile
from legal.models import Notice, Request
from meetings import reports as meeting_reports
from meetings.models import Meeting
from meetings.terms import Term, term_of
from schools.models import Enrolment, Pupil, School

_TERMS = 3  # on the board of ratings
_UNPLANNED, _RATED, _MET = "unplanned", "rated", "met"


def gather(user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """What the page shows. `user` is one who sees every school."""
    now = stamp()
    make = partial(_made, user, today=today, at=at, now=now)
    return kept("borough", make, user=user, choices=(today, at.hour), now=now)


def _made(user: User, *, today: dt.date, at: dt.time, now: Stamp) -> dict[str, Any]:
    year, term, each = academic_year(today), term_of(today), each_school(user, today=today, at=at, now=now)
    rows, ids, policy, read = each.rows, each.ids, each.policy, years_of(each, today=today, now=now)
    known, total = comparators(), sum((row.year for row in rows), SchoolFigures())
    before = trends.same_point(each.reach, read[year - 1])
    england = known.national("all")
    then = mixed(rows, total.latest.date, known) if total.latest else None
    found = measures(total, england, before, then, enrolments_before=True)
    everybody, by_cohort = cohorts.of_schools(ids, year)
    moved = movers(rows, read[year], before, least=policy["compare_sessions"])
    weeks = {y: trends.weeks(of_year) for y, of_year in read.items()}
    work = {_UNPLANNED: _unplanned(user, today), _RATED: _rated(user, today), _MET: loads.met(term)}
    counted = count_by(pace.lists(user, today=today) | work)
    unplanned = {int(pk): n for pk, n in counted[_UNPLANNED].items()}
    number = numbers(_children(user) | _meetings(user, term, today) | _notices(user, year, today))
    due = meeting_reports.due_by_plan(user, term, today=today)
    return {
        "today": today,
        "year": year,
        "total": total,
        "not_supplied": reports.not_supplied(rows),
        "england": england,
        "before": before,
        "then": then,
        "measures": found,
        "tiles": _tiles(found, read[year], number, pace.of(counted), due=due, term=term, today=today),
        "due": due,
        "may_see_term_plan": user.may(Permission.SEE_TERM_PLAN),
        "concerns": concerns(rows, moved.by_school, unplanned, known, tenths=policy["attention_tenths"]),
        "much": policy["attention_tenths"] / 10,
        "moved": moved,
        "least": policy["compare_sessions"],
        "phases": phases(rows, total.latest.date if total.latest else None, known),
        "areas": areas.by_area(rows, before),
        "everybody": cohort_line(everybody),
        "cohorts": [cohort_line(cohort) for cohort in by_cohort],
        "chart": trends.trend(weeks, year),
        "to_date": trends.to_date(weeks, {y: through_the_year(rows, known, y) for y in (year, year - 1)}, year),
        "board": _board(counted[_RATED], today),
        "loads": loads.of_officers(counted[_MET], today=today),
        "term": term,
        **reach_of(rows),
        **number,
    }


def _tiles(
    found: list[Measure], this_year: Year, number: dict[str, Number], pace_: Pace, *, due: int | None, term: Term, today: dt.date
) -> list[Tile]:
    rates = tiles.of_rates(found, this_year, list_of("school_list"), lambda missed, part: enrolments.listed(part, missed=missed))
    work = tiles.of_work(pace_, number, due=due, term=term, year=academic_year(today), today=today)
    return [severe.tile(number), *rates, *work]


def _unplanned(user: User, today: dt.date) -> tuple[QuerySet[Enrolment], F]:
    """Severely absent pupils without a plan who are on roll, by school. Nobody is on one school's roll twice on a day."""
    pupils = casework_reports.severe_without_plan(user).values("pk")
    return Enrolment.objects.visible_to(user).on_roll(today).filter(pupil__in=pupils), F("school")


def _rated(user: User, today: dt.date) -> tuple[QuerySet[Rating], Any]:
    """Ratings by term and the colour that stands now, a moderated one included: "2026-1-red"."""
    rated = Rating.objects.visible_to(user).filter(school__in=School.objects.open_on(today))
    return rated, Concat(Cast("year", CharField()), Value("-"), Cast("term", CharField()), Value("-"), "colour_now")


def cohort_line(cohort: Cohort, **choices: Any) -> dict[str, Any]:
    """A cohort with the lists of its enrolments: all with sessions this year, those persistently and those severely absent."""
    of = {"cohort": cohort.kind or None, "of_whom": cohort.name if cohort.kind else "", **choices}
    return {
        "cohort": cohort,
        "enrolments": enrolments.listed(cohort.enrolments, **of),
        "persistent": enrolments.listed(cohort.persistent, missed=enrolments.PERSISTENT, **of),
        "severe": enrolments.listed(cohort.severe, missed=enrolments.SEVERE, **of),
    }


def _children(user: User) -> dict[str, Listed]:
    cases = Case.objects.visible_to(user).open()
    return severe.lists(user) | {
        "cases": Listed(cases, "open case", list_of("cases")),
        "unassigned": Listed(cases.filter(officer=None), "without an officer,without an officer", list_of("cases", officer="nobody")),
    }


def _meetings(user: User, term: Term, today: dt.date) -> dict[str, Listed]:
    every = Meeting.objects.visible_to(user).support().filter(day__range=(term.first, term.last))
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
    met = Flag.objects.filter(code=Flag.Code.THRESHOLD).stood_in(year)
    state = Notice.State

    def of(chosen: Notice.State, what: str) -> Listed:
        return Listed(this_year.filter(state=chosen), what, list_of("notices", year=year, state=chosen.value))

    return {
        "met": Listed(
            Pupil.objects.visible_to(user).filter(pk__in=met.values("pupil"), merged_into=None),
            "pupil,pupils",
            list_of("pupils_at_risk", flag=Flag.Code.THRESHOLD.value, stood="year"),
        ),
        "submitted": Listed(
            Request.objects.visible_to(user).filter(submitted__range=(year_start(year), year_end(year))),
            "request",
            list_of("requests", submitted=year),
        ),
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


@dataclass(frozen=True, slots=True)
class BoardLine:
    """How many schools have each colour in one term."""

    name: str
    colours: list[tuple[str, str, Number]]  # colour, its word, the list

    @property
    def rated(self) -> int:
        return sum(number.value for _, _, number in self.colours)


def _board(counted: Mapping[str, int], today: dt.date) -> list[BoardLine]:
    """By term, this one first."""
    found = []
    this_term = terms_begun(today)[-1]
    for year, term in terms_begun(today)[::-1][:_TERMS]:
        name = f"{Rating.Term(term).label} {year}/{(year + 1) % 100:02d}"
        colours = []
        for colour in Rating.Colour:
            said = colour.label.lower() if colour == Rating.Colour.NOT_RATED else f"rated {colour.label.lower()}"
            address = list_of("ratings", colour=colour.value, term=None if (year, term) == this_term else f"{year}-{term}")
            what = f"school {said} in {name.lower()},schools {said} in {name.lower()}"
            colours.append((colour.value, colour.label, Number(counted.get(f"{year}-{term}-{colour.value}", 0), what, address)))
        found.append(BoardLine(name, colours))
    return [line for line in found if line.rated] or found[:1]
