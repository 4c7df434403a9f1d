"""An invented authority of any size: schools, pupils and a year of marks, each school's made when it is asked for.

At scale 1 it is the largest in England: 450 schools, 220,000 pupils, 191 days, 84 million marks. Its files and the rows
for COPY are made as whole arrays of characters, because every row of a kind is as long as the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks import files

Characters = NDArray[np.uint8]  # codes as ASCII, shape (pupils, sessions)

DAYS = files.school_days()[:191]
TODAY = DAYS[-1]
PRIMARY, SECONDARY = 280, 1533  # pupils; one school in six is a secondary
FIRST_URN = 100001
AREAS, TRUSTS = 22, 60
# one pupil in so many: about England's shares of free meals, SEN and the smaller groups that teams watch
COHORTS = {"fsm": 4, "sen_support": 7, "ehcp": 19, "eal": 5, "cla": 151, "cin": 33, "cp": 201, "young_carer": 83, "yjs": 307}
LOGIN, PASSWORD = "bench@example.org", "bench pass phrase"
READERS = [f"reader-{n}@example.org" for n in range(20)]  # who look at pages at once, each a manager of their own
AMENDED = 0.03  # of a year's marks, changed by a later export

_ABSENT = np.frombuffer(b"IIIIIIIIMMMCCEROOOOGGUNB", np.uint8)
_NOTHING = ord("-")
_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRTUVWXYZ", np.uint8)


@dataclass(frozen=True)
class Place:
    """One school: its pupils are numbered on from `first`, through the whole authority."""

    urn: int
    first: int
    pupils: int

    @property
    def phase(self) -> str:
        return "primary" if self.pupils == PRIMARY else "secondary"

    @property
    def numbers(self) -> NDArray[np.int64]:
        return np.arange(self.first, self.first + self.pupils)


def places(scale: float) -> list[Place]:
    found, first = [], 0
    for number in range(max(round(450 * scale), 1)):
        pupils = SECONDARY if number % 6 == 5 else PRIMARY
        found.append(Place(FIRST_URN + number, first, pupils))
        first += pupils
    return found


def marks(place: Place) -> Characters:
    """The school's year. Every child has a share of absence of its own; about 7 in 100 sessions are missed, in runs of days."""
    chance = np.random.default_rng(place.urn)
    shape = (place.pupils, len(DAYS))
    share = chance.beta(0.9, 11, (place.pupils, 1))
    begins = chance.random(shape) < share / 2
    goes_on = np.roll(begins, 1, axis=1) & (chance.random(shape) < 0.7)
    away = begins | goes_on | np.roll(goes_on, 1, axis=1)
    code = _ABSENT[chance.integers(0, len(_ABSENT), shape)]
    said = np.empty((*shape, 2), np.uint8)
    said[..., 0] = np.where(away, code, ord("/"))
    said[..., 1] = np.where(away, code, ord("\\"))
    late = ~away & (chance.random(shape) < 0.01)
    said[..., 0][late] = ord("L")
    return said.reshape(place.pupils, -1)


def amended(place: Place, said: Characters) -> Characters:
    """The year as a later export has it: some of its marks are others."""
    chance = np.random.default_rng(place.urn + 10**6)
    changes = chance.random(said.shape) < AMENDED
    other = _ABSENT[chance.integers(0, len(_ABSENT), said.shape)]
    return np.where(changes, np.where(other == said, ord("V"), other), said).astype(np.uint8)


def upns(numbers: NDArray[np.int64]) -> Characters:
    """Shape (pupils, 13), with their check letters."""
    digits = _digits(998_000_000_000 + numbers, 12)
    letter = ((digits - ord("0")).astype(np.int64) * np.arange(2, 14)).sum(axis=1) % 23
    return np.concatenate((_LETTERS[letter][:, None], digits), axis=1)


def upn_texts(numbers: NDArray[np.int64]) -> list[str]:
    return [row.tobytes().decode() for row in upns(numbers)]


def _digits(numbers: NDArray[np.int64], width: int) -> Characters:
    return (numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10 + ord("0")).astype(np.uint8)


def _text(text: str) -> Characters:
    return np.frombuffer(text.encode(), np.uint8)


def _rows(shape: tuple[int, ...], *parts: Characters | str) -> bytes:
    """Rows of parts laid side by side, each a text or an array that fits `shape` but for its own characters; a line end each."""
    arrays = [_text(part) if isinstance(part, str) else part for part in (*parts, "\n")]
    lined = np.empty((*shape, sum(part.shape[-1] for part in arrays)), np.uint8)
    at = 0
    for part in arrays:
        lined[..., at : at + part.shape[-1]] = part
        at += part.shape[-1]
    return lined.tobytes()


def _isos(days: list[dt.date]) -> Characters:
    return _text("".join(day.isoformat() for day in days)).reshape(len(days), 10)


def sessions_file(place: Place, said: Characters, days: list[dt.date] = DAYS) -> bytes:
    """A row for each pupil and session, by pupil and date. `said` has two columns for each of `days`."""
    shape = (place.pupils, len(days), 2)
    who, when, half = upns(place.numbers)[:, None, None], _isos(days)[:, None], _text("AMPM").reshape(2, 2)
    body = _rows(shape, f"{place.urn},", who, ",", when, ",", half, ",", said.reshape(*shape, 1))
    return b"URN,UPN,Date,Session,Mark\n" + body


def weeks_file(place: Place, said: Characters, days: list[dt.date] = DAYS) -> bytes:
    """A row for each pupil and week."""
    mondays = sorted({day - dt.timedelta(days=day.weekday()) for day in days})
    strings = np.full((place.pupils, len(mondays), 14), ord("#"), np.uint8)
    strings[:, -1, 2 * (days[-1].weekday() + 1) :] = _NOTHING
    for column, day in enumerate(days):
        week, at = mondays.index(day - dt.timedelta(days=day.weekday())), 2 * day.weekday()
        strings[:, week, at : at + 2] = said[:, 2 * column : 2 * column + 2]
    when = _text("".join(f"{monday:%d/%m/%Y}" for monday in mondays)).reshape(-1, 10)
    who = upns(place.numbers)[:, None]
    body = _rows(strings.shape[:2], f"{place.urn},", who, ",", when, ",", strings)
    return b"URN,UPN,WeekStart,WeekMarks\n" + body


def rows(place: Place, said: Characters, days: list[dt.date] = DAYS) -> bytes:
    """The same marks for `COPY ... (format csv)`: pupil, date, afternoon, code."""
    shape = (place.pupils, len(days), 2)
    who, half = _digits(place.numbers, 7)[:, None, None], _text("ft").reshape(2, 1)
    return _rows(shape, who, ",", _isos(days)[:, None], ",", half, ",", said.reshape(*shape, 1))


def build(every: list[Place]) -> None:
    """The schools and their rolls, in the database: what an authority has before the first register comes."""
    people()
    _roll(every, _schools(every))


def people() -> None:
    from django.contrib.auth.hashers import make_password

    from accounts.models import User

    password = make_password(PASSWORD)
    for number, email in enumerate([LOGIN, *READERS]):
        User(email=email, name=f"Bench Manager {number}", role="manager", password=password).save()


def _schools(every: list[Place]) -> dict[int, int]:
    """By URN their keys."""
    from config.demo import bulk
    from schools.models import Area, School, Trust

    wards, clusters = (
        Area.objects.bulk_create(Area(kind=kind, name=f"Bench {kind} {n}", code=str(n)) for n in range(AREAS))
        for kind in (Area.Kind.WARD, Area.Kind.CLUSTER)
    )
    trusts = Trust.objects.bulk_create(Trust(name=f"Bench trust {n}", code=f"BT{n}") for n in range(TRUSTS))
    columns = ("urn", "la_code", "estab", "name", "sort_name", "phase", "type_code", "type_name", "type_group", "independent")
    columns += ("trust_id", "ward_id", "cluster_id")
    blank = ("street", "locality", "town", "postcode", "telephone", "website", "head_name", "search_text")
    bulk.copy(
        School,
        (*columns, *blank),
        (
            (p.urn, "998", "", f"Bench school {p.urn}", f"bench school {p.urn}", p.phase, "", "", "", False)
            + (trusts[p.urn % TRUSTS].pk, wards[p.urn % AREAS].pk, clusters[p.urn // 7 % AREAS].pk)
            + ("",) * len(blank)
            for p in every
        ),
    )
    return dict(School.objects.values_list("urn", "pk"))


def _called(place: Place) -> Iterator[tuple[str, str]]:
    """Forename and surname of each pupil, as varied as the demo's: what is searched must not be one word 220,000 times."""
    from config.demo.names import heritages

    every = heritages()
    share = np.array([heritage.share for heritage in every])
    chance = np.random.default_rng([11, place.first])
    for kind, given, family in zip(
        chance.choice(len(every), place.pupils, p=share / share.sum()), *chance.random((2, place.pupils)), strict=True
    ):
        one = every[kind]
        forenames = (*one.girls, *one.boys)
        yield forenames[int(given * len(forenames))], one.surnames[int(family * len(one.surnames))]


def _roll(every: list[Place], school: dict[int, int]) -> None:
    """Their pupils, and what is known of them."""
    from accounts import clock
    from config.demo import bulk
    from schools import names
    from schools.models import Characteristic, Enrolment, Pupil

    now, start = clock.now(), dt.date(2024, 9, 1)
    pupil, spells, known, key = [], [], [], bulk.keys(Pupil)
    for place in every:
        eldest, years = (11, 7) if place.phase == "primary" else (16, 5)
        for number, upn, (forename, surname) in zip(place.numbers.tolist(), upn_texts(place.numbers), _called(place), strict=True):
            year = number % years
            one = Pupil(id=next(key), upn=upn, surname=surname, forename=forename)
            one.dob = dt.date(TODAY.year - eldest + year, 1 + number % 8, 1 + number % 28)
            one.sex = "FM"[number // years % 2]
            sort, found = names.sort_key(one.surname, one.forename), names.pupil_search_text(one)
            pupil.append((one.pk, upn, one.surname, one.forename, "", one.dob, one.sex, "", "", sort, found, now))
            group = str(eldest - 5 - year) if eldest - 5 > year else "R"
            spells.append((one.pk, school[place.urn], start, "main", False, group, ""))
            known += [(one.pk, kind, start, "") for kind, one_in in COHORTS.items() if number % one_in == 1]
    of_pupil = ("id", "upn", "surname", "forename", "known_as", "dob", "sex", "address", "postcode", "sort_name", "search_text")
    bulk.copy(Pupil, (*of_pupil, "created_at"), pupil)
    bulk.copy(Enrolment, ("pupil_id", "school_id", "start", "kind", "start_from_marks", "year_group", "leaving_reason"), spells)
    bulk.copy(Characteristic, ("pupil_id", "kind", "start", "source"), known)
