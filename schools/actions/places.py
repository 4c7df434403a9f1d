"""Schools, trusts and wards from the national register."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell, names
from schools.importers.gias import Establishment, Establishments
from schools.models import Area, School, Trust


@dataclass(slots=True)
class Receipt:
    """What loading the national register came to, in schools."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    proposed: int = 0  # not open yet and without an opening date: left out
    closed: list[int] = field(default_factory=list)  # URNs newly seen to be closed


@transaction.atomic
def load_establishments(*, by: User | None, today: dt.date, found: Establishments) -> Receipt:
    """Add and correct schools. Schools not in the file, and what the file does not speak of, stay. Loading twice changes nothing."""
    rows = found.rows
    receipt = Receipt()
    held = School.objects.select_related(None).in_bulk([row.urn for row in rows], field_name="urn")
    trusts, wards = _trusts(rows), _wards(rows)
    new: list[School] = []
    changed: list[School] = []
    touched: set[str] = set()
    recalculate: list[int] = []
    for row in rows:
        if row.status == "proposed" and not row.fields.get("opened"):
            receipt.proposed += 1
            continue
        school = held.get(row.urn)
        wanted = _wanted(row, school, today)
        if "Trusts (code)" in found.columns:
            wanted["trust_id"] = trusts[row.trust].pk if row.trust else None
        if "AdministrativeWard (name)" in found.columns:
            wanted["ward_id"] = wards[row.ward].pk if row.ward else None
        if school is None:
            new.append(School(urn=row.urn, **wanted))
            receipt.added += 1
            continue
        different = {key for key, value in wanted.items() if getattr(school, key) != value}
        if not different:
            receipt.unchanged += 1
            continue
        if school.closed is None and wanted.get("closed"):
            receipt.closed.append(row.urn)
        if "independent" in different:  # the penalty notice threshold looks at it
            recalculate.append(school.pk)
        for key in different:
            setattr(school, key, wanted[key])
        touched |= different
        changed.append(school)
        receipt.changed += 1
    School.objects.bulk_create(new, batch_size=1000)
    if changed:
        School.objects.bulk_update(changed, sorted(touched), batch_size=200)
    if new or changed:
        audit.record("loaded national register of schools", by=by, count=len(new) + len(changed), added=len(new), changed=len(changed))
    if recalculate:
        bell.people_changed(pupils=[], schools=recalculate)
    return receipt


def _wanted(row: Establishment, school: School | None, today: dt.date) -> dict[str, Any]:
    wanted = dict(row.fields)
    if row.status == "closed" and not wanted.get("closed"):
        # closed without a date: the day we heard of it, and no later one when the file comes again
        wanted["closed"] = (school.closed if school else None) or today
    wanted["sort_name"] = names.fold(wanted["name"])[:200]
    wanted["search_text"] = names.fold(f"{wanted['name']} {wanted.get('town', school.town if school else '')}")
    return wanted


def _trusts(rows: list[Establishment]) -> dict[tuple[str, str], Trust]:
    """The trusts named, added or renamed, by (code, name)."""
    found: dict[tuple[str, str], Trust] = {}
    for row in rows:
        if row.trust and row.trust not in found:
            code, name = row.trust
            found[row.trust], _ = Trust.objects.update_or_create(code=(code or name)[:20], defaults={"name": name[:200]})
    return found


def _wards(rows: list[Establishment]) -> dict[tuple[str, str], Area]:
    """The wards named, by (code, name). Two authorities may have wards of one name: the code then stands beside it."""
    found: dict[tuple[str, str], Area] = {}
    for row in rows:
        if row.ward is None or row.ward in found:
            continue
        code, name = row.ward
        area = Area.objects.filter(kind=Area.Kind.WARD, code=code).first() if code else None
        if area is None:
            namesake = Area.objects.filter(kind=Area.Kind.WARD, name=name).first()
            if namesake and code and namesake.code and namesake.code != code:
                area = Area.objects.create(kind=Area.Kind.WARD, name=f"{name} ({code})", code=code)
            elif namesake:
                area = namesake
                if code and not area.code:
                    Area.objects.filter(pk=area.pk).update(code=code)
            else:
                area = Area.objects.create(kind=Area.Kind.WARD, name=name, code=code)
        found[row.ward] = area
    return found
