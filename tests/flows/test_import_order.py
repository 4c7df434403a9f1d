"""Which of two files stands, and what undoing one puts back."""

import datetime as dt
import zlib
from contextlib import contextmanager

import pytest
from django.db import connection

from accounts.models import AuditEvent
from attendance import actions, register
from attendance.models import Amendment, Delta, EnrolmentFigures, Extract, Flag, Load
from config import pipeline
from tests.factories import enrol, make_pupil
from tests.flows.extracts import MONDAY, csv_text, importing, marks_of, weeks_text

pytestmark = pytest.mark.django_db

PRESENT, ILL, HOLIDAY = "/\\" * 5, "I" * 10, "G" * 10


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


@pytest.fixture
def send(tmp_path, bo):
    def send(marks, *, at=None, name="r.csv", monday=MONDAY):
        return importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, monday, marks)]), name=name, as_at=at)

    return send


def test_a_correction_stands_and_is_remembered(send, bo):
    send(ILL)
    receipt = send(HOLIDAY[:2] + "--------")
    assert (receipt["marks_amended"], receipt["marks_set"], receipt["marks_unchanged"]) == (2, 0, 0)
    assert marks_of(bo) == "GGIIIIIIII"
    assert set(Amendment.objects.values_list("old", "new")) == {("I", "G")}


def test_an_older_export_never_undoes_a_newer_mark(send, bo):
    send(HOLIDAY, at="2026-11-10T09:00")
    receipt = send(ILL, at="2026-11-09T09:00")
    assert (receipt["marks_older"], receipt["marks_amended"]) == (10, 0)
    assert marks_of(bo) == HOLIDAY
    assert send(PRESENT, at="2026-11-11T09:00")["marks_amended"] == 10


def test_of_two_files_of_one_moment_the_one_received_later_stands(send, bo):
    """A morning's export and its correction may both be dated by the day: the second is meant to count."""
    send(ILL, at="2026-11-10T09:00")
    receipt = send(HOLIDAY, at="2026-11-10T09:00")
    assert (receipt["marks_older"], receipt["marks_amended"]) == (0, 10)
    assert marks_of(bo) == HOLIDAY


def test_the_same_bytes_keep_their_first_as_at(send, bo):
    """Yesterday's file, found again and sent again, does not take back what came since."""
    send(ILL, at="2026-11-09T09:00")
    send(HOLIDAY, at="2026-11-10T09:00")
    receipt = send(ILL, at="2026-11-15T09:00", name="found-again.csv")
    assert receipt["marks_older"] == 10
    assert marks_of(bo) == HOLIDAY
    assert Extract.objects.get(filename="found-again.csv").as_at == dt.datetime(2026, 11, 9, 9, tzinfo=dt.UTC)


def test_a_file_that_failed_keeps_its_first_as_at_too(tmp_path, send, bo, school_b):
    text = weeks_text([(555555, bo.pupil.upn, MONDAY, ILL)])
    assert importing(tmp_path, text, as_at="2026-11-09T09:00")["status"] == "failed"
    send(HOLIDAY, at="2026-11-10T09:00")
    school_b.delete()
    type(bo.school).objects.filter(pk=bo.school_id).update(urn=555555)
    assert importing(tmp_path, text, as_at="2026-11-12T09:00")["marks_older"] == 10
    assert marks_of(bo) == HOLIDAY


def test_the_files_own_export_time_comes_first(tmp_path, send, bo):
    head = ["URN", "UPN", "WeekStart", "WeekMarks", "Exported at"]
    early = csv_text([head, [bo.school.urn, bo.pupil.upn, MONDAY, ILL, "2026-11-01 08:00"]])
    late = csv_text([head, [bo.school.urn, bo.pupil.upn, MONDAY, HOLIDAY, "2026-11-02 08:00"]])
    importing(tmp_path, late, name="late.csv")
    assert importing(tmp_path, early, name="early.csv", as_at="2026-11-19T08:00")["marks_older"] == 10
    assert marks_of(bo) == HOLIDAY


def test_an_export_time_to_come_is_not_believed(tmp_path, bo):
    head = ["URN", "UPN", "WeekStart", "WeekMarks", "Exported at"]
    importing(tmp_path, csv_text([head, [bo.school.urn, bo.pupil.upn, MONDAY, ILL, "2036-11-01 08:00"]]))
    extract = Extract.objects.get()
    assert extract.as_at.year < 2036
    assert any("in the future" in question for question in extract.questions)


def test_what_was_known_before_can_be_asked(send, bo):
    send(ILL)
    before = Load.objects.get().received_at
    send(HOLIDAY)
    year = register.read(2026, enrolments=[bo.pk])
    assert register.code_of(register.as_known(year, before).marks[0, 74]) == "I"
    assert register.code_of(year.marks[0, 74]) == "G"


def test_loads_of_a_school_are_received_one_after_another(send, bo):
    for marks in (ILL, HOLIDAY, PRESENT):
        send(marks)
    moments = list(Load.objects.order_by("pk").values_list("received_at", flat=True))
    assert moments == sorted(set(moments))


def test_undo_puts_back_marks_figures_and_flags(send, bo, today):
    send(PRESENT)
    send(HOLIDAY)
    load = Load.objects.order_by("pk").last()
    assert Flag.objects.open().filter(code="penalty_threshold").exists()
    undo = actions.undo_load(by=None, today=today, load=load)
    assert (undo.marks_amended, undo.followed_at) == (10, None)
    assert pipeline.forgotten_undos() == [undo.pk]
    pipeline.follow_undo(undo.pk, today=today, now=undo.received_at)
    assert pipeline.forgotten_undos() == []
    assert marks_of(bo) == PRESENT
    assert EnrolmentFigures.objects.get(enrolment=bo).attended == 10
    assert not Flag.objects.open().filter(code="penalty_threshold").exists()
    assert AuditEvent.objects.filter(act="Register load undone").exists()


def test_a_delta_packed_as_it_once_was_is_read_and_undone(send, bo, today):
    send(ILL)
    delta = Delta.objects.get()
    before = [register.unpack(delta, name).tobytes() for name in ("old", "new")]
    delta.old, delta.new = (zlib.compress(marks, 1) for marks in before)
    delta.save()
    assert [register.unpack(delta, name).tobytes() for name in ("old", "new")] == before
    assert actions.undo_load(by=None, today=today, load=Load.objects.get()).marks_amended == 10
    assert marks_of(bo).strip(".") == ""


def test_undo_happens_once(send, bo, today):
    send(PRESENT)
    load = Load.objects.get()
    actions.undo_load(by=None, today=today, load=load)
    with pytest.raises(actions.AlreadyUndone):
        actions.undo_load(by=None, today=today, load=load)
    assert marks_of(bo) == "." * 10


def test_what_another_file_said_stays_when_one_is_undone(send, bo, today):
    send(PRESENT)
    send(PRESENT[:4] + "II----", name="second.csv")
    first = Load.objects.order_by("pk").first()
    undo = actions.undo_load(by=None, today=today, load=first)
    assert marks_of(bo) == PRESENT[:4] + "II...."
    assert (undo.marks_amended, undo.marks_unchanged) == (4, 6)


def test_an_undone_file_may_be_loaded_again(send, bo, today):
    send(PRESENT)
    actions.undo_load(by=None, today=today, load=Load.objects.get())
    assert send(PRESENT, name="again.csv")["marks_set"] == 10


@contextmanager
def a_database_that_refuses(table, condition="true"):
    """A real fault: the database turns away writes to a table."""
    with connection.cursor() as cursor:
        cursor.execute("create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$")
        cursor.execute(f"create trigger refuse before insert on {table} for each row when ({condition}) execute function refuse()")
    yield
    with connection.cursor() as cursor:
        cursor.execute("drop function refuse cascade")


def test_a_load_that_stopped_is_taken_up_school_by_school(tmp_path, school_a, school_b, today, caplog):
    """The first school's registers are written, the second's cannot be; later nothing is done twice."""
    ann, bea = enrol(make_pupil("Sample", "Ann"), school_a), enrol(make_pupil("Sample", "Bea"), school_b)
    text = weeks_text([(school_a.urn, ann.pupil.upn, MONDAY, ILL), (school_b.urn, bea.pupil.upn, MONDAY, ILL)])
    with a_database_that_refuses("attendance_register", f"new.school_id = {school_b.pk}"):
        receipt = importing(tmp_path, text)
    assert receipt["status"] == "failed"
    assert "1 school were written" in receipt["error"]
    assert (marks_of(ann), marks_of(bea)) == (ILL, "." * 10)
    extract = actions.retry_extract(by=None, today=today, extract=Extract.objects.get())
    assert pipeline.forgotten() == [extract.pk]
    extract = pipeline.load_extract(extract.pk, today=today)
    assert extract.status == Extract.Status.LOADED
    assert (marks_of(ann), marks_of(bea)) == (ILL, ILL)
    assert (Load.objects.count(), extract.pupils_matched) == (2, 2)
    assert EnrolmentFigures.objects.filter(authorised=10).count() == 2
    assert not pipeline.forgotten()


def test_what_goes_wrong_inside_is_said_plainly_and_can_be_tried_again(tmp_path, bo, today, caplog):
    with a_database_that_refuses("attendance_schoolyear"):
        receipt = importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, ILL)]))
    assert receipt["status"] == "failed"
    assert "The fault is ours" in receipt["error"]
    assert "exception" not in receipt["error"].lower()
    assert "was not loaded" in caplog.text
    extract = actions.retry_extract(by=None, today=today, extract=Extract.objects.get())
    assert pipeline.load_extract(extract.pk, today=today).status == Extract.Status.LOADED
    assert Load.objects.count() == 1
    assert EnrolmentFigures.objects.get(enrolment=bo).authorised == 10


def test_a_file_that_never_ends_is_given_up(bo, send, today):
    send(ILL)
    Extract.objects.update(status=Extract.Status.LOADING, attempts=20)
    extract = pipeline.load_extract(Extract.objects.get().pk, today=today)
    assert extract.status == Extract.Status.FAILED
    assert "smaller parts" in extract.error
