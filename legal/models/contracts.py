"""Attendance contracts: two statements, offered to parents, each of whom agrees, refuses or does not answer (ASBA 2003 s.19)."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models import Case
from legal import contracts
from schools.models import Enrolment, Parent, Pupil, School
from schools.models.people import kept_for_good


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: User) -> ContractQuerySet:
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        if user.as_role.every_school:
            return self
        mine = self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))
        return mine if user.as_role.in_authority else mine.filter(school__in=School.objects.visible_to(user))

    def with_agreed(self) -> ContractQuerySet:
        """Adds `agreed`: has any parent signed?"""
        signed = Party.objects.filter(contract=OuterRef("pk"), signed__isnull=False)
        return self.annotate(agreed=Exists(signed))


@kept_for_good
class Contract(models.Model):
    """What is offered: requirements of the parent, and support by the authority or the school. Voluntary on both sides."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        OPEN = "open", "Running"
        ENDED = "ended", "Ended"

    class Side(models.TextChoices):
        AUTHORITY = "authority", "The authority"
        SCHOOL = "school", "The school"

    class Outcome(models.TextChoices):
        IMPROVED = "improved", "Attendance improved"
        SOME = "some", "Some improvement"
        NONE = "none", "No improvement"
        OTHER = "other", "Other: see the words"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="contracts")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="contracts")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="contracts")
    side = models.CharField(max_length=9, choices=Side)  # who promises the support
    status = models.CharField(max_length=5, choices=Status, default=Status.DRAFT)
    requirements = models.TextField()  # the parent's statement
    support = models.TextField()  # the other side's
    start = models.DateField()
    end = models.DateField()
    review_by = models.DateField(null=True, blank=True)
    made = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    offered = models.DateField(null=True, blank=True)
    ended = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    outcome_words = models.TextField(blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = ContractQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pupil", "school"], condition=Q(status__in=["draft", "open"]), name="contract_open_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="contract_ends_after_start"),
            models.CheckConstraint(condition=~Q(status="ended") | Q(ended__isnull=False), name="contract_ended_has_a_day"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.reference}"

    @property
    def reference(self) -> str:
        return f"AC{self.pk:06d}" if self.pk else "AC"


@kept_for_good
class Party(models.Model):
    """One parent to whom it is offered, and what they answered."""

    class State(models.TextChoices):
        TO_OFFER = contracts.TO_OFFER, "Not offered yet"
        OFFERED = contracts.OFFERED, "Offered, no answer yet"
        AGREED = contracts.AGREED, "Agreed, signed"
        REFUSED = contracts.REFUSED, "Refused"
        NO_REPLY = contracts.NO_REPLY, "No reply"
        ENDED = contracts.ENDED, "Ended"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="parties")
    parent = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="contracts")
    state = models.CharField(max_length=8, choices=State, default=State.TO_OFFER)
    offered = models.DateField(null=True, blank=True)
    present = models.BooleanField(default=False)  # was the parent there when it was drawn up?
    to_name = models.CharField(max_length=200, blank=True)
    to_address = models.CharField(max_length=400, blank=True)
    answered = models.DateField(null=True, blank=True)
    signed = models.DateField(null=True, blank=True)
    where = models.CharField(max_length=200, blank=True)  # where the signed paper is kept, if it was not uploaded
    words = models.TextField(blank=True)  # what was said
    copy_name = models.CharField(max_length=150, blank=True)  # the signed copy, byte for byte
    copy_kind = models.CharField(max_length=5, blank=True)
    copy_stored = models.CharField(max_length=200, blank=True)
    copy_sha256 = models.CharField(max_length=64, blank=True)
    copy_size = models.PositiveIntegerField(default=0)
    copy_scanned = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.UniqueConstraint(fields=["contract", "parent"], name="party_once"),
            # there is no contract in absence: nothing is agreed that was not signed, on a day, with a copy or where it is kept
            models.CheckConstraint(
                condition=~Q(state="agreed") | (Q(signed__isnull=False) & (~Q(copy_stored="") | ~Q(where=""))), name="party_agreed_signed"
            ),
            models.CheckConstraint(condition=Q(state="to_offer") | Q(offered__isnull=False), name="party_answers_an_offer"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.contract}: {self.to_name or self.parent}"


class ContractReview(models.Model):
    """A look at how it goes, with the marks of that day. Never changed."""

    class Result(models.TextChoices):
        WELL = "well", "It goes well"
        SOME = "some", "Some of it"
        NOT = "not", "It does not help"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="reviews")
    day = models.DateField()
    result = models.CharField(max_length=4, choices=Result)
    words = models.TextField()
    possible = models.PositiveSmallIntegerField()  # sessions since the start, and those missed
    absent = models.PositiveSmallIntegerField()
    unauthorised = models.PositiveSmallIntegerField()
    next_by = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.contract}: reviewed {self.day}"
