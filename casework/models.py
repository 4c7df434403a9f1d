"""Cases: a child somebody works with, what was agreed, and the chronology that every app above writes to."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Flag
from casework import stages
from schools.models import Enrolment, Parent, Pupil, School
from schools.models.people import tracked


def _theirs(user: User, case: str = "") -> Q:
    """Whose cases a user may see, asked by way of `case`. Straight by enrolment and school, without queries of cases and pupils
    in between: quick also where the planner has no statistics of a table yet."""
    if not user.may(Permission.SEE_CASES):
        return Q(pk__in=[])
    if user.as_role.every_school:
        return Q()
    mine = Q(**{f"{case}pupil__in": Enrolment.objects.visible_to(user).values("pupil")})
    return mine if user.as_role.in_authority else mine & Q(**{f"{case}school__in": School.objects.visible_to(user)})


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> CaseQuerySet:
        """The one answer to "which cases?": those of pupils the user may see; a school only those it holds itself."""
        return self.filter(_theirs(user))

    def open(self) -> CaseQuerySet:
        return self.filter(closed__isnull=True)

    def assigned_to(self, user: User) -> CaseQuerySet:
        return self.filter(officer=user)


@tracked
class Case(models.Model):
    """One open case a pupil. `version` grows with every change: a form made from an older one is refused, not written over."""

    class Origin(models.TextChoices):
        FLAG = "flag", "A flag on the register"
        MEETING = "meeting", "A targeting support meeting"
        REFERRAL = "referral", "A school’s referral"
        OFFICER = "officer", "An officer’s own concern"

    class Reason(models.TextChoices):
        SEVERE = "severe_absence", "Severe absence"
        PERSISTENT = "persistent_absence", "Persistent absence"
        UNAUTHORISED = "unauthorised", "Unauthorised absence"
        CONTINUOUS = "continuous_absence", "10 school days absent in a row"
        ILLNESS = "illness", "Absence put down to illness"
        EBSA = "ebsa", "Emotionally based school avoidance"
        HOLIDAY = "holiday", "Holidays in term time"
        LATE = "late", "Late after the register closed"
        WELFARE = "welfare", "Worry about the child’s welfare"
        PART_TIME = "part_time", "Part-time timetable"

    class Outcome(models.TextChoices):
        IMPROVED = "improved", "Improved and sustained"
        STEP_DOWN = "step_down", "Improved, stepped down to the school"
        EARLY_HELP = "early_help", "Support passed to early help"
        SOCIAL_CARE = "social_care", "Support passed to children’s social care"
        SEND = "send", "Support passed to the SEND team"
        HEALTH = "health", "Support passed to health"
        NO_OFFENCE = "no_offence", "No offence, or not in the public interest"
        NOTICE_PAID = "notice_paid", "Penalty notice paid"
        NOTICE_WITHDRAWN = "notice_withdrawn", "Penalty notice withdrawn"
        PROSECUTED = "prosecuted", "Prosecuted"
        MOVED = "moved", "Moved out of the area"
        OFF_ROLL = "off_roll", "Off roll"
        HOME_EDUCATED = "home_educated", "Educated at home"
        MISSING = "missing", "Child missing education"
        OVER_AGE = "over_age", "No longer of compulsory school age"
        DUPLICATE = "duplicate", "Duplicate"
        DATA_ERROR = "data_error", "Opened on wrong marks"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="cases")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="cases")
    origin = models.CharField(max_length=8, choices=Origin)
    reason = models.CharField(max_length=20, choices=Reason)
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    stage = models.CharField(max_length=12, choices=[(stage.code, stage.name) for stage in stages.STAGES], default=stages.NEW)
    stage_since = models.DateField()
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    opened = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["officer", "closed"], name="case_by_officer")]
        constraints = [
            models.UniqueConstraint(fields=["pupil"], condition=Q(closed__isnull=True), name="case_open_once_a_pupil"),
            models.CheckConstraint(condition=Q(closed__isnull=True) | Q(closed__gte=F("opened")), name="case_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, outcome="") & ~Q(stage=stages.CLOSED)
                | Q(closed__isnull=False, stage=stages.CLOSED) & ~Q(outcome=""),
                name="case_closed_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk}: {self.pupil}"

    @property
    def stage_name(self) -> str:
        return stages.BY_CODE[self.stage].name


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: User) -> EntryQuerySet:
        """Entries of the user's cases; a school reads those that are shared with it."""
        mine = self.filter(_theirs(user, "case__"))
        return mine if user.as_role.in_authority else mine.filter(shared=True)


class Entry(models.Model):
    """One line of a case's chronology: written, never changed. Meetings and legal write here through `casework.actions.record`."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        ASSIGNED = "assigned", "Assigned"
        CONTACT = "contact", "Contact"
        NOTE = "note", "Note"
        PLAN = "plan", "Plan"
        ACTION = "action", "Action"
        STAGE = "stage", "Stage"
        MEETING = "meeting", "Meeting"
        LEGAL = "legal", "Legal"
        CLOSED = "closed", "Closed"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind)
    day = models.DateField()  # on which it happened, which may be before it was written down
    at = models.DateTimeField()  # written down
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    words = models.TextField()
    shared = models.BooleanField(default=False)  # the pupil's school may read it
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice writes once

    objects = EntryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-day", "-id"], name="entry_by_case")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}: {self.words[:80]}"


class Contact(models.Model):
    """An attempt to reach somebody about a case; its words stand in the entry. As that, it is never changed."""

    class Kind(models.TextChoices):
        PHONE = "phone", "Phone call"
        TEXT = "text", "Text message"
        EMAIL = "email", "Email"
        LETTER = "letter", "Letter"
        HOME_VISIT = "home_visit", "Home visit"
        SCHOOL_MEETING = "school_meeting", "Meeting at school"
        PANEL = "panel", "Attendance panel"
        MULTI_AGENCY = "multi_agency", "Multi-agency meeting"

    class Result(models.TextChoices):
        SPOKE = "spoke", "Spoke about attendance"
        AGREED = "agreed", "Agreed a next step"
        REFUSED = "refused", "Did not want to talk"
        LEFT_MESSAGE = "left_message", "Left a message"
        NO_ANSWER = "no_answer", "No answer"
        SENT = "sent", "Sent"

    # what counts as having reached somebody
    REACHED = (Result.SPOKE, Result.AGREED, Result.REFUSED)

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="contact")
    day = models.DateField()
    kind = models.CharField(max_length=16, choices=Kind)
    parent = models.ForeignKey(Parent, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts")  # null: somebody else
    result = models.CharField(max_length=12, choices=Result)
    child_seen = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["case", "-day"], name="contact_by_case")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_result_display().lower()}"


class PlanQuerySet(models.QuerySet["Plan"]):
    def current(self) -> PlanQuerySet:
        return self.filter(ended__isnull=True)


@tracked
class Plan(models.Model):
    """What was agreed for a child, with a day on which it is looked at again. One current plan a case."""

    class Kind(models.TextChoices):
        SUPPORT = "support", "Attendance support plan"
        JOINT = "joint", "Joint plan for severe absence"
        REINTEGRATION = "reintegration", "Reintegration plan"
        MEDICAL = "medical", "Medical action plan"

    class Barrier(models.TextChoices):
        PHYSICAL_ILLNESS = "physical_illness", "Physical illness"
        MENTAL_HEALTH = "mental_health", "Mental health"
        EBSA = "ebsa", "Emotionally based school avoidance"
        SEND = "send", "Special educational needs not met"
        BULLYING = "bullying", "Bullying"
        SCHOOL = "school", "Curriculum or relationships in school"
        TRANSITION = "transition", "Moving between schools"
        SLEEP = "sleep", "Punctuality or sleep"
        YOUNG_CARER = "young_carer", "Cares for somebody at home"
        PARENT_HEALTH = "parent_health", "A parent’s health"
        DOMESTIC_ABUSE = "domestic_abuse", "Domestic abuse"
        NEGLECT = "neglect", "Neglect or safeguarding"
        BEREAVEMENT = "bereavement", "Bereavement"
        FAMILY_BREAKDOWN = "family_breakdown", "Family breakdown"
        HOUSING = "housing", "Housing"
        POVERTY = "poverty", "Money, uniform or food"
        TRANSPORT = "transport", "Transport or distance"
        LANGUAGE = "language", "Language or new arrival"
        CONDONED = "condoned", "Absence condoned at home"
        UNKNOWN = "unknown", "Not known yet"

    class Result(models.TextChoices):
        """What came of a review."""

        CARRY_ON = "carry_on", "Carry on with the plan"
        CHANGE = "change", "Change the plan"
        END = "end", "End the plan"

    class Lead(models.TextChoices):
        SCHOOL = "school", "The school"
        AUTHORITY = "authority", "The attendance officer"
        EARLY_HELP = "early_help", "Early help"
        SOCIAL_CARE = "social_care", "Children’s social care"
        HEALTH = "health", "Health"
        SEND = "send", "SEND team"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    kind = models.CharField(max_length=14, choices=Kind)
    barrier = models.CharField(max_length=18, choices=Barrier)
    lead = models.CharField("lead practitioner", max_length=12, choices=Lead)
    start = models.DateField()
    review = models.DateField()
    reviewed = models.DateField(null=True, blank=True)  # the last day on which it was looked at again
    ended = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended__isnull=True), name="plan_one_current_a_case"),
            models.CheckConstraint(condition=Q(review__gte=F("start")), name="plan_review_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.case}"


class PlanActionQuerySet(models.QuerySet["PlanAction"]):
    def visible_to(self, user: User) -> PlanActionQuerySet:
        """Actions under the user's cases; a school sees its own, not what a family or another service has agreed to."""
        mine = self.filter(_theirs(user, "plan__case__"))
        return mine if user.as_role.in_authority else mine.filter(owner=PlanAction.Owner.SCHOOL)

    def open(self) -> PlanActionQuerySet:
        return self.filter(done__isnull=True, plan__ended__isnull=True)

    def overdue(self, day: dt.date) -> PlanActionQuerySet:
        return self.open().filter(due__lt=day)


@tracked
class PlanAction(models.Model):
    """One thing that somebody does under a plan, by a day."""

    class Owner(models.TextChoices):
        SCHOOL = "school", "The school"
        OFFICER = "officer", "The attendance officer"
        PARENT = "parent", "A parent"
        CHILD = "child", "The child"
        SERVICE = "service", "Another service"

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        PARTLY = "partly", "Done in part"
        NOT_DONE = "not_done", "Not done"
        NO_LONGER = "no_longer", "No longer needed"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="actions")
    what = models.CharField(max_length=300)
    owner = models.CharField(max_length=8, choices=Owner)
    due = models.DateField()
    done = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = PlanActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(done__isnull=True, outcome="") | Q(done__isnull=False) & ~Q(outcome=""), name="plan_action_done_has_an_outcome"
            )
        ]

    def __str__(self) -> str:
        return self.what
