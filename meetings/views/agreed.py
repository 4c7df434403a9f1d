"""What was agreed: the list of actions, one action with how it goes, and adding one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from casework.models import Case
from meetings import actions, reports
from meetings.actions import MeetingProblem
from meetings.filters import STATES, ActionFilter
from meetings.forms import ActionForm, ChangeActionForm, ProgressForm
from meetings.models import Action, Progress
from meetings.views.items import place_of
from meetings.views.meetings import meeting_of, over, with_last_word
from schools.forms.fields import show

_PAGE = 50


@require_safe
@needs(Permission.SEE_MEETINGS)
def action_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = ActionFilter(request.GET, user=user, today=today, queryset=Action.objects.visible_to(user))
    rows = with_last_word(chosen.actions())
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    reports.withhold_leavers(user, page.object_list)
    if pupils := sorted({row.pupil_id for row in page.object_list if row.pupil}):
        audit.record("looked at actions", by=user, kind=AuditEvent.Kind.VIEW, count=len(pupils), pupils=pupils)
    context = {
        "filter": chosen,
        "page": page,
        "total": page.paginator.count,
        "counts": [(state, name, chosen.in_state(state).count()) for state, name in STATES],
        "state": chosen.now_shown,
        "left_out": bool(chosen.form.errors),
        "today": today,
        "states": dict(Progress.State.choices),
    }
    return render(request, "meetings/action_list.html", context)


def _action(request: HttpRequest, pk: int) -> Action:
    """One the user may see; a look at it is written down, as it mostly names a child."""
    seen = Action.objects.visible_to(user_of(request))
    seen = seen.select_related("meeting__school", "meeting__officer", "school", "pupil", "item", "agreed_by", "closed_by")
    found = get_object_or_404(seen, pk=pk)
    if request.method == "GET":
        audit.record("looked at an action", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    return found


@require_safe
@needs(Permission.SEE_MEETINGS)
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action with what was said of it; for those who may, the form to say more."""
    found, user = _action(request, pk), user_of(request)
    form = ProgressForm(action=found, user=user) if user.may(Permission.LOG_PROGRESS) else None
    return _show_action(request, found, form)


@needs(Permission.LOG_PROGRESS)
def action_progress(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _action(request, pk), user_of(request)
    form = ProgressForm(request.POST or None, action=found, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            said = actions.log_progress(by=user, today=clock.today(), now=clock.now(), action=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Written down: {said.get_state_display().lower()}.")
            return redirect("action", pk=pk)
    return _show_action(request, found, form)


def _show_action(request: HttpRequest, found: Action, form: ProgressForm | None) -> HttpResponse:
    reports.withhold_leavers(user_of(request), [found])
    case = Case.objects.visible_to(user_of(request)).open().filter(pupil=found.pupil).first() if found.pupil_id else None
    context = {
        "action": found,
        "form": form,
        "progress": found.progress.order_by("-pk"),
        "changes": found.changes.select_related("by").order_by("-pk"),
        "chases": found.chases.select_related("letter").order_by("-day", "pk"),
        "may_plan": user_of(request).may(Permission.PLAN_MEETINGS),
        "case": case,
        "today": clock.today(),
    }
    return render(request, "meetings/action.html", context)


@needs(Permission.PLAN_MEETINGS)
def action_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another day, or somebody else who does it, with a reason."""
    found = _action(request, pk)
    if found.closed and request.method == "GET":
        messages.info(request, f"The action was closed on {found.closed:%-d %B %Y}: this cannot be done any more.")
        return redirect("action", pk=pk)
    form = ChangeActionForm(request.POST or None, action=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_action(by=user_of(request), today=clock.today(), now=clock.now(), action=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The action is changed. What stood before is kept with the reason.")
            return redirect("action", pk=pk)
    return render(request, "meetings/action_change.html", {"form": form, "action": found})


@needs(Permission.PLAN_MEETINGS)
def action_add(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = meeting_of(request, pk), clock.today()
    if (back := over(request, found)) is not None:
        return back
    asked = request.GET.get("item", "")
    item = get_object_or_404(found.items.select_related("pupil"), pk=asked) if asked.isdecimal() and len(asked) < 18 else None
    form = ActionForm(request.POST or None, meeting=found, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            agreed = actions.add_action(by=user_of(request), today=today, now=clock.now(), meeting=found, item=item, **form.cleaned_data)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The action is agreed.")
            return redirect(place_of(agreed.item)) if agreed.item else redirect("meeting", pk=pk)
    return render(request, "meetings/action_add.html", {"form": form, "meeting": found, "item": item})
