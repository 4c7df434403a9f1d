"""Keeps the bytes of an extract as they were sent, under a name made of their SHA-256."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import connection
from django.db.models import Q

from accounts import clock
from accounts.clock import LONDON
from attendance.models import Extract, Load
from schools.models import School

CHUNK = 1024 * 1024
PUSH = "push"  # the source of what a school's own system sends by itself (attendance.push)
NO_ROOM = (
    "Daymark could not keep this file: its server has no room left, or could not write. Nothing of it was kept or loaded. "
    "Tell whoever looks after Daymark, then send it again."
)

log = logging.getLogger("daymark.receive")


class Refused(ValueError):
    """Why a file was not taken or not loaded, in words for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in file storage."""

    name: str
    sha256: str
    size: int


def keep(content: Iterable[bytes], *, limit: int, store: bool = True) -> Kept:
    """Stream `content` to file storage; the same bytes are kept once. `store=False` only measures and looks.

    Raises `Refused`, with nothing kept, for a file that is empty or too large, or where the disk takes no more.
    """
    digest, size = hashlib.sha256(), 0
    with TemporaryUploadedFile("extract", "text/csv", 0, None) as held:
        for chunk in content:
            size += len(chunk)
            if size > limit:
                raise Refused(words_for_too_large(limit))
            digest.update(chunk)
            if store:
                with _writing():
                    held.write(chunk)
        if not size:
            raise Refused("This file is empty. Export the register again and send the new file.")
        sha256 = digest.hexdigest()
        name = f"extracts/{sha256[:2]}/{sha256}"
        if store:
            with _writing():
                held.flush()
                held.size = size
                name = _put(name, held, size)
    return Kept(name, sha256, size)


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError:
        log.exception("A file could not be kept")
        raise Refused(NO_ROOM) from None


def chunks(stream: IO[bytes]) -> Iterable[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _put(name: str, held: TemporaryUploadedFile, size: int) -> str:
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return name
        default_storage.delete(name)  # left short by a process that was killed while it wrote
    held.seek(0)
    try:
        return default_storage.save(name, held)
    except OSError:
        with contextlib.suppress(OSError):
            default_storage.delete(name)  # no half of a file under the name of the whole
        raise


def words_for_too_large(limit: int) -> str:
    most = f"{limit // (1024 * 1024):,} MB" if limit >= 1024 * 1024 else f"{limit:,} bytes"
    return f"This file is larger than {most}. Send it in parts, for example a term at a time."


def first_as_at(sha256: str, school: School | None) -> dt.datetime | None:
    """The as-at of the first receipt of these bytes, whatever became of it: the same file never grows newer."""
    same = Extract.objects.filter(sha256=sha256)
    if school is not None:
        same = same.filter(Q(school=school) | Q(school=None))
    return same.order_by("received_at", "pk").values_list("as_at", flat=True).first()


def is_from_school(extract: Extract) -> bool:
    """Sent by a school's own user or system, not by the authority or its commands."""
    return extract.source == PUSH or (extract.received_by is not None and not extract.received_by.as_role.in_authority)


def latest_believable(*, now: dt.datetime, today: dt.date) -> dt.datetime:
    """No export was made after this moment: the end of today, or now where the deployment lives on another day."""
    return max(now, dt.datetime.combine(today, dt.time.max, LONDON))


def receipt_moment(*, now: dt.datetime, today: dt.date) -> dt.datetime:
    """The school-side moment of a file that does not say when it was made: when it came.

    Where the deployment has been told that it is a later day, that day at this time.
    """
    return max(now, dt.datetime.combine(today, now.astimezone(LONDON).time(), LONDON))


@dataclass(frozen=True, slots=True)
class Before:
    """Of a school's loads so far: when the last was received, and of those that stand the newest as-at and last session."""

    received: dt.datetime | None
    as_at: dt.datetime | None
    last_session: dt.date | None


def loads_before(school_id: int) -> Before:
    """One query. The caller holds the school."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [Load.Kind.LOAD, school_id])
        return Before(*cursor.fetchone())


_BEFORE = """
    select max(received_at), max(as_at) filter (where stands), max(last_session) filter (where stands)
    from (
        select received_at, as_at, last_session, kind = %s and not exists (select from {load} u where u.undoes_id = l.id) as stands
        from {load} l where school_id = %s
    ) its
""".format(load=Load._meta.db_table)  # noqa: S608, UP032


def moment_after(last: dt.datetime | None) -> dt.datetime:
    """The moment of a load of a school, taken under its lock and later than every load before it.

    Read here and not at the edge: `known_at` rests on a school's loads being in the order in which they held its lock, and
    a load may have waited long for it.
    """
    now = clock.now()
    return now if last is None else max(now, last + dt.timedelta(microseconds=1))
