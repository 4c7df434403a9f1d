"""A row for each pupil and session: date, AM or PM, one mark."""

from __future__ import annotations

import numpy as np

from attendance.imports.cells import Cells, Findings
from attendance.imports.sheet import Sheet, understood
from attendance.imports.values import read_date, read_session


def read(sheet: Sheet, findings: Findings) -> Cells:
    days, day = understood(sheet, "date", read_date, findings)
    halves, half = understood(sheet, "session", read_session, findings)
    marks = sheet.column(sheet.mapping.columns["mark"])
    known = np.array([d is not None for d in days], bool)[day] & np.array([h is not None for h in halves], bool)[half]
    row = np.flatnonzero(known)
    return Cells(
        row=row,
        date=np.array(days, "datetime64[D]")[day[row]],
        pm=np.array([bool(h) for h in halves], bool)[half[row]],
        mark=marks.index[row],
        place=np.full(len(row), sheet.mapping.columns["mark"], np.int64),
        texts=marks.texts,
    )
