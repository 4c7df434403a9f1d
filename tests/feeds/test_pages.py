"""The feeds pages: connect, switch a school on, see how it goes. The provider is a server on loopback."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, User
from attendance import sourcing
from attendance.feeds import connect
from attendance.models import Connection, Feed
from schools.models import School
from tests.factories import make_school
from tests.feeds.conftest import Fetching
from tests.feeds.stub import TOKEN, Stub, mark, status, student
from tests.feeds.test_sync import ANNA, FRIDAY, MORNING, marks_of

pytestmark = pytest.mark.django_db


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_without_a_provider_the_page_says_what_to_do(manager_client: Client):
    page = text(manager_client, "/feeds/")
    assert "No provider is connected yet" in page
    assert 'href="/feeds/connect/"' in page


def test_a_token_is_tried_kept_encrypted_and_brings_the_schools(
    manager_client: Client, stub: Stub, wonde_settings: None, school_a: School, settings: Any
):
    stub.add_school("A1", school_a.urn)
    stub.add_school("A2", 123456, name="Far Away School")
    stub.pending.append({"id": "A3", "name": "Slow School", "urn": None, "region": {"domain": stub.netloc}})
    refused = manager_client.post("/feeds/connect/", {"token": "wrong"}).content.decode()
    assert "does not accept the token" in refused
    stub.misbehave("schools", status(503, Retry_After="7200"))
    later = manager_client.post("/feeds/connect/", {"token": TOKEN}).content.decode()
    assert "The token was not kept: try again in a few minutes" in later
    assert "by itself" not in later  # without a token nothing is
    assert not Connection.objects.exists()
    assert manager_client.post("/feeds/connect/", {"token": TOKEN}).status_code == 302
    kept = Connection.objects.get()
    assert TOKEN not in kept.token
    assert connect.token_of("wonde") == TOKEN
    page = text(manager_client, "/feeds/")
    for words in ("Alder High School", "Ready to switch on", "URN 123456 is not known to Daymark", "Waiting for the school"):
        assert words in page
    assert TOKEN not in page
    assert TOKEN not in str(list(AuditEvent.objects.values()))
    settings.SECRET_KEY = "another"
    with pytest.raises(connect.secrets.Unreadable):
        connect.token_of("wonde")


def test_a_school_is_switched_on_paused_and_on_again(manager_client: Client, feed: Feed, rung: list[Any]):
    Feed.objects.update(state="offered")
    assert "Switch on" in text(manager_client, f"/feeds/{feed.pk}/")
    for act, state in (("begin", "approved"), ("begin", "approved"), ("pause", "paused"), ("begin", "approved")):
        manager_client.post(f"/feeds/{feed.pk}/{act}/")
        feed.refresh_from_db()
        assert feed.state == state
    acts = AuditEvent.objects.filter(act__startswith="Live feed").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["Live feed switched on", "Live feed paused", "Live feed switched on"]
    assert rung == [["daymark.sync_feed", feed.pk, "night", True]] * 2


def test_a_school_that_became_an_academy_goes_on_under_its_new_urn(manager_client: Client, feed: Feed, rung: list[Any]):
    academy = make_school("Alder Academy", urn=999899)
    Feed.objects.update(urn=academy.urn, swept_on=FRIDAY)
    assert "Wonde now calls it URN 999899" in text(manager_client, f"/feeds/{feed.pk}/")
    manager_client.post(f"/feeds/{feed.pk}/pause/")
    manager_client.post(f"/feeds/{feed.pk}/begin/")
    feed.refresh_from_db()
    assert (feed.school, feed.swept_on) == (academy, None)


def test_a_feed_beside_uploads_says_that_it_is_only_compared(
    manager_client: Client, manager: User, fetch: Fetching, stub: Stub, feed: Feed, school_a: School, today: dt.date
):
    assert "This feed’s, once it has brought" in text(manager_client, f"/feeds/{feed.pk}/")
    start, now = dt.date(2026, 11, 1), dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    sourcing.choose_source(by=manager, today=today, now=now, school=school_a, source="upload", start=start, reason="Trial")
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"))
    stub.add("A1", "attendance/session", mark(1, 1, FRIDAY, "AM", "/", MORNING))
    fetch("night")
    assert marks_of(ANNA, FRIDAY) == "--"
    page = text(manager_client, f"/feeds/{feed.pk}/")
    assert "Uploaded files: what this feed brings is compared with them and changes no mark" in page
    sourcing.choose_source(by=manager, today=today, now=now, school=school_a, source="wonde", start=start, reason="It works")
    fetch("night")
    assert marks_of(ANNA, FRIDAY) == "/-"
    assert 'Whose marks count</dt><dd class="govuk-summary-list__value">This feed’s.' in text(manager_client, f"/feeds/{feed.pk}/")


def test_fetch_now_rings_and_is_refused_where_it_is_paused(manager_client: Client, feed: Feed, rung: list[Any]):
    manager_client.post(f"/feeds/{feed.pk}/fetch/")
    assert rung == [["daymark.sync_feed", feed.pk, "night", True]]
    Feed.objects.update(state="paused")
    answer = manager_client.post(f"/feeds/{feed.pk}/fetch/", follow=True).content.decode()
    assert "not switched on, so nothing was fetched" in answer
    assert len(rung) == 1


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    rung: list[Any] = []
    monkeypatch.setattr("attendance.feeds.connect.ring_for", lambda *said: rung.append(list(said)))
    return rung


def test_what_a_feed_brought_and_what_went_wrong_are_listed(
    manager_client: Client, administrator_client: Client, contact_a_client: Client, fetch: Fetching, stub: Stub, feed: Feed
):
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"), student(2, None, "Birch", "Ben"))
    stub.add("A1", "attendance/session", mark(1, 1, FRIDAY, "AM", "/", MORNING))
    fetch("night")
    stub.misbehave("attendance-codes", status(404))
    fetch("day")
    page = text(manager_client, f"/feeds/{feed.pk}/")
    for words in ("1 mark</a>", "no longer lets us read this school", "Access withdrawn", "Ben Birch has no UPN yet"):
        assert words in page
    shown = text(administrator_client, f"/feeds/{feed.pk}/")
    assert "Birch" not in shown  # administrators see no child
    assert "an attendance manager sees what and why" in shown
    extracts = text(contact_a_client, "/schools/999801/extracts/")
    assert "wonde-999801-" in extracts
    assert "from the school’s live feed" in extracts
    assert "it has withdrawn its access" in extracts
    assert "/feeds/" not in extracts
    Feed.objects.update(state="approved")
    assert "The school’s own system is read through Wonde: last on" in text(manager_client, "/schools/999801/extracts/")


def test_a_list_of_many_schools_asks_the_database_as_little(manager_client: Client, feed: Feed):
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(manager_client, "/feeds/")
        return len(queries)

    asked()
    few = asked()
    for number in range(20):
        school = make_school()
        Feed.objects.create(provider="wonde", remote_id=f"X{number}", name=school.name, urn=school.urn, school=school)
    assert asked() == few


def test_disconnecting_forgets_the_token_and_pauses(manager_client: Client, feed: Feed):
    manager_client.post("/feeds/disconnect/")
    feed.refresh_from_db()
    assert (Connection.objects.count(), feed.state) == (0, "paused")
