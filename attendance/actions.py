"""What people do with extracts: send one, have it loaded, try again, undo what it did."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance import register, remembering, sources
from attendance.imports import receive
from attendance.imports.parsed import Mapping
from attendance.imports.receive import Refused
from attendance.models import Extract, HeldRows, Load, RememberedColumns, Snapshot
from schools.models import School

__all__ = [
    "AlreadyUndone",
    "Refused",
    "confirm_columns",
    "queue_extract",
    "receive_extract",
    "record_download",
    "retry_extract",
    "set_aside_snapshot",
    "undo_load",
]


class AlreadyUndone(ValueError):
    """Somebody has undone this load before; in words for the person who asked."""


def ring(task: str, number: int) -> None:
    """Ring for a task when the transaction has been committed.

    What is to do stands in the database: a bell that nobody hears costs the seconds until the next sweep.
    """
    ring_for(task, number)


def ring_for(task: str, *args: int | str) -> None:
    """The same for a task that is told more than a number."""
    transaction.on_commit(lambda: current_app.send_task(task, args=list(args), retry=False), robust=True)


@transaction.atomic
def receive_extract(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    content: Iterable[bytes],
    filename: str,
    school: School | None = None,
    source: str = sources.UPLOAD,
    as_at: dt.datetime | None = None,
    form_token: uuid.UUID | None = None,
    store: bool = True,
) -> Extract:
    """Keep a file as it was sent. A form that is sent twice with one file is one extract; raises `Refused`."""
    kept = receive.keep(content, limit=settings.MAX_EXTRACT_BYTES, store=store)
    if form_token:
        # of this sender, this school and these bytes: another file chosen on a form gone back to is another extract
        form_token = uuid.uuid5(form_token, f"{by.pk if by else 0} {school.pk if school else 0} {kept.sha256}")
        if sent := Extract.objects.filter(form_token=form_token).first():
            return sent
    first = receive.first_as_at(kept.sha256, school)
    extract = Extract(
        school=school,
        source=sources.tidied(source),
        filename=filename[-255:],
        form_token=form_token,
        sha256=kept.sha256,
        size=kept.size,
        stored=kept.name,
        as_at=first or as_at or receive.receipt_moment(now=now, today=today),
        received_at=now,
        received_by=by,
    )
    try:
        with transaction.atomic() if form_token else contextlib.nullcontext():
            extract.save()
    except IntegrityError:  # the same form, sent twice at the same moment
        return Extract.objects.get(form_token=form_token)
    audit.record("Register extract received", by=by, subject=extract, sha256=kept.sha256, school=school.urn if school else None)
    return extract


@transaction.atomic
def queue_extract(
    *,
    by: User | None,
    today: dt.date,
    extract: Extract,
    mapping: dict[str, Any],
    create_pupils: bool,
    remembered: RememberedColumns | None = None,
    in_background: bool = True,
) -> Extract:
    """Have an extract loaded by these columns. One that is already on its way, or has left marks, stays as it is.

    Own codes that the schools of the file have explained apply whoever sends it. Whoever loads it here and now, as the
    command does, holds it first and asks for no worker. `remembered`: the columns are those, and nobody was asked.
    """
    extract = Extract.objects.select_for_update(of=("self",)).get(pk=extract.pk)
    may_change = extract.status in (Extract.Status.RECEIVED, Extract.Status.FAILED)
    if not may_change or (extract.attempts and extract.loads.exists()):  # nothing was loaded of one that was never begun
        return extract
    extract.mapping = remembering.with_aliases(extract, Mapping.from_json(mapping)).to_json()
    extract.remembered = remembered
    extract.layout = mapping["layout"]
    extract.create_pupils = create_pupils and (by is None or by.may(Permission.EDIT_PEOPLE))
    _put_in_line(extract, in_background=in_background)
    audit.record("Register extract queued", by=by, subject=extract, layout=extract.layout, create_pupils=extract.create_pupils)
    return extract


@transaction.atomic
def confirm_columns(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    extract: Extract,
    headers: list[str],
    mapping: Mapping,
    own_codes: dict[str, str],
    create_pupils: bool,
) -> Extract:
    """Load a file as its sender confirmed it, and remember that for its like: the columns, and what the own codes mean ("": nothing)."""
    remembering.settle_aliases(by=by, today=today, now=now, extract=extract, meant=own_codes)
    remembering.remember_columns(by=by, now=now, extract=extract, headers=headers, mapping=mapping)
    return queue_extract(by=by, today=today, extract=extract, mapping=mapping.to_json(), create_pupils=create_pupils)


@transaction.atomic
def retry_extract(*, by: User | None, today: dt.date, extract: Extract) -> Extract:
    """Load a failed extract again, by the columns it had: schools that were finished are not loaded twice."""
    extract = Extract.objects.select_for_update(of=("self",)).get(pk=extract.pk)
    if extract.status == Extract.Status.FAILED and extract.mapping:
        _put_in_line(extract)
        audit.record("Register extract queued again", by=by, subject=extract)
    return extract


def _put_in_line(extract: Extract, *, in_background: bool = True) -> None:
    extract.status = Extract.Status.QUEUED
    extract.error = ""
    extract.attempts = min(extract.attempts, 1)  # one that was tried before is looked through for what it has written
    extract.save(update_fields=["status", "error", "attempts", "mapping", "remembered", "layout", "create_pupils"])
    if in_background:
        ring("daymark.load_extract", extract.pk)


@transaction.atomic
def undo_load(*, by: User | None, today: dt.date, load: Load) -> Load:
    """Make the school's registers what its other standing loads make them (docs/decisions.md 11). See register.undoing."""
    register.lock(load.school_id)
    if Load.objects.filter(undoes=load).exists() or load.kind == Load.Kind.UNDO:
        raise AlreadyUndone("This load has already been undone. Nothing was changed.")
    moment = receive.moment_after(receive.loads_before(load.school_id).received)
    undo = Load.objects.create(
        extract=load.extract,
        school=load.school,
        kind=Load.Kind.UNDO,
        undoes=load,
        as_at=moment,
        received_at=moment,
        by=by,
        first_session=load.first_session,
        last_session=load.last_session,
    )
    counts = register.undo(load, undo)
    if not load.held:  # of a file that was wrong, what still waits for a person is wrong too
        HeldRows.objects.filter(extract=load.extract, person__school=load.school, load=None).update(dropped=True)
    undo.marks_amended, undo.marks_unchanged = counts.amended, counts.unchanged
    undo.save(update_fields=["marks_amended", "marks_unchanged"])
    audit.record("Register load undone", by=by, subject=load.extract, urn=load.school.urn, marks=counts.amended)
    ring("daymark.follow_undo", undo.pk)
    return undo


@transaction.atomic
def set_aside_snapshot(*, by: User | None, today: dt.date, now: dt.datetime, snapshot: Snapshot, why: str) -> Snapshot:
    """Nothing is asked about it any more. It is kept as it was said; done twice, the first reason stands."""
    held = Snapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk)
    if held.set_aside_at is None:
        held.set_aside_at, held.set_aside_by, held.set_aside_why = now, by, why
        held.save(update_fields=["set_aside_at", "set_aside_by", "set_aside_why"])
        audit.record("Attendance totals set aside", by=by, subject=held, why=why)
    return held


@transaction.atomic
def record_download(*, by: User, extract: Extract, what: str) -> None:
    audit.record(what, by=by, subject=extract, kind=AuditEvent.Kind.EXPORT)
