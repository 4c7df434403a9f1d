"""How much pupils are absent: England's distributions by phase, year group, FSM and SEN, brought to the latest levels.

A single Beta cannot give persistent and severe absence together; two can. Sources of the tables: data/README.md.
Everything here is NumPy on small tables; a Beta's distribution is integrated on a grid of logits, where it is smooth.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_DATA = Path(__file__).parent / "data"
_GRID = np.linspace(-18.0, 12.0, 3001)  # logits of an absence rate
_X = 1 / (1 + np.exp(-_GRID))


@dataclass(frozen=True, slots=True)
class Level:
    """What a phase comes to over a year: shares of possible sessions and of pupils."""

    absence: float
    persistent: float
    severe: float


# Absence and PA: England 2025/26, year to July (DfE, Pupil attendance in schools). SA: England 2024/25 (DfE, Pupil absence
# in schools). PRU: England 2022/23, autumn and spring terms (DfE).
LEVELS = {
    "primary": Level(0.0528, 0.1377, 0.0093),
    "secondary": Level(0.0849, 0.2377, 0.0388),
    "special": Level(0.1317, 0.3606, 0.0691),
    "pru": Level(0.407, 0.812, 0.375),
}
# shares of pupils, England, January 2025: free school meals; any special educational need (support, and plans in mainstream)
FSM = {"primary": 0.247, "secondary": 0.258}
SEN = {"primary": 0.180, "secondary": 0.170}

# How logits stretch above one half. Published figures end at "50% and above"; children wholly out of school are few.
_TAIL = 0.6

Cell = tuple[str, int, int, int]  # phase, year group, FSM, SEN


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _density(a: float, b: float) -> Floats:
    """Of a Beta's logit, on the grid: x^a (1-x)^b / B(a, b), never singular."""
    return np.exp(a * np.log(_X) + b * np.log1p(-_X) - _log_beta(a, b))


@cache
def _mixtures() -> dict[Cell, Floats]:
    """The density of every cell on the grid; it sums to one."""
    found = {}
    for row in _rows("absence_mixtures.csv"):
        weight = float(row["weight"])
        density = weight * _density(float(row["a1"]), float(row["b1"]))
        density += (1 - weight) * _density(float(row["a2"]), float(row["b2"]))
        found[row["phase"], int(row["year_group"]), int(row["fsm"]), int(row["sen"])] = density / density.sum()
    return found


@cache
def composition(phase: str) -> dict[Cell, float]:
    """England's pupils by cell, brought to the 2025 shares of FSM and SEN: the pupils the latest levels are about."""
    counts = {}
    for row in _rows("absence_mixtures.csv"):
        if row["phase"] == phase:
            # Reception has no figures of its own and is drawn as year 1, so year 1 stands twice in primary schools
            twice = 2 if phase == "primary" and row["year_group"] == "1" else 1
            counts[phase, int(row["year_group"]), int(row["fsm"]), int(row["sen"])] = twice * float(row["pupils"])
    if phase in FSM:
        for _ in range(50):  # iterative proportional fitting
            for place, share in ((2, FSM[phase]), (3, SEN[phase])):
                total = sum(counts.values())
                having = sum(n for cell, n in counts.items() if cell[place])
                yes, no = share * total / having, (1 - share) * total / (total - having)
                counts = {cell: n * (yes if cell[place] else no) for cell, n in counts.items()}
    total = sum(counts.values())
    return {cell: n / total for cell, n in counts.items()}


def sen_share(phase: str, fsm: bool) -> float:
    """How likely a pupil has a special educational need, given free school meals."""
    cells = composition(phase)
    having = sum(n for cell, n in cells.items() if cell[2] == fsm and cell[3])
    return having / sum(n for cell, n in cells.items() if cell[2] == fsm)


def _logit(rate: float) -> float:
    return math.log(rate / (1 - rate))


@cache
def _scaled(level: str) -> Floats:
    """The grid's points moved so that England's pupils come to the level.

    The share of pupils above each threshold fixes two points of a line; how steep it is below them brings the mean.
    """
    phase = "special" if level == "pru" else level
    target = LEVELS[level]
    density = sum(n * _mixtures()[cell] for cell, n in composition(phase).items())
    reached = np.cumsum(density)
    persistent = float(np.interp(1 - target.persistent, reached, _GRID))
    severe = float(np.interp(1 - target.severe, reached, _GRID))
    slope = (_logit(0.5) - _logit(0.1)) / (severe - persistent)
    tail = slope if level == "pru" else _TAIL
    above = np.clip(_GRID - persistent, 0, severe - persistent) * slope + np.maximum(_GRID - severe, 0) * tail
    below = np.minimum(_GRID - persistent, 0)

    def mean(steepness: float) -> float:
        return float((density / (1 + np.exp(-(_logit(0.1) + above + steepness * below)))).sum())

    low, high = 0.2, 4.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if mean(middle) < target.absence else (middle, high)
    return _logit(0.1) + above + (low + high) / 2 * below


@cache
def _quantiles(level: str, cell: Cell) -> tuple[Floats, Floats]:
    return np.cumsum(_mixtures()[cell]), 1 / (1 + np.exp(-_scaled(level)))


def absence_rate(level: str, year_group: int, fsm: bool, sen: bool, rank: Floats) -> Floats:
    """The absence rates that stand at these ranks (0 to 1) among pupils of one kind."""
    if level == "primary":
        cell = ("primary", min(max(year_group, 1), 6), int(fsm), int(sen))
    elif level == "secondary":
        cell = ("secondary", min(max(year_group, 7), 11), int(fsm), int(sen))
    else:
        cell = ("special", min(max(year_group, 1), 11), int(fsm), 1)
    reached, rates = _quantiles(level, cell)
    return np.minimum(np.interp(rank, reached, rates), 0.97)


@cache
def code_mix(phase: str) -> dict[str, float]:
    """Each code's share of possible sessions."""
    column = phase if phase in ("primary", "secondary") else "special"
    return {row["code"]: float(row[column]) / 100 for row in _rows("code_mix.csv")}


@cache
def season(phase: str, what: str) -> Floats:
    """Relative level on each of the 366 days from 1 August: what = illness, other or late."""
    phase = phase if phase in ("primary", "secondary") else "special"
    rows = [row for row in _rows("season.csv") if row["phase"] == phase]
    days = [int(row["day"]) + 31 for row in rows]
    return np.interp(np.arange(366), days, [float(row[what]) for row in rows])


@cache
def weekday(phase: str, what: str) -> Floats:
    """Relative level Monday to Friday; Saturday and Sunday 0."""
    phase = phase if phase in ("primary", "secondary") else "special"
    return np.array([float(row[what]) for row in _rows("weekdays.csv") if row["phase"] == phase] + [0.0, 0.0])
