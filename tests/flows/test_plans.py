"""Plans through the doors: who leads, targets in sessions, what some kinds need, reviews with numbers, and two who save at once."""

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
from casework import actions
from casework.models import Case, Plan, PlanAction, PlanReview, PlanTarget
from schools.models import Enrolment, School
from tests import factories
from tests.casework import OPENED, make_case, make_plan
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)


def date(name: str, day: dt.date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


@pytest.fixture
def enrolment(school_a: School) -> Enrolment:
    return factories.enrol(factories.make_pupil("Teal", "Ash"), school_a, start=dt.date(2026, 9, 1))


@pytest.fixture
def case(enrolment: Enrolment, school_a: School, officer: User) -> Case:
    return make_case(enrolment.pupil, school_a, by=officer, officer=officer)


def form(**fields: Any) -> dict[str, Any]:
    asked = {"kind": "support", "barrier": "sleep", "lead": "school", "lead_name": "Jo Alder", "lead_role": "Head of year 9"}
    return asked | date("review", dt.date(2026, 12, 11)) | {"version": 1, "form_token": str(uuid.uuid4())} | fields


def agree(client: Client, case: Case, **fields: Any) -> Any:
    return client.post(reverse("case_plan", args=[case.pk]), form(**fields))


def page_of(client: Client, case: Case) -> str:
    return said(client.get(reverse("case", args=[case.pk])))


class TestWhatAPlanSays:
    def test_one_person_leads_and_services_act_by_name(self, officer_client: Client, contact_a_client: Client, case: Case) -> None:
        service = {"what_1": "Assess for a mentor", "owner_1": "service:camhs"} | date("due_1", dt.date(2026, 12, 1))
        assert agree(officer_client, case, **service).status_code == 302
        page = page_of(officer_client, case)
        assert "Jo Alder Head of year 9, The school" in page
        assert "CAMHS or mental health support team, by 1 December 2026" in page
        school = page_of(contact_a_client, case)
        assert "Jo Alder" in school  # the school is told who leads, not what a service does
        assert "CAMHS" not in school

    def test_a_plan_without_a_name_or_role_is_not_agreed(self, officer_client: Client, case: Case) -> None:
        page = said(agree(officer_client, case, lead_name="", lead_role=""))
        assert "Enter the name of the lead practitioner: one person the family can turn to" in page
        assert not Plan.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"kind": "reintegration"}, "Enter the day on which the timetable begins"),
            (
                {"kind": "reintegration", "timetable_hours": "12.5"} | date("timetable_start", TODAY),
                "Enter the day on which the timetable ends: a part-time timetable is for a time",
            ),
            (
                {"kind": "reintegration"} | date("timetable_start", TODAY) | date("timetable_end", dt.date(2026, 12, 18)),
                "Enter the hours a week",
            ),
            (
                {"kind": "reintegration", "timetable_hours": "10"}
                | date("timetable_start", TODAY)
                | date("timetable_end", dt.date(2027, 7, 1)),
                "within 26 weeks",
            ),
            ({"kind": "medical"}, "A medical action plan is made with the school nurse"),
            ({"kind": "panel"}, "Enter the day of the attendance panel"),
            (
                {"kind": "reintegration", "timetable_hours": "10"}
                | date("timetable_start", dt.date(2062, 11, 23))
                | date("timetable_end", dt.date(2062, 12, 18)),
                "check the year",
            ),
            ({"kind": "panel"} | date("panel", dt.date(2026, 11, 23)), "the day cannot be after today"),
            ({"kind": "panel"} | date("panel", dt.date(1926, 11, 19)), "check the year"),
            ({"most": "6"}, "A target needs both numbers"),
            ({"most": "60", "of": "60"}, "fewer than all of them"),
            ({"most": "few", "of": "60"}, "Enter a whole number"),
            ({"most": "1", "of": "0"}, "Say of how many sessions"),
        ],
    )
    def test_what_a_kind_needs_is_asked_for(self, officer_client: Client, case: Case, fields: dict[str, str], words: str) -> None:
        assert words in said(agree(officer_client, case, **fields))
        assert not Plan.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            (
                {"kind": "reintegration", "timetable_hours": "12.5"}
                | date("timetable_start", dt.date(2026, 11, 23))
                | date("timetable_end", dt.date(2026, 12, 18)),
                "12.5 hours a week Mon 23 Nov 2026 to Fri 18 Dec 2026",
            ),
            ({"kind": "medical", "nurse": "Nia Nurse"}, "School nurse Nia Nurse"),
            ({"kind": "panel"} | date("panel", dt.date(2026, 11, 19)), "Attendance panel Thu 19 Nov 2026"),
        ],
    )
    def test_each_kind_shows_what_was_agreed(self, officer_client: Client, case: Case, fields: dict[str, str], words: str) -> None:
        assert agree(officer_client, case, **fields).status_code == 302
        assert words in page_of(officer_client, case)


class TestTargets:
    def test_a_target_is_counted_from_the_marks_after_its_day(self, officer_client: Client, case: Case, enrolment: Enrolment) -> None:
        make_plan(case, terms=actions.Terms(most=2, of=20))
        factories.write_marks(enrolment, OPENED, r"OO OO /\ O\ ## /\ ")  # of Monday 2 November, on which it was agreed, nothing counts
        page = page_of(officer_client, case)
        assert "Miss no more than 2 of 20 sessions" in page
        assert "From Tue 3 Nov 2026. Not kept: missed 3 of 8 sessions, 2 may be missed of 20." in page

    def test_the_same_target_goes_on_when_the_plan_changes(self, officer_client: Client, case: Case) -> None:
        make_plan(case, terms=actions.Terms(most=6, of=60))
        agree(officer_client, case, version=2, kind="joint", most="6", of="60")
        agree(officer_client, case, version=3, kind="joint", most="4", of="60")
        starts = list(PlanTarget.objects.order_by("pk").values_list("most", "start"))
        assert starts == [(6, dt.date(2026, 11, 3)), (6, dt.date(2026, 11, 3)), (4, dt.date(2026, 11, 21))]


class TestReviews:
    def test_a_review_shows_and_keeps_sessions_before_and_since(self, officer_client: Client, case: Case, enrolment: Enrolment) -> None:
        make_plan(case)  # on 2 November: 19 days to the 20th, and as many before
        factories.write_marks(enrolment, dt.date(2026, 10, 12), "OO " * 5 + r"/\ " * 10 + r"/\ " * 13 + "OO OO ")
        page = said(officer_client.get(reverse("case_plan_review", args=[case.pk])))
        assert "Since the plan began, and in as many days before" in page
        review = {"result": "carry_on", "most": "3", "of": "30", "version": 2, "form_token": str(uuid.uuid4())}
        review |= date("review", dt.date(2026, 12, 18))
        for _ in range(2):
            assert officer_client.post(reverse("case_plan_review", args=[case.pk]), review).status_code == 302
        kept = PlanReview.objects.get()
        numbers = (kept.absent_before, kept.possible_before, kept.absent_since, kept.possible_since)
        assert numbers == (6, 26, 4, 30)  # 14-16 October of the OOs; 19 and 20 November
        assert PlanTarget.objects.get().start == dt.date(2026, 11, 21)
        page = page_of(officer_client, case)
        assert "Fri 20 Nov 2026: carry on with the plan Missed 4 of 30 sessions since Mon 2 Nov 2026, 6 of 26 sessions in" in page

    def test_what_a_review_kept_does_not_change_with_the_marks(self, officer_client: Client, case: Case, enrolment: Enrolment) -> None:
        make_plan(case)
        factories.write_marks(enrolment, OPENED, "OO OO ")
        actions.review_plan(by=None, today=TODAY, now=clock.now(), case=case, result="end")
        factories.write_marks(enrolment, OPENED, r"/\ /\ ")
        assert "Missed 4 of 4 sessions since" not in page_of(officer_client, case)  # the plan is past
        assert PlanReview.objects.get().absent_since == 4
        with pytest.raises(Exception, match="Cannot update"):
            PlanReview.objects.update(absent_since=0)


class TestTwoWhoSave:
    def test_the_second_is_told_what_changed_and_loses_nothing(
        self, officer_client: Client, manager_client: Client, manager: User, case: Case
    ) -> None:
        agree(manager_client, case, barrier="bullying", lead_name="Sam Other", what_1="Gate duty", owner_1="school", **date("due_1", TODAY))
        mine = {"lead_name": "Jo Alder", "most": "6", "of": "60", "what_1": "Bus pass <b>🙂</b>", "owner_1": "officer"} | date(
            "due_1", TODAY
        )
        answer = agree(officer_client, case, **mine)
        page, raw = said(answer), answer.content.decode()
        assert (answer.status_code, Plan.objects.count()) == (200, 1)
        assert f"{manager} changed this case" in page
        both = page[page.index("Both versions") : page.index("The new plan takes the place")]
        for words in ("Bullying, or harm by other children", "Punctuality or sleep", "Sam Other", "Jo Alder", "Gate duty (The school, by"):
            assert words in both
        assert "Kind of plan" not in both  # the same in both
        assert "Bus pass &lt;b&gt;🙂&lt;/b&gt;" in raw
        assert 'value="Bus pass &lt;b&gt;🙂&lt;/b&gt;"' in raw  # and still in its box
        again = answer.context["form"]
        asked = mine | {"carry": "on", "version": again["version"].value(), "form_token": again["form_token"].value()}
        assert agree(officer_client, case, **asked).status_code == 302
        plan = Plan.objects.current().get()
        assert plan.lead_name == "Jo Alder"
        assert set(plan.actions.values_list("what", flat=True)) == {"Gate duty", "Bus pass <b>🙂</b>"}
        assert Plan.objects.count() == 2  # the other's is kept, as ended

    def test_a_review_sent_after_a_change_is_told_and_keeps_its_words(
        self, officer_client: Client, manager_client: Client, case: Case
    ) -> None:
        make_plan(case)
        agree(manager_client, case, version=2)
        review = {"result": "end", "words": "The family says it goes well.", "version": 2}
        page = said(officer_client.post(reverse("case_plan_review", args=[case.pk]), review))
        assert "changed this case" in page
        assert "The family says it goes well." in page
        assert not PlanReview.objects.exists()


class TestPartTime:
    """Code C2 asks for a plan with an end."""

    def listed(self, client: Client) -> str:
        return said(client.get(reverse("part_time_uncovered")))

    def test_marks_alone_put_a_child_on_the_list(
        self, officer_client: Client, manager_client: Client, stranger_client: Client, contact_a_client: Client, enrolment: Enrolment
    ) -> None:
        factories.write_marks(enrolment, {dt.date(2026, 11, 16): ("/", "C2"), dt.date(2026, 11, 18): ("/", "C2")})
        for client in (officer_client, manager_client):
            page = self.listed(client)
            assert "2 sessions coded C2 since 16 November 2026, the latest on 18 November 2026. No plan has a timetable" in page
            assert "Open a case" in page
        assert "Ash Teal" not in self.listed(stranger_client)
        assert contact_a_client.get(reverse("part_time_uncovered")).status_code == 403

    def test_a_timetable_covers_its_days_and_no_others(self, officer_client: Client, case: Case, enrolment: Enrolment) -> None:
        factories.write_marks(enrolment, {dt.date(2026, 11, 3): ("/", "C2"), dt.date(2026, 11, 13): ("/", "C2")})
        times = {"timetable_start": dt.date(2026, 11, 2), "timetable_end": dt.date(2026, 11, 13), "timetable_hours": 12}
        make_plan(case, kind="reintegration", terms=actions.Terms(**times))
        assert "Every part-time timetable has a plan" in self.listed(officer_client)
        factories.write_marks(enrolment, {dt.date(2026, 11, 16): ("/", "C2")})
        page = self.listed(officer_client)
        assert "1 session coded C2 since 16 November 2026" in page
        assert "The plan’s timetable ended on 13 November 2026." in page
        assert "which is past" in page_of(officer_client, case)

    def test_days_of_a_plan_that_was_replaced_were_covered_and_a_timetable_to_come_has_not_ended(
        self, officer_client: Client, case: Case, enrolment: Enrolment
    ) -> None:
        factories.write_marks(enrolment, {dt.date(2026, 11, 3): ("/", "C2"), dt.date(2026, 11, 5): ("/", "C2")})
        times = {"timetable_start": dt.date(2026, 11, 2), "timetable_end": dt.date(2026, 12, 18), "timetable_hours": 12}
        make_plan(case, kind="reintegration", terms=actions.Terms(**times))
        make_plan(case, kind="joint", today=dt.date(2026, 11, 10))
        assert "Every part-time timetable has a plan" in self.listed(officer_client)
        factories.write_marks(enrolment, {dt.date(2026, 11, 12): ("/", "C2")})
        assert "1 session coded C2 since 12 November 2026" in self.listed(officer_client)
        later = times | {"timetable_start": dt.date(2026, 11, 16), "timetable_end": dt.date(2026, 12, 18)}
        make_plan(case, kind="reintegration", terms=actions.Terms(**later), today=dt.date(2026, 11, 13))
        assert "is for other days, from 16 November 2026 to 18 December 2026." in self.listed(officer_client)

    def test_what_lies_far_back_is_not_listed(self, officer_client: Client, enrolment: Enrolment) -> None:
        factories.write_marks(enrolment, {dt.date(2026, 10, 23): ("/", "C2")})
        assert "Ash Teal" not in self.listed(officer_client)


@pytest.mark.parametrize("part", ["legal", "contact_a", "contact_b", "stranger"])
def test_nobody_else_agrees_a_plan(part: str, cast: dict[str, User], browse: Browse, case: Case) -> None:
    assert agree(browse(cast[part]), case).status_code == (404 if part == "stranger" else 403)
    assert not Plan.objects.exists()


def test_the_pages_ask_few_queries(officer_client: Client, case: Case, enrolment: Enrolment) -> None:
    factories.write_marks(enrolment, OPENED, r"OO /\ ")
    plan = make_plan(case, terms=actions.Terms(most=6, of=60))
    PlanAction.objects.create(plan=plan, what="Gate duty", owner="school", due=TODAY)
    for name, arguments in (("case", [case.pk]), ("case_plan", [case.pk]), ("case_plan_review", [case.pk]), ("part_time_uncovered", [])):
        with CaptureQueriesContext(connection) as found:
            officer_client.get(reverse(name, args=arguments))
        assert len(found) <= 15, (name, [query["sql"][:120] for query in found])
