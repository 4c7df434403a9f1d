"""What dashboards of many schools are made of, kept until a table it was read from changes (docs/decisions.md 47).

Each transaction that changes a watched table leaves a row of `Change` in that very transaction. So what a reader sees of these rows says
how many transactions that changed a table have been committed; it grows with each, and one that was rolled back leaves nothing.
Data is kept with what was seen of these rows before it was made, and shown to nobody who sees more of them: who asks after a commit
is never shown what was before it, on any process and any machine. Which tables it was made of is not said by anybody but watched
while it is made.

What is kept names no child: sums, counts, schools and officers.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache as once
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from accounts.models import User
from dashboards.models import Change

T = TypeVar("T")

WATCHED = frozenset(
    (
        *("accounts_user", "schools_area", "schools_authority", "schools_characteristic", "schools_closure", "schools_enrolment"),
        *("schools_policyvalue", "schools_posting", "schools_pupil", "schools_school", "schools_schoollink", "schools_term"),
        *("schools_trust", "attendance_enrolmentfigures", "attendance_flag", "attendance_notsupplying", "attendance_publishedarea"),
        *("attendance_publishedfigure", "attendance_rating", "attendance_schoolcut", "attendance_schoolflags", "attendance_schoolyear"),
        *("attendance_statisticalneighbour", "casework_case", "casework_consideration", "casework_contact", "casework_entry"),
        *("casework_moved", "casework_plan", "casework_planreview", "meetings_meeting", "meetings_advice", "meetings_meetingschool"),
        *("meetings_yearplan", "legal_notice", "legal_request"),
    )
)  # the tables that leave a trace when they change (migrations)
KEPT_FOR = 60 * 60  # seconds: what nobody asks for again goes
_WORKS = 20  # seconds after which whoever makes it is taken for dead
_PATIENCE, _PAUSE = 10.0, 0.03  # seconds others wait for them


class Seen(NamedTuple):
    """How many transactions that changed a table were seen, and the last of them. Both only grow."""

    number: int = 0
    last: int = 0


class Stamp(NamedTuple):
    database: str  # another database, a restored one too, begins again
    of_table: dict[str, Seen]
    writing: bool = False  # in a transaction that has itself written: it sees what nobody else may see yet

    def covers(self, other: Stamp) -> bool:
        """Was what bears this stamp made when everything was there that `other` has seen of its tables?"""
        if self.database != other.database:
            return False
        now = ((seen, other.of_table.get(table, Seen())) for table, seen in self.of_table.items())
        return all(ours.number >= theirs.number and ours.last >= theirs.last for ours, theirs in now)


def kept(name: str, make: Callable[[], T], *, user: User | None, choices: object, now: Stamp | None = None, packed: bool = True) -> T:
    """What `make()` gives: made once for everybody of the same scope as `user` and the same choices, and again when a table that it
    was read from has changed. `choices`: all that it depends on besides, the day and whatever was read before among them; as it
    is written (`repr`). Nobody changes what they are given. One query, none where a page has read the stamp (`now`). Registers
    are read otherwise than by queries: nothing of them can be kept.

    `user` None: of every school, for nobody in particular; the caller shows each reader their own part. `make` may itself ask for
    what is kept: what that was read from is told on. `packed` False: too large for the cache, each process makes its own.
    """
    now = now or stamp()
    if now.writing:
        return make()
    key = "kept:" + hashlib.sha256(repr((_code(), name, scope_of(user), choices)).encode()).hexdigest()
    at, made = _here.get(key, (None, None))
    if at is not None and at.covers(now):
        with contextlib.suppress(KeyError):  # another thread may have just let it go
            _here.move_to_end(key)
        return cast(T, _told_on(at, made))
    if not packed:
        return _made_anew(key, make, now, packed=False)
    with contextlib.suppress(Exception):  # without a cache the database answers
        found = _found(key, now)
        if found is None and not cache.add(f"{key}:made", 1, _WORKS):
            found = _awaited(key, now)
        if found is not None:
            at, packed = found
            made = pickle.loads(packed)  # noqa: S301  (our own, as sessions are)
            _remember(key, at, made)
            return cast(T, _told_on(at, made))
    try:
        return _made_anew(key, make, now, packed=True)
    finally:
        with contextlib.suppress(Exception):
            cache.delete(f"{key}:made")


def _made_anew(key: str, make: Callable[[], T], now: Stamp, *, packed: bool) -> T:
    anew, tables = _watching(make)
    if tables <= WATCHED:
        at = Stamp(now.database, {table: now.of_table.get(table, Seen()) for table in tables})
        if not packed:
            _remember(key, at, anew)
            return anew
        whole = pickle.dumps(anew, pickle.HIGHEST_PROTOCOL)
        _remember(key, at, anew)
        with contextlib.suppress(Exception):
            cache.set(key, (at, whole), KEPT_FOR)
    return anew


def scope_of(user: User | None) -> str:
    """Whoever shares it sees the same rows, by `visible_to`, and may do the same: a role that sees every school is one scope; whoever
    sees the schools of their postings is one of their own. None: of all schools, of which each is shown their own.
    """
    if user is None:
        return ""
    shared = user.is_active and user.as_role.every_school
    return user.role if shared else f"{user.role} {user.pk} {user.is_active}"


_MOST = 128  # things kept by a process itself: unpacked once, not at every look
_here: OrderedDict[str, tuple[Stamp, Any]] = OrderedDict()  # the last looked at last


def _remember(key: str, at: Stamp, made: Any) -> None:
    _here.pop(key, None)
    _here[key] = (at, made)
    for oldest in list(_here)[:-_MOST]:
        _here.pop(oldest, None)


def _found(key: str, now: Stamp) -> tuple[Stamp, bytes] | None:
    at, packed = cache.get(key) or (None, b"")
    return (at, packed) if at is not None and at.covers(now) else None


def _awaited(key: str, now: Stamp) -> tuple[Stamp, bytes] | None:
    """What another process or thread is making; None where it has not come in time: then everybody makes their own."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        time.sleep(_PAUSE)
        if (found := _found(key, now)) is not None:
            return found
        if cache.get(f"{key}:made") is None:
            break
    return None


_watched: ContextVar[tuple[set[str], ...]] = ContextVar("watched", default=())  # of what is being made, one inside another


def _told_on(at: Stamp, made: T) -> T:
    """What is kept and made a part of something else: that is made of the same tables too."""
    for tables in _watched.get():
        tables.update(at.of_table)
    return made


def _watching(make: Callable[[], T]) -> tuple[T, set[str]]:
    """What it makes, and of which tables."""
    tables: set[str] = set()
    outside = _watched.set((*_watched.get(), tables))

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        tables.update(_tables().intersection(re.findall(r"\w+", str(sql))))
        return execute(sql, *rest)

    try:
        with connection.execute_wrapper(watch):
            made = make()
    finally:
        _watched.reset(outside)
    return made, tables


@once
def _tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True)) - {Change._meta.db_table}


_STAMP = f"""
    select (select oid from pg_database where datname = current_database()) || ' ' || pg_postmaster_start_time(),
        pg_current_xact_id_if_assigned() is null, c."table", sum(c.number)::bigint, max(c.transaction)
    from (select 1) here left join {Change._meta.db_table} c on true group by c."table"
"""  # noqa: S608


def stamp() -> Stamp:
    """What this connection sees now of every watched table."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        rows = cursor.fetchall()
    database, only_read, *_ = rows[0]
    return Stamp(database, {table: Seen(number, last) for *_, table, number, last in rows if table}, writing=not only_read)


@once
def _code() -> str:
    """What the application is made of: a newer one makes what is kept anew."""
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    found = [(str(path), path.stat().st_mtime_ns) for app in ours for path in sorted(app.rglob("*.py"))]
    return hashlib.sha256(repr(found).encode()).hexdigest()


_TOGETHER = f"""
    with gone as (
        delete from {Change._meta.db_table} where id in (
            select id from {Change._meta.db_table} where "table" in (
                select "table" from {Change._meta.db_table} group by 1 having count(*) > 1
            ) for update skip locked
        ) returning "table", transaction, number
    )
    insert into {Change._meta.db_table} ("table", transaction, number)
    select "table", max(transaction), sum(number) from gone group by "table"
"""  # noqa: S608


def count_together() -> None:
    """Put one row in place of the many of a table: what is seen of them stays what it is."""
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER)
