"""Visits of the day, a blitz with what came of it, a file, an entry that stood on the wrong child, and calls to follow up."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

import numpy as np

from accounts.models import User
from casework import actions
from casework.actions import blitzes, files, visits
from casework.models import Blitz, BlitzChild, Case, Contact, Visit
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from schools.models import Authority, School

Result = Contact.Result
_AT_DOORS = (
    (Result.NO_ANSWER, False, ""),
    (Result.NO_ANSWER, False, "Curtains drawn; a neighbour says the family is away."),
    (Result.LEFT_MESSAGE, False, "Card through the door."),
    (Result.SPOKE, True, "Overslept; mother brings the child in before ten."),
    (Result.SPOKE, True, "Unwell, in bed. Asked the school to ring about work at home."),
    (Result.SPOKE, False, "Father says the child left for school at eight. Told the school at once."),
    (Result.AGREED, True, "Anxious about PE on Tuesdays. Head of year meets the family this week."),
    (Result.REFUSED, False, "Would not open the door."),
)
_LETTER = (
    "Dear attendance team,\n\nthank you for coming on Tuesday. The bus pass has come, and she went in on Wednesday and Thursday.\n"
    "Please ring after four, I am at work before.\n"
)
_VISITED = 0.65  # of the doors on the list


def tell(cast: Cast, shown: Sequence[int], rng: np.random.Generator) -> int:
    """How many visits. Everything in a case is written today: chronologies are told in the order in which they were written."""
    mine = [_cases(cast, officer, shown) for officer in cast.officers]
    Authority.objects.filter(pk=1).update(protection_email=cast.legal.email)
    for officer, cases in zip(cast.officers, mine, strict=True):
        for case, ahead in zip(cases[3:6], (0, 1, 5), strict=False):
            _call(cast, officer, case, ahead)
    made = sum(_day(cast, officer, cases) for officer, cases in zip(cast.officers, mine, strict=True))
    if cast.officers and len(mine[0]) > 5:
        _file(cast, cast.officers[0], mine[0][1])
        _moved(cast, cast.officers[0], mine[0][2], mine[0][4])
    _blitz(cast, shown, rng)
    return made


def _cases(cast: Cast, officer: User, shown: Sequence[int]) -> list[Case]:
    """Open ones of the schools that visitors see first, then of the officer's others."""
    cases = list(Case.objects.open().filter(officer=officer).select_related("pupil", "school").order_by("pk"))
    return sorted(cases, key=lambda case: case.school_id not in shown)[:8]


def _call(cast: Cast, officer: User, case: Case, ahead: int) -> None:
    actions.record_contact(
        by=officer,
        today=cast.today,
        now=cast.now,
        case=case,
        day=cast.today,
        kind=Contact.Kind.PHONE,
        result=Result.TRIED if ahead else Result.LEFT_MESSAGE,
        follow_up=cast.at_work(cast.today + ahead * ONE),
        words="Rings back after work.",
    )


def _day(cast: Cast, officer: User, cases: list[Case]) -> int:
    """One visit made this morning, one that nobody has come back from (every third officer's), one for the next working day."""
    nth = cast.officers.index(officer)
    plans = [
        (cast.today, dt.time(9), dt.time(9, 45)),
        (cast.today, dt.time(8), dt.time(8, 40)),
        (cast.at_work(cast.today + ONE), dt.time(9, 30), dt.time(10, 15)),
    ]
    made = 0
    for number, (case, (day, time, back_by)) in enumerate(zip(cases, plans, strict=False)):
        if number == 1 and nth % 3:
            continue
        visit = visits.plan_visit(
            by=officer, today=cast.today, now=cast.moment(cast.today, 8), case=case, day=day, time=time, back_by=back_by,
            place=case.pupil.address or "At the family’s home", known_to=cast.manager,
        )  # fmt: skip
        made += 1
        if number == 0:
            visits.record_visit(
                by=officer, today=cast.today, now=cast.now, visit=visit, result=Result.AGREED, child_seen=True,
                words="Spoke in the kitchen. Mornings are the hard part; the school’s breakfast club from Monday.",
            )  # fmt: skip
            Visit.objects.filter(pk=visit.pk).update(started=cast.moment(day, 9.05), ended=cast.moment(day, 9.6))
        elif number == 1:
            Visit.objects.filter(pk=visit.pk).update(started=cast.moment(day, 8.05))
    return made


def _file(cast: Cast, officer: User, case: Case) -> None:
    content = _LETTER.encode()
    files.attach_file(
        by=officer, today=cast.today, now=cast.now, case=case, name="letter-from-mother.txt", size=len(content), file=io.BytesIO(content),
        words="Handed over at school.",
    )  # fmt: skip


def _moved(cast: Cast, officer: User, wrong: Case, right: Case) -> None:
    words = "Early help closed its case last week; the worker rings on Monday about a handover."
    note = actions.write_note(by=officer, today=cast.today, now=cast.now, case=wrong, words=words)
    actions.move_entry(by=officer, today=cast.today, now=cast.now, entry=note, to=right)


def _blitz(cast: Cast, shown: Sequence[int], rng: np.random.Generator) -> None:
    """Two weeks ago at the schools shown. Children with a case are left: what came of them would be told out of order."""
    schools = list(School.objects.filter(pk__in=shown).order_by("pk"))
    days = [cast.before(school.pk, cast.today - 10 * ONE) for school in schools]
    day = min((day for day in days if day), default=None)
    if day is None:
        return
    now = cast.moment(day, 9.5)
    blitz = Blitz.objects.create(day=day, codes=["G", "I", "N", "O"], made_by=cast.manager, made_at=cast.moment(day, 8.5))
    blitz.schools.set(schools)
    blitzes.take_list(by=cast.manager, today=cast.today, now=now, blitz=blitz)
    with_case = set(Case.objects.open().values_list("pupil", flat=True))
    for n, child in enumerate(BlitzChild.objects.filter(blitz=blitz).select_related("enrolment").order_by("pk")):
        if child.enrolment.pupil_id in with_case or rng.random() > _VISITED:
            continue
        result, seen, words = _AT_DOORS[int(rng.integers(len(_AT_DOORS)))]
        by = cast.officer_of.get(child.school_id, cast.manager)
        at = cast.moment(day, min(9.6 + n * 0.05, 15))
        blitzes.record_door(by=by, today=cast.today, now=at, child=child, result=result, child_seen=seen, words=words)
