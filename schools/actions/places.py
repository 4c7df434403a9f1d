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
    named = {(row.trust[0] or row.trust[1])[:20]: row.trust for row in rows if row.trust}
    held = Trust.objects.in_bulk(named, field_name="code")
    renamed = [trust for code, trust in held.items() if trust.name != named[code][1][:200]]
    for trust in renamed:
        trust.name = named[trust.code][1][:200]
    Trust.objects.bulk_update(renamed, ["name"])
    new = [Trust(code=code, name=pair[1][:200]) for code, pair in named.items() if code not in held]
    held |= {trust.code: trust for trust in Trust.objects.bulk_create(new)}
    return {row.trust: held[(row.trust[0] or row.trust[1])[:20]] for row in rows if row.trust}


def _wards(rows: list[Establishment]) -> dict[tuple[str, str], Area]:
    """The wards named, by (code, name). Two authorities may have wards of one name: the code then stands beside it."""
    named = list(dict.fromkeys(row.ward for row in rows if row.ward))
    held = list(Area.objects.filter(kind=Area.Kind.WARD))
    by_code = {area.code: area for area in held if area.code}
    by_name = {area.name: area for area in held}
    found: dict[tuple[str, str], Area] = {}
    new: list[Area] = []
    coded: list[Area] = []
    for code, name in named:
        area = by_code.get(code)
        if area is None and (namesake := by_name.get(name)) is not None and not (code and namesake.code):
            area = namesake
            if code:
                area.code = code
                coded.append(area)
        if area is None:
            area = Area(kind=Area.Kind.WARD, name=f"{name} ({code})" if name in by_name else name, code=code)
            new.append(area)
            by_name[area.name] = area
        if code:
            by_code[code] = area
        found[code, name] = area
    Area.objects.bulk_create(new)
    Area.objects.bulk_update([area for area in coded if area.pk], ["code"])
    return found
