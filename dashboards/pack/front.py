"""The first page of a pack: a few figures, and the sentences one would say first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from attendance.rates import apart
from attendance.words import plural
from dashboards.pack.gather import Pack
from dashboards.templatetags.daymark import day, of, percent, plural_of, sessions_word

_NAMES = 8  # on the first page; the detail has all


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str
    note: str
    alarm: bool = False


def facts(pack: Pack) -> list[Fact]:
    return [_attendance(pack), _rating(pack), _severe(pack), _persistent(pack), _registers(pack), _last(pack)]


def _attendance(pack: Pack) -> Fact:
    attendance = pack.measures[0]
    if attendance.own is None:
        return Fact("Attendance", "not known", "no session of this school year is known")
    beside = f"England {percent(attendance.england)}" if attendance.england is not None else "England not published"
    return Fact("Attendance", percent(attendance.own.pct), f"{sessions_word(of(attendance.own.part, attendance.own.whole))}; {beside}")


def _rating(pack: Pack) -> Fact:
    rating = pack.rating
    if rating is None:
        return Fact(
            "Rating",
            "Not rated" if pack.inside else "Not published",
            "this school has not been rated" if pack.inside else "the authority has not published one",
        )
    more = ", moderated" if rating.moderated else ""
    return Fact("Rating", rating.word, f"{rating.term.lower()}{more}{', as published' if rating.told else ''}", rating.colour == "red")


def _unknown(name: str) -> Fact:
    """Of a school without a register nobody knows how many there are: it is not 0."""
    return Fact(name, "not known", "no register this school year")


def _severe(pack: Pack) -> Fact:
    if pack.reach is None and not pack.severe:
        return _unknown("Severely absent")
    bare, late = len(pack.unplanned), len(pack.overdue)
    said = [f"{bare} without a plan"] if bare else []
    said += [f"{plural(late, 'review')} overdue"] if late else []
    note = ", ".join(said) or ("each with a plan" if pack.severe else "none on roll")
    return Fact("Severely absent", f"{len(pack.severe)}", note, bool(said))


def _persistent(pack: Pack) -> Fact:
    counts = pack.counts
    if pack.reach is None and not counts["persistent"]:
        return _unknown("Persistently absent")
    note = f"{counts['severe']} of them severely; {counts['near']} more nearly so"
    return Fact("Persistently absent", f"{counts['persistent']}", note)


def _registers(pack: Pack) -> Fact:
    if pack.reach is None and not pack.questions:
        return _unknown("Questions on registers")
    reach = f"registers to {day(pack.reach)}" if pack.reach else "no register this school year"
    return Fact("Questions on registers", f"{len(pack.questions)}", f"open; {reach}")


def _last(pack: Pack) -> Fact:
    if pack.last is None:
        return Fact("Last meeting", "None yet", "no meeting with this school is recorded as held")
    done = f"{pack.last.done} of {plural(len(pack.last.actions), 'action')} done" if pack.last.actions else "no action agreed"
    return Fact("Last meeting", f"{pack.last.day.day} {pack.last.day:%b %Y}", done, bool(pack.last.late))


def sentences(pack: Pack) -> list[str]:
    """What one would say first, without the detail behind it."""
    found = [
        _figures(pack),
        _without_plan(pack),
        _fortnight(pack),
        _cohorts(pack),
        _timetables(pack),
        _moved(pack),
        *pack.moving.sentences[:1],
    ]
    return [sentence for sentence in found if sentence]


def _figures(pack: Pack) -> str:
    attendance = pack.measures[0]
    if attendance.own is None:
        return ""
    said = [f"Attendance is {percent(attendance.own.pct)} this school year"]
    if attendance.england is not None:
        said.append(f"England’s was {percent(attendance.england)} at the same point of last year")
    for name, other in (("in the same weeks of last year", attendance.before), ("last term", attendance.term)):
        if other:
            said.append(f"the school’s own {percent(other.pct)} {name} ({_moved_by(apart(other.pct, attendance.own.pct))})")
    return f"{'; '.join(said)}."


def _moved_by(points: float | None) -> str:
    if not points:
        return "unchanged"
    return f"{'up' if points > 0 else 'down'} {abs(points):.1f} points"


def _without_plan(pack: Pack) -> str:
    said = []
    for what, lines in (("without a plan", pack.unplanned), ("with a plan whose review is overdue", pack.overdue)):
        if lines:
            said.append(f"{what}: {_listed([line.who.name for line in lines])}")
    return f"Severely absent {'; '.join(said)}." if said else ""


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _fortnight(pack: Pack) -> str:
    if pack.beside is None:
        return ""
    return f"{pack.beside.title}: {pack.beside.sentence}" if pack.beside.title else pack.beside.sentence


def _cohorts(pack: Pack) -> str:
    if not pack.cohorts:
        return ""
    said = ", ".join(f"{one.name} by {one.points:.1f} points" for one in pack.cohorts[:3])
    return f"More absence than the same pupils of the authority’s {pack.phase} schools: {said}."


def _timetables(pack: Pack) -> str:
    if not pack.part_time:
        return ""
    late = sum(row.late or row.end is None for row, _ in pack.part_time)
    said = plural_of(len(pack.part_time), "pupil has,pupils have")
    return f"{said} a part-time timetable, {late} of them past its end or without one on record."


def _moved(pack: Pack) -> str:
    if pack.last is None:
        return ""
    together = pack.last.together
    moved = ""
    if together:
        moved = (
            f" Attendance of {together.who}: {sessions_word(of(together.before.attended, together.before.possible))} before it, "
            f"{of(together.after.attended, together.after.possible)} since ({together.words}; this shows no cause)."
        )
    return f"Of the meeting on {day(pack.last.day)}: {pack.last.sentence[0].lower()}{pack.last.sentence[1:]}{moved}"
