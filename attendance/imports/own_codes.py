"""In a file of many schools each school's own codes apply to its own rows only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from attendance.imports.cells import Cells
from attendance.imports.parsed import Texts
from attendance.imports.values import tidy


def explained(cells: Cells, urn: Texts, own: Mapping[str, Mapping[str, str]]) -> Cells:
    """`cells` in which a school's own code is the national one it stands for. `urn` by row; `own`: URN -> own code -> code."""
    schools_of: dict[str, dict[str, str]] = {}  # own code -> URN -> national code
    for school, aliases in own.items():
        for code, national in aliases.items():
            schools_of.setdefault(tidy(code).casefold(), {})[school] = national
    mark, texts = cells.mark.copy(), list(cells.texts)
    for number, text in enumerate(cells.texts):
        meaning = schools_of.get(tidy(text).casefold())
        if not meaning:
            continue
        its = np.flatnonzero(cells.mark == number)
        schools = urn[cells.row[its]]
        for school in set(schools.tolist()) & meaning.keys():
            mark[its[schools == school]] = len(texts)
            texts.append(meaning[school])
    return dataclasses.replace(cells, mark=mark, texts=texts)
