"""Several workers share one file of many schools; one that is lost costs nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest
from django.db import connection

from attendance.imports import load
from attendance.models import Extract
from config import pipeline
from tests.factories import make_pupil
from tests.faults.loading import TODAY, WEEKS, a_year, figures, kill, received, registers, schools_of
from tests.faults.machine import until
from tests.faults.test_killed_load import another_session

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("summer")]

SCHOOL = "select pg_advisory_xact_lock(7301, %s::int)"


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_locks where not granted")
        return int(cursor.fetchone()[0])


def done(extract: Extract) -> bool:
    return Extract.objects.get(pk=extract.pk).status == Extract.Status.LOADED


def test_a_helper_is_killed(environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]) -> None:
    pupils = [make_pupil() for _ in range(20)]
    elsewhere = schools_of(999811, pupils, 5)
    assert pipeline.load_extract(received(a_year(elsewhere, pupils), queue=False).pk, today=TODAY).status == Extract.Status.LOADED
    schools = schools_of(999801, pupils, 5)
    with another_session(environment, SCHOOL, schools[0].pk), another_session(environment, SCHOOL, schools[1].pk):
        first = worker()
        extract = received(a_year(schools, pupils), queue=True)
        until(lambda: waiting() == 1, "the one who took the file waits for the first school")
        assert load.held() == {extract.pk}
        second = worker()
        until(lambda: waiting() == 2, "the other waits for the second school")
        kill(second)
    until(lambda: done(extract), "the load is finished")
    assert first.poll() is None
    assert registers(schools) == registers(elsewhere)
    assert figures(schools) == figures(elsewhere)
    extract.refresh_from_db()
    assert (extract.rows_read, extract.rows_rejected, extract.pupils_matched) == (20 * WEEKS, 0, 20)
    assert extract.loads.count() == 5
    assert not extract.parts.exists()


def test_others_load_the_rest_while_one_school_is_waited_for(
    environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    pupils = [make_pupil() for _ in range(12)]
    schools = schools_of(999801, pupils, 6)
    with another_session(environment, SCHOOL, schools[0].pk):
        worker()
        worker()
        extract = received(a_year(schools, pupils), queue=True)
        until(lambda: extract.loads.count() == 5, "every school but the one that is held is written")
        assert not extract.loads.filter(school=schools[0]).exists()
    until(lambda: done(extract), "the load is finished")
    assert sum(extract.loads.values_list("marks_set", flat=True)) == 12 * WEEKS * 10
