"""A row for each pupil with totals of sessions: a year-to-date summary, or the school census. Never marks.

Counts must add up (possible = attended + authorised + unauthorised) or the row goes back; percentages are not read, because
they are worked out from the counts. What nobody says is not guessed: the period a file does not name is asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BY_CODE, Class
from attendance.imports import people
from attendance.imports.cells import Findings, in_future
from attendance.imports.parsed import Mapping, Parsed, Single, Source, Totals, Unreadable
from attendance.imports.people import People
from attendance.imports.sheet import Sheet, open_sheet, understood, whole_rows
from attendance.imports.values import Bad, long_day, read_date, read_moment, show, tidy
from attendance.matrix import academic_year, year_start
from schools.dfe_terms import CensusPart, census_covers, census_of

SUMMARY = "summary"
NOT_SAID = -1
MOST_PERIODS = 8  # in one file: more means that the column is of something else
MOST_DAYS = 366
_FIRST_CENSUS = dt.date(2006, 1, 1)  # it has collected pupils' absence since
_YES, _NO = frozenset({"yes", "y", "true", "1", "pa", "sa"}), frozenset({"no", "n", "false", "0"})
_PARTS: dict[str, CensusPart] = {
    "termlyattendance": CensusPart.TERM,
    "term": CensusPart.TERM,
    "summerhalfterm2attendance": CensusPart.HALF_TERM,
    "summerhalfterm2": CensusPart.HALF_TERM,
    "annualattendance": CensusPart.YEAR,
    "annual": CensusPart.YEAR,
}
_TITLE_PERIOD = re.compile(
    r"(?P<first>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2} [A-Za-z]{3,9} \d{4})\s*(?:to|until|[-–])\s*"
    r"(?P<last>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2} [A-Za-z]{3,9} \d{4})"
)


def parse(source: Source, mapping: Mapping, *, today: dt.date) -> Parsed:
    """Every pupil's totals, and a problem with its line for every row that cannot stand. Raises Unreadable."""
    sheet = open_sheet(source, mapping)
    findings = Findings(sheet.table.lines)
    whole_rows(sheet, findings)
    who = people.read(sheet, findings)
    _all_with_upn(who, findings)
    counts = _counts(sheet, findings)
    periods = _periods(sheet, findings, today)
    reasons = _reasons(sheet, findings)
    joined = _optional(sheet, "joined", _date_or_none)
    _add_up(sheet, counts, reasons, findings)
    _fits_period(sheet, counts, periods, findings, today)
    _said_once(sheet, who, counts, periods, joined, findings)
    persistent, severe = (_optional(sheet, field, _yes_or_no) for field in ("persistent", "severe"))
    totals = Totals(
        kind=periods.kind,
        first=periods.first,
        last=periods.last,
        as_at=periods.as_at,
        possible=counts["possible"],
        attended=counts["attended"],
        authorised=counts["authorised"],
        unauthorised=counts["unauthorised"],
        late=counts["late"],
        reasons=reasons,
        persistent=persistent,
        severe=severe,
        joined=joined,
        stands=~findings.bad_rows,
        asks=periods.asks,
    )
    nothing = np.zeros(0, np.int64)
    return Parsed(
        rows_read=sheet.table.rows,
        lines=sheet.table.lines,
        urn=who.urn,
        upn=who.upn,
        upn_number=who.upn_number,
        sent_upn=who.sent_upn,
        person=who.person,
        surname=who.surname,
        forename=who.forename,
        dob=who.dob,
        year_group=who.year_group,
        marks=Single(nothing, np.zeros(0, "datetime64[D]"), np.zeros(0, bool), np.zeros(0, np.uint8)),
        problems=findings.in_order(),
        questions=[*sheet.notes, *who.questions],
        exported_at=None,
        marks_seen={},
        unknown_marks={},
        unit=sheet.unit,
        totals=totals,
    )


def _all_with_upn(who: People, findings: Findings) -> None:
    """Marks of a row without UPN wait for somebody to say whose they are; totals, which load nothing, do not."""
    for row in np.flatnonzero((who.upn == "") & ~findings.bad_rows).tolist():
        words = "Totals are matched to a pupil by UPN alone. Give the pupil’s UPN and send this row again."
        findings.add(row, "UPN", str(who.sent_upn[row]), words, whole_row=True)


# --- counts ----------------------------------------------------------------------------------------------------------


def read_count(text: str) -> int:
    """A whole number of sessions, as spreadsheets write one: "142", "142.0", "1,024"."""
    said = tidy(text)
    if not said:
        raise Bad("The number of sessions is missing. Write 0 where there were none.")
    found = re.fullmatch(r"(-?)(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.0+)?", said)
    if not found:
        raise Bad(f"“{show(said)}” is not a whole number of sessions.")
    if found[1] and int(found[2].replace(",", "")):
        raise Bad(f"“{show(said)}” is below 0: sessions cannot be.")
    return int(found[2].replace(",", ""))


def _counts(sheet: Sheet, findings: Findings) -> dict[str, NDArray[np.int64]]:
    counts = {field: _column(sheet, field, findings, read_count) for field in ("possible", "authorised", "unauthorised")}
    for field in ("attended", "late"):
        blank_is_nothing = lambda text: read_count(text) if tidy(text) else NOT_SAID  # noqa: E731 - one reader for two columns
        said = sheet.field(field) is not None
        counts[field] = _column(sheet, field, findings, blank_is_nothing) if said else np.full(sheet.table.rows, NOT_SAID, np.int64)
    rest = counts["possible"] - counts["authorised"] - counts["unauthorised"]
    known = (counts["possible"] >= 0) & (counts["authorised"] >= 0) & (counts["unauthorised"] >= 0)
    counts["attended"] = np.where((counts["attended"] == NOT_SAID) & known, rest, counts["attended"])
    return counts


def _column(sheet: Sheet, field: str, findings: Findings, read: Callable[[str], int]) -> NDArray[np.int64]:
    values, index = understood(sheet, field, read, findings)
    return np.array([NOT_SAID if value is None else value for value in values], np.int64)[index]


def _optional(sheet: Sheet, field: str, read: Callable[[str], object]) -> NDArray[np.object_]:
    """A column that rejects no row: None where it is not there or not understood."""
    column = sheet.field(field)
    found = np.empty(sheet.table.rows, object)
    if column is not None:
        found[:] = column.take([read(text) for text in column.texts])
    return found


def _yes_or_no(text: str) -> bool | None:
    said = tidy(text).lower()
    return True if said in _YES else False if said in _NO else None


def _date_or_none(text: str) -> dt.date | None:
    try:
        return read_date(text)
    except Bad:
        return None


def read_reasons(text: str) -> dict[str, int]:
    """ "I 12; O 8": sessions by code. Only codes of absence have any."""
    found: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in tidy(text).split(";"))):
        code, _, number = part.rpartition(" ")
        known = BY_CODE.get(code.strip().upper())
        if known is None or known.klass not in (Class.AUTHORISED, Class.UNAUTHORISED):
            raise Bad(f"“{show(code.strip() or part)}” is not a code of absence. Give each reason as a code and a number, as in I 12; O 8.")
        found[known.code] = found.get(known.code, 0) + read_count(number)
    return found


def _reasons(sheet: Sheet, findings: Findings) -> NDArray[np.object_]:
    found = np.empty(sheet.table.rows, object)
    if sheet.field("reasons") is None:
        found[:] = [{}] * sheet.table.rows
        return found
    values, index = understood(sheet, "reasons", read_reasons, findings)
    for row, number in enumerate(index.tolist()):
        found[row] = values[number] or {}
    return found


def _reject(sheet: Sheet, findings: Findings, row: int, field: str, message: str) -> None:
    column = sheet.field(field)
    value = column.texts[column.index[row]] if column is not None else ""
    findings.add(row, sheet.heading(field), value, message, whole_row=True)


def _add_up(sheet: Sheet, counts: dict[str, NDArray[np.int64]], reasons: NDArray[np.object_], findings: Findings) -> None:
    possible, attended, late = counts["possible"], counts["attended"], counts["late"]
    authorised, unauthorised = counts["authorised"], counts["unauthorised"]
    for row in np.flatnonzero((possible == 0) & ~findings.bad_rows).tolist():
        words = "No session was possible, so this row says nothing of the pupil’s attendance. Leave the pupil out, or correct the number."
        _reject(sheet, findings, row, "possible", words)
    told = sheet.field("attended") is not None
    for row in np.flatnonzero((attended + authorised + unauthorised != possible) & ~findings.bad_rows).tolist():
        words = (
            f"{attended[row]} attended, {authorised[row]} authorised and {unauthorised[row]} unauthorised make "
            f"{attended[row] + authorised[row] + unauthorised[row]}, and {possible[row]} were possible. Correct what is wrong."
        )
        _reject(sheet, findings, row, "possible", words)
    for row in np.flatnonzero((attended < 0) & ~findings.bad_rows).tolist():
        words = f"{authorised[row]} authorised and {unauthorised[row]} unauthorised are more than the {possible[row]} sessions possible."
        _reject(sheet, findings, row, "attended" if told else "possible", words)
    # late sessions are L, which count as attended, and U, which count as unauthorised (DfE, "late sessions")
    for row in np.flatnonzero((late > attended + unauthorised) & ~findings.bad_rows).tolist():
        words = f"{late[row]} late sessions are more than the {attended[row] + unauthorised[row]} attended or unauthorised."
        _reject(sheet, findings, row, "late", words)
    for row in np.flatnonzero([bool(found) for found in reasons] & ~findings.bad_rows).tolist():
        by_class = {klass: _of_class(reasons[row], klass) for klass in (Class.AUTHORISED, Class.UNAUTHORISED)}
        if by_class != {Class.AUTHORISED: authorised[row], Class.UNAUTHORISED: unauthorised[row]}:
            words = (
                f"The reasons make {by_class[Class.AUTHORISED]} authorised and {by_class[Class.UNAUTHORISED]} unauthorised sessions; "
                f"the totals say {authorised[row]} and {unauthorised[row]}. Correct what is wrong."
            )
            _reject(sheet, findings, row, "reasons", words)


def _of_class(reasons: dict[str, int], klass: Class) -> int:
    return sum(number for code, number in reasons.items() if BY_CODE[code].klass == klass)


# --- which days the totals are of --------------------------------------------------------------------------------------


@dataclass
class _Periods:
    kind: NDArray[np.object_]
    first: NDArray[np.object_]
    last: NDArray[np.object_]
    as_at: NDArray[np.object_]
    asks: str = ""


def _periods(sheet: Sheet, findings: Findings, today: dt.date) -> _Periods:
    """The period of each row: as its columns say, else a line above the headings, else what the sender said of the file."""
    rows = sheet.table.rows
    kind = np.full(rows, SUMMARY, object)
    first, last, as_at = (np.empty(rows, object) for _ in range(3))
    found = _Periods(kind, first, last, as_at)
    if sheet.field("census_part") is not None:
        _census(sheet, findings, found, today)
        return found
    for field, dates in (("period_first", first), ("period_last", last)):
        if sheet.field(field) is not None:
            values, index = understood(sheet, field, read_date, findings)
            dates[:] = [values[number] for number in index.tolist()]
    first_said, last_said = (sheet.field(field) is not None for field in ("period_first", "period_last"))
    titled = _in_titles(sheet)
    answered = sheet.mapping.period
    if not first_said:
        first[:] = titled[0] if titled else _iso(answered.get("first"))
    if not last_said:
        last[:] = titled[1] if titled else _iso(answered.get("last"))
    if not titled and not (first_said and last_said) and not _answers(answered, first_said, last_said):
        found.asks = "period"
    said = _optional(sheet, "totals_as_at", _date_or_none)
    exported = _optional(sheet, "exported_at", _day_of_moment)
    for row in range(rows):
        made = said[row] or exported[row] or last[row]
        as_at[row] = min(made, today) if made else None
    return found


def _answers(answered: dict[str, str], first_said: bool, last_said: bool) -> bool:
    return bool(first_said or answered.get("first")) and bool(last_said or answered.get("last"))


def _iso(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _day_of_moment(text: str) -> dt.date | None:
    try:
        return read_moment(text).date()
    except Bad:
        return _date_or_none(text)


def _in_titles(sheet: Sheet) -> tuple[dt.date, dt.date] | None:
    """ "Attendance summary 01/09/2026 to 20/11/2026" above the headings, where one such line is there."""
    told = set()
    for line in sheet.titles:
        for found in _TITLE_PERIOD.finditer(" ".join(cell.strip() for cell in line if cell.strip())):
            first, last = _date_or_none(found["first"]), _date_or_none(found["last"])
            if first and last:
                told.add((first, last))
    return told.pop() if len(told) == 1 else None


def _read_part(text: str) -> CensusPart:
    found = _PARTS.get(re.sub(r"[^a-z0-9]", "", tidy(text).lower()))
    if found is None:
        raise Bad(f"“{show(tidy(text))}” is no part of a school census: TermlyAttendance, SummerHalfTerm2Attendance or AnnualAttendance.")
    return found


def _census(sheet: Sheet, findings: Findings, found: _Periods, today: dt.date) -> None:
    """The census is a term in arrears: which one it is says which days it counts."""
    parts, part = understood(sheet, "census_part", _read_part, findings)
    days = _optional(sheet, "census_day", _date_or_none)
    answered = sheet.mapping.period.get("census", "")
    for row, number in enumerate(part.tolist()):
        which, day = parts[number], days[row]
        if day is not None and not _FIRST_CENSUS <= day <= today:
            words = in_future(day, today) if day > today else f"{long_day(day)} is no reference date of a school census."
            _reject(sheet, findings, row, "census_day", words)
            continue
        census = census_of(day) if day else answered
        if not census:
            found.asks = "census"
        if which is None or not census:
            continue
        found.kind[row] = str(which)
        found.first[row], found.last[row] = census_covers(census, which)
        found.as_at[row] = day or found.last[row]


def _fits_period(sheet: Sheet, counts: dict[str, NDArray[np.int64]], periods: _Periods, findings: Findings, today: dt.date) -> None:
    at = "census_day" if sheet.field("census_part") is not None else "period_last"
    for row in np.flatnonzero(~findings.bad_rows).tolist():
        first, last = periods.first[row], periods.last[row]
        if first is None or last is None:
            continue
        days = (last - first).days + 1
        words = ""
        if days < 1:
            words = f"The first day counted, {long_day(first)}, is after the last, {long_day(last)}."
        elif last > today:
            words = in_future(last, today)
        elif days > MOST_DAYS:
            words = f"{long_day(first)} to {long_day(last)} is more than a school year. Give the totals of one year at a time."
        elif counts["possible"][row] > 2 * days:
            words = f"{counts['possible'][row]} sessions cannot be in the {days} days from {long_day(first)} to {long_day(last)}."
        if words:
            _reject(sheet, findings, row, at if days < 1 or last > today or days > MOST_DAYS else "possible", words)
    told = {(periods.first[row], periods.last[row]) for row in np.flatnonzero(~findings.bad_rows).tolist()}
    if len(told) > MOST_PERIODS:
        raise Unreadable(
            f"The rows of this file are of {len(told)} different periods. A summary is of one: "
            "check which columns hold its first and last day."
        )


def _said_once(
    sheet: Sheet,
    who: People,
    counts: dict[str, NDArray[np.int64]],
    periods: _Periods,
    joined: NDArray[np.object_],
    findings: Findings,
) -> None:
    """One row a pupil, spell and period: a row said twice counts once, rows that contradict each other both go back."""
    lines = findings.lines
    groups: dict[tuple[object, ...], list[int]] = {}
    for row in np.flatnonzero(~findings.bad_rows & (who.upn != "")).tolist():
        key = (int(who.who[row]), periods.kind[row], periods.first[row], periods.last[row], joined[row])
        groups.setdefault(key, []).append(row)
    for rows in groups.values():
        said = {tuple(int(counts[name][row]) for name in sorted(counts)) for row in rows}
        for row in rows if len(said) > 1 else ():
            other = next(one for one in rows if one != row)
            _reject(sheet, findings, row, "upn", f"Line {lines[other]} gives other totals for this pupil. Keep the right one.")


def first_of_year(last: dt.date) -> dt.date:
    """Where a year to date begins, unless its sender says otherwise."""
    return year_start(academic_year(last))


def in_words(totals: Totals, row: int) -> str:
    """One row, for whoever checks the columns."""
    if not totals.stands[row]:
        return ""
    said = [
        f"{totals.possible[row]} possible",
        f"{totals.attended[row]} attended",
        f"{totals.authorised[row]} authorised",
        f"{totals.unauthorised[row]} unauthorised",
    ]
    if totals.late[row] != NOT_SAID:
        said.append(f"{totals.late[row]} late")
    reasons = [f"{code} {number}" for code, number in totals.reasons[row].items()]
    return ", ".join(said) + (f" ({', '.join(reasons)})" if reasons else "")


def periods(totals: Totals) -> list[tuple[str, dt.date, dt.date]]:
    """(kind, first, last) of what the rows that stand are of, in order."""
    told = {(str(totals.kind[row]), totals.first[row], totals.last[row]) for row in np.flatnonzero(totals.stands).tolist()}
    return sorted((kind, first, last) for kind, first, last in told if first and last)
