"""Who needs a safeguarding consideration, and why: the rule of casework.safeguarding asked of many children with few queries.

The authority's alone: nothing of this is told to a school.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest, JSONObject

from accounts.models import User
from accounts.permissions import Permission
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures, Flag, SchoolYear
from attendance.reports import coverage
from casework import safeguarding
from casework.models import BlitzChild, Case, CaseQuerySet, Consideration, Contact, FirstDayResponse, PlanReview
from casework.reports import Need
from casework.safeguarding import Known, Reviewed, Verdict
from schools.calendar import Calendar, Span
from schools.models import Closure, Enrolment, PolicyValue, Pupil, School, Term
from schools.policy import Policy

_WITH_FAMILY = (FirstDayResponse.Kind.CALL, FirstDayResponse.Kind.VISIT)
_REACHED = (FirstDayResponse.Result.SPOKE, FirstDayResponse.Result.SEEN)
_REVIEWS_WITHIN = dt.timedelta(days=365)  # reviews of longer ago are of another time in the child's life


@dataclass(frozen=True, slots=True)
class Line:
    """One child without a consideration that is needed. `case`: the open one, if there is one."""

    pupil: Pupil
    school: School
    case: int | None
    flagged: dt.date
    verdict: Verdict


def _flags(today: dt.date) -> QuerySet[Flag]:
    """Open, well-founded flags for severe absence of children on roll, with what the rule asks of each."""
    known: QuerySet[Flag] = Flag.objects.open().well_founded().of_children_known_once().filter(code=Flag.Code.SEVERE)
    return _told(known, today).filter(at_school__isnull=False, sums__isnull=False)


def _told(flags: QuerySet[Flag], today: dt.date) -> QuerySet[Flag]:
    """With what the rule asks of the child of each."""
    child = OuterRef("pupil")
    rolls = Enrolment.objects.on_roll(today).filter(pupil=child).order_by("kind", "-start", "pk")
    figures = EnrolmentFigures.objects.filter(pupil=child, year=academic_year(today)).order_by().values("pupil")
    sums = figures.annotate(
        said=JSONObject(
            possible=Sum("possible"), absent=Sum(F("authorised") + F("unauthorised")), unauthorised=Sum("unauthorised")
        )
    )  # fmt: skip
    reached = Contact.objects.achieved().filter(case__pupil=child).order_by().values("case__pupil").annotate(last=Max("day"))
    # a child without a case is met too: at the door of a blitz, or on a first day of absence
    doors = BlitzChild.objects.filter(enrolment__pupil=child, contact=None, result__in=Contact.REACHED)
    mornings = FirstDayResponse.objects.filter(enrolment__pupil=child, kind__in=_WITH_FAMILY, result__in=_REACHED).order_by()
    reviews = PlanReview.objects.filter(
        plan__case__pupil=child, day__gt=today - _REVIEWS_WITHIN, possible_before__gt=0, possible_since__gt=0
    ).order_by("-day", "-pk")
    row = JSONObject(**{name: name for name in ("day", "possible_before", "absent_before", "possible_since", "absent_since")})
    return flags.annotate(
        at_school=Subquery(rolls.values("school")[:1]),
        sums=Subquery(sums.values("said")),
        reached=Greatest(
            Subquery(reached.values("last")),
            Subquery(doors.order_by().values("enrolment__pupil").annotate(last=Max("blitz__day")).values("last")),
            Subquery(mornings.values("enrolment__pupil").annotate(last=Max("day")).values("last")),
        ),
        reviews=ArraySubquery(reviews.values(row=row)[:6]),
        case=Subquery(Case.objects.open().filter(pupil=child).values("pk")[:1]),
    )


def _holds_from(today: dt.date, policy: Policy) -> dt.date:
    """A consideration of a later day than this still holds."""
    return today - dt.timedelta(weeks=policy["safeguarding_weeks"])


def _without(flags: QuerySet[Flag], today: dt.date, policy: Policy) -> QuerySet[Flag]:
    """Without those whose consideration still holds."""
    return flags.filter(~Exists(Consideration.objects.filter(pupil=OuterRef("pupil"), day__gt=_holds_from(today, policy))))


def _with_days(flags: QuerySet[Flag], today: dt.date) -> QuerySet[Flag]:
    """With the days of the school where the child is on roll, as its calendar is made of."""
    at = OuterRef("at_school")
    days = JSONObject(first="start", last="end")
    return flags.annotate(
        terms=ArraySubquery(Term.objects.filter(school=at).order_by("start").values(row=days)),
        closures=ArraySubquery(Closure.objects.filter(school=at).order_by("start").values(row=days)),
        seen=Subquery(SchoolYear.objects.filter(school=at, year=academic_year(today)).values("seen")[:1]),
    )


def _judged(flags: QuerySet[Flag], today: dt.date, policy: Policy) -> list[tuple[Any, Verdict]]:
    """Each flag with its verdict, who is flagged longest first. One query."""
    rows = _with_days(flags, today).select_related("pupil").order_by("opened", "pupil__sort_name", "pk")
    calendars: dict[int, Calendar] = {}
    found = []
    for row in rows:
        school: int = row.at_school  # type: ignore[attr-defined]
        if school not in calendars:
            calendars[school] = _calendar(row, today)
        found.append((row, _verdict(row, calendars[school], today, policy)))
    return found


def _calendar(row: Any, today: dt.date) -> Calendar:
    terms, closures = ([_span(one) for one in rows or []] for rows in (row.terms, row.closures))
    return coverage.calendar_of(academic_year(today), today, terms, closures, row.seen)


def _verdict(row: Any, calendar: Calendar, today: dt.date, policy: Policy) -> Verdict:
    """`row`: a flag as `_flags` reads it."""
    since = max(row.opened, row.reached or row.opened)
    due = calendar.school_days_after(since, policy["safeguarding_contact_days"]).day
    known = Known(**row.sums, flagged=row.opened, reached=row.reached, due=due, reviews=[_review(one) for one in row.reviews or []])
    return safeguarding.judge(known, today=today, policy=policy)


def _review(row: dict[str, Any]) -> Reviewed:
    return Reviewed(**row | {"day": dt.date.fromisoformat(row["day"])})


def missing(user: User, *, today: dt.date) -> list[Line]:
    """Children the user works with who need a consideration and have none that holds; who is flagged longest first."""
    if not user.may(Permission.SEE_SAFEGUARDING):
        return []
    needed = _missing(user, today, PolicyValue.objects.in_force(today))
    places = School.objects.in_bulk({row.at_school for row, _ in needed})
    return [Line(row.pupil, places[row.at_school], row.case, row.opened, verdict) for row, verdict in needed]


def _missing(user: User, today: dt.date, policy: Policy) -> list[tuple[Any, Verdict]]:
    flags = _without(_flags(today).visible_to(user), today, policy)  # type: ignore[attr-defined]
    return [(row, verdict) for row, verdict in _judged(flags, today, policy) if verdict.needed]


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one child: what the rule says (None: not severely absent, or on no roll), and whether a consideration is missing."""

    verdict: Verdict | None
    missing: bool


def standing(pupil: Pupil, *, today: dt.date) -> Standing:
    """Asked before a case is closed and before a legal step, whoever asks: it says nothing that a school is shown. Two queries."""
    policy = PolicyValue.objects.in_force(today)
    holds = Consideration.objects.filter(pupil=OuterRef("pupil"), day__gt=_holds_from(today, policy))
    found = _judged(_flags(today).annotate(considered=Exists(holds)).filter(pupil=pupil), today, policy)
    if not found:
        return Standing(None, False)
    row, verdict = found[0]
    return Standing(verdict, verdict.needed and not row.considered)


def _span(row: dict[str, str]) -> Span:
    return Span(dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"]))


def obstacle(pupil: Pupil, *, today: dt.date, before: str) -> str:
    """Why something may not be done yet, in words for the authority's people; "" where nothing is missing.

    `before`: what is not done yet, as in "the case is closed".
    """
    found = standing(pupil, today=today)
    if not found.missing or found.verdict is None:
        return ""
    return (
        f"A safeguarding consideration is missing, and it comes before {before}. {' '.join(found.verdict.evidence)} "
        "Write the consideration down first."
    )


_SHOWN = ("pk", "day", "at", "considered_by", "level", "referred", "referred_to", "why", "outcome", "outcome_day")


def with_rows(cases: CaseQuerySet, user: User) -> CaseQuerySet:
    """Adds `considered_rows` of the child, for `of_page`, in the same query as the case: none for who may not see them."""
    rows = Consideration.objects.visible_to(user).filter(pupil=OuterRef("pupil")).order_by("-day", "-pk")
    return cases.annotate(considered_rows=ArraySubquery(rows.values(row=JSONObject(**{name: name for name in _SHOWN}))))


def flags_of(pupil: Pupil, user: User, *, today: dt.date) -> QuerySet[Flag]:
    """A child's open flags, for `of_page` with what the rule asks of a severely absent one, in the same query."""
    flags = Flag.objects.open().filter(pupil=pupil)
    return _with_days(_told(flags, today), today) if user.may(Permission.SEE_SAFEGUARDING) else flags


def of_page(case: Case, user: User, flags: Sequence[Flag], *, today: dt.date) -> dict[str, Any]:
    """For the page of a case that was read `with_rows`: what was considered, and whether something is missing. One query if severely
    absent, else none. `flags`: as `flags_of` reads them."""
    if not user.may(Permission.SEE_SAFEGUARDING):
        return {"considerations": [], "safeguarding": None}
    rows: list[dict[str, Any]] = case.considered_rows or []  # type: ignore[attr-defined]
    done = [Consideration(**_dated(row)) for row in rows]
    severe: Any = next((flag for flag in flags if flag.code == Flag.Code.SEVERE and not flag.low_data), None)
    if severe is None or case.closed or severe.at_school is None or severe.sums is None:
        return {"considerations": done, "safeguarding": None}
    policy = PolicyValue.objects.in_force(today)
    verdict = _verdict(severe, _calendar(severe, today), today, policy)
    held = any(one.day > _holds_from(today, policy) for one in done)
    return {"considerations": done, "safeguarding": Standing(verdict, verdict.needed and not held)}


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: dt.date.fromisoformat(row[name]) for name in ("day", "outcome_day") if row[name]}
    return row | days | {"at": dt.datetime.fromisoformat(row["at"])}


def number_missing(user: User, *, today: dt.date, policy: Policy) -> tuple[int, dt.date | None]:
    """How many children `missing` names, and since when the first of them is severely absent. One query."""
    needed = [row.opened for row, _ in _missing(user, today, policy)] if user.may(Permission.WORK_CASES) else []
    return len(needed), min(needed, default=None)


def need_of(number: int, first: dt.date | None) -> Need:
    """One line with their number, which opens the list."""
    title = f"{number:,} severely absent {'child needs' if number == 1 else 'children need'} a safeguarding consideration"
    why = "Mainly unauthorised, and nobody was reached for long or reviews show no improvement. Consider, and say what you decide."
    return Need(title, why, first, "safeguarding", None, 1, count=number)
