"""Tasks: the list, and one task with what came of it. A school sees and completes its own in its own login."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from casework import actions
from casework.actions import TaskProblem
from casework.forms.tasks import CompleteTaskForm, DropTaskForm
from casework.models import Task
from casework.task_filters import TaskFilter
from schools.forms.fields import show

_PAGE = 50


@require_safe
@needs(Permission.SEE_CASES)
def tasks(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = TaskFilter(request.GET, user=user, today=today, queryset=Task.objects.visible_to(user))
    rows = chosen.tasks().select_related("pupil", "school", "officer", "ended_by")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    filtered = any(chosen.form.cleaned_data.get(name) for name in chosen.filters)
    return render(
        request,
        "casework/tasks.html",
        {"filter": chosen, "page": page, "total": page.paginator.count, "today": today, "filtered": filtered},
    )


def _task_for(request: HttpRequest, pk: int) -> Task:
    user = user_of(request)
    visible = Task.objects.visible_to(user).select_related("pupil", "school", "officer", "case", "ended_by")
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        audit.record("looked at a task", by=user, subject=found, kind=AuditEvent.Kind.VIEW)
    return found


@needs(Permission.SEE_CASES)
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to be done and why; whoever has it to do says here what came of it."""
    user, today, found = user_of(request), clock.today(), _task_for(request, pk)
    form: forms.Form | None = None
    if (found.ended is None and found.by_hand and found.is_of(user)) or request.method == "POST":
        form = CompleteTaskForm(request.POST if request.method == "POST" else None, initial={"day": today})
    if request.method == "POST" and form and form.is_valid():
        try:
            actions.complete_task(by=user, today=today, now=clock.now(), task=found, **form.cleaned_data)
        except TaskProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The task is done.")
            return redirect("task", pk=pk)
    may_drop = found.ended is None and user.may(Permission.WORK_CASES) and found.is_of(user)
    return render(request, "casework/task.html", {"task": found, "form": form, "today": today, "may_drop": may_drop})


@needs(Permission.WORK_CASES)
def task_drop(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, found = user_of(request), clock.today(), _task_for(request, pk)
    form = DropTaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.drop_task(by=user, today=today, now=clock.now(), task=found, **form.cleaned_data)
        except TaskProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The task is dropped.")
            return redirect("task", pk=pk)
    return render(request, "casework/task_drop.html", {"task": found, "form": form})
