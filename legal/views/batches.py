"""Holiday batches: choosing pupils, the checklist for all of them, sending, considering, and having the notices checked."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from legal import checklist, considered, holidays
from legal.actions import batches as actions
from legal.actions import bulk, considering
from legal.actions.problem import NoticeProblem
from legal.forms import BatchChecklistForm, BatchForm, ChooseSchoolForm, ConsiderForm
from legal.models import Attachment, HolidayBatch, Request
from legal.views.requests import sent_version
from schools.forms.fields import show
from schools.models import PolicyValue, School

_PAGE = 50
_PREPARED = (Request.Status.DRAFT, Request.Status.RETURNED)


def batch_of(request: HttpRequest, pk: int) -> HolidayBatch:
    visible = HolidayBatch.objects.visible_to(user_of(request)).select_related("school", "made_by")
    return get_object_or_404(visible, pk=pk)


def _schools(user: User, today: dt.date) -> Any:
    return School.objects.visible_to(user).open_on(today).filter(independent=False).order_by("sort_name")


@require_safe
@needs(Permission.SEE_NOTICES)
def holiday_batches(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = HolidayBatch.objects.visible_to(user).select_related("school", "made_by")
    rows = rows.annotate(
        asked=Count("requests"),
        waiting=Count("requests", filter=Q(requests__status=Request.Status.SUBMITTED)),
        decided=Count("requests", filter=Q(requests__status__in=(Request.Status.AGREED, Request.Status.REFUSED))),
    )
    page = Paginator(rows.order_by("-pk"), _PAGE).get_page(request.GET.get("page"))
    whole = user.as_role.in_authority
    if whole:
        relied: dict[int, list[str]] = {one.pk: [] for one in page}
        for batch, sessions in Request.objects.filter(batch__in=list(relied)).values_list("batch", "sessions"):
            relied[batch] += sessions
        for one in page:
            one.sessions = relied[one.pk]
    form = ChooseSchoolForm(schools=_schools(user, clock.today())) if user.may(Permission.REQUEST_NOTICE) else None
    return render(request, "legal/holidays/batches.html", {"page": page, "form": form, "whole": whole})


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def holiday_new(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    choice = ChooseSchoolForm({"school": request.GET.get("school", "")}, schools=_schools(user, today))
    if not choice.is_valid():
        return render(
            request,
            "legal/holidays/choose.html",
            {"form": choice if "school" in request.GET else ChooseSchoolForm(schools=_schools(user, today))},
        )
    school = choice.cleaned_data["school"]
    found = holidays.families(school, today=today, policy=PolicyValue.objects.in_force(today))
    form = BatchForm(request.POST or None, families=found)
    if request.method == "GET":
        audit.record("looked at holidays of a school", by=user, subject=school, kind=AuditEvent.Kind.VIEW, pupils=len(form.children))
    elif form.is_valid():
        try:
            batch = actions.begin_batch(
                by=user, today=today, now=clock.now(), school=school, asked=form.asked(), form_token=form.cleaned_data["form_token"]
            )
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The batch is begun. Answer the checklist once for all of it next; nothing is sent yet.")
            return redirect("holiday_batch", pk=batch.pk)
    elif made := HolidayBatch.objects.visible_to(user).filter(form_token=form.data.get("form_token") or None, school=school).first():
        return redirect("holiday_batch", pk=made.pk)  # sent twice: the pupils are no longer on the list, their batch is there
    return render(request, "legal/holidays/new.html", {"form": form, "school": school, "today": today})


@require_safe
@needs(Permission.SEE_NOTICES)
def holiday_batch(request: HttpRequest, pk: int) -> HttpResponse:
    user, batch = user_of(request), batch_of(request, pk)
    audit.record("looked at a holiday batch", by=user, subject=batch, kind=AuditEvent.Kind.VIEW)
    rows = list(
        Request.objects.visible_to(user)
        .filter(batch=batch)
        .select_related("pupil")
        .prefetch_related("answers", "parents", "notices", "considerations")
        .order_by("pupil__sort_name", "pk")
    )
    families = {pk: n for n, group in enumerate(_siblings(rows)) for pk in group}
    lines = [_line(one, batch) for one in sorted(rows, key=lambda one: (families[one.pupil_id], one.pupil.sort_name))]
    waiting = [one for one in rows if one.status == Request.Status.SUBMITTED]
    prepared = [one for one in rows if one.status in _PREPARED]
    jobs = list(batch.bulk_issues.order_by("-pk")) if user.as_role.in_authority else []
    context = {
        "batch": batch,
        "lines": lines,
        "waiting": waiting,
        "prepared": prepared,
        "considered": sum(1 for one in lines if one.request.status == Request.Status.SUBMITTED and one.considered),
        "missing": checklist.missing(checklist.HOLIDAY, {key: answer for key, (answer, _) in batch.answers.items()}),
        "attachments": Attachment.objects.standing().filter(batch=batch).order_by("pk"),
        "jobs": jobs,
        "open_job": next((job for job in jobs if job.busy or job.step == "checked"), None),
        "may_ask": user.may(Permission.REQUEST_NOTICE),
        "may_attach": user.may(Permission.REQUEST_NOTICE) and bool(prepared),
        "may_decide": user.may(Permission.DECIDE_NOTICE),
        "whole": user.as_role.in_authority,
    }
    return render(request, "legal/holidays/batch.html", context)


def _siblings(rows: list[Request]) -> list[list[int]]:
    groups = holidays.siblings({one.pupil_id: [parent.pk for parent in one.parents.all()] for one in rows})
    names = {one.pupil_id: one.pupil.sort_name for one in rows}
    return sorted(groups, key=lambda group: min(names[pk] for pk in group))


def _line(one: Request, batch: HolidayBatch) -> SimpleNamespace:
    answers = {answer.item: answer for answer in one.answers.all()}
    same = {key: (answer, day) for key, (answer, day) in batch.answers.items()}
    differs = [
        checklist.BY_KEY[key]
        for key, answer in answers.items()
        if key in checklist.BY_KEY and (answer.given, answer.day.isoformat() if answer.day else "") != same.get(key, ("", ""))
    ]
    return SimpleNamespace(
        request=one,
        parents=list(one.parents.all()),
        notices=sorted(one.notices.all(), key=lambda notice: notice.number),
        missing=checklist.missing(one.route, {key: answer.given for key, answer in answers.items()}),
        differs=sorted(differs, key=lambda item: item.number),
        considered=bool(one.submitted and any(each.day >= one.submitted for each in one.considerations.all())),
    )


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def holiday_checklist(request: HttpRequest, pk: int) -> HttpResponse:
    batch = batch_of(request, pk)
    if request.method == "GET":
        audit.record("looked at a holiday batch", by=user_of(request), subject=batch, kind=AuditEvent.Kind.VIEW)
    known: Any = {
        key: SimpleNamespace(given=answer, day=dt.date.fromisoformat(day) if day else None) for key, (answer, day) in batch.answers.items()
    }
    form = BatchChecklistForm(request.POST or None, answers=known, initial={"version": batch.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_batch(
                by=user_of(request),
                today=clock.today(),
                now=clock.now(),
                batch=batch,
                answers=form.answers(),
                days=form.days(),
                version=form.cleaned_data["version"],
            )
        except NoticeProblem as problem:
            batch.refresh_from_db()
            form.refused(problem, batch.version)
        else:
            messages.success(request, "The answers are saved for every pupil of the batch.")
            return redirect("holiday_batch", pk=pk)
    return render(request, "legal/holidays/checklist.html", {"form": form, "batch": batch})


@needs(Permission.REQUEST_NOTICE)
@require_POST
def holiday_submit(request: HttpRequest, pk: int) -> HttpResponse:
    batch = batch_of(request, pk)
    try:
        sent, stay = actions.submit_batch(
            by=user_of(request), today=clock.today(), now=clock.now(), batch=batch, version=sent_version(request)
        )
    except NoticeProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{len(sent)} {'request is' if len(sent) == 1 else 'requests are'} sent for a decision.")
        for one, why in stay:
            messages.warning(request, f"{one.pupil} was not sent: {why}")
    return redirect("holiday_batch", pk=pk)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def holiday_consider(request: HttpRequest, pk: int) -> HttpResponse:
    """The nine points, the same for every request that waits."""
    batch, user = batch_of(request, pk), user_of(request)
    if request.method == "GET":
        audit.record("looked at a holiday batch", by=user, subject=batch, kind=AuditEvent.Kind.VIEW)
    relied = list(batch.requests.filter(status=Request.Status.SUBMITTED).values_list("sessions", flat=True))
    known = {key: considered.Said(choice) for key, choice in considered.OF_A_HOLIDAY.items()}
    form = ConsiderForm(request.POST or None, route=checklist.HOLIDAY, known=known, initial={"version": batch.version})
    if request.method == "POST" and form.is_valid():
        try:
            made = considering.consider_batch(by=user, today=clock.today(), now=clock.now(), batch=batch, said=form.said())
        except NoticeProblem as problem:
            form.refused(problem, batch.version)
        else:
            messages.success(request, f"Kept for {len(made)} {'request' if len(made) == 1 else 'requests'}, with your name and the day.")
            return redirect("holiday_batch", pk=pk)
    context = {"form": form, "batch": batch, "waiting": len(relied), "sessions": list(chain(*relied)), "before": None, "asked": None}
    return render(request, "legal/consider.html", context)


@needs(Permission.DECIDE_NOTICE)
@require_POST
def holiday_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Have it checked what would be issued to whom."""
    batch = batch_of(request, pk)
    try:
        made = bulk.ask_for_check(by=user_of(request), today=clock.today(), now=clock.now(), batch=batch)
    except NoticeProblem as problem:
        messages.error(request, str(problem))
        return redirect("holiday_batch", pk=pk)
    return redirect("bulk_issue", pk=made.pk)
