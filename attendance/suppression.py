"""Which figures of a table are kept back when it leaves the authority, so that nobody learns of a few pupils. Pure.

A figure about 1 to `least` - 1 pupils is small. 0 is shown: it is about nobody (and DfE shows zeros). What is small is kept
back whether it stands in the table or follows from it: 97 of 100 pupils says of 3 that they are not among them.

1. Small figures that stand in the table are hidden.
2. We look at what a reader can still work out: from every sum with one figure unknown, that figure, as often as this goes on,
   then whatever else several sums together fix. Of every sum whose total is known, also what its unknown parts come to together.
3. If that tells a small figure, one more is hidden: the smallest one shown, not zero, of those sums; else a total of theirs,
   else a zero. Then 2 again. It ends, for with nothing shown nothing is told.

A figure hidden by 1 and one hidden by 3 look alike ("c"): a reader who knew which is which would know of the first that it is
small. What other papers show is not known here: tables that will lie side by side must be judged as one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)

HIDDEN = "c"
WHY = "c: kept back, so that nobody can learn of fewer than {least} pupils from this table or from sums and differences of its figures."


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure and others that are parts of it, none of them twice. They may leave some of it over: that is a figure too."""

    total: Hashable
    parts: tuple[Hashable, ...]


def why(least: int) -> str:
    """The note under a table in which figures were kept back."""
    return WHY.format(least=least)


def kept_back(shown: Mapping[Key, int], sums: Iterable[Sum], *, least: int) -> frozenset[Key]:
    """The keys of `shown` whose figures must be hidden; the fewer than `least` pupils are those of the module's words.

    Every total and part must be in `shown`. ValueError where parts come to more than their total: then they are no parts.
    """
    values: dict[Hashable, int] = dict(shown)
    equations = [_whole(number, one, values) for number, one in enumerate(sums)]
    small = {key for key, value in values.items() if 0 < value < least}
    hidden = {key for key in shown if key in small}
    open_ = set(shown) - hidden
    while told := _told(values, equations, open_, small, least):
        more = _next_to_hide(values, equations, open_, told)
        hidden.add(more)  # type: ignore[arg-type]
        open_.discard(more)  # type: ignore[arg-type]
    return frozenset(hidden)


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
    """`known`, and whatever follows from it: by single differences first, which is most of it and quick, then by all sums at once."""
    waiting = list(equations)
    while waiting:
        left = []
        for one in waiting:
            unknown = [key for key in (one.total, *one.parts) if key not in known]
            if len(unknown) == 1:
                known.add(unknown[0])
            elif unknown:
                left.append(one)
        if len(left) == len(waiting):
            break
        waiting = left
    return known | _fixed_together(waiting, known)


def _fixed_together(equations: Sequence[Sum], known: set[Hashable]) -> set[Hashable]:
    """Unknown figures that have one value only when all sums hold: those that do not move in any direction left free."""
    place: dict[Hashable, int] = {}
    for one in equations:
        for key in (one.total, *one.parts):
            if key not in known:
                place.setdefault(key, len(place))
    if not place:
        return set()
    matrix = np.zeros((len(equations), len(place)))
    for row, one in enumerate(equations):
        for key, sign in ((one.total, 1.0), *((part, -1.0) for part in one.parts)):
            if key in place:
                matrix[row, place[key]] += sign
    _, strengths, directions = np.linalg.svd(matrix)
    free = directions[int((strengths > 1e-9).sum()) :]
    moves = np.abs(free).max(axis=0, initial=0.0)
    return {key for key, column in place.items() if moves[column] < 1e-9}


def _next_to_hide(values: Mapping[Hashable, int], equations: Sequence[Sum], open_: set[Hashable], told: Sequence[Sum]) -> Hashable:
    """A figure shown in the sums that tell too much, or (where those hide all they have) in any: the cheapest to do without."""
    for some in (told, equations):
        parts = sorted({part for one in some for part in one.parts if part in open_}, key=lambda key: (values[key], repr(key)))
        totals = sorted({one.total for one in some if one.total in open_}, key=lambda key: (values[key], repr(key)))
        full = [part for part in parts if values[part]]
        if found := full or totals or parts:
            return found[0]
    raise AssertionError("With nothing shown nothing is told")  # a sum tells only by what is shown of it
