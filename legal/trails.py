"""Who did what, when and on what evidence, of what is no penalty notice: public place notices, notices to improve, attendance contracts.

As legal.history has it of requests: from the audit trail and from rows that cannot be changed, with the hashes of what is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import AuditEvent, User
from legal import freeze
from legal.history import Checked, Event, detail_of, hash_of, upper
from legal.models import Contract, Improvement, LegalLetter, Paper, PublicPlaceNotice
from legal.penalty import written
from schools.models import Pupil


@dataclass(frozen=True, slots=True)
class Trail:
    """`page`: where the thing itself is looked at, by the name of its address."""

    about: PublicPlaceNotice | Improvement | Contract
    page: str
    title: str
    events: list[Event]
    texts: list[tuple[str, str, str]]  # what, its text, the SHA-256 it was kept with
    files: list[tuple[str, str, str]]  # what, its name in storage, its SHA-256

    @property
    def pupil(self) -> Pupil:
        return self.about.pupil

    def check(self) -> list[Checked]:
        """Work out every hash anew."""
        found = [Checked(what, sha, freeze.sha256(text) == sha) for what, text, sha in self.texts]
        return found + [Checked(what, sha, hash_of(stored) == sha) for what, stored, sha in self.files]


def _trail(about: Any, page: str, title: str, rows: dict[str, dict[int, str]], files: list[Any], texts: list[Any]) -> Trail:
    """`rows`: by the name of a model the rows that belong to it, each with what it is called; "" for the thing itself."""
    mine = Q()
    for model, names in rows.items():
        mine |= Q(subject_type=model, subject_id__in=list(names))
    found = []
    for one in AuditEvent.objects.filter(mine, kind=AuditEvent.Kind.CHANGE).order_by("at", "pk"):
        name = rows[one.subject_type].get(one.subject_id or 0, "")
        words = f"{name}: {one.act}" if name else upper(one.act)
        found.append(Event(one.at, words, one.by_name or "The system", detail_of(one.detail), str(one.detail.get("sha256", ""))))
    kept = [(f"{one}, PDF", one.stored, one.sha256) for one in files if one.stored]
    found += [Event(one.made_at, f"{one}: made and kept", "The system", "", one.sha256) for one in files if one.stored and one.made_at]
    return Trail(about, page, title, sorted(found, key=lambda one: one.at), texts, kept)


def _of_place(user: User, pk: int) -> Trail | None:
    place = PublicPlaceNotice.objects.visible_to(user).select_related("pupil").filter(pk=pk).first()
    if place is None:
        return None
    letters = list(LegalLetter.objects.filter(public=place).order_by("pk"))
    refunds = dict.fromkeys(place.refunds.values_list("pk", flat=True), "Refund")
    lines = {line.pk: f"Payment of line {line.number}" for line in place.income.order_by("pk")}
    rows = {"publicplacenotice": {place.pk: ""}, "refund": refunds, "incomeline": lines}
    return _trail(place, "public_place", f"public place notice {place.reference}", rows, letters, [])


def _of_improvement(user: User, pk: int) -> Trail | None:
    row = Improvement.objects.visible_to(user).select_related("pupil").filter(pk=pk).first()
    if row is None:
        return None
    papers = list(Paper.objects.filter(improvement=row).order_by("pk"))
    decisions = list(row.decisions.order_by("pk"))
    texts = [
        (f"Register of the decision of {written(one.day)}, {one.get_kind_display().lower()}", one.register, one.sha256) for one in decisions
    ]
    rows = {"improvement": {row.pk: ""}, "paper": {one.pk: "Document" for one in papers}}
    return _trail(row, "improvement", f"notice to improve {row.reference}", rows, papers, texts)


def _of_contract(user: User, pk: int) -> Trail | None:
    found = Contract.objects.visible_to(user).select_related("pupil").filter(pk=pk).first()
    if found is None:
        return None
    parties = list(found.parties.select_related("parent").order_by("pk"))
    papers = list(Paper.objects.filter(party__in=parties).order_by("pk"))
    rows = {
        "contract": {found.pk: ""},
        "party": {one.pk: one.to_name or str(one.parent) for one in parties},
        "paper": {one.pk: "Document" for one in papers},
    }
    trail = _trail(found, "contract", f"attendance contract {found.reference}", rows, papers, [])
    copies = [(f"Signed copy of {one.to_name}", one.copy_stored, one.copy_sha256) for one in parties if one.copy_stored]
    return Trail(trail.about, trail.page, trail.title, trail.events, trail.texts, [*trail.files, *copies])


OF: dict[str, Callable[[User, int], Trail | None]] = {
    "public-place": _of_place,
    "improve": _of_improvement,
    "contract": _of_contract,
}
