"""Offers of meetings through the pages: made, answered by the school or for it, judged, followed up and taken further."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from meetings.actions import MeetingProblem, accept_offer, cancel_meeting, decline_offer, escalate, judge_offer, offer_meeting
from meetings.models import Escalation, Meeting, Offer
from meetings.needs import needs_today
from meetings.offering import refusals
from meetings.term_plan import State, term_rows
from meetings.terms import Term as OfYear
from schools.models import Closure, School, Term
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, TUESDAY, asked, flagged, planned, words
from tests.flows.planned_year import set_year
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


def make_offer(school: School, officer: User, day: dt.date = TUESDAY, **fields: Any) -> Offer:
    wanted = {"time": dt.time(14, 30), "minutes": 60, "place": "school", "officer": officer} | fields
    return offer_meeting(by=officer, today=TODAY, now=clock.now(), school=school, day=day, **wanted)


def refuse(offer: Offer, officer: User, verdict: str = "not_accepted") -> Offer:
    """Declined and judged, as the officer is told by phone."""
    said = {"reason": "no_need", "told_by": "The head", "evidence": "Better by 2 points."}
    offer = decline_offer(by=officer, today=TODAY, now=clock.now(), offer=offer, version=None, **said)
    judged = {"verdict": verdict, "words": "As the registers show.", "follow_up": TODAY + dt.timedelta(days=14)}
    return judge_offer(by=officer, today=TODAY, now=clock.now(), offer=offer, version=None, **judged)


def state_of(school: School) -> State:
    return term_rows([school], OfYear(2026, 1), today=TODAY)[0].state


@pytest.fixture
def offer(school_a: School, officer: User) -> Offer:
    return make_offer(school_a, officer)


@pytest.fixture
def contact_client(contact_a: User, browse: Browse) -> Client:
    return browse(contact_a)


class TestOffering:
    def test_an_offer_waits_for_the_school_and_a_double_click_makes_one(
        self, officer_client: Client, officer: User, contact_a: User, school_a: School
    ) -> None:
        address = reverse("offer_meeting", args=[school_a.urn])
        assert "30 minutes suggested: no figures this year yet." in words(officer_client.get(address))
        form = asked(officer, form_token=str(uuid.uuid4()))
        places = [officer_client.post(address, form)["Location"] for _ in range(2)]
        assert places[0] == places[1]
        offer = Offer.objects.get()
        assert (offer.year, offer.term, offer.number, offer.status) == (2026, 1, 1, "offered")
        assert not Meeting.objects.exists()
        assert [need.title for need in needs_today(contact_a, today=TODAY)] == ["The authority offers a support meeting: answer it"]
        assert AuditEvent.objects.filter(act="Meeting offered", by=officer).count() == 1

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            (date("day", dt.date(2026, 11, 19)), "The day of a meeting must be today or later"),
            (date("day", dt.date(2026, 11, 27)), "Alder High School is closed on Friday 27 November 2026 (INSET)."),
            (date("day", None), "Enter the day of the meeting"),
            ({"time": "half past two"}, "Enter a time, for example 14:30"),
            ({"officer": "0"}, "Choose an officer who works with this school"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(
        self, fields: dict[str, str], said: str, officer_client: Client, officer: User, school_a: School
    ) -> None:
        Closure.objects.create(school=school_a, name="INSET", start=dt.date(2026, 11, 27), end=dt.date(2026, 11, 27))
        answer = officer_client.post(reverse("offer_meeting", args=[school_a.urn]), asked(officer) | fields)
        assert said in words(answer)
        assert not Offer.objects.exists()

    def test_a_school_that_closed_yesterday(self, officer_client: Client, officer: User, school_a: School) -> None:
        School.objects.filter(pk=school_a.pk).update(closed=TODAY - dt.timedelta(days=1))
        answer = officer_client.post(reverse("offer_meeting", args=[school_a.urn]), asked(officer))
        assert "Alder High School closed on Thursday 19 November 2026: no meeting can be planned after that." in words(answer)

    def test_a_term_without_dates_is_said(self, officer_client: Client, officer: User, school_a: School) -> None:
        address = reverse("offer_meeting", args=[school_a.urn])
        assert "The school has given no term dates for that day" in words(officer_client.post(address, asked(officer), follow=True))
        Term.objects.create(school=school_a, name="Spring", start=dt.date(2027, 1, 5), end=dt.date(2027, 3, 25))
        answer = officer_client.post(address, asked(officer, dt.date(2027, 1, 12)), follow=True)
        assert "The meeting is offered." in words(answer)
        assert "no term dates" not in words(answer)

    def test_one_open_offer_a_term_and_none_on_a_day_with_a_meeting(self, offer: Offer, officer: User, school_a: School) -> None:
        with pytest.raises(MeetingProblem, match="has an offer for Tuesday 24 November 2026 that waits for an answer"):
            make_offer(school_a, officer, dt.date(2026, 12, 1))
        planned(school_a, officer, dt.date(2027, 1, 12))
        with pytest.raises(MeetingProblem, match="has a meeting on Tuesday 12 January 2027 already"):
            make_offer(school_a, officer, dt.date(2027, 1, 12))
        assert make_offer(school_a, officer, dt.date(2027, 1, 14)).term == 2


class TestAnswering:
    def test_the_school_accepts_and_the_meeting_is_planned_once(
        self, offer: Offer, contact_client: Client, contact_a: User, officer: User, school_a: School
    ) -> None:
        flagged(school_a)
        address = reverse("offer_answer", args=[offer.pk, "accept"])
        for _ in range(2):
            answer = contact_client.post(address, {"version": "1"}, follow=True)
        assert "Accepted" in words(answer)
        meeting = Meeting.objects.get()
        offer.refresh_from_db()
        assert (meeting.day, meeting.officer, offer.meeting, offer.how, offer.answered_for) == (
            TUESDAY,
            officer,
            meeting,
            "login",
            "Carys Alder",
        )
        assert meeting.items.count() == 1
        assert state_of(school_a) == State.PLANNED

    def test_the_officer_writes_down_who_answered(self, offer: Offer, officer_client: Client) -> None:
        address = reverse("offer_answer", args=[offer.pk, "accept"])
        assert "Say who at the school gave the answer" in words(officer_client.post(address, {"version": "1"}))
        officer_client.post(address, {"version": "1", "told_by": "Sam Example, deputy head"})
        offer.refresh_from_db()
        assert (offer.status, offer.how, offer.answered_for) == ("accepted", "told", "Sam Example, deputy head")

    def test_somebody_else_s_school_is_not_found(self, offer: Offer, contact_b: User, browse: Browse) -> None:
        for answer in ("accept", "decline", "rearrange"):
            assert browse(contact_b).post(reverse("offer_answer", args=[offer.pk, answer]), {"version": "1"}).status_code == 404
        assert browse(contact_b).get(reverse("offer", args=[offer.pk])).status_code == 404

    def test_a_form_from_before_is_refused_and_keeps_what_was_typed(self, offer: Offer, contact_client: Client, officer: User) -> None:
        Offer.objects.filter(pk=offer.pk).update(version=2, changed_by=officer, changed_at=clock.now())
        sent = {"version": "1", "reason": "no_time", "words": "We have an inspection."}
        answer = words(contact_client.post(reverse("offer_answer", args=[offer.pk, "decline"]), sent))
        assert "Olive Officer changed this offer" in answer
        assert "We have an inspection." in answer
        offer.refresh_from_db()
        assert offer.status == "offered"

    def test_another_day_takes_the_place_of_the_first(
        self, offer: Offer, contact_client: Client, officer: User, school_a: School, officer_client: Client
    ) -> None:
        address = reverse("offer_answer", args=[offer.pk, "rearrange"])
        assert "Say which days and times would do" in words(contact_client.post(address, {"version": "1"}))
        contact_client.post(address, {"version": "1", "words": "Any Thursday."})
        assert state_of(school_a) == State.NOT_SET or state_of(school_a) == State.REARRANGE
        assert [need.title for need in needs_today(officer, today=TODAY)] == ["Offer Alder High School another day"]
        second = make_offer(school_a, officer, dt.date(2026, 12, 3))
        offer.refresh_from_db()
        assert (offer.status, second.number) == ("withdrawn", 1), "asking for another day is no refusal"
        assert "This offer is settled: withdrawn." in words(contact_client.get(address, follow=True))

    def test_a_day_that_has_gone_by_cannot_be_accepted(self, offer: Offer, contact_a: User) -> None:
        late = TUESDAY + dt.timedelta(days=1)
        with pytest.raises(MeetingProblem, match="Tuesday 24 November 2026 has gone by"):
            accept_offer(by=contact_a, today=late, now=clock.now(), offer=offer, version=1)
        assert not Meeting.objects.exists()

    def test_an_offer_without_an_answer_is_asked_about_after_ten_working_days(self, offer: Offer, officer: User) -> None:
        made = dt.datetime(2026, 11, 5, 10, tzinfo=dt.UTC)
        assert needs_today(officer, today=TODAY) == []
        Offer.objects.filter(pk=offer.pk).update(offered_at=made)
        assert [need.title for need in needs_today(officer, today=TODAY)] == ["No answer from Alder High School to an offer"]

    def test_withdrawn(self, offer: Offer, officer_client: Client, contact_client: Client) -> None:
        officer_client.post(reverse("offer_withdraw", args=[offer.pk]), {"version": "1"})
        answer = contact_client.post(reverse("offer_answer", args=[offer.pk, "accept"]), {"version": "1"})
        assert "This offer is settled: withdrawn. Nothing of yours was saved." in words(answer)


class TestDeclining:
    def test_with_evidence_that_is_not_accepted_and_followed_up(
        self, offer: Offer, contact_client: Client, officer_client: Client, officer: User, school_a: School, manager: User
    ) -> None:
        set_year(manager)
        decline = reverse("offer_answer", args=[offer.pk, "decline"])
        assert "Choose why the school declines" in words(contact_client.post(decline, {"version": "1"}))
        assert "Say in a few words why" in words(contact_client.post(decline, {"version": "1", "reason": "other"}))
        contact_client.post(decline, {"version": "1", "reason": "improved", "evidence": "Absence fell from 9% to 6%."})
        assert state_of(school_a) == State.DECLINED
        assert [need.title for need in needs_today(officer, today=TODAY)] == ["Decide on what Alder High School says instead of meeting"]
        judge = reverse("offer_judge", args=[offer.pk])
        sent = {"version": "2", "verdict": "not_accepted", "words": "The registers show 8%.", **date("follow_up", dt.date(2026, 12, 4))}
        assert "Enter a day within a year" in words(officer_client.post(judge, sent | date("follow_up", dt.date(2026, 11, 1))))
        officer_client.post(judge, sent)
        assert state_of(school_a) == State.REFUSED
        page = words(contact_client.get(reverse("offer", args=[offer.pk])))
        assert "Not accepted: The registers show 8%." in page
        assert needs_today(officer, today=TODAY) == []
        [need] = needs_today(officer, today=dt.date(2026, 12, 5))
        assert (need.title, need.why) == (
            "Follow up with Alder High School",
            "The meeting offered for 24 November 2026 was declined. Due 4 December 2026, 1 day ago.",
        )
        officer_client.post(reverse("offer_follow_up", args=[offer.pk]), {"version": "3", "words": "Still 8%: offered again."})
        assert needs_today(officer, today=dt.date(2026, 12, 5)) == []

    def test_evidence_that_is_accepted_settles_the_term(self, offer: Offer, officer: User, school_a: School, manager: User) -> None:
        set_year(manager)
        refuse(offer, officer, verdict="accepted")
        [row] = term_rows([school_a], OfYear(2026, 1), today=TODAY)
        assert (row.state, row.due, row.excused, row.to_plan, row.refusals) == (State.EXCUSED, 1, 1, 0, 0)

    def test_no_evidence_is_none_to_accept(self, offer: Offer, contact_client: Client, officer_client: Client) -> None:
        contact_client.post(reverse("offer_answer", args=[offer.pk, "decline"]), {"version": "1", "reason": "no_need"})
        sent = {"version": "2", "verdict": "accepted", "words": "Fine.", **date("follow_up", dt.date(2026, 12, 4))}
        answer = officer_client.post(reverse("offer_judge", args=[offer.pk]), sent)
        assert "The school gave no evidence of improvement, so there is none to accept." in words(answer)


class TestTakenFurther:
    def test_after_a_second_refusal_and_dfe_last(
        self, offer: Offer, officer: User, officer_client: Client, school_a: School, manager: User
    ) -> None:
        set_year(manager)
        refuse(offer, officer)
        address = reverse("escalate", args=[school_a.urn])
        sent = {"to": "head", "words": "Asked for a day before the holidays.", **date("day", TODAY)}
        assert "Alder High School has one refusal this school year that stands." in words(officer_client.post(address, sent))
        second = make_offer(school_a, officer, dt.date(2026, 12, 1))
        assert second.number == 2
        refuse(second, officer)
        assert "before DfE’s regional team" in words(officer_client.post(address, sent | {"to": "dfe"}))
        assert "belongs to no trust" in words(officer_client.post(address, sent | {"to": "trust"}))
        assert "Enter the day on which it was done" in words(officer_client.post(address, sent | date("day", TUESDAY)))
        token = {"form_token": str(uuid.uuid4())}
        for _ in range(2):
            assert officer_client.post(address, sent | token).status_code == 302
        assert Escalation.objects.count() == 1
        assert state_of(school_a) == State.ESCALATED
        assert officer_client.post(address, sent | {"to": "dfe"}).status_code == 302

    def test_not_coming_is_a_refusal_and_meeting_wipes_them_out(self, offer: Offer, officer: User, school_a: School, manager: User) -> None:
        set_year(manager)
        meeting = accept_offer(by=officer, today=TODAY, now=clock.now(), offer=offer, version=None, told_by="The head")
        with pytest.raises(MeetingProblem, match="is still to come: nobody can have failed to come yet"):
            cancel_meeting(by=officer, today=TODAY, now=clock.now(), meeting=meeting, version=None, why="not_attended")
        cancel_meeting(by=officer, today=TUESDAY, now=clock.now(), meeting=meeting, version=None, why="not_attended")
        assert (state_of(school_a), refusals(school_a, 2026)) == (State.MISSED, 1)
        refuse(make_offer(school_a, officer, dt.date(2026, 12, 1)), officer)
        assert refusals(school_a, 2026) == 2
        held = planned(school_a, officer, dt.date(2026, 12, 8))
        Meeting.objects.filter(pk=held.pk).update(status="held")
        assert refusals(school_a, 2026) == 0
        with pytest.raises(MeetingProblem, match="has no refusal this school year"):
            escalate(by=officer, today=TODAY, now=clock.now(), school=school_a, to="head", day=TODAY, words="Asked.")

    def test_a_school_sees_no_step_above_it(self, offer: Offer, officer: User, contact_a: User) -> None:
        step = Escalation.objects.create(school=offer.school, year=2026, term=1, to="head", day=TODAY, words="Asked.", at=clock.now())
        assert list(Escalation.objects.visible_to(officer)) == [step]
        assert not Escalation.objects.visible_to(contact_a).exists()


@pytest.mark.parametrize("who", ["officer", "contact_a"])
def test_no_more_than_15_queries(
    who: str, cast: dict[str, User], school_a: School, browse: Browse, django_assert_max_num_queries: Any
) -> None:
    offer = refuse(make_offer(school_a, cast["officer"]), cast["officer"])
    make_offer(school_a, cast["officer"], dt.date(2026, 12, 1))
    client = browse(cast[who])
    for address in (reverse("offers"), reverse("offer", args=[offer.pk]), reverse("home")):
        with django_assert_max_num_queries(15):
            assert client.get(address).status_code == 200
