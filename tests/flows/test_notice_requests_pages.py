"""Requests for penalty notices through the pages, up to the decision: by whom, with which words, and what bad input meets."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from legal import checklist
from legal.models import Answer, Decision, Notice, Request
from schools.models import Enrolment, Parent, Pupil, School
from tests import factories
from tests.flows.notice_things import NOTHING_AGAINST, TODAY, answer_all, consider, date, draft, issued, on_holiday, submitted
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return on_holiday(school_a)


@pytest.fixture
def pat(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Pat")


@pytest.fixture
def kim(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Kim", address="9 Far Road, Merebrook", postcode="MB9 9ZZ")


def page(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return said(answer)


def moved(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


class TestAsking:
    def test_a_school_asks_and_sees_the_proof_first(self, contact_a_client: Client, pupil: Pupil, pat: Parent, school_a: School) -> None:
        text = page(contact_a_client, "request_new", pupil.pk)
        assert "10 unauthorised sessions (G, N, O or U) in the 10 school weeks to Fri 20 Nov 2026; the threshold is 10." in text
        assert "Threshold met" in text
        assert "Fri 13 Nov 2026 PM: G" in text
        assert "Pat Example, mother, has parental responsibility" in text
        answer = contact_a_client.post(
            reverse("request_new", args=[pupil.pk]), {"route": "holiday", "parents": [pat.pk], "form_token": str(uuid.uuid4())}
        )
        made = Request.objects.get()
        assert answer["Location"] == reverse("request", args=[made.pk])
        assert (made.status, made.school, made.made, [p.pk for p in made.parents.all()]) == ("draft", school_a, TODAY, [pat.pk])

    def test_the_same_form_sent_twice_makes_one_request(self, contact_a_client: Client, pupil: Pupil, pat: Parent) -> None:
        form = {"route": "holiday", "parents": [pat.pk], "form_token": str(uuid.uuid4())}
        answers = [contact_a_client.post(reverse("request_new", args=[pupil.pk]), form) for _ in range(2)]
        assert Request.objects.count() == 1
        assert answers[0]["Location"] == answers[1]["Location"]

    def test_below_the_threshold_there_is_no_form_but_a_reason(self, officer_client: Client, school_a: School) -> None:
        pupil = factories.make_pupil()
        factories.write_marks(factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1)), dt.date(2026, 11, 9), "GG GG GG GG G/")
        text = page(officer_client, "request_new", pupil.pk)
        assert "A penalty notice cannot be asked for" in text
        assert "The threshold is not met: 9 unauthorised sessions in 10 school weeks; 10 are needed." in text
        assert "Start the request" not in text

    def test_an_open_request_is_pointed_at(
        self, officer: User, officer_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        known = draft(officer, pupil, school_a, pat)
        answer = officer_client.get(reverse("request_new", args=[pupil.pk]))
        assert "is open already" in said(answer)
        assert reverse("request", args=[known.pk]) in answer.content.decode()

    def test_nobody_chosen_is_said_at_the_field(self, officer_client: Client, pupil: Pupil, pat: Parent) -> None:
        answer = officer_client.post(reverse("request_new", args=[pupil.pk]), {"route": "holiday"})
        assert "Choose at least one parent" in said(answer)
        assert not Request.objects.exists()

    def test_an_independent_school_has_no_notices(self, manager_client: Client, authority: Any, today: dt.date) -> None:
        school = factories.make_school("Elm Court", independent=True)
        text = page(manager_client, "request_new", on_holiday(school).pk)
        assert "No penalty notice can be issued for pupils of an independent school" in text

    def test_sessions_at_another_school_are_not_named_to_a_school(
        self, contact_a_client: Client, officer_client: Client, pupil: Pupil, school_b: School
    ) -> None:
        factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1), kind=Enrolment.Kind.SUBSIDIARY)
        assert "may hold sessions at another school, so they are not listed here" in page(contact_a_client, "request_new", pupil.pk)
        assert "Fri 13 Nov 2026 PM: G" in page(officer_client, "request_new", pupil.pk)


class TestPreparing:
    def test_the_checklist_is_answered_bit_by_bit_and_then_submitted(
        self, contact_a: User, contact_a_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(contact_a, pupil, school_a, pat)
        needed = checklist.items("holiday")
        assert f"{len(needed)} items of the checklist are missing" in page(contact_a_client, "request", found.pk)
        address = reverse("request_checklist", args=[found.pk])
        form = {"version": found.version, "referral": "yes"} | date("referral_on", dt.date(2026, 11, 16))
        assert contact_a_client.post(address, form).status_code == 302
        answer = Answer.objects.get()
        assert (answer.item, answer.given, answer.day, answer.by) == ("referral", "yes", dt.date(2026, 11, 16), contact_a)
        every = {item.key: "yes" for item in needed} | {"version": moved(found).version}
        contact_a_client.post(address, every)
        text = page(contact_a_client, "request", found.pk)
        assert f"All {len(needed)} items are answered." in text
        assert "Submit for a decision" in text
        contact_a_client.post(reverse("request_submit", args=[found.pk]), {"version": moved(found).version})
        found = moved(found)
        assert (found.status, found.submitted, len(found.sessions)) == ("submitted", TODAY, 10)
        assert "It waits for a legal officer to decide" in page(contact_a_client, "request", found.pk)

    def test_only_items_of_the_route_are_asked(
        self, officer: User, officer_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(officer, pupil, school_a, pat)
        text = page(officer_client, "request_checklist", found.pk)
        assert "The application for leave" in text
        assert "notice to improve" not in text

    def test_a_day_to_come_is_refused_and_what_was_typed_stays(
        self, officer: User, officer_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(officer, pupil, school_a, pat)
        form = {"version": found.version, "referral": "yes", "pupil": "yes"} | date("referral_on", dt.date(2026, 12, 1))
        answer = officer_client.post(reverse("request_checklist", args=[found.pk]), form)
        assert "Item 1: enter today or an earlier day." in said(answer)
        assert 'value="2026"' in answer.content.decode()
        assert not Answer.objects.exists()

    def test_the_second_of_two_is_told_and_may_send_again(
        self, officer: User, contact_a: User, officer_client: Client, contact_a_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(officer, pupil, school_a, pat)
        address, form = reverse("request_checklist", args=[found.pk]), {"version": found.version, "pupil": "yes"}
        contact_a_client.post(address, form)
        answer = officer_client.post(address, form | {"parents": "yes"})
        assert "Carys Alder changed this at" in said(answer)
        assert f'value="{moved(found).version}"' in answer.content.decode()  # the next try is from what is shown now
        officer_client.post(address, form | {"parents": "yes", "version": moved(found).version})
        assert Answer.objects.filter(given="yes").count() == 2

    def test_an_incomplete_request_is_not_submitted(
        self, officer: User, officer_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(officer, pupil, school_a, pat)
        answer = officer_client.post(reverse("request_submit", args=[found.pk]), {"version": found.version}, follow=True)
        assert "The checklist is not complete. Missing: 1. The referral" in said(answer)
        assert moved(found).status == "draft"

    def test_a_manager_lets_it_go_on_with_a_reason(
        self, officer: User, officer_client: Client, manager_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(officer, pupil, school_a, pat)
        assert "Let it go on" not in page(officer_client, "request", found.pk)
        address = reverse("request_override", args=[found.pk])
        assert "Say why the request may go on" in said(manager_client.post(address, {"version": found.version, "words": " "}))
        manager_client.post(address, {"version": found.version, "words": "The head is away until Monday."})
        text = page(officer_client, "request", found.pk)
        assert "May go on without the missing items, says Mani Manager: The head is away until Monday." in text
        officer_client.post(reverse("request_submit", args=[found.pk]), {"version": moved(found).version})
        assert moved(found).status == "submitted"

    def test_an_unsettled_n_stands_in_the_way(self, officer: User, officer_client: Client, school_a: School) -> None:
        pupil = factories.make_pupil("Unsettled")
        enrolment = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
        factories.write_marks(enrolment, dt.date(2026, 11, 9), "GG GG GG GG NN")
        found = draft(officer, pupil, school_a, factories.make_parent(pupil))
        answer_all(found, officer)
        assert "2 of these sessions are N: nobody has yet found out why" in page(officer_client, "request", found.pk)
        answer = officer_client.post(reverse("request_submit", args=[found.pk]), {"version": found.version}, follow=True)
        assert "10 incl. 2 × N: settle them first" in said(answer)

    def test_it_is_taken_back(self, contact_a: User, contact_a_client: Client, pupil: Pupil, pat: Parent, school_a: School) -> None:
        found = draft(contact_a, pupil, school_a, pat)
        contact_a_client.post(reverse("request_take_back", args=[found.pk]), {"version": found.version})
        assert moved(found).status == "withdrawn"
        assert "took it back" in page(contact_a_client, "request", found.pk)

    def test_every_look_is_written_down(
        self, officer: User, legal: User, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = draft(officer, pupil, school_a, pat)
        page(legal_client, "request", found.pk)
        look = AuditEvent.objects.get(kind="view", by=legal)
        assert (look.act, look.subject_type, look.subject_id) == ("looked at a notice request", "request", found.pk)


class TestDeciding:
    def form(self, found: Request, *parents: Parent, **fields: Any) -> dict[str, Any]:
        return {"outcome": "issue", "reason": "holiday", "parents": [p.pk for p in parents], "version": found.version} | fields

    def test_a_notice_to_each_parent(
        self, contact_a: User, legal: User, legal_client: Client, pupil: Pupil, pat: Parent, kim: Parent, school_a: School
    ) -> None:
        found = submitted(contact_a, pupil, school_a, pat, kim)
        refused = legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat, kim))
        assert "Before a notice is issued the nine points are considered" in said(refused)
        consider(found, legal)
        found = moved(found)
        text = page(legal_client, "request_decide", found.pk)
        assert "First: £80 if paid within 21 days of receipt, then £160 until day 28" in text
        assert "10 of 10 not yet relied on against this parent" in text
        assert "10 unauthorised sessions stand in the register on Fri 20 Nov 2026 and can be relied on; the threshold is 10." in text
        assert "Together 2 notices: £160 if all are paid within 21 days of receipt, £320 otherwise." in text
        answer = legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat, kim), follow=True)
        assert "PN000001 and PN000002 are issued" in said(answer)
        assert [(n.to_name, n.order) for n in Notice.objects.order_by("number")] == [("Pat Example", 1), ("Kim Example", 1)]
        decision = Decision.objects.get()
        assert decision.sha256 in said(answer)

    def test_the_register_is_kept_and_its_reading_written_down(
        self, contact_a: User, legal: User, legal_client: Client, contact_a_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        [notice] = issued(contact_a, legal, pupil, school_a, pat)
        address = reverse("request_register", args=[notice.decision_id])
        assert "2026-11-09 AM G" in said(legal_client.get(address))
        file = legal_client.get(address, {"file": 1})
        assert hashlib.sha256(file.content).hexdigest() == notice.decision.sha256
        assert AuditEvent.objects.filter(kind="export", by=legal, act="read the register of a decision").count() == 2
        assert contact_a_client.get(address).status_code == 403

    def test_a_parent_without_address_stops_all(
        self, contact_a: User, legal_client: Client, pupil: Pupil, pat: Parent, kim: Parent, school_a: School
    ) -> None:
        Parent.objects.filter(pk=kim.pk).update(address="", postcode="")
        found = submitted(contact_a, pupil, school_a, pat, kim)
        assert "No address" in page(legal_client, "request_decide", found.pk)
        answer = legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat, kim, words="As asked"))
        text = said(answer)
        assert "Kim Example has no address: add it on the pupil's page, then decide again." in text
        assert "As asked" in answer.content.decode()
        assert not Notice.objects.exists()
        assert moved(found).status == "submitted"

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"outcome": "refuse", "reason": "holiday", "words": "No"}, "Choose a reason to refuse or return"),
            ({"reason": "evidence"}, "Choose a reason to issue a notice"),
            ({"outcome": "return", "reason": "evidence"}, "Say in words what is missing"),
            ({"parents": []}, "Choose at least one parent to receive a notice"),
        ],
    )
    def test_what_does_not_fit_is_said_at_the_field(
        self, fields: dict[str, Any], words: str, contact_a: User, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = submitted(contact_a, pupil, school_a, pat)
        answer = legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat) | fields)
        assert words in said(answer)
        assert not Decision.objects.exists()

    def test_a_returned_request_tells_the_school_why(
        self, contact_a: User, contact_a_client: Client, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = submitted(contact_a, pupil, school_a, pat)
        form = self.form(found, outcome="return", reason="evidence", words="The letter of 2 November is not attached.")
        legal_client.post(reverse("request_decide", args=[found.pk]), form)
        text = page(contact_a_client, "request", found.pk)
        assert "It was returned: read why under Decisions." in text
        assert "The letter of 2 November is not attached." in text
        assert "Submit for a decision" in text

    def test_a_return_says_item_by_item_what_to_add(
        self, contact_a: User, contact_a_client: Client, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = submitted(contact_a, pupil, school_a, pat)
        asked = {"want_leave": "The refusal of 2 November.", "want_warning": "The page of the policy that warns."}
        legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, outcome="return", reason="evidence") | asked)
        text = page(contact_a_client, "request", found.pk)
        assert "What is still to be added" in text
        to_add = Decision.objects.get().to_add
        assert [(item.key, words) for item, words in to_add] == [("leave", asked["want_leave"]), ("warning", asked["want_warning"])]

    def test_nine_points_are_signed_and_one_that_speaks_against_it_stops_the_notice(
        self, contact_a: User, contact_a_client: Client, legal: User, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = submitted(contact_a, pupil, school_a, pat)
        address, sent = reverse("request_consider", args=[found.pk]), {"version": found.version}
        assert "Answer point 1" in said(legal_client.post(address, sent))
        for key, (choice, words) in (NOTHING_AGAINST["holiday"] | {"conflict": ("conflicts", "A contract runs to March.")}).items():
            sent |= {key: choice, f"{key}_words": words}
        assert legal_client.post(address, sent).status_code == 302
        found = moved(found)
        assert "It conflicts with other action" in said(
            legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat))
        )
        consider(found, legal)
        found = moved(found)
        legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat))
        decision = Decision.objects.get()
        assert (decision.considerations.by, decision.considerations.day) == (legal, TODAY)
        assert found.considerations.count() == 2
        assert "A contract runs to March" not in page(legal_client, "request", found.pk)
        assert "Considered: nothing speaks against it" in page(legal_client, "request", found.pk)
        school = page(contact_a_client, "request", found.pk)
        assert "signed by Leigh Legal" in school
        assert "nothing speaks against it" not in school

    def test_marks_put_right_since_are_said_and_stop_the_notice(
        self, contact_a: User, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School
    ) -> None:
        found = submitted(contact_a, pupil, school_a, pat)
        factories.write_marks(pupil.enrolments.get(), dt.date(2026, 11, 9), "II")
        words = "The threshold is no longer met: 8 of the sessions submitted still stand, 10 are needed."
        assert words in page(legal_client, "request_decide", found.pk)
        answer = legal_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat))
        assert words in said(answer)
        assert not Decision.objects.exists()

    def test_a_notice_another_school_asked_for_counts_and_is_not_named(
        self,
        contact_a: User,
        contact_b: User,
        contact_b_client: Client,
        legal: User,
        legal_client: Client,
        school_a: School,
        school_b: School,
    ) -> None:
        pupil = on_holiday(school_a, "Mover")
        pat = factories.make_parent(pupil, forename="Pat")
        issued(contact_a, legal, pupil, school_a, pat)
        pupil.enrolments.update(end=dt.date(2026, 11, 16))
        factories.enrol(pupil, school_b, start=dt.date(2026, 11, 17))
        found = draft(contact_b, pupil, school_b, pat)
        text = page(contact_b_client, "request", found.pk)
        assert "1 notice asked for by another school" in text
        assert "Second: £160 within 28 days of receipt" in text
        assert "PN000001" not in text
        assert "PN000001" in page(legal_client, "request", found.pk)

    def test_the_second_to_decide_is_told(
        self, contact_a: User, legal: User, legal_client: Client, pupil: Pupil, pat: Parent, school_a: School, browse: Any
    ) -> None:
        other = browse(factories.make_user("legal", name="Lee Second"))
        found = submitted(contact_a, pupil, school_a, pat)
        consider(found, legal)
        found = moved(found)
        address = reverse("request_decide", args=[found.pk])
        legal_client.post(address, self.form(found, pat))
        answer = other.post(address, self.form(found, outcome="refuse", reason="support_first", words="Offer support first."))
        assert "Leigh Legal changed this at" in said(answer)
        assert "Offer support first." in answer.content.decode()
        assert Decision.objects.count() == 1
        assert "This cannot be done now. The request: agreed: notices issued." in said(other.get(address, follow=True))

    def test_no_role_but_legal_decides(self, contact_a: User, manager_client: Client, pupil: Pupil, pat: Parent, school_a: School) -> None:
        found = submitted(contact_a, pupil, school_a, pat)
        assert manager_client.post(reverse("request_decide", args=[found.pk]), self.form(found, pat)).status_code == 403
        assert not Decision.objects.exists()
