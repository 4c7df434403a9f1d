"""PDFs of notices to improve and of attendance contracts: made once by a worker and kept byte for byte."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from legal.models.contracts import Party
from legal.models.improvements import Improvement
from schools import orders


class Paper(orders.Order):
    """What is to be made for one parent, and what became of it. `template`: the version of the template it is made from."""

    class Kind(models.TextChoices):
        IMPROVE = "improve", "Notice to improve"
        OFFER = "offer", "Offer of an attendance contract"
        SIGNED = "signed", "Attendance contract, as signed"

    kind = models.CharField(max_length=7, choices=Kind)
    improvement = models.ForeignKey(Improvement, null=True, blank=True, on_delete=models.PROTECT, related_name="papers")
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="papers")
    template = models.CharField(max_length=20)
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(improvement__isnull=False, party__isnull=True) | Q(improvement__isnull=True, party__isnull=False),
                name="paper_of_one_thing",
            ),
            models.UniqueConstraint(fields=["improvement", "kind"], condition=Q(improvement__isnull=False), name="paper_once_a_notice"),
            models.UniqueConstraint(fields=["party", "kind"], condition=Q(party__isnull=False), name="paper_once_a_party"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="kept_as_made", operation=pgtrigger.Update, condition=pgtrigger.Q(old__status="made")),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status__in=["waiting", "making"]), name="paper_waiting")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, PDF"
