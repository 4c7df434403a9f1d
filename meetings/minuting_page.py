"""The page on which a meeting is minuted: its lines with their forms, and which of them somebody else has saved since."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.models import User
from casework.models import Case, Plan
from meetings import reports
from meetings.alike import Alike, alike
from meetings.minutes_forms import LineForm
from meetings.models import Action, Item, Meeting
from meetings.usual_action import usual_action
from schools import calendar
from schools.calendar import Span
from schools.models import Closure, PolicyValue, School, Term


@dataclass(slots=True)
class Row:
    """One line: the item, its form, its actions, one by one and those alike together, and what came of sending it.

    That is "saved", "wrong", "overtaken" or "".
    """

    item: Item
    form: LineForm
    actions: list[Action]
    alike: list[Alike]
    year: str
    state: str = ""


def items_of(meeting: Meeting) -> QuerySet[Item]:
    planned = Prefetch("case__plans", queryset=Plan.objects.current(), to_attr="current_plans")
    rows = meeting.items.select_related("pupil", "flag", "case", "carried", "saved_by", "decided_by")
    return rows.prefetch_related(planned)


def rows_of(meeting: Meeting, items: list[Item], user: User, *, today: dt.date, data: Any = None) -> list[Row]:
    """The lines of these items for `user`; `opens` of an action: whether they may. Five queries, six of a meeting of several schools."""
    actions: dict[int | None, list[Action]] = defaultdict(list)
    seen = Action.objects.visible_to(user).filter(pk=OuterRef("pk"))
    agreed = Action.objects.filter(item__in=items).annotate(opens=Exists(seen))
    for action in agreed.select_related("meeting", "school").order_by("pk"):
        actions[action.item_id].append(action)
    years, due = reports.years(items, meeting.school), usual_due(meeting.school, today)
    schools = meeting.schools() if meeting.several else []
    names = [school.name for school in schools]
    rows = []
    for item in items:
        said = data if data is not None and f"i{item.pk}-version" in data else None
        form = LineForm(said, item=item, usual=_usual(item), due=due, schools=schools)
        agreed_here = actions[item.pk]
        rows.append(Row(item, form, agreed_here, alike(agreed_here, names), years.get(item.pupil_id or 0, "")))
    return rows


def _usual(item: Item) -> str:
    case: Case | None = item.case
    return usual_action(
        flag=item.flag.code if item.flag else "",
        plan_due=item.source == Item.Source.CASE,
        has_plan=bool(case and case.current_plans),  # type: ignore[attr-defined]
        undone=item.carried.what if item.carried else "",
        reason=item.reason,
        of_pupil=item.pupil_id is not None,
    )


def usual_due(school: School, today: dt.date) -> dt.date:
    """The school's first school day after the days that policy gives an action; that day itself where none is known. Three queries."""
    wanted = today + dt.timedelta(days=PolicyValue.objects.in_force(today)["meetings_action_days"])
    last = wanted + dt.timedelta(days=60)
    terms = [Span(start, end) for start, end in Term.objects.filter(school=school).values_list("start", "end")]
    closed = Closure.objects.filter(school=school, start__lte=last, end__gte=wanted).values_list("start", "end")
    found = calendar.build(wanted, last, as_of=wanted - dt.timedelta(days=1), terms=terms, closures=[Span(*span) for span in closed])
    days = np.flatnonzero(found.days)
    return wanted + dt.timedelta(days=int(days[0])) if len(days) else wanted
