"""How many pupils of each school are flagged, kept beside the flags: lists of all schools read it and count nothing themselves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import connection

from attendance import flag_codes
from attendance.models import Flag, SchoolFlags
from schools.lookups import array
from schools.models import Enrolment, Pupil

_SHARES, _WATCHED = (", ".join(f"'{code}'" for code in sorted(codes)) for codes in (flag_codes.SHARES, flag_codes.WATCHED))

_RECOUNT = f"""
    with concerned as (select distinct school_id from {Enrolment._meta.db_table} where %(all)s or pupil_id = any(%(pupils)s::bigint[])),
    gone as (delete from {SchoolFlags._meta.db_table} where school_id in (select school_id from concerned)),
    flagged as (
        select distinct e.school_id, f.pupil_id, f.code from {Flag._meta.db_table} f
        join {Pupil._meta.db_table} p on p.id = f.pupil_id and p.merged_into_id is null
        join {Enrolment._meta.db_table} e on e.pupil_id = f.pupil_id
        where e.school_id in (select school_id from concerned) and e.start <= %(day)s and (e."end" is null or e."end" >= %(day)s)
        and f.cleared is null and not (f.low_data and f.code in ({_SHARES}))  -- FlagQuerySet.well_founded
    )
    select school_id, code, count(*) from flagged group by 1, 2
    union all select school_id, '', count(distinct pupil_id) from flagged where code not in ({_WATCHED}) group by 1
"""  # noqa: S608  (names of our own tables and our own codes)


def recount(pupils: Iterable[int] | None, *, today: dt.date) -> None:
    """Count anew at every school that these pupils (None: any) are or were at, those on roll today. The caller holds the pupils."""
    asked = {"all": pupils is None, "pupils": array(pupils or ()), "day": today}
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, asked)
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
