"""The assessment of a case: its versions, and writing the next. Of two who save at once the second sees both and loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from casework import actions, assessing
from casework.actions import CaseProblem, Overtaken, Understood
from casework.assessing import Version
from casework.forms.assessments import WORDS, AssessmentForm
from casework.models import AssessedBarrier, Case
from casework.views.beside import Difference, differences
from casework.views.work import again, case_for, closed_already
from schools.forms.fields import show


@require_safe
@needs(Permission.SEE_CASES)
def case_assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version, newest first; a school is shown what is shared with it."""
    case, user = case_for(request, pk), user_of(request)
    context = {
        "case": case,
        "versions": assessing.versions(case),
        "whole": user.as_role.in_authority,
        "may_work": user.may(Permission.WORK_CASES) and case.closed is None,
    }
    return render(request, "casework/assessment.html", context)


@needs(Permission.WORK_CASES)
def case_assess(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    if (elsewhere := closed_already(request, case)) is not None:
        return elsewhere
    standing = assessing.latest(case)
    form = AssessmentForm(request.POST if request.method == "POST" else None, initial=AssessmentForm.start(standing))
    beside: list[Difference] = []
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = actions.assess(
                by=user, today=today, now=clock.now(), case=case, understood=form.understood(), number=asked["version"] or 0,
                form_token=asked["form_token"],
            )  # fmt: skip
        except Overtaken as problem:
            form, beside = _both(request, problem, case)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The assessment is saved, as version {made.number}.")
            return redirect("case", pk=pk)
    return render(request, "casework/assess.html", {"form": form, "case": case, "standing": standing, "beside": beside})


def _both(request: HttpRequest, problem: Overtaken, case: Case) -> tuple[AssessmentForm, list[Difference]]:
    """What was typed, to be sent again, and where the version that stands now says something else."""
    stands = assessing.latest(case)

    def make(sent: QueryDict | None) -> AssessmentForm:
        if sent is not None:
            sent = sent.copy()
            sent["version"] = str(stands.number if stands else 0)
        return AssessmentForm(sent)

    typed = AssessmentForm(request.POST)
    typed.is_valid()
    said = typed.understood()
    rows = [AssessedBarrier(barrier=one.barrier, said_by=list(one.said_by)) for one in said.barriers]
    form: Any = again(make, request, problem, case)
    theirs = _told(stands, stands.barriers) if stands else {}
    return form, differences(theirs, _told(said, rows))


def _told(said: Version | Understood, barriers: Sequence[AssessedBarrier]) -> dict[str, str]:
    """An assessment in words, by the name of each part; the first barrier is the primary one."""
    listed = "\n".join(f"{one} ({one.said_in_words.lower()})" for one in barriers)
    return {"Barriers": listed} | {label: getattr(said, name) for name, label in WORDS.items()}
