"""`filter(pk__any_of=ids)`: one array instead of a parameter for each key.

`__in` resolves, quotes and sends its values one by one; for the pupils of a school that takes longer than the query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Field, ForeignObject, Lookup


def array(values: Iterable[int | str]) -> str:
    """Keys as the text of a PostgreSQL array, to be cast: `= any(%s::bigint[])`, `= any(%s::text[])`."""
    listed = list(values)
    if set(map(type, listed)) <= {int, bool}:
        return "{" + ",".join(map(str, listed)) + "}"
    return "{" + ",".join('"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in listed) + "}"


EVER = dt.date.max.toordinal()  # the end of what has none


def ordinal(column: str) -> str:
    """SQL for a day as Python's ordinal, EVER where there is none: a whole number costs nothing to read, a date is made one by one."""
    return f"coalesce({column} - date '0001-12-31 BC', {EVER})"  # the day before the first that has an ordinal


@ForeignObject.register_lookup
@Field.register_lookup
class AnyOf(Lookup):
    """Equal to one of these whole numbers, or of these texts; or of what a query finds, which is asked once and before anything else."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> Any:
        return self.rhs if hasattr(self.rhs, "as_sql") else list(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, params = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            query, found = self.process_rhs(compiler, connection)
            return f"{left} = any(array{query})", [*params, *found]
        kind = "text" if self.rhs and isinstance(self.rhs[0], str) else "bigint"
        if not self.rhs:
            return "false", []
        return f"{left} = any(%s::{kind}[])", [*params, array(self.rhs)]
