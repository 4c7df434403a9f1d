"""The rows that the yearly return counts, read from the tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from attendance import suppression
from attendance.matrix import academic_year, year_end, year_start
from attendance.suppression import Sum
from attendance.tables import Column, Hidden, Kind, Table
from casework import stages
from casework.models import Case
from legal import prm
from legal.models import Contract, HistoricRecord, Notice, Order, Party, Request
from legal.models.history import Kind as Loaded
from legal.prm import CaseFact, Line, NoticeFact, PartyFact, Return

_IMPROVED = (Case.Outcome.IMPROVED.value, Case.Outcome.STEP_DOWN.value)


def notices(year: int) -> QuerySet[Notice]:
    return Notice.objects.filter(issued__range=(year_start(year), year_end(year)))


def cases(year: int) -> QuerySet[Case]:
    """Those that came to the formal stage in the year, or in which a notice for ongoing absence was asked for then."""
    days = (year_start(year), year_end(year))
    asked = Request.objects.filter(route=Request.Route.ONGOING, submitted__range=days).exclude(case=None).values("case")
    was = Case.events.rel.related_model.objects.filter(stage=stages.FORMAL, stage_since__range=days).values("pgh_obj")  # type: ignore[attr-defined]
    return Case.objects.filter(Q(stage=stages.FORMAL, stage_since__range=days) | Q(pk__in=asked) | Q(pk__in=was))


def parties(year: int) -> QuerySet[Party]:
    return Party.objects.filter(offered__range=(year_start(year), year_end(year)))


@dataclass(frozen=True, slots=True)
class OfYear:
    """The return of a year, as the records stand."""

    year: int
    rows: Return

    def number(self, line: Line) -> int | None:
        found = self.rows[line.key]
        return None if found is None else len(found)

    @property
    def lines(self) -> list[tuple[Line, int | None]]:
        return [(line, self.number(line)) for line in prm.LINES]

    @property
    def groups(self) -> list[tuple[str, list[tuple[Line, int | None]]]]:
        found: dict[str, list[tuple[Line, int | None]]] = {}
        for line, number in self.lines:
            found.setdefault(line.group, []).append((line, number))
        return list(found.items())

    def hidden(self, least: int) -> Hidden:
        """What is kept back when it is published: figures under `least`, and what tells them."""
        values = {line.key: number for line, number in self.lines if number is not None}
        sums = []
        for total in {line.total for line, _ in self.lines if line.total in values}:
            for group in {line.group for line, _ in self.lines if line.total == total}:
                parts = tuple(line.key for line, _ in self.lines if line.total == total and line.group == group and line.key in values)
                sums.append(Sum(total, parts))
        return {(key, "n") for key in suppression.kept_back(values, sums, least=least)}


def of_year(year: int) -> OfYear:
    """Five queries."""
    rows = notices(year).annotate(paid=Max("payments__day")).order_by("number")
    facts = [NoticeFact(*row) for row in rows.values_list("pk", "state", "sessions", "receipt", "paid")]
    managed = []
    for pk, outcome in cases(year).order_by("pk").values_list("pk", "outcome"):
        fact = CaseFact(pk, outcome)
        managed.append((fact, prm.managed(fact, prosecuted=Case.Outcome.PROSECUTED.value, improved=_IMPROVED)))
    offered = [PartyFact(pk, signed is not None) for pk, signed in parties(year).order_by("offered", "pk").values_list("pk", "signed")]
    return OfYear(year, prm.count(facts, managed, offered, orders(year)))


def orders(year: int) -> dict[str, tuple[int, ...]]:
    """By line, those made in the year; of parenting orders also those carried out by now, as was said when they ended."""
    kinds = {"parenting_made": Order.Kind.PARENTING, "supervision": Order.Kind.SUPERVISION}
    found: dict[str, list[int]] = {key: [] for key in kinds}
    of = {kind.value: key for key, kind in kinds.items()}
    made = Order.objects.filter(kind__in=of, start__range=(year_start(year), year_end(year))).order_by("start", "pk")
    done: list[int] = []
    unsaid = False
    for pk, kind, ended, carried_out in made.values_list("pk", "kind", "ended", "carried_out"):
        found[of[kind]].append(pk)
        if kind == Order.Kind.PARENTING:
            done += [pk] if carried_out else []
            unsaid |= ended is not None and carried_out is None  # ended before it was asked: the figure is not known
    return {key: tuple(pks) for key, pks in found.items()} | ({} if unsaid else {"parenting_implemented": tuple(done)})


def loaded(year: int) -> tuple[int, int]:
    """Notices and contracts of the year that were issued here before Daymark, or by heads and the police, and are known from loaded
    history alone: the return counts none of them. One query."""
    rows = HistoricRecord.objects.standing().filter(day__range=(year_start(year), year_end(year)))
    found = rows.exclude(issuer=HistoricRecord.Issuer.OTHER).aggregate(
        notices=Count("pk", filter=Q(kind=Loaded.NOTICES)), contracts=Count("pk", filter=Q(kind=Loaded.CONTRACTS))
    )
    return found["notices"], found["contracts"]


def first_year(today: dt.date) -> int:
    """The earliest year with anything to return; this one where there is nothing."""
    day = Notice.objects.order_by("issued").values_list("issued", flat=True).first()
    other = Contract.objects.filter(offered__isnull=False).order_by("offered").values_list("offered", flat=True).first()
    return min((academic_year(found) for found in (day, other) if found), default=academic_year(today))


def table(found: OfYear) -> Table[Line]:
    value: Callable[[Line], Any] = found.number
    return Table(
        name="parental-responsibility-measures",
        title=f"Parental responsibility measures {found.year}/{(found.year + 1) % 100:02d}",
        columns=(
            Column("group", "Group", lambda line: line.group),
            Column("title", "Measure", lambda line: line.title),
            Column("n", "Number", value, kind=Kind.COUNT, counts="n"),
        ),
        key=lambda line: line.key,
    )
