"""What happened before Daymark or elsewhere: loaded by file with a preview, looked at, said whose it is, signed off."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import history_file, pasts
from legal.actions import history as actions
from legal.actions import loading
from legal.actions.problem import NoticeProblem
from legal.forms.history import ConfirmLoadForm, HistoryFileForm, OutcomeForm, SetAsideForm, SignOffForm, WhoseForm, WhyForm
from legal.history_filters import HistoryFilter
from legal.models import HistoricRecord, HistoryLoad, Kind, SignOff
from legal.views.decisions import in_authority
from schools.forms.fields import show
from schools.importers.table import UnreadableTable
from schools.models import Pupil

_PAGE = 50
_SHOWN = 200  # refused rows on the page; the file that comes back has them all


@require_safe
@needs(Permission.SEE_NOTICES)
def history(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    in_authority(user)
    mine = HistoricRecord.objects.visible_to(user)
    chosen = HistoryFilter(request.GET, queryset=mine)
    rows = chosen.qs.select_related("pupil", "parent").order_by("-day", "-pk")
    context = {
        "filter": chosen,
        "page": Paginator(rows, _PAGE).get_page(request.GET.get("page")),
        "sign_off": SignOff.objects.in_force().first(),
        "may_keep": user.may(Permission.KEEP_HISTORY),
        "waiting": mine.waiting().count(),
    }
    return render(request, "legal/history/list.html", context)


@needs(Permission.KEEP_HISTORY)
def history_load(request: HttpRequest) -> HttpResponse:
    """The file is read and what it would do is shown; nothing is kept before that is confirmed."""
    form = HistoryFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent, kind = form.cleaned_data["file"], form.cleaned_data["kind"]
        content = sent.read()
        try:
            receipt = loading.load_history(
                by=user_of(request), today=clock.today(), now=clock.now(), kind=kind, name=sent.name, content=content, dry_run=True
            )
        except UnreadableTable as problem:
            form.add_error("file", str(problem))
        else:
            confirm = ConfirmLoadForm(initial={"kind": kind, "name": sent.name, "content": base64.b64encode(content).decode()})
            context = {"receipt": receipt, "kind": Kind(kind), "name": sent.name, "confirm": confirm, "shown": receipt.problems[:_SHOWN]}
            return render(request, "legal/history/preview.html", context)
    columns = [(Kind(kind), ", ".join(names), ", ".join(history_file.NEEDED[kind])) for kind, names in history_file.COLUMNS.items()]
    return render(request, "legal/history/load.html", {"form": form, "columns": columns})


@needs(Permission.KEEP_HISTORY)
@require_POST
def history_confirm(request: HttpRequest) -> HttpResponse:
    form = ConfirmLoadForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The file did not come whole, so nothing was loaded. Send it again.")
        return redirect("history_load")
    try:
        receipt = loading.load_history(by=user_of(request), today=clock.today(), now=clock.now(), **form.cleaned_data)
    except UnreadableTable as problem:
        messages.error(request, str(problem))
        return redirect("history_load")
    kept = receipt.load
    assert kept is not None  # noqa: S101  (it is no dry run)
    messages.success(request, f"{kept.loaded} loaded, {kept.already} already there, {kept.rejected} rejected.")
    return redirect("history_receipts")


@require_safe
@needs(Permission.KEEP_HISTORY)
def history_receipts(request: HttpRequest) -> HttpResponse:
    page = Paginator(HistoryLoad.objects.order_by("-pk"), _PAGE).get_page(request.GET.get("page"))
    return render(request, "legal/history/receipts.html", {"page": page})


@require_safe
@needs(Permission.KEEP_HISTORY)
def history_rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows of a file, to be corrected and sent again."""
    load = get_object_or_404(HistoryLoad, pk=pk)
    audit.record("downloaded refused rows of loaded history", by=user_of(request), subject=load, kind=AuditEvent.Kind.EXPORT)
    headers = {"Content-Disposition": f'attachment; filename="rejected-{load.pk}.csv"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(load.rejected_rows.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


@needs(Permission.KEEP_HISTORY)
def history_sign_off(request: HttpRequest) -> HttpResponse:
    standing = SignOff.objects.in_force().first()
    form = SignOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.sign_off(by=user_of(request), today=clock.today(), now=clock.now(), **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Signed off: which notice the next one would be is known from now on.")
            return redirect("history")
    counts = {kind.label: HistoricRecord.objects.standing().filter(kind=kind).count() for kind in (Kind.NOTICES,)}
    context = {"form": form, "standing": standing, "notices": counts[Kind.NOTICES.label], "loads": HistoryLoad.objects.count()}
    context["past"] = list(SignOff.objects.filter(standing=False).order_by("-pk")[:20])
    return render(request, "legal/history/sign_off.html", context)


@needs(Permission.KEEP_HISTORY)
def history_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    signed = get_object_or_404(SignOff, pk=pk)
    form = WhyForm(request.POST or None, label="Why the sign-off is taken back")
    if request.method == "POST" and form.is_valid():
        actions.take_back_sign_off(by=user_of(request), today=clock.today(), now=clock.now(), sign_off=signed, **form.cleaned_data)
        messages.success(request, "Taken back. No notice is issued until the history is signed off again.")
        return redirect("history")
    return render(request, "legal/history/take_back.html", {"form": form, "signed": signed})


def _record(request: HttpRequest, pk: int) -> HistoricRecord:
    user = user_of(request)
    in_authority(user)
    found = get_object_or_404(HistoricRecord.objects.visible_to(user).select_related("pupil", "parent", "load", "enquiry"), pk=pk)
    if request.method == "GET":
        audit.record("looked at a loaded record", by=user, subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    return found


def _child_of(record: HistoricRecord) -> tuple[Pupil | None, bool]:
    """Whose it is or may be, and whether that is certain."""
    if record.pupil:
        return record.pupil, True
    if record.child_key and record.child_dob:
        like = Pupil.objects.filter(sort_name=record.child_key, dob=record.child_dob, merged_into=None)
        return like.exclude(pk__in=record.not_pupils).order_by("pk").first(), False
    return None, False


@require_safe
@needs(Permission.SEE_NOTICES)
def historic_record(request: HttpRequest, pk: int) -> HttpResponse:
    record, user = _record(request, pk), user_of(request)
    child, certain = _child_of(record)
    context = {
        "record": record,
        "child": child,
        "certain": certain,
        "may_say": child is not None and user.may(Permission.SAY_SAME_PERSON),
        "may_keep": user.may(Permission.KEEP_HISTORY),
    }
    return render(request, "legal/history/record.html", context)


@needs(Permission.SAY_SAME_PERSON)
def historic_whose(request: HttpRequest, pk: int) -> HttpResponse:
    record = _record(request, pk)
    child, certain = _child_of(record)
    if child is None:
        messages.info(request, "No child whom we know has this UPN, or this name and day of birth. The record is found when one comes.")
        return redirect("historic_record", pk=pk)
    parents = list(pasts.parents_of(child).order_by("sort_name", "pk"))
    form = WhoseForm(request.POST or None, parents=parents, child=str(child), certain=certain, initial={"version": record.version})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        whose: dict[str, Any] = {"pupil": child, "parent": form.parents.get(said["whose"])}
        if said["whose"] == form.OTHER_CHILD:
            whose = {"not_pupil": child}
        try:
            actions.say_whose(
                by=user_of(request),
                today=clock.today(),
                now=clock.now(),
                record=record,
                why=said["why"],
                version=said["version"],
                **whose,
            )
        except NoticeProblem as problem:
            record.refresh_from_db()
            form.refused(problem, record.version)
        else:
            messages.success(request, "Kept. It can be taken back on this page.")
            return redirect("historic_record", pk=pk)
    return render(request, "legal/history/whose.html", {"form": form, "record": record, "child": child})


@needs(Permission.SAY_SAME_PERSON)
@require_POST
def historic_forget(request: HttpRequest, pk: int) -> HttpResponse:
    actions.forget_whose(by=user_of(request), today=clock.today(), now=clock.now(), record=_record(request, pk))
    messages.success(request, "Taken back. What the record’s own number and names say for certain stands.")
    return redirect("historic_record", pk=pk)


@needs(Permission.KEEP_HISTORY)
def historic_correct(request: HttpRequest, pk: int) -> HttpResponse:
    record = _record(request, pk)
    names = ("version", "outcome", "offence_from", "offence_to")
    of_notice = record.kind == Kind.NOTICES
    form = OutcomeForm(request.POST or None, of_notice=of_notice, initial={name: getattr(record, name) for name in names})
    if request.method == "POST" and form.is_valid():
        said = {"outcome": "", **form.cleaned_data}
        try:
            actions.correct_record(by=user_of(request), today=clock.today(), now=clock.now(), record=record, **said)
        except NoticeProblem as problem:
            record.refresh_from_db()
            form.refused(problem, record.version)
        else:
            messages.success(request, "Corrected. Notices that were priced by it are looked at again.")
            return redirect("historic_record", pk=pk)
    return render(request, "legal/history/correct.html", {"form": form, "record": record})


@needs(Permission.KEEP_HISTORY)
def historic_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    record = _record(request, pk)
    form = SetAsideForm(request.POST or None, initial={"version": record.version})
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.set_aside(by=user_of(request), today=clock.today(), now=clock.now(), record=record, **form.cleaned_data)
        except NoticeProblem as problem:
            record.refresh_from_db()
            form.refused(problem, record.version)
        else:
            messages.success(request, "Set aside: it counts for nothing." if kept.set_aside else "It stands again.")
            return redirect("historic_record", pk=pk)
    return render(request, "legal/history/set_aside.html", {"form": form, "record": record})
