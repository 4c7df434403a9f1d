"""Meetings: the list, one meeting, and planning, changing, holding and cancelling it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, IntegerField, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance.models import Flag
from attendance.reports import schools as attendance_reports
from casework.models import Case
from meetings import actions, offering, reports
from meetings.actions import MeetingProblem
from meetings.alike import alike
from meetings.filters import MeetingFilter
from meetings.forms import CancelForm, ChangeForm, PlanForm
from meetings.models import Action, Chase, Item, Meeting, Progress
from meetings.terms import term_of
from schools.forms.fields import show
from schools.models import Posting, School

_PAGE = 50
_LONG = 15  # items: from here on an agenda says in a line what it is about


def meeting_of(request: HttpRequest, pk: int) -> Meeting:
    """One the user may see. Its pages and forms tell of children: a look at any of them is written down."""
    seen = Meeting.objects.visible_to(user_of(request)).select_related("school", "officer", "held_by", "planned_by")
    found = get_object_or_404(seen, pk=pk)
    if request.method == "GET":
        audit.record("looked at a meeting", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    return found


def show_moved_on(form: forms.Form, problem: MeetingProblem, version: int) -> None:
    """Put a refusal on the form; what was typed stays, and a second sending is made from the meeting as it stands now."""
    show(form, problem)
    if "version" in form.fields:
        form.data = form.data.copy()
        form.data["version"] = str(version)


def over(request: HttpRequest, found: Meeting, *, also_held: bool = False) -> HttpResponse | None:
    """Back to a meeting in which this cannot be done any more. Who had the form open before is told by the action instead."""
    refused = (Meeting.Status.CANCELLED, Meeting.Status.HELD) if also_held else (Meeting.Status.CANCELLED,)
    if request.method != "GET" or found.status not in refused:
        return None
    was = f"was cancelled ({found.get_why_cancelled_display().lower()})" if found.why_cancelled else "was held"
    messages.info(request, f"The meeting {was}: this cannot be done any more.")
    return redirect("meeting", pk=found.pk)


def _number(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("meeting").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def listed(request: HttpRequest, chosen: MeetingFilter, user: User) -> dict[str, Any]:
    """A page of the meetings chosen, each with how much of its agenda is decided and what was agreed; and how many stand how."""
    items = Item.objects.filter(meeting=OuterRef("pk"))
    agreed = Action.objects.visible_to(user).filter(meeting=OuterRef("pk"))
    rows = chosen.meetings().select_related("school", "officer")
    rows = rows.annotate(
        points=_number(items),
        decided=_number(items.exclude(decision="")),
        agreed=_number(agreed),
        agreed_open=_number(agreed.filter(status=Action.Status.OPEN)),
    )
    counted = dict(chosen.qs.order_by().values_list("status").annotate(n=Count("pk")))
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    return {
        "filter": chosen,
        "page": page,
        "total": page.paginator.count,
        "counts": [(status.value, status.label, counted.get(status.value, 0)) for status in Meeting.Status],
        "status": chosen.now_shown,
        "left_out": bool(chosen.form.errors),
        "today": chosen.today,
    }


@require_safe
@needs(Permission.SEE_MEETINGS)
def meeting_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    every = Meeting.objects.visible_to(user).support()
    chosen = MeetingFilter(request.GET, user=user, today=today, queryset=every)
    context = listed(request, chosen, user) | {
        "term": term_of(today),
        "whole": user.as_role.in_authority,
        "without": reports.without_meeting(user, today=today) if user.as_role.in_authority else [],
        "may_plan": user.may(Permission.PLAN_MEETINGS),
        "unrecorded": reports.unrecorded(user, today=today),
        "to_answer": [] if user.as_role.in_authority else offering.waiting(user, today=today).select_related("school").order_by("day"),
    }
    return render(request, "meetings/meeting_list.html", context)


@require_safe
@needs(Permission.SEE_MEETINGS)
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    found = meeting_of(request, pk)
    items = _items(found, user)
    agreed = list(_agreed(found, user))
    reports.withhold_leavers(user, [*items, *agreed])
    for item in items:  # what the school may not read is not on its page at all
        item.note_seen = item.note if (user.as_role.in_authority or item.note_shared) and not item.left else ""  # type: ignore[attr-defined]
    by_item: dict[int | None, list[Action]] = {}
    for action in agreed:
        by_item.setdefault(action.item_id, []).append(action)
    year_groups = reports.years(items, found.school)
    latest = attendance_reports.latest_sessions([found.school_id], today=today).get(found.school_id)
    taking = list(found.taking.select_related("school").order_by("school__sort_name")) if not found.is_support else []
    at = [one.school_id for one in taking] or [found.school_id]
    names = [one.school.name for one in taking]
    contacts = Posting.objects.on(today).filter(school__in=at, part=Posting.Part.CONTACT, user__is_active=True)
    known = list(contacts.select_related("user").order_by("user__name"))
    may_plan = user.may(Permission.PLAN_MEETINGS)
    context = {
        "meeting": found,
        "today": today,
        "latest": latest,
        "rows": [(item, year_groups.get(item.pupil_id or 0), alike(by_item.get(item.pk, []), names)) for item in items],
        "decided": sum(bool(item.decision) for item in items),
        "user_in_authority": user.as_role.in_authority,
        "about": _about(items) if found.is_support else "",
        "agreed": agreed,
        "some_closed_to": not all(one.opens for one in agreed),  # type: ignore[attr-defined]
        "contacts": known,
        "taking": [(one, [posting.user for posting in known if posting.school_id == one.school_id]) for one in taking],
        "others": list(found.attendees.order_by("side", "name")),
        "may_plan": may_plan,
        "may_decide": may_plan and found.status != Meeting.Status.CANCELLED,
        "decisions": Item.Decision.choices,
        "late": found.status == Meeting.Status.PLANNED and found.day < today,
        "begun": found.status == Meeting.Status.PLANNED and found.day <= today,
    }
    return render(request, "meetings/meeting.html", context)


def _items(found: Meeting, user: User) -> list[Item]:
    """The agenda; a case is shown to those who may open it."""
    cases = Prefetch("case", queryset=Case.objects.visible_to(user))
    return list(found.items.select_related("pupil", "flag", "decided_by", "carried").prefetch_related(cases))


_ABOUT: dict[str, str] = {
    Flag.Code.SEVERE: "severely absent",
    Flag.Code.THRESHOLD: "penalty notice threshold met",
    Flag.Code.CONTINUOUS: "absent for 10 school days in a row",
    Flag.Code.PERSISTENT: "persistently absent",
    Flag.Code.NOT_STARTED: "not started",
    Flag.Code.PART_TIME: "part-time timetable to review",
    Item.Source.FLAG: "flagged then",
    Item.Source.CASE: "plan to look at",
    Item.Source.CARRIED: "action not done",
    Item.Source.ADDED: "added",
}


def _about(items: list[Item]) -> str:
    """How many items there are of each kind, for an agenda too long to be seen at once; "" for a short one."""
    kinds = Counter(_ABOUT[item.flag.code if item.flag else item.source] for item in items)
    if len(items) < _LONG or len(kinds) < 2:
        return ""
    said = ", ".join(f"{kind}: {n}" for kind, n in kinds.items())
    return f"{said[:1].upper()}{said[1:]}."


def _agreed(found: Meeting, user: User) -> QuerySet[Action]:
    """Of a meeting of several schools a school reads its own actions; an officer all, and `opens` those of the schools they work with."""
    seen = Action.objects.visible_to(user)
    shown = seen if found.several and not user.as_role.in_authority else Action.objects.all()
    rows = with_last_word(shown.filter(meeting=found)).annotate(opens=Exists(seen.filter(pk=OuterRef("pk"))))
    return rows.order_by("due", "pk")


def with_last_word(rows: QuerySet[Action]) -> QuerySet[Action]:
    """With what was last said of each action, and how often it was chased."""
    chased = Chase.objects.filter(action=OuterRef("pk")).order_by().values("action")
    said = Progress.objects.filter(action=OuterRef("pk")).order_by("-pk")[:1]
    return rows.select_related("pupil", "school", "meeting__school").annotate(
        said_state=Subquery(said.values("state")),
        said_day=Subquery(said.values("day")),
        said_words=Subquery(said.values("words")),
        said_by=Subquery(said.values("by_name")),
        chased_times=Subquery(chased.annotate(n=Count("day", distinct=True)).values("n")),
        chased_last=Subquery(chased.annotate(last=Max("day")).values("last")),
    )


@needs(Permission.PLAN_MEETINGS)
def meeting_plan(request: HttpRequest, urn: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    asked = "although_closed" in request.POST
    form = PlanForm(
        request.POST or None, schools=[school], user=user, today=today, ask_about_closed=asked, initial=usual(school, user, today)
    )
    if request.method == "POST" and form.is_valid():
        try:
            planned = actions.plan_meeting(by=user, today=today, now=clock.now(), school=school, **form.cleaned_data)
        except MeetingProblem as problem:
            if problem.field == "although_closed":
                form = PlanForm(request.POST, schools=[school], user=user, today=today, ask_about_closed=True)
            show(form, problem)
        else:
            messages.success(request, "The meeting is planned, and its agenda is made.")
            return redirect("meeting", pk=planned.pk)
    about = reports.at_school(school, user, today=today)
    return render(request, "meetings/meeting_plan.html", {"form": form, "school": school, "about": about, "today": today})


def usual(school: School, user: User, today: dt.date) -> dict[str, Any]:
    """The school's lead officer holds its meetings, whoever plans them."""
    lead = Posting.objects.on(today).filter(school=school, part=Posting.Part.LEAD, user__is_active=True).order_by("start").first()
    mine = Q(user=user, part__in=[Posting.Part.LEAD, Posting.Part.COVER])
    posted = Posting.objects.on(today).filter(mine, school=school).exists()
    return {"officer": user.pk if posted or not lead else lead.user_id}


@needs(Permission.PLAN_MEETINGS)
def meeting_change(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, found = user_of(request), clock.today(), meeting_of(request, pk)
    if (back := over(request, found, also_held=True)) is not None:
        return back
    known: dict[str, Any] = {"schools": found.schools(), "user": user, "today": today, "initial": ChangeForm.initial_of(found)}
    form = ChangeForm(request.POST or None, ask_about_closed="although_closed" in request.POST, **known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_meeting(by=user, today=today, now=clock.now(), meeting=found, **form.cleaned_data)
        except MeetingProblem as problem:
            if problem.field == "although_closed":
                form = ChangeForm(request.POST, ask_about_closed=True, **known)
            show_moved_on(form, problem, found.version)
        else:
            messages.success(request, "The meeting is changed. Its agenda stays as it was made.")
            return redirect("meeting", pk=pk)
    return render(request, "meetings/meeting_change.html", {"form": form, "meeting": found})


@needs(Permission.PLAN_MEETINGS)
def meeting_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_of(request, pk)
    if (back := over(request, found, also_held=True)) is not None:
        return back
    form = CancelForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_meeting(by=user_of(request), today=clock.today(), now=clock.now(), meeting=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show_moved_on(form, problem, found.version)
        else:
            messages.success(request, "The meeting is cancelled. What was agreed ahead of it stands.")
            return redirect("meeting", pk=pk)
    return render(request, "meetings/meeting_cancel.html", {"form": form, "meeting": found})


@needs(Permission.PLAN_MEETINGS)
@require_POST
def meeting_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    found = meeting_of(request, pk)
    try:
        actions.refresh_agenda(by=user_of(request), today=clock.today(), now=clock.now(), meeting=found)
    except MeetingProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "The agenda is made again from today’s flags and cases. What was decided, agreed or added stays.")
    return redirect("meeting", pk=pk)
