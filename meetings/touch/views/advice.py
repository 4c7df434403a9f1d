"""The advice log: questions of schools, answers, and guidance made of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings.models import Advice, Guide
from meetings.touch import reports
from meetings.touch.actions import advice as actions
from meetings.touch.actions.problems import TouchProblem
from meetings.touch.forms import AskForm, LogForm, PublishForm, ReplyForm
from meetings.touch.views.common import show_moved_on
from schools.forms.fields import show
from schools.models import School

_PAGE = 30


def _advice(request: HttpRequest, pk: int) -> Advice:
    rows = Advice.objects.visible_to(user_of(request)).select_related("school", "asked_by", "answered_by", "guide")
    return get_object_or_404(rows, pk=pk)


@require_safe
@needs(Permission.SEE_ADVICE)
def advice_log(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    status, topic = request.GET.get("status", ""), request.GET.get("topic", "")
    asked = request.GET.get("q", "").strip()[:100].replace("\0", "")
    status, topic = status if status in Advice.Status.values else "", topic if topic in Guide.Topic.values else ""
    every = Advice.objects.visible_to(user)
    waiting = every.waiting().count()
    rows = every.filter(status=status) if status else every
    rows = rows.filter(topic=topic) if topic else rows
    rows = rows.with_words(asked) if asked else rows
    rows = rows.select_related("school").order_by(*(("asked_at",) if status == Advice.Status.WAITING else ("-asked_at",)), "pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "total": page.paginator.count,
        "rows": [(one, reports.advice_age(one.asked_at, today=today)) for one in page],
        "waiting": waiting,
        "status": status,
        "topic": topic,
        "topics": Guide.Topic.choices,
        "asked": asked,
        "team": user.may(Permission.KEEP_IN_TOUCH),
    }
    return render(request, "touch/advice_log.html", context)


@needs(Permission.SPEAK_FOR_SCHOOL)
def advice_ask(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    schools = School.objects.visible_to(user).open_on(clock.today()).order_by("sort_name")
    only = list(schools[:2])
    form = AskForm(request.POST or None, schools=schools, initial={"school": only[0]} if len(only) == 1 else {})
    if request.method == "POST" and form.is_valid():
        made = actions.ask(by=user, now=clock.now(), **form.cleaned_data)
        messages.success(request, "The team has your question. You find the answer here.")
        return redirect("advice", pk=made.pk)
    return render(request, "touch/advice_ask.html", {"form": form})


@needs(Permission.KEEP_IN_TOUCH)
def advice_write(request: HttpRequest) -> HttpResponse:
    """A question that was asked by phone or at a visit."""
    user = user_of(request)
    schools = School.objects.visible_to(user).open_on(clock.today()).order_by("sort_name")
    form = LogForm(request.POST or None, schools=schools)
    if request.method == "POST" and form.is_valid():
        made = actions.ask(by=user, now=clock.now(), **form.cleaned_data)
        messages.success(request, "Written down. The school reads it in its own login.")
        return redirect("advice", pk=made.pk)
    return render(request, "touch/advice_write.html", {"form": form})


@require_safe
@needs(Permission.SEE_ADVICE)
def advice(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _advice(request, pk), user_of(request)
    context = {"advice": found, "age": reports.advice_age(found.asked_at, today=clock.today()), "team": user.may(Permission.KEEP_IN_TOUCH)}
    return render(request, "touch/advice.html", context)


@needs(Permission.KEEP_IN_TOUCH)
def advice_answer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _advice(request, pk)
    form = ReplyForm(request.POST or None, initial={"answer": found.answer, "version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.reply(by=user_of(request), now=clock.now(), advice=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, Advice.objects.get(pk=pk).version)
        else:
            messages.success(request, "The school reads the answer in its own login.")
            return redirect("advice", pk=pk)
    return render(request, "touch/advice_answer.html", {"form": form, "advice": found})


@needs(Permission.KEEP_IN_TOUCH)
def advice_publish(request: HttpRequest, pk: int) -> HttpResponse:
    found = _advice(request, pk)
    if found.guide_id:
        return redirect("guide", pk=found.guide_id)
    start = {"title": found.subject, "words": f"{found.words}\n\n{found.answer}".strip(), "topic": found.topic, "start": clock.today()}
    form = PublishForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.publish(by=user_of(request), now=clock.now(), advice=found, **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "It is guidance now. Nothing in it says which school asked.")
            return redirect("guide", pk=made.pk)
    return render(request, "touch/advice_publish.html", {"form": form, "advice": found})
