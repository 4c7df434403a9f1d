"""The plan of a case, its review and its actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.words import plural, say_day
from casework import actions, assessing, planning, sessions
from casework.actions import CaseProblem, Overtaken
from casework.forms.plans import ActionForm, CloseActionForm, PlanForm, ReviewForm
from casework.models import Case, Plan, PlanAction
from casework.views.beside import Difference, differences
from casework.views.work import again, answer, case_for, closed_already
from schools.forms.fields import show


def _no_plan(request: HttpRequest, case: Case) -> HttpResponse | None:
    if request.method != "GET" or case.closed or case.plans.current().exists():
        return None
    messages.info(request, "The case has no plan yet. Agree one first.")
    return redirect("case_plan", pk=case.pk)


@needs(Permission.WORK_CASES)
def case_plan(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    if (elsewhere := closed_already(request, case)) is not None:
        return elsewhere
    current = case.plans.current().first()
    open_actions = current.actions.filter(done=None).count() if current else 0

    def make(sent: QueryDict | None) -> PlanForm:
        return PlanForm(sent, open_actions=open_actions, initial={"version": case.version} | _as_it_stands(case, current))

    form: forms.Form = make(request.POST if request.method == "POST" else None)
    beside: list[Difference] = []
    if request.method == "POST" and form.is_valid():
        assert isinstance(form, PlanForm)  # noqa: S101  (for the type checker)
        try:
            plan = actions.make_plan(
                by=user, today=today, now=clock.now(), case=case, actions=form.actions(), terms=form.terms(), **form.agreement()
            )
        except Overtaken as problem:
            beside, current = _beside(form, case), case.plans.current().first()
            open_actions = current.actions.filter(done=None).count() if current else 0
            # the other's actions were not seen when the form was filled in: they come along unless somebody says otherwise
            form = again(lambda sent: make(_carrying(sent)), request, problem, case)
        except CaseProblem as problem:
            form = again(make, request, problem, case)
        else:
            messages.success(request, f"The plan is agreed. It is reviewed on {plan.review:%-d %B %Y}.")
            return redirect("case", pk=pk)
    context = {"form": form, "case": case, "current": current, "open_actions": open_actions, "beside": beside}
    return render(request, "casework/plan.html", context)


def _carrying(sent: QueryDict | None) -> QueryDict | None:
    if sent is not None:
        sent.setdefault("carry", "on")
    return sent


_TERMS = [one.name for one in fields(actions.Terms) if one.name not in ("most", "of")]


def _as_it_stands(case: Case, current: Plan | None) -> dict[str, Any]:
    """What a new plan begins from: the one it takes the place of, else what the assessment found."""
    if current is None:
        found = assessing.latest(case)
        main = next((one for one in found.barriers if one.primary), None) if found else None
        return {"barrier": main.barrier} if main else {}
    target = current.targets.order_by("-pk").first()
    aim = {"most": target.most, "of": target.of} if target else {}
    over = current.timetable_end is not None and current.timetable_end < clock.today()
    terms = [name for name in _TERMS if not (over and name.startswith("timetable"))]  # a timetable that is over is not agreed again
    return {name: getattr(current, name) for name in ("kind", "barrier", "lead", *terms)} | aim


def _beside(form: PlanForm, case: Case) -> list[Difference]:
    """What was typed beside the plan that somebody else agreed meanwhile; nothing where the case has none."""
    stands = case.plans.current().first()
    if stands is None:
        return []
    theirs = PlanForm.in_words(_as_it_stands(case, stands) | {"review": stands.review})
    typed = [PlanAction(what=one.what, owner=one.owner, service=one.service, due=one.due) for one in form.actions()]
    agreed = stands.actions.filter(done=None).order_by("due", "pk")
    yours = PlanForm.in_words(form.cleaned_data)
    return differences(theirs | {"Actions": _told(agreed)}, yours | {"Actions": _told(typed)})


def _told(rows: Iterable[PlanAction]) -> str:
    return "\n".join(f"{action.what} ({action.owned_by}, by {say_day(action.due)})" for action in rows)


def _to_review(plan: Plan) -> str:
    """What is looked at: the plan, and how far its actions have come."""
    closed = [action.done is not None for action in plan.actions.all()]
    actions_said = f"{sum(closed)} of {plural(len(closed), 'action')} closed" if closed else "No action is agreed"
    lead = ", ".join(part for part in (plan.lead_name, plan.lead_role, plan.get_lead_display()) if part)
    return f"{plan.get_kind_display()} since {say_day(plan.start)}, lead practitioner: {lead}. {actions_said}."


@needs(Permission.WORK_CASES)
def case_plan_review(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    if (elsewhere := _no_plan(request, case)) is not None:
        return elsewhere
    plan = case.plans.current().first()
    onward = "case_plan" if request.POST.get("result") == Plan.Result.CHANGE else "case"

    def do(asked: dict[str, Any]) -> str:
        looked_at = actions.review_plan(by=user, today=today, now=clock.now(), case=case, **asked)
        if asked["result"] == Plan.Result.CHANGE:
            return "The review is recorded. Now agree the new plan: until then the old one stands."
        return "The plan has ended." if looked_at.ended else f"The plan carries on. It is reviewed again on {say_day(looked_at.review)}."

    return answer(
        request, case, lambda sent: ReviewForm(sent, initial={"version": case.version}), do, template="casework/review.html",
        title="Review the plan", button="Record the review", onward=onward, before=_to_review(plan) if plan else "",
        **(_measured(plan, today) if plan else {}),
    )  # fmt: skip


def _measured(plan: Plan, today: dt.date) -> dict[str, Any]:
    """Sessions missed before and since, and how each target goes, by the marks as they are known now."""
    first = min(planning.last_looked_at(plan), plan.start)
    seen = sessions.read(planning.of_enrolments(plan.case), first - (today - first) - dt.timedelta(days=1), today)
    return {
        "look": planning.look(plan, seen, today=today),
        "plan_start": plan.start,
        "aims": planning.aims(plan.targets.order_by("pk"), seen, today=today),
    }


@needs(Permission.WORK_CASES)
def plan_action_add(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    if (elsewhere := _no_plan(request, case)) is not None:
        return elsewhere

    def do(asked: dict[str, Any]) -> str:
        actions.add_action(by=user, today=today, now=clock.now(), case=case, **asked)
        return "The action is agreed."

    return answer(
        request, case, lambda sent: ActionForm(sent), do, template="casework/form.html", title="Agree an action", button="Add the action"
    )


@needs(Permission.LOG_PROGRESS)
def plan_action_close(request: HttpRequest, pk: int) -> HttpResponse:
    """The officer closes any action, the school its own: others it does not see."""
    user, today = user_of(request), clock.today()
    visible = PlanAction.objects.visible_to(user).select_related("plan__case__pupil", "plan__case__school", "done_by")
    action = get_object_or_404(visible, pk=pk)
    case = action.plan.case
    if request.method == "GET":
        audit.record("looked at a case", by=user, subject=case, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
        if action.done:
            messages.info(request, f"This action was closed on {action.done:%-d %B %Y}: {action.get_outcome_display().lower()}.")
            return redirect("case", pk=case.pk)
    form = CloseActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.close_action(by=user, today=today, now=clock.now(), action=action, **form.cleaned_data)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The action is closed.")
            return redirect("case", pk=case.pk)
    return render(request, "casework/action_close.html", {"form": form, "action": action, "case": case})
