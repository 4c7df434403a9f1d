"""Workers killed at moments nobody chose, and files that come together: the registers are those of an undisturbed day."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from attendance import actions, register
from attendance.imports import load
from attendance.models import Amendment, Extract, Load
from config import following, pipeline, tasks
from tests.factories import make_pupil, make_user, post
from tests.faults.loading import TODAY, a_year, figures, forget_rings, kill, received, registers, schools_of
from tests.faults.machine import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("summer")]

KILLS, PUPILS = 20, 240
UNDER_WAY = (Extract.Status.LOADING, Extract.Status.MARKED)  # marks or flags are still to come
Worker = Callable[..., subprocess.Popen[bytes]]


def loaded(extract: Extract) -> bool:
    return Extract.objects.get(pk=extract.pk).status == Extract.Status.LOADED


@pytest.mark.long
def test_killed_at_20_random_moments(worker: Worker) -> None:
    """Each file of four schools is loaded by workers that are killed at any moment of it, until 20 have been."""
    chance, kills, moments = random.Random(20260717), 0, []
    pupils = [make_pupil() for _ in range(PUPILS)]
    elsewhere = schools_of(999811, pupils)
    peaceful = received(a_year(elsewhere, pupils), queue=False)
    began = time.monotonic()
    assert pipeline.load_extract(peaceful.pk, today=TODAY).status == Extract.Status.LOADED
    whole = time.monotonic() - began  # how long it takes where nobody is killed: the moments are spread over that
    files = []
    while kills < KILLS:
        schools = schools_of(999820 + 4 * len(files), pupils, 4)
        extract = received(a_year(schools, pupils), queue=True)
        files.append((extract, schools))
        while not loaded(extract):
            forget_rings()
            running = worker()
            tasks.sweep()
            tried = Extract.objects.get(pk=extract.pk).attempts
            until(
                lambda extract=extract, tried=tried: loaded(extract) or Extract.objects.get(pk=extract.pk).attempts > tried,
                "a worker began",
            )
            if kills < KILLS and tried < load.TRIES - 2:  # a file that ends every worker is given up, as it should be
                threading.Event().wait(chance.uniform(0, whole))
                before = Extract.objects.get(pk=extract.pk)
                kills += before.status in UNDER_WAY
                moments.append((before.status, before.loads.count()))
            else:
                until(lambda extract=extract: loaded(extract), "a worker left in peace comes to the end")
            kill(running)
            until(lambda: not load.held() and not following.somebody_follows(), "the killed worker has let go")
    assert kills == KILLS
    assert len({count for status, count in moments if status in UNDER_WAY}) > 1, f"every kill fell in one place: {moments}"
    for extract, schools in files:
        assert registers(schools) == registers(elsewhere)
        assert figures(schools) == figures(elsewhere)
        assert Load.objects.filter(extract=extract).count() == len(schools)
    assert not Amendment.objects.exists()
    assert pipeline.forgotten() == []


def test_two_uploads_of_one_school_at_once(worker: Worker) -> None:
    """The later export wins whichever is loaded first, and nothing of the other that it does not speak of is lost."""
    pupils = [make_pupil() for _ in range(60)]
    (school,), morning, evening = schools_of(999801, pupils, 1), dt.time(9, 30), dt.time(16, 30)
    moment = dt.datetime.combine(TODAY, morning, dt.UTC), dt.datetime.combine(TODAY, evening, dt.UTC)
    early, late = a_year([school], pupils, seed=1), a_year([school], pupils[:40], seed=2)
    both = [received(late, queue=False, school=school, as_at=moment[1]), received(early, queue=False, school=school, as_at=moment[0])]
    for extract in both:
        tasks.load_extract.apply_async([extract.pk], retry=False)
    worker(at_once=2)
    until(lambda: all(loaded(extract) for extract in both), "both are loaded")

    (peaceful,) = schools_of(999802, pupils, 1)
    for text, as_at in ((a_year([peaceful], pupils, seed=1), moment[0]), (a_year([peaceful], pupils[:40], seed=2), moment[1])):
        pipeline.load_extract(received(text, queue=False, school=peaceful, as_at=as_at).pk, today=TODAY)
    assert registers([school]) == registers([peaceful])
    assert figures([school]) == figures([peaceful])
    received_at = list(school.loads.order_by("received_at").values_list("received_at", flat=True))
    assert len(set(received_at)) == 2
    assert not register.as_known(register.read(2025, schools=[school.pk]), received_at[0] - dt.timedelta(seconds=1)).marks.any()


def test_the_same_upload_from_two_people(worker: Worker) -> None:
    """Two of a school's staff send the one file: two receipts, and the second says that it changed nothing."""
    pupils = [make_pupil() for _ in range(60)]
    (school,) = schools_of(999801, pupils, 1)
    text = a_year([school], pupils)
    people = [make_user("school_contact", name=name, email=f"{name.lower()}@alder.example") for name in ("Ash", "Bay")]
    both = []
    for person in people:
        post(person, school)
        both.append(received(text, queue=True, school=school, by=person))
    assert both[0].pk != both[1].pk
    worker(at_once=2)
    until(lambda: all(loaded(extract) for extract in both), "both are loaded")
    counts = sorted(Load.objects.filter(school=school).values_list("marks_set", "marks_unchanged", "marks_amended"))
    marks = 60 * 30 * 10
    assert counts == [(0, marks, 0), (marks, 0, 0)]
    assert not Amendment.objects.exists()
    undone = actions.undo_load(by=None, today=TODAY, load=Load.objects.get(marks_set=marks))
    assert undone.marks_amended == 0, "the other receipt still says every mark"
