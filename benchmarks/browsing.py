"""Ten people at the demo at once, each resting 2 to 6 seconds between pages; how long until a page's first byte.

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

PEOPLE = 10
SECONDS = int(os.environ.get("BENCH_SECONDS", "90"))
Times = dict[str, list[float]]


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
    chance = random.Random(seed)
    reader = Reader(base)
    reader.sign_in(login[1], login[2])
    schools: list[str] = []
    pupils: list[str] = []
    while time.monotonic() < until:
        name, path = chance.choice(_pages(chance, schools, pupils))
        page, taken = reader.get(path)
        times[name].append(taken)
        schools += [s for s in re.findall(r'href="(/schools/\d+/)"', page) if s not in schools]
        pupils += [p for p in re.findall(r'href="(/pupils/\d+/)"', page) if p not in pupils]
        time.sleep(chance.uniform(2, 6))


def _pages(chance: random.Random, schools: list[str], pupils: list[str]) -> list[tuple[str, str]]:
    pages = [("home", "/"), ("schools", "/schools/"), ("pupils at risk", "/pupils/"), ("search", "/search/?q=smiht")]
    if schools:
        pages += [("a school", chance.choice(schools))] * 2
    if pupils:
        pages += [("a pupil", chance.choice(pupils))] * 3
    return pages


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
