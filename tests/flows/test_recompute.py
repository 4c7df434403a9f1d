"""Working everything out again finds what stands, and puts right what does not; figures change in place."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from accounts import clock
from attendance import matrix, register, reports, rollups
from attendance.codes import BY_BYTE, Class
from attendance.models import EnrolmentFigures, Flag, Judged, Mark, SchoolCut, SchoolYear
from config import pipeline
from schools.models import Enrolment, Pupil
from tests.factories import enrol, make_pupil, write_marks
from tests.flows.extracts import MONDAY, importing, weeks_text

WEEKS = ("/\\" * 5, "O" * 10, "/\\/\\UIN#/\\", "IIII######")


def load_weeks(tmp_path, enrolment, weeks=WEEKS, *, as_at="2026-10-12T12:00"):
    rows = [(enrolment.school.urn, enrolment.pupil.upn, MONDAY + dt.timedelta(weeks=number), marks) for number, marks in enumerate(weeks)]
    receipt = importing(tmp_path, weeks_text(rows), as_at=as_at, name=f"{enrolment.pk}-{as_at[:10]}.csv")
    assert receipt["status"] == "loaded", receipt


def everything():
    without = ("id", "changed_at")
    return {
        model.__name__: sorted(
            (tuple(sorted((k, str(bytes(v)) if isinstance(v, memoryview) else str(v)) for k, v in row.items() if k not in without)))
            for row in model.objects.values()
        )
        for model in (EnrolmentFigures, SchoolCut, SchoolYear, Flag)
    }


@pytest.mark.django_db
def test_what_stands_is_found_again_and_what_is_wrong_put_right(tmp_path, school_a, school_b, today):
    for school, name in ((school_a, "Bo"), (school_b, "Cy")):
        load_weeks(tmp_path, enrol(make_pupil("Sample", name), school))
    stood = everything()
    assert stood["Flag"]
    assert stood["EnrolmentFigures"]
    EnrolmentFigures.objects.update(possible=1)
    SchoolCut.objects.all().delete()
    Flag.objects.update(reason="Nonsense.")
    Judged.objects.all().delete()
    out = StringIO()
    call_command("recompute", processes=1, stdout=out)
    assert everything() == stood
    assert not pipeline.is_new_day(today=today)


@pytest.mark.django_db
def test_what_loads_leave_one_after_another_is_what_a_rebuild_finds(tmp_path, school_a):
    """A pupil at a time, an older export after a newer one, two academic years in one file, somebody who has left."""
    on_roll = [enrol(make_pupil("Sample", name, sex=sex), school_a) for name, sex in (("Bo", "F"), ("Cy", "M"), ("Di", "F"))]
    Enrolment.objects.filter(pk=on_roll[1].pk).update(year_group="9")
    for number, enrolment in enumerate(on_roll):
        load_weeks(tmp_path, enrolment, WEEKS[number:], as_at=f"2026-10-{12 + number}T12:00")
    Enrolment.objects.filter(pk=on_roll[2].pk).update(end=MONDAY + dt.timedelta(days=8))
    load_weeks(tmp_path, on_roll[0], WEEKS[::-1], as_at="2026-10-01T12:00")
    load_weeks(tmp_path, on_roll[1], ["O" * 10] * 5, as_at="2026-10-20T12:00")
    rows = [(school_a.urn, one.pupil.upn, monday, "/\\UU" + "/\\" * 3) for one in on_roll for monday in (dt.date(2026, 7, 13), MONDAY)]
    receipt = importing(tmp_path, weeks_text(rows), as_at="2026-10-21T12:00", name="both-years.csv")
    assert receipt["status"] == "loaded", receipt
    stood = everything()
    assert {row["year"] for row in SchoolCut.objects.values("year")} == {2025, 2026}
    call_command("recompute", processes=1, stdout=StringIO())
    assert everything() == stood


@pytest.mark.django_db(transaction=True)
def test_several_processes_find_the_same(tmp_path, school_a, school_b, monkeypatch):
    for school, name in ((school_a, "Bo"), (school_b, "Cy")):
        load_weeks(tmp_path, enrol(make_pupil("Sample", name), school))
    stood = everything()
    EnrolmentFigures.objects.update(possible=1)
    Flag.objects.update(reason="Nonsense.")
    monkeypatch.setattr(pipeline, "PUPILS_AT_ONCE", 1)
    assert len(pipeline.groups()) == 2
    call_command("recompute", processes=2, stdout=StringIO())
    assert everything() == stood


@pytest.mark.django_db
def test_rollups_are_what_the_marks_as_rows_count_up_to(tmp_path, school_a):
    on_roll = [enrol(make_pupil("Sample", name), school_a) for name in ("Bo", "Cy", "Di")]
    for enrolment, weeks in zip(on_roll, (WEEKS, WEEKS[::-1], WEEKS[1:]), strict=True):
        load_weeks(tmp_path, enrolment, weeks)
    Enrolment.objects.filter(pk=on_roll[2].pk).update(end=MONDAY + dt.timedelta(days=8))  # marks outside are not counted
    rollups.refresh(schools=[school_a.pk], years=[2026])
    rows = list(Mark.objects.filter(school=school_a))
    possible = (Class.ATTENDING, Class.ELSEWHERE, Class.AUTHORISED, Class.UNAUTHORISED)
    klass = {code.code: code.klass for code in BY_BYTE.values()}
    for figures in EnrolmentFigures.objects.all():
        mine = [row for row in rows if row.enrolment_id == figures.enrolment_id and row.counted]
        assert figures.possible == sum(klass[row.code] in possible for row in mine)
        assert figures.unauthorised == sum(klass[row.code] == Class.UNAUTHORISED for row in mine)
    for week in reports.trends(school_a, [2026])[2026]:
        inside = [row for row in rows if row.counted and 0 <= (row.date - week.monday).days < 7]
        assert week.codes == {code: sum(row.code == code for row in inside) for code in {row.code for row in inside}}
        assert week.enrolments == len({row.enrolment_id for row in inside if klass[row.code] in possible})
    year = SchoolYear.objects.get()
    seen, marked = bytes(year.seen), memoryview(bytes(year.marked)).cast("H")
    for index in range(matrix.LENGTH):
        here = [row for row in rows if (row.date, row.pm) == matrix.session_at(2026, index)]
        assert bool(seen[index] & rollups.SEEN_ANY) == bool(here)
        assert bool(seen[index] & rollups.SEEN_OPEN) == any(row.code not in "#Z" for row in here)
        assert marked[index] == sum(row.counted for row in here)


@pytest.mark.django_db
def test_figures_that_change_stay_the_row_they_are_and_those_of_no_register_go(tmp_path, school_a):
    bo, cy = (enrol(make_pupil("Sample", name), school_a) for name in ("Bo", "Cy"))
    load_weeks(tmp_path, bo)
    load_weeks(tmp_path, cy)
    before = {f.enrolment_id: f.pk for f in EnrolmentFigures.objects.all()}
    load_weeks(tmp_path, bo, ["/\\" * 5] * 5, as_at="2026-10-13T12:00")
    assert EnrolmentFigures.objects.get(enrolment=bo).attended == 50
    assert {f.enrolment_id: f.pk for f in EnrolmentFigures.objects.all()} == before
    with connection.cursor() as cursor:
        cursor.execute("delete from attendance_register where enrolment_id = %s", [cy.pk])
    rollups.refresh(schools=[school_a.pk], years=[2026])
    assert list(EnrolmentFigures.objects.values_list("enrolment", flat=True)) == [bo.pk]


@pytest.mark.django_db
def test_a_flag_of_a_pupil_on_no_roll_at_all_is_cleared_by_the_new_day(tmp_path, school_a, today):
    bo = enrol(make_pupil("Sample", "Bo"), school_a)
    load_weeks(tmp_path, bo)
    assert Flag.objects.open().exists()
    other = enrol(make_pupil("Sample", "Cy"), school_a)
    Flag.objects.update(pupil=Pupil.objects.create(surname="Gone", forename="Di", sort_name="gone di"))
    write_marks(other, MONDAY, "/\\" * 5)
    pipeline.new_day(today=today, now=clock.now())
    assert not Flag.objects.open().filter(pupil__surname="Gone").exists()
    assert register.read(2026, enrolments=[bo.pk]).marks.any()
