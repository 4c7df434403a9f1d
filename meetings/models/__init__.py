"""Targeting support meetings: the year's plan, offers, meetings with agendas, invitations and minutes, and what was agreed."""

from meetings.models.contacts import SchoolContact, SchoolContactQuerySet
from meetings.models.invitations import Attendee, AttendeeQuerySet, Invitation, InvitationQuerySet
from meetings.models.letters import Chase, ChaseRun, Letter
from meetings.models.meetings import Action, ActionChange, ActionQuerySet, Item, ItemQuerySet, Meeting, MeetingQuerySet, Progress
from meetings.models.minutes import General, Minutes, MinutesQuerySet, Presence, PresenceQuerySet
from meetings.models.offers import Escalation, EscalationQuerySet, Offer, OfferQuerySet
from meetings.models.plan import OfficerHours, PlanChange, YearPlan, YearPlanQuerySet

__all__ = [
    "Action",
    "ActionChange",
    "ActionQuerySet",
    "Attendee",
    "AttendeeQuerySet",
    "Chase",
    "ChaseRun",
    "Escalation",
    "EscalationQuerySet",
    "General",
    "Invitation",
    "InvitationQuerySet",
    "Item",
    "ItemQuerySet",
    "Letter",
    "Meeting",
    "MeetingQuerySet",
    "Minutes",
    "MinutesQuerySet",
    "Offer",
    "OfferQuerySet",
    "OfficerHours",
    "PlanChange",
    "Presence",
    "PresenceQuerySet",
    "Progress",
    "SchoolContact",
    "SchoolContactQuerySet",
    "YearPlan",
    "YearPlanQuerySet",
]
