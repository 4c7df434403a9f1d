"""Which source is authoritative for a school, as it is written down: read for a load, settled by the first, changed by a manager."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Max, QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts import audit, clock
from accounts.models import User
from attendance import sources
from attendance.models import Comparison, Extract, Load, SourceChoice
from attendance.sources import Choice
from schools.locks import hold_school
from schools.models import School

FIRST = "The first source whose marks were loaded for this school."


class SourceProblem(ValueError):
    """Why this cannot be so, in words for the person who asked; `field` of the form it belongs to."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def choices(extract: Extract, school: School, *, loaded: bool = True) -> tuple[list[Choice], bool]:
    """What was chosen for the school, in the order it was, and whether anything was; else what its first marks will settle.

    Who is to write by it holds the school. `loaded`: as far as the caller knows, it may have loads.
    """
    made = SourceChoice.objects.filter(school=school).order_by("pk").values_list("source", "start")
    found = [Choice(source, start) for source, start in made]
    if found:
        return found, True
    first = _first_source(school) if loaded else ""
    return [Choice(first or extract.source, None)], False


def _first_source(school: School) -> str:
    """Of the earliest file that was loaded; "" where none has been."""
    return _first_loaded(school).values_list("extract__source", flat=True).first() or ""


def _first_loaded(school: School) -> QuerySet[Load]:
    return Load.objects.filter(school=school, extract__isnull=False).order_by("received_at", "pk")


def settle(school: School, first: Choice) -> SourceChoice:
    """Write down the first source used: authoritative from always. The caller holds the school."""
    return SourceChoice.objects.create(school=school, source=first.source, start=None, reason=FIRST, by=None, at=clock.now())


@transaction.atomic
def choose_source(
    *, by: User, today: dt.date, now: dt.datetime, school: School, source: str, start: dt.date | None, reason: str
) -> SourceChoice:
    """From `start` on (None: from always) marks of `source` are the school's. Marks that stand stay until it says otherwise."""
    hold_school(school.pk)
    name = sources.tidied(source)
    if not source.strip():
        raise SourceProblem("Choose the source whose marks count", "source")
    if not reason.strip():
        raise SourceProblem("Enter why this source’s marks are to count", "reason")
    made = [Choice(*row) for row in SourceChoice.objects.filter(school=school).order_by("pk").values_list("source", "start")]
    if not made and (first := _first_source(school)):  # loaded before sources were kept: the first stays for what came before
        made.append(Choice(first, None))
        settle(school, made[0])
    wanted = [*made, Choice(name, start)]
    if sources.periods(wanted) == sources.periods(made):
        raise SourceProblem(f"{sources.label(name)} is already the source whose marks count on those days", "source")
    chosen = SourceChoice.objects.create(school=school, source=name, start=start, reason=reason.strip(), by=by, at=now)
    audit.record(
        "Source whose marks count chosen",
        by=by,
        subject=school,
        source=name,
        start=start.isoformat() if start else None,
        before=sources.in_force(made, start or dt.date.min),
    )
    return chosen


def words_in_force(school: School, day: dt.date) -> str:
    """What people call the source whose marks count on a day; "" before the first load. One query."""
    made = SourceChoice.objects.filter(school=school).order_by("pk").values(row=JSONObject(source="source", start="start"))
    first = Subquery(_first_loaded(school).values("extract__source")[:1])
    rows, loaded = School.objects.filter(pk=school.pk).values_list(ArraySubquery(made), first).get()
    choices = [Choice(row["source"], dt.date.fromisoformat(row["start"]) if row["start"] else None) for row in rows]
    name = sources.in_force(choices, day) or loaded
    return sources.label(name) if name else ""


def counts_instead(extract: Extract, day: dt.date) -> str:
    """What people call the source whose marks count at the extract's school, where those of the extract's never do; else ""."""
    if extract.school is None:
        return ""
    made, _ = choices(extract, extract.school)
    if any(choice.source == extract.source for choice in made):
        return ""
    return sources.label(sources.in_force(made, day) or made[-1].source)


def sent_last(school: School, by: User, day: dt.date) -> str:
    """The source to begin with for a file of this sender: of their last one, else the school's own where files come from it."""
    mine = Extract.objects.filter(school=school, received_by=by).order_by("-received_at", "-pk")
    if last := mine.values_list("source", flat=True).first():
        return last
    made = SourceChoice.objects.filter(school=school).order_by("pk").values_list("source", "start")
    name = sources.in_force([Choice(*row) for row in made], day)
    return sources.UPLOAD if name in sources.FEEDS else name or sources.UPLOAD


@dataclass(frozen=True, slots=True)
class Seen:
    """A source that marks of a school have come from: when last, and how many files."""

    source: str
    last: dt.datetime
    loaded: dt.datetime | None  # when its marks were last written; None where it was only compared

    @property
    def label(self) -> str:
        return sources.label(self.source)


def seen(schools: Iterable[School]) -> dict[int, list[Seen]]:
    """By school, its sources, the one received from last first. Two queries, however many schools."""
    ids = [school.pk for school in schools]
    loads = Load.objects.filter(school__in=ids, kind=Load.Kind.LOAD, extract__isnull=False)
    loaded = {row[:2]: row[2] for row in loads.values_list("school", "extract__source").annotate(last=Max("received_at"))}
    beside = Comparison.objects.filter(school__in=ids)
    compared = {row[:2]: row[2] for row in beside.values_list("school", "extract__source").annotate(last=Max("at"))}
    found: dict[int, list[Seen]] = {school: [] for school in ids}
    for key in loaded.keys() | compared.keys():
        moments = [moments[key] for moments in (loaded, compared) if key in moments]
        found[key[0]].append(Seen(key[1], max(moments), loaded.get(key)))
    return {school: sorted(mine, key=lambda one: (one.last, one.source), reverse=True) for school, mine in found.items()}


def choices_of(schools: Iterable[School]) -> dict[int, list[SourceChoice]]:
    """By school, in the order they were made. One query."""
    ids = [school.pk for school in schools]
    found: dict[int, list[SourceChoice]] = {school: [] for school in ids}
    for choice in SourceChoice.objects.filter(school__in=ids).select_related("by").order_by("pk"):
        found[choice.school_id].append(choice)
    return found
