"""Wonde as a server of the test's own: real HTTP on loopback, a school's rows in memory, and every way of misbehaving.

The bodies follow the published shapes (docs/decisions.md says which of them are inferred). What it is asked is written down.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "token-of-the-authority"
Row = dict[str, Any]
Answer = Callable[[BaseHTTPRequestHandler], None]


def at(moment: dt.datetime, zone: str = "UTC") -> Row:
    return {"date": moment.strftime("%Y-%m-%d %H:%M:%S.000000"), "timezone_type": 3, "timezone": zone}


def on(day: dt.date, zone: str = "Europe/London") -> Row:
    return at(dt.datetime.combine(day, dt.time()), zone)


class Stub:
    """The provider. `misbehave` queues answers that are given once each, to the next questions about a resource."""

    def __init__(self) -> None:
        self.schools: list[Row] = []
        self.pending: list[Row] = []
        self.rows: dict[tuple[str, str], list[Row]] = defaultdict(list)  # (school, resource) -> rows
        self.forbidden: set[str] = set()  # schools that let us read them no longer
        self.per_page = 200
        self.asked: list[tuple[str, dict[str, str]]] = []  # path, query
        self.tokens: list[str] = []
        self._queue: dict[str, list[Answer]] = defaultdict(list)
        self.release = threading.Event()  # lets slow answers go
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.netloc = f"127.0.0.1:{self.server.server_address[1]}"
        self.base = f"http://{self.netloc}/v1.0/"

    # --- what tests say ------------------------------------------------------------------------------------------------

    def misbehave(self, resource: str, *answers: Answer) -> None:
        self._queue[resource].extend(answers)

    def add_school(self, remote_id: str, urn: int, name: str = "Example School", domain: str | None = None) -> None:
        region = {"code": "GBR", "domain": domain or self.netloc}
        self.schools.append({"id": remote_id, "name": name, "urn": str(urn), "region": region})

    def add(self, school: str, resource: str, *rows: Row) -> None:
        self.rows[school, resource].extend(rows)

    def questions(self, resource: str) -> list[dict[str, str]]:
        return [query for path, query in self.asked if path.rstrip("/").endswith(resource)]

    # --- the server ----------------------------------------------------------------------------------------------------

    def _handler(stub) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                stub.answer(self)

        return Handler

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, query))
        self.tokens.append(request.headers.get("Authorization", ""))
        path = parts.path.removeprefix("/v1.0/").strip("/")
        pieces = path.split("/")
        resource = "/".join(pieces[2:]) if pieces[0] == "schools" and len(pieces) > 2 else path
        if self._queue[resource]:
            self._queue[resource].pop(0)(request)
        elif self.tokens[-1] != f"Bearer {TOKEN}":
            reply(request, 401, {"error": "unauthorised"})
        elif len(pieces) > 2 and pieces[1] in self.forbidden:
            reply(request, 403, {"error": "no access"})
        else:
            self._list(request, path, pieces, resource, query)

    def _list(self, request: BaseHTTPRequestHandler, path: str, pieces: list[str], resource: str, query: dict[str, str]) -> None:
        if path == "schools":
            rows = self.schools
        elif path == "schools/pending":
            rows = self.pending
        elif pieces[0] == "schools":
            rows = self.rows[pieces[1], resource]
        else:
            rows = self.rows["", resource]
        rows = [row for row in rows if _wanted(row, query)]
        page = int(query.get("page", 1))
        start = (page - 1) * self.per_page
        more = start + self.per_page < len(rows)
        following = f"http://{self.netloc}/v1.0/{path}?{urlencode({**query, 'page': page + 1})}" if more else None
        pagination = {"next": following, "previous": None, "more": more, "per_page": self.per_page, "current_page": page}
        reply(request, 200, {"data": rows[start : start + self.per_page], "meta": {"pagination": pagination}})


def _wanted(row: Row, query: dict[str, str]) -> bool:
    """Rows changed since, and marks of the days asked for."""
    if "updated_after" in query and "updated_at" in row:
        return row["updated_at"]["date"][:19] > query["updated_after"]
    if "attendance_date_after" in query and "date" in row:
        return query["attendance_date_after"] <= row["date"]["date"][:10] <= query["attendance_date_before"]
    return True


def reply(request: BaseHTTPRequestHandler, status: int, said: Any, **headers: str) -> None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


# --- misbehaviour ----------------------------------------------------------------------------------------------------


def status(code: int, said: Any = b"", **headers: str) -> Answer:
    return lambda request: reply(request, code, said, **headers)


def broken_off(request: BaseHTTPRequestHandler) -> None:
    """Promises more than it sends, and hangs up."""
    request.send_response(200)
    request.send_header("Content-Length", "10000")
    request.end_headers()
    request.wfile.write(b'{"data": [')
    request.wfile.flush()
    request.close_connection = True


def never(stub: Stub) -> Answer:
    """Says nothing until the test is over."""

    def wait(request: BaseHTTPRequestHandler) -> None:
        stub.release.wait(30)
        request.close_connection = True

    return wait


@contextmanager
def running() -> Iterator[Stub]:
    stub = Stub()
    thread = threading.Thread(target=stub.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.release.set()
        stub.server.shutdown()
        stub.server.server_close()
        thread.join()


# --- rows ------------------------------------------------------------------------------------------------------------


def student(number: int, upn: str | None, surname: str, forename: str, **more: Any) -> Row:
    return {
        "id": f"S{number}",
        "surname": surname,
        "forename": forename,
        "legal_surname": surname,
        "legal_forename": forename,
        "gender": "FEMALE",
        "date_of_birth": on(dt.date(2012, 3, 4)),
        "education_details": {
            "data": {
                "upn": upn,
                "current_nc_year": "9",
                "admission_date": on(more.pop("admitted", dt.date(2026, 9, 1))),
                "leaving_date": on(more.pop("left")) if "left" in more else None,
            }
        },
        "extended_details": {"data": more.pop("extended", {})},
        **more,
    }


def mark(number: int, who: int, day: dt.date, half: str, code: str, updated: dt.datetime, **more: Any) -> Row:
    return {
        "id": f"M{number}",
        "date": on(day),
        "session": half,
        "student": f"S{who}",
        "attendance_code": f"C{ord(code[0])}",
        "created_at": at(updated),
        "updated_at": at(updated),
        **more,
    }


def codes(letters: str = "/\\LINOCB#") -> list[Row]:
    return [{"id": f"C{ord(letter)}", "code": letter, "description": letter} for letter in letters]
