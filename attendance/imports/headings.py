"""The names columns go by. No supplier publishes fixed headings (report writers let each school choose), so we go by
synonyms, without regard to case, spaces or punctuation. Earlier tiers beat later ones; within a tier all are equal.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from attendance.imports.parsed import MAX_TITLE_LINES
from attendance.imports.values import SERIAL_ZERO, date_heading

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
        # totals of sessions; a heading with a percent sign never names one (`fields_of`)
        "possible": ("possiblesessions sessionspossible possible possiblemarks sessionsavailable totalpossible totalpossiblesessions",),
        "attended": (
            "sessionsattended attendedsessions attended presentsessions sessionspresent presents presentmarks attendances "
            "totalattended totalattendances",
        ),
        "authorised": (
            "authorisedabsencesessions authorisedabsences sessionsauthorised authorisedsessions authorised authabs authabsences "
            "authorisedabs totalauthorised totalauthorisedabsence authorisedabsencessessions",
            "authorisedabsence",
        ),
        "unauthorised": (
            "unauthorisedabsencesessions unauthorisedabsences sessionsunauthorised unauthorisedsessions unauthorised unauthabs "
            "unauthabsences unauthorisedabs totalunauthorised totalunauthorisedabsence unauthorisedabsencessessions",
            "unauthorisedabsence",
        ),
        "late": ("latesessions sessionslate lates late latemarks totallate totallates numberoflates timeslate",),
        "reasons": ("absencebyreason absencereasons sessionsbyreason reasons absencesbyreason",),
        "persistent": ("persistentlyabsent persistentabsence persistentabsentee pa ispersistentlyabsent",),
        "severe": ("severelyabsent severeabsence severeabsentee sa isseverelyabsent",),
        "joined": ("entrydate dateofentry admissiondate dateofadmission doa joined joineddate",),
        "period_first": ("periodfirst periodstart periodstartdate firstdaycounted datefrom from fromdate startdate periodfrom",),
        "period_last": ("periodlast periodend periodenddate lastdaycounted dateto to todate enddate periodto upto",),
        "totals_as_at": ("totalsasat",),
        "census_part": ("partoftheschoolcensus partofcensus censuspart",),
        "census_day": ("censusreferencedate referencedate censusdate",),
    }.items()
}
_TIERS: dict[str, list[tuple[str, int]]] = {}
for _field, _tiers in SYNONYMS.items():
    for _rank, _names in enumerate(_tiers):
        for _name in _names:
            _TIERS.setdefault(_name, []).append((_field, _rank))

_COUNTS = frozenset({"possible", "attended", "authorised", "unauthorised", "late", "persistent", "severe"})

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
    found = _TIERS.get(key(heading), [])
    return [one for one in found if one[0] not in _COUNTS] if "%" in heading else found


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


# --- which lines are headings, and of what ---------------------------------------------------------------------------


def score(rows: list[list[str]], count: int) -> int:
    """How many cells are names of columns or, with at least one of those, dates."""
    if len(rows) < count or not all(rows):
        return 0
    named = {field for row in rows for cell in row for field, _ in fields_of(cell)} - {"am", "pm"}
    if not named:
        return 0
    dated = date_columns(rows)
    if count == 2 and (len(dated) < 2 or all(date_heading(cell)[0] == "" for cell in rows[0])):
        return 0
    halves = 0 if dated else len({f for row in rows for c in row for f, _ in fields_of(c)} & {"am", "pm"})
    return len(named) + len(dated) + halves + (count == 2)  # a line of AM and PM belongs to the dates above it


def layout_of(names: list[str], *, dated: bool) -> str | None:
    """The layout whose needed columns are there, or nearly: a session needs three of its four to be thought of."""
    if dated:
        return "dates"
    have = {field for name in names for field, _ in fields_of(name)}
    if "week_marks" in have:
        return "weeks"
    if {"am", "pm"} <= have and "date" in have:
        return "days"
    if len(have & {"date", "session", "mark"}) >= 2:
        return "sessions"
    if "week_start" in have and not is_summary(names):
        return "weeks"
    if len(have & {"possible", "attended", "authorised", "unauthorised"}) >= 2:
        return "summary"
    return None


def reads_like_a_register(rows: list[list[str]]) -> bool:
    """Whether a line of these, or two together, could be the headings of a layout that is read."""
    for start in range(min(MAX_TITLE_LINES + 1, len(rows))):
        for count in (1, 2):
            lines = rows[start : start + count]
            if score(lines, count) >= 2 and layout_of(joined(lines), dated=bool(date_columns(lines))):
                return True
    return False


def day_of_serial(number: int) -> dt.date:
    """The day that spreadsheets number so."""
    return SERIAL_ZERO + dt.timedelta(days=number)
