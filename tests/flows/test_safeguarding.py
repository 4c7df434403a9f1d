"""Safeguarding considerations through the doors: who needs one, who sees it, and what is not done before it is written down."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import actions, considering
from casework.actions import blitzes, care
from casework.models import Case, Consideration, Entry, Task
from legal.actions import decide, submit_request
from legal.actions.problem import NoticeProblem
from schools.actions import merging
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.conftest import Browse
from tests.flows.notice_things import answer_all, confirmed, consider, date, draft
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
WHY = "Three visits unanswered 🙂 <b>bold</b>"


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    """Present for two weeks, then absent without authority every day: severely absent since long before ten school days ago."""
    pupil = factories.make_pupil("Teal", "Ash")
    enrolment = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 10 + "OO " * 45)
    factories.refresh(school_a, today=TODAY)
    return pupil


@pytest.fixture
def case(pupil: Pupil, school_a: School, officer: User) -> Case:
    case = make_case(pupil, school_a, by=officer, officer=officer)
    make_plan(case)
    return case


def form(**fields: Any) -> dict[str, Any]:
    asked = {"considered_by": "Olive Officer with the school’s DSL", "level": "in_need", "referred": "yes", "referred_to": "social_care"}
    return asked | date("day", TODAY) | {"why": WHY, "form_token": str(uuid.uuid4())} | fields


def written(pupil: Pupil, **fields: Any) -> Consideration:
    asked = {"considered_by": "Dana Lead", "level": "early_help", "referred": False, "why": "Seen at school, well.", "day": TODAY}
    return actions.consider(by=None, today=TODAY, now=clock.now(), pupil=pupil, **asked | fields)


def spoke(case: Case, by: User, day: dt.date) -> None:
    actions.record_contact(by=by, today=TODAY, now=clock.now(), case=case, day=day, kind="phone", result="spoke")


class TestWhoNeedsOne:
    def test_the_list_names_the_child_and_why(self, cast: dict[str, User], browse: Browse, case: Case) -> None:
        for part in ("officer", "manager", "legal"):
            page = said(browse(cast[part]).get(reverse("safeguarding")))
            assert "Ash Teal" in page
            assert "Missed 90 of 110 sessions this school year, 90 of the 90 without authority." in page
            assert "Nobody in the family was reached for 10 school days or more, since severe absence was flagged on" in page
        assert "Ash Teal" not in said(browse(cast["stranger"]).get(reverse("safeguarding")))
        for part in ("contact_a", "contact_b", "staff_a"):
            assert browse(cast[part]).get(reverse("safeguarding")).status_code == 403

    def test_whoever_was_reached_lately_needs_none(self, case: Case, officer: User, pupil: Pupil) -> None:
        assert considering.standing(pupil, today=TODAY).missing
        spoke(case, officer, dt.date(2026, 11, 9))
        assert not considering.standing(pupil, today=TODAY).missing

    @pytest.mark.parametrize("how", ["door", "first day"])
    def test_a_child_without_a_case_is_reached_as_well(self, how: str, pupil: Pupil, officer: User, school_a: School) -> None:
        """At the door of a blitz, or on a first day of absence; not by a card, and not by asking the school."""
        by: dict[str, Any] = {"by": officer, "today": TODAY, "now": clock.now()}
        blitz = blitzes.plan_blitz(**by, day=dt.date(2026, 11, 10), schools=[school_a], codes=["O"], form_token=None)
        blitzes.take_list(**by, blitz=blitz)
        blitzes.record_door(**by, child=blitz.children.get(), result="left_message")
        known = {"enrolment": pupil.enrolments.get(), "day": dt.date(2026, 11, 10)}
        care.respond(**by, **known, kind="school", result="spoke")  # type: ignore[arg-type]
        assert considering.standing(pupil, today=TODAY).missing
        if how == "door":
            blitz.children.update(result="spoke")
        else:
            care.respond(**by, **known, kind="visit", result="seen")  # type: ignore[arg-type]
        assert not considering.standing(pupil, today=TODAY).missing

    def test_ten_days_are_the_school_s_days(self, case: Case, officer: User, pupil: Pupil, school_a: School) -> None:
        """The school was closed from 26 to 30 October: ten school days after the 22nd are over on 12 November, not on the 5th."""
        closed = {dt.date(2026, 10, 26) + dt.timedelta(days=n): "##" for n in range(5)}
        factories.write_marks(pupil.enrolments.get(), closed)
        factories.refresh(school_a, today=TODAY)
        spoke(case, officer, dt.date(2026, 10, 22))
        assert not considering.standing(pupil, today=dt.date(2026, 11, 12)).missing
        assert considering.standing(pupil, today=dt.date(2026, 11, 13)).missing

    def test_two_reviews_that_show_no_improvement_ask_for_one(self, case: Case, officer: User, pupil: Pupil) -> None:
        spoke(case, officer, dt.date(2026, 11, 19))
        reviewed = {"result": "carry_on", "review": dt.date(2026, 12, 18)}
        for day in (dt.date(2026, 11, 9), dt.date(2026, 11, 16)):
            assert not considering.standing(pupil, today=TODAY).missing
            actions.review_plan(by=officer, today=day, now=clock.now(), case=case, **reviewed)
        found = considering.standing(pupil, today=TODAY)
        assert found.missing
        assert found.verdict
        assert "9 November 2026 (12 of 12 sessions missed, 10 of 10 before)" in found.verdict.evidence[1]

    def test_one_holds_for_twelve_weeks(self, case: Case, pupil: Pupil) -> None:
        written(pupil)
        assert not considering.standing(pupil, today=TODAY + dt.timedelta(days=83)).missing
        assert considering.standing(pupil, today=TODAY + dt.timedelta(days=84)).missing


class TestWritingItDown:
    def test_it_is_kept_with_its_evidence_and_told_to_no_school(
        self, officer_client: Client, legal_client: Client, contact_a_client: Client, case: Case, pupil: Pupil, officer: User
    ) -> None:
        asked = form()
        for _ in range(2):  # a double click
            answer = officer_client.post(reverse("consider", args=[pupil.pk]), asked)
            assert answer.headers["Location"] == reverse("case", args=[case.pk])
        made = Consideration.objects.get()
        assert (made.by, made.case, made.level, made.referred_to, made.why) == (officer, case, "in_need", "social_care", WHY)
        assert made.evidence[0] == "Missed 90 of 110 sessions this school year, 90 of the 90 without authority."
        for client in (officer_client, legal_client):
            page = said(client.get(reverse("case", args=[case.pk])))
            assert "Child in need (section 17)" in page
            assert "Three visits unanswered" in page
        page = contact_a_client.get(reverse("case", args=[case.pk])).content.decode()
        for hidden in ("afeguarding", "section 17", "unanswered", "social care"):
            assert hidden not in page
        assert not Entry.objects.filter(kind="safe", shared=True).exists()
        assert not considering.missing(officer, today=TODAY)

    def test_what_came_of_a_referral_is_added_once(self, officer_client: Client, case: Case, pupil: Pupil) -> None:
        made = written(pupil, referred=True, referred_to="social_care")
        address = reverse("consideration_outcome", args=[made.pk])
        assert "Nothing is known yet" in said(officer_client.get(reverse("case", args=[case.pk])))
        for _ in range(2):
            assert officer_client.post(address, {"outcome": "Child in need plan from 18 November."}).status_code == 302
        assert "was written down meanwhile" in said(officer_client.post(address, {"outcome": "Something else."}))
        made.refresh_from_db()
        assert made.outcome == "Child in need plan from 18 November."

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"why": ""}, "Say why the child is referred, or why not"),
            ({"referred_to": ""}, "Choose to whom the child is referred"),
            (date("day", dt.date(2026, 11, 21)), "today or earlier"),
            ({"considered_by": " "}, "Enter who considered it"),
        ],
    )
    def test_a_slip_is_said_where_it_is(self, officer_client: Client, case: Case, pupil: Pupil, fields: dict[str, str], words: str) -> None:
        assert words in said(officer_client.post(reverse("consider", args=[pupil.pk]), form(**fields)))
        assert not Consideration.objects.exists()

    @pytest.mark.parametrize(("part", "answer"), [("legal", 403), ("contact_a", 403), ("staff_a", 403), ("stranger", 404)])
    def test_nobody_else_writes_one(self, part: str, answer: int, cast: dict[str, User], browse: Browse, case: Case, pupil: Pupil) -> None:
        assert browse(cast[part]).post(reverse("consider", args=[pupil.pk]), form()).status_code == answer


class TestWhatIsNotDoneBefore:
    def test_a_case_is_not_closed(self, officer_client: Client, case: Case, pupil: Pupil) -> None:
        address = reverse("case_close", args=[case.pk])
        assert reverse("consider", args=[pupil.pk]) in officer_client.get(address).content.decode()
        asked = {"outcome": "improved", "version": case.version}
        page = said(officer_client.post(address, asked))
        assert "A safeguarding consideration is missing, and it comes before the case is closed. Missed 90 of 110 sessions" in page
        written(pupil)
        assert officer_client.post(address, asked).status_code == 302

    def test_a_case_does_not_go_to_the_formal_stage(self, officer_client: Client, case: Case, pupil: Pupil) -> None:
        actions.move(by=None, today=TODAY, now=clock.now(), case=case, stage="supporting")
        case.refresh_from_db()
        asked = {"stage": "formal", "version": case.version}
        assert "it comes before legal action" in said(officer_client.post(reverse("case_stage", args=[case.pk]), asked))
        written(pupil)
        assert officer_client.post(reverse("case_stage", args=[case.pk]), asked).status_code == 302

    def test_no_request_is_sent_and_a_school_is_not_told_why(
        self, case: Case, pupil: Pupil, school_a: School, officer: User, contact_a: User, legal: User
    ) -> None:
        parent = factories.make_parent(pupil, address="1 High Street")
        request = draft(officer, pupil, school_a, parent, route="ongoing")
        answer_all(request, officer)
        sent = {"today": TODAY, "now": clock.now(), "request": request}
        with pytest.raises(NoticeProblem, match="A safeguarding consideration is missing, and it comes before a request is sent"):
            submit_request(by=officer, **sent)
        with pytest.raises(NoticeProblem) as told:
            submit_request(by=contact_a, **sent)
        assert "afeguarding" not in str(told.value)
        assert "attendance team has something of its own to complete" in str(told.value)
        made = written(pupil)
        submit_request(by=contact_a, **sent)
        Consideration.objects.filter(pk=made.pk).update(day=TODAY - dt.timedelta(weeks=12))  # it holds no longer
        deciding = {"by": legal, "reason": "not_engaged", "parents": [parent], **sent}
        confirmed(request)
        with pytest.raises(NoticeProblem, match="comes before a notice is issued"):
            decide(outcome="issue", **deciding)
        written(pupil)
        consider(request, legal)
        assert decide(outcome="issue", **deciding).notices.count() == 1


class TestDeadlinesOfLaw:
    def test_a_case_is_closed_with_them_only_with_a_reason(
        self, officer_client: Client, contact_a_client: Client, case: Case, pupil: Pupil, school_a: School
    ) -> None:
        written(pupil)
        asked = {"source_key": "legal:notice:1:unpaid", "kind": Task.Kind.LEGAL_DEADLINE, "title": "Notice 1: prosecute or withdraw"}
        asked |= {"why": "Unpaid after 28 days.", "due": dt.date(2026, 12, 1), "side": "officer", "school": school_a, "pupil": pupil}
        actions.open_task(by=None, today=TODAY, now=clock.now(), **asked)
        address = reverse("case_close", args=[case.pk])
        assert "1 deadline of law is open" in said(officer_client.get(address))
        sent = {"outcome": "moved", "version": case.version}
        page = said(officer_client.post(address, sent))
        assert "Deadlines of law are open: Notice 1: prosecute or withdraw, by 1 December 2026." in page
        assert officer_client.post(address, sent | {"deadlines": "The other authority prosecutes."}).status_code == 302
        note = Entry.objects.get(words__contains="deadline of law open")
        assert note.words.endswith("(Notice 1: prosecute or withdraw). Why: The other authority prosecutes.")
        assert not note.shared
        assert Task.objects.open().count() == 1
        assert "other authority" not in said(contact_a_client.get(reverse("case", args=[case.pk])))

    def test_one_under_another_record_of_the_child_counts_too(
        self, officer_client: Client, manager: User, case: Case, pupil: Pupil, school_a: School, school_b: School
    ) -> None:
        written(pupil)
        twin = factories.make_pupil("Teal", "Asha")
        factories.enrol(twin, school_b, start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 20))
        asked = {"source_key": "legal:notice:1:unpaid", "kind": Task.Kind.LEGAL_DEADLINE, "title": "Notice 1: prosecute or withdraw"}
        asked |= {"why": "Unpaid after 28 days.", "due": dt.date(2026, 12, 1), "side": "officer", "school": school_b, "pupil": twin}
        actions.open_task(by=None, today=TODAY, now=clock.now(), **asked)
        merging.merge(by=manager, today=TODAY, now=clock.now(), pupil=twin, into=pupil, why="Same birth certificate.")
        page = said(officer_client.post(reverse("case_close", args=[case.pk]), {"outcome": "moved", "version": case.version}))
        assert "Deadlines of law are open: Notice 1: prosecute or withdraw, by 1 December 2026." in page


def test_the_pages_ask_few_queries(officer_client: Client, case: Case, pupil: Pupil) -> None:
    made = written(pupil, day=TODAY - dt.timedelta(weeks=13), referred=True, referred_to="camhs")
    pages = [
        reverse("safeguarding"),
        reverse("consider", args=[pupil.pk]),
        reverse("consideration_outcome", args=[made.pk]),
        reverse("case_close", args=[case.pk]),
    ]
    for page in pages:
        with CaptureQueriesContext(connection) as found:
            officer_client.get(page)
        assert len(found) <= 15, [query["sql"][:120] for query in found]
