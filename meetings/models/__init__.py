"""Targeting support meetings: the year's plan, offers, meetings with agendas and invitations, and what was agreed."""

from meetings.models.contacts import SchoolContact, SchoolContactQuerySet
from meetings.models.invitations import Attendee, AttendeeQuerySet, Invitation, InvitationQuerySet
from meetings.models.meetings import Action, ActionQuerySet, Item, ItemQuerySet, Meeting, MeetingQuerySet, Progress
from meetings.models.offers import Escalation, EscalationQuerySet, Offer, OfferQuerySet
from meetings.models.plan import OfficerHours, PlanChange, YearPlan, YearPlanQuerySet

__all__ = [
    "Action",
    "ActionQuerySet",
    "Attendee",
    "AttendeeQuerySet",
    "Escalation",
    "EscalationQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Item",
    "ItemQuerySet",
    "Meeting",
    "MeetingQuerySet",
    "Offer",
    "OfferQuerySet",
    "OfficerHours",
    "PlanChange",
    "Progress",
    "SchoolContact",
    "SchoolContactQuerySet",
    "YearPlan",
    "YearPlanQuerySet",
]
