"""That somebody considered whether a severely absent child is safe, and what they decided."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models.cases import Case
from casework.models.lists import Service
from schools.models import Enrolment, Pupil
from schools.models.people import tracked


class ConsiderationQuerySet(models.QuerySet["Consideration"]):
    def visible_to(self, user: User) -> ConsiderationQuerySet:
        """The authority's alone: never a school's, whoever the pupil is."""
        if not user.as_role.in_authority or not user.may(Permission.SEE_CASES):
            return self.none()
        return self if user.as_role.every_school else self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))


@tracked
class Consideration(models.Model):
    """A named person considered whether a severely absent child needs safeguarding: at which level of need, referred or why not.

    `evidence`: why it was needed, in words, as it stood. What came of a referral is added when it is known.
    """

    class Level(models.TextChoices):
        UNIVERSAL = "universal", "Universal: school and family manage"
        EARLY_HELP = "early_help", "Early help"
        TARGETED = "targeted", "Targeted or complex needs"
        IN_NEED = "in_need", "Child in need (section 17)"
        PROTECTION = "protection", "Child protection (section 47)"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="considerations")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="considerations")
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    considered_by = models.CharField(max_length=160)  # who considered it, by name and role: often a safeguarding lead who never signs in
    level = models.CharField(max_length=10, choices=Level)
    referred = models.BooleanField()
    referred_to = models.CharField(max_length=14, choices=Service, blank=True)
    why = models.TextField()  # why referred, or why not
    outcome = models.TextField(blank=True)  # of a referral, once it is known
    outcome_day = models.DateField(null=True, blank=True)
    evidence: models.JSONField[Any] = models.JSONField(default=list)
    policy_version = models.CharField(max_length=40)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = ConsiderationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["pupil", "-day"], name="consideration_by_pupil")]
        constraints = [
            models.CheckConstraint(
                condition=Q(referred=True) & ~Q(referred_to="") | Q(referred=False, referred_to=""), name="consideration_referred_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_day=None) | Q(outcome_day__isnull=False) & ~Q(outcome=""),
                name="consideration_outcome_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_level_display()}"
