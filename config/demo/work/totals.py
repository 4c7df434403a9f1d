"""Totals that a few schools of the borough sent themselves: the last school census, and a year-to-date summary.

Made from their registers as any school's system would make them, then told as such files are: a reason settled since, a pupil
left out, days counted that were none. They go in through the same door as a real file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from xml.sax.saxutils import escape

import numpy as np

from accounts.models import User
from attendance import actions, matrix
from attendance.codes import BY_CODE, Class
from attendance.imports import load
from attendance.imports.sniff import sniff
from attendance.reports.snapshots import held_by
from attendance.snapshots import Held
from config.demo.work.cast import Cast
from schools.dfe_terms import CensusPart, census_covers, census_day
from schools.models import Enrolment, Pupil, School

SCHOOLS = 4  # those whose logins are told, and a few more
_HEADINGS = ["URN", "UPN", "Surname", "Forename", "Year group", "Possible sessions", "Sessions attended", "Authorised absence sessions"]
_HEADINGS += ["Unauthorised absence sessions", "Late sessions", "Attendance %"]
_DIFFER, _LEFT_OUT = 0.04, 0.01  # of the pupils
_ABSENCE = (Class.AUTHORISED, Class.UNAUTHORISED)


def send(cast: Cast, shown: list[int], rng: np.random.Generator) -> int:
    """Have some schools send what they would have sent by today. Returns how many files came."""
    others = [key for key in cast.schools if key not in shown and not cast.schools[key].independent]
    chosen = [*shown, *rng.permutation(others)[: max(0, SCHOOLS - len(shown))].tolist()]
    sent = 0
    for key in chosen:
        school, by = cast.schools[key], cast.contact_of.get(key)
        census = _last_census(cast.today)
        sent += _send(cast, school, by, "census.xml", _census(school, census, rng), census_day(census) + dt.timedelta(days=5))
        last = cast.before(key, cast.today - dt.timedelta(days=4))
        if last is not None and last >= matrix.year_start(matrix.academic_year(cast.today)):
            sent += _send(cast, school, by, f"summary-to-{last}.csv", _summary(school, last, rng), last + dt.timedelta(days=3), last)
    return sent


def _last_census(today: dt.date) -> str:
    held = (f"{year}-{season}" for year in (today.year, today.year - 1) for season in ("autumn", "summer", "spring"))
    return next(census for census in held if census_day(census) + dt.timedelta(days=5) <= today)


def _send(cast: Cast, school: School, by: User | None, name: str, content: bytes, day: dt.date, last: dt.date | None = None) -> int:
    if not content:
        return 0
    moment = cast.moment(day, 10.25)
    extract = actions.receive_extract(by=by, today=day, now=moment, content=[content], filename=name, school=school)
    mapping = sniff(content).mapping
    if mapping is None:
        raise ValueError(f"The demo made a file that is not recognised: {name}")
    if last is not None:
        first = matrix.year_start(matrix.academic_year(last))
        mapping = replace(mapping, period={"first": first.isoformat(), "last": last.isoformat()})
    told = mapping.to_json()
    extract = actions.queue_extract(by=by, today=day, extract=extract, mapping=told, create_pupils=False, in_background=False)
    begun = load.begin(extract.pk)
    if begun is None:
        raise ValueError(f"The demo's {name} was not taken")
    load.load(begun, today=cast.today)
    load.finish(begun, now=moment)
    return 1


def _told(held: Held, rng: np.random.Generator) -> dict[str, int]:
    """Absences by code as the school's system counts them: of a few pupils one or two sessions are something else there."""
    codes = {code: n for code, n in held.codes.items() if BY_CODE[code].klass in _ABSENCE}
    if rng.random() < _DIFFER:
        if codes.get("N"):
            codes["I"] = codes.get("I", 0) + codes.pop("N")  # the reason came, and went into the system only
        else:
            codes["I"] = codes.get("I", 0) + min(2, held.figures.attended)
    return {code: n for code, n in codes.items() if n}


def _of(codes: dict[str, int], klass: Class) -> int:
    return sum(n for code, n in codes.items() if BY_CODE[code].klass == klass)


def _rows(school: School, first: dt.date, last: dt.date, rng: np.random.Generator) -> list[tuple[Pupil, int, Held, dict[str, int]]]:
    rows = ((pupil, pk, held, _told(held, rng)) for pupil, pk, held in held_by(school, first, last))
    return [row for row in rows if row[0].upn and row[2].figures.possible and rng.random() >= _LEFT_OUT]


def _census(school: School, census: str, rng: np.random.Generator) -> bytes:
    parts = {"TermlyAttendance": CensusPart.TERM}
    if census.endswith("autumn"):
        parts["SummerHalfTerm2Attendance"] = CensusPart.HALF_TERM
    day = census_day(census)
    pupils: dict[int, Pupil] = {}
    said: dict[int, str] = {}
    for element, part in parts.items():
        first, last = census_covers(census, part)
        for pupil, pk, held, codes in _rows(school, first, last, rng):
            if pupil.dob and 5 <= (dt.date(matrix.academic_year(first), 8, 31) - pupil.dob).days // 365.25 < 16:
                pupils[pk] = pupil
                said[pk] = said.get(pk, "") + _attendance(element, held.figures.possible, codes)
    if not pupils:
        return b""
    starts = {one.pk: one for one in Enrolment.objects.filter(pk__in=list(pupils))}
    body = "".join(_pupil(pupil, starts[pk], day, said[pk]) for pk, pupil in pupils.items())
    header = f"<Header><CollectionDetails><Collection>SC</Collection><ReferenceDate>{day}</ReferenceDate></CollectionDetails>"
    header += f"<Source><LEA>{school.la_code}</LEA><Estab>{school.estab}</Estab><URN>{school.urn}</URN></Source></Header>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Message>{header}<Pupils>{body}</Pupils></Message>\n'.encode()


def _pupil(pupil: Pupil, spell: Enrolment, day: dt.date, attendance: str) -> str:
    element = "PupilOnRoll" if spell.end is None or spell.end >= day else "PupilNoLongerOnRoll"
    who = f"<UPN>{pupil.upn}</UPN><Surname>{escape(pupil.surname)}</Surname><Forename>{escape(pupil.forename)}</Forename>"
    who += f"<DOB>{pupil.dob}</DOB>"
    status = f"<PupilStatus><EntryDate>{spell.start}</EntryDate></PupilStatus>"
    return f"<{element}><PupilIdentifiers>{who}</PupilIdentifiers>{status}<Attendance>{attendance}</Attendance></{element}>\n"


def _attendance(element: str, possible: int, codes: dict[str, int]) -> str:
    details = "".join(
        f"<SessionDetail><AttendanceReason>{code}</AttendanceReason><AbsenceSessions>{n}</AbsenceSessions></SessionDetail>"
        for code, n in sorted(codes.items())
    )
    return f"<{element}><SessionsPossible>{possible}</SessionsPossible><SessionDetails>{details}</SessionDetails></{element}>"


def _summary(school: School, last: dt.date, rng: np.random.Generator) -> bytes:
    rows = _rows(school, matrix.year_start(matrix.academic_year(last)), last, rng)
    if not rows:
        return b""
    groups = dict(Enrolment.objects.filter(pk__in=[pk for _, pk, _, _ in rows]).values_list("pk", "year_group"))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADINGS)
    for pupil, pk, held, codes in rows:
        authorised, unauthorised = (_of(codes, klass) for klass in _ABSENCE)
        attended = held.figures.possible - authorised - unauthorised
        late = min(held.figures.late, attended + unauthorised)
        counts = [held.figures.possible, attended, authorised, unauthorised, late, f"{100 * attended / held.figures.possible:.1f}"]
        writer.writerow([school.urn, pupil.upn, pupil.surname, pupil.forename, groups[pk], *counts])
    return out.getvalue().encode()
