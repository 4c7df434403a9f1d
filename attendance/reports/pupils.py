"""Reads for pages about pupils: the list of those at risk, and one pupil's year as a grid with its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import F, FilteredRelation, FloatField, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Cast, NullIf
from numpy.typing import NDArray

from accounts.models import User
from attendance import matrix, register
from attendance.codes import BLANK, BY_BYTE, BY_CODE, Class
from attendance.matrix import Session
from attendance.models import Amendment, Delta, EnrolmentFigures, Flag, Load
from attendance.rag import Steps
from schools.models import Enrolment, Pupil, School
from schools.policy import Policy


def at_risk(user: User, *, today: dt.date) -> QuerySet[Pupil]:
    """Pupils the user may see who have figures this academic year or an open flag, annotated for the list and its filters.

    Adds `possible`, `attended`, `authorised`, `unauthorised`, `late`, `absent` (sessions; None without figures this year) and
    `absence_pct` (0-100, None where nothing was possible), summed over the schools the user may see, and `open_flags`
    (list of Flag). Filter by `flags__...` in a subquery (`pk__in=Flag.objects.open().filter(...).values("pupil")`): a join
    would double the sums.
    """
    ours = Q(figures__year=matrix.academic_year(today))
    if not user.as_role.in_authority:  # in the authority, who sees a pupil's school sees the pupil whole
        ours &= Q(figures__school__in=list(School.objects.visible_to(user).values_list("pk", flat=True)))
    sums = {name: Sum(f"year_figures__{name}") for name in ("possible", "attended", "authorised", "unauthorised", "late")}
    flags = Prefetch("flags", Flag.objects.open().order_by("code"), to_attr="open_flags")
    return (
        Pupil.objects.visible_to(user)
        .annotate(year_figures=FilteredRelation("figures", condition=ours))
        .filter(Q(year_figures__isnull=False) | Q(pk__in=Flag.objects.open().values("pupil")), merged_into=None)
        .annotate(**sums)
        .annotate(absent=F("authorised") + F("unauthorised"))
        .annotate(absence_pct=100.0 * F("absent") / Cast(NullIf(F("possible"), 0), FloatField()))
        .prefetch_related(flags)
    )


def listed(user: User, *, today: dt.date, flagged: bool) -> QuerySet[Pupil]:
    """The pupils of `at_risk` without their sums. `flagged`: only those with an open flag will be asked for, so nobody looks twice."""
    pupils = Pupil.objects.visible_to(user).filter(merged_into=None)
    if flagged:
        return pupils
    year = EnrolmentFigures.objects.filter(year=matrix.academic_year(today))
    if not user.as_role.in_authority:
        year = year.filter(school__in=School.objects.visible_to(user).values("pk"))
    return pupils.filter(Q(pk__in=year.values("pupil")) | Q(pk__in=Flag.objects.open().values("pupil")))


def steps_of(policy: Policy) -> Steps:
    """By what a pupil's colour is decided."""
    return Steps(policy["pupil_red_percent"], policy["pupil_amber_percent"], policy["low_data_sessions"])


@dataclass(frozen=True, slots=True)
class Cell:
    """One session of the register. `kind`: none, attending, elsewhere, authorised, unauthorised, not-possible, not-collected."""

    session: Session
    code: str  # "" = no mark
    kind: str
    meaning: str
    counted: bool  # inside the enrolment's dates


@dataclass(frozen=True, slots=True)
class GridDay:
    date: dt.date
    am: Cell
    pm: Cell


@dataclass(frozen=True, slots=True)
class GridWeek:
    """Monday to Friday, and Saturday and Sunday too where one of them holds a mark other than # and Z."""

    monday: dt.date
    days: tuple[GridDay, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """One enrolment's academic year: weeks from the first with a mark to the last."""

    enrolment: Enrolment
    year: int
    weeks: tuple[GridWeek, ...]


_KINDS = {klass: klass.name.lower().replace("_", "-") for klass in Class} | {Class.NO_MARK: "none"}
# by byte, what a cell says of it: code, kind, meaning
_SAID = {byte: (code.code, _KINDS[code.klass], code.meaning) for byte, code in BY_BYTE.items()} | {BLANK: ("", "none", "No mark")}


def register_grids(pupil: Pupil, enrolments: Iterable[Enrolment], years: Sequence[int]) -> dict[int, list[Grid]]:
    """By year: the register of each of the pupil's `enrolments` that has marks in it, oldest enrolment first. One query."""
    ours = sorted((e for e in enrolments if e.pupil_id == pupil.pk), key=lambda e: (e.start, e.pk))
    return {year: _grids(ours, rows) for year, rows in register.read_years(years, enrolments=[e.pk for e in ours]).items()}


def _grids(ours: list[Enrolment], rows: register.Rows) -> list[Grid]:
    at = {pk: position for position, pk in enumerate(rows.enrolments.tolist())}
    return [_grid(e, rows.year, rows.marks[at[e.pk]]) for e in ours if e.pk in at and rows.marks[at[e.pk]].any()]


def _grid(enrolment: Enrolment, year: int, marks: NDArray[np.uint8]) -> Grid:
    counted = matrix.inside(year, [enrolment.start], [enrolment.end])[0].tolist()
    filled = np.flatnonzero(marks)
    first = matrix.session_at(year, int(filled[0])).date
    last = matrix.session_at(year, int(filled[-1])).date
    known = list(zip(marks.tolist(), counted, strict=True))
    weeks, monday = [], first - dt.timedelta(days=first.weekday())
    while monday <= last:
        days = tuple(_day(monday + dt.timedelta(days=n), year, known) for n in range(7))
        weekend = any(cell.code and cell.kind != "not-collected" for day in days[5:] for cell in (day.am, day.pm))
        weeks.append(GridWeek(monday, days if weekend else days[:5]))
        monday += dt.timedelta(weeks=1)
    return Grid(enrolment, year, tuple(weeks))


def _day(day: dt.date, year: int, known: Sequence[tuple[int, bool]]) -> GridDay:
    """`known`: of each session of the year its mark, and whether it counts."""
    am, pm = Session(day, False), Session(day, True)
    if matrix.academic_year(day) != year:  # the first or last week of the year reaches into its neighbour
        return GridDay(day, *(Cell(at, "", "none", "Another school year", False) for at in (am, pm)))
    index = matrix.index_of(day)
    return GridDay(day, _cell(am, *known[index]), _cell(pm, *known[index + 1]))


def _cell(at: Session, byte: int, counted: bool) -> Cell:
    return Cell(at, *_SAID[byte], counted)


@dataclass(frozen=True, slots=True)
class Change:
    """A mark that replaced a different one: what, when, and where from."""

    enrolment: Enrolment
    session: Session
    old: str
    new: str  # "" = the mark was taken back
    old_meaning: str
    new_meaning: str
    as_at: dt.datetime  # the school-side moment
    received_at: dt.datetime
    source: str  # "upload", the feed's name, ...
    filename: str
    by: str  # who sent it; "" for a command or a feed
    undo: bool  # came from undoing a load


def mark_history(pupil: Pupil, enrolments: Iterable[Enrolment], *, limit: int = 200) -> list[Change]:
    """Changes of the pupil's marks in `enrolments`, newest session first. One query."""
    ours = {e.pk: e for e in enrolments if e.pupil_id == pupil.pk}
    changes = (
        Amendment.objects.filter(enrolment__in=list(ours))
        .select_related("load", "load__extract", "load__by")
        .order_by("-date", "-pm", "-load__received_at", "-load_id")[:limit]
    )
    return [
        Change(
            enrolment=ours[c.enrolment_id],
            session=Session(c.date, c.pm),
            old=c.old,
            new=c.new,
            old_meaning=_meaning(c.old),
            new_meaning=_meaning(c.new),
            as_at=c.load.as_at,
            received_at=c.load.received_at,
            source=c.load.extract.source if c.load.extract else "",
            filename=c.load.extract.filename if c.load.extract else "",
            by=c.load.by.name if c.load.by else "",
            undo=c.load.kind == Load.Kind.UNDO,
        )
        for c in changes
    ]


def _meaning(code: str) -> str:
    return BY_CODE[code].meaning if code in BY_CODE else "No mark"


@dataclass(frozen=True, slots=True)
class Word:
    """What one load said of one session: its mark, what stood before and after, and where it came from."""

    enrolment: Enrolment
    session: Session
    said: str  # "" = taken back, or (an undo) put back to no mark
    before: str
    after: str
    load: Load
    undone: bool  # the load has been undone since

    @property
    def undo(self) -> bool:
        return self.load.kind == Load.Kind.UNDO

    @property
    def outcome(self) -> str:
        """In a word: "first", "changed", "confirmed", "older" (it said otherwise, and a later word stood) or "undone"."""
        if self.undo:
            return "undone"
        if self.after != self.said:
            return "older"
        if self.before == self.after:
            return "confirmed"
        return "first" if not self.before else "changed"


def told(enrolments: Sequence[Enrolment], day: dt.date) -> list[Word]:
    """Everything that loads ever said of a day's two sessions in these registers, in the order received. Two queries.

    What stood after a word is what stood before the next one, or stands now: nothing changes a mark but a load.
    """
    year, column = matrix.academic_year(day), matrix.index_of(day)
    rows = register.read(year, enrolments=[e.pk for e in enrolments])
    stands = {int(pk): marks[column : column + 2] for pk, marks in zip(rows.enrolments, rows.marks, strict=True)}
    deltas = Delta.objects.filter(school__in={e.school_id for e in enrolments}, year=year, first__lte=column + 1)
    deltas = deltas.filter(width__gt=column - F("first")).select_related("load__extract", "load__by", "load__undone_by")
    found: list[Word] = []
    after: dict[tuple[int, int], int] = {}
    for delta in deltas.order_by("-load__received_at", "-load_id"):
        place = register.unpack_ids(delta).tolist()
        ours = [(enrolment, place.index(enrolment.pk)) for enrolment in enrolments if enrolment.pk in place]
        if not ours:
            continue
        old, new = register.unpack(delta, "old"), register.unpack(delta, "new")
        for enrolment, at in ours:
            for pm in (1, 0):
                cell = (at, column + pm - delta.first)
                if not 0 <= cell[1] < delta.width or new[cell] == register.UNTOUCHED:
                    continue
                stood = after.get((enrolment.pk, pm), int(stands[enrolment.pk][pm]))
                said, before, now = (register.code_of(int(byte)) for byte in (new[cell], old[cell], stood))
                undone = hasattr(delta.load, "undone_by")
                found.append(Word(enrolment, Session(day, bool(pm)), said, before, now, delta.load, undone))
                after[enrolment.pk, pm] = int(old[cell])
    found.reverse()
    return sorted(found, key=lambda word: word.session)
