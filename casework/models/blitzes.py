"""An attendance blitz (Leeds): on one day, pupils of some schools who are absent that morning are visited at home."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models.entries import Contact
from schools.models import Enrolment, School


class BlitzQuerySet(models.QuerySet["Blitz"]):
    def visible_to(self, user: User) -> BlitzQuerySet:
        """Those at a school of the user's; of the others' pupils they see nothing (`BlitzChild`)."""
        if not user.may(Permission.WORK_CASES):
            return self.none()
        if user.as_role.every_school:
            return self
        theirs = Blitz.schools.through.objects.filter(blitz=OuterRef("pk"), school__in=School.objects.visible_to(user))
        return self.filter(Exists(theirs))


class Blitz(models.Model):
    """One day at some schools."""

    day = models.DateField()
    schools = models.ManyToManyField(School, related_name="blitzes")
    codes = ArrayField(models.CharField(max_length=2))  # of a morning's mark: who is on the list
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)  # when the list was last taken from the registers
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = BlitzQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-day"], name="blitz_newest")]

    def __str__(self) -> str:
        return f"Attendance blitz of {self.day:%-d %B %Y}"


class BlitzChildQuerySet(models.QuerySet["BlitzChild"]):
    def visible_to(self, user: User) -> BlitzChildQuerySet:
        """Those of the user's schools."""
        if not user.may(Permission.WORK_CASES):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))


class BlitzChild(models.Model):
    """One pupil on the list: the mark of the morning when the list was taken, and what came of the visit."""

    blitz = models.ForeignKey(Blitz, on_delete=models.PROTECT, related_name="children")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=2)
    result = models.CharField(max_length=12, choices=Contact.Result, blank=True)
    child_seen = models.BooleanField(default=False)
    words = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True, blank=True)
    contact = models.OneToOneField(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="blitz_child")
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = BlitzChildQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blitz", "enrolment"], name="blitz_child_once"),
            models.CheckConstraint(
                condition=Q(at=None, result="") | Q(at__isnull=False) & ~Q(result=""), name="blitz_child_recorded_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.pupil}, {self.blitz}"
