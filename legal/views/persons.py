"""Who is who: records that may be of one person, asked about before a notice, and what was answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.postgres.aggregates import StringAgg
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import doubts
from legal.actions import persons as actions
from legal.actions.problem import NoticeProblem
from legal.forms.history import PersonForm, WhyForm
from legal.models import ChildrenApart, HistoricRecord, Notice, PersonAnswer, Request
from schools.forms.fields import show
from schools.models import Parent, Pupil, Responsibility

_PAGE = 50
_ASKED = 100  # pairs on the page: those of open requests come first and are rarely as many


@require_safe
@needs(Permission.SAY_SAME_PERSON)
def same_persons(request: HttpRequest) -> HttpResponse:
    """Those whom an open request names, each with whoever they may be; then what was answered."""
    asked = Parent.objects.filter(notice_requests__in=Request.objects.open()).distinct().order_by("sort_name", "pk")
    parents = list(asked[:1000])
    people = PersonAnswer.objects.persons(parent.pk for parent in parents)
    answers = PersonAnswer.objects.standing().select_related("one", "other").order_by("-pk")
    context = {
        "pairs": doubts.pairs_of(parents, people)[:_ASKED],
        "page": Paginator(answers, _PAGE).get_page(request.GET.get("page")),
        "apart": list(ChildrenApart.objects.filter(ended_at=None).select_related("one", "other").order_by("-pk")[:_PAGE]),
    }
    return render(request, "legal/persons/list.html", context)


def _side(parent: Parent) -> dict[str, Any]:
    ties = Responsibility.objects.filter(parent=parent).select_related("pupil").order_by("pupil__sort_name")
    return {
        "parent": parent,
        "ties": list(ties),
        "notices": list(Notice.objects.filter(parent=parent).select_related("pupil").order_by("number")),
        "loaded": list(HistoricRecord.objects.standing().filter(parent=parent).order_by("day")),
    }


@needs(Permission.SAY_SAME_PERSON)
def same_person(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """Both records beside each other, and the question."""
    user = user_of(request)
    pair = [get_object_or_404(Parent.objects.visible_to(user), pk=pk) for pk in (one, other)]
    if one == other:
        raise Http404
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.say_person(by=user, today=clock.today(), now=clock.now(), one=pair[0], other=pair[1], **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Kept. It can be taken back under Same persons.")
            return redirect("same_persons")
    elif request.method == "GET":
        audit.record("looked at two parents", by=user, subject=pair[0], kind=AuditEvent.Kind.VIEW, other=pair[1].pk)
    low, high = sorted((one, other))
    standing = PersonAnswer.objects.standing().filter(one=low, other=high).first()
    return render(request, "legal/persons/pair.html", {"form": form, "sides": [_side(parent) for parent in pair], "standing": standing})


@needs(Permission.SAY_SAME_PERSON)
def same_person_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    answer = get_object_or_404(PersonAnswer.objects.select_related("one", "other"), pk=pk)
    form = WhyForm(request.POST or None, label="Why the answer is taken back")
    if request.method == "POST" and form.is_valid():
        actions.take_back_person(by=user_of(request), today=clock.today(), now=clock.now(), answer=answer, **form.cleaned_data)
        messages.success(request, "Taken back: the two records are asked about again.")
        return redirect("same_persons")
    return render(request, "legal/persons/take_back.html", {"form": form, "answer": answer})


@needs(Permission.SAY_SAME_PERSON)
def two_children(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """Two records of one name and day of birth that are two children; that they are one is said by merging them."""
    user = user_of(request)
    visible = Pupil.objects.visible_to(user).annotate(spells=Count("enrolments"), at=StringAgg("enrolments__school__name", ", "))
    pair = [get_object_or_404(visible, pk=pk) for pk in (one, other)]
    if one == other:
        raise Http404
    form = WhyForm(request.POST or None, label="How you know that they are two children")
    if request.method == "POST" and form.is_valid():
        actions.say_two_children(by=user, today=clock.today(), now=clock.now(), one=pair[0], other=pair[1], **form.cleaned_data)
        messages.success(request, "Kept: they are two children. It can be taken back under Same persons.")
        return redirect("same_persons")
    context = {"form": form, "pair": pair, "may_merge": user.may(Permission.MERGE_PUPILS)}
    return render(request, "legal/persons/children.html", context)


@needs(Permission.SAY_SAME_PERSON)
def two_children_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    answer = get_object_or_404(ChildrenApart.objects.select_related("one", "other"), pk=pk)
    form = WhyForm(request.POST or None, label="Why the answer is taken back")
    if request.method == "POST" and form.is_valid():
        actions.take_back_two_children(by=user_of(request), now=clock.now(), answer=answer, **form.cleaned_data)
        messages.success(request, "Taken back: the two records are asked about again.")
        return redirect("same_persons")
    return render(request, "legal/persons/take_back.html", {"form": form, "answer": answer})
