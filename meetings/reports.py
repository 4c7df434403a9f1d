"""Reads about meetings: whom to talk about, what is due and how it goes. A few queries each."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Flag
from casework import stages
from casework.models import Case, Plan
from meetings.agenda import ActionFact, Candidate, CaseFact, FlagFact
from meetings.models import Action, Item, Meeting, YearPlan
from meetings.terms import Term, term_of
from schools.models import Enrolment, Pupil, School


@dataclass(frozen=True, slots=True)
class Facts:
    """What an agenda is made from."""

    candidates: list[Candidate]
    of_school: list[ActionFact]


def gather(school: School, *, today: dt.date, but: Meeting | None = None) -> Facts:
    """What is known about a school's pupils, for its next meeting; `but` is that meeting itself. Four queries."""
    on_roll = set(Enrolment.objects.filter(school=school).on_roll(today).values_list("pupil", flat=True))
    flags = _flags(school, today)
    carried = _carried(school, but, today)
    cases = _cases(school, {*on_roll, *carried} - {None})
    concerned = {*flags, *cases, *carried} - {None}
    candidates = [
        Candidate(
            pupil=pupil,
            flags=tuple(flags.get(pupil, ())),
            case=cases.get(pupil),
            carried=tuple(carried.get(pupil, ())),
            on_roll=pupil in on_roll,
        )
        for pupil in sorted(pk for pk in concerned if pk is not None)
    ]
    return Facts(candidates, carried.get(None, []))


def _flags(school: School, today: dt.date) -> dict[int, list[FlagFact]]:
    here = Enrolment.objects.filter(school=school).on_roll(today).values("pupil")
    found: dict[int, list[FlagFact]] = defaultdict(list)
    for flag in Flag.objects.open().filter(pupil__in=here).order_by("pk"):
        since = flag.evidence.get("since")
        found[flag.pupil_id].append(
            FlagFact(
                key=flag.pk,
                code=flag.code,
                reason=flag.reason,
                missed=flag.evidence.get("absent", 0),
                possible=flag.evidence.get("possible", 0),
                since=dt.date.fromisoformat(since) if since else None,
                low_data=flag.low_data,
            )
        )
    return found


def _cases(school: School, pupils: Iterable[int | None]) -> dict[int, CaseFact]:
    review = Plan.objects.filter(case=OuterRef("pk"), ended__isnull=True).values("review")[:1]
    cases = Case.objects.open().filter(pupil__in=list(pupils)).annotate(plan_review=Subquery(review))
    return {
        case.pupil_id: CaseFact(
            key=case.pk,
            stage=case.stage_name,
            in_support=case.stage in (stages.SUPPORTING, stages.MONITORING),
            review=case.plan_review,
            elsewhere=case.school_id != school.pk,
        )
        for case in cases
    }


def _carried(school: School, but: Meeting | None, today: dt.date) -> dict[int | None, list[ActionFact]]:
    """Actions of the school from its other meetings, of any kind, that are not done, by pupil; None for those about the school.

    What a school agreed that has closed and gone into this one goes on here.
    """
    before = School.objects.filter(successor_links__successor=school).gone_into_one(today)
    actions = Action.objects.open().filter(Q(school=school) | Q(school__in=before)).select_related("meeting", "school")
    if but is not None and but.pk:
        actions = actions.exclude(meeting=but)
    found: dict[int | None, list[ActionFact]] = defaultdict(list)
    for action in actions.order_by("due", "pk"):
        found[action.pupil_id].append(ActionFact(action.pk, action.what, action.who, action.due, action.pupil_id))
    return found


def _stands(term: Term) -> QuerySet[Meeting]:
    """Support meetings of a term held or planned with a school, within a query of schools."""
    of_school = Meeting.objects.support().filter(school=OuterRef("pk"), day__range=(term.first, term.last))
    return of_school.exclude(status=Meeting.Status.CANCELLED)


def without_meeting(user: User, *, today: dt.date) -> list[School]:
    """The user's open schools with no support meeting held or planned this term, those longest without one first.

    Each has `last_held`, the day of its last meeting, None where there was none. One query.
    """
    term = term_of(today)
    stands = _stands(term)
    schools = School.objects.visible_to(user).open_on(today).filter(~Exists(stands))
    return list(
        schools.annotate(
            last_held=Max("meetings__day", filter=Q(meetings__status=Meeting.Status.HELD, meetings__kind=Meeting.Kind.SUPPORT))
        ).order_by(F("last_held").asc(nulls_first=True), "sort_name")
    )


def unrecorded(user: User, *, today: dt.date, others: bool = False) -> list[Meeting]:
    """Support meetings, or `others`, whose day went by and of which nobody said whether they were held, for who can say it.

    The user’s own first. One query.
    """
    if not user.may(Permission.PLAN_MEETINGS):
        return []
    seen = Meeting.objects.visible_to(user)
    gone = (seen.others() if others else seen.support()).filter(status=Meeting.Status.PLANNED, day__lt=today)
    gone = gone.select_related("school", "officer")
    return sorted(gone, key=lambda one: (one.officer_id != user.pk, one.day, one.pk))


def due_by_plan(user: User, term: Term, *, today: dt.date) -> int | None:
    """Meetings that the year's plan gives the user's open schools in a term; None where none is set. One query."""
    plans = YearPlan.objects.visible_to(user).filter(year=term.year, school__in=School.objects.open_on(today).values("pk"))
    numbers = [plan.in_term(term.number) for plan in plans.only("by_rule", "adjusted", "first_term")]
    return sum(numbers) if numbers else None


@dataclass(frozen=True, slots=True)
class Counts:
    """Support meetings of this term and the actions of all meetings; done and on time are of actions closed this term."""

    term: str  # its name
    term_key: str  # as the lists take it in their address
    planned: int
    held: int
    cancelled: int
    schools_without: int
    schools: int
    actions_open: int
    actions_overdue: int
    actions_done: int
    actions_on_time: int


def counts(user: User, *, today: dt.date) -> Counts:
    """What the user's schools have planned, held and done. Three queries."""
    term = term_of(today)
    this_term = Q(day__range=(term.first, term.last))
    met = (
        Meeting.objects.visible_to(user)
        .support()
        .aggregate(**{status.value: Count("pk", filter=this_term & Q(status=status)) for status in Meeting.Status})
    )
    done = Q(status=Action.Status.DONE, closed__range=(term.first, term.last))
    acted = Action.objects.visible_to(user).aggregate(
        open=Count("pk", filter=Q(status=Action.Status.OPEN)),
        overdue=Count("pk", filter=Q(status=Action.Status.OPEN, due__lt=today)),
        done=Count("pk", filter=done),
        on_time=Count("pk", filter=done & Q(closed__lte=F("due"))),
    )
    stands = _stands(term)
    schools = School.objects.visible_to(user).open_on(today)
    of = schools.aggregate(every=Count("pk"), without=Count("pk", filter=~Exists(stands)))
    return Counts(
        term=term.name,
        term_key=term.key,
        planned=met["planned"],
        held=met["held"],
        cancelled=met["cancelled"],
        schools_without=of["without"],
        schools=of["every"],
        actions_open=acted["open"],
        actions_overdue=acted["overdue"],
        actions_done=acted["done"],
        actions_on_time=acted["on_time"],
    )


@dataclass(frozen=True, slots=True)
class AtSchool:
    """A school's next support meeting, its last one, and what was agreed and is not done."""

    next: Meeting | None
    last: Meeting | None
    actions_open: int
    actions_overdue: int


def at_school(school: School, user: User, *, today: dt.date) -> AtSchool:
    """Two queries."""
    seen = Meeting.objects.visible_to(user).support().filter(school=school).exclude(status=Meeting.Status.CANCELLED)
    meetings = list(seen.select_related("officer").order_by("day", "time"))
    open_ones = Action.objects.visible_to(user).filter(school=school, status=Action.Status.OPEN)
    acted = open_ones.aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(due__lt=today)))
    return AtSchool(
        next=next((m for m in meetings if m.status == Meeting.Status.PLANNED and m.day >= today), None),
        last=next((m for m in reversed(meetings) if m.status == Meeting.Status.HELD), None),
        actions_open=acted["open"],
        actions_overdue=acted["overdue"],
    )


@dataclass(frozen=True, slots=True)
class Engagement:
    """A school's targeting support meetings of a term up to a day, and what the school agreed to do and has not done by then."""

    held: int = 0
    last_held: dt.date | None = None
    planned: dt.date | None = None  # the next
    not_recorded: int = 0  # their day went by, and they are recorded neither as held nor as cancelled
    agreed: int = 0  # actions that the school was to do by the day, agreed this school year
    late: int = 0  # of them: still open


def engagement(schools: Iterable[int], *, term: Term, day: dt.date) -> dict[int, Engagement]:
    """By school; one without a meeting or an action is left out. Two queries."""
    ids = list(schools)
    until = min(day, term.last)
    held, planned = Q(status=Meeting.Status.HELD, day__lte=until), Q(status=Meeting.Status.PLANNED)
    met = (
        Meeting.objects.support()
        .filter(school__in=ids, day__range=(term.first, term.last))
        .order_by()
        .values("school")
        .annotate(
            held=Count("pk", filter=held),
            last_held=Max("day", filter=held),
            planned=Min("day", filter=planned & Q(day__gte=day)),
            not_recorded=Count("pk", filter=planned & Q(day__lt=day)),
        )
    )
    year_began = dt.date(term.year, 8, 1)
    due = Action.objects.filter(
        owner=Action.Owner.SCHOOL, school__in=ids, meeting__day__range=(year_began, until), due__range=(year_began, until)
    ).exclude(status=Action.Status.DROPPED)
    late = Q(status=Action.Status.OPEN) | Q(closed__gt=until)
    acted = due.order_by().values("school").annotate(agreed=Count("pk"), late=Count("pk", filter=late))
    of = {row["school"]: (row["agreed"], row["late"]) for row in acted}
    found: dict[int, dict[str, Any]] = {}
    for row in met:
        found[row["school"]] = {name: value for name, value in row.items() if name != "school"}
    return {
        school: Engagement(**found.get(school, {}), agreed=of.get(school, (0, 0))[0], late=of.get(school, (0, 0))[1])
        for school in found.keys() | of.keys()
    }


def withhold_leavers(user: User, rows: Sequence[Item | Action]) -> None:
    """A school keeps its own records of who left before this school year; ours are not for looking them up. One query, for a school.

    What was agreed about such a pupil stays on the page, without the pupil.
    """
    for row in rows:
        row.left = False  # type: ignore[union-attr]
    asked = {row.pupil_id for row in rows if row.pupil_id}
    if user.as_role.in_authority or not asked:
        return
    seen = set(Pupil.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True))
    for row in rows:
        if row.pupil_id and row.pupil_id not in seen:
            row.pupil, row.left = None, True  # type: ignore[union-attr]
            if isinstance(row, Item):
                row.reason, row.flag, row.carried = "", None, None


def years(items: Iterable[Item], school: School) -> dict[int, str]:
    """The year group of each pupil of an agenda at this school, by pupil. One query."""
    pupils = [item.pupil_id for item in items if item.pupil_id]
    return dict(Enrolment.objects.filter(school=school, pupil__in=pupils).order_by("start").values_list("pupil", "year_group"))
