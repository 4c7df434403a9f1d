"""One story a child: what every case says, and beside it what the registers say. A school reads its own part of both."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from accounts.models import User
from attendance import matrix, reports
from attendance.matrix import academic_year
from attendance.models import Flag
from attendance.reports import Grid
from attendance.reports.pupils import GridWeek
from attendance.words import plural, say_day
from casework.models import CaseFile, Entry, Letter, MissingEntry
from dashboards import beside_cases
from legal.models import Notice, Request
from meetings.models import Item, Meeting
from schools.models import Enrolment, Pupil

REGISTER, FLAG, ROLL, MISSING = "register", "flag", "roll", "missing"
KINDS: dict[str, str] = (
    dict(Entry.Kind.choices) | {REGISTER: "Absence", FLAG: "Flag", ROLL: "On roll", MISSING: "Missing education"} | beside_cases.NAMES
)
_MOST_YEARS = 3  # registers read at once


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `who` and `at`: who wrote it down, and when; of registers and rolls nobody did."""

    day: dt.date
    kind: str
    words: str
    who: str = ""
    at: dt.datetime | None = None
    case: int | None = None
    shared: bool = False
    moved: dt.datetime | None = None  # it was moved here from another child's record
    files: tuple[CaseFile, ...] = ()
    nth: int = 0  # of one day: in the order written

    @property
    def kind_name(self) -> str:
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Asked:
    """What part of the story: between two days, both inclusive, of some kind ("" for all)."""

    first: dt.date
    last: dt.date
    kind: str = ""

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("the first day is after the last")

    def holds(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


def usual(today: dt.date) -> tuple[dt.date, dt.date]:
    """This school year and the one before."""
    return matrix.year_start(academic_year(today) - 1), today


def lines(pupil: Pupil, user: User, asked: Asked) -> list[Line]:
    """Newest first. `pupil`: one that the user may see. Eleven queries; two for a kind that cases alone tell."""
    of_cases = asked.kind not in (REGISTER, FLAG, ROLL, MISSING, *beside_cases.NAMES)
    wanted = [_entries(pupil, user, asked)] if of_cases else []
    if not asked.kind or asked.kind in beside_cases.KINDS:
        wanted.append(_beside(pupil, user, asked))
    if asked.kind in ("", MISSING):
        wanted.append(_missing(pupil, user, asked))
    if asked.kind in ("", Entry.Kind.LEGAL):
        wanted.append(_legal(pupil, user, asked))
    if asked.kind in ("", Entry.Kind.CONTACT):
        wanted.append(_letters(pupil, user, asked))
    if asked.kind in ("", Entry.Kind.MEETING):
        wanted.append(_meetings(pupil, user, asked))
    if asked.kind in ("", FLAG):
        wanted.append(_flags(pupil, asked))
    if asked.kind in ("", ROLL, REGISTER):
        enrolments = list(Enrolment.objects.of_pupil(pupil, user).select_related("school").order_by("start", "pk"))
        if asked.kind != REGISTER:
            wanted.append(_rolls(enrolments, asked))
        if asked.kind != ROLL:
            wanted.append(_absences(pupil, enrolments, asked))
    found = [line for some in wanted for line in some]
    return sorted(found, key=lambda line: (line.day, line.at is not None, line.nth), reverse=True)


def _entries(pupil: Pupil, user: User, asked: Asked) -> Iterator[Line]:
    """Of all cases; what was moved to another child is not among them, whoever asks."""
    files = Prefetch("files", CaseFile.objects.visible_to(user).order_by("pk"), to_attr="shown_files")
    one = Q(case__pupil=pupil) | Q(case__pupil__merged_into=pupil)
    rows = Entry.objects.visible_to(user).filter(one, day__range=(asked.first, asked.last))
    rows = rows.select_related("moved_here").prefetch_related(files)
    for entry in rows.filter(kind=asked.kind) if asked.kind else rows:
        moved = entry.moved_here.at if hasattr(entry, "moved_here") else None
        yield Line(
            entry.day,
            entry.kind,
            entry.words,
            entry.by_name,
            entry.at,
            entry.case_id,
            entry.shared,
            moved,
            tuple(entry.shown_files),  # type: ignore[attr-defined]
            entry.pk,
        )


def _legal(pupil: Pupil, user: User, asked: Asked) -> Iterator[Line]:
    """Requests and notices outside cases: those of a case write their own entries."""
    for request in Request.objects.visible_to(user).filter(pupil=pupil, case=None):
        if asked.holds(request.made):
            yield Line(request.made, Entry.Kind.LEGAL, f"Penalty notice asked for: {request.get_status_display().lower()}.")
    for notice in Notice.objects.visible_to(user).filter(pupil=pupil, request__case=None):
        if asked.holds(notice.issued):
            yield Line(notice.issued, Entry.Kind.LEGAL, f"Penalty notice to {notice.to_name}: {notice.get_state_display().lower()}.")


def _letters(pupil: Pupil, user: User, asked: Asked) -> Iterator[Line]:
    """Letters that were sent while no case was open: those of a case are entries of it."""
    rows = Letter.objects.visible_to(user).filter(pupil=pupil, case=None, sent__range=(asked.first, asked.last))
    for letter in rows.select_related("version__template"):
        yield Line(letter.sent or letter.day, Entry.Kind.CONTACT, letter.sent_words, letter.by_name)


def _meetings(pupil: Pupil, user: User, asked: Asked) -> Iterator[Line]:
    """What meetings said of a child without a case; a note that is not shared stays with the meeting."""
    rows = Item.objects.visible_to(user).reached().filter(pupil=pupil, case=None, meeting__status=Meeting.Status.HELD)
    for item in rows.select_related("meeting__school"):
        if asked.holds(item.meeting.day):
            said = f" {item.get_decision_display()}." if item.decision else ""
            yield Line(item.meeting.day, Entry.Kind.MEETING, f"Talked about at the meeting with {item.meeting.school}.{said}")


def _missing(pupil: Pupil, user: User, asked: Asked) -> Iterator[Line]:
    """What was done while the child was missing education; a school reads what is shared with it."""
    one = Q(child__pupil=pupil) | Q(child__pupil__merged_into=pupil)
    rows = MissingEntry.objects.visible_to(user).filter(one, day__range=(asked.first, asked.last))
    for entry in rows:
        yield Line(entry.day, MISSING, f"{entry.what}. {entry.words}", entry.by_name, entry.at, shared=entry.shared, nth=entry.pk)


def _beside(pupil: Pupil, user: User, asked: Asked) -> Iterator[Line]:
    for one in beside_cases.done(pupil, user, asked.first, asked.last, asked.kind):
        yield Line(one.day, one.kind, one.words, one.who, one.at)


def _flags(pupil: Pupil, asked: Asked) -> Iterator[Line]:
    """A flag keeps the latest of what it rests on: on the day on which it began the marks said less."""
    for flag in Flag.objects.filter(pupil=pupil, withdrawn=None):
        if asked.holds(flag.opened):
            when = "When it was last true" if flag.cleared else "By now"
            yield Line(flag.opened, FLAG, f"{flag.get_code_display()}, from this day on. {when}: {flag.reason}")
        if flag.cleared and asked.holds(flag.cleared):
            yield Line(flag.cleared, FLAG, f"{flag.get_code_display()}: true no longer. It was true from {say_day(flag.opened)}.")


def _rolls(enrolments: Iterable[Enrolment], asked: Asked) -> Iterator[Line]:
    for spell in enrolments:
        if asked.holds(spell.start):
            yield Line(spell.start, ROLL, f"On roll at {spell.school}.")
        if spell.end and asked.holds(spell.end):
            why = f": {spell.leaving_reason}" if spell.leaving_reason else ""
            yield Line(spell.end, ROLL, f"Last day on the roll of {spell.school}{why}.")


def years(asked: Asked) -> list[int]:
    """School years whose registers are read: the latest three of those asked about."""
    return list(matrix.years_between(asked.first, asked.last))[-_MOST_YEARS:]


def _absences(pupil: Pupil, enrolments: list[Enrolment], asked: Asked) -> Iterator[Line]:
    grids = reports.register_grids(pupil, enrolments, years(asked))
    several = len({grid.enrolment.school_id for some in grids.values() for grid in some}) > 1
    for grid in (grid for some in grids.values() for grid in some):
        for week in grid.weeks:
            if (said := _week(grid, week, asked, named=several)) is not None:
                yield said


def _week(grid: Grid, week: GridWeek, asked: Asked, *, named: bool) -> Line | None:
    """A week in which something was missed: how many of the possible sessions, and by what codes. None where nothing was."""
    cells = [cell for day in week.days if asked.holds(day.date) for cell in (day.am, day.pm) if cell.counted]
    possible = [cell for cell in cells if cell.kind in ("attending", "elsewhere", "authorised", "unauthorised")]
    missed = [cell for cell in possible if cell.kind in ("authorised", "unauthorised")]
    if not missed:
        return None
    codes = Counter(f"{cell.code} ({cell.meaning[0].lower()}{cell.meaning[1:]})" for cell in missed)
    by_code = ", ".join(f"{n} {code}" for code, n in codes.most_common())
    unauthorised = sum(cell.kind == "unauthorised" for cell in missed)
    where = f" at {grid.enrolment.school}" if named else ""
    words = f"Missed {len(missed)} of {plural(len(possible), 'session')}{where} in the week from {say_day(week.monday)}: {by_code}."
    words += f" {unauthorised} unauthorised." if unauthorised else ""
    return Line(max(week.monday, asked.first), REGISTER, words)
