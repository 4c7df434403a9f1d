"""Writing for the noticeboard and the library, and who has read what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import IO, Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from meetings.actions.problems import token_of
from meetings.models import Guide, GuideFile, GuideRead
from meetings.touch.actions.problems import TouchProblem, same_version
from schools import files, kept
from schools.models import School

NO_ROOM = "Daymark could not keep this file: its server has no room left, or could not write. Tell whoever looks after Daymark."


def _check(start: dt.date, until: dt.date | None) -> None:
    if until and until < start:
        raise TouchProblem("The last day must not be before the first", "until")


@transaction.atomic
def write_guide(*, by: User, now: dt.datetime, form_token: uuid.UUID | None = None, **said: Any) -> Guide:
    """`said`: kind, topic, title, words, phases, start, until. A form that is sent twice writes one."""
    token = token_of(form_token, by, *said.values())
    if token and (known := Guide.objects.filter(form_token=token).first()):
        return known
    _check(said["start"], said.get("until"))
    guide = Guide.objects.create(**said, form_token=token, written_by=by, written_at=now, changed_by=by, changed_at=now)
    audit.record("Guidance written", by=by, subject=guide)
    return guide


@transaction.atomic
def change_guide(*, by: User, now: dt.datetime, guide: Guide, version: int | None, **said: Any) -> Guide:
    guide = Guide.objects.select_for_update(of=("self",)).select_related("changed_by").get(pk=guide.pk)
    same_version(guide.version, version, guide.changed_by, guide.changed_at, now=now)
    _check(said["start"], said.get("until"))
    for name, value in said.items():
        setattr(guide, name, value)
    _keep(guide, by=by, now=now)
    audit.record("Guidance changed", by=by, subject=guide)
    return guide


def _keep(guide: Guide, *, by: User, now: dt.datetime) -> None:
    guide.version += 1
    guide.changed_by, guide.changed_at = by, now
    guide.save()


@transaction.atomic
def withdraw_guide(*, by: User, now: dt.datetime, guide: Guide, back: bool = False) -> Guide:
    """Schools see it no more, at once; who had read it stays known. `back`: they see it again."""
    guide = Guide.objects.select_for_update(of=("self",)).get(pk=guide.pk)
    if (guide.withdrawn_at is None) == back:
        return guide
    guide.withdrawn_at = None if back else now
    _keep(guide, by=by, now=now)
    audit.record("Guidance put back" if back else "Guidance withdrawn", by=by, subject=guide)
    return guide


def add_file(*, by: User, now: dt.datetime, guide: Guide, name: str, size: int, file: IO[bytes]) -> GuideFile:
    """Keep a file with an item; the same bytes are there once. Raises `TouchProblem` for a kind or size that is not taken."""
    try:
        kind = files.kind_of(name, size, file)
        held = kept.keep("guidance", file, f".{kind}")
    except files.WrongFile as problem:
        raise TouchProblem(str(problem), "file") from None
    except OSError:
        raise TouchProblem(NO_ROOM, "file") from None
    plain = name.replace("\\", "/").rpartition("/")[2][-150:]
    said = {"name": plain, "kind": kind, "stored": held.name, "size": held.size, "added_by": by, "added_at": now}
    with transaction.atomic():
        made, fresh = GuideFile.objects.get_or_create(guide=guide, sha256=held.sha256, defaults=said)
        if fresh:
            audit.record("File added to guidance", by=by, subject=guide, name=plain, sha256=held.sha256)
    return made


@transaction.atomic
def remove_file(*, by: User, file: GuideFile) -> None:
    """From the item; the bytes stay in storage, where another item may have the same."""
    if GuideFile.objects.filter(pk=file.pk).delete()[0]:
        audit.record("File removed from guidance", by=by, subject=file.guide, name=file.name, sha256=file.sha256)


def note_read(*, by: User, now: dt.datetime, guide: Guide, schools: Sequence[School]) -> None:
    """Somebody of these schools has it open. The authority's own people do not count."""
    if not by.may(Permission.KEEP_IN_TOUCH):
        rows = [GuideRead(guide=guide, school=school, user=by, at=now) for school in schools]
        GuideRead.objects.bulk_create(rows, ignore_conflicts=True)
