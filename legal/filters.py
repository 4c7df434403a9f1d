"""The filters of the lists of requests and notices, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from accounts.models import User
from attendance.matrix import academic_year, year_end, year_start
from legal.models import Contract, Improvement, Notice, Request
from schools import groups, names
from schools.forms.fields import say_plainly
from schools.models import Posting, School


def _named(value: str, field: str) -> Q:
    found = Q()
    for word in names.fold(value).split():
        numbered = any(c.isdigit() for c in word)  # digits are a UPN's, never a postcode's (as on the list of pupils)
        found &= Q(**{f"{field}__upn__contains": word.upper()}) if numbered else Q(**{f"{field}__search_text__contains": word})
    return found


class _ListFilter(filters.FilterSet):
    characteristic = filters.ChoiceFilter(label="Characteristic", choices=groups.COHORTS, method="in_cohort", empty_label="Any or none")
    sex = filters.ChoiceFilter(label="Sex", choices=groups.SEXES, method="of_sex", empty_label="Any")

    def in_cohort(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(pupil__in=groups.in_cohort(value, self.today).values("pk"))

    def of_sex(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(pupil__in=groups.of_sex(value).values("pk"))

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today = user, today
        self.filters["school"].queryset = School.objects.visible_to(user).to_choose()

    @property
    def form(self) -> Any:
        built = super().form
        say_plainly(built)
        return built

    @property
    def chosen(self) -> bool:
        self.form.full_clean()
        return any(self.form.cleaned_data.get(name) for name in self.filters)

    def without(self, name: str) -> QuerySet[Any]:
        """What the other choices leave: for counts by this one."""
        left = self.data.copy()
        left.pop(name, None)
        return type(self)(left, queryset=self.queryset, **self._again()).qs

    def _again(self) -> dict[str, Any]:
        return {"user": self.user, "today": self.today}


def _years(today: dt.date) -> list[tuple[str, str]]:
    """School years to choose from, the newest first."""
    latest = academic_year(today)
    return [(str(year), f"{year}/{(year + 1) % 100:02d}") for year in range(latest, latest - 4, -1)]


class RequestFilter(_ListFilter):
    q = filters.CharFilter(label="Pupil’s name", method="named")
    status = filters.ChoiceFilter(label="State", choices=Request.Status.choices, empty_label="Any state")
    route = filters.ChoiceFilter(label="Why absent", choices=Request.Route.choices, empty_label="Any reason")
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", field_name="school", empty_label="All schools"
    )

    submitted = filters.ChoiceFilter(label="Submitted in", method="submitted_in", empty_label="Any school year")

    class Meta:
        model = Request
        fields = ["q", "status", "route", "school", "submitted", "characteristic", "sex"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["submitted"].extra["choices"] = _years(self.today)

    def submitted_in(self, rows: QuerySet[Request], name: str, value: str) -> QuerySet[Request]:
        return rows.filter(submitted__range=(year_start(int(value)), year_end(int(value))))

    def named(self, rows: QuerySet[Request], name: str, value: str) -> QuerySet[Request]:
        return rows.filter(_named(value, "pupil"))


class NoticeFilter(_ListFilter):
    q = filters.CharFilter(label="Number or pupil’s name", method="named")
    state = filters.ChoiceFilter(label="State", choices=Notice.State.choices, empty_label="Any state")
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", field_name="school", empty_label="All schools"
    )
    officer = filters.ChoiceFilter(label="Officer", method="worked_by", empty_label="All officers")
    year = filters.ChoiceFilter(label="Issued in", method="issued_in", empty_label="Any school year")
    overdue = filters.ChoiceFilter(label="Payment", choices=[("yes", "Unpaid, time is over")], method="past_paying", empty_label="Any")
    review = filters.ChoiceFilter(label="Legal review", choices=[("yes", "Needs a look")], method="to_review", empty_label="All")

    class Meta:
        model = Notice
        fields = ["q", "state", "school", "officer", "year", "overdue", "review", "characteristic", "sex"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = _years(self.today)
        if not self.user.as_role.in_authority:  # a school is told whether a notice was paid, no more
            for name in ("officer", "overdue", "review"):
                del self.filters[name]
            return
        leads = Posting.objects.on(self.today).filter(school__in=School.objects.visible_to(self.user), part=Posting.Part.LEAD)
        self.filters["officer"].extra["choices"] = list(leads.order_by("user__name").values_list("user", "user__name").distinct())

    def named(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        number = value.strip().upper().removeprefix("PN")
        if number.isdecimal() and len(number) < 10:
            return rows.filter(number=int(number))
        return rows.filter(_named(value, "pupil"))

    def worked_by(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        return rows.filter(school__in=Posting.objects.on(self.today).filter(user=int(value), part=Posting.Part.LEAD).values("school"))

    def issued_in(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        return rows.filter(issued__range=(year_start(int(value)), year_end(int(value))))

    def past_paying(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        return rows & Notice.objects.unpaid_past_the_end(self.today)

    def to_review(self, rows: QuerySet[Notice], name: str, value: str) -> QuerySet[Notice]:
        return rows.exclude(review="")


class ImprovementFilter(_ListFilter):
    q = filters.CharFilter(label="Pupil’s name", method="named")
    state = filters.ChoiceFilter(label="State", choices=Improvement.State.choices, empty_label="Any state")
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", field_name="school", empty_label="All schools"
    )
    waits = filters.ChoiceFilter(label="To be decided", choices=[("yes", "Waits for somebody")], method="waiting", empty_label="All")

    class Meta:
        model = Improvement
        fields = ["q", "state", "school", "waits", "characteristic", "sex"]

    def named(self, rows: QuerySet[Improvement], name: str, value: str) -> QuerySet[Improvement]:
        return rows.filter(_named(value, "pupil"))

    def waiting(self, rows: QuerySet[Improvement], name: str, value: str) -> QuerySet[Improvement]:
        found = Q(reached_early=True) | Q(finding="broken") | Q(end__lt=self.today)
        return rows.filter(found, state__in=Improvement.WATCHED)


class ContractFilter(_ListFilter):
    q = filters.CharFilter(label="Pupil’s name", method="named")
    status = filters.ChoiceFilter(label="State", choices=Contract.Status.choices, empty_label="Any state")
    signed = filters.ChoiceFilter(
        label="Signed", choices=[("yes", "By a parent"), ("no", "By nobody: an offer")], method="by_signed", empty_label="Either"
    )
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", field_name="school", empty_label="All schools"
    )

    class Meta:
        model = Contract
        fields = ["q", "status", "signed", "school", "characteristic", "sex"]

    def named(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        return rows.filter(_named(value, "pupil"))

    def by_signed(self, rows: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        return rows.filter(agreed=value == "yes")
