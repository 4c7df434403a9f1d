"""Two records of one child: one points at the other, nothing is moved, and undoing is exact."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from attendance.models import Flag, Register
from casework import planning
from casework.actions import merging as actions
from casework.actions.referrals import withdraw
from casework.letters import facts, reporting
from casework.models import Case
from schools.actions import enrolments, merging, pupils
from schools.actions.enrolments import EnrolmentProblem
from schools.actions.merging import MergeProblem
from schools.models import Enrolment, Merge, Pupil, School
from tests import factories
from tests.casework import make_case
from tests.casework.ways import make_referral
from tests.flows.reading import said

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def stays(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.write_marks(factories.enrol(pupil, school_a, start=dt.date(2026, 10, 5)), dt.date(2026, 10, 5), r"/\ OO /\ /\ /\ ")
    return pupil


@pytest.fixture
def goes(stays: Pupil, school_b: School) -> Pupil:
    """The same child, as another school wrote the name, until it left."""
    pupil = factories.make_pupil("Teal", "Asha")
    spell = factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 2))
    factories.write_marks(spell, dt.date(2026, 9, 7), r"OO OO OO OO OO " * 3)
    return pupil


def do(goes: Pupil, stays: Pupil, by: User, why: str = "Same birth certificate.") -> Merge:
    return actions.merge(by=by, today=TODAY, now=clock.now(), pupil=goes, into=stays, why=why)


def everything() -> dict[str, list[Any]]:
    """What a merge might touch, row by row."""
    tables = (Pupil, Enrolment, Register, Flag, Case)
    return {model.__name__: [tuple(map(_plain, row)) for row in model._default_manager.order_by("pk").values_list()] for model in tables}


def _plain(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, (bytes, memoryview)) else str(value)


class TestMerging:
    def test_it_points_and_moves_nothing_and_undoing_is_exact(
        self, manager: User, stays: Pupil, goes: Pupil, school_a: School, school_b: School
    ) -> None:
        factories.refresh(school_a, school_b, today=TODAY)
        case = make_case(stays, school_a, by=manager)
        before = everything()
        merge = do(goes, stays, manager)
        assert do(goes, stays, manager) == merge  # sent twice
        goes.refresh_from_db()
        assert goes.merged_into == stays
        after = everything()
        assert {name for name in before if before[name] != after[name]} == {"Pupil"}
        assert [spell.school for spell in Enrolment.objects.of_pupil(stays, manager).order_by("start")] == [school_b, school_a]
        assert pupils.find_by_upn(goes.upn or "") == stays
        merging.undo(by=manager, now=clock.now(), merge=merge, why="Twins.")
        assert everything() == before
        assert list(Enrolment.objects.of_pupil(stays, manager)) == [stays.enrolments.get()]
        assert Case.objects.get() == case

    def test_the_case_counts_the_marks_of_both(
        self, manager: User, manager_client: Client, stays: Pupil, goes: Pupil, school_a: School, school_b: School
    ) -> None:
        case = make_case(stays, school_a, by=manager)
        factories.enrol(goes, school_b, start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 20))
        address = reverse("case", args=[case.pk])
        assert "2 of 10 sessions" in said(manager_client.get(address))
        do(goes, stays, manager)
        assert "32 of 40 sessions" in said(manager_client.get(address))
        # and so do whatever is sent out about the child, and what a review of the plan keeps
        sent = facts.of_pupils([stays.pk], today=TODAY)[stays.pk]
        told = reporting.put_together(stays, today=TODAY, purpose="Core group", comment="")["year"]
        assert [(sent.year.absent, sent.year.possible), (told["absent"], told["possible"])] == [(32, 40)] * 2
        assert planning.of_enrolments(case) == list(Enrolment.objects.filter(pupil__in=[stays, goes]).order_by("pk"))
        merging.undo(by=manager, now=clock.now(), merge=Merge.objects.get(), why="Twins.")
        assert "2 of 10 sessions" in said(manager_client.get(address))

    def test_a_school_sees_of_the_other_record_only_its_own(
        self, manager: User, contact_a: User, contact_b: User, stays: Pupil, goes: Pupil, school_a: School
    ) -> None:
        do(goes, stays, manager)
        assert [spell.school for spell in Enrolment.objects.of_pupil(stays, contact_a)] == [school_a]
        assert not Pupil.objects.visible_to(contact_b).filter(pk=stays.pk).exists()

    def test_a_merged_record_goes_on_no_roll(self, manager: User, stays: Pupil, goes: Pupil, school_b: School) -> None:
        do(goes, stays, manager)
        goes.refresh_from_db()
        with pytest.raises(EnrolmentProblem, match="was merged into another of the same child"):
            enrolments.enrol(by=manager, today=TODAY, pupil=goes, school=school_b, start=TODAY)
        details: pupils.PupilDetails = {"upn": goes.upn, "surname": "Teal", "forename": "Asha", "dob": goes.dob}
        spell = enrolments.admit(by=manager, today=TODAY, school=school_b, details=details, start=TODAY)
        assert spell.pupil == stays

    def test_what_cannot_be_merged_says_why(self, manager: User, stays: Pupil, goes: Pupil, school_a: School, school_b: School) -> None:
        with pytest.raises(MergeProblem, match="is on roll at Alder High School"):
            do(stays, goes, manager)
        with pytest.raises(MergeProblem, match="That is the same record"):
            do(goes, goes, manager)
        with pytest.raises(MergeProblem, match="Enter how you know"):
            do(goes, stays, manager, why="  ")
        overlap = factories.enrol(stays, school_b, start=dt.date(2026, 9, 30), end=dt.date(2026, 10, 4))
        with pytest.raises(MergeProblem, match="in the same days"):
            do(goes, stays, manager)
        overlap.delete()
        third = factories.make_pupil("Teal", "A.")
        do(third, goes, manager)
        goes.refresh_from_db()
        with pytest.raises(MergeProblem, match="Another record was merged into this one"):
            do(goes, stays, manager)
        assert not Merge.objects.filter(into=stays).exists()

    def test_an_open_case_or_referral_of_the_record_that_goes_is_looked_at_first(
        self, manager: User, officer: User, stays: Pupil, goes: Pupil, school_b: School
    ) -> None:
        case = make_case(goes, school_b, by=manager, today=dt.date(2026, 10, 1))
        with pytest.raises(MergeProblem, match="has an open case, without an officer"):
            do(goes, stays, manager)
        Case.objects.filter(pk=case.pk).update(closed=TODAY, stage="closed", outcome="duplicate")
        referral = make_referral(goes, school_b, by=manager, today=dt.date(2026, 10, 1))
        with pytest.raises(MergeProblem, match="A referral of the record that goes waits"):
            do(goes, stays, manager)
        withdraw(by=manager, now=clock.now(), referral=referral)
        do(goes, stays, manager)


class TestThePages:
    def test_side_by_side_then_one_then_two_again(
        self, manager_client: Client, stays: Pupil, goes: Pupil, django_assert_max_num_queries: Any
    ) -> None:
        words = said(manager_client.get(reverse("pupil_same", args=[stays.pk])))
        assert "Asha Teal" in words  # the same day of birth and surname
        address = reverse("pupil_merge", args=[stays.pk, goes.pk])
        with django_assert_max_num_queries(15):
            words = said(manager_client.get(address))
        assert "Stays: Ash Teal" in words
        assert "Goes: Asha Teal" in words
        assert "30 of 30 sessions" in words
        assert "born on different days" not in words
        Pupil.objects.filter(pk=goes.pk).update(dob=dt.date(2011, 3, 4))
        assert "born on different days" in said(manager_client.get(address))
        assert "Enter how you know" in said(manager_client.post(address, {"why": ""}))
        words = said(manager_client.post(address, {"why": "<b>Seen</b> the papers 🙂"}, follow=True))
        assert "The two records of Ash Teal are one now." in words
        assert "<b>Seen</b> the papers 🙂" in words
        assert "This record was merged" in said(manager_client.get(reverse("pupil", args=[goes.pk])))
        undo = reverse("merge_undo", args=[Merge.objects.get().pk])
        assert "are two records again" in said(manager_client.post(undo, {"why": "Twins."}, follow=True))
        goes.refresh_from_db()
        assert goes.merged_into is None
        assert "This was undone already" in said(manager_client.get(undo, follow=True))
