"""Saying of two children whether they belong together."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from casework import family
from casework.actions import CaseProblem
from casework.actions import family as actions
from casework.models import Case, FamilyLink
from casework.views.cases import pupil_for
from schools.forms.fields import VersionField, WordsField, radios, show
from schools.models import Pupil


class LinkForm(forms.Form):
    verdict = radios("How are they linked?", FamilyLink.Verdict.choices, "Choose how the children are linked")
    why = WordsField(
        label="How do you know?", needed="Enter how you know", help_text="Who said so, or what you saw. It stays with the authority."
    )
    known = VersionField(required=False)


@needs(Permission.WORK_CASES)
def family_link(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    pupil = pupil_for(request, pk)
    second = get_object_or_404(Pupil.objects.visible_to(user), pk=other)
    if pupil.pk == second.pk:
        raise Http404
    found = family.of(pupil, user, today=today)
    one = next((one for one in (*found.linked, *found.candidates, *found.apart) if one.pupil == second), None)
    standing = one.link if one else None
    start = {"verdict": standing.verdict if standing else None, "known": standing.pk if standing else None}
    form = LinkForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            actions.judge(by=user, today=today, now=clock.now(), pupil=pupil, other=second, **form.cleaned_data)
        except CaseProblem as problem:
            sent = request.POST.copy()
            sent["known"] = str(FamilyLink.objects.standing().of(pupil).of(second).values_list("pk", flat=True).first() or "")
            form = LinkForm(sent)
            show(form, problem)
        else:
            messages.success(request, f"It is written down how {pupil} and {second} are linked.")
            case = Case.objects.visible_to(user).open().filter(pupil=pupil).first()
            return redirect("case", pk=case.pk) if case else redirect("pupil", pk=pupil.pk)
    return render(request, "casework/family_link.html", {"form": form, "pupil": pupil, "other": second, "one": one, "standing": standing})
