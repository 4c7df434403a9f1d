"""What people do with meetings: plan one, change it, hold it; decide its items; agree actions and say how they go."""

from meetings.actions.agreed import add_action, log_progress
from meetings.actions.items import add_item, decide_item, refresh_agenda
from meetings.actions.plan import cancel_meeting, change_meeting, hold_meeting, plan_meeting
from meetings.actions.problems import MeetingProblem
from meetings.actions.term_plan import adjust_plan, set_plan

__all__ = [
    "MeetingProblem",
    "add_action",
    "add_item",
    "adjust_plan",
    "cancel_meeting",
    "change_meeting",
    "decide_item",
    "hold_meeting",
    "log_progress",
    "plan_meeting",
    "refresh_agenda",
    "set_plan",
]
