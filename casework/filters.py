"""The filters of the caseload, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.permissions import Permission
from casework import reports, stages
from casework.models import Case, Cover
from casework.reports import AGES
from schools import names
from schools.forms.fields import say_plainly
from schools.models import School

CLOSED = stages.CLOSED
OURS, MINE, NOBODY, LEFT = "ours", "mine", "nobody", "left"
_STAGES = [(stage.code, stage.name) for stage in stages.STAGES]


def of_pupil_named(rows: QuerySet[Case], words: str) -> QuerySet[Case]:
    for word in names.fold(words).split():
        numbered = any(c.isdigit() for c in word)  # digits are a UPN's, never a postcode's (as on the list of pupils)
        rows = rows.filter(pupil__upn__contains=word.upper()) if numbered else rows.filter(pupil__search_text__contains=word)
    return rows


class CaseFilter(filters.FilterSet):
    """Without a choice of stage: open cases. An officer begins with their own and those that nobody has."""

    q = filters.CharFilter(label="Pupil’s name or UPN", method="named")
    stage = filters.ChoiceFilter(label="Stage", choices=_STAGES, method="leave", empty_label="All open cases")
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    school = filters.ModelChoiceFilter(label="School", queryset=School.objects.none(), to_field_name="urn", empty_label="All schools")
    reason = filters.ChoiceFilter(label="Reason", choices=Case.Reason.choices, empty_label="All reasons")
    review = filters.ChoiceFilter(
        label="Plan review", choices=[("overdue", "Overdue"), ("week", "Due within 7 days")], method="reviewed", empty_label="At any time"
    )
    plan = filters.ChoiceFilter(
        label="Plan", choices=[("none", "Without a plan"), ("current", "With a plan")], method="planned", empty_label="With or without"
    )
    age = filters.ChoiceFilter(label="Open for", choices=[(k, v[0]) for k, v in AGES.items()], method="aged", empty_label="Any time")

    class Meta:
        model = Case
        fields = ["q", "stage", "officer", "school", "reason", "review", "plan", "age"]

    def __init__(self, data: Any, *, user: User, today: dt.date, queryset: QuerySet[Case]) -> None:
        narrow = user.as_role.in_authority and not user.as_role.every_school
        if narrow and "officer" not in data:
            data = data.copy()
            data["officer"] = OURS
        super().__init__(data, queryset=queryset)
        self.user, self.today = user, today
        self.filters["school"].queryset = School.objects.filter(pk__in=queryset.order_by().values("school")).to_choose()
        self.filters["officer"].extra["choices"] = self._officers()
        say_plainly(self.form)

    def _officers(self) -> list[tuple[str, str]]:
        """Those who hold or held a case in the list; for who sees every school also those who may be given one."""
        listed = Q(pk__in=self.queryset.order_by().values("officer"))
        if self.user.as_role.every_school:
            listed |= Q(is_active=True, role__in=[role.code for role in reports.WORKERS])
        known = [(str(pk), name) for pk, name in User.objects.filter(listed).order_by("name", "pk").values_list("pk", "name")]
        if not self.user.as_role.in_authority:
            return [(NOBODY, "Nobody yet"), *known]
        shared = [(NOBODY, "Nobody’s yet"), (LEFT, "Of officers who left")]
        if not self.user.may(Permission.WORK_CASES):
            return [*shared, *known]
        return [(OURS, "Mine, and nobody’s"), (MINE, "Mine"), *shared, *known]

    def named(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return of_pupil_named(rows, value)

    def leave(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return rows  # the stage is asked in `cases`: the counts by stage are of what the other choices leave

    def worked_by(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == OURS:
            standing_in = Cover.objects.by(self.user, self.today).values("officer")
            return rows.filter(Q(officer=self.user) | Q(held=False) | Q(officer__in=standing_in))
        if value == NOBODY:
            return rows.filter(officer=None)
        if value == LEFT:
            return rows.filter(officer__isnull=False, held=False)
        return rows.filter(officer=self.user.pk if value == MINE else int(value))

    def reviewed(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        if value == "overdue":
            return rows.filter(plan_review__lt=self.today)
        return rows.filter(plan_review__range=(self.today, self.today + dt.timedelta(days=7)))

    def planned(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return rows.filter(plan_review__isnull=value == "none")

    def aged(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return rows.filter(reports.aged(value, today=self.today))

    def cases(self) -> QuerySet[Case]:
        """The list: what every choice leaves."""
        stage = self.form.cleaned_data.get("stage")
        return self.qs.filter(stage=stage) if stage else self.qs.exclude(stage=CLOSED)
