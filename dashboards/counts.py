"""Many counts in one question to the database: a dashboard's numbers are the lengths of the lists behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, QuerySet, Value
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
    """How many pupils have each of these flags, by code; and how many have any flag to act on. One query, which looks at each flag once."""
    sql, params = flags.order_by().values("pupil", "code").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_FLAGGED.format(flags=sql), [*params, sorted(flag_codes.WATCHED)])
        found = dict(cursor.fetchall())
    anyone = found.pop("")
    return Counter(found), anyone


_FLAGGED = """
    with flagged as (select distinct pupil, code from ({flags}) f)
    select code, count(*) from flagged group by code
    union all select '', count(distinct pupil) from flagged where not code = any(%s)
"""


def _counted(name: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """`(name, number)`, or nothing at all where there are no rows."""
    again = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))  # whatever joins the list was made with
    return again.values_list(Value(name, CharField())).annotate(n=Count("pk", distinct=True))
