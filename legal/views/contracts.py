"""Attendance contracts: the list, one of them, and what is recorded of it. What nobody signed is called an offer throughout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance.words import plural
from legal import clocks, contracts, proof, watching
from legal.actions import contracts as actions
from legal.actions.problem import NoticeProblem
from legal.contracts import Standing
from legal.filters import ContractFilter
from legal.forms.contracts import (
    AnswerForm,
    ChangeContractForm,
    ContractReviewForm,
    EndContractForm,
    NewContractForm,
    OfferForm,
)
from legal.models import Contract, Paper, Party
from legal.views import gather
from legal.views.papers import opens_papers
from legal.views.requests import schools_of
from legal.views.steps import Act, Next
from schools.files import KINDS
from schools.forms.fields import show
from schools.models import PolicyValue, Pupil

_PAGE = 50
Status = Contract.Status


def standing_of(contract: Contract) -> Standing:
    """Of one whose parties are prefetched."""
    return contracts.standing((party.state, party.signed is not None) for party in contract.parties.all())


def _contract(request: HttpRequest, pk: int) -> Contract:
    parties = Prefetch("parties", queryset=Party.objects.select_related("parent").order_by("pk"))
    visible = Contract.objects.visible_to(user_of(request)).select_related("pupil", "school", "made_by").prefetch_related(parties)
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        audit.record(
            "looked at an attendance contract", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id
        )
    return found


@require_safe
@needs(Permission.SEE_NOTICES)
def contract_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    rows = Contract.objects.visible_to(user).with_agreed()
    chosen = ContractFilter(request.GET, queryset=rows, user=user, today=today)
    ordered = chosen.qs.order_by("-status", "end", "pk").select_related("pupil", "school").prefetch_related("parties")
    page = Paginator(ordered, _PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    spans = {one.pk: (one.pupil_id, one.start, min(one.ended or one.end, today)) for one in shown if one.start <= today}
    seen = watching.since(spans)
    for one in shown:
        one.standing = standing_of(one)
        one.seen = seen.get(one.pk) if one.offered else None
    counts = dict(chosen.without("status").order_by().values_list("status").annotate(n=Count("pk")))
    context = {
        "filter": chosen,
        "page": page,
        "lines": shown,
        "today": today,
        "status": request.GET.get("status", ""),
        "counts": [(code, name, counts.get(code, 0)) for code, name in Status.choices],
    }
    return render(request, "legal/contracts.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def contract_page(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    found = _contract(request, pk)
    parties = list(found.parties.all())
    seen = None
    if found.offered and found.start <= today:
        seen = watching.of_pupil(found.pupil_id, found.start, min(found.ended or found.end, today))
    papers: dict[int, list[Paper]] = {}
    for paper in Paper.objects.filter(party__contract=found).order_by("pk"):
        papers.setdefault(paper.party_id or 0, []).append(paper)
    keeps = user.may(Permission.KEEP_CONTRACTS)
    context = {
        "contract": found,
        "standing": standing_of(found),
        "today": today,
        "seen": seen,
        "lines": [
            {
                "party": party,
                "papers": papers.get(party.pk, []) if opens_papers(user, found, [party.parent]) else [],
                "may_answer": keeps
                and found.status == Status.OPEN
                and bool(set(contracts.may_become(party.state)) & set(contracts.ANSWERS)),
                "opens": opens_papers(user, found, [party.parent]),
            }
            for party in parties
        ],
        "whole": user.as_role.in_authority,
        "busy": any(paper.busy for each in papers.values() for paper in each),
        "reviews": list(found.reviews.order_by("-day", "-pk")),
        "next": _next(found, user, today=today),
        "safe": _safe(found, today) if user.as_role.in_authority and found.status != Status.ENDED else None,
        "may_see_case": user.may(Permission.SEE_CASES),
    }
    return render(request, "legal/contract.html", context)


def _safe(found: Contract, today: Any) -> clocks.LastSafe | None:
    """A contract relies on no session: until when proceedings can be begun for those that stand unauthorised in the window now."""
    return clocks.last_safe(proof.prove(found.pupil, day=today, policy=PolicyValue.objects.in_force(today)).window, today)


def _next(found: Contract, user: User, *, today: Any) -> Next:
    keeps = user.may(Permission.KEEP_CONTRACTS)
    ours = keeps and (user.as_role.in_authority or found.side == Contract.Side.SCHOOL)
    acts: list[Act] = []
    if found.status == Status.DRAFT:
        words = "Nothing has been offered yet. Talk it through with the parents; then offer it."
        if ours:
            acts = [
                Act("Offer it", "contract_offer"),
                Act("Change it", "contract_change", second=True),
                Act("Drop it", "contract_end", second=True),
            ]
    elif found.status == Status.OPEN:
        waiting = [party for party in found.parties.all() if party.state == contracts.OFFERED]
        over = found.end < today
        words = ""
        if waiting:
            verb = "has" if len(waiting) == 1 else "have"
            words = f"{len(waiting)} of {plural(len(found.parties.all()), 'parent')} {verb} not answered: record what they say below. "
        if over:
            words += f"Its last day was {gather.penalty.written(found.end)}: say what came of it."
        elif found.review_by:
            words += f"It is to be reviewed by {gather.penalty.written(found.review_by)}."
        else:
            words += f"It runs until {gather.penalty.written(found.end)}. No review is arranged."
        if keeps:
            if found.start <= today:
                acts.append(Act("Write down a review", "contract_review", second=over))
            if ours:
                acts.append(Act("End it", "contract_end", second=not over))
    else:
        words = (
            f"It ended on {gather.penalty.written(found.ended or found.end)}: {found.get_outcome_display().lower()}. {found.outcome_words}"
        )
    return Next(words, acts)


@needs(Permission.KEEP_CONTRACTS)
@require_http_methods(["GET", "POST"])
def contract_new(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    schools = schools_of(pupil, user, today)
    form = NewContractForm(
        request.POST or None, ties=gather.ties_of(pupil), schools=[(s.urn, s.name) for s in schools], initial={"start": today}
    )
    why = ""
    if not schools:
        why = f"{pupil} is on no roll of yours today. The school where the child is on roll, or its officer, offers a contract."
    elif all(school.independent for school in schools):
        why = contracts.obstacle(independent=True, of_age=True)
    if request.method == "POST" and not why and form.is_valid():
        asked = dict(form.cleaned_data)
        school = next((s for s in schools if s.urn == asked.pop("school", None)), schools[0])
        parents = list(asked.pop("parents"))
        try:
            made = actions.draw_up(by=user, today=today, now=clock.now(), pupil=pupil, school=school, parents=parents, **asked)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Written down. Nothing has been offered yet.")
            return redirect("contract", pk=made.pk)
    return render(request, "legal/contract_new.html", {"form": form, "pupil": pupil, "why": why})


def _step(
    request: HttpRequest, found: Contract, form: Any, done: str, act: Callable[[dict[str, Any]], Any], *, name: str = "", **context: Any
) -> HttpResponse:
    if request.method == "GET" and name and not _next(found, user_of(request), today=clock.today()).offers(name):
        messages.warning(request, f"This cannot be done now. {found.reference}: {found.get_status_display().lower()}.")
        return redirect("contract", pk=found.pk)
    if request.method == "POST" and form.is_valid():
        try:
            act(dict(form.cleaned_data))
        except NoticeProblem as problem:
            found.refresh_from_db(fields=["version", "status"])
            if hasattr(form, "refused"):
                form.refused(problem, context.get("held", found).version)
            else:
                show(form, problem)
        else:
            messages.success(request, done)
            return redirect("contract", pk=found.pk)
    return render(request, "legal/contract_form.html", {"form": form, "contract": found, "standing": standing_of(found)} | context)


@needs(Permission.KEEP_CONTRACTS)
@require_http_methods(["GET", "POST"])
def contract_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    said = {name: getattr(found, name) for name in ("requirements", "support", "start", "end", "review_by", "version")}
    form = ChangeContractForm(request.POST or None, initial=said)

    def act(asked: dict[str, Any]) -> None:
        actions.change_contract(by=user_of(request), today=clock.today(), now=clock.now(), contract=found, **asked)

    return _step(request, found, form, "Changed.", act, name="contract_change", title="Change what it says", button="Save")


@needs(Permission.KEEP_CONTRACTS)
@require_http_methods(["GET", "POST"])
def contract_offer(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    form = OfferForm(request.POST or None, parties=found.parties.all(), initial={"version": found.version})

    def act(asked: dict[str, Any]) -> None:
        actions.offer(by=user_of(request), today=clock.today(), now=clock.now(), contract=found, **asked)

    said = (
        "It is voluntary: to a parent who was not there an offer is sent, and it is no contract for them until they sign. Its words stay "
        "as offered."
    )
    done = "Offered. A paper for each parent is being made: give or send it to them."
    return _step(request, found, form, done, act, name="contract_offer", title="Offer the contract", button="Offer it", said=said)


@needs(Permission.KEEP_CONTRACTS)
@require_http_methods(["GET", "POST"])
def contract_answer(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Contract.objects.visible_to(user_of(request))
    party = get_object_or_404(Party.objects.select_related("parent", "contract__pupil").filter(contract__in=mine), pk=pk)
    found = _contract(request, party.contract_id)
    form = AnswerForm(request.POST or None, request.FILES or None, party=party, initial={"version": party.version, "day": clock.today()})

    def act(asked: dict[str, Any]) -> None:
        file = asked.pop("file")
        sent: dict[str, Any] = {"name": file.name, "size": file.size, "file": file} if file else {}
        actions.record_answer(by=user_of(request), today=clock.today(), now=clock.now(), party=party, **asked, **sent)

    if request.method == "GET" and not form.fields["state"].choices:  # type: ignore[attr-defined]
        messages.warning(request, f"No answer can be recorded now. {party.to_name or party.parent}: {party.get_state_display().lower()}.")
        return redirect("contract", pk=found.pk)
    return _step(
        request,
        found,
        form,
        "Recorded.",
        act,
        title=f"What {party.to_name or party.parent} answered",
        button="Record the answer",
        held=party,
    )


@needs(Permission.KEEP_CONTRACTS)
@require_http_methods(["GET", "POST"])
def contract_review(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    form = ContractReviewForm(request.POST or None)

    def act(asked: dict[str, Any]) -> None:
        actions.review_contract(by=user_of(request), today=clock.today(), now=clock.now(), contract=found, **asked)

    said = "How attendance went since its first day is kept with the review, as the register stands now."
    return _step(request, found, form, "Written down.", act, name="contract_review", title="Write down a review", button="Save", said=said)


@needs(Permission.KEEP_CONTRACTS)
@require_http_methods(["GET", "POST"])
def contract_end(request: HttpRequest, pk: int) -> HttpResponse:
    found = _contract(request, pk)
    form = EndContractForm(request.POST or None, initial={"version": found.version})

    def act(asked: dict[str, Any]) -> None:
        actions.end_contract(by=user_of(request), today=clock.today(), now=clock.now(), contract=found, **asked)

    return _step(request, found, form, "Ended.", act, name="contract_end", title="End the contract", button="End it")


@require_safe
@needs(Permission.SEE_NOTICES)
def contract_copy(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The signed copy, byte for byte, as a download."""
    user = user_of(request)
    mine = Contract.objects.visible_to(user)
    party = get_object_or_404(Party.objects.select_related("parent", "contract").filter(contract__in=mine), pk=pk)
    if not opens_papers(user, party.contract, [party.parent]):
        raise PermissionDenied
    if not party.copy_stored or not default_storage.exists(party.copy_stored):
        raise Http404
    audit.record("downloaded a signed contract", by=user, subject=party, kind=AuditEvent.Kind.EXPORT, sha256=party.copy_sha256)
    return FileResponse(
        default_storage.open(party.copy_stored),
        as_attachment=True,
        filename=party.copy_name,
        content_type=KINDS.get(party.copy_kind, "application/octet-stream"),
        headers={"X-Content-Type-Options": "nosniff"},
    )
