"""What people do with meetings: plan the year, offer one, plan other kinds, hold it, invite to it; decide its items; agree actions."""

from meetings.actions.agreed import add_action, log_progress
from meetings.actions.change import change_action
from meetings.actions.closing import correct_minutes, hold_meeting
from meetings.actions.contacts import record_school_contact
from meetings.actions.invite import add_attendee, remove_attendee, send_again, send_invitations
from meetings.actions.items import add_item, decide_item, refresh_agenda
from meetings.actions.letters import send_letter_again, send_minutes
from meetings.actions.minuting import save_general, save_line, take_back_action
from meetings.actions.offers import (
    accept_offer,
    ask_for_another_day,
    decline_offer,
    escalate,
    follow_up_offer,
    judge_offer,
    offer_meeting,
    withdraw_offer,
)
from meetings.actions.others import plan_other_meeting
from meetings.actions.plan import cancel_meeting, change_meeting, plan_meeting
from meetings.actions.problems import MeetingProblem
from meetings.actions.term_plan import adjust_plan, set_hours, set_plan

__all__ = [
    "MeetingProblem",
    "accept_offer",
    "add_action",
    "add_attendee",
    "add_item",
    "adjust_plan",
    "ask_for_another_day",
    "cancel_meeting",
    "change_action",
    "change_meeting",
    "correct_minutes",
    "decide_item",
    "decline_offer",
    "escalate",
    "follow_up_offer",
    "hold_meeting",
    "judge_offer",
    "log_progress",
    "offer_meeting",
    "plan_meeting",
    "plan_other_meeting",
    "record_school_contact",
    "refresh_agenda",
    "remove_attendee",
    "save_general",
    "save_line",
    "send_again",
    "send_invitations",
    "send_letter_again",
    "send_minutes",
    "set_hours",
    "set_plan",
    "take_back_action",
    "withdraw_offer",
]
