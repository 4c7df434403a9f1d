"""What the authority is shown of a request beside what the school is: until when proceedings can be begun, and what else may be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from legal import clocks, facts, pasts, tools
from legal.models import HistoricRecord, Order, Request
from legal.tools import Can

if TYPE_CHECKING:
    from legal.views.gather import ParentLine


def for_the_authority(
    found: Request, parents: Sequence[ParentLine], threshold: dict[str, Any], loaded: Sequence[HistoricRecord], today: dt.date
) -> dict[str, Any]:
    """Until when proceedings can be begun, and while the request is open what else may be done: a school is not told of orders."""
    counted: Sequence[str] = threshold["counted"] or found.sessions
    safe = clocks.last_safe(counted, today)
    if found.status not in Request.OPEN:
        return {"safe": safe}
    evidence, live = threshold.get("evidence"), threshold.get("proof")
    met = live.met if live else bool(evidence and not evidence.problem)
    known = facts.facts_of(
        found.pupil,
        today=today,
        sessions=counted,
        met=met,
        threshold=live.words if live else f"{len(counted)} of the sessions stand",
        standing={str(one.tie.parent): one.escalation for one in parents},
        notices=[past.notice for one in parents for past in one.shown if past.notice],
        orders=list(Order.objects.filter(pupil__in=pasts.child_records(found.pupil).values("pk")).order_by("-start", "-pk")),
        loaded=loaded,
        holiday=found.route == Request.Route.HOLIDAY,
    )
    found = tools.all_tools(known)
    return {"safe": safe, "tools": found, "possible": f"{sum(tool.can == Can.YES for tool in found)} of {len(found)} tools"}
