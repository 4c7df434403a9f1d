"""Children missing education: the list, one child, and what is recorded about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from casework import missing_page
from casework.actions import missing as actions
from casework.actions import searching
from casework.actions.missing import MissingProblem
from casework.forms.missing import CloseMissingForm, FoundForm, LeadForm, MissingNoteForm, ReferMissingForm, ReferUnknownForm
from casework.missing_filters import MissingFilter
from casework.models import MissingChild
from casework.reports import WORKERS
from schools.actions.pupils import PupilProblem
from schools.forms.fields import show
from schools.models import Pupil

_PAGE = 50


@require_safe
@needs(Permission.SEE_CASES)
def children(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    visible = MissingChild.objects.visible_to(user)
    chosen = MissingFilter(request.GET, user=user, queryset=visible)
    rows = missing_page.with_work(chosen.children()).select_related("pupil", "school", "officer", "present_at")
    page = Paginator(rows.order_by("closed", "since", "pk"), _PAGE).get_page(request.GET.get("page"))
    lines = [missing_page.line(child, today=today) for child in page]
    context = {
        "filter": chosen, "page": page, "lines": lines, "total": page.paginator.count, "today": today,
        "filtered": any(chosen.form.cleaned_data.get(name) for name in chosen.filters),
        "whole": user.as_role.in_authority, "may_refer": user.may(Permission.REFER_PUPIL),
    }  # fmt: skip
    return render(request, "casework/missing/children.html", context)


def child_for(request: HttpRequest, pk: int) -> MissingChild:
    """The record, if the user may see it. A form about a child tells of them: opening it is a look."""
    visible = MissingChild.objects.visible_to(user_of(request)).select_related("pupil", "school", "officer", "enrolment", "present_at")
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        about = {"by": user_of(request), "subject": found, "kind": AuditEvent.Kind.VIEW, "form": request.path[:200]}
        audit.record("looked at a child missing education", **about)  # type: ignore[arg-type]
    return found


@require_safe
@needs(Permission.SEE_CASES)
def child(request: HttpRequest, pk: int) -> HttpResponse:
    found = child_for(request, pk)
    context = missing_page.gather(found, user_of(request), today=clock.today(), page=request.GET.get("page"))
    return render(request, "casework/missing/child.html", context)


def answer(
    request: HttpRequest,
    child: MissingChild,
    make: Callable[[QueryDict | None], forms.Form],
    do: Callable[[dict[str, Any]], str],
    *,
    title: str,
    button: str,
    onward: str = "",
    **context: Any,
) -> HttpResponse:
    """One form about one child: shown, done with a word about it, or shown again with what was typed."""
    if request.method == "GET" and child.closed:
        messages.info(request, f"This record was closed on {child.closed:%-d %B %Y}: {child.get_outcome_display()}.")
        return redirect("missing_child", pk=child.pk)
    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except MissingProblem as problem:
            form = _again(make, request, problem, child)
        else:
            messages.success(request, said)
            return redirect(onward) if onward else redirect("missing_child", pk=child.pk)
    return render(request, "casework/missing/form.html", {"form": form, "child": child, "title": title, "button": button, **context})


def _again(
    make: Callable[[QueryDict | None], forms.Form], request: HttpRequest, problem: MissingProblem, child: MissingChild
) -> forms.Form:
    """Nothing was written under its token, so it gets a new one; and the version that stands now: sent again, it was after looking."""
    sent = request.POST.copy()
    if "form_token" in sent:
        sent["form_token"] = str(uuid.uuid4())
    if "version" in sent:
        sent["version"] = str(MissingChild.objects.values_list("version", flat=True).get(pk=child.pk))
    form = make(sent)
    form.is_valid()
    show(form, problem)
    return form


def _leads() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=[role.code for role in WORKERS]).order_by("name", "pk")


@needs(Permission.WORK_CASES)
def missing_lead(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = child_for(request, pk), user_of(request)

    def make(sent: QueryDict | None) -> forms.Form:
        return LeadForm(sent, officers=_leads(), initial={"officer": found.officer_id or user.pk, "version": found.version})

    def do(asked: dict[str, Any]) -> str:
        actions.lead(by=user, today=clock.today(), now=clock.now(), child=found, **asked)
        return f"{asked['officer']} leads until a school has the child present."

    return answer(request, found, make, do, title="Who leads on this child?", button="Save")


@needs(Permission.WORK_CASES)
def missing_found(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = child_for(request, pk), user_of(request), clock.today()

    def make(sent: QueryDict | None) -> forms.Form:
        return FoundForm(sent, initial={"day": today, "version": found.version})

    def do(asked: dict[str, Any]) -> str:
        actions.found(by=user, today=today, now=clock.now(), child=found, **asked)
        return "The child is recorded as found. The record stays open until a school has them present, or it is closed with evidence."

    return answer(request, found, make, do, title="The child is found", button="Save")


@needs(Permission.WORK_CASES)
def missing_note(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = child_for(request, pk), user_of(request)

    def do(asked: dict[str, Any]) -> str:
        actions.note(by=user, today=clock.today(), now=clock.now(), child=found, **asked)
        return "The note is written." + (" The school reads it too." if asked["shared"] else "")

    return answer(request, found, lambda sent: MissingNoteForm(sent), do, title="Write a note", button="Save the note")


@needs(Permission.WORK_CASES)
def missing_close(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = child_for(request, pk), user_of(request)

    def do(asked: dict[str, Any]) -> str:
        closed = actions.close(by=user, today=clock.today(), now=clock.now(), child=found, **asked)
        return f"The record is closed: {closed.get_outcome_display()}."

    before = "A place at a school is proved by the first present mark there, never by the offer: the record then closes by itself."
    start = {"version": found.version}
    return answer(
        request, found, lambda sent: CloseMissingForm(sent, initial=start), do, title="Close the record", button="Close", before=before
    )


@needs(Permission.REFER_PUPIL)
def missing_refer(request: HttpRequest, pk: int) -> HttpResponse:
    """A pupil who is known and on no roll."""
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    form = ReferMissingForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            made = _refer(pupil, user, form.cleaned_data)
        except MissingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{pupil} is referred as missing education." if made[1] else f"A record of {pupil} is open already.")
            return redirect("missing_child", pk=made[0].pk)
    standing = MissingChild.objects.visible_to(user).open().filter(pupil=pupil).first()
    return render(request, "casework/missing/refer.html", {"form": form, "pupil": pupil, "standing": standing, "today": today})


def _refer(pupil: Pupil, user: User, asked: dict[str, Any]) -> tuple[MissingChild, bool]:
    own = None
    if not user.as_role.in_authority:
        asked = asked | {"origin": MissingChild.Origin.SCHOOL, "referrer": user.name}
        own = missing_page.last_school(pupil, user)
    return actions.refer(by=user, today=clock.today(), now=clock.now(), pupil=pupil, school=own, **asked)


@needs(Permission.WORK_CASES)
def missing_refer_unknown(request: HttpRequest) -> HttpResponse:
    """A child whom no school has told us of: the child is written down and referred at once, or neither."""
    user, today = user_of(request), clock.today()
    form = ReferUnknownForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        asked = dict(form.cleaned_data)
        details = {name: asked.pop(name) for name in ("forename", "surname", "dob", "address")}
        try:
            made = searching.refer_unknown(by=user, today=today, now=clock.now(), details=details, **asked)
        except (MissingProblem, PupilProblem) as problem:
            show(form, problem)
        else:
            messages.success(request, f"{made.pupil} is referred as missing education.")
            return redirect("missing_child", pk=made.pk)
    return render(request, "casework/missing/refer.html", {"form": form, "pupil": None})
