"""Rows that do not say by a UPN whom they are about: decided about already, or held until a person decides. Never guessed."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass, field

import numpy as np

from attendance.imports.match import Roll
from attendance.imports.parsed import Parsed, Texts, person_key
from attendance.imports.senders import Ints
from attendance.models import Extract, HeldDecision, HeldPerson, HeldRows
from attendance.models.held import MARK
from schools.models import School


@dataclass(frozen=True)
class Apart:
    """What becomes of the rows of one school: `rows` go on to their registers, each by its `key`; `held` wait, by person."""

    rows: Ints
    key: Texts  # by row of the file: the UPN, or whom a person has decided that the row is about
    held: dict[str, Ints] = field(default_factory=dict)  # person_key -> rows: nobody has decided yet, or not a pupil of ours


def set_apart(parsed: Parsed, rows: Ints, roll: Roll) -> Apart:
    """Take out of `rows` those of people whom no UPN names. Those decided about before are put on `roll`. Writes nothing.

    A UPN of nobody on the roll is looked at like none, where the row has a name and a date of birth too: also one that is
    known elsewhere, for what becomes of a row must not tell a school whether it is. A file of known UPNs comes through at
    the price of two comparisons.
    """
    people = _people(parsed, rows, roll)
    if not people:
        return Apart(rows, parsed.upn)
    key, held = parsed.upn.copy(), {}
    decisions = HeldDecision.objects.standing().filter(person__school=roll.school, person__key__in=people)
    pupil_of = dict(decisions.exclude(pupil=None).values_list("person__key", "pupil"))
    roll.link(pupil_of)
    for person, its in people.items():
        if roll.knows(person):
            key[its] = person
        else:
            held[person] = its
    if not held:
        return Apart(rows, key)
    return Apart(rows[~np.isin(rows, np.concatenate(list(held.values())))], key, held)


def _people(parsed: Parsed, rows: Ints, roll: Roll) -> dict[str, Ints]:
    """By `person_key` the rows of those whom no UPN names."""
    by_name = parsed.person[rows] != ""
    if roll.strange:
        by_name |= np.isin(parsed.upn[rows].astype("U13"), roll.strange)
    people: dict[str, list[int]] = {}
    for row in rows[by_name].tolist():
        person = parsed.person[row]
        if not person and parsed.surname[row] and parsed.dob[row] is not None:
            person = person_key(parsed.upn[row], parsed.surname[row], parsed.forename[row], parsed.dob[row])
        if person:
            people.setdefault(person, []).append(row)
    return {person: np.array(its, np.int64) for person, its in people.items()}


def hold(extract: Extract, school: School, parsed: Parsed, held: dict[str, Ints], *, now: dt.datetime, again: bool = True) -> None:
    """Keep the rows of `held` with their marks, once an extract. A row without a mark says nothing and asks nothing.

    `again`: what an attempt before this one held, perhaps by other columns, is replaced, unless a person has had it loaded.
    """
    if again:
        HeldRows.objects.filter(extract=extract, person__school=school).to_load().delete()
    if not held:
        return
    by_row = np.argsort(parsed.cell_row, kind="stable")
    marks = {person: _marks(parsed, its, by_row) for person, its in held.items()}
    said = {person: its for person, its in held.items() if len(marks[person])}
    if not said:
        return
    people = [_person(school, person, parsed, int(its[-1]), now) for person, its in said.items()]
    HeldPerson.objects.bulk_create(people, ignore_conflicts=True, batch_size=1000)
    pk_of = dict(HeldPerson.objects.filter(school=school, key__in=said).values_list("key", "pk"))
    parts = [_part(extract, pk_of[person], parsed, its, marks[person]) for person, its in said.items()]
    HeldRows.objects.bulk_create(parts, ignore_conflicts=True, batch_size=1000)


def _marks(parsed: Parsed, rows: Ints, by_row: Ints) -> np.ndarray:
    sorted_rows = parsed.cell_row[by_row]
    first, after = np.searchsorted(sorted_rows, rows), np.searchsorted(sorted_rows, rows, "right")
    cells = np.concatenate([by_row[a:b] for a, b in zip(first.tolist(), after.tolist(), strict=True)])
    found = np.zeros(len(cells), MARK)
    found["day"] = parsed.cell_date[cells].astype("datetime64[D]").astype(np.int64)
    found["pm"], found["byte"] = parsed.cell_pm[cells], parsed.cell_byte[cells]
    return found


def _person(school: School, key: str, parsed: Parsed, row: int, now: dt.datetime) -> HeldPerson:
    return HeldPerson(
        school=school,
        key=key,
        upn=str(parsed.upn[row] or parsed.sent_upn[row]),
        surname=str(parsed.surname[row])[:100],
        forename=str(parsed.forename[row])[:100],
        dob=parsed.dob[row],
        year_group=str(parsed.year_group[row]),
        since=now,
    )


def _part(extract: Extract, person: int, parsed: Parsed, rows: Ints, marks: np.ndarray) -> HeldRows:
    days = marks["day"].astype("datetime64[D]")
    return HeldRows(
        extract=extract,
        person_id=person,
        rows=len(rows),
        sessions=len(marks),
        first_session=days.min().item(),
        last_session=days.max().item(),
        lines=zlib.compress(parsed.lines[rows].astype(np.int64).tobytes(), 1),
        marks=zlib.compress(marks.tobytes(), 1),
    )
