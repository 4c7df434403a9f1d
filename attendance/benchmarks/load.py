"""Takes in the open files that came out since: only what is not known already is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.benchmarks import known
from attendance.benchmarks.figures import HELD
from attendance.benchmarks.files import NEIGHBOURS, Found, Neighbour
from attendance.models import PublishedArea, PublishedFigure, StatisticalNeighbour
from schools.importers.table import UnreadableTable


@dataclass(frozen=True, slots=True)
class Receipt:
    """Rows by what became of them."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def take_in(*, by: User | None, now: dt.datetime, found: Found, filename: str) -> Receipt:
    """Write what a file holds. The same file a second time changes nothing.

    Raises `UnreadableTable` where nothing of it can be used, or its neighbours are not whole.
    """
    if not found.figures and not found.neighbours:
        words = "No row of it could be used: it holds no figure of an authority, a region or England that is compared here."
        raise UnreadableTable(f"{words} {_first(found)}".strip())
    receipt = _neighbours(found) if found.kind == NEIGHBOURS else _figures(found, now)
    if receipt.added or receipt.changed:
        audit.record("imported benchmarks", by=by, file=filename, kind_of_file=found.kind, added=receipt.added, changed=receipt.changed)
    return receipt


def _figures(found: Found, now: dt.datetime) -> Receipt:
    PublishedArea.objects.bulk_create(
        [PublishedArea(code=area.code, name=area.name, region=area.region) for area in found.areas.values()], ignore_conflicts=True
    )
    before = known.everything()
    rows = {figure.key: figure for figure in found.figures}
    new = [figure for key, figure in rows.items() if key not in before]
    other = [figure for key, figure in rows.items() if key in before and any(getattr(before[key], m) != getattr(figure, m) for m in HELD)]
    PublishedFigure.objects.bulk_create(
        [
            PublishedFigure(
                kind=figure.kind,
                area=figure.area,
                phase=figure.phase,
                year=figure.year,
                published=figure.published,
                loaded_at=now,
                **{measure: getattr(figure, measure) for measure in HELD},
            )
            for figure in (*new, *other)
        ],
        update_conflicts=True,
        unique_fields=["area", "phase", "kind", "year", "published"],
        update_fields=[*HELD, "loaded_at"],
        batch_size=2000,
    )
    return Receipt(len(new), len(other), len(rows) - len(new) - len(other))


def _first(found: Found) -> str:
    """The first thing wrong with a line, as a sentence; "" where nothing is."""
    return f"Line {found.problems[0].line}: {found.problems[0].message}." if found.problems else ""


def _neighbours(found: Found) -> Receipt:
    """An edition is taken whole or not at all: with one of ten missing, nobody would see that nine are compared."""
    if not found.edition:
        raise UnreadableTable("The file does not name its edition. Give each line one in a column “edition”, like 2025-05.")
    if found.problems:
        raise UnreadableTable(f"{_first(found)} Nothing was loaded: a list of neighbours is taken whole or not at all.")
    fresh = _said(found.neighbours)
    if len(fresh) < len(found.neighbours):
        raise UnreadableTable("An authority has two neighbours of one rank. Nothing was loaded.")
    held = StatisticalNeighbour.objects.filter(edition=found.edition)
    before = _said(known.edition(found.edition))
    changed = sum(before[key] != said for key, said in fresh.items() if key in before) + len(before.keys() - fresh.keys())
    added = len(fresh.keys() - before.keys())
    if added or changed:
        held.delete()
        StatisticalNeighbour.objects.bulk_create(
            StatisticalNeighbour(edition=found.edition, authority=a, rank=rank, neighbour=other, closeness=word)
            for (a, rank), (other, word) in fresh.items()
        )
    return Receipt(added, changed, sum(before.get(key) == said for key, said in fresh.items()))


def _said(rows: Iterable[Neighbour]) -> dict[tuple[str, int], tuple[str, str]]:
    return {(row.authority, row.rank): (row.neighbour, row.closeness) for row in rows}
