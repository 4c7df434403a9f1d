"""What follows what: an extract's marks, then figures, flags and open notice requests; only then is it said to be loaded.

Every step may be done again without harm, so whatever is interrupted is taken up where it stopped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from accounts import clock
from attendance import flagging, matrix, peer_ranges, questions, register, rollups
from attendance.actions import ring
from attendance.imports import load
from attendance.imports.load import Outcome
from attendance.imports.parts import nobody
from attendance.imports.tally import Progress, quiet
from attendance.models import Extract, Flag, Judged, Load, Register, SchoolYear
from casework.missing import following as missing
from config import following
from legal import actions as legal
from legal.reports import asked_on
from schools.models import Enrolment, School


def load_extract(extract_id: int, *, today: dt.date) -> Extract:
    """Load an extract and everything that follows from it; one that is done, or in other hands, is left alone."""
    carry_out(extract_id, today=today)
    return Extract.objects.get(pk=extract_id)


def carry_out(extract_id: int, *, today: dt.date, progress: Progress = quiet, share: bool = False) -> Outcome | None:
    """As `load_extract`, with what became of every row; None where there was nothing to do or another is doing it.

    `share`: other workers are asked to take some of the schools, where there are many. The clock is read here: a load may
    wait long for a school, and its flags are noticed after its marks.
    """
    with load.holding(extract_id) as mine:
        outcome = _load(extract_id, today, progress, share) if mine else None
        if outcome:
            following.follow_extract(outcome.extract, today=today, progress=progress)
        elif mine:
            _take_up(extract_id, today, progress)
        return outcome


def carry_out_in_line(extract_id: int, *, today: dt.date, progress: Progress) -> None:
    """As `carry_out` for whoever works through a line of extracts: marks first, and what follows them when there is time for it."""
    with load.holding(extract_id) as mine:
        outcome = load_marks(extract_id, today=today, progress=progress) if mine else None
        if mine and outcome is None and following.line().due:  # it may have been rung for twice
            _take_up(extract_id, today, progress)
    # rung for again, as the sweep does for one of many whose marks stand: it may be any of them that has ended
    ended = None if outcome is None else () if outcome.waits else (extract_id,)
    following.follow_what_waits(today=today, progress=progress, ended=ended)


def _take_up(extract_id: int, today: dt.date, progress: Progress) -> None:
    """Follow an extract whose marks stand and that was left there, its own schools first: if they end every worker, that is its fault."""
    if (marked := load.take_up(extract_id)) is not None:
        following.follow_extract(marked, today=today, progress=progress)


def load_marks(extract_id: int, *, today: dt.date, progress: Progress = quiet) -> Outcome | None:
    """Load an extract's marks, with other workers where it holds many schools. The caller holds it."""
    return _load(extract_id, today, progress, share=True)


def _load(extract_id: int, today: dt.date, progress: Progress, share: bool) -> Outcome | None:
    """An extract's marks: what follows them is still to come, unless it has failed. The caller holds it."""
    extract = load.begin(extract_id)
    if extract is None:
        return None
    helpers = _ringing_for(extract_id) if share else nobody
    try:
        return load.load(extract, today=today, progress=progress, call_helpers=helpers, follow=_Catching(today))
    except Exception as problem:
        if load.explain(problem) is not None:  # what was written of other schools stays, and is followed
            following.follow_extract(extract, today=today)
        following.failed(extract, problem)
        return Outcome(extract)


def lend_a_hand(extract_id: int, *, today: dt.date) -> None:
    """Take a share of an extract that another worker holds. What goes wrong here is done, or told, by the other."""
    try:
        load.lend_a_hand(extract_id, today=today, follow=_Catching(today))
    except load.EXPECTED:
        return  # said of the file by whoever holds it
    following.follow_what_waits(today=today)


def _ringing_for(extract_id: int) -> Callable[[int], None]:
    def ring_for(helpers: int) -> None:
        for _ in range(helpers):
            ring("daymark.lend_a_hand", extract_id)

    return ring_for


class _Catching:
    """The schools of one file are a line too: those that have waited long are followed before the next is begun."""

    def __init__(self, today: dt.date) -> None:
        self.today, self.schools, self.looked = today, 0, clock.now()

    def __call__(self, school: School) -> None:
        self.schools += 1
        if self.schools >= following.MOST_LOADS or clock.now() >= self.looked + following.LONGEST:
            following.follow_what_waits(today=self.today)
            self.schools, self.looked = 0, clock.now()


def follow_undo(load_id: int, *, today: dt.date, now: dt.datetime) -> None:
    """Figures and flags after an undo, or after rows that waited for a person were loaded. Done twice it does no harm."""
    undone = Load.objects.get(pk=load_id)
    if undone.first_session and undone.last_session:
        following.count([undone])
        following.flag(schools={undone.school_id}, today=today, now=now)
    Load.objects.filter(pk=undone.pk, followed_at=None).update(followed_at=now)


def follow_people(*, pupils: list[int], schools: list[int], today: dt.date, now: dt.datetime) -> None:
    """Figures and flags after changes to people, rolls or calendars."""
    registers = Register.objects.filter(enrolment__pupil__in=pupils) if pupils else Register.objects.filter(school__in=schools)
    years: dict[int, set[int]] = {}
    for school, year in registers.values_list("school", "year").distinct():
        years.setdefault(school, set()).add(year)
    following.refresh_figures(years)
    if pupils:
        flagging.refresh(pupils=pupils, schools=None, today=today, now=now)
        missing.follow(pupils=pupils, schools=None, today=today, now=now)
        legal.recheck(pupils=pupils, schools=None, today=today, now=now)
    elif schools:
        flagging.refresh(pupils=None, schools=schools, today=today, now=now)
        missing.follow(pupils=None, schools=schools, today=today, now=now)
        legal.recheck(pupils=None, schools=schools, today=today, now=now)


def look_at_registers(schools: list[int], *, today: dt.date, now: dt.datetime) -> None:
    """Bring the questions to these schools about their registers up to date. Nothing waits for it, and it may be done again."""
    questions.refresh(
        schools=schools, today=today, now=now, asked_on=asked_on(schools, since=matrix.year_start(matrix.academic_year(today)))
    )


def new_day(*, today: dt.date, now: dt.datetime) -> None:
    """Every pupil's flags for the day that has begun: weeks leave the window, a new year begins.

    Some schools at a time, so that nobody's load waits for all of them.
    """
    for schools in groups():
        flagging.refresh(pupils=None, schools=schools, today=today, now=now)
        missing.follow(pupils=None, schools=schools, today=today, now=now)
    every_school_is_judged(today=today, now=now)


def every_school_is_judged(*, today: dt.date, now: dt.datetime, over: Callable[..., Iterable[Any]] = map) -> None:
    """What is left when the flags of every school's pupils are those of the day. `over`: `map`, or that of a pool of processes."""
    flagging.refresh(pupils=_flagged_and_on_no_roll(), schools=None, today=today, now=now)
    legal.recheck(pupils=None, schools=None, today=today, now=now)
    peer_ranges.refresh(groups(), today=today, over=over)
    Judged.objects.update_or_create(pk=1, defaults={"day": today})


PUPILS_AT_ONCE = 2000


def groups() -> list[list[int]]:
    """All schools that have or had pupils, some at a time: as many as make some thousands of pupils.

    The most pupils first, so that several processes that share them end together.
    """
    found: list[list[int]] = []
    pupils: list[int] = []
    sizes = Enrolment.objects.order_by("school").values_list("school").annotate(number=Count("pk"))
    for school, number in sizes:
        if not found or pupils[-1] + number > PUPILS_AT_ONCE:
            found.append([])
            pupils.append(0)
        found[-1].append(school)
        pupils[-1] += number
    return [found[at] for at in sorted(range(len(found)), key=lambda at: -pupils[at])]


def _flagged_and_on_no_roll() -> list[int]:
    """Pupils with an open flag whose last enrolment was taken away: no school speaks for them."""
    open_ = Flag.objects.open().filter(~Exists(Enrolment.objects.filter(pupil=OuterRef("pupil"))))
    return list(open_.values_list("pupil", flat=True).distinct())


def recompute(schools: list[int], *, today: dt.date, now: dt.datetime) -> None:
    """Work out the figures and flags of some schools again, all from their registers. Any number of processes may, at once."""
    of = {"school__in": schools}  # a year that has figures and no register any more loses them
    years = {*Register.objects.filter(**of).values_list("year", flat=True), *SchoolYear.objects.filter(**of).values_list("year", flat=True)}
    with transaction.atomic():
        register.lock(*schools)
        rollups.refresh(schools=schools, years=years)
    flagging.refresh(pupils=None, schools=schools, today=today, now=now)


def is_new_day(*, today: dt.date) -> bool:
    """Have everybody's flags not been worked out for today: nothing ran at night, or the deployment was told another day?"""
    return not Judged.objects.filter(day=today).exists()


def forgotten() -> list[int]:
    """Extracts that should be loading and that nobody holds: a message was lost, or a worker killed.

    Where marks wait for their flags and nobody sees to it, the first of those extracts: whoever takes it up sees to all.
    """
    of = Extract.objects.order_by("pk").values_list("pk", flat=True)
    ids = list(of.filter(status__in=[Extract.Status.QUEUED, Extract.Status.LOADING]))
    marked = of.filter(status=Extract.Status.MARKED).first()
    held = load.held() if ids or marked else set()
    found = [number for number in ids if number not in held]
    if marked and marked not in held and not following.somebody_follows() and (following.line().due or not following.waiting().exists()):
        found.append(marked)
    return found


def forgotten_undos() -> list[int]:
    by_hand = Load.objects.filter(Q(kind=Load.Kind.UNDO) | Q(held=True), followed_at=None)
    return list(by_hand.order_by("pk").values_list("pk", flat=True))
