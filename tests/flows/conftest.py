"""Meetings of several schools: the two of the cast, and a forum of theirs."""

from __future__ import annotations

import pytest

from accounts.models import User
from meetings.models import Meeting
from schools.models import School
from tests import factories
from tests.flows.other_things import of_kind


@pytest.fixture
def both(officer: User, school_a: School, school_b: School) -> list[School]:
    """Two schools with which the officer works."""
    factories.post(officer, school_b)
    return [school_a, school_b]


@pytest.fixture
def forum(officer: User, both: list[School]) -> Meeting:
    return of_kind(officer, both)
