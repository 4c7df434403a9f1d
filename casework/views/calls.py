"""A call logged in one line: from a case's page, a pupil's, or the caseload."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance.words import say_day
from casework import actions
from casework.actions import CaseProblem
from casework.forms.contacts import CallForm, parents_of, who
from casework.views.work import again, case_for, closed_already


@needs(Permission.WORK_CASES)
def case_call(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    if (elsewhere := closed_already(request, case)) is not None:
        return elsewhere
    parents = parents_of(case.pupil)
    form = CallForm(request.POST if request.method == "POST" else None, parents=parents, today=today)
    if request.method == "POST" and form.is_valid():
        asked, follow_up = form.cleaned_data, form.follow_up
        try:
            contact = actions.record_contact(
                by=user,
                today=today,
                now=clock.now(),
                case=case,
                day=today,
                kind=asked["kind"],
                result=asked["result"],
                parent=who(parents, asked["who"]),
                words=asked["words"],
                follow_up=follow_up,
                form_token=asked["form_token"],
            )
        except CaseProblem as problem:
            form = again(lambda sent: CallForm(sent, parents=parents, today=today), request, problem, case)  # type: ignore[assignment]
        else:
            onward = f" Next contact: {say_day(contact.follow_up)}." if contact.follow_up else ""
            messages.success(request, f"Recorded: {str(contact)[0].lower()}{str(contact)[1:]}.{onward}")
            return redirect("case", pk=pk)
    return render(request, "casework/call.html", {"form": form, "case": case})
