"""The list of all extracts: what came, from where, what became of it, and the file as it was sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters as filters
from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Extract
from attendance.sources import label
from schools.forms.fields import say_plainly
from schools.models import School

PER_PAGE = 50


class ExtractFilter(filters.FilterSet):
    """By school, what became of it, where it came from and when it was received. Files that held marks of a school are its own too."""

    school = filters.ModelChoiceFilter(
        label="School", queryset=School.objects.none(), to_field_name="urn", method="at_school", empty_label="All schools"
    )
    status = filters.ChoiceFilter(
        label="What became of it",
        choices=[*Extract.Status.choices, ("rejected", "Loaded, with rows to correct"), ("undone", "Undone")],
        method="became",
        empty_label="Anything",
    )
    source = filters.ChoiceFilter(label="Source", empty_label="All sources")
    first = filters.DateFilter(label="Received from", method="since", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = filters.DateFilter(label="Received to", method="until", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    class Meta:
        model = Extract
        fields = ["school", "status", "source", "first", "last"]

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["school"].queryset = School.objects.visible_to(user).to_choose()
        mine = Extract.objects.visible_to(user)  # sources are free texts: another school’s are not this one’s to read
        sources = mine.order_by("source").values_list("source", flat=True).distinct()
        self.filters["source"].extra["choices"] = [(source, label(source)) for source in sources]
        self.filters["status"].extra["choices"] = [
            (code, "Waiting for somebody to check the columns" if code == Extract.Status.RECEIVED else name)
            for code, name in self.filters["status"].extra["choices"]
        ]
        say_plainly(self.form)

    def at_school(self, rows: QuerySet[Extract], name: str, value: School) -> QuerySet[Extract]:
        return rows.filter(pk__in=Extract.objects.of_school(value).order_by().values("pk"))

    def became(self, rows: QuerySet[Extract], name: str, value: str) -> QuerySet[Extract]:
        if value == "rejected":
            return rows.filter(status__in=(Extract.Status.MARKED, Extract.Status.LOADED), rows_rejected__gt=0)
        return rows.filter(undone=True) if value == "undone" else rows.filter(status=value)

    def since(self, rows: QuerySet[Extract], name: str, value: dt.date) -> QuerySet[Extract]:
        return rows.filter(received_at__gte=clock.start_of(value))

    def until(self, rows: QuerySet[Extract], name: str, value: dt.date) -> QuerySet[Extract]:
        return rows.filter(received_at__lt=clock.start_of(value + dt.timedelta(days=1))) if value < dt.date.max else rows


@needs(Permission.SEE_PUPILS)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    mine = Extract.objects.visible_to(user).with_outcome()
    chosen = ExtractFilter(request.GET, user=user, queryset=mine.order_by("-received_at", "-pk"))
    page = Paginator(chosen.qs.select_related("school", "received_by"), PER_PAGE).get_page(request.GET.get("page"))
    for extract in page.object_list:
        extract.may_download = user.may(Permission.UPLOAD_REGISTER) and _sees_file(extract, user)
    chosen.form.is_valid()
    context = {
        "filter": chosen,
        "page": page,
        "total": page.paginator.count,
        "filtered": any(chosen.form.cleaned_data.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
    }
    return render(request, "attendance/all_extracts.html", context)


def _sees_file(extract: Extract, user: User) -> bool:
    """As `receipts.sees_rows`, without asking once a row: a file of several schools offers its download on its own page."""
    sender = extract.received_by
    if not user.as_role.in_authority:
        return sender is not None and not sender.as_role.in_authority
    return bool(user.as_role.every_school or extract.school_id or sender == user)
