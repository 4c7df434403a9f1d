"""Schools are asked to tell the social worker of N, O and a deletion; what is put right before anybody answered is withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from attendance.reports import coverage
from attendance.words import say_day
from casework.missing import rules, todo
from casework.missing.registers import Books
from casework.models import FirstDayResponse, TellWorker
from schools import calendar
from schools.models import Characteristic, Enrolment

KINDS = (Characteristic.Kind.CLA, Characteristic.Kind.CIN, Characteristic.Kind.CP)
LOOK_BACK = dt.timedelta(days=14)  # marks of longer ago, loaded late or for the first time, ask nobody to make a call
About = TellWorker.About


def with_worker(day: dt.date, pupil: str = "pupil") -> Exists:
    """Has the pupil a social worker on a day: looked after, in need, or under a child protection plan?"""
    held = Characteristic.objects.filter(Q(end=None) | Q(end__gte=day), kind__in=KINDS, start__lte=day, pupil=OuterRef(pupil))
    return Exists(held)


def refresh(of: Q, *, today: dt.date, now: dt.datetime) -> None:
    """Bring the tasks of these enrolments up to date with marks and rolls."""
    since = today - LOOK_BACK
    theirs: QuerySet[Enrolment] = Enrolment.objects.filter(of).filter(with_worker(today)).touching(since, today)
    enrolments = {one.pk: one for one in theirs.select_related("school", "pupil")}
    open_ = TellWorker.objects.open().filter(enrolment__in=Enrolment.objects.filter(of).values("pk")).select_related("enrolment")
    standing = {(task.enrolment_id, task.about): task for task in open_}
    if not enrolments and not standing:
        todo.keep_first_days(of, [], today=today, now=now)
        return
    told: dict[tuple[int, str], dt.date] = {}
    for key, about, last in TellWorker.objects.filter(enrolment__in=list(enrolments), answered__isnull=False).values_list(
        "enrolment", "about", "last"
    ):
        told[key, about] = max(last, told.get((key, about), last))
    first = min([since, *(task.first for task in standing.values())])
    asked = {**{task.enrolment_id: task.enrolment for task in standing.values()}, **enrolments}
    books = Books(asked.values(), first, today)
    new: list[tuple[Enrolment, str, rules.Telling]] = []
    for key, enrolment in asked.items():
        task = standing.get((key, About.ABSENCE))
        after = told.get((key, About.ABSENCE))
        telling = rules.to_tell(books.sessions(enrolment), since=min(since, task.first) if task else since, after=after)
        _bring_up(task, telling, today=today)
        if task is None and telling is not None and key in enrolments:
            new.append((enrolment, About.ABSENCE, telling))
        gone = _deletion(enrolment, today)
        task = standing.get((key, About.DELETION))
        _bring_up(task, gone, today=today)
        if task is None and gone is not None and (key, About.DELETION) not in told and key in enrolments:
            new.append((enrolment, About.DELETION, gone))
    _open(new, today=today)
    todo.keep_first_days(of, _first_days(enrolments, books, today), today=today, now=now)


def _first_days(enrolments: dict[int, Enrolment], books: Books, today: dt.date) -> list[tuple[Enrolment, dt.date, str]]:
    """First mornings of absence without a reason, of today and three days before, that nobody has answered."""
    recent = [today - dt.timedelta(days=back) for back in range(4)]
    answered = set(FirstDayResponse.objects.filter(enrolment__in=list(enrolments), day__in=recent).values_list("enrolment", "day"))
    found = []
    for key, enrolment in enrolments.items():
        days = books.days(enrolment)
        for day in recent:
            seen = rules.morning([one for one in days if one.day <= day], day)
            if seen and seen.day_number == 1 and seen.without_reason and (key, day) not in answered:
                found.append((enrolment, day, seen.code))
    return found


def _deletion(enrolment: Enrolment, today: dt.date) -> rules.Telling | None:
    if enrolment.end is None or enrolment.end >= today:
        return None
    day = enrolment.end + dt.timedelta(days=1)
    return rules.Telling(day, day, f"The name was deleted from the roll; the last day was {say_day(enrolment.end)}.")


def _bring_up(task: TellWorker | None, telling: rules.Telling | None, *, today: dt.date) -> None:
    if task is None:
        return
    if telling is None:
        task.withdrawn = today
        task.why_withdrawn = (
            "The marks have been changed: none is N or O any more."
            if task.about == About.ABSENCE
            else "The pupil is on roll: the deletion was taken back."
        )
        task.save(update_fields=["withdrawn", "why_withdrawn"])
    elif (task.first, task.last, task.evidence) != (telling.first, telling.last, telling.evidence):
        task.first, task.last, task.evidence = telling.first, telling.last, telling.evidence
        task.save(update_fields=["first", "last", "evidence"])


def _open(new: list[tuple[Enrolment, str, rules.Telling]], *, today: dt.date) -> None:
    if not new:
        return
    due = _next_school_days({(enrolment.school_id, telling.first) for enrolment, _, telling in new}, today=today)
    for enrolment, about, telling in new:
        task = TellWorker(
            enrolment=enrolment,
            about=about,
            first=telling.first,
            last=telling.last,
            evidence=telling.evidence,
            opened=today,
            due=due[enrolment.school_id, telling.first],
        )
        try:
            with transaction.atomic():
                task.save()
        except IntegrityError:  # another worker was quicker
            continue


def _next_school_days(asked: Iterable[tuple[int, dt.date]], *, today: dt.date) -> dict[tuple[int, dt.date], dt.date]:
    """By school and day: the school's next school day after it; a working day where its calendar does not reach so far."""
    pairs = list(asked)
    sent = coverage.sent({school for school, _ in pairs}, today=today)
    found = {}
    for school, day in pairs:
        known = sent.calendar(school, today=today).school_days_after(day, 1).day
        found[school, day] = known or calendar.working_days_after(day, 1)
    return found
