"""Targeting support meetings: planned with a school, prepared from flags and cases, and what was agreed until it is done."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Flag
from casework.models import Case, Plan
from schools.models import Pupil, School
from schools.models.people import tracked


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: User) -> MeetingQuerySet:
        """The one answer to "which meetings?": those of the user's schools."""
        if not user.may(Permission.SEE_MEETINGS):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))

    def to_come(self, day: dt.date) -> MeetingQuerySet:
        return self.filter(status=Meeting.Status.PLANNED, day__gte=day)


@tracked
class Meeting(models.Model):
    """One targeting support meeting of the authority with a school."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        HELD = "held", "Held"
        CANCELLED = "cancelled", "Cancelled"

    class Place(models.TextChoices):
        SCHOOL = "school", "At the school"
        ONLINE = "online", "Online"
        PHONE = "phone", "By phone"
        AUTHORITY = "authority", "At the authority’s offices"

    class Why(models.TextChoices):
        """Why a meeting was cancelled."""

        SCHOOL_ASKED = "school_asked", "The school asked for it"
        OFFICER_AWAY = "officer_away", "The officer was away"
        MOVED = "moved", "Moved to another day"
        NOT_NEEDED = "not_needed", "Not needed any more"
        SCHOOL_CLOSED = "school_closed", "The school was closed"
        NOT_ATTENDED = "not_attended", "The school did not come"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="meetings")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meetings")
    day = models.DateField()
    time = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    place = models.CharField(max_length=10, choices=Place, default=Place.SCHOOL)
    status = models.CharField(max_length=9, choices=Status, default=Status.PLANNED)
    why_cancelled = models.CharField(max_length=14, choices=Why, blank=True)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agenda_at = models.DateTimeField(null=True, blank=True)  # when the agenda was made or made again: its figures are of then
    agenda_note = models.TextField(blank=True)  # who is not on it, and whether the time will do
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice plans one meeting
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # grows with every change: a form made from an older one is refused

    objects = MeetingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-day"], name="meeting_by_school")]
        constraints = [
            models.UniqueConstraint(fields=["school", "day"], condition=Q(status="planned"), name="meeting_planned_once_a_day"),
            models.CheckConstraint(
                condition=Q(status="cancelled") & ~Q(why_cancelled="") | ~Q(status="cancelled") & Q(why_cancelled=""),
                name="meeting_cancelled_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting with {self.school}, {self.day:%-d %B %Y}"


def _of_their_meetings(user: User) -> Q:
    """Asked of the meeting's school itself, without a query of meetings in between: quick also where there are no statistics yet."""
    if not user.may(Permission.SEE_MEETINGS):
        return Q(pk__in=[])
    return Q() if user.as_role.every_school else Q(meeting__school__in=School.objects.visible_to(user))


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: User) -> ItemQuerySet:
        return self.filter(_of_their_meetings(user))


@tracked
class Item(models.Model):
    """One point of a meeting's agenda, with the reason it is there. `pupil` is null where it is about the school."""

    class Source(models.TextChoices):
        FLAG = "flag", "Flag"
        CASE = "case", "Open case"
        CARRIED = "carried", "Action not done"
        ADDED = "added", "Added by a person"

    class Decision(models.TextChoices):
        CASE = "case", "Open a case"
        ACTION = "action", "Action agreed"
        SCHOOL_LEADS = "school_leads", "The school leads"
        CONTINUE = "continue", "Carry on as planned"
        REFER = "refer", "Refer to another service"
        NOTHING = "nothing", "No action needed"

    # A support meeting is no referral: these two are a second step, never what a line of the minutes offers first.
    SECOND_STEPS = (Decision.CASE, Decision.REFER)

    class Planned(models.TextChoices):
        """What was agreed about the pupil's plan; the plan itself is written in the case."""

        KEEP = "keep", "Keep to the plan there is"
        CHANGE = "change", "Change the plan"
        WRITE = "write", "Write a plan"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    place = models.PositiveSmallIntegerField()  # order on the agenda, from 1
    source = models.CharField(max_length=7, choices=Source)
    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items")
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="agenda_items")
    carried = models.ForeignKey("Action", null=True, blank=True, on_delete=models.PROTECT, related_name="carried_to")
    reason = models.TextField()
    decision = models.CharField(max_length=12, choices=Decision, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    discussed = models.BooleanField(default=False)
    lead = models.CharField("lead practitioner", max_length=12, choices=Plan.Lead, blank=True)
    planned = models.CharField("plan agreed", max_length=6, choices=Planned, blank=True)
    note = models.TextField(blank=True)
    note_shared = models.BooleanField(default=False)  # the school, and whoever is sent the minutes, may read it
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(null=True, blank=True)  # when its line of the minutes was last written
    version = models.PositiveIntegerField(default=1)  # grows with every change: a line made from an older one writes nothing over

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "pupil"], condition=Q(pupil__isnull=False), name="agenda_item_once_a_pupil"),
        ]

    def __str__(self) -> str:
        return str(self.pupil or self.reason)

    @property
    def reached(self) -> bool:
        """Whether the meeting came to it."""
        return self.discussed or bool(self.decision)

    @property
    def place_words(self) -> str:
        return f"item {self.place}"


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> ActionQuerySet:
        return self.filter(_of_their_meetings(user))

    def open(self) -> ActionQuerySet:
        return self.filter(status=Action.Status.OPEN)

    def overdue(self, day: dt.date) -> ActionQuerySet:
        return self.open().filter(due__lt=day)


@tracked
class Action(models.Model):
    """Something agreed at a meeting: who does it, by when, and whether it was done."""

    class Owner(models.TextChoices):
        SCHOOL = "school", "The school’s single point of contact"
        AUTHORITY = "authority", "The authority’s single point of contact"
        SERVICE = "service", "Another service"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Not needed any more"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="actions")
    item = models.ForeignKey(Item, null=True, blank=True, on_delete=models.PROTECT, related_name="actions")
    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="meeting_actions")
    what = models.CharField(max_length=300)
    owner = models.CharField(max_length=9, choices=Owner)
    owner_name = models.CharField(max_length=120, blank=True)  # who of the school or the authority; which service
    success = models.CharField("what success looks like", max_length=300, blank=True)
    due = models.DateField()
    status = models.CharField(max_length=7, choices=Status, default=Status.OPEN)
    closed = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    agreed = models.DateField(null=True, blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed=None) | ~Q(status="open") & ~Q(closed=None), name="action_closed_on_a_day"
            ),
            models.CheckConstraint(condition=~Q(owner="service") | ~Q(owner_name=""), name="action_of_a_named_service"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def who(self) -> str:
        """Who does it, within a sentence: "the school, Ms Khan", "the school nurse"."""
        if self.owner == Action.Owner.SERVICE:
            return self.owner_name
        side = "the school" if self.owner == Action.Owner.SCHOOL else "the authority"
        return f"{side}, {self.owner_name}" if self.owner_name else side


class ActionChange(models.Model):
    """Another day or another owner for an action, and why: added to, never changed."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="changes")
    due_before = models.DateField()
    who_before = models.CharField(max_length=160)
    due_after = models.DateField()
    who_after = models.CharField(max_length=160)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.action}: by {self.due_after} instead of {self.due_before}"


class Progress(models.Model):
    """What somebody said about an action, when: added to, never changed."""

    class State(models.TextChoices):
        NOT_BEGUN = "not_begun", "Not begun"
        UNDER_WAY = "under_way", "Under way"
        STUCK = "stuck", "Stuck: needs help"
        DONE = "done", "Done"
        DROPPED = "dropped", "Not needed any more"

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="progress")
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    state = models.CharField(max_length=9, choices=State)
    words = models.CharField(max_length=500, blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["action", "-id"], name="progress_by_action")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_state_display()}"
