"""Money for notices as the council's income system reports it, what a person did with what did not fit, and money given back."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from legal.models.notices import Notice, Payment, Withdrawal
from legal.models.public_place import PublicPlaceNotice
from schools.models.people import kept_for_good


class IncomeFile(models.Model):
    """A file of the income system: looked at first, then taken, once."""

    class Status(models.TextChoices):
        DRY = "dry", "Looked at, not taken"
        TAKEN = "taken", "Taken"
        DROPPED = "dropped", "Not taken"

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField(default=list)  # [[line, reference, pence, day, transaction], ...] as read
    problems = models.JSONField(default=list)  # lines that could not be read: nothing of them is taken
    ignored = models.JSONField(default=list)  # columns that say nothing to us
    status = models.CharField(max_length=7, choices=Status, default=Status.DRY)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    again = models.PositiveIntegerField(default=0)  # rows that an earlier file had brought

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="read_once", fields=["name", "sha256", "rows", "problems", "by", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.at:%Y-%m-%d}"


class IncomeLineQuerySet(models.QuerySet["IncomeLine"]):
    def visible_to(self, user: User) -> IncomeLineQuerySet:
        """What families pay is the authority's alone, and there of whoever takes the money."""
        return self if user.may(Permission.DECIDE_NOTICE) else self.none()

    def waiting(self) -> IncomeLineQuerySet:
        return self.filter(state=IncomeLine.State.QUEUED)


@kept_for_good
class IncomeLine(models.Model):
    """One payment as the income system has it. Taken once, by its key; it ends as a payment, or by what a person did with it."""

    class State(models.TextChoices):
        RECORDED = "recorded", "Recorded as a payment"
        QUEUED = "queued", "Waiting for a person"
        SETTLED = "settled", "Settled by a person"

    class How(models.TextChoices):
        ACCEPTED = "accepted", "Accepted as a payment"
        REFUNDED = "refunded", "Given back"
        RETURNED = "returned", "Passed to the income team: not for a notice"
        MATCHED = "matched", "Matched to another notice"

    file = models.ForeignKey(IncomeFile, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()  # of the line in its file
    key = models.CharField(max_length=250, unique=True)  # reference, day, amount and transaction
    reference = models.CharField(max_length=80)  # as it came
    pence = models.PositiveIntegerField()
    day = models.DateField()
    transaction = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=8, choices=State)
    why = models.CharField(max_length=12, blank=True)  # legal.income names them; "" = it fits
    words = models.TextField(blank=True)
    notice = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.PROTECT, related_name="income")
    public = models.ForeignKey(PublicPlaceNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="income")
    payment = models.OneToOneField(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="line")
    how = models.CharField(max_length=8, choices=How, blank=True)
    settled_words = models.TextField(blank=True)
    settled_day = models.DateField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = IncomeLineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["day"], condition=Q(state="queued"), name="income_waiting")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(condition=~Q(state="settled") | ~Q(how=""), name="income_settled_says_how"),
            models.CheckConstraint(condition=Q(notice=None) | Q(public=None), name="income_for_one_notice"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: £{self.pence / 100:.2f} on {self.day}"


class Refund(models.Model):
    """Money given back to whoever paid it. Once for a withdrawal, once for a line of the income system."""

    class Why(models.TextChoices):
        WITHDRAWN = "withdrawn", "The notice was withdrawn"
        LATE = "late", "It came after the last day to pay"
        SHORT = "short", "It was less than was due: a notice is paid in one sum"
        OVER = "over", "More was paid than was due"
        TWICE = "twice", "It was paid twice"
        OTHER = "other", "Another reason"

    notice = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    public = models.ForeignKey(PublicPlaceNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="refunds")
    withdrawal = models.OneToOneField(Withdrawal, null=True, blank=True, on_delete=models.PROTECT, related_name="refunded")
    line = models.OneToOneField(IncomeLine, null=True, blank=True, on_delete=models.PROTECT, related_name="refunded")
    pence = models.PositiveIntegerField()
    why = models.CharField(max_length=9, choices=Why)
    words = models.TextField(blank=True)
    day = models.DateField()
    reference = models.CharField(max_length=80)  # of the payment that gave it back, in the council's ledger
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.CheckConstraint(condition=Q(pence__gt=0), name="refund_of_something")]

    def __str__(self) -> str:
        return f"£{self.pence / 100:.2f} given back on {self.day}"
