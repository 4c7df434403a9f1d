"""A school's registers come in: choose the file, check its columns, watch it load, read the receipt, undo it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import actions, receipts, remembering, sourcing
from attendance.forms import ColumnsForm, OwnCodesForm, UploadForm
from attendance.imports import load, preview, receive, summaries, translate
from attendance.imports.parsed import Mapping, Sniffed, Source, Unreadable, wanting
from attendance.imports.progress import last_report
from attendance.models import Extract, Load, RememberedColumns, Snapshot
from attendance.uploads import no_room, too_large
from schools.models import School

PER_PAGE = 30
BUSY = (Extract.Status.QUEUED, Extract.Status.LOADING)


def _extract(request: HttpRequest, pk: int) -> Extract:
    extracts = Extract.objects.visible_to(user_of(request)).with_outcome()
    extracts = extracts.select_related("school", "received_by", "remembered__confirmed_by")
    return get_object_or_404(extracts, pk=pk)


@needs(Permission.UPLOAD_REGISTER)
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, urn: int) -> HttpResponse:
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    sent = request.method == "POST"
    today, now = clock.today(), clock.now()
    seen = [one.source for one in sourcing.seen([school])[school.pk]]
    latest = receive.receipt_moment(now=now, today=today)
    last = sourcing.sent_last(school, user_of(request), today)
    if sent:
        said, files = request.POST, request.FILES  # what was left at the door is known only once these have been read
        form = UploadForm(said, files, seen=seen, latest=latest, too_large=too_large(request), no_room=no_room(request))
    else:
        form = UploadForm(seen=seen, latest=latest, initial={"source": last})
    if sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            extract = actions.receive_extract(
                by=user_of(request),
                today=today,
                now=now,
                content=file.chunks(),
                filename=file.name,
                school=school,
                source=form.cleaned_data["source"] or last,
                as_at=form.cleaned_data["exported_at"],
                form_token=form.cleaned_data["form_token"],
            )
        except actions.Refused as refused:
            form.add_error("file", str(refused))
        else:
            problem = _why_unreadable(extract)
            if not problem:
                return _go_on(request, extract, ask=form.cleaned_data["ask"])
            form.add_error("file", problem)
    if form.errors:
        form.renew_token()
    context = {"school": school, "form": form, "seen": seen, "counts_now": sourcing.words_in_force(school, today)}
    return render(request, "attendance/upload.html", context)


def _go_on(request: HttpRequest, extract: Extract, *, ask: bool) -> HttpResponse:
    """Straight to loading where a person has confirmed files like this one and nothing in it is new; else to its columns."""
    known = None if ask or extract.status != Extract.Status.RECEIVED else _nothing_new(extract)
    if known is None:
        return redirect("extract_mapping", pk=extract.pk)
    mapping, remembered = known
    actions.queue_extract(
        by=user_of(request), today=clock.today(), extract=extract, mapping=mapping.to_json(), create_pupils=False, remembered=remembered
    )
    return redirect("extract", pk=extract.pk)


def _nothing_new(extract: Extract) -> tuple[Mapping, RememberedColumns] | None:
    """How to read a file that needs nobody's word: its columns are remembered, its codes known, its pupils on roll."""
    sniffed, start, whole = preview.look(load.stored(extract))
    mapping, remembered = remembering.mapping_for(extract, sniffed)
    if mapping is None or remembered is None:
        return None
    mapping = remembering.with_aliases(extract, mapping)
    try:
        seen = preview.preview(start, mapping, today=clock.today())
    except Unreadable:
        return None
    foreseen = receipts.foresee(extract, seen.parsed, load.headings_of(start, mapping))
    asks = seen.parsed.totals is not None and seen.parsed.totals.asks
    new = seen.unknown or foreseen.refused or foreseen.strangers or asks or (whole and foreseen.no_use(seen.rows))
    return None if new else (mapping, remembered)


def _why_unreadable(extract: Extract) -> str:
    """What is wrong with a file that cannot be a register however its columns are chosen; "" if it may be one."""
    if extract.status != Extract.Status.RECEIVED:
        return extract.error if extract.status == Extract.Status.FAILED else ""
    try:
        sniffed, _, _ = preview.look(load.stored(extract))
    except Unreadable as unreadable:
        load.fail(extract, str(unreadable))
        return str(unreadable)
    if sniffed.draft is None:
        load.fail(extract, sniffed.message)
        return sniffed.message
    return ""


@needs(Permission.UPLOAD_REGISTER)
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """How the file was understood, to be confirmed or put right before anything is loaded."""
    extract = _extract(request, pk)
    done = extract.status not in (Extract.Status.RECEIVED, Extract.Status.FAILED) or extract.loads.exists()
    if done or not receipts.sees_rows(extract, user_of(request)):
        return redirect("extract", pk=extract.pk)
    try:
        sniffed, start, whole = preview.look(load.stored(extract))
    except Unreadable:
        return redirect("extract", pk=extract.pk)
    if sniffed.draft is None:
        return redirect("extract", pk=extract.pk)
    draft = _draft(extract, sniffed, sniffed.draft)
    form = _columns_form(request, sniffed, draft, start)
    mapping = form.mapping() if form.is_bound and form.is_valid() else draft
    codes, seen, unreadable = _codes(request, start, mapping, remembering.aliases_of(extract.school, extract.source) | draft.aliases)
    if form.is_bound and form.is_valid() and codes.is_valid() and not unreadable and "load" in request.POST:
        queued = actions.confirm_columns(
            by=user_of(request),
            today=clock.today(),
            now=clock.now(),
            extract=extract,
            headers=sniffed.headers,
            mapping=mapping,
            own_codes=codes.meant(),
            create_pupils=form.cleaned_data.get("create_pupils", False),
        )
        return redirect("extract", pk=queued.pk)
    foreseen = receipts.foresee(extract, seen.parsed, load.headings_of(start, mapping)) if seen else None
    context = {
        "extract": extract,
        "form": form,
        "codes": codes,
        "preview": seen,
        "foreseen": foreseen,
        "counts_instead": sourcing.counts_instead(extract, clock.today()),
        "no_use": whole and seen is not None and foreseen is not None and foreseen.no_use(seen.rows),
        "periods": _periods(seen),
        "whole": whole,
        "notes": sniffed.notes,
        "unreadable": unreadable,
        "message": "" if form.is_bound else sniffed.message,
    }
    return render(request, "attendance/columns.html", context)


def _draft(extract: Extract, sniffed: Sniffed, draft: Mapping) -> Mapping:
    """What to begin with: this extract's own mapping, else as files of these headings were confirmed, else as they read."""
    if extract.mapping:
        return Mapping.from_json(extract.mapping)
    remembered = remembering.find(extract, sniffed.headers)
    return remembering.as_confirmed(draft, sniffed.headers, remembered) if remembered else draft


def _periods(seen: preview.Preview | None) -> list[tuple[str, dt.date, dt.date]]:
    """What a summary's totals are of, in words and days."""
    totals = seen.parsed.totals if seen else None
    return [(Snapshot.Kind(kind).label, first, last) for kind, first, last in summaries.periods(totals)] if totals else []


def _columns_form(request: HttpRequest, sniffed: Sniffed, draft: Mapping, start: Source) -> ColumnsForm:
    """The columns, and of a summary by those columns what else its sender must say."""
    options: dict[str, Any] = {"sniffed": sniffed, "draft": draft, "may_create": user_of(request).may(Permission.EDIT_PEOPLE)}
    form = ColumnsForm(request.POST or None, **options)
    if form.layout_of_fields != Extract.Layout.SUMMARY:
        return form
    chosen = form.mapping() if form.is_bound and form.is_valid() else draft
    asks = preview.asks(start, dataclasses.replace(chosen, period={}), today=clock.today())
    return ColumnsForm(request.POST or None, asks=asks, today=clock.today(), **options)


def _codes(
    request: HttpRequest, start: Source, mapping: Mapping, aliases: dict[str, str]
) -> tuple[OwnCodesForm, preview.Preview | None, str]:
    """The marks that are no national codes, what the file says once they are explained, and why it could not be read."""
    today, bound = clock.today(), request.POST or None
    if wanting(mapping.layout, mapping.columns):
        return OwnCodesForm(bound, unknown={}, aliases={}), None, ""  # a column has yet to be chosen
    try:
        unknown = preview.preview(start, dataclasses.replace(mapping, aliases={}), today=today).unknown
        form = OwnCodesForm(bound, unknown=unknown, aliases=aliases)
        meant = form.meant() if form.is_bound and form.is_valid() else {}
        explained = {own: code for own, code in (aliases | {own.upper(): code for own, code in meant.items()}).items() if code}
        return form, preview.preview(start, dataclasses.replace(mapping, aliases=explained), today=today), ""
    except Unreadable as problem:
        return OwnCodesForm(bound, unknown={}, aliases={}), None, str(problem)


@needs(Permission.SEE_PUPILS)
@require_GET
def extract(request: HttpRequest, pk: int) -> HttpResponse:
    found = _extract(request, pk)
    user = user_of(request)
    may_upload = user.may(Permission.UPLOAD_REGISTER)
    may_check = may_upload and receipts.sees_rows(found, user)
    if found.status == Extract.Status.RECEIVED and may_check:
        return redirect("extract_mapping", pk=found.pk)
    context: dict[str, Any] = {
        "extract": found,
        "busy": found.status in BUSY,
        "progress": last_report(found.pk) if found.status in BUSY else None,
        "receipt": receipts.receipt(found, user, all_differences=request.GET.get("differences") == "all"),
        "may_upload": may_upload,
        "may_check_columns": may_check and found.status == Extract.Status.FAILED and not found.loads.exists() and bool(found.layout),
    }
    return render(request, "attendance/extract.html", context)


@needs(Permission.SEE_PUPILS)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the extract's page, asked for while it loads or its flags are to come; the whole page anew when that is over."""
    found = _extract(request, pk)
    response = render(request, "attendance/_progress.html", {"extract": found, "progress": last_report(found.pk)})
    waited_for = (Extract.Status.MARKED,) if "marked" in request.GET else BUSY
    if found.status not in waited_for:
        response["HX-Refresh"] = "true"
    return response


@needs(Permission.UPLOAD_REGISTER)
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retry_extract(by=user_of(request), today=clock.today(), extract=_extract(request, pk))
    return redirect("extract", pk=pk)


@needs(Permission.UPLOAD_REGISTER)
@require_GET
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _extract(request, pk)
    return _download(request, found, found.stored, found.filename, "Register extract downloaded")


@needs(Permission.UPLOAD_REGISTER)
@require_GET
def rejected(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _extract(request, pk)
    return _download(request, found, found.rejected_file, found.rejected_file.rsplit("/", 1)[-1], "Rejected rows downloaded")


def _download(request: HttpRequest, found: Extract, stored: str, filename: str, what: str) -> HttpResponseBase:
    """Always as a file to keep, never shown by the browser: nobody vouches for what was sent."""
    if not receipts.sees_rows(found, user_of(request)):
        raise PermissionDenied
    if not stored or not default_storage.exists(stored):
        raise Http404
    actions.record_download(by=user_of(request), extract=found, what=what)
    file = default_storage.open(stored)
    sort = translate.content_type(filename)
    return FileResponse(file, as_attachment=True, filename=filename, content_type=sort, headers={"X-Content-Type-Options": "nosniff"})


@needs(Permission.UNDO_LOAD)
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What undoing would change, then the undoing itself: of every load of this extract that the user may undo."""
    found = _extract(request, pk)
    loads = found.loads.undoable_by(user_of(request)).select_related("school", "extract").order_by("school__sort_name")
    if not loads:
        if request.method == "POST" and found.loads.filter(kind=Load.Kind.UNDO).exists():  # sent twice
            messages.warning(request, "This load has been undone already. Nothing more was changed.")
            return redirect("extract", pk=found.pk)
        raise Http404
    if request.method == "POST":
        done = []
        for one in loads:
            try:
                done.append(actions.undo_load(by=user_of(request), today=clock.today(), load=one))
            except actions.AlreadyUndone as problem:
                messages.warning(request, str(problem))
        marks = sum(one.marks_amended for one in done)
        if done:
            messages.success(request, f"Undone: {marks:,} mark{' was' if marks == 1 else 's were'} put back.")
        return redirect("extract", pk=found.pk)
    previews = [receipts.preview_undo(one) for one in loads]
    context = {"extract": found, "previews": previews, "back": sum(p.back for p in previews)}
    return render(request, "attendance/undo.html", context)


@needs(Permission.SEE_PUPILS)
@require_GET
def of_school(request: HttpRequest, urn: int) -> HttpResponse:
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    extracts = Extract.objects.visible_to(user_of(request)).of_school(school).with_outcome().select_related("received_by", "school")
    page = Paginator(extracts, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "school": school,
        "page": page,
        "may_upload": user_of(request).may(Permission.UPLOAD_REGISTER),
        "may_match": user_of(request).may(Permission.EDIT_PEOPLE),
        "feed": school.feeds.in_use().first(),
        "may_manage_feeds": user_of(request).may(Permission.MANAGE_FEEDS),
    }
    return render(request, "attendance/extracts.html", context)
