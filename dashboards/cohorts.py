"""Persistent and severe absence by cohort: pupils counted once, over all their enrolments, as the list of pupils counts them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures
from attendance.rates import PERSISTENT, SEVERE, percentage
from schools.models import Characteristic, Pupil

# One row a cohort, and one (kind "") of everybody. A pupil's sessions are added up before shares are judged, in whole numbers.
_QUESTION = f"""
with missed as (
    select pupil_id, sum(possible) as possible, sum(authorised + unauthorised) as absent
    from {EnrolmentFigures._meta.db_table}
    where year = %(year)s and pupil_id not in (select id from {Pupil._meta.db_table} where merged_into_id is not null)
    group by pupil_id having sum(possible) > 0
), judged as (
    select pupil_id, absent * 100 >= possible * {PERSISTENT} as persistent, absent * 100 >= possible * {SEVERE} as severe from missed
), belonging as (
    select distinct kind, pupil_id from {Characteristic._meta.db_table}
    where start <= %(day)s and ("end" is null or "end" >= %(day)s)
)
select '', count(*), count(*) filter (where persistent), count(*) filter (where severe) from judged
union all
select kind, count(*), count(*) filter (where persistent), count(*) filter (where severe)
from belonging join judged using (pupil_id) group by kind
"""  # noqa: S608  (names of our own tables and whole numbers)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Pupils of whom something is true today and who had sessions this year. `kind` "" is everybody."""

    kind: str
    name: str
    pupils: int  # with at least one possible session
    persistent: int
    severe: int

    @property
    def persistent_pct(self) -> float | None:
        return percentage(self.persistent, self.pupils)

    @property
    def severe_pct(self) -> float | None:
        return percentage(self.severe, self.pupils)


def of_authority(*, today: dt.date) -> tuple[Cohort, list[Cohort]]:
    """Everybody, and each cohort that has anybody in it, the most persistently absent first. One query.

    For roles that see every pupil: nothing is left out by who asks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, {"year": academic_year(today), "day": today})
        found = {kind: numbers for kind, *numbers in cursor.fetchall()}
    everybody = Cohort("", "All pupils", *found.get("", (0, 0, 0)))
    cohorts = [Cohort(kind.value, kind.label, *found[kind]) for kind in Characteristic.Kind if kind in found]
    return everybody, sorted(cohorts, key=lambda cohort: -(cohort.persistent_pct or 0))
