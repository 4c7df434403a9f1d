"""A school's year groups and cohorts, beside the authority's schools of its phase together. Enrolments, from the rollup by cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attendance.cuts import WHOLE, Cut, Kind
from attendance.matrix import academic_year
from attendance.reports import cuts as cut_reports
from attendance.reports.cuts import Line
from attendance.suppression import OTHER_SCHOOLS
from dashboards import cohorts
from dashboards.groups import group_line, year_groups
from schools.models import School

KINDS = (Kind.ALL, Kind.YEAR_GROUP, Kind.COHORT)


def gather(school: School, own: Mapping[Cut, Line], *, in_authority: bool, today: dt.date) -> dict[str, Any]:
    """What the page shows. `own`: the school's year by cut. One query.

    The authority sees every school's part of the phase. A school sees the phase's rates where several other schools are in them:
    of two schools together, each would know the other's.
    """
    phase = School.objects.open_on(today).filter(phase=school.phase)
    every = cut_reports.sums(phase.values("pk"), academic_year(today), KINDS)
    shown = {cut: line for cut, line in every.items() if in_authority or line.schools > OTHER_SCHOOLS}
    here, beside = {"school": school.urn}, {"phase": school.phase}
    of_phase = {line["cohort"].kind: line["cohort"] for line in year_groups(shown, **beside)}
    of_phase |= {cohort.kind: cohort for cohort in cohorts.of_lines(shown)[1]}
    found = [group_line(cohort, cohort=cohort.kind, **here) for cohort in cohorts.of_lines(own)[1]]
    return {
        "year_groups": [line | {"phase": of_phase.get(line["cohort"].kind)} for line in year_groups(own, **here)],
        "cohorts": [line | {"phase": of_phase.get(line["cohort"].kind)} for line in found],
        "phase_schools": every[WHOLE].schools if WHOLE in every else 0,
        "in_authority": in_authority,
        "of_phase": shown.get(WHOLE),
        "others": OTHER_SCHOOLS,
    }
