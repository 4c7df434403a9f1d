"""A call logged in one line, what it says of the next contact, and where that becomes due."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import actions, reports
from casework.models import Case, Contact
from schools.models import Parent, Pupil, School
from tests import factories
from tests.casework import make_case
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)  # a Friday
MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return pupil


@pytest.fixture
def mother(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Rowan")


@pytest.fixture
def case(pupil: Pupil, school_a: School, officer: User) -> Case:
    return make_case(pupil, school_a, by=officer, officer=officer)


def call(mother: Parent, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "phone",
        "who": str(mother.pk),
        "words": "Will ring back.",
        "result": "tried",
        "next": "",
        "form_token": uuid.uuid4(),
    } | fields


def log(client: Client, case: Case, **fields: Any) -> Any:
    return client.post(reverse("case_call", args=[case.pk]), fields)


def contact(case: Case, officer: User, day: dt.date, **fields: Any) -> Contact:
    given = {"kind": "phone", "result": "no_answer"} | fields
    return actions.record_contact(by=officer, today=day, now=clock.now(), case=case, day=day, **given)


def due(user: User, day: dt.date) -> list[str]:
    return [need.title for need in reports.needs_today(user, today=day) if "get in touch" in need.title]


class TestOneLine:
    def test_it_says_how_with_whom_whether_reached_and_when_next(self, officer_client: Client, case: Case, mother: Parent) -> None:
        answer = log(officer_client, case, **call(mother, next="1"))
        assert answer.status_code == 302
        made = Contact.objects.get()
        assert (made.kind, made.parent, made.result, made.day, made.follow_up) == ("phone", mother, "tried", TODAY, MONDAY)
        assert made.entry.words == "Phone call, Rowan Teal: tried, not reached. Next contact: 23 November 2026.\nWill ring back."
        assert not made.entry.shared
        assert not Contact.objects.achieved().exists()

    def test_sent_twice_it_is_written_once(self, officer_client: Client, case: Case, mother: Parent) -> None:
        asked = call(mother, result="spoke")
        assert [log(officer_client, case, **asked).status_code for _ in range(2)] == [302, 302]
        assert Contact.objects.achieved().count() == 1

    def test_without_a_button_nothing_is_written_and_nothing_lost(self, officer_client: Client, case: Case, mother: Parent) -> None:
        asked = call(mother, words="مرحبا <b>🙂</b>")
        del asked["result"]
        answer = log(officer_client, case, **asked)
        assert "Choose “Reached” or “Not reached”" in said(answer)
        assert "مرحبا &lt;b&gt;🙂&lt;/b&gt;" in answer.content.decode()
        assert not Contact.objects.exists()

    def test_the_form_stands_on_the_case_and_the_ways_to_it_on_the_pupil_and_in_the_list(self, officer_client: Client, case: Case) -> None:
        address = reverse("case_call", args=[case.pk])
        assert f'action="{address}"' in officer_client.get(reverse("case", args=[case.pk])).content.decode()
        for page in (reverse("cases"), reverse("pupil", args=[case.pupil_id])):
            assert f'href="{address}"' in officer_client.get(page).content.decode()

    def test_a_school_is_offered_none(self, contact_a_client: Client, case: Case) -> None:
        for page in (reverse("cases"), reverse("pupil", args=[case.pupil_id]), reverse("case", args=[case.pk])):
            assert "/call/" not in contact_a_client.get(page).content.decode()

    def test_court_is_a_kind_of_contact(self, officer_client: Client, case: Case, mother: Parent) -> None:
        when = {"day_day": "20", "day_month": "11", "day_year": "2026"}
        then = {"follow_up_day": "1", "follow_up_month": "12", "follow_up_year": "2026"}
        asked = {"kind": "court", "who": str(mother.pk), "result": "spoke", "form_token": uuid.uuid4()} | when | then
        officer_client.post(reverse("case_contact", args=[case.pk]), asked)
        assert Contact.objects.get().follow_up == dt.date(2026, 12, 1)


class TestTheNextContact:
    def test_it_is_due_on_its_day_and_late_after_it(self, officer: User, manager: User, case: Case) -> None:
        contact(case, officer, TODAY, follow_up=MONDAY)
        assert due(officer, TODAY) == []
        assert due(officer, MONDAY) == ["Ash Teal: get in touch again"]
        late = next(n for n in reports.needs_today(officer, today=MONDAY + dt.timedelta(days=1)) if "get in touch" in n.title)
        assert (late.urgency, late.day, late.why) == (1, MONDAY, "The next contact was set for 23 November 2026.")
        assert due(manager, MONDAY) == []  # another officer's case

    def test_a_try_before_its_day_leaves_it_standing_and_one_on_it_answers_it(self, officer: User, case: Case) -> None:
        contact(case, officer, TODAY, follow_up=MONDAY)
        contact(case, officer, TODAY)
        assert due(officer, MONDAY) == ["Ash Teal: get in touch again"]
        contact(case, officer, MONDAY)
        assert due(officer, MONDAY) == []

    def test_another_date_takes_its_place(self, officer: User, case: Case) -> None:
        contact(case, officer, TODAY, follow_up=MONDAY)
        contact(case, officer, TODAY, follow_up=MONDAY + dt.timedelta(days=7))
        assert due(officer, MONDAY) == []
        assert due(officer, MONDAY + dt.timedelta(days=7)) == ["Ash Teal: get in touch again"]

    @pytest.mark.parametrize("day", [dt.date(2026, 11, 19), dt.date(2028, 1, 1)])
    def test_a_date_before_the_contact_or_beyond_a_year_is_refused(self, officer: User, case: Case, day: dt.date) -> None:
        with pytest.raises(actions.CaseProblem, match="comes after this one, and within a year"):
            contact(case, officer, TODAY, follow_up=day)
