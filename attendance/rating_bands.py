"""The authority's own values of the rating rule: what they would change is seen before they are set."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from attendance import publishing, rag
from attendance.models import Rating
from attendance.rag import Bands, Before, Own, Severe
from attendance.ratings import RatingProblem, bands_of, hold_ratings
from schools import policy
from schools.actions.authority import set_policy_value
from schools.models import PolicyValue


@dataclass(frozen=True, slots=True)
class Change:
    """A school whose worked-out colour would be another. One that was moderated keeps the moderated colour."""

    rating: Rating
    after: str

    @property
    def after_word(self) -> str:
        return str(Rating.Colour(self.after).label)


@dataclass(frozen=True, slots=True)
class Preview:
    """What other values would make of the latest term that was rated. `seen` names just this; setting the values asks for it."""

    term_name: str  # "": nothing has been rated yet
    of: int
    changes: list[Change]
    seen: str

    @property
    def moderated(self) -> int:
        return sum(bool(change.rating.moderated) for change in self.changes)

    @property
    def ways(self) -> list[tuple[Rating.Colour, Rating.Colour, int]]:
        """From which colour to which, and how many schools; the most frequent first."""
        found = Counter((Rating.Colour(change.rating.colour), Rating.Colour(change.after)) for change in self.changes)
        return [(before, after, number) for (before, after), number in found.most_common()]


def colour_by(rating: Rating, bands: Bands) -> str:
    """What a rating would be by other bands, from the figures it kept: the rule itself, no register read again."""
    if rating.national_pct is None or rating.first is None or rating.last is None:
        return rating.colour
    own = Own(rating.first, rating.last, rating.possible, rating.absent, rating.school_days)
    band = rag.band_of(own, rating.national_pct, bands)
    if band == rag.NOT_RATED:
        return band
    before = None
    if rating.before_possible is not None and rating.before_absent is not None:
        before = Before(rating.first, rating.last, rating.before_possible, rating.before_absent, 1, 1)  # it was comparable
    severe = None
    if rating.severe is not None and rating.severe_without_plan is not None:
        severe = Severe(rating.severe, rating.severe_without_plan)
    return rag.moved(band, rag.moving(own, bands, before, severe))


def preview(values: Mapping[str, int], start: dt.date) -> Preview:
    """By the ratings as they stand: two queries."""
    newest = Rating.objects.order_by("-year", "-term").first()
    found: list[Rating] = []
    if newest:
        found = list(Rating.objects.filter(year=newest.year, term=newest.term).select_related("school").order_by("school__sort_name", "pk"))
    bands = bands_of(values)
    changes = [Change(rating, after) for rating in found if (after := colour_by(rating, bands)) != rating.colour]
    state = publishing.seen(found, sorted(values.items()), start)
    return Preview(newest.term_name if newest else "", len(found), changes, state)


def check(values: Mapping[str, int], start: dt.date, *, today: dt.date) -> list[str]:
    """Which of the values are new on that day; a problem in words where they cannot be set so."""
    if start < today:
        raise RatingProblem("Enter today or a later day: ratings made already keep the values they were made by", "start")
    if values["rag_amber_tenths"] > values["rag_red_tenths"]:
        raise RatingProblem("Amber cannot begin further from England’s figure than red", "rag_amber_tenths")
    held = PolicyValue.objects.in_force(start)
    changed = [key for key in policy.RATING if values[key] != held[key]]
    if not changed:
        raise RatingProblem(f"These are the values of {start.day} {start:%B %Y} already. Change one of them.")
    return changed


@transaction.atomic
def set_values(
    *, by: User, today: dt.date, now: dt.datetime, values: Mapping[str, int], start: dt.date, reason: str, seen: str
) -> list[PolicyValue]:
    """Set those values that are new, from a day on, as the manager has `seen` what they change. The next ratings use them."""
    hold_ratings()
    changed = check(values, start, today=today)
    if seen != preview(values, start).seen:
        raise RatingProblem("Nothing was set: look first at what these values would change, then set them.")
    return [set_policy_value(by=by, today=today, now=now, key=key, value=values[key], start=start, reason=reason) for key in changed]
