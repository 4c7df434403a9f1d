"""The filters of the list of tasks, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from accounts.models import User
from casework.models import Task
from schools.forms.fields import say_plainly
from schools.models import School

_STATES = [("overdue", "Overdue"), ("week", "Due within 7 days"), ("ended", "Done or dropped")]


class TaskFilter(filters.FilterSet):
    """Without a choice: all that are open."""

    state = filters.ChoiceFilter(label="State", choices=_STATES, method="leave", empty_label="All open")
    kind = filters.ChoiceFilter(label="Kind", choices=Task.Kind.choices, empty_label="All kinds")
    side = filters.ChoiceFilter(label="Who has it to do", choices=Task.Side.choices, empty_label="Anybody")
    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")

    class Meta:
        model = Task
        fields = ["state", "kind", "side", "school"]

    def __init__(self, data: Any, *, user: User, today: dt.date, queryset: QuerySet[Task]) -> None:
        super().__init__(data, queryset=queryset)
        self.today = today
        self.filters["school"].queryset = School.objects.filter(pk__in=queryset.order_by().values("school")).order_by("sort_name")
        if not user.as_role.in_authority:
            del self.filters["side"]
        say_plainly(self.form)

    def leave(self, rows: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return rows  # asked in `tasks`: without a choice it is the open ones

    def tasks(self) -> QuerySet[Task]:
        every = self.qs  # reads the form
        state = self.form.cleaned_data.get("state")
        if state == "ended":
            return every.filter(ended__isnull=False).order_by("-ended", "-pk")
        rows = every.filter(ended=None)
        if state == "overdue":
            rows = rows.filter(due__lt=self.today)
        if state == "week":
            rows = rows.filter(due__range=(self.today, self.today + dt.timedelta(days=7)))
        return rows.order_by("due", "pk")
