"""Rows without a UPN that says who they are about: held, decided about by a person, remembered, undone and taken back."""

from __future__ import annotations

import datetime as dt
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from attendance import actions, matching, register, waiting
from attendance.imports import load, preview
from attendance.models import EnrolmentFigures, Extract, HeldDecision, HeldPerson, HeldRows, Load
from attendance.models.held import HeldDecision as Decision
from config import pipeline
from schools.models import Enrolment, Pupil, School
from tests.factories import enrol, make_pupil, valid_upn
from tests.flows.extracts import MONDAY, csv_text, importing, marks_of

pytestmark = pytest.mark.django_db

DOB = dt.date(2012, 3, 4)
TUESDAY = MONDAY + dt.timedelta(days=1)
HEADER = ["URN", "UPN", "Surname", "Forename", "DOB", "Year", "Date", "AM", "PM"]


def rows_text(*rows: tuple[Any, ...]) -> str:
    return csv_text([HEADER, *rows])


def row(
    school: School, upn: str, forename: str = "Ada", *, surname: str = "Held", dob: object = DOB, day: dt.date = MONDAY, marks: str = "/\\"
):
    return (school.urn, upn, surname, forename, dob, "8", day, marks[0], marks[1])


def sent(by: User | None, school: School | None, text: str, today: dt.date, *, as_at: dt.datetime | None = None, **options: Any) -> Extract:
    now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    extract = actions.receive_extract(
        by=by, today=today, now=now, content=[text.encode()], filename="register.csv", school=school, as_at=as_at
    )
    sniffed, _, _ = preview.look(load.stored(extract))
    assert sniffed.mapping is not None, sniffed.message
    actions.queue_extract(by=by, today=today, extract=extract, mapping=sniffed.mapping.to_json(), create_pupils=False, **options)
    return pipeline.load_extract(extract.pk, today=today)


@pytest.fixture
def ada(school_a: School) -> Enrolment:
    return enrol(make_pupil("Held", "Ada", dob=DOB), school_a)


class TestWhatIsHeld:
    def test_a_row_whose_upn_lost_its_letter_waits_and_touches_no_register(self, tmp_path: Path, school_a: School, ada: Enrolment) -> None:
        receipt = importing(tmp_path, rows_text(row(school_a, (ada.pupil.upn or "")[1:])))
        assert (receipt["rows_rejected"], receipt["rows_waiting"], receipt["marks_set"]) == (0, 1, 0)
        assert marks_of(ada) == "." * 10
        assert not Load.objects.exists()
        person = HeldPerson.objects.get()
        assert (person.upn, person.surname, person.forename, person.dob, person.school) == (ada.pupil.upn[1:], "Held", "Ada", DOB, school_a)
        part = person.parts.get()
        assert (part.rows, part.sessions, part.first_session, part.last_session) == (1, 2, MONDAY, MONDAY)

    def test_an_attempt_by_other_columns_replaces_what_one_that_failed_had_held(
        self, school_a: School, manager: User, today: dt.date
    ) -> None:
        now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
        text = rows_text(row(school_a, "", marks="/O"), row(school_a, "", "Bea", marks="/O"))
        extract = actions.receive_extract(
            by=manager, today=today, now=now, content=[text.encode()], filename="register.csv", school=school_a
        )
        sniffed, _, _ = preview.look(load.stored(extract))
        assert sniffed.mapping is not None
        wrong = sniffed.mapping.to_json()
        wrong["columns"] = wrong["columns"] | {"am": wrong["columns"]["pm"], "pm": wrong["columns"]["am"]}
        actions.queue_extract(by=manager, today=today, extract=extract, mapping=wrong, create_pupils=False)
        begun = load.begin(extract.pk)
        assert begun is not None
        load.load(begun, today=today)
        load.fail(begun, "Something went wrong after that.")
        actions.queue_extract(by=manager, today=today, extract=extract, mapping=sniffed.mapping.to_json(), create_pupils=False)
        assert pipeline.load_extract(extract.pk, today=today).status == Extract.Status.LOADED
        for part in HeldRows.objects.all():
            assert [
                register.code_of(byte) for _, byte in sorted(zip(*(part.read_marks()[n].tolist() for n in ("pm", "byte")), strict=True))
            ] == ["/", "O"]
        assert HeldRows.objects.count() == 2

    @pytest.mark.parametrize("upn", ["", "9.999E+11", "not one", valid_upn(81001)])
    def test_missing_unusable_and_unknown_numbers_alike(self, upn: str, tmp_path: Path, school_a: School) -> None:
        receipt = importing(tmp_path, rows_text(row(school_a, upn)))
        assert (receipt["rows_rejected"], receipt["rows_waiting"]) == (0, 1)
        assert HeldPerson.objects.get().upn == upn

    @pytest.mark.parametrize(("surname", "dob"), [("", DOB), ("Held", ""), ("Held", "not a day")])
    @pytest.mark.parametrize("upn", ["", "999900115001", valid_upn(81001)])
    def test_without_a_name_and_a_birthday_the_row_comes_back(
        self, surname: str, dob: object, upn: str, tmp_path: Path, school_a: School
    ) -> None:
        receipt = importing(tmp_path, rows_text(row(school_a, upn, surname=surname, dob=dob)))
        assert (receipt["rows_rejected"], receipt["rows_waiting"]) == (1, 0)
        assert not HeldPerson.objects.exists()

    def test_the_other_rows_load_as_ever(self, tmp_path: Path, school_a: School, ada: Enrolment) -> None:
        bo = enrol(make_pupil("Sample", "Bo"), school_a)
        receipt = importing(tmp_path, rows_text(row(school_a, bo.pupil.upn or "", "Bo"), row(school_a, "")))
        assert (receipt["marks_set"], receipt["rows_waiting"], receipt["pupils"]["matched"]) == (2, 1, 1)
        assert marks_of(bo, days=1) == "/\\"

    def test_a_file_without_a_upn_column_loads_through_the_queue(self, tmp_path: Path, school_a: School, ada: Enrolment) -> None:
        text = csv_text(
            [["URN", "Surname", "Forename", "Date of birth", "Date", "AM", "PM"], [school_a.urn, "Held", "Ada", DOB, MONDAY, "/", "\\"]]
        )
        receipt = importing(tmp_path, text)
        assert (receipt["status"], receipt["rows_waiting"]) == ("loaded", 1)

    def test_twins_without_numbers_are_two_questions_and_do_not_contradict_each_other(self, tmp_path: Path, school_a: School) -> None:
        receipt = importing(tmp_path, rows_text(row(school_a, "", "Ada"), row(school_a, "", "Eve", marks="II")))
        assert (receipt["rows_rejected"], receipt["rows_waiting"]) == (0, 2)
        assert HeldPerson.objects.count() == 2

    def test_one_person_in_many_files_is_one_question(self, tmp_path: Path, school_a: School) -> None:
        for day in (MONDAY, TUESDAY):
            importing(tmp_path, rows_text(row(school_a, "", surname="HELD" if day == MONDAY else "Held", day=day)))
        assert HeldPerson.objects.get().parts.count() == 2

    def test_the_same_file_tried_again_holds_its_rows_once(self, school_a: School, contact_a: User, today: dt.date) -> None:
        extract = sent(contact_a, school_a, rows_text(row(school_a, "")), today)
        Extract.objects.filter(pk=extract.pk).update(status=Extract.Status.QUEUED)
        pipeline.load_extract(extract.pk, today=today)
        assert HeldRows.objects.count() == 1

    def test_a_trial_run_leaves_nobody_waiting(self, tmp_path: Path, school_a: School) -> None:
        receipt = importing(tmp_path, rows_text(row(school_a, "")), dry_run=True)
        assert receipt["rows_waiting"] == 1
        assert not HeldPerson.objects.exists()

    def test_the_command_says_how_many_wait_and_decides_nothing(self, tmp_path: Path, school_a: School, ada: Enrolment) -> None:
        path = tmp_path / "register.csv"
        path.write_text(rows_text(row(school_a, "")))
        out = io.StringIO()
        call_command("import_register", str(path), create_pupils=True, stdout=out)
        assert "no mark was changed; 1 waiting for somebody to say whose marks they are" in out.getvalue()  # not: nothing new
        assert not HeldDecision.objects.exists()
        assert Pupil.objects.count() == 1

    def test_contradictory_marks_of_one_person_come_back(self, tmp_path: Path, school_a: School) -> None:
        receipt = importing(tmp_path, rows_text(row(school_a, "", marks="/\\"), row(school_a, "", marks="O\\")))
        assert receipt["rows_rejected"] == 2
        assert not HeldPerson.objects.exists()


class TestMatching:
    def waits(self, by: User, school: School, today: dt.date, *rows: tuple[Any, ...]) -> HeldPerson:
        sent(by, school, rows_text(*(rows or [row(school, "")])), today)
        return HeldPerson.objects.get()

    def test_the_marks_are_loaded_as_a_part_of_the_same_file(self, school_a: School, ada: Enrolment, officer: User, today: dt.date) -> None:
        person = self.waits(officer, school_a, today)
        before = HeldRows.objects.get().extract.received_at
        matching.match(by=officer, today=today, person=person, pupil=ada.pupil)
        assert marks_of(ada, days=1) == "/\\"
        loaded = Load.objects.get()
        extract = Extract.objects.get()
        assert (loaded.extract, loaded.as_at, loaded.held, loaded.marks_set, loaded.by) == (extract, extract.as_at, True, 2, officer)
        assert not register.read(2026, enrolments=[ada.pk], known_at=before).marks.any()
        assert AuditEvent.objects.filter(act="Held rows: matched to a pupil", by=officer).exists()
        assert not HeldPerson.objects.waiting().exists()

    def test_an_older_file_decided_late_does_not_undo_a_newer_mark(
        self, school_a: School, ada: Enrolment, officer: User, today: dt.date
    ) -> None:
        self.waits(officer, school_a, today)
        Extract.objects.update(as_at=dt.datetime(2026, 9, 7, 16, tzinfo=dt.UTC))
        newer = rows_text(row(school_a, ada.pupil.upn or "", marks="II"))
        sent(officer, school_a, newer, today, as_at=dt.datetime(2026, 9, 8, 16, tzinfo=dt.UTC))
        matching.match(by=officer, today=today, person=HeldPerson.objects.get(), pupil=ada.pupil)
        assert marks_of(ada, days=1) == "II"
        assert Load.objects.get(held=True).marks_older == 2

    def test_the_next_file_of_the_school_matches_by_itself(
        self, school_a: School, school_b: School, ada: Enrolment, officer: User, manager: User, today: dt.date
    ) -> None:
        matching.match(by=officer, today=today, person=self.waits(officer, school_a, today), pupil=ada.pupil)
        extract = sent(officer, school_a, rows_text(row(school_a, "", day=TUESDAY)), today)
        assert (extract.rows_rejected, extract.pupils_matched) == (0, 1)
        assert marks_of(ada, days=2) == "/\\/\\"
        sent(manager, school_b, rows_text(row(school_b, "", day=TUESDAY)), today)  # another school's file asks for itself
        assert HeldPerson.objects.waiting().get().school == school_b

    def test_a_number_that_changes_asks_again(self, school_a: School, ada: Enrolment, officer: User, today: dt.date) -> None:
        matching.match(by=officer, today=today, person=self.waits(officer, school_a, today), pupil=ada.pupil)
        sent(officer, school_a, rows_text(row(school_a, valid_upn(81009), day=TUESDAY)), today)
        assert HeldPerson.objects.waiting().get().upn == valid_upn(81009)

    def test_undoing_the_file_takes_the_marks_out_and_drops_what_waits(
        self, school_a: School, ada: Enrolment, officer: User, today: dt.date
    ) -> None:
        bo = enrol(make_pupil("Sample", "Bo"), school_a)
        text = rows_text(row(school_a, bo.pupil.upn or "", "Bo"), row(school_a, ""), row(school_a, "", "Eve"))
        extract = sent(officer, school_a, text, today)
        matching.match(by=officer, today=today, person=HeldPerson.objects.get(forename="Ada"), pupil=ada.pupil)
        for one in extract.loads.undoable_by(officer):
            actions.undo_load(by=officer, today=today, load=one)
        assert (marks_of(ada, days=1), marks_of(bo, days=1)) == ("..", "..")
        assert not HeldPerson.objects.waiting().exists()
        eve = enrol(make_pupil("Held", "Eve", dob=DOB), school_a)
        matching.match(by=officer, today=today, person=HeldPerson.objects.get(forename="Eve"), pupil=eve.pupil)
        assert marks_of(eve, days=1) == ".."

    def test_taken_back_the_marks_go_and_the_rows_wait_again(self, school_a: School, ada: Enrolment, officer: User, today: dt.date) -> None:
        wrong = enrol(make_pupil("Held", "Adam", dob=DOB), school_a)
        decision = matching.match(by=officer, today=today, person=self.waits(officer, school_a, today), pupil=wrong.pupil)
        matching.take_back(by=officer, today=today, decision=decision, reason="It was the sister")
        assert marks_of(wrong, days=1) == ".."
        person = HeldPerson.objects.waiting().get()
        matching.match(by=officer, today=today, person=person, pupil=ada.pupil)
        assert marks_of(ada, days=1) == "/\\"
        with pytest.raises(matching.AlreadyDecided, match="taken this back already"):
            matching.take_back(by=officer, today=today, decision=decision, reason="again")

    def test_a_school_takes_back_what_its_own_users_decided_alone(
        self, school_a: School, ada: Enrolment, officer: User, contact_a: User, contact_a_client: Client, today: dt.date
    ) -> None:
        decision = matching.match(by=officer, today=today, person=self.waits(contact_a, school_a, today), pupil=ada.pupil)
        assert "Take this decision back" not in contact_a_client.get(reverse("held_person", args=[decision.person_id])).content.decode()
        contact_a_client.post(reverse("held_take_back", args=[decision.person_id]), {"reason": "No"})
        with pytest.raises(PermissionDenied):
            matching.take_back(by=contact_a, today=today, decision=decision, reason="No")
        assert marks_of(ada, days=1) == "/\\"

    def test_a_school_that_is_late_is_not_told_of_a_pupil_it_does_not_see(
        self, school_a: School, school_b: School, officer: User, manager: User, contact_a: User, contact_a_client: Client, today: dt.date
    ) -> None:
        elsewhere = enrol(make_pupil("Secret", "Sam", dob=DOB), school_b)
        decision = matching.match(by=manager, today=today, person=self.waits(contact_a, school_a, today), pupil=elsewhere.pupil)
        Enrolment.objects.filter(pupil=elsewhere.pupil, school=school_a).update(end=dt.date(2025, 12, 31), start=dt.date(2025, 9, 1))
        late = contact_a_client.post(reverse("held_aside", args=[decision.person_id]), {"reason": "A visitor"}, follow=True)
        assert "Nothing more was changed" in late.content.decode()
        assert "Secret" not in late.content.decode()

    def test_the_figures_follow(self, school_a: School, ada: Enrolment, officer: User, today: dt.date) -> None:
        matching.match(by=officer, today=today, person=self.waits(officer, school_a, today), pupil=ada.pupil)
        (forgotten,) = pipeline.forgotten_undos()
        pipeline.follow_undo(forgotten, today=today, now=dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC))
        assert pipeline.forgotten_undos() == []
        assert EnrolmentFigures.objects.get(enrolment=ada, year=2026).attended == 2


class TestNewAndNotOurs:
    def test_a_new_pupil_is_what_the_file_says_on_roll_from_the_earliest_mark(
        self, school_a: School, officer: User, today: dt.date
    ) -> None:
        sent(officer, school_a, rows_text(row(school_a, valid_upn(81002), day=TUESDAY), row(school_a, valid_upn(81002))), today)
        matching.add_new(by=officer, today=today, person=HeldPerson.objects.get())
        spell = Enrolment.objects.get()
        assert (spell.pupil.upn, str(spell.pupil), spell.pupil.dob) == (valid_upn(81002), "Ada Held", DOB)
        assert (spell.start, spell.school, spell.year_group) == (MONDAY, school_a, "8")
        assert marks_of(spell, days=2) == "/\\/\\"

    def test_what_is_no_upn_is_not_given_to_them(self, school_a: School, officer: User, today: dt.date) -> None:
        sent(officer, school_a, rows_text(row(school_a, "999900115001")), today)
        matching.add_new(by=officer, today=today, person=HeldPerson.objects.get())
        assert Pupil.objects.get().upn is None

    def test_not_ours_asks_no_more_names_them_on_the_receipt_and_can_be_taken_back(
        self, school_a: School, ada: Enrolment, contact_a: User, contact_a_client: Client, today: dt.date
    ) -> None:
        sent(contact_a, school_a, rows_text(row(school_a, "")), today)
        decision = matching.set_aside(by=contact_a, today=today, person=HeldPerson.objects.get(), reason="A visitor")
        extract = sent(contact_a, school_a, rows_text(row(school_a, "", day=TUESDAY)), today)
        assert not HeldPerson.objects.waiting().exists()
        page = contact_a_client.get(reverse("extract", args=[extract.pk])).content.decode()
        assert "Not of the school: Ada Held" in page
        part = HeldRows.objects.get(extract=extract)
        file = contact_a_client.get(reverse("held_rows", args=[part.person_id, part.pk])).content.decode()
        assert "Set aside: A visitor" in file
        assert TUESDAY.isoformat() in file
        matching.take_back(by=contact_a, today=today, decision=decision, reason="No visitor")
        matching.match(by=contact_a, today=today, person=HeldPerson.objects.waiting().get(), pupil=ada.pupil)
        assert marks_of(ada, days=2) == "/\\/\\"


class TestMovesAndTwoRolls:
    def test_a_pupil_of_another_school_is_put_on_roll_here_and_stays_there(
        self, school_a: School, school_b: School, manager: User, manager_client: Client, today: dt.date
    ) -> None:
        there = enrol(make_pupil("Held", "Ada", dob=DOB), school_b)
        sent(manager, school_a, rows_text(row(school_a, "")), today)
        person = HeldPerson.objects.get()
        address = reverse("held_match", args=[person.pk, there.pupil_id])
        page = manager_client.get(address).content.decode()
        assert "put on roll from Mon 7 Sep 2026, their earliest mark" in page
        assert school_b.name in page
        assert not Enrolment.objects.filter(school=school_a).exists()
        manager_client.post(address)
        here = Enrolment.objects.get(school=school_a)
        assert (here.pupil, here.start, here.start_from_marks) == (there.pupil, MONDAY, True)
        there.refresh_from_db()
        assert there.end is None
        assert (marks_of(here, days=1), marks_of(there, days=1)) == ("/\\", "..")

    def test_a_mover_whose_old_school_still_sends_marks_is_counted_once(
        self, tmp_path: Path, school_a: School, school_b: School, today: dt.date
    ) -> None:
        """Left A on Monday, at B since Tuesday: A's later marks are kept, listed and count nowhere."""
        pupil = make_pupil("Held", "Ada", dob=DOB)
        old = enrol(pupil, school_a, end=MONDAY)
        new = enrol(pupil, school_b, start=TUESDAY)
        text = rows_text(
            row(school_a, pupil.upn or ""),
            row(school_a, pupil.upn or "", day=TUESDAY, marks="OO"),
            row(school_b, pupil.upn or "", day=TUESDAY),
        )
        receipt = importing(tmp_path, text)
        assert (receipt["rows_rejected"], receipt["rows_waiting"]) == (0, 0)
        assert (marks_of(old, days=2), marks_of(new, days=2)) == ("/\\OO", "../\\")
        assert Load.objects.get(school=school_a).marks_outside == 2
        figures = {one.enrolment_id: (one.attended, one.possible) for one in EnrolmentFigures.objects.all()}
        assert figures == {old.pk: (2, 2), new.pk: (2, 2)}

    def test_twins_each_get_their_own_marks(self, school_a: School, officer: User, officer_client: Client, today: dt.date) -> None:
        ada, eve = (enrol(make_pupil("Held", name, dob=DOB), school_a) for name in ("Ada", "Eve"))
        sent(officer, school_a, rows_text(row(school_a, "", "Ada"), row(school_a, "", "Eve", marks="II")), today)
        ticked = list(HeldPerson.objects.values_list("pk", flat=True))
        page = officer_client.post(reverse("held_several"), {"person": ticked}, follow=True).content.decode()
        assert "2 pupils matched" in page
        assert (marks_of(ada, days=1), marks_of(eve, days=1)) == ("/\\", "II")

    def test_a_twin_alone_on_roll_is_not_ticked(self, school_a: School, officer: User, officer_client: Client, today: dt.date) -> None:
        enrol(make_pupil("Held", "Eve", dob=DOB), school_a)
        sent(officer, school_a, rows_text(row(school_a, "", "Ada")), today)
        officer_client.post(reverse("held_several"), {"person": [HeldPerson.objects.get().pk]})
        assert not HeldDecision.objects.exists()


class TestWhoMaySeeAndDecide:
    def test_a_school_learns_nothing_of_another_school_s_child(
        self, school_a: School, school_b: School, contact_a: User, contact_a_client: Client, today: dt.date
    ) -> None:
        theirs = enrol(make_pupil("Held", "Ada", dob=DOB, upn=valid_upn(81003)), school_b)
        sent(contact_a, school_a, rows_text(row(school_a, valid_upn(81003)[1:])), today)
        person = HeldPerson.objects.get()
        for page in (reverse("held"), reverse("held_person", args=[person.pk])):
            seen = contact_a_client.get(page).content.decode()
            assert "nobody we know of" in seen or "No pupil of your school" in seen
            assert school_b.name not in seen
            assert valid_upn(81003) not in seen
            assert "may be meant" not in seen
        found = contact_a_client.get(reverse("held_person", args=[person.pk]), {"upn": valid_upn(81003)}).content.decode()
        nothing = contact_a_client.get(reverse("held_person", args=[person.pk]), {"upn": valid_upn(81004)}).content.decode()
        assert "You see no pupil with this UPN" in found
        assert "You see no pupil with this UPN" in nothing
        assert contact_a_client.get(reverse("held_match", args=[person.pk, theirs.pupil_id])).status_code == 404
        assert contact_a_client.post(reverse("held_match", args=[person.pk, theirs.pupil_id])).status_code == 404
        assert not HeldDecision.objects.exists()

    def test_what_becomes_of_a_row_does_not_tell_whether_its_number_is_known_elsewhere(
        self, school_a: School, school_b: School, contact_a: User, today: dt.date
    ) -> None:
        enrol(make_pupil("Theirs", "Cy", upn=valid_upn(81006)), school_b)
        text = rows_text(row(school_a, valid_upn(81006), "Ada"), row(school_a, valid_upn(81007), "Eve"))
        extract = sent(contact_a, school_a, text, today)
        assert extract.rows_rejected == 0
        assert {part.rows for part in HeldRows.objects.all()} == {1}
        assert HeldPerson.objects.visible_to(contact_a).waiting().count() == 2

    def test_what_the_authority_sent_is_the_authority_s_to_look_at(
        self, school_a: School, officer: User, contact_a: User, contact_a_client: Client, today: dt.date
    ) -> None:
        sent(officer, school_a, rows_text(row(school_a, "")), today)
        assert not HeldPerson.objects.visible_to(contact_a).exists()
        assert contact_a_client.get(reverse("held_person", args=[HeldPerson.objects.get().pk])).status_code == 404

    def test_an_officer_is_told_that_somebody_elsewhere_fits_and_not_who(
        self, school_a: School, school_b: School, officer: User, officer_client: Client, today: dt.date
    ) -> None:
        enrol(make_pupil("Held", "Ada", dob=DOB, upn=valid_upn(81005)), school_b)
        sent(officer, school_a, rows_text(row(school_a, "")), today)
        page = officer_client.get(reverse("held_person", args=[HeldPerson.objects.get().pk])).content.decode()
        assert "1 pupil at schools that are not yours may be meant" in page
        assert valid_upn(81005) not in page

    def test_a_school_adds_nobody_this_way(self, school_a: School, contact_a: User, contact_a_client: Client, today: dt.date) -> None:
        sent(contact_a, school_a, rows_text(row(school_a, "")), today)
        person = HeldPerson.objects.get()
        assert "A new pupil" not in contact_a_client.get(reverse("held_person", args=[person.pk])).content.decode()
        assert contact_a_client.post(reverse("held_new", args=[person.pk])).status_code == 403
        assert not Pupil.objects.exists()


class TestTwoAtOnce:
    def test_the_second_is_told_who_did_what(
        self, school_a: School, ada: Enrolment, officer: User, manager_client: Client, today: dt.date
    ) -> None:
        sent(officer, school_a, rows_text(row(school_a, "")), today)
        person = HeldPerson.objects.get()
        matching.match(by=officer, today=today, person=person, pupil=ada.pupil)
        page = manager_client.post(reverse("held_aside", args=[person.pk]), {"reason": "Not here"}, follow=True).content.decode()
        assert f"{officer.name} said that this is Ada Held on " in page
        assert HeldDecision.objects.get().kind == Decision.Kind.MATCH

    def test_the_database_refuses_a_second_decision(self, school_a: School, ada: Enrolment, officer: User, today: dt.date) -> None:
        sent(officer, school_a, rows_text(row(school_a, "")), today)
        decision = matching.match(by=officer, today=today, person=HeldPerson.objects.get(), pupil=ada.pupil)
        with pytest.raises(IntegrityError), transaction.atomic():
            HeldDecision.objects.create(person=decision.person, kind=Decision.Kind.NOT_OURS, by=officer, at=decision.at)

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_the_same_moment_one_decides(
        self, school_a: School, ada: Enrolment, officer: User, manager: User, today: dt.date
    ) -> None:
        sent(officer, school_a, rows_text(row(school_a, "")), today)
        person = HeldPerson.objects.get()
        start, told = threading.Barrier(2), []

        def decide(by: User) -> None:
            start.wait()
            try:
                matching.match(by=by, today=today, person=person, pupil=ada.pupil)
            except matching.AlreadyDecided as problem:
                told.append(str(problem))
            finally:
                connection.close()

        both = [threading.Thread(target=decide, args=[by]) for by in (officer, manager)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert len(told) == 1
        assert HeldDecision.objects.get().by.name in told[0]
        assert Load.objects.filter(held=True).count() == 1


class TestPages:
    def test_the_queue_costs_the_same_however_long_it_is(
        self, school_a: School, officer: User, officer_client: Client, today: dt.date, django_assert_max_num_queries: Any
    ) -> None:
        names = [f"Name{n}" for n in range(30)]
        for name in names[:20]:
            enrol(make_pupil("Held", name, dob=DOB), school_a)
        sent(officer, school_a, rows_text(*(row(school_a, "", name) for name in names)), today)
        with django_assert_max_num_queries(25):
            page = officer_client.get(reverse("held")).content.decode()
        assert "30 pupils wait" in page

    def test_from_home_to_the_register(
        self, school_a: School, ada: Enrolment, contact_a: User, contact_a_client: Client, officer_client: Client, today: dt.date
    ) -> None:
        extract = sent(contact_a, school_a, rows_text(row(school_a, (ada.pupil.upn or "")[1:])), today)
        assert "1 pupil to match" in officer_client.get(reverse("home")).content.decode()
        assert "1 pupil to match" in contact_a_client.get(reverse("home")).content.decode()
        receipt = contact_a_client.get(reverse("extract", args=[extract.pk])).content.decode()
        assert "Rows that wait" in receipt
        assert reverse("held") in receipt
        person = HeldPerson.objects.get()
        page = contact_a_client.get(reverse("held_person", args=[person.pk])).content.decode()
        assert "Same surname, forename and date of birth" in page
        address = reverse("held_match", args=[person.pk, ada.pupil_id])
        assert "2 new, 0 already so, 0 differ" in contact_a_client.get(address).content.decode()
        page = contact_a_client.post(address, follow=True).content.decode()
        assert "Ada Held is matched to Ada Held" in page
        assert marks_of(ada, days=1) == "/\\"
        assert "Rows matched since" in contact_a_client.get(reverse("extract", args=[extract.pk])).content.decode()
        decided = contact_a_client.get(reverse("held"), {"show": "decided"}).content.decode()
        assert "Matched to a pupil" in decided

    def test_what_differs_is_shown_before_it_is_matched(
        self, school_a: School, ada: Enrolment, officer: User, officer_client: Client, today: dt.date
    ) -> None:
        sent(officer, school_a, rows_text(row(school_a, ada.pupil.upn or "", marks="OO")), today)
        sent(officer, school_a, rows_text(row(school_a, "")), today)
        foreseen = waiting.foresee(HeldPerson.objects.get(), ada.pupil)
        assert (foreseen.set, foreseen.same, foreseen.differ) == (0, 0, 2)
        page = officer_client.get(reverse("held_match", args=[HeldPerson.objects.get().pk, ada.pupil_id])).content.decode()
        assert "2 differ from what stands" in page

    def test_the_columns_page_says_how_many_rows_will_wait(
        self, school_a: School, contact_a: User, contact_a_client: Client, today: dt.date
    ) -> None:
        now = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
        content = [rows_text(row(school_a, "")).encode()]
        extract = actions.receive_extract(by=contact_a, today=today, now=now, content=content, filename="r.csv", school=school_a)
        page = contact_a_client.get(reverse("extract_mapping", args=[extract.pk])).content.decode()
        assert "the marks wait until somebody says who is meant" in page
