"""Small numbers kept back: what a reader could still work out is tried here in another way than the rule's."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.suppression import Sum, kept_back, why

LEAST = 5


def nested(whole: int, persistent: int, severe: int, row: Hashable = "r") -> tuple[dict[Hashable, int], list[Sum]]:
    cells: dict[Hashable, int] = {(row, "whole"): whole, (row, "pa"): persistent, (row, "sa"): severe}
    return cells, [Sum((row, "whole"), ((row, "pa"),)), Sum((row, "pa"), ((row, "sa"),))]


def table(rows: Sequence[tuple[int, int, int]]) -> tuple[dict[Hashable, int], list[Sum]]:
    """Schools with pupils, persistently and severely absent ones, and their totals."""
    cells: dict[Hashable, int] = {}
    sums: list[Sum] = []
    for number, row in enumerate([*rows, tuple(map(sum, zip(*rows, strict=True)))]):
        more, within = nested(*row, row=number)  # type: ignore[misc]
        cells |= more
        sums += within
    sums += [Sum((len(rows), column), tuple((number, column) for number in range(len(rows)))) for column in ("whole", "pa", "sa")]
    return cells, sums


def cross(grid: Sequence[Sequence[int]]) -> tuple[dict[Hashable, int], list[Sum]]:
    """Rows by columns, with totals both ways: where hiding two in each line is not always enough."""
    cells: dict[Hashable, int] = {(r, c): value for r, row in enumerate(grid) for c, value in enumerate(row)}
    wide, high = len(grid[0]), len(grid)
    cells |= {(r, "all"): sum(grid[r]) for r in range(high)}
    cells |= {("all", c): sum(row[c] for row in grid) for c in range(wide)}
    cells["all", "all"] = sum(map(sum, grid))
    sums = [Sum((r, "all"), tuple((r, c) for c in range(wide))) for r in range(high)]
    sums += [Sum(("all", c), tuple((r, c) for r in range(high))) for c in range(wide)]
    sums += [Sum(("all", "all"), tuple((r, "all") for r in range(high))), Sum(("all", "all"), tuple(("all", c) for c in range(wide)))]
    return cells, sums


def learnt(cells: Mapping[Hashable, int], sums: Sequence[Sum], hidden: frozenset[Hashable]) -> dict[Hashable, int]:
    """Everything that a reader works out exactly, figures that only follow from the table included: those that stand still in
    every direction in which the unknown figures may move together without breaking a sum."""
    values = dict(cells)
    equations: list[tuple[Hashable, ...]] = []
    for number, one in enumerate(sums):
        rest = cells[one.total] - sum(cells[part] for part in one.parts)
        if rest:
            values["rest", number] = rest
        equations.append((one.total, *one.parts, *([("rest", number)] if rest else [])))
    unknown = [key for key in values if key in hidden or key not in cells]
    if not unknown:
        return {}
    matrix = np.zeros((len(equations), len(unknown)))
    for row, (total, *parts) in enumerate(equations):
        for column, key in enumerate(unknown):
            matrix[row, column] = (key == total) - (key in parts)
    _, strengths, directions = np.linalg.svd(matrix)
    free = directions[int((strengths > 1e-9).sum()) :]
    moves = np.abs(free).max(axis=0, initial=0.0)
    return {key: values[key] for key, moved in zip(unknown, moves, strict=True) if moved < 1e-9}


def check(cells: dict[Hashable, int], sums: list[Sum]) -> frozenset[Hashable]:
    hidden = kept_back(cells, sums, least=LEAST)
    assert {key for key, value in cells.items() if 0 < value < LEAST} <= hidden
    told = {key: value for key, value in learnt(cells, sums, hidden).items() if 0 < value < LEAST}
    assert not told, f"a reader works out {told}"
    for one in sums:  # nor does a single subtraction tell what hidden ones come to, if that is small
        if one.total not in hidden:
            rest = cells[one.total] - sum(cells[part] for part in one.parts if part not in hidden)
            assert not 0 < rest < LEAST, f"{one} leaves {rest}"
    return hidden


counts = st.one_of(st.integers(0, 12), st.integers(0, 400))


@st.composite
def school(draw: st.DrawFn) -> tuple[int, int, int]:
    whole = draw(counts)
    persistent = draw(st.integers(0, whole))
    return whole, persistent, draw(st.integers(0, persistent))


@settings(max_examples=150, deadline=None)
@given(st.lists(school(), min_size=1, max_size=7))
def test_nothing_small_is_shown_or_follows_from_a_list_of_schools(rows: list[tuple[int, int, int]]) -> None:
    check(*table(rows))


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 4).flatmap(lambda wide: st.lists(st.lists(counts, min_size=wide, max_size=wide), min_size=2, max_size=5)))
def test_nothing_small_follows_from_totals_both_ways(grid: list[list[int]]) -> None:
    check(*cross(grid))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(60, 90), st.integers(25, 50), st.integers(5, 20)), min_size=1, max_size=7))
def test_nothing_is_hidden_where_everything_is_large(rows: list[tuple[int, int, int]]) -> None:
    assert not kept_back(*table(rows), least=LEAST)


def test_a_lone_small_number_takes_its_smallest_neighbour_with_it() -> None:
    cells: dict[Hashable, int] = {"all": 60, "a": 3, "b": 17, "c": 40}
    assert check(cells, [Sum("all", ("a", "b", "c"))]) == {"a", "b"}


def test_two_small_numbers_whose_sum_is_small_need_a_third() -> None:
    """1 and 1 hidden beside a sum of 2 would be told: each is at least 1."""
    cells: dict[Hashable, int] = {"all": 59, "a": 1, "b": 1, "c": 17, "d": 40}
    assert check(cells, [Sum("all", ("a", "b", "c", "d"))]) == {"a", "b", "c"}


def test_zero_is_shown_and_protects_nobody() -> None:
    cells: dict[Hashable, int] = {"all": 43, "none": 0, "few": 3, "many": 40}
    assert check(cells, [Sum("all", ("none", "few", "many"))]) == {"few", "many"}


def test_97_of_100_says_of_three_that_they_are_not_among_them() -> None:
    cells, sums = nested(100, 97, 20)
    assert check(cells, sums) == {("r", "pa")}
    cells, sums = nested(100, 40, 38)  # two who miss much, and not half
    assert check(cells, sums) == {("r", "sa")}


def test_a_whole_that_is_small_hides_everything_of_it() -> None:
    cells, sums = nested(4, 4, 4)
    assert check(cells, sums) == set(cells)


def test_parts_that_come_to_more_than_their_total_are_refused() -> None:
    with pytest.raises(ValueError, match="come to more"):
        kept_back({"all": 3, "a": 4}, [Sum("all", ("a",))], least=LEAST)


def test_the_note_says_how_few() -> None:
    assert "fewer than 5 pupils" in why(5)


def test_what_is_hidden_for_another_reason_stays_hidden_and_hides_nothing_else() -> None:
    cells: dict[Hashable, int] = {"all": 60, "a": 20, "b": 40}
    assert kept_back(cells, [Sum("all", ("a", "b"))], least=LEAST, besides=["a"]) == {"a"}
