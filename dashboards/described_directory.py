"""The directory as a table: a column for each place of a team, with addresses and numbers beside it in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from attendance.tables import Column, Kind, Table
from dashboards.directory import Line
from schools import names
from schools.models import Posting, TeamMember
from schools.team import EXPECTED, SCHOOL, SERVICES

Role, Part = TeamMember.Role, Posting.Part
_HEADINGS = {
    Part.LEAD: "Authority contact",
    Part.COVER: "Cover for the authority contact",
    Part.CONTACT: "School contact",
    Role.CHAMPION: "Champion",
    Role.ATTENDANCE_LEAD: "Attendance lead",
    Role.GOVERNOR: "Governor",
    Role.SEN: "SEN contact",
    Role.EARLY_HELP: "Early help",
    Role.SOCIAL_WORKER: "Social worker",
    Role.NURSE: "School nurse",
    Role.VIRTUAL: "Virtual school",
}


def _joined(code: str, what: str) -> Callable[[Line], str]:
    """Of everybody in a place, in the order of their names, a gap where one has none: so that columns match."""
    return lambda line: "; ".join(getattr(person, what) for person in line.at(code))


def _first(code: str) -> Callable[[Line], str | None]:
    return lambda line: next((names.fold(person.name) for person in line.at(code)), None)


def _people(line: Line, code: str) -> SafeString:
    people = line.at(code)
    if not people:
        return format_html('<span class="dm-late">{}</span>', "nobody")
    return format_html_join(", ", "{}", ((person.name,) for person in people))


def _officer(line: Line) -> SafeString:
    cover = [(person.name,) for person in line.at(Part.COVER)]
    return _people(line, Part.LEAD) + format_html_join("", '<span class="dm-cell-note">cover: {}</span>', cover)


def _side(side: str) -> Callable[[Line], SafeString]:
    """Several places in one cell, a line each: a column for every place would be wider than a screen."""
    places = [(slot.code, _HEADINGS[slot.code]) for slot in EXPECTED if slot.side == side]

    def cell(line: Line) -> SafeString:
        told = ((heading, _people(line, code)) for code, heading in places)
        return format_html_join("", '<span class="dm-person"><span class="dm-quiet">{}:</span> {}</span>', told)

    return cell


def _columns() -> Iterator[Column[Line]]:
    """Of each place a column in files; its key sorts the page too."""
    for code, heading in _HEADINGS.items():
        page = code == Part.LEAD
        yield Column(code, heading, _joined(code, "name"), sort=_first(code), page=page, shown=_officer if page else None)
        yield Column(f"{code}_email", f"{heading}: email", _joined(code, "email"), page=False)
        yield Column(f"{code}_phone", f"{heading}: phone", _joined(code, "phone"), page=False)


def _sides() -> Iterator[Column[Line]]:
    for side in (SCHOOL, SERVICES):
        yield Column(side, side, lambda line: "", shown=_side(side), file=False, labelled=False)


DIRECTORY: Table[Line] = Table(
    "directory",
    "Directory of the people around each school",
    (
        Column(
            "name",
            "School",
            lambda line: line.school.name,
            link=lambda line: reverse("team", args=[line.school.urn]),
            note=lambda line: f"{line.school.get_phase_display()}, URN {line.school.urn}",
            sort=lambda line: line.school.sort_name,
        ),
        Column("urn", "URN", lambda line: line.school.urn, Kind.COUNT, page=False),
        Column("phase", "Phase", lambda line: line.school.get_phase_display(), page=False),
        *_columns(),
        *_sides(),
        Column("gaps", "Places nobody fills", lambda line: line.gaps, Kind.COUNT, sort=lambda line: line.gaps),
        Column(
            "others",
            "Others",
            lambda line: "; ".join(f"{person.name} ({person.role_name})" for person in line.at(Role.OTHER)),
            page=False,
        ),
    ),
    key=lambda line: line.school.pk,
    order="name",
)
