"""Reads what the rules are given: pupils' registers across schools and years, with the days their schools met.

The rules see two academic years, this one and the one before. Where their answer rests on that cut - a flag that has held ever
since, or a last year that does not fill the windows of the rules (a long time on no roll) - the pupil is read further back,
until it no longer does or there are no earlier registers.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from attendance import lines as lines_
from attendance import matrix, rates, register, rollups, worth
from attendance.codes import classes, possible
from attendance.flag_codes import CONTINUOUS, PART_TIME, THRESHOLD, TWENTY_DAYS
from attendance.flags import Judgement, judge
from attendance.lines import UNKNOWN, Facts, Lines
from attendance.models import Register
from attendance.register import Rows
from schools import ages, calendar
from schools.calendar import Calendar, Span
from schools.lookups import EVER, array, ordinal
from schools.models import Characteristic, Enrolment, Pupil, School
from schools.policy import Policy
from schools.reports import own_days

CHUNK = 1500  # pupils judged at once: a large school whole, and the working arrays near the processor
_ALWAYS = (dt.date.min.toordinal(), EVER)
_SESSIONS_A_WEEK = 14


class Trait(NamedTuple):
    """A characteristic of a pupil; days as ordinals, `end` EVER where there is none."""

    kind: str
    start: int
    end: int


_PART_TIME = Characteristic.Kind.PART_TIME.value
_WATCHED = frozenset(
    kind.value
    for kind in (Characteristic.Kind.CLA, Characteristic.Kind.CIN, Characteristic.Kind.CP, Characteristic.Kind.SOCIAL_WORKER_EVER)
)


_ASKED_FOR = (*sorted(_WATCHED), _PART_TIME)


@dataclass(frozen=True, slots=True)
class History:
    """Registers of some schools over whole years, and the enrolments and calendars to read them by."""

    first: dt.date
    day: dt.date
    years: dict[int, Rows]
    calendars: dict[int, Calendar]  # by school
    enrolments: NDArray[np.int64]  # of the pupils asked about, ordered by pupil, start, id
    pupils: NDArray[np.int64]
    schools: NDArray[np.int64]
    starts: NDArray[np.int64]  # days as ordinals; `ends`: EVER where there is none
    ends: NDArray[np.int64]
    independent: NDArray[np.bool_]
    born: dict[int, int | None]  # by pupil, the day as an ordinal
    traits: dict[int, list[Trait]]  # by pupil, of the kinds that rules ask for
    left: dict[int, NDArray[np.int64] | None]  # by school: its days to come this academic year, as ordinals; None where not known

    def rows_of(self, pupils: NDArray[np.int64]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(self.pupils, pupils))

    def lines(self, rows: NDArray[np.intp]) -> Lines:
        """The lines of these rows (all rows of each pupil concerned)."""
        schools, school = np.unique(self.schools[rows], return_inverse=True)
        pupils, pupil = np.unique(self.pupils[rows], return_inverse=True)
        spans = np.stack((self.starts[rows], self.ends[rows]), axis=1)
        of_age = np.array([_of_age(self.born[pk]) for pk in pupils.tolist()], np.int64).reshape(-1, 2)
        days = np.array([self.calendars[pk].open for pk in schools.tolist()])
        at = self._days_that_matter(days, np.concatenate((spans, of_age)))
        return Lines(
            first=self.first,
            day=self.day,
            at=at,
            marks=lines_.cut({y: self._marks(y, rows) for y in self.years}, self.first, at, len(rows)),
            inside=self._between(spans, at),
            pupil=pupil,
            school=school,
            eligible=~self.independent[rows],
            open=days[:, at],
            of_age=self._between(of_age, at),
            facts=self._facts(rows, pupils, pupil, at),
        )

    def _facts(self, rows: NDArray[np.intp], pupils: NDArray[np.int64], pupil: NDArray[np.intp], at: NDArray[np.intp]) -> Facts:
        watched, reviewed = np.zeros((2, len(pupils), len(at)), np.bool_)
        days = at + self.first.toordinal()
        for number, pk in enumerate(pupils.tolist()):
            for kind, start, end in self.traits.get(pk, ()):
                if kind != _PART_TIME:
                    watched[number] |= (days >= start) & (days <= end)
                elif end != EVER:
                    reviewed[number] |= (days >= start) & (days <= end)
        return Facts(watched, reviewed, self._left(rows, pupil, len(pupils)))

    def _left(self, rows: NDArray[np.intp], pupil: NDArray[np.intp], pupils: int) -> NDArray[np.int64]:
        """Of each pupil: sessions to come at the school they are on roll at; of several schools, the most. UNKNOWN where one is."""
        left, here = np.zeros(pupils, np.int64), np.zeros(pupils, np.bool_)
        day = self.day.toordinal()
        current = (self.starts[rows] <= day) & (self.ends[rows] >= day)
        unknown = np.zeros(pupils, np.bool_)
        for school in np.unique(self.schools[rows[current]]).tolist():
            ours = np.flatnonzero(current & (self.schools[rows] == school))
            here[pupil[ours]] = True
            if (days := self.left[school]) is None:
                unknown[pupil[ours]] = True
            else:
                np.maximum.at(left, pupil[ours], 2 * np.searchsorted(days, self.ends[rows[ours]], side="right"))
        return np.where(here & ~unknown, left, UNKNOWN)

    def on_roll(self, day: dt.date) -> NDArray[np.int64]:
        """The pupils who are on some roll that day, in order."""
        return np.unique(self.pupils[(self.starts <= day.toordinal()) & (self.ends >= day.toordinal())])

    def _days_that_matter(self, open_: NDArray[np.bool_], spans: NDArray[np.int64]) -> NDArray[np.intp]:
        """Those with a mark or a school open, those on which somebody joins or has left or the age begins or is past, each
        1 August, the first and the last."""
        days = (self.day - self.first).days + 1
        matters = np.logical_or.reduce(open_, axis=0)
        for year, rows in self.years.items():
            low = (matrix.year_start(year) - self.first).days
            marked = np.bitwise_or.reduce(rows.marks, axis=0).reshape(-1, 2).any(axis=1)[: max(days - low, 0)]
            matters[low : low + len(marked)] |= marked
            matters[low : low + 1] = True
        turns = np.concatenate((spans[:, 0], spans[:, 1] + 1)) - self.first.toordinal()
        matters[turns[(turns >= 0) & (turns < days)]] = True
        matters[-1] = True
        return np.flatnonzero(matters)

    def calendars_of(self, rows: NDArray[np.intp]) -> list[Calendar]:
        """In the order of `Lines.open` for the same rows."""
        return [self.calendars[pk] for pk in np.unique(self.schools[rows]).tolist()]

    def _between(self, spans: NDArray[np.int64], at: NDArray[np.intp]) -> NDArray[np.bool_]:
        low, high = (spans - self.first.toordinal()).T
        return (at >= low[:, None]) & (at <= high[:, None])

    def _marks(self, year: int, rows: NDArray[np.intp]) -> matrix.Marks:
        found, wanted = self.years[year], self.enrolments[rows]
        marks = matrix.blank(len(wanted))
        at = np.searchsorted(found.enrolments, wanted)
        known = at < len(found.enrolments)
        known[known] = found.enrolments[at[known]] == wanted[known]
        marks[known] = found.marks[at[known]]
        return marks


def read(*, pupils: Iterable[int] | None, day: dt.date, years: int = 2, known_at: dt.datetime | None = None) -> History:
    """The history of `pupils` (None: of everyone with an enrolment in these years) to `day`, over `years` academic years.

    Whole schools are read, because a school's days are told by all its registers.
    """
    last_year = matrix.academic_year(day)
    first = matrix.year_start(last_year - years + 1)
    table = _enrolments(pupils, first, day)
    enrolments, of_pupil, of_school, starts, ends, independent, born = zip(*table, strict=True) if table else ((),) * 7
    schools = sorted(set(of_school))
    span = range(last_year - years + 1, last_year + 1)
    terms, closures = own_days(schools)
    if pupils is None or years > 2:  # a year at a time: all registers of an authority are large
        of = None if pupils is None else schools
        rows = {year: register.read(year, schools=of, known_at=known_at) for year in span}
    else:
        rows = register.read_years(span, schools=schools, known_at=known_at)
    return History(
        first=first,
        day=day,
        years=rows,
        calendars=_calendars(schools, rows, first, day, terms, closures),
        enrolments=np.array(enrolments, np.int64),
        pupils=np.array(of_pupil, np.int64),
        schools=np.array(of_school, np.int64),
        starts=np.array(starts, np.int64),
        ends=np.array(ends, np.int64),
        independent=np.array(independent, np.bool_),
        born=dict(zip(of_pupil, born, strict=True)),
        traits=_traits(pupils, first, day),
        left={school: _left(day, terms[school], closures[school]) for school in schools},
    )


def _enrolments(pupils: Iterable[int] | None, first: dt.date, last: dt.date) -> list[tuple[int, int, int, int, int, bool, int | None]]:
    """Spells that touch these days, of `pupils` or (None) of everyone; days as ordinals, which cost nothing to read."""
    theirs = "" if pupils is None else "and e.pupil_id = any(%(pupils)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select e.id, e.pupil_id, e.school_id, {ordinal("e.start")}, {ordinal('e."end"')},
            s.independent, (
                select case when p.dob is not null then {ordinal("p.dob")} end from {Pupil._meta.db_table} p where p.id = e.pupil_id
            )
            from {Enrolment._meta.db_table} e join {School._meta.db_table} s on s.id = e.school_id
            where e.start <= %(last)s and (e."end" is null or e."end" >= %(first)s) {theirs}
            order by e.pupil_id, e.start, s.urn, e.id
            """,  # noqa: S608  (names of our own tables and whole numbers)
            {"first": first, "last": last, "pupils": "" if pupils is None else array(pupils)},
        )
        return cursor.fetchall()


@cache
def _of_age(born: int | None) -> tuple[int, int]:
    if born is None:
        return _ALWAYS
    dob = dt.date.fromordinal(born)
    return ages.compulsory_from(dob).toordinal(), ages.compulsory_until(dob).toordinal()


def _traits(pupils: Iterable[int] | None, first: dt.date, last: dt.date) -> dict[int, list[Trait]]:
    """Characteristics that touch these days and that rules ask for: of `pupils`, or (None) of everyone. One query."""
    theirs = "" if pupils is None else "and pupil_id = any(%(pupils)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select pupil_id, kind, {ordinal("start")}, {ordinal('"end"')} from {Characteristic._meta.db_table}
            where kind = any(%(kinds)s::text[]) and start <= %(last)s and ("end" is null or "end" >= %(first)s) {theirs}
            """,  # noqa: S608
            {"kinds": array(_ASKED_FOR), "first": first, "last": last, "pupils": "" if pupils is None else array(pupils)},
        )
        rows = cursor.fetchall()
    found: dict[int, list[Trait]] = defaultdict(list)
    for pk, *trait in rows:
        found[pk].append(Trait(*trait))
    return found


def _left(day: dt.date, terms: list[Span], closures: list[Span]) -> NDArray[np.int64] | None:
    days = calendar.left_of_year(day, matrix.year_end(matrix.academic_year(day)), terms, closures)
    return None if days is None else days + day.toordinal()


def _calendars(
    schools: list[int], years: dict[int, Rows], first: dt.date, day: dt.date, terms: dict[int, list[Span]], closures: dict[int, list[Span]]
) -> dict[int, Calendar]:
    """Each school's days up to `day`, from its terms and closures, else from what its registers hold by then."""
    seen = {year: _seen(rows) for year, rows in years.items()}
    found = {}
    for school in schools:
        by_year = {y: np.repeat(seen[y][school], 2)[None].astype(np.uint8) for y in seen if school in seen[y]}
        met = lines_.cut(by_year, first, np.arange((day - first).days + 1), 1)[0, ::2].astype(bool)
        found[school] = calendar.build(first, day, as_of=day, terms=terms[school], closures=closures[school], seen=met)
    return found


def _seen(rows: Rows) -> dict[int, NDArray[np.bool_]]:
    """By school: on which of the year's 366 days some pupil holds a mark other than #, Z or blank."""
    order = np.argsort(rows.schools, kind="stable")
    schools, starts = np.unique(rows.schools[order], return_index=True)
    ends = [*starts.tolist(), len(order)][1:]
    found = {}
    for school, low, high in zip(schools.tolist(), starts.tolist(), ends, strict=True):
        columns = np.logical_or.reduce(rollups.seen_open(rows.marks[order[low:high]]), axis=0)
        found[school] = columns[::2] | columns[1::2]
    return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of some pupils, and which pupils, enrolments and calendars the arrays' rows are."""

    pupils: NDArray[np.int64]
    enrolments: NDArray[np.int64]
    calendars: list[Calendar]
    judgement: Judgement


def judge_pupils(
    *,
    pupils: Iterable[int] | None,
    day: dt.date,
    policy: Policy,
    known_at: dt.datetime | None = None,
    only: Callable[[History], NDArray[np.int64]] | None = None,
) -> Iterator[Judged]:
    """Apply the rules to these pupils (None: to everyone) on `day`, some thousands at a time; of those, to `only` these."""
    asked, years = None if pupils is None else list(pupils), 2
    while asked is None or asked:
        history = read(pupils=asked, day=day, years=years, known_at=known_at)
        ids = np.unique(history.pupils)
        absent = np.setdiff1d(np.array(asked or [], np.int64), ids)  # on no roll in these years
        if only is not None:
            wanted = only(history)
            ids, absent = np.intersect1d(ids, wanted), np.intersect1d(absent, wanted)
        longer = _earlier(absent, history)
        for at in range(0, len(ids), CHUNK):
            some = ids[at : at + CHUNK]
            judged = _judge(some, history, policy)
            earlier = _earlier(some[_rests_on_the_cut(judged.judgement)], history)
            if not earlier:
                yield judged
            elif len(settled := np.setdiff1d(some, list(earlier))):
                yield _judge(settled, history, policy)
            longer |= earlier
        asked = list(longer)
        years = matrix.academic_year(day) - max(longer.values(), default=0) + 1


def _judge(pupils: NDArray[np.int64], history: History, policy: Policy) -> Judged:
    rows = history.rows_of(pupils)
    return Judged(pupils, history.enrolments[rows], history.calendars_of(rows), judge(history.lines(rows), policy))


def worth_judging(history: History, policy: Policy) -> NDArray[np.int64]:
    """The pupils for whom a flag may hold by their counts (attendance.worth), in order.

    Also those who may have missed more in years before, where the earlier of the years read is too short to hold every window.
    """
    pupils, of = np.unique(history.pupils, return_inverse=True)
    rows = np.arange(len(history.pupils))
    this_year = matrix.academic_year(history.day)
    counts = {}
    for year in (this_year - 1, this_year):
        inside = matrix.within(year, history.starts, np.minimum(history.ends, history.day.toordinal()))
        marks = history._marks(year, rows)
        counts[year] = worth.count(marks, inside)
    lately = worth.lately(marks, inside, days=policy["fall_days"])
    watched = [pk for pk, traits in history.traits.items() if any(trait.kind in _WATCHED for trait in traits)]
    tally = worth.tally(counts[this_year - 1], counts[this_year], lately, of, watched=np.isin(pupils, watched))
    enough = max(_SESSIONS_A_WEEK * (policy["threshold_weeks"] + 1), 2 * policy["continuous_days"], 2 * policy["removal_days"])
    full = np.zeros(len(pupils), np.bool_)  # enough sessions before this year at one school for every window
    np.logical_or.at(full, of, counts[this_year - 1].sessions[:, rates.POSSIBLE] >= enough)
    may = worth.may_hold(tally, policy)
    short = pupils[~may & ~full]
    return np.union1d(pupils[may], np.array(list(_earlier(short, history)), np.int64))


def _earlier(pupils: NDArray[np.int64], history: History) -> dict[int, int]:
    """Which of these pupils have a register from before the history, and the latest year of it."""
    if not len(pupils):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [matrix.academic_year(history.first), array(pupils.tolist())])
        return dict(cursor.fetchall())


_EARLIER = f"""
    select e.pupil_id, max(r.year) from {Enrolment._meta.db_table} e cross join lateral (
        select max(year) as year from {Register._meta.db_table} where enrolment_id = e.id and year < %s
    ) r where e.pupil_id = any(%s::bigint[]) and r.year is not null group by 1
"""  # noqa: S608


def _rests_on_the_cut(judgement: Judgement) -> NDArray[np.intp]:
    """Pupils for whom earlier registers could change what the rules say."""
    return np.union1d(_thin(judgement.lines, judgement.policy), np.array(_held_since_the_cut(judgement), np.intp))


def _held_since_the_cut(judgement: Judgement) -> list[int]:
    """Pupils for whom a flag holds since a day whose window, or from a run whose first day, may lie before the history."""
    lines, runs, weeks = judgement.lines, judgement.spells, judgement.policy["threshold_weeks"]
    pupils = judgement.holding(THRESHOLD)
    # what the rule says of the day before `opened` must rest on whole weeks too, and the first week read may not be whole
    found = pupils[_weeks_before(lines, pupils, judgement.opened[THRESHOLD][pupils]) <= weeks].tolist()
    twenty = judgement.removal
    for code, broken in ((CONTINUOUS, runs.known & ~runs.absent), (TWENTY_DAYS, twenty.known & ~twenty.counts)):
        found += [pupil for pupil in judgement.holding(code).tolist() if not broken[pupil].any()]
    return found + [pupil for pupil in judgement.holding(PART_TIME).tolist() if not judgement.timetable.whole[pupil]]


def _weeks_before(lines: Lines, pupils: NDArray[np.intp], day: NDArray[np.intp]) -> NDArray[np.int16]:
    """How many school weeks of each of these pupils have a school day before a day of their own."""
    week = lines.week_of_day()
    met = np.cumsum(lines.school_days()[pupils], axis=1, dtype=np.int16)
    met = np.concatenate((np.zeros((len(pupils), 1), np.int16), met), axis=1)  # school days before each day
    begins = np.searchsorted(week, week)
    first = (met[:, 1:] > met[:, :-1]) & (met[:, :-1] == met[:, begins])  # the first school day of its week
    so_far = np.concatenate((np.zeros((len(pupils), 1), np.int16), np.cumsum(first, axis=1, dtype=np.int16)), axis=1)
    return np.asarray(so_far[np.arange(len(pupils)), day], np.int16)


def _thin(lines: Lines, policy: Policy) -> NDArray[np.intp]:
    """Pupils whose earlier year does not fill the rules' windows: too few school weeks, or days with a possible session."""
    before = lines.span
    week = lines.week_of_day()[:before]
    starts = np.flatnonzero(np.r_[True, week[1:] != week[:-1]])
    met = np.logical_or.reduceat(lines.school_days()[:, :before], starts, axis=1).sum(axis=1)
    counting = possible(classes(lines.marks[:, : 2 * before]))
    known = lines.any_of_pupil((counting[:, ::2] | counting[:, 1::2]) & lines.inside[:, :before]).sum(axis=1)
    return np.flatnonzero((met <= policy["threshold_weeks"]) | (known < max(policy["continuous_days"], policy["removal_days"])))
