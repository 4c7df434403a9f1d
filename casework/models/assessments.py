"""What is understood of a child: what keeps them from school and who says so, in their own and their parents' words."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from casework.models.cases import Case
from casework.models.lists import Barrier, Said


class Assessment(models.Model):
    """One version of a case's assessment, whole: a change makes the next, and none is ever altered. The highest `number` stands.

    The words are kept as typed; "" is not known yet. A school reads `strengths` and `tried` and nothing else of it.
    """

    SHARED = ("strengths", "tried")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    number = models.PositiveSmallIntegerField()
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    child_voice = models.TextField(blank=True)
    parent_views = models.TextField(blank=True)
    strengths = models.TextField(blank=True)
    tried = models.TextField(blank=True)  # what school has tried
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="assessment_number_once")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Assessment {self.number} of {self.case}"


class AssessedBarrier(models.Model):
    """Something that keeps the child from school, by one version of the assessment, and who says so."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="barriers")
    barrier = models.CharField(max_length=18, choices=Barrier)
    primary = models.BooleanField(default=False)
    said_by: ArrayField[list[str], list[str]] = ArrayField(models.CharField(max_length=8, choices=Said), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "barrier"], name="assessed_barrier_once"),
            models.UniqueConstraint(fields=["assessment"], condition=Q(primary=True), name="assessed_barrier_one_primary"),
        ]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_barrier_display()

    @property
    def said_in_words(self) -> str:
        """Who says so, or that nobody is named."""
        names = [Said(code).label for code in Said.values if code in self.said_by]
        return ", ".join([names[0], *(name[0].lower() + name[1:] for name in names[1:])]) if names else "Not said by whom"
