"""Meetings: the year's plan, offers, meetings with agendas, invitations and minutes, and what was agreed."""

from meetings.models.advice import Advice, AdviceQuerySet
from meetings.models.briefings import Briefing, BriefingLetter, BriefingLetterQuerySet, BriefingMail, BriefingMailQuerySet, NoBriefing
from meetings.models.checks import AttendanceReview, PlanStep, SchoolPlan, SelfCheck
from meetings.models.contacts import SchoolContact, SchoolContactQuerySet
from meetings.models.events import Campaign, Event, EventQuerySet, SignUp, SignUpQuerySet
from meetings.models.invitations import Attendee, AttendeeQuerySet, Invitation, InvitationQuerySet
from meetings.models.letters import Chase, ChaseRun, Letter
from meetings.models.library import Guide, GuideFile, GuideQuerySet, GuideRead
from meetings.models.meetings import (
    Action,
    ActionChange,
    ActionQuerySet,
    Item,
    ItemQuerySet,
    Meeting,
    MeetingQuerySet,
    MeetingSchool,
    Progress,
)
from meetings.models.minutes import General, Minutes, MinutesQuerySet, Presence, PresenceQuerySet
from meetings.models.offers import Escalation, EscalationQuerySet, Offer, OfferQuerySet
from meetings.models.plan import OfficerHours, PlanChange, YearPlan, YearPlanQuerySet

__all__ = [
    "Action",
    "ActionChange",
    "ActionQuerySet",
    "Advice",
    "AdviceQuerySet",
    "AttendanceReview",
    "Attendee",
    "AttendeeQuerySet",
    "Briefing",
    "BriefingLetter",
    "BriefingLetterQuerySet",
    "BriefingMail",
    "BriefingMailQuerySet",
    "Campaign",
    "Chase",
    "ChaseRun",
    "Escalation",
    "EscalationQuerySet",
    "Event",
    "EventQuerySet",
    "General",
    "Guide",
    "GuideFile",
    "GuideQuerySet",
    "GuideRead",
    "Invitation",
    "InvitationQuerySet",
    "Item",
    "ItemQuerySet",
    "Letter",
    "Meeting",
    "MeetingQuerySet",
    "MeetingSchool",
    "Minutes",
    "MinutesQuerySet",
    "NoBriefing",
    "Offer",
    "OfferQuerySet",
    "OfficerHours",
    "PlanChange",
    "PlanStep",
    "Presence",
    "PresenceQuerySet",
    "Progress",
    "SchoolContact",
    "SchoolContactQuerySet",
    "SchoolPlan",
    "SelfCheck",
    "SignUp",
    "SignUpQuerySet",
    "YearPlan",
    "YearPlanQuerySet",
]
