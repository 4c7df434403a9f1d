"""Entries that were written on the wrong child: where they went, who moved them, and what is left in their place."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from accounts.models import User
from accounts.permissions import Permission
from casework.models.entries import Entry


class MovedQuerySet(models.QuerySet["Moved"]):
    def visible_to(self, user: User) -> MovedQuerySet:
        """All of them, for those who look after what was moved; whose words they were is the data-protection lead's to read."""
        return self if user.may(Permission.SEE_MOVED_ENTRIES) else self.none()


class Moved(models.Model):
    """One entry taken from a child's story. The entry itself stays as it was written (its trigger sees to that) and is found no more."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="moved")
    to = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="moved_here")
    trace = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="trace_of")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    told_to = models.EmailField(blank=True)  # the data-protection lead's address, once an e-mail has gone there
    told_at = models.DateTimeField(null=True, blank=True)

    objects = MovedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="moved_newest")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="never_changed", fields=["entry", "to", "trace", "by", "by_name", "at"]),
        ]

    def __str__(self) -> str:
        return f"Entry {self.entry_id}, moved"
