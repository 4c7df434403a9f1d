"""Which sequence of stages the authority works in, from which day."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models

from casework import stages


class SequenceChoiceQuerySet(models.QuerySet["SequenceChoice"]):
    def in_force(self, day: dt.date) -> stages.Sequence:
        """The sequence in which cases are opened on `day`; of two said for one first day the later word. One query."""
        return named(self.said(day).values_list("sequence", flat=True).first())

    def said(self, day: dt.date) -> SequenceChoiceQuerySet:
        """What was said for `day` or before it, the word that holds first."""
        return self.filter(start__lte=day).order_by("-start", "-pk")


def named(code: str | None) -> stages.Sequence:
    """The sequence of a choice; None: nothing was ever chosen."""
    return stages.SEQUENCE[code] if code else stages.DEFAULT


class SequenceChoice(models.Model):
    """Said once, never changed: a later choice takes its place. Cases that are open keep the sequence they are in."""

    sequence = models.CharField(max_length=20, choices=[(one.code, one.name) for one in stages.SEQUENCES])
    start = models.DateField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = SequenceChoiceQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_sequence_display()}, from {self.start}"
