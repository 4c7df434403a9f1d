"""Contacts with schools outside meetings: calls, messages and visits of the last half year, some of them about a severely absent pupil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np

from accounts.models import User
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from meetings import actions, severe
from meetings.models import SchoolContact

How, About = SchoolContact.How, SchoolContact.About
_PLAIN = (
    (How.PHONE, About.REGISTERS, "The afternoon registers of Year 10 came late all week. A supply teacher had no access; settled."),
    (How.EMAIL, About.ADVICE, "Asked how to code a pupil at another provider who has not arrived. Sent the page of the guidance."),
    (How.VISIT, About.ATTENDANCE, "Walked through first-day calling with the office. Calls end at 10; agreed to begin at 9."),
    (How.PHONE, About.ATTENDANCE, "Absence on Fridays has risen. The school writes to parents this week."),
    (How.VIDEO, About.ADVICE, "Went through the new attendance policy before governors see it."),
    (How.PHONE, About.REGISTERS, "Codes N older than a week: the school settles them by Friday."),
    (How.EMAIL, About.TRAINING, "Sent dates of the training on emotionally based avoidance."),
    (How.VISIT, About.TRAINING, "Half a day with year heads on talking to families."),
)
_ABOUT_PUPIL = (
    "Asked what has been tried and who leads. The school meets the family next week and writes a plan with us.",
    "The school visited on Tuesday and saw the child. A plan is being written with the school nurse.",
    "Agreed that the head of year leads; early help is asked for.",
)
_WHOM = ("Attendance lead", "Deputy headteacher", "Head of year", "Office manager", "SENCO")


def write(cast: Cast, *, rng: np.random.Generator) -> int:
    """Returns how many. Of severely absent pupils without a plan about half were talked about, the others wait."""
    made = 0
    for key, officer in cast.officer_of.items():
        school = cast.schools.get(key)
        if school is None or school.closed:  # an officer is posted to a school that another followed, too
            continue
        for _ in range(int(rng.integers(0, 4))):
            how, about, words = _PLAIN[int(rng.integers(len(_PLAIN)))]
            day = cast.at_work(cast.today - int(rng.integers(2, 150)) * ONE)
            _made(cast, key, officer, day, how=how, about=about, words=words, reached=True, traded=about == About.TRAINING, rng=rng)
            made += 1
    waiting: Iterable[Any] = severe.flags(cast.manager, today=cast.today).filter(contact=None).select_related("pupil").order_by("pk")
    for flag in waiting:
        officer = cast.officer_of.get(flag.at_school)
        day = cast.worked(min(flag.opened + int(rng.integers(1, 16)) * ONE, cast.today))
        if officer is None or rng.random() < 0.45 or not flag.opened <= day <= cast.today:
            continue
        reached = bool(rng.random() < 0.85)
        words = _ABOUT_PUPIL[int(rng.integers(len(_ABOUT_PUPIL)))] if reached else "No answer; a message was left."
        fields = {"how": How.PHONE, "about": About.PUPILS, "words": words, "reached": reached, "pupils": [flag.pupil]}
        _made(cast, flag.at_school, officer, day, rng=rng, **fields)
        made += 1
    return made


def _made(cast: Cast, school: int, officer: User, day: dt.date, *, rng: np.random.Generator, **fields: Any) -> None:
    whom, now = _WHOM[int(rng.integers(len(_WHOM)))], cast.moment(day, float(rng.uniform(9, 16)))
    place = cast.schools[school]
    actions.record_school_contact(by=officer, today=cast.today, now=now, school=place, day=day, with_whom=whom, **fields)
