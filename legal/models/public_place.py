"""Penalty notices for a child in a public place in the first days of a suspension or exclusion: a regime of its own."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from legal import penalty, public_place
from legal.models.notices import Notice, Withdrawal
from legal.penalty import Deadlines
from schools import policy
from schools.models import Enrolment, Parent, Pupil, School
from schools.models.people import kept_for_good


class PublicPlaceQuerySet(models.QuerySet["PublicPlaceNotice"]):
    def visible_to(self, user: User) -> PublicPlaceQuerySet:
        """As of other notices: a school those of its own pupils that are about it."""
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        if user.as_role.every_school:
            return self
        mine = self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))
        return mine if user.as_role.in_authority else mine.filter(school__in=School.objects.visible_to(user))


@kept_for_good
class PublicPlaceNotice(models.Model):
    """A penalty notice to one parent because an excluded child was in a public place (EIA 2006 ss.103 and 105). Numbered without gaps.

    It knows no threshold, no notice to improve and no three years, and counts towards no other notice.
    """

    State = Notice.State
    Service = Notice.Service
    Ground = Withdrawal.Ground

    number = models.PositiveIntegerField(unique=True)
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="public_place_notices")
    parent = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="public_place_notices")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="public_place_notices")
    told = models.DateField()  # the day of the head's notice under s.104
    days = models.JSONField()  # the school days it states, at most five: ["2026-11-16", ...]
    day = models.DateField()  # on which the child was found
    time = models.CharField(max_length=5)  # "10:40"
    place = models.CharField(max_length=200)
    seen_by = models.CharField(max_length=160)
    words = models.TextField()  # what was seen, and whether the parent gave a reasonable justification
    reason = models.TextField()  # why a notice and not something else
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    issued = models.DateField()
    at = models.DateTimeField()
    amount_early = models.PositiveSmallIntegerField()
    amount_full = models.PositiveSmallIntegerField()
    policy_version = models.CharField(max_length=60)
    to_name = models.CharField(max_length=200)
    to_address = models.CharField(max_length=400)
    child_name = models.CharField(max_length=200)
    child_address = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=Notice.State, default=Notice.State.ISSUED)
    service = models.CharField(max_length=5, choices=Notice.Service, blank=True)
    served = models.DateField(null=True, blank=True)
    receipt = models.DateField(null=True, blank=True)
    receipt_evidence = models.CharField(max_length=200, blank=True)
    paid = models.PositiveSmallIntegerField(null=True, blank=True)  # pounds
    paid_day = models.DateField(null=True, blank=True)
    withdrawn = models.DateField(null=True, blank=True)
    ground = models.CharField(max_length=14, choices=Withdrawal.Ground, blank=True)
    ground_words = models.TextField(blank=True)
    prosecuted = models.DateField(null=True, blank=True)
    prosecuted_words = models.TextField(blank=True, default="", db_default="")  # why
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = PublicPlaceQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "parent", "day"], condition=~Q(state="withdrawn"), name="public_place_once_a_parent_and_day"
            ),
            models.CheckConstraint(condition=Q(receipt=None) | Q(receipt__gte=F("served")), name="public_place_received_after_served"),
            models.CheckConstraint(condition=~Q(state="paid") | Q(paid__isnull=False), name="public_place_paid_says_what"),
        ]
        indexes = [models.Index(fields=["pupil"], name="public_place_by_pupil")]

    def __str__(self) -> str:
        return f"Public place notice {self.reference}"

    @property
    def reference(self) -> str:
        return public_place.reference(self.number)

    @property
    def stated(self) -> list[dt.date]:
        return [dt.date.fromisoformat(day) for day in self.days]

    @property
    def deadlines(self) -> Deadlines | None:
        """The days to pay are those of other notices; the tariff is the older one (SI 2007/1867 reg 4(1))."""
        if self.receipt is None:
            return None
        return penalty.deadlines(self.receipt, 1, policy.in_force(self.issued), amounts=(self.amount_early, self.amount_full))
