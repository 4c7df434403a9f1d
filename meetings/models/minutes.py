"""The minutes of a meeting: what is said of it as a whole, who came, and each version as it was given out."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from meetings.models.meetings import Meeting, _of_their_meetings
from schools.models.people import tracked


@tracked
class General(models.Model):
    """The first line of the minutes: what is about the meeting as a whole. Has a version, as each item of the agenda has."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="general")
    cohort = models.CharField("priority cohort", max_length=20, blank=True)
    note = models.TextField(blank=True)
    note_shared = models.BooleanField(default=False)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"General: {self.meeting}"


def person_key(name: str, email: str) -> str:
    return email.casefold() or f" {name.casefold()}"


class PresenceQuerySet(models.QuerySet["Presence"]):
    def visible_to(self, user: User) -> PresenceQuerySet:
        return self.filter(_of_their_meetings(user))


class Presence(models.Model):
    """Somebody who was to come to a meeting that was held, or came, as written down when it was recorded."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="presences")
    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True)
    side = models.CharField(max_length=40)  # in words
    role = models.CharField(max_length=120, blank=True)
    came = models.BooleanField()

    BESIDES = "Came besides"  # the side of who came without having been asked

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("meeting", Lower("name"), Lower("email"), name="presence_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """As of who is to come: two with one address are one person."""
        return person_key(self.name, self.email)


class MinutesQuerySet(models.QuerySet["Minutes"]):
    def visible_to(self, user: User) -> MinutesQuerySet:
        return self.filter(_of_their_meetings(user))


class Minutes(models.Model):
    """One version of a meeting's minutes. What it says is never changed: a correction is the next version, with a reason.

    It holds what a school may read, and nothing else: no note that is not shared, nothing of a plan but that there is one.
    Two files are made of it by a worker: with names, read after signing in; with initials, for e-mails.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Being made"
        MADE = "made", "Ready"
        FAILED = "failed", "Could not be made"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minuted")
    version = models.PositiveIntegerField()
    content = models.JSONField()  # as meetings.minutes_content makes it
    reason = models.CharField(max_length=500, blank=True)  # of a correction
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    stored = models.CharField(max_length=200, blank=True)  # names in file storage, made of the sha256
    stored_initials = models.CharField(max_length=200, blank=True)
    size = models.PositiveIntegerField(default=0)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(status="waiting"), name="minutes_waiting")]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_once"),
            models.CheckConstraint(condition=Q(version=1) | ~Q(reason=""), name="minutes_corrected_with_reason"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="said_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("meeting", "version", "content", "reason", "made_by", "made_at"),
            ),
        ]

    def __str__(self) -> str:
        return f"Minutes, version {self.version}: {self.meeting}"
