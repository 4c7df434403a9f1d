"""Meetings of other kinds than support: the list, and planning one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings import actions, reports
from meetings.actions import MeetingProblem
from meetings.filters import OtherMeetingFilter
from meetings.models import Meeting
from meetings.other_forms import OtherForm
from meetings.views.meetings import listed
from schools.forms.fields import show
from schools.models import School


@require_safe
@needs(Permission.SEE_MEETINGS)
def other_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = OtherMeetingFilter(request.GET, user=user, today=today, queryset=Meeting.objects.visible_to(user).others())
    context = listed(request, chosen, user)
    page = context["page"]
    page.object_list = list(page.object_list)
    taking = Meeting.objects.filter(pk__in=[one.pk for one in page]).annotate(n=Count("taking")).values_list("pk", "n")
    number = dict(taking)
    for one in page:
        one.taking_number = number[one.pk]
    context |= {
        "may_plan": user.may(Permission.PLAN_MEETINGS),
        "unrecorded": reports.unrecorded(user, today=today, others=True),
    }
    return render(request, "meetings/others/list.html", context)


@needs(Permission.PLAN_MEETINGS)
def other_plan(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    schools = list(School.objects.visible_to(user).open_on(today).order_by("sort_name"))
    known = {"schools": schools, "user": user, "today": today}
    form = OtherForm(request.POST or None, ask_about_closed="although_closed" in request.POST, initial={"officer": user.pk}, **known)
    if request.method == "POST" and form.is_valid():
        try:
            planned = actions.plan_other_meeting(by=user, today=today, now=clock.now(), **form.cleaned_data)
        except MeetingProblem as problem:
            if problem.field == "although_closed":
                form = OtherForm(request.POST, ask_about_closed=True, **known)
            show(form, problem)
        else:
            messages.success(request, "The meeting is planned. Its agenda is empty: add what is to be talked about.")
            return redirect("meeting", pk=planned.pk)
    return render(request, "meetings/others/plan.html", {"form": form, "schools": schools})
