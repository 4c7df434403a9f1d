"""Schools like a school, with what makes them so and how they attend: read from rolls, characteristics and rollups."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from django.db import connection

from attendance.reports.schools import SchoolFigures, school_figures
from attendance.similar import Alike, Features, Weights, nearest
from schools.models import Characteristic, Enrolment, PolicyValue, Pupil, School

LEAST = 3  # schools with figures: of fewer, a range would tell a school how another one stands

# Of the schools asked for: pupils on roll today, how many have free school meals, how many SEN support or a plan, and how many have
# anything said of them at all (of a school that has told nothing, no share is known). One pass over the roll.
_QUESTION = f"""
with roll as (
    select distinct school_id, pupil_id from {Enrolment._meta.db_table}
    where school_id = any(%(schools)s) and start <= %(day)s and ("end" is null or "end" >= %(day)s)
        and pupil_id not in (select id from {Pupil._meta.db_table} where merged_into_id is not null)
), said as (
    select pupil_id, bool_or(kind = 'fsm') as fsm, bool_or(kind in ('sen_support', 'ehcp')) as sen from {Characteristic._meta.db_table}
    where start <= %(day)s and ("end" is null or "end" >= %(day)s) group by pupil_id
)
select school_id, count(*), count(*) filter (where fsm), count(*) filter (where sen), count(said.pupil_id)
from roll left join said using (pupil_id) group by school_id
"""  # noqa: S608  (names of our own tables)


@dataclass(frozen=True, slots=True)
class Similar:
    """A school beside those like it."""

    own: Features
    ours: SchoolFigures
    alike: list[tuple[Alike, SchoolFigures]]  # nearest first
    weights: Weights
    version: str  # of the policy the weights are from

    @property
    def range(self) -> tuple[float, float, int] | None:
        """Lowest and highest attendance of those with figures, and how many they are; None of fewer than three."""
        known = sorted(pct for _, figures in self.alike if (pct := figures.figures.attendance_pct) is not None)
        return (known[0], known[-1], len(known)) if len(known) >= LEAST else None


def similar_to(school: School, *, today: dt.date) -> Similar:
    """Five queries. Every open school of the phase is looked at: who may be told their names is the caller's to know."""
    policy = PolicyValue.objects.in_force(today)
    weights = Weights(policy["similar_roll"], policy["similar_fsm"], policy["similar_sen"])
    peers = list(School.objects.open_on(today).filter(phase=school.phase, independent=school.independent))
    known = features([*peers, school], today=today)
    found = nearest(known[school.pk], known.values(), weights, policy["similar_number"])
    figures = school_figures([school.pk, *(alike.school.key for alike in found)], today=today)
    return Similar(
        known[school.pk],
        figures[school.pk],
        [(alike, figures[alike.school.key]) for alike in found],
        weights,
        policy.version,
    )


def features(schools: list[School], *, today: dt.date) -> dict[int, Features]:
    """By school: its roll of today and its shares. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTION, {"schools": [school.pk for school in schools], "day": today})
        counted = {key: counts for key, *counts in cursor.fetchall()}
    found = {}
    for school in schools:
        roll, fsm, sen, said = counted.get(school.pk, (0, 0, 0, 0))
        # a school that has said nothing of any pupil has not said that nobody has free school meals
        own = Fraction(100 * fsm, roll) if roll and said else None
        register = None if school.fsm_percent is None else Fraction(school.fsm_percent)
        found[school.pk] = Features(
            school.pk,
            school.name,
            school.phase,
            school.independent,
            roll,
            register if own is None else own,
            Fraction(100 * sen, roll) if roll and said else None,
        )
    return found
