"""An area, a trust or a cohort on a page: its figures to date beside last year's, its weeks, its schools and its pupils at risk.

Everything that counts enrolments is read from the rollup by cut and opens the list of enrolments under the same choices; what counts
pupils says so and opens the list of pupils. Whoever does not see every school sees their own schools' part, and is told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from attendance.cuts import WHOLE, Cut, Kind
from attendance.matrix import academic_year
from attendance.measures.judged import Count
from attendance.models import Flag
from attendance.rates import Figures
from attendance.reports import cuts as cut_reports
from attendance.reports.cuts import Line, Year
from attendance.reports.national import comparators
from attendance.reports.schools import SchoolFigures, figures_of
from dashboards import areas, cohorts, enrolments, reports, severe, tiles, trends
from dashboards.cohorts import Cohort
from dashboards.comparison import SchoolOf, measures, mixed, through_the_year
from dashboards.counts import pupils_flagged
from dashboards.each_school import each_school, years_of
from dashboards.enrolments import UNKNOWN
from dashboards.kept import Stamp, kept, stamp
from dashboards.numbers import Number, list_of
from dashboards.reach import reach_of
from dashboards.reports import FLAG_NAMES, TO_ACT_ON, SchoolRow
from dashboards.templatetags.daymark import percent, year_group
from schools.models import Area, Characteristic, Enrolment, School, Trust


@dataclass(frozen=True, slots=True)
class OfSchool:
    """A school with the figures of one cohort there."""

    school: School
    year: SchoolFigures


def of_schools(user: User, every: QuerySet[School], *, choices: Mapping[str, Any], today: dt.date, at: dt.time) -> dict[str, Any]:
    """The page of an area or a trust: of those of its open schools, `every`, that `user` sees. `choices`: as the lists take it."""
    now = stamp()
    make = partial(_of_schools, user, every, choices=choices, today=today, at=at, now=now)
    return kept("schools", make, user=user, choices=(today, at.hour, *choices.items()), now=now)


def _of_schools(
    user: User, every: QuerySet[School], *, choices: Mapping[str, Any], today: dt.date, at: dt.time, now: Stamp
) -> dict[str, Any]:
    year, inside = academic_year(today), set(every.values_list("pk", flat=True))
    each = each_school(user, today=today, at=at, now=now).of(inside)
    rows, ids, read = each.rows, each.ids, years_of(each, today=today, now=now)
    before = trends.same_point(each.reach, read[year - 1])
    known, total = comparators(), sum((row.year for row in rows), SchoolFigures())
    then = mixed(rows, total.latest.date, known) if total.latest else None
    england = known.national("all")
    found = measures(total, england, before, then, enrolments_before=True)
    weeks = {y: trends.weeks(of_year) for y, of_year in read.items()}
    of_cut = cut_reports.sums(ids, year, [Kind.ALL, Kind.YEAR_GROUP, Kind.COHORT])

    return {
        "today": today,
        "year": year,
        "total": total,
        "part": (len(rows), len(inside)),
        "not_supplied": reports.not_supplied(rows),
        "before": before,
        "then": then,
        "england": england,
        "measures": found,
        "tiles": severe.first(user, _on_roll_at(user, ids, today), **choices)
        + tiles.of_rates(
            found, read[year], list_of("school_list", **choices), lambda missed, part: enrolments.listed(part, missed=missed, **choices)
        ),
        "chart": trends.trend(weeks, year),
        "to_date": trends.to_date(weeks, {y: through_the_year(rows, known, y) for y in (year, year - 1)}, year),
        "lines": [_school(row, before) for row in rows],
        "year_groups": year_groups(of_cut, **choices),
        "cohorts": [group_line(cohort, cohort=cohort.kind, **choices) for cohort in cohorts.of_lines(of_cut)[1]],
        "at_risk": _at_risk(user, _on_roll_at(user, ids, today), choices),
        **reach_of(rows, **choices),
    }


def _school(row: SchoolOf, before: trends.SamePoint | None, **choices: Any) -> areas.Line:
    address = reverse("school", args=[row.school.urn])
    return areas.line(row.school.name, row.school.get_phase_display(), address, [row], before, school=row.school.urn, **choices)


def year_groups(of_cut: Mapping[Cut, Line], **choices: Any) -> list[dict[str, Any]]:
    """In the order of age; those whose year group no roll or register says stand last, so that all add up to everybody."""
    found, left = [], of_cut.get(WHOLE, Line(WHOLE, Figures(), Count()))
    if not left.count.judged:
        return []
    order = ("N1", "N2", "R", *(str(n) for n in range(1, 15)))
    merged: dict[str, Line] = {}
    for value in order:
        line = of_cut.get(Cut(Kind.YEAR_GROUP, value))
        if line:
            key = "N2" if value in ("N1", "N2") else value
            merged[key] = merged[key].plus(line) if key in merged else line
            left = _less(left, line)
    for value, line in merged.items():
        found.append(group_line(Cohort(value, year_group(value), *line.count, line.figures), year_group=value, **choices))
    if left.count.judged:
        found.append(group_line(Cohort(UNKNOWN, "Not known", *left.count, left.figures), year_group=UNKNOWN, **choices))
    return found


def _less(one: Line, other: Line) -> Line:
    a, b = one.figures, other.figures
    figures = Figures(
        a.possible - b.possible, a.attended - b.attended, a.authorised - b.authorised, a.unauthorised - b.unauthorised, a.late - b.late
    )
    count = Count(*(x - y for x, y in zip(one.count, other.count, strict=True)))
    return Line(one.cut, figures, count)


def group_line(cohort: Cohort, /, **choices: Any) -> dict[str, Any]:
    """A group of enrolments with the lists of them: all with sessions this year, those persistently and those severely absent."""
    of = {"of_whom": cohort.name if cohort.kind else "", **choices}
    return {
        "cohort": cohort,
        "enrolments": enrolments.listed(cohort.enrolments, **of),
        "persistent": enrolments.listed(cohort.persistent, missed=enrolments.PERSISTENT, **of),
        "severe": enrolments.listed(cohort.severe, missed=enrolments.SEVERE, **of),
    }


def _at_risk(user: User, pupils: QuerySet[Any, Any], choices: Mapping[str, Any]) -> list[Number]:
    """Pupils by open flag: the list of pupils at risk under the same choices. One query.

    `pupils`: their keys.
    """
    flags = Flag.objects.visible_to(user).open().well_founded().of_children_known_once()
    by_code, anyone = pupils_flagged(flags.filter(pupil__in=pupils))
    found = [Number(anyone, "pupil with a flag to act on,pupils with a flag to act on", list_of("pupils_at_risk", **choices))]
    for code in TO_ACT_ON:
        what = f"flagged: {FLAG_NAMES[code][0].lower()}{FLAG_NAMES[code][1:]}"
        found.append(Number(by_code[code], f"{what},{what}", list_of("pupils_at_risk", flag=code, **choices)))
    return found


def _on_roll_at(user: User, schools: Sequence[int], today: dt.date) -> QuerySet[Any, Any]:
    return Enrolment.objects.visible_to(user).on_roll(today).filter(school__any_of=schools).values("pupil")


def of_cohort(user: User, kind: Characteristic.Kind, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """The page of a cohort over the schools that `user` sees."""
    now = stamp()
    make = partial(_of_cohort, user, kind, today=today, at=at, now=now)
    return kept("of_cohort", make, user=user, choices=(today, at.hour, kind.value), now=now)


def _of_cohort(user: User, kind: Characteristic.Kind, *, today: dt.date, at: dt.time, now: Stamp) -> dict[str, Any]:
    year = academic_year(today)
    each = each_school(user, today=today, at=at, now=now)
    rows, read = each.rows, cut_reports.read(each.ids, (year, year - 1), Cut(Kind.COHORT, kind.value))
    before = trends.same_point(each.reach, read[year - 1])
    everyone = sum((row.year for row in rows), SchoolFigures())
    own = _own(rows, read[year])
    total = sum((one.year for one in own), SchoolFigures())
    of, choices = {"cohort": kind.value}, {"characteristic": kind.value}
    found = measures(total, None, before, None, enrolments_before=True)
    also = {
        measure.name: f"All pupils {percent(measure.value)}"
        for measure in measures(everyone, None, None, None)
        if measure.value is not None
    }
    weeks = {y: trends.weeks(of_year) for y, of_year in read.items()}
    return {
        "today": today,
        "year": year,
        "kind": kind,
        "total": total,
        "everyone": everyone,
        "not_supplied": reports.not_supplied(rows),
        "before": before,
        "tiles": severe.first(user, _pupils_of(kind, today), **choices)
        + tiles.of_rates(
            found, read[year], list_of("enrolments", **of), lambda missed, part: enrolments.listed(part, missed=missed, **of), also=also
        ),
        "measures": found,
        "chart": trends.trend(weeks, year),
        "lines": [_school(one, before, **of) for one in own],
        "phases": _phases(own, before, of),
        "at_risk": _at_risk(user, _pupils_of(kind, today), choices),
        **reach_of(rows),
    }


def _own(rows: Sequence[SchoolRow], read: Year) -> list[OfSchool]:
    """The cohort's figures at each school that has anybody of it with sessions."""
    latest = {row.school.pk: row.year.latest for row in rows if row.year.latest}
    figures = figures_of(read, read.schools, latest)
    return [OfSchool(row.school, figures[row.school.pk]) for row in rows if row.school.pk in figures and figures[row.school.pk].enrolments]


def _phases(own: Sequence[OfSchool], before: trends.SamePoint | None, of: Mapping[str, Any]) -> list[areas.Line]:
    found = []
    for phase in School.Phase:
        those = [one for one in own if one.school.phase == phase]
        if those:
            address = list_of("enrolments", phase=phase.value, **of)
            found.append(areas.line(phase.label, "Phase", address, those, before, phase=phase.value, **of))
    return found


def _pupils_of(kind: Characteristic.Kind, today: dt.date) -> QuerySet[Any, Any]:
    return Characteristic.objects.filter(kind=kind.value, start__lte=today).exclude(end__lt=today).values("pupil")


def every_area(user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """Clusters, wards and trusts of the schools that `user` sees."""
    now = stamp()
    make = partial(_every_area, user, today=today, at=at, now=now)
    return kept("every_area", make, user=user, choices=(today, at.hour), now=now)


def _every_area(user: User, *, today: dt.date, at: dt.time, now: Stamp) -> dict[str, Any]:
    year = academic_year(today)
    each = each_school(user, today=today, at=at, now=now)
    rows, before = each.rows, trends.same_point(each.reach, years_of(each, today=today, now=now)[year - 1])
    return {
        "today": today,
        "year": year,
        "first": severe.first(user),
        "clusters": areas.by_area(rows, before),
        "wards": areas.by_ward(rows, before, Area.objects.in_bulk({row.school.ward_id for row in rows if row.school.ward_id})),
        "trusts": areas.by_trust(rows, before, Trust.objects.in_bulk({row.school.trust_id for row in rows if row.school.trust_id})),
        "not_supplied": reports.not_supplied(rows),
        "before": before,
        "every_school": user.as_role.every_school,
        **reach_of(rows),
    }


def every_cohort(user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    now = stamp()
    make = partial(_every_cohort, user, today=today, at=at, now=now)
    return kept("every_cohort", make, user=user, choices=(today, at.hour), now=now)


def _every_cohort(user: User, *, today: dt.date, at: dt.time, now: Stamp) -> dict[str, Any]:
    year = academic_year(today)
    each = each_school(user, today=today, at=at, now=now)
    rows, of_cut = each.rows, cut_reports.sums(each.ids, year, [Kind.ALL, Kind.COHORT])
    everybody, found = cohorts.of_lines(of_cut)
    return {
        "today": today,
        "year": year,
        "first": severe.first(user),
        "everybody": group_line(everybody),
        "cohorts": [group_line(cohort, cohort=cohort.kind) for cohort in found],
        "not_supplied": reports.not_supplied(rows),
        "every_school": user.as_role.every_school,
        **reach_of(rows),
    }
