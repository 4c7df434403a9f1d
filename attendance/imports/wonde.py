"""Asks Wonde's REST API for what schools let us read. Knows no database: gives bodies as they came, and their rows.

Every request is a GET. The token goes to the provider's own hosts only: the region of a school and the `next` link of a page
are followed when they stay there, and are otherwise a problem, never a request (docs/decisions.md).
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

BASE = "https://api.wonde.com/v1.0/"
HOSTS = (".wonde.com",)  # the regions' hosts end so
PER_PAGE = 200
TRIES = 6
LONGEST_BACKOFF = 60.0  # seconds
PATIENCE = 300.0  # seconds: if we are told to stay away for longer, we come back with the next round
LONGEST_WAIT = 86400.0  # seconds: whoever is told to wait longer asks again after a day
MAX_BODY = 64 * 1024 * 1024
MAX_PAGES = 5_000  # of one resource: a million rows
LONGEST_REPLY = 180.0  # seconds from the question to the last byte of the answer

# names of the marks' date filters: inferred (docs/decisions.md); where they are not heeded more is told than was asked for
FROM_DAY, TO_DAY = "attendance_date_after", "attendance_date_before"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")  # nothing that could end the host early: “evil.example#.wonde.com”
STUDENT_INCLUDES = "education_details,extended_details,year,contact_details,contacts,contacts.contact_details"

Row = dict[str, Any]


class FeedProblem(Exception):
    """Why nothing was fetched, in words for the person who looks after the feed."""


class WrongToken(FeedProblem):
    """The provider does not know the token."""


class NotAllowed(FeedProblem):
    """The provider does not let us read this school (any more)."""


class NotNow(FeedProblem):
    """Worth trying again by itself. `wait`: for how many seconds the provider asked us to stay away, if it did."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(f"{why} It will be tried again by itself.")
        self.why = why
        self.wait = wait


class NotUnderstood(FeedProblem):
    """An answer that is not what the interface promises."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: where from, the bytes as they came, and the rows in it."""

    resource: str
    url: str
    body: bytes
    rows: list[Row]


@dataclass
class Wonde:
    """One conversation. Use it as a context manager; `sleep` and `chance` (0 to 1) are given by tests."""

    token: str
    base: str = BASE
    hosts: tuple[str, ...] = HOSTS
    timeout: float = 30.0  # seconds without a byte
    tries: int = TRIES
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    now: Callable[[], dt.datetime] = field(default=lambda: dt.datetime.now(dt.UTC))

    def __enter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "User-Agent": "Daymark"}
        self._http = httpx.Client(timeout=self.timeout, headers=headers, follow_redirects=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # --- what can be asked ---------------------------------------------------------------------------------------------

    def schools(self) -> Iterator[Page]:
        """Schools that let us read them."""
        return self._pages("schools", f"{self.base}schools/", {})

    def pending_schools(self) -> Iterator[Page]:
        """Schools that have been asked and have not answered."""
        return self._pages("schools/pending", f"{self.base}schools/pending/", {})

    def all_codes(self) -> Iterator[Page]:
        """The attendance codes that are not a school's own."""
        return self._pages("attendance-codes", f"{self.base}attendance-codes/", {})

    def of_school(self, remote_id: str, domain: str, resource: str, **wanted: str) -> Iterator[Page]:
        """A school's `resource` ("students", "attendance/session", ...), page by page, each asked for when the last is used."""
        return self._pages(resource, f"{self._at(domain)}schools/{remote_id}/{resource}/", wanted)

    def _at(self, domain: str) -> str:
        base = urlsplit(self.base)
        if not domain or domain == base.netloc:
            return self.base
        if not _HOST.fullmatch(domain) or not domain.endswith(self.hosts):
            raise NotUnderstood(
                f"Wonde says that this school is to be asked at “{domain}”, which is not one of its own hosts. Nothing was sent."
            )
        return f"{base.scheme}://{domain}{base.path}"

    # --- pages ---------------------------------------------------------------------------------------------------------

    def _pages(self, resource: str, url: str, wanted: dict[str, str]) -> Iterator[Page]:
        first = httpx.URL(url, params={"per_page": str(PER_PAGE), **wanted})
        here: str | None = str(first)
        seen: set[str] = set()
        while here:
            if here in seen or len(seen) >= MAX_PAGES:
                raise NotUnderstood(f"Wonde’s list of {resource} never comes to its end: its pages lead back to themselves.")
            seen.add(here)
            body = self._get(here)
            rows, following = _rows(resource, body)
            yield Page(resource, here, body, rows)
            here = self._same_host(first, following) if following else None

    @staticmethod
    def _same_host(first: httpx.URL, following: str) -> str:
        try:
            there = httpx.URL(following)
        except httpx.InvalidURL:
            there = httpx.URL("")
        if (there.scheme, there.netloc) != (first.scheme, first.netloc):
            raise NotUnderstood(
                "Wonde’s answer goes on at an address that is not its own, so it was not followed and nothing was sent there."
            )
        return following

    def _get(self, url: str) -> bytes:
        """The body of a good answer. What passes is tried again, with longer and longer waits; raises `FeedProblem`."""
        for number in range(1, self.tries + 1):
            wait: float | None = None
            try:
                status, body, headers = self._ask(url)
            except httpx.TransportError as problem:
                words = _why_no_answer(problem)
            else:
                if status == 200:
                    return body
                if status != 429 and status < 500:
                    raise _refused(status, body)
                wait = self._told_to_wait(headers.get("Retry-After"))
                words = (
                    "Wonde asks us to slow down: we asked too often (429)."
                    if status == 429
                    else f"Wonde has a fault of its own ({status})."
                )
            if number == self.tries or (wait or 0) > PATIENCE:
                raise NotNow(words, wait)
            backoff = min(LONGEST_BACKOFF, 2.0 ** (number - 1))
            self.sleep(backoff * (0.5 + self.chance() / 2) if wait is None else wait + self.chance())
        raise AssertionError("unreachable")

    def _ask(self, url: str) -> tuple[int, bytes, httpx.Headers]:
        begun, parts, size = time.monotonic(), [], 0
        with self._http.stream("GET", url) as answer:
            for part in answer.iter_bytes():
                size += len(part)
                if size > MAX_BODY:
                    raise NotUnderstood(f"An answer of Wonde’s is larger than {MAX_BODY // 1024 // 1024} MB.")
                if time.monotonic() - begun > max(LONGEST_REPLY, self.timeout):
                    raise httpx.ReadTimeout("too slow as a whole")
                parts.append(part)
        return answer.status_code, b"".join(parts), answer.headers

    def _told_to_wait(self, said: str | None) -> float | None:
        """Seconds, from a header that gives seconds or a date; None where it gives neither."""
        if said is None:
            return None
        if said.strip().isdecimal():
            return min(float(said), LONGEST_WAIT)
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return min(max(0.0, (moment - self.now()).total_seconds()), LONGEST_WAIT)


def _why_no_answer(problem: httpx.TransportError) -> str:
    if isinstance(problem, httpx.TimeoutException):
        return "Wonde did not answer in time."
    if isinstance(problem, httpx.ConnectError):
        return "Wonde could not be reached."
    return "The connection to Wonde broke off in the middle of an answer."


def _refused(status: int, body: bytes) -> FeedProblem:
    if status == 401:
        return WrongToken("Wonde does not accept the token. Check it in Wonde and enter it again.")
    if status in (403, 404):
        return NotAllowed(f"Wonde no longer lets us read this school ({status}). Ask the school to approve access again.")
    if 300 <= status < 400:
        return NotUnderstood(f"Wonde sent us on to another address ({status}), which is not followed.")
    said = body[:300].decode("utf-8", "replace").strip()
    return NotUnderstood(f"Wonde refused the question ({status}){f': {said}' if said else ''}.")


def _rows(resource: str, body: bytes) -> tuple[list[Row], str | None]:
    """The rows of a body and the address of the page after it."""
    try:
        said = json.loads(body)
        rows = said["data"]
        pagination = (said.get("meta") or {}).get("pagination") or {}
        following = pagination.get("next")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotUnderstood(f"Wonde’s answer about {resource} is not the JSON it should be. It will be tried again by itself.") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not isinstance(following, str | None):
        raise NotUnderstood(f"Wonde’s answer about {resource} is not a list of rows.")
    return rows, following or None
