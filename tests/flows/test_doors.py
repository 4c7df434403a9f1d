"""The table of doors: every address, who may open it, and for whose rows. A new address without an entry fails.

Signed out: to the sign-in page. A role that may not do the act: 403. The act but not these rows: 404, so that nobody
learns what exists. Each door is tried with GET and with an empty POST by everyone, at school A and at school B.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from schools.models import Characteristic, Closure, School, Term
from tests import factories

pytestmark = pytest.mark.django_db

ALL = {"officer", "manager", "legal", "contact_a", "contact_b", "staff_a", "stranger", "administrator"}
PEOPLE = ALL - {"administrator"}  # who may see children
EDITORS = {"officer", "manager", "contact_a", "contact_b", "stranger"}
# whose postings, or whose role, reach each school
REACH = {
    "a": {"officer", "manager", "legal", "contact_a", "staff_a", "administrator"},
    "b": {"manager", "legal", "contact_b", "administrator"},
}


@dataclass(frozen=True)
class Door:
    """`roles` may do the act; `of` names whose rows are asked for; `get` and `post` are what an admitted person meets."""

    roles: set[str]
    of: str = ""  # key of World: "" = no rows of a school
    get: int = 200
    post: int = 405
    arguments: dict[str, Any] = field(default_factory=dict)


OPEN: dict[str, int] = {}  # doors that need no signing in, and what GET answers
DOORS: dict[str, Door] = {}


class World:
    """The same things at both schools."""

    def __init__(self, school_a: School, school_b: School, sender_a: Any, sender_b: Any) -> None:
        self.things = {"a": self._of(school_a, sender_a), "b": self._of(school_b, sender_b)}

    def _of(self, school: School, sender: Any) -> dict[str, dict[str, Any]]:
        pupil = factories.make_pupil()
        enrolment = factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
        parent = factories.make_parent(pupil)
        factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ /\ OO")
        extract = make_extract(school, sender)
        term = Term.objects.create(school=school, name="Autumn", start=dt.date(2026, 9, 1), end=dt.date(2026, 12, 18))
        closure = Closure.objects.create(school=school, name="INSET", start=dt.date(2026, 9, 1), end=dt.date(2026, 9, 1))
        fact = Characteristic.objects.create(pupil=pupil, kind="fsm", start=dt.date(2026, 9, 1))
        return {
            "school": {"urn": school.urn},
            "pupil": {"pk": pupil.pk},
            "enrolment": {"pk": enrolment.pk},
            "parent": {"pk": parent.pk},
            "characteristic": {"pk": fact.pk},
            "extract": {"pk": extract.pk},
            "term": {"pk": term.pk},
            "closure": {"pk": closure.pk},
        }


def make_extract(school: School, sender: Any) -> Any:
    """An extract that waits for its columns to be checked."""
    from accounts import clock
    from attendance import actions

    return actions.receive_extract(
        by=sender,
        today=clock.today(),
        now=clock.now(),
        content=[b"UPN,WeekStart,WeekMarks\nZ999900115001,07/09/2026,/\\/\\/\\/\\/\\\n"],
        filename="week.csv",
        school=school,
    )


@pytest.fixture
def world(school_a, school_b, cast) -> World:
    return World(school_a, school_b, cast["contact_a"], cast["contact_b"])


def names(patterns: Any = None) -> Iterator[str]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or str(pattern.pattern)


def test_every_address_has_its_entry() -> None:
    assert set(names()) == set(DOORS) | set(OPEN)
