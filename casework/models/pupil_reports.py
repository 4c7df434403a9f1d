"""Reports on one pupil for a conference or a review: what was said, kept as made, and who went."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models.cases import Case
from schools.models import Enrolment, Pupil
from schools.orders import Order


class PupilReportQuerySet(models.QuerySet["PupilReport"]):
    def visible_to(self, user: User) -> PupilReportQuerySet:
        """Of pupils the user may see; the authority's alone, as it says what the whole authority knows of the child."""
        if not user.may(Permission.SEE_LETTERS):
            return self.none()
        return self if user.as_role.every_school else self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))


class PupilReport(Order):
    """Names no third party (casework.letters.third): parents, brothers and sisters read it, and so do other services."""

    class Purpose(models.TextChoices):
        CONFERENCE = "conference", "Child protection conference"
        CORE_GROUP = "core_group", "Core group"
        PEP = "pep", "Personal education plan meeting"
        EHCP = "ehcp", "EHC plan review"
        OTHER = "other", "Another meeting about the child"

    class Went(models.TextChoices):
        OFFICER = "officer", "The attendance officer went"
        ANOTHER = "another", "Somebody else of the team went"
        SENT = "sent", "Nobody went; the report was sent"
        NOBODY = "nobody", "Nobody went, and nothing was sent"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="reports")
    purpose = models.CharField(max_length=10, choices=Purpose)
    day = models.DateField()  # as at
    said = models.JSONField()  # casework.letters.reporting: what page and PDF show
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    # the meeting
    met = models.DateField(null=True, blank=True)
    went = models.CharField(max_length=8, choices=Went, blank=True)
    who = models.CharField(max_length=160, blank=True)
    outcome = models.TextField(blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    logged_at = models.DateTimeField(null=True, blank=True)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="reports")  # that was told

    objects = PupilReportQuerySet.as_manager()

    class Meta(Order.Meta):
        indexes = [models.Index(fields=["pupil", "-id"], name="pupil_report_by_pupil")]
        constraints = [
            models.CheckConstraint(condition=Q(met=None, went="") | Q(met__isnull=False) & ~Q(went=""), name="report_met_says_who_went")
        ]
        triggers = [
            pgtrigger.ReadOnly(name="words_stay", fields=["pupil", "purpose", "day", "said"]),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Report on {self.pupil}: {self.get_purpose_display().lower()}"
