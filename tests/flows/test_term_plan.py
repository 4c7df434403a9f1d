"""The plan of a term: set by a manager on the last full year, revised by acceptance only, adjusted with a reason, seen in order of need."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, User
from attendance.models import Rating
from meetings.actions import MeetingProblem, adjust_plan, hold_meeting
from meetings.models import Meeting, PlanChange, YearPlan
from meetings.planning import proposed
from meetings.term_plan import State, term_rows
from meetings.terms import Term
from schools.models import PolicyValue, School
from tests import factories
from tests.flows.meeting_things import TUESDAY, flagged, planned, words
from tests.flows.planned_year import TODAY, last_year, set_year, with_figures
from tests.flows.test_downloads import read_csv, read_xlsx

pytestmark = pytest.mark.django_db

AUTUMN = Term(2026, 1)


@pytest.fixture
def borough(school_a: School, school_b: School) -> tuple[School, School]:
    """Alder High missed 50 of 380 sessions last year (86.84%, England 91.51%), Birch Primary 10 (97.37%, England 94.72%)."""
    last_year(school_a, 50)
    last_year(school_b, 10)
    with_figures(school_a, school_b)
    return school_a, school_b


def rate(school: School, colour: str, *, term: int = 1) -> None:
    Rating.objects.create(
        school=school, year=2026, term=term, colour=colour, colour_now=colour, as_at=TODAY, rated_at=clock.now(), policy_version="x"
    )


class TestSetting:
    def test_a_manager_looks_at_what_is_proposed_and_sets_it(self, borough: Any, manager_client: Client, manager: User) -> None:
        page = words(manager_client.get(reverse("plan_set")))
        assert "2 schools without a number: the whole year" in page
        assert "Attendance in 2025/26 was 86.84% (330 of 380 sessions), below England’s 91.51% for secondary schools." in page
        assert not YearPlan.objects.exists()
        sent = {"year": "2026", "seen": proposed(2026, today=TODAY).seen}
        answer = manager_client.post(reverse("plan_set"), sent, follow=True)
        assert "The plan of 2026/27: 2 schools set." in words(answer)
        found = {plan.school.urn: plan for plan in YearPlan.objects.all()}
        assert (found[999801].number, found[999801].band, found[999801].floor) == (3, "below", 3)
        assert (found[999802].number, found[999802].band) == (1, "at"), "of one school with a full year none is the strongest"
        assert (found[999801].attended, found[999801].possible, str(found[999801].england_pct)) == (330, 380, "91.51")
        assert found[999801].set_by == manager
        assert AuditEvent.objects.filter(act="Meeting plan set", by=manager).count() == 1
        manager_client.post(reverse("plan_set"), sent)  # the same form again
        assert PlanChange.objects.count() == 2

    def test_what_changed_since_it_was_looked_at_is_not_set(self, borough: Any, manager_client: Client, school_a: School) -> None:
        seen = proposed(2026, today=TODAY).seen
        School.objects.filter(pk=school_a.pk).update(closed=dt.date(2026, 11, 19))
        answer = manager_client.post(reverse("plan_set"), {"year": "2026", "seen": seen})
        assert "Figures, policy or the plan changed since you looked. Nothing was set" in words(answer)
        assert not YearPlan.objects.exists()

    def test_new_marks_change_nothing_until_a_manager_accepts(
        self, borough: Any, manager: User, manager_client: Client, school_b: School
    ) -> None:
        set_year(manager)
        last_year(school_b, 60)  # a second pupil's year, loaded late: 70 of 760 missed, 90.79%
        with_figures(school_b)
        assert YearPlan.objects.get(school=school_b).number == 1
        page = words(manager_client.get(reverse("plan_set")))
        assert "1 school would change" in page
        assert "Until now: Attendance in 2025/26 was 97.37%" in page
        sent = {"year": "2026", "seen": proposed(2026, today=TODAY).seen}
        manager_client.post(reverse("plan_set"), sent)  # nothing ticked
        assert YearPlan.objects.get(school=school_b).number == 1
        answer = manager_client.post(reverse("plan_set"), sent | {"school": school_b.pk}, follow=True)
        assert "The plan of 2026/27: 1 revised." in words(answer)
        plan = YearPlan.objects.get(school=school_b)
        assert (plan.number, plan.band, plan.version) == (3, "below", 2)
        change = plan.changes.latest("pk")
        assert (change.kind, change.before, change.after) == ("revised", 1, 3)
        assert "Nothing would change" in words(manager_client.get(reverse("plan_set")))

    def test_a_floor_that_comes_above_an_adjustment_takes_it_away(self, borough: Any, manager: User, school_b: School) -> None:
        plan = set_year(manager)[999802]
        adjust(plan, manager, number=2)
        last_year(school_b, 60)
        with_figures(school_b)
        plan = set_year(manager)[999802]
        assert (plan.number, plan.adjusted) == (3, None)
        assert "The adjustment to 2 a year was below that and is taken away." in plan.changes.latest("pk").words

    def test_by_command(self, borough: Any, capsys: Any) -> None:
        call_command("plan_meetings")
        assert YearPlan.objects.filter(set_by=None, year=2026).count() == 2
        assert "2026/27: 2 schools set, 0 revised." in capsys.readouterr().out

    def test_a_year_that_is_over_cannot_be_set(self, borough: Any, manager: User) -> None:
        with pytest.raises(MeetingProblem, match="2024/25 cannot be planned today"):
            set_year(manager, year=2024)


def adjust(plan: YearPlan, by: User, **asked: Any) -> YearPlan:
    wanted = {"number": 2, "first_term": 1, "reason": "A new head since September.", "version": plan.version} | asked
    return adjust_plan(by=by, today=TODAY, now=clock.now(), plan=plan, **wanted)


class TestAdjusting:
    def test_with_a_reason_that_is_kept_and_shown(self, borough: Any, manager: User, manager_client: Client) -> None:
        plan = set_year(manager)[999802]
        address = reverse("year_plan", args=[plan.pk])
        sent = {"number": "2", "first_term": "1", "reason": "A new head since September.", "version": "1", "form_token": str(uuid.uuid4())}
        for _ in range(2):  # a double click
            assert manager_client.post(address, sent).status_code == 302
        plan.refresh_from_db()
        assert (plan.by_rule, plan.adjusted, plan.number) == (1, 2, 2)
        assert plan.changes.filter(kind="adjusted").count() == 1
        page = words(manager_client.get(address))
        assert "2 meetings due in 2026/27" in page
        assert "A new head since September." in page
        assert AuditEvent.objects.filter(act="Meeting plan adjusted", by=manager).count() == 1

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"number": "2"}, "Attendance was below England’s, so at least 3 a year are due."),
            ({"number": "40"}, "Enter a number of meetings from 0 to 12"),
            ({"number": "-1"}, "Enter a number of meetings from 0 to 12"),
            ({"number": "many"}, "Enter a number of meetings, for example 2"),
            ({"reason": " "}, "Say why: it stands beside the number for ever"),
            ({"first_term": "4"}, "Choose a term"),
            ({"number": "3"}, "3 a year is what stands already."),
            ({"version": "7"}, "Nothing of yours was saved: look at it and try again."),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(
        self, asked: dict[str, str], said: str, borough: Any, manager: User, manager_client: Client
    ) -> None:
        plan = set_year(manager)[999801]
        sent = {"number": "4", "first_term": "1", "reason": "Because of the figures.", "version": "1"} | asked
        answer = manager_client.post(reverse("year_plan", args=[plan.pk]), sent)
        assert said in words(answer)
        plan.refresh_from_db()
        assert plan.adjusted is None

    def test_back_to_the_rule(self, borough: Any, manager: User) -> None:
        plan = adjust(set_year(manager)[999802], manager)
        plan = adjust(plan, manager, number=None, reason="The new head has settled in.")
        assert (plan.number, plan.adjusted, plan.adjusted_reason) == (1, None, "")
        assert plan.changes.latest("pk").kind == "unadjusted"

    def test_an_officer_sees_why_and_changes_nothing(self, borough: Any, manager: User, officer_client: Client) -> None:
        plans = set_year(manager)
        page = words(officer_client.get(reverse("year_plan", args=[plans[999801].pk])))
        assert "below England’s 91.51%" in page
        assert "Change the number" not in page
        assert officer_client.get(reverse("year_plan", args=[plans[999802].pk])).status_code == 404


class TestTheTerm:
    def test_who_is_offered_first(self, borough: Any, manager: User, school_a: School, school_b: School) -> None:
        green, red = factories.make_school("Cedar High School"), factories.make_school("Damson High School")
        set_year(manager)
        for school, colour in ((school_a, "amber"), (green, "green"), (red, "red")):
            rate(school, colour)
        rows = term_rows(list(School.objects.all()), AUTUMN, today=TODAY)
        due = [row.school.name for row in rows if row.due]
        assert due == ["Damson High School", "Alder High School", "Cedar High School", "Birch Primary School"]

    def test_a_severely_absent_pupil_without_a_plan_comes_first_within_a_colour(
        self, manager: User, school_a: School, school_b: School
    ) -> None:
        set_year(manager)
        flagged(school_b)
        rows = term_rows([school_a, school_b], AUTUMN, today=TODAY)
        assert [(row.school, row.severe, row.severe_without_plan, row.due) for row in rows] == [(school_b, 1, 1, 1), (school_a, 0, 0, 1)]

    def test_policy_may_ask_for_one_meeting_more_for_it(self, manager: User, school_a: School) -> None:
        set_year(manager)
        flagged(school_a)
        PolicyValue.objects.create(key="meetings_severe_extra", value=1, start=TODAY, reason="Agreed", set_at=clock.now())
        [row] = term_rows([school_a], AUTUMN, today=TODAY)
        assert (row.due, row.extra) == (2, 1)

    def test_how_a_term_stands(self, manager: User, officer: User, school_a: School) -> None:
        def state() -> State:
            return term_rows([school_a], AUTUMN, today=TODAY)[0].state

        assert state() == State.NOT_SET
        set_year(manager)
        assert state() == State.NOT_OFFERED
        meeting = planned(school_a, officer, TODAY)
        assert state() == State.PLANNED
        hold_meeting(by=officer, today=TODAY, now=clock.now(), meeting=meeting, version=None)
        assert state() == State.HELD
        assert term_rows([school_a], Term(2027, 1), today=TODAY)[0].held_year == 0

    def test_the_page_counts_and_each_count_opens_its_list(
        self, borough: Any, manager: User, manager_client: Client, officer: User, school_a: School
    ) -> None:
        set_year(manager)
        planned(school_a, officer, TUESDAY)
        address = reverse("term_plan")
        page = words(manager_client.get(address))
        assert "All schools: 2" in page
        assert "Planned: 1" in page
        assert "Alder High School" in words(manager_client.get(address + "?state=planned"))
        assert "Birch Primary School" not in words(manager_client.get(address + "?state=planned"))
        assert "Birch Primary School" not in words(manager_client.get(address + f"?officer={officer.pk}"))
        assert "Alder High School" not in words(manager_client.get(address + "?officer=nobody"))
        assert "A filter in this address is not offered here" in words(manager_client.get(address + "?term=1999-9&state=gone"))

    def test_the_borough_counts_what_the_plan_gives_the_term(self, borough: Any, manager: User, manager_client: Client) -> None:
        assert "How many are due this term is not set" in words(manager_client.get(reverse("borough")))
        set_year(manager)
        due = sum(row.due for row in term_rows(list(borough), AUTUMN, today=TODAY))
        assert due == 2
        page = words(manager_client.get(reverse("borough")))
        assert "2 are due this term by the year’s plan" in page
        assert "2 due by the year’s plan; " in page

    def test_a_term_to_come(self, borough: Any, manager: User, manager_client: Client) -> None:
        set_year(manager)
        assert "Plan of meetings: Summer 2026/27" in words(manager_client.get(reverse("term_plan") + "?term=2026-3"))
        assert "Number not set: 2" in words(manager_client.get(reverse("term_plan") + "?term=2027-1"))

    def test_a_school_that_closed_yesterday_is_still_listed_for_the_term_and_due_none(
        self, borough: Any, manager: User, manager_client: Client, school_a: School
    ) -> None:
        School.objects.filter(pk=school_a.pk).update(closed=TODAY - dt.timedelta(days=1))
        plan = set_year(manager)[999801]
        assert (plan.number, plan.band) == (0, "none")
        assert "Alder High School" in words(manager_client.get(reverse("term_plan")))

    def test_an_officer_sees_their_own_schools(self, borough: Any, manager: User, officer_client: Client) -> None:
        set_year(manager)
        page = words(officer_client.get(reverse("term_plan")))
        assert "Alder High School" in page
        assert "Birch Primary School" not in page
        assert "Set or revise" not in page

    def test_as_a_file(self, borough: Any, manager: User, manager_client: Client) -> None:
        set_year(manager)
        rows, notes = read_csv(manager_client.get(reverse("term_plan_download", args=["csv"])))
        first = next(row for row in rows if row["School"] == "Alder High School")
        assert (first["Due this term"], first["Due this school year"], first["How it stands"]) == ("1", "3", "Not yet offered")
        assert "below England’s 91.51%" in first["Why"]
        assert notes[0] == "Plan of meetings, Autumn 2026/27"
        book = read_xlsx(manager_client.get(reverse("term_plan_download", args=["xlsx"])))
        assert "Alder High School" in [row[0] for row in book.worksheets[0].values]

    @pytest.mark.parametrize("name", ["term_plan", "plan_set"])
    def test_no_more_than_15_queries(
        self, name: str, borough: Any, manager: User, manager_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(3):
            flagged(factories.make_school())
        set_year(manager)
        with django_assert_max_num_queries(15):
            assert manager_client.get(reverse(name)).status_code == 200
        assert Meeting.objects.count() == 0
