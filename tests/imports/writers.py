"""Marks written as files, plainly and one by one, in every layout: the other way round from the parsers."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

Register = dict[tuple[str, dt.date, bool], str]  # (UPN, date, afternoon) -> code
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
URN = "999001"


def upn(number: int) -> str:
    """A permanent UPN with its right check letter."""
    digits = f"9999{number:08d}"
    return _LETTERS[sum(weight * int(digit) for weight, digit in zip(range(2, 14), digits, strict=True)) % 23] + digits


def table(rows: Iterable[Iterable[str]], *, delimiter: str = ",", quoting: Any = csv.QUOTE_MINIMAL, ending: str = "\r\n") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ending).writerows(rows)
    return out.getvalue().encode()


def _pupils_and_days(register: Register) -> tuple[list[str], list[dt.date]]:
    return sorted({key[0] for key in register}), sorted({key[1] for key in register})


def sessions(register: Register) -> list[list[str]]:
    rows = [["URN", "UPN", "Date", "Session", "Mark"]]
    for (pupil, day, pm), mark in sorted(register.items()):
        rows.append([URN, pupil, f"{day:%Y-%m-%d}", "PM" if pm else "AM", mark])
    return rows


def days(register: Register) -> list[list[str]]:
    rows = [["URN", "UPN", "Date", "AM", "PM"]]
    for pupil, day in sorted({key[:2] for key in register}):
        rows.append([URN, pupil, f"{day:%d/%m/%Y}", register.get((pupil, day, False), ""), register.get((pupil, day, True), "-")])
    return rows


def dates(register: Register) -> list[list[str]]:
    pupils, on = _pupils_and_days(register)
    rows = [["URN", "UPN", *(f"{day:%d/%m/%Y} {half}" for day in on for half in ("AM", "PM")), "Possible", "% Attend"]]
    rows += [[URN, p, *(register.get((p, day, pm), "") for day in on for pm in (False, True)), "12", "95.5"] for p in pupils]
    return rows


def dates_two_lines(register: Register) -> list[list[str]]:
    pupils, on = _pupils_and_days(register)
    rows = [["", "", *(cell for day in on for cell in (f"{day:%a %d %b %Y}", ""))], ["URN", "UPN", *["AM", "PM"] * len(on)]]
    rows += [[URN, p, *(register.get((p, day, pm), "_") for day in on for pm in (False, True))] for p in pupils]
    return rows


def weeks(register: Register, aliases: dict[str, str] | None = None) -> list[list[str]]:
    """`aliases`: code of two characters -> the character that stands for it."""
    rows = [["URN", "UPN", "WeekStart", "WeekMarks"]]
    mondays = sorted({(pupil, day - dt.timedelta(days=day.weekday())) for pupil, day, _ in register})
    for pupil, monday in mondays:
        string = ""
        for place in range(14):
            mark = register.get((pupil, monday + dt.timedelta(days=place // 2), place % 2 == 1), "-")
            string += (aliases or {}).get(mark, mark)
        rows.append([URN, pupil, f"{monday:%d/%m/%Y}", string])
    return rows
