"""Opens enrolments for pupils of whom a register speaks and who are not on the school's roll, where its sender asked for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from django.db import connection

from accounts import audit
from accounts.models import User
from attendance.codes import NO_LONGER_BYTE
from attendance.imports.match import Roll, describes
from attendance.imports.parsed import Parsed
from attendance.imports.senders import Ints
from schools import names
from schools.actions.pupils import known_as_somebody_else
from schools.models import Enrolment, Pupil


@dataclass(frozen=True, slots=True)
class Admitted:
    """What came of strangers: how many are new to Daymark, whom the sender may not add so, and who may be somebody else."""

    new: int = 0
    unproved: frozenset[str] = frozenset()  # UPNs
    doubted: frozenset[str] = frozenset()


def admit(parsed: Parsed, rows: Ints, roll: Roll, *, by: User | None) -> Admitted:
    """Put the strangers among `rows` on `roll`'s school's roll from their earliest mark.

    A pupil known elsewhere gets an enrolment here and keeps those elsewhere: dual registration is ordinary, and the other
    school has not said that the child left. A school has to give the surname or date of birth that goes with the number; the
    authority knows every child, and is asked where what it gives does not fit. One audit line a batch. The caller holds the school.
    """
    first_day, last_row, admitted = consider(parsed, rows, roll, from_school=by is not None and not by.as_role.in_authority)
    if first_day:  # a record that was merged is in no list: its rows come back, and the pupil's page finds the other record
        known = [roll.pupil_of[upn] for upn in first_day if upn in roll.pupil_of]
        merged = set(Pupil.objects.filter(pk__in=known, merged_into__isnull=False).values_list("pk", flat=True))
        first_day = {upn: day for upn, day in first_day.items() if roll.pupil_of.get(upn) not in merged}
    if not first_day:
        return admitted
    fresh = _pupils(parsed, last_row, sorted(upn for upn in first_day if upn not in roll.pupil_of))
    Pupil.objects.bulk_create(fresh, batch_size=2000, ignore_conflicts=True)
    pupils = roll.pupil_of | {upn or "": pk for upn, pk in Pupil.objects.filter(upn__in=[p.upn for p in fresh]).values_list("upn", "pk")}
    # of two schools that load a pupil new to both at once, one adds the child: who counts twice has more pupils than there are
    new = sum(pupils[pupil.upn or ""] == pupil.pk for pupil in fresh)
    # two numbers of one pupil open one enrolment
    opened: dict[int, Enrolment] = {}
    for upn, day in first_day.items():
        before = opened.get(pupils[upn])
        opened[pupils[upn]] = Enrolment(
            pupil_id=pupils[upn],
            school=roll.school,
            start=min(day, before.start) if before else day,
            start_from_marks=True,
            year_group=str(parsed.year_group[last_row[upn]]),
        )
    Enrolment.objects.bulk_create(opened.values(), batch_size=2000)
    audit.record("Pupils put on roll from a register", by=by, subject=roll.school, count=len(opened), new_to_daymark=new)
    return replace(admitted, new=new)


def consider(parsed: Parsed, rows: Ints, roll: Roll, *, from_school: bool) -> tuple[dict[str, dt.date], dict[str, int], Admitted]:
    """Whom `admit` would put on roll: by UPN the day of their first mark and the last row that speaks of them. Writes nothing."""
    first_day, last_row = _strangers(parsed, rows, roll)
    unlike = _unlike(parsed, last_row, roll)
    if from_school:
        return {upn: day for upn, day in first_day.items() if upn not in unlike}, last_row, Admitted(unproved=unlike)
    doubted = frozenset(upn for upn in unlike if describes(parsed, last_row[upn]))
    return first_day, last_row, Admitted(doubted=doubted)


def _strangers(parsed: Parsed, rows: Ints, roll: Roll) -> tuple[dict[str, dt.date], dict[str, int]]:
    """By UPN, those not on roll who have a mark: its day, and the last row that speaks of them. A mark taken back is none."""
    of_row, upns = pd.factorize(pd.Series(parsed.upn[rows], dtype="object"))
    wanted = np.array([upn != "" and not roll.knows(upn) and upn not in roll.ambiguous for upn in upns], np.bool_)
    if not wanted.any():
        return {}, {}
    key_of_row = np.full(parsed.rows_read, -1, np.int64)
    key_of_row[rows] = np.where(wanted[of_row], of_row, -1)
    key = np.where(parsed.cell_byte != NO_LONGER_BYTE, key_of_row[parsed.cell_row], -1)
    days = parsed.cell_date.astype("datetime64[D]")
    first = np.full(len(upns), np.datetime64("9999-12-31"))
    np.minimum.at(first, key[key >= 0], days[key >= 0])
    last = np.zeros(len(upns), np.int64)
    np.maximum.at(last, of_row, rows)
    marked = np.flatnonzero(wanted & (first < np.datetime64("9999-12-31"))).tolist()
    return {upns[k]: first[k].item() for k in marked}, {upns[k]: int(last[k]) for k in marked}


def _unlike(parsed: Parsed, last_row: dict[str, int], roll: Roll) -> frozenset[str]:
    """Numbers of other schools' children with neither their surname nor their date of birth: a UPN tried out opens no page."""
    known = Pupil.objects.filter(pk__in=[roll.pupil_of[upn] for upn in last_row if upn in roll.pupil_of]).prefetch_related("former_names")
    by_pk = {pupil.pk: pupil for pupil in known}
    return frozenset(
        upn
        for upn, row in last_row.items()
        if upn in roll.pupil_of
        and known_as_somebody_else(by_pk[roll.pupil_of[upn]], {"surname": str(parsed.surname[row]), "dob": parsed.dob[row]})
    )


def _pupils(parsed: Parsed, last_row: dict[str, int], upns: list[str]) -> list[Pupil]:
    """With their keys, by which those that came to be are known from those that another load had added."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence('schools_pupil', 'id')) from generate_series(1, %s)", [len(upns)])
        keys = [key for (key,) in cursor.fetchall()]
    return [_pupil(parsed, last_row[upn], upn, key) for upn, key in zip(upns, keys, strict=True)]


def _pupil(parsed: Parsed, row: int, upn: str, key: int) -> Pupil:
    pupil = Pupil(
        pk=key,
        upn=upn,
        surname=str(parsed.surname[row])[:100] or names.NOT_KNOWN,
        forename=str(parsed.forename[row])[:100],
        dob=parsed.dob[row],
    )
    pupil.sort_name = names.sort_key(pupil.surname, pupil.forename)
    pupil.search_text = names.pupil_search_text(pupil)
    return pupil
