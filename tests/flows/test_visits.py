"""Visits: planned with somebody who knows, checked in and out of, written down once; and who sees that somebody is not back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import reports
from casework.actions import close_case, move_entry
from casework.actions import visits as actions
from casework.models import Case, Contact, Visit
from schools.models import Parent, School
from tests import factories
from tests.casework import make_case
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
DAY = {"day_day": "20", "day_month": "11", "day_year": "2026"}


@pytest.fixture
def case(school_a: School, officer: User) -> Case:
    pupil = factories.make_pupil("Teal", "Ash", address="4 Oak Lane", postcode="ME1 1AA")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return make_case(pupil, school_a, by=officer, officer=officer)


@pytest.fixture
def mother(case: Case) -> Parent:
    return factories.make_parent(case.pupil, forename="Rowan")


def planned(case: Case, officer: User, **fields: Any) -> Visit:
    given = {"day": TODAY, "time": dt.time(9), "back_by": dt.time(9, 45), "place": "4 Oak Lane", "known_to_words": "The office"} | fields
    return actions.plan_visit(by=officer, today=TODAY, now=clock.now(), case=case, **given)


def plan_fields(**fields: Any) -> dict[str, Any]:
    return DAY | {"time": "11:00", "back_by": "12:00", "place": "4 Oak Lane", "form_token": uuid.uuid4()} | fields


def door(mother: Parent, **fields: Any) -> dict[str, Any]:
    asked = {"result": "spoke", "who": mother.pk, "child_seen": "on", "words": "Bus pass is late.", "next": "7", "form_token": uuid.uuid4()}
    return asked | fields


class TestPlanning:
    def test_from_the_case_to_the_page_for_the_doorstep(self, officer_client: Client, manager: User, case: Case) -> None:
        page = officer_client.get(reverse("visit_plan", args=[case.pk])).content.decode()
        assert "4 Oak Lane, ME1 1AA" in page
        sent = plan_fields(known_to=manager.pk)
        for _ in range(2):
            answer = officer_client.post(reverse("visit_plan", args=[case.pk]), sent, follow=True)
        visit = Visit.objects.get()
        assert answer.redirect_chain[-1][0] == reverse("visit", args=[visit.pk])
        assert "Mani Manager knows." in said(answer)

    def test_an_address_that_somebody_must_not_learn_is_not_filled_in(self, officer_client: Client, case: Case, mother: Parent) -> None:
        other = factories.make_parent(case.pupil, forename="Robin")
        mother.hidden_from.add(other)
        assert "4 Oak Lane" not in officer_client.get(reverse("visit_plan", args=[case.pk])).content.decode()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "Say who knows of the visit"),
            ({"known_to_words": "The office", "back_by": "10:00"}, "must be after the visit begins"),
            ({"known_to_words": "The office", "day_day": "19"}, "planned for today or a day to come"),
            ({"known_to_words": "The office", "day_year": "2027"}, "more than three months away"),
            ({"known_to_words": "The office", "time": "eleven"}, "Enter a time like 14:30"),
        ],
    )
    def test_what_cannot_be_is_said(self, officer_client: Client, case: Case, fields: dict[str, str], words: str) -> None:
        assert words in said(officer_client.post(reverse("visit_plan", args=[case.pk]), plan_fields(**fields)))
        assert not Visit.objects.exists()


class TestWorkingAlone:
    def test_in_and_out(self, officer_client: Client, officer: User, case: Case) -> None:
        visit = planned(case, officer)
        for do in ("in", "in", "out", "out"):
            officer_client.post(reverse("visit_do", args=[visit.pk, do]))
        visit.refresh_from_db()
        assert visit.started is not None
        assert visit.ended is not None
        assert visit.started <= visit.ended
        assert not Visit.objects.open().exists()

    def test_who_is_not_back_is_seen_by_manager_and_colleague_and_nobody_else(
        self, officer: User, manager: User, stranger: User, stranger_client: Client, case: Case, school_b: School
    ) -> None:
        """The colleague who knows works at another school: they are told where, not who is visited."""
        other = factories.make_user("officer", name="Omar Other", email="other@merebrook.example")
        planned(case, officer, known_to=stranger)  # back by 9:45, and it is ten
        now = {"today": TODAY, "at": dt.time(10)}
        title = "Olive Officer has not checked out of a visit"
        for user in (manager, stranger):
            found = [need for need in reports.needs_today(user, **now) if "checked out" in need.title]
            assert [(need.title, need.urgency) for need in found] == [(title, -1)]
            assert found[0].why == "To be back by 09:45, at 4 Oak Lane."
        assert "You have not checked out of a visit" in [need.title for need in reports.needs_today(officer, **now)]
        assert not [need for need in reports.needs_today(other, **now) if "checked out" in need.title]
        assert not [need for need in reports.needs_today(manager, today=TODAY, at=dt.time(9, 30)) if "checked out" in need.title]
        page = stranger_client.get(reverse("visits")).content.decode()
        assert "1 person has not checked out in time" in page
        assert "4 Oak Lane" in page
        assert "Teal" not in page

    def test_a_manager_who_has_heard_from_them_checks_them_out(self, officer: User, manager_client: Client, case: Case) -> None:
        visit = planned(case, officer)
        manager_client.post(reverse("visit_do", args=[visit.pk, "out"]))
        assert not Visit.objects.overdue(TODAY, dt.time(10)).exists()

    def test_another_officer_of_the_school_does_not(self, officer: User, school_a: School, case: Case, browse: Any) -> None:
        second = factories.make_user("officer", name="Oona Second", email="second@merebrook.example")
        factories.post(second, school_a)
        visit = planned(case, officer)
        answer = browse(second).post(reverse("visit_do", args=[visit.pk, "out"]), follow=True)
        assert "only they, or a manager who has heard from them" in said(answer)
        visit.refresh_from_db()
        assert visit.ended is None

    def test_whoever_is_posted_elsewhere_meanwhile_still_checks_out(self, officer: User, officer_client: Client, case: Case) -> None:
        visit = planned(case, officer)
        officer.postings.all().delete()
        assert officer_client.post(reverse("visit_do", args=[visit.pk, "out"])).status_code == 302
        visit.refresh_from_db()
        assert visit.ended is not None

    def test_longer_and_cancelled(self, officer: User, officer_client: Client, case: Case) -> None:
        visit = planned(case, officer)
        officer_client.post(reverse("visit_do", args=[visit.pk, "longer"]), {"back_by": "11:30"})
        assert not Visit.objects.overdue(TODAY, dt.time(10)).exists()
        officer_client.post(reverse("visit_do", args=[visit.pk, "cancel"]))
        assert not Visit.objects.open().exists()
        assert "was cancelled" in said(officer_client.post(reverse("visit_do", args=[visit.pk, "out"]), follow=True))

    def test_a_day_that_is_over_is_made_no_longer(self, officer: User, officer_client: Client, case: Case) -> None:
        visit = planned(case, officer)
        Visit.objects.update(day=TODAY - dt.timedelta(days=1))
        answer = officer_client.post(reverse("visit_do", args=[visit.pk, "longer"]), {"back_by": "23:30"}, follow=True)
        assert "The day of this visit is over: check out of it." in said(answer)

    def test_what_can_be_written_no_more_is_not_asked_for(self, officer: User, officer_client: Client, case: Case) -> None:
        visit = planned(case, officer)
        actions.check_out(by=officer, now=clock.now(), visit=visit)
        assert "nothing is written down yet" in said(officer_client.get(reverse("visits")))
        close_case(by=officer, today=TODAY, now=clock.now(), case=case, outcome="improved")
        assert "nothing is written down yet" not in said(officer_client.get(reverse("visits")))
        assert "The case was closed on Fri 20 Nov 2026" in said(officer_client.get(reverse("visit", args=[visit.pk])))


class TestOnTheDoorstep:
    def test_it_is_written_down_once(self, officer: User, officer_client: Client, case: Case, mother: Parent) -> None:
        visit = planned(case, officer)
        sent = door(mother)
        answers = [officer_client.post(reverse("visit", args=[visit.pk]), sent).status_code for _ in range(2)]
        assert answers == [302, 302]
        contact = Contact.objects.get()
        assert (contact.kind, contact.result, contact.parent, contact.child_seen) == ("home_visit", "spoke", mother, True)
        assert contact.follow_up == dt.date(2026, 11, 27)
        assert "recorded already" in said(officer_client.post(reverse("visit", args=[visit.pk]), door(mother)))

    def test_nobody_in_needs_no_name(self, officer: User, officer_client: Client, case: Case, mother: Parent) -> None:
        visit = planned(case, officer)
        officer_client.post(reverse("visit", args=[visit.pk]), {"result": "no_answer", "next": "", "form_token": uuid.uuid4()})
        assert Contact.objects.get().parent is None

    def test_words_of_a_refused_form_stay(self, officer: User, officer_client: Client, case: Case, mother: Parent) -> None:
        visit = planned(case, officer)
        answer = officer_client.post(reverse("visit", args=[visit.pk]), door(mother, result="", words="شكراً <i>🙂</i>"))
        assert "Choose what came of the visit" in said(answer)
        assert "شكراً &lt;i&gt;🙂&lt;/i&gt;" in answer.content.decode()

    def test_few_queries(
        self, officer: User, officer_client: Client, case: Case, mother: Parent, django_assert_max_num_queries: Any
    ) -> None:
        visit = planned(case, officer)
        for n in range(3):
            planned(case, officer, day=TODAY + dt.timedelta(days=n))
        for page in (reverse("visit", args=[visit.pk]), reverse("visits")):
            with django_assert_max_num_queries(15):
                assert officer_client.get(page).status_code == 200

    def test_words_that_were_moved_to_another_child_are_not_shown(
        self, officer: User, officer_client: Client, school_a: School, case: Case
    ) -> None:
        visit = planned(case, officer)
        said_there = {"result": "spoke", "words": "SECRET", "parent": None, "child_seen": False}
        contact = actions.record_visit(by=officer, today=TODAY, now=clock.now(), visit=visit, **said_there)
        other = factories.make_pupil("Quill", "Ash")
        factories.enrol(other, school_a, start=dt.date(2026, 9, 1))
        right = make_case(other, school_a, by=officer, officer=officer)
        move_entry(by=officer, today=TODAY, now=clock.now(), entry=contact.entry, to=right)
        for page in (reverse("visit", args=[visit.pk]), reverse("visits")):
            assert "SECRET" not in officer_client.get(page).content.decode()
