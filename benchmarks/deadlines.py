"""The board of legal deadlines over 20,000 notices: `BENCH=deadlines make bench`. Half a minute; nothing else is measured.

Every notice is served and unpaid, so each has two deadlines: it is decided on when its time is over, and its earliest session runs out. The
pages are read one after another, from the web server of the product on the same machine.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics

from benchmarks.scratch import scratch
from benchmarks.table import Bar, timed

NOTICES, SCHOOLS, READS = 20_000, 400, 40
EMAIL, PASSWORD = "legal@bench.example", "a long walk to school 7"
TODAY = dt.date(2026, 11, 20)
PAGES = {
    "all": "/legal/deadlines/",
    "overdue": "/legal/deadlines/?when=overdue",
    "one kind, page 20": "/legal/deadlines/?kind=unpaid&page=20",
    "one officer": "/legal/deadlines/?officer={officer}",
}


def main() -> list[Bar]:
    import django

    os.environ["DAYMARK_TODAY"], os.environ["DAYMARK_DEMO"] = TODAY.isoformat(), "1"
    django.setup()
    with scratch("bench_deadlines"):
        officer, kept = build()
        found = [Bar(f"deadlines of {NOTICES:,} notices kept", f"{kept:.1f} s", "", "60 s", kept < 60), *_pages(officer)]
        print(*found, sep="\n", flush=True)
    return found


def build() -> tuple[int, float]:
    """Notices of the last half year at many schools; the key of an officer, and how long it took to keep all their deadlines."""
    from django.core.management import call_command
    from django.db import connection

    from accounts import clock
    from accounts.models import User
    from legal.actions import keep_deadlines
    from legal.models import Decision, Notice, Request
    from schools.models import Enrolment, Parent, Posting, Pupil, School

    call_command("migrate", verbosity=0)
    now = clock.now()
    lead = User(email=EMAIL, name="Bench Legal", role="legal")
    lead.set_password(PASSWORD)
    lead.save()
    officers = User.objects.bulk_create(User(email=f"o{n}@bench.example", name=f"Bench Officer {n}", role="officer") for n in range(20))
    schools = School.objects.bulk_create(
        School(urn=900_000 + n, name=f"Bench School {n}", sort_name=f"bench {n}", search_text=f"bench {n}", la_code="999")
        for n in range(SCHOOLS)
    )
    Posting.objects.bulk_create(
        Posting(user=officers[n % 20], school=school, start=dt.date(2024, 9, 1), part="lead") for n, school in enumerate(schools)
    )
    pupils = Pupil.objects.bulk_create(
        Pupil(surname=f"Bench{n}", forename="Alex", sort_name=f"bench {n}", search_text=f"alex bench{n}", dob=dt.date(2013, 3, 4))
        for n in range(NOTICES)
    )
    at = [schools[n % SCHOOLS] for n in range(NOTICES)]
    Enrolment.objects.bulk_create(
        Enrolment(pupil=pupil, school=school, start=dt.date(2024, 9, 1)) for pupil, school in zip(pupils, at, strict=True)
    )
    parents = Parent.objects.bulk_create(Parent(surname=f"Bench{n}", sort_name=f"bench {n}") for n in range(NOTICES))
    days = [TODAY - dt.timedelta(days=n % 180) for n in range(NOTICES)]
    requests = Request.objects.bulk_create(
        Request(pupil=pupil, school=school, route="holiday", status="agreed", made=day, submitted=day)
        for pupil, school, day in zip(pupils, at, days, strict=True)
    )
    decisions = Decision.objects.bulk_create(
        Decision(request=request, outcome="issue", reason="holiday", by=lead, by_name=lead.name, day=request.made, known_at=now)
        for request in requests
    )
    Notice.objects.bulk_create(
        Notice(
            number=n + 1, request=request, decision=decision, pupil=request.pupil, school=request.school, parent=parent,
            issued=request.made, order=1, amount_early=80, amount_full=160, state="served", service="post", served=request.made,
            receipt=request.made,
            sessions=[f"{request.made - dt.timedelta(days=back)} {half}=G" for back in range(14, 9, -1) for half in ("AM", "PM")],
        )
        for n, (request, decision, parent) in enumerate(zip(requests, decisions, parents, strict=True))
    )  # fmt: skip
    with timed() as taken:
        keep_deadlines(pupils=None, schools=None, today=TODAY, now=now)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    return officers[0].pk, taken.seconds


def _pages(officer: int) -> list[Bar]:
    from benchmarks.browsing import Reader, server

    found = []
    with server() as base:
        reader = Reader(base)
        reader.sign_in(EMAIL, PASSWORD)
        for name, path in PAGES.items():
            address = path.format(officer=officer)
            for _ in range(4):  # each of the server's workers has made one
                page, first = reader.get(address)
            assert "dm-cards" in page, f"{address} shows no list"
            times = [reader.get(address)[1] for _ in range(READS)]
            p95 = statistics.quantiles(times, n=20)[-1]
            beside = f"median {statistics.median(times) * 1000:.0f} ms of {READS}; warm {first * 1000:.0f}"
            found.append(Bar(f"board of {NOTICES:,} notices, {name}", f"p95 {p95 * 1000:.0f} ms", beside, "p95 200 ms", p95 < 0.2))
    return found


if __name__ == "__main__":
    main()
