"""What pages show of a case's assessment, and to whom: a school reads its strengths and what school has tried, nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from casework.models import AssessedBarrier, Assessment, Case, CaseQuerySet


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it is shown. `barriers`: the primary one first. `by`: "" where a command wrote it."""

    number: int
    day: dt.date
    at: dt.datetime
    by: str
    child_voice: str
    parent_views: str
    strengths: str
    tried: str
    barriers: Sequence[AssessedBarrier]


def _rows(case: Any) -> QuerySet[Assessment, Any]:
    """Versions of a case, newest first, whole with their barriers: as many queries as they are asked in."""
    barriers = AssessedBarrier.objects.filter(assessment=OuterRef("pk")).order_by("-primary", "pk")
    row = JSONObject(barrier="barrier", primary="primary", said_by="said_by")
    words = {name: name for name in ("number", "day", "at", "child_voice", "parent_views", "strengths", "tried")}
    rows = Assessment.objects.filter(case=case).order_by("-number").annotate(found=ArraySubquery(barriers.values(row=row)))
    return rows.values(row=JSONObject(by="by__name", barriers="found", **words))


def _version(row: dict[str, Any]) -> Version:
    return Version(
        **row
        | {
            "day": dt.date.fromisoformat(row["day"]),
            "at": dt.datetime.fromisoformat(row["at"]),
            "by": row["by"] or "",
            "barriers": [AssessedBarrier(**one) for one in row["barriers"] or []],
        }
    )


def versions(case: Case) -> list[Version]:
    """Newest first. One query."""
    return [_version(one["row"]) for one in _rows(case)]


def latest(case: Case) -> Version | None:
    return next((_version(one["row"]) for one in _rows(case)[:1]), None)


def with_standing(cases: CaseQuerySet) -> CaseQuerySet:
    """Adds `assessment_row`: the version that stands, for `standing`, in the same query as the case."""
    return cases.annotate(assessment_row=Subquery(_rows(OuterRef("pk"))[:1]))


def standing(case: Case) -> Version | None:
    """Of a case that was read `with_standing`."""
    row: dict[str, Any] | None = case.assessment_row  # type: ignore[attr-defined]
    return _version(row) if row else None
