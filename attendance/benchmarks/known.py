"""What is known of an area: the published figures that Daymark ships, and over them those that were imported since."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from attendance.benchmarks import shipped
from attendance.benchmarks.figures import ENGLAND, HELD, Area, Figure
from attendance.benchmarks.files import Neighbour, Places
from attendance.models import PublishedArea, PublishedFigure, StatisticalNeighbour

_FIELDS = ("kind", "area", "phase", "year", "published", *HELD)
Key = tuple[str, str, str, int, dt.date | None]


def _imported(areas: Collection[str] | None) -> Iterable[Figure]:
    rows = PublishedFigure.objects.all() if areas is None else PublishedFigure.objects.filter(area__in=areas)
    return (Figure(*row) for row in rows.values_list(*_FIELDS))


def _over(shipped_figures: Iterable[Figure], imported: Iterable[Figure]) -> dict[Key, Figure]:
    return {figure.key: figure for figures in (shipped_figures, imported) for figure in figures}


def of_areas(areas: Collection[str]) -> Mapping[str, Sequence[Figure]]:
    """Every figure of these areas, by area. One query."""
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in _over((figure for area in areas for figure in shipped.of_area(area)), _imported(areas)).values():
        found[figure.area].append(figure)
    return found


def of_england() -> Sequence[Figure]:
    """England's, of every phase, publication and kind but severe absence. One query, and only a small file is read."""
    return list(_over(shipped.england(), _imported([ENGLAND])).values())


def everything() -> dict[Key, Figure]:
    """By key, of every area. One query, and a second of reading."""
    return _over((figure for area in shipped.places().areas for figure in shipped.of_area(area)), _imported(None))


def places() -> Places:
    """One query."""
    known = shipped.places()
    added = {row.code: Area(row.code, row.name, row.region) for row in PublishedArea.objects.all()}
    return Places({**known.areas, **added}, known.by_new_code, known.regions)


def edition(name: str) -> Sequence[Neighbour]:
    """Every authority's neighbours as one edition says them; none where it is not known. One query."""
    rows = StatisticalNeighbour.objects.filter(edition=name)
    imported = [Neighbour(row.authority, row.rank, row.neighbour, row.closeness) for row in rows]
    shipped_edition, listed = shipped.neighbours()
    if imported or name != shipped_edition:
        return imported
    return [row for rows in listed.values() for row in rows]


def neighbours(authority: str) -> tuple[str, Sequence[Neighbour]]:
    """The edition, and an authority's statistical neighbours from the nearest on; none where none are published. One query."""
    edition, listed = shipped.neighbours()
    rows = StatisticalNeighbour.objects.filter(authority=authority, edition__gte=edition).order_by("edition", "rank")
    imported = [(row.edition, Neighbour(row.authority, row.rank, row.neighbour, row.closeness)) for row in rows]
    if not imported:
        return edition, listed.get(authority, ())
    newest = imported[-1][0]
    return newest, [neighbour for named, neighbour in imported if named == newest]
