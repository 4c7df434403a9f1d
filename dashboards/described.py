"""The tables of the dashboards, described once for the page, the CSV file and the workbook (attendance.tables)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from attendance.coverage import Status
from attendance.rates import Figures
from attendance.reports.schools import SchoolFigures
from attendance.tables import Column, Kind, Row, Share, Table
from dashboards.coverage_page import Line
from dashboards.loads import Load
from dashboards.protection import PERSISTENT, PUPILS, SEVERE
from dashboards.reports import FLAG_NAMES, SchoolRow
from dashboards.templatetags import daymark
from schools.models import Pupil


def _sessions(key: str, heading: str, part: str, figures: Callable[[Row], Figures], **options: Any) -> Column[Row]:
    """Sessions of some kind, of those possible; they stand and fall with the pupils they are about."""

    def share(row: Row) -> Share:
        return Share(getattr(figures(row), part), figures(row).possible)

    return Column(key, heading, share, Kind.SHARE, about=PUPILS, sort=lambda row: share(row).pct, **options)


def _misses(key: str, heading: str, part: str, year: Callable[[Row], SchoolFigures], **options: Any) -> Column[Row]:
    """Enrolments that are persistently or severely absent, of those with sessions."""

    def share(row: Row) -> Share:
        return Share(getattr(year(row), part), year(row).enrolments)

    return Column(key, heading, share, Kind.SHARE, what="enrolment", counts=part, about=PUPILS, sort=lambda row: share(row).pct, **options)


def _figures(figures: Callable[[Row], Figures]) -> tuple[Column[Row], ...]:
    """What a file has more than a page."""
    return (
        _sessions("absence", "Absence", "absent", figures, page=False),
        _sessions("authorised", "Authorised absence", "authorised", figures, page=False),
        _sessions("unauthorised", "Unauthorised absence", "unauthorised", figures, page=False),
    )


def _reach(row: SchoolRow) -> SafeString:
    """What a school's registers reach, and what is missing of them."""
    latest = row.year.latest
    if latest:
        shown = format_html('<span class="dm-nowrap">{}</span>', daymark.day(latest.date))
    else:
        shown = format_html("{}", "none this year" if row.pupils else "no pupils on roll")
    late = ""
    if row.silence and not latest:
        late = "registers missing"
    elif row.silence and row.silence.days:
        late = f"{daymark.plural_of(row.silence.days, 'school day')} missing"
    elif row.silence:
        late = f"none of today’s marks by {row.late_from:%H:%M}"
    if late:
        return format_html('{}<span class="dm-cell-note dm-late">{}</span>', shown, late)
    if row.not_supplying:
        until = f"not supplying until {daymark.day(row.not_supplying.last)}"
        return format_html('{}<span class="dm-cell-note">{}</span>', shown, until)
    return shown


def _of_year(row: SchoolRow) -> SchoolFigures:
    return row.year


def _sessions_of(row: SchoolRow) -> Figures:
    return row.year.figures


def _named(row: SchoolRow) -> str:
    return f"{row.school.get_phase_display()}, URN {row.school.urn}, {daymark.plural_of(row.pupils, 'pupil')}"


SCHOOLS: Table[SchoolRow] = Table(
    "schools",
    "Schools",
    (
        Column(
            "name",
            "School",
            lambda row: row.school.name,
            link=lambda row: reverse("school", args=[row.school.urn]),
            note=_named,
            sort=lambda row: row.school.sort_name,
        ),
        Column("urn", "URN", lambda row: row.school.urn, Kind.COUNT, page=False),
        Column("phase", "Phase", lambda row: row.school.get_phase_display(), page=False),
        Column("officer", "Officer", lambda row: next(iter(row.officers), ""), publish=False),
        Column("pupils", "Pupils on roll today", lambda row: row.pupils, Kind.COUNT, page=False, publish=False),
        _sessions("attendance", "Attendance", "attended", _sessions_of),
        *_figures(_sessions_of),
        _misses("pa", "Persistently absent", PERSISTENT, _of_year),
        _misses("sa", "Severely absent", SEVERE, _of_year),
        Column("flags", "Flags", lambda row: row.flags_total, Kind.COUNT, sort=lambda row: row.flags_total, publish=False),
        Column(
            "latest",
            "Registers to",
            lambda row: row.year.latest.date if row.year.latest else None,
            Kind.DAY,
            shown=_reach,
            sort=lambda row: (
                row.year.latest.date.toordinal() if row.year.latest else 0
            ),  # those without any come first: they are to be rung
        ),
    ),
    key=lambda row: row.school.pk,
    order="name",
)


PHASES: Table[dict[str, Any]] = Table(
    "phases",
    "By phase, beside England",
    (
        Column("phase", "Phase", lambda line: line["phase"].label, sort=lambda line: line["place"]),
        Column("schools", "Schools", lambda line: line["schools"], Kind.LINKED, sort=lambda line: line["schools"].value),
        _sessions("attendance", "Attendance", "attended", lambda line: line["year"].figures, link=lambda line: line["address"]),
        *_figures(lambda line: line["year"].figures),
        Column("then", "England, same point of last year", lambda line: line["then"], Kind.PERCENT, none="not published"),
        _misses("pa", "Persistently absent", PERSISTENT, lambda line: line["year"], link=lambda line: line["address"]),
        Column(
            "england",
            "England, last whole year",
            lambda line: line["england"].persistent_pct if line["england"] else None,
            Kind.PERCENT,
            none="not published",
        ),
        _misses("sa", "Severely absent", SEVERE, lambda line: line["year"], link=lambda line: line["address"]),
    ),
    key=lambda line: line["phase"].value,
    order="phase",
    param="phases",
    anchor="by-phase",
)


def _cohort_share(part: str) -> Callable[[dict[str, Any]], Share]:
    return lambda line: Share(getattr(line["cohort"], part), line["cohort"].pupils)


def _cohort_shown(part: str) -> Callable[[dict[str, Any]], SafeString]:
    def shown(line: dict[str, Any]) -> SafeString:
        share = _cohort_share(part)(line)
        of = f"of {daymark.plural_of(share.whole, 'pupil')}"
        return format_html('{}<span class="dm-cell-note">{} {}</span>', daymark.percent(share.pct), daymark.number(line[part]), of)

    return shown


def _cohort_column(key: str, heading: str, part: str) -> Column[dict[str, Any]]:
    share = _cohort_share(part)
    return Column(
        key,
        heading,
        share,
        Kind.SHARE,
        what="pupil",
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
            "pupils",
            "With sessions this year",
            lambda line: line["pupils"],
            Kind.LINKED,
            sort=lambda line: line["pupils"].value,
            counts=PUPILS,
        ),
        _cohort_column("pa", "Persistently absent", PERSISTENT),
        _cohort_column("sa", "Severely absent", SEVERE),
    ),
    key=lambda line: line["cohort"].kind,
    param="cohorts",
    anchor="by-cohort",
)


def _counted(key: str, heading: str) -> Column[Load]:
    return Column(key, heading, lambda load: getattr(load, key), Kind.LINKED, sort=lambda load: getattr(load, key).value)


OFFICERS: Table[Load] = Table(
    "officers",
    "Officers’ schools, cases and meetings",
    (
        Column(
            "name",
            "Officer",
            lambda load: load.officer.name,
            link=lambda load: reverse("officer", args=[load.officer.pk]),
            note=lambda load: "" if load.officer.is_active else "no longer signs in",
            sort=lambda load: load.officer.name.casefold(),
        ),
        _counted("schools", "Schools"),
        _counted("cases", "Open cases"),
        _counted("overdue", "Reviews overdue"),
        _counted("without_plan", "Cases without a plan"),
        _counted("held", "Meetings held"),
        _counted("planned", "Meetings planned"),
    ),
    key=lambda load: load.officer.pk,
    order="name",
    param="officers",
    anchor="loads",
)


def _spells(pupil: Pupil) -> SafeString:
    spells: list[Any] = pupil.spells  # type: ignore[attr-defined]
    if not spells:
        return format_html('<span class="dm-quiet">{}</span>', "on no roll today")
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
