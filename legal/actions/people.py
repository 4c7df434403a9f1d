"""Whom a legal document may be about and go to, and the addresses that are printed on it: said once for every tool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from legal.actions.problem import NoticeProblem
from schools.models import Enrolment, Parent, Pupil, Responsibility, School


def on_roll(pupil: Pupil, school: School, today: dt.date) -> None:
    """Refuse where the child is not on roll there today."""
    if not Enrolment.objects.filter(pupil=pupil, school=school).on_roll(today).exists():
        raise NoticeProblem(f"{pupil} is not on roll at {school} today. Choose the school where the child is on roll.", "school")


def recorded(pupil: Pupil, parents: Sequence[Parent], field: str = "parents") -> None:
    """Refuse where one of these is not recorded as a parent of the child."""
    known = set(Responsibility.objects.filter(pupil=pupil).values_list("parent", flat=True))
    for parent in parents:
        if parent.pk not in known:
            raise NoticeProblem(f"{parent} is not recorded as a parent of {pupil}. Add the parent on the pupil’s page first.", field)


def address_of(person: Parent | Pupil) -> str:
    return ", ".join(part.strip() for part in (person.address, person.postcode) if part.strip())


def childs_address(pupil: Pupil, parent: Parent) -> str:
    """ "" where another parent's address must be kept from this one: the child may be there, however the address is written
    and whoever the child is recorded as living with."""
    hidden = Parent.objects.filter(responsibilities__pupil=pupil, hidden_from=parent).exists()
    return "" if hidden else address_of(pupil)
