"""Documents kept with an item of a checklist: checked, scanned, kept byte for byte, taken away."""

from __future__ import annotations

import datetime as dt
from typing import IO

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework import scanning
from legal import checklist
from legal.actions.batches import hold_batch
from legal.actions.problem import NoticeProblem, hold_request
from legal.models import Attachment, HolidayBatch, Request
from schools import files, kept

NO_ROOM = "Daymark could not keep this file: its server has no room left, or could not write. Tell whoever looks after Daymark."
_PREPARED = (Request.Status.DRAFT, Request.Status.RETURNED)


def attach(*, by: User, now: dt.datetime, of: Request | HolidayBatch, item: str, name: str, size: int, file: IO[bytes]) -> Attachment:
    """Check, scan and keep a file. The same bytes stand with an item once."""
    route = of.route if isinstance(of, Request) else checklist.HOLIDAY
    if item not in {one.key for one in checklist.items(route)}:
        raise NoticeProblem("Choose the item it belongs to.", "item")
    try:
        kind = files.kind_of(name, size, file)
        scanned = scanning.scan(file)
        held = kept.keep("legal", file, f".{kind}")
    except (files.WrongFile, scanning.NotTaken) as problem:
        raise NoticeProblem(str(problem), "file") from None
    except OSError:
        raise NoticeProblem(NO_ROOM, "file") from None
    with transaction.atomic():
        where = _open(of, by)
        fields = {
            "name": name.replace("\\", "/").rpartition("/")[2][-150:],
            "kind": kind,
            "stored": held.name,
            "size": held.size,
            "scan": Attachment.Scan.CLEAN if scanned else Attachment.Scan.NONE,
            "added_by": by,
            "added_at": now,
        }
        made, new = Attachment.objects.get_or_create(**where, item=item, sha256=held.sha256, taken_away=None, defaults=fields)
        if new:
            audit.record("attached evidence", by=by, subject=of, item=item, sha256=held.sha256, scan=made.scan)
    return made


def _open(of: Request | HolidayBatch, by: User) -> dict[str, Request | HolidayBatch | None]:
    """What it is attached to, while that may still be changed."""
    if isinstance(of, Request):
        request = hold_request(of, None, by)
        if request.status not in _PREPARED:
            raise NoticeProblem(f"This request cannot be changed any more: {request.get_status_display().lower()}.")
        return {"request": request, "batch": None}
    batch = hold_batch(of, None, by)
    if not batch.requests.filter(status__in=_PREPARED).exists():
        raise NoticeProblem("No request of this batch can be changed any more.")
    return {"request": None, "batch": batch}


@transaction.atomic
def take_away(*, by: User, now: dt.datetime, attachment: Attachment) -> None:
    """Nobody is given it any more, as long as what it is attached to may be changed. The bytes stay in storage until retention."""
    of = attachment.of
    _open(of, by)
    if Attachment.objects.filter(pk=attachment.pk, taken_away=None).update(taken_away=now, taken_away_by=by):
        audit.record("took evidence away", by=by, subject=of, item=attachment.item, sha256=attachment.sha256)
