"""From how much each pupil misses to every mark of the year, a school at a time.

Absence comes as spells, not coin flips: each pupil's year is cut into stretches of days that fall ill or truant together, and
stretches are taken in a random order (an exponential race, quicker on likelier days) until the planned number of sessions
is reached. So the number is exact, Fridays and December are worse, afternoons are a little worse than mornings, and long
absence clusters.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import matrix
from attendance.codes import BLANK, BY_CODE, PRESENT_AM, PRESENT_PM
from attendance.matrix import Marks
from config.demo import calibration
from config.demo.dates import Calendar, eids
from config.demo.names import heritages
from config.demo.people import Bools, Children, Floats, Ints
from config.demo.places import PRIMARY, PRU, SECONDARY
from config.demo.plan import Plan

BYTE = {code: BY_CODE[code].byte for code in BY_CODE}
MUSLIM = {"pakistani", "bangladeshi", "arabic", "turkish"}
# how much likelier an afternoon is missed than the morning of the same day (afternoon against morning attendance, 2025/26)
AFTERNOON = {"primary": 1.1, "secondary": 1.65, "special": 0.97, "pru": 1.1}
# share of absences whose reason is not known yet: for good, and on the day; the rest is settled within about two weeks
UNSETTLED = {"primary": (0.0095, 0.06), "secondary": (0.006, 0.03), "special": (0.005, 0.035), "pru": (0.006, 0.03)}
SETTLING_DAYS = 3.0


@dataclass(slots=True)
class Sheet:
    """One school's register of one year while it is being drawn. Columns are those of the whole year."""

    plan: Plan
    rows: Ints
    free: Bools
    marks: Marks
    phase: str
    rng: np.random.Generator

    @property
    def columns(self) -> Ints:
        """The sessions on which the school is open: mornings and afternoons by turns."""
        return np.flatnonzero(self.plan.open[int(self.plan.place[self.rows[0]])])

    def present(self) -> Bools:
        return self.free & ((self.marks == PRESENT_AM) | (self.marks == PRESENT_PM))

    def put(self, where: Bools, code: str) -> None:
        self.marks[where & self.present()] = BYTE[code]


def draw(
    plan: Plan, place: int, calendar: Calendar, children: Children, rng: np.random.Generator
) -> tuple[Ints, Marks, NDArray[np.float32]]:
    """Rows of the plan, their marks, and for each session the chance draw that says how soon its reason is known."""
    rows = np.flatnonzero(plan.place == place)
    phases, numbers = np.unique(plan.phase[rows], return_counts=True)
    sheet = Sheet(plan, rows, plan.free(rows), matrix.blank(len(rows)), str(phases[numbers.argmax()]), rng)
    sheet.marks[:, 0::2][sheet.free[:, 0::2]] = PRESENT_AM
    sheet.marks[:, 1::2][sheet.free[:, 1::2]] = PRESENT_PM
    _dual(sheet)
    _closed(sheet, calendar)
    missing = plan.left[rows].copy()
    _holidays(sheet)
    _blocks(sheet)
    missing -= _religious(sheet, missing, children)
    for code in ("U", "M", "J1"):
        _singles(sheet, code)
    settling = _spells(sheet, missing)
    _trips(sheet)
    _regular(sheet)
    _late(sheet)
    _out_of_school_hands(sheet)
    return rows, sheet.marks, settling


def unsettled(marks: Marks, settling: NDArray[np.float32], phase: str, last: int) -> Marks:
    """The register as it stood when `last` was its newest session: lately missed sessions still without a reason."""
    floor, fresh = UNSETTLED[phase]
    columns = np.arange(matrix.LENGTH)
    school_days = np.maximum(last - columns, 0) / 2 * 5 / 7
    chance = floor + fresh * np.exp(-school_days / SETTLING_DAYS)
    open_reason = np.isin(marks, [BYTE["I"], BYTE["O"]]) & (columns <= last)
    return np.where(open_reason & (settling < chance), BYTE["N"], marks).astype(np.uint8)


def _dual(sheet: Sheet) -> None:
    """D on the days due at the other school."""
    plan, rows = sheet.plan, sheet.rows
    columns = np.arange(matrix.LENGTH)
    due = (columns >= plan.first[rows, None]) & (columns < plan.end[rows, None]) & plan.open[int(plan.place[rows[0]])]
    sheet.marks[due & ~sheet.free] = BYTE["D"]


def _closed(sheet: Sheet, calendar: Calendar) -> None:
    """About half of schools' systems export # on days closed within a term; the others leave them blank."""
    if sheet.rng.random() < 0.5:
        return
    plan, rows = sheet.plan, sheet.rows
    for _, day in calendar.closures:
        at = matrix.index_of(day)
        on_roll = (plan.first[rows] <= at) & (plan.end[rows] > at)
        sheet.marks[on_roll, at : at + 2] = BYTE["#"]


def _holidays(sheet: Sheet) -> None:
    plan, rows = sheet.plan, sheet.rows
    columns = np.arange(matrix.LENGTH)
    away = (columns >= plan.holiday[rows, :1]) & (columns < plan.holiday[rows, 1:])
    sheet.put(away & (plan.reasons["G"][rows, None] > 0), "G")


def _blocks(sheet: Sheet) -> None:
    """Reasons that come as one stretch of days."""
    plan, rng = sheet.plan, sheet.rng
    for code in ("S", "C2", "E", "T", "C", "C1"):
        for row in np.flatnonzero(plan.reasons[code][sheet.rows] > 0).tolist():
            number = int(plan.reasons[code][sheet.rows[row]])
            open_to = _free_columns(sheet, row)
            if code == "C2":
                open_to = open_to[open_to % 2 == 1]  # goes home at lunchtime
            if code == "S":  # from the Whitsun break on; where the summer is too short for it, from just before
                after = open_to >= matrix.index_of(dt.date(plan.year + 1, 5, 26))
                chosen = open_to[after][:number]
                before = open_to[~after]
                chosen = np.concatenate([before[max(0, len(before) - (number - len(chosen))) :], chosen])
            else:
                mornings = np.flatnonzero(open_to % 2 == 0) if code in ("E", "C", "T") else np.arange(len(open_to))
                mornings = mornings[mornings <= max(len(open_to) - number, 0)]
                start = int(rng.choice(mornings)) if len(mornings) else 0
                chosen = open_to[start : start + number]
            sheet.marks[row, chosen] = BYTE[code]


def _free_columns(sheet: Sheet, row: int) -> Ints:
    marks = sheet.marks[row]
    return np.flatnonzero(sheet.free[row] & ((marks == PRESENT_AM) | (marks == PRESENT_PM)))


def _religious(sheet: Sheet, missing: Ints, children: Children) -> Ints:
    """Both sessions of an Eid on which school is open, for families who keep it, out of what they miss anyway."""
    plan, rows = sheet.plan, sheet.rows
    keeps = np.isin(children.heritage[plan.child[rows]], [i for i, h in enumerate(heritages()) if h.key in MUSLIM])
    given = np.zeros(len(rows), np.int64)
    for day in eids(plan.year):
        at = matrix.index_of(day)
        present = sheet.present()[:, at : at + 2].sum(axis=1)
        chosen = keeps & (present > 0) & (missing - given >= present)
        where = np.zeros(sheet.marks.shape, np.bool_)
        where[chosen, at : at + 2] = True
        sheet.put(where, "R")
        given += np.where(chosen, present, 0)
    return given


def _first(key: NDArray[np.float32], numbers: Ints) -> Bools:
    """For each row the `numbers[row]` sessions that finish the race first; those with an infinite key never."""
    if not key.shape[1]:
        return np.zeros(key.shape, np.bool_)
    last = np.clip(numbers - 1, 0, key.shape[1] - 1)
    bar = np.take_along_axis(np.sort(key, axis=1), last[:, None], axis=1)
    return (key <= bar) & np.isfinite(key) & (numbers > 0)[:, None]


def _singles(sheet: Sheet, code: str) -> None:
    """One session at a time: appointments, and coming after the register closed (mornings)."""
    numbers = sheet.plan.reasons[code][sheet.rows]
    some = np.flatnonzero(numbers > 0)
    columns = sheet.columns
    weights = _by_weekday(sheet, "appointment" if code == "M" else "late")[columns // 2]
    if code == "U":
        weights = np.where(columns % 2 == 0, weights, 0)
    race = sheet.rng.standard_exponential((len(some), len(columns)), np.float32)
    key = np.asarray(race / np.maximum(weights, 1e-9), np.float32)
    key[~sheet.present()[np.ix_(some, columns)]] = np.inf
    where = np.zeros(sheet.marks.shape, np.bool_)
    where[np.ix_(some, columns)] = _first(key, numbers[some])
    sheet.put(where, code)


def _by_weekday(sheet: Sheet, what: str) -> Floats:
    """Relative level on each day from 1 August."""
    weekdays = (np.arange(matrix.LENGTH // 2) + matrix.year_start(sheet.plan.year).weekday()) % 7
    return calibration.weekday(sheet.phase, what)[weekdays]


def _spells(sheet: Sheet, missing: Ints) -> NDArray[np.float32]:
    """Illness and code O. Returns for every session the draw that its stretch of days has for being settled."""
    plan, rows, rng = sheet.plan, sheet.rows, sheet.rng
    days = sheet.columns[::2] // 2  # the days on which this school is open
    rate = plan.rate[rows]
    begins = rng.random((len(rows), len(days)), np.float32) < (0.5 - 0.42 * np.minimum(rate, 1))[:, None]
    begins[:, 0] = True
    stretch = np.maximum.accumulate(np.where(begins, np.arange(len(days)), 0), axis=1)
    finish, which, settling = (
        np.take_along_axis(drawn, stretch, axis=1)
        for drawn in (
            rng.standard_exponential((len(rows), len(days)), np.float32),
            rng.random((len(rows), len(days)), np.float32),
            rng.random((len(rows), len(days)), np.float32),
        )
    )
    truant = which < _share_of_other(sheet, rate, missing)[:, None]
    apart = 1 + days * 1e-6  # so that no two days of a stretch finish together
    season = {what: (_season(sheet, what)[days] * apart).astype(np.float32) for what in ("illness", "other")}
    # a pupil's half terms differ: some are bad ones, and for those who miss most they differ more
    swing = (0.35 + 0.8 * np.minimum(rate, 0.6)).astype(np.float32)[:, None]
    mood = np.exp(swing * rng.standard_normal((len(rows), 6), np.float32))[:, np.minimum(days // 55, 5)]
    race = finish / (np.where(truant, season["other"], season["illness"]) * mood)
    key = np.repeat(race, 2, axis=1)
    key[:, 1::2] /= AFTERNOON[sheet.phase]
    key[~sheet.present()[:, sheet.columns]] = np.inf
    chosen = _first(key, missing)
    code = np.where(np.repeat(truant, 2, axis=1), BYTE["O"], BYTE["I"])
    sheet.marks[:, sheet.columns] = np.where(chosen, code, sheet.marks[:, sheet.columns])
    whole = np.ones(sheet.marks.shape, np.float32)
    whole[:, sheet.columns] = np.repeat(settling, 2, axis=1)
    return whole


def _season(sheet: Sheet, what: str) -> Floats:
    """Relative level on each day from 1 August. Steeper than published, since pupils who miss most cannot miss more."""
    return np.maximum(calibration.season(sheet.phase, what) ** 1.25 * _by_weekday(sheet, what) ** 1.1, 1e-6)


def _share_of_other(sheet: Sheet, rate: Floats, missing: Ints) -> Floats:
    """Code O's part of illness and O together: little where little is missed, most of severe absence."""
    mix = calibration.code_mix(sheet.phase)
    whole = 0.6 if sheet.phase == PRU else mix["O"] / (mix["O"] + mix["I"])
    steep = np.log(np.maximum(rate, 1e-4) / 0.05)
    noise = sheet.rng.normal(0, 1.6, len(rate))  # some are ill, some truant: the same pupil seldom both
    low, high = -9.0, 6.0
    for _ in range(40):  # so that the school as a whole has the phase's share
        middle = (low + high) / 2
        share = 1 / (1 + np.exp(-(middle + 0.8 * steep + noise)))
        low, high = (middle, high) if (share * missing).sum() < whole * missing.sum() else (low, middle)
    return 1 / (1 + np.exp(-(low + 0.8 * steep + noise)))


def _trips(sheet: Sheet) -> None:
    """Whole year groups on visits for a day or, in the last year of primary school, a stay; work experience in year 10."""
    plan, rows, rng = sheet.plan, sheet.rows, sheet.rng
    open_days = np.flatnonzero(plan.open[int(plan.place[rows[0]])][0::2])
    if len(open_days) < 20:
        return
    mix = calibration.code_mix(sheet.phase)
    for group in np.unique(plan.group[rows]).tolist():
        inside = plan.group[rows] == group
        for _ in range(rng.poisson(mix["V"] * len(open_days) * (0.6 if group == 6 else 1.0))):
            _whole_days(sheet, inside, open_days, int(rng.integers(len(open_days))), 1, "V")
        if group == 6:
            _whole_days(sheet, inside, open_days, int(rng.integers(len(open_days) - 40, len(open_days) - 10)), 3, "V")
        if group == 10 and sheet.phase == SECONDARY and rng.random() < 0.62:
            _whole_days(sheet, inside, open_days, int(rng.integers(len(open_days) - 20, len(open_days) - 8)), 5, "W")


def _whole_days(sheet: Sheet, inside: Bools, open_days: Ints, at: int, number: int, code: str) -> None:
    where = np.zeros(sheet.marks.shape, np.bool_)
    for day in open_days[at : at + number]:
        where[inside, day * 2 : day * 2 + 2] = True
    sheet.put(where, code)


def _regular(sheet: Sheet) -> None:
    """A few pupils spend a day of each week off site, or have teams to play in."""
    plan, rows, rng = sheet.plan, sheet.rows, sheet.rng
    mix = calibration.code_mix(sheet.phase)
    weekday = (np.arange(matrix.LENGTH) // 2 + matrix.year_start(plan.year).weekday()) % 7
    older = np.where(plan.group[rows] >= 10, 2.2, 0.35) if sheet.phase == SECONDARY else 1.0
    own = rng.integers(0, 5, len(rows))
    weekly = (rng.random(len(rows)) < mix["B"] * 5.3 * older)[:, None] & (weekday == own[:, None])
    sheet.put(weekly, "B")
    taught = (rng.random(len(rows)) < mix["K"] * 2.2)[:, None] & np.isin(weekday, (0, 1, 2))
    sheet.put(taught, "K")
    plays = (rng.random(len(rows)) < 0.08)[:, None] & (np.arange(matrix.LENGTH) % 2 == 1)
    sheet.put(plays & (rng.random(sheet.marks.shape, np.float32) < mix["P"] * 2 / 0.08), "P")


def _late(sheet: Sheet) -> None:
    """Before the register closed: mostly mornings, mostly the same pupils, more of those who miss much."""
    rng, rows = sheet.rng, sheet.rows
    rate = sheet.plan.rate[rows]
    habit = rng.gamma(0.5, 2.0, len(rows)) * (0.5 + 6 * np.minimum(rate, 0.4))
    due = sheet.present()
    habit /= max(float(np.average(habit, weights=due.sum(axis=1) + 1e-9)), 1e-9)
    day = calibration.season(sheet.phase, "late") * _by_weekday(sheet, "late")
    level = calibration.code_mix(sheet.phase)["L"] * 2 * sheet.free.sum() / max(int(due.sum()), 1)
    chance = np.repeat(np.minimum(level * habit[:, None] * day, 0.85), 2, axis=1).astype(np.float32)
    chance[:, 0::2] *= 0.96
    chance[:, 1::2] *= 0.04
    where = np.zeros(sheet.marks.shape, np.bool_)
    columns = sheet.columns
    where[:, columns] = rng.random((len(rows), len(columns)), np.float32) < chance[:, columns]
    sheet.put(where, "L")


def _out_of_school_hands(sheet: Sheet) -> None:
    """Sessions that stop being possible: transport, other unavoidable causes, a day of snow, part-time under five."""
    plan, rows, rng = sheet.plan, sheet.rows, sheet.rng
    shape = sheet.marks.shape
    if sheet.phase not in (PRIMARY, SECONDARY):
        days = rng.random((shape[0], shape[1] // 2), np.float32) < 0.004
        sheet.put(np.repeat(days, 2, axis=1), "Y1")
    share = {PRIMARY: 0.0003, SECONDARY: 0.0013}.get(sheet.phase, 0.0029)
    sheet.put(np.repeat(rng.random((shape[0], shape[1] // 2), np.float32) < share, 2, axis=1), "Y7")
    if rng.random() < 0.03:
        at = matrix.index_of(dt.date(plan.year + 1, 1, 20))
        closed = np.zeros(shape, np.bool_)
        closed[:, at : at + 2] = True
        sheet.marks[closed & sheet.free] = BYTE["Y4"]
    if sheet.phase == PRIMARY and rng.random() < 0.25:
        open_columns = np.flatnonzero(plan.open[int(plan.place[rows[0]])])[:20]
        part_time = np.zeros(shape, np.bool_)
        part_time[np.ix_(plan.group[rows] == 0, open_columns[open_columns % 2 == 1])] = True
        sheet.put(part_time, "X")


def cut(marks: Marks, year: int, last: dt.date) -> Marks:
    """Nothing said after `last`."""
    kept = marks.copy()
    if last < matrix.year_end(year):
        kept[:, max(0, (last - matrix.year_start(year)).days * 2 + 2) :] = BLANK
    return kept
