"""Pupils whom two schools' files speak of at once, and marks that were taken back before anybody knew the pupil."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import numpy as np
import pytest
from django.db import connection, transaction

from attendance.codes import NO_LONGER
from attendance.imports import parts, preview
from attendance.imports.admit import admit
from attendance.imports.match import Placed, Roll
from attendance.imports.parse import parse
from attendance.models import Extract, Register
from schools.models import Enrolment, Pupil, School
from tests.factories import enrol, make_pupil, make_school, valid_upn
from tests.flows.extracts import MONDAY, days_text, importing, marks_of

NOON = dt.datetime(2026, 9, 9, 12, tzinfo=dt.UTC)
WEDNESDAY = MONDAY + dt.timedelta(days=2)


@pytest.mark.django_db
def test_a_mark_taken_back_puts_nobody_on_roll_and_begins_no_spell(tmp_path: Path, school_a: School) -> None:
    some, none = valid_upn(70101), valid_upn(70102)
    back, there = (NO_LONGER, NO_LONGER), ("/", "\\")
    text = days_text({(school_a.urn, some): {MONDAY: back, WEDNESDAY: there}, (school_a.urn, none): {MONDAY: back}}, names=False)
    importing(tmp_path, text, create_pupils=True)
    spell = Enrolment.objects.get()
    assert (spell.pupil.upn, spell.start) == (some, WEDNESDAY)
    assert marks_of(spell) == "..../\\...."
    assert not Pupil.objects.filter(upn=none).exists()


@pytest.mark.django_db
def test_a_pupil_whom_another_load_adds_meanwhile_is_new_to_that_one_only(tmp_path: Path, school_a: School, today: dt.date) -> None:
    theirs, ours = valid_upn(70103), valid_upn(70104)
    path = tmp_path / "register.csv"
    path.write_text(days_text({(school_a.urn, upn): {MONDAY: ("/", "\\")} for upn in (theirs, ours)}))
    sniffed, _, _ = preview.look(path)
    assert sniffed.mapping is not None
    parsed = parse(path, sniffed.mapping, today=today)
    roll = Roll(school_a, set(parsed.upn))
    added = make_pupil("Sample", "Bo", upn=theirs)  # committed by a load of another school, after this one looked
    assert admit(parsed, np.arange(parsed.rows_read), roll, by=None).new == 1
    assert set(Enrolment.objects.filter(school=school_a).values_list("pupil__upn", flat=True)) == {theirs, ours}
    assert Pupil.objects.get(upn=theirs) == added


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_to_put_a_pupil_on_another_roll_while_a_load_fills_in_what_was_not_known(
    tmp_path: Path, school_a: School, school_b: School
) -> None:
    pupil = make_pupil("Sample", "Bo", dob=None)
    here = enrol(pupil, school_a)

    def put_on_roll() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("set lock_timeout = '3s'")
            enrol(pupil, school_b)
        finally:
            connection.close()

    with transaction.atomic():
        importing(tmp_path, days_text({(school_a.urn, pupil.upn or ""): {MONDAY: ("/", "\\")}}))
        other = threading.Thread(target=put_on_roll)
        other.start()
        other.join()
    pupil.refresh_from_db()
    assert pupil.dob == dt.date(2014, 11, 11)
    assert Register.objects.get().enrolment == here
    assert Enrolment.objects.filter(pupil=pupil).count() == 2


@pytest.mark.django_db
def test_a_school_that_cannot_be_loaded_keeps_no_other_of_its_file_from_being_loaded(
    tmp_path: Path, school_a: School, school_b: School
) -> None:
    school_c = make_school()
    extract = Extract.objects.create(filename="all.csv", size=1, as_at=NOON, received_at=NOON, status=Extract.Status.LOADING)
    rows = {school: np.arange(1) for school in (school_a, school_b, school_c)}
    done: list[School] = []

    def do(school: School, rows: np.ndarray) -> Placed:
        if school == school_a:  # the first by its URN
            raise ValueError("not this one")
        done.append(school)
        return Placed(np.zeros(0, np.int64), np.zeros(0, "datetime64[D]"), np.zeros(0, np.bool_), np.zeros(0, np.uint8))

    followed: list[School] = []
    with pytest.raises(ValueError, match="not this one"):
        parts.work_through(extract, rows, do, progress=lambda *said: None, follow=followed.append)
    assert set(done) == set(followed) == {school_b, school_c}
    assert extract.parts.get(done_at=None).school == school_a
