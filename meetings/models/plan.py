"""How many meetings each school is due in a school year: as the rule set it, as a manager adjusted it, and every change."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from meetings import frequency
from schools.models import School
from schools.models.people import tracked


class YearPlanQuerySet(models.QuerySet["YearPlan"]):
    def visible_to(self, user: User) -> YearPlanQuerySet:
        """The one answer to "which plans?": those of the user's schools, for those who plan meetings for the authority."""
        if not user.may(Permission.SEE_TERM_PLAN):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))


@tracked
class YearPlan(models.Model):
    """A school's number of meetings for one school year, with the figures it was set on. Later figures change nothing by themselves.

    `possible` and `attended` are sessions of the school's last full year; 0 of 0 where nothing was compared.
    """

    class Band(models.TextChoices):
        BELOW = frequency.BELOW, "Below England"
        AT = frequency.AT, "At or above England"
        STRONGEST = frequency.STRONGEST, "Strongest"
        UNKNOWN = frequency.UNKNOWN, "Not compared"
        ADVISORY = frequency.ADVISORY, "Independent"
        NONE = frequency.NONE, "None due"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="year_plans")
    year = models.SmallIntegerField()  # starting year of the academic year
    by_rule = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=9, choices=Band)
    reason = models.TextField()
    floor = models.PositiveSmallIntegerField(default=0)  # a manager may not go below it
    possible = models.PositiveIntegerField(default=0)
    attended = models.PositiveIntegerField(default=0)
    england_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)  # attendance
    england_source = models.CharField(max_length=200, blank=True)
    as_good = models.PositiveSmallIntegerField(default=0)  # schools of the phase that attend as well or better, this one among them
    of_schools = models.PositiveSmallIntegerField(default=0)
    policy_version = models.CharField(max_length=40)
    first_term = models.PositiveSmallIntegerField(default=1)  # in which what does not go evenly into three terms begins
    adjusted = models.PositiveSmallIntegerField(null=True, blank=True)  # a manager's own number; null: none
    adjusted_reason = models.CharField(max_length=500, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()  # when the rule's number was set or last revised
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # grows with every change: a form made from an older one is refused

    objects = YearPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year"], name="year_plan_once"),
            models.CheckConstraint(condition=Q(first_term__gte=1, first_term__lte=3), name="year_plan_first_term"),
            models.CheckConstraint(
                condition=Q(adjusted=None, adjusted_reason="") | ~Q(adjusted=None) & ~Q(adjusted_reason=""),
                name="year_plan_adjusted_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(adjusted=None) | Q(adjusted__gte=models.F("floor")), name="year_plan_keeps_the_floor"),
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.year_name}: {self.number}"

    @property
    def number(self) -> int:
        """What stands: a manager's number, else the rule's."""
        return self.by_rule if self.adjusted is None else self.adjusted

    @property
    def year_name(self) -> str:
        return frequency.year_name(self.year)

    def in_term(self, term: int) -> int:
        return frequency.in_term(self.number, term, self.first_term)


class PlanChange(models.Model):
    """That a school's number was set, revised or adjusted: added to, never changed."""

    class Kind(models.TextChoices):
        SET = "set", "Set by the rule"
        REVISED = "revised", "Revised by the rule"
        ADJUSTED = "adjusted", "Adjusted by a manager"
        UNADJUSTED = "unadjusted", "Adjustment taken away"

    plan = models.ForeignKey(YearPlan, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    before = models.PositiveSmallIntegerField(null=True, blank=True)  # the number that stood
    after = models.PositiveSmallIntegerField()
    words = models.TextField()  # the rule's reason, or the manager's
    policy_version = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["plan", "-id"], name="plan_change_by_plan")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.after}"


@tracked
class OfficerHours(models.Model):
    """How many hours an officer has for support meetings in a term, as a manager set it. No row: nobody has said, which is not none."""

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meeting_hours")
    year = models.SmallIntegerField()
    term = models.PositiveSmallIntegerField()
    hours = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "year", "term"], name="officer_hours_once_a_term")]

    def __str__(self) -> str:
        return f"{self.officer}: {self.hours} hours"
