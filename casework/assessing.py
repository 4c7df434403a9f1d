"""What pages show of a case's assessment, and to whom: a school reads its strengths and what school has tried, nothing else."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from casework.models import AssessedBarrier, Assessment, Case


def versions(case: Case) -> list[Assessment]:
    """Newest first, each with its barriers, the primary one first. Two queries."""
    barriers = AssessedBarrier.objects.order_by("-primary", "pk")
    return list(case.assessments.select_related("by").prefetch_related(Prefetch("barriers", barriers)).order_by("-number"))


def latest(case: Case) -> Assessment | None:
    return next(iter(versions(case)[:1]), None)


def of_case(case: Case, *, whole: bool) -> dict[str, Any]:
    """The standing version; of earlier ones only the number, as the page of the assessment has them. Two queries."""
    barriers = AssessedBarrier.objects.order_by("-primary", "pk")
    rows = case.assessments.select_related("by").order_by("-number")
    standing = (rows.prefetch_related(Prefetch("barriers", barriers)) if whole else rows).first()
    return {"assessment": standing}
