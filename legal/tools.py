"""What may be done for a child: each tool, whether the rules let it be used today, why, and by which source. Pure.

Sources: Education Act 1996 ss.437 to 447; Anti-social Behaviour Act 2003 s.19; Children Act 1989 s.36 and Sch 3; Crime and Disorder Act
1998 s.8; Education and Inspections Act 2006 ss.103 to 105; Magistrates' Courts Act 1980 ss.16A and 127; the national framework for penalty
notices. Support comes before all of them. A rule says what may be considered; that it is used is always somebody's decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from legal.clocks import LastSafe
from legal.penalty import OTHER_TOOLS, Escalation, session_of, written
from schools import ages


class Can(StrEnum):
    YES = "yes"  # the rules let it be considered
    NOT_YET = "not_yet"  # something has to come first
    NO = "no"


@dataclass(frozen=True, slots=True)
class Tool:
    key: str
    name: str
    can: Can
    reasons: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about a child and whoever is said to be liable. None: it is not known."""

    today: dt.date
    dob: dt.date | None
    schools: Mapping[str, bool]  # on roll today: the school's name, and whether it is independent
    holiday: bool = False  # what it is about is a holiday in term time
    met: bool = False  # the threshold
    threshold: str = ""  # in words
    safe: LastSafe | None = None  # of the sessions that would be relied on
    in_care: bool = False
    supervision: str = ""  # an education supervision order in force, in words
    considered: dt.date | None = None  # when a supervision order was considered, applied for or made (EA 1996 s.447)
    convicted: dt.date | None = None  # under s.443 or s.444
    attendance_order: str = ""
    loaded_orders: tuple[str, ...] = ()  # of the time before, not ended as far as is known, in words
    standing: Mapping[str, Escalation] = field(default_factory=dict)  # by parent: what the next notice would be
    running: tuple[str, ...] = ()  # notices whose time to pay runs, contracts and the like, in words


AGE = "Education Act 1996 s.8"


def beyond_age(name: str, dob: dt.date | None, sessions: Iterable[str], *, then: str = "refuse the request") -> str:
    """Why sessions cannot be relied on because of the child's age on their days; "" where all lie in compulsory school age, or it is
    not known. A date of birth that is corrected changes it."""
    days = sorted(dt.date.fromisoformat(session_of(said)[:10]) for said in sessions)
    if dob is None or not days:
        return ""
    outside = [day for day in days if not ages.of_compulsory_age(dob, day)]
    if not outside:
        return ""
    first, last = ages.compulsory_from(dob), ages.compulsory_until(dob)
    when = f"after {written(last)}, when it ended" if outside[0] > last else f"before {written(first)}, when it begins"
    age = ages.age_on(dob, outside[0])
    return (
        f"{name} was born on {written(dob)} and was {age} on {written(outside[0])}: {len(outside)} of the {len(days)} sessions lie {when}. "
        f"Absence outside compulsory school age is no offence of a parent ({AGE}). Check the date of birth; if it is right, {then}."
    )


def no_day_of_birth(name: str) -> str:
    return (
        f"The date of birth of {name} is not known, so it cannot be shown that the child is of compulsory school age ({AGE}). Have it "
        "entered first."
    )


def all_tools(facts: Facts) -> list[Tool]:
    """Every tool, the gentlest first."""
    found = [
        _contract(facts),
        _improve(facts),
        _notice(facts),
        _public_place(facts),
        _supervision(facts),
        _attendance_order(facts),
        _prosecution(facts),
        _aggravated(facts),
        _single_justice(facts),
        _parenting(facts),
    ]
    return [_with_loaded(tool, facts) for tool in found]


_UNDER_AN_ORDER = ("improve", "notice", "supervision", "s444_1", "s444_1a", "single_justice")


def _with_loaded(tool: Tool, facts: Facts) -> Tool:
    """Whether a loaded order is a supervision order in force nobody has said: it rules nothing out, and whoever decides is told of it."""
    if tool.key not in _UNDER_AN_ORDER:
        return tool
    return replace(tool, reasons=(*tool.reasons, *facts.loaded_orders))


def _tool(key: str, name: str, source: str, no: Iterable[str], first: Iterable[str], yes: Iterable[str]) -> Tool:
    """What rules it out comes before what has to come first, and that before what is to be said of one that may be used."""
    no, first = tuple(filter(None, no)), tuple(filter(None, first))
    can = Can.NO if no else Can.NOT_YET if first else Can.YES
    return Tool(key, name, can, no or first or tuple(filter(None, yes)), source)


def _of_age(facts: Facts) -> str:
    """Why the child is outside compulsory school age today, or ""."""
    if facts.dob is None or ages.of_compulsory_age(facts.dob, facts.today):
        return ""
    last = ages.compulsory_until(facts.dob)
    if facts.today > last:
        return f"The child has been over compulsory school age since {written(last)} ({AGE})."
    return f"The child is not of compulsory school age before {written(ages.compulsory_from(facts.dob))} ({AGE})."


def _age_unknown(facts: Facts) -> str:
    return "The date of birth is not known, so compulsory school age could not be checked." if facts.dob is None else ""


def _independent(facts: Facts, what: str) -> str:
    """Only where every school at which the child is on roll is independent: the others' absence may still found it."""
    if facts.schools and all(facts.schools.values()):
        return f"{' and '.join(facts.schools)} is an independent school: {what}."
    return "" if facts.schools else "The child is on no roll that we know of."


def _under_supervision(facts: Facts, what: str) -> str:
    if not facts.supervision:
        return ""
    law = "Children Act 1989 Sch 3 para 13"
    return f"{facts.supervision} is in force: its directions stand in place of the parent’s duty, so {what} ({law})."


def _contract(facts: Facts) -> Tool:
    return _tool(
        "contract",
        "Attendance contract",
        "Anti-social Behaviour Act 2003 s.19",
        [_of_age(facts), _independent(facts, "no contract under s.19 exists for its pupils")],
        [],
        [
            "It is voluntary: to a parent who is absent it can only be offered.",
            f"{facts.supervision} is in force: ask its supervisor first." if facts.supervision else "",
            _age_unknown(facts),
        ],
    )


def _improve(facts: Facts) -> Tool:
    return _tool(
        "improve",
        "Notice to improve",
        "National framework for penalty notices",
        [
            _of_age(facts),
            _independent(facts, "a penalty notice cannot follow, so there is nothing to warn of"),
            "It is about a holiday: support is not what is missing, and a notice to improve is not used." if facts.holiday else "",
            _under_supervision(facts, "no notice is given"),
        ],
        [_age_unknown(facts)],
        ["A last chance, where support was offered and is not taken up or does not work."],
    )


def _notice(facts: Facts) -> Tool:
    left = {name: found for name, found in facts.standing.items() if found.order is not None}
    none_left = ""
    if facts.standing and not left:
        none_left = f"Two notices within three years count against {_names(facts.standing)}: another tool, such as {OTHER_TOOLS}."
    some = [_which(name, found) for name, found in left.items()]
    out = [name for name in facts.standing if name not in left]
    if out and left:
        some.append(f"Not to {' and '.join(out)}: two notices within three years count.")
    return _tool(
        "notice",
        "Penalty notice",
        "Education Act 1996 ss.444A and 444B; national framework for penalty notices",
        [
            _over_age_for_notice(facts),
            _independent(facts, "no penalty notice can be issued for its pupils"),
            _under_supervision(facts, "no notice is issued"),
            none_left,
        ],
        [
            "" if facts.met else f"The threshold is not met: {facts.threshold}." if facts.threshold else "The threshold is not met.",
            _age_unknown(facts),
        ],
        [facts.threshold and f"The threshold is met: {facts.threshold}.", *some],
    )


def _which(name: str, found: Escalation) -> str:
    return f"{name}: first notice, £{found.early}, later £{found.full}." if found.order == 1 else f"{name}: second notice, £{found.full}."


def _over_age_for_notice(facts: Facts) -> str:
    """Sessions count by the age on their own days: one who has left since may still have missed some that found a notice."""
    return "" if facts.met else _of_age(facts)


def _names(standing: Mapping[str, Escalation]) -> str:
    return " and ".join(standing)


def _public_place(facts: Facts) -> Tool:
    return _tool(
        "public_place",
        "Public-place penalty notice",
        "Education and Inspections Act 2006 ss.103 to 105",
        [_of_age(facts), _independent(facts, "these notices are not for its pupils")],
        [
            "It is about the first five school days of a suspension or exclusion, as stated in the notice under s.104, and about where the "
            "child was, not about the register."
        ],
        [],
    )


def _supervision(facts: Facts) -> Tool:
    return _tool(
        "supervision",
        "Education supervision order",
        "Children Act 1989 s.36 and Sch 3 Part III",
        [
            _of_age(facts),
            "The child is in the care of a local authority." if facts.in_care else "",
            f"{facts.supervision} is in force: apply to extend it before it ends." if facts.supervision else "",
        ],
        [],
        [
            "The family court makes it where a child of compulsory school age is not being properly educated; independent schools too.",
            f"It was considered on {written(facts.considered)}." if facts.considered else "",
            _age_unknown(facts),
        ],
    )


def _attendance_order(facts: Facts) -> Tool:
    return _tool(
        "attendance_order",
        "School attendance order",
        "Education Act 1996 ss.437 to 443",
        [
            _of_age(facts),
            f"{facts.attendance_order} is in force." if facts.attendance_order else "",
            f"The child is on roll at {' and '.join(facts.schools)}: it is for a child in no suitable education." if facts.schools else "",
        ],
        [],
        ["The parent is first given at least 15 days to satisfy the authority that the child is suitably educated.", _age_unknown(facts)],
    )


def _to_consider(facts: Facts) -> str:
    """It is considered before these proceedings: what was considered before the absence was about another (ours)."""
    rule = "the authority does so before it prosecutes (Education Act 1996 s.447(1))."
    if facts.considered is None:
        return f"Consider an education supervision order first, and record it: {rule}"
    if facts.safe and facts.considered < facts.safe.earliest:
        return (
            f"An education supervision order was last considered on {written(facts.considered)}, before the first of these sessions, of "
            f"{written(facts.safe.earliest)}. Consider it anew, and record it: {rule}"
        )
    return ""


def _may_prosecute(facts: Facts) -> tuple[list[str], list[str], list[str]]:
    late = facts.safe is not None and facts.safe.next is None
    no = [
        _under_supervision(facts, "no proceedings under s.444 are begun"),
        "" if facts.schools or facts.safe else "The child is on no roll that we know of: s.444 is about registered pupils.",
        f"{facts.safe.words}" if facts.safe and late else "",
        "" if facts.safe else _of_age(facts),
    ]
    first = [
        *facts.running,
        "" if facts.safe else "No unauthorised session is on record that could be charged.",
        _to_consider(facts),
    ]
    yes = [
        f"Last safe day to lay the information: {facts.safe.words}" if facts.safe else "",
        f"An education supervision order was considered on {written(facts.considered)}." if facts.considered else "",
        _age_unknown(facts),
    ]
    return no, first, yes


def _prosecution(facts: Facts) -> Tool:
    no, first, yes = _may_prosecute(facts)
    source = "Education Act 1996 ss.444(1) and 447; Magistrates’ Courts Act 1980 s.127"
    return _tool("s444_1", "Prosecution, s.444(1)", source, no, first, yes)


def _aggravated(facts: Facts) -> Tool:
    no, first, yes = _may_prosecute(facts)
    proof = "It must be proved that the parent knew of the absence and failed to cause the child to attend."
    return _tool("s444_1a", "Prosecution, s.444(1A)", "Education Act 1996 ss.444(1A) and 447", no, first, [proof, *yes])


def _single_justice(facts: Facts) -> Tool:
    no, first, _ = _may_prosecute(facts)
    words = "For s.444(1) only and an adult: s.444(1A) can be punished with prison, so it goes to a hearing."
    return _tool("single_justice", "Single justice procedure", "Magistrates’ Courts Act 1980 s.16A", no, first, [words])


def _parenting(facts: Facts) -> Tool:
    return _tool(
        "parenting",
        "Parenting order",
        "Crime and Disorder Act 1998 s.8",
        [],
        [
            ""
            if facts.convicted
            else "A court makes it after a conviction under s.443 or s.444; none is on record. Orders under the Anti-social Behaviour Act "
            "2003 s.20 are for exclusion and behaviour, not for absence."
        ],
        [f"A conviction of {written(facts.convicted)} is on record: the court may make one." if facts.convicted else ""],
    )
