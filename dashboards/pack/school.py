"""The school of a pack: what is known about it beside its figures, read in the same query as the school."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Concat, JSONObject

from attendance.matrix import Session, academic_year, year_end, year_start
from attendance.models import EnrolmentFigures, PublishedRating, Question, Rating, SchoolYear
from attendance.reports import coverage, peers
from dashboards import reports
from dashboards.pack import since
from meetings.models import Meeting
from schools import calendar
from schools.calendar import Span
from schools.models import Characteristic, Closure, Enrolment, School, Term


@dataclass(frozen=True, slots=True)
class Rated:
    """A school's rating as its reader may see it. `told`: as it was published to the school."""

    colour: str
    word: str
    term: str
    reasons: list[str]
    contributions: list[tuple[str, str]]
    as_at: dt.date
    moderated: bool
    told: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question to the school about its registers."""

    what: str
    words: str
    who: str  # "" where it is about nobody alone
    pupil: int | None


@dataclass(frozen=True, slots=True)
class PartTime:
    """A part-time timetable. `start` None: only the register's marks tell of it; `end` None: no end or review is on record."""

    pupil: int
    name: str
    year_group: str
    start: dt.date | None
    end: dt.date | None
    late: bool  # its end has gone by


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody on the roll of a day to come. Where they are now, and how they attend, is told inside the authority only."""

    pupil: int
    name: str
    year_group: str
    start: dt.date
    now_at: str
    missed: int | None
    possible: int | None


def name(pupil: str) -> Concat:
    return Concat(F(f"{pupil}__forename"), Value(" "), F(f"{pupil}__surname"))


def read(pk: int, *, inside: bool, today: dt.date) -> School:
    """One query: the school with its roll, its range of the fortnight, rating, questions, timetables, last meeting and who is to come."""
    schools = reports.with_roll_and_supply(School.objects.filter(pk=pk).select_related("cluster", "trust"), today=today)
    last = Meeting.objects.support().filter(school=OuterRef("pk"), status=Meeting.Status.HELD, day__lte=today).order_by("-day", "-time")
    year = SchoolYear.objects.filter(school=OuterRef("pk"), year=academic_year(today))
    span = JSONObject(start="start", end="end")
    annotated = peers.with_range_of_schools(schools, today=today).annotate(
        seen=Subquery(year.values("seen")[:1]),
        latest=Subquery(year.values("latest")[:1]),
        latest_pm=Subquery(year.values("latest_pm")[:1]),
        term_rows=ArraySubquery(Term.objects.filter(school=OuterRef("pk")).values(row=span)),
        closure_rows=ArraySubquery(Closure.objects.filter(school=OuterRef("pk")).values(row=span)),
        last_rows=ArraySubquery(
            last.values(row=JSONObject(pk="pk", day="day", actions=ArraySubquery(since.actions(year_began(today)))))[:1]
        ),
        rating_rows=ArraySubquery(_ratings() if inside else _told()),
        question_rows=ArraySubquery(_questions(academic_year(today))),
        part_rows=ArraySubquery(_part_time(today)),
        coming_rows=ArraySubquery(_coming(today)),
    )
    found: School = annotated.get()
    return found


def _ratings() -> QuerySet[Any, Any]:
    row = JSONObject(
        colour="colour_now", worked_out="colour", year="year", term="term", reasons="reasons", contributions="contributions", as_at="as_at"
    )
    return Rating.objects.filter(school=OuterRef("pk")).order_by("-year", "-term").values(row=row)[:1]


def _told() -> QuerySet[Any, Any]:
    row = JSONObject(
        colour="shown",
        worked_out="colour",
        year="rating__year",
        term="rating__term",
        reasons="reasons",
        contributions="contributions",
        as_at="as_at",
    )
    standing = PublishedRating.objects.filter(publication__end="", rating__school=OuterRef("pk")).with_colour()
    return standing.order_by("-rating__year", "-rating__term").values(row=row)[:1]


def _questions(year: int) -> QuerySet[Any, Any]:
    row = JSONObject(
        rule="rule", key="key", facts="facts", behind="behind", pupil="enrolment__pupil", who=name("enrolment__pupil"),
    )  # fmt: skip
    return Question.objects.unanswered().filter(school=OuterRef("pk"), year=year).order_by("rule", "asked_at", "pk").values(row=row)


def _part_time(today: dt.date) -> QuerySet[Any, Any]:
    """Those in force, and those whose end went by this school year while no other has begun: both are to be looked at."""
    here = Enrolment.objects.on_roll(today).filter(school=OuterRef(OuterRef("pk")), pupil=OuterRef("pupil"))
    later = Characteristic.objects.filter(pupil=OuterRef("pupil"), kind=Characteristic.Kind.PART_TIME, start__gt=OuterRef("start"))
    kept = Characteristic.objects.filter(
        Q(end=None) | Q(end__gte=today - dt.timedelta(days=14)),
        Exists(here),
        ~Exists(later),
        kind=Characteristic.Kind.PART_TIME,
        start__lte=today,
    )
    row = JSONObject(pupil="pupil", name=name("pupil"), year_group=Subquery(here.values("year_group")[:1]), start="start", end="end")
    return kept.order_by("start", "pk").values(row=row)


def _coming(today: dt.date) -> QuerySet[Any, Any]:
    """Who is on this school's roll of a day to come and not today."""
    spells = Enrolment.objects.filter(school=OuterRef("pk"), start__gt=today, pupil__merged_into=None)
    here = Enrolment.objects.on_roll(today).filter(school=OuterRef("school"), pupil=OuterRef("pupil"))
    now = Enrolment.objects.on_roll(today).filter(pupil=OuterRef("pupil")).order_by("kind", "-start").values("school__name")[:1]
    year = EnrolmentFigures.objects.filter(pupil=OuterRef("pupil"), year=academic_year(today)).order_by().values("pupil")
    absent = Subquery(year.annotate(n=Sum(F("authorised") + F("unauthorised"))).values("n"), output_field=IntegerField())
    possible = Subquery(year.annotate(n=Sum("possible")).values("n"), output_field=IntegerField())
    row = JSONObject(
        pupil="pupil", name=name("pupil"), year_group="year_group", start="start", now_at=Subquery(now), missed=absent, possible=possible
    )
    return spells.filter(~Exists(here)).order_by("start", "pupil__sort_name").values(row=row)


def rated(school: School, *, inside: bool) -> Rated | None:
    row = next(iter(school.rating_rows or []), None)  # type: ignore[attr-defined]
    if row is None:
        return None
    return Rated(
        colour=row["colour"],
        word=str(Rating.Colour(row["colour"]).label),
        term=f"{Rating.Term(row['term']).label} {row['year']}/{(row['year'] + 1) % 100:02d}",
        reasons=row["reasons"],
        contributions=[(said[0], said[1]) for said in row["contributions"]],
        as_at=_day(row["as_at"]),
        moderated=row["colour"] != row["worked_out"],
        told=not inside,
    )


def questions(school: School) -> list[Asked]:
    found = []
    for row in school.question_rows or []:  # type: ignore[attr-defined]
        asked = Question(rule=row["rule"], key=row["key"], facts=row["facts"], behind=row["behind"])
        found.append(Asked(asked.get_rule_display(), asked.words, row["who"].strip() if row["pupil"] else "", row["pupil"]))
    return found


def part_time(school: School, *, today: dt.date) -> list[PartTime]:
    return [
        PartTime(
            row["pupil"],
            row["name"].strip(),
            row["year_group"] or "",
            _day(row["start"]),
            end := _day(row["end"]) if row["end"] else None,
            end is not None and end < today,
        )
        for row in school.part_rows or []  # type: ignore[attr-defined]
    ]


def coming(school: School, *, inside: bool) -> list[Coming]:
    return [
        Coming(
            row["pupil"],
            row["name"].strip(),
            row["year_group"] or "",
            _day(row["start"]),
            (row["now_at"] or "") if inside else "",
            row["missed"] if inside else None,
            row["possible"] if inside else None,
        )
        for row in school.coming_rows or []  # type: ignore[attr-defined]
    ]


def last_meeting(school: School, *, inside: bool, today: dt.date) -> since.Before | None:
    row = next(iter(school.last_rows or []), None)  # type: ignore[attr-defined]
    return since.before(row, inside=inside, today=today) if row else None


def reach(school: School, *, today: dt.date) -> Session | None:
    """The last session of this school year that its registers reach."""
    if school.seen is None:  # type: ignore[attr-defined]
        return None
    seen = np.frombuffer(bytes(school.seen), np.uint8)  # type: ignore[attr-defined]
    return coverage.reached(academic_year(today), seen, school.latest, bool(school.latest_pm))  # type: ignore[attr-defined]


def left_of_year(school: School, *, today: dt.date) -> int | None:
    """Sessions that the school's own terms still hold after today; None where they do not reach the summer."""
    terms, closures = (
        [Span(_day(row["start"]), _day(row["end"])) for row in rows or []]
        for rows in (school.term_rows, school.closure_rows)  # type: ignore[attr-defined]
    )
    days = calendar.left_of_year(today, year_end(academic_year(today)), terms, closures)
    return None if days is None else 2 * len(days)


def year_began(today: dt.date) -> dt.date:
    return year_start(academic_year(today))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
