"""Reading alone, each layout, beside `pandas.read_csv` of the same file, which neither understands nor checks a mark.

Runs without a database: `python -m benchmarks.parsers`.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from functools import partial
from pathlib import Path

import pandas as pd

from attendance.imports.parse import parse
from attendance.imports.parsed import Parsed
from attendance.imports.sniff import sniff
from benchmarks import files
from benchmarks.table import Row, best_of

PUPILS = int(os.environ.get("BENCH_PUPILS", "1000"))


def read(path: Path) -> Parsed:
    mapping = sniff(path).mapping
    assert mapping is not None, path
    return parse(path, mapping, today=dt.date(2026, 8, 1))


def rows(pupils: int = PUPILS) -> list[Row]:
    marks = files.invent(pupils)
    sessions = sum(2 * len(days) for days in marks.values())
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for layout, path in files.write(Path(folder), 998001, marks).items():
            parsed = read(path)
            assert parsed.problems == [], parsed.problems[0]
            assert len(parsed.cell_byte) >= sessions, (layout, len(parsed.cell_byte), sessions)
            ours = best_of(3, partial(read, path))
            theirs = best_of(3, partial(pd.read_csv, path, dtype=str, keep_default_na=False))
            work = f"read {sessions:,} marks, {layout} ({path.stat().st_size / 1e6:.1f} MB)"
            measured.append(Row(work, ours, "read_csv", theirs))
    return measured


if __name__ == "__main__":
    for row in rows():
        print(row)
