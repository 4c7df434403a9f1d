"""How many pupils of each school are flagged, kept beside the flags: lists of all schools read it and count nothing themselves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import connection

from attendance import flag_codes
from attendance.models import Flag, SchoolFlags
from schools import locks
from schools.lookups import array
from schools.models import Enrolment

LOCK = 7308  # first key of the advisory locks on schools whose flagged pupils are being counted

# a pupil at a time (offset 0): left to itself PostgreSQL goes through the flags of the whole authority for those of a few schools
_RECOUNT = f"""
    with flagged as (
        select distinct e.school_id, f.pupil, f.code
        from {Enrolment._meta.db_table} e cross join lateral (select * from ({{flags}}) one where one.pupil = e.pupil_id offset 0) f
        where e.school_id = any(%s::bigint[]) and e.start <= %s and (e."end" is null or e."end" >= %s)
    )
    select school_id, code, count(*) from flagged group by 1, 2
    union all select school_id, '', count(distinct pupil) from flagged where not code = any(%s) group by 1
"""  # noqa: S608  (names of our own tables)


def recount(pupils: Iterable[int] | None, *, today: dt.date) -> None:
    """Count anew at every school that these pupils (None: any) are or were at, those on roll today. The caller holds the pupils.

    Two who hold different pupils may both come to a school where some of each were: the second counts what the first wrote.
    """
    theirs = Enrolment.objects.all() if pupils is None else Enrolment.objects.filter(pupil__any_of=list(pupils))
    schools = list(theirs.order_by().values_list("school", flat=True).distinct())
    locks.hold_until_the_end(LOCK, schools)
    SchoolFlags.objects.filter(school__any_of=schools).delete()
    flags = Flag.objects.open().well_founded().of_children_known_once().values("pupil", "code")
    sql, params = flags.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT.format(flags=sql), [*params, array(schools), today, today, sorted(flag_codes.WATCHED)])
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
