"""What is not known about who a notice would be to, for which child, and after which earlier ones: asked before anything is issued."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from legal import pasts, persons
from legal.pasts import Pasts, Waiting, who_is
from legal.penalty import NOT_LOADED, written
from legal.persons import Child
from schools.models import Parent, Pupil
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Pair:
    """Two parent records that may be of one person, and why."""

    one: Parent
    other: Parent
    shared: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"the same {_listed(self.shared)}"


@dataclass(frozen=True, slots=True)
class Doubts:
    """Everything that somebody has to answer, or should look at, before a notice for this child."""

    signed_off: bool
    pairs: list[Pair] = field(default_factory=list)
    children: list[Pupil] = field(default_factory=list)  # other records that may be of this child
    waiting: list[Waiting] = field(default_factory=list)
    elsewhere: str = ""  # why another authority may have issued notices, and what of its reply
    elsewhere_blocks: bool = False

    @property
    def any(self) -> bool:
        return bool(not self.signed_off or self.pairs or self.children or self.waiting or self.elsewhere)


def _listed(some: Sequence[str]) -> str:
    return f"{', '.join(some[:-1])} and {some[-1]}" if len(some) > 1 else "".join(some)


def pairs_of(parents: Iterable[Parent], people: Mapping[int, frozenset[int]], alike: Iterable[Any] | None = None) -> list[Pair]:
    """Records anywhere that may be of the same person as one of these, as long as nobody has said. One query, unless `alike` is known."""
    parents = list(parents)
    found = []
    for other in pasts.alike_to(parents) if alike is None else alike:
        answered = {*other.to, *other.of}
        for parent in parents:
            person = people[parent.pk]
            if other.pk in person or person & answered:
                continue
            if shared := persons.alike(who_is(parent), who_is(other)):
                found.append(Pair(parent, other, tuple(shared)))
    return _once(found)


def _once(pairs: list[Pair]) -> list[Pair]:
    """Of two who are both asked about, the pair once."""
    seen: set[frozenset[int]] = set()
    found = []
    for pair in pairs:
        key = frozenset((pair.one.pk, pair.other.pk))
        if key not in seen:
            seen.add(key)
            found.append(pair)
    return found


def _children_like(pupil: Pupil, before: Pasts) -> list[Pupil]:
    mine = Child(pupil.surname, pupil.forename, pupil.dob)
    return [other for other in before.like if persons.maybe_one_child(mine, Child(other.surname, other.forename, other.dob))]


def of_child(pupil: Pupil, parents: Sequence[Parent], before: Pasts, *, today: dt.date, policy: Policy) -> Doubts:
    """What is in doubt about notices to these parents for this child. No query."""
    why = persons.elsewhere(pupil.upn, before.ours, before.spells, today, policy["notice_window_years"])
    if why and any(asked.replied for asked in before.asked):
        why = ""
    elif why:
        last = before.asked[-1] if before.asked else None
        said = f"{last.authority} was asked on {written(last.asked)} and has not replied." if last else "No other authority was asked."
        why = f"{why} Notices issued there count here. {said}"
    return Doubts(
        before.signed_off is not None,
        pairs_of(parents, before.people, before.alike),
        _children_like(pupil, before),
        before.in_doubt(today, policy),
        why,
        bool(why and policy["notice_other_authority_reply"]),
    )


def in_the_way(doubts: Doubts) -> list[str]:
    """What must be answered before a notice is issued, in words that say what to do."""
    found = [] if doubts.signed_off else [NOT_LOADED]
    for pair in doubts.pairs:
        found.append(
            f"{pair.one} and another record of {pair.other} have {pair.words}: say first under Same persons whether they are one person."
        )
    for child in doubts.children:
        found.append(f"Another record of a child called {child} has the same day of birth: say first whether it is the same child.")
    for one in doubts.waiting:
        whose = "for this child" if one.of_child else "for a child of the same name and day of birth"
        found.append(f"{one.record}, to {one.record.parent_name or 'somebody not named'} {whose}: say first to which parent it was.")
    if doubts.elsewhere_blocks:
        found.append(f"{doubts.elsewhere} The authority’s policy is to wait for the reply.")
    return found
