"""Keeping a file with a line of a case's chronology, and taking it away."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import IO

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework import scanning
from casework.actions.cases import CaseProblem, hold, record
from casework.models import Case, CaseFile, Entry
from schools import files, kept

NO_ROOM = "Daymark could not keep this file: its server has no room left, or could not write. Tell whoever looks after Daymark."


def attach_file(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    name: str,
    size: int,
    file: IO[bytes],
    entry: Entry | None = None,
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> CaseFile:
    """Check, scan and keep a file. Without an `entry` it gets a line of its own. The same bytes stand with a line once."""
    try:
        kind = files.kind_of(name, size, file)
        scanned = scanning.scan(file)
        held = kept.keep("casework", file, f".{kind}")
    except (files.WrongFile, scanning.NotTaken) as problem:
        raise CaseProblem(str(problem), "file") from None
    except OSError:
        raise CaseProblem(NO_ROOM, "file") from None
    plain = name.replace("\\", "/").rpartition("/")[2][-150:]
    with transaction.atomic():
        case = hold(case, by=by, now=now)
        if entry is None:
            said = f"File attached: {plain}." + (f"\n{words}" if words else "")
            entry = record(by=by, now=now, case=case, kind=Entry.Kind.NOTE, words=said, day=today, form_token=form_token)
        fields = {"name": plain, "kind": kind, "stored": held.name, "size": held.size, "added_by": by, "added_at": now}
        fields["scan"] = CaseFile.Scan.CLEAN if scanned else CaseFile.Scan.NONE
        made, new = CaseFile.objects.get_or_create(entry=entry, sha256=held.sha256, taken_away=None, defaults=fields)
        if new:
            audit.record("File attached to a case", by=by, subject=case, sha256=held.sha256, scan=made.scan)
    return made


@transaction.atomic
def take_away(*, by: User, now: dt.datetime, file: CaseFile) -> None:
    """Nobody is given it any more. Its line stays, and the bytes stay in storage until retention removes them."""
    if CaseFile.objects.filter(pk=file.pk, taken_away=None).update(taken_away=now, taken_away_by=by):
        audit.record("File taken away from a case", by=by, subject=file.entry.case, sha256=file.sha256)
