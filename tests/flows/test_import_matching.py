"""Whose marks are whose: UPNs old and new, several spells, pupils nobody knows yet, and marks outside dates on roll."""

import datetime as dt

import pytest

from accounts.models import AuditEvent
from attendance.models import EnrolmentFigures, Extract, Load, Register
from schools.models import Enrolment, FormerUpn, Pupil
from tests.factories import enrol, make_pupil, make_school, valid_upn
from tests.flows.extracts import MONDAY, csv_text, days_text, importing, marks_of, weeks_text

pytestmark = pytest.mark.django_db

WEEK = r"/\/\II/\OO"


def one_day(urn, upn, day=MONDAY, marks=("/", "\\")):
    return days_text({(urn, upn): {day: marks}})


def test_a_pupil_is_found_by_a_number_they_once_had(tmp_path, school_a):
    bo = enrol(make_pupil("Sample", "Bo"), school_a)
    FormerUpn.objects.create(pupil=bo.pupil, upn=valid_upn(70002))
    receipt = importing(tmp_path, weeks_text([(school_a.urn, valid_upn(70002), MONDAY, WEEK)]))
    assert receipt["pupils"] == {"matched": 1, "created": 0, "unmatched": 0}
    assert marks_of(bo) == WEEK


def test_a_number_two_pupils_once_had_names_neither(tmp_path, school_a):
    for name in ("Ann", "Bea"):
        FormerUpn.objects.create(pupil=enrol(make_pupil("Sample", name), school_a).pupil, upn=valid_upn(70003))
    receipt = importing(tmp_path, one_day(school_a.urn, valid_upn(70003)), create_pupils=True)
    assert (receipt["marks_set"], receipt["rows_rejected"], receipt["pupils"]["unmatched"]) == (0, 1, 1)
    assert "two pupils" in receipt["rejected"][0]["message"]


def test_old_and_new_number_that_contradict_each_other_are_both_returned(tmp_path, school_a):
    bo = enrol(make_pupil("Sample", "Bo"), school_a)
    FormerUpn.objects.create(pupil=bo.pupil, upn=valid_upn(70004))
    tuesday = MONDAY + dt.timedelta(days=1)
    text = days_text(
        {
            (school_a.urn, bo.pupil.upn): {MONDAY: ("/", "\\"), tuesday: ("I", "I")},
            (school_a.urn, valid_upn(70004)): {MONDAY: ("O", "\\")},
        }
    )
    receipt = importing(tmp_path, text)
    assert [(r["line"], r["value"]) for r in receipt["rejected"]] == [(2, "/"), (4, "O")]
    assert "Line 4" in receipt["rejected"][0]["message"]
    assert marks_of(bo) == "..II......"


def test_without_being_asked_nobody_is_put_on_roll(tmp_path, school_a, school_b):
    elsewhere = make_pupil("Sample", "Bo")
    enrol(elsewhere, school_b)
    text = weeks_text([(school_a.urn, elsewhere.upn, MONDAY, WEEK), (school_a.urn, valid_upn(70005), MONDAY, WEEK)])
    receipt = importing(tmp_path, text)
    assert receipt["status"] == "loaded"
    assert receipt["pupils"] == {"matched": 0, "created": 0, "unmatched": 2}
    assert receipt["rows_rejected"] == 2
    assert f"No pupil with UPN {elsewhere.upn} is on roll at {school_a}" in receipt["rejected"][0]["message"]
    assert not Register.objects.exists()
    assert not Load.objects.exists()


def test_pupils_are_put_on_roll_from_their_earliest_mark_where_asked(tmp_path, school_a, school_b):
    elsewhere = enrol(make_pupil("Known", "Cy"), school_b)
    monday, wednesday = MONDAY, MONDAY + dt.timedelta(days=2)
    text = days_text(
        {
            (school_a.urn, valid_upn(70006)): {monday: ("-", ""), wednesday: ("", "\\")},
            (school_a.urn, elsewhere.pupil.upn): {monday: ("/", "\\")},
        }
    )
    receipt = importing(tmp_path, text, create_pupils=True)
    assert receipt["pupils"] == {"matched": 1, "created": 1, "unmatched": 0}
    new = Enrolment.objects.get(pupil__upn=valid_upn(70006))
    assert (new.start, new.end, new.school, new.year_group) == (wednesday, None, school_a, "8")
    assert (new.pupil.forename, new.pupil.surname, new.pupil.dob) == ("Bo", "Sample", dt.date(2014, 11, 11))
    assert "bo sample" in new.pupil.search_text
    here = Enrolment.objects.get(pupil=elsewhere.pupil, school=school_a)
    assert here.start == monday
    elsewhere.refresh_from_db()
    assert elsewhere.end is None
    event = AuditEvent.objects.get(act__startswith="Pupils put on roll")
    assert (event.detail["count"], event.detail["new_to_daymark"]) == (2, 1)


def test_a_later_file_with_earlier_marks_moves_such_a_start_earlier(tmp_path, school_a):
    upn = valid_upn(70007)
    importing(tmp_path, one_day(school_a.urn, upn), create_pupils=True)
    before = dt.date(2026, 9, 3)
    receipt = importing(tmp_path, one_day(school_a.urn, upn, before), name="earlier.csv")
    assert receipt["pupils"] == {"matched": 1, "created": 0, "unmatched": 0}
    enrolment = Enrolment.objects.get()
    assert enrolment.start == before
    assert EnrolmentFigures.objects.get(enrolment=enrolment).possible == 4


def test_a_start_that_a_person_gave_stays(tmp_path, school_a):
    bo = enrol(make_pupil("Sample", "Bo"), school_a, start=MONDAY)
    importing(tmp_path, one_day(school_a.urn, bo.pupil.upn, dt.date(2026, 9, 3)))
    bo.refresh_from_db()
    assert bo.start == MONDAY


def test_marks_outside_dates_on_roll_are_kept_listed_and_not_counted(tmp_path, school_a):
    bo = enrol(make_pupil("Sample", "Bo"), school_a, start=MONDAY + dt.timedelta(days=2))
    receipt = importing(tmp_path, weeks_text([(school_a.urn, bo.pupil.upn, MONDAY, WEEK + "####")]))
    assert receipt["marks_set"] == 14
    assert marks_of(bo) == WEEK
    extract = Extract.objects.get()
    assert extract.loads.get().marks_outside == 4
    assert any("4 marks of 1 pupil lie outside" in question for question in extract.questions)
    assert EnrolmentFigures.objects.get(enrolment=bo).possible == 6


def test_a_mark_goes_to_the_spell_that_covers_its_day_else_to_the_nearest(tmp_path, school_a):
    bo = make_pupil("Sample", "Bo")
    first = enrol(bo, school_a, start=dt.date(2026, 9, 1), end=dt.date(2026, 9, 11))
    second = enrol(bo, school_a, start=dt.date(2026, 10, 5))
    days = {
        dt.date(2026, 9, 8): ("/", "\\"),
        dt.date(2026, 9, 14): ("I", "I"),
        dt.date(2026, 9, 30): ("O", "O"),
        dt.date(2026, 10, 6): ("M", "/"),
    }
    days[dt.date(2026, 10, 6)] = ("M", "\\")
    importing(tmp_path, days_text({(school_a.urn, bo.upn): days}))
    assert marks_of(first, dt.date(2026, 9, 8), 1) == "/\\"
    assert marks_of(first, dt.date(2026, 9, 14), 1) == "II"
    assert marks_of(second, dt.date(2026, 9, 30), 1) == "OO"
    assert marks_of(second, dt.date(2026, 10, 6), 1) == "M\\"
    assert Load.objects.get().marks_outside == 4


def test_the_year_group_is_that_of_the_newest_register(tmp_path, school_a):
    bo = enrol(make_pupil("Sample", "Bo"), school_a, year_group="7")

    def send(day, year_group):
        rows = [["URN", "UPN", "Year group", "Date", "AM", "PM"], [school_a.urn, bo.pupil.upn, year_group, day, "/", "\\"]]
        importing(tmp_path, csv_text(rows), name=f"{day}.csv")
        bo.refresh_from_db()
        return bo.year_group

    assert send(dt.date(2026, 9, 8), "Year 8") == "8"
    assert send(dt.date(2026, 3, 10), "7") == "8"


def test_a_file_of_several_schools_leaves_a_receipt_at_each(tmp_path, school_a, school_b):
    ann, bea = enrol(make_pupil("Sample", "Ann"), school_a), enrol(make_pupil("Sample", "Bea"), school_b)
    text = weeks_text([(s.urn, e.pupil.upn, MONDAY, WEEK) for s, e in ((school_b, bea), (school_a, ann))])
    receipt = importing(tmp_path, text)
    assert receipt["marks_set"] == 20
    assert [(load.school, load.marks_set) for load in Load.objects.order_by("school__urn")] == [(school_a, 10), (school_b, 10)]
    assert marks_of(ann) == marks_of(bea) == WEEK


def test_a_pupil_on_two_rolls_in_one_file_counts_once(tmp_path, school_a, school_b):
    bo = make_pupil("Sample", "Bo")
    here, there = enrol(bo, school_a), enrol(bo, school_b, kind="subsidiary")
    text = weeks_text([(school_a.urn, bo.upn, MONDAY, "DDDDDDDD/\\"), (school_b.urn, bo.upn, MONDAY, "/\\/\\/\\/\\DD")])
    receipt = importing(tmp_path, text)
    assert receipt["pupils"]["matched"] == 1
    assert marks_of(here) == "DDDDDDDD/\\"
    assert marks_of(there) == "/\\/\\/\\/\\DD"


def test_a_school_of_no_pupils_takes_its_first_register(tmp_path):
    school = make_school("Example High School", urn=999001)
    receipt = importing(tmp_path, weeks_text([(999001, valid_upn(n), MONDAY, WEEK) for n in (80001, 80002)]), create_pupils=True)
    assert receipt["pupils"] == {"matched": 0, "created": 2, "unmatched": 0}
    assert set(Pupil.objects.values_list("surname", flat=True)) == {"Name not known"}
    assert school.enrolments.count() == 2


def test_a_later_file_fills_in_what_an_earlier_one_left_out_and_changes_nothing_known(tmp_path, school_a):
    """A pupil without a date of birth is not gated by age: it matters when the date comes."""
    upn, other = valid_upn(80011), valid_upn(80012)
    importing(tmp_path, weeks_text([(school_a.urn, number, MONDAY, WEEK) for number in (upn, other)]), create_pupils=True)
    Pupil.objects.filter(upn=other).update(dob=dt.date(2013, 3, 3), surname="Known")
    head = ["URN", "UPN", "Surname", "Forename", "DOB", "Year", "WeekStart", "WeekMarks"]
    earlier = MONDAY - dt.timedelta(weeks=1)
    rows = [
        [school_a.urn, upn, "Sample", "Bo", "11/11/2014", "7", earlier, WEEK],
        [school_a.urn, other, "Other", "Al", "1/1/2014", "7", earlier, WEEK],
    ]
    assert importing(tmp_path, csv_text([head, *rows]), name="later.csv")["rows_rejected"] == 0
    bo, known = Pupil.objects.get(upn=upn), Pupil.objects.get(upn=other)
    assert (str(bo), bo.dob, bo.sort_name) == ("Bo Sample", dt.date(2014, 11, 11), "sample, bo")
    assert (known.surname, known.dob) == ("Known", dt.date(2013, 3, 3))
    assert {spell.year_group for spell in school_a.enrolments.all()} == {"7"}
    assert AuditEvent.objects.get(act__contains="filled in").detail["count"] == 1
