"""Training and forum events with sign-up and attendance, and campaigns to parents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings.models import Campaign, Event, SignUp
from meetings.touch.actions import events as actions
from meetings.touch.actions.problems import TouchProblem
from meetings.touch.practice_forms import CameForm, CampaignForm, CancelEventForm, EventForm, SignUpForm
from meetings.touch.views.common import show_moved_on
from schools.forms.fields import show
from schools.models import School

_PAGE = 30
_EVENT = ("kind", "title", "words", "phases", "day", "minutes", "where", "places", "traded", "version")
_CAMPAIGN = ("title", "words", "school", "channel", "start", "end", "reach", "reach_words", "version")


def _event(request: HttpRequest, pk: int) -> Event:
    rows = Event.objects.visible_to(user_of(request), day=clock.today())
    return get_object_or_404(rows.select_related("written_by"), pk=pk)


@require_safe
@needs(Permission.READ_GUIDANCE)
def event_list(request: HttpRequest) -> HttpResponse:
    """Those to come, soonest first; those that are over, latest first. With the sign-ups of the user's schools."""
    user, today = user_of(request), clock.today()
    over = request.GET.get("over") == "1"
    rows = Event.objects.visible_to(user, day=today)
    rows = rows.filter(day__lt=today).order_by("-day", "-time") if over else rows.filter(day__gte=today).order_by("day", "time")
    mine = SignUp.objects.visible_to(user).select_related("school")
    rows = rows.annotate(
        people=Sum("sign_ups__people"),
        came=Sum("sign_ups__came"),
        schools=Count("sign_ups", filter=Q(sign_ups__people__gt=0)),
    ).prefetch_related(Prefetch("sign_ups", mine, to_attr="mine"))
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "total": page.paginator.count, "over": over, "team": user.may(Permission.KEEP_IN_TOUCH)}
    return render(request, "touch/events.html", context)


@require_safe
@needs(Permission.READ_GUIDANCE)
def event(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = _event(request, pk), user_of(request), clock.today()
    rows = list(SignUp.objects.visible_to(user).filter(event=found).select_related("school").order_by("school__sort_name"))
    taken = int(found.sign_ups.aggregate(people=Sum("people"))["people"] or 0)
    team = user.may(Permission.KEEP_IN_TOUCH)
    context = {
        "event": found,
        "rows": rows,
        "came": [one for one in rows if one.came is not None],
        "people": sum(one.people for one in rows),
        "present": sum(one.came or 0 for one in rows),
        "left": None if found.places is None else max(found.places - taken, 0),
        "to_come": found.day >= today and not found.cancelled_why,
        "begun": found.day <= today and not found.cancelled_why,
        "team": team,
        "may_sign": user.may(Permission.SIGN_UP),
    }
    return render(request, "touch/event.html", context)


@needs(Permission.KEEP_IN_TOUCH)
def event_new(request: HttpRequest) -> HttpResponse:
    form = EventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.write_event(by=user_of(request), today=clock.today(), now=clock.now(), event=None, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Schools see it, and can sign up.")
            return redirect("event", pk=made.pk)
    return render(request, "touch/event_edit.html", {"form": form})


@needs(Permission.KEEP_IN_TOUCH)
def event_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = _event(request, pk)
    start = {name: getattr(found, name) for name in _EVENT} | {"time": f"{found.time:%H:%M}"}
    form = EventForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_event(by=user_of(request), today=clock.today(), now=clock.now(), event=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, Event.objects.get(pk=pk).version)
        else:
            messages.success(request, "It is changed.")
            return redirect("event", pk=pk)
    return render(request, "touch/event_edit.html", {"form": form, "event": found})


@needs(Permission.KEEP_IN_TOUCH)
def event_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = _event(request, pk)
    form = CancelEventForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_event(by=user_of(request), now=clock.now(), event=found, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "It is cancelled. Schools that signed up see it; write to them, too.")
            return redirect("event", pk=pk)
    return render(request, "touch/event_cancel.html", {"form": form, "event": found})


@needs(Permission.SIGN_UP)
def event_sign_up(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = _event(request, pk), user_of(request), clock.today()
    schools = _meant(found, request)
    only = list(schools[:2])
    known = SignUp.objects.filter(event=found, school__in=only).first() if len(only) == 1 else None
    start = {"school": only[0] if len(only) == 1 else None, "people": known.people if known else 1, "names": known.names if known else ""}
    form = SignUpForm(request.POST or None, schools=schools, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.sign_up(by=user, today=today, now=clock.now(), event=found, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(
                request, f"{made.school.name}: {made.people} to come." if made.people else f"{made.school.name} does not come."
            )
            return redirect("event", pk=pk)
    return render(request, "touch/event_sign_up.html", {"form": form, "event": found})


def _meant(found: Event, request: HttpRequest) -> Any:
    schools = School.objects.visible_to(user_of(request)).open_on(clock.today()).order_by("sort_name")
    return schools.filter(phase__in=found.phases) if found.phases else schools


@needs(Permission.KEEP_IN_TOUCH)
def event_came(request: HttpRequest, pk: int) -> HttpResponse:
    """One school at a time: who signs in at the door is written down as it is."""
    found = _event(request, pk)
    form = CameForm(
        request.POST or None,
        schools=School.objects.visible_to(user_of(request)).order_by("sort_name"),
        initial={"school": request.GET.get("school")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.note_came(by=user_of(request), today=clock.today(), now=clock.now(), event=found, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{made.school.name}: {made.came} came.")
            return redirect("event", pk=pk)
    return render(request, "touch/event_came.html", {"form": form, "event": found})


@require_safe
@needs(Permission.KEEP_IN_TOUCH)
def campaign_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(_campaigns(request).order_by("-start", "-pk"), _PAGE).get_page(request.GET.get("page"))
    return render(request, "touch/campaigns.html", {"page": page, "total": page.paginator.count, "today": clock.today()})


def _campaigns(request: HttpRequest) -> Any:
    user = user_of(request)
    rows = Campaign.objects.select_related("school", "written_by")
    return rows if user.as_role.every_school else rows.filter(Q(school=None) | Q(school__in=School.objects.visible_to(user).values("pk")))


@needs(Permission.KEEP_IN_TOUCH)
def campaign_new(request: HttpRequest) -> HttpResponse:
    return _campaign_form(request, None, {"start": clock.today()})


@needs(Permission.KEEP_IN_TOUCH)
def campaign_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_campaigns(request), pk=pk)
    return _campaign_form(request, found, {name: getattr(found, name) for name in _CAMPAIGN})


def _campaign_form(request: HttpRequest, found: Campaign | None, start: dict[str, dt.date | Any]) -> HttpResponse:
    mine = School.objects.visible_to(user_of(request))
    offered = mine.open_on(clock.today())
    if found and found.school_id:  # it may have closed since: what it reached is still written down
        offered |= mine.filter(pk=found.school_id)
    schools = offered.distinct().order_by("sort_name")
    form = CampaignForm(request.POST or None, schools=schools, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_campaign(by=user_of(request), now=clock.now(), campaign=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, Campaign.objects.get(pk=found.pk).version if found else 1)
        else:
            messages.success(request, "The campaign is kept.")
            return redirect("campaigns")
    return render(request, "touch/campaign_edit.html", {"form": form, "campaign": found})
