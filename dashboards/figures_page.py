"""The page of figures: any period, any cut, any grouping, beside the same point of last year; each row opens what is behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from accounts.models import User
from attendance import answering, asking, supply
from attendance.answering import Found, Question
from attendance.grouping import NAMES, OF_PUPILS, OF_SESSIONS, Group, keys, leads
from attendance.imports.progress import last_report
from attendance.matrix import academic_year, year_start
from attendance.measures.runs import Runs
from attendance.models import FiguresAsked
from attendance.periods import Key
from attendance.reports.national import Comparators, comparators
from attendance.reports.periods import Line
from dashboards.figures_form import Chosen, FiguresForm
from dashboards.kept import Stamp, kept, stamp
from dashboards.templatetags import daymark
from schools.models import Characteristic, Pupil, School

_NONE = {
    Group.TRUST: "No trust",
    Group.AREA: "No cluster",
    Group.WARD: "No ward",
    Group.OFFICER: "No officer",
    Group.TYPE: "Type not known",
    Group.SEX: "Sex not known",
    Group.YEAR_GROUP: "Year group not known",
}
# the choice of the address that narrows to a group
_CHOICE = {Group.PHASE: "phase", Group.TRUST: "trust", Group.AREA: "area", Group.WARD: "area", Group.OFFICER: "officer"}

_PHASES = list(School.Phase.values)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    line: Line
    name: str
    order: Any  # what it sorts by where nothing else is chosen
    behind: Callable[[Line], str]
    england: float | None = None  # absence at the same point of last year, as published

    @property
    def address(self) -> str:
        """What is behind it; "" where that is not one list. Made where it is asked for: a page shows fifty of many schools."""
        return self.behind(self.line)


def gather(data: QueryDict, user: User, *, today: dt.date) -> dict[str, Any]:
    """What the page shows, in at most fifteen queries with those of the frame."""
    now = stamp()
    every, officers = kept("figures_schools", partial(_schools, user, today), user=user, choices=today, now=now)
    form = FiguresForm(data, schools=every, officers=officers, today=today)
    chosen = form.chosen()
    period = chosen.period
    schools = [school for school in chosen.schools if _open_within(school, period.first, period.last)]
    found, asked = _find(user, chosen.question, schools, officers, today, now) if schools else (None, None)
    rows = _rows(found, chosen, every, officers, data) if found else []
    by_urn = {school.urn: school for school in every}
    missing = [by_urn[urn] for urn in found.missing if urn in by_urn] if found else []
    return {
        "form": form,
        "chosen": chosen,
        "question": chosen.question,
        "period": period,
        "group_name": NAMES[chosen.question.group],
        "schools": schools,
        "one": schools[0] if len(schools) == 1 else None,
        "any_school": bool(every),
        "found": found,
        "rows": rows,
        "asked": asked,
        "progress": last_report(asked.pk, "figures") if asked and asked.status == FiguresAsked.Status.RUNNING else None,
        "needs_asking": bool(schools) and found is None,
        "missing": missing,
        "without_period": [by_urn[urn] for urn in found.without_period if urn in by_urn] if found else [],
        "not_supplied": [
            replace(gap, in_part=found is not None and gap.school not in missing)
            for gap in supply.gaps(schools, period.first, period.last, today=today)
            if gap.school in missing or gap.now
        ],
        "england": any(row.england is not None for row in rows),
        "measure_words": _measure_words(chosen),
        "bands": _bands(found.more) if found and found.more else [],
        "today": today,
        "query": data.urlencode(),
    }


def _schools(user: User, today: dt.date) -> tuple[list[School], dict[int, list[tuple[int, str]]]]:
    """Four queries: areas are read once, however many schools are in them."""
    first = year_start(academic_year(today) - 2)
    mine = School.objects.visible_to(user).open_within(first, today).select_related("trust").prefetch_related("cluster", "ward")
    schools = list(supply.with_supply(mine, first, today).order_by("sort_name", "pk"))
    return schools, leads(schools, today=today)


def _open_within(school: School, first: dt.date, last: dt.date) -> bool:
    return (school.closed is None or school.closed >= first) and (school.opened is None or school.opened <= last)


def asked_for(data: QueryDict, user: User, *, today: dt.date) -> tuple[Chosen, list[School]]:
    """The question of an address, and the schools it is about: for the door that has it worked out."""
    every, officers = _schools(user, today)
    chosen = FiguresForm(data, schools=every, officers=officers, today=today).chosen()
    return chosen, [school for school in chosen.schools if _open_within(school, chosen.period.first, chosen.period.last)]


def _find(
    user: User, question: Question, schools: list[School], officers: dict[int, list[tuple[int, str]]], today: dt.date, now: Stamp | None
) -> tuple[Found | None, FiguresAsked | None]:
    """One school's registers are read at once; several schools' figures come from rollups, or from what was asked for."""
    alone = len(schools) == 1
    if alone or question.kept:
        make = partial(answering.answer, schools, question, today=today, registers=alone, officers=officers)
        if alone:
            return make(), None
        groups = keys(schools, question.group, officers)  # read before: so it is part of what is asked
        which = [(school.pk, school.urn, groups[school.pk]) for school in schools]
        return kept("figures", make, user=user, choices=(today, question, which), now=now), None
    asked = asking.latest(user, question, schools)
    return (answering.of_values(asked.answer) if asked and asked.answer else None), asked


def _bands(more: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Spells of absence and of illness by how long they were."""
    absent, ill = (Runs({int(n): number for n, number in more[name]["by_length"].items()}) for name in ("absence_spells", "illness_spells"))
    return [(name, number, others) for (name, number, _), (_, others, _) in zip(absent.bands(), ill.bands(), strict=True)]


def _measure_words(chosen: Chosen) -> str:
    """Over which time persistent and severe absence are judged."""
    if chosen.question.by_pupil:
        return (
            "Persistent and severe absence are of pupils, their sessions at all the schools here together: for casework, not as DfE counts."
        )
    if chosen.period.key in (Key.YEAR, Key.WEEK) and chosen.question.kept:
        end = "to the end of that week" if chosen.period.key == Key.WEEK else "to date"
        return f"Persistent and severe absence are of enrolments, as DfE counts, over the school year {end}."
    return "Persistent and severe absence are of enrolments, as DfE counts, over the period."


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(found: Found, chosen: Chosen, every: list[School], officers: dict[int, list[tuple[int, str]]], data: QueryDict) -> list[Row]:
    group = chosen.question.group
    names = _names(group, every, officers)
    phases = {str(school.urn): school.phase for school in every if not school.independent} if group == Group.SCHOOL else {}
    published = (
        comparators() if chosen.period.key == Key.YEAR and group in (Group.PHASE, Group.SCHOOL) and not chosen.question.cuts else None
    )
    behind = partial(_behind, group, data=data, one=chosen.schools[0] if len(chosen.schools) == 1 else None)
    england = cache(partial(_england, published, latest=found.latest))  # of a phase
    rows = []
    for place, line in enumerate(found.lines):
        if group not in OF_SESSIONS and not line.now.figures.possible and not line.then:
            continue
        name, order = _named(group, line, names, place)
        phase = line.key if group == Group.PHASE else phases.get(line.key, "")
        rows.append(Row(line, name, order, behind, england(phase)))
    return sorted(rows, key=lambda row: row.order)


def _england(published: Comparators | None, phase: str, latest: dt.date | None) -> float | None:
    found = published.same_point(phase, latest) if published and latest and phase else None
    return float(found.absence_pct) if found else None


def _names(group: Group, every: list[School], officers: dict[int, list[tuple[int, str]]]) -> Mapping[str, str]:
    if group == Group.SCHOOL:
        return {str(school.urn): school.name for school in every}
    if group == Group.TRUST:
        return {str(school.trust_id): school.trust.name for school in every if school.trust}
    if group == Group.AREA:
        return {str(school.cluster_id): school.cluster.name for school in every if school.cluster}
    if group == Group.WARD:
        return {str(school.ward_id): school.ward.name for school in every if school.ward}
    if group == Group.OFFICER:
        return {str(pk): name for those in officers.values() for pk, name in those}
    return {
        Group.PHASE: dict(School.Phase.choices),
        Group.SEX: dict(Pupil.Sex.choices),
        Group.COHORT: dict(Characteristic.Kind.choices),
    }.get(group, {})


def _named(group: Group, line: Line, names: Mapping[str, str], place: int) -> tuple[str, Any]:
    """What a line is called, and what it sorts by: names, year groups and weekdays each in their own order, the nameless last."""
    if group == Group.WEEKDAY:
        return line.value, (False, place, "")
    if group == Group.CODE:
        return f"{line.value}: {daymark.code_meaning(line.value)}", (False, -line.now.codes.get(line.value, 0), line.value)
    if group == Group.YEAR_GROUP:
        number = int(line.value) if line.value.isdecimal() else -1
        return daymark.year_group(line.value) if line.value else _NONE[group], (not line.value, number, line.value)
    key = line.value if group in OF_PUPILS else line.key
    name = names.get(key) or key or _NONE.get(group, "Not known")
    return name, (not key, _PHASES.index(key) if group == Group.PHASE and key in _PHASES else 0, name.casefold())


def _behind(group: Group, line: Line, data: QueryDict, one: School | None) -> str:
    """The schools of a group of schools, a school's page, the pupils of a year group or cohort at one school."""
    if group == Group.SCHOOL:
        return reverse("school", args=[line.key])
    query = data.copy()
    query.pop("page", None)
    query["group"] = Group.SCHOOL.value
    if group in OF_PUPILS and line.value and one is not None:
        narrowed = {Group.YEAR_GROUP: "year_group", Group.COHORT: "characteristic"}.get(group)
        if narrowed is None or (group == Group.YEAR_GROUP and line.value == "N1"):
            return ""
        return f"{reverse('pupils_at_risk')}?flag=all&absence=any&school={one.urn}&{narrowed}={line.value}"
    if group in OF_PUPILS and line.value:
        query[group.value] = line.value
    elif group == Group.CODE and one is None:
        query["code"] = line.value
    elif group in _CHOICE:
        query[_CHOICE[group]] = line.key or "none"
    else:
        return ""
    return f"?{query.urlencode()}"
