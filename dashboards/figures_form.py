"""What the page of figures is asked, read from the address: it can be kept as a bookmark and sent to a colleague."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from attendance import grouping, periods
from attendance.answering import Question
from attendance.codes import CODES
from attendance.cuts import Cut, Kind
from attendance.grouping import Group
from attendance.matrix import academic_year
from attendance.periods import Period, PeriodProblem
from schools.forms.fields import YEAR_GROUPS, say_plainly
from schools.models import Characteristic, Pupil, School

_NOBODY = "none"
_YEARS = 3  # academic years offered, this one first

_BY = [("", "Enrolments (as DfE)"), ("pupil", "Pupils (casework)")]


class _Day(forms.DateField):
    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": f"{label}: this is not a date, so it was left out. Enter one like 20/11/2026."},
        )


class FiguresForm(forms.Form):
    """A choice that is not offered is left out, with words beside it; the others stand."""

    period = forms.ChoiceField(label="Period", choices=list(periods.NAMES.items()), required=False)
    year = forms.TypedChoiceField(label="School year", coerce=int, empty_value=None, required=False)
    day = _Day("Day, or a day of the week")
    first = _Day("First day")
    last = _Day("Last day")
    group = forms.ChoiceField(label="Group by", choices=list(grouping.NAMES.items()), required=False)
    year_group = forms.ChoiceField(label="Year group", choices=[("", "All year groups"), *YEAR_GROUPS[1:]], required=False)
    sex = forms.ChoiceField(label="Sex", choices=[("", "All"), *Pupil.Sex.choices], required=False)
    cohort = forms.ChoiceField(label="Cohort", choices=[("", "All pupils"), *Characteristic.Kind.choices], required=False)
    phase = forms.ChoiceField(label="Phase", choices=[("", "All phases"), *School.Phase.choices], required=False)
    area = forms.ChoiceField(label="Cluster or ward", required=False)
    trust = forms.ChoiceField(label="Trust", required=False)
    officer = forms.ChoiceField(label="Officer", required=False)
    school = forms.ChoiceField(label="School", required=False)
    code = forms.ChoiceField(label="Code", required=False)
    by = forms.ChoiceField(label="Persistent absence of", choices=_BY, required=False)

    def __init__(self, data: QueryDict, *, schools: Sequence[School], officers: dict[int, list[tuple[int, str]]], today: dt.date) -> None:
        super().__init__(data)
        self.schools, self.officers, self.today = schools, officers, today
        this = academic_year(today)
        self._offer("year", "", [(y, f"{y}/{(y + 1) % 100:02d}") for y in range(this, this - _YEARS, -1)])
        places = {area.pk: area for s in schools for area in (s.cluster, s.ward) if area}
        areas = [(f"{area.pk}", f"{area.name} ({area.get_kind_display().lower()})") for area in places.values()]
        trusts = {(f"{s.trust.pk}", s.trust.name) for s in schools if s.trust}
        names = {(f"{pk}", name) for those in officers.values() for pk, name in those}
        self._offer("area", "All areas", [*sorted(areas, key=lambda a: a[1]), (_NOBODY, "In no cluster")])
        self._offer("trust", "All schools", [*sorted(trusts, key=lambda t: t[1]), (_NOBODY, "In no trust")])
        self._offer("officer", "All officers", [*sorted(names, key=lambda n: n[1]), (_NOBODY, "Without an officer")])
        self._offer("school", "All schools", [(f"{s.urn}", s.name) for s in schools])
        self._offer("code", "All codes", [(c.code, f"{c.code}: {c.meaning}") for c in CODES if c.end is None])
        say_plainly(self)

    def _offer(self, name: str, every: str, choices: list[tuple[Any, str]]) -> None:
        self.fields[name].choices = [("", every), *choices] if every else choices  # type: ignore[attr-defined]

    def chosen(self) -> Chosen:
        self.full_clean()
        found = {name: self.cleaned_data.get(name) or None for name in self.fields}
        schools = [school for school in self.schools if self._holds(school, found)]
        problem = ""
        key = found["period"] or periods.Key.YEAR
        days = {"day": found["day"], "first": found["first"], "last": found["last"]}
        try:
            period = periods.choose(key, year=found["year"] or academic_year(self.today), **days, today=self.today)
        except PeriodProblem as said:
            problem = str(said)
            if not self.has_error(said.field):  # what was left out is said already
                self.add_error(said.field, problem)
            period = periods.choose(periods.Key.YEAR, year=academic_year(self.today), **days, today=self.today)
        group = Group(found["group"]) if found["group"] else _usual(schools)
        self.data = self.data.copy()
        self.data["group"] = group.value  # the form shows what the table does
        asked = ((Kind.YEAR_GROUP, found["year_group"]), (Kind.SEX, found["sex"]), (Kind.COHORT, found["cohort"]))
        cuts = tuple(Cut(kind, value) for kind, value in asked if value)
        question = Question(period, group, cuts, found["by"] == "pupil")
        return Chosen(question, schools, found["code"] or "", problem)

    def _holds(self, school: School, found: dict[str, Any]) -> bool:
        """Is the school among those that every filter leaves?"""
        officers = [str(pk) for pk, _ in self.officers.get(school.pk, [])] or [_NOBODY]
        places = {str(school.cluster_id or _NOBODY), str(school.ward_id or "")}
        return (
            (not found["phase"] or school.phase == found["phase"])
            and (not found["area"] or found["area"] in places)
            and (not found["trust"] or found["trust"] == str(school.trust_id or _NOBODY))
            and (not found["officer"] or found["officer"] in officers)
            and (not found["school"] or found["school"] == str(school.urn))
        )


def _usual(schools: Sequence[School]) -> Group:
    """What is looked at where nothing is chosen: year groups of one school, schools of a few, phases of many."""
    if len(schools) == 1:
        return Group.YEAR_GROUP
    return Group.SCHOOL if len(schools) <= 12 else Group.PHASE


@dataclass(frozen=True, slots=True)
class Chosen:
    question: Question
    schools: list[School] = field(default_factory=list)
    code: str = ""  # whose sessions stand in a column of their own
    problem: str = ""  # why the period asked for is not shown

    @property
    def period(self) -> Period:
        return self.question.period
