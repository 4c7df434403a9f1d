"""Whatever arrives, the sender gets a sentence or a list of lines, and nothing untrue gets into a register."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from attendance.codes import BY_BYTE
from attendance.imports.parse import parse
from attendance.imports.parsed import Unreadable
from attendance.imports.rejects import rejected_file
from attendance.imports.sniff import sniff
from tests.imports import malformed

TODAY = dt.date(2025, 10, 1)


def outcome(data: bytes) -> str:
    """Read a file the way the doors do. Any exception but Unreadable is a failure of ours."""
    try:
        found = sniff(data)
        parsed = parse(data, found.mapping, today=TODAY) if found.mapping else None
    except Unreadable as refusal:
        return "unreadable" if str(refusal).endswith(".") else pytest.fail(f"not a sentence: {refusal}")
    if found.mapping is None or parsed is None:
        assert found.message.endswith(".")
        return "in doubt" if found.draft else "no register"
    assert set(np.unique(parsed.cell_byte)) <= set(BY_BYTE)
    assert (parsed.cell_date <= np.datetime64(TODAY)).all()
    assert ((parsed.cell_row >= 0) & (parsed.cell_row < parsed.rows_read)).all()
    assert all(parsed.upn[row] for row in set(parsed.cell_row.tolist())), "no mark without a pupil"
    rejected = {problem.row for problem in parsed.problems if problem.whole_row}
    assert rejected.isdisjoint(parsed.cell_row.tolist()), "no mark of a rejected row"
    assert all(problem.message.endswith(".") and problem.line == parsed.lines[problem.row] for problem in parsed.problems)
    if parsed.problems:
        returned = rejected_file(data, found.mapping, parsed.problems)
        second = sniff(returned)
        assert second.mapping is not None, second.message
        again = parse(returned, second.mapping, today=TODAY)
        # a row cut short of its mark comes back as long as the headings, its mark blank: that says nothing
        cut_short = sum("cut short" in problem.message for problem in parsed.problems)
        assert parsed.rows_rejected - cut_short <= again.rows_rejected <= parsed.rows_rejected
    return "read"


@pytest.mark.parametrize("seed", range(60))
def test_malformed_files_are_answered(seed: int) -> None:
    outcome(malformed.make(seed))


@pytest.mark.long
@pytest.mark.parametrize("first", range(1_000, 7_000, 100))
def test_many_malformed_files_are_answered(first: int) -> None:
    outcomes = [outcome(malformed.make(seed)) for seed in range(first, first + 100)]
    assert len(set(outcomes)) >= 3, "the supply reaches every kind of answer"


@pytest.mark.long
@pytest.mark.parametrize("filler", [b"x", b'"', b",", b"/"])
def test_a_line_of_40_megabytes_is_refused(filler: bytes) -> None:
    with pytest.raises(Unreadable):
        sniff(b"UPN,Date,Session,Mark\n" + filler * 40_000_000)
