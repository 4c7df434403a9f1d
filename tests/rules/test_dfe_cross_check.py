"""DfE's own published file checks our classification from outside: every row of the open file of 2025/26.

What rounding is: DfE publishes a percentage with three decimals, so a rate worked out from counts may lie half a thousandth of a
point from it and no further. In 51 rows the file's columns of codes do not add up to its possible sessions: 106 sessions of 2,445
million in England are of codes for which it has no column. They are in DfE's authorised count, so these sessions, and no others,
are added to ours there; attendance and unauthorised absence need nothing.
"""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal

import pytest

from attendance.benchmarks import shipped
from attendance.benchmarks.figures import of_codes
from attendance.rates import Figures

HALF = Decimal("0.0005")
# as the file names them; the class of each is that of attendance.codes
PRESENT, POSSIBLE = "reason_present", "possible_sessions"


def rows() -> list[dict[str, str]]:
    with gzip.open(shipped.FULL_YEAR, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ours(row: dict[str, str]) -> Figures:
    reasons = {name: name.split("_")[1].upper() for name in row if name.startswith("reason_") and not name.startswith(PRESENT)}
    assert len(reasons) == 22
    return of_codes(int(row[PRESENT]), {code: int(row[name]) for name, code in reasons.items()})


def test_the_file_is_whole() -> None:
    every = rows()
    assert len(every) == 647
    told = [row for row in every if row[POSSIBLE]]
    # an authority with one school of a phase is suppressed: City of London, Isles of Scilly
    assert len(told) == 643
    assert {row["la_name"] for row in every if not row[POSSIBLE]} == {"City of London", "Isles of Scilly"}


def test_our_classification_gives_dfes_published_rates_in_every_row() -> None:
    without_column = []
    for row in rows():
        if not row[POSSIBLE]:
            assert row["overall_absence_perc"] == ""
            continue
        name = f"{row['la_name'] or row['region_name'] or 'England'}, {row['phase']}"
        found, possible = ours(row), int(row[POSSIBLE])
        other = possible - found.possible
        without_column.append(other)
        assert found.unauthorised == int(row["unauthorised_absence"]), name
        assert found.authorised + other == int(row["authorised_absence"]), name
        assert found.attended == possible - int(row["overall_absence"]), name
        assert found.late == int(row["late_sessions"]), name
        for column, sessions in (
            ("attendance_perc", found.attended),
            ("unauthorised_absence_perc", found.unauthorised),
            ("authorised_absence_perc", found.authorised + other),
            ("overall_absence_perc", found.absent + other),
        ):
            assert abs(Decimal(100 * sessions) / possible - Decimal(row[column])) <= HALF, f"{name}: {column}"
    assert len(without_column) == 643
    assert min(without_column) == 0
    assert sum(number > 0 for number in without_column) == 51
    assert max(without_column) == 106


@pytest.mark.parametrize(("code", "column"), [("C2", "authorised_absence"), ("O", "unauthorised_absence"), ("K", "possible_sessions")])
def test_the_check_would_notice_a_code_in_the_wrong_class(code: str, column: str) -> None:
    """Every one of these codes is used often enough in England that leaving it out shows."""
    england = next(row for row in rows() if row["geographic_level"] == "National" and row["phase"] == "Total")
    name = next(name for name in england if name.startswith(f"reason_{code.lower()}_"))
    less = ours({**england, name: "0"})
    now = {"authorised_absence": less.authorised, "unauthorised_absence": less.unauthorised, "possible_sessions": less.possible}
    assert Decimal(int(england[column]) - now[column]) * 100 / int(england[POSSIBLE]) > HALF
