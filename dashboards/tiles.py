"""Headline figures as tiles: the number, of how many, beside what it may be compared with, and how it came to be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from attendance.cuts import JUDGED
from attendance.matrix import year_start
from attendance.rates import Figures, percentage
from attendance.reports.cuts import Year
from attendance.reports.national import YEAR
from dashboards import charts, trends
from dashboards.comparison import Measure
from dashboards.numbers import Number
from dashboards.pace import HELD, ISSUED, OPENED, Pace, fridays
from dashboards.templatetags import daymark
from meetings.terms import Term


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    value: SafeString  # with the way to the list behind it
    note: SafeString  # of how many
    beside: Sequence[str]  # sentences without their stop
    spark: SafeString | str = ""
    alarm: bool = False
    word: bool = False  # the value is a word, not a number


_SHOWN = (("Attendance", ""), ("Unauthorised absence", ""), ("Persistent absence", "persistent"), ("Severe absence", "severe"))


def of_rates(
    measures: Sequence[Measure],
    this_year: Year,
    address: str,
    listed: Callable[[str, int], Number] | None,
    also: Mapping[str, str] | None = None,
) -> list[Tile]:
    """Attendance, unauthorised, persistent and severe absence of some schools. `address`: the schools; `listed`: the enrolments
    that missed so much, as a number that opens them, if there is such a list; `also`: a further comparison in words, by measure.
    """
    by_name = {measure.name: measure for measure in measures}
    lines = _lines(this_year)
    found = []
    for name, missed in _SHOWN:
        more = [also[name]] if also and name in also and by_name[name].value is not None else []
        found.append(_of_rate(by_name[name], lines[name], address, listed(missed, by_name[name].part) if missed and listed else None, more))
    return found


def _of_rate(measure: Measure, line: Sequence[float | None], address: str, part: Number | None, more: Sequence[str]) -> Tile:
    note = daymark.of(measure.part, measure.whole)
    if part is None or not measure.whole:
        words = format_html("{}", daymark._of_what(note, measure.unit))
    else:
        words = format_html("{} of {}", daymark.number(part), daymark.plural_of(measure.whole, measure.unit))
    return Tile(
        measure.name,
        _linked(measure, address),
        words,
        [*_beside(measure), *more],
        charts.sparkline(f"{measure.name} by week", line),
        word=measure.value is None,
    )


def _linked(measure: Measure, address: str) -> SafeString:
    said = daymark.percent(measure.value)
    if not address:
        return format_html("{}", said)
    name = measure.name.lower()
    return format_html(
        '<a class="govuk-link dm-number" href="{}">{}<span class="govuk-visually-hidden"> {}</span></a>', address, said, name
    )


def _beside(measure: Measure) -> list[str]:
    if measure.value is None:
        return []
    found = []
    if measure.before is not None:
        found.append(f"Same weeks of last year {daymark.percent(measure.before)}")
    if measure.mixed is not None:
        found.append(f"England at that point {daymark.percent(measure.mixed)}")
    elif measure.england is not None:
        found.append(f"England, whole of last year {daymark.percent(measure.england)}")
    return found


def _lines(year: Year) -> dict[str, list[float | None]]:
    """By week: attendance and unauthorised absence of the week, where it had sessions enough to say; persistent and severe absence
    from September to its end.
    """
    sums, weeks = year.by_week(), year.weeks_with_marks()
    points = trends.weeks(year)
    least = trends.enough(points)
    own = [point.figures if point.figures.possible >= least else Figures() for point in points]
    judged = [sums[week, JUDGED:].tolist() for week in weeks]
    return {
        "Attendance": [figures.attendance_pct for figures in own],
        "Unauthorised absence": [figures.unauthorised_pct for figures in own],
        "Persistent absence": [percentage(persistent, of) for of, persistent, _ in judged],
        "Severe absence": [percentage(severe, of) for of, _, severe in judged],
    }


def of_work(pace: Pace, number: Mapping[str, Number], *, due: int | None, term: Term, year: int, today: dt.date) -> list[Tile]:
    """Open cases, meetings and notices, beside the same day of last year where anything was kept then. `due`: meetings."""
    then, start = today - YEAR, year_start(year)

    def before(what: str, count: int, said: str) -> list[str]:
        return [f"{daymark.count(count)} {said}"] if pace.known_on(then, what) else []

    def spark(title: str, count: Callable[[dt.date], int], first: dt.date) -> SafeString:
        return charts.sparkline(title, [float(count(day)) for day in fridays(first, today)], unit="")

    return [
        Tile(
            "Open cases",
            daymark.number(number["cases"]),
            _unassigned(number),
            before(OPENED, pace.open_cases(then), "on the same day of last year"),
            spark("Open cases by week", pace.open_cases, start),
        ),
        Tile(
            f"Meetings held, {term.name.lower()}",
            daymark.number(number["held"]),
            _due(due, number["without_meeting"]),
            before(HELD, pace.held(Term(term.year - 1, term.number).first, then), "by the same day of last year"),
            spark("Meetings held by week", lambda day: pace.held(term.first, day), term.first),
        ),
        Tile(
            "Penalty notices issued",
            daymark.number(number["issued"]),
            format_html("since {}", f"{start.day} {start:%B %Y}"),
            before(ISSUED, pace.issued(start - YEAR, then), "by the same day of last year"),
            spark("Notices issued by week", lambda day: pace.issued(start, day), start),
        ),
    ]


def _unassigned(number: Mapping[str, Number]) -> SafeString:
    if number["unassigned"].value:
        return daymark.number(number["unassigned"], words=True)
    return format_html("{}", "each with an officer" if number["cases"].value else "none is open")


def _due(due: int | None, without: Number) -> SafeString:
    """`due`: meetings by the year's plan; None where none is set."""
    stands = daymark.number(without, words=True) if without.value else format_html("{}", "each school has one held or planned")
    return stands if due is None else format_html("{} due by the year’s plan; {}", daymark.count(due), stands)
