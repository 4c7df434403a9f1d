"""Plans and what is done under them, by whom and by when."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from casework.models.cases import Case, of_theirs
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
