"""Whose marks these are: pupils to enrolments, marks to the spell on roll that they belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from django.db import connection
from django.db.models import Q
from numpy.typing import NDArray

from attendance.codes import BY_BYTE, NO_LONGER, NO_LONGER_BYTE, Class, classes
from attendance.imports.cells import all_different
from attendance.imports.parsed import Parsed, Problem, Texts, Weeks
from attendance.imports.senders import Flags, Headings, Ints, different, problem_of
from schools import names
from schools.lookups import array
from schools.models import Enrolment, FormerUpn, Pupil, School


@dataclass
class Spell:
    """One enrolment at the school, with dates as day numbers."""

    pk: int
    pupil: int
    start: dt.date
    end: dt.date | None
    from_marks: bool
    year_group: str


@dataclass
class Placed:
    """The marks of one school: mark `i` stands in `enrolment[i]`'s register. Parallel arrays; or `weeks`, whose rows they are of."""

    enrolment: Ints
    day: NDArray[np.datetime64]
    pm: Flags
    byte: NDArray[np.uint8]
    weeks: Weeks | None = None  # then `day`, `pm` and `byte` are empty
    outside: int = 0  # of them outside the dates on roll; closures and marks before admission not counted
    pupils_outside: int = 0
    starts: dict[int, dt.date] = field(default_factory=dict)  # enrolments opened from marks that turn out to start earlier
    year_groups: dict[int, str] = field(default_factory=dict)  # enrolment -> as the file gives it
    pupils: set[int] = field(default_factory=set)  # matched
    unmatched: set[str] = field(default_factory=set)  # UPNs
    doubted: frozenset[str] = frozenset()  # UPNs of other schools' pupils, with a name and date of birth that are not theirs
    questions: list[str] = field(default_factory=list)  # sentences about this school's marks as a whole
    problems: list[Problem] = field(default_factory=list)

    @property
    def first(self) -> dt.date:
        """Day of the first session spoken of."""
        return (self.day.min() if self.weeks is None else self.weeks.first).item()

    @property
    def last(self) -> dt.date:
        return (self.day.max() if self.weeks is None else self.weeks.last).item()


BLANK = Q(dob=None) | Q(surname=names.NOT_KNOWN)
# pupils by number, whether anything is `BLANK` of them, and their spells at a school, newest first: one look for both
_KNOWN = f"""
    select p.upn, p.id, p.dob is null or p.surname = %s, e.id, e.start, e."end", e.start_from_marks, e.year_group
    from {Pupil._meta.db_table} p left join {Enrolment._meta.db_table} e on e.pupil_id = p.id and e.school_id = %s
    where p.upn = any(%s::text[]) order by p.id, e.start desc
"""  # noqa: S608


class Roll:
    """The pupils of one school that a file speaks of, by the UPN it gives."""

    def __init__(self, school: School, upns: Iterable[str], *, unproved: frozenset[str] = frozenset()) -> None:
        self.school = school
        self.unproved = unproved  # other schools' children, not plainly those the file means (admit)
        upns = sorted(set(upns) - {""})
        self.pupil_of: dict[str, int] = {}
        self.spells: dict[int, list[Spell]] = {}
        self.blanks = False  # is anything not known of anybody here that a register may tell (fill)?
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [names.NOT_KNOWN, school.pk, array(upns)])
            for upn, pupil, blank, pk, *spell in cursor.fetchall():
                self.pupil_of[upn] = pupil
                self.blanks |= blank
                if pk is not None:
                    self.spells.setdefault(pupil, []).append(Spell(pk, pupil, *spell))
        former: dict[str, list[int]] = {}
        missing = [upn for upn in upns if upn not in self.pupil_of]
        if missing:
            for upn, pupil in FormerUpn.objects.filter(upn__any_of=missing).order_by("pupil").values_list("upn", "pupil"):
                former.setdefault(upn, []).append(pupil)
        self.ambiguous: set[str] = set()  # numbers that two pupils once had: they name neither
        for spell in self._read({pupil for pupils in former.values() for pupil in pupils} - set(self.pupil_of.values())):
            self.spells.setdefault(spell.pupil, []).append(spell)
        self.blanks |= bool(former)
        for upn, pupils in former.items():
            here = [pupil for pupil in pupils if pupil in self.spells] or pupils
            if len(here) == 1:
                self.pupil_of[upn] = here[0]
            else:
                self.ambiguous.add(upn)
        # numbers of nobody who is on this roll
        self.strange = [upn for upn in upns if not self.knows(upn) and upn not in self.ambiguous and upn not in unproved]

    def link(self, pupil_of: Mapping[str, int]) -> None:
        """Pupils by what stands for a number: whom a person has said is meant."""
        for spell in self._read({pupil for pupil in pupil_of.values() if pupil not in self.spells}):
            self.spells.setdefault(spell.pupil, []).append(spell)
        self.pupil_of |= pupil_of

    def _read(self, pupils: set[int]) -> Iterable[Spell]:
        if not pupils:
            return
        rows = Enrolment.objects.filter(school=self.school, pupil__any_of=pupils).order_by("pupil", "-start")
        for row in rows.values_list("pk", "pupil", "start", "end", "start_from_marks", "year_group"):
            yield Spell(*row)

    def knows(self, upn: str) -> bool:
        return self.pupil_of.get(upn) in self.spells

    def spells_of(self, upn: str) -> list[Spell]:
        """Newest first."""
        return self.spells.get(self.pupil_of.get(upn, 0), [])


def place(parsed: Parsed, rows: Ints, roll: Roll, headings: Headings, *, key: Texts | None = None) -> Placed:
    """Put every mark of `rows` in the register it belongs to; reject rows of pupils who are not on this school's roll.

    `key` says, by row of the file, whom `roll` knows it by, where that is not the UPN alone.
    """
    of_row, upns = parsed.upns(rows) if key is None or key is parsed.upn else different(key[rows])
    known = np.array([roll.knows(upn) for upn in upns], np.bool_)
    key_of_row = np.full(parsed.rows_read, -1, np.int64)
    key_of_row[rows] = np.where(known[of_row], of_row, -1)
    spells = [roll.spells_of(upn) for upn in upns]
    placed = _place_weeks(parsed, key_of_row, spells, roll.school) or _place_singly(parsed, key_of_row, spells)
    placed.pupils = {roll.pupil_of[upn] for upn, here in zip(upns, known.tolist(), strict=True) if here}
    _reject_strangers(parsed, rows[~known[of_row]], roll, headings, placed)
    _year_groups(parsed, rows, key_of_row, spells, placed)
    return placed


def _place_singly(parsed: Parsed, key_of_row: Ints, spells: list[list[Spell]]) -> Placed:
    key = key_of_row[parsed.cell_row]
    cells: Ints | slice = slice(None)
    if len(key) and key.min() < 0:
        cells = np.flatnonzero(key >= 0)
        key = key[cells]
    placed = Placed(
        enrolment=np.zeros(len(key), np.int64),
        day=parsed.cell_date[cells],
        pm=parsed.cell_pm[cells],
        byte=parsed.cell_byte[cells],
    )
    _choose_spells(placed, key, spells)
    _reject_contradictions(parsed, cells, placed)
    return placed


def _place_weeks(parsed: Parsed, key_of_row: Ints, spells: list[list[Spell]], school: School) -> Placed | None:
    """Whole weeks, where every pupil has one spell, which covers all the days there are, and no week twice; else None."""
    weeks = parsed.marks
    if not isinstance(weeks, Weeks) or school.closed is not None:
        return None
    key = key_of_row[weeks.row]
    if len(key) and key.min() < 0:
        weeks, key = weeks.only(key >= 0), key[key >= 0]
    table, days = _spell_table(spells), _numbers(weeks.start)
    if not len(key) or not _all_covered(table, key, _numbers(np.array([weeks.first, weeks.last]))):
        return None
    theirs = np.flatnonzero(np.bincount(key, minlength=len(table.pk)))
    if not all_different(table.pk[theirs, 0]) or not _said_once(key, days):
        return None  # two numbers of one pupil, say
    nothing = np.zeros(0, np.int64)
    return Placed(table.pk[key, 0], nothing.view("datetime64[D]"), nothing.astype(np.bool_), nothing.astype(np.uint8), weeks)


def describes(parsed: Parsed, row: int) -> bool:
    """Whether a row says more of its pupil than the number."""
    return bool(parsed.surname[row]) or parsed.dob[row] is not None


def _reject_strangers(parsed: Parsed, rows: Ints, roll: Roll, headings: Headings, placed: Placed) -> None:
    for row in rows.tolist():
        upn = str(parsed.upn[row])
        placed.unmatched.add(upn)
        words = f"No pupil with UPN {upn} is on roll at {roll.school}. Add the pupil, or load the file again and let it add them."
        if parsed.totals is not None:  # totals without marks put nobody on roll
            words = f"No pupil with UPN {upn} is on roll at {roll.school}. Add the pupil and send this row again, or leave it out."
        if upn in roll.unproved and describes(parsed, row):
            words = (
                "This UPN belongs to a pupil of another school whose name or date of birth is not the one in this row. "
                "Check the number, or ask the authority."
            )
        elif upn in roll.unproved:
            words = f"UPN {upn} is known at another school. Give the surname or date of birth that goes with it, or ask the authority."
        if upn in roll.ambiguous:
            words = f"UPN {upn} was once the number of two pupils. Use the pupil’s number of today."
        placed.problems.append(problem_of(parsed, row, headings.upn, upn, words))


def place_all(day: NDArray[np.datetime64], pm: Flags, byte: NDArray[np.uint8], spells: list[Spell]) -> Placed:
    """The marks of one pupil, each in the register it belongs to. `spells`: theirs at the school, newest first, at least one."""
    placed = Placed(enrolment=np.zeros(len(day), np.int64), day=day, pm=pm, byte=byte, pupils={spells[0].pupil})
    _choose_spells(placed, np.zeros(len(day), np.int64), [spells])
    return placed


def _choose_spells(placed: Placed, key: Ints, spells: list[list[Spell]]) -> None:
    """The spell that covers the day, else the nearest one; of several the one that began last."""
    table = _spell_table(spells)
    days = _numbers(placed.day)
    if _all_covered(table, key, days):
        placed.enrolment = table.pk[key, 0]
        return
    nearest, chosen = np.full(len(key), _NEVER), np.zeros(len(key), np.int64)
    for position in range(table.pk.shape[1]):
        start, end = table.start[key, position], table.end[key, position]
        away = np.where(table.pk[key, position] == 0, _NEVER, np.maximum(np.maximum(start - days, days - end), 0))
        chosen = np.where(away < nearest, position, chosen)
        nearest = np.minimum(away, nearest)
    placed.enrolment = table.pk[key, chosen]
    # a spell opened from marks begins with the earliest of them, in whatever order the files come
    moves = table.from_marks[key, chosen] & (days < table.start[key, chosen]) & (placed.byte != NO_LONGER_BYTE)
    nearest[moves] = 0
    for pk in np.unique(placed.enrolment[moves]).tolist():
        first = int(days[moves & (placed.enrolment == pk)].min())
        placed.starts[pk] = dt.date.fromordinal(first + _EPOCH)
    outside = (nearest > 0) & (classes(placed.byte) != Class.NOT_COLLECTED)
    placed.outside, placed.pupils_outside = int(outside.sum()), len(np.unique(key[outside]))


def _all_covered(table: _SpellTable, key: Ints, days: Ints) -> bool:
    """Whether every pupil has one spell, which covers every day there is: most files."""
    theirs = np.flatnonzero(np.bincount(key, minlength=len(table.pk)))
    if not len(theirs) or table.pk.shape[1] > 1:
        return False
    return bool((table.pk[theirs, 0] > 0).all() and table.start[theirs, 0].max() <= days.min() and table.end[theirs, 0].min() >= days.max())


@dataclass(frozen=True)
class _SpellTable:
    """Spells by key and position (newest first), dates as day numbers; pk 0 fills up."""

    pk: Ints
    start: Ints
    end: Ints
    from_marks: Flags


def _spell_table(spells: list[list[Spell]]) -> _SpellTable:
    shape = (len(spells), max((len(own) for own in spells), default=0) or 1)
    table = _SpellTable(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(shape, _NEVER), np.zeros(shape, np.bool_))
    for key, own in enumerate(spells):
        for position, spell in enumerate(own):
            table.pk[key, position] = spell.pk
            table.start[key, position] = _number(spell.start)
            table.end[key, position] = _number(spell.end) if spell.end else _NEVER
            table.from_marks[key, position] = spell.from_marks
    return table


_EPOCH = dt.date(1970, 1, 1).toordinal()
_NEVER = np.int64(10**9)  # later than any day, further than any distance


def _numbers(days: NDArray[np.datetime64]) -> Ints:
    return days.astype("datetime64[D]", copy=False).view(np.int64)


def _number(day: dt.date) -> int:
    """Days since 1970, as NumPy counts them."""
    return day.toordinal() - _EPOCH


def _year_groups(parsed: Parsed, rows: Ints, key_of_row: Ints, spells: list[list[Spell]], placed: Placed) -> None:
    """The year group in a pupil's last row, where it is not what the newest spell on this roll says."""
    given = rows[(key_of_row[rows] >= 0) & (parsed.year_group[rows] != "")]
    last = dict(zip(key_of_row[given].tolist(), parsed.year_group[given].tolist(), strict=True))
    for key, year_group in last.items():
        if spells[key][0].year_group != year_group:
            placed.year_groups[spells[key][0].pk] = year_group


def _reject_contradictions(parsed: Parsed, cells: Ints | slice, placed: Placed) -> None:
    """Two different marks for one session of one pupil, who came under an old and a new UPN, say: neither row is taken."""
    days = _numbers(placed.day)
    session = days * 2 + placed.pm
    if len(days) and _said_once(placed.enrolment, session):
        return
    _, of_cell, count = np.unique(placed.enrolment * 2**20 + session, return_inverse=True, return_counts=True)
    groups: dict[int, list[int]] = {}
    for cell in np.flatnonzero(count[of_cell] > 1).tolist():
        groups.setdefault(int(of_cell[cell]), []).append(cell)
    rows = parsed.cell_row[cells]
    found: dict[int, Problem] = {}
    for group in groups.values():
        if len({int(placed.byte[cell]) for cell in group}) > 1:
            for cell in group:
                found.setdefault(int(rows[cell]), _contradiction(parsed, rows, placed, cell, group))
    if found:
        placed.problems += found.values()
        stays = ~np.isin(rows, list(found))
        for name in ("enrolment", "day", "pm", "byte"):
            setattr(placed, name, getattr(placed, name)[stays])


def _said_once(enrolment: Ints, session: Ints) -> bool:
    low, high = int(session.min()), int(session.max())
    return all_different((enrolment - enrolment.min()) * (high - low + 1) + session - low)


def _contradiction(parsed: Parsed, rows: Ints, placed: Placed, cell: int, group: list[int]) -> Problem:
    other = next(int(rows[c]) for c in group if placed.byte[c] != placed.byte[cell])
    day, half = placed.day[cell].item(), "PM" if placed.pm[cell] else "AM"
    byte = int(placed.byte[cell])
    code = NO_LONGER if byte == NO_LONGER_BYTE else BY_BYTE[byte].code
    words = (
        f"{parsed.unit.capitalize()} {parsed.lines[other]} gives another mark for this pupil on {day:%-d %B %Y} {half}. Keep the right one."
    )
    return problem_of(parsed, int(rows[cell]), f"{day.isoformat()} {half}", code, words)
