"""Keeps a summary's rows as dated snapshots of a school. Touches no register, and so no figure and no flag."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from accounts import audit
from attendance.imports import match, receive
from attendance.imports.match import Placed, Roll, Spell
from attendance.imports.parsed import Parsed, Problem, Totals
from attendance.imports.senders import Headings, Ints
from attendance.imports.summaries import NOT_SAID
from attendance.imports.values import long_day
from attendance.models import Extract, Snapshot, SnapshotRow
from schools.locks import hold_school
from schools.models import School

ASKS = {
    "period": "This is a summary and does not say which days its totals are of, so nothing was kept. {how}",
    "census": "This is a school census without its reference date, so it does not say which term it is about, and nothing was kept. {how}",
}


@dataclass(frozen=True, slots=True)
class _Key:
    """One snapshot: what kind of totals, of which days, as at which day."""

    kind: str
    first: dt.date
    last: dt.date
    as_at: dt.date


def refuse_without_period(totals: Totals) -> None:
    """Nothing is guessed: a file that does not say what it covers is not kept until its sender does. Raises `Refused`."""
    if totals.asks:
        how = "Say it on the page where the columns are checked, or with "
        how += "--census, for example --census 2026-spring." if totals.asks == "census" else "--first and --last."
        raise receive.Refused(ASKS[totals.asks].format(how=how))


@dataclass
class Sorted:
    """A school's rows: to whom they belong and what came back, and what there is to keep, by snapshot."""

    placed: Placed
    rows: dict[_Key, list[SnapshotRow]] = field(default_factory=dict)


@transaction.atomic
def keep_school(extract: Extract, school: School, parsed: Parsed, rows: Ints, headings: Headings) -> Placed:
    """One school's part. What is kept already is not kept twice; what it lacks completes it; other totals stand beside it."""
    hold_school(school.pk)
    found = sort(extract, school, parsed, rows, headings)
    for key, said in found.rows.items():
        _keep(extract, school, key, said)
    return found.placed


def sort(extract: Extract, school: School, parsed: Parsed, rows: Ints, headings: Headings) -> Sorted:
    """Rows to pupils and snapshots, writing nothing."""
    totals = parsed.totals
    assert totals is not None  # noqa: S101 - whoever has marks goes the other way
    roll = Roll(school, set(parsed.upn[rows]))
    found = Sorted(match.place(parsed, rows, roll, headings))
    found.placed.year_groups = {}  # a summary corrects nothing
    seen: dict[tuple[_Key, int, int | None], int] = {}
    for row in (row for row in rows.tolist() if totals.stands[row] and roll.knows(str(parsed.upn[row]))):
        pupil, spells = _spells(parsed, row, roll, totals)
        if not spells:
            found.placed.problems.append(_not_then(parsed, row, school, headings, totals))
            continue
        key = _Key(str(totals.kind[row]), totals.first[row], totals.last[row], totals.as_at[row])
        enrolment = spells[0].pk if len(spells) == 1 else None
        if (key, pupil, enrolment) in seen:
            found.placed.problems += _twice(parsed, row, seen[key, pupil, enrolment], headings, totals)
            continue
        seen[key, pupil, enrolment] = row
        found.rows.setdefault(key, []).append(_row(extract, pupil, enrolment, totals, row))
    return found


def _spells(parsed: Parsed, row: int, roll: Roll, totals: Totals) -> tuple[int, list[Spell]]:
    """The pupil, and the spells that the totals are of: the one that began on the date of entry, else all in the period."""
    upn = str(parsed.upn[row])
    first, last = totals.first[row], totals.last[row]
    if first is None or last is None:  # not asked yet
        return roll.pupil_of[upn], roll.spells_of(upn)
    touching = [spell for spell in roll.spells_of(upn) if spell.start <= last and (spell.end is None or spell.end >= first)]
    entered = [spell for spell in touching if spell.start == totals.joined[row]]
    return roll.pupil_of[upn], entered[:1] or touching


def _not_then(parsed: Parsed, row: int, school: School, headings: Headings, totals: Totals) -> Problem:
    words = (
        f"This pupil was not on roll at {school} between {long_day(totals.first[row])} and {long_day(totals.last[row])}. "
        "Check the dates on roll, or leave the pupil out."
    )
    return Problem(row, int(parsed.lines[row]), headings.upn, str(parsed.upn[row]), words, whole_row=True)


def _twice(parsed: Parsed, row: int, earlier: int, headings: Headings, totals: Totals) -> Iterator[Problem]:
    """A second row of a pupil, perhaps under a former UPN: nothing new, or a contradiction."""
    if not all(getattr(totals, name)[row] == getattr(totals, name)[earlier] for name in ("possible", "attended", "authorised")):
        words = f"Line {parsed.lines[earlier]} gives other totals for this pupil, and was kept. Keep the right one."
        yield Problem(row, int(parsed.lines[row]), headings.upn, str(parsed.upn[row]), words, whole_row=True)


def _row(extract: Extract, pupil: int, enrolment: int | None, totals: Totals, row: int) -> SnapshotRow:
    late = int(totals.late[row])
    return SnapshotRow(
        extract=extract,
        pupil_id=pupil,
        enrolment_id=enrolment,
        possible=int(totals.possible[row]),
        attended=int(totals.attended[row]),
        authorised=int(totals.authorised[row]),
        unauthorised=int(totals.unauthorised[row]),
        late=None if late == NOT_SAID else late,
        reasons=dict(totals.reasons[row]),
        said_persistent=totals.persistent[row],
        said_severe=totals.severe[row],
    )


_SAYS = ("possible", "attended", "authorised", "unauthorised", "late", "reasons", "said_persistent", "said_severe")


def _says(row: SnapshotRow) -> tuple[object, ...]:
    return tuple(sorted(value.items()) if isinstance(value := getattr(row, name), dict) else value for name in _SAYS)


def _keep(extract: Extract, school: School, key: _Key, said: list[SnapshotRow]) -> None:
    same = Snapshot.objects.standing().filter(school=school, kind=key.kind, first=key.first, last=key.last, as_at=key.as_at)
    snapshot = None
    new = said
    for candidate in same.newest_first():
        kept = {(row.pupil_id, row.enrolment_id): _says(row) for row in candidate.rows.all()}
        others = [row for row in said if kept.get((row.pupil_id, row.enrolment_id), _says(row)) != _says(row)]
        if not others:
            snapshot, new = candidate, [row for row in said if (row.pupil_id, row.enrolment_id) not in kept]
            break
    if not new:
        return
    if snapshot is None:
        snapshot = Snapshot.objects.create(
            extract=extract,
            school=school,
            kind=key.kind,
            as_at=key.as_at,
            first=key.first,
            last=key.last,
            received_at=extract.received_at,
            by=extract.received_by,
        )
    for row in new:
        row.snapshot = snapshot
    SnapshotRow.objects.bulk_create(new, batch_size=1000)
    audit.record("Attendance totals kept beside the register", by=extract.received_by, subject=snapshot, extract=extract.pk, count=len(new))
