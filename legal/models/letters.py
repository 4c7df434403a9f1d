"""Documents that follow a notice, made by a worker and kept byte for byte; and parents' agreement to be served by e-mail."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from legal.models.income import Refund
from legal.models.notices import Notice
from legal.models.public_place import PublicPlaceNotice
from schools import orders
from schools.models import Parent
from schools.models.people import kept_for_good


class LegalLetter(orders.Order):
    """A withdrawal, a refund, a public-place notice: `facts` are what it prints, as they stood when it was asked for."""

    class Kind(models.TextChoices):
        WITHDRAWAL = "withdrawal", "Letter: the notice is withdrawn"
        REFUND = "refund", "Letter: money given back"
        PUBLIC = "public", "Public place notice"

    kind = models.CharField(max_length=10, choices=Kind)
    notice = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    public = models.ForeignKey(PublicPlaceNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    refund = models.OneToOneField(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="letter")
    reference = models.CharField(max_length=20)
    template = models.CharField(max_length=20)  # which version of the words: "withdrawal 1"
    facts = models.JSONField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    stored = models.CharField(max_length=200, blank=True)  # name in file storage, made of the sha256
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(status__in=["waiting", "making"]), name="legal_letter_waiting")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="kept_as_made", operation=pgtrigger.Update, condition=pgtrigger.Q(old__status="made")),
            pgtrigger.ReadOnly(
                name="asked_once", fields=["kind", "notice", "public", "refund", "reference", "template", "facts", "day", "by"]
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notice", "kind"], condition=Q(kind="withdrawal"), name="withdrawal_letter_once"),
            models.CheckConstraint(condition=Q(notice__isnull=False) | Q(public__isnull=False), name="legal_letter_about_a_notice"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class EmailServiceQuerySet(models.QuerySet["EmailService"]):
    def standing(self, parent: Parent, day: dt.date) -> EmailService | None:
        """The agreement that held on a day: one that was given by then and not withdrawn by then."""
        held = self.filter(parent=parent, agreed__lte=day).filter(Q(withdrawn=None) | Q(withdrawn__gt=day))
        return held.order_by("-agreed", "-pk").first()


@kept_for_good
class EmailService(models.Model):
    """A parent's own agreement that notices are served by e-mail: for letters in general another is asked (Parent.email_agreed)."""

    parent = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="email_service")
    email = models.EmailField()
    agreed = models.DateField()
    how = models.CharField(max_length=200)  # how it was given: a form, a letter
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn = models.DateField(null=True, blank=True)

    objects = EmailServiceQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["parent"], condition=Q(withdrawn=None), name="email_service_one_at_a_time"),
            models.CheckConstraint(condition=Q(withdrawn=None) | Q(withdrawn__gte=models.F("agreed")), name="email_service_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.parent}: served by e-mail to {self.email}"
