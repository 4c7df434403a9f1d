"""Who a pupil may be whom a register names without a usable UPN: pure, with the reasons in words. A person decides, nothing here does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schools import names

_TAIL = re.compile(r"\d{11}[0-9A-Z]")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # wrong ones too: schools do use a few numbers whose letter does not fit

CERTAIN, LIKELY, POSSIBLE, WEAK = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Sent:
    """What a file says of a pupil. `upn` as sent, usable or not."""

    upn: str
    surname: str
    forename: str
    dob: dt.date


@dataclass(frozen=True, slots=True)
class Known:
    """A pupil we know. `former_names` are (surname, forename) pairs; `upns` are today's number first, then former ones."""

    pk: int
    upns: tuple[str, ...]
    surname: str
    forename: str
    dob: dt.date | None
    known_as: str = ""
    former_names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing said of both. `agrees` is None where one side does not say."""

    label: str
    sent: str
    known: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pupil who may be meant. `rank` 1 is: surname, forename and date of birth are the same."""

    pk: int
    rank: int
    reasons: tuple[str, ...]
    compared: tuple[Compared, ...]


def candidates(sent: Sent, known: Iterable[Known]) -> list[Candidate]:
    """Those who may be meant, likeliest first; whoever shares neither birthday nor number is not among them."""
    found = []
    for pupil in known:
        told = sorted(_reasons(sent, pupil))
        if told:
            found.append(Candidate(pupil.pk, told[0][0], tuple(words for _, words in told), _compared(sent, pupil)))
    return sorted(found, key=lambda one: (one.rank, -len(one.reasons), one.pk))


def only_certain(found: list[Candidate]) -> Candidate | None:
    """The one whose name and date of birth are those sent, where there is one and nobody else is nearly as like."""
    if not found or found[0].rank != CERTAIN or (len(found) > 1 and found[1].rank <= LIKELY):
        return None
    number = next(one for one in found[0].compared if one.label == "UPN")
    return found[0] if number.agrees is not False else None


def other_birthday(day: dt.date) -> dt.date | None:
    """The date with day and month exchanged; None where there is no other such date."""
    if day.day > 12 or day.day == day.month:
        return None
    return dt.date(day.year, day.day, day.month)


def upns_like(sent: str) -> list[str]:
    """The numbers that end as the one sent does, whatever their first letter; [] where it has no such end."""
    tail = _tail(sent)
    return [letter + tail for letter in _LETTERS] if tail else []


def _tail(upn: str) -> str:
    found = _TAIL.search(upn.upper())
    return found[0] if found else ""


def _reasons(sent: Sent, pupil: Known) -> Iterator[tuple[int, str]]:
    surname, forename = names.fold(sent.surname), names.fold(sent.forename)
    same_name = (surname, forename) == (names.fold(pupil.surname), names.fold(pupil.forename))
    yield from _by_number(sent, pupil)
    if pupil.dob == sent.dob:
        yield from _by_birthday(surname, forename, pupil)
    elif pupil.dob is not None and same_name and pupil.dob == other_birthday(sent.dob):
        yield POSSIBLE, "Same surname and forename, and the date of birth is the same with day and month exchanged"


def _by_number(sent: Sent, pupil: Known) -> Iterator[tuple[int, str]]:
    for place, upn in enumerate(pupil.upns):
        whose = "their UPN" if place == 0 else "a UPN they once had"
        if upn == sent.upn.upper():
            yield LIKELY, f"{upn} is {whose}"
        elif _tail(sent.upn) and upn[1:] == _tail(sent.upn):
            has_letter = re.search(r"[A-Z]" + re.escape(upn[1:]), sent.upn.upper()) is not None
            lacks = "another first letter" if has_letter else "its first letter missing"
            yield POSSIBLE, f"The UPN as sent, {sent.upn}, is {whose} {upn} with {lacks}"


def _by_birthday(surname: str, forename: str, pupil: Known) -> Iterator[tuple[int, str]]:
    """Of a pupil born on that day. The name of today decides before one they had or are called by."""
    now = (names.fold(pupil.surname), names.fold(pupil.forename))
    others = [(names.fold(s), names.fold(f)) for s, f in pupil.former_names]
    if pupil.known_as:
        others += [(s, names.fold(pupil.known_as)) for s, _ in [now, *others]]
    if (surname, forename) == now:
        yield CERTAIN, "Same surname, forename and date of birth"
    elif (surname, forename) in others:
        yield LIKELY, "Same date of birth, and the name is one they had or are known by"
    elif forename and (forename, surname) == now:
        yield LIKELY, "Same date of birth, and the same name with surname and forename exchanged"
    elif any(alike(surname, s) and alike(forename, f) for s, f in [now, *others]):
        yield POSSIBLE, "Same date of birth and a similar name"
    elif surname in {s for s, _ in [now, *others]}:
        yield WEAK, "Same date of birth and surname and another forename: perhaps a twin"


def alike(one: str, other: str) -> bool:
    """Whether two folded names may be one name: a letter or two apart, one short for the other, or one part of a double name."""
    if one == other:
        return True
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short):
        return True
    if set(short.split()) <= set(long.split()):
        return True
    allowed = 0 if len(long) < 4 else 1 if len(long) < 8 else 2
    return len(long) - len(short) <= allowed and _distance(one, other) <= allowed


def _distance(one: str, other: str) -> int:
    """Letters to put in, take out, change or exchange with their neighbour, to make one of the other (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, theirs in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _compared(sent: Sent, pupil: Known) -> tuple[Compared, ...]:
    number = pupil.upns[0] if pupil.upns else ""
    agrees = sent.upn.upper() in pupil.upns if sent.upn and pupil.upns else None
    if agrees is False and any(upn[1:] == _tail(sent.upn) for upn in pupil.upns):
        agrees = None  # the same but for its letter: neither for nor against
    return (
        _texts("Surname", sent.surname, pupil.surname),
        _texts("Forename", sent.forename, pupil.forename),
        Compared("Date of birth", f"{sent.dob:%-d %B %Y}", f"{pupil.dob:%-d %B %Y}" if pupil.dob else "", _same_day(sent, pupil)),
        Compared("UPN", sent.upn, number, agrees),
    )


def _same_day(sent: Sent, pupil: Known) -> bool | None:
    return None if pupil.dob is None else pupil.dob == sent.dob


def _texts(label: str, sent: str, known: str) -> Compared:
    return Compared(label, sent, known, names.fold(sent) == names.fold(known) if sent and known else None)
