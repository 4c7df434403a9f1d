"""Children who may belong to the same family: by a shared parent or address in the schools' data, and what a person has said of them.

For the authority's people alone. An address that is hidden from anybody is never matched: two families at a refuge are not one
household, and nobody should learn from a list who lives there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import User
from casework.models import Case, FamilyLink
from schools import names
from schools.models import Enrolment, Parent, Pupil, Responsibility


@dataclass(frozen=True, slots=True)
class Relative:
    """One other child. `pupil` None: at a school the reader does not work with, so not named."""

    pupil: Pupil | None
    why: tuple[str, ...]
    school: str = ""
    year_group: str = ""
    case: int | None = None
    link: FamilyLink | None = None


@dataclass(frozen=True, slots=True)
class Family:
    linked: tuple[Relative, ...] = ()
    candidates: tuple[Relative, ...] = ()  # nobody has said yet
    apart: tuple[Relative, ...] = ()  # looked at, and not linked
    unseen: int = 0  # others, at schools the reader does not work with


def ties_of(pupil: Pupil) -> list[Responsibility]:
    """The child's parents, first contact first, with whether their address is hidden from somebody."""
    ties = pupil.responsibilities.select_related("parent").annotate(hidden=_hidden("parent"))
    return list(ties.order_by("priority", "pk"))


def of(pupil: Pupil, user: User, *, today: dt.date, ties: list[Responsibility] | None = None) -> Family:
    """One query, and one for the child's parents where they are not given (`ties_of`)."""
    ties = ties_of(pupil) if ties is None else ties
    parents = {tie.parent_id: tie.parent for tie in ties}
    secret = any(tie.hidden and tie.lives_with for tie in ties)  # type: ignore[attr-defined]
    wheres = set() if secret else _addresses(pupil, ties)
    found, unseen = [], 0
    for other in _read(pupil, list(parents), wheres, user, today=today):
        link = _link(other.link)  # type: ignore[attr-defined]
        reasons = [f"Same parent: {parents[key]}" for key in other.shared or ()]  # type: ignore[attr-defined]
        if not other.hidden and _homes(other) & wheres:  # type: ignore[attr-defined]
            reasons.append("Same address")
        if link is None and not reasons:
            continue
        if not other.seen:  # type: ignore[attr-defined]
            unseen += link is None or link.verdict != FamilyLink.Verdict.NONE
            continue
        found.append(Relative(other, tuple(reasons), other.at_school or "", other.in_year or "", other.case, link))  # type: ignore[attr-defined]
    apart = FamilyLink.Verdict.NONE
    return Family(
        tuple(one for one in found if one.link and one.link.verdict != apart),
        tuple(one for one in found if one.link is None),
        tuple(one for one in found if one.link and one.link.verdict == apart),
        unseen,
    )


def _link(row: dict[str, Any] | None) -> FamilyLink | None:
    return FamilyLink(**row | {"day": dt.date.fromisoformat(row["day"])}) if row else None


def _hidden(parent: str) -> Exists:
    return Exists(Parent.hidden_from.through.objects.filter(from_parent=OuterRef(parent)))


def _where(address: str, postcode: str) -> tuple[str, str]:
    return names.postcode_key(postcode), names.fold(address)


def _addresses(pupil: Pupil, ties: list[Responsibility]) -> set[tuple[str, str]]:
    told = [(pupil.address, pupil.postcode), *((tie.parent.address, tie.parent.postcode) for tie in ties if tie.lives_with)]
    return {where for where in (_where(*one) for one in told) if all(where)}


def _homes(other: Pupil) -> set[tuple[str, str]]:
    told = [(other.address, other.postcode), *((row["address"], row["postcode"]) for row in other.homes or ())]  # type: ignore[attr-defined]
    return {_where(*one) for one in told}


def _read(pupil: Pupil, parents: list[int], wheres: set[tuple[str, str]], user: User, *, today: dt.date) -> list[Pupil]:
    """Whoever shares a parent or a postcode with the child, or was said to belong to it or not: of a record that was found to be
    the same child's, too. Of two words on the same children the later stands.
    """
    standing = FamilyLink.objects.standing()
    same = Pupil.objects.filter(Q(pk=pupil.pk) | Q(merged_into=pupil)).values("pk")
    arms: list[Any] = [
        standing.filter(**{f"{here}__in": same}).values_list(Coalesce(f"{there}__merged_into", there))
        for here, there in (("one", "other"), ("other", "one"))
    ]
    arms.append(Responsibility.objects.filter(parent__in=parents).values("pupil"))
    for key in sorted({postcode for postcode, _ in wheres}):
        arms.append(Responsibility.objects.filter(lives_with=True, parent__search_text__contains=key).values("pupil"))
        arms.append(Pupil.objects.filter(search_text__contains=key).values("pk"))
    lives = Responsibility.objects.filter(pupil=OuterRef("pk"), lives_with=True)
    both = Q()
    for here, there in (("one", "other"), ("other", "one")):
        both |= Q(**{f"{here}__in": same}) & (Q(**{there: OuterRef("pk")}) | Q(**{f"{there}__merged_into": OuterRef("pk")}))
    said = JSONObject(pk="pk", verdict="verdict", why="why", by_name="by_name", day="day")
    spell = Enrolment.objects.on_roll(today).filter(pupil=OuterRef("pk")).order_by("kind", "-start")
    rows = Pupil.objects.filter(pk__in=arms[0].union(*arms[1:]), merged_into=None).exclude(pk=pupil.pk)
    rows = rows.annotate(
        link=Subquery(standing.filter(both).order_by("-at", "-pk").values(row=said)[:1]),
        shared=ArraySubquery(Responsibility.objects.filter(pupil=OuterRef("pk"), parent__in=parents).order_by("pk").values("parent")),
        homes=ArraySubquery(lives.values(row=JSONObject(address="parent__address", postcode="parent__postcode"))),
        hidden=Exists(lives.filter(_hidden("parent"))),
        seen=Exists(Enrolment.objects.visible_to(user).filter(pupil=OuterRef("pk"))),
        at_school=Subquery(spell.values("school__name")[:1]),
        in_year=Subquery(spell.values("year_group")[:1]),
        case=Subquery(Case.objects.visible_to(user).open().filter(pupil=OuterRef("pk")).values("pk")[:1]),
    )
    return list(rows.order_by("sort_name", "pk"))
