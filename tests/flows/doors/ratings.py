"""Ratings of schools."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from attendance import ratings
from schools.models import Pupil, School
from tests.flows.doors import Door

SEE = {"officer", "manager", "legal", "stranger"}

DOORS: dict[str, Door] = {
    "ratings": Door(SEE),
    "ratings_download": Door(SEE, arguments={"form": "csv"}),
    "ratings_run": Door({"manager"}, get=405, post=302),
    "ratings_progress": Door({"manager"}),
    "rating": Door(SEE, of="rating"),
    "rating_moderate": Door({"manager"}, of="rating", post=200),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything of this app at a school, as the arguments of its address."""
    made = ratings.rate(by=None, year=2026, term=1, today=dt.date(2026, 11, 20), now=clock.now())
    return {"rating": {"pk": next(rating.pk for rating in made if rating.school_id == school.pk)}}
