"""Who may sign what: the list as it stood on a day, which is the extract for a bundle, a new entry, and its end."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.files.storage import default_storage
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from attendance.tables import Column, Kind, Table
from attendance.uploads import too_large
from legal.actions import authorised as actions
from legal.actions.problem import NoticeProblem
from legal.forms.authorised import AuthoriseForm, EndAuthorisationForm
from legal.models import Authorised
from legal.views.decisions import in_authority
from schools import files
from schools.forms.fields import show

TABLE: Table[Authorised] = Table(
    "authorised-persons",
    "Authorised persons",
    (
        Column("name", "Name", lambda one: one.name),
        Column("standing", "Capacity", lambda one: one.get_standing_display()),
        Column("role", "Post", lambda one: one.role),
        Column("school", "School", lambda one: one.school.name if one.school else ""),
        Column("power", "May", lambda one: one.get_power_display()),
        Column("instrument", "Instrument", lambda one: one.instrument),
        Column("reference", "Reference", lambda one: one.reference),
        Column("start", "First day", lambda one: one.start, Kind.DAY),
        Column("end", "Last day", lambda one: one.end, Kind.DAY),
        Column("words", "Why it ended", lambda one: one.end_words),
        Column("sha256", "SHA-256 of the instrument’s file", lambda one: one.sha256),
    ),
)


def _asked(request: HttpRequest) -> tuple[list[Authorised], dict[str, str], dt.date]:
    """In force on the day asked for, today unless another is; `all` shows those before and after it too."""
    user, asked = user_of(request), request.GET
    try:
        on = dt.date.fromisoformat(asked.get("on", ""))
    except ValueError:
        on = clock.today()
    rows = Authorised.objects.visible_to(user).select_related("school")
    chosen = {"power": asked.get("power", ""), "q": asked.get("q", "").strip()[:100], "all": "1" if asked.get("all") else ""}
    if not chosen["all"]:
        rows = rows.in_force(on)
    if chosen["power"] in Authorised.Power.values:
        rows = rows.filter(power=chosen["power"])
    if chosen["q"]:
        rows = rows.filter(Q(name__icontains=chosen["q"]) | Q(role__icontains=chosen["q"]) | Q(school__name__icontains=chosen["q"]))
    return list(rows.order_by("name", "power", "start", "pk")), chosen, on


@require_safe
@needs(Permission.SEE_NOTICES)
def authorised_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    in_authority(user)
    rows, chosen, on = _asked(request)
    context = {
        "lines": _by_person(rows),
        "count": len(rows),
        "chosen": chosen,
        "narrowed": bool(chosen["q"] or chosen["power"]),
        "on": on,
        "today": clock.today(),
        "powers": Authorised.Power.choices,
        "lacking": [power.label.lower() for power in Authorised.Power if not chosen["q"] and power not in {row.power for row in rows}]
        if not chosen["power"] and not chosen["all"]
        else [],
        "may_keep": user.may(Permission.KEEP_AUTHORISATIONS),
    }
    return render(request, "legal/authorised.html", context)


def _by_person(rows: list[Authorised]) -> list[list[Authorised]]:
    """What one person may under one instrument for one time stands together."""
    found: dict[tuple[object, ...], list[Authorised]] = {}
    for row in rows:
        alike = (
            row.name,
            row.user_id,
            row.role,
            row.school_id,
            row.instrument,
            row.reference,
            row.start,
            row.end,
            row.end_words,
            row.stored,
        )
        found.setdefault(alike, []).append(row)
    return list(found.values())


@require_safe
@needs(Permission.SEE_NOTICES)
def authorised_download(request: HttpRequest, form: str) -> HttpResponseBase:
    in_authority(user_of(request))
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    rows, chosen, on = _asked(request)
    when = "Every entry, also those that have ended." if chosen["all"] else f"In force on {on.day} {on:%B %Y}."
    return downloads.send(request, TABLE, rows, Wanted(form, len(rows), [when]), back="authorised")


@needs(Permission.KEEP_AUTHORISATIONS)
@require_http_methods(["GET", "POST"])
def authorised_new(request: HttpRequest) -> HttpResponse:
    user, sent = user_of(request), request.method == "POST"
    form = AuthoriseForm(request.POST if sent else None, request.FILES if sent else None, user=user, initial={"start": clock.today()})
    if sent and form.is_valid():
        asked = dict(form.cleaned_data)
        file = asked.pop("file")
        if file is not None:
            asked |= {"file": file.file, "file_name": file.name or "", "size": file.size}
        try:
            made = actions.authorise(by=user, today=clock.today(), now=clock.now(), **asked)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Recorded: what {made[0].name} may sign.")
            return redirect("authorised")
    elif sent and too_large(request):
        form.errors["file"] = form.error_class([f"The file is larger than {files.MOST // files.MEGABYTE} MB"])
    return render(request, "legal/authorised_new.html", {"form": form})


@needs(Permission.KEEP_AUTHORISATIONS)
@require_http_methods(["GET", "POST"])
def authorised_end(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = get_object_or_404(Authorised.objects.visible_to(user), pk=pk)
    form = EndAuthorisationForm(request.POST or None, initial={"version": found.version, "end": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_authorisation(by=user, today=clock.today(), now=clock.now(), authorised=found, **form.cleaned_data)
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, f"Recorded: the last day of {found.name}’s authority to {found.get_power_display().lower()}.")
            return redirect("authorised")
    return render(request, "legal/authorised_end.html", {"form": form, "found": found})


@require_safe
@needs(Permission.SEE_NOTICES)
def authorised_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The instrument as it was given, byte for byte, and never shown in the browser."""
    user = user_of(request)
    in_authority(user)
    found = get_object_or_404(Authorised.objects.visible_to(user), pk=pk)
    if not found.stored or not default_storage.exists(found.stored):
        raise Http404
    audit.record("downloaded an instrument", by=user, subject=found, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256)
    return FileResponse(
        default_storage.open(found.stored),
        as_attachment=True,
        filename=found.file_name,
        content_type=files.KINDS[found.kind],
        headers={"X-Content-Type-Options": "nosniff"},
    )
