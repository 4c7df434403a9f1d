"""A row for each pupil and a column for each session, its date in one or two lines of headings."""

from __future__ import annotations

import datetime as dt

import numpy as np

from attendance.codes import NOTHING_SAID
from attendance.imports.cells import Cells, Findings
from attendance.imports.headings import DateColumn
from attendance.imports.parsed import Unreadable
from attendance.imports.sheet import Sheet
from attendance.imports.values import Bad, read_date, tidy


def read(sheet: Sheet, findings: Findings) -> Cells:
    parts: list[Cells] = []
    texts: dict[str, int] = {}
    for one in sheet.dated:
        column = sheet.column(one.column)
        said = np.array([tidy(text) not in NOTHING_SAID for text in column.texts], bool)[column.index]
        row = np.flatnonzero(said)
        try:
            day, pm = _session(one)
        except Bad as reason:
            for bad in row:
                value = column.texts[column.index[bad]]
                findings.add(bad, one.heading, value, str(reason), whole_row=False, cell=one.column)
            continue
        number = np.array([texts.setdefault(text, len(texts)) for text in column.texts], np.int64)
        parts.append(
            Cells(
                row=row,
                date=np.full(len(row), np.datetime64(day), "datetime64[D]"),
                pm=np.full(len(row), pm, bool),
                mark=number[column.index[row]],
                place=np.full(len(row), one.column, np.int64),
                texts=[],
            )
        )
    if not parts:
        raise Unreadable("None of the headings is a date that can be read, so no marks were found.")
    return Cells(
        row=np.concatenate([part.row for part in parts]),
        date=np.concatenate([part.date for part in parts]),
        pm=np.concatenate([part.pm for part in parts]),
        mark=np.concatenate([part.mark for part in parts]),
        place=np.concatenate([part.place for part in parts]),
        texts=list(texts),
    )


def _session(one: DateColumn) -> tuple[dt.date, bool]:
    day = read_date(one.text, serial=False)
    if one.pm is None:
        raise Bad(f"The heading “{one.heading}” does not say whether it is the morning or the afternoon.")
    return day, one.pm
