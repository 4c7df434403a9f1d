"""Looking at two records side by side, saying that they are one child, and taking it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import matrix
from casework import sessions
from casework.actions import merging as actions
from casework.models import Case
from casework.views.cases import pupil_for
from schools import names
from schools.actions import merging
from schools.actions.merging import MergeProblem
from schools.forms.fields import WordsField, show
from schools.models import Enrolment, Merge, Pupil

_MOST = 20


class MergeForm(forms.Form):
    why = WordsField(label="How do you know that this is one child?", needed="Enter how you know that this is one child")


class UndoForm(forms.Form):
    why = WordsField(label="Why are they two children?", needed="Enter why they are two children")


@require_safe
@needs(Permission.MERGE_PUPILS)
def pupil_same(request: HttpRequest, pk: int) -> HttpResponse:
    """Which other record might be of the same child: of the same day of birth and a part of the name, or what is looked for."""
    pupil = pupil_for(request, pk)
    others = Pupil.objects.visible_to(user_of(request)).filter(merged_into=None).exclude(pk=pupil.pk)
    q = request.GET.get("q", "")[:100]
    if q.strip():
        for word in names.fold(q).split():
            digits = any(c.isdigit() for c in word)
            others = others.filter(upn__contains=word.upper()) if digits else others.filter(search_text__contains=word)
    else:
        alike = Q(sort_name=pupil.sort_name)
        if pupil.dob:
            alike |= Q(dob=pupil.dob, surname__iexact=pupil.surname) | Q(dob=pupil.dob, forename__iexact=pupil.forename)
        others = others.filter(alike)
    found = list(others.order_by("sort_name", "pk")[: _MOST + 1])
    context = {"pupil": pupil, "q": q, "others": found[:_MOST], "more": len(found) > _MOST, "merged": _merged(pupil)}
    return render(request, "casework/merge_choose.html", context)


def _merged(pupil: Pupil) -> list[Merge]:
    standing = Merge.objects.standing().filter(Q(pupil=pupil) | Q(into=pupil))
    return list(standing.select_related("pupil", "into", "by").order_by("-pk"))


@needs(Permission.MERGE_PUPILS)
def pupil_merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """`pk` stays, `other` goes. Both are shown beside each other first."""
    user, today = user_of(request), clock.today()
    into = pupil_for(request, pk)
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=other)
    if pupil.pk == into.pk:
        raise Http404
    form = MergeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.merge(by=user, today=today, now=clock.now(), pupil=pupil, into=into, **form.cleaned_data)
        except MergeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The two records of {into} are one now. It can be undone from this page.")
            return redirect("pupil_same", pk=into.pk)
    sides = [_side(one, user, today) for one in (into, pupil)]
    return render(request, "casework/merge.html", {"form": form, "pupil": into, "other": pupil, "sides": sides})


def _side(pupil: Pupil, user: Any, today: Any) -> dict[str, Any]:
    spells = list(Enrolment.objects.filter(pupil=pupil).select_related("school").order_by("-start", "pk"))
    year = matrix.academic_year(today)
    return {
        "pupil": pupil,
        "spells": spells,
        "figures": sessions.read(spells, matrix.year_start(year), today).between(matrix.year_start(year), today),
        "parents": list(pupil.responsibilities.select_related("parent").order_by("priority", "pk")),
        "cases": list(Case.objects.visible_to(user).filter(pupil=pupil).order_by("-opened")),
        "year": year,
    }


@needs(Permission.MERGE_PUPILS)
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    merge = get_object_or_404(Merge.objects.select_related("pupil", "into", "by"), pk=pk)
    if merge.undone_at:
        messages.info(request, "This was undone already.")
        return redirect("pupil_same", pk=merge.into_id)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            merging.undo(by=user_of(request), now=clock.now(), merge=merge, **form.cleaned_data)
        except MergeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{merge.pupil} and {merge.into} are two records again.")
            return redirect("pupil_same", pk=merge.into_id)
    return render(request, "casework/merge_undo.html", {"form": form, "merge": merge, "pupil": merge.into})
