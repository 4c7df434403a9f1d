"""What needs an officer, or a school, today and why; what each officer carries; who is severely absent without a plan."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts import clock
from accounts.models import User
from casework import actions, reports, triage
from casework.models import Case
from casework.reports import Caseload, Need
from schools.models import Posting, Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)


def on_roll(school: School, surname: str) -> Pupil:
    pupil = factories.make_pupil(surname, "Ash")
    factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    return pupil


def case_of(school: School, surname: str, officer: User | None, day: dt.date = TODAY) -> Case:
    return make_case(on_roll(school, surname), school, officer=officer, today=day)


def told(user: User) -> list[tuple[str, str]]:
    return [(need.title, need.why) for need in reports.needs_today(user, today=TODAY)]


class TestNeedsToday:
    def test_an_overdue_action_comes_before_one_due_today(self, officer: User, school_a: School) -> None:
        case = case_of(school_a, "Amber", officer, dt.date(2026, 11, 9))
        make_plan(case, today=dt.date(2026, 11, 9), review=dt.date(2026, 12, 1), actions=[
            actions.Agreed("Call the clinic", "officer", TODAY),
            actions.Agreed("Visit", "officer", dt.date(2026, 11, 18)),
            actions.Agreed("Later", "officer", dt.date(2026, 11, 21)),
            actions.Agreed("Gate duty", "school", dt.date(2026, 11, 18)),
        ])  # fmt: skip
        assert told(officer) == [
            ("Ash Amber: Visit", "Was due on 18 November 2026, 2 days ago."),
            ("Ash Amber: Call the clinic", "Due today."),
        ]

    def test_a_review_that_is_due(self, officer: User, school_a: School) -> None:
        case = case_of(school_a, "Amber", officer, dt.date(2026, 11, 9))
        make_plan(case, today=dt.date(2026, 11, 9), review=dt.date(2026, 11, 16))
        found = reports.needs_today(officer, today=TODAY)
        why = "The review was due on 16 November 2026."
        assert found == [Need("Ash Amber: review the plan", why, dt.date(2026, 11, 16), "case_plan_review", case.pk, 1)]

    @pytest.mark.parametrize(("day", "needed"), [(dt.date(2026, 11, 6), False), (dt.date(2026, 11, 5), True)])
    def test_a_case_gets_its_plan_within_fourteen_days(self, day: dt.date, needed: bool, officer: User, school_a: School) -> None:
        case_of(school_a, "Amber", officer, day)
        plan = ("Ash Amber: agree a plan", "The case has been open for 15 days, since 5 November 2026, and has no plan.")
        assert told(officer) == ([plan] if needed else [])

    @pytest.mark.parametrize(("day", "needed"), [(dt.date(2026, 10, 31), False), (dt.date(2026, 10, 30), True)])
    def test_a_family_hears_from_somebody_every_twenty_days(self, day: dt.date, needed: bool, officer: User, school_a: School) -> None:
        case = case_of(school_a, "Amber", officer, dt.date(2026, 10, 12))
        make_plan(case, today=dt.date(2026, 10, 12), review=dt.date(2026, 12, 1))
        actions.record_contact(by=officer, today=TODAY, now=clock.now(), case=case, day=day, kind="phone", result="no_answer")
        call = ("Ash Amber: get in touch", "Nobody has been contacted for 21 days, since 30 October 2026.")
        assert told(officer) == ([call] if needed else [])

    def test_a_new_case_of_nobody_waits_for_each_officer_of_the_school(self, officer: User, stranger: User, school_a: School) -> None:
        case = case_of(school_a, "Amber", None)
        assert [(need.title, need.address_name, need.address_pk) for need in reports.needs_today(officer, today=TODAY)] == [
            ("Ash Amber: new case without an officer", "case_assign", case.pk)
        ]
        assert reports.needs_today(stranger, today=TODAY) == []

    @pytest.mark.parametrize("how", ["disabled", "posted elsewhere"])
    def test_a_case_whose_officer_left_is_not_forgotten(
        self, how: str, officer: User, manager: User, officer_client: Client, school_a: School
    ) -> None:
        gone = factories.make_user("officer", name="Gina Gone")
        posting = factories.post(gone, school_a)
        case = case_of(school_a, "Amber", gone)
        assert told(officer) == []
        if how == "disabled":
            User.objects.filter(pk=gone.pk).update(is_active=False)
        else:
            Posting.objects.filter(pk=posting.pk).update(end=dt.date(2026, 11, 19))
        why = "Gina Gone works with Alder High School no longer. Assign the case to somebody else."
        assert told(officer) == [("Ash Amber: case left without an officer", why)]
        assert told(manager) == []  # told of all that wait in one line
        assert [need.title for need in triage.needs_today(manager, today=TODAY)] == ["1 case without an officer"]
        assert "works here no longer" in said(officer_client.get("/cases/"))
        assert "Amber, Ash" in said(officer_client.get("/cases/?officer=left"))
        assert "No case matches" in said(officer_client.get("/cases/?officer=nobody"))
        assert "works with this school no longer" in said(officer_client.get(f"/cases/{case.pk}/"))

    def test_another_officer_s_case_is_theirs(self, officer: User, manager: User, school_a: School) -> None:
        case_of(school_a, "Amber", manager, dt.date(2026, 10, 1))
        assert reports.needs_today(officer, today=TODAY) == []
        assert len(reports.needs_today(manager, today=TODAY)) == 2

    def test_a_school_is_told_of_its_own_actions_a_week_ahead(
        self, contact_a: User, contact_b: User, officer: User, school_a: School
    ) -> None:
        make_plan(case_of(school_a, "Amber", officer), today=TODAY, review=dt.date(2026, 12, 1), actions=[
            actions.Agreed("Gate duty", "school", dt.date(2026, 11, 27)),
            actions.Agreed("Far away", "school", dt.date(2026, 11, 28)),
            actions.Agreed("Visit", "officer", TODAY),
        ])  # fmt: skip
        assert told(contact_a) == [("Ash Amber: Gate duty", "Due on 27 November 2026.")]
        assert told(contact_b) == []

    def test_a_closed_case_needs_nothing(self, officer: User, school_a: School) -> None:
        case = case_of(school_a, "Amber", officer, dt.date(2026, 10, 1))
        plan = [actions.Agreed("Visit", "officer", dt.date(2026, 10, 2))]
        make_plan(case, today=dt.date(2026, 10, 1), review=dt.date(2026, 10, 9), actions=plan)
        actions.close_case(by=officer, today=TODAY, now=clock.now(), case=case, outcome="moved")
        assert reports.needs_today(officer, today=TODAY) == []

    def test_two_questions_however_many_cases(self, officer: User, school_a: School, django_assert_num_queries: object) -> None:
        for n in range(30):
            make_plan(case_of(school_a, f"P{n}", officer), today=TODAY, review=dt.date(2026, 12, 1), actions=[
                actions.Agreed("Visit", "officer", TODAY)
            ])  # fmt: skip
        with django_assert_num_queries(2):  # type: ignore[operator]
            assert len(reports.needs_today(officer, today=TODAY)) == 30


def test_what_each_officer_carries(officer: User, manager: User, stranger: User, school_a: School) -> None:
    late = case_of(school_a, "Amber", officer, dt.date(2026, 11, 2))
    make_plan(late, review=dt.date(2026, 11, 19))
    due = case_of(school_a, "Blue", officer, dt.date(2026, 11, 2))
    make_plan(due, review=TODAY)
    case_of(school_a, "Coral", officer)
    case_of(school_a, "Dun", None)
    actions.close_case(by=officer, today=TODAY, now=clock.now(), case=case_of(school_a, "Ecru", officer), outcome="moved")
    found = reports.caseload([officer, manager, stranger], today=TODAY)
    assert found == {officer.pk: Caseload(3, 1, 1, old=0, oldest=dt.date(2026, 11, 2)), manager.pk: Caseload(), stranger.pk: Caseload()}


def test_every_severely_absent_child_is_looked_for_a_plan(officer: User, stranger: User, school_a: School) -> None:
    pupils = [on_roll(school_a, name) for name in ("Amber", "Blue")]
    for pupil in pupils:
        factories.write_marks(pupil.enrolments.get(), dt.date(2026, 9, 7), r"II II II II /\ " * 8)
    factories.refresh(school_a, today=TODAY)
    assert set(reports.severe_without_plan(officer)) == set(pupils)
    assert not reports.severe_without_plan(stranger).exists()
    case = make_case(pupils[0], school_a, officer=officer)
    assert set(reports.severe_without_plan(officer)) == set(pupils)  # a case alone is no plan
    make_plan(case)
    assert set(reports.severe_without_plan(officer)) == {pupils[1]}
    actions.close_case(by=officer, today=TODAY, now=clock.now(), case=case, outcome="moved")
    assert set(reports.severe_without_plan(officer)) == set(pupils)


def test_a_pupil_s_open_case_where_the_user_may_see_it(officer: User, stranger: User, contact_a: User, school_a: School) -> None:
    case = case_of(school_a, "Amber", officer)
    assert reports.case_of(case.pupil, officer) == case
    assert reports.case_of(case.pupil, contact_a) == case
    assert reports.case_of(case.pupil, stranger) is None
