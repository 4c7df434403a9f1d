"""Figures that somebody asked for and that are read from registers in the background: the question, and its answer when it has come."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User


class FiguresAskedQuerySet(models.QuerySet["FiguresAsked"]):
    def visible_to(self, user: User) -> FiguresAskedQuerySet:
        """One's own only: an answer is about the schools that its asker saw."""
        return self.filter(by=user)


class FiguresAsked(models.Model):
    """What is to be worked out stands here, a message only rings for it. The answer is kept until it is asked for anew."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting for its turn"
        RUNNING = "running", "Being worked out"
        DONE = "done", "Done"
        FAILED = "failed", "Not finished"

    BUSY = (Status.QUEUED, Status.RUNNING)

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    question = models.JSONField()  # attendance.answering.Question
    schools = ArrayField(models.BigIntegerField())  # those the asker saw, in order of their keys
    status = models.CharField(max_length=7, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)  # one that ends every worker must not be tried for ever
    answer = models.JSONField(null=True, blank=True)  # attendance.answering.to_values
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = FiguresAskedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by", "-asked_at"], name="figures_asked_by")]

    def __str__(self) -> str:
        return f"Figures asked for by {self.by} on {self.asked_at:%-d %B %Y}"

    @property
    def busy(self) -> bool:
        return self.status in self.BUSY
