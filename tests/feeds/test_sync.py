"""A school's feed over real HTTP: what its system says becomes its register, late words and taken-back marks included."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance import matrix, register
from attendance.models import Cursor, Extract, Feed, Fetch, Load
from schools.models import Enrolment, FormerUpn, Pupil, School
from tests.feeds import stub as stubs
from tests.feeds.conftest import Clock, Fetching
from tests.feeds.stub import Stub, mark, on, student

pytestmark = pytest.mark.django_db

FRIDAY, THURSDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 19)
MORNING = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
ANNA, BEN = "V999900126001", "T999900126003"


def marks_of(upn: str, day: dt.date, *, known_at: dt.datetime | None = None) -> str:
    """Both marks of a day as the register has them, "-" for none."""
    enrolment = Enrolment.objects.get(pupil__upn=upn)
    (year,) = matrix.years_between(day, day)
    rows = register.read(year, enrolments=[enrolment.pk], known_at=known_at)
    if not len(rows.enrolments):
        return "--"
    at = (day - matrix.year_start(year)).days * 2
    return "".join(register.code_of(rows.marks[0, at + half]) or "-" for half in (0, 1))


@pytest.fixture
def two(stub: Stub) -> None:
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"), student(2, BEN, "Birch", "Ben"))
    stub.add(
        "A1",
        "attendance/session",
        mark(1, 1, FRIDAY, "AM", "/", MORNING),
        mark(2, 2, FRIDAY, "AM", "N", MORNING),
        mark(3, 2, THURSDAY, "PM", "\\", MORNING - dt.timedelta(days=1)),
    )


def test_a_first_night_brings_the_roll_and_thirty_days_of_marks(fetch: Fetching, two: None, feed: Feed, school_a: School, stub: Stub):
    done = fetch("night")
    assert (marks_of(ANNA, FRIDAY), marks_of(BEN, FRIDAY), marks_of(BEN, THURSDAY)) == ("/-", "N-", "-\\")
    anna = Enrolment.objects.get(pupil__upn=ANNA)
    assert (anna.start, anna.year_group, anna.school) == (dt.date(2026, 9, 1), "9", school_a)
    assert done.extract is not None
    assert (done.extract.source, done.extract.school, done.extract.rows_rejected) == ("wonde", school_a, 0)
    (window,) = [query for query in stub.questions("attendance/session") if "attendance_date_after" in query]
    assert (window["attendance_date_after"], window["attendance_date_before"]) == ("2026-10-21", "2026-11-20")
    feed.refresh_from_db()
    assert (feed.swept_on, feed.last_error, feed.notes) == (FRIDAY, "", [])


def test_every_answer_is_kept_as_it_came(fetch: Fetching, two: None):
    from attendance.imports import bundle, load

    done = fetch("night")
    assert done.extract is not None
    kept = bundle.read(load.stored(done.extract).read_bytes())
    assert [row["id"] for row in kept.rows["students"]] == ["S1", "S2"]
    assert {row["id"] for row in kept.rows["attendance/session"]} == {"M1", "M2", "M3"}


def test_a_late_correction_comes_with_the_next_round_and_only_changes_are_asked_for(fetch: Fetching, two: None, stub: Stub, watch: Clock):
    fetch("night")
    before = watch.now()
    watch.at += dt.timedelta(minutes=15)
    (late,) = [row for row in stub.rows["A1", "attendance/session"] if row["id"] == "M2"]
    late |= {"attendance_code": {"data": {"id": "C73", "code": "I"}}, "updated_at": stubs.at(watch.at - dt.timedelta(minutes=3))}
    done = fetch("day")
    assert done.marks == 1
    assert marks_of(BEN, FRIDAY) == "I-"
    assert "updated_after" in stub.questions("attendance/session")[-1]
    load = Load.objects.get(extract=done.extract)
    assert load.marks_amended == 1
    assert before < load.as_at


def test_a_round_without_news_is_kept_and_makes_no_extract(fetch: Fetching, two: None, watch: Clock):
    fetch("night")
    watch.at += dt.timedelta(minutes=15)
    done = fetch("day")
    assert done.extract is None
    assert Extract.objects.count() == 1
    assert Fetch.objects.latest("pk").stored


def test_a_mark_deleted_at_the_school_is_no_mark_again_and_was_known_before(fetch: Fetching, two: None, stub: Stub, watch: Clock):
    fetch("night")
    was = Load.objects.latest("received_at").received_at
    watch.at += dt.timedelta(minutes=15)
    stub.rows["A1", "attendance/session"] = [row for row in stub.rows["A1", "attendance/session"] if row["id"] != "M2"]
    stub.add("A1", "deletions", {"id": "M2", "type": "attendance", "deleted_at": stubs.at(watch.at), "updated_at": stubs.at(watch.at)})
    done = fetch("day")
    assert done.taken_back == 1
    assert marks_of(BEN, FRIDAY) == "--"
    assert marks_of(BEN, FRIDAY, known_at=was) == "N-"
    assert marks_of(ANNA, FRIDAY) == "/-"


def test_a_mark_deleted_and_made_anew_stays(fetch: Fetching, two: None, stub: Stub, watch: Clock):
    fetch("night")
    watch.at += dt.timedelta(minutes=15)
    stub.rows["A1", "attendance/session"][1:2] = [mark(9, 2, FRIDAY, "AM", "I", watch.at)]
    fetch("day")
    watch.at += dt.timedelta(minutes=15)
    stub.add("A1", "deletions", {"id": "M2", "type": "attendance", "deleted_at": stubs.at(watch.at), "updated_at": stubs.at(watch.at)})
    assert fetch("day").taken_back == 0
    assert marks_of(BEN, FRIDAY) == "I-"


def test_a_mark_moved_to_the_afternoon_leaves_the_morning(fetch: Fetching, two: None, stub: Stub, watch: Clock):
    fetch("night")
    watch.at += dt.timedelta(minutes=15)
    stub.rows["A1", "attendance/session"][1] |= {"session": "PM", "updated_at": stubs.at(watch.at)}
    fetch("day")
    assert marks_of(BEN, FRIDAY) == "-N"


def test_midnight_in_a_summer_of_utc_dates_is_the_next_day_here(fetch: Fetching, stub: Stub, settings, school_a: School):
    summer = dt.date(2026, 10, 23)  # the clocks went back on 25 October
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"))
    evening_before = {"date": "2026-10-22 23:00:00.000000", "timezone_type": 3, "timezone": "UTC"}
    winter = {"date": "2026-10-26 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"}
    stub.add("A1", "attendance/session", mark(1, 1, summer, "AM", "/", MORNING, date=evening_before))
    stub.add("A1", "attendance/session", mark(2, 1, summer, "AM", "I", MORNING, date=winter))
    fetch("night")
    assert marks_of(ANNA, summer) == "/-"
    assert marks_of(ANNA, dt.date(2026, 10, 22)) == "--"
    assert marks_of(ANNA, dt.date(2026, 10, 26)) == "I-"


def test_many_pages_are_followed_in_order(fetch: Fetching, stub: Stub):
    stub.per_page = 3
    days = [dt.date(2026, 11, 2) + dt.timedelta(days=7 * week + day) for week in range(2) for day in range(5)]
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"), *(student(n, None, f"Other{n}", "Omar") for n in range(2, 9)))
    stub.add("A1", "attendance/session", *(mark(n, 1, day, "AM", "/", MORNING) for n, day in enumerate(days)))
    fetch("night")
    assert "".join(marks_of(ANNA, day) for day in days) == "/-" * 10


def test_a_mark_of_an_unknown_student_comes_back_and_the_others_load(fetch: Fetching, two: None, stub: Stub, feed: Feed):
    stub.add("A1", "attendance/session", mark(7, 77, FRIDAY, "AM", "/", MORNING))
    done = fetch("night")
    assert done.extract is not None
    (returned,) = done.extract.rejected
    assert returned["value"] == "S77"
    assert marks_of(ANNA, FRIDAY) == "/-"
    feed.refresh_from_db()
    assert any("S77" in note for note in feed.notes)


def test_a_pupil_admitted_this_morning_is_put_on_roll_with_the_first_mark(fetch: Fetching, two: None, stub: Stub, watch: Clock):
    fetch("night")
    watch.at += dt.timedelta(hours=2)
    stub.add("A1", "students", student(3, "K999900126007", "Cedar", "Cara", admitted=FRIDAY))
    stub.add("A1", "attendance/session", mark(8, 3, FRIDAY, "AM", "/", watch.at))
    fetch("day")
    assert marks_of("K999900126007", FRIDAY) == "/-"


def test_an_unknown_code_comes_back_and_is_never_taken_for_another(fetch: Fetching, two: None, stub: Stub):
    stub.add("A1", "attendance/session", mark(7, 1, FRIDAY, "PM", "?", MORNING, attendance_code="C999"))
    done = fetch("night")
    assert done.extract is not None
    assert [one["value"] for one in done.extract.rejected] == ["C999"]
    assert marks_of(ANNA, FRIDAY) == "/-"


def test_a_changed_upn_is_the_same_pupil(fetch: Fetching, two: None, stub: Stub, watch: Clock):
    fetch("night")
    watch.at += dt.timedelta(days=1)
    stub.rows["A1", "students"][0]["education_details"]["data"]["upn"] = "K999900126007"
    fetch("night")
    pupil = Pupil.objects.get(upn="K999900126007")
    assert list(FormerUpn.objects.filter(pupil=pupil).values_list("upn", flat=True)) == [ANNA]
    assert Pupil.objects.count() == 2
    assert marks_of("K999900126007", FRIDAY) == "/-"


def test_two_nights_alike_change_nothing(fetch: Fetching, two: None, watch: Clock):
    fetch("night")
    watch.at += dt.timedelta(days=1)
    again = fetch("night")
    assert again.pupils_changed == 0
    load = Load.objects.get(extract=again.extract)
    assert (load.marks_set, load.marks_amended, load.marks_unchanged) == (0, 0, 3)


def test_nothing_is_asked_for_twice_or_missed_after_a_failure(fetch: Fetching, two: None, stub: Stub, watch: Clock, feed: Feed):
    fetch("night")
    kept = dict(Cursor.objects.filter(feed=feed).values_list("resource", "updated_after"))
    watch.at += dt.timedelta(minutes=15)
    stub.add("A1", "attendance/session", mark(5, 1, FRIDAY, "PM", "\\", watch.at))
    stub.misbehave("attendance/session", stubs.status(200, b"<html>maintenance</html>"))
    failed = fetch("day")
    assert "not the JSON" in failed.problem
    assert dict(Cursor.objects.filter(feed=feed).values_list("resource", "updated_after")) == kept
    fetch("day")
    assert marks_of(ANNA, FRIDAY) == "/\\"


def test_dates_in_objects_and_texts_and_any_zone():
    from attendance.imports import wonde_rows

    day = dt.date(2026, 6, 16)
    for value in (
        on(day),
        {"date": "2026-06-15 23:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
        {"date": "2026-06-16 00:00:00.000000", "timezone_type": 1, "timezone": "+01:00"},
        {"date": "2026-06-16 00:00:00.000000", "timezone_type": 2, "timezone": "BST"},
        {"data": on(day)},
        "2026-06-16",
        "2026-06-15T23:00:00Z",
    ):
        assert wonde_rows.day(value) == day, value
    for value in (None, "", "soon", {"date": None}, {"date": "2026-06-16", "timezone": "Mars/Olympus"}, 7):
        assert wonde_rows.day(value) is None, value
