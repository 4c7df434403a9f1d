"""The form that plans a meeting of another kind than support: what it is, which schools take part, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import User
from meetings.forms import PlanForm
from meetings.models import Meeting
from schools.forms.fields import radios
from schools.models import School


class OtherForm(PlanForm):
    kind = radios("What kind of meeting is it?", Meeting.OTHER_KINDS, "Choose what kind of meeting it is")
    title = forms.CharField(
        label="What is it called?",
        max_length=120,
        help_text="Everybody asked reads it: name no child. For example, Autumn network, or Year 10 across the north.",
        error_messages={"required": "Say what it is called: everybody asked reads it"},
    )
    service = forms.CharField(
        label="Which service takes part?",
        required=False,
        max_length=120,
        help_text="Leave it empty if none does. For example, virtual school or educational psychology.",
    )
    every = forms.BooleanField(label="All of them", required=False)
    schools = forms.ModelMultipleChoiceField(
        queryset=School.objects.none(),
        label="Which schools take part?",
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "dm-many"}),
        help_text="With several schools no child is named: what concerns a child is taken up with that child’s own school.",
        error_messages={"invalid_choice": "Choose schools of this list", "invalid_pk_value": "Choose schools of this list"},
    )
    host = forms.ModelChoiceField(
        queryset=School.objects.none(),
        label="Which of them is the host?",
        required=False,
        empty_label="The first of them by name",
        help_text="Where you meet, if it is at a school; its holidays are asked about.",
        error_messages={"invalid_choice": "Choose a school of this list"},
    )

    field_order = ("kind", "title", "service", "schools", "every", "host", "day", "time", "minutes", "place", "officer", "although_closed")

    def __init__(self, *args: Any, schools: Sequence[School], user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, schools=schools, user=user, today=today, **kwargs)
        mine = School.objects.filter(pk__in=[school.pk for school in schools]).order_by("sort_name")
        taking: Any = self.fields["schools"]
        host: Any = self.fields["host"]
        taking.queryset = host.queryset = mine
        self.fields["every"].label = f"All {len(schools)} schools you work with"
        self.fields["minutes"].help_text = ""
        self.known = schools
        if len(schools) < 2:
            del self.fields["every"], self.fields["host"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.pop("every", False):
            said["schools"] = list(self.known)
        elif "schools" in said and not said["schools"]:
            self.add_error("schools", "Choose the schools that take part")
        return said
