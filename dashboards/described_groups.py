"""The tables of parts of the enrolments: cohorts and year groups, of the borough, of some schools, of one school beside its phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from attendance.tables import Column, Kind, Share, Table
from dashboards.described import sessions
from dashboards.protection import ALL, PERSISTENT, PUPILS, SEVERE
from dashboards.templatetags import daymark


def _cohort_share(part: str) -> Callable[[dict[str, Any]], Share]:
    return lambda line: Share(getattr(line["cohort"], part), line["cohort"].enrolments)


def _cohort_shown(part: str) -> Callable[[dict[str, Any]], SafeString]:
    def shown(line: dict[str, Any]) -> SafeString:
        share = _cohort_share(part)(line)
        of = f"of {daymark.plural_of(share.whole, 'enrolment')}"
        return format_html('{}<span class="dm-cell-note">{} {}</span>', daymark.percent(share.pct), daymark.number(line[part]), of)

    return shown


def _cohort_column(key: str, heading: str, part: str) -> Column[dict[str, Any]]:
    share = _cohort_share(part)
    return Column(
        key,
        heading,
        share,
        Kind.SHARE,
        what="enrolment",
        shown=_cohort_shown(part),
        sort=lambda line: share(line).pct,
        counts=part,
        about=PUPILS,
    )


COHORTS: Table[dict[str, Any]] = Table(
    "cohorts",
    "By cohort",
    (
        Column("cohort", "Pupils", lambda line: line["cohort"].name, sort=lambda line: line["cohort"].name),
        Column(
            "enrolments",
            "Enrolments with sessions this year",
            lambda line: line["enrolments"],
            Kind.LINKED,
            sort=lambda line: line["enrolments"].value,
            counts=PUPILS,
        ),
        _cohort_column("pa", "Persistently absent", PERSISTENT),
        _cohort_column("sa", "Severely absent", SEVERE),
    ),
    key=lambda line: line["cohort"].kind or ALL,
    param="cohorts",
    anchor="by-cohort",
)


def _groups(
    name: str, title: str, heading: str, param: str, link: Callable[[dict[str, Any]], str] | None, order: str
) -> Table[dict[str, Any]]:
    """Parts of the enrolments of some schools, with their attendance."""
    _, number, persistent, severe = COHORTS.columns
    return Table(
        name,
        title,
        (
            Column("name", heading, lambda line: line["cohort"].name, shown=link and _linked(link), sort=lambda line: line["cohort"].name),
            number,
            sessions("attendance", "Attendance", "attended", lambda line: line["cohort"].figures),
            persistent,
            severe,
        ),
        key=lambda line: line["cohort"].kind,
        order=order,
        param=param,
        anchor=f"by-{param}",
    )


def _linked(link: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], SafeString]:
    def shown(line: dict[str, Any]) -> SafeString:
        address, name = link(line), line["cohort"].name
        return format_html('<a class="govuk-link" href="{}">{}</a>', address, name) if address else format_html("{}", name)

    return shown


def _cohort_page(line: dict[str, Any]) -> str:
    return reverse("cohort", args=[line["cohort"].kind]) if line["cohort"].kind else ""


def beside_phase(phase: str, name: str, title: str, heading: str, param: str) -> Table[dict[str, Any]]:
    """Parts of one school's enrolments beside the same part of the authority's schools of its phase."""

    def of(line: dict[str, Any], key: str) -> float | None:
        cohort = line["phase"]
        return None if cohort is None else cohort.figures.attendance_pct if key == "attendance" else cohort.persistent_pct

    first, number, attendance, persistent, severe = _groups(name, title, heading, param, None, "").columns
    return Table(
        name,
        title,
        (
            first,
            number,
            attendance,
            Column("attendance-phase", f"{phase}: attendance", lambda line: of(line, "attendance"), Kind.PERCENT, none="not shown"),
            persistent,
            Column("pa-phase", f"{phase}: persistently absent", lambda line: of(line, "pa"), Kind.PERCENT, none="not shown"),
            severe,
        ),
        param=param,
        anchor=f"by-{param}",
    )


GROUPS = _groups("cohorts", "By cohort", "Cohort", "cohort", _cohort_page, "-pa")
YEAR_GROUPS = _groups("year-groups", "By year group", "Year group", "year-group", None, "")
