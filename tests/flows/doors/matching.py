"""Doors to pupils whose rows wait for somebody to say who they are."""

from __future__ import annotations

import datetime as dt
import zlib
from typing import Any

import numpy as np

from accounts import clock
from attendance.imports.parsed import person_key
from attendance.models import Extract, HeldPerson, HeldRows
from attendance.models.held import MARK
from schools.models import Pupil, School
from tests.flows.doors import SENDERS, Door

DOORS: dict[str, Door] = {
    "held": Door(SENDERS),
    "held_several": Door(SENDERS, get=405, post=302),
    "held_person": Door(SENDERS, of="held"),
    "held_match": Door(SENDERS, of="held_match", post=302),
    "held_new": Door({"officer", "manager", "stranger"}, of="held", post=302),
    "held_aside": Door(SENDERS, of="held", post=200),
    "held_take_back": Door(SENDERS, of="held", get=302, post=302),
    "held_rows": Door(SENDERS, of="held_rows"),
}


def held_person(school: School, extract: Extract, *, upn: str = "", surname: str = "Held", forename: str = "Ada") -> HeldPerson:
    """Somebody of whom a file says one present mark on 7 September 2026 AM."""
    dob, day = dt.date(2012, 3, 4), dt.date(2026, 9, 7)
    person, _ = HeldPerson.objects.get_or_create(
        school=school,
        key=person_key(upn, surname, forename, dob),
        defaults={"upn": upn, "surname": surname, "forename": forename, "dob": dob, "since": clock.now()},
    )
    marks = np.array([((np.datetime64(day) - np.datetime64("1970-01-01")).astype(int), False, 1)], MARK)
    HeldRows.objects.create(
        person=person,
        extract=extract,
        rows=1,
        sessions=1,
        first_session=day,
        last_session=day,
        lines=zlib.compress(np.array([2], np.int64).tobytes()),
        marks=zlib.compress(marks.tobytes()),
    )
    return person


def things_of(school: School, pupil: Pupil, extract: Extract) -> dict[str, dict[str, Any]]:
    columns = {"upn": 0, "week_start": 1, "week_marks": 2}
    Extract.objects.filter(pk=extract.pk).update(mapping={"layout": "weeks", "columns": columns})
    person = held_person(school, extract)
    return {
        "held": {"pk": person.pk},
        "held_match": {"pk": person.pk, "pupil": pupil.pk},
        "held_rows": {"pk": person.pk, "part": person.parts.get().pk},
    }
