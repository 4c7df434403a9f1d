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


def _shown(code: str) -> Callable[[Line], SafeString]:
    def cell(line: Line) -> SafeString:
        people = line.at(code)
        if not people:
            return format_html('<span class="dm-late">{}</span>', "nobody")
        lines = format_html_join("", '<span class="dm-person">{}</span>', ((person.name,) for person in people))
        cover = [person.name for person in line.at(Part.COVER)] if code == Part.LEAD else []
        return lines + format_html_join("", '<span class="dm-cell-note">cover: {}</span>', ((name,) for name in cover))

    return cell


def _columns() -> Iterator[Column[Line]]:
    for code, heading in _HEADINGS.items():
        page = code != Part.COVER  # stands under the one it covers for
        yield Column(code, heading, _joined(code, "name"), shown=_shown(code), sort=_first(code) if page else None, page=page)
        yield Column(f"{code}_email", f"{heading}: email", _joined(code, "email"), page=False)
        yield Column(f"{code}_phone", f"{heading}: phone", _joined(code, "phone"), page=False)


DIRECTORY: Table[Line] = Table(
    "directory",
    "Directory of the people around each school",
    (
        Column(
            "name",
            "School",
            lambda line: line.school.name,
            link=lambda line: reverse("team", args=[line.school.urn]),
            sort=lambda line: line.school.sort_name,
        ),
        Column("urn", "URN", lambda line: line.school.urn, Kind.COUNT, page=False),
        Column("phase", "Phase", lambda line: line.school.get_phase_display(), page=False),
        *_columns(),
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
