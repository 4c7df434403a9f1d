"""Tasks through the doors: opened once, seen by whom they concern, completed or dropped with words, kept in step with their source."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from casework import actions
from casework.actions import TaskProblem, ToDo
from casework.models import Entry, Task
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_task

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
DONE = {"day_day": "20", "day_month": "11", "day_year": "2026", "words": "Rang her."}


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return pupil


def at(task: Task) -> str:
    return reverse("task", args=[task.pk])


class TestWhoSeesWhich:
    def test_a_school_sees_what_it_has_itself_to_do_an_officer_what_concerns_their_schools(
        self, school_a: School, school_b: School, pupil: Pupil, officer: User, contact_a: User, manager: User, stranger: User, staff_a: User
    ) -> None:
        theirs, other = make_task(school_a, pupil), make_task(school_b)
        ours = make_task(school_a, pupil, side=Task.Side.OFFICER)
        seen = {user: set(Task.objects.visible_to(user)) for user in (officer, contact_a, manager, stranger, staff_a)}
        assert seen == {officer: {theirs, ours}, contact_a: {theirs}, manager: {theirs, other, ours}, stranger: set(), staff_a: set()}

    def test_the_language_of_tasks(self, school_a: School, school_b: School) -> None:
        late, due = make_task(school_a, due=dt.date(2026, 11, 19)), make_task(school_a, due=TODAY)
        elsewhere = make_task(school_b, due=dt.date(2026, 11, 1))
        assert set(Task.objects.open().overdue(TODAY)) == {late, elsewhere}
        assert set(Task.objects.due_by(TODAY).for_school(school_a)) == {late, due}


class TestCompleting:
    def test_a_school_says_what_came_of_it_in_its_own_login(
        self, contact_a_client: Client, contact_a: User, school_a: School, pupil: Pupil
    ) -> None:
        task = make_task(school_a, pupil, case=make_case(pupil, school_a))
        page = contact_a_client.get(reverse("tasks")).content.decode()
        assert "Tell the social worker" in page
        assert "Working together" in contact_a_client.get(at(task)).content.decode()
        assert contact_a_client.post(at(task), DONE)["Location"] == at(task)
        task.refresh_from_db()
        assert (task.ended, task.ended_by, task.ending, task.outcome) == (TODAY, contact_a, "done", "Rang her.")
        assert Entry.objects.get(kind=Entry.Kind.ACTION).shared
        assert AuditEvent.objects.filter(act="Task completed", subject_id=task.pk).count() == 1

    def test_the_form_sent_twice_completes_once_another_is_told_who_was_quicker(
        self, contact_a_client: Client, officer_client: Client, school_a: School
    ) -> None:
        task = make_task(school_a)
        contact_a_client.post(at(task), DONE)
        assert contact_a_client.post(at(task), DONE).status_code == 302
        said = officer_client.post(at(task), DONE | {"words": "Something else"}).content.decode()
        assert "Carys Alder ended this task on 20 November 2026: done. Nothing of yours was saved." in said
        assert AuditEvent.objects.filter(act="Task completed").count() == 1

    def test_nothing_said_a_day_to_come_and_a_wrong_year_are_refused(self, contact_a_client: Client, school_a: School) -> None:
        task = make_task(school_a)
        assert "Enter what was done" in contact_a_client.post(at(task), DONE | {"words": "  "}).content.decode()
        for changed, words in (({"day_day": "21"}, "cannot be after today"), ({"day_year": "2016"}, "check the year")):
            assert words in contact_a_client.post(at(task), DONE | changed).content.decode()
        assert Task.objects.open().count() == 1

    def test_what_is_a_role_s_only_that_role_and_the_team_complete(
        self, legal: User, contact_a: User, officer: User, school_a: School
    ) -> None:
        task = make_task(school_a, side=Task.Side.ROLE, role="legal", by_hand=False)
        assert task.is_of(legal)
        assert not task.is_of(contact_a)
        with pytest.raises(TaskProblem, match="ends by itself"):
            actions.complete_task(by=legal, today=TODAY, now=clock.now(), task=task, words="Done")
        done = actions.complete_task(by=legal, today=TODAY, now=clock.now(), task=task, words="Done", recorded=True)
        assert done.ended == TODAY

    def test_legal_says_nothing_for_a_school(self, legal_client: Client, school_a: School) -> None:
        task = make_task(school_a)
        assert "Alder High School has this to do" in legal_client.post(at(task), DONE).content.decode()

    def test_dropped_with_a_reason_by_the_team_only(self, officer_client: Client, contact_a_client: Client, school_a: School) -> None:
        task = make_task(school_a)
        address = reverse("task_drop", args=[task.pk])
        assert contact_a_client.post(address, {"words": "Not ours"}).status_code == 403
        assert "Enter why it is no longer needed" in officer_client.post(address, {"words": ""}).content.decode()
        assert officer_client.post(address, {"words": "Moved to Leeds"}).status_code == 302
        task.refresh_from_db()
        assert (task.ending, task.outcome) == ("dropped", "Moved to Leeds")


class TestKept:
    def keep(self, *wanted: ToDo) -> int:
        standing = Task.objects.filter(source_key__startswith="test:")
        return actions.keep_tasks(by=None, today=TODAY, now=clock.now(), standing=standing, wanted=wanted, over="Settled.")

    @pytest.fixture
    def todo(self, school_a: School) -> ToDo:
        return ToDo("test:1", Task.Kind.OTHER, "Look at it", "Because.", TODAY, Task.Side.OFFICER, school_id=school_a.pk)

    def test_opened_once_moved_dropped_and_open_again(self, todo: ToDo, django_assert_num_queries: Any) -> None:
        assert self.keep(todo) == 1
        with django_assert_num_queries(4):  # with the savepoint
            assert self.keep(todo) == 0
        assert self.keep(replace(todo, due=dt.date(2026, 11, 30))) == 1
        task = Task.objects.get()
        assert task.due == dt.date(2026, 11, 30)
        assert self.keep() == 1
        task.refresh_from_db()
        assert (task.ended, task.ending, task.outcome, task.ended_by) == (TODAY, "dropped", "Settled.", None)
        assert self.keep(todo) == 1
        assert Task.objects.open().get().due == TODAY

    def test_what_a_person_ended_stays_ended(self, todo: ToDo, officer: User) -> None:
        self.keep(todo)
        actions.drop_task(by=officer, today=TODAY, now=clock.now(), task=Task.objects.get(), words="Not needed")
        assert self.keep(todo) == 0
        assert not Task.objects.open().exists()

    def test_opening_twice_opens_once(self, school_a: School) -> None:
        first, again = make_task(school_a, source_key="test:7"), make_task(school_a, source_key="test:7", title="Another")
        assert (first, again.title, Task.objects.count()) == (again, "Tell the social worker", 1)


def test_the_list_asks_few_questions(officer_client: Client, school_a: School, pupil: Pupil, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        make_task(school_a, pupil, due=dt.date(2026, 11, 1) + dt.timedelta(days=number))
    with django_assert_max_num_queries(15):
        page = officer_client.get(reverse("tasks"), {"state": "overdue"}).content.decode()
    assert "19 tasks" in page
    assert "No task matches" in officer_client.get(reverse("tasks"), {"kind": "joint_enquiry"}).content.decode()
    assert officer_client.get(reverse("tasks"), {"state": "nonsense", "school": "x"}).status_code == 200
