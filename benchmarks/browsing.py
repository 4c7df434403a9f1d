"""Twenty people at the demo at once, each resting 2 to 6 seconds between pages; how long until a page's first byte.

The web server is the demo's (gunicorn, 2 workers of 4 threads) on the same machine as the readers.
"""

from __future__ import annotations

import http.cookiejar
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

PEOPLE = 20
SECONDS = int(os.environ.get("BENCH_SECONDS", "90"))
Times = dict[str, list[float]]

# by name of the row: the address, or the pattern of the addresses that are such pages
ALWAYS = {"home": "/", "schools": "/schools/", "pupils at risk": "/pupils/", "search": "/search/?q=smiht"}
LISTS = {
    "borough": "/borough/",
    "cases": "/cases/",
    "meetings": "/meetings/",
    "actions of meetings": "/actions/",
    "notices": "/notices/",
    "notice requests": "/notice-requests/",
    "ratings": "/ratings/",
}
PAGES = {
    "a school": r"/schools/\d+/",
    "a pupil": r"/pupils/\d+/",
    "a case": r"/cases/\d+/",
    "a meeting": r"/meetings/\d+/",
    "minutes being written": r"/meetings/\d+/minutes/",
    "minutes given out": r"/meetings/\d+/record/",
    "a notice": r"/notices/\d+/",
    "a notice request": r"/notice-requests/\d+/",
    "a rating": r"/ratings/\d+/",
}
_OFTEN = ("a school", "a pupil", "a pupil", "a case")


class Reader:
    """One browser: keeps its cookies, follows redirects."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> tuple[str, float]:
        started = time.perf_counter()
        with self.opener.open(self.base + path, timeout=60) as answer:
            first = answer.read(1)
            taken = time.perf_counter() - started
            return (first + answer.read()).decode(), taken

    def sign_in(self, email: str, password: str) -> None:
        page, _ = self.get("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, "no form on the sign-in page"
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "login": email, "password": password})
        request = urllib.request.Request(self.base + "/accounts/login/", body.encode(), {"Referer": self.base})  # noqa: S310  (our own address)
        with self.opener.open(request, timeout=60) as answer:
            assert "/accounts/login" not in answer.url, f"{email} could not sign in"


def main() -> None:
    from config.demo.logins import DEMO_LOGINS

    people = [login for login in DEMO_LOGINS if login[0] != "Administrator"]
    times: Times = defaultdict(list)
    print(f"\nPages, {PEOPLE} people for {SECONDS} s, each resting 2 to 6 s (first byte)")
    with server() as base:
        until = time.monotonic() + SECONDS
        readers = [threading.Thread(target=_browse, args=(base, people[n % len(people)], n, until, times)) for n in range(PEOPLE)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    for page, taken in sorted(times.items()):
        p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
        print(f"{page:<40} {len(taken):5} times   median {statistics.median(taken) * 1000:6.0f} ms   p95 {p95 * 1000:6.0f} ms")


def _browse(base: str, login: tuple[str, str, str], seed: int, until: float, times: Times) -> None:
    """From page to page by the links that the reader is shown: whom the menu offers no cases opens none."""
    chance = random.Random(seed)
    reader = Reader(base)
    reader.sign_in(login[1], login[2])
    shown: dict[str, list[str]] = {}
    while time.monotonic() < until:
        name, path = _next(chance, shown)
        page, taken = reader.get(path)
        times[name].append(taken)
        for kind, pattern in (*LISTS.items(), *PAGES.items()):
            known = shown.setdefault(kind, [])
            known += [path for path in dict.fromkeys(re.findall(f'href="({pattern})"', page)) if path not in known]
        time.sleep(chance.uniform(2, 6))


def _next(chance: random.Random, shown: dict[str, list[str]]) -> tuple[str, str]:
    """One of the lists, or one page of a kind: the kinds come up alike, whatever number of each was seen."""
    name = chance.choice([*ALWAYS, *(kind for kind in LISTS if shown.get(kind)), *(kind for kind in PAGES if shown.get(kind)), *_OFTEN])
    if name in ALWAYS:
        return name, ALWAYS[name]
    paths = shown.get(name)
    return (name, chance.choice(paths)) if paths else ("home", ALWAYS["home"])


@contextmanager
def server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    command += ["--worker-class", "gthread", "--threads", "4", "--log-level", "warning"]
    process = subprocess.Popen(command)
    base = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                Reader(base).get("/accounts/login/")
                break
            except OSError:
                time.sleep(0.2)
        yield base
    finally:
        process.terminate()
        process.wait()
