"""Rates every school for a term from its registers, and keeps what a manager made of a rating.

A rating is of the year to date: at the term's end, or as of today while the term lasts. A school's own figures are cut to the
weeks that England's figures at the same point of last year cover (attendance.rag decides, attendance.reports.national knows).
Rating again replaces what was worked out (the former state stays in the history) and keeps what was moderated.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.clock import LONDON
from accounts.models import User
from attendance import matrix, rag
from attendance.actions import ring
from attendance.models import Moderation, Rating, RatingRun
from attendance.rag import Bands, Before, England, Own, Severe, Verdict
from attendance.reports import coverage, rated
from attendance.reports.national import YEAR, Comparators, comparators
from attendance.reports.rated import Sessions, YearBefore
from schools.dfe_terms import bounds
from schools.models import PolicyValue, School
from schools.policy import RATING, Policy

log = logging.getLogger("daymark.ratings")
_LOCK = 7303  # one writer of ratings at a time
_ATTEMPTS = 3
_TRIED_ENOUGH = "This was begun three times and ended each time before it was done. No rating was changed. Tell whoever runs Daymark."
_WENT_WRONG = (
    "Something went wrong while the schools were rated. No rating was changed. Try again; if it happens again, tell whoever runs Daymark."
)
_LATE = dt.timedelta(weeks=3)  # longer than the holidays after which a term may end
TASK = "daymark.rate_schools"
Progress = Callable[[str, int, int], None]


class RatingProblem(ValueError):
    """Why schools cannot be rated, or a rating not moderated, so; in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def quiet(step: str, done: int, total: int) -> None:
    """For whoever does not watch."""


def term_of(day: dt.date) -> tuple[int, int]:
    """Academic year and term (1 to 3) that hold `day`."""
    year = matrix.academic_year(day)
    return year, next(term for term in Rating.Term.values if day <= bounds(year, term)[1])


def terms_begun(today: dt.date, *, years: int = 2) -> list[tuple[int, int]]:
    """The terms of this year and the one before that have begun, oldest first."""
    year = matrix.academic_year(today)
    return [(y, term) for y in range(year - years + 1, year + 1) for term in Rating.Term.values if bounds(y, term)[0] <= today]


@dataclass(frozen=True, slots=True)
class Above:
    """What is known of a school only to whoever rates it: plans and meetings are no business of registers."""

    severe: Severe | None  # None: not known
    beside: tuple[tuple[str, str], ...] = ()  # (name, sentence) that stand beside the colour


class KnownAbove(Protocol):
    """Facts of schools on a day of a term, by school; one that is not told of is left out."""

    def __call__(self, schools: Sequence[School], *, year: int, term: int, as_at: dt.date) -> Mapping[int, Above]: ...


def nothing_above(schools: Sequence[School], *, year: int, term: int, as_at: dt.date) -> Mapping[int, Above]:
    """For whoever rates by registers alone."""
    return {}


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: Verdict
    own: Own | None = None
    england: England | None = None
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class _Judging:
    """By what the schools of a term are judged."""

    year: int
    as_at: dt.date
    bands: Bands
    england: Comparators
    before: YearBefore


def _judge(school: School, sessions: Sessions | None, by: _Judging, severe: Severe | None) -> _Judged:
    judged = _compared(school, sessions, by, severe)
    if judged.england is None and severe is not None:  # not rated, and what is known beside absence is said all the same
        bare = Own(by.as_at, by.as_at, 0, 0, 0)
        return replace(
            judged, verdict=replace(judged.verdict, contributions=rag.contributions(bare, by.bands.moving_nothing(), None, severe))
        )
    return judged


def _compared(school: School, sessions: Sessions | None, by: _Judging, severe: Severe | None) -> _Judged:
    year, as_at = by.year, by.as_at
    if never := rag.no_comparator(school.phase, independent=school.independent):
        return _Judged(rag.not_rated(never))
    latest = sessions.latest(year, as_at) if sessions else None
    if sessions is None or latest is None:
        return _Judged(rag.not_rated(f"Not rated, no registers: none has come for {_year_name(year)} up to {_day(as_at)}."))
    england = by.england.same_point(school.phase, _point(latest, as_at))
    if england is None:
        return _Judged(rag.not_rated(_nothing_to_compare(by.england.through_the_year(school.phase, year - 1), year)))
    own = sessions.between(year, england.first + YEAR, england.last + YEAR)
    before = by.before.same_weeks(school.pk, england.first, england.last, sessions.weeks(year, own.first, own.last))
    verdict = rag.rate(own, england, by.bands, before, severe)
    if as_at - latest > _LATE:
        verdict = replace(verdict, reasons=(*verdict.reasons, f"Registers have come only up to {_day(latest)}."))
    return _Judged(verdict, own, england, before)


def _point(latest: dt.date, as_at: dt.date) -> dt.date:
    """The Friday up to which a school's weeks are whole: published figures end on Fridays, a school's term may not."""
    friday = latest + dt.timedelta(days=4 - latest.weekday())
    return friday if latest >= friday or as_at > friday else friday - dt.timedelta(weeks=1)


def _nothing_to_compare(known: Sequence[England], year: int) -> str:
    if not known:
        return f"Not rated: England’s figures through {_year_name(year - 1)} are not held, so there is nothing to compare with."
    return (
        f"Not rated yet: England’s first figures of last year are those to {_day(known[0].last)}, and the school’s registers do "
        f"not reach to that point of this year ({_day(known[0].last + YEAR)})."
    )


def _year_name(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def hold_ratings() -> None:
    """Until the transaction ends nobody else rates schools, publishes ratings or sets the values they are made by."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def rate(
    *,
    by: User | None,
    year: int,
    term: int,
    today: dt.date,
    now: dt.datetime,
    progress: Progress = quiet,
    above: KnownAbove = nothing_above,
) -> list[Rating]:
    """Rate every school that was open on the day judged: today, or the term's last if that is earlier. Done twice, it changes nothing.

    As many queries for one school as for all.
    """
    first, last = bounds(year, term)
    if today < first:
        raise RatingProblem(f"The {Rating.Term(term).label.lower()} term of {_year_name(year)} begins on {_day(first)}.", "term")
    as_at = min(today, last)
    hold_ratings()
    schools = list(School.objects.open_on(as_at).order_by("sort_name", "pk"))
    policy = PolicyValue.objects.in_force(as_at)
    ids = [school.pk for school in schools]
    sent = coverage.sent(ids, today=as_at, year=year)
    judging = _Judging(year, as_at, bands_of(policy), comparators(), YearBefore(ids, year))
    progress("Reading the registers", 0, 0)
    found_sessions = dict(rated.sessions(year, ids, sent, as_at=as_at, school_days=policy["n_school_days"]))
    at = now.astimezone(LONDON).time() if as_at == today else dt.time(23, 59)
    quality = rated.quality(schools, found_sessions, sent, as_at=as_at, at=at, policy=policy)
    told = above(schools, year=year, term=term, as_at=as_at)
    held = {rating.school_id: rating for rating in Rating.objects.select_for_update().filter(year=year, term=term, school__in=schools)}
    new, changed = [], []
    for number, school in enumerate(schools):
        progress("Rating schools", number, len(schools))
        ours = told.get(school.pk)
        severe = ours.severe if ours else None
        found = _fields(_judge(school, found_sessions.get(school.pk), judging, severe)) | {
            "beside": [list(line) for line in (*(ours.beside if ours else ()), *quality[school.pk])],
            "severe": severe.pupils if severe else None,
            "severe_without_plan": severe.without_plan if severe else None,
            "as_at": as_at,
            "bands": {key: policy[key] for key in RATING},
            "policy_version": policy.version,
        }
        rating = held.get(school.pk)
        if rating is None:
            held[school.pk] = Rating(school=school, year=year, term=term, rated_at=now, colour_now=found["colour"], **found)
            new.append(held[school.pk])
        elif any(getattr(rating, name) != value for name, value in found.items()):
            _renew(rating, found, now)
            changed.append(rating)
    Rating.objects.bulk_create(new)
    Rating.objects.bulk_update(changed, [*_FIELDS, "colour_now", "rated_at", "version"])
    audit.record("Schools rated", by=by, count=len(schools), year=year, term=term, as_at=as_at.isoformat(), changed=len(new) + len(changed))
    return [held[school.pk] for school in schools]


_FIELDS = (
    "colour", "band", "reasons", "contributions", "beside", "first", "last", "possible", "absent", "school_days", "before_possible",
    "before_absent", "severe", "severe_without_plan", "national_pct", "national_first", "national_last", "national_published",
    "national_source", "as_at", "bands", "policy_version",
)  # fmt: skip


def bands_of(values: Mapping[str, int] | Policy) -> Bands:
    """The rule's values, out of a policy or of those that a rating kept."""
    red, amber, least, trend, severe = (
        "rag_red_tenths", "rag_amber_tenths", "rag_least_days", "rag_trend_tenths", "rag_severe_pupils",
    )  # fmt: skip
    return Bands(values[red], values[amber], values[least], values[trend], values[severe])


def _fields(judged: _Judged) -> dict[str, Any]:
    own, england = judged.own, judged.england
    before = judged.before if judged.before and judged.before.known else None
    return {
        "colour": judged.verdict.colour,
        "band": judged.verdict.band,
        "reasons": list(judged.verdict.reasons),
        "contributions": [[one.name, one.words, one.moves] for one in judged.verdict.contributions],
        "before_possible": before.possible if before else None,
        "before_absent": before.absent if before else None,
        "first": own.first if own else None,
        "last": own.last if own else None,
        "possible": own.possible if own else 0,
        "absent": own.absent if own else 0,
        "school_days": own.school_days if own else 0,
        "national_pct": england.absence_pct if england else None,
        "national_first": england.first if england else None,
        "national_last": england.last if england else None,
        "national_published": england.published if england else None,
        "national_source": england.source if england else "",
    }


def _renew(rating: Rating, found: dict[str, Any], now: dt.datetime) -> None:
    for name, value in found.items():
        setattr(rating, name, value)
    rating.colour_now = rating.moderated or rating.colour
    rating.rated_at, rating.version = now, rating.version + 1


@transaction.atomic
def ask_for_ratings(
    *, by: User | None, today: dt.date, now: dt.datetime, year: int | None = None, term: int | None = None, in_background: bool = True
) -> RatingRun:
    """Have every school rated for a term, this one if none is named. One that is on its way already is not asked for twice."""
    if year is None or term is None:
        year, term = term_of(today)
    first, _ = bounds(year, term)
    if today < first:
        raise RatingProblem(f"The {Rating.Term(term).label.lower()} term of {_year_name(year)} begins on {_day(first)}.", "term")
    try:
        with transaction.atomic():
            run = RatingRun.objects.create(year=year, term=term, by=by, asked_at=now)
    except IntegrityError:
        return RatingRun.objects.get(year=year, term=term, status__in=RatingRun.BUSY)
    audit.record("Ratings asked for", by=by, subject=run)
    if in_background:
        ring(TASK, run.pk)
    return run


def rate_schools(
    run_id: int, *, today: dt.date, now: dt.datetime, progress: Progress = quiet, above: KnownAbove = nothing_above
) -> RatingRun | None:
    """Do a run that was asked for; None where it is done, or in other hands. The row is held for as long as the work lasts."""
    busy = RatingRun.objects.filter(pk=run_id, status__in=RatingRun.BUSY)
    with transaction.atomic():
        run = busy.select_for_update(skip_locked=True).first()
        if run is None:
            return None
        run.status, run.attempts = RatingRun.Status.RUNNING, run.attempts + 1
        run.save(update_fields=["status", "attempts"])
    try:
        with transaction.atomic():
            run = busy.select_for_update(of=("self",), skip_locked=True).select_related("by").first()
            if run is None:
                return None
            if run.attempts > _ATTEMPTS:
                return _end(run, now, error=_TRIED_ENOUGH)
            ratings = rate(by=run.by, year=run.year, term=run.term, today=today, now=now, progress=progress, above=above)
            run.total, run.changed = len(ratings), sum(rating.rated_at == now for rating in ratings)
            return _end(run, now)
    except Exception:
        log.exception("Ratings of run %s were not finished", run_id)
        return _end(RatingRun.objects.get(pk=run_id), now, error=_WENT_WRONG)


def _end(run: RatingRun, now: dt.datetime, *, error: str = "") -> RatingRun:
    run.status = RatingRun.Status.FAILED if error else RatingRun.Status.DONE
    run.error, run.finished_at = error, now
    run.save(update_fields=["status", "error", "finished_at", "total", "changed"])
    return run


def forgotten_runs() -> list[int]:
    """Runs that should be at work and that nobody holds: a message was lost, or a worker killed."""
    with transaction.atomic():
        waiting = RatingRun.objects.filter(status__in=RatingRun.BUSY).order_by("pk")
        return list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))


@transaction.atomic
def moderate(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    rating: Rating,
    colour: str,
    reason: str,
    words: str,
    version: int | None = None,
    form_token: uuid.UUID | None = None,
) -> Rating:
    """Put a person's colour in the place of the one worked out. `version`: that of the rating as it was when the form was made."""
    rating = Rating.objects.select_for_update(of=("self",)).select_related("school").get(pk=rating.pk)
    sent = Moderation.objects.filter(form_token=form_token).first() if form_token else None
    if sent and sent.rating_id == rating.pk:
        return rating
    if sent:
        raise RatingProblem("This form was sent for another rating already. Nothing was saved: open this page anew and fill it in.")
    if version is not None and version != rating.version:
        raise RatingProblem(_changed_since(rating))
    if reason not in Moderation.Reason.values:
        raise RatingProblem("Choose why the rating is changed", "reason")
    if not words.strip():
        raise RatingProblem("Say in your own words why the rating is changed: it stands beside the figures for ever", "words")
    if colour not in Rating.Colour.values:
        raise RatingProblem("Choose a rating", "colour")
    if colour == rating.colour_now:
        raise RatingProblem(f"This school is rated {rating.get_colour_now_display().lower()} already. Choose another rating.", "colour")
    Moderation.objects.create(
        rating=rating, computed=rating.colour, colour=colour, reason=reason, words=words.strip(), by=by, at=now, form_token=form_token
    )
    before = rating.colour_now
    rating.moderated = rating.colour_now = colour
    rating.version += 1
    rating.save(update_fields=["moderated", "colour_now", "version"])
    audit.record("Rating moderated", by=by, subject=rating, before=before, colour=colour, reason=reason)
    return rating


def _changed_since(rating: Rating) -> str:
    latest = rating.moderations.select_related("by").order_by("-at", "-pk").first()
    if latest is not None and latest.at >= rating.rated_at:
        who, when = latest.by.name if latest.by else audit.COMMAND, latest.at
    else:
        who, when = "A new run of ratings", rating.rated_at
    at = when.astimezone(LONDON)
    return f"{who} changed this rating at {at:%H:%M} on {_day(at.date())}. Nothing of yours was saved: look at it and try again."
