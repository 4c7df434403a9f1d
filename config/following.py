"""What follows marks: figures, flags and open notice requests, for several schools at a time, when there is time for it.

Marks come first. A school whose several files stand in line is counted and judged once, and registers are true sooner; so what follows
waits while other files stand in line, until so many loads wait, or one so long, that they must not wait any more. What waits
stands in the database (`Load.followed_at`), so a worker that is killed costs nothing (docs/decisions.md 46).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, QuerySet

from accounts import clock
from attendance import flagging, matrix, register, rollups
from attendance.actions import ring_for
from attendance.imports import load
from attendance.imports.tally import Progress, quiet
from attendance.models import Extract, Load
from casework.missing import following as missing
from legal import actions as legal
from schools import locks

log = logging.getLogger("daymark.following")

SCHOOLS_AT_ONCE = 8  # whose figures and flags are worked out together: they cost little more than those of one
MOST_LOADS = 500  # as many as the largest authority has schools: beyond it a lump of work that would hold up everything after it
LONGEST = dt.timedelta(minutes=2)  # a line that never ends must not keep a figure or a child's flag from anybody
TASK = "daymark.follow_what_waits"
LOCK = 7303  # first key of the advisory locks on schools whose loads are being followed


def waiting() -> QuerySet[Load]:
    """Loads of files whose marks stand and nothing else does yet. Undos, and rows that had waited for a person, are followed apart."""
    on_its_way = Extract.objects.filter(status__in=(Extract.Status.LOADING, Extract.Status.MARKED)).values("pk")
    return Load.objects.filter(followed_at=None, kind=Load.Kind.LOAD, held=False, extract__any_of=on_its_way)


@dataclass(frozen=True, slots=True)
class Line:
    """What waits to be followed, and whether files stand in line that come before it."""

    files: bool
    loads: int
    since: dt.datetime | None  # when the load that waits longest was made

    @property
    def due(self) -> bool:
        """Is there anything to follow, and no better work: no file in line, or loads that have waited long enough, or enough of them?"""
        if self.since is None:
            return False
        return not self.files or self.loads >= MOST_LOADS or self.since <= clock.now() - LONGEST


def line() -> Line:
    """One query, asked after every file."""
    with connection.cursor() as cursor:
        cursor.execute(*_line())
        return Line(*cursor.fetchone())


@cache
def _line() -> tuple[str, tuple[Any, ...]]:
    """Written once: Django takes longer to write it than PostgreSQL to answer."""
    files = Exists(Extract.objects.filter(status=Extract.Status.QUEUED))
    counted = waiting().order_by().values(files=files).annotate(loads=Count("pk"), since=Min("received_at"))
    return counted.query.sql_with_params()


def somebody_follows() -> bool:
    return bool(locks.held(LOCK))


def follow_what_waits(*, today: dt.date, progress: Progress = quiet, ended: Iterable[int] | None = None) -> None:
    """Follow some schools after others, those that have waited longest first, as long as it is due. Any number of workers may.

    `ended`: extracts that may have come to their end though nothing is due; else any whose marks stand.
    """
    wrong: dict[int, Exception] = {}
    followed = False
    while line().due and _follow_some(waiting(), wrong, today, progress, call=not followed):
        followed = True
    _fail(wrong)
    if followed or ended is None:
        finish(Extract.objects.all())
    elif ended:
        finish(Extract.objects.filter(pk__in=ended))


def follow_extract(extract: Extract, *, today: dt.date, progress: Progress = quiet) -> None:
    """Follow all that an extract loaded, whatever stands in line; what others are following is waited for."""
    wrong: dict[int, Exception] = {}
    its = waiting().filter(extract=extract)
    while _follow_some(its, wrong, today, progress) or _follow_some(its, wrong, today, progress, wait=True):
        pass
    _fail(wrong)
    finish(Extract.objects.all())  # other files of its schools too: whoever loaded them has gone
    extract.refresh_from_db()


def finish(extracts: QuerySet[Extract]) -> None:
    """Those of them whose marks stand and whose every load has been followed are loaded."""
    left = waiting().values("extract")
    if found := list(extracts.filter(status=Extract.Status.MARKED).exclude(pk__in=left)):
        load.finish(*found, now=clock.now())


def _follow_some(
    its: QuerySet[Load], wrong: dict[int, Exception], today: dt.date, progress: Progress, *, wait: bool = False, call: bool = False
) -> bool:
    """Follow a few of these loads' schools that nobody else follows; False if there are none. `wait`: or one when it is let go of.
    `call`: where there are more of them than are taken at once, one more worker is rung for.

    Of those schools everything that waits is followed. What went wrong is put into `wrong`, by school.
    """
    by_age = its.exclude(school__in=wrong).order_by().values("school").annotate(since=Min("received_at")).order_by("since")
    every = list(by_age.values_list("school", flat=True))
    with _hold_some(every, wait=wait) as schools:
        # of workers that went away while files stood in line none comes back by itself; whoever finds nothing to take calls nobody
        if schools and call and len(every) > SCHOOLS_AT_ONCE:
            ring_for(TASK)
        if schools:
            _follow(schools, wrong, today, progress)
        return bool(schools)


@contextmanager
def _hold_some(every: list[int], *, wait: bool) -> Iterator[list[int]]:
    at_once = 1 if wait else SCHOOLS_AT_ONCE
    for first in range(0, len(every), at_once):
        with locks.holding_some(LOCK, every[first : first + at_once], wait=wait) as mine:
            if mine:
                yield mine
                return
    yield []


def _follow(schools: list[int], wrong: dict[int, Exception], today: dt.date, progress: Progress) -> None:
    loads = list(waiting().filter(school__in=schools))  # asked again: another may just have done it
    try:
        count(loads, progress=progress)
        flag(schools={load.school_id for load in loads}, today=today, now=clock.now(), progress=progress)
    except Exception as problem:
        if load.explain(problem) is None:
            raise
        if len(schools) == 1:
            wrong[schools[0]] = problem
            return
        for school in schools:  # one by one, so that only one goes wrong
            _follow([school], wrong, today, progress)
        return
    Load.objects.filter(pk__in=[load.pk for load in loads], followed_at=None).update(followed_at=clock.now())


def count(loads: Iterable[Load], *, progress: Progress = quiet) -> None:
    """Bring figures up to date with what these loads did to registers."""
    progress("Counting sessions", 0, 0)
    years: dict[int, set[int]] = {}
    for one in loads:
        if one.first_session and one.last_session:
            years.setdefault(one.school_id, set()).update(matrix.years_between(one.first_session, one.last_session))
    refresh_figures(years)


def refresh_figures(years: Mapping[int, set[int]]) -> None:
    """Rebuild the rollups of the years of each school, some schools at a time: whoever waits for one of them does not wait long."""
    schools = sorted(years)
    for first in range(0, len(schools), SCHOOLS_AT_ONCE):
        some = schools[first : first + SCHOOLS_AT_ONCE]
        with transaction.atomic():
            register.lock(*some)
            for year in sorted({year for school in some for year in years[school]}):
                rollups.refresh(schools=[school for school in some if year in years[school]], years=[year])


def flag(*, schools: set[int], today: dt.date, now: dt.datetime, progress: Progress = quiet) -> None:
    """Bring flags up to date with what was done to these schools' registers."""
    progress("Looking for pupils to flag", 0, 0)
    if not schools:
        return
    flagging.refresh(pupils=None, schools=schools, today=today, now=now)
    missing.follow(pupils=None, schools=schools, today=today, now=now)
    legal.recheck(pupils=None, schools=schools, today=today, now=now)


def _fail(wrong: dict[int, Exception]) -> None:
    """Say of the files whose marks stand why their flags do not. One that still loads is tried again when it has.

    So is one with other schools that wait: a file that has failed waits for nothing, and theirs would not come.
    """
    marked = Extract.objects.filter(status=Extract.Status.MARKED)
    for school, problem in wrong.items():
        others = waiting().exclude(school__in=wrong).values("extract")
        for extract in marked.filter(loads__in=waiting().filter(school=school)).exclude(pk__in=others).distinct():
            failed(extract, problem)


def failed(extract: Extract, problem: Exception) -> None:
    """Say why an extract was not loaded, or not followed; raises what is worth trying again by itself."""
    words = load.explain(problem)
    if words is None:
        raise problem
    if not isinstance(problem, load.EXPECTED):
        log.error("Extract %s was not loaded", extract.pk, exc_info=problem)
    load.fail(extract, words)
