"""The directory: schools beside the people around them, and which places nobody fills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from accounts.models import User
from dashboards.filters import SchoolFilter, area_choice, trust_choice
from schools import names
from schools import team as team_reports
from schools.models import School
from schools.team import EXPECTED, Person, Slot


@dataclass(frozen=True, slots=True)
class Line:
    """One school and its people, by the code of their place."""

    school: School
    people: Mapping[str, Sequence[Person]]

    def at(self, code: str) -> Sequence[Person]:
        return self.people.get(code, ())

    @property
    def gaps(self) -> int:
        return sum(not self.at(slot.code) for slot in EXPECTED)

    def names(self, folded: str) -> bool:
        """Is it this school, or does anybody in its team go by this?"""
        if folded in self.school.search_text or (folded.isdecimal() and folded in str(self.school.urn)):
            return True
        return any(folded in names.fold(person.name) for found in self.people.values() for person in found)


class DirectoryFilter(SchoolFilter):
    q = filters.CharFilter(label="School, URN or person", method="kept")
    area = area_choice()
    trust = trust_choice()
    gap = filters.ChoiceFilter(
        label="Nobody named as", choices=[(slot.code, slot.name) for slot in EXPECTED], method="kept", empty_label="All schools"
    )
    silent = None  # what registers say stands in the list of schools

    class Meta:
        model = School
        fields = ["q", "gap", "phase", "area", "trust", "officer", "cohort"]

    def kept(self, rows: QuerySet[School], name: str, value: str) -> QuerySet[School]:
        return rows  # known only once the people are read: `listed` keeps them


@dataclass(frozen=True, slots=True)
class Gap:
    """How many schools have nobody in a place. Its list is the directory with the place chosen."""

    slot: Slot
    count: int
    of: int

    @property
    def words(self) -> str:
        if self.of == 1:
            return f"The school has {self.slot.without.replace('of their own', 'of its own')}"
        return f"{self.count:,} of {self.of:,} schools {'has' if self.count == 1 else 'have'} {self.slot.without}"


@dataclass(frozen=True, slots=True)
class Directory:
    chosen: DirectoryFilter
    lines: list[Line]  # what every choice leaves
    of: int  # schools before a place was chosen
    gaps: list[Gap]  # among those schools, the commonest first
    filled: list[Slot]  # places that somebody fills at every one of them


def listed(data: Any, user: User, *, today: dt.date) -> Directory:
    """The open schools that the user sees and the address asks for, with their people."""
    mine = School.objects.visible_to(user).open_on(today)
    chosen = DirectoryFilter(data, user=user, today=today, queryset=mine.order_by("sort_name", "pk"))
    schools = list(chosen.qs)
    people = team_reports.of_schools([school.pk for school in schools], day=today)
    lines = [Line(school, people[school.pk]) for school in schools]
    asked = chosen.form.cleaned_data
    if folded := names.fold(asked.get("q") or ""):
        lines = [line for line in lines if line.names(folded)]
    counted = [Gap(slot, sum(not line.at(slot.code) for line in lines), len(lines)) for slot in EXPECTED]
    return Directory(
        chosen,
        [line for line in lines if not line.at(asked["gap"])] if asked.get("gap") else lines,
        len(lines),
        sorted((gap for gap in counted if gap.count), key=lambda gap: -gap.count),
        [gap.slot for gap in counted if not gap.count],
    )
