"""Registers with so many sessions missed, rated as the background does it; and a manager who changes a rating."""

from __future__ import annotations

import datetime as dt

from accounts import clock
from accounts.models import User
from attendance import ratings
from attendance.models import Rating, RatingRun
from config import tasks
from schools.models import Enrolment, School
from tests import factories

MONDAY = dt.date(2026, 9, 7)  # England's figures of last year begin on Monday 8 September 2025
WEEKS = 11  # to Friday 20 November 2026, as England's to 21 November 2025: secondary 7.28%, primary 4.66%


def attend(school: School, absent: int, *, pupils: int = 10, weeks: int = WEEKS, start: dt.date = MONDAY) -> list[Enrolment]:
    """A register of `pupils` x 10 sessions x `weeks`, of which `absent` sessions are missed."""
    found = []
    for _ in range(pupils):
        enrolment = factories.enrol(factories.make_pupil(), school, start=dt.date(2025, 9, 1))
        missed = min(absent, 10 * weeks)
        absent -= missed
        factories.write_marks(enrolment, start, "I" * missed + "/" * (10 * weeks - missed))
        found.append(enrolment)
    return found


def run(today: dt.date, by: User | None = None, *, year: int = 2026, term: int = 1) -> dict[int, Rating]:
    """By URN: every school rated as the background does it."""
    asked = ratings.ask_for_ratings(by=by, today=today, now=clock.now(), year=year, term=term)
    tasks.rate_schools(asked.pk)
    asked.refresh_from_db()
    assert asked.status == RatingRun.Status.DONE, asked.error
    return {rating.school.urn: rating for rating in Rating.objects.filter(year=year, term=term).select_related("school")}


def moderate(rating: Rating, by: User, **asked: object) -> Rating:
    fields = {"colour": "green", "reason": "event", "words": "A norovirus closed two year groups."} | asked
    return ratings.moderate(by=by, today=clock.today(), now=clock.now(), rating=rating, **fields)  # type: ignore[arg-type]
