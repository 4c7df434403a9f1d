"""An officer's work today as a whole list, by kind; rows dismissed with a reason, and put back. A manager does so for any officer."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import plural
from casework import actions
from casework.actions import DismissedRows, WorklistProblem
from casework.forms.worklist import DismissForm
from casework.worklist import BY_SLUG, Row
from dashboards import officer as officer_page
from schools.forms.fields import show

_PAGE = 50
_DISMISSED = "dismissed"


def _whose(request: HttpRequest, pk: int) -> User:
    """Whose list it is: one's own, or that of anybody who works cases for who sees the borough."""
    user = user_of(request)
    if user.pk == pk:
        return user
    return get_object_or_404(officer_page.visible_to(user, borough=user.may(Permission.SEE_BOROUGH)), pk=pk)


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def work(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, whose = user_of(request), clock.today(), _whose(request, pk)
    found = officer_page.work(whose, user, today=today, at=clock.time_of_day())
    kind = request.GET.get("kind", "")
    hidden = kind == _DISMISSED
    group = BY_SLUG.get(kind)
    rows = [row for row in found.rows if group is None or row.group == group]
    page = Paginator(found.hidden if hidden else rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "whose": whose,
        "oneself": whose == user,
        "work": found,
        "page": page,
        "total": page.paginator.count,
        "kind": kind if hidden or group else "",
        "today": today,
        "may_dismiss": user.may(Permission.WORK_CASES),
    }
    return render(request, "dashboards/work.html", context)


@needs(Permission.WORK_CASES)
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """One reason for every row that was chosen. What is no longer on the list, or was dismissed by somebody else, is said."""
    user, today, whose = user_of(request), clock.today(), _whose(request, pk)
    found = officer_page.work(whose, user, today=today, at=clock.time_of_day())
    asked = set((request.POST if request.method == "POST" else request.GET).getlist("row"))
    rows = [row for row in found.rows if row.key in asked]
    form = DismissForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        gone = [_unjudged(row) for row, _ in found.hidden if row.key in asked]  # by somebody else, or sent twice
        try:
            done = actions.dismiss_rows(by=user, owner=whose, today=today, now=clock.now(), rows=[*rows, *gone], **form.cleaned_data)
        except WorklistProblem as problem:
            show(form, problem)
        else:
            _say(request, done)
            return redirect("work", pk=pk) if whose != user else redirect("home")
    return render(request, "dashboards/work_dismiss.html", {"form": form, "rows": rows, "whose": whose, "oneself": whose == user})


def _unjudged(row: Row) -> Row:
    return replace(row, judged_by=None)


def _say(request: HttpRequest, done: DismissedRows) -> None:
    if done.count:
        messages.success(request, f"{plural(done.count, 'line')} dismissed. What gets worse comes back, and says what has changed.")
    for words in done.others:
        messages.warning(request, words)


@require_POST
@needs(Permission.WORK_CASES)
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    user, whose = user_of(request), _whose(request, pk)
    key = request.POST.get("row", "").replace("\0", "")  # which no text of the database can hold
    if actions.put_back(by=user, owner=whose, today=clock.today(), now=clock.now(), key=key):
        messages.success(request, "It is on the list again.")
    return redirect("work", pk=pk)
