"""By what figures may be grouped: of schools by what they are and who works with them, of enrolments by who the pupil is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from attendance.cuts import Kind
from schools.models import Posting, School


class Group(StrEnum):
    PHASE = "phase"
    TYPE = "type"
    SCHOOL = "school"
    TRUST = "trust"
    AREA = "area"
    WARD = "ward"
    OFFICER = "officer"
    YEAR_GROUP = "year_group"
    SEX = "sex"
    COHORT = "cohort"
    CODE = "code"
    WEEKDAY = "weekday"


NAMES: dict[str, str] = {
    Group.PHASE: "Phase",
    Group.TYPE: "Type of school",
    Group.SCHOOL: "School",
    Group.TRUST: "Trust",
    Group.AREA: "Cluster",
    Group.WARD: "Ward",
    Group.OFFICER: "Officer",
    Group.YEAR_GROUP: "Year group",
    Group.SEX: "Sex",
    Group.COHORT: "Cohort",
    Group.CODE: "Code",
    Group.WEEKDAY: "Weekday",
}
# these part the enrolments of a school, and a school's rollup keeps each of them alone
OF_PUPILS = {Group.YEAR_GROUP: Kind.YEAR_GROUP, Group.SEX: Kind.SEX, Group.COHORT: Kind.COHORT}
# these are of all sessions together
OF_SESSIONS = (Group.CODE, Group.WEEKDAY)


def leads(schools: Sequence[School], *, today: dt.date) -> dict[int, list[tuple[int, str]]]:
    """By school, the officers who lead there today: key and name. One query."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    current = Posting.objects.on(today).filter(school__in=schools, part=Posting.Part.LEAD, user__is_active=True)
    for school, user, name in current.order_by("user__name").values_list("school", "user", "user__name"):
        found[school].append((user, name))
    return found


def keys(schools: Sequence[School], group: Group, officers: dict[int, list[tuple[int, str]]]) -> dict[int, list[str]]:
    """By school, the groups it stands in; "" where it is in none (no trust, no officer). All in one for groups of pupils or sessions."""
    return {school.pk: _keys(school, group, officers) for school in schools}


def _keys(school: School, group: Group, officers: dict[int, list[tuple[int, str]]]) -> list[str]:
    if group == Group.OFFICER:
        return [str(pk) for pk, _ in officers.get(school.pk, [])] or [""]
    of = {
        Group.PHASE: school.phase,
        Group.TYPE: school.type_name,
        Group.SCHOOL: str(school.urn),
        Group.TRUST: str(school.trust_id or ""),
        Group.AREA: str(school.cluster_id or ""),
        Group.WARD: str(school.ward_id or ""),
    }
    return [of.get(group, "")]
