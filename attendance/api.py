"""The API's registers, flags and ratings."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts import clock
from accounts.access import user_of
from accounts.api import Reading, whole_number
from accounts.api_filters import ChoiceFilter, Day, DayFilter, NumberFilter, UpnFilter, UpnText, Whole, YesNoFilter
from accounts.models import User
from accounts.permissions import Permission
from attendance.matrix import Session, academic_year, year_end, year_start
from attendance.models import Flag, Rating
from attendance.push_api import Pushing
from attendance.reports import marks
from attendance.reports.marks import After
from attendance.serializers import FlagRow, MarkRow, Marks, RatingRow, YearOfMarks
from schools.api import at_school
from schools.models import Enrolment, Pupil, School

_ROWS, _MOST_ROWS = 500, 2000
_CURSOR = re.compile(r"([0-9]{1,18}) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([01])")
_FIRST_YEAR, _LAST_YEAR = 2006, 2059


class MarksAsked(forms.Form):
    """Which register rows: of a school, of a pupil, or of a day."""

    school = Whole(required=False)
    pupil = UpnText(required=False)
    date = Day(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields |= {"from": Day(required=False), "to": Day(required=False)}  # "from" cannot be written as a name

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        if self.errors:
            return asked
        if not any(asked.get(name) for name in ("school", "pupil", "date")):
            raise forms.ValidationError("Ask for a school (school=URN), a pupil (pupil=UPN) or a day (date=2026-11-20).")
        if asked.get("date") and (asked.get("from") or asked.get("to")):
            self.add_error("date", "Give either one day, or from and to.")
        today = clock.today()
        asked["first"] = asked.get("date") or asked.get("from") or year_start(academic_year(asked.get("to") or today))
        asked["last"] = asked.get("date") or asked.get("to") or max(today, asked["first"])
        if asked["first"] > asked["last"]:
            self.add_error("to", "This is before the first day.")
        elif (asked["last"] - asked["first"]).days > 3 * 366:
            self.add_error("from", "Ask for three years at the most.")
        return asked


_MARK_PARAMETERS = [
    OpenApiParameter("school", NumberFilter.said, description="URN of a school you work with."),
    OpenApiParameter("pupil", OpenApiTypes.STR, description="UPN of a pupil you may see.", pattern="^[A-Za-z][0-9]{11}[0-9A-Za-z]$"),
    OpenApiParameter("date", OpenApiTypes.DATE, description="One day only."),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day. Without it: 1 August of that academic year."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day. Without it: today."),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="Taken from “next” of the stretch before."),
    OpenApiParameter(
        "rows", {"type": "integer", "minimum": 1, "maximum": _MOST_ROWS, "default": _ROWS}, description="Most rows in a stretch."
    ),
]


class Registers(Pushing, Reading, GenericAPIView):
    """Register rows: one for each mark. Ask for a school, a pupil or a day; several of them narrow it further."""

    needs = Permission.SEE_PUPILS
    limit = "registers"
    http_method_names = ["get", "head", "post"]
    rows_about_pupils = "register rows"
    also_takes = ("school", "pupil", "date", "from", "to", "cursor", "rows")
    serializer_class = Marks
    pagination_class = None
    filter_backends = ()

    @extend_schema(parameters=_MARK_PARAMETERS, operation_id="registers_list")
    def get(self, request: Request) -> Response:
        form = MarksAsked(request.query_params)
        if not form.is_valid():
            raise ValidationError(form.errors)
        asked, rows = form.cleaned_data, whole_number(request, "rows", default=_ROWS, most=_MOST_ROWS)
        after = _cursor(request.query_params["cursor"]) if "cursor" in request.query_params else None
        found = marks.stretch(_asked_for(user_of(request), asked), asked["first"], asked["last"], after=after, rows=rows + 1)
        shown, more = found[:rows], len(found) > rows
        following = _next(request, shown[-1].place) if more else None
        return Response({"next": following, "results": [MarkRow.of(line) for line in shown]})


def _asked_for(user: User, asked: dict[str, Any]) -> QuerySet[Enrolment]:
    """The spells on roll whose marks were asked for, as far as `user` may see them."""
    enrolments = Enrolment.objects.visible_to(user)
    if asked.get("pupil"):
        pupil = Pupil.objects.visible_to(user).filter(upn=asked["pupil"]).first()
        if pupil is None:
            raise Http404
        enrolments = Enrolment.objects.of_pupil(pupil, user)
    if asked.get("school"):
        enrolments = enrolments.filter(school=_school(user, asked["school"]))
    return enrolments


def _school(user: User, urn: int) -> School:
    school = School.objects.visible_to(user).filter(urn=urn).first()
    if school is None:
        raise Http404
    return school


def _cursor(text: str) -> After:
    """A place in the rows. It opens nothing: whose rows they are is asked anew each time."""
    try:
        found = _CURSOR.fullmatch(base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode())
        if found:
            return After(int(found[1]), Session(dt.date.fromisoformat(found[2]), found[3] == "1"))
    except (ValueError, binascii.Error):
        pass
    raise ValidationError({"cursor": "This is not a place in the list. Begin without it."})


def _next(request: Request, last: After) -> str:
    query = request.query_params.copy()
    query["cursor"] = base64.urlsafe_b64encode(f"{last.enrolment} {last.session.date} {last.session.pm:d}".encode()).decode()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


class YearAsked(forms.Form):
    school = Whole(error_messages={"required": "Ask for a school: school=URN."})
    year = forms.IntegerField(
        min_value=_FIRST_YEAR,
        max_value=_LAST_YEAR,
        error_messages={
            "required": "Ask for an academic year by the year it begins in: year=2026.",
            "invalid": "Give the year the academic year begins in, like 2026.",
        },
    )


class CompactRegisters(Reading, GenericAPIView):
    """A school’s registers of one academic year, one row for each spell on roll: far fewer bytes than a row for each mark."""

    needs = Permission.SEE_PUPILS
    limit = "registers"
    rows_about_pupils = "registers"
    also_takes = ("school", "year")
    serializer_class = YearOfMarks
    queryset = Enrolment.objects.none()
    filter_backends = ()

    @extend_schema(
        parameters=[
            OpenApiParameter("school", NumberFilter.said, required=True, description="URN of a school you work with."),
            OpenApiParameter(
                "year",
                {"type": "integer", "minimum": _FIRST_YEAR, "maximum": _LAST_YEAR},
                required=True,
                description="The year the academic year begins in: 2026 is 2026/27.",
            ),
        ],
        responses=YearOfMarks(many=True),
        operation_id="registers_compact_list",
    )
    def get(self, request: Request) -> Response:
        form = YearAsked(request.query_params)
        if not form.is_valid():
            raise ValidationError(form.errors)
        user, year = user_of(request), form.cleaned_data["year"]
        school = _school(user, form.cleaned_data["school"])
        spells = Enrolment.objects.visible_to(user).filter(school=school).touching(year_start(year), year_end(year))
        page = self.paginate_queryset(spells.select_related("pupil").order_by("pk")) or []
        context = {"weeks": marks.weeks(page, year)}
        return self.get_paginated_response(YearOfMarks(page, many=True, context=context).data)


class FlagParameters(filters.FilterSet):
    code = ChoiceFilter(choices=Flag.Code.choices, help_text="Which rule.")
    open = YesNoFilter(field_name="cleared", lookup_expr="isnull", help_text="true: those that hold now.")
    school = NumberFilter(method="of_school", help_text="URN: of pupils on this school’s roll today.")
    pupil = UpnFilter(field_name="pupil__upn", help_text="UPN of a pupil.")
    low_data = YesNoFilter(help_text="Whether it rests on few sessions so far.")
    noticed_from = DayFilter(method="noticed_since", help_text="First noticed on this day or later.")

    class Meta:
        model = Flag
        fields = ["code", "open", "school", "pupil", "low_data", "noticed_from"]

    def of_school(self, rows: QuerySet[Flag], name: str, value: int) -> QuerySet[Flag]:
        return at_school(rows, user_of(self.request), value, clock.today(), pupil="pupil")

    def noticed_since(self, rows: QuerySet[Flag], name: str, value: dt.date) -> QuerySet[Flag]:
        return rows.filter(noticed_at__gte=clock.start_of(value))


class Flags(Reading, ReadOnlyModelViewSet[Flag]):
    """Flags of the pupils you may see: those that hold, held once, or were withdrawn."""

    needs = Permission.SEE_PUPILS
    rows_about_pupils = "flags"
    queryset = Flag.objects.none()
    serializer_class = FlagRow
    filterset_class = FlagParameters

    def get_queryset(self) -> QuerySet[Flag]:
        return Flag.objects.visible_to(user_of(self.request)).select_related("pupil").order_by("pk")


class RatingParameters(filters.FilterSet):
    school = NumberFilter(field_name="school__urn", help_text="URN of a school.")
    year = NumberFilter(help_text="Academic year: 2026 is 2026/27.")
    term = ChoiceFilter(choices=Rating.Term.choices, help_text="1 autumn, 2 spring, 3 summer.")
    colour = ChoiceFilter(field_name="colour_now", choices=Rating.Colour.choices, help_text="The colour that counts.")

    class Meta:
        model = Rating
        fields = ["school", "year", "term", "colour"]


class Ratings(Reading, ReadOnlyModelViewSet[Rating]):
    """Termly ratings of the schools you work with."""

    needs = Permission.SEE_RATINGS
    queryset = Rating.objects.none()
    serializer_class = RatingRow
    filterset_class = RatingParameters

    def get_queryset(self) -> QuerySet[Rating]:
        return Rating.objects.visible_to(user_of(self.request)).select_related("school").order_by("pk")
