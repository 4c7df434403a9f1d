"""A term's plan as a table, described once for the page, the CSV file and the workbook (attendance.tables)."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from attendance.tables import Column, Kind, Share, Table
from attendance.words import plural
from meetings.term_plan import TermRow
from meetings.terms import Term


def table_of(term: Term, *, may_plan: bool) -> Table[TermRow]:
    def template(name: str, row: TermRow) -> SafeString:
        return render_to_string(f"meetings/plan/{name}.html", {"row": row, "term": term, "may_plan": may_plan})

    return Table(
        "meeting-plan",
        f"Plan of meetings, {term.name}",
        (
            Column(
                "name",
                "School",
                lambda row: row.school.name,
                note=lambda row: f"{row.school.get_phase_display()}. {row.officer or 'No officer'}",
                link=lambda row: reverse("school", args=[row.school.urn]),
                sort=lambda row: row.school.sort_name,
            ),
            Column("urn", "URN", lambda row: row.school.urn, Kind.COUNT, page=False),
            Column("phase", "Phase", lambda row: row.school.get_phase_display(), page=False),
            Column("officer", "Officer", lambda row: row.officer.name if row.officer else "", page=False),
            Column("rating", "Rating", lambda row: row.colour_name, shown=lambda row: template("_rating", row)),
            Column("rating_of", "Rating of", lambda row: row.colour_term, page=False),
            Column("due", "Due this term", lambda row: row.due if row.plan else None, Kind.COUNT, shown=lambda row: template("_due", row)),
            Column("held", "Held this term", lambda row: row.held, Kind.COUNT, page=False),
            Column("offered", "Offers made this term", lambda row: row.offered, Kind.COUNT, page=False),
            Column("declined", "Of them declined", lambda row: row.declined, Kind.COUNT, page=False),
            Column("planned", "Planned this term", lambda row: row.planned, Kind.COUNT, page=False),
            Column("state", "How it stands", lambda row: row.state_name, shown=lambda row: template("_state", row)),
            Column("next", "Meeting", lambda row: row.meeting.day if row.meeting else None, Kind.DAY, page=False),
            Column(
                "severe",
                "Severely absent without a plan",
                lambda row: row.severe_without_plan if row.known else None,
                Kind.COUNT,
                shown=lambda row: template("_severe", row),
                sort=lambda row: row.severe_without_plan,
            ),
            Column("severe_all", "Severely absent", lambda row: row.severe if row.known else None, Kind.COUNT, page=False),
            Column(
                "length",
                "Suggested length",
                lambda row: row.length.minutes,
                Kind.COUNT,
                shown=lambda row: plural(row.length.minutes, "minute"),
                sort=lambda row: row.length.minutes,
            ),
            Column("year", "Due this school year", lambda row: row.plan.number if row.plan else None, Kind.COUNT, page=False),
            Column("held_year", "Held this school year", lambda row: row.held_year, Kind.COUNT, page=False),
            Column("attendance", "Attendance last year", _attendance, Kind.SHARE, page=False),
            Column("england", "England’s last year", lambda row: row.plan.england_pct if row.plan else None, Kind.PERCENT, page=False),
            Column("reason", "Why", lambda row: row.plan.reason if row.plan else "", page=False),
            Column("adjusted", "Adjusted, because", lambda row: row.plan.adjusted_reason if row.plan else "", page=False),
            Column("policy", "Policy", lambda row: row.plan.policy_version if row.plan else "", page=False),
        ),
        key=lambda row: row.school.pk,
        order="",
    )


def _attendance(row: TermRow) -> Share | None:
    return Share(row.plan.attended, row.plan.possible) if row.plan and row.plan.possible else None
