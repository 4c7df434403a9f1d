"""Dashboards of the whole of the largest authority, in minutes: `BENCH=pages SCALE=1 make bench`.

Registers of two years are written as they stand, not loaded: pages read what follows from them (figures, flags, ratings), and that is
worked out here by the steps that follow every load. Cases, meetings and notices are invented rows of a size that fits.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import authority, dashboards
from benchmarks.authority import DAYS, LOGIN, TODAY, Place
from benchmarks.scratch import scratch
from benchmarks.table import Bar
from benchmarks.year import SCALE

if TYPE_CHECKING:
    from accounts.models import User

NAME = "bench_pages"
LAST_YEAR = dt.timedelta(weeks=52)
CASES, OFFICERS = 8000, 40
CASEWORK = {"a case": r"/cases/\d+/"}


def main() -> list[Bar]:
    import django

    os.environ["DAYMARK_TODAY"], os.environ["DAYMARK_DEMO"] = TODAY.isoformat(), "1"
    django.setup()
    every = authority.places(SCALE)
    with scratch(NAME):
        build(every)
        found = [dashboards.rated(SCALE), *dashboards.pages((*dashboards.STARTS, *_casework()), dashboards.BEHIND | CASEWORK)]
        print(*found, sep="\n", flush=True)
    return found


def build(every: list[Place]) -> None:
    from django.core.management import call_command
    from django.db import connection

    from accounts import clock
    from attendance import ratings
    from attendance.models import Judged
    from config import pipeline
    from config.management.commands.recompute import again
    from dashboards import rating_facts

    call_command("migrate", verbosity=0)
    authority.build(every)
    _registers(every)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    connection.close()
    again(processes=2, groups=pipeline.groups())
    Judged.objects.update_or_create(pk=1, defaults={"day": TODAY})
    _work()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
    ratings.rate(by=None, year=2025, term=3, today=clock.today(), now=clock.now(), above=rating_facts.above)


def _registers(every: list[Place]) -> None:
    """This year's marks, and the year before with the same marks on the same weekdays, but for one session in fifty."""
    from attendance import matrix
    from attendance.codes import BY_CODE
    from attendance.models import Register
    from config.demo import bulk
    from schools.models import Enrolment, School

    byte = np.zeros(256, np.uint8)
    for code in BY_CODE.values():
        if len(code.code) == 1:
            byte[ord(code.code)] = code.byte
    schools = dict(School.objects.values_list("urn", "pk"))
    spells = Enrolment.objects.order_by("pk").values_list("pk", flat=True)
    enrolments = iter(list(spells))  # in the order in which they were written: by place and number
    at = np.array([[matrix.index_of(day), matrix.index_of(day, True)] for day in DAYS]).ravel()
    before = np.array([[matrix.index_of(day - LAST_YEAR), matrix.index_of(day - LAST_YEAR, True)] for day in DAYS]).ravel()

    def rows() -> Iterator[tuple[int, int, int, bytes]]:
        for place in every:
            said, ours = authority.marks(place), list(itertools.islice(enrolments, place.pupils))
            for year, columns, codes in ((2025, at, said), (2024, before, authority.amended(place, said))):
                marks = matrix.blank(place.pupils)
                marks[:, columns] = byte[codes]
                for enrolment, row in zip(ours, marks, strict=True):
                    yield enrolment, schools[place.urn], year, row.tobytes()

    bulk.copy(Register, ("enrolment_id", "school_id", "year", "marks"), rows())


def _work() -> None:
    """A team, and what it has done: 40 officers, 8,000 open cases of the children who miss most, 200 each; three meetings a school
    and year, a notice for one pupil in a hundred.
    """
    from accounts import clock
    from accounts.models import User
    from attendance.models import Flag
    from casework.models import Case
    from meetings.models import Meeting
    from schools.models import Enrolment, Posting, School

    now, lead = clock.now(), User.objects.get(email=LOGIN)
    schools = list(School.objects.order_by("pk").values_list("pk", flat=True))
    officers = User.objects.bulk_create(
        User(email=f"officer-{n}@example.org", name=f"Bench Officer {n}", role="officer", password=lead.password)
        for n in range(max(round(OFFICERS * SCALE), 1))
    )
    whose = {school: officers[number % len(officers)] for number, school in enumerate(schools)}
    Posting.objects.bulk_create(
        Posting(user=user, school_id=school, start=dt.date(2024, 9, 1), part="lead") for school, user in whose.items()
    )
    missed = [
        pupil
        for code in (Flag.Code.SEVERE, Flag.Code.PERSISTENT)
        for pupil in Flag.objects.open().filter(code=code).order_by("pk").values_list("pupil", flat=True)
    ]
    at = dict(Enrolment.objects.on_roll(TODAY).values_list("pupil", "school"))
    Case.objects.bulk_create(
        Case(
            pupil_id=pupil,
            school_id=at[pupil],
            origin="flag",
            reason="severe_absence",
            stage_since=TODAY,
            opened=_days_ago(n),
            opened_at=now,
            officer=officers[n % len(officers)],
        )
        for n, pupil in enumerate(list(dict.fromkeys(missed))[: round(CASES * SCALE)])
    )
    Meeting.objects.bulk_create(
        Meeting(school_id=school, officer=whose[school], day=_days_ago(120 * n), time=dt.time(10), status="held", planned_at=now)
        for school in schools
        for n in range(6)
    )
    _notices(lead, [(pupil, at[pupil]) for pupil in sorted(at)[::100]])


def _notices(lead: User, pupils: list[tuple[int, int]]) -> None:
    from accounts import clock
    from legal.models import Decision, Notice, Request
    from schools.models import Parent

    now = clock.now()
    parents = Parent.objects.bulk_create(Parent(surname=f"Bench {n}", sort_name=f"bench {n}") for n in range(len(pupils)))
    requests = Request.objects.bulk_create(
        Request(pupil_id=pupil, school_id=school, route="holiday", status="agreed", made=_days_ago(n), submitted=_days_ago(n))
        for n, (pupil, school) in enumerate(pupils)
    )
    decisions = Decision.objects.bulk_create(
        Decision(request=request, outcome="issue", reason="holiday", by=lead, by_name=lead.name, day=request.made, known_at=now)
        for request in requests
    )
    Notice.objects.bulk_create(
        Notice(
            number=n + 1,
            request=request,
            decision=decision,
            pupil_id=request.pupil_id,
            school_id=request.school_id,
            parent=parent,
            issued=request.made,
            order=1,
            amount_early=80,
            amount_full=160,
            sessions=[],
        )
        for n, (request, decision, parent) in enumerate(zip(requests, decisions, parents, strict=True))
    )


def _casework() -> tuple[str, ...]:
    """Every open case, one officer's 200, and searches: by the beginning of a name, by a whole one and by one that is spelt wrong."""
    from accounts.models import User

    officer = User.objects.get(email="officer-0@example.org")
    return "/cases/", f"/cases/?officer={officer.pk}", "/search/?q=smi", "/search/?q=amelia+smith", "/search/?q=smiht"


def _days_ago(number: int) -> dt.date:
    return TODAY - dt.timedelta(days=number % 600)


if __name__ == "__main__":
    main()
