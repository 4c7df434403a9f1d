"""The work on a file of many schools, a piece for each school."""

from __future__ import annotations

from django.db import models

from attendance.models.extracts import Extract
from schools.models import School


class SchoolPart(models.Model):
    """What one extract has to say of one school. Whoever holds the row does it, in one transaction; it stands until the extract is done."""

    extract = models.ForeignKey(Extract, on_delete=models.CASCADE, related_name="parts")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    told = models.JSONField(default=dict, blank=True)  # what the extract's receipt needs to know of it (attendance.imports.parts)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["extract", "school"], name="part_once_an_extract_and_school")]

    def __str__(self) -> str:
        return f"{self.school} of {self.extract}"
