"""Parents, how they stand to pupils, and from whom their address is hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypedDict

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import names
from schools.models import Parent, Pupil, Responsibility


class ParentProblem(ValueError):
    """Why a parent cannot be written so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class ParentDetails(TypedDict, total=False):
    """What is said about a parent. What is left out stays as it is."""

    title: str
    surname: str
    forename: str
    dob: dt.date | None
    phone: str
    email: str
    address: str
    postcode: str
    language: str
    interpreter: bool | None
    email_agreed: str


class Standing(TypedDict, total=False):
    """How a parent stands to one pupil."""

    relationship: str
    parental_responsibility: bool | None
    lives_with: bool
    priority: int


def _tidy(details: ParentDetails) -> dict[str, Any]:
    tidied: dict[str, Any] = {key: value.strip() if isinstance(value, str) else value for key, value in details.items()}
    if "postcode" in tidied:
        tidied["postcode"] = tidied["postcode"].upper()
    return tidied


def _check_and_index(parent: Parent) -> None:
    if not parent.surname:
        raise ParentProblem("Enter a surname", "surname")
    parent.sort_name = names.sort_key(parent.surname, parent.forename)
    parent.search_text = names.parent_search_text(parent)


def same_person(details: ParentDetails, by: User | None) -> Parent | None:
    """A parent known already: the same name with the same telephone, e-mail address, or postcode and street.

    A school finds parents of its own pupils only, and none whose address is hidden: a guess would be confirmed, and the link
    would open what is written about the other.
    """
    key = names.sort_key(details.get("surname") or "", details.get("forename") or "")
    phone, email = names.digits(details.get("phone") or ""), (details.get("email") or "").strip().lower()
    place = (names.postcode_key(details.get("postcode") or ""), names.fold(details.get("address") or ""))
    within = Parent.objects.all() if by is None or by.as_role.in_authority else Parent.objects.address_visible_to(by)
    for parent in within.filter(sort_name=key).order_by("pk"):
        if phone and names.digits(parent.phone) == phone:
            return parent
        if email and parent.email.lower() == email:
            return parent
        if all(place) and (names.postcode_key(parent.postcode), names.fold(parent.address)) == place:
            return parent
    return None


@transaction.atomic
def add_parent(*, by: User | None, today: dt.date, pupil: Pupil, details: ParentDetails, standing: Standing) -> Parent:
    """A parent nobody has told us of yet, of this pupil."""
    parent = Parent(**_tidy(details))
    _check_and_index(parent)
    parent.save()
    Responsibility.objects.create(pupil=pupil, parent=parent, **standing)
    audit.record("added parent", by=by, subject=parent, pupil=pupil.pk)
    return parent


@transaction.atomic
def name_parent(
    *,
    by: User | None,
    today: dt.date,
    pupil: Pupil,
    details: ParentDetails,
    standing: Standing,
    hidden_from: Iterable[Parent] | None = None,
) -> Parent:
    """A parent of this pupil, known to us already or not. Found by name together with a number, an address or a home."""
    parent = same_person(details, by)
    if parent is None:
        parent = add_parent(by=by, today=today, pupil=pupil, details=details, standing=standing)
    else:
        link_parent(by=by, today=today, pupil=pupil, parent=parent, standing=standing)
    if hidden_from is not None:
        hide_address(by=by, today=today, parent=parent, hidden_from=hidden_from)
    return parent


@transaction.atomic
def link_parent(*, by: User | None, today: dt.date, pupil: Pupil, parent: Parent, standing: Standing) -> Responsibility:
    """A parent already known, of this pupil too: a parent is one person however many children."""
    if Responsibility.objects.filter(pupil=pupil, parent=parent).exists():
        raise ParentProblem(f"{parent} is already recorded as a parent of {pupil}")
    responsibility = Responsibility.objects.create(pupil=pupil, parent=parent, **standing)
    audit.record("linked parent", by=by, subject=parent, pupil=pupil.pk)
    return responsibility


@transaction.atomic
def correct_parent(
    *,
    by: User | None,
    today: dt.date,
    responsibility: Responsibility,
    details: ParentDetails,
    standing: Standing,
    hidden_from: Iterable[Parent] | None = None,
) -> list[str]:
    """Correct a parent, and how they stand to one pupil. Returns the fields that changed. `hidden_from=None` leaves that alone."""
    parent = Parent.objects.select_for_update().get(pk=responsibility.parent_id)
    wanted = _tidy(details)
    changed = [key for key, value in wanted.items() if getattr(parent, key) != value]
    for key in changed:
        setattr(parent, key, wanted[key])
    if changed:
        _check_and_index(parent)
        parent.save()
    stood = [key for key, value in standing.items() if getattr(responsibility, key) != value]
    for key in stood:
        setattr(responsibility, key, standing[key])  # type: ignore[literal-required]
    if stood:
        responsibility.save()
    if changed or stood:
        audit.record("corrected parent", by=by, subject=parent, fields=changed + stood, pupil=responsibility.pupil_id)
    if hidden_from is not None:
        hide_address(by=by, today=today, parent=parent, hidden_from=hidden_from)
    return changed + stood


@transaction.atomic
def hide_address(*, by: User | None, today: dt.date, parent: Parent, hidden_from: Iterable[Parent]) -> None:
    """Say from whom this parent's address must be kept; an empty list lifts it.

    Schools see no address that is hidden from anybody; letters never carry it to those named.
    """
    others = list(hidden_from)
    if any(other.pk == parent.pk for other in others):
        raise ParentProblem("An address cannot be hidden from the person who lives there", "hidden_from")
    before = set(parent.hidden_from.values_list("pk", flat=True))
    after = {other.pk for other in others}
    if before != after:
        parent.hidden_from.set(others)
        audit.record("hid address" if after else "showed address", by=by, subject=parent, hidden_from=sorted(after))


@transaction.atomic
def unlink_parent(*, by: User | None, today: dt.date, responsibility: Responsibility) -> None:
    """Say that this person is not a parent of this pupil. The person stays known; history keeps the link.

    Not for a school where the parent's address is hidden: the child's would be seen again.
    """
    if by is not None and not responsibility.parent.shows_address_to(by):
        raise ParentProblem(f"The address of {responsibility.parent} is hidden. Ask the authority to take this parent away.")
    audit.record("unlinked parent", by=by, subject=responsibility.parent, pupil=responsibility.pupil_id)
    responsibility.delete()
