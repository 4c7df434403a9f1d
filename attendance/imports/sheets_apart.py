"""Reads a workbook in a process of its own, so that a workbook made to swell ends that process and nothing else.

Run as a script: the path of a workbook as argument; the first rows of each visible sheet go out as one line of JSON, the
number of the wanted sheet comes in, and its rows go out as CSV, each behind its row number. Knows nothing of registers.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import resource
import sys
from collections.abc import Iterator

import python_calamine as calamine

MEMORY = 768 * 1024 * 1024  # bytes of address space
SECONDS = 120  # of computing
FIRST_ROWS = 27
MAX_COLUMNS = 2_100  # a wider sheet is refused by its headings


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        book = calamine.CalamineWorkbook.from_path(sys.argv[1])
        seen = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
        shown = [one.name for one in seen if one.visible == calamine.SheetVisibleEnum.Visible] or [one.name for one in seen]
        first = [book.get_sheet_by_name(name) for name in shown[:1]]  # most often the one that is wanted
        sheets = itertools.chain(first, (book.get_sheet_by_name(name) for name in shown[1:]))
        heads = [[cells for _, cells in itertools.islice(rows(sheet), FIRST_ROWS)] for sheet in sheets]
    except calamine.PasswordError:
        print(json.dumps({"problem": "password"}), flush=True)
        return
    except (calamine.CalamineError, OSError, ValueError):
        print(json.dumps({"problem": "damaged"}), flush=True)
        return
    print(json.dumps({"names": shown, "heads": heads}), flush=True)
    wanted = sys.stdin.readline().strip()
    if wanted:
        sheet = first[0] if wanted == "0" else book.get_sheet_by_name(shown[int(wanted)])
        csv.writer(sys.stdout, lineterminator="\n").writerows([number, *cells] for number, cells in rows(sheet))


def rows(sheet: calamine.CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Each row that holds anything: its number as the workbook shows it, and its cells as texts."""
    first = sheet.start[0] + 1 if sheet.start else 1
    for number, row in enumerate(sheet.iter_rows(), start=first):
        cells = [text(value) for value in row[:MAX_COLUMNS]]
        if any(map(str.strip, cells)):
            yield number, cells


def text(value: object) -> str:
    """A cell as it would be written in a text table. A formula stands for the value that was last worked out for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


if __name__ == "__main__":
    main()
