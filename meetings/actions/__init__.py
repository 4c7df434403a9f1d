"""What people do with meetings: plan one, change it, hold it; decide its items; agree actions and say how they go."""

from meetings.actions.agreed import add_action, log_progress
from meetings.actions.items import add_item, decide_item, refresh_agenda
from meetings.actions.plan import cancel_meeting, change_meeting, hold_meeting, plan_meeting
from meetings.actions.problems import MeetingProblem

__all__ = [
    "MeetingProblem",
    "add_action",
    "add_item",
    "cancel_meeting",
    "change_meeting",
    "decide_item",
    "hold_meeting",
    "log_progress",
    "plan_meeting",
    "refresh_agenda",
]
