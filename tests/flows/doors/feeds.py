"""Live feeds."""

from __future__ import annotations

from typing import Any

from attendance.models import Feed
from schools.models import School
from tests.flows.doors import POSTING, Door

DOORS: dict[str, Door] = {
    "feeds": Door(POSTING),
    "feeds_connect": Door(POSTING, post=200),
    "feeds_disconnect": Door(POSTING, get=405, post=302),
    "feeds_refresh": Door(POSTING, get=405, post=302),  # no token has been given: the page says so
    "feed": Door(POSTING, of="feed"),
    "feed_begin": Door(POSTING, of="feed", get=405, post=302),
    "feed_pause": Door(POSTING, of="feed", get=405, post=302),
    "feed_fetch": Door(POSTING, of="feed", get=405, post=302),
}


def things_of(school: School) -> dict[str, dict[str, Any]]:
    feed, _ = Feed.objects.get_or_create(provider="wonde", remote_id=f"A{school.urn}", name=school.name, urn=school.urn, school=school)
    return {"feed": {"pk": feed.pk}}
