"""Two records that were found to be of one child."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from schools.models.people import Pupil


class MergeQuerySet(models.QuerySet["Merge"]):
    def standing(self) -> MergeQuerySet:
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """Who said that `pupil` is `into`, and why; and who took it back. The pointer itself is `Pupil.merged_into`."""

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="merges")
    into = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="taken_in")
    why = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_why = models.TextField(blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pupil"], condition=Q(undone_at=None), name="merge_once_a_pupil"),
            models.CheckConstraint(condition=~Q(pupil=F("into")), name="merge_is_of_two"),
            models.CheckConstraint(condition=~Q(why=""), name="merge_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.pupil} is {self.into}"
