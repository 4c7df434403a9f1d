"""Who else comes to a meeting, and the e-mails by which people were invited."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from meetings.models.meetings import Meeting, _of_their_meetings


class AttendeeQuerySet(models.QuerySet["Attendee"]):
    def visible_to(self, user: User) -> AttendeeQuerySet:
        return self.filter(_of_their_meetings(user))


class Attendee(models.Model):
    """Somebody who is to come beside the officer and the school's contacts. Without an e-mail they are told some other way."""

    class Side(models.TextChoices):
        SCHOOL = "school", "The school"
        AUTHORITY = "authority", "The authority"
        OTHER = "other", "Another service"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendees")
    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True)
    side = models.CharField(max_length=9, choices=Side)
    role = models.CharField(max_length=120, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = AttendeeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("meeting", Lower("email"), condition=~Q(email=""), name="attendee_once_by_email"),
            models.UniqueConstraint("meeting", Lower("name"), condition=Q(email=""), name="attendee_once_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> InvitationQuerySet:
        return self.filter(_of_their_meetings(user))


class Invitation(models.Model):
    """One e-mail to one person: the order to send it, what it says, and whether it went. What is to do stands here."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not sent"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="invitations")
    meeting_version = models.PositiveIntegerField()  # as it stood: a later one is told by another e-mail
    name = models.CharField(max_length=160)
    email = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    calendar = models.TextField()
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status"], condition=Q(status="waiting"), name="invitation_waiting")]
        constraints = [
            # nobody is told the same twice: a form sent twice, or two people at once
            models.UniqueConstraint("meeting", Lower("email"), "meeting_version", name="invitation_once_a_version"),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None), name="invitation_sent_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.subject}"
