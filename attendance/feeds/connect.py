"""What people do with feeds: give a token, see which schools are offered, switch one on, pause it, fetch now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction

from accounts import audit, secrets
from accounts.models import User
from attendance.actions import ring_for
from attendance.imports import wonde_rows
from attendance.imports.wonde import FeedProblem, Page, Wonde, WrongToken
from attendance.imports.wonde_rows import OfferedSchool
from attendance.models import Connection, Feed
from schools.models import School

PURPOSE = "feed token"
WONDE = Connection.Provider.WONDE


class FeedRefused(ValueError):
    """Why something was not done with a feed, in words for whoever asked."""


def open_client(token: str) -> Wonde:
    return Wonde(token, base=settings.WONDE_BASE, hosts=tuple(settings.WONDE_HOSTS), timeout=settings.WONDE_TIMEOUT)


def open_client_for_page(token: str) -> Wonde:
    """For whoever waits before a page: two tries, no long waits."""
    client = open_client(token)
    client.tries, client.timeout = 2, min(client.timeout, 10.0)
    return client


def token_of(provider: str) -> str:
    """Raises `WrongToken` where there is none, `secrets.Unreadable` where it cannot be read any more."""
    connection = Connection.objects.filter(provider=provider).first()
    if connection is None:
        raise WrongToken("No token has been given. Connect the provider on the feeds page.")
    return secrets.decrypt(connection.token, purpose=PURPOSE)


def connect(*, by: User, today: dt.date, now: dt.datetime, token: str) -> Connection:
    """Try a token and keep it. Raises `FeedProblem` where the provider does not take it; nothing is kept then."""
    with open_client_for_page(token) as client:
        offered, pending = _offered(client)
    with transaction.atomic():
        connection, fresh = Connection.objects.update_or_create(
            provider=WONDE,
            defaults={
                "token": secrets.encrypt(token, purpose=PURPOSE),
                "connected_at": now,
                "connected_by": by,
                "asked_at": now,
                "error": "",
            },
        )
        audit.record("Live feed connected" if fresh else "Live feed token changed", by=by, subject=connection, schools=len(offered))
        _note_offers(offered, pending)
        Feed.objects.filter(provider=WONDE, failures__gt=0).update(next_due_at=None, failures=0)
    return connection


@transaction.atomic
def disconnect(*, by: User, today: dt.date) -> None:
    """Forget the token. What was fetched stays; feeds that were fetching are paused."""
    connection = Connection.objects.select_for_update().filter(provider=WONDE).first()
    if connection is None:
        return
    Feed.objects.filter(provider=WONDE, state=Feed.State.APPROVED).update(state=Feed.State.PAUSED)
    audit.record("Live feed disconnected", by=by, subject=connection)
    connection.delete()


def refresh_offers(*, by: User | None, today: dt.date, now: dt.datetime, for_page: bool = False) -> None:
    """Ask which schools let us read them. Raises `FeedProblem`, having said so on the connection."""
    try:
        with (open_client_for_page if for_page else open_client)(token_of(WONDE)) as client:
            offered, pending = _offered(client)
    except (FeedProblem, secrets.Unreadable) as problem:
        Connection.objects.filter(provider=WONDE).update(error=str(problem))
        raise
    with transaction.atomic():
        Connection.objects.filter(provider=WONDE).update(asked_at=now, error="")
        _note_offers(offered, pending)


def _offered(client: Wonde) -> tuple[list[OfferedSchool], list[OfferedSchool]]:
    def read(pages: Iterator[Page]) -> list[OfferedSchool]:
        return [one for page in pages for row in page.rows if (one := wonde_rows.school(row)) is not None]

    return read(client.schools()), read(client.pending_schools())


def _note_offers(offered: list[OfferedSchool], pending: list[OfferedSchool]) -> None:
    """The provider's lists as they are now. What a person has switched on or paused stays so for as long as it is offered."""
    held = {feed.remote_id: feed for feed in Feed.objects.select_for_update().filter(provider=WONDE)}
    urns = {one.urn for one in (*offered, *pending) if one.urn is not None}
    schools = School.objects.in_bulk(urns, field_name="urn")
    told: set[str] = set()
    for one, state in [*((one, Feed.State.PENDING) for one in pending), *((one, Feed.State.OFFERED) for one in offered)]:
        feed = held.get(one.remote_id) or Feed(provider=WONDE, remote_id=one.remote_id, state=state)
        held[one.remote_id] = feed
        told.add(one.remote_id)
        feed.name, feed.urn, feed.domain = one.name, one.urn, one.domain
        in_use = feed.state in (Feed.State.APPROVED, Feed.State.PAUSED)
        if not in_use:
            feed.school = schools.get(one.urn) if one.urn is not None else None
        if state == Feed.State.PENDING or not in_use:
            feed.state = state
        feed.save()
    for remote_id, feed in held.items():
        if remote_id not in told and feed.state != Feed.State.REVOKED:
            feed.state = Feed.State.REVOKED
            feed.save(update_fields=["state"])


@transaction.atomic
def begin(*, by: User, today: dt.date, feed: Feed) -> Feed:
    """Switch a school's feed on, or on again: its roll and the last 30 days are fetched first.

    A school that has become an academy meanwhile has another URN: the feed goes on under that.
    """
    feed = Feed.objects.select_for_update(of=("self",)).select_related("school").get(pk=feed.pk)
    now_called = School.objects.filter(urn=feed.urn).first() if feed.urn and feed.state != Feed.State.APPROVED else None
    if now_called is not None and now_called != feed.school:
        feed.school, feed.swept_on = now_called, None
    if feed.school is None:
        raise FeedRefused(f"Daymark knows no school with the URN of {feed.name}. Import the school first, then ask for the list again.")
    if feed.state in (Feed.State.PENDING, Feed.State.REVOKED):
        raise FeedRefused(f"{feed.school} does not let us read it at present. Ask the school to approve access in Wonde.")
    other = Feed.objects.filter(provider=feed.provider, school=feed.school, state__in=[Feed.State.APPROVED, Feed.State.PAUSED])
    if other.exclude(pk=feed.pk).exists():
        raise FeedRefused(f"Another feed of {feed.school} is in use already.")
    if feed.state != Feed.State.APPROVED:
        feed.state, feed.next_due_at, feed.failures, feed.last_error = Feed.State.APPROVED, None, 0, ""
        feed.save()
        audit.record("Live feed switched on", by=by, subject=feed.school, provider=feed.provider)
        ring_for("daymark.sync_feed", feed.pk, "night", True)
    return feed


@transaction.atomic
def pause(*, by: User, today: dt.date, feed: Feed) -> Feed:
    """Fetch nothing until it is switched on again. What was missed is fetched then: cursors stay where they are."""
    feed = Feed.objects.select_for_update(of=("self",)).select_related("school").get(pk=feed.pk)
    if feed.state == Feed.State.APPROVED:
        feed.state = Feed.State.PAUSED
        feed.save(update_fields=["state"])
        audit.record("Live feed paused", by=by, subject=feed.school, provider=feed.provider)
    return feed


@transaction.atomic
def fetch_now(*, by: User, today: dt.date, feed: Feed) -> None:
    """Ring for a whole round at once: the roll and the last 30 days."""
    if feed.state != Feed.State.APPROVED:
        raise FeedRefused("This feed is not switched on, so nothing was fetched.")
    audit.record("Live feed fetched by hand", by=by, subject=feed.school, provider=feed.provider)
    ring_for("daymark.sync_feed", feed.pk, "night", True)
