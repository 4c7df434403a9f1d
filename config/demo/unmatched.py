"""Rows that came without a usable UPN: some wait for somebody to say whose marks they are, some have been decided about."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

import numpy as np

from accounts.models import User
from attendance import actions, matching, matrix, register, waiting
from attendance.imports import load, preview
from attendance.models import Extract, HeldPerson, Load
from attendance.register import code_of
from config.demo import logins
from schools.models import Enrolment, Posting, School

SCHOOLS, LAST_DAYS = 3, 3
HEADING = ("UPN", "Legal surname", "Legal forename", "Date of birth", "Year", "Date", "AM", "PM")
# somebody whom no school of the borough knows, at the school of each number
_STRANGERS = (
    ("Okonjo", "Tamsin", dt.date(2013, 5, 6)),
    ("Varley", "Idris", dt.date(2014, 1, 22)),
    ("Penhale", "Noor", dt.date(2015, 9, 9)),
)


def write(*, by: User | None, today: dt.date, now: dt.datetime, days: dict[int, list[dt.date]], rng: np.random.Generator) -> None:
    """A file of few rows from each of some schools, as their office would have sent it. `days`: open days by school."""
    shown = list(School.objects.filter(name__in=[logins.SCHOOL_A, logins.SCHOOL_B]).order_by("name"))
    others = School.objects.exclude(pk__in=[school.pk for school in shown]).order_by("sort_name")
    schools = [school for school in [*shown, *others] if days.get(school.pk)][:SCHOOLS]
    for number, school in enumerate(schools):
        contact = Posting.objects.on(today).filter(school=school, user__role="school_contact").select_related("user").first()
        open_days = [day for day in days[school.pk] if day < today][-LAST_DAYS:]
        elsewhere = schools[(number + 1) % len(schools)]
        rows = list(_rows(school, elsewhere, number, open_days, today, rng))
        received = now - dt.timedelta(days=1 + 3 * number)
        _send(school, contact.user if contact else by, rows, received, today)
    _decide(today)
    Load.objects.filter(followed_at=None).update(followed_at=now)


def _rows(
    school: School, elsewhere: School, number: int, days: list[dt.date], today: dt.date, rng: np.random.Generator
) -> Iterator[tuple[object, ...]]:
    """One child each for what goes wrong: letter lost, no number, a short name, day and month exchanged, a mover, a stranger."""
    here, there = _drawn(school, 5, today, rng), _drawn(elsewhere, 1, today, rng)
    for place, spell in enumerate([*here, *there]):
        pupil = spell.pupil
        upn, forename, dob = (pupil.upn or "")[1:], pupil.forename, pupil.dob
        if place in (1, 4):
            upn = "" if place == 1 else "9.99E+11"
        if place == 2:
            upn, forename = "", forename[:3] if len(forename) > 4 else forename + "a"
        if place == 3 and dob is not None and dob.day <= 12:
            upn, dob = "", dt.date(dob.year, dob.day, dob.month)
        if place == 5:
            upn = ""
        yield from _of(upn, pupil.surname, forename, dob, spell.year_group, _stands(spell, days))
    surname, forename, dob = _STRANGERS[number % len(_STRANGERS)]
    yield from _of("", surname, forename, dob, "", [(day, "/", "\\") for day in days])


def _of(
    upn: str, surname: str, forename: str, dob: dt.date | None, year: str, marks: list[tuple[dt.date, str, str]]
) -> Iterator[tuple[object, ...]]:
    for day, am, pm in marks:
        yield upn, surname, forename, dob, year, day, am, pm


def _drawn(school: School, wanted: int, today: dt.date, rng: np.random.Generator) -> list[Enrolment]:
    spells = list(Enrolment.objects.filter(school=school, pupil__dob__isnull=False).on_roll(today).select_related("pupil").order_by("pk"))
    return [spells[int(at)] for at in rng.permutation(len(spells))[:wanted]]


def _stands(spell: Enrolment, days: list[dt.date]) -> list[tuple[dt.date, str, str]]:
    """The marks that the register holds, present where it holds none."""
    found = register.read(matrix.academic_year(days[-1]), enrolments=[spell.pk]).marks
    marks = []
    for day in days:
        at = matrix.index_of(day)
        am, pm = (code_of(found[0, at + half]) for half in (0, 1)) if len(found) else ("", "")
        marks.append((day, am or "/", pm or "\\"))
    return marks


def _send(school: School, by: User | None, rows: list[tuple[object, ...]], received: dt.datetime, today: dt.date) -> Extract:
    out = io.StringIO()
    csv.writer(out).writerows([HEADING, *rows])
    name = f"late-starters-{received:%Y-%m-%d}.csv"
    extract = actions.receive_extract(by=by, today=today, now=received, content=[out.getvalue().encode()], filename=name, school=school)
    Extract.objects.filter(pk=extract.pk).update(as_at=received)
    sniffed, _, _ = preview.look(load.stored(extract))
    if sniffed.mapping is None:
        raise RuntimeError(sniffed.message)
    actions.queue_extract(by=by, today=today, extract=extract, mapping=sniffed.mapping.to_json(), create_pupils=False, in_background=False)
    extract.refresh_from_db()
    load.load(extract, today=today)
    load.finish(extract, now=received)
    return extract


def _decide(today: dt.date) -> None:
    """Officers have begun: two at the last of the schools are matched, and a stranger is not theirs."""
    people = list(HeldPerson.objects.waiting().select_related("school").order_by("since", "pk"))
    last = [person for person in people if person.school_id == people[0].school_id] if people else []
    officer = Posting.objects.on(today).filter(school=last[0].school, user__role="officer").select_related("user").first() if last else None
    if officer is None:
        return
    choices = waiting.choices(last, officer.user)
    certain = [(person, choice) for person in last if (choice := choices[person.pk].certain)]
    for person, choice in certain[:2]:
        matching.match(by=officer.user, today=today, person=person, pupil=choice.pupil)
    unknown = [person for person in last if not choices[person.pk].found and not choices[person.pk].unseen]
    for person in unknown[:1]:
        reason = "On a taster week, and on roll at a school of another authority"
        matching.set_aside(by=officer.user, today=today, person=person, reason=reason)
