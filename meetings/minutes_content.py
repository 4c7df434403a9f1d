"""What the minutes of a meeting say: gathered once for each version, and kept. Only what the school may read is in it.

Left out by construction: notes that are not shared, a plan's barrier and everything else of a plan but that there is one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from meetings import reports
from meetings.cohorts import COHORTS
from meetings.models import Action, ActionChange, General, Item, Meeting
from schools.models import Pupil

Content = dict[str, Any]


def content_of(meeting: Meeting) -> Content:
    """The minutes as they stand now: plain values, as JSON keeps them. Six queries, seven for another kind than support."""
    general = General.objects.filter(meeting=meeting).first()
    items = list(meeting.items.select_related("pupil"))
    years = reports.years(items, meeting.school)
    by_item: dict[int | None, list[Content]] = defaultdict(list)
    for item, action in _as_agreed(meeting.actions.select_related("school", "pupil").order_by("pk")):
        by_item[item].append(action)
    return {
        "school": meeting.school.name,
        "day": meeting.day.isoformat(),
        "time": f"{meeting.time:%H:%M}",
        "minutes": meeting.minutes,
        "place": meeting.get_place_display(),
        "officer": meeting.officer.name,
        "cohort": COHORTS.get(general.cohort, "") if general else "",
        "note": general.note if general and general.note_shared else "",
        "people": [
            {"name": one.name, "side": one.side, "role": one.role, "came": one.came} for one in meeting.presences.order_by("-came", "pk")
        ],
        "items": [_item(item, years.get(item.pupil_id or 0, ""), by_item.pop(item.pk, [])) for item in items],
        "others": [action for some in by_item.values() for action in some],
    } | ({} if meeting.is_support else _of_other_kind(meeting))


def _of_other_kind(meeting: Meeting) -> Content:
    taking = meeting.taking.select_related("school").order_by("school__sort_name")
    return {
        "kind": meeting.kind_words,
        "title": meeting.title,
        "service": meeting.service,
        "matter": meeting.matter,
        "schools": [{"name": one.school.name, "came": one.came_words} for one in taking],
    }


def _item(item: Item, year: str, actions: list[Content]) -> Content:
    pupil = item.pupil
    return {
        "place": item.place,
        "pupil": pupil.pk if pupil else None,
        "name": str(pupil) if pupil else "",
        "names": _names(pupil),
        "year": year,
        "reason": item.reason,
        "reached": item.reached,
        "decision": item.get_decision_display() if item.decision else "",
        "lead": item.get_lead_display() if item.lead else "",
        "planned": item.get_planned_display() if item.planned else "",
        "note": item.note if item.note_shared else "",
        "actions": actions,
    }


def _names(pupil: Pupil | None) -> list[str]:
    return [pupil.forename, pupil.surname] if pupil else []


def _as_agreed(actions: Iterable[Action]) -> Iterator[tuple[int | None, Content]]:
    """With its item, as it was agreed at the meeting: a later change of its day or owner has its own record and corrects no minutes.

    One about a pupil who has no item of the agenda says whose it is, so that initials can stand for the name there, too.
    """
    rows = list(actions)
    first: dict[int, ActionChange] = {}
    for change in ActionChange.objects.filter(action__in=rows).order_by("pk"):
        first.setdefault(change.action_id, change)
    for action in rows:
        moved = first.get(action.pk)
        agreed: Content = {
            "what": action.what,
            "who": moved.who_before if moved else action.who,
            "due": (moved.due_before if moved else action.due).isoformat(),
            "success": action.success,
        }
        if action.item_id is None and action.pupil:
            agreed |= {"pupil": action.pupil_id, "names": _names(action.pupil)}
        yield action.item_id, agreed


def not_reached(content: Content) -> list[str]:
    """The items the meeting did not come to, as they are named."""
    return [f"{one['place']}. {one['name'] or one['reason']}" for one in content["items"] if not one["reached"]]


def with_initials(content: Content) -> Content:
    """The same with initials for every pupil's name, wherever it stands: what is sent by e-mail names no child."""
    pupils = names_in(content)

    def said(value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            return value if key in ("school", "officer", "title", "service") else without_names(value, pupils)
        if isinstance(value, list):
            return [said(one) for one in value]
        if isinstance(value, dict):
            return {name: value[name] if name in ("people", "names", "schools") else said(value[name], name) for name in value}
        return value

    found = said(content)
    found["people"] = [one | {"role": without_names(one.get("role", ""), pupils)} for one in content["people"]]  # "mother of …"
    for one in found["items"]:
        if one["names"]:
            one["name"] = initials(one["names"])
    return dict(found)


def names_in(content: Content) -> list[list[str]]:
    """Forename and surname of every pupil of the agenda, and of those whom an action besides is about."""
    return [one["names"] for one in (*content["items"], *content.get("others", ())) if one.get("names")]


def initials(names: list[str]) -> str:
    """ "I.S." for Ida Sorrel; of a double name each part."""
    return "".join(f"{part[0].upper()}." for name in names for part in re.split(r"[\s-]+", name.strip()) if part)


def without_names(text: str, pupils: Iterable[list[str]]) -> str:
    """`text` with initials for the names of these pupils, together or alone, in any case."""
    for names in pupils:
        forename, surname = (re.escape(name.strip()) for name in names)
        short = initials(names)
        for pattern in filter(None, (rf"{forename}\s+{surname}" if forename and surname else "", forename, surname)):
            text = re.sub(rf"\b{pattern}\b", short, text, flags=re.IGNORECASE)
    return text


def without_leavers(content: Content, seen: set[int]) -> Content:
    """For a school: what was said of a pupil whom it may not look up any more stays in the file the authority keeps."""
    items = [
        one
        if one["pupil"] is None or one["pupil"] in seen
        else one | {"name": "", "names": [], "year": "", "reason": "", "note": "", "actions": [], "left": True}
        for one in content["items"]
    ]
    others = [one for one in content["others"] if one.get("pupil") is None or one["pupil"] in seen]
    return content | {"items": items, "others": others}
