"""My work today through the doors: what makes a row, in which order; dismissed with a reason, back when it is worse."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, User
from attendance.models import Flag
from casework import actions
from casework.actions import DismissedRows, visits
from casework.models import Dismissal, PlanAction, Task
from casework.worklist import Group, Measure, Row
from dashboards import needs
from schools.models import Enrolment, Pupil, School
from tests import factories
from tests.casework import make_case, make_plan, make_task
from tests.casework.ways import make_referral
from tests.flows import notice_things
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
SEPTEMBER = dt.date(2026, 9, 7)


def child(school: School, marks: str, surname: str = "Teal") -> Pupil:
    pupil = factories.make_pupil(surname, "Ash")
    factories.write_marks(factories.enrol(pupil, school, start=dt.date(2026, 9, 1)), SEPTEMBER, marks)
    return pupil


def severe(school: School, surname: str = "Teal") -> Pupil:
    """Missed four sessions of five for eight weeks of school."""
    return child(school, r"/\ OO OO OO OO " * 8, surname)


def work_of(user: User, day: dt.date = TODAY) -> dict[str, Row]:
    return {row.key: row for row in needs.of(user, today=day).rows}


def chosen(*rows: Row | str) -> str:
    return urlencode([("row", row if isinstance(row, str) else row.key) for row in rows])


def until(day: dt.date) -> dict[str, str]:
    return {"until_day": str(day.day), "until_month": str(day.month), "until_year": str(day.year)}


def dismiss(client: Client, whose: User, *keys: str, **fields: Any) -> Any:
    return client.post(reverse("work_dismiss", args=[whose.pk]), {"row": keys, "reason": "plan"} | fields, follow=True)


class TestRows:
    def test_each_thing_in_its_group_with_why_and_persistent_absence_alone_in_none(
        self, school_a: School, officer: User, contact_a: User, legal: User, officer_client: Client
    ) -> None:
        bad, middling = severe(school_a, "Severe"), child(school_a, r"/\ /\ /\ /\ II " * 10, "Persistent")
        factories.refresh(school_a, today=TODAY)
        holiday = notice_things.on_holiday(school_a, "Noticed")
        [notice] = notice_things.issued(contact_a, legal, holiday, school_a, factories.make_parent(holiday))
        notice_things.served(notice, legal, day=dt.date(2026, 10, 30))
        case = make_case(bad, school_a, officer=officer)
        plan = make_plan(case, review=dt.date(2026, 11, 16))
        action = PlanAction.objects.create(plan=plan, what="Breakfast club", owner="school", due=TODAY)
        actions.close_action(by=contact_a, today=TODAY, now=clock.now(), action=action, outcome="done")
        call = make_task(school_a, bad, kind=Task.Kind.FIRST_DAY_CALL, due=dt.date(2026, 11, 19), title="Ring home")
        rows = list(work_of(officer).values())
        told = [(row.group, row.title) for row in rows if row.group <= Group.OVERDUE]
        assert [group for group, _ in told] == [Group.LEGAL, Group.SEVERE, Group.SAFEGUARDING, Group.REPLIES, Group.OVERDUE]
        assert [title for _, title in told] == [
            f"Ash Noticed: Prosecute or withdraw {notice.reference}, unless it is paid".replace("Ash", "Robin"),
            "Ash Severe: severe absence; penalty notice threshold",
            "Ash Severe: Ring home",
            "Ash Severe: Breakfast club",
            "Ash Severe: review the plan",
        ]
        assert not [row for row in rows if "Persistent" in row.title]
        home = said(officer_client.get("/"))
        assert "Alder High School has it to do; it was due on 19 November 2026, 1 day ago." in home
        assert "Carys Alder of Alder High School said on 20 November 2026: done." in home
        assert "64 of 80" in home
        assert middling.flags.filter(code="persistent_absence").exists()
        assert reverse("task", args=[call.pk]) in officer_client.get("/").content.decode()

    def test_twenty_five_on_the_home_the_rest_by_kind_a_link_away(self, school_a: School, officer: User, officer_client: Client) -> None:
        for number in range(30):
            make_task(school_a, side=Task.Side.OFFICER, kind=Task.Kind.OTHER, due=dt.date(2026, 11, 10), title=f"Step {number}")
        make_task(school_a, kind=Task.Kind.SAFEGUARDING, due=dt.date(2026, 11, 19))
        home = officer_client.get("/").content.decode()
        assert home.count('name="row"') == 25
        assert f'href="/officers/{officer.pk}/work/">And 6 more</a>' in home
        whole = officer_client.get(reverse("work", args=[officer.pk]), {"kind": "overdue"}).content.decode()
        assert whole.count('name="row"') == 30
        assert "Safeguarding: 1" in whole

    def test_an_officer_reads_their_own_list_a_manager_everybody_s(
        self, school_a: School, officer: User, manager_client: Client, stranger_client: Client, legal_client: Client
    ) -> None:
        make_task(school_a, due=dt.date(2026, 11, 10), title="Tell her social worker")
        address = reverse("work", args=[officer.pk])
        assert "Work of Olive Officer today" in said(manager_client.get(address))
        assert "Tell her social worker" in said(manager_client.get(address))
        assert stranger_client.get(address).status_code == 404
        page = legal_client.get(address).content.decode()
        assert "Tell her social worker" in page
        assert "Dismiss" not in page

    def test_a_child_who_went_on_to_another_officer_s_school_is_that_officer_s(
        self, school_a: School, school_b: School, officer: User, stranger: User, officer_client: Client
    ) -> None:
        factories.post(stranger, school_b)
        went, stayed = severe(school_a, "Went"), severe(school_a, "Stayed")
        Enrolment.objects.filter(pupil=went).update(end=dt.date(2026, 11, 13))
        factories.enrol(went, school_b, start=dt.date(2026, 11, 16))
        factories.refresh(school_a, school_b, today=TODAY)
        open_ones = Flag.objects.open().filter(code="severe_absence").values_list("pupil", flat=True)
        assert set(open_ones) == {went.pk, stayed.pk}
        assert f"pupil:{went.pk}" in work_of(stranger)
        assert {f"pupil:{one.pk}" for one in (went, stayed)} & set(work_of(officer)) == {f"pupil:{stayed.pk}"}
        listed = said(officer_client.get(reverse("pupils_at_risk"), {"flag": "severe_absence", "q": "Went"}))
        assert "Birch Primary School" in listed  # the officer still sees the child, and where it is
        assert "on no roll" not in listed

    def test_a_school_reads_its_tasks_on_its_home(self, school_a: School, contact_a_client: Client, contact_b_client: Client) -> None:
        make_task(school_a, due=dt.date(2026, 11, 10), title="Tell her social worker")
        assert "Tell her social worker Overdue, was due Tue 10 Nov 2026" in said(contact_a_client.get("/"))
        assert "Tell her social worker" not in said(contact_b_client.get("/"))


class TestDismissing:
    def test_with_a_reason_and_back_when_it_is_worse_naming_what_changed(
        self, school_a: School, officer: User, officer_client: Client
    ) -> None:
        pupil = severe(school_a)
        factories.refresh(school_a, today=TODAY)
        key = f"pupil:{pupil.pk}"
        form = said(officer_client.get(f"{reverse('work_dismiss', args=[officer.pk])}?{chosen(key)}"))
        assert "Ash Teal: severe absence; penalty notice threshold: 64 of 80 sessions missed" in form
        answer = dismiss(officer_client, officer, key, reason="school_leads", **until(dt.date(2026, 12, 18)))
        assert "1 line dismissed" in said(answer)
        assert key not in work_of(officer)
        hidden = said(officer_client.get(reverse("work", args=[officer.pk]), {"kind": "dismissed"}))
        assert "the school is leading. Then 64 of 80 sessions missed." in hidden
        later = dt.date(2026, 11, 27)
        factories.write_marks(pupil.enrolments.get(), dt.date(2026, 11, 23), "OO OO OO OO OO")
        factories.refresh(school_a, today=later)
        back = work_of(officer, later)[key].back
        assert back == (
            "Dismissed on 20 November 2026 (the school is leading). Now also: Not started. Then 64 of 80 sessions missed, now 74 of 90."
        )

    def test_it_comes_back_long_after_its_flag_was_new(self, school_a: School, officer: User) -> None:
        pupil = severe(school_a)
        factories.refresh(school_a, today=TODAY)
        row = work_of(officer)[f"pupil:{pupil.pk}"]
        actions.dismiss_rows(by=officer, owner=officer, today=TODAY, now=clock.now(), rows=[row], reason="plan")
        pupil.flags.update(noticed_at=clock.start_of(dt.date(2026, 10, 1)))
        assert row.key not in work_of(officer, dt.date(2027, 2, 11))
        assert "looked at again on 12 February 2027" in work_of(officer, dt.date(2027, 2, 12))[row.key].back

    def test_a_line_with_a_number_comes_back_when_the_number_grows(self, school_a: School, manager: User, manager_client: Client) -> None:
        [first, second] = [child(school_a, "", f"Waits{letter}") for letter in "ab"]
        make_referral(first, school_a)
        make_case(second, school_a)
        dismiss(manager_client, manager, "referrals:", "cases_waiting:")
        assert not {"referrals:", "cases_waiting:"} & set(work_of(manager))
        make_referral(child(school_a, "", "Waitsc"), school_a)
        make_case(child(school_a, "", "Waitsd"), school_a)
        rows = work_of(manager)
        assert rows["referrals:"].back.endswith("Then 1, now 2.")
        assert rows["cases_waiting:"].back.endswith("Then 1, now 2.")

    def test_what_a_manager_s_home_tells_is_on_their_whole_list_and_can_be_dismissed(
        self, school_a: School, manager: User, manager_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        severe(school_a)
        factories.refresh(school_a, today=TODAY)
        told = "1 severely absent child needs a safeguarding consideration"
        assert told in said(manager_client.get("/"))
        whole = reverse("work", args=[manager.pk])
        with django_assert_max_num_queries(15):
            assert told in said(manager_client.get(whole))
        assert "1 line dismissed" in said(dismiss(manager_client, manager, "safeguarding:"))
        for address in ("/", whole):
            assert told not in said(manager_client.get(address))

    def test_somebody_not_back_from_a_visit_comes_first_and_one_visit_s_alarm_hides_no_other(
        self, school_a: School, officer: User, manager: User, manager_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = make_case(severe(school_a), school_a, officer=officer)
        factories.refresh(school_a, today=TODAY)
        given = {"by": officer, "today": TODAY, "now": clock.now(), "case": case, "day": TODAY, "place": "4 Oak Lane"}
        visits.plan_visit(**given, time=dt.time(9), back_by=dt.time(9, 45), known_to=manager)

        def alarms(at: dt.time, day: dt.date = TODAY) -> list[Row]:
            return [row for row in needs.of(manager, today=day, at=at).rows if row.key.startswith("visits:")]

        monkeypatch.setattr(clock, "time_of_day", lambda: dt.time(10))
        [alarm] = alarms(dt.time(10))
        title = "Olive Officer has not checked out of a visit"
        assert title in said(manager_client.get(reverse("officer", args=[manager.pk])))
        rows = needs.of(manager, today=TODAY, at=dt.time(10)).rows
        assert next(row for row in rows if row.group == Group.SAFEGUARDING) == alarm
        dismiss(manager_client, manager, alarm.key, reason="seen")
        assert alarms(dt.time(11)) == []
        visits.plan_visit(**given, time=dt.time(13), back_by=dt.time(14), known_to=manager)
        assert [row.why for row in alarms(dt.time(15))] == ["To be back by 14:00, at 4 Oak Lane."]
        # still not checked out on the next day: both
        assert len(alarms(dt.time(8), TODAY + dt.timedelta(days=1))) == 2

    def test_many_at_once_with_one_reason_sent_twice_is_done_once(self, school_a: School, officer: User, officer_client: Client) -> None:
        tasks = [make_task(school_a, due=dt.date(2026, 11, number)) for number in (9, 10, 11)]
        keys = [f"task:{task.pk}" for task in tasks]
        for _ in range(2):
            assert dismiss(officer_client, officer, *keys, reason="other", words="Rang: all three are done").status_code == 200
        assert Dismissal.objects.standing().count() == 3
        assert AuditEvent.objects.filter(act="Rows dismissed", by=officer).count() == 1
        assert work_of(officer) == {}

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"reason": ""}, "Choose why"),
            ({"reason": "school_leads"}, "Enter the day on which to look again"),
            ({"reason": "school_leads", **until(TODAY)}, "must be after today"),
            ({"reason": "school_leads", **until(dt.date(2027, 6, 1))}, "within 12 weeks"),
            ({"reason": "other", "words": "  "}, "Say why, in words"),
        ],
    )
    def test_without_a_good_reason_nothing_is_dismissed(
        self, fields: dict[str, str], words: str, school_a: School, officer: User, officer_client: Client
    ) -> None:
        task = make_task(school_a, due=dt.date(2026, 11, 9))
        assert words in said(dismiss(officer_client, officer, f"task:{task.pk}", **fields))
        assert not Dismissal.objects.exists()

    def test_what_nobody_can_choose_is_said(self, officer: User, officer_client: Client) -> None:
        assert "Nothing is chosen" in said(officer_client.get(reverse("work_dismiss", args=[officer.pk])))
        assert "no longer on the list" in said(dismiss(officer_client, officer, "task:999999", "nonsense"))

    def test_a_manager_dismisses_for_an_officer_and_the_officer_is_told_who_was_quicker(
        self, school_a: School, officer: User, officer_client: Client, manager_client: Client
    ) -> None:
        task = make_task(school_a, due=dt.date(2026, 11, 9))
        assert dismiss(manager_client, officer, f"task:{task.pk}").redirect_chain[0][0] == reverse("work", args=[officer.pk])
        answer = said(dismiss(officer_client, officer, f"task:{task.pk}", reason="seen"))
        assert "Mani Manager dismissed “Tell the social worker”" in answer
        assert Dismissal.objects.standing().get().reason == "plan"

    def test_put_back(self, school_a: School, officer: User, officer_client: Client, stranger_client: Client) -> None:
        task = make_task(school_a, due=dt.date(2026, 11, 9))
        key = f"task:{task.pk}"
        dismiss(officer_client, officer, key)
        address = reverse("work_put_back", args=[officer.pk])
        assert stranger_client.post(address, {"row": key}).status_code == 404
        for _ in range(2):
            assert officer_client.post(address, {"row": key}).status_code == 302
        assert key in work_of(officer)
        assert AuditEvent.objects.filter(act="Row put back").count() == 1
        assert officer_client.post(address, {"row": "\0"}).status_code == 302  # nonsense puts nothing back

    def test_wrong_people_dismiss_nothing(
        self, school_a: School, officer: User, contact_a_client: Client, legal_client: Client, stranger_client: Client
    ) -> None:
        task = make_task(school_a, due=dt.date(2026, 11, 9))
        statuses = [dismiss(client, officer, f"task:{task.pk}").status_code for client in (contact_a_client, legal_client, stranger_client)]
        assert statuses == [403, 403, 404]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_dismiss_one_row_at_once_one_does_and_the_other_is_told(officer: User, manager: User) -> None:
    row = Row("task:1", Group.OVERDUE, "Ring home", "Because.", measure=Measure(42, 80))
    begin, found = threading.Barrier(2), {}

    def act(by: User) -> Callable[[], None]:
        def run() -> None:
            begin.wait(timeout=30)
            found[by.pk] = actions.dismiss_rows(by=by, owner=officer, today=TODAY, now=clock.now(), rows=[row], reason="plan")
            connection.close()

        return run

    threads = [threading.Thread(target=act(by)) for by in (officer, manager)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    results: list[DismissedRows] = sorted(found.values(), key=lambda done: done.count)
    assert [done.count for done in results] == [0, 1]
    assert len(results[0].others) == 1
    assert Dismissal.objects.standing().count() == 1


def test_the_home_and_the_list_ask_few_questions(
    school_a: School, officer: User, officer_client: Client, manager_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(6):
        severe(school_a, f"Severe{'abcdef'[number]}")
        make_task(school_a, due=dt.date(2026, 11, 9))
    factories.refresh(school_a, today=TODAY)
    keys = list(work_of(officer))
    dismiss(officer_client, officer, *keys[:4])
    for client, address in (
        (officer_client, "/"), (officer_client, reverse("work", args=[officer.pk])), (manager_client, reverse("work", args=[officer.pk])),
        (officer_client, f"{reverse('work_dismiss', args=[officer.pk])}?{chosen(*keys[4:])}"),
    ):  # fmt: skip
        client.get(address)
        with django_assert_max_num_queries(15):
            assert client.get(address).status_code == 200
