"""Adding and correcting pupils, enrolments, parents and characteristics through the pages, and who may see whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from schools.models import Characteristic, Enrolment, Parent, Pupil, Responsibility, School
from tests import factories
from tests.conftest import Browse

pytestmark = pytest.mark.django_db


def date(name: str, day: dt.date | None) -> dict[str, str]:
    """A date as its three boxes send it."""
    parts = (day.day, day.month, day.year) if day else ("", "", "")
    return {f"{name}_{part}": str(value) for part, value in zip(("day", "month", "year"), parts, strict=True)}


def new_pupil(**fields: Any) -> dict[str, Any]:
    asked = {"forename": "Zofia", "surname": "Nowak-Żak", "upn": factories.valid_upn(77001), "sex": "F", "kind": "main", "year_group": "8"}
    return asked | date("dob", dt.date(2014, 1, 9)) | date("start", dt.date(2026, 11, 16)) | fields


def parent_fields(**fields: Any) -> dict[str, Any]:
    return {
        "forename": "Jan",
        "surname": "Nowak",
        "relationship": "father",
        "parental_responsibility": "yes",
        "lives_with": "on",
        "phone": "07700 900456",
        "address": "3 High Street",
        "postcode": "mb1 2bb",
    } | fields


class TestPupils:
    def test_a_child_is_put_on_roll(self, contact_a_client: Client, school_a: School) -> None:
        answer = contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), new_pupil())
        pupil = Pupil.objects.get(surname="Nowak-Żak")
        assert answer["Location"] == reverse("pupil", args=[pupil.pk])
        enrolment = pupil.enrolments.get()
        assert (enrolment.school, enrolment.start, enrolment.year_group) == (school_a, dt.date(2026, 11, 16), "8")
        assert "nowak zak" in pupil.search_text
        acts = list(AuditEvent.objects.filter(kind="change").order_by("pk").values_list("act", "by_name"))
        assert acts == [("added pupil", "Carys Alder"), ("enrolled", "Carys Alder")]

    def test_the_same_upn_is_the_same_child(self, contact_a_client: Client, school_a: School, school_b: School) -> None:
        known = factories.make_pupil("Nowak-Żak", "Zofia", upn=factories.valid_upn(77001), dob=dt.date(2014, 1, 9))
        factories.enrol(known, school_b, end=dt.date(2026, 10, 20))
        contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), new_pupil())
        assert Pupil.objects.count() == 1
        assert known.enrolments.count() == 2

    def test_a_upn_tried_out_brings_no_stranger_s_child(self, contact_a_client: Client, school_a: School, school_b: School) -> None:
        known = factories.make_pupil("Quite-Another", upn=factories.valid_upn(77001), dob=dt.date(2012, 5, 5))
        factories.enrol(known, school_b)
        page = contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), new_pupil()).content.decode()
        assert "is known with another surname and date of birth" in page
        assert "Quite-Another" not in page
        assert not Enrolment.objects.filter(school=school_a).exists()

    def test_a_namesake_with_the_same_birthday_is_asked_about(self, contact_a_client: Client, school_a: School) -> None:
        contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), new_pupil())
        asked = new_pupil(upn="")
        page = contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), asked).content.decode()
        assert "Confirm that this is another child" in page
        assert Pupil.objects.count() == 1
        contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), asked | {"although_alike": "on"})
        assert Pupil.objects.count() == 2

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"surname": ""}, "Enter a surname"),
            ({"upn": "Z99990011500"}, "Enter a UPN as a letter, 11 digits"),
            (date("dob", dt.date(2027, 1, 1)), "Enter a date of birth in the past"),
            ({"dob_day": "31", "dob_month": "2", "dob_year": "2014"}, "Enter a real date"),
            ({"start_day": "", "start_month": "", "start_year": ""}, "Enter the first day on roll"),
        ],
    )
    def test_what_is_wrong_is_said(self, contact_a_client: Client, school_a: School, fields: dict[str, str], words: str) -> None:
        page = contact_a_client.post(reverse("pupil_add", args=[school_a.urn]), new_pupil(**fields)).content.decode()
        assert words in page
        assert "There is a problem" in page
        assert not Pupil.objects.exists()

    def test_former_names_and_upns_are_kept(self, officer_client: Client, school_a: School) -> None:
        pupil = factories.make_pupil("Before", "Ali", upn=factories.valid_upn(1))
        factories.enrol(pupil, school_a)
        fields = {"forename": "Ali", "surname": "After", "upn": factories.valid_upn(2), "sex": "F"} | date("dob", pupil.dob)
        officer_client.post(reverse("pupil_edit", args=[pupil.pk]), fields)
        pupil.refresh_from_db()
        assert (pupil.surname, pupil.sort_name) == ("After", "after, ali")
        assert [(f.surname, f.until) for f in pupil.former_names.all()] == [("Before", dt.date(2026, 11, 20))]
        assert [f.upn for f in pupil.former_upns.all()] == [factories.valid_upn(1)]
        assert "ali before" in pupil.search_text
        event = AuditEvent.objects.get(act="corrected pupil")
        assert event.detail == {"fields": ["surname", "upn"]}, "the trail names what changed; history holds the values"

    def test_a_upn_belongs_to_one_child(self, officer_client: Client, school_a: School) -> None:
        other = factories.make_pupil("Other")
        pupil = factories.make_pupil("Mine")
        factories.enrol(pupil, school_a)
        fields = {"forename": "Alex", "surname": "Mine", "upn": other.upn or "", "sex": "F"} | date("dob", pupil.dob)
        page = officer_client.post(reverse("pupil_edit", args=[pupil.pk]), fields).content.decode()
        assert "belongs to another pupil" in page


class TestEnrolments:
    def test_dates_are_corrected_and_flags_are_asked_for(
        self, officer_client: Client, school_a: School, django_capture_on_commit_callbacks: Any
    ) -> None:
        enrolment = factories.enrol(factories.make_pupil(), school_a, start_from_marks=True)
        asked = date("start", dt.date(2025, 9, 3)) | date("end", dt.date(2026, 10, 2)) | {"kind": "main", "year_group": "9"}
        with django_capture_on_commit_callbacks() as rung:
            officer_client.post(reverse("enrolment_edit", args=[enrolment.pk]), asked)
        enrolment.refresh_from_db()
        assert (enrolment.start, enrolment.end, enrolment.year_group) == (dt.date(2025, 9, 3), dt.date(2026, 10, 2), "9")
        assert not enrolment.start_from_marks, "somebody has said it now"
        assert len(rung) == 1

    @pytest.mark.parametrize(
        ("start", "end", "words"),
        [
            (dt.date(2026, 9, 1), dt.date(2026, 8, 1), "must be on or after the first day"),
            (dt.date(2026, 3, 1), None, "is already on roll here from 1 September 2025 to 31 March 2026"),
        ],
    )
    def test_two_spells_never_overlap(
        self, officer_client: Client, school_a: School, start: dt.date, end: dt.date | None, words: str
    ) -> None:
        pupil = factories.make_pupil()
        factories.enrol(pupil, school_a, end=dt.date(2026, 3, 31))
        second = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
        asked = date("start", start) | date("end", end) | {"kind": "main"}
        page = officer_client.post(reverse("enrolment_edit", args=[second.pk]), asked).content.decode()
        assert words in page

    def test_dual_registration_leaves_the_other_roll_alone(
        self, officer: User, officer_client: Client, school_a: School, school_b: School
    ) -> None:
        factories.post(officer, school_b)
        pupil = factories.make_pupil()
        main = factories.enrol(pupil, school_a)
        asked = {"school": school_b.pk, "kind": "subsidiary", "year_group": ""} | date("start", dt.date(2026, 11, 2)) | date("end", None)
        officer_client.post(reverse("enrolment_add", args=[pupil.pk]), asked)
        main.refresh_from_db()
        assert main.end is None
        assert pupil.enrolments.get(school=school_b).kind == "subsidiary"

    def test_nobody_enrols_into_a_school_that_is_not_theirs(self, contact_a_client: Client, school_a: School, school_b: School) -> None:
        pupil = factories.make_pupil()
        factories.enrol(pupil, school_a)
        asked = {"school": school_b.pk, "kind": "main", "year_group": ""} | date("start", dt.date(2026, 11, 2)) | date("end", None)
        contact_a_client.post(reverse("enrolment_add", args=[pupil.pk]), asked)
        assert not pupil.enrolments.filter(school=school_b).exists()


class TestParents:
    def test_a_parent_is_added_and_found_again_for_the_sibling(self, contact_a_client: Client, school_a: School) -> None:
        first, second = factories.make_pupil("Nowak", "Ada"), factories.make_pupil("Nowak", "Ola")
        for pupil in (first, second):
            factories.enrol(pupil, school_a)
            contact_a_client.post(reverse("parent_add", args=[pupil.pk]), parent_fields())
        parent = Parent.objects.get()
        assert {link.pupil for link in parent.responsibilities.all()} == {first, second}
        assert parent.postcode == "MB1 2BB"
        assert "07700900456" in parent.search_text

    def test_an_address_hidden_from_somebody_is_the_authority_s_alone(
        self, officer_client: Client, contact_a_client: Client, staff_a: User, school_a: School
    ) -> None:
        pupil = factories.make_pupil("Riley", address="9 Safe Place", postcode="MB9 9ZZ")
        factories.enrol(pupil, school_a)
        mother = factories.make_parent(pupil, forename="Mo", address="9 Safe Place", postcode="MB9 9ZZ")
        father = factories.make_parent(pupil, forename="Fred", phone="07700 900999")
        edit = reverse("parent_edit", args=[mother.responsibilities.get().pk])
        assert "9 Safe Place" in contact_a_client.get(edit).content.decode()
        assert "Keep this address hidden from" not in contact_a_client.get(edit).content.decode()
        asked = parent_fields(forename="Mo", surname="Riley", relationship="mother", address="9 Safe Place", postcode="MB9 9ZZ")
        officer_client.post(edit, asked | {"hidden_from": [father.pk]})
        assert list(mother.hidden_from.all()) == [father]

        page = contact_a_client.get(edit).content.decode()
        assert "Address hidden from Fred Riley" in page
        assert "9 Safe Place" not in page
        assert "9 Safe Place" not in contact_a_client.get(reverse("pupil_edit", args=[pupil.pk])).content.decode()
        assert "9 Safe Place" in officer_client.get(edit).content.decode()
        assert not Parent.objects.address_visible_to(staff_a).filter(pk=mother.pk).exists(), "nor found by it"

    def test_what_a_school_does_not_see_it_does_not_blank(self, contact_a_client: Client, school_a: School) -> None:
        pupil = factories.make_pupil("Riley")
        factories.enrol(pupil, school_a)
        mother, father = factories.make_parent(pupil, forename="Mo", address="9 Safe Place"), factories.make_parent(pupil)
        mother.hidden_from.add(father)
        asked = parent_fields(forename="Mo", surname="Riley", relationship="mother", phone="07700 900111")
        del asked["address"], asked["postcode"]
        contact_a_client.post(reverse("parent_edit", args=[mother.responsibilities.get().pk]), asked)
        mother.refresh_from_db()
        assert (mother.phone, mother.address) == ("07700 900111", "9 Safe Place")
        assert list(mother.hidden_from.all()) == [father]

    def test_a_link_is_taken_away_and_the_person_stays(self, officer_client: Client, school_a: School) -> None:
        pupil = factories.make_pupil()
        factories.enrol(pupil, school_a)
        parent = factories.make_parent(pupil)
        officer_client.post(reverse("parent_unlink", args=[parent.responsibilities.get().pk]))
        assert not Responsibility.objects.exists()
        assert Parent.objects.filter(pk=parent.pk).exists()


class TestCharacteristics:
    def test_added_once_and_ended(self, officer_client: Client, school_a: School) -> None:
        pupil = factories.make_pupil()
        factories.enrol(pupil, school_a)
        add = reverse("characteristic_add", args=[pupil.pk])
        asked = {"kind": "cin", "source": "social worker"} | date("start", dt.date(2026, 9, 1)) | date("end", None)
        officer_client.post(add, asked)
        again = officer_client.post(add, asked | date("start", dt.date(2026, 10, 1)))
        assert "is already recorded for some of these dates" in again.content.decode()
        held = Characteristic.objects.get()
        officer_client.post(
            reverse("characteristic_edit", args=[held.pk]),
            {"source": "social worker"} | date("start", held.start) | date("end", dt.date(2026, 10, 31)),
        )
        held.refresh_from_db()
        assert held.end == dt.date(2026, 10, 31)


class TestWhoSeesWhom:
    @pytest.fixture
    def moved(self, school_a: School, school_b: School) -> Pupil:
        """Left A for B this September."""
        pupil = factories.make_pupil("Moved")
        factories.enrol(pupil, school_a, end=dt.date(2026, 7, 22))
        factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1))
        return pupil

    def test_a_school_sees_a_leaver_until_the_school_year_ends(self, moved: Pupil, contact_a: User, contact_b: User, officer: User) -> None:
        assert not Pupil.objects.visible_to(contact_a).filter(pk=moved.pk).exists(), "left before this school year"
        assert Pupil.objects.visible_to(contact_b).filter(pk=moved.pk).exists()
        assert Pupil.objects.visible_to(officer).filter(pk=moved.pk).exists(), "the authority keeps the school's history"

    def test_a_school_sees_its_own_spell_only(self, school_a: School, school_b: School, contact_a: User, officer: User) -> None:
        pupil = factories.make_pupil()
        here, there = factories.enrol(pupil, school_a), factories.enrol(pupil, school_b, kind="subsidiary")
        assert list(Enrolment.objects.of_pupil(pupil, contact_a)) == [here]
        assert set(Enrolment.objects.of_pupil(pupil, officer)) == {here, there}
        assert list(Enrolment.objects.visible_to(contact_a)) == [here]

    @pytest.mark.parametrize(
        ("start", "end", "sees"),
        [
            (dt.date(2026, 11, 20), None, True),
            (dt.date(2026, 11, 21), None, False),
            (dt.date(2026, 9, 1), dt.date(2026, 11, 20), True),
            (dt.date(2026, 9, 1), dt.date(2026, 11, 19), False),
        ],
    )
    def test_a_posting_opens_a_school_on_its_days_only(
        self, stranger: User, school_a: School, start: dt.date, end: dt.date | None, sees: bool
    ) -> None:
        factories.post(stranger, school_a, start=start, end=end)
        pupil = factories.make_pupil()
        factories.enrol(pupil, school_a)
        parent = factories.make_parent(pupil)
        assert School.objects.visible_to(stranger).filter(pk=school_a.pk).exists() is sees
        assert Pupil.objects.visible_to(stranger).filter(pk=pupil.pk).exists() is sees
        assert Parent.objects.visible_to(stranger).filter(pk=parent.pk).exists() is sees

    def test_one_posting_s_dates_and_another_s_user_open_nothing(self, stranger: User, officer: User, school_a: School) -> None:
        factories.post(stranger, school_a, end=dt.date(2026, 1, 1))  # over; the officer's at the same school is not
        assert not School.objects.visible_to(stranger).exists()

    def test_a_disabled_user_sees_nothing(self, manager: User, school_a: School) -> None:
        factories.enrol(factories.make_pupil(), school_a)
        manager.is_active = False
        assert not School.objects.visible_to(manager).exists()
        assert not Pupil.objects.visible_to(manager).exists()

    def test_another_school_s_child_is_not_there_for_any_act(
        self, school_b: School, contact_a: User, officer: User, browse: Browse
    ) -> None:
        pupil = factories.make_pupil("Theirs")
        enrolment = factories.enrol(pupil, school_b)
        link = factories.make_parent(pupil).responsibilities.get()
        held = Characteristic.objects.create(pupil=pupil, kind="fsm", start=dt.date(2025, 9, 1))
        acts = [
            reverse("pupil_edit", args=[pupil.pk]),
            reverse("enrolment_add", args=[pupil.pk]),
            reverse("enrolment_edit", args=[enrolment.pk]),
            reverse("parent_add", args=[pupil.pk]),
            reverse("parent_edit", args=[link.pk]),
            reverse("parent_unlink", args=[link.pk]),
            reverse("characteristic_add", args=[pupil.pk]),
            reverse("characteristic_edit", args=[held.pk]),
            reverse("pupil_add", args=[school_b.urn]),
            reverse("roll", args=[school_b.urn]),
            reverse("calendar_add", args=[school_b.urn]),
        ]
        for user in (contact_a, officer):
            client = browse(user)
            assert {act: client.post(act).status_code for act in acts} == dict.fromkeys(acts, 404)
        pupil.refresh_from_db()
        assert pupil.surname == "Theirs"
        assert Responsibility.objects.filter(pk=link.pk).exists()


def test_opening_a_form_about_a_pupil_is_written_down_as_a_look(officer_client, officer, school_a):
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a)
    officer_client.get(f"/pupils/{pupil.pk}/edit/")
    look = AuditEvent.objects.get(kind=AuditEvent.Kind.VIEW)
    assert (look.by, look.subject_id) == (officer, pupil.pk)
