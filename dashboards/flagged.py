"""New flags of an officer's schools as rows of their work: one for each child, with sessions, school and case. One query."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.urls import reverse

from accounts import clock
from accounts.models import User
from attendance import flag_codes
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures, Flag, FlagQuerySet
from casework import stages
from casework.models import Case
from casework.worklist import Group, Measure, Row
from dashboards.reports import FLAG_NAMES
from schools.models import Enrolment

_KEY = "pupil:"
# Persistent absence alone is the school's to work on first, and makes no row (Working together: the school's own support comes first).
_GROUPS: dict[str, Group] = {
    Flag.Code.SEVERE: Group.SEVERE,
    Flag.Code.CONTINUOUS: Group.TEN_DAYS,
    Flag.Code.FIRST: Group.SAFEGUARDING,
    Flag.Code.TWENTY_DAYS: Group.SAFEGUARDING,
    Flag.Code.NOT_STARTED: Group.SAFEGUARDING,
    Flag.Code.THRESHOLD: Group.REST,
    Flag.Code.SICKNESS: Group.REST,
}


def rows(officer: User, *, dismissed: Iterable[str], today: dt.date, since: dt.timedelta) -> list[Row]:
    """Children flagged within `since`, and those whose row was dismissed: it may have got worse. One row a child, where its most
    pressing flag stands."""
    waiting = [int(key.removeprefix(_KEY)) for key in dismissed if key.startswith(_KEY)]
    lately = Q(noticed_at__gte=clock.start_of(today - since))
    flags = Flag.objects.visible_to(officer).open().to_act_on().of_children_known_once().filter(lately | Q(pupil__in=waiting))
    # of children of their schools today: a child who went on to another officer's school is that officer's
    flags = flags.filter(pupil__in=Enrolment.objects.visible_to(officer).on_roll(today).values("pupil"))
    by_pupil: dict[int, list[Flag]] = defaultdict(list)
    for flag in _with_facts(flags.filter(code__in=_GROUPS), officer, today).select_related("pupil"):
        by_pupil[flag.pupil_id].append(flag)
    return [_row(sorted(of_one, key=lambda flag: (_GROUPS[flag.code], flag_codes.URGENT.index(flag.code)))) for of_one in by_pupil.values()]


def _with_facts(flags: FlagQuerySet, officer: User, today: dt.date) -> FlagQuerySet:
    here = Enrolment.objects.visible_to(officer).on_roll(today).filter(pupil=OuterRef("pupil")).order_by("kind", "-start")
    sums = EnrolmentFigures.objects.filter(pupil=OuterRef("pupil"), year=academic_year(today)).order_by().values("pupil")
    cases = Case.objects.open().filter(pupil=OuterRef("pupil"))
    return flags.annotate(
        at_school=ArraySubquery(here.values("school__name")),
        possible=Subquery(sums.annotate(n=Sum("possible")).values("n"), output_field=IntegerField()),
        absent=Subquery(sums.annotate(n=Sum(F("authorised") + F("unauthorised"))).values("n"), output_field=IntegerField()),
        case_stage=Subquery(cases.values("stage")[:1]),
        case_officer=Subquery(cases.values("officer__name")[:1]),
    )


def _row(flags: list[Flag]) -> Row:
    worst = flags[0]
    names = [FLAG_NAMES[flag.code] for flag in flags]
    title = f"{worst.pupil}: {'; '.join([names[0].lower() if not names[0][0].isdigit() else names[0], *(n.lower() for n in names[1:])])}"
    where = worst.at_school[0] if worst.at_school else "On no roll here today"  # type: ignore[attr-defined]
    why = f"{where}. {' '.join(flag.reason for flag in flags)} {_of_case(worst)}"
    measure = Measure(
        missed=worst.absent,  # type: ignore[attr-defined]
        possible=worst.possible,  # type: ignore[attr-defined]
        flags=tuple((FLAG_NAMES[flag.code], flag.opened) for flag in flags),
    )
    return Row(f"{_KEY}{worst.pupil_id}", _GROUPS[worst.code], title, why, worst.opened, reverse("pupil", args=[worst.pupil_id]), measure)


def _of_case(flag: Flag) -> str:
    stage: str | None = flag.case_stage  # type: ignore[attr-defined]
    if stage is None:
        return "No case is open."
    officer: str | None = flag.case_officer  # type: ignore[attr-defined]
    return f"Case at “{stages.BY_CODE[stage].name}”, {officer or 'without an officer'}."
