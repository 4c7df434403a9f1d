"""Shows the ratings of a term to the schools, in one act that is looked at before; and takes that back, with a reason.

What is told is copied as it stands: a run of the next Monday changes what officers see, and not what schools were told. A
moderation made afterwards is shown beside it, with its day and reason: a person's word does not wait for the next publication.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from attendance.models import Moderation, Publication, PublishedRating, Rating
from attendance.ratings import RatingProblem, hold_ratings


@dataclass(frozen=True, slots=True)
class Row:
    """What one school would be told. `told`: what it is told now, None where nothing."""

    rating: Rating
    moderation: Moderation | None
    told: PublishedRating | None

    @property
    def differs(self) -> bool:
        told = self.told
        return told is None or any(getattr(told, name) != value for name, value in _shown(self.rating, self.moderation).items())


@dataclass(frozen=True, slots=True)
class Preview:
    """What every school would be told of a term. `seen` names just this state: publishing asks for it."""

    rows: list[Row]
    stands: Publication | None
    seen: str

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        found = Counter(row.rating.colour_now for row in self.rows)
        return [(colour, label, found[colour]) for colour, label in Rating.Colour.choices]

    @property
    def differ(self) -> int:
        return sum(row.differs for row in self.rows)


def preview(year: int, term: int) -> Preview:
    """Four queries."""
    return _preview(Rating.objects.filter(year=year, term=term), year, term)


def _preview(ratings: QuerySet[Rating], year: int, term: int) -> Preview:
    found = list(ratings.select_related("school").order_by("school__sort_name", "pk"))
    stands = standing(year, term)
    told = {row.rating_id: row for row in stands.ratings.select_related("moderation")} if stands else {}
    latest: dict[int, Moderation] = {}
    for moderation in Moderation.objects.filter(rating__year=year, rating__term=term).order_by("at", "pk"):
        latest[moderation.rating_id] = moderation
    rows = [Row(rating, latest.get(rating.pk) if rating.moderated else None, told.get(rating.pk)) for rating in found]
    return Preview(rows, stands, seen(found))


def standing(year: int, term: int) -> Publication | None:
    """What schools see of a term now."""
    return Publication.objects.select_related("by").filter(year=year, term=term, end="").first()


def seen(ratings: Iterable[Rating], *more: object) -> str:
    """A name for the state of these ratings (and of whatever else was looked at): another state has another."""
    state = sorted((rating.pk, rating.version) for rating in ratings)
    return hashlib.sha256(repr((state, more)).encode()).hexdigest()[:32]


@transaction.atomic
def publish(*, by: User, now: dt.datetime, year: int, term: int, seen: str, form_token: uuid.UUID | None = None) -> Publication:
    """Tell every school its rating of the term, as the manager has `seen` it; in the place of what was told before."""
    hold_ratings()
    sent = Publication.objects.filter(form_token=form_token).first() if form_token else None
    if sent:
        return sent
    found = _preview(Rating.objects.filter(year=year, term=term).select_for_update(of=("self",)), year, term)
    if not found.rows:
        raise RatingProblem("No school has been rated for this term yet, so there is nothing to publish.")
    if seen != found.seen:
        raise RatingProblem(
            "Ratings have changed since you looked. Nothing was published: look at them as they are now, and publish again."
        )
    if not found.differ:
        raise RatingProblem("Schools see exactly this already. Nothing was published anew.")
    if found.stands:
        _end(found.stands, Publication.End.REPLACED, by=by, now=now)
    publication = Publication.objects.create(year=year, term=term, by=by, at=now, form_token=form_token)
    PublishedRating.objects.bulk_create(
        PublishedRating(publication=publication, rating=row.rating, **_shown(row.rating, row.moderation)) for row in found.rows
    )
    audit.record("Ratings published", by=by, subject=publication, year=year, term=term, count=len(found.rows), changed=found.differ)
    return publication


def _shown(rating: Rating, moderation: Moderation | None) -> dict[str, Any]:
    same = ("colour", "colour_now", "reasons", "contributions", "beside", "as_at", "policy_version")
    return {name: getattr(rating, name) for name in same} | {"moderation": moderation}


@transaction.atomic
def take_back(*, by: User, now: dt.datetime, publication: Publication, reason: str) -> Publication:
    """Schools see these ratings no longer. That they were told, and why it was taken back, is kept."""
    publication = Publication.objects.select_for_update().get(pk=publication.pk)
    if not reason.strip():
        raise RatingProblem("Say why the ratings are taken back", "reason")
    if publication.end:
        raise RatingProblem(f"This is no longer published: {publication.get_end_display().lower()}.")
    _end(publication, Publication.End.TAKEN_BACK, by=by, now=now, reason=reason.strip())
    audit.record("Ratings taken back", by=by, subject=publication, reason=publication.reason)
    return publication


def _end(publication: Publication, end: Publication.End, *, by: User, now: dt.datetime, reason: str = "") -> None:
    publication.end, publication.ended_at, publication.ended_by, publication.reason = end, now, by, reason
    publication.save(update_fields=["end", "ended_at", "ended_by", "reason"])
