"""Many counts in one question to the database: a dashboard's numbers are the lengths of the lists behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.aggregates import BitOr
from django.db.models import Case, CharField, Count, F, QuerySet, Value, When
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan

from attendance import flag_codes
from attendance.models import FlagQuerySet


def count_all(lists: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each of these querysets has. One query, however many lists there are."""
    questions = [_counted(name, rows) for name, rows in lists.items()]
    if not questions:
        return {}
    first, *others = questions
    found = dict(first.union(*others, all=True) if others else first)
    return {name: found.get(name, 0) for name in lists}


def count_by(lists: Mapping[str, tuple[QuerySet[Any], Any]]) -> dict[str, Counter[str]]:
    """How many rows of each list have each value of an expression, as text. One query, however many lists there are."""
    parts = [
        rows.order_by().values(which=Value(name, CharField()), by=Cast(by, CharField())).annotate(n=Count("pk", distinct=True))
        for name, (rows, by) in lists.items()
    ]
    found: dict[str, Counter[str]] = {name: Counter() for name in lists}
    first, *others = [part.values_list("which", "by", "n") for part in parts]
    for name, value, number in first.union(*others, all=True) if others else first:
        found[name][value] += number
    return found


def pupils_flagged(flags: FlagQuerySet) -> tuple[Counter[str], int]:
    """How many pupils have each of these flags, by code; and how many have any flag to act on. One query, which looks at each once."""
    by_pupil = flags.order_by().values("pupil").annotate(codes=BitOr(Case(*(When(code=code, then=bit) for code, bit in _BITS.items()))))
    having = {f"n{bit}": Count("codes", filter=_any_bit(bit)) for bit in (*_BITS.values(), _TO_ACT_ON)}
    found = by_pupil.aggregate(**having)
    return Counter({code: n for code, bit in _BITS.items() if (n := found[f"n{bit}"])}), found[f"n{_TO_ACT_ON}"]


_BITS = {code: 1 << place for place, code in enumerate(flag_codes.URGENT)}
_TO_ACT_ON = sum(bit for code, bit in _BITS.items() if code not in flag_codes.WATCHED)


def _any_bit(bits: int) -> GreaterThan:
    """Of a pupil whose flags are the bits of `codes`: has it any of these?"""
    return GreaterThan(F("codes").bitand(bits), 0)


def _counted(name: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """`(name, number)`, or nothing at all where there are no rows."""
    asked = rows.query
    joined = sum(used > 0 for used in asked.alias_refcount.values()) > 1
    if not joined and not asked.annotations and not asked.distinct:  # nothing joined: each row is there once
        return rows.order_by().values_list(Value(name, CharField())).annotate(n=Count("pk"))
    again = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))  # whatever joins the list was made with
    return again.values_list(Value(name, CharField())).annotate(n=Count("pk", distinct=True))
