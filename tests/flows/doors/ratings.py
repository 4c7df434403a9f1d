"""Ratings of schools."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from attendance import publishing, ratings
from attendance.models import PublishedRating
from schools.models import Pupil, School
from tests import factories
from tests.flows.doors import Door

SEE = {"officer", "manager", "legal", "stranger"}

DOORS: dict[str, Door] = {
    "ratings": Door(SEE),
    "ratings_download": Door(SEE, arguments={"form": "csv"}),
    "ratings_run": Door({"manager"}, get=405, post=302),
    "ratings_progress": Door({"manager"}),
    "rating_bands": Door({"manager"}, post=200),
    "ratings_publish": Door({"manager"}, post=200),
    "ratings_take_back": Door({"manager"}, of="publication", post=200),
    "rating_published": Door(SEE | {"contact_a", "contact_b"}, of="told"),
    "rating": Door(SEE, of="rating"),
    "rating_moderate": Door({"manager"}, of="rating", post=200),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything of this app at a school, as the arguments of its address."""
    made = ratings.rate(by=None, year=2026, term=1, today=dt.date(2026, 11, 20), now=clock.now())
    told = PublishedRating.objects.filter(rating__school=school, publication__end="").first()
    if told is None:
        by = factories.make_user("manager")
        publishing.publish(by=by, now=clock.now(), year=2026, term=1, seen=publishing.preview(2026, 1).seen)
        told = PublishedRating.objects.get(rating__school=school, publication__end="")
    return {
        "rating": {"pk": next(rating.pk for rating in made if rating.school_id == school.pk)},
        "told": {"pk": told.pk},
        "publication": {"pk": told.publication_id},
    }
