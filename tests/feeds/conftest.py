"""A provider that runs, and school A's feed from it, switched on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts import secrets
from attendance.feeds import connect, sync
from attendance.feeds.schedule import Round
from attendance.feeds.sync import Synced
from attendance.imports.wonde import Wonde
from attendance.models import Connection, Extract, Feed
from config import pipeline
from schools.models import School
from tests.feeds import stub as stubs
from tests.feeds.stub import TOKEN, Stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    with stubs.running() as running:
        yield running


@dataclass
class Clock:
    """A clock that tests set; each look at it is a second later."""

    at: dt.datetime = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> dt.datetime:
        self.at += dt.timedelta(seconds=1)
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def watch() -> Clock:
    return Clock()


@pytest.fixture
def client(stub: Stub, watch: Clock) -> Iterator[Wonde]:
    with asking(stub, watch) as one:
        yield one


def asking(stub: Stub, watch: Clock, token: str = TOKEN, **more: Any) -> Wonde:
    return Wonde(
        token, base=stub.base, timeout=more.pop("timeout", 5.0), sleep=watch.sleep, chance=lambda: 0.0, now=lambda: watch.at, **more
    )


@pytest.fixture
def wonde_settings(settings: Any, stub: Stub) -> None:
    settings.WONDE_BASE = stub.base
    settings.WONDE_HOSTS = [stub.netloc]
    settings.WONDE_TIMEOUT = 5.0


@pytest.fixture
def feed(school_a: School, stub: Stub, wonde_settings: None) -> Feed:
    stub.add_school("A1", school_a.urn)
    stub.add("A1", "attendance-codes", *stubs.codes())
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    Connection.objects.create(provider="wonde", token=secrets.encrypt(TOKEN, purpose=connect.PURPOSE), connected_at=now)
    return Feed.objects.create(
        provider="wonde", remote_id="A1", name=school_a.name, urn=school_a.urn, school=school_a, domain=stub.netloc, state="approved"
    )


Fetching = Callable[..., Synced]


@pytest.fixture
def fetch(feed: Feed, stub: Stub, watch: Clock, today: dt.date) -> Fetching:
    """`fetch("day")` or `fetch("night")`: a round, and what came is loaded."""

    def fetching(what: str = "day", *, of: Feed = feed, load: bool = True, **more: Any) -> Synced:
        done = sync.sync(
            of.pk,
            Round(what),
            today=today,
            moment=watch.now,
            open_client=lambda token: asking(stub, watch, token, **more),
            in_background=False,
        )
        assert done is not None
        if done.extract and load:
            pipeline.carry_out(done.extract.pk, today=today)
            done.extract.refresh_from_db()
            assert done.extract.status == Extract.Status.LOADED, done.extract.error
        return done

    return fetching
