"""Children missing education through their pages: who does what, what is refused and in which words, that a form sent twice acts once."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts import clock
from accounts.models import User
from casework import care_paper
from casework.actions import missing as actions
from casework.actions import searching
from casework.missing import following
from casework.models import (
    FirstDayResponse,
    MissingCheck,
    MissingChild,
    MissingDecision,
    PlaceApplication,
    Task,
    TellWorker,
    TermSummary,
    Vacancy,
)
from schools.models import Characteristic, EnquiryStep, Enrolment, JointEnquiry, Pupil, School
from tests import factories
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
LEFT = dt.date(2026, 10, 22)
SECRET = "Housing says the family left the flat."


def date(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def token() -> dict[str, str]:
    return {"form_token": str(uuid.uuid4())}


@pytest.fixture
def spell(school_a: School) -> Enrolment:
    pupil = factories.make_pupil("Teal", "Ash")
    return factories.enrol(pupil, school_a, start=dt.date(2025, 9, 1))


@pytest.fixture
def child(spell: Enrolment) -> MissingChild:
    Enrolment.objects.filter(pk=spell.pk).update(end=LEFT)
    following.follow(pupils=None, schools=None, today=TODAY, now=clock.now())
    return MissingChild.objects.get()


def at(name: str, child: MissingChild) -> str:
    return reverse(name, args=[child.pk])


def check(**fields: Any) -> dict[str, Any]:
    return {"kind": "housing", "asked_of": "Benefits team", "result": "waiting", "words": ""} | date("day", TODAY) | token() | fields


class TestOneChild:
    def test_from_allocation_to_an_offer_that_closes_nothing(
        self, child: MissingChild, officer: User, officer_client: Client, school_b: School
    ) -> None:
        officer_client.post(at("missing_lead", child), {"officer": officer.pk, "version": 1})
        officer_client.post(at("missing_check", child), check())
        made = MissingCheck.objects.get()
        officer_client.post(reverse("missing_check_answer", args=[made.pk]), {"result": "lead", "words": SECRET})
        asked = {"school": school_b.pk, "year_group": "8", "route": "fair"} | date("day", TODAY) | token()
        officer_client.post(at("missing_apply", child), asked)
        application = PlaceApplication.objects.get()
        decided = {"decision": "offered"} | date("decided", TODAY) | date("starts", dt.date(2026, 11, 23))
        page = officer_client.post(reverse("missing_decide", args=[application.pk]), decided, follow=True)
        assert "The record stays open until the first present mark" in said(page)
        child.refresh_from_db()
        assert (child.officer, child.closed) == (officer, None)
        assert [entry.what for entry in child.entries.order_by("pk")] == [
            "Arrived by itself", "Lead officer", "Check", "Check", "Application", "Application",
        ]  # fmt: skip
        assert "28 days" in said(officer_client.get(at("missing_child", child)))

    def test_a_check_sent_twice_is_one(self, child: MissingChild, officer_client: Client) -> None:
        sent = check()
        for _ in range(2):
            assert officer_client.post(at("missing_check", child), sent).status_code == 302
        assert MissingCheck.objects.count() == 1
        assert child.entries.filter(what="Check").count() == 1

    def test_what_is_refused(self, child: MissingChild, officer_client: Client) -> None:
        for form, words in (
            (check(**date("day", dt.date(2026, 11, 21))), "cannot be after today"),
            (check(**date("day", dt.date(2025, 10, 1))), "without a place since 23 October 2026"),
            (check(result="found"), "Say what was learnt"),
        ):
            page = officer_client.post(at("missing_check", child), form)
            assert words in said(page)
        asked = {"school": "", "elsewhere": "", "year_group": "8", "route": "fair"} | date("day", TODAY)
        assert "Choose a school, or name one" in said(officer_client.post(at("missing_apply", child), asked))
        assert not MissingCheck.objects.exists()
        assert not PlaceApplication.objects.exists()

    def test_nobody_is_given_up_with_checks_open_and_no_place_is_closed_by_hand(self, child: MissingChild, officer_client: Client) -> None:
        gone = {"outcome": "not_found", "evidence": "Nobody knows.", "version": 1}
        assert "every check has an answer" in said(officer_client.post(at("missing_close", child), gone))
        placed = {"outcome": "present", "evidence": "Offer letter", "version": 1}
        assert officer_client.post(at("missing_close", child), placed).status_code == 200
        empty = {"outcome": "abroad", "evidence": " ", "version": 1}
        assert "Enter what shows this" in said(officer_client.post(at("missing_close", child), empty))
        child.refresh_from_db()
        assert child.closed is None
        officer_client.post(at("missing_close", child), {"outcome": "abroad", "evidence": "Tusla, Cork: seen.", "version": 1})
        child.refresh_from_db()
        assert (child.outcome, child.evidence, child.found_on) == ("abroad", "Tusla, Cork: seen.", TODAY)

    def test_the_second_of_two_is_told(self, child: MissingChild, officer_client: Client, manager_client: Client, officer: User) -> None:
        officer_client.post(at("missing_lead", child), {"officer": officer.pk, "version": 1})
        found = {"where": "With an aunt in Leeds", "version": 1} | date("day", TODAY)
        answer = manager_client.post(at("missing_found", child), found)
        assert "Olive Officer changed this record" in said(answer)
        assert "With an aunt in Leeds" in answer.content.decode()

    def test_words_are_shown_as_typed(self, child: MissingChild, officer_client: Client) -> None:
        words = "<script>alert(1)</script> 😀 שלום " + "word " * 5000
        officer_client.post(at("missing_note", child), {"words": words} | token())
        page = officer_client.get(at("missing_child", child)).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt; 😀 שלום" in page


class TestWhoSeesWhat:
    def test_a_school_sees_its_referral_and_not_what_services_said(
        self, child: MissingChild, officer_client: Client, contact_a_client: Client, contact_b_client: Client, stranger_client: Client
    ) -> None:
        officer_client.post(at("missing_check", child), check(result="lead", words=SECRET))
        officer_client.post(at("missing_note", child), {"words": "We are looking.", "shared": "on"} | token())
        page = said(contact_a_client.get(at("missing_child", child)))
        assert "No destination is recorded" in page
        assert "We are looking." in page
        assert SECRET not in page
        assert "Benefits" not in page
        assert contact_b_client.get(at("missing_child", child)).status_code == 404
        assert stranger_client.get(at("missing_child", child)).status_code == 404

    def test_who_leads_sees_a_child_of_no_school(self, stranger: User, stranger_client: Client, officer_client: Client) -> None:
        form = {"forename": "Mo", "surname": "New", "address": "1 Mill Lane", "origin": "service", "words": "Seen by a health visitor."}
        sent = form | date("since", dt.date(2026, 11, 2)) | date("dob", dt.date(2015, 5, 1)) | token()
        for _ in range(2):
            page = stranger_client.post(reverse("missing_refer_unknown"), sent, follow=True)
        assert "Mo New" in said(page)
        child = MissingChild.objects.get()
        assert (child.officer, child.pupil.dob, child.school) == (stranger, dt.date(2015, 5, 1), None)
        assert Pupil.objects.count() == 1
        assert officer_client.get(at("missing_child", child)).status_code == 404

    def test_a_school_refers_a_leaver_and_not_one_on_roll(self, spell: Enrolment, contact_a_client: Client) -> None:
        address = reverse("missing_refer", args=[spell.pupil_id])
        sent = {"words": "The family is gone."} | date("since", TODAY) | token()
        assert "on roll at Alder High School" in said(contact_a_client.post(address, sent))
        Enrolment.objects.filter(pk=spell.pk).update(end=LEFT, ground="moved", destination="said Ireland")
        for _ in range(2):
            contact_a_client.post(address, sent)
        child = MissingChild.objects.get()
        assert (child.origin, child.school, child.referrer) == ("school", spell.school, "Carys Alder")

    def test_tasks_are_made_and_end_by_themselves(self, child: MissingChild, officer: User, officer_client: Client) -> None:
        task = Task.objects.get(kind="missing")
        assert (task.title, task.ended) == ("Say who leads on this child", None)
        officer_client.post(at("missing_lead", child), {"officer": officer.pk, "version": 1})
        task.refresh_from_db()
        assert task.ended == TODAY


class TestMeeting:
    def test_the_list_of_a_day_and_what_it_decided(self, child: MissingChild, officer_client: Client) -> None:
        page = said(officer_client.get(reverse("missing_meeting")))
        assert "1 child : 1 not found, 0 found. Decided at this meeting: 0 of 1" in page
        sent = {"decision": "escalate", "agency": "Police", "words": SECRET} | date("due", dt.date(2026, 11, 27))
        for _ in range(2):
            officer_client.post(f"{at('missing_meeting_decide', child)}?day=2026-11-20", sent)
        assert MissingDecision.objects.get().decision == "escalate"
        assert child.entries.filter(what="Meeting").count() == 1
        assert Task.objects.filter(source_key__contains=":decision:", due=dt.date(2026, 11, 27)).exists()
        assert "next meeting is due on Fri 4 Dec 2026" in said(officer_client.get(reverse("missing_meeting")))
        assert "Nobody was on the list" in said(officer_client.get(reverse("missing_meeting") + "?day=2026-11-19"))

    def test_as_a_file(self, child: MissingChild, officer_client: Client) -> None:
        answer = officer_client.get(reverse("missing_meeting_download", args=["csv"]))
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert "Ash Teal" in text
        assert "Open at the end of 20 November 2026" in text


class TestVacancies:
    def test_a_school_declares_and_the_child_page_shows_it(
        self, child: MissingChild, contact_b_client: Client, officer_client: Client, school_b: School
    ) -> None:
        declare = reverse("vacancies_declare", args=[school_b.urn])
        for _ in range(2):
            contact_b_client.post(declare, {"places_8": "2", "places_9": "0", "places_10": ""})
        assert dict(Vacancy.objects.values_list("year_group", "places")) == {"8": 2, "9": 0}
        assert "Enter a number from 0 to 300" in said(contact_b_client.post(declare, {"places_8": "many"}))
        page = said(officer_client.get(at("missing_child", child)))
        assert "Birch Primary School: 2 places" in page
        table = said(officer_client.get(reverse("vacancies") + "?year_group=9"))
        assert "No school has declared a vacancy here" in table

    def test_a_school_sees_its_own(self, contact_a: User, contact_b_client: Client, school_a: School) -> None:
        searching.declare(by=contact_a, today=TODAY, now=clock.now(), school=school_a, places={"8": 3})
        assert "Alder" not in said(contact_b_client.get(reverse("vacancies")))


class TestJointEnquiry:
    @pytest.fixture
    def enquiry(self, spell: Enrolment) -> JointEnquiry:
        return JointEnquiry.objects.create(
            enrolment=spell, ground="i", opened=TODAY, opened_at=clock.now(), first=LEFT, last=TODAY, days=21, evidence="21 days"
        )

    def test_both_sides_in_their_own_login_and_only_then_the_deletion(
        self, enquiry: JointEnquiry, spell: Enrolment, contact_a_client: Client, officer_client: Client
    ) -> None:
        ending = {"kind": "main", "year_group": "8", "ground": "i"} | date("start", spell.start) | date("end", dt.date(2026, 11, 19))
        edit = reverse("enrolment_edit", args=[spell.pk])
        assert "those of the school are not recorded" in said(contact_a_client.post(edit, ending))
        step, end = (reverse(name, args=[enquiry.pk]) for name in ("enquiry_step", "enquiry_conclude"))
        conclusion = {"cause": "no", "words": "Neighbours saw them move out."}
        assert "Record at least one enquiry" in said(contact_a_client.post(end, conclusion))
        for client in (contact_a_client, officer_client):
            sent = {"what": "visit", "found": "House empty."} | date("day", TODAY) | token()
            for _ in range(2):
                client.post(step, sent)
            client.post(end, conclusion)
        assert list(EnquiryStep.objects.order_by("pk").values_list("side", flat=True)) == ["school", "authority"]
        assert "nothing here stands against a deletion" in said(officer_client.get(reverse("enquiry", args=[enquiry.pk])))
        contact_a_client.post(edit, ending)
        spell.refresh_from_db()
        assert (spell.end, spell.ground) == (dt.date(2026, 11, 19), "i")

    def test_another_school_sees_nothing_of_it(self, enquiry: JointEnquiry, contact_b_client: Client) -> None:
        assert contact_b_client.get(reverse("enquiry", args=[enquiry.pk])).status_code == 404
        assert "No enquiry here" in said(contact_b_client.get(reverse("enquiries")))


class TestWithASocialWorker:
    @pytest.fixture
    def in_care(self, spell: Enrolment) -> Enrolment:
        Characteristic.objects.create(pupil=spell.pupil, kind="cla", start=dt.date(2026, 9, 1), responsible="Riverton", placed="")
        factories.write_marks(spell, {dt.date(2026, 11, 19): ("/", "\\"), TODAY: ("N", "-")})
        return spell

    def test_the_morning_list_and_a_response(self, in_care: Enrolment, officer_client: Client, school_a: School) -> None:
        other = factories.enrol(factories.make_pupil("Ivory"), school_a)
        Characteristic.objects.create(pupil=other.pupil, kind="cin", start=dt.date(2026, 9, 1))
        page = said(officer_client.get(reverse("first_day")))
        assert "1 child is absent for the first day , a response is recorded for 0 of them. 1 of 2 children have a morning mark." in page
        assert "not known, not present: Alder High School (1)" in page
        following.follow(pupils=None, schools=None, today=TODAY, now=clock.now())
        assert Task.objects.get(kind="first_day_call").ended is None
        sent = {"kind": "visit", "result": "seen", "words": "At his aunt’s."} | token()
        for _ in range(2):
            officer_client.post(reverse("first_day_respond", args=[in_care.pk]), sent)
        assert FirstDayResponse.objects.count() == 1
        assert Task.objects.get(kind="first_day_call").ending == "done"
        assert "recorded for 1 of them" in said(officer_client.get(reverse("first_day")))

    def test_the_school_answers_its_task(self, in_care: Enrolment, contact_a_client: Client, contact_b_client: Client) -> None:
        following.follow(pupils=None, schools=[in_care.school_id], today=TODAY, now=clock.now())
        task = TellWorker.objects.get()
        address = reverse("tell_worker", args=[task.pk])
        assert "Tell the social worker of the absence" in said(contact_a_client.get(reverse("tasks")))
        assert contact_b_client.get(address).status_code == 404
        early = {"told_by": "C. Alder", "worker": "Duty", "reply": ""} | date("told_on", dt.date(2026, 11, 18))
        assert "cannot have been told before" in said(contact_a_client.post(address, early))
        sent = early | date("told_on", TODAY) | {"reply": "Will visit today."}
        for _ in range(2):
            assert contact_a_client.post(address, sent).status_code == 302
        task.refresh_from_db()
        assert (task.told_on, task.reply, task.answered) == (TODAY, "Will visit today.", TODAY)
        done = Task.objects.get(kind="social_worker_informed")
        assert (done.ending, done.ended) == ("done", TODAY)

    def test_the_term_of_a_child_and_of_all(self, in_care: Enrolment, officer_client: Client, contact_b_client: Client) -> None:
        page = said(officer_client.get(reverse("care_children")))
        assert "2 of 3 sessions" in page
        assert "of Riverton" in page
        assert "Of other authorities, placed here: 1" in page
        assert "2 of 3 sessions" in said(officer_client.get(reverse("care_child", args=[in_care.pupil_id])))
        assert contact_b_client.get(reverse("care_child", args=[in_care.pupil_id])).status_code == 404


class TestSummary:
    def test_it_is_made_once_and_is_its_askers_own(self, spell: Enrolment, officer_client: Client, manager_client: Client) -> None:
        Characteristic.objects.create(pupil=spell.pupil, kind="cla", start=dt.date(2026, 9, 1))
        factories.write_marks(spell, dt.date(2026, 11, 16), r"/\ /\ OO")
        for _ in range(2):
            officer_client.post(reverse("summary_ask"), {"term": "2026-1", "pupil": spell.pupil_id})
        summary = TermSummary.objects.get()
        assert "being made" in said(officer_client.get(reverse("summary", args=[summary.pk])))
        made = care_paper.make(summary.pk, now=clock.now())
        assert made is not None
        assert care_paper.make(summary.pk, now=clock.now()) is None
        assert "4 of 6" in care_paper.html(made)
        answer = officer_client.get(reverse("summary_pdf", args=[summary.pk]))
        text = PdfReader(io.BytesIO(b"".join(answer.streaming_content))).pages[0].extract_text()  # type: ignore[attr-defined]
        assert "Ash Teal" in text
        assert "66.7%" in text
        assert manager_client.get(reverse("summary_pdf", args=[summary.pk])).status_code == 404


def test_no_page_asks_more_than_fifteen_questions(
    child: MissingChild, manager: User, browse: Browse, school_a: School, school_b: School, officer: User
) -> None:
    now = clock.now()
    for n in range(12):
        spell = factories.enrol(factories.make_pupil(f"More{n}"), school_a, start=dt.date(2025, 9, 1), end=LEFT if n % 2 else None)
        Characteristic.objects.create(pupil=spell.pupil, kind="cla", start=dt.date(2026, 9, 1))
        factories.write_marks(spell, {TODAY: ("N", "N")})
    following.follow(pupils=None, schools=None, today=TODAY, now=now)
    for one in MissingChild.objects.all():
        actions.lead(by=manager, today=TODAY, now=now, child=one, officer=officer)
        searching.check(by=manager, today=TODAY, now=now, child=one, kind="s2s", day=TODAY)
        searching.apply(by=manager, today=TODAY, now=now, child=one, route="fair", day=TODAY, year_group="8", school=school_b)
        searching.decide_at_meeting(by=manager, today=TODAY, now=now, child=one, meeting=TODAY, decision="place")
    searching.declare(by=manager, today=TODAY, now=now, school=school_b, places={"8": 1})
    client = browse(manager)
    pages = [
        reverse(name) for name in ("missing", "missing_meeting", "missing_tracing", "vacancies", "enquiries", "first_day", "care_children")
    ]
    for address in (*pages, at("missing_child", child), reverse("ungrounded")):
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(address).status_code == 200, address
        assert len(asked) <= 15, (address, len(asked))
