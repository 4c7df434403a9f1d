"""What the page of an extract says to the person who looks at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Count
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from attendance import matrix, register, waiting
from attendance.imports import keep, match, receive, senders
from attendance.imports.admit import consider
from attendance.imports.compare import LISTED
from attendance.imports.hold import set_apart
from attendance.imports.match import Roll
from attendance.imports.parsed import Parsed, Problem
from attendance.imports.senders import Headings
from attendance.models import Comparison, Extract, Flag, Load, Snapshot
from attendance.sources import label
from schools.models import Enrolment, School

SHOWN_PROBLEMS, SHOWN_REJECTS, SHOWN_FLAGS, SHOWN_MARKS, SHOWN_DIFFERENCES = 10, 50, 50, 20, 50


@dataclass(frozen=True, slots=True)
class Difference:
    """A mark that a source says otherwise than the register."""

    enrolment: Enrolment
    date: dt.date
    pm: bool
    said: str
    stands: str


def authoritative(comparisons: Iterable[Comparison]) -> str:
    """The sources whose marks count instead, in words."""
    names = sorted({name for one in comparisons for name in one.authoritative.split(", ") if name})
    return " and ".join(label(name) for name in names)


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of marks for which another source is authoritative, over the schools the user may see."""

    comparisons: list[Comparison]
    agree: int
    differ: int
    unknown: int
    listed: int  # of those that differ
    differences: list[Difference]  # the first of those listed, or all

    @property
    def marks(self) -> int:
        return self.agree + self.differ + self.unknown

    @property
    def authoritative(self) -> str:
        return authoritative(self.comparisons)


@dataclass(frozen=True)
class Receipt:
    """Counts over the schools the user may see, each with its own load."""

    loads: list[Load]
    undos: list[Load]
    counts: dict[str, int]
    may_undo: bool
    sees_rows: bool
    rejected: list[dict[str, str]]
    new_flags: list[Flag]
    more_flags: int
    compared: Compared | None  # None: every mark was the school's own source's
    held: waiting.OfExtract
    held_address: str  # where they are decided about; "" for who may not
    snapshots: list[Snapshot]  # of a summary: each with `brought`, the pupils whose totals this file brought

    @property
    def undone(self) -> bool:
        return bool(self.loads) and len(self.undos) == len(self.loads)

    @property
    def nothing_new(self) -> bool:
        return not (self.counts["set"] or self.counts["amended"])


def receipt(extract: Extract, user: User, *, all_differences: bool = False) -> Receipt:
    mine = extract.loads.filter(school__in=School.objects.visible_to(user)).select_related("school", "by").order_by("school__sort_name")
    every = list(mine)
    loads = [load for load in every if load.kind == Load.Kind.LOAD]
    names = ("set", "unchanged", "amended", "older", "outside")
    flags = list(new_flags(extract, loads, user))
    return Receipt(
        loads=loads,
        undos=[load for load in every if load.kind == Load.Kind.UNDO],
        counts={name: sum(getattr(load, f"marks_{name}") for load in loads) for name in names},
        may_undo=mine.undoable_by(user).exists(),
        sees_rows=sees_rows(extract, user),
        rejected=extract.rejected[:SHOWN_REJECTS] if sees_rows(extract, user) else [],
        new_flags=flags[:SHOWN_FLAGS],
        more_flags=max(len(flags) - SHOWN_FLAGS, 0),
        held=waiting.of_extract(extract, user),
        held_address=_held_address(extract, user),
        compared=compared(extract, user, most=LISTED if all_differences else SHOWN_DIFFERENCES),
        snapshots=_snapshots(extract, user) if extract.layout == Extract.Layout.SUMMARY else [],
    )


def compared(extract: Extract, user: User, *, most: int) -> Compared | None:
    mine = extract.comparisons.filter(school__in=School.objects.visible_to(user)).select_related("school")
    found = list(mine.order_by("school__sort_name"))
    if not found:
        return None
    listed = [one for comparison in found for one in comparison.differing]
    enrolments = Enrolment.objects.select_related("pupil", "school").in_bulk({one["enrolment"] for one in listed[:most]})
    differences = [
        Difference(enrolments[one["enrolment"]], dt.date.fromisoformat(one["date"]), one["pm"], one["said"], one["stands"])
        for one in listed[:most]
        if one["enrolment"] in enrolments  # a spell may have been taken off the roll since
    ]
    return Compared(
        comparisons=found,
        agree=sum(one.marks_agree for one in found),
        differ=sum(one.marks_differ for one in found),
        unknown=sum(one.marks_unknown for one in found),
        listed=min(len(listed), LISTED),
        differences=differences,
    )


def _held_address(extract: Extract, user: User) -> str:
    if not user.may(Permission.EDIT_PEOPLE) or not (user.as_role.in_authority or sees_rows(extract, user)):
        return ""
    return reverse("held") + (f"?school={extract.school.urn}" if extract.school else "")


def _snapshots(extract: Extract, user: User) -> list[Snapshot]:
    brought = Snapshot.objects.visible_to(user).filter(rows__extract=extract).annotate(brought=Count("rows"))
    return list(brought.select_related("school").order_by("school__sort_name", "first"))


def sees_rows(extract: Extract, user: User) -> bool:
    """May they see the file itself, and the rows that came back?

    A school: what its own users sent, for what the authority sent may hold rows of other schools that were turned away. An
    officer: what was sent for one of their schools, or by them, or for schools that are all theirs.
    """
    sender = extract.received_by
    if not user.as_role.in_authority:
        return receive.is_from_school(extract)
    if user.as_role.every_school or extract.school_id or sender == user:
        return True
    schools = School.objects.visible_to(user)
    elsewhere = any(held.exclude(school__in=schools).exists() for held in (extract.loads, extract.comparisons, extract.snapshots))
    return not elsewhere and not extract.rows_rejected


def new_flags(extract: Extract, loads: list[Load], user: User) -> list[Flag]:
    """Flags that were first noticed when this extract had been loaded, of pupils on its schools' rolls."""
    if not loads or extract.finished_at is None:
        return []
    pupils = Enrolment.objects.filter(school__in=[load.school_id for load in loads]).values("pupil")
    since = min(load.received_at for load in loads)
    found = Flag.objects.visible_to(user).open().filter(pupil__in=pupils, noticed_at__gte=since, noticed_at__lte=extract.finished_at)
    return list(found.select_related("pupil").order_by("code", "pupil__sort_name"))


@dataclass(frozen=True)
class Foreseen:
    """What loading the rows looked at would come to: the receipt's words before the load."""

    refused: str  # why nothing would be loaded
    problems: list[Problem]  # the first of them
    rows_back: int  # rows of which something would come back
    pupils: int  # of the schools the file is for
    strangers: int  # of them not on roll
    rows_of_strangers: int  # other rows: of pupils not on roll, which come back unless these are added
    waiting: int  # rows that wait for a person to say whose marks they are
    waiting_unless_added: int  # others that do so unless these pupils are added

    def no_use(self, rows: int) -> bool:
        return not self.refused and rows > 0 and self.rows_back == rows


def foresee(extract: Extract, parsed: Parsed, headings: Headings) -> Foreseen:
    """Match rows to schools and pupils as a load would, writing nothing."""
    try:
        schools, problems = senders.to_schools(parsed, extract.school, headings, from_school=receive.is_from_school(extract))
    except receive.Refused as refused:
        return Foreseen(str(refused), parsed.problems[:SHOWN_PROBLEMS], parsed.rows_rejected, 0, 0, 0, 0, 0)
    pupils: set[str] = set()
    strangers: set[str] = set()
    their_rows: set[int] = set()
    held: set[int] = set()
    for school, rows in schools.items():
        if parsed.totals is not None:
            placed = keep.sort(extract, school, parsed, rows, headings).placed
            problems, pupils, strangers = problems + placed.problems, pupils | set(parsed.upn[rows]), strangers | placed.unmatched
            continue
        roll = Roll(school, parsed.upn[rows])
        addable, _, admitted = consider(parsed, rows, roll, from_school=receive.is_from_school(extract))
        roll = Roll(school, parsed.upn[rows], unproved=admitted.unproved)
        may_be_added = np.array([upn in addable for upn in parsed.upn[rows]], np.bool_)
        apart = set_apart(parsed, rows, roll)
        held |= {int(row) for its in apart.held.values() for row in its}
        problems += match.place(parsed, np.intersect1d(apart.rows, rows[~may_be_added]), roll, headings, key=apart.key).problems
        pupils |= {upn for upn in parsed.upn[rows] if upn} | set(apart.held)
        strangers |= {upn for upn in parsed.upn[rows] if upn and not roll.knows(upn)}
        their_rows |= set(rows[may_be_added].tolist())
    problems = sorted([*parsed.problems, *problems], key=lambda problem: (problem.row, problem.cell or 0))
    back = {problem.row for problem in problems}
    return Foreseen(
        refused="",
        problems=problems[:SHOWN_PROBLEMS],
        rows_back=len(back),
        pupils=len(pupils),
        strangers=len(strangers),
        rows_of_strangers=len(their_rows - held - back),
        waiting=len(held - their_rows),
        waiting_unless_added=len((held & their_rows) - back),
    )


@dataclass(frozen=True)
class MarkBack:
    pupil: str
    session: matrix.Session
    now: str
    then: str


@dataclass(frozen=True)
class UndoPreview:
    """What undoing a load would do: how many marks go back, how many stay, and the first of them."""

    load: Load
    back: int
    stays: int
    pupils: int
    examples: list[MarkBack]


def preview_undo(load: Load) -> UndoPreview:
    steps = register.undoing(load)
    examples: list[MarkBack] = []
    for step in steps:
        rows, columns = np.nonzero(step.back)
        rows, columns = rows[:SHOWN_MARKS], columns[:SHOWN_MARKS]
        ids = step.enrolments[rows].tolist()
        names = {e.pk: str(e.pupil) for e in Enrolment.objects.filter(pk__in=ids).select_related("pupil")}
        current = register.read(step.year, enrolments=step.enrolments.tolist()).marks
        for row, column, pk in zip(rows.tolist(), columns.tolist(), ids, strict=True):
            now, then = register.code_of(current[row, column]), register.code_of(step.marks[row, column])
            examples.append(MarkBack(names[pk], matrix.session_at(step.year, column), now or "no mark", then or "no mark"))
    return UndoPreview(
        load=load,
        back=sum(int(step.back.sum()) for step in steps),
        stays=sum(step.stands for step in steps),
        pupils=sum(int(step.back.any(axis=1).sum()) for step in steps),
        examples=examples[:SHOWN_MARKS],
    )
