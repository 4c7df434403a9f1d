"""Which children belong to one family or household, as somebody has looked at it and said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from schools.models import Pupil
from schools.models.people import tracked


class FamilyLinkQuerySet(models.QuerySet["FamilyLink"]):
    def standing(self) -> FamilyLinkQuerySet:
        return self.filter(ended_at__isnull=True)

    def of(self, pupil: Pupil) -> FamilyLinkQuerySet:
        return self.filter(Q(one=pupil) | Q(other=pupil))


@tracked
class FamilyLink(models.Model):
    """What a person has said of two children, whichever came first: `one` has the lower key. A later word ends the earlier one."""

    class Verdict(models.TextChoices):
        SIBLING = "sibling", "Brother or sister"
        HOUSEHOLD = "household", "Lives in the same household"
        FAMILY = "family", "Of the same wider family"
        NONE = "none", "Not linked"

    one = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=9, choices=Verdict)
    why = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = FamilyLinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["other"], name="family_by_other")]
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], condition=Q(ended_at=None), name="family_one_word_a_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="family_lower_key_first"),
            models.CheckConstraint(condition=~Q(why=""), name="family_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.one} and {self.other}: {self.get_verdict_display().lower()}"

    def across(self, pupil: int) -> int:
        """The key of the other child."""
        return self.other_id if self.one_id == pupil else self.one_id
