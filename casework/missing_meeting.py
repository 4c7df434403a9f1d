"""The fortnightly list of children missing education as it stood on a day, and the vacancies that schools declare."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from attendance.tables import Column, Kind, Table
from casework.missing import rules
from casework.models import MissingCheck, MissingChild, MissingDecision, Vacancy
from schools.forms.fields import YEAR_GROUPS
from schools.models import School

EVERY = dt.timedelta(days=14)  # Sefton's children missing education panel meets fortnightly
_GROUP_NAMES = dict(YEAR_GROUPS)


@dataclass(frozen=True, slots=True)
class OnList:
    """A child as the meeting of a day sees them."""

    child: MissingChild
    days: int
    found: bool
    answered: int
    waiting: int
    last: MissingDecision | None  # of an earlier meeting
    decision: MissingDecision | None  # of this one


@dataclass(frozen=True, slots=True)
class MeetingList:
    lines: list[OnList]
    earlier: list[dt.date]  # days of meetings at which something was decided
    next: dt.date | None

    @property
    def found(self) -> int:
        return sum(one.found for one in self.lines)

    @property
    def not_found(self) -> int:
        return len(self.lines) - self.found

    @property
    def decided(self) -> int:
        return sum(one.decision is not None for one in self.lines)


def gather(user: User, *, day: dt.date, today: dt.date) -> MeetingList:
    """The children open at the end of `day`, as they stood then: checks made and answered by that day, found by that day."""
    visible = MissingChild.objects.visible_to(user)
    children = list(visible.open_on(day).select_related("pupil", "school", "officer").order_by("since", "pk"))
    checks: dict[int, list[MissingCheck]] = defaultdict(list)
    for check in MissingCheck.objects.filter(child__in=children, day__lte=day):
        checks[check.child_id].append(check)
    decisions: dict[int, list[MissingDecision]] = defaultdict(list)
    for decision in MissingDecision.objects.filter(child__in=children, meeting__lte=day).order_by("meeting"):
        decisions[decision.child_id].append(decision)
    lines = []
    for child in children:
        made = checks[child.pk]
        answered = {one.kind for one in made if one.answered and one.answered <= day} & set(MissingCheck.LIST)
        waiting = sum(not one.answered or one.answered > day for one in made)
        said = decisions[child.pk]
        earlier = [one for one in said if one.meeting < day]
        now = [one for one in said if one.meeting == day]
        known = child.found_on is not None and child.found_on <= day
        days = rules.days_without(child.since, day)
        lines.append(OnList(child, days, known, len(answered), waiting, earlier[-1] if earlier else None, now[0] if now else None))
    held = MissingDecision.objects.filter(child__in=visible.values("pk")).order_by("-meeting").values_list("meeting", flat=True).distinct()
    meetings = list(held[:8])
    return MeetingList(lines, meetings, meetings[0] + EVERY if meetings else None)


def _decided(decision: MissingDecision | None) -> str:
    if decision is None:
        return ""
    who = f" ({decision.agency})" if decision.agency else ""
    return f"{decision.get_decision_display()}{who}"


TABLE: Table[OnList] = Table(
    "children-missing-education",
    "Children missing education",
    (
        Column("name", "Child", lambda one: str(one.child.pupil)),
        Column("dob", "Born", lambda one: one.child.pupil.dob, Kind.DAY),
        Column("upn", "UPN", lambda one: one.child.pupil.upn),
        Column("year_group", "Year group", lambda one: _GROUP_NAMES.get(one.child.year_group, one.child.year_group)),
        Column("school", "Last school", lambda one: str(one.child.school or "")),
        Column("since", "Without a place since", lambda one: one.child.since, Kind.DAY),
        Column("days", "Days without a place", lambda one: one.days, Kind.COUNT),
        Column("lead", "Lead officer", lambda one: str(one.child.officer or "")),
        Column("found", "Found", lambda one: "Found" if one.found else "Not found"),
        Column("checks", f"Checks answered, of {len(MissingCheck.LIST)}", lambda one: one.answered, Kind.COUNT),
        Column("waiting", "Checks without a reply", lambda one: one.waiting, Kind.COUNT),
        Column("last", "Decided before", lambda one: _decided(one.last)),
        Column("decision", "Decided at this meeting", lambda one: _decided(one.decision)),
    ),
)


def groups_of(school: School) -> list[tuple[str, str]]:
    """The year groups of compulsory school age that the school has, by its statutory ages; all of them where these are not known."""
    low = max((school.low_age if school.low_age is not None else 4) - 4, 0)
    high = min((school.high_age if school.high_age is not None else 16) - 5, 11)
    names = ["R", *(str(number) for number in range(1, 12))]
    return [(name, _GROUP_NAMES[name]) for name in names[low : high + 1]] or [(name, _GROUP_NAMES[name]) for name in names]


@dataclass(frozen=True, slots=True)
class OfSchool:
    """A school's word on its places. `cells`: in the order of the groups; None where it has said nothing."""

    school: School
    cells: list[int | None]
    day: dt.date | None  # of the oldest number that stands
    old: bool


@dataclass(frozen=True, slots=True)
class VacancyTable:
    groups: list[tuple[str, str]]
    rows: list[OfSchool]
    silent: list[School]
    group: str
    choices: list[tuple[str, str]]


STALE = dt.timedelta(days=28)  # schools are asked for their numbers each month


def vacancy_table(schools: QuerySet[School], *, group: str, today: dt.date) -> VacancyTable:
    """Schools that have declared, with their numbers; how many have not. Two queries. `group`: only those with a place in it."""
    choices = [(key, name) for key, name in YEAR_GROUPS if key and not key.startswith("N") and (key == "R" or int(key) <= 11)]
    group = group if group in dict(choices) else ""
    listed = list(schools.order_by("sort_name"))
    said: dict[int, dict[str, Vacancy]] = defaultdict(dict)
    for one in Vacancy.objects.standing().filter(school__in=listed):
        said[one.school_id][one.year_group] = one
    groups = [choice for choice in choices if any(choice[0] in of for of in said.values())]
    if group:
        groups = [(group, dict(choices)[group])]
    rows = []
    for school in listed:
        of = said.get(school.pk, {})
        if group and not (group in of and of[group].places):
            continue
        if not of and len(listed) > 1:
            continue
        day = min((one.day for one in of.values()), default=None)
        cells = [of[key].places if key in of else None for key, _ in groups]
        rows.append(OfSchool(school, cells, day, day is not None and day < today - STALE))
    return VacancyTable(groups, rows, [one for one in listed if one.pk not in said], group, choices)
