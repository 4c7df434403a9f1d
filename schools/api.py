"""The API's schools and pupils."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django.db.models import BooleanField, Exists, OuterRef, Prefetch, QuerySet, Value
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts import clock
from accounts.access import user_of
from accounts.api import Reading
from accounts.api_filters import ChoiceFilter, DayFilter, NumberFilter, UpnFilter, YesNoFilter
from accounts.models import User
from accounts.permissions import Permission
from schools.models import Enrolment, Pupil, Responsibility, School
from schools.serializers import PupilRow, SchoolRow

_YEAR_GROUPS = ["N1", "N2", "R", *(str(n) for n in range(1, 15))]


class SchoolParameters(filters.FilterSet):
    phase = ChoiceFilter(choices=School.Phase.choices, help_text="Only schools of this phase.")
    open = YesNoFilter(method="whether_open", help_text="true: schools open today; false: those closed or not open yet.")

    class Meta:
        model = School
        fields = ["phase", "open"]

    def whether_open(self, rows: Any, name: str, value: bool) -> QuerySet[School]:
        today = School.objects.open_on(clock.today()).values("pk")
        return rows.filter(pk__in=today) if value else rows.exclude(pk__in=today)


class Schools(Reading, ReadOnlyModelViewSet[School]):
    """Schools you work with; for the authority's managers, all of them."""

    needs = Permission.SEE_SCHOOLS
    queryset = School.objects.none()
    serializer_class = SchoolRow
    filterset_class = SchoolParameters
    lookup_field = "urn"

    def get_queryset(self) -> QuerySet[School]:
        mine = School.objects.visible_to(user_of(self.request))
        return mine.select_related("trust", "ward", "cluster").order_by("urn")


def at_school(rows: QuerySet[Any], user: User, urn: int, day: dt.date, *, pupil: str = "pk") -> QuerySet[Any]:
    """Rows whose pupil is on the school's roll on `day`, as far as `user` may see it."""
    there = Enrolment.objects.visible_to(user).on_roll(day).filter(school__urn=urn)
    return rows.filter(**{f"{pupil}__in": there.values("pupil")})


class PupilParameters(filters.FilterSet):
    upn = UpnFilter(help_text="The pupil with this UPN now.")
    school = NumberFilter(method="of_school", help_text="URN: pupils on this school’s roll today.")
    year_group = ChoiceFilter(
        choices=[(group, group) for group in _YEAR_GROUPS], method="in_year", help_text="Pupils in this year group today."
    )
    born_from = DayFilter(field_name="dob", lookup_expr="gte", help_text="Born on this day or later.")
    born_to = DayFilter(field_name="dob", lookup_expr="lte", help_text="Born on this day or earlier.")

    class Meta:
        model = Pupil
        fields = ["upn", "school", "year_group", "born_from", "born_to"]

    def of_school(self, rows: QuerySet[Pupil], name: str, value: int) -> QuerySet[Pupil]:
        return at_school(rows, user_of(self.request), value, clock.today())

    def in_year(self, rows: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        there = Enrolment.objects.visible_to(user_of(self.request)).on_roll(clock.today()).filter(year_group=value)
        return rows.filter(pk__in=there.values("pupil"))


class Pupils(Reading, ReadOnlyModelViewSet[Pupil]):
    """Pupils you may see, with the spells on roll you may see. Their parents are not told here."""

    needs = Permission.SEE_PUPILS
    rows_about_pupils = "pupils"
    queryset = Pupil.objects.none()
    serializer_class = PupilRow
    filterset_class = PupilParameters

    def get_queryset(self) -> QuerySet[Pupil]:
        user = user_of(self.request)
        # as Enrolment.of_pupil: the authority sees a pupil's spells whole, a school its own
        spells = Enrolment.objects.all() if user.as_role.in_authority else Enrolment.objects.visible_to(user)
        shown = Prefetch("enrolments", spells.select_related("school").order_by("start", "pk"), to_attr="shown_enrolments")
        pupils = Pupil.objects.visible_to(user).annotate(lives_hidden=_lives_hidden(user))
        return pupils.prefetch_related(shown, "characteristics", "former_upns").order_by("pk")


def _lives_hidden(user: User) -> Exists | Value:
    """For many pupils at once what `Pupil.shows_address_to` says of one."""
    if user.as_role.in_authority:
        return Value(False, output_field=BooleanField())
    hidden = Responsibility.objects.filter(pupil=OuterRef("pk"), lives_with=True, parent__hidden_from__isnull=False)
    return Exists(hidden)
