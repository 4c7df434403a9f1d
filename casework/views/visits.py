"""Visits: the list, planning one, the page for the doorstep, and checking in and out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from accounts.roles import ROLES
from casework.actions import CaseProblem
from casework.actions import visits as actions
from casework.forms.contacts import parents_of, who
from casework.forms.visits import DoorForm, LongerForm, VisitForm
from casework.models import Entry, Visit
from casework.views.work import again, answer, case_for

_WORKERS = [role.code for role in ROLES.values() if Permission.WORK_CASES in role.permissions]
_DONE = 20


def _rows(user: User) -> Any:
    return Visit.objects.visible_to(user).select_related("case__pupil", "case__school", "officer", "known_to", "contact__entry")


@require_safe
@needs(Permission.WORK_CASES)
def visits(request: HttpRequest) -> HttpResponse:
    """Who is not back in time, first; then one's own visits. A manager sees everybody's."""
    user, today, at = user_of(request), clock.today(), clock.time_of_day()
    overdue = list(
        Visit.objects.watched_by(user).overdue(today, at).select_related("case__pupil", "officer", "known_to").order_by("day", "back_by")
    )
    seen = set(Visit.objects.visible_to(user).filter(pk__in=[visit.pk for visit in overdue]).values_list("pk", flat=True))
    mine = _rows(user) if user.as_role.every_school else _rows(user).filter(officer=user)
    late = [visit.pk for visit in overdue]
    context = {
        "today": today,
        "overdue": [(visit, visit.pk in seen) for visit in overdue],
        "coming": list(mine.open().exclude(pk__in=late).order_by("day", "time", "pk")[:100]),
        "to_write": list(mine.filter(ended__isnull=False, contact=None, case__closed=None).order_by("-day", "-time")[:_DONE]),
        "done": list(mine.filter(contact__isnull=False, contact__entry__moved=None).order_by("-day", "-time")[:_DONE]),
        "everybody": user.as_role.every_school,
    }
    return render(request, "casework/visits.html", context)


@needs(Permission.WORK_CASES)
def visit_plan(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    colleagues = User.objects.filter(is_active=True, role__in=_WORKERS).exclude(pk=user.pk).order_by("name", "pk")
    manager = colleagues.filter(role="manager").values_list("pk", flat=True).first()

    def make(sent: QueryDict | None) -> forms.Form:
        return VisitForm(sent, colleagues=colleagues, initial={"day": today, "place": _home(case.pupil), "known_to": manager})

    def do(asked: dict[str, Any]) -> str:
        actions.plan_visit(by=user, today=today, now=clock.now(), case=case, **asked)
        return "The visit is planned. Open its page before you leave: what you write there stays on your phone until it is sent."

    return answer(
        request, case, make, do, template="casework/form.html", title="Plan a visit", button="Plan the visit", onward="case_visits"
    )


def _home(pupil: Any) -> str:
    """Not an address that somebody must not learn: whoever knows of the visit would read it."""
    hidden = pupil.responsibilities.filter(lives_with=True, parent__hidden_from__isnull=False).exists()
    return "" if hidden else ", ".join(part for part in (pupil.address, pupil.postcode) if part)


@require_safe
@needs(Permission.WORK_CASES)
def case_visits(request: HttpRequest, pk: int) -> HttpResponse:
    """To the visit of the case that comes next, or to the case."""
    case, user = case_for(request, pk), user_of(request)
    coming = _rows(user).filter(case=case).open().order_by("-pk").first()
    return redirect("visit", pk=coming.pk) if coming else redirect("case", pk=pk)


@needs(Permission.WORK_CASES)
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """The page for the doorstep."""
    user, today = user_of(request), clock.today()
    found = get_object_or_404(_rows(user), pk=pk)
    case = found.case
    parents = parents_of(case.pupil)
    form: forms.Form = DoorForm(request.POST if request.method == "POST" else None, parents=parents, today=today)
    if request.method == "POST" and form.is_valid():
        assert isinstance(form, DoorForm)  # noqa: S101  (for the type checker)
        asked = form.cleaned_data
        said = {name: asked[name] for name in ("result", "child_seen", "words", "form_token")}
        try:
            actions.record_visit(
                by=user, today=today, now=clock.now(), visit=found, parent=who(parents, asked["who"]), follow_up=form.follow_up, **said
            )
        except CaseProblem as problem:
            form = again(lambda sent: DoorForm(sent, parents=parents, today=today), request, problem, case)
        else:
            messages.success(request, "The visit is recorded.")
            return redirect("visit", pk=pk)
    if request.method == "GET":
        audit.record("looked at a case", by=user, subject=case, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    context = {
        "visit": found,
        "case": case,
        # words that were moved to another child are not shown here either
        "said": Entry.objects.filter(pk=found.contact.entry_id).first() if found.contact else None,
        "form": form,
        "parents": parents,
        "today": today,
        "overdue": found.overdue_at(today, clock.time_of_day()),
        "mine": found.officer_id == user.pk,
        "may_check": found.officer_id == user.pk or user.as_role.every_school,
        "longer": LongerForm(initial={"back_by": found.back_by}),
    }
    return render(request, "casework/visit.html", context)


@require_POST
@needs(Permission.WORK_CASES)
def visit_do(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    user, today, now = user_of(request), clock.today(), clock.now()
    found = get_object_or_404(_rows(user), pk=pk)
    longer = LongerForm(request.POST)
    try:
        if do == "in":
            actions.check_in(by=user, today=today, now=now, visit=found)
            said = f"You are checked in. Check out by {found.back_by:%H:%M}."
        elif do == "out":
            actions.check_out(by=user, now=now, visit=found)
            said = "You are checked out." if found.officer_id == user.pk else f"{found.officer} is checked out."
        elif do == "cancel":
            actions.cancel_visit(by=user, now=now, visit=found)
            said = "The visit is cancelled."
        elif do == "longer":
            if not longer.is_valid():
                raise CaseProblem("Enter a time like 14:30")
            actions.stay_longer(by=user, today=today, visit=found, back_by=longer.cleaned_data["back_by"])
            said = f"Check out by {longer.cleaned_data['back_by']:%H:%M}."
        else:
            raise Http404
    except CaseProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    if not Visit.objects.visible_to(user).filter(pk=pk).exists():  # over, and at a school they work with no longer
        return redirect("visits")
    return redirect("visit", pk=pk)
