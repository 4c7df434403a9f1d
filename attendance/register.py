"""The register: read, write, known-at and undo. The only module that touches `Register` and `Delta`.

Every write holds an advisory transaction lock on its school, so a school's loads happen one after another and `received_at`,
taken under the lock, orders them.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

from attendance import copying, matrix, packing
from attendance.codes import BLANK, BY_BYTE, NO_LONGER_BYTE
from attendance.matrix import LENGTH, Marks
from attendance.models import Delta, Load, Register
from schools.locks import hold_school
from schools.lookups import array, ordinal
from schools.models import Enrolment

UNTOUCHED = 255


def lock(*schools: int) -> None:
    """Hold the schools' registers until the transaction ends: the lock that changes of enrolment hold too."""
    hold_school(*schools)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some registers of one academic year: `marks[i]` belongs to `enrolments[i]`, sorted by enrolment id."""

    year: int
    enrolments: NDArray[np.int64]
    schools: NDArray[np.int64]
    marks: Marks


def read(
    year: int,
    *,
    enrolments: Iterable[int] | None = None,
    schools: Iterable[int] | None = None,
    known_at: dt.datetime | None = None,
) -> Rows:
    """Registers of `year` for enrolments, or schools, or (neither) everyone; as now, or as known at a moment."""
    return read_years([year], enrolments=enrolments, schools=schools, known_at=known_at)[year]


def read_years(
    years: Iterable[int],
    *,
    enrolments: Iterable[int] | None = None,
    schools: Iterable[int] | None = None,
    known_at: dt.datetime | None = None,
) -> dict[int, Rows]:
    """The same for several years, by year, in one query: for a few pupils or schools, not for a whole authority."""
    wanted = list(years)
    where: list[str] = ["year = any(%s)"]
    params: list[str | list[int]] = [wanted]
    for column, ids in (("enrolment_id", enrolments), ("school_id", schools)):
        if ids is not None:
            where.append(f"{column} = any(%s::bigint[])")
            params.append(array(ids))
    found = copying.copy_out(
        f"select {', '.join(_COLUMNS)} from attendance_register where {' and '.join(where)}",  # noqa: S608
        params,
        _COLUMNS,
        by="school_id",
    )
    by_year = {year: _rows(year, found) for year in wanted}
    return by_year if known_at is None else {year: as_known(rows, known_at) for year, rows in by_year.items()}


_COLUMNS = {"enrolment_id": "i8", "school_id": "i8", "marks": f"{LENGTH}u1", "year": "i2"}


@dataclass(frozen=True, slots=True)
class OfSchool:
    """A school's registers of a year; `starts[i]` and `ends[i]`: the days of the enrolment of `marks[i]`, as ordinals."""

    school: int
    marks: Marks
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]


def each_school(year: int, schools: Iterable[int]) -> Iterator[OfSchool]:
    """School by school, in no order of enrolments: the database strings each school's registers together, because to take a whole
    authority's one by one takes several times as long as to count them. One query.
    """
    connection.ensure_connection()
    asked = psycopg.ClientCursor(connection.connection).mogrify(_EACH, [year, array(schools)])  # COPY takes no parameters
    with connection.cursor() as cursor, cursor.copy(f"copy ({asked}) to stdout (format binary)") as copy:
        copy.set_types(["int8", "bytea", "bytea", "bytea"])
        for school, marks, starts, ends in copy.rows():
            days = (np.frombuffer(each, ">i4").astype(np.int32) for each in (starts, ends))
            yield OfSchool(school, np.frombuffer(marks, np.uint8).reshape(-1, LENGTH), *days)


_EACH = f"""
    select r.school_id, string_agg(r.marks, ''),
        string_agg(int4send({ordinal("e.start")}), ''), string_agg(int4send({ordinal('e."end"')}), '')
    from {Register._meta.db_table} r join {Enrolment._meta.db_table} e on e.id = r.enrolment_id
    where r.year = %s and r.school_id = any(%s::bigint[]) group by r.school_id order by r.school_id
"""  # noqa: S608


def _rows(year: int, found: dict[str, NDArray[Any]]) -> Rows:
    ours = np.flatnonzero(found["year"] == year)
    enrolments = found["enrolment_id"][ours].astype(np.int64)
    order = np.argsort(enrolments)
    ours = ours[order]
    return Rows(year, enrolments[order], found["school_id"][ours].astype(np.int64), found["marks"][ours])


def as_known(rows: Rows, when: dt.datetime) -> Rows:
    """Undo, newest first, what was received after `when`: the register as it stood known at that moment."""
    if not len(rows.enrolments):
        return rows
    deltas = Delta.objects.filter(school__in=np.unique(rows.schools).tolist(), year=rows.year, load__received_at__gt=when)
    marks = rows.marks.copy()
    for delta in deltas.order_by("-load__received_at", "-load_id"):
        _lay(marks, rows.enrolments, delta, "old")
    return Rows(rows.year, rows.enrolments, rows.schools, marks)


def _same(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    _, at_ours, at_theirs = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    return at_ours, at_theirs


def unpack_ids(delta: Delta) -> NDArray[np.int64]:
    return np.frombuffer(zlib.decompress(bytes(delta.enrolments)), np.int64)


def unpack(delta: Delta, which: str) -> Marks:
    """`old` or `new` of a delta: shape (enrolments, width)."""
    whole = packing.unpack(bytes(getattr(delta, which)), len(unpack_ids(delta)) * delta.width)
    return np.frombuffer(whole, np.uint8).reshape(-1, delta.width)


def _packed(marks: Marks, touched: NDArray[np.bool_]) -> bytes:
    """The marks of the cells that were touched."""
    whole = np.full(marks.shape, UNTOUCHED, np.uint8)
    np.copyto(whole, marks, where=touched)
    return packing.pack(whole.tobytes())


@dataclass(frozen=True, slots=True)
class Counts:
    """What writing came to, in marks."""

    set: int = 0
    unchanged: int = 0
    amended: int = 0
    older: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.set + other.set,
            self.unchanged + other.unchanged,
            self.amended + other.amended,
            self.older + other.older,
        )


def write(load: Load, year: int, enrolments: Sequence[int] | NDArray[np.int64], said: Marks, *, newest: bool = False) -> Counts:
    """Overlay what an extract says on the registers of `load.school`: blank says nothing and erases nothing.

    `NO_LONGER_BYTE` says that its source has no mark there any more: the cell becomes blank, in as-at order like any other
    word, and the delta keeps it, so that it is known at every moment and can be undone. `said[i]` is for `enrolments[i]`
    (unique). A cell that a load with a later as-at has spoken of keeps its mark. Leaves the year's `Delta` and an
    `Amendment` for each mark that replaced a different one. The caller holds the lock. `newest`: the caller knows that no
    standing load of the school has a later as-at.
    """
    said_of = overlay(read(year, schools=[load.school_id]), load, enrolments, said, newest=newest)
    put(load, said_of)
    return said_of.counts


@dataclass(frozen=True, slots=True)
class Overlay:
    """What writing will do to a school's registers of one year. `ids`: the enrolments spoken of, ascending: the rows of the matrices."""

    held: Rows  # all of the school's, as they stand
    ids: NDArray[np.int64]
    known: NDArray[np.bool_]  # has a register
    speaks: NDArray[np.bool_]
    said: Marks
    current: Marks
    changed: NDArray[np.bool_]
    counts: Counts


def overlay(held: Rows, load: Load, enrolments: Sequence[int] | NDArray[np.int64], said: Marks, *, newest: bool = False) -> Overlay:
    """As `write`, up to the writing. `held`: all of the school's registers of a year, read under its lock; `load` may not be saved yet."""
    order = np.argsort(np.asarray(enrolments, np.int64))
    ids = np.asarray(enrolments, np.int64)[order]
    said = said[order]
    current, known = _current(held, ids)
    speaks = said != BLANK
    said = np.where(said == NO_LONGER_BYTE, np.uint8(BLANK), said)
    newer = np.zeros_like(speaks) if newest else _spoken_later(load, held.year, ids) & speaks
    changed = speaks & ~newer & (said != current)
    replaced = int(np.count_nonzero(changed & (current != BLANK)))
    counts = Counts(
        set=int(np.count_nonzero(changed)) - replaced,
        unchanged=int(np.count_nonzero(speaks & (said == current))),
        amended=replaced,
        older=int(np.count_nonzero(newer & (said != current))),
    )
    return Overlay(held, ids, known, speaks, said, current, changed, counts)


def put(load: Load, over: Overlay) -> None:
    """Write it."""
    year, ids, current, changed = over.held.year, over.ids, over.current, over.changed
    _leave_delta(load, year, ids, over.speaks, current, over.said)
    marks = np.where(changed, over.said, current)
    _open(year, load.school_id, ids, marks, ~over.known)
    _store(load.school_id, year, ids, marks, changed.any(axis=1) & over.known)
    _amend(load, year, ids, changed & (current != BLANK), current, over.said)


def _current(held: Rows, ids: NDArray[np.int64]) -> tuple[Marks, NDArray[np.bool_]]:
    """The registers of `ids` (ascending) as they stand, blank where there is none; and which there are."""
    marks, known = matrix.blank(len(ids)), np.zeros(len(ids), np.bool_)
    theirs, ours = _same(held.enrolments, ids)
    marks[ours], known[ours] = held.marks[theirs], True
    return marks, known


def _open(year: int, school_id: int, ids: NDArray[np.int64], marks: Marks, which: NDArray[np.bool_]) -> None:
    """New registers, with the marks they begin with."""
    ids, marks = ids[which], marks[which]
    numbers = {"enrolment_id": ids, "school_id": np.full(len(ids), school_id), "year": np.full(len(ids), year, np.int16)}
    copying.copy_in("attendance_register", {**numbers, "marks": marks})


def _spoken_later(load: Load, year: int, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells of which a standing load with a later as-at has spoken, whether it changed or confirmed the mark."""
    mask = np.zeros((len(ids), LENGTH), np.bool_)
    later = Delta.objects.filter(
        school=load.school_id, year=year, load__kind=Load.Kind.LOAD, load__undone_by=None, load__as_at__gt=load.as_at
    )
    for delta in later.only("first", "width", "enrolments", "new"):
        ours, theirs = _same(ids, unpack_ids(delta))
        mask[ours, delta.first : delta.first + delta.width] |= unpack(delta, "new")[theirs] != UNTOUCHED
    return mask


def _leave_delta(load: Load, year: int, ids: NDArray[np.int64], touched: NDArray[np.bool_], old: Marks, new: Marks) -> None:
    rows = touched.any(axis=1)
    columns = np.flatnonzero(touched.any(axis=0))
    if not len(columns):
        return
    first, width = int(columns[0]), int(columns[-1] - columns[0] + 1)
    window = (rows, slice(first, first + width))
    cut = touched[window]
    Delta.objects.create(
        load=load,
        school_id=load.school_id,
        year=year,
        first=first,
        width=width,
        enrolments=zlib.compress(ids[rows].tobytes(), 1),
        old=_packed(old[window], cut),
        new=_packed(new[window], cut),
    )


def _store(school_id: int, year: int, ids: NDArray[np.int64], marks: Marks, changed: NDArray[np.bool_]) -> None:
    """Write whole vectors in one UPDATE. All of them go as one run of bytes, which the database cuts up again."""
    if not changed.any():
        return
    copying.run(
        f"update attendance_register r set marks = substring(v.marks from {LENGTH} * (i.place - 1)::int + 1 for {LENGTH}) "  # noqa: S608
        "from (select %b::bytea as marks) v, unnest(%s::bigint[]) with ordinality i (enrolment_id, place) "
        "where r.enrolment_id = i.enrolment_id and r.year = %s and r.school_id = %s",  # of this school: no look at all others
        [marks[changed].tobytes(), array(ids[changed].tolist()), year, school_id],
    )


def _amend(load: Load, year: int, ids: NDArray[np.int64], where: NDArray[np.bool_], old: Marks, new: Marks) -> None:
    rows, columns = np.nonzero(where)
    if not len(rows):
        return
    dates = [matrix.session_at(year, column).date for column in range(LENGTH)]
    found = zip(ids[rows].tolist(), columns.tolist(), old[rows, columns].tolist(), new[rows, columns].tolist(), strict=True)
    with (
        connection.cursor() as cursor,
        cursor.copy("copy attendance_amendment (load_id, enrolment_id, date, pm, old, new) from stdin") as copy,
    ):
        for enrolment, column, before, after in found:
            copy.write_row((load.pk, enrolment, dates[column], bool(column % 2), code_of(before), code_of(after)))


def code_of(byte: int) -> str:
    """The code a byte stands for; "" for no mark."""
    return BY_BYTE[int(byte)].code if byte else ""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a load would change in one year: cells that change, and cells that stay because others speak for them."""

    year: int
    enrolments: NDArray[np.int64]
    marks: Marks  # as they will stand
    back: NDArray[np.bool_]  # cells that change
    stands: int  # cells this load said otherwise than what stood, that stay as they are: another load speaks for them


def undoing(load: Load) -> list[Undoing]:
    """The registers as they would stand had `load` never been, a year at a time, in the cells it spoke of.

    Of every cell stands what the standing loads say of it, the latest as-at first; where none speaks, what stood there
    before any load. So it does not matter in which order loads came, or which of them are undone first.
    """
    found = []
    for delta in load.deltas.order_by("year"):
        ids = unpack_ids(delta)
        window = slice(delta.first, delta.first + delta.width)
        old, new = unpack(delta, "old"), unpack(delta, "new")
        current = read(delta.year, enrolments=ids.tolist()).marks
        spoken = new != UNTOUCHED
        without = _without(load, delta.year, ids)[:, window]
        back = spoken & (without != current[:, window])
        marks, whole = current.copy(), np.zeros(current.shape, np.bool_)
        marks[:, window] = np.where(back, without, current[:, window])
        whole[:, window] = back
        found.append(Undoing(delta.year, ids, marks, whole, int((spoken & (new != old) & ~back).sum())))
    return found


def _without(load: Load, year: int, ids: NDArray[np.int64]) -> Marks:
    """What stands of these registers if `load` does not: the word of the other standing loads, else what was there first."""
    said, base = np.full((len(ids), LENGTH), UNTOUCHED, np.uint8), matrix.blank(len(ids))
    deltas = Delta.objects.filter(school=load.school_id, year=year).select_related("load")
    undone = set(Load.objects.filter(school=load.school_id, kind=Load.Kind.UNDO).values_list("undoes", flat=True))
    in_order = sorted(deltas, key=lambda d: (d.load.received_at, d.load_id))
    for delta in reversed(in_order):
        _lay(base, ids, delta, "old")
    for delta in sorted(in_order, key=lambda d: d.load.as_at):  # sorting is stable: of one as-at, the one received later
        if delta.load.kind == Load.Kind.LOAD and delta.load_id not in undone and delta.load_id != load.pk:
            _lay(said, ids, delta, "new")
    return np.where(said == UNTOUCHED, base, said)


def _lay(onto: Marks, ids: NDArray[np.int64], delta: Delta, which: str) -> None:
    """Lay a delta's marks over `onto`, where it touched them."""
    ours, theirs = _same(ids, unpack_ids(delta))
    window = slice(delta.first, delta.first + delta.width)
    marks = unpack(delta, which)[theirs]
    onto[ours, window] = np.where(marks == UNTOUCHED, onto[ours, window], marks)


def undo(load: Load, undo_load: Load) -> Counts:
    """Make the registers what they would be without `load`, leaving `undo_load`'s deltas and amendments. The caller holds the lock."""
    total = Counts()
    for step in undoing(load):
        current = read(step.year, enrolments=step.enrolments.tolist()).marks
        _leave_delta(undo_load, step.year, step.enrolments, step.back, current, step.marks)
        _store(load.school_id, step.year, step.enrolments, step.marks, np.any(step.back, axis=1))
        _amend(undo_load, step.year, step.enrolments, step.back, current, step.marks)
        total += Counts(amended=int(step.back.sum()), unchanged=step.stands)
    return total
