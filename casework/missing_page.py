"""What the pages about children missing education show, gathered with few queries. A school sees the referral and shared lines only."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from accounts.permissions import Permission
from casework.missing import rules
from casework.models import MissingCheck, MissingChild, MissingEntry, PlaceApplication, Vacancy
from schools.models import Enrolment, Pupil, School

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A child on the list. `days`: without a place so far, or until the first present mark or the closing."""

    child: MissingChild
    days: int
    checks: int
    place: str


def days_without(child: MissingChild, *, today: dt.date) -> int:
    return rules.days_without(child.since, child.present_on or child.closed or today)


def with_work(children: QuerySet[MissingChild]) -> QuerySet[MissingChild]:
    """Adds how many kinds of check have an answer, and what stands of a place: the last application's decision and school."""
    answered = Q(checks__kind__in=MissingCheck.LIST) & ~Q(checks__result=MissingCheck.Result.WAITING)
    last = PlaceApplication.objects.filter(child=OuterRef("pk")).order_by("-day", "-pk")
    return children.annotate(
        answered=Count("checks__kind", filter=answered, distinct=True),
        place=Subquery(last.values("decision")[:1]),
        place_at=Subquery(last.values("school__name")[:1]),
        place_elsewhere=Subquery(last.values("elsewhere")[:1]),
    )


def line(child: MissingChild, *, today: dt.date) -> Line:
    decision: str | None = child.place  # type: ignore[attr-defined]
    where = child.place_at or child.place_elsewhere  # type: ignore[attr-defined]
    place = f"{PlaceApplication.Decision(decision).label}: {where}" if decision else ""
    return Line(child, days_without(child, today=today), child.answered, place)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Checked:
    """One kind of check of the list, and what was made of it."""

    kind: str
    name: str
    made: list[MissingCheck]

    @property
    def answered(self) -> bool:
        return any(one.answered for one in self.made)


def checklist(child: MissingChild) -> tuple[list[Checked], list[Checked]]:
    """The checks that are to be made of everybody, and the others that were made."""
    of_kind: dict[str, list[MissingCheck]] = defaultdict(list)
    for one in child.checks.order_by("day", "pk"):
        of_kind[one.kind].append(one)
    found = [Checked(kind.value, kind.label, of_kind[kind.value]) for kind in MissingCheck.Kind]
    listed = {kind.value for kind in MissingCheck.LIST}
    return [one for one in found if one.kind in listed], [one for one in found if one.kind not in listed and one.made]


def vacancies(year_group: str) -> list[Vacancy]:
    """Schools that say they have a place in the year group, the most recent word first. One query."""
    standing = Vacancy.objects.standing().filter(year_group=year_group).select_related("school")
    return sorted((one for one in standing if one.places), key=lambda one: (-one.day.toordinal(), one.school.sort_name))


def gather(child: MissingChild, user: User, *, today: dt.date, page: str | None) -> dict[str, Any]:
    whole = user.as_role.in_authority
    entries = MissingEntry.objects.visible_to(user).filter(child=child).order_by("-day", "-pk")
    found: dict[str, Any] = {
        "child": child,
        "pupil": child.pupil,
        "days": days_without(child, today=today),
        "whole": whole,
        "may_work": user.may(Permission.WORK_CASES) and child.closed is None,
        "sees_pupil": Pupil.objects.visible_to(user).filter(pk=child.pupil_id).exists(),
        "page": Paginator(entries, _PAGE).get_page(page),
        "today": today,
    }
    own = child.enrolment
    if own is not None and child.closed is None and (own.destination or own.ground):
        found["recorded"] = own
    if whole:
        same = Q(pupil=child.pupil_id) | Q(pupil__merged_into=child.pupil_id) | Q(pupil__merged=child.pupil_id)
        spells = Enrolment.objects.filter(same).on_roll(today).distinct().select_related("school")
        found["rolls"] = list(spells)
        found["listed"], found["others"] = checklist(child)
        found["applications"] = list(child.applications.select_related("school", "by").order_by("-day", "-pk"))
        found["decisions"] = list(child.decisions.order_by("-meeting"))
        found["vacancies"] = vacancies(child.year_group) if child.year_group and child.closed is None else []
    return found


def last_school(pupil: Pupil, user: User) -> School | None:
    """Of the user's own schools, the last that had the pupil."""
    spell = Enrolment.objects.visible_to(user).filter(pupil=pupil).select_related("school").order_by("-start", "-pk").first()
    return spell.school if spell else None


def undeleted(user: User) -> QuerySet[Enrolment]:
    """Spells that ended with no ground and no destination, of children who are on no roll: what the school still has to say."""
    running = Enrolment.objects.filter(Q(end=None) | Q(end__gte=OuterRef("end")), pupil=OuterRef("pupil")).exclude(pk=OuterRef("pk"))
    ended = Enrolment.objects.visible_to(user).filter(end__isnull=False, ground="", destination="")
    return ended.exclude(Exists(running)).select_related("pupil", "school").order_by("-end", "pk")
