"""Plain functions that make the people and places a test needs. Every argument has a believable default."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.utils import timezone

from accounts.models import User
from attendance import matrix, register
from attendance.codes import NOTHING_SAID, find
from attendance.models import Load
from legal.models import Authorised
from schools import names
from schools.models import Authority, Enrolment, Parent, Posting, Pupil, Responsibility, School

PASSWORD = "a long walk to school 7"
_numbers = itertools.count(1)
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def valid_upn(number: int, la: str = "999") -> str:
    """A UPN with its right check letter: digits weighted 2 to 13, remainder by 23."""
    digits = f"{la}9001{number:05d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(2, 14), strict=False))
    return _UPN_LETTERS[total % 23] + digits


def make_authority(**fields: Any) -> Authority:
    """With its loaded history signed off, as an authority is when it works with Daymark."""
    sign_off_history()
    return Authority.objects.update_or_create(pk=1, defaults={"name": "Merebrook Council", "la_code": "999"} | fields)[0]


def make_user(role: str, *, name: str = "", email: str = "", **fields: Any) -> User:
    number = next(_numbers)
    user = User(email=email or f"{role}.{number}@merebrook.example", name=name or f"{role} {number}", role=role, **fields)
    user.set_password(PASSWORD)
    user.save()
    may_sign(user)
    return user


SIGNS = {
    "legal": Authorised.Power.values,
    "officer": ["improve", "contracts"],
    "manager": ["improve", "contracts"],
    "school_contact": ["improve"],
}


def may_sign(user: User) -> None:
    """What the authority's people may sign in a test, since 2024: a test about somebody who may not ends or takes it away."""
    Authorised.objects.bulk_create(
        Authorised(
            user=user,
            name=user.name,
            standing="officer",
            role=user.as_role.name,
            power=power,
            instrument="Scheme of delegation",
            reference="CS 12",
            start=dt.date(2024, 8, 19),
            at=timezone.now(),
        )
        for power in SIGNS.get(user.role, ())
    )


def make_school(name: str = "", *, urn: int | None = None, **fields: Any) -> School:
    number = next(_numbers)
    name = name or f"School {number}"
    fields = {"phase": School.Phase.SECONDARY, "la_code": "999"} | fields
    return School.objects.create(
        urn=urn or 990000 + number,
        name=name,
        sort_name=names.fold(name),
        search_text=names.fold(name),
        **fields,
    )


def post(user: User, school: School, *, start: dt.date = dt.date(2025, 9, 1), end: dt.date | None = None, part: str = "") -> Posting:
    part = part or {"officer": "lead", "school_contact": "contact"}.get(user.role, "staff")
    return Posting.objects.create(user=user, school=school, part=part, start=start, end=end)


def make_pupil(surname: str = "", forename: str = "Alex", *, upn: str | None = "", **fields: Any) -> Pupil:
    """A pupil with a valid UPN of their own; `upn=None` for one who has none yet."""
    number = next(_numbers)
    surname = surname or f"Pupil{number}"
    return Pupil.objects.create(
        upn=valid_upn(number) if upn == "" else upn,
        surname=surname,
        forename=forename,
        sort_name=names.sort_key(surname, forename),
        search_text=names.fold(f"{forename} {surname}"),
        **({"dob": dt.date(2013, 3, 4), "sex": "F"} | fields),
    )


def enrol(pupil: Pupil, school: School, *, start: dt.date = dt.date(2025, 9, 1), end: dt.date | None = None, **fields: Any) -> Enrolment:
    return Enrolment.objects.create(pupil=pupil, school=school, start=start, end=end, **({"year_group": "8"} | fields))


def make_parent(*pupils: Pupil, surname: str = "", forename: str = "Sam", **fields: Any) -> Parent:
    """A parent of `pupils`, with an address."""
    surname = surname or (pupils[0].surname if pupils else f"Parent{next(_numbers)}")
    fields = {"phone": "07700 900123", "address": "1 Mill Lane, Merebrook", "postcode": "MB1 1AA"} | fields
    parent = Parent.objects.create(
        surname=surname,
        forename=forename,
        sort_name=names.sort_key(surname, forename),
        search_text=f"{names.fold(f'{forename} {surname}')} {names.digits(fields['phone'])}",
        **fields,
    )
    for pupil in pupils:
        Responsibility.objects.create(pupil=pupil, parent=parent, relationship="mother", parental_responsibility=True)
    return parent


def school_days(start: dt.date) -> Iterator[dt.date]:
    """Mondays to Fridays from `start` on."""
    for number in itertools.count():
        day = start + dt.timedelta(days=number)
        if day.weekday() < 5:
            yield day


def write_marks(
    enrolment: Enrolment,
    marks: Mapping[dt.date, str | Sequence[str]] | dt.date,
    string: str = "",
    *,
    as_at: dt.datetime | None = None,
) -> Load:
    r"""Write one enrolment's marks through the register, as one load.

    write_marks(enrolment, {date(2026, 9, 7): "/\\", date(2026, 9, 8): ("C2", "C2")})
    write_marks(enrolment, date(2026, 9, 7), r"/\ /\ OO /O")   # from that day on, two marks a weekday, spaces don't matter
    `-` says nothing. Call `refresh` afterwards where figures or flags are looked at.
    """
    if isinstance(marks, dt.date):
        said = string.replace(" ", "")
        marks = dict(zip(school_days(marks), (said[i : i + 2] for i in range(0, len(said), 2)), strict=False))
    received = timezone.now()
    load = Load.objects.create(school=enrolment.school, as_at=as_at or received, received_at=received)
    register.lock(enrolment.school_id)
    by_year: dict[int, np.ndarray] = {}
    for day, pair in marks.items():
        year = matrix.academic_year(day)
        row = by_year.setdefault(year, matrix.blank(1))
        for pm, mark in enumerate(pair):
            if mark in NOTHING_SAID:
                continue
            code = find(mark, day)
            assert code is not None, f"{mark} is not a code on {day}"
            row[0, matrix.index_of(day, bool(pm))] = code.byte
    for year, row in by_year.items():
        register.write(load, year, [enrolment.pk], row)
    return load


def refresh(*schools: School, today: dt.date) -> None:
    """Bring rollups and flags up to date, as the pipeline does after a load."""
    from attendance import flagging, rollups
    from attendance.models import Register

    ids = [school.pk for school in schools]
    years = set(Register.objects.filter(school__in=ids).values_list("year", flat=True))
    rollups.refresh(schools=ids, years=years)
    flagging.refresh(pupils=None, schools=ids, today=today, now=timezone.now())


def sign_off_history() -> None:
    """As a manager does once what was issued before is loaded: without it no notice is issued."""
    from legal.models import SignOff

    said = {"words": "Every notice since August 2024, from the system before.", "day": dt.date(2026, 9, 1), "at": timezone.now()}
    SignOff.objects.get_or_create(standing=True, defaults={"by_name": "Mani Manager", **said})
