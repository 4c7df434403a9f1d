"""The filters of the list of contacts with schools, and of severely absent pupils without a plan, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.forms import HiddenInput

from accounts.models import User
from attendance.models import Flag
from meetings import severe
from meetings.filters import terms
from meetings.models import SchoolContact
from meetings.terms import find
from schools.forms.fields import say_plainly
from schools.models import School


class ContactFilter(filters.FilterSet):
    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    how = filters.ChoiceFilter(label="How", choices=SchoolContact.How.choices, empty_label="Any way")
    about = filters.ChoiceFilter(label="About", choices=SchoolContact.About.choices, empty_label="Anything")
    reached = filters.ChoiceFilter(label="Reached", choices=[("true", "Yes"), ("false", "Tried only")], empty_label="Either")
    traded = filters.ChoiceFilter(
        label="Kind of work", choices=[("false", "Core: free to schools"), ("true", "Traded")], empty_label="Either"
    )
    term = filters.ChoiceFilter(label="Term", method="in_term", empty_label="Any term")

    class Meta:
        model = SchoolContact
        fields = ["school", "how", "about", "reached", "traded", "term"]

    def __init__(self, data: Any, *, user: User, today: dt.date, queryset: QuerySet[SchoolContact]) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["school"].queryset = School.objects.visible_to(user).to_choose()
        self.filters["term"].extra["choices"] = [(term.key, term.name) for term in terms(today)]
        say_plainly(self.form)

    def in_term(self, rows: QuerySet[SchoolContact], name: str, value: str) -> QuerySet[SchoolContact]:
        term = find(value)
        return rows.filter(day__range=(term.first, term.last)) if term else rows


class SevereFilter(filters.FilterSet):
    school = filters.ModelChoiceFilter(
        field_name="at_school", label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools", method="at"
    )
    state = filters.ChoiceFilter(choices=severe.STATES, method="leave", widget=HiddenInput)

    class Meta:
        model = Flag
        fields = ["school", "state"]

    def __init__(self, data: Any, *, user: User, queryset: QuerySet[Flag]) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["school"].queryset = School.objects.visible_to(user).to_choose()
        say_plainly(self.form)

    def at(self, rows: QuerySet[Flag], name: str, value: School) -> QuerySet[Flag]:
        return rows.filter(at_school=value.pk)

    def leave(self, rows: QuerySet[Flag], name: str, value: str) -> QuerySet[Flag]:
        return rows  # worked out of each school's calendar afterwards
