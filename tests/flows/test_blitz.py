"""An attendance blitz: who is on the list and in which order, what is written on a doorstep, and who the registers say came back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import actions as case_actions
from casework import blitzes
from casework.actions import blitzes as actions
from casework.blitzes import Counted
from casework.models import Blitz, BlitzChild, Case, Contact
from schools.models import Enrolment, School
from tests import factories
from tests.casework import make_case
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)  # a Friday
DAY = dt.date(2026, 11, 17)  # the blitz: a Tuesday


def child(school: School, name: str, marks: str, postcode: str = "", **fields: Any) -> Enrolment:
    """`marks` from Tuesday morning on."""
    pupil = factories.make_pupil(name, "Ash", postcode=postcode, address=f"{name} House" if postcode else "", **fields)
    spell = factories.enrol(pupil, school, start=dt.date(2026, 9, 1), year_group="8")
    factories.write_marks(spell, DAY, marks)
    return spell


@pytest.fixture
def blitz(school_a: School, school_b: School, manager: User) -> Blitz:
    """Absent that morning: Teal (back in the afternoon), Quill (back the next day), Brown (ill), and one at school B."""
    child(school_a, "Quill", r"OO /\ ", "ME9 9ZZ")
    child(school_a, "Teal", r"N\ /\ ", "ME1 1AA")
    child(school_a, "Brown", r"II II ")
    child(school_a, "Present", r"/\ /\ ", "ME2 2AA")
    child(school_a, "Late", r"U\ /\ ", "ME3 3AA")
    child(school_b, "Birch", r"OO OO ", "ME4 4AA")
    made = actions.plan_blitz(
        by=manager, today=TODAY, now=clock.now(), day=DAY, schools=[school_a, school_b], codes=["N", "O", "G", "I"], form_token=None
    )
    actions.take_list(by=manager, today=TODAY, now=clock.now(), blitz=made)
    return made


def names(blitz: Blitz, user: User) -> list[str]:
    return [door.child.enrolment.pupil.surname for door in blitzes.doors(blitz, user)]


def of(blitz: Blitz, surname: str) -> BlitzChild:
    return blitz.children.get(enrolment__pupil__surname=surname)


def door(client: Client, one: BlitzChild, **fields: Any) -> Any:
    sent = {"result": "spoke", "words": "", "form_token": uuid.uuid4()} | fields
    return client.post(reverse("blitz_child", args=[one.blitz_id, one.pk]), sent, follow=True)


class TestTheList:
    def test_it_is_planned_and_taken_through_the_pages(self, officer_client: Client, school_a: School, school_b: School) -> None:
        child(school_a, "Teal", r"N\ ", "ME1 1AA")
        day = {"day_day": "17", "day_month": "11", "day_year": "2026"}
        sent = day | {"schools": [school_a.pk], "absences": ["none"], "form_token": uuid.uuid4()}
        for _ in range(2):
            officer_client.post(reverse("blitz_new"), sent)
        made = Blitz.objects.get()
        officer_client.post(reverse("blitz_take", args=[made.pk]))
        page = officer_client.get(reverse("blitz", args=[made.pk])).content.decode()
        assert "ME1 1AA, Teal House" in page
        assert "1 door left" in page
        # another's school is not offered
        assert "Choose from your own schools" in said(officer_client.post(reverse("blitz_new"), sent | {"schools": [school_b.pk]}))

    def test_who_is_absent_by_the_register_in_the_order_of_postcodes(self, blitz: Blitz, manager: User) -> None:
        assert names(blitz, manager) == ["Teal", "Birch", "Quill", "Brown"]

    def test_an_officer_sees_the_children_of_their_own_schools(self, blitz: Blitz, officer: User, stranger_client: Client) -> None:
        assert names(blitz, officer) == ["Teal", "Quill", "Brown"]
        assert stranger_client.get(reverse("blitz", args=[blitz.pk])).status_code == 404

    def test_a_hidden_address_is_nowhere_and_its_place_says_nothing(self, blitz: Blitz, officer_client: Client, officer: User) -> None:
        pupil = of(blitz, "Teal").enrolment.pupil
        mother = factories.make_parent(pupil, forename="Rowan", phone="07700 900999")
        mother.hidden_from.add(factories.make_parent(pupil, forename="Robin"))
        assert names(blitz, officer)[-1] == "Teal"
        pages = [reverse("blitz", args=[blitz.pk]), reverse("blitz_child", args=[blitz.pk, of(blitz, "Teal").pk])]
        for page in pages:
            shown = officer_client.get(page).content.decode()
            assert "Address kept back" in shown
            assert "ME1 1AA" not in shown
            assert "Teal House" not in shown

    def test_taken_again_it_adds_and_takes_nobody_away(self, blitz: Blitz, manager: User, school_a: School) -> None:
        late = child(school_a, "Pike", r"OO ", "ME5 5AA")
        factories.write_marks(of(blitz, "Quill").enrolment, DAY, r"/\ ")  # the register was put right
        assert actions.take_list(by=manager, today=TODAY, now=clock.now(), blitz=blitz) == 1
        assert late.pk in blitz.children.values_list("enrolment", flat=True)
        found = {door.child.enrolment.pupil.surname: door.back.now_absent for door in blitzes.doors(blitz, manager)}
        assert found["Quill"] is False
        assert found["Pike"] is True

    def test_before_the_day_there_is_no_list(self, blitz: Blitz, manager: User) -> None:
        with pytest.raises(case_actions.CaseProblem, match="take the list on the day"):
            actions.take_list(by=manager, today=DAY - dt.timedelta(days=1), now=clock.now(), blitz=blitz)


class TestTheDoors:
    def test_a_visit_is_recorded_once_and_stands_in_the_childs_case(self, blitz: Blitz, officer: User, officer_client: Client) -> None:
        one = of(blitz, "Teal")
        case: Case = make_case(one.enrolment.pupil, one.school, by=officer, officer=officer)
        token = uuid.uuid4()
        for _ in range(2):
            door(officer_client, one, child_seen="on", words="Overslept.", form_token=token)
        contact = Contact.objects.get()
        assert (contact.case, contact.kind, contact.day, contact.child_seen) == (case, "home_visit", DAY, True)
        assert "Overslept." in contact.entry.words
        again = door(officer_client, one, result="no_answer", words="Mine")
        assert "Olive Officer has recorded this visit" in said(again)
        assert "Mine" in again.content.decode()

    def test_a_child_without_a_case_needs_none(self, blitz: Blitz, officer_client: Client) -> None:
        door(officer_client, of(blitz, "Quill"), result="no_answer")
        assert of(blitz, "Quill").result == "no_answer"
        assert not Contact.objects.exists()


class TestWhatCameBack:
    def test_it_is_counted_from_marks_over_those_of_whom_there_are_any(self, blitz: Blitz, manager: User, officer_client: Client) -> None:
        for name, result in (("Teal", "spoke"), ("Quill", "no_answer"), ("Brown", "spoke")):
            door(officer_client, of(blitz, name), result=result)
        found = blitzes.results(blitzes.doors(blitz, manager))
        assert (found.visited, found.reached) == (Counted(3, 4), Counted(2, 3))
        assert found.afternoon == Counted(1, 3)  # Teal
        assert found.next_day == Counted(2, 3)  # Teal and Quill
        assert found.next_day_others == Counted(0, 1)
        page = said(officer_client.get(reverse("blitz", args=[blitz.pk])))
        assert "1 of 3" in page

    def test_without_marks_nothing_is_claimed(self, school_a: School, manager: User, blitz: Blitz) -> None:
        child(school_a, "Pike", "N- ")
        actions.take_list(by=manager, today=TODAY, now=clock.now(), blitz=blitz)
        back = next(d.back for d in blitzes.doors(blitz, manager) if d.child.enrolment.pupil.surname == "Pike")
        assert (back.afternoon, back.next_day) == (None, None)

    def test_few_queries(self, blitz: Blitz, officer_client: Client, django_assert_max_num_queries: Any) -> None:
        for page in (reverse("blitz", args=[blitz.pk]), reverse("blitzes")):
            with django_assert_max_num_queries(15):
                assert officer_client.get(page).status_code == 200
