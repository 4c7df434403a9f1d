"""What schools are asked about their registers before something is issued on them, and what they answered."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from legal.models.requests import Request
from schools.models import Pupil, School
from schools.models.people import kept_for_good


class AskedQuerySet(models.QuerySet["ConfirmationAsked"]):
    def visible_to(self, user: User) -> AskedQuerySet:
        """A school sees what it is asked itself; an officer what their schools are asked."""
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))

    def open(self) -> AskedQuerySet:
        return self.filter(ended__isnull=True)


@kept_for_good
class ConfirmationAsked(models.Model):
    """A school is asked whether the marks held here of one of its pupils agree with its register. Open until it answers."""

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="confirmations_asked")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="confirmations_asked")
    request = models.ForeignKey(Request, null=True, blank=True, on_delete=models.PROTECT, related_name="confirmations_asked")
    sessions = models.JSONField(default=list)  # relied on: ["2026-11-09 AM=G", ...]
    asked = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended = models.DateField(null=True, blank=True)  # answered, or no longer needed

    objects = AskedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pupil", "school"], condition=Q(ended=None), name="confirmation_asked_once"),
        ]
        indexes = [models.Index(fields=["school"], condition=Q(ended=None), name="confirmation_asked_open")]

    def __str__(self) -> str:
        return f"{self.school} is asked about the register of {self.pupil}"


class Confirmation(models.Model):
    """What a school said of the marks held here of one pupil, with exactly the marks it was shown. Never changed: it is said anew."""

    class How(models.TextChoices):
        LOGIN = "login", "In its own login"
        TELEPHONE = "telephone", "By telephone"
        EMAIL = "email", "By email"
        PERSON = "person", "In person"

    asked = models.ForeignKey(ConfirmationAsked, null=True, blank=True, on_delete=models.PROTECT, related_name="answers")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="confirmations")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="confirmations")
    agrees = models.BooleanField()
    wrong = models.JSONField(default=list, blank=True)  # [["2026-11-09 AM", "G", "I"], ...]: session, ours, the school's
    words = models.TextField(blank=True)
    how = models.CharField(max_length=9, choices=How)
    said_by = models.CharField(max_length=160)  # who said it for the school
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")  # who wrote it down
    day = models.DateField()
    at = models.DateTimeField()
    first = models.DateField()
    last = models.DateField()
    register = models.TextField()  # what was shown, line by line (legal.confirmed): exactly what was hashed
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["pupil", "school", "-id"], name="confirmation_latest")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.school}, register of {self.pupil}: {'agrees' if self.agrees else 'does not agree'}"
