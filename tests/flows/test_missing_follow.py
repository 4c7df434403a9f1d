"""What follows rolls and marks for children who are not simply absent: arriving, being present, enquiring, telling the social worker."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import clock
from accounts.models import User
from casework.actions import care, merging
from casework.actions import missing as actions
from casework.missing import following
from casework.models import MissingChild, TellWorker
from config import pipeline
from schools.actions import enquiries, enrolments
from schools.actions import merging as schools_merging
from schools.actions.enrolments import EnrolmentProblem
from schools.actions.roll import load_roll
from schools.importers import roll
from schools.models import Characteristic, Enrolment, JointEnquiry, Pupil, School
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
LEFT = dt.date(2026, 10, 22)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return factories.make_pupil("Teal", "Ash")


@pytest.fixture
def spell(pupil: Pupil, school_a: School) -> Enrolment:
    return factories.enrol(pupil, school_a, start=dt.date(2025, 9, 1))


def follow() -> None:
    following.follow(pupils=None, schools=None, today=TODAY, now=clock.now())


def correct(spell: Enrolment, by: User | None = None, **fields: object) -> None:
    asked = {name: getattr(spell, name) for name in ("start", "end", "kind", "year_group", "ground", "destination")} | fields
    enrolments.correct_enrolment(by=by, today=TODAY, enrolment=spell, **asked)  # type: ignore[arg-type]
    spell.refresh_from_db()


class TestArriving:
    def test_from_a_correction_through_the_pipeline_and_once(self, spell: Enrolment, officer: User) -> None:
        correct(spell, officer, end=LEFT)
        for _ in range(2):
            pipeline.follow_people(pupils=[spell.pupil_id], schools=[spell.school_id], today=TODAY, now=clock.now())
        child = MissingChild.objects.get()
        assert (child.origin, child.school, child.enrolment, child.since) == ("roll", spell.school, spell, dt.date(2026, 10, 23))
        assert child.entries.get().shared

    def test_from_a_roll(self, spell: Enrolment, school_a: School) -> None:
        content = f"UPN,Surname,Forename,Start,End\n{spell.pupil.upn},Teal,Ash,2025-09-01,{LEFT}\n"
        load_roll(by=None, today=TODAY, rows=roll.read(content.encode(), today=TODAY).rows, school=school_a)
        follow()
        assert MissingChild.objects.get().pupil == spell.pupil

    def test_a_destination_in_a_roll_keeps_the_child_from_the_list(self, spell: Enrolment, school_a: School) -> None:
        content = f"UPN,Surname,Forename,Start,End,Ground,Destination\n{spell.pupil.upn},Teal,Ash,2025-09-01,{LEFT},moved away,Elm Park\n"
        load_roll(by=None, today=TODAY, rows=roll.read(content.encode(), today=TODAY).rows, school=school_a)
        follow()
        spell.refresh_from_db()
        assert (spell.ground, spell.destination) == ("moved", "Elm Park")
        assert not MissingChild.objects.exists()

    def test_what_a_person_closed_does_not_come_back(self, spell: Enrolment, officer: User) -> None:
        correct(spell, end=LEFT)
        follow()
        child = MissingChild.objects.get()
        actions.close(by=officer, today=TODAY, now=clock.now(), child=child, outcome="abroad", evidence="Seen in Cork by Tusla.")
        follow()
        correct(spell, end=LEFT - dt.timedelta(days=1))
        follow()
        assert MissingChild.objects.count() == 1

    def test_an_end_that_is_taken_back_closes_it_and_another_opens_a_new_one(self, spell: Enrolment) -> None:
        correct(spell, end=LEFT)
        follow()
        correct(spell, end=None)
        follow()
        child = MissingChild.objects.get()
        assert (child.outcome, child.closed) == ("error", TODAY)
        assert "was taken back" in child.evidence
        correct(spell, end=LEFT)
        follow()
        assert MissingChild.objects.open().count() == 1

    def test_a_pupil_on_another_roll_never_arrives(self, spell: Enrolment, school_b: School) -> None:
        factories.enrol(spell.pupil, school_b, start=dt.date(2026, 10, 23))
        correct(spell, end=LEFT)
        follow()
        assert not MissingChild.objects.exists()


class TestPresent:
    @pytest.fixture
    def child(self, spell: Enrolment) -> MissingChild:
        correct(spell, end=LEFT)
        follow()
        return MissingChild.objects.get()

    def test_the_roll_and_absences_end_nothing_the_first_present_mark_does(self, child: MissingChild, school_b: School) -> None:
        there = factories.enrol(child.pupil, school_b, start=dt.date(2026, 11, 9))
        factories.write_marks(there, dt.date(2026, 11, 9), r"OO NU IB")
        follow()
        child.refresh_from_db()
        assert child.closed is None
        factories.write_marks(there, dt.date(2026, 11, 12), r"O\ /\ ")
        follow()
        child.refresh_from_db()
        assert (child.outcome, child.present_at, child.present_on, child.present_pm) == ("present", school_b, dt.date(2026, 11, 12), True)
        assert child.evidence == (
            r"First present mark: \ at Birch Primary School, the afternoon of 12 November 2026. "
            "20 days without a place, from 23 October 2026."
        )
        assert child.closed_by is None

    def test_a_mark_that_is_undone_opens_it_again(self, child: MissingChild, school_b: School, manager: User) -> None:
        there = factories.enrol(child.pupil, school_b, start=dt.date(2026, 11, 9))
        factories.write_marks(there, dt.date(2026, 11, 16), "OO")
        factories.write_marks(there, {dt.date(2026, 11, 16): ("/", "O")})
        follow()
        factories.write_marks(there, {dt.date(2026, 11, 16): ("O", "O")})
        follow()
        child.refresh_from_db()
        assert child.closed is None
        assert [entry.what for entry in child.entries.order_by("pk")] == ["Arrived by itself", "Closed", "Opened again"]
        follow()
        assert child.entries.count() == 3

    def test_marks_of_the_old_school_do_not_count(self, child: MissingChild, spell: Enrolment) -> None:
        factories.write_marks(spell, dt.date(2026, 11, 16), r"/\ ")
        follow()
        child.refresh_from_db()
        assert child.closed is None


class TestNobodyIsLost:
    """What is put right later, and who comes and goes again: somebody goes on looking for the child."""

    def test_a_later_last_day_moves_the_days_and_its_marks_end_nothing(self, spell: Enrolment, officer: User) -> None:
        correct(spell, end=LEFT)
        follow()
        factories.write_marks(spell, {dt.date(2026, 11, 3): ("/", "\\")})
        correct(spell, end=dt.date(2026, 11, 4))
        follow()
        follow()
        child = MissingChild.objects.get()
        assert (child.closed, child.since) == (None, dt.date(2026, 11, 5))
        said = child.entries.get(what="Last day put right")
        assert (said.shared, "4 November 2026" in said.words) == (True, True)
        correct(spell, end=LEFT)
        follow()
        child.refresh_from_db()
        assert child.since == LEFT + dt.timedelta(days=1)

    def test_who_came_and_went_again_before_anybody_told_of_it_is_looked_for_anew(self, spell: Enrolment, school_b: School) -> None:
        correct(spell, end=LEFT)
        follow()
        there = factories.enrol(spell.pupil, school_b, start=dt.date(2026, 11, 9), end=dt.date(2026, 11, 13))
        factories.write_marks(there, {dt.date(2026, 11, 10): ("/", "\\")})
        follow()
        came, again = MissingChild.objects.order_by("pk")
        assert (came.outcome, came.present_at) == ("present", school_b)
        assert (again.closed, again.school, again.since) == (None, school_b, dt.date(2026, 11, 14))
        follow()
        assert MissingChild.objects.count() == 2

    def test_a_referral_cannot_reach_back_into_days_on_a_roll(self, spell: Enrolment, officer: User) -> None:
        factories.write_marks(spell, {dt.date(2026, 10, 20): ("/", "\\")})
        correct(spell, end=LEFT, ground="new_school", destination="Elm Park, which has not seen the child")
        known = {"by": officer, "today": TODAY, "now": clock.now(), "pupil": spell.pupil, "origin": "officer", "words": "Not there."}
        with pytest.raises(actions.MissingProblem, match="until 22 October 2026"):
            actions.refer(since=dt.date(2026, 10, 19), **known)  # type: ignore[arg-type]
        actions.refer(since=dt.date(2026, 10, 23), **known)  # type: ignore[arg-type]
        follow()
        assert MissingChild.objects.open().count() == 1

    def test_a_present_mark_under_a_second_record_of_the_child_counts_once_the_two_are_merged(
        self, spell: Enrolment, school_b: School, manager: User
    ) -> None:
        correct(spell, end=LEFT)
        follow()
        twin = factories.make_pupil("Teal", "Ash", upn="")
        there = factories.enrol(twin, school_b, start=dt.date(2026, 11, 9))
        factories.write_marks(there, {dt.date(2026, 11, 10): ("/", "\\")})
        follow()
        assert MissingChild.objects.open().exists()
        made = merging.merge(by=manager, today=TODAY, now=clock.now(), pupil=spell.pupil, into=twin, why="Same parents.")
        following.follow(pupils=[twin.pk], schools=None, today=TODAY, now=clock.now())
        assert MissingChild.objects.get().present_at == school_b
        schools_merging.undo(by=manager, now=clock.now(), merge=made, why="They are cousins.")
        following.follow(pupils=[spell.pupil_id], schools=None, today=TODAY, now=clock.now())
        assert MissingChild.objects.open().get().pupil == spell.pupil


class TestEnquiring:
    @pytest.fixture
    def enquiry(self, spell: Enrolment, school_a: School) -> JointEnquiry:
        return self.absent(spell, 10)

    def absent(self, spell: Enrolment, days: int) -> JointEnquiry:
        factories.write_marks(spell, dict.fromkeys(_days_before(TODAY, days), ("O", "O")))
        factories.refresh(spell.school, today=TODAY)
        follow()
        return JointEnquiry.objects.open().get()

    def test_it_opens_once_with_its_evidence(self, enquiry: JointEnquiry) -> None:
        follow()
        assert (enquiry.ground, enquiry.days) == ("i", 10)
        assert "10 school days without a break" in enquiry.evidence

    def test_nine_days_open_none(self, spell: Enrolment) -> None:
        factories.write_marks(spell, dict.fromkeys(_days_before(TODAY, 9), ("O", "O")))
        factories.refresh(spell.school, today=TODAY)
        follow()
        assert not JointEnquiry.objects.exists()

    def test_it_ends_when_the_child_is_back(self, enquiry: JointEnquiry, spell: Enrolment) -> None:
        factories.write_marks(spell, {TODAY: ("O", "\\")})
        factories.refresh(spell.school, today=TODAY)
        follow()
        enquiry.refresh_from_db()
        assert enquiry.outcome == "back"
        assert enquiry.closing.endswith(r": \ on 20 November 2026.")

    def test_no_ground_h_or_i_without_both_sides(self, spell: Enrolment, contact_a: User, officer: User) -> None:
        enquiry = self.absent(spell, 20)
        for ground in ("", "i"):
            with pytest.raises(EnrolmentProblem, match="stays on roll"):
                correct(spell, contact_a, end=TODAY - dt.timedelta(days=1), ground=ground)
        spell.refresh_from_db()
        assert (spell.end, spell.ground) == (None, "")
        for by in (contact_a, officer):
            enquiries.record_step(by=by, today=TODAY, now=clock.now(), enquiry=enquiry, what="visit", day=TODAY, found="Nobody in.")
            enquiries.conclude(by=by, today=TODAY, enquiry=enquiry, cause=False, words="Neighbours say they left.")
        correct(spell, contact_a, end=TODAY - dt.timedelta(days=1), ground="i")
        enquiry.refresh_from_db()
        assert enquiry.outcome == "deleted"
        follow()
        assert MissingChild.objects.get().pupil == spell.pupil

    def test_a_roll_is_refused_row_by_row_and_leaves_nothing_half_done(self, spell: Enrolment, school_a: School) -> None:
        self.absent(spell, 20)
        other = factories.enrol(factories.make_pupil("Ivory"), school_a)
        content = (
            f"UPN,Surname,Forename,Start,End,Ground\n{spell.pupil.upn},Teal,Renamed,2025-09-01,{LEFT},I\n"
            f"{other.pupil.upn},Ivory,Alex,2025-09-01,{LEFT},home education\n"
        )
        receipt = load_roll(by=None, today=TODAY, rows=roll.read(content.encode(), today=TODAY).rows, school=school_a)
        assert [(p.line, p.field) for p in receipt.problems] == [(2, "ground")]
        assert "not recorded" in receipt.problems[0].message
        spell.refresh_from_db()
        other.refresh_from_db()
        assert (spell.end, spell.pupil.forename, other.ground) == (None, "Ash", "home")
        assert Pupil.objects.get(pk=spell.pupil_id).forename == "Ash"


class TestTellingTheSocialWorker:
    @pytest.fixture
    def in_care(self, spell: Enrolment) -> Enrolment:
        Characteristic.objects.create(pupil=spell.pupil, kind="cla", start=dt.date(2026, 9, 1))
        return spell

    def test_an_n_asks_the_school_and_is_due_on_its_next_school_day(self, in_care: Enrolment, contact_a: User) -> None:
        factories.write_marks(in_care, {TODAY: ("N", "-")})
        follow()
        follow()
        task = TellWorker.objects.get()
        assert (task.about, task.first, task.due) == ("absence", TODAY, dt.date(2026, 11, 23))  # Friday to Monday
        assert not TellWorker.objects.overdue(dt.date(2026, 11, 23)).exists()
        assert TellWorker.objects.overdue(dt.date(2026, 11, 24)).exists()
        care.answer(by=contact_a, today=TODAY, now=clock.now(), task=task, told_on=TODAY, told_by="C. Alder", worker="Duty worker")
        follow()
        assert not TellWorker.objects.open().exists()
        assert TellWorker.objects.count() == 1

    def test_a_reason_that_comes_first_withdraws_it(self, in_care: Enrolment) -> None:
        factories.write_marks(in_care, {TODAY: ("N", "-")})
        follow()
        factories.write_marks(in_care, {TODAY: ("I", "-")})
        follow()
        assert TellWorker.objects.get().withdrawn == TODAY

    def test_a_deletion_asks_too(self, in_care: Enrolment) -> None:
        correct(in_care, end=dt.date(2026, 11, 18), ground="new_school", destination="Elm Park")
        follow()
        follow()
        assert TellWorker.objects.get().about == "deletion"

    def test_nobody_is_asked_about_other_children_or_old_marks(self, spell: Enrolment, in_care: Enrolment, school_a: School) -> None:
        other = factories.enrol(factories.make_pupil("Ivory"), school_a)
        factories.write_marks(other, {TODAY: ("N", "N")})
        factories.write_marks(in_care, {dt.date(2026, 10, 12): ("O", "O")})
        follow()
        assert not TellWorker.objects.exists()


def _days_before(day: dt.date, number: int) -> list[dt.date]:
    found: list[dt.date] = []
    while len(found) < number:
        if day.weekday() < 5:
            found.append(day)
        day -= dt.timedelta(days=1)
    return found
