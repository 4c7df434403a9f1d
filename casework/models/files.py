"""Files that belong to a line of a case's chronology: a photograph, a letter that a parent handed over."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from casework.models.cases import of_theirs
from casework.models.entries import Entry


class CaseFileQuerySet(models.QuerySet["CaseFile"]):
    def visible_to(self, user: User) -> CaseFileQuerySet:
        """The authority's own people, of their cases; a school is shown none. With a moved entry its files are gone from there."""
        if not user.as_role.in_authority:
            return self.none()
        return self.filter(of_theirs(user, "entry__case__")).standing()

    def standing(self) -> CaseFileQuerySet:
        return self.filter(entry__moved=None, taken_away=None)


class CaseFile(models.Model):
    """One file, kept byte for byte under its SHA-256 and given out as a download only."""

    class Scan(models.TextChoices):
        CLEAN = "clean", "Scanned, nothing found"
        NONE = "none", "Not scanned"

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=5)  # of schools.files.KINDS
    stored = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    scan = models.CharField(max_length=5, choices=Scan)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    taken_away = models.DateTimeField(null=True, blank=True)
    taken_away_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = CaseFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "sha256"], condition=Q(taken_away=None), name="case_file_once"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
