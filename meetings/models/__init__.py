"""Targeting support meetings: the year's plan, offers, meetings with their agendas, and what was agreed."""

from meetings.models.meetings import (
    Action,
    ActionQuerySet,
    Item,
    ItemQuerySet,
    Meeting,
    MeetingQuerySet,
    Progress,
)
from meetings.models.plan import PlanChange, YearPlan, YearPlanQuerySet

__all__ = [
    "Action",
    "ActionQuerySet",
    "Item",
    "ItemQuerySet",
    "Meeting",
    "MeetingQuerySet",
    "PlanChange",
    "Progress",
    "YearPlan",
    "YearPlanQuerySet",
]
