"""Which figures of a table are kept back when it leaves the authority, so that nobody learns of a few pupils. Pure.

A figure about 1 to `least` - 1 pupils is small. 0 is shown: it is about nobody (and DfE shows zeros). What is small is kept
back whether it stands in the table or follows from it: 97 of 100 pupils says of 3 that they are not among them.

1. Small figures that stand in the table are hidden.
2. We look at what a reader can still work out: every figure that all the sums together fix (by one subtraction, or by many). Of
   every sum whose total is known, also what its unknown parts come to together.
3. If that tells a small figure, one more is hidden: the smallest one shown, not zero, of those sums; else a total of theirs,
   else a zero. Then 2 again. It ends, for with nothing shown nothing is told.
4. Of what 3 hid, the largest first, each is shown again if nothing is told without it.

A figure hidden by 1 and one hidden by 3 look alike ("c"): a reader who knew which is which would know of the first that it is
small. What other papers show is not known here: tables that will lie side by side must be judged as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

HIDDEN = "c"
OTHER_SCHOOLS = 5  # besides its own, at least, before a school is told what they are together: of two, each would know the other's
WHY = "c: kept back, so that nobody can learn of fewer than {least} pupils from this table or from sums and differences of its figures."


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure and others that are parts of it, none of them twice. They may leave some of it over: that is a figure too."""

    total: Hashable
    parts: tuple[Hashable, ...]


def why(least: int) -> str:
    """The note under a table in which figures were kept back."""
    return WHY.format(least=least)


def kept_back(shown: Mapping[Key, int], sums: Iterable[Sum], *, least: int, besides: Collection[Key] = ()) -> frozenset[Key]:
    """The keys of `shown` whose figures must be hidden: those about fewer than `least` pupils, what tells them, and `besides`,
    which are hidden for a reason of the caller's.

    Every total and part must be in `shown`. ValueError where parts come to more than their total: then they are no parts.
    """
    values: dict[Hashable, int] = {key: value for key, value in shown.items()}  # noqa: C416  (and keys of others are added)
    equations = [_whole(number, one, values) for number, one in enumerate(sums)]
    small = {key for key, value in values.items() if 0 < value < least}
    never = {key for key in shown if key in small or key in besides}
    open_: set[Hashable] = {key for key in shown if key not in never}
    more: list[Hashable] = []
    while told := _told(values, equations, open_, small, least):
        more.append(_next_to_hide(values, equations, open_, told))
        open_.discard(more[-1])
    for key in sorted(more, key=lambda key: (-values[key], repr(key))):
        if not _told(values, equations, open_ | {key}, small, least):
            open_.add(key)
    return frozenset(key for key in shown if key not in open_)


def _whole(number: int, one: Sum, values: dict[Hashable, int]) -> Sum:
    """The sum with what its parts leave over as one more part, which stands in no table."""
    rest = values[one.total] - sum(values[part] for part in one.parts)
    if rest < 0:
        raise ValueError(f"The parts of {one.total!r} come to more than it")
    if not rest:
        return one
    left_over = ("left over", number)
    values[left_over] = rest
    return Sum(one.total, (*one.parts, left_over))


def _told(
    values: Mapping[Hashable, int], equations: Sequence[Sum], open_: Iterable[Hashable], small: set[Hashable], least: int
) -> list[Sum]:
    """The sums through which a reader learns of a few pupils; none where nothing is told."""
    known = _worked_out(equations, set(open_))
    leaks = known & small
    found = [one for one in equations if leaks.intersection((one.total, *one.parts))]
    for one in equations:
        unknown = [part for part in one.parts if part not in known]
        if one.total in known and unknown and 0 < sum(values[part] for part in unknown) < least:
            found.append(one)
    return found


def _worked_out(equations: Sequence[Sum], known: set[Hashable]) -> set[Hashable]:
    """`known`, and whatever the sums fix beside it: the equations are solved exactly, each for one figure that is in no other then."""
    rows: list[dict[Hashable, Fraction]] = []
    of: dict[Hashable, set[int]] = defaultdict(set)  # by unknown figure: the rows it stands in
    for one in equations:
        row = {key: Fraction(-1) for key in one.parts if key not in known}
        if one.total not in known:
            row[one.total] = Fraction(1)
        for key in row:
            of[key].add(len(rows))
        rows.append(row)
    for number, row in enumerate(rows):
        if row:
            _solve(rows, of, number, min(row, key=lambda key: len(of[key])))
    return known | {key for row in rows if len(row) == 1 for key in row}


def _solve(rows: list[dict[Hashable, Fraction]], of: dict[Hashable, set[int]], number: int, pivot: Hashable) -> None:
    """Takes `pivot` out of all other rows, by so many times row `number`."""
    row = rows[number]
    for other in of[pivot] - {number}:
        times = rows[other][pivot] / row[pivot]
        for key, value in row.items():
            left = rows[other].get(key, 0) - times * value
            if left:
                rows[other][key] = Fraction(left)
                of[key].add(other)
            else:
                rows[other].pop(key, None)
                of[key].discard(other)


def _next_to_hide(values: Mapping[Hashable, int], equations: Sequence[Sum], open_: set[Hashable], told: Sequence[Sum]) -> Hashable:
    """A figure shown in the sums that tell too much, or (where those hide all they have) in any: the cheapest to do without."""
    for some in (told, equations):
        parts = sorted({part for one in some for part in one.parts if part in open_}, key=lambda key: (values[key], repr(key)))
        totals = sorted({one.total for one in some if one.total in open_}, key=lambda key: (values[key], repr(key)))
        full = [part for part in parts if values[part]]
        if found := full or totals or parts:
            return found[0]
    raise AssertionError("With nothing shown nothing is told")  # a sum tells only by what is shown of it
