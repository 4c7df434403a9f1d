"""Which school follows which: conversions to academies, mergers, splits."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from schools.models.places import School


class SchoolLink(models.Model):
    """`successor` took over from `predecessor`, as the national register says."""

    predecessor = models.ForeignKey(School, on_delete=models.PROTECT, related_name="successor_links")
    successor = models.ForeignKey(School, on_delete=models.PROTECT, related_name="predecessor_links")
    kind = models.CharField(max_length=60)  # the register's own words: Predecessor, Predecessor - amalgamated
    since = models.DateField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)  # when the pupils on roll were moved over here

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="school_link_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="school_follows_another"),
        ]

    def __str__(self) -> str:
        return f"{self.successor} follows {self.predecessor}"
