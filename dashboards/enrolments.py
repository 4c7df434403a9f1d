"""The list behind every figure that counts enrolments, as DfE does: each with its own sessions, under the choices of the address.

Its numbers are those of the rollup by cut (attendance.cuts): the same enrolments, judged by the same sums, in the same cohorts.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import F, FloatField, Q, QuerySet
from django.db.models.functions import Cast

from accounts.models import User
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures
from dashboards.filters import YEAR_GROUPS, area_choice, lies_in, offer_places, trust_choice
from dashboards.numbers import Number, list_of
from schools import names
from schools.forms.fields import say_plainly
from schools.models import Area, Characteristic, Pupil, School, Trust

PERSISTENT, SEVERE = "persistent", "severe"
UNKNOWN = "unknown"
_NURSERY = ["N1", "N2"]
_MISSED = [(PERSISTENT, "10% or more: persistently absent"), (SEVERE, "50% or more: severely absent")]


def of(user: User, *, today: dt.date) -> QuerySet[EnrolmentFigures]:
    """Enrolments with a possible session this year at schools that the user sees and that are open: what rates are counted of."""
    schools = School.objects.visible_to(user).open_on(today)
    return EnrolmentFigures.objects.filter(year=academic_year(today), possible__gt=0, school__in=schools)


class EnrolmentFilter(filters.FilterSet):
    """A choice that is not offered is left out, with words beside it; the other choices stand."""

    q = filters.CharFilter(label="Name or UPN", method="named")
    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", field_name="school", empty_label="All schools"
    )
    phase = filters.ChoiceFilter(label="Phase", choices=School.Phase.choices, field_name="school__phase", empty_label="All phases")
    area = area_choice()
    trust = trust_choice()
    cohort = filters.ChoiceFilter(label="Cohort", choices=Characteristic.Kind.choices, method="in_cohort", empty_label="Any or none")
    year_group = filters.ChoiceFilter(
        label="Year group",
        choices=[*YEAR_GROUPS, ("14", "Year 14"), (UNKNOWN, "Not known")],
        method="in_year",
        empty_label="All year groups",
    )
    sex = filters.ChoiceFilter(label="Sex", choices=[*Pupil.Sex.choices, (UNKNOWN, "Not known")], method="of_sex", empty_label="Any")
    absence = filters.ChoiceFilter(label="Sessions missed", choices=_MISSED, method="leave", empty_label="Any share")

    def __init__(self, *args: Any, user: User, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = academic_year(today)
        schools = School.objects.visible_to(user).open_on(today)
        self.filters["school"].queryset = schools.to_choose()
        offer_places(self, schools)
        say_plainly(self.form)

    def named(self, rows: QuerySet[EnrolmentFigures], name: str, value: str) -> QuerySet[EnrolmentFigures]:
        for word in names.fold(value).split():
            numbered = any(c.isdigit() for c in word)  # digits are a UPN's, never a postcode's (as on the list of pupils)
            rows = rows.filter(pupil__upn__contains=word.upper()) if numbered else rows.filter(pupil__search_text__contains=word)
        return rows

    def in_area(self, rows: QuerySet[EnrolmentFigures], name: str, value: Area) -> QuerySet[EnrolmentFigures]:
        return rows.filter(school__in=School.objects.filter(lies_in(value)))

    def in_trust(self, rows: QuerySet[EnrolmentFigures], name: str, value: Trust) -> QuerySet[EnrolmentFigures]:
        return rows.filter(school__trust=value)

    def in_cohort(self, rows: QuerySet[EnrolmentFigures], name: str, value: str) -> QuerySet[EnrolmentFigures]:
        """Of whom it was true on the day of the school's latest session, as in the rollup."""
        reach, theirs = F("school__years__latest"), "pupil__characteristics"
        true_then = Q(**{f"{theirs}__kind": value, f"{theirs}__start__lte": reach, "school__years__year": self.year})
        true_then &= Q(**{f"{theirs}__end__isnull": True}) | Q(**{f"{theirs}__end__gte": reach})
        return rows.filter(pk__in=EnrolmentFigures.objects.filter(true_then, year=self.year).values("pk"))

    def in_year(self, rows: QuerySet[EnrolmentFigures], name: str, value: str) -> QuerySet[EnrolmentFigures]:
        groups = {"N2": _NURSERY, UNKNOWN: [""]}.get(value, [value])
        return rows.filter(enrolment__year_group__in=groups)

    def of_sex(self, rows: QuerySet[EnrolmentFigures], name: str, value: str) -> QuerySet[EnrolmentFigures]:
        return rows.filter(pupil__sex="" if value == UNKNOWN else value)

    def leave(self, rows: QuerySet[EnrolmentFigures], name: str, value: str) -> QuerySet[EnrolmentFigures]:
        return rows  # asked in `missed`: the others say of how many

    @property
    def chosen(self) -> dict[str, Any]:
        self.form.full_clean()
        return self.form.cleaned_data

    def missed(self) -> QuerySet[EnrolmentFigures]:
        """The list: what every choice leaves."""
        missed = self.chosen.get("absence")
        return self.qs.filter(**{missed: True}) if missed in (PERSISTENT, SEVERE) else self.qs


def with_share(rows: QuerySet[EnrolmentFigures]) -> QuerySet[EnrolmentFigures]:
    """For the page: who and where, and the share missed, to sort by. Nothing is possible of none of them."""
    rows = rows.annotate(absent=F("authorised") + F("unauthorised"))
    return rows.annotate(share=1.0 * F("absent") / Cast(F("possible"), FloatField())).select_related("pupil", "school", "enrolment")


def listed(number: int, *, of_whom: str = "", missed: str = "", **choices: Any) -> Number:
    """A number of enrolments as the way to this list. `of_whom`: "" for everybody, else a cohort's or group's name."""
    said = f": {of_whom}" if of_whom else ""
    return Number(number, f"enrolment{said},enrolments{said}", list_of("enrolments", absence=missed or None, **choices))
