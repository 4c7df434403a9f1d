"""To whom letters about a child go, each parent alone, and how each may be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from schools.models import Parent, Responsibility

HIDDEN = (
    "The address is hidden, so no letter to it is printed. Hand it over at school or at a meeting, or ask the parent whether email is safe."
)
NO_ADDRESS = "No address is recorded. Add it on the parent’s page, or hand the letter over."
NOT_AGREED = "The parent has not agreed to letters by email."
NO_EMAIL = "No email address is recorded."


@dataclass(frozen=True, slots=True)
class Addressee:
    """A parent of one child. `not_by_post`, `not_by_email`: why not, in words; "" where it may be so."""

    tie: Responsibility
    hidden: bool

    @property
    def parent(self) -> Parent:
        return self.tie.parent

    @property
    def responsible(self) -> bool | None:
        return self.tie.parental_responsibility

    @property
    def not_by_post(self) -> str:
        if self.hidden:
            return HIDDEN
        return "" if self.parent.address.strip() else NO_ADDRESS

    @property
    def not_by_email(self) -> str:
        if not self.parent.email_agreed.strip():
            return NOT_AGREED
        return "" if self.parent.email else NO_EMAIL

    @property
    def address(self) -> str:
        """ "" where the letter must not carry one."""
        parts = (self.parent.address, self.parent.postcode)
        return "" if self.not_by_post else ", ".join(part.strip() for part in parts if part.strip())


def of_pupils(pupils: Iterable[int]) -> Mapping[int, list[Addressee]]:
    """By pupil, its parents in order of contact. One query."""
    hidden = Exists(Parent.objects.filter(may_not_know=OuterRef("parent")))
    ties = Responsibility.objects.filter(pupil__in=list(pupils)).select_related("parent").annotate(hidden=hidden)
    found: dict[int, list[Addressee]] = defaultdict(list)
    for tie in ties.order_by("priority", "pk"):
        found[tie.pupil_id].append(Addressee(tie, tie.hidden))
    return found


def kept_places(those: Iterable[Addressee]) -> list[tuple[str, str]]:
    """Addresses that must stand in no letter about this child, whoever gets it."""
    return [(one.parent.address, one.parent.postcode) for one in those if one.hidden]
