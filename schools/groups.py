"""Groups of pupils by what is recorded of them: a cohort, those outside it, or a sex. One rule for every list that is narrowed so."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

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


def holds(value: str, day: dt.date, *, of: str = "pk") -> Q:
    """Where a value of COHORTS is true on a day of the pupil whose key is `of`."""
    current = Characteristic.objects.filter(start__lte=day).exclude(end__lt=day)
    if value == NO_FSM:
        return ~Q(**{f"{of}__in": current.filter(kind=Characteristic.Kind.FSM).values("pupil")})
    if value == NO_SEN:
        return ~Q(**{f"{of}__in": current.filter(kind__in=_SEN).values("pupil")})
    return Q(**{f"{of}__in": current.filter(kind=value).values("pupil")})


def in_cohort(value: str, day: dt.date) -> QuerySet[Pupil]:
    """Pupils of whom a value of COHORTS is true on a day."""
    return Pupil.objects.filter(holds(value, day))


def sex_is(value: str, *, field: str = "sex") -> Q:
    """Where the field that says a pupil's sex has a value of SEXES."""
    return Q(**{field: "" if value == SEX_UNKNOWN else value})


def of_sex(value: str) -> QuerySet[Pupil]:
    return Pupil.objects.filter(sex_is(value))
