"""Cases: a child somebody works with, what was agreed, and the chronology that every app above writes to."""

from casework.models.allocation import Cover, CoverQuerySet, Specialist
from casework.models.assessments import AssessedBarrier, Assessment
from casework.models.blitzes import Blitz, BlitzChild, BlitzChildQuerySet, BlitzQuerySet
from casework.models.care import FirstDayResponse, TellWorker, TermSummary
from casework.models.cases import Case, CaseQuerySet
from casework.models.entries import Contact, ContactQuerySet, Entry, EntryQuerySet
from casework.models.family import FamilyLink, FamilyLinkQuerySet
from casework.models.files import CaseFile, CaseFileQuerySet
from casework.models.letters import Letter, LetterTemplate, PrintRun, TemplateVersion
from casework.models.lists import BARRIERS, Barrier, Said, Service
from casework.models.missing import (
    MissingCheck,
    MissingChild,
    MissingDecision,
    MissingEntry,
    PlaceApplication,
    Vacancy,
)
from casework.models.moved import Moved, MovedQuerySet
from casework.models.plans import Plan, PlanAction, PlanActionQuerySet, PlanQuerySet, PlanReview, PlanTarget
from casework.models.pupil_reports import PupilReport
from casework.models.referrals import Referral, ReferralQuerySet, ReferralStep
from casework.models.safeguarding import Consideration, ConsiderationQuerySet
from casework.models.sequences import SequenceChoice, SequenceChoiceQuerySet
from casework.models.tasks import Task, TaskQuerySet
from casework.models.visits import Visit, VisitQuerySet
from casework.models.worklist import Dismissal, DismissalQuerySet

__all__ = [
    "BARRIERS",
    "AssessedBarrier",
    "Assessment",
    "Barrier",
    "Blitz",
    "BlitzChild",
    "BlitzChildQuerySet",
    "BlitzQuerySet",
    "Case",
    "CaseFile",
    "CaseFileQuerySet",
    "CaseQuerySet",
    "Consideration",
    "ConsiderationQuerySet",
    "Contact",
    "ContactQuerySet",
    "Cover",
    "CoverQuerySet",
    "Dismissal",
    "DismissalQuerySet",
    "Entry",
    "EntryQuerySet",
    "FamilyLink",
    "FamilyLinkQuerySet",
    "FirstDayResponse",
    "Letter",
    "LetterTemplate",
    "MissingCheck",
    "MissingChild",
    "MissingDecision",
    "MissingEntry",
    "Moved",
    "MovedQuerySet",
    "PlaceApplication",
    "Plan",
    "PlanAction",
    "PlanActionQuerySet",
    "PlanQuerySet",
    "PlanReview",
    "PlanTarget",
    "PrintRun",
    "PupilReport",
    "Referral",
    "ReferralQuerySet",
    "ReferralStep",
    "Said",
    "SequenceChoice",
    "SequenceChoiceQuerySet",
    "Service",
    "Specialist",
    "Task",
    "TaskQuerySet",
    "TellWorker",
    "TemplateVersion",
    "TermSummary",
    "Vacancy",
    "Visit",
    "VisitQuerySet",
]
