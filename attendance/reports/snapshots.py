"""Snapshots of a school set beside its register: worked out at each look from rows and marks, a few queries in all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from attendance import matrix, rates, register
from attendance.codes import BLANK, BY_BYTE
from attendance.models import Snapshot, SnapshotRow
from attendance.rates import Figures
from attendance.snapshots import Difference, Held, Said, Standing, differences, question, standing, wrong_words
from schools.models import Enrolment, Pupil, School

_ORDER = list(Standing)
_ASKED_AGES = range(5, 16)  # whose absence a census must carry: 5 to 15 on the 31 August before


@dataclass(frozen=True, slots=True)
class PupilLine:
    """One pupil of a snapshot, or of the register and not in the snapshot."""

    pupil: Pupil
    enrolments: frozenset[int]  # the spells compared
    standing: Standing
    said: Said | None
    held: Held | None
    differences: tuple[Difference, ...]
    question: str
    notes: list[str]  # what the file's own words have wrong

    @property
    def size(self) -> int:
        return sum(one.size for one in self.differences)


@dataclass(frozen=True, slots=True)
class Beside:
    """A snapshot beside the register. `said` and `held` are sums over the pupils whom both know; `lines` the most urgent first."""

    snapshot: Snapshot
    lines: list[PupilLine]
    counts: Counter[Standing]
    said: Figures
    held: Figures
    not_asked: int = 0  # pupils with marks, left out of a census that does not collect their age

    @property
    def pupils(self) -> int:
        """Whom the snapshot speaks of."""
        return sum(self.counts.values()) - self.counts[Standing.NOT_SAID]

    @property
    def compared(self) -> int:
        return self.counts[Standing.AGREES] + self.counts[Standing.DIFFERS]

    @property
    def shows(self) -> dict[str, int]:
        """For templates: counts by the standing's word."""
        return {one.value: self.counts[one] for one in Standing}


@dataclass(frozen=True)
class _Spell:
    pk: int
    pupil: Pupil
    start: dt.date
    end: dt.date | None


@dataclass
class _Register:
    """The registers of a school's spells, year by year, to count any days of."""

    years: dict[int, register.Rows]
    at: dict[int, dict[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.at = {year: {pk: place for place, pk in enumerate(rows.enrolments.tolist())} for year, rows in self.years.items()}

    def held(self, spells: Iterable[_Spell], first: dt.date, last: dt.date) -> Held | None:
        """What is held of these spells between two days, inside their dates on roll; None without any mark."""
        sums, codes = np.zeros(5, np.int64), np.zeros(256, np.int64)
        days: list[dt.date] = []
        for spell in spells:
            low, high = max(first, spell.start), min(last, spell.end or last)
            for year in matrix.years_between(low, high) if low <= high else ():
                place = self.at.get(year, {}).get(spell.pk)
                if place is None:
                    continue
                span = matrix.span(year, low, high)
                marks = self.years[year].marks[place : place + 1, span]
                marked = np.flatnonzero(marks[0] != BLANK)
                if not len(marked):
                    continue
                sums += rates.count(marks)[0]
                codes += np.bincount(marks[0], minlength=256)
                days += [matrix.session_at(year, span.start + int(column)).date for column in (marked[0], marked[-1])]
        if not days:
            return None
        by_code = {BY_BYTE[byte].code: int(codes[byte]) for byte in np.flatnonzero(codes).tolist() if byte != BLANK}
        return Held(rates.figures(sums.astype(np.int32)), by_code, min(days), max(days))


def _spells(school: School, first: dt.date, last: dt.date) -> list[_Spell]:
    touching = Enrolment.objects.filter(school=school).touching(first, last).select_related("pupil").order_by("pk")
    return [_Spell(one.pk, one.pupil, one.start, one.end) for one in touching]


def held_by(school: School, first: dt.date, last: dt.date) -> list[tuple[Pupil, int, Held]]:
    """(pupil, enrolment, what its register holds) of every spell at a school with marks between two days. Two queries."""
    spells = _spells(school, first, last)
    registers = _Register(register.read_years(matrix.years_between(first, last), enrolments=[spell.pk for spell in spells]))
    found = ((spell, registers.held([spell], first, last)) for spell in spells)
    return [(spell.pupil, spell.pk, held) for spell, held in found if held is not None]


def beside(snapshots: Sequence[Snapshot], school: School) -> dict[int, Beside]:
    """Each of a school's snapshots, by its key, beside the register as it stands now. Three queries for all of them."""
    if not snapshots:
        return {}
    first, last = min(one.first for one in snapshots), max(one.last for one in snapshots)
    rows: dict[int, list[SnapshotRow]] = {one.pk: [] for one in snapshots}
    for row in SnapshotRow.objects.filter(snapshot__in=list(rows)).select_related("pupil"):
        rows[row.snapshot_id].append(row)
    spells = _spells(school, first, last)
    years = sorted({year for one in snapshots for year in one.years})
    held = _Register(register.read_years(years, enrolments=[spell.pk for spell in spells]))
    return {one.pk: _beside(one, rows[one.pk], spells, held) for one in snapshots}


def _beside(snapshot: Snapshot, rows: list[SnapshotRow], spells: list[_Spell], held: _Register) -> Beside:
    there = [one for one in spells if one.start <= snapshot.last and (one.end is None or one.end >= snapshot.first)]
    of_pupil: dict[int, list[_Spell]] = {}
    for spell in there:
        of_pupil.setdefault(spell.pupil.pk, []).append(spell)
    said_of: dict[int, list[SnapshotRow]] = {}
    for row in rows:
        said_of.setdefault(row.pupil_id, []).append(row)
    lines, not_asked = [], 0
    for pupil, theirs in said_of.items():
        lines.append(_line(snapshot, theirs[0].pupil, theirs, of_pupil.get(pupil, []), held))
    for pupil, own in of_pupil.items():
        if pupil in said_of:
            continue
        line = _line(snapshot, own[0].pupil, [], own, held)
        if line.held is None or not line.held.figures.possible:
            continue  # nothing on either side
        if _is_asked(snapshot, own[0].pupil):
            lines.append(line)
        else:
            not_asked += 1
    lines.sort(key=lambda line: (_ORDER.index(line.standing), -line.size, line.pupil.sort_name, line.pupil.pk))
    both = [line for line in lines if line.said is not None and line.held is not None and line.standing != Standing.NOT_ON_ROLL]
    return Beside(
        snapshot=snapshot,
        lines=lines,
        counts=Counter(line.standing for line in lines),
        said=rates.total(line.said.figures for line in both if line.said),
        held=rates.total(line.held.figures for line in both if line.held),
        not_asked=not_asked,
    )


def _line(snapshot: Snapshot, pupil: Pupil, rows: list[SnapshotRow], spells: list[_Spell], held: _Register) -> PupilLine:
    named = {row.enrolment_id for row in rows}
    compared = [spell for spell in spells if not rows or None in named or spell.pk in named]
    said = _said(rows)
    ours = held.held(compared, snapshot.first, snapshot.last)
    on_roll = bool(compared)
    source = "census" if snapshot.is_census else "summary"
    return PupilLine(
        pupil=pupil,
        enrolments=frozenset(spell.pk for spell in compared),
        standing=standing(said, ours, on_roll=on_roll),
        said=said,
        held=ours,
        differences=differences(said, ours) if said and ours else (),
        question=question(str(pupil), source, said, ours, first=snapshot.first, last=snapshot.last, on_roll=on_roll),
        notes=wrong_words(said) if said else [],
    )


def _said(rows: list[SnapshotRow]) -> Said | None:
    found: Said | None = None
    for row in rows:
        one = Said(
            row.possible,
            row.attended,
            row.authorised,
            row.unauthorised,
            row.late,
            row.reasons or None,
            row.said_persistent,
            row.said_severe,
        )
        found = one if found is None else found + one
    return found


def _is_asked(snapshot: Snapshot, pupil: Pupil) -> bool:
    """Whether a pupil without totals is to be asked about: a census leaves out whose absence it does not collect."""
    if not snapshot.is_census or pupil.dob is None:
        return True
    day = dt.date(matrix.academic_year(snapshot.first), 8, 31)
    age = day.year - pupil.dob.year - ((day.month, day.day) < (pupil.dob.month, pupil.dob.day))
    return age in _ASKED_AGES
