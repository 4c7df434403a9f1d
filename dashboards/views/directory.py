"""The directory of the people around each school: the list, its gaps, and the list as a file."""

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
from dashboards.described_directory import DIRECTORY
from dashboards.directory import listed
from schools.team import BY_CODE

_PAGE = 50


@require_safe
@needs(Permission.SEE_SCHOOLS)
def directory(request: HttpRequest) -> HttpResponse:
    found = listed(request.GET, user_of(request), today=clock.today())
    form = found.chosen.form
    context = {
        "table": DIRECTORY,
        "directory": found,
        "page": Paginator(DIRECTORY.ordered(found.lines, request.GET.get("sort", "")), _PAGE).get_page(request.GET.get("page")),
        "filtered": any(form.cleaned_data.get(name) for name in found.chosen.filters),
        "narrowed": any(form.cleaned_data.get(name) for name in found.chosen.filters if name != "gap"),
        "gap": BY_CODE.get(form.cleaned_data.get("gap") or ""),
        "left_out": bool(form.errors),
        "today": clock.today(),
        "may_keep": user_of(request).may(Permission.KEEP_TEAMS),
    }
    return render(request, "dashboards/directory.html", context)


@require_safe
@needs(Permission.SEE_SCHOOLS)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The directory as a file, under the filters of the address. It names people: there is nothing of it to publish."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    found = listed(request.GET, user_of(request), today=clock.today())
    rows = DIRECTORY.ordered(found.lines, request.GET.get("sort", ""))
    said = [
        f"As it stands on {clock.today():%-d %B %Y}.",
        downloads.filters_in_words(found.chosen.form),
        "Source: postings, and what officers and schools wrote in the directory. Several people in one place are parted by semicolons.",
    ]
    return downloads.send(request, DIRECTORY, rows, Wanted(form, len(rows), said), back="directory")
