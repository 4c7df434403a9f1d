"""Offers of meetings: making one, what the school answers, what the authority makes of it, and turning to others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import cuts
from attendance.matrix import academic_year
from attendance.measures.judged import Count as Judged
from attendance.reports import cuts as cut_reports
from meetings import actions, offering
from meetings.actions import MeetingProblem
from meetings.frequency import Length, suggested_length
from meetings.models import Escalation, Offer
from meetings.offer_forms import ACCEPT, ANSWERS, DECLINE, EscalateForm, FollowUpForm, JudgeForm, OfferForm
from meetings.terms import term_of
from meetings.views.meetings import show_moved_on, usual
from schools.forms.fields import show
from schools.models import School, Term

_PAGE = 50


def _offer(request: HttpRequest, pk: int) -> Offer:
    rows = Offer.objects.visible_to(user_of(request))
    return get_object_or_404(rows.select_related("school", "officer", "answered_by", "verdict_by", "offered_by", "meeting"), pk=pk)


@require_safe
@needs(Permission.SEE_MEETINGS)
def offer_list(request: HttpRequest) -> HttpResponse:
    """Every offer of the user's schools, newest first; those that wait first of all for a school."""
    user = user_of(request)
    every = Offer.objects.visible_to(user)
    counted = dict(every.order_by().values_list("status").annotate(n=Count("pk")))
    status = request.GET.get("status", "")
    status = status if status in Offer.Status.values else ""
    rows = (every.filter(status=status) if status else every).select_related("school", "officer", "meeting").order_by("-pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "total": page.paginator.count,
        "status": status,
        "of": sum(counted.values()),
        "counts": [(one.value, one.label, counted[one.value]) for one in Offer.Status if one.value in counted],
        "whole": user.as_role.in_authority,
    }
    return render(request, "meetings/offers/list.html", context)


def _length(school: School) -> Length:
    own = cut_reports.lines([school.pk], academic_year(clock.today()), [cuts.Kind.ALL]).get(school.pk)
    return suggested_length(*(own[0].count if own else Judged()))


@needs(Permission.PLAN_MEETINGS)
def offer_meeting(request: HttpRequest, urn: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    length = _length(school)
    known: dict[str, Any] = {"schools": [school], "user": user, "today": today}
    start = usual(school, user, today) | {"minutes": length.minutes}
    form = OfferForm(request.POST or None, ask_about_closed="although_closed" in request.POST, initial=start, **known)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.offer_meeting(
                by=user, today=today, now=clock.now(), school=school, length_words=length.words, **form.cleaned_data
            )
        except MeetingProblem as problem:
            if problem.field == "although_closed":
                form = OfferForm(request.POST, ask_about_closed=True, **known)
            show(form, problem)
        else:
            without = not Term.objects.filter(school=school, start__lte=made.day, end__gte=made.day).exists()
            dates = " The school has given no term dates for that day, so it is taken as a school day." if without else ""
            messages.success(request, f"The meeting is offered. The school’s contact sees it in their own login.{dates}")
            return redirect("offer", pk=made.pk)
    term = term_of(today)
    context = {
        "form": form,
        "school": school,
        "length": length,
        "open": Offer.objects.filter(school=school, year=term.year, term=term.number).waiting().first(),
        "refusals": offering.refusals(school, term.year),
    }
    return render(request, "meetings/offers/offer_meeting.html", context)


@require_safe
@needs(Permission.SEE_MEETINGS)
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _offer(request, pk), user_of(request)
    others = Offer.objects.visible_to(user).filter(school=found.school, year=found.year).exclude(pk=pk).order_by("-pk")
    refused = offering.refusals(found.school, found.year)
    context = {
        "offer": found,
        "today": clock.today(),
        "may_answer": user.may(Permission.ANSWER_OFFERS),
        "may_plan": user.may(Permission.PLAN_MEETINGS),
        "whole": user.as_role.in_authority,
        "others": others,
        "steps": Escalation.objects.visible_to(user).filter(school=found.school, year=found.year).order_by("day", "pk"),
        "refusals": refused,
        "may_escalate": refused >= offering.REFUSALS,
    }
    return render(request, "meetings/offers/offer.html", context)


@needs(Permission.ANSWER_OFFERS)
def offer_answer(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    """Accept, decline or ask for another day: by the school, or by an officer who was told."""
    if answer not in ANSWERS:
        raise Http404
    found, user = _offer(request, pk), user_of(request)
    if request.method == "GET" and found.status not in Offer.OPEN:
        messages.info(request, f"This offer is settled: {found.get_status_display().lower()}.")
        return redirect("offer", pk=pk)
    form = ANSWERS[answer](request.POST or None, user=user, offer=found)
    if request.method == "POST" and form.is_valid():
        asked: dict[str, Any] = {"by": user, "today": clock.today(), "now": clock.now(), "offer": found, **form.cleaned_data}
        try:
            said = _answered(answer, asked)
        except MeetingProblem as problem:
            show_moved_on(form, problem, Offer.objects.get(pk=pk).version)
        else:
            messages.success(request, said)
            return redirect("offer", pk=pk)
    return render(request, "meetings/offers/answer.html", {"form": form, "offer": found, "answer": answer})


def _answered(answer: str, asked: dict[str, Any]) -> str:
    if answer == ACCEPT:
        actions.accept_offer(**asked)
        return "Accepted: the meeting is planned, and its agenda is made."
    if answer == DECLINE:
        actions.decline_offer(**asked)
        return "Written down: the school declines. The authority looks at the reason and answers."
    actions.ask_for_another_day(**asked)
    return "Written down: another day is asked for. The authority offers one."


@needs(Permission.PLAN_MEETINGS)
def offer_judge(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _offer(request, pk), user_of(request)
    form = JudgeForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.judge_offer(by=user, today=clock.today(), now=clock.now(), offer=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show_moved_on(form, problem, Offer.objects.get(pk=pk).version)
        else:
            messages.success(request, "Written down. The school’s contact reads it in their own login.")
            return redirect("offer", pk=pk)
    return render(request, "meetings/offers/judge.html", {"form": form, "offer": found})


@needs(Permission.PLAN_MEETINGS)
def offer_follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _offer(request, pk), user_of(request)
    form = FollowUpForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.follow_up_offer(by=user, today=clock.today(), now=clock.now(), offer=found, **form.cleaned_data)
        except MeetingProblem as problem:
            show_moved_on(form, problem, Offer.objects.get(pk=pk).version)
        else:
            messages.success(request, "Written down: it was followed up.")
            return redirect("offer", pk=pk)
    return render(request, "meetings/offers/follow_up.html", {"form": form, "offer": found})


@needs(Permission.PLAN_MEETINGS)
@require_POST
def offer_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _offer(request, pk)
    said = request.POST.get("version", "")
    version = int(said) if said.isdecimal() and len(said) < 9 else None
    try:
        actions.withdraw_offer(by=user_of(request), today=clock.today(), now=clock.now(), offer=found, version=version)
    except MeetingProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "The offer is withdrawn.")
    return redirect("offer", pk=pk)


@needs(Permission.PLAN_MEETINGS)
def escalate(request: HttpRequest, urn: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user).select_related("trust"), urn=urn)
    form = EscalateForm(request.POST or None, initial={"day": today})
    if request.method == "POST" and form.is_valid():
        try:
            step = actions.escalate(by=user, today=today, now=clock.now(), school=school, **form.cleaned_data)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Written down: {step.get_to_display()} was turned to.")
            return redirect("term_plan")
    year = term_of(today).year
    context = {
        "form": form,
        "school": school,
        "refusals": offering.refusals(school, year),
        "steps": Escalation.objects.visible_to(user).filter(school=school, year=year).order_by("day", "pk"),
    }
    return render(request, "meetings/offers/escalate.html", context)
