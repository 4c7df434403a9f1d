"""Registers to load while something is killed, and what they come to: the same marks at two sets of schools, one of them undisturbed."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from accounts import clock
from attendance import actions, register
from attendance.imports.sniff import sniff
from attendance.models import EnrolmentFigures, Extract
from config import pipeline
from schools.models import Enrolment, Pupil, School
from tests.factories import enrol, make_school
from tests.faults.machine import CHECKOUT, children
from tests.flows.extracts import weeks_text

WEEKS = 30
TODAY = dt.date(2026, 7, 17)


def schools_of(first_urn: int, pupils: list[Pupil], number: int = 2) -> list[School]:
    """`number` schools with the pupils shared out among them."""
    schools = [make_school(urn=first_urn + n) for n in range(number)]
    for place, pupil in enumerate(pupils):
        enrol(pupil, schools[place % number], start=dt.date(2025, 9, 1))
    return schools


def a_year(schools: list[School], pupils: list[Pupil], *, seed: int = 20260717) -> str:
    """Most of a year of marks, the same for the same pupils wherever they are on roll."""
    random = np.random.default_rng(seed)
    rows = []
    for number, pupil in enumerate(pupils):
        for week in range(WEEKS):
            marks = random.choice(list("I/OGMLU"), 10, p=[0.06, 0.8, 0.04, 0.03, 0.02, 0.03, 0.02]).tolist()
            marks = [("/\\"[n % 2] if mark == "/" else mark) for n, mark in enumerate(marks)]
            school = schools[number % len(schools)]
            rows.append((school.urn, pupil.upn or "", dt.date(2025, 9, 8) + dt.timedelta(weeks=week), "".join(marks)))
    return weeks_text(rows)


def received(text: str, *, queue: bool, school: School | None = None, by: Any = None, as_at: dt.datetime | None = None) -> Extract:
    """A file of marks, received and told how to be read; `queue` rings for a worker too."""
    data = text.encode()
    extract = actions.receive_extract(
        by=by, today=TODAY, now=clock.now(), content=iter([data]), filename="year.csv", school=school, as_at=as_at
    )
    mapping = sniff(data).mapping
    assert mapping is not None
    return actions.queue_extract(by=by, today=TODAY, extract=extract, mapping=mapping.to_json(), create_pupils=False, in_background=queue)


def registers(schools: list[School]) -> list[bytes]:
    """The year's vectors of the schools, pupils in the same order whatever the number of schools."""
    order = Enrolment.objects.filter(school__in=schools).order_by("pupil").values_list("pk", flat=True)
    rows = register.read(2025, schools=[school.pk for school in schools])
    by_enrolment = dict(zip(rows.enrolments.tolist(), (row.tobytes() for row in rows.marks), strict=True))
    return [by_enrolment.get(pk, b"") for pk in order]


def figures(schools: list[School]) -> list[tuple[int, ...]]:
    rows = EnrolmentFigures.objects.filter(school__in=schools).order_by("pupil")
    return list(rows.values_list("possible", "attended", "authorised", "unauthorised", "late"))


def receive_undisturbed(pupils: list[Pupil], *, seed: int = 20260717, first_urn: int = 999811) -> list[School]:
    """The same marks at two other schools, loaded in peace in this process."""
    schools = schools_of(first_urn, pupils)
    extract = received(a_year(schools, pupils, seed=seed), queue=False)
    assert pipeline.load_extract(extract.pk, today=TODAY).status == Extract.Status.LOADED
    return schools


def forget_rings() -> None:
    """A minute has gone by for the sweep, which does not ring twice within one."""
    from django.core.cache import cache

    cache.clear()


def start_worker(environment: dict[str, str], log: Path, *, at_once: int = 1) -> subprocess.Popen[bytes]:
    command = ["-m", "celery", "-A", "config", "worker", "-c", str(at_once), "-l", "warning", "--without-gossip", "--without-mingle"]
    with log.open("ab") as out:
        return subprocess.Popen([sys.executable, *command], cwd=CHECKOUT, env=environment, stdout=out, stderr=out, start_new_session=True)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 the worker and its children, as an out-of-memory killer or a power cut would."""
    for number in [*children(process.pid), process.pid]:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait(30)
