"""The borough's registers, written as schools' extracts would be: a file, a load, a delta, and marks that changed since.

Three extracts a school: last year whole; this year until some weeks ago, as it stood then; and the weeks since, which also
settle what had no reason yet. A few schools have fallen silent, and one sends only some of its year groups.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings

from accounts.clock import LONDON
from accounts.models import User
from attendance import matrix, register
from attendance.codes import BLANK, BY_BYTE, BY_CODE
from attendance.imports import receive
from attendance.matrix import Marks
from attendance.models import Extract, Load
from config.demo import marks as drawing
from config.demo.dates import Calendar
from config.demo.faces import PupilRow
from config.demo.people import Children, Ints
from config.demo.places import Place
from config.demo.plan import Plan
from schools.models import School

SOURCE = "demo"
FORTNIGHT = dt.timedelta(days=16)
OVERLAP = dt.timedelta(days=33)  # how far back a weekly export goes: settled reasons come with it
SILENT, PARTIAL, CORRECTING = 3, 1, 6  # schools that stopped sending, send in part, and change marks on evidence


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
    quiet: dict[int, str] = field(default_factory=dict)  # place -> silent, partial or correcting
    part_time: list[tuple[int, dt.date, dt.date]] = field(default_factory=list)  # child, first and last C2
    marks_written: int = 0

    def __post_init__(self) -> None:
        """The schools that stand out are neither the first of a phase, whose logins are told, nor very small."""
        usual = [i for i, place in enumerate(self.places) if place.pupils > 40 and not place.independent]
        heads = {next((i for i in usual if self.places[i].phase == phase), -1) for phase in ("primary", "secondary")}
        order = [int(i) for i in self.rng.permutation([i for i in usual if i not in heads])]
        few = max(1, len(self.places) // 12)
        kinds = ["silent"] * min(SILENT, few) + ["partial"] * PARTIAL + ["correcting"] * min(CORRECTING, few)
        self.quiet = dict(zip(order, kinds, strict=False))

    def write(self, place: int) -> None:
        """Both years of one school."""
        school = self.schools[place]
        register.lock(school.pk)
        last, this = self.plans
        rows, marks, settling = self._drawn(last, place)
        if len(rows):
            end = self.calendars[place, last.year].terms[-1][2]
            said = drawing.unsettled(marks, settling, str(last.phase[rows[0]]), matrix.index_of(end, pm=True))
            name = f"register-{last.year}-{last.year + 1}.csv"
            self._put(Part(school, name, last, rows, said, self.moments.at(end)))
        rows, marks, settling = self._drawn(this, place)
        if len(rows):
            self._this_year(place, rows, marks, settling)

    def _drawn(self, plan: Plan, place: int) -> tuple[Ints, Marks, np.ndarray]:
        rows = np.flatnonzero(plan.place == place)
        if not len(rows):
            return rows, matrix.blank(0), np.zeros((0, matrix.LENGTH), np.float32)
        rows, marks, settling = drawing.draw(plan, place, self.calendars[place, plan.year], self.children, self.rng)
        marks = drawing.cut(marks, plan.year, self.moments.today)
        self._note_part_time(plan, rows, marks)
        return rows, marks, settling

    def _this_year(self, place: int, rows: Ints, marks: Marks, settling: np.ndarray) -> None:
        plan, school, today = self.plans[1], self.schools[place], self.moments.today
        phase = str(plan.phase[rows[0]])
        met = [day for day in self.calendars[place, plan.year].days() if day <= today]
        if not met:
            return
        contact = self.contacts.get(school.pk)
        before = [day for day in met if day <= today - FORTNIGHT]
        if before:
            first = drawing.cut(marks, plan.year, before[-1])
            first = drawing.unsettled(first, settling, phase, matrix.index_of(before[-1], pm=True))
            if self.quiet.get(place) == "correcting":
                first = self._before_evidence(first)
            name = f"register-autumn-to-{before[-1]:%Y-%m-%d}.csv"
            self._put(Part(school, name, plan, rows, first, self.moments.at(before[-1]), contact))
        if self.quiet.get(place) == "silent" and before:
            return
        said = drawing.unsettled(marks, settling, phase, matrix.index_of(met[-1], pm=True))
        if self.quiet.get(place) != "correcting":
            said[:, : matrix.span(plan.year, met[-1] - OVERLAP, met[-1]).start] = BLANK
        if self.quiet.get(place) == "partial":
            said[plan.group[rows] % 2 == 1] = BLANK
        name = f"register-to-{met[-1]:%Y-%m-%d}.csv"
        self._put(Part(school, name, plan, rows, said, self.moments.at(met[-1]), contact))

    def _before_evidence(self, marks: Marks) -> Marks:
        """Some illness was first recorded as O: the later extract brings the evidence."""
        ill = marks == BY_CODE["I"].byte
        doubted = ill & (self.rng.random(marks.shape, np.float32) < 0.02)
        return np.where(doubted, BY_CODE["O"].byte, marks).astype(np.uint8)

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
        kept = receive.keep([self._file(part)], limit=settings.MAX_EXTRACT_BYTES)
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
