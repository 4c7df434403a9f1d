"""How many pupils of each school are flagged, kept beside the flags: lists of all schools read it and count nothing themselves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import connection

from attendance import flag_codes
from attendance.models import Flag, SchoolFlags
from schools.lookups import array
from schools.models import Enrolment

_RECOUNT = f"""
    with concerned as (select distinct school_id from {Enrolment._meta.db_table} where %s or pupil_id = any(%s::bigint[])),
    gone as (delete from {SchoolFlags._meta.db_table} where school_id in (select school_id from concerned)),
    flagged as (
        select distinct e.school_id, f.pupil, f.code from ({{flags}}) f join {Enrolment._meta.db_table} e on e.pupil_id = f.pupil
        where e.school_id in (select school_id from concerned) and e.start <= %s and (e."end" is null or e."end" >= %s)
    )
    select school_id, code, count(*) from flagged group by 1, 2
    union all select school_id, '', count(distinct pupil) from flagged where not code = any(%s) group by 1
"""  # noqa: S608  (names of our own tables)


def recount(pupils: Iterable[int] | None, *, today: dt.date) -> None:
    """Count anew at every school that these pupils (None: any) are or were at, those on roll today. The caller holds the pupils."""
    flags = Flag.objects.open().well_founded().of_children_known_once().values("pupil", "code")
    sql, params = flags.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            _RECOUNT.format(flags=sql),
            [pupils is None, array(pupils or ()), *params, today, today, sorted(flag_codes.WATCHED)],
        )
        found = cursor.fetchall()
        if found:
            with cursor.copy(f"copy {SchoolFlags._meta.db_table} (school_id, code, pupils) from stdin") as copy:
                for row in found:
                    copy.write_row(row)


def by_school(schools: Iterable[int]) -> dict[int, Counter[str]]:
    """Pupils flagged, by school and code; those with any flag to act on under "". One query."""
    found: dict[int, Counter[str]] = {}
    for school, code, pupils in SchoolFlags.objects.filter(school__any_of=list(schools)).values_list("school_id", "code", "pupils"):
        found.setdefault(school, Counter())[code] = pupils
    return found
