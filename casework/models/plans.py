"""Plans and what is done under them, by whom and by when."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from casework.models.cases import Case, of_theirs
from casework.models.lists import Barrier, Service
from schools.models.people import tracked


class PlanQuerySet(models.QuerySet["Plan"]):
    def current(self) -> PlanQuerySet:
        return self.filter(ended__isnull=True)


@tracked
class Plan(models.Model):
    """What was agreed for a child, with a day on which it is looked at again. One current plan a case."""

    class Kind(models.TextChoices):
        SUPPORT = "support", "Attendance support plan"
        JOINT = "joint", "Joint plan for severe absence"
        REINTEGRATION = "reintegration", "Reintegration or part-time timetable"
        MEDICAL = "medical", "Medical action plan"
        PANEL = "panel", "Attendance panel plan"

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
    barrier = models.CharField(max_length=18, choices=Barrier)  # the main one that the plan works on
    lead = models.CharField("lead practitioner", max_length=12, choices=Lead)
    lead_name = models.CharField(max_length=160, blank=True)  # "": agreed before plans named somebody
    lead_role = models.CharField(max_length=160, blank=True)
    timetable_start = models.DateField(null=True, blank=True)  # of a part-time timetable, which always has an end
    timetable_end = models.DateField(null=True, blank=True)
    timetable_hours = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)  # a week
    nurse = models.CharField(max_length=160, blank=True)  # the school nurse of a medical action plan
    panel = models.DateField(null=True, blank=True)  # the day of the attendance panel that agreed it
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
            models.CheckConstraint(
                condition=Q(timetable_start=None, timetable_end=None, timetable_hours=None)
                | Q(timetable_end__gte=F("timetable_start"), timetable_hours__isnull=False),
                name="plan_timetable_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.case}"


class PlanActionQuerySet(models.QuerySet["PlanAction"]):
    def visible_to(self, user: User) -> PlanActionQuerySet:
        """Actions under the user's cases; a school sees its own, not what a family or another service has agreed to."""
        mine = self.filter(of_theirs(user, "plan__case__"))
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
    service = models.CharField(max_length=14, choices=Service, blank=True)  # which one, where another service owns it
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

    @property
    def owned_by(self) -> str:
        """Who does it, by name of the service where it is one."""
        return self.get_service_display() if self.service else self.get_owner_display()


class PlanTarget(models.Model):
    """What the family aims at, in sessions they can count: miss no more than `most` of the next `of` possible ones from `start` on.

    Never changed: another target stands beside it. How it goes is worked out from the marks (casework.targets).
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="targets")
    most = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()
    start = models.DateField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(most__lt=F("of"), of__gt=0), name="plan_target_can_be_missed")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Miss no more than {self.most} of {self.of} sessions"


class PlanReview(models.Model):
    """A plan looked at again, with the sessions as the marks stood then: in the days since it began or was last reviewed, and in as
    many days before. Never changed: whether a child was helped is judged by what was known at the review."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reviews")
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=8, choices=Plan.Result)
    since = models.DateField()  # the first day of those looked at
    possible_before = models.PositiveSmallIntegerField()
    absent_before = models.PositiveSmallIntegerField()
    possible_since = models.PositiveSmallIntegerField()
    absent_since = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["plan", "-day"], name="plan_review_by_plan")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_result_display().lower()}"
