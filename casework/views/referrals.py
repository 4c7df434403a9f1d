"""Referring a child, the list of referrals, and triage: one page that says everything, and a form for each decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from casework import case_page, evidence, triage, workload
from casework.actions import CaseProblem
from casework.actions import referrals as actions
from casework.forms.referrals import (
    AcceptForm,
    ReferralForm,
    RefuseForm,
    ReturnForm,
    SignpostForm,
    TellForm,
    WithdrawForm,
    written,
)
from casework.models import Case, Referral
from casework.views.cases import pupil_for, standing_in_the_way
from schools.forms.fields import show

_PAGE = 50


@require_safe
@needs(Permission.SEE_CASES)
def referrals(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    asked = request.GET.get("status", "")
    status = asked if asked in Referral.Status.values else triage.TO_TRIAGE
    q = request.GET.get("q", "")[:100]
    rows, counts = triage.listed(user, status=status, q=q)
    pages = Paginator(rows, _PAGE)
    pages.count = next(n for code, _, n in counts if code == status)
    page = pages.get_page(request.GET.get("page"))
    for row in page:
        row.age = (today - row.sent).days if row.sent else None
    whole = user.as_role.in_authority
    context = {"page": page, "counts": counts, "status": status, "total": pages.count, "q": q, "whole": whole, "today": today}
    context["decided"] = status in Referral.DECIDED  # else the list's heading says where they stand
    return render(request, "casework/referrals.html", context)


def _of(request: HttpRequest, pk: int) -> Referral:
    """The referral, if the user may see it: to open it is to look at the child."""
    visible = Referral.objects.visible_to(user_of(request)).select_related("pupil", "school", "made_by", "decided_by", "case", "flag")
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        audit.record("looked at a referral", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW)
    return found


@require_safe
@needs(Permission.SEE_CASES)
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    found = _of(request, pk)
    return render(request, "casework/referral.html", triage.gather(found, user_of(request), today=clock.today()))


@needs(Permission.REFER_PUPIL)
def case_refer(request: HttpRequest, pk: int) -> HttpResponse:
    """A school refers; an officer writes down who has referred."""
    user, today = user_of(request), clock.today()
    pupil = pupil_for(request, pk)
    schools = [spell.school for spell in case_page.rolls_of(pupil, user, today=today)]
    for_school = not user.as_role.in_authority
    flag = next((one for one in case_page.open_flags(pupil) if str(one.pk) == request.GET.get("flag")), None)
    start = {"school": schools[0].pk if schools else None, "received": today}
    form = ReferralForm(request.POST or None, schools=schools, for_school=for_school, initial=start)
    found = standing_in_the_way(pupil, user)
    waiting = list(Referral.objects.visible_to(user).waiting().filter(pupil=pupil).select_related("school", "made_by").order_by("pk"))
    stopped = for_school and (found["stands_elsewhere"] or any(one.school in schools for one in waiting))
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["form_token"]
        if token and (made := Referral.objects.filter(form_token=token, pupil=pupil).first()):
            return redirect("referral", pk=made.pk)
        if not stopped:
            try:
                made = _make(form, user, pupil, for_school, flag, send="draft" not in request.POST)
            except CaseProblem as problem:
                show(form, problem)
            else:
                messages.success(request, _made(made))
                return redirect("referral", pk=made.pk)
    context = {
        "form": form, "pupil": pupil, "schools": schools, "for_school": for_school, "waiting": waiting, "stopped": stopped, "flag": flag,
        "unsent": [request.POST[name] for name in ("worries", "tried") if request.POST.get(name)], **found,
    }  # fmt: skip
    return render(request, "casework/referral_new.html", context)


def _make(form: ReferralForm, user: User, pupil: Any, for_school: bool, flag: Any, *, send: bool) -> Referral:
    asked = form.cleaned_data
    made, _ = actions.make_referral(
        by=user,
        today=clock.today(),
        now=clock.now(),
        pupil=pupil,
        school=asked["school"],
        origin=Case.Origin.REFERRAL if for_school else asked["origin"],
        said=form.said(),
        send=send,
        received=asked.get("received"),
        flag=flag,
        form_token=asked["form_token"],
    )
    return made


def _made(made: Referral) -> str:
    if made.status == Referral.Status.DRAFT:
        return "The draft is saved. The attendance team does not see it until it is sent."
    return f"{made.pupil} is referred. The attendance team decides what to do and says so here."


@needs(Permission.REFER_PUPIL)
def referral_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write on at a draft, or answer a referral that came back."""
    user, found = user_of(request), _of(request, pk)
    if request.method == "GET" and not triage.gather(found, user, today=clock.today())["may_write"]:
        messages.info(request, f"This referral cannot be changed: {found.get_status_display().lower()}.")
        return redirect("referral", pk=found.pk)
    returned = found.status == Referral.Status.RETURNED or found.steps.filter(kind="returned").exists()
    for_school = not user.as_role.in_authority

    def make(sent: Any) -> ReferralForm:
        return ReferralForm(sent, schools=[found.school], for_school=for_school, returned=returned, initial=written(found))

    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            asked, send = form.cleaned_data, "draft" not in request.POST
            done = actions.write_again(
                by=user, today=clock.today(), now=clock.now(), referral=found, said=form.said(), send=send,
                answer=asked.get("answer", ""), version=asked["version"],
            )  # fmt: skip
        except CaseProblem as problem:
            form = _shown(make, request, problem, found)
        else:
            messages.success(request, _made(done) if done.status != "returned" else "It is saved, and not sent yet.")
            return redirect("referral", pk=found.pk)
    context = {"form": form, "referral": found, "pupil": found.pupil} | _came_back(found, user)
    return render(request, "casework/referral_write.html", context)


def _came_back(found: Referral, user: User) -> dict[str, Any]:
    seen = triage.gather(found, user, today=clock.today()) if found.status == "returned" and not user.as_role.in_authority else {}
    return {name: seen.get(name) for name in ("back", "back_wanted")}


def _shown(make: Callable[[Any], forms.Form], request: HttpRequest, problem: CaseProblem, found: Referral) -> forms.Form:
    """The form with what was typed, the refusal, and the version that stands now: sent again, it was sent after looking."""
    sent = request.POST.copy()
    sent["version"] = str(Referral.objects.values_list("version", flat=True).get(pk=found.pk))
    form = make(sent)
    show(form, problem)
    return form


def _answer(
    request: HttpRequest, found: Referral, make: Callable[[Any], forms.Form], do: Callable[[dict[str, Any]], str], **context: Any
) -> HttpResponse:
    """One form about one referral: shown, done with a word about it, or shown again."""
    form = make(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = do(form.cleaned_data)
        except CaseProblem as problem:
            form = _shown(make, request, problem, found)
        else:
            messages.success(request, said)
            return redirect("referral", pk=found.pk)
    return render(request, "casework/referral_act.html", {"form": form, "referral": found, "pupil": found.pupil, **context})


def _over(request: HttpRequest, found: Referral, statuses: tuple[str, ...]) -> HttpResponse | None:
    """Opening the form of something that was decided already: say so. Whoever had it open before is told by the action."""
    if request.method != "GET" or found.status in statuses:
        return None
    messages.info(request, f"Nothing is to be done here: the referral is “{found.get_status_display().lower()}”.")
    return redirect("referral", pk=found.pk)


@needs(Permission.WORK_CASES)
def referral_triage(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    if act not in _ACTS:
        raise Http404
    found = _of(request, pk)
    if (elsewhere := _over(request, found, (triage.TO_TRIAGE,))) is not None:
        return elsewhere
    return _ACTS[act](request, found)


def _accept(request: HttpRequest, found: Referral) -> HttpResponse:
    user, today = user_of(request), clock.today()
    rolls = [spell.school for spell in case_page.rolls_of(found.pupil, user, today=today)]
    joins = Case.objects.open().filter(pupil=found.pupil).exists()
    officers = workload.choosable([school.pk for school in rolls], user, today=today)
    here = found.school if found.school in rolls or not rolls else rolls[0]
    schools = rolls or [found.school]
    suggested = None if joins else workload.suggestions([found], workload.team(today=today), today=today)[found.pk]
    start = {"reason": found.reason, "school": here.pk, "version": found.version, "officer": suggested.key if suggested else None}

    def make(sent: Any) -> forms.Form:
        return AcceptForm(sent, schools=schools, officers=officers, joins=joins, initial=start)

    def do(asked: dict[str, Any]) -> str:
        done, new = actions.accept(by=user, today=today, now=clock.now(), referral=found, **asked)
        assert done.case is not None  # noqa: S101  (an accepted referral has its case)
        if not new:
            return f"The referral is accepted: it is part of {found.pupil}’s open case."
        to = done.case.officer
        return f"The referral is accepted: a case is open for {found.pupil}, " + (f"with {to}." if to else "waiting for an officer.")

    title, button = ("Accept into the open case", "Accept it") if joins else ("Accept and open a case", "Accept and open the case")
    return _answer(request, found, make, do, title=title, button=button, off_roll=not rolls, suggested=suggested)


def _return(request: HttpRequest, found: Referral) -> HttpResponse:
    lacks = [piece.code for piece in evidence.missing(found.origin, found.reason, found.evidence)]

    def do(asked: dict[str, Any]) -> str:
        actions.return_referral(by=user_of(request), now=clock.now(), referral=found, **asked)
        return f"The referral went back to {found.who}." + (" Ask them: they do not sign in here." if found.outside else "")

    start = {"wanted": lacks, "version": found.version}
    return _answer(request, found, lambda sent: ReturnForm(sent, initial=start), do, title="Return for evidence", button="Return it")


def _signpost(request: HttpRequest, found: Referral) -> HttpResponse:
    def do(asked: dict[str, Any]) -> str:
        done = actions.decline(by=user_of(request), today=clock.today(), now=clock.now(), referral=found, **asked)
        return f"Signposted to: {done.get_service_display()}."

    start = {"version": found.version}
    return _answer(request, found, lambda sent: SignpostForm(sent, initial=start), do, title="Signpost to a service", button="Signpost")


def _refuse(request: HttpRequest, found: Referral) -> HttpResponse:
    def do(asked: dict[str, Any]) -> str:
        actions.decline(by=user_of(request), today=clock.today(), now=clock.now(), referral=found, **asked)
        return "The referral is refused."

    return _answer(
        request, found, lambda sent: RefuseForm(sent, initial={"version": found.version}), do, title="Refuse", button="Refuse it"
    )


_ACTS: dict[str, Callable[[HttpRequest, Referral], HttpResponse]] = {
    "accept": _accept,
    "return": _return,
    "signpost": _signpost,
    "refuse": _refuse,
}


@needs(Permission.REFER_PUPIL)
def referral_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = user_of(request), _of(request, pk)
    if (elsewhere := _over(request, found, Referral.WAITING)) is not None:
        return elsewhere

    def do(asked: dict[str, Any]) -> str:
        actions.withdraw(by=user, now=clock.now(), referral=found, **asked)
        return "The referral is taken back."

    start = {"version": found.version}
    return _answer(
        request, found, lambda sent: WithdrawForm(sent, initial=start), do, title="Take the referral back", button="Take it back"
    )


@needs(Permission.WORK_CASES)
def referral_tell(request: HttpRequest, pk: int) -> HttpResponse:
    found = _of(request, pk)
    if (elsewhere := _over(request, found, Referral.DECIDED if found.outside and not found.told else ())) is not None:
        return elsewhere

    def do(asked: dict[str, Any]) -> str:
        actions.tell(by=user_of(request), today=clock.today(), now=clock.now(), referral=found, **asked)
        return "It is written down that they were told."

    start = {"day": clock.today()}
    return _answer(request, found, lambda sent: TellForm(sent, initial=start), do, title="Tell who referred", button="Save")
