"""The board of deadlines."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from casework.models import Task
from legal import board as rows
from legal.board import BoardFilter
from legal.views.decisions import in_authority

_PAGE = 50


def _chosen(request: HttpRequest) -> BoardFilter:
    user = user_of(request)
    running = Task.objects.visible_to(user).open().of_kind(Task.Kind.LEGAL_DEADLINE)
    return BoardFilter(request.GET, queryset=running, user=user, today=clock.today())


@require_safe
@needs(Permission.SEE_NOTICES)
def board(request: HttpRequest) -> HttpResponse:
    in_authority(user_of(request))
    chosen, today = _chosen(request), clock.today()
    due = rows.counts(chosen.without_when(), today)
    page = Paginator(chosen.qs.select_related("pupil", "school").order_by("due", "pk"), _PAGE).get_page(request.GET.get("page"))
    when = request.GET.get("when", "")
    context = {
        "filter": chosen,
        "page": page,
        "lines": rows.lines(page.object_list, today),
        "today": today,
        "when": when,
        "whens": [("", "All", sum(due.values())), *((key, name, due[key]) for key, name in chosen.filters["when"].extra["choices"])],
    }
    return render(request, "legal/deadlines.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def board_download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list as filtered. It names children: there is nothing of it to publish."""
    in_authority(user_of(request))
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    chosen, today = _chosen(request), clock.today()
    chosen.form.full_clean()
    found = rows.lines(chosen.qs.select_related("pupil", "school").order_by("due", "pk"), today)
    said = [downloads.filters_in_words(chosen.form), f"As of {today.day} {today:%B %Y}. It names children: keep it safe."]
    return downloads.send(request, rows.TABLE, found, Wanted(form, len(found), said), back="deadlines")
