"""A row for each pupil and day: date, the morning's mark, the afternoon's mark."""

from __future__ import annotations

import numpy as np

from attendance.imports.cells import Cells, Findings
from attendance.imports.sheet import Sheet, understood
from attendance.imports.values import read_date


def read(sheet: Sheet, findings: Findings) -> Cells:
    days, day = understood(sheet, "date", read_date, findings)
    row = np.flatnonzero(np.array([d is not None for d in days], bool)[day])
    columns = [sheet.mapping.columns["am"], sheet.mapping.columns["pm"]]
    am, pm = (sheet.column(column) for column in columns)
    date = np.array(days, "datetime64[D]")[day[row]]
    return Cells(
        row=np.tile(row, 2),
        date=np.tile(date, 2),
        pm=np.repeat([False, True], len(row)),
        mark=np.concatenate((am.index[row], pm.index[row] + len(am.texts))),
        place=np.repeat(np.array(columns, np.int64), len(row)),
        texts=[*am.texts, *pm.texts],
    )
