"""Dashboards of the largest authority: twenty people, each resting 2 to 6 seconds; and what stands behind them."""

from __future__ import annotations

import os
import random
import re
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.authority import LOGIN, PASSWORD, READERS, Place
from benchmarks.browsing import Reader, Times, server
from benchmarks.machine import used
from benchmarks.table import Bar

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "60"))  # of each kind of page: fewer say little of the slowest twentieth
# each page of a kind is reached from the page before it, as a person reaches it
STARTS = (
    "/",
    "/borough/",
    "/borough/compare/",
    "/borough/equality/",
    "/areas/",
    "/trusts/",
    "/cohorts/",
    "/figures/",
    "/schools/",
    "/ratings/",
    "/pupils/",
)
BEHIND = {
    "an area": r"/areas/\d+/",
    "a trust": r"/trusts/\d+/",
    "a cohort": r"/cohorts/\w+/",
    "a school": r"/schools/\d+/",
    "a pupil": r"/pupils/\d+/",
}
ONE_CUT = "figures, one period and one cut"
CHOICES = ("group=year_group", "group=cohort", "group=sex", "group=trust&cohort=fsm", "period=dfe_autumn&group=phase&year_group=3")


def pages(starts: Sequence[str] = STARTS, behind: Mapping[str, str] = BEHIND) -> list[Bar]:
    """Time to the first byte of each dashboard, the readers on the same machine as the web server."""
    with _a_year_before(), server() as base:
        readers = []
        for email in READERS:  # one after another: as many at once from one address would be held off as somebody trying passwords
            reader = Reader(base)
            reader.sign_in(email, PASSWORD)
            readers.append(reader)
        shown, first = _found(base, starts, behind)
        _warm(readers, shown)
        left = _Left(shown)
        with ThreadPoolExecutor(len(readers)) as people:
            for reading in [people.submit(_browse, reader, left, seed) for seed, reader in enumerate(readers)]:
                reading.result()  # whoever could not go on says why, and the run ends with it
    return [_bar(page, taken, first[page]) for page, taken in sorted(left.times.items())]


@contextmanager
def _a_year_before() -> Iterator[None]:
    """Rollups of last year, so that pages have something to compare with: this year's over again, where there are none."""
    from django.db import connection

    from attendance import matrix
    from attendance.models import EnrolmentFigures, SchoolCut, SchoolYear
    from benchmarks.authority import TODAY

    year, models = matrix.academic_year(TODAY), (EnrolmentFigures, SchoolCut, SchoolYear)
    if SchoolYear.objects.filter(year=year - 1).exists():
        yield
        return
    with connection.cursor() as cursor:
        for model in models:
            fields = [field for field in model._meta.concrete_fields if not (field.primary_key or field.generated)]
            columns = [f'"{field.column}"' for field in fields]
            values = [f"{year - 1}" if field.column == "year" else f'"{field.column}"' for field in fields]
            table = model._meta.db_table
            cursor.execute(f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} from {table} where year = {year}")
        cursor.execute("vacuum analyze")
    connection.close()
    try:
        yield
    finally:
        for model in models:
            model.objects.filter(year=year - 1).delete()


class _Left:
    """The requests still to be made, in an order of chance: as many of each kind. And how long those made took."""

    def __init__(self, shown: dict[str, list[str]]) -> None:
        chance = random.Random(len(shown))
        self._paths = [(kind, chance.choice(paths)) for kind, paths in shown.items() for _ in range(REQUESTS)]
        chance.shuffle(self._paths)
        self._lock = threading.Lock()
        self.times: Times = defaultdict(list)

    def next(self) -> tuple[str, str] | None:
        with self._lock:
            return self._paths.pop() if self._paths else None


def _found(base: str, starts: Sequence[str], behind: Mapping[str, str]) -> tuple[dict[str, list[str]], dict[str, float]]:
    """The addresses of each kind that the pages themselves link to; and how long the first of each kind took a server just begun."""
    reader = Reader(base)
    reader.sign_in(LOGIN, PASSWORD)
    shown: dict[str, list[str]] = {}
    first: dict[str, float] = {}
    for path in starts:
        page, first[path] = reader.get(path)
        shown[path] = [path]
        for kind, pattern in behind.items():
            shown.setdefault(kind, []).extend(found.replace("&amp;", "&") for found in re.findall(f'href="({pattern})"', page))
    shown[ONE_CUT] = [f"/figures/?{choices}" for choices in CHOICES]
    for kind in (*behind, ONE_CUT):
        assert shown[kind], f"no page leads to {kind}"
        _, first[kind] = reader.get(shown[kind][0])
    return shown, first


def _warm(readers: list[Reader], shown: dict[str, list[str]]) -> None:
    """Each kind by eight people at once, so that every worker of the server has made one: cold pages are told apart."""

    def read(reader: Reader) -> None:
        for paths in shown.values():
            reader.get(paths[0])

    with ThreadPoolExecutor(8) as people:
        list(people.map(read, readers[:8]))


def _browse(reader: Reader, left: _Left, seed: int) -> None:
    chance = random.Random(seed)
    time.sleep(chance.uniform(0, 6))  # nobody begins at the stroke of the clock
    while asked := left.next():
        kind, path = asked
        _, taken = reader.get(path)
        left.times[kind].append(taken)
        time.sleep(chance.uniform(2, 6))


def _bar(page: str, taken: list[float], first: float) -> Bar:
    p95 = statistics.quantiles(taken, n=20)[-1]
    beside = f"median {statistics.median(taken) * 1000:.0f} ms of {len(taken)}; first {first * 1000:.0f}"
    most = 0.1 if page.startswith("/search/") else 0.2  # seconds
    return Bar(f"page {page}, {len(READERS)} people", f"p95 {p95 * 1000:.0f} ms", beside, f"p95 {most * 1000:.0f} ms", p95 < most)


def rolled_up(place: Place) -> Bar:
    """What one load of a large school touches, made anew."""
    from attendance import matrix, rollups
    from benchmarks.authority import TODAY
    from schools.models import School

    school = School.objects.get(urn=place.urn)
    with used() as taken:
        rollups.refresh(schools=[school.pk], years=[matrix.academic_year(TODAY)])
    return Bar(f"rollups of a school of {place.pupils:,}", f"{taken.seconds:.2f} s", "", "1 s", taken.seconds < 1)


def rated(scale: float) -> Bar:
    """A rating of every school, as the worker makes them."""
    from accounts import clock
    from attendance import ratings
    from attendance.models import RatingRun
    from dashboards import rating_facts

    run = ratings.ask_for_ratings(by=None, today=clock.today(), now=clock.now(), in_background=False)
    assert isinstance(run, RatingRun)
    with used() as taken:
        ratings.rate_schools(run.pk, today=clock.today(), now=clock.now(), progress=ratings.quiet, above=rating_facts.above)
    return Bar("ratings of every school", f"{taken.seconds:.2f} s", "", f"{10 * min(scale, 1):g} s", taken.seconds < 10 * scale)
