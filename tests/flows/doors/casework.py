"""Cases."""

from __future__ import annotations

from typing import Any

from schools.models import Pupil, School
from tests.flows.doors import Door

DOORS: dict[str, Door] = {}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything of this app at a school, as the arguments of its address."""
    return {}
