"""Groups of pupils by what is recorded of them: a cohort, those outside it, or a sex. One rule for every list that is narrowed so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from schools.models import Characteristic, Pupil

NO_FSM, NO_SEN = "no-fsm", "no-sen"
_SEN = (Characteristic.Kind.EHCP, Characteristic.Kind.SEN_SUPPORT)
SEX_UNKNOWN = "unknown"

COHORTS = [
    *Characteristic.Kind.choices,
    (NO_FSM, "No free school meals recorded"),
    (NO_SEN, "No SEN support or plan recorded"),
]
SEXES = [*Pupil.Sex.choices, (SEX_UNKNOWN, "Not known")]


_WITHOUT = {NO_FSM: (Characteristic.Kind.FSM,), NO_SEN: _SEN}  # true of whom none of these is recorded


def _current(day: dt.date) -> QuerySet[Characteristic]:
    return Characteristic.objects.filter(start__lte=day).exclude(end__lt=day)


def holds(value: str, day: dt.date, *, of: str = "pk") -> Q:
    """Where a value of COHORTS is true on a day of the pupil whose key is `of`."""
    recorded = Q(**{f"{of}__in": _current(day).filter(kind__in=_WITHOUT.get(value, [value])).values("pupil")})
    return ~recorded if value in _WITHOUT else recorded


def recorded(day: dt.date, *, of: str = "pk") -> ArraySubquery:
    """The kinds recorded on a day of the pupil whose key is `of`, for `holds_of`: who counts many groups of some rows reads these once."""
    return ArraySubquery(_current(day).filter(pupil=OuterRef(of)).order_by("kind").values("kind"))


def holds_of(value: str, kinds: Collection[str]) -> bool:
    """What `holds` asks, of a pupil of whom these kinds are recorded."""
    return not set(_WITHOUT[value]) & set(kinds) if value in _WITHOUT else value in kinds


def in_cohort(value: str, day: dt.date) -> QuerySet[Pupil]:
    """Pupils of whom a value of COHORTS is true on a day."""
    return Pupil.objects.filter(holds(value, day))


def sex_is(value: str, *, field: str = "sex") -> Q:
    """Where the field that says a pupil's sex has a value of SEXES."""
    return Q(**{field: sex_value(value)})


def sex_value(value: str) -> str:
    """A value of SEXES as a pupil's record has it."""
    return "" if value == SEX_UNKNOWN else value


def of_sex(value: str) -> QuerySet[Pupil]:
    return Pupil.objects.filter(sex_is(value))
