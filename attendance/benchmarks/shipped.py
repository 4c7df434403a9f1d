"""The published figures that come with Daymark, read once by each process (attendance/data/benchmarks)."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from attendance.benchmarks.figures import ENGLAND, YEAR_TO_DATE, Area, Figure
from attendance.benchmarks.files import Found, Neighbour, Places, read_file

DATA = Path(__file__).resolve().parent.parent / "data" / "benchmarks"
FULL_YEAR = DATA / "year_to_date_2025_26.csv.gz"
FULL_YEAR_PUBLISHED = dt.date(2026, 7, 23)
_ALIASES = {"inner london": "london", "outer london": "london"}


@cache
def places() -> Places:
    """The authorities and regions of England, under the names they go by in DfE's files."""
    with (DATA / "authorities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    regions = {row["la_name"].casefold(): row["la_code"] for row in rows if "980" <= row["la_code"] <= "990" and "(" not in row["la_name"]}
    regions |= {alias: regions[name] for alias, name in _ALIASES.items()}
    areas = {
        row["la_code"]: Area(row["la_code"], row["la_name"], regions.get(row["region"].casefold(), ""))
        for row in rows
        if row["type"] or row["la_code"] in {ENGLAND, *regions.values()}
    }
    return Places(areas, _by_new_code(), regions)


@cache
def _by_new_code() -> Mapping[str, str]:
    with gzip.open(FULL_YEAR, "rt", encoding="utf-8", newline="") as file:
        return {row["new_la_code"]: row["old_la_code"][:3] for row in csv.DictReader(file) if row["new_la_code"]}


@cache
def _england() -> Sequence[Figure]:
    def percentage(text: str) -> Decimal | None:
        return Decimal(text) if text else None

    with (DATA / "england_through_the_year.csv").open(encoding="utf-8", newline="") as file:
        return [
            Figure(
                YEAR_TO_DATE,
                ENGLAND,
                row["phase"],
                int(row["year"]),
                dt.date.fromisoformat(row["published"]),
                absence=percentage(row["absence_pct"]),
                unauthorised=percentage(row["unauthorised_pct"]),
                persistent=percentage(row["persistent_pct"]),
                summed=row["basis"] == "summed",
            )
            for row in csv.DictReader(line for line in file if not line.startswith("#"))
        ]


@cache
def full_year() -> Found:
    """DfE's file of the whole of 2025/26."""
    return read_file(FULL_YEAR.read_bytes(), places(), published=FULL_YEAR_PUBLISHED)


@cache
def england() -> Sequence[Figure]:
    """England's, of every phase and publication: all that most pages need, and quick to read."""
    return [*_england(), *(figure for figure in full_year().figures if figure.area == ENGLAND)]


@cache
def _lines(name: str, key: Sequence[str]) -> tuple[str, Mapping[str, Sequence[str]]]:
    """The header of a file, and its lines by what they say of their area in the columns `key`."""
    by_area: dict[str, list[str]] = defaultdict(list)
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        header = next(file)
        columns = [header.strip().split(",").index(column) for column in key]
        for line in file:
            cells = line.split(",")
            number, name_of = cells[columns[0]], cells[columns[-1]]
            by_area[number[:3] or name_of.casefold()].append(line)
    return header, by_area


@cache
def of_area(code: str) -> Sequence[Figure]:
    """One area's figures. The long files are cut into areas once, and only what is asked for is read further."""
    if code == ENGLAND:
        found = list(england())
    else:
        region = next((name for name, number in places().regions.items() if number == code), code)
        found = [*_cut("year_to_date_2024_2026.csv.gz", ("old_la_code", "region_name"), region), *_full_year_by_area().get(code, ())]
    return [*found, *_cut("severe_absence_2016_2025.csv.gz", ("la_code",), code)]


def _cut(name: str, key: Sequence[str], area: str) -> Sequence[Figure]:
    header, lines = _lines(name, key)
    return read_file("".join([header, *lines.get(area, ())]).encode(), places()).figures


@cache
def _full_year_by_area() -> Mapping[str, Sequence[Figure]]:
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in full_year().figures:
        found[figure.area].append(figure)
    return found


@cache
def neighbours() -> tuple[str, Mapping[str, Sequence[Neighbour]]]:
    """The edition, and each authority's neighbours from the nearest on."""
    found = read_file((DATA / "statistical_neighbours_2025_05.csv.gz").read_bytes(), places())
    by_authority: dict[str, list[Neighbour]] = defaultdict(list)
    for row in sorted(found.neighbours, key=lambda row: row.rank):
        by_authority[row.authority].append(row)
    return found.edition, by_authority
