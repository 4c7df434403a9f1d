"""Two people at the same moment, in two real transactions: one closes the case, the other is told; one form sent twice writes once."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts import clock
from accounts.models import User
from casework import actions
from casework.actions import CaseProblem
from casework.models import Case, Contact, Entry, Plan, PlanAction
from meetings.actions import decide_item
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.flows.meeting_things import planned, raise_flag

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return pupil


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Each act in its own thread and transaction, begun together; what each gave or how it was refused."""
    begin, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            begin.wait(timeout=30)
            found[place] = act()
        except CaseProblem as problem:
            found[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


def test_of_two_who_close_a_case_one_does_and_the_other_is_told(pupil: Pupil, school_a: School, officer: User, manager: User) -> None:
    case = make_case(pupil, school_a, officer=officer)

    def close(by: User, outcome: str) -> Callable[[], object]:
        return lambda: actions.close_case(by=by, today=TODAY, now=clock.now(), case=case, outcome=outcome, version=1)

    found = at_once(close(officer, "moved"), close(manager, "improved"))
    refused = [one for one in found if isinstance(one, CaseProblem)]
    assert len(refused) == 1
    case.refresh_from_db()
    assert case.closed_by is not None
    assert f"{case.closed_by} closed this case at " in str(refused[0])
    assert f"“{case.get_outcome_display()}”" in str(refused[0])
    assert Entry.objects.filter(kind="closed").count() == 1


def test_whoever_waits_for_a_closing_sees_it(pupil: Pupil, school_a: School, officer: User, manager: User) -> None:
    """The second asks while the first has not committed: it must wait, and then know."""
    case = make_case(pupil, school_a, officer=officer)
    closed, found = threading.Event(), []

    def second() -> None:
        closed.wait(timeout=30)
        try:
            actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words="Too late.")
        except CaseProblem as problem:
            found.append(str(problem))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        actions.close_case(by=manager, today=TODAY, now=clock.now(), case=case, outcome="improved")
        closed.set()
        thread.join(timeout=1)  # it waits for the row, for as long as this transaction lasts
        assert thread.is_alive()
    thread.join(timeout=30)
    assert len(found) == 1
    assert "Mani Manager closed this case" in found[0]


def test_a_form_sent_twice_at_once_writes_once(pupil: Pupil, school_a: School, officer: User) -> None:
    case = make_case(pupil, school_a, officer=officer)
    make_plan(case)
    calls, asked = uuid.uuid4(), uuid.uuid4()
    call = {"by": officer, "today": TODAY, "case": case, "day": TODAY, "kind": "phone", "result": "spoke", "form_token": calls}
    found = at_once(*[lambda: actions.record_contact(now=clock.now(), **call)] * 3)
    assert {type(one) for one in found} == {Contact}
    assert len({one.pk for one in found if isinstance(one, Contact)}) == 1
    plan = {"by": officer, "today": TODAY, "case": case, "what": "Gate duty", "owner": "school", "due": TODAY, "form_token": asked}
    found = at_once(*[lambda: actions.add_action(now=clock.now(), **plan)] * 3)
    assert {type(one) for one in found} == {PlanAction}
    assert (Contact.objects.count(), PlanAction.objects.count()) == (1, 1)


def test_a_plan_sent_twice_at_once_is_agreed_and_reviewed_once(pupil: Pupil, school_a: School, officer: User) -> None:
    """The second sending is of an older version by then, and still no quarrel with oneself."""
    case = make_case(pupil, school_a, officer=officer)
    asked = {"by": officer, "today": TODAY, "case": case, "version": 1, "form_token": uuid.uuid4(), "review": dt.date(2026, 12, 11)}
    asked |= {"kind": "support", "barrier": "sleep", "lead": "school"}
    found = at_once(*[lambda: actions.make_plan(now=clock.now(), **asked)] * 2)
    assert {type(one) for one in found} == {Plan}
    assert (Plan.objects.count(), Entry.objects.filter(kind="plan").count()) == (1, 1)
    looked = {"by": officer, "today": TODAY, "case": case, "version": 2, "form_token": uuid.uuid4(), "result": "end"}
    found = at_once(*[lambda: actions.review_plan(now=clock.now(), **looked)] * 2)
    assert {type(one) for one in found} == {Plan}
    assert Entry.objects.filter(kind="plan").count() == 2


def test_of_two_who_open_a_case_both_have_the_one(pupil: Pupil, school_a: School, officer: User, manager: User) -> None:
    def opening(by: User) -> Callable[[], object]:
        return lambda: actions.open_case(
            by=by, today=TODAY, now=clock.now(), pupil=pupil, school=school_a, origin=Case.Origin.OFFICER, reason=Case.Reason.EBSA
        )

    found = [one for one in at_once(opening(officer), opening(manager)) if isinstance(one, tuple)]
    assert sorted(new for _, new in found) == [False, True]
    assert Case.objects.count() == 1
    assert Entry.objects.filter(kind="opened").count() == 1


def test_a_case_opened_from_a_meeting_and_from_a_flag_at_once_is_one(pupil: Pupil, school_a: School, officer: User, manager: User) -> None:
    flag = raise_flag(pupil, "severe_absence")
    item = planned(school_a, officer, TODAY).items.get()

    def decide() -> object:
        return decide_item(by=officer, today=TODAY, now=clock.now(), item=item, decision="case", version=1)

    def open_it() -> object:
        return actions.open_case(
            by=manager, today=TODAY, now=clock.now(), pupil=pupil, school=school_a, origin="flag", reason="severe_absence", flag=flag
        )

    assert all(isinstance(one, tuple) for one in at_once(decide, open_it))
    case = Case.objects.get()
    item.refresh_from_db()
    assert (item.case, item.decision) == (case, "case")
    assert case.entries.filter(kind="opened").count() == 1
