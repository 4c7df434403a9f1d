"""Ratings of every school for each term that has begun, and the few that a manager moderated."""

from __future__ import annotations

import datetime as dt

import numpy as np

from attendance import ratings
from attendance.models import Moderation, Rating
from config.demo.dates import ONE, monday_on_or_after
from config.demo.work.cast import Cast
from schools.dfe_terms import bounds

Colour, Reason = Rating.Colour, Moderation.Reason

# what a manager made of it: from, to, why
_MODERATED = (
    (
        Colour.RED,
        Colour.AMBER,
        Reason.FEW_PUPILS,
        "Three pupils in hospital account for the difference; without them the school is at England’s level.",
    ),
    (Colour.AMBER, Colour.RED, Reason.ENGAGEMENT, "Two meetings put off and actions of last term not begun."),
    (Colour.AMBER, Colour.GREEN, Reason.EVENT, "A week of norovirus in October, seen in the illness codes; the weeks around it are good."),
    (Colour.GREEN, Colour.AMBER, Reason.WORSENING, "Unauthorised absence in years 10 and 11 is rising fast; the younger years hide it."),
    (Colour.RED, Colour.AMBER, Reason.PROGRESS, "Every week since the meeting was better than the one before."),
)


def rate_every_term(cast: Cast, rng: np.random.Generator) -> int:
    """As the Monday run after each term's end would have, the running term as of now. Returns how many were moderated."""
    made: list[Rating] = []
    for year, term in ratings.terms_begun(cast.today):
        last = bounds(year, term)[1]
        done = min(monday_on_or_after(last + ONE), cast.today)
        made = ratings.rate(by=None, year=year, term=term, today=min(done, cast.today), now=cast.moment(done, 5.05))
    return _moderate(made, cast, rng)


def _moderate(made: list[Rating], cast: Cast, rng: np.random.Generator) -> int:
    """Some days of this term after the first run, by the manager."""
    count, taken = 0, set[int]()
    for before, after, reason, words in _MODERATED:
        found = [rating for rating in made if rating.colour == before and rating.pk not in taken]
        if not found:
            continue
        rating = found[int(rng.integers(len(found)))]
        taken.add(rating.pk)
        at: dt.datetime = max(rating.rated_at, min(cast.moment(cast.today, 9.5 + count * 0.3), cast.now))
        Moderation.objects.create(rating=rating, computed=before, colour=after, reason=reason, words=words, by=cast.manager, at=at)
        rating.moderated = rating.colour_now = after
        rating.version += 1
        rating.save(update_fields=["moderated", "colour_now", "version"])
        count += 1
    return count
