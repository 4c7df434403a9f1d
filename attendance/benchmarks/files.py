"""Reads the open files that benchmarks come in: bytes to figures, or to words that say why not. No database.

DfE's year to date ("Pupil attendance in schools"), in any generation of its column names: `school_type` became
`education_phase` in 2024 and is `phase` in its dashboard's file; the column of travelling children was renamed; an authority
goes by its old number, its new code, or both. The long file of the Local authority interactive tool, for severe absence. And
the statistical neighbours. Suppressed figures (`c`, `z`, `x` and the like) are read as not known.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from attendance.benchmarks.figures import ENGLAND, WHOLE_YEAR, YEAR_TO_DATE, Area, Figure, first_day, of_codes
from attendance.codes import BY_CODE
from attendance.rates import Figures
from schools.importers.table import Line, LineProblem, UnreadableTable, decode, read

NEIGHBOURS = "neighbours"
WHAT = {YEAR_TO_DATE: "attendance for the year to date", WHOLE_YEAR: "severe absence by school year", NEIGHBOURS: "statistical neighbours"}

_RATES = {
    "overall_absence_perc": "absence",
    "authorised_absence_perc": "authorised",
    "unauthorised_absence_perc": "unauthorised",
    "pa_perc": "persistent",
}
_YEAR_TO_DATE = {
    "time_period": ("academic_year",),
    "time_identifier": (),
    "snapshot": ("published", "publication_date"),
    "geographic_level": (),
    "region_code": (),
    "region_name": (),
    "new_la_code": (),
    "old_la_code": ("la_code",),
    "la_name": (),
    "phase": ("education_phase", "school_type"),
    "possible_sessions": (),
    "attendance_perc": (),
    "overall_absence_perc": (),
    "authorised_absence_perc": (),
    "unauthorised_absence_perc": (),
    "pa_perc": (),
}
_WHOLE_YEAR = {"measure": (), "year": (), "la_code": ("la_number",), "value": ()}
_NEIGHBOURS = {"la_code": ("la_number",), "rank": (), "neighbour_la_code": (), "closeness": (), "edition": ()}
_NEEDED: dict[str, tuple[Mapping[str, tuple[str, ...]], tuple[str, ...]]] = {
    YEAR_TO_DATE: (_YEAR_TO_DATE, ("time_period", "geographic_level", "phase", "overall_absence_perc")),
    WHOLE_YEAR: (_WHOLE_YEAR, ("measure", "year", "la_code", "value")),
    NEIGHBOURS: (_NEIGHBOURS, ("la_code", "rank", "neighbour_la_code", "closeness")),
}
# what DfE's files hold besides, in one generation or another: known, and not used here
_BESIDES = re.compile(
    r"(country_(code|name)|(total_)?num_schools|(total_)?enrolments|present_sessions|overall_(attendance|absence)|approved_educational_activity"
    r"|(un)?authorised_absence|late_sessions|reason_present(_am|_pm)?|reason_[a-z]\d?_\w+|\w+_perc|area|region|la_name|neighbour_la_name|breakdown)$"
)
_CODE = re.compile(r"reason_([a-z]\d?)_")
_PHASES = {"primary": "primary", "secondary": "secondary", "special": "special", "total": "all", "all": "all"}
_SEVERE = {"TotSevPerAbNew": "all", "SFPriSevPerAbNew": "primary", "SFSecSevPerAbNew": "secondary", "SpecSevPerAbNew": "special"}
_NOT_SAID = {"", "c", "z", "x", "u", "k", "-", "–", ":", ".", "..", "~", "low", "na", "n/a", "null"}
_ROUNDING = Decimal("0.02")  # three percentages, each rounded to two decimals
_MOST = 200_000_000  # bytes, unpacked: ten years of every authority are a twentieth of it


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`neighbour` is the authority `rank`th most like `authority`, in the word that was published for how like."""

    authority: str
    rank: int
    neighbour: str
    closeness: str


@dataclass
class Found:
    """What a file holds."""

    kind: str
    figures: list[Figure] = field(default_factory=list)
    neighbours: list[Neighbour] = field(default_factory=list)
    edition: str = ""
    areas: dict[str, Area] = field(default_factory=dict)  # authorities the file names, by number
    problems: list[LineProblem] = field(default_factory=list)
    left_out: int = 0  # rows of other phases, measures, periods or levels
    suppressed: int = 0  # figures withheld by the publisher
    unknown: list[str] = field(default_factory=list)  # columns that no generation we know has
    agree: int = 0  # rows whose counts by code give the published rates by our own classification
    differ: int = 0


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of areas: by number, and the numbers by other names."""

    areas: Mapping[str, Area]
    by_new_code: Mapping[str, str]
    regions: Mapping[str, str]  # by folded name


class _Refused(ValueError):
    def __init__(self, field: str, value: str, message: str) -> None:
        super().__init__(message)
        self.field, self.value = field, value


def unpacked(content: bytes) -> bytes:
    """The file itself where it came as .gz."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            found = packed.read(_MOST + 1)
    except (OSError, EOFError):
        raise UnreadableTable("The .gz file is damaged: it cannot be unpacked.") from None
    if len(found) > _MOST:
        raise UnreadableTable("The .gz file holds more than any of the files that Daymark knows.")
    return found


def read_file(content: bytes, places: Places, *, published: dt.date | None = None) -> Found:
    """Any of the three files, known by its columns. `published`: the day of publication, where the file does not say it.

    Raises `UnreadableTable` with a sentence where it is none of them.
    """
    content = unpacked(content)
    header = _header(content)
    if not header:
        raise UnreadableTable("The file is empty, or its first line is.")
    folded = {_folded(cell) for cell in header}
    kind = next((kind for kind, (names, needed) in _NEEDED.items() if all(_has(folded, names, one) for one in needed)), None)
    if kind is None:
        shown = ", ".join(f"“{cell}”" for cell in header[:12]) or "none"
        known = "; ".join(f"{WHAT[kind]}: {', '.join(needed)}" for kind, (_, needed) in _NEEDED.items())
        raise UnreadableTable(f"This is none of the files that Daymark knows. Its columns: {shown}. What it needs: {known}.")
    names, needed = _NEEDED[kind]
    codes = [cell for cell in header if _CODE.match(_folded(cell))] if kind == YEAR_TO_DATE else []
    extra: dict[str, tuple[str, ...]] = dict.fromkeys(codes, ())
    if "reason_present" in folded and kind == YEAR_TO_DATE:
        extra["reason_present"] = ()
    table = read(content, {**names, **extra}, needed=needed)
    found = Found(kind, unknown=[name for name in table.ignored if not _BESIDES.fullmatch(_folded(name))])
    if kind == YEAR_TO_DATE and published is None and "snapshot" not in table.fields:
        raise UnreadableTable(
            "The file does not say when it was published, and its period follows from that. Add --published with the day, like "
            "--published 2026-12-03."
        )
    counts = {cell: match[1].upper() for cell in codes if (match := _CODE.match(_folded(cell)))}
    take: Callable[[Line], None] = {
        YEAR_TO_DATE: lambda line: _year_to_date(line, found, places, published, counts),
        WHOLE_YEAR: lambda line: _whole_year(line, found, places),
        NEIGHBOURS: lambda line: _neighbour(line, found),
    }[kind]
    for line in table.lines():
        try:
            take(line)
        except _Refused as problem:
            found.problems.append(LineProblem(line.number, problem.field, problem.value, str(problem)))
    return found


def _header(content: bytes) -> list[str]:
    first = decode(content).split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    return [cell.strip().strip('"') for cell in first.split(delimiter) if cell.strip()]


def _folded(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.casefold()).strip("_")


def _has(folded: set[str], names: Mapping[str, tuple[str, ...]], wanted: str) -> bool:
    return wanted in folded or any(alias in folded for alias in names[wanted])


def _year_to_date(line: Line, found: Found, places: Places, published: dt.date | None, counts: Mapping[str, str]) -> None:
    phase = _PHASES.get(line["phase"].casefold().removeprefix("state-funded "))
    # "Academic year" is how the file names a year to date; a week, a day or a term is another thing
    if phase is None or line["time_identifier"].casefold() not in {"", "academic year", "year to date"}:
        found.left_out += 1
        return
    area = _area(line, found, places)
    if area is None:
        found.left_out += 1
        return
    year = _year(line["time_period"], "time_period")
    said = _day(line["snapshot"]) if line["snapshot"] else published
    if said is None:
        raise _Refused("snapshot", "", "The day of publication is missing")
    if not first_day(year) < said < dt.date(year + 2, 1, 1):
        of = f"{year}/{(year + 1) % 100:02d}"
        raise _Refused("snapshot", said.isoformat(), f"Figures of {of} cannot have been published on {said.isoformat()}")
    rates = {name: _percentage(line, column, found) for column, name in _RATES.items()}
    whole, *parts = rates["absence"], rates["authorised"], rates["unauthorised"]
    if whole is not None and None not in parts and abs(whole - sum(part for part in parts if part is not None)) > _ROUNDING:
        words = f"Absence {whole} is not authorised {parts[0]} and unauthorised {parts[1]} together"
        raise _Refused("overall_absence_perc", str(whole), words)
    _cross_check(line, found, counts)
    found.figures.append(Figure(YEAR_TO_DATE, area, phase, year, said, whole, parts[0], parts[1], rates["persistent"]))


def _cross_check(line: Line, found: Found, counts: Mapping[str, str]) -> None:
    """Do the file's own counts of sessions by code give its rates by our classification? Told, not decided on."""
    if not counts or "reason_present" not in line.values or not line["possible_sessions"].isdecimal():
        return
    ours = counted(line.values, counts)
    possible = int(line["possible_sessions"])
    known = {"attendance_perc": ours.attended, "unauthorised_absence_perc": ours.unauthorised, "authorised_absence_perc": ours.authorised}
    rates = {column: _number(line[column]) for column in known}
    apart = [abs(float(rate) - 100 * known[column] / possible) for column, rate in rates.items() if rate is not None and possible]
    if apart and max(apart) < 0.01:
        found.agree += 1
    elif apart:
        found.differ += 1


def counted(values: Mapping[str, str], counts: Mapping[str, str]) -> Figures:
    """A row's sessions by code as our classification counts them. `counts`: column -> code."""
    by_code: dict[str, int] = {}
    for column, code in counts.items():
        if code in BY_CODE and values[column].isdecimal():
            by_code[code] = by_code.get(code, 0) + int(values[column])
    return of_codes(int(values["reason_present"] or 0), by_code)


def _whole_year(line: Line, found: Found, places: Places) -> None:
    phase = _SEVERE.get(line["measure"])
    code = _three(line["la_code"])
    if phase is None or code not in places.areas:
        found.left_out += 1
        return
    year = _year(line["year"], "year")
    found.figures.append(Figure(WHOLE_YEAR, code, phase, year, None, severe=_percentage(line, "value", found)))


def _neighbour(line: Line, found: Found) -> None:
    authority, other = _three(line["la_code"]), _three(line["neighbour_la_code"])
    for name, code in (("la_code", authority), ("neighbour_la_code", other)):
        if not code:
            raise _Refused(name, line[name], "An authority goes by three digits, like 343")
    if not line["rank"].isdecimal() or not 1 <= int(line["rank"]) <= 200:
        raise _Refused("rank", line["rank"], "The rank must be a whole number from 1 on")
    found.edition = max(found.edition, line["edition"])
    found.neighbours.append(Neighbour(authority, int(line["rank"]), other, line["closeness"].capitalize()))


def _area(line: Line, found: Found, places: Places) -> str | None:
    """The number of the area a row tells of; None for levels that are not compared here."""
    level = line["geographic_level"].casefold()
    if level == "national":
        return ENGLAND
    if level == "regional":
        region = places.regions.get(line["region_name"].casefold())
        if region is None:
            raise _Refused("region_name", line["region_name"], "No region of England goes by this name")
        return region
    if level != "local authority":
        return None
    code = _three(line["old_la_code"]) or places.by_new_code.get(line["new_la_code"], "")
    if not code:
        raise _Refused("old_la_code", line["old_la_code"] or line["new_la_code"], "The row names no authority by a number that is known")
    if code not in places.areas and code not in found.areas:
        found.areas[code] = Area(code, line["la_name"] or f"Authority {code}", places.regions.get(line["region_name"].casefold(), ""))
    return code


def _three(text: str) -> str:
    """ "343" and the "343.0" that a spreadsheet makes of it; "" for anything else."""
    text = text.strip().removesuffix(".0")
    return text if re.fullmatch(r"\d{3}", text) else ""


def _year(text: str, field: str) -> int:
    """The year in which an academic year begins: "202526" and "2025/26" say 2025, "2025" says the one that ended then."""
    if match := re.fullmatch(r"(20\d\d)[/-]?(\d\d)", text):
        if (int(match[1]) + 1) % 100 == int(match[2]):
            return int(match[1])
    elif re.fullmatch(r"20\d\d", text):
        return int(text) - 1
    raise _Refused(field, text, "This is not a school year like 2025/26")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise _Refused("snapshot", text, "This is not a date like 2026-12-03") from None


def _number(text: str) -> Decimal | None:
    if text.casefold() in _NOT_SAID:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _percentage(line: Line, column: str, found: Found) -> Decimal | None:
    text = line[column]
    if text.casefold() in _NOT_SAID:
        found.suppressed += column in line.values and text != ""
        return None
    value = _number(text)
    if value is None or not value.is_finite() or not 0 <= value <= 100:
        raise _Refused(column, text, "This is not a percentage")
    return value.quantize(Decimal("0.001")).normalize() if value else Decimal(0)
