"""Working a case: who has it, its stage, contacts, notes, its end. A refused form comes back with everything that was typed."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.words import plural
from casework import actions, case_page, considering, stages, workload
from casework.actions import CaseProblem, allocation
from casework.allocation import said_weight
from casework.forms import contacts as contact_forms
from casework.forms.cases import AssignForm, CloseForm, StageForm
from casework.forms.contacts import ContactForm, NoteForm
from casework.models import Case, PlanAction, SequenceChoice, Task
from schools.forms.fields import show
from schools.models import School

Maker = Callable[[QueryDict | None], forms.Form]


def case_for(request: HttpRequest, pk: int) -> Case:
    """The case, if the user may see it. A form tells of the child what the page tells: opening it is a look at the case."""
    found = get_object_or_404(Case.objects.visible_to(user_of(request)).select_related("pupil", "school", "officer"), pk=pk)
    if request.method == "GET":
        audit.record("looked at a case", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    return found


def closed_already(request: HttpRequest, case: Case) -> HttpResponse | None:
    """Nothing is done to a closed case; whoever had the form open before is told by the action, and keeps what they typed."""
    if request.method != "GET" or case.closed is None:
        return None
    messages.info(request, f"This case was closed on {case.closed:%-d %B %Y}: {case.get_outcome_display().lower()}.")
    return redirect("case", pk=case.pk)


def again(make: Maker, request: HttpRequest, problem: CaseProblem, case: Case) -> forms.Form:
    """The form with what was typed, the refusal, and the version that stands now: sent again, it was sent after looking.

    Nothing was written under its token, so it gets a new one.
    """
    sent = request.POST.copy()
    if "form_token" in sent:
        sent["form_token"] = str(uuid.uuid4())
    if "version" in sent:
        sent["version"] = str(Case.objects.values_list("version", flat=True).get(pk=case.pk))
    form = make(sent)
    show(form, problem)
    return form


def answer(
    request: HttpRequest, case: Case, make: Maker, do: Callable[[dict[str, Any]], str], *, template: str, **context: Any
) -> HttpResponse:
    """One form about one case: shown, done with a word about it, or shown again."""
    if (elsewhere := closed_already(request, case)) is not None:
        return elsewhere
    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except CaseProblem as problem:
            form = again(make, request, problem, case)
        else:
            messages.success(request, said)
            return redirect(context.get("onward", "case"), pk=case.pk)
    return render(request, template, {"form": form, "case": case, **context})


@needs(Permission.WORK_CASES)
def case_assign(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    rolls = [spell.school for spell in case_page.rolls_of(case.pupil, user, today=today)]
    schools = list({school.pk: school for school in (*rolls, case.school)}.values())
    officers = workload.choosable([school.pk for school in schools], user, today=today)
    known = workload.team(today=today)
    suggested = workload.suggestions([case], known, today=today)[case.pk]

    def make(sent: QueryDict | None) -> forms.Form:
        start = {"officer": case.officer_id or suggested.key or user.pk, "school": case.school_id, "version": case.version}
        return AssignForm(sent, officers=officers, schools=schools, initial=start)

    def do(asked: dict[str, Any]) -> str:
        school: School | None = asked.get("school")
        allocation.allocate(
            by=user, today=today, now=clock.now(), case=case, officer=asked["officer"], school=school, version=asked["version"]
        )
        return f"The case is assigned to {asked['officer']}.{_agreed_before(case, school)}"

    beside = {"suggested": suggested, "rows": workload.at(known, case.school_id), "full": said_weight(known.full)}
    return answer(request, case, make, do, template="casework/assign.html", title="Who works this case?", button="Assign", **beside)


def _agreed_before(case: Case, school: School | None) -> str:
    """What the school that had the case has agreed to does not bind the one that takes it: say so to who moves it."""
    theirs = PlanAction.objects.filter(plan__case=case).open().filter(owner=PlanAction.Owner.SCHOOL).count()
    if school in (None, case.school) or not theirs:
        return ""
    were = "was" if theirs == 1 else "were"
    return f" {plural(theirs, 'action')} of the plan {were} agreed with {case.school}: change the plan with {school}."


@needs(Permission.WORK_CASES)
def case_contact(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    parents = contact_forms.parents_of(case.pupil)

    def make(sent: QueryDict | None) -> forms.Form:
        return ContactForm(sent, parents=parents, initial={"day": today})

    def do(asked: dict[str, Any]) -> str:
        who = contact_forms.who(parents, asked.pop("who"))
        actions.record_contact(by=user, today=today, now=clock.now(), case=case, parent=who, **asked)
        return "The contact is recorded."

    return answer(
        request, case, make, do, template="casework/form.html", title="Record a contact", button="Record the contact",
        before="Record attempts too: a call nobody answered shows that somebody tried.",
    )  # fmt: skip


@needs(Permission.WORK_CASES)
def case_note(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()

    def do(asked: dict[str, Any]) -> str:
        actions.write_note(by=user, today=today, now=clock.now(), case=case, **asked)
        return "The note is written." + (" The school reads it too." if asked["shared"] else "")

    return answer(
        request, case, lambda sent: NoteForm(sent), do, template="casework/form.html", title="Write a note", button="Save the note",
        before="A note cannot be changed or taken back once it is saved. Families may ask to read what is written about them.",
    )  # fmt: skip


@needs(Permission.WORK_CASES)
def case_stage(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()
    offers = case_page.offers(case, has_plan=case.plans.current().exists(), chosen=SequenceChoice.objects.in_force(today))
    possible = [offer for offer in offers if offer.allowed]

    def make(sent: QueryDict | None) -> forms.Form:
        # what is sent may be any stage: whoever asks for one that is not possible any more is told why
        return StageForm(
            sent,
            moves=possible if sent is None else [step for step in stages.STEP.values() if step.code != stages.CLOSED],
            initial={"version": case.version},
        )

    def do(asked: dict[str, Any]) -> str:
        moved = actions.move(by=user, today=today, now=clock.now(), case=case, stage=asked["stage"], version=asked["version"])
        return f"The case is at “{moved.stage_name}”."

    days = case_page.school_days_at(case, today=today)
    return answer(request, case, make, do, template="casework/stage.html", offers=offers, possible=possible, days=days)


@needs(Permission.WORK_CASES)
def case_close(request: HttpRequest, pk: int) -> HttpResponse:
    case, user, today = case_for(request, pk), user_of(request), clock.today()

    def do(asked: dict[str, Any]) -> str:
        closed = actions.close_case(by=user, today=today, now=clock.now(), case=case, **asked)
        return f"The case is closed: {closed.get_outcome_display().lower()}."

    left = PlanAction.objects.filter(plan__case=case).open().order_by("due", "pk")
    running = list(Task.objects.running_for(case))
    return answer(
        request, case, lambda sent: CloseForm(sent, running=bool(running), initial={"version": case.version}), do,
        template="casework/close.html", left=list(left), running=running,
        unconsidered=considering.standing(case.pupil, today=today).missing,
    )  # fmt: skip
