"""manage.py figures: attendance of the authority, a phase or a school between two dates."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from attendance import figures
from attendance.figures import PeriodFigures
from attendance.measures.measure import Measures
from attendance.measures.mobility import Mobility
from attendance.measures.values import as_values
from attendance.rates import percentage
from attendance.words import plural
from schools.dfe_terms import dfe_term
from schools.models import School


def a_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a date like 2026-11-20") from None


class Command(BaseCommand):
    help = "Attendance of the authority's schools between two dates: sessions, rates, persistent and severe absence."

    def add_arguments(self, parser: CommandParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--school", type=int, metavar="URN", help="only this school")
        scope.add_argument("--phase", choices=School.Phase.values, help="only schools of this phase")
        parser.add_argument("--from", dest="first", type=a_day, required=True, metavar="YYYY-MM-DD", help="first day")
        parser.add_argument("--to", dest="last", type=a_day, required=True, metavar="YYYY-MM-DD", help="last day")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last, urn, phase = options["first"], options["last"], options["school"], options["phase"]
        if last < first:
            raise CommandError(f"The period ends ({last}) before it begins ({first}).", returncode=2)
        schools = School.objects.all()
        if urn is not None:
            schools = schools.filter(urn=urn)
            if not schools.exists():
                raise CommandError(f"No school has the URN {urn}. Load it first with import_gias.")
        if phase is not None:
            schools = schools.filter(phase=phase)
        found = figures.between(first, last, schools=schools, day=clock.today())
        self.stdout.write(
            json.dumps(as_json(found, first, last, urn, phase), indent=2) if options["json"] else in_words(found, first, last, schools)
        )


def as_json(found: PeriodFigures, first: dt.date, last: dt.date, urn: int | None, phase: str | None) -> dict[str, Any]:
    f = found.figures
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "school": urn,
        "phase": phase,
        "pupils": found.pupils,
        "enrolments": found.enrolments,
        "possible": f.possible,
        "attended": f.attended,
        "authorised": f.authorised,
        "unauthorised": f.unauthorised,
        "late": f.late,
        "by_code": found.measures.by_code,
        "attendance_pct": f.attendance_pct,
        "absence_pct": f.absence_pct,
        "pa_count": found.persistent,
        "pa_pct": percentage(found.persistent, found.judged),
        "sa_count": found.severe,
        "sa_pct": percentage(found.severe, found.judged),
        "schools_missing": found.schools_missing,
        "latest_session": str(found.latest) if found.latest else None,
        "not_supplying": [
            {"school": gap.school.urn, "from": gap.start.isoformat(), "to": gap.last.isoformat(), "reason": gap.reason}
            for gap in found.not_supplied
        ],
        # added later: at the end, so that what reads the answer by position still finds what it knows
        "authorised_pct": f.authorised_pct,
        "unauthorised_pct": f.unauthorised_pct,
        "late_pct": f.late_pct,
        "enrolments_with_sessions": found.judged,
        **as_values(found.measures, found.mobility),
    }


def in_words(found: PeriodFigures, first: dt.date, last: dt.date, schools: Any) -> str:
    f, names = found.figures, list(schools.values_list("name", flat=True)[:2])
    scope = names[0] if len(names) == 1 else f"{plural(schools.count(), 'school')}"
    terms = " to ".join(dict.fromkeys((dfe_term(first), dfe_term(last))))
    lines = [
        f"{scope}, {first:%-d %B %Y} to {last:%-d %B %Y}; registers to {found.latest or 'no session'}",
        f"In DfE's census terms: {terms}",
        f"{plural(found.pupils, 'pupil')}, {plural(found.enrolments, 'enrolment')}",
        f"Attended {f.attended} of {plural(f.possible, 'possible session')} ({_percent(f.attendance_pct)})",
        f"Absent {f.absent} ({_percent(f.absence_pct)}): {f.authorised} authorised, {f.unauthorised} unauthorised; late {f.late}",
        f"Persistently absent {found.persistent} of {plural(found.judged, 'enrolment')} "
        f"({_percent(percentage(found.persistent, found.judged))}); "
        f"severely absent {found.severe} ({_percent(percentage(found.severe, found.judged))})",
        *more_in_words(found.measures, found.mobility),
        "Sessions by code: " + (", ".join(f"{code} {number}" for code, number in found.measures.by_code.items()) or "none"),
    ]
    if found.schools_missing:
        lines.append("No register in this period: " + ", ".join(str(urn) for urn in found.schools_missing))
    for gap in found.not_supplied:
        which = "In these figures in part" if gap.in_part else "Not in these figures"
        since = f"{gap.start:%-d %B %Y} to {gap.last:%-d %B %Y}"
        lines.append(f"{which}: {gap.school.name} ({gap.school.urn}), which supplied no registers from {since}: {gap.reason}")
    return "\n".join(lines)


def more_in_words(m: Measures, mobility: Mobility) -> list[str]:
    near = f"; {m.holidays.near} of them in a school week before or after a break" if m.holidays.sessions else ""
    back = f"; back in the afternoon after {m.medical.back} of {m.medical.mornings}" if m.medical.mornings else ""
    return [
        f"Lost to suspension {plural(m.suspended_sessions, 'session')} of {plural(m.suspended, 'pupil')}",
        f"Medical {plural(m.medical.mornings, 'morning')} and {plural(m.medical.afternoons, 'afternoon')}{back}",
        f"Holiday not granted {plural(m.holidays.sessions, 'session')}{near}",
        f"Spells of absence {m.absences.number}, longest {plural(m.absences.longest, 'session')}; of illness {m.illnesses.number}",
        f"Reason not yet established {m.unexplained.standing}, overdue {m.unexplained.overdue}",
        f"Joined in-year {mobility.joined}, left in-year {mobility.left}, of {plural(mobility.enrolments, 'enrolment')}",
    ]


def _percent(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1f}%"
