"""Cases: a child somebody works with, what was agreed, and the chronology that every app above writes to."""

from casework.models.cases import Case, CaseQuerySet
from casework.models.entries import Contact, ContactQuerySet, Entry, EntryQuerySet
from casework.models.plans import Plan, PlanAction, PlanActionQuerySet, PlanQuerySet
from casework.models.tasks import Task, TaskQuerySet

__all__ = [
    "Case",
    "CaseQuerySet",
    "Contact",
    "ContactQuerySet",
    "Entry",
    "EntryQuerySet",
    "Plan",
    "PlanAction",
    "PlanActionQuerySet",
    "PlanQuerySet",
    "Task",
    "TaskQuerySet",
]
