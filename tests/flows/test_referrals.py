"""Referrals: who may make one and read it, what triage does with it, and what whoever referred is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework.actions import CaseProblem
from casework.actions import referrals as actions
from casework.models import Case, Entry, Referral
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case
from tests.casework.ways import make_referral
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return pupil


def asked(school: School, **fields: Any) -> dict[str, Any]:
    """A school's form, filled in."""
    return {"reason": "ebsa", "school": str(school.pk), "worries": "He does not leave his room.", "form_token": str(uuid.uuid4())} | fields


def logged(school: School, **fields: Any) -> dict[str, Any]:
    """An officer's, of what a neighbour said."""
    day = {"received_day": "19", "received_month": "11", "received_year": "2026"}
    return (
        asked(school, origin="public", from_name="Nora Neighbour", reason="welfare", worries="The child is out at night.", **day) | fields
    )


def triage(act: str, referral: Referral) -> str:
    return reverse("referral_triage", args=[referral.pk, act])


class TestASchoolRefers:
    def test_it_waits_for_triage_and_opens_no_case(self, contact_a_client: Client, contact_a: User, pupil: Pupil, school_a: School) -> None:
        send = asked(school_a, evidence=["meeting", "plan"], tried="Two meetings and a gentle start.")
        answer = contact_a_client.post(reverse("case_refer", args=[pupil.pk]), send, follow=True)
        referral = Referral.objects.get()
        assert (referral.status, referral.origin, referral.made_by, referral.sent) == ("submitted", "referral", contact_a, TODAY)
        assert not Case.objects.exists()
        words = said(answer)
        assert "Two meetings and a gentle start." in words
        assert "Missing, of 4 pieces asked for with this reason What the child says Special needs and health looked into" in words

    def test_a_double_click_sends_once(self, contact_a_client: Client, pupil: Pupil, school_a: School) -> None:
        send = asked(school_a)
        for _ in range(2):
            answer = contact_a_client.post(reverse("case_refer", args=[pupil.pk]), send)
            assert answer["Location"] == reverse("referral", args=[Referral.objects.get().pk])

    def test_a_second_one_is_told_of_the_one_that_waits_and_loses_no_words(
        self, contact_a_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        answer = contact_a_client.post(reverse("case_refer", args=[pupil.pk]), asked(school_a, worries="Not seen since Monday."))
        words = said(answer)
        assert "Ash Teal has been referred already Carys Alder sent it on Mon 2 Nov 2026. It waits for the attendance team." in words
        assert "What you wrote was not sent" in words
        assert "Not seen since Monday." in words
        assert reverse("referral", args=[referral.pk]) in answer.content.decode()
        assert Referral.objects.count() == 1

    def test_of_two_at_once_the_second_is_told(self, contact_a: User, pupil: Pupil, school_a: School) -> None:
        make_referral(pupil, school_a, by=contact_a)
        with pytest.raises(CaseProblem, match="Carys Alder of Alder High School has referred Ash Teal already: waiting for triage"):
            make_referral(pupil, school_a, by=contact_a)

    def test_with_an_open_case_it_is_led_there(self, contact_a_client: Client, officer: User, pupil: Pupil, school_a: School) -> None:
        case = make_case(pupil, school_a, by=officer)
        answer = contact_a_client.get(reverse("case_refer", args=[pupil.pk]))
        assert "There is an open case for Ash Teal already" in said(answer)
        assert reverse("case", args=[case.pk]) in answer.content.decode()

    def test_another_school_is_not_told_who_holds_the_case(
        self, contact_b_client: Client, officer: User, pupil: Pupil, school_a: School, school_b: School
    ) -> None:
        factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1), kind="subsidiary")
        make_case(pupil, school_a, by=officer, officer=officer)
        words = said(contact_b_client.get(reverse("case_refer", args=[pupil.pk])))
        assert "The attendance team works with this child already" in words
        assert "Alder" not in words
        assert "Olive" not in words

    def test_a_child_who_has_left_cannot_be_referred(self, contact_a_client: Client, pupil: Pupil, school_a: School) -> None:
        pupil.enrolments.update(end=dt.date(2026, 11, 19))
        words = said(contact_a_client.post(reverse("case_refer", args=[pupil.pk]), asked(school_a)))
        assert "The pupil is not on your roll today" in words
        assert "this may be a child missing education" in words
        assert not Referral.objects.exists()

    def test_a_draft_is_the_school_s_own_until_it_is_sent(
        self, contact_a_client: Client, manager_client: Client, officer_client: Client, pupil: Pupil, school_a: School
    ) -> None:
        contact_a_client.post(reverse("case_refer", args=[pupil.pk]), asked(school_a) | {"draft": "1"})
        draft = Referral.objects.get()
        assert (draft.status, draft.sent) == ("draft", None)
        for authority in (manager_client, officer_client):
            assert authority.get(reverse("referral", args=[draft.pk])).status_code == 404
        contact_a_client.post(reverse("referral_write", args=[draft.pk]), asked(school_a, version="1", worries="Worse now."))
        draft.refresh_from_db()
        assert (draft.status, draft.sent, draft.worries) == ("submitted", TODAY, "Worse now.")
        assert officer_client.get(reverse("referral", args=[draft.pk])).status_code == 200

    @pytest.mark.parametrize("words", ["ذهبت أمه إلى المدرسة", "😟 not well 🏠", "<b>bold</b> & <script>alert(1)</script>", "word " * 5000])
    def test_words_are_kept_and_shown_as_typed(
        self, words: str, contact_a_client: Client, officer_client: Client, pupil: Pupil, school_a: School
    ) -> None:
        words = words.strip()
        contact_a_client.post(reverse("case_refer", args=[pupil.pk]), asked(school_a, worries=words))
        referral = Referral.objects.get()
        assert referral.worries == words
        assert words in said(officer_client.get(reverse("referral", args=[referral.pk])))
        officer_client.post(triage("accept", referral), {"reason": "ebsa", "school": school_a.pk, "words": words, "version": "1"})
        entry = Entry.objects.get(kind="referred")
        assert words in entry.words
        page = officer_client.get(reverse("case", args=[entry.case_id])).content.decode()
        assert "<script>alert" not in page
        assert ("Read all of it" in page) == (len(words) > 1500)


class TestAnOfficerWritesOneDown:
    def test_a_neighbour_s_words_stay_with_the_authority(
        self, officer_client: Client, contact_a_client: Client, officer: User, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        officer_client.post(reverse("case_refer", args=[pupil.pk]), logged(school_a))
        referral = Referral.objects.get()
        assert (referral.origin, referral.received, referral.from_name) == ("public", dt.date(2026, 11, 19), "Nora Neighbour")
        assert contact_a_client.get(reverse("referral", args=[referral.pk])).status_code == 404
        assert "Teal" not in said(contact_a_client.get(reverse("referrals")))
        officer_client.post(
            triage("accept", referral), {"reason": "welfare", "school": school_a.pk, "words": "Go and see.", "version": "1"}
        )
        case = Case.objects.get()
        page = contact_a_client.get(reverse("case", args=[case.pk])).content.decode()
        assert "Referred to the attendance team: worry about the child’s welfare." in page
        for secret in ("Neighbour", "member of the public", "out at night", "Go and see"):
            assert secret not in page
        assert "Nora Neighbour" in officer_client.get(reverse("case", args=[case.pk])).content.decode()

    def test_the_api_does_not_tell_a_school_either(
        self, officer: User, contact_a: User, browse: Browse, pupil: Pupil, school_a: School
    ) -> None:
        make_case(pupil, school_a, by=officer, origin=Case.Origin.PUBLIC)
        address = reverse("api_cases")
        assert browse(contact_a).get(address).json()["results"][0]["origin"] is None
        assert browse(officer).get(address).json()["results"][0]["origin"] == "public"

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"received_year": "2027"}, "the date cannot be after today"),
            ({"received_year": "2024"}, "The date is more than a year ago: check the year"),
            ({"origin": "front_door"}, "Enter which service or authority refers the child"),
            ({"origin": ""}, "Choose where the referral comes from"),
            ({"from_email": "no address"}, "Enter a real email address"),
            ({"worries": "  "}, "Enter what worries you"),
            ({"from_name": "x" * 161}, "Keep this to 160 characters"),
            ({"evidence": ["made up"]}, "Choose from the list"),
        ],
    )
    def test_bad_input_is_told_where_it_happened(
        self, fields: dict[str, Any], told: str, officer_client: Client, pupil: Pupil, school_a: School
    ) -> None:
        answer = officer_client.post(reverse("case_refer", args=[pupil.pk]), logged(school_a, **fields))
        assert told in said(answer)
        assert not Referral.objects.exists()

    def test_a_second_source_is_told_of_the_first_and_may_go_on(
        self, officer_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        make_referral(pupil, school_a, by=contact_a)
        words = said(officer_client.get(reverse("case_refer", args=[pupil.pk])))
        assert "A referral from Carys Alder is waiting for triage since Mon 2 Nov 2026: read it first" in words
        officer_client.post(reverse("case_refer", args=[pupil.pk]), logged(school_a, origin="front_door", from_body="MASH"))
        assert Referral.objects.to_triage().count() == 2

    def test_whoever_is_outside_is_told_and_it_is_written_down(
        self, officer_client: Client, officer: User, pupil: Pupil, school_a: School
    ) -> None:
        said_ = actions.Said("welfare", "Seen in town.", from_name="Nora Neighbour", from_phone="07700 900321")
        referral = make_referral(pupil, school_a, by=officer, origin="public", said=said_)
        officer_client.post(triage("refuse", referral), {"words": "Not our child to see.", "version": "1"})
        page = said(officer_client.get(reverse("referral", args=[referral.pk])))
        assert "Nora Neighbour does not sign in here and waits for an answer. Phone 07700 900321." in page
        day = {"day_day": "20", "day_month": "11", "day_year": "2026"}
        officer_client.post(reverse("referral_tell", args=[referral.pk]), day | {"words": "By phone."})
        referral.refresh_from_db()
        assert referral.told == TODAY
        assert "waits for an answer" not in said(officer_client.get(reverse("referral", args=[referral.pk])))


class TestTriage:
    def test_accepting_opens_a_case_with_the_words_and_the_reason_is_read(
        self, officer_client: Client, contact_a_client: Client, officer: User, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a, evidence=("meeting",))
        send = {"reason": "ebsa", "school": school_a.pk, "officer": officer.pk, "words": "He needs us now.", "version": "1"}
        officer_client.post(triage("accept", referral), send)
        case = Case.objects.get()
        assert (case.origin, case.reason, case.officer, case.opened) == ("referral", "ebsa", officer, TODAY)
        referral.refresh_from_db()
        assert (referral.status, referral.case, referral.decided_by) == ("accepted", case, officer)
        entry = Entry.objects.get(case=case, kind="referred")
        assert entry.shared
        assert entry.words.endswith("What worries: He does not leave his room.\nDone before: a meeting with the parents.")
        assert "He needs us now." in said(contact_a_client.get(reverse("referral", args=[referral.pk])))

    def test_accepting_joins_the_open_case(
        self, officer_client: Client, officer: User, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        case = make_case(pupil, school_a, by=officer, officer=officer)
        assert "Accept into the open case" in said(officer_client.get(triage("accept", referral)))
        officer_client.post(triage("accept", referral), {"words": "We know him.", "version": "1"})
        assert Case.objects.get() == case
        case.refresh_from_db()
        assert case.version == 2
        assert case.entries.filter(kind="referred").count() == 1

    def test_it_comes_back_for_evidence_and_is_sent_again(
        self, officer_client: Client, contact_a_client: Client, officer: User, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a, evidence=("meeting",))
        page = officer_client.get(triage("return", referral)).content.decode()
        assert page.count(" checked") == 3  # what the reason asks for and was not ticked
        officer_client.post(triage("return", referral), {"wanted": ["plan", "child"], "words": "Ask him first.", "version": "1"})
        words = said(contact_a_client.get(reverse("referral", args=[referral.pk])))
        assert "The attendance team asks for more before it decides. An attendance support plan, and what came of it" in words
        assert "Ask him first." in words
        again = asked(school_a, evidence=["meeting", "plan", "child"], answer="He said why.", version="2")
        contact_a_client.post(reverse("referral_write", args=[referral.pk]), again)
        referral.refresh_from_db()
        assert (referral.status, referral.sent) == ("submitted", dt.date(2026, 11, 2))  # its age goes on from the first day
        step = referral.steps.last()
        assert step is not None
        assert (step.kind, step.words, step.wanted) == ("again", "He said why.", ["plan", "child"])

    def test_nothing_is_returned_without_saying_what_is_missing(
        self, officer_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        assert "Say what is missing" in said(officer_client.post(triage("return", referral), {"words": "", "version": "1"}))

    @pytest.mark.parametrize(
        ("act", "fields", "status", "told"),
        [
            ("signpost", {"service": "send", "words": "Ask the SEND team."}, "signposted", "SEND team or educational psychology"),
            ("refuse", {"words": "The plan began last week."}, "refused", "The plan began last week."),
        ],
    )
    def test_signposting_and_refusing_give_their_reason(
        self,
        act: str,
        fields: dict[str, str],
        status: str,
        told: str,
        officer_client: Client,
        contact_a: User,
        contact_a_client: Client,
        pupil: Pupil,
        school_a: School,
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        assert "Enter the reason" in said(officer_client.post(triage(act, referral), fields | {"words": " ", "version": "1"}))
        officer_client.post(triage(act, referral), fields | {"version": "1"})
        referral.refresh_from_db()
        assert referral.status == status
        assert told in said(contact_a_client.get(reverse("referral", args=[referral.pk])))
        assert not Case.objects.exists()
        contact_a_client.post(reverse("case_refer", args=[pupil.pk]), asked(school_a))  # it may be tried again
        assert Referral.objects.to_triage().count() == 1

    def test_of_two_who_triage_at_once_the_second_is_told(
        self, officer: User, manager: User, manager_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        actions.decline(by=officer, today=TODAY, now=clock.now(), referral=referral, words="Too early.", version=1)
        send = {"reason": "ebsa", "school": school_a.pk, "words": "Take it on.", "version": "1"}
        words = said(manager_client.post(triage("accept", referral), send))
        assert "Olive Officer acted on this referral" in words
        assert "refused. “Too early.” Nothing of yours was saved." in words
        assert "Take it on." in words  # what was typed is there still
        assert not Case.objects.exists()

    def test_who_triages_what_was_sent_again_meanwhile_is_told(
        self, officer_client: Client, officer: User, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        actions.return_referral(by=officer, now=clock.now(), referral=referral, words="More, please.", version=1)
        new = actions.Said("ebsa", "Much worse.")
        actions.write_again(by=contact_a, today=TODAY, now=clock.now(), referral=referral, said=new, send=True)
        words = said(officer_client.post(triage("refuse", referral), {"words": "No.", "version": "1"}))
        assert "Carys Alder changed this referral" in words

    @pytest.mark.parametrize("act", ["accept", "return", "signpost", "refuse"])
    def test_a_double_click_decides_once(self, act: str, officer_client: Client, contact_a: User, pupil: Pupil, school_a: School) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        send = {"reason": "ebsa", "school": school_a.pk, "service": "send", "wanted": ["plan"], "words": "As said.", "version": "1"}
        for _ in range(2):
            assert officer_client.post(triage(act, referral), send)["Location"] == reverse("referral", args=[referral.pk])
        assert referral.steps.count() == 2

    def test_a_child_who_has_left_since_is_not_taken_on(
        self, officer: User, officer_client: Client, manager_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        pupil.enrolments.update(end=dt.date(2026, 11, 19))
        send = {"reason": "ebsa", "school": school_a.pk, "words": "Take it on.", "version": "1"}
        for client in (officer_client, manager_client):
            assert "is not on roll at Alder High School today" in said(client.post(triage("accept", referral), send))
        assert "is on no roll today, so no case can be opened" in said(manager_client.get(reverse("referral", args=[referral.pk])))

    def test_it_can_be_taken_back_until_it_is_decided(
        self, contact_a_client: Client, officer_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        contact_a_client.post(reverse("referral_withdraw", args=[referral.pk]), {"words": "He is back.", "version": "1"})
        referral.refresh_from_db()
        assert referral.status == "withdrawn"
        words = said(officer_client.get(triage("accept", referral), follow=True))
        assert "Nothing is to be done here: the referral is “taken back”." in words

    def test_the_same_act_in_other_words_is_told_that_they_were_not_saved(
        self, officer: User, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        """A form from the browser's history, after the decision: not a double click."""
        referral, given = make_referral(pupil, school_a, by=contact_a), {"by": officer, "now": clock.now()}
        for _ in range(2):
            actions.return_referral(**given, referral=referral, words="The plan, please.")  # type: ignore[arg-type]
        with pytest.raises(CaseProblem, match=r"You acted on this referral .* Nothing of yours was saved"):
            actions.return_referral(**given, referral=referral, words="And what the child says.")  # type: ignore[arg-type]
        assert [step.words for step in referral.steps.filter(kind="returned")] == ["The plan, please."]

    def test_triage_does_not_take_back_what_a_school_wrote(
        self, officer_client: Client, contact_a: User, pupil: Pupil, school_a: School
    ) -> None:
        referral = make_referral(pupil, school_a, by=contact_a)
        assert "Take the referral back" not in said(officer_client.get(reverse("referral", args=[referral.pk])))
        answer = officer_client.post(reverse("referral_withdraw", args=[referral.pk]), {"words": "", "version": "1"})
        assert "Carys Alder of Alder High School referred this child and takes the referral back themselves." in said(answer)
        referral.refresh_from_db()
        assert referral.status == "submitted"


class TestWhoReads:
    def test_each_reads_their_own(self, cast: dict[str, User], browse: Browse, pupil: Pupil, school_a: School, school_b: School) -> None:
        referral = make_referral(pupil, school_a, by=cast["contact_a"])
        found = {part: browse(user).get(reverse("referral", args=[referral.pk])).status_code for part, user in cast.items()}
        assert found == {
            "officer": 200, "manager": 200, "legal": 200, "contact_a": 200, "contact_b": 404, "staff_a": 403, "stranger": 404,
            "administrator": 403,
        }  # fmt: skip

    def test_few_questions_however_many(
        self, officer_client: Client, contact_a: User, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        for n in range(30):
            child = factories.make_pupil(f"P{n}", "Ash")
            factories.enrol(child, school_a, start=dt.date(2026, 9, 1))
            referral = make_referral(child, school_a, by=contact_a)
        with django_assert_max_num_queries(8):
            assert "30 referrals , the longest waiting first" in said(officer_client.get(reverse("referrals")))
        with django_assert_max_num_queries(15):
            officer_client.get(reverse("referral", args=[referral.pk]))
        with django_assert_max_num_queries(15):
            officer_client.get(triage("accept", referral))
        assert "1 referral" in said(officer_client.get(reverse("referrals"), {"q": "p17"}))
