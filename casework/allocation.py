"""Who should work a case, and why: the specialist for the child's cohort, else the school's own officer, else who covers there. Pure.

Local practice: nothing national says who works a case. A suggestion is never more than that; whoever assigns decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Cohort(StrEnum):
    """Children for whom a team may have a specialist."""

    SOCIAL_WORKER = "social_worker"
    YOUTH_JUSTICE = "youth_justice"
    SEN = "sen"
    MISSING = "missing"


NAMES = {
    Cohort.SOCIAL_WORKER: "children with a social worker",
    Cohort.YOUTH_JUSTICE: "youth justice",
    Cohort.SEN: "special educational needs",
    Cohort.MISSING: "children missing education",
}
# by what is recorded of a pupil on the day; a child missing education is known by their own record, not by a characteristic
KINDS: dict[Cohort, frozenset[str]] = {
    Cohort.SOCIAL_WORKER: frozenset({"cla", "cin", "cp"}),
    Cohort.YOUTH_JUSTICE: frozenset({"yjs"}),
    Cohort.SEN: frozenset({"ehcp", "sen_support"}),
}


def cohorts_of(kinds: Collection[str]) -> tuple[Cohort, ...]:
    """The cohorts of a child with these characteristics, the one that decides first in front."""
    return tuple(cohort for cohort in Cohort if KINDS.get(cohort, frozenset()) & set(kinds))


def weight(stage: str, reason: str, policy: Mapping[str, int]) -> int:
    """How much work a case is, in tenths of a usual one."""
    usual = policy.get(f"load_{stage}", policy["load_other"])
    return usual + (policy["load_severe"] if reason == "severe_absence" else 0)


def said_weight(tenths: int) -> str:
    """ "41.5": in usual cases."""
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An officer as they stand to one school on a day. `weight`: what they carry, in tenths; those whom they cover for included."""

    key: int
    name: str
    weight: int
    part: str  # at the school: "lead", "cover" or ""
    cohorts: frozenset[Cohort] = frozenset()
    away: str = ""  # in words: "is away until 4 December 2026"; "" for who is here


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`key` None: nobody. `passed`: why those who come first by rule were not taken. `posts`: they must be posted to the school too."""

    key: int | None
    why: str
    passed: tuple[str, ...] = ()
    posts: bool = False


def suggest(cohorts: Sequence[Cohort], school: str, candidates: Iterable[Candidate], *, full: int) -> Suggestion:
    """Specialist, then lead, then cover; among equals the one who carries least. Whoever is away or full is passed over, and it is said."""
    found = sorted(candidates, key=lambda one: (one.weight, one.name, one.key))
    passed: list[str] = []
    for cohort in cohorts:
        for one in found:
            if cohort in one.cohorts and _free(one, full, passed):
                why = f"{one.name} is the specialist for {NAMES[cohort]}, and the child is one of them."
                posts = not one.part
                why += f" They are not posted to {school} yet." if posts else ""
                return Suggestion(one.key, f"{why} {_carries(one, full)}", tuple(passed), posts)
    for part, said in (("lead", "is the contact of"), ("cover", "covers at")):
        for one in found:
            if one.part == part and _free(one, full, passed):
                return Suggestion(one.key, f"{one.name} {said} {school}. {_carries(one, full)}", tuple(passed))
    if not any(one.part for one in found):
        return Suggestion(None, f"Nobody of the team is posted to {school}: a manager decides.", tuple(passed))
    return Suggestion(None, "Nobody who could take it is here and free: a manager decides.", tuple(passed))


def _free(one: Candidate, full: int, passed: list[str]) -> bool:
    if one.away:
        said = f"{one.name} {one.away}."
    elif one.weight >= full:
        said = f"{one.name} is full: carries {said_weight(one.weight)} of {said_weight(full)}."
    else:
        return True
    if said not in passed:
        passed.append(said)
    return False


def _carries(one: Candidate, full: int) -> str:
    return f"Carries {said_weight(one.weight)} of {said_weight(full)}."
