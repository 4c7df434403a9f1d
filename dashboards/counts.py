"""Many counts in one question to the database: a dashboard's numbers are the lengths of the lists behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.aggregates import BitOr
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, Count, QuerySet, Value, When
from django.db.models.functions import Cast

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
    """How many pupils have each of these flags, by code; and how many have any flag to act on. One query, which looks at each once.

    The database counts pupils by which flags they have together; asked for each code by itself, Django takes longer over the question than
    PostgreSQL over the answer.
    """
    by_pupil = flags.order_by().values("pupil").annotate(codes=BitOr(Case(*(When(code=code, then=bit) for code, bit in _BITS.items()))))
    try:
        question, chosen = by_pupil.values("codes").query.sql_with_params()
    except EmptyResultSet:
        return Counter(), 0
    found: Counter[str] = Counter()
    anyone = 0
    with connection.cursor() as cursor:
        cursor.execute(f"select codes, count(*) from ({question}) as pupils group by codes", chosen)  # noqa: S608  (as Django writes it)
        for codes, number in cursor.fetchall():
            found.update({code: number for code, bit in _BITS.items() if (codes or 0) & bit})
            anyone += number if (codes or 0) & _TO_ACT_ON else 0
    return found, anyone


_BITS = {code: 1 << place for place, code in enumerate(flag_codes.URGENT)}
_TO_ACT_ON = sum(bit for code, bit in _BITS.items() if code not in flag_codes.WATCHED)


def _counted(name: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """`(name, number)`, or nothing at all where there are no rows."""
    asked = rows.query
    joined = sum(used > 0 for used in asked.alias_refcount.values()) > 1
    if not joined and not asked.annotations and not asked.distinct:  # nothing joined: each row is there once
        return rows.order_by().values_list(Value(name, CharField())).annotate(n=Count("pk"))
    again = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))  # whatever joins the list was made with
    return again.values_list(Value(name, CharField())).annotate(n=Count("pk", distinct=True))
