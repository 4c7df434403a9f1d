"""Pupils at risk, and one pupil's page. Every look at a pupil's page is recorded."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance import reports as attendance_reports
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures, Extract, Flag
from dashboards import pupil_page, pupil_work, reports
from dashboards.filters import PupilFilter
from schools.models import Enrolment, Pupil

_PAGE = 50
_SORTS = {
    "name": ("sort_name",),
    "absence": ("absence_pct",),
    "missed": ("absent",),
    "unauthorised": ("unauthorised",),
    "since": ("since",),
}
_DEFAULT = "-absence"


@require_safe
@needs(Permission.SEE_PUPILS)
def at_risk(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    every = attendance_reports.at_risk(user, today=today)
    chosen = PupilFilter(request.GET, queryset=every, user=user, today=today)
    # counting needs no sums, unless the share missed is asked for: much quicker over a whole authority
    counted = chosen if request.GET.get("absence") else chosen.over(_with_figures(user, today))
    sort = request.GET.get("sort", _DEFAULT)
    rows = _ordered(chosen.pupils(), sort)
    spells = Prefetch(
        "enrolments",
        queryset=Enrolment.objects.visible_to(user).on_roll(today).select_related("school").order_by("-start"),
        to_attr="spells",
    )
    pages = Paginator(rows.prefetch_related(spells), _PAGE)
    pages.count = counted.pupils().count()
    page = pages.get_page(request.GET.get("page"))
    for one in page:
        one.flags_in_order = reports.by_urgency(one.open_flags)
    counts = _counts(counted)
    context = {
        "filter": chosen,
        "page": page,
        "total": pages.count,
        "counts": [(code, reports.FLAG_NAMES[code], counts[code]) for code in reports.FLAG_ORDER],
        "flag": request.GET.get("flag", ""),
        "sort_default": _DEFAULT,
        "year": academic_year(today),
        "today": today,
        "filtered": any(chosen.form.cleaned_data.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
    }
    return render(request, "dashboards/pupils_at_risk.html", context)


def _with_figures(user: User, today: dt.date) -> QuerySet[Pupil]:
    """The pupils of `at_risk`, without their sums."""
    year = EnrolmentFigures.objects.filter(year=academic_year(today))
    if not user.as_role.in_authority:
        year = year.filter(enrolment__in=Enrolment.objects.visible_to(user).values("pk"))
    listed = Q(pk__in=year.values("pupil")) | Q(pk__in=Flag.objects.open().values("pupil"))
    return Pupil.objects.visible_to(user).filter(listed, merged_into=None)


def _ordered(rows: QuerySet[Pupil], sort: str) -> QuerySet[Pupil]:
    key = sort.removeprefix("-")
    if key not in _SORTS:
        sort, key = _DEFAULT, _DEFAULT.removeprefix("-")
    if key == "since":
        first = Flag.objects.open().filter(pupil=OuterRef("pk")).order_by().values("pupil").annotate(day=Min("opened"))
        rows = rows.annotate(since=Subquery(first.values("day")))
    fields = [F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True) for name in _SORTS[key]]
    return rows.order_by(*fields, "sort_name", "pk")


def _counts(chosen: PupilFilter) -> Counter[str]:
    """How many pupils each flag would leave under the other choices."""
    pupils = chosen.qs.order_by().values("pk")
    return Counter(dict(chosen.flags().filter(pupil__in=pupils).values_list("code").annotate(n=Count("pupil"))))


@require_safe
@needs(Permission.SEE_PUPILS)
def pupil(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    known = pupil_work.with_work(pupil_page.with_details(Pupil.objects.visible_to(user), user, today=today), user)
    found = get_object_or_404(known, pk=pk)
    context: dict[str, Any] = pupil_page.gather(found, user, today=today)
    audit.record("looked at a pupil", by=user, subject=found, kind=AuditEvent.Kind.VIEW)
    return render(request, "dashboards/pupil.html", context | {"may_edit": user.may(Permission.EDIT_PEOPLE)})


@require_safe
@needs(Permission.SEE_PUPILS)
def marks(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    """The history of one day's marks: what was said, when it came, from where and by whom."""
    user = user_of(request)
    found = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    try:
        asked = dt.date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if not dt.date(1990, 1, 1) <= asked <= clock.today() + dt.timedelta(days=366):
        raise Http404
    enrolments = list(Enrolment.objects.of_pupil(found, user).select_related("school").order_by("start", "pk"))
    history = attendance_reports.told(enrolments, asked)
    audit.record("looked at a pupil", by=user, subject=found, kind=AuditEvent.Kind.VIEW)
    halves = [(name, [word for word in history if word.session.pm == pm]) for pm, name in ((False, "Morning"), (True, "Afternoon"))]
    seen = set(Extract.objects.visible_to(user).filter(pk__in=[w.load.extract_id for w in history]).values_list("pk", flat=True))
    context = {"pupil": found, "day": asked, "halves": halves, "several": len({w.enrolment.pk for w in history}) > 1, "seen": seen}
    return render(request, "dashboards/pupil_marks.html", context)
