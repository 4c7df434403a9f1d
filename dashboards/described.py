"""The tables of the dashboards, described once for the page, the CSV file and the workbook (attendance.tables)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from attendance.rates import Figures
from attendance.reports.schools import SchoolFigures
from attendance.tables import Column, Kind, Row, Share, Table
from dashboards.areas import Line as AreaLine
from dashboards.equality import Line as EqualityLine
from dashboards.loads import Load
from dashboards.movers import Mover
from dashboards.protection import PERSISTENT, PUPILS, SEVERE
from dashboards.reports import SchoolRow
from dashboards.templatetags import daymark


def sessions(key: str, heading: str, part: str, figures: Callable[[Row], Figures], **options: Any) -> Column[Row]:
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
        sessions("absence", "Absence", "absent", figures, page=False),
        sessions("authorised", "Authorised absence", "authorised", figures, page=False),
        sessions("unauthorised", "Unauthorised absence", "unauthorised", figures, page=False),
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
        sessions("attendance", "Attendance", "attended", _sessions_of),
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


def points(value: float | None) -> str:
    """ "2.3 points up": of absence, where up is worse."""
    if value is None:
        return "not known"
    return "no change" if abs(value) < 0.05 else f"{abs(value):.1f} points {'up' if value > 0 else 'down'}"


def _now_and_then(now: Callable[[Row], Figures], before: Callable[[Row], Figures | None]) -> tuple[Column[Row], ...]:
    """Absence this year and in the same weeks of last year."""

    def then(row: Row) -> Share | None:
        known = before(row)
        return Share(known.absent, known.possible) if known and known.possible else None

    return (
        sessions("absence", "Absence", "absent", now),
        Column(
            "before",
            "Same weeks of last year",
            then,
            Kind.SHARE,
            sort=lambda row: share.pct if (share := then(row)) else None,
            none="not known",
        ),
    )


def _change(change: Callable[[Row], float | None]) -> Column[Row]:
    return Column(
        "change", "Change", change, Kind.POINTS, shown=lambda row: format_html("{}", points(change(row))), sort=change, none="not known"
    )


MOVERS: Table[Mover] = Table(
    "movers",
    "Schools whose absence has changed most",
    (
        Column("name", "School", lambda mover: mover.school.name, link=lambda mover: reverse("school", args=[mover.school.urn]),
               note=lambda mover: mover.school.get_phase_display(), note_heading="Phase", sort=lambda mover: mover.school.sort_name),
        Column("urn", "URN", lambda mover: mover.school.urn, Kind.COUNT, page=False),
        *_now_and_then(lambda mover: mover.now, lambda mover: mover.before),
        _change(lambda mover: mover.points),
    ),
    key=lambda mover: mover.school.pk,
    order="-change",
    param="movers",
    anchor="movers",
)  # fmt: skip


def _counted_of(line: AreaLine, part: str) -> SafeString:
    number = getattr(line, part)
    if not line.year.enrolments:
        return format_html("{}", daymark.NOT_KNOWN)
    said = f"of {daymark.plural_of(line.year.enrolments, 'enrolment')}"
    return format_html(
        '{}<span class="dm-cell-note">{} {}</span>',
        daymark.percent(100 * number.value / line.year.enrolments),
        daymark.number(number),
        said,
    )


def _area_misses(key: str, heading: str, part: str) -> Column[AreaLine]:
    def share(line: AreaLine) -> Share:
        return Share(getattr(line, part).value, line.year.enrolments)

    return Column(
        key, heading, share, Kind.SHARE, what="enrolment", shown=lambda line: _counted_of(line, part), sort=lambda line: share(line).pct
    )


def _of_schools(name: str, title: str, heading: str, param: str, *, kind: bool = False, schools: bool = True) -> Table[AreaLine]:
    """Lines of one or more schools: absence beside the same weeks of last year, persistent and severe absence with their lists."""
    number: Column[AreaLine] = Column("schools", "Schools", lambda line: line.schools, Kind.LINKED, sort=lambda line: line.schools.value)
    urn: Column[AreaLine] = Column("urn", "URN", lambda line: line.urn, Kind.COUNT, page=False)
    return Table(
        name,
        title,
        (
            Column(
                "name",
                heading,
                lambda line: line.name,
                link=lambda line: line.address,
                note=(lambda line: line.kind) if kind else None,
                note_heading="Phase" if kind else "",
                sort=lambda line: line.name.casefold(),
            ),
            *((number,) if schools else (urn,)),
            *_now_and_then(lambda line: line.year.figures, lambda line: line.before),
            _change(lambda line: line.points),
            _area_misses("pa", "Persistently absent", PERSISTENT),
            _area_misses("sa", "Severely absent", SEVERE),
        ),
        key=lambda line: line.address,
        order="-absence",
        param=param,
        anchor=f"by-{param}",
    )


AREAS = _of_schools("areas", "Clusters", "Cluster", "area")
WARDS = _of_schools("wards", "Wards", "Ward", "ward")
TRUSTS = _of_schools("trusts", "Trusts", "Trust", "trust")
PHASES_OF_GROUP = _of_schools("phases", "By phase", "Phase", "phase")
SCHOOLS_OF_GROUP = _of_schools("schools", "Its schools", "School", "school", kind=True, schools=False)


PHASES: Table[dict[str, Any]] = Table(
    "phases",
    "By phase, beside England",
    (
        Column("phase", "Phase", lambda line: line["phase"].label, sort=lambda line: line["place"]),
        Column("schools", "Schools", lambda line: line["schools"], Kind.LINKED, sort=lambda line: line["schools"].value),
        sessions("attendance", "Attendance", "attended", lambda line: line["year"].figures, link=lambda line: line["address"]),
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
        _counted("old", "Open 12 weeks or more"),
        Column("oldest", "Oldest opened", lambda load: load.oldest, Kind.DAY, page=False),
        _counted("held", "Meetings held"),
        _counted("planned", "Meetings planned"),
    ),
    key=lambda load: load.officer.pk,
    order="name",
    param="officers",
    anchor="loads",
)


EQUALITY: Table[EqualityLine] = Table(
    "equality",
    "From the threshold to court, by who the pupils are",
    (
        Column("name", "Pupils", lambda line: line.name, note=lambda line: line.heading),
        Column("met", "Met the threshold", lambda line: line.met, Kind.LINKED),
        Column("requests", "Requests submitted", lambda line: line.requests, Kind.LINKED),
        Column("notices", "Notices issued", lambda line: line.notices, Kind.LINKED),
        Column(
            "per_hundred",
            "Notices per 100 pupils who met it",
            lambda line: line.per_hundred,
            Kind.POINTS,
            shown=lambda line: format_html("{}", daymark.NOT_KNOWN if line.per_hundred is None else f"{line.per_hundred:.1f}"),
        ),
        Column("prosecuted", "Prosecuted for non-payment", lambda line: line.prosecuted, Kind.LINKED),
    ),
)
