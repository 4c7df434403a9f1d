"""The borough's registers, written as schools' extracts would be: a file, a load, a delta, and marks that changed since.

Three extracts a school: last year whole; this year until some weeks ago, as it stood then; and the weeks since, which also
settle what had no reason yet. A few schools have fallen silent, one sends only some of its year groups, and one has sent marks that
it will be asked about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from accounts.clock import LONDON
from accounts.models import User
from attendance import matrix, register
from attendance.codes import BLANK, BY_BYTE, BY_CODE
from attendance.imports import receive
from attendance.matrix import Marks
from attendance.models import Extract, Load
from attendance.sources import UPLOAD
from config.demo import marks as drawing
from config.demo.dates import Calendar
from config.demo.faces import PupilRow
from config.demo.people import Children, Ints
from config.demo.places import Place
from config.demo.plan import Plan
from schools.models import School

SOURCE = UPLOAD
FORTNIGHT = dt.timedelta(days=16)
OVERLAP = dt.timedelta(days=33)  # how far back a weekly export goes: settled reasons come with it
# schools that stopped sending, send in part, change marks on evidence, and have marks that raise questions
SILENT, PARTIAL, CORRECTING, ASKED = 3, 1, 6, 1


# a cell of the file with the comma before it, by byte: at most three characters
_CELLS = np.array([f",{BY_BYTE[byte].code if byte in BY_BYTE else ''}".encode() for byte in range(256)], "S3")


@dataclass(frozen=True, slots=True)
class Moments:
    """When the extracts were made. Never after the moment at which a file received now would be placed."""

    today: dt.date
    now: dt.datetime

    def at(self, day: dt.date, hour: int = 16) -> dt.datetime:
        return min(dt.datetime.combine(day, dt.time(hour, 30), LONDON), self.now)


@dataclass(slots=True)
class Part:
    """What one extract says: rows of enrolments of one year, blank where it says nothing."""

    school: School
    name: str
    plan: Plan
    rows: Ints  # of the plan
    marks: Marks
    as_at: dt.datetime
    by: User | None = None
    content: bytes = b""


@dataclass(slots=True)
class Writer:
    """Draws and writes one school after another."""

    places: list[Place]
    schools: list[School]
    children: Children
    pupils: list[PupilRow]  # by child
    enrolments: Ints  # keys by spell
    calendars: dict[tuple[int, int], Calendar]
    plans: tuple[Plan, Plan]  # last year's and this year's
    contacts: dict[int, User]  # by school
    moments: Moments
    rng: np.random.Generator
    quiet: dict[int, str] = field(default_factory=dict)  # place -> silent, partial, correcting or asked
    part_time: list[tuple[int, dt.date, dt.date]] = field(default_factory=list)  # child, first and last C2
    marks_written: int = 0

    def __post_init__(self) -> None:
        """The schools that stand out are neither the first of a phase, whose logins are told, nor very small."""
        usual = [i for i, place in enumerate(self.places) if place.pupils > 40 and not place.independent]
        heads = {next((i for i in usual if self.places[i].phase == phase), -1) for phase in ("primary", "secondary")}
        order = [int(i) for i in self.rng.permutation([i for i in usual if i not in heads])]
        few = max(1, len(self.places) // 12)
        kinds = ["silent"] * min(SILENT, few) + ["partial"] * PARTIAL + ["correcting"] * min(CORRECTING, few) + ["asked"] * ASKED
        self.quiet = dict(zip(order, kinds, strict=False))

    def write_all(self, done: Callable[[], None]) -> None:
        """School after school. While one is written the next is drawn: drawing touches no database."""
        generators = self.rng.spawn(len(self.places))
        with ThreadPoolExecutor(1) as ahead:
            drawn = ahead.submit(self._draw, 0, generators[0])
            for place in range(len(self.places)):
                parts = drawn.result()
                if place + 1 < len(self.places):
                    drawn = ahead.submit(self._draw, place + 1, generators[place + 1])
                register.lock(self.schools[place].pk)
                for part in parts:
                    self._put(part)
                done()

    def _draw(self, place: int, rng: np.random.Generator) -> list[Part]:
        """Both years of one school, as extracts in the order they were made."""
        parts: list[Part] = []
        last, this = self.plans
        if (last.place == place).any():
            rows, marks, settling = self._marks(last, place, rng)
            end = self.calendars[place, last.year].terms[-1][2]
            said = drawing.unsettled(marks, settling, str(last.phase[rows[0]]), matrix.index_of(end, pm=True))
            parts.append(Part(self.schools[place], f"register-{last.year}-{last.year + 1}.csv", last, rows, said, self.moments.at(end)))
        if (this.place == place).any():
            parts += self._this_year(place, rng)
        for part in parts:
            part.content = self._file(part)
        return parts

    def _marks(self, plan: Plan, place: int, rng: np.random.Generator) -> tuple[Ints, Marks, NDArray[np.float32]]:
        rows, marks, settling = drawing.draw(plan, place, self.calendars[place, plan.year], self.children, rng)
        marks = drawing.cut(marks, plan.year, self.moments.today)
        self._note_part_time(plan, rows, marks)
        return rows, marks, settling

    def _this_year(self, place: int, rng: np.random.Generator) -> list[Part]:
        plan, school, today = self.plans[1], self.schools[place], self.moments.today
        rows, marks, settling = self._marks(plan, place, rng)
        phase, quiet, contact = str(plan.phase[rows[0]]), self.quiet.get(place), self.contacts.get(school.pk)
        met = [day for day in self.calendars[place, plan.year].days() if day <= today]
        before = [day for day in met if day <= today - FORTNIGHT]
        parts: list[Part] = []
        for day in sorted({*before[-1:], *met[-1:]}):
            said = drawing.unsettled(drawing.cut(marks, plan.year, day), settling, phase, matrix.index_of(day, pm=True))
            first = not parts and bool(before)
            if first and quiet == "correcting":
                said = _before_evidence(said, rng)
            if not first and quiet != "correcting":
                said[:, : matrix.span(plan.year, day - OVERLAP, day).start] = BLANK
            if not first and quiet == "partial":
                said[plan.group[rows] % 2 == 1] = BLANK
            parts.append(Part(school, f"register-to-{day:%Y-%m-%d}.csv", plan, rows, said, self.moments.at(day), contact))
        if quiet == "asked" and parts:
            parts.append(
                Part(
                    school,
                    f"register-changes-{today:%Y-%m-%d}.csv",
                    plan,
                    rows,
                    self._wondered_at(place, rows),
                    self.moments.at(today),
                    contact,
                )
            )
        return parts[:1] if quiet == "silent" else parts

    def _wondered_at(self, place: int, rows: Ints) -> Marks:
        """Marks somebody keyed on the wrong day and with the wrong letter: some present when the school was shut, some X."""
        year, today = self.plans[1].year, self.moments.today
        said = matrix.blank(len(rows))
        shut = [day for _, day in self.calendars[place, year].closures if day < today]
        for day in shut[:1]:
            at = matrix.index_of(day)
            said[:6, at : at + 2] = [BY_CODE["/"].byte, BY_CODE["\\"].byte]
        met = [day for day in self.calendars[place, year].days() if day < today]
        for day in met[-8:-6]:
            at = matrix.index_of(day)
            said[8:10, at : at + 2] = BY_CODE["X"].byte
        return said

    def _note_part_time(self, plan: Plan, rows: Ints, marks: Marks) -> None:
        found = marks == BY_CODE["C2"].byte
        for row in np.flatnonzero(found.any(axis=1)).tolist():
            columns = np.flatnonzero(found[row])
            first, last = (matrix.session_at(plan.year, int(columns[i])).date for i in (0, -1))
            self.part_time.append((int(plan.child[rows[row]]), first, last))

    def _put(self, part: Part) -> None:
        """One extract and its load, as the importer leaves them."""
        speaks = (part.marks != BLANK).any(axis=1)
        if not speaks.any():
            return
        kept = receive.keep([part.content], limit=settings.MAX_EXTRACT_BYTES)
        columns = np.flatnonzero((part.marks != BLANK).any(axis=0))
        first, last = (matrix.session_at(part.plan.year, int(columns[i])).date for i in (0, -1))
        received = min(part.as_at + dt.timedelta(minutes=20), self.moments.now)
        extract = Extract.objects.create(
            school=part.school, source=SOURCE, filename=part.name, sha256=kept.sha256, size=kept.size, stored=kept.name,
            layout=Extract.Layout.DATES, as_at=part.as_at, received_at=received, received_by=part.by,
            status=Extract.Status.LOADED, finished_at=received, rows_read=int(speaks.sum()), pupils_matched=int(speaks.sum()),
        )  # fmt: skip
        load = Load.objects.create(
            extract=extract, school=part.school, as_at=part.as_at, received_at=received, followed_at=received, by=part.by,
            first_session=first, last_session=last,
        )  # fmt: skip
        counts = register.write(load, part.plan.year, self.enrolments[part.plan.spell[part.rows[speaks]]], part.marks[speaks])
        Load.objects.filter(pk=load.pk).update(
            marks_set=counts.set, marks_unchanged=counts.unchanged, marks_amended=counts.amended, marks_older=counts.older
        )
        self.marks_written += counts.set

    def _file(self, part: Part) -> bytes:
        """The extract as the school's system would have made it: a row for each pupil, a column for each session."""
        columns = np.flatnonzero((part.marks != BLANK).any(axis=0))
        at = [matrix.session_at(part.plan.year, int(column)) for column in columns]
        heading = "UPN,Legal surname,Legal forename,Year," + ",".join(f"{s.date:%d/%m/%Y} {'PM' if s.pm else 'AM'}" for s in at)
        lines = [heading.encode()]
        cells = _CELLS[part.marks[:, columns]]
        for row in np.flatnonzero((part.marks != BLANK).any(axis=1)).tolist():
            pupil, group = self.pupils[part.plan.child[part.rows[row]]], part.plan.group[part.rows[row]]
            start = f"{pupil.upn},{pupil.surname},{pupil.forename},{group if group > 0 else 'R'}"
            lines.append(start.encode() + cells[row].tobytes().replace(b"\0", b""))
        return b"\n".join(lines) + b"\n"


def _before_evidence(marks: Marks, rng: np.random.Generator) -> Marks:
    """Some illness was first recorded as O: the later extract brings the evidence."""
    doubted = (marks == BY_CODE["I"].byte) & (rng.random(marks.shape, np.float32) < 0.02)
    return np.where(doubted, BY_CODE["O"].byte, marks).astype(np.uint8)
