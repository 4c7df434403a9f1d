"""Pupils at risk, and one pupil's page. Every look at a pupil's page is recorded."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance import downloads, flag_codes
from attendance import reports as attendance_reports
from attendance.downloads import Wanted
from attendance.matrix import academic_year
from attendance.models import Extract
from attendance.rag import Steps, rate_pupil
from attendance.reports.pupils import steps_of
from dashboards import at_risk as at_risk_list
from dashboards import pupil_page, pupil_work, reports
from dashboards.described_lists import PUPILS_AT_RISK
from dashboards.filters import PupilFilter
from dashboards.kept import kept, stamp
from schools.models import Enrolment, PolicyValue, Pupil

_PAGE = 50
_AT_ONCE = 2000  # pupils read together for a file


def _listed(request: HttpRequest, today: dt.date) -> tuple[PupilFilter, QuerySet[Pupil]]:
    """The pupils that the address asks for, in the order it asks for, with their spells on roll today."""
    user = user_of(request)
    chosen = PupilFilter(request.GET, queryset=attendance_reports.at_risk(user, today=today), user=user, today=today)
    # the authority sees a child whole: who went on to a school of another officer is not on no roll
    rolls = Enrolment.objects.all() if user.as_role.in_authority else Enrolment.objects.visible_to(user)
    spells = Prefetch("enrolments", queryset=rolls.on_roll(today).select_related("school").order_by("-start"), to_attr="spells")
    return chosen, at_risk_list.ordered(chosen.pupils(), request.GET.get("sort", at_risk_list.DEFAULT)).prefetch_related(spells)


@require_safe
@needs(Permission.SEE_PUPILS)
def at_risk(request: HttpRequest) -> HttpResponse:
    today, user = clock.today(), user_of(request)
    chosen, rows = _listed(request, today)
    asked, now = (today, sorted(request.GET.lists())), stamp()
    counts, total = kept("at_risk", partial(at_risk_list.counted, chosen, user, today=today), user=user, choices=asked, now=now)
    page = Paginator(range(total), _PAGE).get_page(request.GET.get("page"))
    sort, first = request.GET.get("sort", at_risk_list.DEFAULT), max(page.start_index() - 1, 0)
    make = partial(at_risk_list.keys, chosen, rows, user, sort=sort, total=total, today=today, first=first, size=len(page))
    listed = at_risk_list.of_keys(rows, kept("at_risk_page", make, user=user, choices=(*asked, total), now=now))
    steps = steps_of(PolicyValue.objects.in_force(today))
    context = {
        "table": PUPILS_AT_RISK,
        "rows": [_told(one, steps) for one in listed],
        "filter": chosen,
        "page": page,
        "total": total,
        "counts": [(code, reports.FLAG_NAMES[code], counts[code]) for code in flag_codes.URGENT],
        "flag": request.GET.get("flag", ""),
        "year": academic_year(today),
        "today": today,
        "filtered": any(chosen.form.cleaned_data.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
    }
    return render(request, "dashboards/pupils_at_risk.html", context)


@require_safe
@needs(Permission.SEE_PUPILS)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list of pupils as a file, read and sent some at a time. It names children: there is nothing of it to publish."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    today, user = clock.today(), user_of(request)
    chosen, rows = _listed(request, today)
    _, number = at_risk_list.counted(chosen, user, today=today)
    said = reports.of_children_in_words(user, chosen.form, today=today)
    steps = steps_of(PolicyValue.objects.in_force(today))
    found = (_told(one, steps) for one in rows.iterator(chunk_size=_AT_ONCE))
    return downloads.send(request, PUPILS_AT_RISK, found, Wanted(form, number, said), back="pupils_at_risk")


def _told(pupil: Pupil, steps: Steps) -> Pupil:
    """With the colour of the year so far, and flags in order."""
    pupil.rating = rate_pupil(pupil.absent or 0, pupil.possible or 0, steps)  # type: ignore[attr-defined]
    pupil.flags_in_order = reports.by_urgency(pupil.open_flags)  # type: ignore[attr-defined]
    return pupil


@require_safe
@needs(Permission.SEE_PUPILS)
def pupil(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    known = pupil_work.with_work(pupil_page.with_details(Pupil.objects.visible_to(user), user, today=today), user)
    found = get_object_or_404(known, pk=pk)
    context: dict[str, Any] = pupil_page.gather(found, user, today=today)
    audit.record("looked at a pupil", by=user, subject=found, kind=AuditEvent.Kind.VIEW)
    may = {"may_edit": user.may(Permission.EDIT_PEOPLE), "may_see_letters": user.may(Permission.SEE_LETTERS)}
    return render(request, "dashboards/pupil.html", context | may)


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
