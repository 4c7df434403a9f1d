"""The long lists as tables: pupils at risk, enrolments, and which registers have come (attendance.tables)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from attendance.coverage import Status
from attendance.tables import Column, Kind, Share, Table
from dashboards.coverage_page import Line
from dashboards.reports import FLAG_NAMES
from dashboards.templatetags import daymark
from schools.models import Pupil


def _spells(pupil: Pupil) -> SafeString:
    spells: list[Any] = pupil.spells  # type: ignore[attr-defined]
    if not spells:
        return format_html('<span class="dm-quiet">{}</span>', "on no roll here today")
    told = ((spell.school.name, daymark.year_group(spell.year_group)) for spell in spells)
    return format_html_join("", '{}<span class="dm-cell-note">{}</span>', told)


def _missed(pupil: Pupil) -> SafeString:
    possible, absent = pupil.possible, pupil.absent  # type: ignore[attr-defined]
    if not possible:
        return format_html("{}", "no sessions yet this year")
    said = daymark.sessions_word(daymark.of(absent, possible))
    return format_html('missed {} <strong class="dm-nowrap">({})</strong>', said, daymark.percent(100 * absent / possible))


def _flags(pupil: Pupil) -> SafeString:
    flags: list[Any] = pupil.flags_in_order  # type: ignore[attr-defined]
    if not flags:
        return format_html("{}", "none")
    told = ((daymark.flag_tag(flag.code, flag.low_data), daymark.day(flag.opened)) for flag in flags)
    return format_html_join("", '<span class="dm-flag">{}<span class="dm-flag__since">since {}</span></span>', told)


def _flags_said(pupil: Any) -> str:
    return "; ".join(f"{FLAG_NAMES[flag.code]} since {flag.opened:%-d %B %Y}" for flag in pupil.flags_in_order)


def _rating_said(pupil: Any) -> str:
    found = pupil.rating
    return f"{found.word}: {found.words}" + (" (little data)" if found.little_data else "")


PUPILS_AT_RISK: Table[Any] = Table(
    "pupils-at-risk",
    "Pupils at risk",
    (
        Column(
            "name",
            "Pupil",
            lambda pupil: f"{pupil.surname}, {pupil.forename}",
            link=lambda pupil: reverse("pupil", args=[pupil.pk]),
            sort=lambda pupil: pupil.sort_name,
        ),
        Column("upn", "UPN", lambda pupil: pupil.upn, page=False),
        Column("school", "School", lambda pupil: "; ".join(spell.school.name for spell in pupil.spells), shown=_spells, labelled=False),
        Column("year", "Year group", lambda pupil: "; ".join(daymark.year_group(s.year_group) for s in pupil.spells), page=False),
        Column(
            "absence",
            "Missed",
            lambda pupil: Share(pupil.absent or 0, pupil.possible or 0),
            Kind.SHARE,
            shown=_missed,
            left=True,
            sort=lambda pupil: pupil.absence_pct,
            labelled=False,
        ),
        Column("rating", "Rating", _rating_said, shown=lambda pupil: daymark.pupil_rating(pupil.rating)),
        Column(
            "unauthorised",
            "Unauthorised",
            lambda pupil: pupil.unauthorised if pupil.possible else None,
            Kind.COUNT,
            sort=lambda pupil: pupil.unauthorised,
            none="not known",
        ),
        Column("since", "Flags, and since when", _flags_said, shown=_flags, sort=lambda pupil: None, labelled=False),
    ),
    key=lambda pupil: pupil.pk,
    order="-absence",
)


ENROLMENTS: Table[Any] = Table(
    "enrolments",
    "Enrolments and what was missed",
    (
        Column(
            "name",
            "Pupil",
            lambda row: f"{row.pupil.surname}, {row.pupil.forename}",
            link=lambda row: reverse("pupil", args=[row.pupil_id]),
            sort=lambda row: row.pupil.sort_name,
        ),
        Column("upn", "UPN", lambda row: row.pupil.upn, page=False),
        Column(
            "school",
            "School",
            lambda row: row.school.name,
            note=lambda row: daymark.year_group(row.enrolment.year_group),
            note_heading="Year group",
            sort=lambda row: row.school.sort_name,
            labelled=False,
        ),
        Column("missed", "Missed", lambda row: Share(row.absent, row.possible), Kind.SHARE, sort=lambda row: row.share),
        Column("unauthorised", "Unauthorised", lambda row: row.unauthorised, Kind.COUNT, sort=lambda row: row.unauthorised),
    ),
    key=lambda row: row.pk,
    order="-missed",
)


_DAY_WORDS = {
    Status.COMPLETE.word: "complete",
    Status.PARTIAL.word: "in part",
    Status.MISSING.word: "missing",
    Status.NOT_SUPPLYING.word: "not supplying",
    Status.AWAITED.word: "not here yet",
    Status.CLOSED.word: "closed",
}


def coverage(dates: list[Any]) -> Table[Line]:
    """A column for each school day shown: the grid as words, of which no spreadsheet makes anything else."""

    def on(number: int) -> Callable[[Line], str]:
        def word(line: Line) -> str:
            day = line.days[number]
            said = _DAY_WORDS[day.status]
            return f"{said}: {day.marked_am} and {day.marked_pm} of {day.expected}" if day.status == Status.PARTIAL.word else said

        return word

    return Table(
        "registers-received",
        "Which registers have come",
        (
            Column("name", "School", lambda line: line.school.name),
            Column("urn", "URN", lambda line: line.school.urn, Kind.COUNT),
            Column("officer", "Officer", lambda line: line.officer),
            Column("missing", "Days missing", lambda line: line.missing, Kind.COUNT),
            Column("partial", "Days in part", lambda line: line.partial, Kind.COUNT),
            Column("latest", "Registers to", lambda line: line.latest, Kind.DAY),
            *(Column(f"day{number}", f"{date:%a %-d %b %Y}", on(number)) for number, date in enumerate(dates)),
        ),
        key=lambda line: line.school.pk,
    )
