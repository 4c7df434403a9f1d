"""A school's year of marks as files in each layout that schools send."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

FIRST, LAST = dt.date(2025, 9, 1), dt.date(2026, 7, 21)
BREAKS = (
    (dt.date(2025, 10, 27), dt.date(2025, 10, 31)),
    (dt.date(2025, 12, 20), dt.date(2026, 1, 4)),
    (dt.date(2026, 2, 16), dt.date(2026, 2, 20)),
    (dt.date(2026, 3, 30), dt.date(2026, 4, 10)),
    (dt.date(2026, 5, 25), dt.date(2026, 5, 29)),
)
ABSENT = "IIIIIIOOOGMCUN"


def school_days() -> list[dt.date]:
    days, day = [], FIRST
    while day <= LAST:
        if day.weekday() < 5 and not any(first <= day <= last for first, last in BREAKS):
            days.append(day)
        day += dt.timedelta(days=1)
    return days


def upn(number: int) -> str:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    digits = f"99980026{number:04d}"
    return letters[sum(int(d) * w for d, w in zip(digits, range(2, 14), strict=True)) % 23] + digits


Marks = dict[str, dict[dt.date, tuple[str, str]]]


def invent(pupils: int, seed: int = 7) -> Marks:
    """`{upn: {day: (am, pm)}}`: about 8 sessions in 100 missed."""
    chance = random.Random(seed)
    days = school_days()

    def pair() -> tuple[str, str]:
        if chance.random() < 0.07:
            return (chance.choice(ABSENT),) * 2
        return "/", "\\" if chance.random() > 0.02 else chance.choice(ABSENT)

    return {upn(number): {day: pair() for day in days} for number in range(pupils)}


def write(folder: Path, urn: int, marks: Marks) -> dict[str, Path]:
    """One file a layout; the same marks in each."""
    wide = sorted(next(iter(marks.values())))
    header_wide = ["URN", "UPN", "Surname", "Forename", *(f"{d:%d/%m/%Y} {h}" for d in wide for h in ("AM", "PM"))]
    rows: dict[str, tuple[list[str], Iterator[list[str]]]] = {
        "weeks": (["URN", "UPN", "Surname", "Forename", "WeekStart", "WeekMarks"], _weeks(urn, marks)),
        "sessions": (["URN", "UPN", "Surname", "Forename", "Date", "Session", "Mark"], _sessions(urn, marks)),
        "days": (["URN", "UPN", "Surname", "Forename", "Date", "AM", "PM"], _days(urn, marks)),
        "dates": (header_wide, _dates(urn, marks, wide)),
    }
    paths = {}
    for layout, (header, body) in rows.items():
        paths[layout] = folder / f"{layout}-{urn}.csv"
        with paths[layout].open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(header)
            out.writerows(body)
    return paths


def _who(urn: int, number: str) -> list[str]:
    return [str(urn), number, "Bench", f"Pupil {number[-4:]}"]


def _weeks(urn: int, marks: Marks) -> Iterator[list[str]]:
    for number, days in marks.items():
        for monday, week in groupby(sorted(days), key=lambda d: d - dt.timedelta(days=d.weekday())):
            said = {d.weekday(): days[d] for d in week}
            string = "".join("".join(said.get(n, ("#", "#"))) for n in range(7))
            yield [*_who(urn, number), f"{monday:%d/%m/%Y}", string]


def _sessions(urn: int, marks: Marks) -> Iterator[list[str]]:
    for number, days in marks.items():
        for day, (am, pm) in days.items():
            yield [*_who(urn, number), day.isoformat(), "AM", am]
            yield [*_who(urn, number), day.isoformat(), "PM", pm]


def _days(urn: int, marks: Marks) -> Iterator[list[str]]:
    for number, days in marks.items():
        for day, (am, pm) in days.items():
            yield [*_who(urn, number), day.isoformat(), am, pm]


def _dates(urn: int, marks: Marks, wide: list[dt.date]) -> Iterator[list[str]]:
    for number, days in marks.items():
        yield [*_who(urn, number), *(mark for day in wide for mark in days[day])]
