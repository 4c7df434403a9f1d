"""Asking for a penalty notice: the list of requests, a request's page, and the steps up to its submission."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, IntegerField, Prefetch, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from legal import on_record, proof, tools
from legal.actions import requests as actions
from legal.actions.problem import NoticeProblem
from legal.filters import RequestFilter
from legal.forms import ChecklistForm, NewRequestForm, OverrideForm, PlainForm
from legal.models import Answer, Request
from legal.views import gather
from schools.forms.fields import show
from schools.models import Enrolment, PolicyValue, Pupil, School

_PAGE = 50
_FIRST = (Request.Status.SUBMITTED, Request.Status.RETURNED, Request.Status.DRAFT)


def request_of(request: HttpRequest, pk: int) -> Request:
    """One the user may see; a look at it is written down."""
    visible = Request.objects.visible_to(user_of(request)).select_related("pupil", "school", "made_by", "override_by")
    answers = Prefetch("answers", queryset=Answer.objects.select_related("by"))
    found = get_object_or_404(visible.prefetch_related(answers), pk=pk)
    if request.method == "GET":
        audit.record("looked at a notice request", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    return found


@require_safe
@needs(Permission.SEE_NOTICES)
def request_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    mine = Request.objects.visible_to(user)
    chosen = RequestFilter(request.GET, queryset=mine, user=user, today=clock.today())
    page = Paginator(_in_order(chosen.qs).select_related("pupil", "school", "made_by"), _PAGE).get_page(request.GET.get("page"))
    for one in page:
        waits = one.status == Request.Status.SUBMITTED and one.submitted
        one.waiting = (today - one.submitted).days if waits else None
    counts = dict(chosen.without("status").order_by().values_list("status").annotate(n=Count("pk")))
    context = {
        "filter": chosen,
        "page": page,
        "whole": user.as_role.in_authority,
        "status": request.GET.get("status", ""),
        "counts": [(code, name, counts.get(code, 0)) for code, name in Request.Status.choices],
    }
    return render(request, "legal/requests.html", context)


def _in_order(rows: QuerySet[Request]) -> QuerySet[Request]:
    """Those that wait for a decision first, longest waiting on top; then returned, drafts, and the rest latest first."""
    turns = (When(status=status, then=Value(n)) for n, status in enumerate(_FIRST))
    turn = Case(*turns, default=Value(len(_FIRST)), output_field=IntegerField())
    since = Case(When(status=Request.Status.SUBMITTED, then=F("submitted")))
    return rows.annotate(turn=turn, since=since).order_by("turn", "since", "-made", "-pk")


@require_safe
@needs(Permission.SEE_NOTICES)
def request_page(request: HttpRequest, pk: int) -> HttpResponse:
    found = request_of(request, pk)
    return render(request, "legal/request.html", gather.request_context(found, user_of(request), today=clock.today()))


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def request_new(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    live = proof.prove(pupil, day=today, policy=PolicyValue.objects.in_force(today))
    schools = schools_of(pupil, user, today)
    context: dict[str, Any] = {"pupil": pupil, "proof": live, "today": today, "listed": gather.names_sessions(pupil, user)}
    form = NewRequestForm(request.POST or None, ties=gather.ties_of(pupil), schools=[(s.urn, s.name) for s in schools], proof=live)
    why = _why_not(pupil, schools, live)
    if request.method == "POST" and not why and form.is_valid():
        asked = form.cleaned_data
        try:
            made = actions.request_notice(
                by=user,
                today=today,
                now=clock.now(),
                pupil=pupil,
                school=next((s for s in schools if s.urn == asked.get("school")), schools[0]),
                route=asked["route"],
                parents=list(asked["parents"]),
                form_token=asked["form_token"],
            )
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The request is begun. Answer the checklist next; nothing is sent to anybody until it is submitted.")
            return redirect("request", pk=made.pk)
    elif other := None if why or request.method == "POST" else Request.objects.open().filter(pupil=pupil).first():
        why = f"A request for {pupil} is open already. One child has one open request at a time."
        context["already"] = Request.objects.visible_to(user).filter(pk=other.pk).first()
    if why:
        return render(request, "legal/request_not_now.html", context | {"why": why})
    return render(request, "legal/request_new.html", context | {"form": form})


def schools_of(pupil: Pupil, user: User, today: dt.date) -> list[School]:
    """Those on whose roll the pupil is today, as far as the user may see: the main one first."""
    spells = Enrolment.objects.of_pupil(pupil, user).on_roll(today).select_related("school").order_by("kind", "start")
    return [spell.school for spell in spells]


def _why_not(pupil: Pupil, schools: list[School], live: proof.Proof) -> str:
    """Why there is no form, in words; "" where a request may be begun. The action asks once more."""
    if not schools:
        return f"{pupil} is on no roll of yours today. The school where the child is on roll asks."
    if all(school.independent for school in schools):
        return "No penalty notice can be issued for pupils of an independent school (Education Act 1996, section 444A)."
    if pupil.dob is None:
        return tools.no_day_of_birth(str(pupil))
    if not live.eligible:
        return "The framework for penalty notices covers pupils of compulsory school age at state-funded schools only."
    if not live.met:
        return f"The threshold is not met: {live.words}."
    return ""


def over(request: HttpRequest, found: Request) -> HttpResponse | None:
    """A form that is opened when its time is over, from an old page or a bookmark: back to the request, which says what is next."""
    if request.method != "GET":
        return None
    match = request.resolver_match
    following = gather.next_of_request(found, user_of(request), gather.missing_of(found))
    if match is None or following.offers(str(match.url_name)):
        return None
    messages.warning(request, f"This cannot be done now. The request: {found.get_status_display().lower()}.")
    return redirect("request", pk=found.pk)


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def request_checklist(request: HttpRequest, pk: int) -> HttpResponse:
    found = request_of(request, pk)
    known = {answer.item: answer for answer in found.answers.all()}
    facts = on_record.known(found, user_of(request), today=clock.today())
    form = ChecklistForm(request.POST or None, route=found.route, answers=known, facts=facts, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_checklist(
                by=user_of(request),
                today=clock.today(),
                now=clock.now(),
                request=found,
                answers=form.answers(),
                days=form.days(),
                version=form.cleaned_data["version"],
            )
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, "The answers are saved.")
            return redirect("request", pk=pk)
    return over(request, found) or render(request, "legal/request_checklist.html", {"form": form, "asked": found})


@needs(Permission.OVERRIDE_CHECKLIST)
@require_http_methods(["GET", "POST"])
def request_override(request: HttpRequest, pk: int) -> HttpResponse:
    found = request_of(request, pk)
    form = OverrideForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.override_checklist(by=user_of(request), today=clock.today(), now=clock.now(), request=found, **form.cleaned_data)
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, "The request may go on without the missing items. Your reason stands beside the checklist.")
            return redirect("request", pk=pk)
    context = {"form": form, "asked": found, "missing": gather.missing_of(found)}
    return over(request, found) or render(request, "legal/request_override.html", context)


def sent_version(request: HttpRequest) -> int:
    """What the button was pressed on; one that says nothing was made from no version there is."""
    sent = request.POST.get("version", "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else 0


@needs(Permission.REQUEST_NOTICE)
@require_POST
def request_submit(request: HttpRequest, pk: int) -> HttpResponse:
    found = request_of(request, pk)
    try:
        actions.submit_request(by=user_of(request), today=clock.today(), now=clock.now(), request=found, version=sent_version(request))
    except NoticeProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Submitted. A legal officer decides, and the decision appears here.")
    return redirect("request", pk=pk)


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def request_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = request_of(request, pk)
    form = PlainForm(request.POST or None, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.take_back_request(by=user_of(request), today=clock.today(), now=clock.now(), request=found, **form.cleaned_data)
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, "The request is taken back. What was written stays on record.")
            return redirect("request", pk=pk)
    return over(request, found) or render(request, "legal/request_take_back.html", {"form": form, "asked": found})
