"""Ratings of every school for each term that has begun, and the few that a manager moderated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from attendance import publishing, ratings
from attendance.models import Moderation, Rating
from config.demo.dates import ONE, monday_on_or_after
from config.demo.work.cast import Cast
from dashboards import rating_facts
from schools.dfe_terms import bounds
from schools.models import School

Colour, Reason = Rating.Colour, Moderation.Reason

_LIKELY = 3  # ratings of which a wish takes one
_ANY = (School.Phase.PRIMARY, School.Phase.SECONDARY, School.Phase.SPECIAL)


class _Wish(NamedTuple):
    """What a manager made of a rating, and why; `small`: it is said of a school with few pupils."""

    before: str
    after: str
    reason: str
    words: str
    phases: tuple[str, ...] = _ANY
    small: bool = False


_MODERATED = (
    _Wish(
        Colour.RED,
        Colour.AMBER,
        Reason.FEW_PUPILS,
        "One large family with chickenpox and two children taught in hospital weigh on so small a roll.",
        small=True,
    ),
    _Wish(Colour.AMBER, Colour.RED, Reason.ENGAGEMENT, "The policy promised for September has not come, and calls are not returned."),
    _Wish(Colour.AMBER, Colour.GREEN, Reason.EVENT, "A sickness bug went round in October. The difference is no more than that."),
    _Wish(
        Colour.GREEN,
        Colour.AMBER,
        Reason.WORSENING,
        "The head of year tells us that years 10 and 11 are slipping; the younger years hide it.",
        (School.Phase.SECONDARY,),
    ),
    _Wish(
        Colour.RED, Colour.AMBER, Reason.PROGRESS, "First-day calling and Friday meetings with families began in October and are kept up."
    ),
)


def picks(rng: np.random.Generator) -> list[int]:
    """For each moderation, which of the likeliest ratings it is."""
    return [int(rng.integers(_LIKELY)) for _ in _MODERATED]


def rate_every_term(cast: Cast, chosen: Sequence[int]) -> int:
    """As the Monday run after each term's end would have, and published; the running term as of now. Returns how many were moderated."""
    made: list[Rating] = []
    for year, term in ratings.terms_begun(cast.today):
        last = bounds(year, term)[1]
        done = min(monday_on_or_after(last + ONE), cast.today)
        made = ratings.rate(
            by=None, year=year, term=term, today=min(done, cast.today), now=cast.moment(done, 5.05), above=rating_facts.above
        )
        if last < cast.today:  # a term that is over was told to the schools
            seen = publishing.preview(year, term).seen
            publishing.publish(by=cast.manager, now=min(cast.moment(done, 11.2), cast.now), year=year, term=term, seen=seen)
    return _moderate(made, cast, chosen)


def _moderate(made: list[Rating], cast: Cast, chosen: Sequence[int]) -> int:
    """Some days of this term after the first run, by the manager."""
    count, taken = 0, set[int]()
    for wish, pick in zip(_MODERATED, chosen, strict=True):
        found = [
            rating for rating in made if rating.colour == wish.before and rating.pk not in taken and rating.school.phase in wish.phases
        ]
        if not found:
            continue
        likely = sorted(found, key=lambda rating: (_doubt(rating, wish), rating.pk))[:_LIKELY]
        rating = likely[pick % len(likely)]
        taken.add(rating.pk)
        at: dt.datetime = max(rating.rated_at, min(cast.moment(cast.today, 9.5 + count * 0.3), cast.now))
        Moderation.objects.create(
            rating=rating, computed=wish.before, colour=wish.after, reason=wish.reason, words=wish.words, by=cast.manager, at=at
        )
        rating.moderated = rating.colour_now = wish.after
        rating.version += 1
        rating.save(update_fields=["moderated", "colour_now", "version"])
        count += 1
    return count


def _doubt(rating: Rating, wish: _Wish) -> float:
    """How unlikely a manager is to change this rating: one far from the line between two colours is left as it is."""
    line = 1.0 if Colour.RED in (wish.before, wish.after) else 0.0
    return abs((rating.apart or 0.0) - line) + (rating.possible / 10_000 if wish.small else 0.0)
