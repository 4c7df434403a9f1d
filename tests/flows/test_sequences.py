"""The authority chooses another sequence of stages: new cases begin in it, those mid-way keep theirs and may go over."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from casework import actions
from casework.actions import CaseProblem
from casework.models import Case, PlanAction, SequenceChoice
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_plan, make_task
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
FORM = {"sequence": "panel", "start_day": "20", "start_month": "11", "start_year": "2026", "reason": "Agreed with heads"}


def child(school: School, surname: str) -> Pupil:
    pupil = factories.make_pupil(surname, "Ash")
    factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    return pupil


def go(case: Case, stage: str, by: User) -> Case:
    return actions.move(by=by, today=TODAY, now=clock.now(), case=case, stage=stage)


def test_a_case_mid_way_is_not_lost_when_the_choice_changes(
    school_a: School, officer: User, manager_client: Client, officer_client: Client
) -> None:
    before = make_case(child(school_a, "Before"), school_a, officer=officer)
    make_plan(before)
    go(before, "supporting", officer)
    assert manager_client.post(reverse("sequences"), FORM).status_code == 302
    before.refresh_from_db()
    assert (before.stage, before.stage_name) == ("supporting", "Supporting")
    form = said(officer_client.get(reverse("case_stage", args=[before.pk])))
    assert "First panel, in the sequence “Panel route”" in form
    assert "The school has it in hand" in form
    assert go(before, "monitoring", officer).stage == "monitoring", "its own way is still open"
    moved = go(before, "panel_watch", officer)
    assert (moved.stage, moved.step, moved.stage_name) == ("monitoring", "panel_watch", "After the panel")
    assert go(moved, "panel_review", officer).stage == "formal"
    with pytest.raises(CaseProblem, match="cannot go"):
        go(moved, "supporting", officer)
    new = make_case(child(school_a, "After"), school_a, officer=officer, today=TODAY)
    assert (new.stage, new.stage_name) == ("new", "Referred")
    page = said(officer_client.get(reverse("cases")))
    assert "Formal: 1" in page
    assert "New: 1" in page
    closed = actions.close_case(by=officer, today=TODAY, now=clock.now(), case=moved, outcome="improved")
    assert (closed.stage_name, closed.step) == ("Closed", "")


def test_a_choice_is_dated_kept_and_sent_twice_made_once(manager_client: Client, officer_client: Client, manager: User) -> None:
    assert officer_client.get(reverse("sequences")).status_code == 403
    assert "It begins today or later" in said(manager_client.post(reverse("sequences"), FORM | {"start_year": "2025"}))
    assert "more than a year away" in said(manager_client.post(reverse("sequences"), FORM | {"start_year": "2099"}))
    assert "Say why" in said(manager_client.post(reverse("sequences"), FORM | {"reason": ""}))
    for _ in range(2):
        manager_client.post(reverse("sequences"), FORM | {"start_day": "30"})
    assert SequenceChoice.objects.count() == 1 == AuditEvent.objects.filter(act="Sequence of stages chosen").count()
    assert SequenceChoice.objects.in_force(TODAY).code == "daymark"
    assert SequenceChoice.objects.in_force(dt.date(2026, 11, 30)).code == "panel"
    assert "Agreed with heads" in said(manager_client.get(reverse("sequences")))


def test_the_language_of_cases(school_a: School, school_b: School, officer: User, manager: User) -> None:
    cases = {name: make_case(child(school_a, name), school_a, officer=officer) for name in ("Review", "Action", "Task", "Fine")}
    elsewhere = make_case(child(school_b, "Elsewhere"), school_b)
    make_plan(cases["Review"], review=dt.date(2026, 11, 16))
    plan = make_plan(cases["Action"])
    for day in (17, 18):
        PlanAction.objects.create(plan=plan, what="Ring", owner="officer", due=dt.date(2026, 11, day))
    make_task(school_a, cases["Task"].pupil, case=cases["Task"], due=dt.date(2026, 11, 19))
    make_plan(cases["Fine"])
    make_plan(elsewhere, review=dt.date(2026, 11, 16))
    late = Case.objects.open().for_school(school_a).overdue(TODAY).visible_to(officer)
    assert sorted(case.pupil.surname for case in late) == ["Action", "Review", "Task"]
    assert set(Case.objects.overdue(TODAY).visible_to(manager)) == {*late, elsewhere}
    assert not Case.objects.overdue(dt.date(2026, 11, 16)).exists(), "due on the day is not overdue"


def test_how_long_a_case_has_stood_is_told_in_school_days(school_a: School, officer: User, officer_client: Client) -> None:
    pupil = child(school_a, "Days")
    factories.write_marks(pupil.enrolments.get(), dt.date(2026, 11, 2), r"/\ " * 15)
    factories.refresh(school_a, today=TODAY)
    case = make_case(pupil, school_a, officer=officer)
    assert "since Mon 2 Nov 2026, 14 school days" in said(officer_client.get(reverse("case_stage", args=[case.pk])))
