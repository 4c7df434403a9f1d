"""What goes wrong between a provider and a register: withdrawn schools, a wrong token, two rounds at once, a crash in between."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from attendance.feeds import connect, keeping, lease, sync
from attendance.feeds.schedule import Round
from attendance.models import Connection, Cursor, Extract, Feed, Fetch, Load
from config import pipeline, tasks
from schools.models import School
from tests.feeds import stub as stubs
from tests.feeds.conftest import Clock, Fetching, asking
from tests.feeds.stub import Stub, mark, status, student
from tests.feeds.test_sync import ANNA, FRIDAY, MORNING, marks_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(stub: Stub) -> None:
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"))
    stub.add("A1", "attendance/session", mark(1, 1, FRIDAY, "AM", "/", MORNING))


def test_a_school_that_withdraws_is_said_to_and_asked_no_more(fetch: Fetching, one: None, stub: Stub, feed: Feed):
    stub.forbidden.add("A1")
    failed = fetch("night")
    assert "no longer lets us read this school" in failed.problem
    feed.refresh_from_db()
    assert (feed.state, feed.last_success_at) == ("revoked", None)
    assert sync.forgotten(now=dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)) == []


def test_a_wrong_token_is_said_on_the_connection_too(fetch: Fetching, one: None, stub: Stub, feed: Feed):
    stub.misbehave("students", status(401))
    assert "does not accept the token" in fetch("night").problem
    assert "does not accept the token" in Connection.objects.get().error
    feed.refresh_from_db()
    assert (feed.state, feed.failures) == ("approved", 1)


def test_after_a_failure_it_rests_and_a_success_clears_the_words(fetch: Fetching, one: None, stub: Stub, watch: Clock, feed: Feed):
    stub.misbehave("students", status(429, Retry_After="7200"))
    fetch("night")
    feed.refresh_from_db()
    assert feed.next_due_at is not None
    assert feed.next_due_at >= watch.at + dt.timedelta(seconds=7190)
    assert sync.forgotten(now=watch.at) == []
    fetch("night")
    feed.refresh_from_db()
    assert (feed.last_error, feed.failures) == ("", 0)


def test_one_schools_failure_does_not_stop_anothers(fetch: Fetching, one: None, stub: Stub, feed: Feed, school_b: School, capsys: Any):
    stub.add_school("B1", school_b.urn)
    stub.add("B1", "attendance-codes", *stubs.codes())
    stub.add("B1", "students", student(5, "T999900126003", "Birch", "Ben"))
    stub.add("B1", "attendance/session", mark(50, 5, FRIDAY, "AM", "I", MORNING))
    Feed.objects.create(provider="wonde", remote_id="B1", urn=school_b.urn, school=school_b, domain=stub.netloc, state="approved")
    stub.forbidden.add("A1")
    with pytest.raises(CommandError, match="1 of 2 feeds failed"):
        call_command("sync_feed")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["Alder High School (999801)", "Birch Primary School (999802)"]
    assert "not fetched" in lines[0]
    assert "1 marks, 0 taken back" in lines[1]
    assert marks_of("T999900126003", FRIDAY) == "I-"


def test_a_crash_between_keeping_and_loading_loses_nothing(fetch: Fetching, one: None, today: dt.date):
    done = fetch("night", load=False)
    assert done.extract is not None
    assert Load.objects.count() == 0
    assert pipeline.forgotten() == [done.extract.pk]  # the sweep takes it up
    pipeline.carry_out(done.extract.pk, today=today)
    assert marks_of(ANNA, FRIDAY) == "/-"


def test_a_crash_while_keeping_moves_no_cursor(fetch: Fetching, one: None, monkeypatch: pytest.MonkeyPatch, feed: Feed):
    def crash(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("attendance.feeds.sync.days.remember", crash)
    with pytest.raises(MemoryError), transaction.atomic():
        fetch("night")
    assert not Cursor.objects.exists()
    assert not Extract.objects.exists()
    monkeypatch.undo()
    fetch("night")
    assert marks_of(ANNA, FRIDAY) == "/-"


def test_a_round_that_was_rung_for_twice_is_fetched_once(one: None, stub: Stub, feed: Feed, watch: Clock, today: dt.date):
    def ring() -> sync.Synced | None:
        opened = lambda token: asking(stub, watch, token)  # noqa: E731
        return sync.sync(feed.pk, Round.NIGHT, today=today, moment=watch.now, open_client=opened, only_if_due=True)

    assert ring() is not None
    asked = len(stub.asked)
    assert ring() is None
    assert len(stub.asked) == asked


@pytest.mark.django_db(transaction=True)
def test_two_rounds_of_one_school_at_once_are_one(one: None, stub: Stub, feed: Feed, watch: Clock, today: dt.date):
    """The second finds the school held by another database session and leaves; nothing is asked twice."""
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with lease.holding(feed.pk) as mine:
                assert mine
                held.set()
                go.wait(30)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(30)
    try:
        again = sync.sync(feed.pk, Round.NIGHT, today=today, moment=watch.now, open_client=lambda token: asking(stub, watch, token))
        assert lease.held() == {feed.pk}
        assert sync.forgotten(now=watch.at) == []
    finally:
        go.set()
        other.join()
    assert again is None
    assert stub.asked == []


def test_a_paused_feed_asks_nothing(one: None, stub: Stub, feed: Feed, watch: Clock, today: dt.date):
    Feed.objects.update(state="paused")
    assert sync.sync(feed.pk, Round.DAY, today=today, moment=watch.now, open_client=lambda token: asking(stub, watch, token)) is None
    assert stub.asked == []


def test_the_clock_rings_for_feeds_that_are_due(one: None, feed: Feed, monkeypatch: pytest.MonkeyPatch):
    rung: list[tuple[str, list[Any]]] = []
    monkeypatch.setattr("config.tasks.current_app.send_task", lambda task, args, retry: rung.append((task, args)))
    monkeypatch.setattr("config.tasks._not_rung_lately", lambda task, args: True)
    tasks.ring_feeds()
    assert rung == [("daymark.sync_feed", [feed.pk, "night"])]


def test_old_answers_that_changed_nothing_are_dropped_and_others_stay(fetch: Fetching, one: None, stub: Stub, watch: Clock):
    first = fetch("night")
    watch.at += dt.timedelta(minutes=15)
    fetch("day")
    watch.at += dt.timedelta(days=1)
    same = fetch("night")
    assert first.extract is not None
    assert same.extract is not None
    assert keeping.drop_old(now=watch.at) == 0
    names = [fetch.stored for fetch in Fetch.objects.order_by("pk")]
    with transaction.atomic():
        dropped = keeping.drop_old(now=watch.at + dt.timedelta(days=31))
    assert dropped == 2
    first.extract.refresh_from_db()
    same.extract.refresh_from_db()
    assert default_storage.exists(names[0])
    assert (first.extract.stored, same.extract.stored) == (names[0], "")
    assert Fetch.objects.count() == 2  # the round without news is gone with its answers


def test_a_school_no_longer_offered_is_withdrawn_and_one_offered_again_waits_to_be_switched_on(
    feed: Feed, stub: Stub, today: dt.date, watch: Clock
):
    offered = stub.schools.copy()
    stub.schools.clear()
    stub.pending.append({"id": "P1", "name": "Pending School", "urn": "999999", "region": {"domain": stub.netloc}})
    connect.refresh_offers(by=None, today=today, now=watch.at)
    assert set(Feed.objects.values_list("remote_id", "state")) == {("A1", "revoked"), ("P1", "pending")}
    stub.schools.extend(offered)
    connect.refresh_offers(by=None, today=today, now=watch.at)
    feed.refresh_from_db()
    assert feed.state == "offered"
