"""The names columns go by. No supplier publishes fixed headings (report writers let each school choose), so we go by
synonyms, without regard to case, spaces or punctuation. Earlier tiers beat later ones; within a tier all are equal.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from attendance.imports.values import date_heading

SYNONYMS: dict[str, tuple[frozenset[str], ...]] = {
    field: tuple(frozenset(tier.split()) for tier in tiers)
    for field, tiers in {
        "urn": ("urn schoolurn uniquereferencenumber establishmenturn dfeurn urnnumber",),
        "upn": ("upn uniquepupilnumber pupilupn currentupn upnnumber studentupn",),
        "surname": (
            "surname legalsurname lastname legallastname familyname legalfamilyname pupilsurname studentsurname",
            "preferredsurname preferredlastname chosensurname",
        ),
        "forename": (
            "forename legalforename firstname legalfirstname givenname legalgivenname pupilforename studentforename",
            "preferredforename preferredfirstname preferredname chosenname knownas forenames",
        ),
        "name": ("name pupilname fullname studentname learnername legalfullname legalname", "pupil student learner"),
        "dob": ("dob dateofbirth birthdate birthday pupildob",),
        "year_group": ("yeargroup ncyear ncyeargroup nationalcurriculumyear actualncyear ncyearactual year yr yeartaughtin",),
        "date": (
            "date attendancedate markdate sessiondate registerdate dateofsession dateofattendance registrationdate",
            "day eventdate calendardate",
        ),
        "session": (
            "session ampm sessionname sessiontype amorpm attendancesession registrationsession",
            "sessionlabel sessionperiod sessionampm halfday partofday timeofday period",
        ),
        "mark": (
            "mark code attendancemark attendancecode rollcallmark rollcallcode sessionmark sessioncode registermark "
            "registercode markcode statutorymark statutorycode nationalcode dfecode dfemark exportmark",
        ),
        "am": (
            "am ammark markam amcode codeam morning morningmark morningcode amsession sessionam morningsession "
            "amattendance attendanceam amattendancemark amattendancecode",
        ),
        "pm": (
            "pm pmmark markpm pmcode codepm afternoon afternoonmark afternooncode pmsession sessionpm "
            "afternoonsession pmattendance attendancepm pmattendancemark pmattendancecode",
        ),
        "week_start": (
            "weekstart weekbeginning wc wb weekcommencing weekstarting weekstartdate weekcommencingdate "
            "weekbeginningdate startofweek weekbegin",
            "week",
        ),
        "week_marks": ("weekmarks marks weeklymarks weeksmarks markstring weekmarkstring attendancemarks attendancestring",),
        "exported_at": (
            "exportedat exporttime exportdatetime exporttimestamp exportedon extractedat extracttime extractdatetime "
            "generatedat reportgeneratedat reportruntime datetimeexported",
            "exportdate extractdate extractedon rundate reportdate asat asatdate exported extracted generated",
        ),
    }.items()
}
_TIERS: dict[str, list[tuple[str, int]]] = {}
for _field, _tiers in SYNONYMS.items():
    for _rank, _names in enumerate(_tiers):
        for _name in _names:
            _TIERS.setdefault(_name, []).append((_field, _rank))

_SUMMARY = frozenset(
    [
        "possible",
        "possiblesessions",
        "sessionspossible",
        "attended",
        "sessionsattended",
        "attendance",
        "percentageattendance",
        "attend",
        "authorised",
        "authorisedabsences",
        "authorisedabsencesessions",
        "unauthorisedabsencesessions",
        "unauthorisedabsences",
        "latesessions",
        "absence",
        "overallabsence",
        "persistentlyabsent",
        "severelyabsent",
        "presentmarks",
        "authabs",
        "unauthabs",
    ]
)


@lru_cache(8192)  # a wide file's headings are looked at many times
def key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def fields_of(heading: str) -> list[tuple[str, int]]:
    """(field, tier) of each field the heading could name."""
    return _TIERS.get(key(heading), [])


def is_summary(headings: list[str]) -> bool:
    """Whether these are totals of sessions, as in a year-to-date download, and no marks."""
    return sum(key(heading) in _SUMMARY for heading in headings) >= 2


@dataclass(frozen=True)
class DateColumn:
    """A column that holds the marks of one session. `text` is its date as sent, which may not be a date at all."""

    column: int
    text: str
    pm: bool | None  # None where the heading does not say and nothing beside it does
    heading: str


def date_columns(heading_rows: list[list[str]]) -> list[DateColumn]:
    """The columns of a wide file, from its one or two lines of headings."""
    if len(heading_rows) == 2:
        return _from_two(*heading_rows)
    return _from_one(heading_rows[0])


def _from_one(row: list[str]) -> list[DateColumn]:
    """`15/09/2025 AM`; or the date twice, or once with an empty heading after it: morning, then afternoon."""
    found: list[DateColumn] = []
    previous = ""
    for column, cell in enumerate(row):
        text, pm = date_heading(cell)
        if text:
            found.append(DateColumn(column, text, pm, cell.strip()))
        elif not cell.strip() and previous and found[-1].pm is None:
            found.append(DateColumn(column, previous, None, found[-1].heading))
        previous = text
    silent = Counter(column.text for column in found if column.pm is None)
    if not silent:
        return found
    paired, seen = [], set()
    for one in found:
        if one.pm is None and silent[one.text] == 2:
            pm = one.text in seen
            one = DateColumn(one.column, one.text, pm, f"{one.heading} {'PM' if pm else 'AM'}")
            seen.add(one.text)
        paired.append(one)
    return paired


def _from_two(dates: list[str], sessions: list[str]) -> list[DateColumn]:
    """A line of dates, each perhaps merged over several cells, above a line of AM and PM."""
    found = []
    text = heading = ""
    for column, cell in enumerate(sessions):
        above = dates[column].strip() if column < len(dates) else ""
        half = key(cell)
        if above:  # a date merged over its sessions stands above the first of them
            text, heading = (date_heading(above)[0], above) if half in _HALVES else ("", "")
        if text and half in _HALVES:
            found.append(DateColumn(column, text, _HALVES[half], f"{heading} {cell.strip()}"))
    return found


_HALVES = {"am": False, "a": False, "morning": False, "pm": True, "p": True, "afternoon": True}


def joined(heading_rows: list[list[str]]) -> list[str]:
    """One heading a column: two lines, where a date is merged over its morning and afternoon, as one."""
    if len(heading_rows) == 1:
        return [cell.strip() for cell in heading_rows[0]]
    width = max(map(len, heading_rows))
    above, below = ([*row, *[""] * (width - len(row))] for row in heading_rows)
    dated = {one.column: one.heading for one in _from_two(above, below)}
    return [dated.get(i) or f"{above[i].strip()} {below[i].strip()}".strip() for i in range(width)]
