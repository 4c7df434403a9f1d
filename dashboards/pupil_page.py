"""What one pupil's page shows, gathered with few queries. Schools are shown their own spells and marks only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, JSONObject

from accounts.models import User
from attendance import reports
from attendance.matrix import academic_year
from attendance.models import Flag
from attendance.rag import rate_pupil
from attendance.rates import Figures, total
from attendance.reports import Cell, Grid, peers
from attendance.reports.pupils import steps_of
from dashboards import pupil_work
from dashboards.explain import standing
from dashboards.reports import by_urgency
from schools import ages
from schools.models import Characteristic, Enrolment, FormerName, FormerUpn, Parent, PolicyValue, Pupil, Responsibility

_KINDS = dict(Characteristic.Kind.choices)
_POSSIBLE = {"attending", "elsewhere", "authorised", "unauthorised"}


def with_details(pupils: QuerySet[Pupil], user: User, *, today: dt.date) -> QuerySet[Pupil]:
    """Former names and numbers, characteristics and siblings in the same query as the pupil."""
    named = FormerName.objects.filter(pupil=OuterRef("pk")).order_by("-until")
    numbers = FormerUpn.objects.filter(pupil=OuterRef("pk"))
    traits = Characteristic.objects.filter(pupil=OuterRef("pk")).order_by(F("end").desc(nulls_first=True), "-start")
    return pupils.annotate(
        former_name_list=ArraySubquery(named.values(text=Concat("forename", Value(" "), "surname"))),
        former_upn_list=ArraySubquery(numbers.values("upn")),
        traits=ArraySubquery(traits.values(row=JSONObject(pk="pk", kind="kind", start="start", end="end", source="source"))),
        siblings=ArraySubquery(_siblings(user, today)),
    )


def _siblings(user: User, today: dt.date) -> QuerySet[Pupil, Any]:
    """Pupils the user may see who share a parent with the outer one, eldest first."""
    theirs = Responsibility.objects.filter(parent__responsibilities__pupil=OuterRef(OuterRef("pk"))).values("pupil")
    spell = Enrolment.objects.visible_to(user).on_roll(today).filter(pupil=OuterRef("pk")).order_by("-start")[:1]
    return (
        Pupil.objects.visible_to(user)
        .filter(pk__in=theirs, merged_into=None)
        .exclude(pk=OuterRef("pk"))
        .order_by("dob", "pk")
        .values(
            row=JSONObject(
                pk="pk",
                name=Concat("forename", Value(" "), "surname"),
                school=Subquery(spell.values("school__name")),
                year_group=Subquery(spell.values("year_group")),
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Spell:
    """One enrolment with this year's figures."""

    enrolment: Enrolment
    figures: Figures
    current: bool


@dataclass(frozen=True, slots=True)
class Relative:
    """A parent as this user may see them. `hidden_from` are the people who must not learn where this parent lives."""

    tie: Responsibility
    hidden_from: list[str]
    address: str  # "" when there is none or it may not be shown
    withheld: bool


def gather(pupil: Pupil, user: User, *, today: dt.date) -> dict[str, Any]:
    year = academic_year(today)
    enrolments, elsewhere = _enrolments(pupil, user, today)
    whole = user.as_role.in_authority
    grids = reports.register_grids(pupil, enrolments, [year, year - 1])
    now, before = grids[year], grids[year - 1]
    relatives = _relatives(pupil, user)
    flags = list(Flag.objects.filter(pupil=pupil).order_by("-opened", "code"))
    spells = [Spell(e, _figures(g for g in now if g.enrolment.pk == e.pk), _is_current(e, today)) for e in enrolments]
    shown = [s for s in spells if s.enrolment.end is None or academic_year(s.enrolment.end) >= year]
    policy = PolicyValue.objects.in_force(today)
    explained = standing(pupil, as_of=today, policy=policy)
    current = [s for s in spells if s.current]
    figures = total(s.figures for s in spells)
    return {
        "pupil": pupil,
        "today": today,
        "year": year,
        "age": ages.age_on(pupil.dob, today) if pupil.dob else None,
        "spells": spells,
        "current": current,
        "figures_by_spell": shown if len(shown) > 1 else [],
        "figures": figures,
        "rating": rate_pupil(figures.absent, figures.possible, steps_of(policy)),
        "elsewhere": elsewhere,
        "beside": peers.of_pupil(current[0].enrolment, now) if current and not elsewhere else None,
        "open_flags": by_urgency(f for f in flags if f.cleared is None),
        "past_flags": [f for f in flags if f.cleared is not None and f.withdrawn is None],
        "withdrawn_flags": [f for f in flags if f.withdrawn is not None],
        "explained": explained,
        "years": [(year, now), (year - 1, before)],
        "latest": _latest(now),
        "legend": _legend([*now, *before]),
        "outside": _outside([*now, *before]),
        "history": reports.mark_history(pupil, enrolments),
        "relatives": relatives,
        "address": "" if _lives_hidden(relatives, whole) else pupil.address,
        "address_withheld": _lives_hidden(relatives, whole),
        **pupil_work.gather(
            pupil,
            user,
            threshold=explained["penalty_threshold"],
            parents=[relative.tie.parent for relative in relatives],
            on_roll=bool(current),
        ),
        "characteristics": [trait | {"name": _KINDS[trait["kind"]]} for trait in pupil.traits],  # type: ignore[attr-defined]
    }


def _is_current(enrolment: Enrolment, today: dt.date) -> bool:
    return enrolment.start <= today and (enrolment.end is None or enrolment.end >= today)


def _enrolments(pupil: Pupil, user: User, today: dt.date) -> tuple[list[Enrolment], bool]:
    """The spells this user may see, latest first, and whether there are others: then a count of the pupil is not of these alone."""
    seen = Enrolment.objects.of_pupil(pupil, user).values("pk")
    every = Enrolment.objects.filter(pupil=pupil).annotate(seen=ExpressionWrapper(Q(pk__in=seen), output_field=BooleanField()))
    found = list(peers.with_range(every, today=today).select_related("school").order_by("-start", "pk"))
    ours: list[Enrolment] = [e for e in found if e.seen]
    return ours, len(ours) < len(found)


def _cells(grids: Iterable[Grid]) -> Iterable[tuple[Grid, Cell]]:
    for grid in grids:
        for week in grid.weeks:
            for day in week.days:
                yield grid, day.am
                yield grid, day.pm


def _figures(grids: Iterable[Grid]) -> Figures:
    """Counts of the marks that are on the page, so that the two cannot differ."""
    kinds = [(cell.kind, cell.code) for _, cell in _cells(grids) if cell.counted and cell.kind in _POSSIBLE]
    of = [kind for kind, _ in kinds]
    return Figures(
        len(of),
        of.count("attending") + of.count("elsewhere"),
        of.count("authorised"),
        of.count("unauthorised"),
        sum(code in {"L", "U"} for _, code in kinds),
    )


def _latest(grids: Iterable[Grid]) -> dt.date | None:
    return max((cell.session.date for _, cell in _cells(grids) if cell.counted and cell.kind in _POSSIBLE), default=None)


def _legend(grids: Iterable[Grid]) -> list[Cell]:
    """One cell of each code that is on the page, present first."""
    order = ["attending", "elsewhere", "authorised", "unauthorised", "not-possible", "not-collected"]
    found = {cell.code: cell for _, cell in _cells(grids) if cell.code}
    return sorted(found.values(), key=lambda cell: (order.index(cell.kind), cell.code))


def _outside(grids: Iterable[Grid]) -> list[tuple[Enrolment, Cell]]:
    return [(grid.enrolment, cell) for grid, cell in _cells(grids) if cell.code and not cell.counted]


def _relatives(pupil: Pupil, user: User) -> list[Relative]:
    """Parents, first contact first. A school is not shown the address of a parent that is hidden from anybody."""
    hidden_from = Exists(Parent.objects.filter(may_not_know=OuterRef("parent")))
    ties = Responsibility.objects.filter(pupil=pupil).select_related("parent").annotate(hidden=hidden_from)
    found = []
    for tie in ties.order_by("priority", "pk"):
        hidden = tie.parent.kept_from(user) if tie.hidden else []
        withheld = bool(hidden) and not user.as_role.in_authority
        written = ", ".join(part for part in (tie.parent.address, tie.parent.postcode) if part)
        found.append(Relative(tie, hidden, "" if withheld else written, withheld))
    return found


def _lives_hidden(relatives: list[Relative], whole: bool) -> bool:
    """A child's own address would give away that of a hidden parent they live with."""
    return not whole and any(r.tie.lives_with and r.hidden_from for r in relatives)
