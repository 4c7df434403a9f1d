"""Every rule again, as the slow and obvious loop over one child's marks. Nothing here comes from the rules themselves.

Written from the statutory guidance and docs/rules.md, with its own table of codes, its own calendar and its own ages, so
that a mistake in the fast version is not repeated here.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from functools import cached_property
from typing import Any

from attendance.matrix import Session
from tests.rules.registers import Borough, Spell

ATTENDED = {"/", "\\", "L", "K", "V", "P", "W", "B", "J"}
AUTHORISED = {"C", "C1", "C2", "E", "I", "J1", "M", "R", "S", "T", "H", "F"}
UNAUTHORISED = {"G", "N", "O", "U"}
NOT_POSSIBLE = {"D", "Q", "X", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"}
# England, 2025 and 2026, as published: the boroughs lie in them
BANK_HOLIDAYS = {dt.date(2025, m, d) for m, d in ((1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26))} | {
    dt.date(2026, m, d) for m, d in ((1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28))
}
OVER_YEARS = {"penalty_threshold", "continuous_absence", "absent_20_days", "part_time_timetable"}
FLAGS = (
    "persistent_absence", "severe_absence", "penalty_threshold", "continuous_absence", "absent_20_days", "sickness_15_days",
    "not_started", "first_absence", "part_time_timetable", "sharp_fall", "near_persistent", "severe_last_year",
)  # fmt: skip
ONE_DAY = dt.timedelta(days=1)


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def start_of_year(day: dt.date) -> dt.date:
    return dt.date(day.year if day >= dt.date(day.year, 8, 1) else day.year - 1, 8, 1)


def monday(day: dt.date) -> dt.date:
    while day.weekday() != 0:
        day -= ONE_DAY
    return day


def of_age(dob: dt.date | None, day: dt.date) -> bool:
    """Education Act 1996 s.8, a day at a time."""
    if dob is None:
        return True
    begins = dt.date(dob.year + 5, dob.month, dob.day)
    while (begins.month, begins.day) not in {(8, 31), (12, 31), (3, 31)}:
        begins += ONE_DAY
    leaves = dt.date(dob.year + 16, 6, 30) if dob.month < 9 else dt.date(dob.year + 17, 6, 30)
    while leaves.weekday() != 4:
        leaves -= ONE_DAY
    return begins <= day <= leaves


def on_roll(spell: Spell, day: dt.date) -> bool:
    return spell.start <= day and (spell.end is None or day <= spell.end)


class Oracle:
    """One borough, judged for one pupil on its day."""

    def __init__(self, borough: Borough, pupil: int) -> None:
        self.borough, self.day, self.dob = borough, borough.day, borough.dobs[pupil]
        self.spells = borough.of_pupil(pupil)
        self.year = start_of_year(self.day)
        self.earliest = min([s.date for spell in self.spells for s in spell.marks] + [self.year])
        self._open: dict[tuple[int, dt.date], bool] = {}
        self._of_day: dict[dt.date, tuple[int, int]] = {}
        self.watched, self.part_time = borough.watched.get(pupil, []), borough.part_time.get(pupil, [])

    def school_open(self, school: int, day: dt.date) -> bool:
        if (school, day) not in self._open:
            self._open[school, day] = self._is_open(school, day)
        return self._open[school, day]

    def _is_open(self, school: int, day: dt.date) -> bool:
        here = self.borough.schools[school]
        if any(first <= day <= last for first, last in here.closures):
            return False
        if any(first <= day <= last for first, last in here.terms):
            return day.weekday() < 5 and (day not in BANK_HOLIDAYS or self.somebody_marked(school, day))
        same_year = [term for term in here.terms if start_of_year(term[0]) == start_of_year(day)]
        if same_year and min(t[0] for t in same_year) <= day <= max(t[1] for t in same_year):
            return False
        return self.somebody_marked(school, day)

    def somebody_marked(self, school: int, day: dt.date) -> bool:
        marks = [s.marks.get(Session(day, pm), "") for s in self.borough.spells if s.school == school for pm in (False, True)]
        return any(mark not in {"", "#", "Z"} for mark in marks)

    def school_day(self, day: dt.date) -> bool:
        """Did any school the pupil was then on roll at meet?"""
        return any(on_roll(spell, day) and self.school_open(spell.school, day) for spell in self.spells)

    def counts(self, spells: list[Spell], first: dt.date, last: dt.date) -> dict[str, int]:
        found = {"possible": 0, "attended": 0, "authorised": 0, "unauthorised": 0, "late": 0}
        for spell in spells:
            for session, mark in spell.marks.items():
                if not (first <= session.date <= last and on_roll(spell, session.date)):
                    continue
                found["possible"] += mark in ATTENDED | AUTHORISED | UNAUTHORISED
                found["attended"] += mark in ATTENDED
                found["authorised"] += mark in AUTHORISED
                found["unauthorised"] += mark in UNAUTHORISED
                found["late"] += mark in {"L", "U"}
        return found

    def rates(self, counts: dict[str, int]) -> dict[str, Any]:
        missed, possible = counts["authorised"] + counts["unauthorised"], counts["possible"]
        return counts | {
            "attendance_pct": 100 * counts["attended"] / possible if possible else None,
            "persistent_absence": possible > 0 and missed * 10 >= possible,
            "severe_absence": possible > 0 and missed * 2 >= possible,
        }

    def mark(self, session: Session, *, eligible_only: bool) -> str:
        """One mark over the pupil's schools: the better one for the child; among unauthorised ones N, then the later letter."""
        marks = [
            spell.marks[session]
            for spell in self.spells
            if session in spell.marks
            and on_roll(spell, session.date)
            and not (eligible_only and self.borough.schools[spell.school].independent)
        ]
        for better in (ATTENDED, AUTHORISED, UNAUTHORISED, NOT_POSSIBLE):
            of_kind = sorted({mark for mark in marks if mark in better}, key=lambda mark: (mark == "N", mark))
            if of_kind:
                return of_kind[-1]
        return ""

    # the penalty notice threshold

    @cached_property
    def unauthorised(self) -> list[Session]:
        found = []
        for day in days(self.earliest, self.day):
            for pm in (False, True):
                if self.mark(Session(day, pm), eligible_only=True) in UNAUTHORISED and of_age(self.dob, day):
                    found.append(Session(day, pm))
        return found

    @cached_property
    def school_days(self) -> list[dt.date]:
        return [day for day in days(self.earliest, self.day) if self.school_day(day)]

    def school_weeks(self, last: dt.date) -> list[dt.date]:
        """Mondays of the weeks with a school day up to `last`."""
        return sorted({day - dt.timedelta(days=day.weekday()) for day in self.school_days if day <= last})

    def eligible(self, day: dt.date) -> bool:
        return any(
            on_roll(spell, then) and of_age(self.dob, then)
            for spell in self.spells
            if not self.borough.schools[spell.school].independent
            for then in days(start_of_year(day), day)
        )

    def window(self, day: dt.date) -> list[Session]:
        """What counts at the end of `day`: sessions up to it in the 10 school weeks ending with the last one begun."""
        weeks = self.school_weeks(day)[-10:]
        return [s for s in self.unauthorised if s.date <= day and monday(s.date) in weeks]

    def met(self) -> Session | None:
        if not self.eligible(self.day):
            return None
        sessions, school_weeks = self.unauthorised, self.school_weeks(self.day)
        for s in sessions:
            if s.date < self.year or monday(s.date) not in school_weeks:
                continue
            weeks = [week for week in school_weeks if week <= monday(s.date)][-10:]
            if sum(other <= s and monday(other.date) in weeks for other in sessions) >= 10:
                return s
        return None

    # days in a row

    def day_kind(self, day: dt.date) -> str:
        marks = [self.mark(Session(day, pm), eligible_only=False) for pm in (False, True)]
        possible = [mark for mark in marks if mark in ATTENDED | AUTHORISED | UNAUTHORISED]
        if not possible:
            return "skipped"
        return "counts" if all(mark in UNAUTHORISED for mark in possible) else "breaks"

    def runs(self) -> dict[dt.date, int]:
        """How long the run is at the end of each day."""
        found, run = {}, 0
        for day in days(self.earliest, self.day):
            kind = self.day_kind(day)
            run = run + 1 if kind == "counts" else 0 if kind == "breaks" else run
            found[day] = run
        return found

    def reached_on(self) -> dt.date | None:
        runs = self.runs()
        for day in days(self.year, self.day):
            if runs[day] >= 10 and self.day_kind(day) == "counts":
                return day
        return None

    # N

    def overdue(self) -> list[dict[str, str]]:
        found = []
        for spell in self.spells:
            for session, mark in spell.marks.items():
                if mark != "N" or not on_roll(spell, session.date) or not self.year <= session.date <= self.day:
                    continue
                due, left = session.date, 5
                while left and due < self.day:
                    due += ONE_DAY
                    left -= self.school_open(spell.school, due)
                if not left and due < self.day:
                    found.append((session, due))
        return [{"session": str(session), "due": due.isoformat()} for session, due in sorted(set(found))]

    # flags

    def holds(self, code: str, day: dt.date, runs: dict[dt.date, int]) -> bool:
        if code == "penalty_threshold":
            return len(self.window(day)) >= 10 and self.eligible(day)
        if code == "continuous_absence":
            return runs.get(day, 0) >= 10
        if code in {"persistent_absence", "severe_absence"}:
            return bool(self.rates(self.counts(self.spells, start_of_year(day), day))[code])
        return bool(getattr(self, f"_{code}")(day))

    @cached_property
    def runs_of_gno(self) -> dict[dt.date, int]:
        """How long the run of days of G, N and O alone is at the end of each day."""
        found, run = {}, 0
        for day in days(self.earliest, self.day):
            marks = [self.mark(Session(day, pm), eligible_only=False) for pm in (False, True)]
            codes = {mark for mark in marks if mark not in {"", "#", "Z"}}
            if codes:
                run = run + 1 if codes <= {"G", "N", "O"} else 0
            found[day] = run
        return found

    def _absent_20_days(self, day: dt.date) -> bool:
        return self.runs_of_gno.get(day, 0) >= 20

    def _sickness_15_days(self, day: dt.date) -> bool:
        ill = 0
        for then in days(self.year, day):
            marks = [self.mark(Session(then, pm), eligible_only=False) for pm in (False, True)]
            ill += "I" in marks and of_age(self.dob, then)
        return ill >= 15

    def day_counts(self, day: dt.date) -> tuple[int, int]:
        """Possible and absent sessions of one day, over all enrolments."""
        if day not in self._of_day:
            counts = self.counts(self.spells, day, day)
            self._of_day[day] = (counts["possible"], counts["authorised"] + counts["unauthorised"])
        return self._of_day[day]

    def known_days(self, day: dt.date) -> list[dt.date]:
        """Days of this academic year up to `day` with a possible session."""
        return [then for then in self.known if then <= day]

    @cached_property
    def known(self) -> list[dt.date]:
        return [day for day in days(self.year, self.day) if self.day_counts(day)[0] > 0]

    def _not_started(self, day: dt.date) -> bool:
        known = self.known_days(day)
        there = [then for then in known if self.day_counts(then)[0] > self.day_counts(then)[1]]
        for start in days(self.year, day):
            if there and start <= there[-1]:
                continue
            week_before = [start - n * ONE_DAY for n in range(1, 8) if start - n * ONE_DAY >= self.year]
            begins = self.school_day(start) and not any(self.school_day(then) for then in week_before)
            if begins or any(spell.start == start for spell in self.spells):
                return sum(then >= start for then in known) >= 5
        return False

    def _first_absence(self, day: dt.date) -> bool:
        def away(then: dt.date) -> bool:
            return any(self.mark(Session(then, pm), eligible_only=False) in AUTHORISED | UNAUTHORISED for pm in (False, True))

        known = self.known_days(day)
        at = len(known) - 1
        if at < 0 or not away(known[at]):
            return False
        while at > 0 and away(known[at - 1]):
            at -= 1
        watched = any(low <= known[at] and (high is None or known[at] <= high) for low, high in self.watched)
        return watched and not any(away(then) for then in known[max(at - 10, 0) : at])

    def _part_time_timetable(self, day: dt.date) -> bool:
        def counts(then: dt.date) -> bool:
            marks = [self.mark(Session(then, pm), eligible_only=False) for pm in (False, True)]
            return "C2" in marks and not any(high and low <= then <= high for low, high in self.part_time)

        run, weeks = 0, self.school_weeks(day)
        for week in weeks:
            used = any(counts(then) for then in days(week, min(week + 6 * ONE_DAY, day)))
            if week != weeks[-1]:
                run = run + 1 if used else 0
            else:
                run += used
        return run > 6

    def _sharp_fall(self, day: dt.date) -> bool:
        known = self.known_days(day)
        if len(known) < 10:
            return False
        lately, before = known[-10:], known[:-10][-30:]
        possible, absent = (sum(self.day_counts(then)[n] for then in lately) for n in (0, 1))
        possible_before, absent_before = (sum(self.day_counts(then)[n] for then in before) for n in (0, 1))
        if possible_before < 30:
            return False
        return 100 * Fraction(absent, possible) >= 100 * Fraction(absent_before, possible_before) + 40

    def _near_persistent(self, day: dt.date) -> bool:
        found = self.rates(self.counts(self.spells, self.year, day))
        missed = found["authorised"] + found["unauthorised"]
        return found["possible"] > 0 and not found["persistent_absence"] and Fraction(missed, found["possible"]) >= Fraction(8, 100)

    @cached_property
    def last_year(self) -> dict[str, Any]:
        last = self.year - ONE_DAY
        return self.rates(self.counts(self.spells, start_of_year(last), last))

    @cached_property
    def watch_ends(self) -> dt.date | None:
        """The first day by which 30 days of this year are known and the year is not severe."""
        known = possible = absent = 0
        for day in days(self.year, self.day):
            could, missed = self.day_counts(day)
            known, possible, absent = known + (could > 0), possible + could, absent + missed
            if known >= 30 and absent * 2 < possible:
                return day
        return None

    def _severe_last_year(self, day: dt.date) -> bool:
        return bool(self.last_year["severe_absence"]) and (self.watch_ends is None or day < self.watch_ends)

    def flags(self) -> list[dict[str, Any]]:
        found, runs = [], self.runs()
        possible = self.counts(self.spells, self.year, self.day)["possible"]
        for code in FLAGS:
            back = self.earliest if code in OVER_YEARS else self.year
            opened = self.day
            if not self.holds(code, opened, runs):
                continue
            while opened > back and self.holds(code, opened - ONE_DAY, runs):
                opened -= ONE_DAY
            of = self.last_year["possible"] if code == "severe_last_year" else possible
            found.append({"code": code, "opened": opened.isoformat(), "low_data": of < 30})
        return found

    def explain(self) -> dict[str, Any]:
        """What the command must print, but for URNs, parents and the words of the flags."""
        window, met, reached = self.window(self.day), self.met(), self.reached_on()
        spells = sorted((s for s in self.spells if self._touches(s)), key=lambda s: (s.start, s.school))
        return {
            "enrolments": [self.rates(self.counts([spell], self.year, self.day)) for spell in spells],
            "pupil": self.rates(self.counts(self.spells, self.year, self.day)),
            "penalty_threshold": {
                "eligible": self.eligible(self.day),
                "met": met is not None,
                "met_on": met.date.isoformat() if met else None,
                "session": ("PM" if met.pm else "AM") if met else None,
                "count": len(window),
                "provisional_n": sum(self.mark(s, eligible_only=True) == "N" for s in window),
                "sessions": [f"{s}={self.mark(s, eligible_only=True)}" for s in window],
            },
            "continuous_days": {"met": reached is not None, "reached_on": reached.isoformat() if reached else None},
            "n_overdue": self.overdue(),
            "flags": self.flags(),
        }

    def _touches(self, spell: Spell) -> bool:
        return spell.start <= self.day and (spell.end is None or spell.end >= self.year)
