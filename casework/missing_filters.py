"""The filters of the list of children missing education, read from the address."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from accounts.models import User
from casework.models import MissingChild
from schools import names
from schools.forms.fields import say_plainly
from schools.models import School

MINE, NOBODY = "mine", "nobody"


class MissingFilter(filters.FilterSet):
    """Without a choice: open records."""

    q = filters.CharFilter(label="Child’s name or UPN", method="named")
    state = filters.ChoiceFilter(
        label="State",
        choices=[("unfound", "Open, not found"), ("found", "Open, found"), ("closed", "Closed"), ("all", "Open and closed")],
        method="leave",
        empty_label="All open",
    )
    officer = filters.ChoiceFilter(label="Lead officer", method="led_by", empty_label="Anybody")
    school = filters.ModelChoiceFilter(label="Last school", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    origin = filters.ChoiceFilter(label="How they came here", choices=MissingChild.Origin.choices, empty_label="Any way")
    outcome = filters.ChoiceFilter(label="Closed as", choices=MissingChild.Outcome.choices, empty_label="Anything")

    class Meta:
        model = MissingChild
        fields = ["q", "state", "officer", "school", "origin", "outcome"]

    def __init__(self, data: Any, *, user: User, queryset: QuerySet[MissingChild]) -> None:
        super().__init__(data, queryset=queryset)
        self.user = user
        self.filters["school"].queryset = School.objects.filter(pk__in=queryset.order_by().values("school")).order_by("sort_name")
        leads = User.objects.filter(pk__in=queryset.order_by().values("officer")).order_by("name", "pk")
        shared = [(MINE, "Mine"), (NOBODY, "Nobody yet")] if user.as_role.in_authority else [(NOBODY, "Nobody yet")]
        self.filters["officer"].extra["choices"] = [*shared, *((str(one.pk), one.name) for one in leads)]
        say_plainly(self.form)

    def named(self, rows: QuerySet[MissingChild], name: str, value: str) -> QuerySet[MissingChild]:
        for word in names.fold(value).split():
            numbered = any(c.isdigit() for c in word)
            rows = rows.filter(pupil__upn__contains=word.upper()) if numbered else rows.filter(pupil__search_text__contains=word)
        return rows

    def leave(self, rows: QuerySet[MissingChild], name: str, value: str) -> QuerySet[MissingChild]:
        return rows  # asked in `children`, for nothing chosen means open

    def led_by(self, rows: QuerySet[MissingChild], name: str, value: str) -> QuerySet[MissingChild]:
        if value == NOBODY:
            return rows.filter(officer=None)
        return rows.filter(officer=self.user.pk if value == MINE else int(value))

    def children(self) -> QuerySet[MissingChild]:
        found = self.qs  # first: it reads the form
        state, outcome = self.form.cleaned_data.get("state"), self.form.cleaned_data.get("outcome")
        if state == "all" or (outcome and not state):
            return found
        if state == "closed":
            return found.exclude(closed=None)
        known = Q() if not state else Q(found_on__isnull=state == "unfound")
        return found.filter(known, closed=None)
