"""Dashboards of the largest authority: twenty people, each resting 2 to 6 seconds; and what stands behind them."""

from __future__ import annotations

import os
import random
import re
import statistics
import threading
import time
from collections import defaultdict

from benchmarks.authority import LOGIN, PASSWORD, Place
from benchmarks.browsing import Reader, Times, server
from benchmarks.machine import used
from benchmarks.table import Bar

PEOPLE = 20
SECONDS = int(os.environ.get("BENCH_SECONDS", "90"))
# each page of a kind is reached from the page before it, as a person reaches it
STARTS = ("/borough/", "/borough/compare/", "/areas/", "/figures/", "/schools/", "/ratings/", "/pupils/")
BEHIND = {
    "an area": r"/areas/\d+/",
    "a trust": r"/trusts/\d+/",
    "a cohort": r"/cohorts/\w+/",
    "figures, one period and one cut": r"/figures/\?[^\"]+",
    "a school": r"/schools/\d+/",
}


def pages() -> list[Bar]:
    """Time to the first byte of each dashboard, the readers on the same machine as the web server."""
    times: Times = defaultdict(list)
    with server() as base:
        shown = _found(base)
        until = time.monotonic() + SECONDS
        readers = [threading.Thread(target=_browse, args=(base, shown, number, until, times)) for number in range(PEOPLE)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    return [_bar(page, taken) for page, taken in sorted(times.items())]


def _found(base: str) -> dict[str, list[str]]:
    """The addresses of each kind that the pages themselves link to; one of every kind is opened, so that the server is warm."""
    reader = Reader(base)
    reader.sign_in(LOGIN, PASSWORD)
    shown: dict[str, list[str]] = {}
    for path in STARTS:
        page, _ = reader.get(path)
        shown[path] = [path]
        for kind, pattern in BEHIND.items():
            shown.setdefault(kind, []).extend(found.replace("&amp;", "&") for found in re.findall(f'href="({pattern})"', page))
    for paths in shown.values():
        for path in paths[:1]:
            reader.get(path)
    return {kind: paths for kind, paths in shown.items() if paths}


def _browse(base: str, shown: dict[str, list[str]], seed: int, until: float, times: Times) -> None:
    chance, reader = random.Random(seed), Reader(base)
    reader.sign_in(LOGIN, PASSWORD)
    time.sleep(chance.uniform(0, 6))  # nobody begins at the stroke of the clock
    while time.monotonic() < until:
        kind = chance.choice(list(shown))
        _, taken = reader.get(chance.choice(shown[kind]))
        times[kind].append(taken)
        time.sleep(chance.uniform(2, 6))


def _bar(page: str, taken: list[float]) -> Bar:
    p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
    found = f"p95 {p95 * 1000:.0f} ms"
    return Bar(
        f"page {page}, {PEOPLE} people", found, f"median {statistics.median(taken) * 1000:.0f} ms of {len(taken)}", "p95 200 ms", p95 < 0.2
    )


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
