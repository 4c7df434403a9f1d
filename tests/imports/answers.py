"""Reads files the way the doors do and holds the answers to what a sender may expect.

As a script: answers the named sets of files with bounded memory, and prints what came of each and the most memory it took.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
from pathlib import Path

import numpy as np

from attendance.codes import BY_BYTE
from attendance.imports.parse import parse
from attendance.imports.parsed import Unreadable
from attendance.imports.rejects import rejected_file
from attendance.imports.sniff import sniff
from tests.imports import malformed_formats as formats

TODAY = dt.date(2025, 10, 1)
ADDRESSES = 6 * 1024**3  # bytes of address space; Arrow and NumPy reserve much more than they use


def outcome(data: bytes) -> str:
    """Read a file the way the doors do. Any exception but Unreadable is a failure of ours."""
    try:
        found = sniff(data)
        parsed = parse(data, found.mapping, today=TODAY) if found.mapping else None
    except Unreadable as refusal:
        return "unreadable" if str(refusal).endswith(".") else f"no sentence: {refusal}"
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


def own_peak() -> int:
    """Kilobytes. What getrusage says of a process counts the one it was started from too, as large as that was."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        lines = []
    peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
    return peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    answers: dict[str, str] = {}
    for name in sys.argv[1:]:
        files = formats.HAZARDS if name == "hazards" else {name: formats.HUGE[name]}
        answers |= {label: outcome(make()) for label, make in files.items()}
    most = [own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
    print(json.dumps({"answers": answers, "megabytes": [one // 1024 for one in most]}))


if __name__ == "__main__":
    main()
