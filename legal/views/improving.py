"""Notices to improve: the list, one of them, and the steps from draft to outcome."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance.words import say_day
from legal import clocks, given, improvement, proof, watching
from legal.actions import improvements as actions
from legal.actions import improving
from legal.actions.problem import NoticeProblem
from legal.actions.watch import progress_of
from legal.filters import ImprovementFilter
from legal.forms.improving import (
    ChangeImprovementForm,
    EndImprovementForm,
    IssueForm,
    NewImprovementForm,
    ServeImprovementForm,
    TakeBackForm,
)
from legal.models import Improvement, ImprovementDecision
from legal.views import gather
from legal.views.decisions import in_authority
from legal.views.papers import opens_papers
from legal.views.requests import schools_of
from legal.views.steps import Act, Next
from schools.forms.fields import show
from schools.models import PolicyValue, Pupil, School

_PAGE = 50
State = Improvement.State
_TURN = {State.RUNNING: 0, State.ISSUED: 1, State.DRAFT: 2}


def _row(request: HttpRequest, pk: int) -> Improvement:
    visible = Improvement.objects.visible_to(user_of(request)).select_related("pupil", "parent", "school", "made_by")
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        audit.record("looked at a notice to improve", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    return found


@require_safe
@needs(Permission.SEE_NOTICES)
def improvement_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = ImprovementFilter(request.GET, queryset=Improvement.objects.visible_to(user), user=user, today=today)
    turn = Case(*(When(state=state, then=Value(n)) for state, n in _TURN.items()), default=Value(3), output_field=IntegerField())
    rows = chosen.qs.annotate(turn=turn).order_by("turn", "end", "-made", "-pk").select_related("pupil", "school", "parent")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.waits = one.state in Improvement.WATCHED and bool(
            one.reached_early or one.finding == improvement.BROKEN or (one.end and one.end < today)
        )
    counts = dict(chosen.without("state").order_by().values_list("state").annotate(n=Count("pk")))
    context = {
        "filter": chosen,
        "page": page,
        "today": today,
        "state": request.GET.get("state", ""),
        "counts": [(code, name, counts.get(code, 0)) for code, name in State.choices],
    }
    return render(request, "legal/improvements.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def improve_page(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    row = _row(request, pk)
    live = progress_of(row, today) if row.state in Improvement.WATCHED else None
    decisions = list(row.decisions.order_by("pk"))
    paper = row.papers.order_by("pk").last() if opens_papers(user, row, [row.parent]) else None
    context = {
        "notice": row,
        "whole": user.as_role.in_authority,
        "listed": gather.names_sessions(row.pupil, user),
        "progress": live,
        "decisions": decisions,
        "paper": paper,
        "late": row.receipt is not None and row.receipt > row.start,
        "next": _next(row, user, live, today=today),
        "period": watching.period(row.school, row.start, row.weeks, today=today) if row.state == State.DRAFT else None,
        "may_see_case": user.may(Permission.SEE_CASES),
    }
    return render(request, "legal/improve.html", context)


def _next(row: Improvement, user: User, live: improvement.Progress | None, *, today: dt.date) -> Next:
    ours = actions.may_issue(user, row)
    keeps = user.may(Permission.KEEP_IMPROVEMENTS) and (ours or user.as_role.in_authority)
    acts: list[Act] = []
    if row.state == State.DRAFT:
        if ours:
            acts = [Act("Issue it", "improve_issue"), Act("Change it", "improve_change", second=True)]
        words = f"{row.get_issuer_display()} issues it. Nothing has been sent to the parent."
    elif row.state == State.ISSUED:
        if keeps:
            acts = [Act("Record how it was served", "improve_serve")]
        words = "Print the document and send it, then say how and when. The period runs on the days the notice names."
    elif row.state == State.RUNNING and live and row.end:
        if keeps and live.waits:
            acts = [Act("Say how it ended", "improve_end")]
        elif keeps and row.early_words:
            acts = [Act("Say how it ended", "improve_end", second=True)]
        words = live.words
        words += (
            " Now somebody records how it ended."
            if live.waits
            else f" It is counted again with every register, until {gather.penalty.written(row.end)}."
        )
        if keeps:
            acts.append(Act("Correct how it was served", "improve_serve", second=True))
    else:
        return Next(
            {
                State.IMPROVED: "Attendance improved: no penalty notice follows for the absence that it names.",
                State.NOT_IMPROVED: "Attendance did not improve. A penalty notice can be asked for on the pupil’s page; this notice is "
                "part of its evidence.",
                State.ENDED_EARLY: "It was ended before its time. A penalty notice can be asked for on the pupil’s page.",
            }.get(State(row.state), "It was taken back. Another can be prepared from the pupil’s page."),
            [],
        )
    if keeps and (ours or user.as_role.in_authority):
        acts.append(Act("Take it back", "improve_withdraw", second=True))
    return Next(words, acts)


@needs(Permission.KEEP_IMPROVEMENTS)
@require_http_methods(["GET", "POST"])
def improve_new(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    policy = PolicyValue.objects.in_force(today)
    schools = schools_of(pupil, user, today)
    live = proof.prove(pupil, day=today, policy=policy)
    context: dict[str, Any] = {"pupil": pupil, "today": today, "proof": live, "listed": gather.names_sessions(pupil, user)}
    why = _why_not(pupil, schools, live, policy["threshold_weeks"])
    form = NewImprovementForm(
        request.POST or None,
        ties=gather.ties_of(pupil),
        schools=[(s.urn, s.name) for s in schools],
        initial={
            "start": clocks.improvement_begins(today, policy),
            "weeks": policy["improvement_weeks"],
            "support_given": given.support_given(pupil) if request.method == "GET" and user.as_role.in_authority else "",
        },
    )
    if request.method == "POST" and not why and form.is_valid():
        asked = form.cleaned_data
        try:
            made = actions.draft_improvements(
                by=user,
                today=today,
                now=clock.now(),
                pupil=pupil,
                school=next((s for s in schools if s.urn == asked.get("school")), schools[0]),
                parents=list(asked["parents"]),
                terms=form.terms(),
                form_token=asked["form_token"],
            )
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Prepared. Nothing has been sent: read it once more, then issue it.")
            return redirect("improvement", pk=made[0].pk)
    if why:  # a holiday needs no last chance: the way on is a request
        holiday = live.met and bool(improvement.not_for_holiday(live.window, policy["threshold_weeks"]))
        may_ask = holiday and user.may(Permission.REQUEST_NOTICE)
        return render(request, "legal/improve_not_now.html", context | {"why": why, "may_ask": may_ask})
    return render(request, "legal/improve_new.html", context | {"form": form})


def _why_not(pupil: Pupil, schools: list[School], live: proof.Proof, weeks: int) -> str:
    if not schools:
        return f"{pupil} is on no roll of yours today. The school where the child is on roll, or its officer, prepares a notice to improve."
    if all(school.independent for school in schools):
        return "The framework for penalty notices, and with it the notice to improve, is not about pupils of independent schools."
    return improvement.not_for_holiday(live.window, weeks)


def _change(request: HttpRequest, row: Improvement, form: Any, template: str, done: str, act: Any, **context: Any) -> HttpResponse:
    """One step: the form, its action, and back to the notice with what was done."""
    match = request.resolver_match
    if request.method == "GET" and match and not _next(row, user_of(request), _live(row), today=clock.today()).offers(str(match.url_name)):
        messages.warning(request, f"This cannot be done now. {row.reference}: {row.get_state_display().lower()}.")
        return redirect("improvement", pk=row.pk)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except NoticeProblem as problem:
            row.refresh_from_db()
            if hasattr(form, "refused"):
                form.refused(problem, row.version)
            else:
                show(form, problem)
        else:
            messages.success(request, done)
            return redirect("improvement", pk=row.pk)
    return render(request, template, {"form": form, "notice": row} | context)


def _live(row: Improvement) -> improvement.Progress | None:
    return progress_of(row, clock.today()) if row.state == State.RUNNING else None


@needs(Permission.KEEP_IMPROVEMENTS)
@require_http_methods(["GET", "POST"])
def improve_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    said = {
        name: getattr(row, name)
        for name in ("start", "weeks", "most", "early", "early_words", "support_given", "support_offered", "contact")
    }
    form = ChangeImprovementForm(request.POST or None, initial=said | {"version": row.version})

    def act(asked: dict[str, Any]) -> None:
        actions.change_improvement(
            by=user_of(request), today=clock.today(), now=clock.now(), improvement=row, terms=form.terms(), version=asked["version"]
        )

    return _change(request, row, form, "legal/improve_form.html", "Changed.", act, title="Change the notice to improve", button="Save")


@needs(Permission.KEEP_IMPROVEMENTS)
@require_http_methods(["GET", "POST"])
def improve_issue(request: HttpRequest, pk: int) -> HttpResponse:
    row, user = _row(request, pk), user_of(request)
    drafts = Improvement.objects.visible_to(user).filter(pupil=row.pupil_id, school=row.school_id, state=State.DRAFT, issuer=row.issuer)
    rows = list(drafts.select_related("parent", "pupil", "school").order_by("pk"))
    form = IssueForm(request.POST or None, drafts=rows, ties=gather.ties_of(row.pupil))

    def act(asked: dict[str, Any]) -> None:
        chosen, versions = form.chosen()
        actions.issue_improvements(by=user, today=clock.today(), now=clock.now(), improvements=chosen, versions=versions)

    policy = PolicyValue.objects.in_force(clock.today())
    found = proof.prove(row.pupil, day=clock.today(), policy=policy) if request.method == "GET" or not form.is_valid() else None
    context = {
        "drafts": rows,
        "proof": found,
        "listed": gather.names_sessions(row.pupil, user),
        "period": watching.period(row.school, row.start, row.weeks, today=clock.today()),
    }
    done = "Issued. The document is being made; send it, then say how and when."
    return _change(request, row, form, "legal/improve_issue.html", done, act, **context)


@needs(Permission.KEEP_IMPROVEMENTS)
@require_http_methods(["GET", "POST"])
def improve_serve(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    policy = PolicyValue.objects.in_force(clock.today())
    by_email = bool(policy["improve_email"] and row.parent.email and row.parent.email_agreed)
    form = ServeImprovementForm(
        request.POST or None,
        by_email=by_email,
        initial={"version": row.version, "service": row.service, "served": row.served or clock.today()},
    )

    def act(asked: dict[str, Any]) -> None:
        actions.serve_improvement(by=user_of(request), today=clock.today(), now=clock.now(), improvement=row, **asked)

    return _change(
        request, row, form, "legal/improve_form.html", "Recorded.", act, title="Record how it was served", button="Save",
        said=f"Issued on {say_day(row.issued)}; the period begins on {say_day(row.start)}." if row.issued else "",
    )  # fmt: skip


@needs(Permission.KEEP_IMPROVEMENTS)
@require_http_methods(["GET", "POST"])
def improve_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    form = EndImprovementForm(request.POST or None, initial={"version": row.version})

    def act(asked: dict[str, Any]) -> None:
        improving.end_improvement(by=user_of(request), today=clock.today(), now=clock.now(), improvement=row, **asked)

    live = _live(row)
    said = (
        f"{live.words} Your decision, your name and the register as it is known at that moment are kept and cannot be changed."
        if live
        else ""
    )
    done = "Decided. The register as it is known now is kept with it."
    return _change(
        request, row, form, "legal/improve_form.html", done, act, title="Say how the notice to improve ended", button="Decide", said=said
    )


@needs(Permission.KEEP_IMPROVEMENTS)
@require_http_methods(["GET", "POST"])
def improve_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    form = TakeBackForm(request.POST or None, initial={"version": row.version})

    def act(asked: dict[str, Any]) -> None:
        improving.withdraw_improvement(by=user_of(request), today=clock.today(), now=clock.now(), improvement=row, **asked)

    said = "Tell the parent, if it has been sent." if row.issued else ""
    return _change(
        request,
        row,
        form,
        "legal/improve_form.html",
        "Taken back.",
        act,
        title="Take the notice to improve back",
        button="Take it back",
        said=said,
    )


@require_safe
@needs(Permission.SEE_NOTICES)
def improve_register(request: HttpRequest, pk: int) -> HttpResponse:
    """The register that a decision rests on: marks of other schools too, so the authority's alone."""
    user = user_of(request)
    in_authority(user)
    rows = ImprovementDecision.objects.filter(improvement__in=Improvement.objects.visible_to(user)).select_related("improvement__pupil")
    decision = get_object_or_404(rows, pk=pk)
    audit.record(
        "read the register of a decision", by=user, subject=decision.improvement, kind=AuditEvent.Kind.EXPORT, sha256=decision.sha256
    )
    name = f"register-{decision.improvement.reference}-{decision.day.isoformat()}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(decision.register.encode(), content_type="text/plain; charset=utf-8", headers=headers)
