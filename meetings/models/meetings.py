"""Meetings: targeting support meetings with a school and other kinds, with one school or several; and what was agreed until it is done."""

from __future__ import annotations

import datetime as dt
from typing import Any

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
        """The one answer to "which meetings?": those in which the user's schools take part, and those of several that the user holds."""
        return self.filter(_of_their_meetings(user, ""))

    def support(self) -> MeetingQuerySet:
        """Targeting support meetings: the only kind that the plan of a term, and every number beside it, counts."""
        return self.filter(kind=Meeting.Kind.SUPPORT)

    def others(self) -> MeetingQuerySet:
        return self.exclude(kind=Meeting.Kind.SUPPORT)

    def to_come(self, day: dt.date) -> MeetingQuerySet:
        return self.filter(status=Meeting.Status.PLANNED, day__gte=day)


@tracked
class Meeting(models.Model):
    """One meeting of the authority with a school, or with several.

    A targeting support meeting is with one. Of a meeting of several, `school` is the host; it names no child: what concerns a child is
    taken up with that child's own school.
    """

    class Kind(models.TextChoices):
        SUPPORT = "support", "Support meeting"
        SEN = "sen", "SEN contacts"
        COHORT = "cohort", "Cohort meeting"
        FORUM = "forum", "Attendance network forum"
        PANEL = "panel", "Panel of schools"

        @property
        def words(self) -> str:
            """Within a sentence."""
            return "meeting of SEN contacts" if self == "sen" else str(self.label)[:1].lower() + str(self.label)[1:]

    OTHER_KINDS = [(kind, label) for kind, label in Kind.choices if kind != "support"]

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

    kind = models.CharField(max_length=7, choices=Kind, default=Kind.SUPPORT)
    title = models.CharField(max_length=120, blank=True)  # of another kind: what it is called
    service = models.CharField(max_length=120, blank=True)  # of another kind: a service that takes part
    several = models.BooleanField(default=False)  # with several schools: set when it is planned, as its schools are
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
            models.UniqueConstraint(
                fields=["school", "day"], condition=Q(status="planned", kind="support"), name="meeting_planned_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(kind="support", title="", service="", several=False) | ~Q(kind="support") & ~Q(title=""),
                name="meeting_other_has_a_title",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled") & ~Q(why_cancelled="") | ~Q(status="cancelled") & Q(why_cancelled=""),
                name="meeting_cancelled_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting with {self.school}, {self.day:%-d %B %Y}" if self.is_support else f"{self.heading}, {self.day:%-d %B %Y}"

    @property
    def is_support(self) -> bool:
        return self.kind == Meeting.Kind.SUPPORT

    @property
    def kind_name(self) -> str:
        """At the head of its page."""
        return "Targeting support meeting" if self.is_support else self.get_kind_display()

    @property
    def kind_words(self) -> str:
        """Within a sentence: "support meeting", "attendance network forum"."""
        return Meeting.Kind(self.kind).words

    @property
    def heading(self) -> str:
        """With whom, or what it is called."""
        return self.title or self.school.name

    @property
    def called(self) -> str:
        """The whole of it within a sentence: "attendance support meeting with Alder School", "cohort meeting “Year 10”"."""
        return f"attendance support meeting with {self.school.name}" if self.is_support else f"{self.kind_words} “{self.title}”"

    @property
    def words(self) -> str:
        """As `called`, where a line has little room: "meeting with Alder School"."""
        return f"meeting with {self.school}" if self.is_support else self.called

    @property
    def matter(self) -> str:
        """Whose an item is that names no pupil."""
        return "All schools" if self.several else "The school"

    def schools(self) -> list[School]:
        """Those that take part, by name; of a support meeting its one. One query for another kind."""
        if self.is_support:
            return [self.school]
        return list(School.objects.filter(met__meeting=self).order_by("sort_name"))


class MeetingSchool(models.Model):
    """A school that takes part in a meeting of another kind than support, the host among them."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="taking")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="met")
    came = models.BooleanField(null=True)  # None: nobody wrote it down

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "school"], name="meeting_school_once")]

    def __str__(self) -> str:
        return f"{self.school}: {self.meeting}"

    @property
    def came_words(self) -> str:
        return {True: "Came", False: "Did not come", None: "Not known whether it came"}[self.came]


def _of_their_meetings(user: User, of: str = "meeting__") -> Q:
    """The meetings of the user's schools, asked of a row's meeting (`of`): no query of meetings lies in between, so that it is quick
    also where there are no statistics yet. Who holds a meeting of several sees it whole: it names no child."""
    if not user.may(Permission.SEE_MEETINGS):
        return Q(pk__in=[])
    if user.as_role.every_school:
        return Q()
    mine = School.objects.visible_to(user)
    takes_part = MeetingSchool.objects.filter(school__in=mine).values("meeting")
    holds = Q(**{f"{of}several": True, f"{of}officer": user})
    meeting = of.removesuffix("__") or "pk"
    return Q(**{f"{of}school__in": mine}) | Q(**{f"{meeting}__in": takes_part}) | holds


class ItemQuerySet(models.QuerySet["Item"]):
    def visible_to(self, user: User) -> ItemQuerySet:
        return self.filter(_of_their_meetings(user))

    def reached(self) -> ItemQuerySet:
        """Those that the meeting came to, as `Item.reached` says of one."""
        return self.exclude(discussed=False, decision="")


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
        """Those of the user's schools, whichever meeting they come from; and all of a meeting of several schools that the user holds."""
        if not user.may(Permission.SEE_MEETINGS):
            return self.none()
        if user.as_role.every_school:
            return self
        holds = Q(meeting__several=True, meeting__officer=user)
        return self.filter(Q(school__in=School.objects.visible_to(user)) | holds)

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
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="meeting_actions")  # whose it is, of a meeting of several
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.school_id is None:
            self.school_id = self.meeting.school_id
        super().save(*args, **kwargs)

    @property
    def who(self) -> str:
        """Who does it, within a sentence: "the school, Ms Khan", "the school nurse"; of a meeting of several the school's name."""
        if self.owner == Action.Owner.SERVICE:
            return self.owner_name
        school = self.school.name if self.meeting_id and self.meeting.several else "the school"
        side = school if self.owner == Action.Owner.SCHOOL else "the authority"
        return f"{side}, {self.owner_name}" if self.owner_name else side


class ActionChange(models.Model):
    """Another day or another owner for an action, and why: added to, never changed."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="changes")
    due_before = models.DateField()
    who_before = models.CharField(max_length=322)  # a school’s name, and a person’s
    due_after = models.DateField()
    who_after = models.CharField(max_length=322)
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
