"""A school's self-check, reviews and action plan, and what of them is open for the next pack; events with sign-up; campaigns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import User
from meetings.models import AttendanceReview, Campaign, Event, PlanStep, SchoolPlan, SelfCheck, SignUp
from meetings.touch import checklist
from meetings.touch.actions import checks as actions
from meetings.touch.practice import open_items_of, self_check_of
from schools.models import School
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, words
from tests.flows.reading import said
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


def answers(version: int = 1, *, but: dict[str, str] | None = None, leave: str = "", do: str = "send") -> dict[str, Any]:
    """Yes to everything `but` those, and nothing said to the one to `leave`."""
    said_ = {question.key: "yes" for question in checklist.QUESTIONS if question.key != leave} | (but or {})
    return {f"answer_{key}": answer for key, answer in said_.items()} | {"note_closes": "From January", "version": version, "do": do}


class TestSelfCheck:
    def test_every_question_names_its_source(self) -> None:
        assert len({question.key for question in checklist.QUESTIONS}) == len(checklist.QUESTIONS)
        assert all(question.source and question.step for question in checklist.QUESTIONS)

    def test_kept_sent_seen_and_sent_again(self, contact_a_client: Client, officer_client: Client, school_a: School) -> None:
        page, practice = reverse("self_check", args=[school_a.urn]), reverse("practice", args=[school_a.urn])
        assert self_check_of(school_a, TODAY).words == "Not begun"
        assert "1 school has not sent one , of 1 school" in said(officer_client.get(reverse("checks")))
        contact_a_client.post(page, answers(leave="plans", do="keep"))
        assert (self_check_of(school_a, TODAY).answered, self_check_of(school_a, TODAY).words) == (len(checklist.QUESTIONS) - 1, "Begun")
        refused = words(contact_a_client.post(page, answers(2, leave="plans")))
        assert "1 question still to answer before it can be sent" in refused
        assert "Choose an answer: Has every severely absent pupil a plan" in refused
        assert self_check_of(school_a, TODAY).words == "Begun"
        contact_a_client.post(page, answers(2, but={"closes": "partly", "plans": "no"}))
        state = self_check_of(school_a, TODAY)
        assert state.sent
        assert [question.key for question, _, _ in state.open] == ["closes", "plans"]
        assert "1 check waits" in said(officer_client.get(reverse("checks")))
        assert state.check is not None
        see = reverse("check_see", args=[state.check.pk])
        assert "In part" in said(officer_client.get(see))
        officer_client.post(see, {"words": "Thank you. We talk about plans.", "version": state.check.version})
        read = said(contact_a_client.get(practice))
        assert "“Thank you. We talk about plans.”" in read
        assert "Close registers within 30 minutes In part: From January" in read
        stale = contact_a_client.post(page, answers(2))
        assert "changed this" in words(stale) or self_check_of(school_a, TODAY).words == "Seen by the authority"
        contact_a_client.post(page, answers(SelfCheck.objects.get().version))
        assert self_check_of(school_a, TODAY).words == "Sent to the authority"
        assert self_check_of(school_a, dt.date(2027, 9, 10)).check is None, "each school year has its own"

    def test_a_school_answers_for_itself_only(self, contact_b_client: Client, school_a: School, contact_a: User) -> None:
        assert contact_b_client.post(reverse("self_check", args=[school_a.urn]), answers()).status_code == 404
        assert not SelfCheck.objects.exists()


def review(**fields: Any) -> dict[str, Any]:
    said_ = {"pupils": 6, "parents": 2, "staff": 3, "findings": "Calls are late.", "recommendations": "Call by 9.30."}
    return date("day", dt.date(2026, 11, 12)) | said_ | fields


class TestReview:
    def test_a_school_reads_it_once_it_is_shared(self, officer_client: Client, contact_a_client: Client, school_a: School) -> None:
        officer_client.post(reverse("review_new", args=[school_a.urn]), review())
        [made] = AttendanceReview.objects.all()
        page = reverse("review", args=[made.pk])
        assert contact_a_client.get(page).status_code == 404
        assert "None yet." in said(contact_a_client.get(reverse("practice", args=[school_a.urn])))
        assert open_items_of(school_a, TODAY) == []
        officer_client.post(reverse("review_change", args=[made.pk]), review(share="on", version=1))
        assert "6 pupils asked" in said(contact_a_client.get(page))
        assert [item.words for item in open_items_of(school_a, TODAY)] == ["Recommended at the attendance review: Call by 9.30."]

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            (date("day", dt.date(2026, 11, 21)), "must not be after today"),
            ({"pupils": 0, "parents": 0, "staff": 0}, "Say how many pupils, parents or staff were asked"),
            ({"pupils": "-1"}, "Enter 0 or more"),
            ({"pupils": "many"}, "Enter a whole number"),
            ({"findings": ""}, "Write what was found"),
        ],
    )
    def test_bad_input_is_refused_in_words(self, fields: dict[str, Any], told: str, officer_client: Client, school_a: School) -> None:
        assert told in words(officer_client.post(reverse("review_new", args=[school_a.urn]), review(**fields)))
        assert not AttendanceReview.objects.exists()


def aim(**fields: Any) -> dict[str, Any]:
    return date("due", dt.date(2026, 12, 4)) | {"aim": "Ask every family on the first day", "owner": "Deputy head"} | fields


class TestPlan:
    def test_aims_are_told_of_signed_off_and_open_until_done(
        self, contact_a_client: Client, officer_client: Client, school_a: School, today: dt.date
    ) -> None:
        add, sign = reverse("step_add", args=[school_a.urn]), reverse("plan_sign", args=[school_a.urn])
        assert "There is no plan yet" in words(contact_a_client.get(sign, follow=True))
        contact_a_client.post(add, aim())
        signed = {"name": "Gwen Governor", "signed_as": "governors"}
        assert "cannot have been signed after today" in words(contact_a_client.post(sign, signed | date("day", dt.date(2026, 11, 21))))
        contact_a_client.post(sign, signed | date("day", TODAY))
        assert "Signed off for the governors by Gwen Governor" in said(officer_client.get(reverse("practice", args=[school_a.urn])))
        contact_a_client.post(add, aim(aim="Train the office"))
        assert SchoolPlan.objects.get().signed_on is None, "with another aim it is not what was signed"
        step = PlanStep.objects.get(aim="Train the office")
        page = reverse("plan_step", args=[step.pk])
        moved = date("due", dt.date(2026, 12, 18))
        assert "Say why the day is another one" in words(contact_a_client.post(page, moved | {"version": 1}))
        contact_a_client.post(page, moved | {"version": 1, "note": "The trainer was ill."})
        assert [(item.words, item.due, item.late) for item in open_items_of(school_a, dt.date(2026, 12, 7))] == [
            ("Ask every family on the first day", dt.date(2026, 12, 4), True),
            ("Train the office", dt.date(2026, 12, 18), False),
        ]
        contact_a_client.post(page, moved | {"version": 2, "done": "on", "note": "Twelve people trained."})
        assert [item.words for item in open_items_of(school_a, TODAY)] == ["Ask every family on the first day"]

    def test_nobody_signs_for_an_aim_that_was_not_there_when_they_looked(
        self, contact_a_client: Client, officer_client: Client, school_a: School, today: dt.date
    ) -> None:
        add, sign = reverse("step_add", args=[school_a.urn]), reverse("plan_sign", args=[school_a.urn])
        contact_a_client.post(add, aim())
        seen = contact_a_client.get(sign).context["form"]["aims"].value()
        officer_client.post(add, aim(aim="Train the office"))
        signed = {"name": "Gwen Governor", "signed_as": "governors"} | date("day", TODAY)
        assert "An aim was added to the plan" in words(contact_a_client.post(sign, signed | {"aims": seen}))
        assert SchoolPlan.objects.get().signed_on is None
        for _ in range(2):
            contact_a_client.post(sign, signed | {"aims": 2})
        assert SchoolPlan.objects.get().signed_on == TODAY

    def test_what_a_sent_check_leaves_open_stands_with_the_aims(
        self, school_a: School, contact_a: User, school_b: School, today: dt.date
    ) -> None:
        said_ = {question.key: {"answer": "yes", "note": ""} for question in checklist.QUESTIONS}
        said_["closes"] = {"answer": "no", "note": "From January"}
        known = {"by": contact_a, "today": TODAY, "now": clock.now(), "school": school_a}
        actions.answer_check(version=None, answers=said_, send=False, **known)
        assert open_items_of(school_a, TODAY) == [], "a draft is the school's own"
        actions.answer_check(version=None, answers=said_, send=True, **known)
        actions.add_step(aim="Train the office", owner="Head", due=TODAY, **known)
        assert [(item.kind, item.words) for item in open_items_of(school_a, TODAY)] == [
            ("plan", "Train the office"),
            ("check", "Close registers within 30 minutes (not yet: From January)"),
        ]
        assert open_items_of(school_b, TODAY) == []


def event(**fields: Any) -> dict[str, Any]:
    said_ = {"kind": "training", "title": "Codes", "time": "14:30", "minutes": 60, "where": "Online", "places": 3}
    return date("day", dt.date(2026, 11, 27)) | said_ | fields


class TestEvents:
    def test_signed_up_within_the_places_and_attendance_by_school(
        self,
        officer_client: Client,
        manager_client: Client,
        contact_a_client: Client,
        contact_b_client: Client,
        school_a: School,
        school_b: School,
    ) -> None:
        officer_client.post(reverse("event_new"), event())
        [made] = Event.objects.all()
        sign = reverse("event_sign_up", args=[made.pk])
        contact_a_client.post(sign, {"school": school_a.pk, "people": 2, "names": "Two of us"})
        assert "1 place is left" in words(contact_b_client.post(sign, {"school": school_b.pk, "people": 2}))
        contact_b_client.post(sign, {"school": school_b.pk, "people": 1})
        assert "0 of 3 left" in said(contact_a_client.get(reverse("event", args=[made.pk])))
        assert "Birch" not in said(contact_a_client.get(reverse("event", args=[made.pk])))
        contact_a_client.post(sign, {"school": school_a.pk, "people": 1})
        assert SignUp.objects.get(school=school_a).people == 1
        assert "Choose one of your schools" in words(contact_a_client.post(sign, {"school": school_b.pk, "people": 0}))
        came = reverse("event_came", args=[made.pk])
        assert "nobody can have come yet" in words(manager_client.post(came, {"school": school_a.pk, "came": 1}))
        Event.objects.update(day=dt.date(2026, 11, 19))
        manager_client.post(came, {"school": school_a.pk, "came": 2})
        assert "2 people signed up of your schools, 2 came" in said(manager_client.get(reverse("event", args=[made.pk])))
        assert "The event is over" in words(contact_a_client.post(sign, {"school": school_a.pk, "people": 1}))
        assert "Alder High School: 2 came" in said(contact_a_client.get(reverse("events"), {"over": "1"}))

    def test_only_for_its_phases_and_not_when_cancelled(
        self, officer_client: Client, contact_a_client: Client, contact_b_client: Client, school_a: School, school_b: School
    ) -> None:
        officer_client.post(reverse("event_new"), event(phases=["secondary"]))
        [made] = Event.objects.all()
        assert contact_b_client.get(reverse("event", args=[made.pk])).status_code == 404
        assert "Say why it is cancelled" in words(officer_client.post(reverse("event_cancel", args=[made.pk]), {"why": ""}))
        officer_client.post(reverse("event_cancel", args=[made.pk]), {"why": "The trainer is ill."})
        assert "The trainer is ill." in said(contact_a_client.get(reverse("event", args=[made.pk])))
        answer = contact_a_client.post(reverse("event_sign_up", args=[made.pk]), {"school": school_a.pk, "people": 1})
        assert "The event is cancelled." in words(answer)
        officer_client.post(reverse("event_cancel", args=[made.pk]), {"why": "The trainer is ill."})  # the same form, sent twice
        made.refresh_from_db()
        version = made.version
        answer = officer_client.post(reverse("event_cancel", args=[made.pk]), {"why": "Too few places taken."})
        assert "It was cancelled already: The trainer is ill." in words(answer)
        made.refresh_from_db()
        assert (made.cancelled_why, made.version, version) == ("The trainer is ill.", 2, 2)

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            (date("day", dt.date(2026, 11, 19)), "must not be before today"),
            ({"kind": "forum", "traded": "on"}, "it cannot be traded"),
            ({"places": "0"}, "Enter 1 or more"),
            ({"time": "25:00"}, "Enter a time, for example 14:30"),
            ({"minutes": "5"}, "Enter 15 or more"),
            ({"where": ""}, "Say where it is"),
        ],
    )
    def test_bad_input_is_refused_in_words(self, fields: dict[str, Any], told: str, officer_client: Client) -> None:
        assert told in words(officer_client.post(reverse("event_new"), event(**fields)))
        assert not Event.objects.exists()


class TestCampaigns:
    def test_what_when_how_and_how_many(self, officer_client: Client, stranger_client: Client, school_a: School) -> None:
        form = (
            date("start", dt.date(2026, 9, 7)) | date("end", None) | {"title": "Every day counts", "channel": "text", "school": school_a.pk}
        )
        assert "Say of what it is the number" in words(officer_client.post(reverse("campaign_new"), form | {"reach": "1200"}))
        before = form | date("end", dt.date(2026, 9, 1))
        assert "must not be before the first" in words(officer_client.post(reverse("campaign_new"), before))
        officer_client.post(reverse("campaign_new"), form)
        shown = said(officer_client.get(reverse("campaigns")))
        assert "Text messages" in shown
        assert "not known" in shown, "no number is no 0"
        [made] = Campaign.objects.all()
        officer_client.post(reverse("campaign_change", args=[made.pk]), form | {"reach": "1200", "reach_words": "texts sent", "version": 1})
        assert "1,200 texts sent" in said(officer_client.get(reverse("campaigns")))
        assert "Every day counts" not in said(stranger_client.get(reverse("campaigns")))
        assert stranger_client.get(reverse("campaign_change", args=[made.pk])).status_code == 404

    def test_of_a_school_that_has_closed_its_reach_is_still_written_down(
        self, officer_client: Client, officer: User, school_a: School
    ) -> None:
        made = Campaign.objects.create(
            title="Every day counts",
            school=school_a,
            channel="text",
            start=dt.date(2026, 9, 7),
            written_by=officer,
            changed_at=timezone.now(),
        )
        School.objects.filter(pk=school_a.pk).update(closed=dt.date(2026, 10, 31))
        address = reverse("campaign_change", args=[made.pk])
        assert "Alder High School</option>" in words(officer_client.get(address))
        form = date("start", dt.date(2026, 9, 7)) | date("end", None) | {"title": "Every day counts", "channel": "text"}
        sent = form | {"school": school_a.pk, "reach": "640", "reach_words": "texts sent", "version": made.version}
        assert officer_client.post(address, sent).status_code == 302
        made.refresh_from_db()
        assert (made.reach, made.school) == (640, school_a)
        assert "Choose one of your schools" in words(officer_client.post(reverse("campaign_new"), sent))


def test_no_more_than_15_queries(
    cast: dict[str, User], school_a: School, browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    officer, contact = browse(cast["officer"]), browse(cast["contact_a"])
    contact.post(reverse("self_check", args=[school_a.urn]), answers(but={"closes": "no"}))
    for number in range(3):
        contact.post(reverse("step_add", args=[school_a.urn]), aim(aim=f"Aim {number}"))
        officer.post(reverse("event_new"), event(title=f"Event {number}"))
        contact.post(reverse("event_sign_up", args=[Event.objects.latest("pk").pk]), {"school": school_a.pk, "people": 1})
    here, made = [school_a.urn], [Event.objects.latest("pk").pk]
    both = [
        reverse("practice", args=here),
        reverse("self_check", args=here),
        reverse("events"),
        reverse("event", args=made),
        reverse("touch"),
    ]
    for client, addresses in ((officer, [*both, reverse("checks"), reverse("campaigns")]), (contact, both)):
        for address in addresses:
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200, address
