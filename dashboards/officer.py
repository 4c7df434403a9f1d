"""One officer's page: their schools, what they carry, and what needs them today."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import Permission
from attendance.matrix import academic_year
from attendance.reports import cuts as cut_reports
from attendance.reports.schools import SchoolFigures, figures_of, latest_sessions
from casework import considering, stages, triage
from casework.models import Case
from casework.reports import AGES, Need, aged
from dashboards import loads, needs, reports, severe, tiles, trends
from dashboards.comparison import measures
from dashboards.numbers import Listed, Number, list_of, numbers
from meetings.models import Action, Meeting
from meetings.terms import Term, term_of
from meetings.touch import reports as touch_reports
from schools.models import Enrolment, PolicyValue, Posting, School
from schools.policy import Policy


def visible_to(user: User, *, borough: bool) -> QuerySet[User]:
    """Whose pages `user` may open: everybody's who works cases, or only their own."""
    return loads.workers() if borough else loads.workers().filter(pk=user.pk)


def work(officer: User, user: User, *, today: dt.date, at: dt.time) -> needs.Work:
    """All that waits for an officer, as it is told to `user`."""
    theirs = triage.with_waiting(touch_reports.with_questions(_schools(officer, today)))
    also: list[Need] = []
    policy: Policy | None = None
    if officer.as_role.every_school:  # as their home counts them
        policy = PolicyValue.objects.in_force(today)
        also = needs.to_consider(*considering.number_missing(officer, today=today, policy=policy))
    return needs.of(officer, today=today, at=at, reader=user, schools=theirs, policy=policy, also=also)


def _schools(officer: User, today: dt.date) -> QuerySet[School]:
    """Those they lead and those they cover; a manager asks about every school."""
    if officer.as_role.every_school:
        return School.objects.visible_to(officer).open_on(today)
    posted = Posting.objects.on(today).filter(user=officer, part__in=[Posting.Part.LEAD, Posting.Part.COVER])
    return School.objects.filter(pk__in=posted.values("school")).open_on(today)


def gather(officer: User, user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """What the page shows `user`. An officer posted elsewhere still holds cases that only their manager can see."""
    term = term_of(today)
    posted = Posting.objects.on(today).filter(user=officer, part__in=[Posting.Part.LEAD, Posting.Part.COVER])
    theirs = School.objects.filter(pk__in=posted.values("school")).open_on(today)
    theirs = triage.with_waiting(touch_reports.with_questions(reports.with_flagged(reports.with_roll(theirs, today=today))))
    schools = list(theirs.order_by("sort_name"))
    coming = Meeting.objects.visible_to(user).filter(officer=officer, status=Meeting.Status.PLANNED, day__gte=today)
    return {
        "officer": officer,
        "today": today,
        "term": term,
        "schools": [(school, Number(school.flagged, "pupil", list_of("pupils_at_risk", school=school.urn))) for school in schools],
        **_figures([school.pk for school in schools], today),
        "coming": list(coming.select_related("school").order_by("day", "time")[:8]),
        "work": needs.of(officer, today=today, at=at, reader=user, schools=schools),
        "whose": officer,
        "may_dismiss": user.may(Permission.WORK_CASES),
        **_numbers(officer, user, term, today, [school.pk for school in schools]),
    }


def _figures(schools: list[int], today: dt.date) -> dict[str, Any]:
    """Attendance at all their schools together, this year and in the same weeks of last year. Two queries, three the first time.

    No list is behind it but the schools on the page: those they lead and those they cover.
    """
    year = academic_year(today)
    latest = latest_sessions(schools, today=today)
    read = cut_reports.read(schools, (year, year - 1))
    total = sum(figures_of(read[year], schools, latest).values(), SchoolFigures())
    before = trends.same_point({pk: session.date for pk, session in latest.items()}, read[year - 1])
    found = measures(total, None, before, None, enrolments_before=True)
    return {"year": year, "total": total, "tiles": tiles.of_rates(found, read[year], "", None)}


def _numbers(officer: User, user: User, term: Term, today: dt.date, schools: list[int]) -> dict[str, Any]:
    """Every number of what they carry, and their cases at each stage. One query."""
    at = {f"at_{stage.code}": stage for stage in stages.STAGES if stage.code != stages.CLOSED}
    cases = Case.objects.visible_to(user).open().assigned_to(officer)
    here = Enrolment.objects.visible_to(user).on_roll(today).filter(school__in=schools).values("pupil")
    found = numbers(
        severe.lists(user, here, officer=officer.pk)
        | _work(officer, user, term, today)
        | {
            name: Listed(
                cases.filter(stage=stage.code),
                f"case at {stage.name},cases at {stage.name}",
                list_of("cases", officer=officer.pk, stage=stage.code),
            )
            for name, stage in at.items()
        }
    )
    first = severe.tile(found, "on roll at these schools")
    return found | {"first": [first], "stages": [(stage, found[name]) for name, stage in at.items()]}


def _work(officer: User, user: User, term: Term, today: dt.date) -> dict[str, Listed]:
    cases = Case.objects.visible_to(user).open().assigned_to(officer)
    met = Meeting.objects.visible_to(user).support().filter(officer=officer, day__range=(term.first, term.last))
    status = Meeting.Status
    overdue = Action.objects.visible_to(user).overdue(today).filter(meeting__officer=officer)
    ages = {
        age: Listed(
            cases.filter(aged(age, today=today)),
            f"case open {name.lower()},cases open {name.lower()}",
            list_of("cases", officer=officer.pk, age=age),
        )
        for age, (name, *_) in AGES.items()
    }
    return ages | {
        "cases": Listed(cases, "open case", list_of("cases", officer=officer.pk)),
        "held": Listed(
            met.filter(status=status.HELD),
            "meeting held,meetings held",
            list_of("meetings", officer=officer.pk, status="held", term=term.key),
        ),
        "planned": Listed(
            met.filter(status=status.PLANNED),
            "meeting planned,meetings planned",
            list_of("meetings", officer=officer.pk, status="planned", term=term.key),
        ),
        "overdue_actions": Listed(overdue, "overdue action", list_of("actions", officer=officer.pk, state="overdue")),
    }
