"""E-mails about meetings other than invitations: minutes sent, and overdue actions chased. A row is the order to send one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from meetings.models.meetings import Action
from meetings.models.minutes import Minutes


class Letter(models.Model):
    """One e-mail to one person: what it says, and whether it went. It names no child."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not sent"

    minutes = models.ForeignKey(Minutes, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")  # None: a reminder
    name = models.CharField(max_length=160)
    email = models.EmailField()
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")  # None: the night
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status"], condition=Q(status="waiting"), name="letter_waiting")]
        constraints = [
            # nobody is sent one version twice: a form sent twice, or two people at once
            models.UniqueConstraint("minutes", Lower("email"), condition=Q(minutes__isnull=False), name="letter_once_a_version"),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None), name="letter_sent_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.subject}"


class Chase(models.Model):
    """An overdue action was chased on a day, by a letter; without one where there was nobody to write to."""

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="chases")
    day = models.DateField()
    letter = models.ForeignKey(Letter, null=True, blank=True, on_delete=models.PROTECT, related_name="chases")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "day", "letter"], nulls_distinct=False, name="chase_once_a_letter"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.action}"


class ChaseRun(models.Model):
    """The round of a day: whether it was made stands here, so that a night that was missed is made up for once."""

    day = models.DateField(unique=True)
    at = models.DateTimeField()
    actions = models.PositiveIntegerField()
    letters = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"Actions chased on {self.day}"
