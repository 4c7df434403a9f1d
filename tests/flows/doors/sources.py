"""Sources of a school's marks, own codes, and columns that were remembered."""

from __future__ import annotations

from typing import Any

from accounts import clock
from attendance.models import Alias, RememberedColumns
from schools.models import Pupil, School
from tests.flows.doors import SENDERS, Door

DOORS: dict[str, Door] = {
    "sources": Door({"manager"}),
    "school_sources": Door(SENDERS, of="school"),
    "source_choose": Door({"manager"}, of="school", post=200),
    "columns_forget": Door(SENDERS, of="columns", get=405, post=302),
    "alias_add": Door(SENDERS, of="school", post=200),
    "alias_edit": Door(SENDERS, of="alias", post=200),
    "alias_remove": Door(SENDERS, of="alias", get=405, post=302),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything at a school, as the arguments of its address."""
    alias = Alias.objects.create(school=school, source="upload", own=";", code="I", set_at=clock.now())
    remembered = RememberedColumns.objects.create(
        school=school, source="upload", key="a", headings=["upn"], layout="weeks", columns={"upn": 0}, confirmed_at=clock.now()
    )
    return {"alias": {"urn": school.urn, "pk": alias.pk}, "columns": {"urn": school.urn, "pk": remembered.pk}}
