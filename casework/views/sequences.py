"""The sequences of stages: what each step means, who owns it, what a move asks for; and which one cases are opened in."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from casework import actions, stages
from casework.actions import CaseProblem
from casework.models import SequenceChoice
from schools.forms.fields import DateBoxes, WordsField, radios, show


class SequenceForm(forms.Form):
    sequence = radios("Cases are opened in", [(one.code, one.name) for one in stages.SEQUENCES], "Choose a sequence")
    start = DateBoxes(label="From", needed="Enter the day from which cases are opened in it")
    reason = WordsField(label="Why", needed="Say why, for those who look back", longest=2000)


@needs(Permission.SET_POLICY)
def sequences(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = SequenceChoice.objects.in_force(today)
    start = {"sequence": chosen.code, "start": today}
    form = SequenceForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            choice = actions.choose_sequence(by=user, today=today, now=clock.now(), **form.cleaned_data)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Cases are opened in “{choice.get_sequence_display()}” from {choice.start:%-d %B %Y}.")
            return redirect("sequences")
    told = [(one, [(step, _asks(step)) for step in one.steps]) for one in stages.SEQUENCES]
    history = SequenceChoice.objects.select_related("by").order_by("-pk")
    return render(request, "casework/sequences.html", {"form": form, "chosen": chosen, "told": told, "history": history})


def _asks(step: stages.Step) -> str:
    return " and ".join(need.value for need in step.needs)
