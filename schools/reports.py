"""Reads that span places, people and postings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, Value

from schools import policy
from schools.calendar import Span
from schools.models import Closure, PolicyValue, Posting, School, Term


def schools_without_contact(*, today: dt.date) -> QuerySet[School]:
    """Open schools for which no school single point of contact can act today."""
    contacts = Posting.objects.on(today).filter(part=Posting.Part.CONTACT, user__is_active=True)
    return School.objects.open_on(today).exclude(pk__in=contacts.values("school")).order_by("sort_name")


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One item of policy as its page shows it."""

    item: policy.Item
    value: int
    local: PolicyValue | None  # the authority's own value in force
    coming: list[PolicyValue]
    history: list[PolicyValue]  # begun by now, newest first

    @property
    def unit(self) -> str:
        """As it stands after the value: "% of possible sessions", " school weeks"."""
        return self.item.unit if self.item.unit.startswith("%") else f" {self.item.unit}"


def policy_lines(*, today: dt.date) -> list[PolicyLine]:
    """Every item with the value in force, its source and what the authority has set, past and to come."""
    in_force = PolicyValue.objects.in_force(today)
    by_key: dict[str, list[PolicyValue]] = {}
    for value in PolicyValue.objects.select_related("set_by").order_by("-start"):
        by_key.setdefault(value.key, []).append(value)
    lines = []
    for item in policy.NATIONAL:
        own = by_key.get(item.key, [])
        begun = [value for value in own if value.start <= today]
        lines.append(
            PolicyLine(
                item,
                in_force[item.key],
                begun[0] if begun else None,
                sorted((v for v in own if v.start > today), key=lambda v: v.start),
                begun,
            )
        )
    return lines


def own_days(school_ids: Iterable[int]) -> tuple[dict[int, list[Span]], dict[int, list[Span]]]:
    """Terms and closures by school. One query."""
    ids = list(school_ids)
    terms: dict[int, list[Span]] = defaultdict(list)
    closures: dict[int, list[Span]] = defaultdict(list)
    spans = ("school", "start", "end", "closes")
    theirs = Term.objects.filter(school__any_of=ids).annotate(closes=Value(False)).values_list(*spans)
    closed = Closure.objects.filter(school__any_of=ids).annotate(closes=Value(True)).values_list(*spans)
    for school, start, end, closes in theirs.union(closed, all=True):
        (closures if closes else terms)[school].append(Span(start, end))
    return terms, closures


def terms_of(school_ids: Iterable[int]) -> dict[int, list[Span]]:
    """Terms alone, by school. One query."""
    terms: dict[int, list[Span]] = defaultdict(list)
    for school, start, end in Term.objects.filter(school__in=list(school_ids)).values_list("school", "start", "end"):
        terms[school].append(Span(start, end))
    return terms
