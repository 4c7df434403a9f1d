"""Schools say that the marks held here agree with their registers: what is asked, one pupil's marks, and many pupils' on one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import confirmed, freeze
from legal.actions import confirming as actions
from legal.actions.problem import NoticeProblem
from legal.forms import ConfirmForm, ConfirmManyForm
from legal.forms.confirmations import box
from legal.models import Confirmation, ConfirmationAsked, HolidayBatch, Request
from legal.penalty import session_of
from legal.views.requests import request_of
from schools.forms.fields import show
from schools.models import Enrolment, Pupil, School

_PAGE = 50  # pupils whose marks are shown on one page


@dataclass(frozen=True, slots=True)
class Half:
    session: str  # "2026-11-09 AM"
    code: str
    relied_on: bool
    name: str  # of the box for the school's own code
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A day of the register as it is shown: morning and afternoon."""

    day: dt.date
    halves: tuple[Half, Half]


def days_shown(text: str, sessions: Iterable[str], span: confirmed.Span, typed: dict[str, str] | None = None) -> list[Shown]:
    marks, relied = confirmed.marks_of(text), {session_of(said) for said in sessions}
    found = []
    for at in range(span[0].toordinal(), span[1].toordinal() + 1):
        day = dt.date.fromordinal(at)
        names = [f"{day.isoformat()} {half}" for half in ("AM", "PM")]
        if day.weekday() < 5 or any(name in marks for name in names):
            am, pm = (Half(n, marks.get(n, ""), n in relied, box(n), (typed or {}).get(n, "")) for n in names)
            found.append(Shown(day, (am, pm)))
    return found


@require_safe
@needs(Permission.SEE_NOTICES)
def confirmation_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    mine = ConfirmationAsked.objects.visible_to(user)
    waiting = mine.open().values("school_id", "school__name").annotate(n=Count("pk"), since=Min("asked")).order_by("since", "school__name")
    said = Confirmation.objects.filter(asked__in=mine).select_related("pupil", "school").order_by("-pk")
    page = Paginator(said, _PAGE).get_page(request.GET.get("page"))
    may = user.may(Permission.CONFIRM_REGISTER)
    context = {"waiting": list(waiting), "page": page, "may": may, "today": clock.today()}
    if not may:  # whoever cannot answer for a school looks at a pupil and the request, not at a school's form
        every = mine.open().select_related("pupil", "school")
        context["pupils"] = list(every.order_by("asked", "pupil__sort_name", "pk")[:_PAGE])
        total = sum(one["n"] for one in context["waiting"])
        context["more"] = total if total > _PAGE else 0
    return render(request, "legal/confirmations.html", context)


@needs(Permission.CONFIRM_REGISTER)
@require_http_methods(["GET", "POST"])
def confirm_school(request: HttpRequest, pk: int) -> HttpResponse:
    """Every pupil that one school is asked about, on one page: ticked and confirmed together."""
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), pk=pk)
    waiting = ConfirmationAsked.objects.visible_to(user).open().filter(school=school).select_related("pupil")
    page = Paginator(waiting.order_by("pupil__sort_name", "pk"), _PAGE).get_page(request.GET.get("page"))
    rows = list(page)
    spans = {one.pupil_id: confirmed.span_of(one.sessions, today) for one in rows}
    texts = confirmed.texts(school, spans)
    form = ConfirmManyForm(request.POST or None, user=user)
    ticked = {value for value in request.POST.getlist("agree") if value.isdecimal()}
    if request.method == "POST" and form.is_valid():
        chosen = [one for one in rows if str(one.pk) in ticked]
        try:
            said = actions.confirm_register(
                by=user,
                today=today,
                now=clock.now(),
                school=school,
                pupils=[one.pupil for one in chosen],
                shown={one.pupil_id: request.POST.get(f"shown_{one.pk}", "") for one in chosen},
                **form.heard(),
            )
        except NoticeProblem as problem:
            show(form, problem)
        else:
            words = f"{len(said)} pupil’s register is" if len(said) == 1 else f"{len(said)} pupils’ registers are"
            messages.success(request, f"{words} confirmed, with today’s date. Legal sees it at once.")
            return redirect("confirmations" if len(chosen) == page.paginator.count else request.get_full_path())
    if request.method == "GET":
        audit.record("looked at registers to confirm", by=user, subject=school, kind=AuditEvent.Kind.VIEW, count=len(rows))
    lines = [
        (one, days_shown(texts[one.pupil_id], one.sessions, spans[one.pupil_id]), freeze.sha256(texts[one.pupil_id]), str(one.pk) in ticked)
        for one in rows
    ]
    return render(request, "legal/confirm_school.html", {"school": school, "form": form, "lines": lines, "page": page})


@needs(Permission.SEE_NOTICES)
@require_http_methods(["GET", "POST"])
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    """What a school is asked about one pupil: its answer, or the marks to answer about."""
    user, today = user_of(request), clock.today()
    rows = ConfirmationAsked.objects.visible_to(user).select_related("pupil", "school", "asked_by", "request")
    asked = get_object_or_404(rows, pk=pk)
    may = user.may(Permission.CONFIRM_REGISTER)
    if request.method == "GET":
        audit.record("looked at a register to confirm", by=user, subject=asked, kind=AuditEvent.Kind.VIEW, pupil=asked.pupil_id)
    if asked.ended or not may:
        answers = list(asked.answers.select_related("by").order_by("pk"))
        shown = [(one, days_shown(one.register, asked.sessions, (one.first, one.last), _theirs(one))) for one in answers]
        return render(request, "legal/confirmation_said.html", {"asked": asked, "answers": shown})
    span = confirmed.span_of(asked.sessions, today)
    text = confirmed.texts(asked.school, {asked.pupil_id: span})[asked.pupil_id]
    form = ConfirmForm(request.POST or None, user=user, initial={"shown": freeze.sha256(text)}) if confirmed.marks_of(text) else None
    typed = {name: str(request.POST.get(box(name), "")) for name in confirmed.marks_of(text)}
    if form and request.method == "POST" and form.is_valid():
        try:
            said = _answer(form, asked, request, span, today)
        except NoticeProblem as problem:
            show(form, problem)
            sent = request.POST.copy()
            sent["shown"] = freeze.sha256(text)  # the page shows the marks as they are now: a further try starts from there
            form.data = sent
        else:
            done = "Confirmed, with today’s date." if said.agrees else "Noted: nothing is issued until the register is put right."
            messages.success(request, f"{done} Legal sees it at once.")
            return redirect("request", pk=asked.request_id) if asked.request_id else redirect("confirmations")
    context = {"asked": asked, "form": form, "days": days_shown(text, asked.sessions, span, typed)}
    return render(request, "legal/confirmation.html", context)


def _theirs(said: Confirmation) -> dict[str, str]:
    return {session: theirs or "no mark" for session, _, theirs in said.wrong}


def _answer(form: ConfirmForm, asked: ConfirmationAsked, request: HttpRequest, span: confirmed.Span, today: dt.date) -> Confirmation:
    common: dict[str, Any] = {"by": user_of(request), "today": today, "now": clock.now(), "school": asked.school, **form.heard()}
    given, shown = form.cleaned_data, form.cleaned_data["shown"]
    if given["agrees"] == "yes":
        if given["words"].strip() or form.wrong(_sessions(span)):
            raise NoticeProblem("You said that they agree, and entered what is different. Choose one.", "agrees")
        [said] = actions.confirm_register(pupils=[asked.pupil], shown={asked.pupil_id: shown}, **common)
        return said
    return actions.dispute_register(pupil=asked.pupil, wrong=form.wrong(_sessions(span)), words=given["words"], shown=shown, **common)


def _sessions(span: confirmed.Span) -> list[str]:
    days = (dt.date.fromordinal(at).isoformat() for at in range(span[0].toordinal(), span[1].toordinal() + 1))
    return [f"{day} {half}" for day in days for half in ("AM", "PM")]


@require_POST
@needs(Permission.SEE_NOTICES)
def request_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the school, or go on to say it: whoever speaks for the school needs nobody to ask first."""
    today, found = clock.today(), request_of(request, pk)
    if found.status != Request.Status.SUBMITTED:
        messages.warning(
            request, f"A school is asked while a request waits for a decision. This one: {found.get_status_display().lower()}."
        )
        return redirect("request", pk=pk)
    _ask(request, found.pupil, found.school, actions.relied_on(found, today), found)
    return _then(request, found.pupil, found.school, reverse("request", args=[pk]))


@require_POST
@needs(Permission.SEE_NOTICES)
def pupil_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The same before a notice to improve: about what stands in the window, at the school where the child is on roll."""
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    spell = Enrolment.objects.of_pupil(pupil, user).on_roll(today).select_related("school").order_by("kind", "start").first()
    if spell is None:
        messages.warning(request, f"{pupil} is on no roll of yours today.")
        return redirect("confirmations")
    _ask(request, pupil, spell.school, actions.in_window(pupil, today), None)
    return _then(request, pupil, spell.school, reverse("confirmations"))


@require_POST
@needs(Permission.SEE_NOTICES)
def batch_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """About every pupil of a holiday batch who waits for a decision, at once."""
    user = user_of(request)
    batch = get_object_or_404(HolidayBatch.objects.visible_to(user).select_related("school"), pk=pk)
    waiting = Request.objects.visible_to(user).filter(batch=batch, status=Request.Status.SUBMITTED).select_related("pupil", "school")
    for one in waiting.order_by("pk"):
        _ask(request, one.pupil, one.school, list(one.sessions), one)
    if user.may(Permission.CONFIRM_REGISTER):
        return redirect("confirm_school", pk=batch.school_id)
    messages.success(request, "The school is asked: it has it among its tasks, due today.")
    return redirect("confirmations")


def _ask(request: HttpRequest, pupil: Pupil, school: School, sessions: list[str], about: Request | None) -> None:
    common: dict[str, Any] = {"by": user_of(request), "today": clock.today(), "now": clock.now()}
    actions.ask_confirmation(pupil=pupil, school=school, sessions=sessions, request=about, **common)


def _then(request: HttpRequest, pupil: Pupil, school: School, back: str) -> HttpResponse:
    """Whoever can say it goes on to say it; whoever has only asked is told that the school has it."""
    user = user_of(request)
    asked = list(ConfirmationAsked.objects.open().filter(pupil=pupil))
    mine = next((one for one in asked if one.school_id == school.pk), asked[0])
    if user.may(Permission.CONFIRM_REGISTER) and ("now" in request.POST or not user.as_role.in_authority):
        return redirect("confirmation", pk=mine.pk)
    messages.success(request, "The school is asked: it has it among its tasks, due today.")
    return redirect(back)
