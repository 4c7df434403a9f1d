"""Giving cases to officers: one by the rule's word, many at once, cover while somebody is away, and specialists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from casework.actions.cases import CaseProblem, assign
from casework.models import Case, Cover, Specialist
from casework.reports import WORKERS, officers_for
from schools.actions import postings
from schools.models import Posting, School

_LONGEST = dt.timedelta(days=366)


@transaction.atomic
def allocate(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    officer: User,
    school: School | None = None,
    version: int | None = None,
) -> Case:
    """Assign a case. A specialist who does not work with the school yet is posted there as cover, where `by` may do so: without
    that they could not see the child."""
    school = school or case.school
    if by.may(Permission.ALLOCATE_CASES) and _is_stranger(officer, school, today):
        part = Posting.Part.COVER
        postings.give_postings(by=by, today=today, user=officer, schools=[school], part=part, start=today, throughout=True)
    return assign(by=by, today=today, now=now, case=case, officer=officer, school=school, version=version)


def _is_stranger(officer: User, school: School, today: dt.date) -> bool:
    special = officer.is_active and Specialist.objects.on(today).filter(user=officer).exists()
    return special and not officers_for([school.pk], today=today).filter(pk=officer.pk).exists()


@dataclass(slots=True)
class Moved:
    """What became of many cases: each is done or not by itself, and whoever asked is told which were not, and why."""

    done: list[Case] = field(default_factory=list)
    left: list[tuple[Case, str]] = field(default_factory=list)


def allocate_many(*, by: User, today: dt.date, now: dt.datetime, pairs: Iterable[tuple[Case, User | None, int | None]]) -> Moved:
    """Assign each case to its officer, made from its version; None: nobody could be suggested."""
    moved = Moved()
    for case, officer, version in pairs:
        if officer is None:
            moved.left.append((case, "Nobody is suggested for it. Choose somebody."))
            continue
        try:
            allocate(by=by, today=today, now=now, case=case, officer=officer, version=version)
        except (CaseProblem, postings.PostingProblem) as problem:
            moved.left.append((case, str(problem)))
        else:
            moved.done.append(case)
    if moved.done:
        audit.record("Cases allocated", by=by, count=len(moved.done), left=len(moved.left))
    return moved


@transaction.atomic
def arrange_cover(
    *, by: User, today: dt.date, now: dt.datetime, officer: User, cover: User, start: dt.date, end: dt.date, why: str = ""
) -> Cover:
    """Somebody stands in for an officer who is away: they are posted to their schools for these days and told of what is due."""
    if officer == cover:
        raise CaseProblem("Choose somebody else to stand in", "cover")
    if end < start:
        raise CaseProblem("The last day must be on or after the first day", "end")
    if end < today:
        raise CaseProblem("The last day is over: cover is for days to come", "end")
    if end > start + _LONGEST:
        raise CaseProblem("That is more than a year. Where an officer leaves, move their cases instead.", "end")
    if cover.role not in [role.code for role in WORKERS] or not cover.is_active:
        raise CaseProblem(f"{cover} does not work cases, so cannot stand in", "cover")
    User.objects.select_for_update().get(pk=officer.pk)  # two managers at once: one after the other
    same = Cover.objects.filter(officer=officer, start__lte=end, end__gte=start).select_related("cover", "made_by")
    if standing := same.first():
        if (standing.cover, standing.start, standing.end, standing.made_by) == (cover, start, end, by):
            return standing  # the same form, sent twice
        raise CaseProblem(
            f"{standing.cover} stands in for {officer} from {say_day(standing.start)} to {say_day(standing.end)} already. End that first.",
            "start",
        )
    stands_in = Cover.objects.filter(cover=officer, start__lte=end, end__gte=start).select_related("officer").first()
    if stands_in:
        raise CaseProblem(
            f"{officer} stands in for {stands_in.officer} from {say_day(stands_in.start)} to {say_day(stands_in.end)}. Arrange somebody "
            f"else for {stands_in.officer} first: otherwise nobody would be told of their cases.",
            "officer",
        )
    gone = Cover.objects.filter(officer=cover, start__lte=end, end__gte=start).first()
    if gone:
        raise CaseProblem(f"{cover} is away from {say_day(gone.start)} to {say_day(gone.end)}. Choose somebody else.", "cover")
    made = Cover.objects.create(officer=officer, cover=cover, start=start, end=end, why=why, made_by=by, made_at=now)
    if not cover.as_role.every_school:
        theirs = Posting.objects.standing(start).filter(user=officer, start__lte=end, part__in=[Posting.Part.LEAD, Posting.Part.COVER])
        schools = list(School.objects.filter(pk__in=theirs.values("school")))
        part = Posting.Part.COVER
        postings.give_postings(by=by, today=today, user=cover, schools=schools, part=part, start=start, end=end, throughout=True)
    audit.record("Cover arranged", by=by, subject=officer, cover=cover.name, start=start.isoformat(), end=end.isoformat())
    return made


@transaction.atomic
def end_cover(*, by: User, today: dt.date, cover: Cover) -> None:
    """The officer is back: today is the last day. Cover that has not begun goes; postings given for it end with it."""
    held = Cover.objects.select_for_update(of=("self",)).select_related("officer", "cover").filter(pk=cover.pk).first()
    if held is None or held.end < today:
        return
    given = Posting.objects.filter(user=held.cover, part=Posting.Part.COVER, start=held.start, end=held.end).select_related(
        "user", "school"
    )
    for posting in given:
        if posting.start > today:
            posting.delete()
        else:
            postings.end_posting(by=by, today=today, posting=posting, end=today)
    audit.record("Cover ended", by=by, subject=held.officer, cover=held.cover.name)
    if held.start > today:
        held.delete()
    else:
        held.end = today
        held.save(update_fields=["end"])


@transaction.atomic
def name_specialist(
    *, by: User, today: dt.date, now: dt.datetime, user: User, cohort: str, start: dt.date, end: dt.date | None = None
) -> Specialist:
    """Post an officer to a cohort."""
    if cohort not in dict(Specialist.COHORTS):
        raise CaseProblem("Choose which children", "cohort")
    if user.role not in [role.code for role in WORKERS] or not user.is_active:
        raise CaseProblem(f"{user} does not work cases", "user")
    if end and end < start:
        raise CaseProblem("The last day must be on or after the first day", "end")
    over = Q(end=None) | Q(end__gte=start)
    if standing := Specialist.objects.filter(over, user=user, cohort=cohort).filter(Q() if end is None else Q(start__lte=end)).first():
        if standing.start == start and standing.end == end:
            return standing  # the same form, sent twice
        raise CaseProblem(f"{user} is named for these children from {say_day(standing.start)} already", "start")
    try:
        with transaction.atomic():
            made = Specialist.objects.create(user=user, cohort=cohort, start=start, end=end, made_by=by, made_at=now)
    except IntegrityError:  # sent twice at once
        return Specialist.objects.get(user=user, cohort=cohort, end=None)
    audit.record("Specialist named", by=by, subject=user, cohort=cohort, start=start.isoformat())
    return made


@transaction.atomic
def end_specialist(*, by: User, today: dt.date, specialist: Specialist) -> None:
    """Today is the last day. One who has not begun is not named any more. Cases they hold stay theirs."""
    held = Specialist.objects.select_for_update(of=("self",)).select_related("user").filter(pk=specialist.pk).first()
    if held is None or (held.end and held.end <= today):
        return
    audit.record("Specialist ended", by=by, subject=held.user, cohort=held.cohort)
    if held.start > today:
        held.delete()
    else:
        held.end = today
        held.save(update_fields=["end"])
