"""A child who moves to another school or leaves while a case is open: who is told, who sees it, and what goes along."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import actions, reports
from casework.models import Case
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return pupil


@pytest.fixture
def case(pupil: Pupil, school_a: School, officer: User) -> Case:
    case = make_case(pupil, school_a, by=officer, officer=officer)
    make_plan(case, by=officer, actions=[actions.Agreed("Meet Ash at the gate", "school", dt.date(2026, 11, 30))])
    return case


@pytest.fixture
def moved(case: Case, pupil: Pupil, school_b: School) -> Case:
    """The child is on the roll of another school since Monday."""
    pupil.enrolments.update(end=dt.date(2026, 11, 13))
    factories.enrol(pupil, school_b, start=dt.date(2026, 11, 16))
    return case


def take_along(client: Client, case: Case, officer: User, school: School) -> str:
    address = reverse("case_assign", args=[case.pk])
    return said(client.post(address, {"officer": officer.pk, "school": school.pk, "version": case.version}, follow=True))


def test_its_officer_is_told_today(moved: Case, officer: User) -> None:
    needs = [need for need in reports.needs_today(officer, today=TODAY) if need.address_name == "case_assign"]
    assert [(need.title, need.why) for need in needs] == [
        (
            "Ash Teal: no longer at Alder High School",
            "On roll at Birch Primary School today. Move the case there, or close it with what came of it.",
        )
    ]
    moved.pupil.enrolments.update(end=dt.date(2026, 11, 19))
    (need,) = [need for need in reports.needs_today(officer, today=TODAY) if "no longer at" in need.title]
    assert need.why == "On no roll we know of today. Find out where the child is; then close the case with what came of it."
    assert need.address_name == "case"


def test_while_nobody_has_moved_it_the_case_stays_with_the_school_that_had_it(
    moved: Case, contact_a_client: Client, contact_b_client: Client
) -> None:
    address = reverse("case", args=[moved.pk])
    assert contact_a_client.get(address).status_code == 200
    assert contact_b_client.get(address).status_code == 404


def test_the_case_goes_along_and_the_school_that_had_it_sees_it_no_longer(
    moved: Case, manager_client: Client, manager: User, contact_a_client: Client, contact_b_client: Client, school_b: School
) -> None:
    address = reverse("case", args=[moved.pk])
    assert "Ash is not on roll at Alder High School today" in said(manager_client.get(address))
    words = take_along(manager_client, moved, manager, school_b)
    moved.refresh_from_db()
    assert moved.school == school_b
    assert "The case moves from Alder High School to Birch Primary School." in words
    assert contact_a_client.get(address).status_code == 404
    assert contact_b_client.get(address).status_code == 200


def test_what_the_old_school_had_agreed_to_is_not_laid_on_the_new_one_unsaid(
    moved: Case, manager_client: Client, manager: User, school_b: School
) -> None:
    words = take_along(manager_client, moved, manager, school_b)
    assert "1 action of the plan was agreed with Alder High School: change the plan with Birch Primary School." in words


def test_a_note_shared_with_one_school_tells_the_writer_that_the_next_one_reads_it(
    case: Case, officer_client: Client, officer: User
) -> None:
    actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words="Settling in.", shared=True)
    assert "a school the child moves to reads it too" in said(officer_client.get(reverse("case_note", args=[case.pk])))
