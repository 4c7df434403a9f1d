"""Which user works with which school, from when to when. The history stays with the school."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from schools.models.places import School


class PostingQuerySet(models.QuerySet["Posting"]):
    def standing(self, day: dt.date) -> PostingQuerySet:
        """Not over by `day`: current, or still to come."""
        return self.filter(Q(end__isnull=True) | Q(end__gte=day))

    def on(self, day: dt.date) -> PostingQuerySet:
        return self.standing(day).filter(start__lte=day)


class Posting(models.Model):
    class Part(models.TextChoices):
        LEAD = "lead", "Authority single point of contact"
        COVER = "cover", "Cover for the authority's contact"
        CONTACT = "contact", "School single point of contact"
        STAFF = "staff", "School staff"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="postings")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="postings")
    part = models.CharField(max_length=8, choices=Part)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="posting_ends_after_start"),
            models.UniqueConstraint(fields=["user", "school", "start"], name="posting_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.school}"
