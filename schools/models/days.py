"""A school's own terms and closures. Where a school has none, its registers tell (schools.calendar)."""

from django.db import models
from django.db.models import F, Q

from schools.models.places import School


class Term(models.Model):
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="terms")
    name = models.CharField(max_length=60)
    start = models.DateField()
    end = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="term_ends_after_start"),
            models.UniqueConstraint(fields=["school", "start"], name="term_starts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.start} to {self.end}"


class Closure(models.Model):
    """Days within terms on which the school is closed: INSET, polling, snow."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="closures")
    name = models.CharField(max_length=60)
    start = models.DateField()
    end = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="closure_ends_after_start"),
            models.UniqueConstraint(fields=["school", "start"], name="closure_starts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.start} to {self.end}"
