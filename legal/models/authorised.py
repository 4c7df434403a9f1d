"""Who may sign what for the authority, under which instrument, from when until when."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import School
from schools.models.people import kept_for_good


class AuthorisedQuerySet(models.QuerySet["Authorised"]):
    def visible_to(self, user: User) -> AuthorisedQuerySet:
        return self if user.may(Permission.SEE_NOTICES) and user.as_role.in_authority else self.none()

    def in_force(self, day: dt.date) -> AuthorisedQuerySet:
        return self.filter(start__lte=day).filter(Q(end__isnull=True) | Q(end__gte=day))

    def signing(self, user: User, power: str, day: dt.date) -> Authorised | None:
        """What lets this user sign on that day; the oldest, where there are several."""
        return self.in_force(day).filter(user=user, power=power).order_by("start", "pk").first()


@kept_for_good
class Authorised(models.Model):
    """One power of one person. `user` is empty for those who do not sign in: a head teacher, a constable. Never deleted: it ends."""

    class Power(models.TextChoices):
        NOTICES = "notices", "Issue penalty notices"
        IMPROVE = "improve", "Sign notices to improve"
        CONTRACTS = "contracts", "Sign attendance contracts"
        INFORMATIONS = "informations", "Lay informations and issue charges"
        CERTIFICATES = "certificates", "Sign certificates"

    class Standing(models.TextChoices):
        OFFICER = "officer", "Officer of the authority"
        HEAD = "head", "Head teacher"
        DEPUTY = "deputy", "Deputy or assistant head, authorised by the head"
        CONSTABLE = "constable", "Police constable or accredited person"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="authorisations")
    name = models.CharField(max_length=160)  # as it was when it was written down
    standing = models.CharField(max_length=9, choices=Standing)
    role = models.CharField(max_length=120)  # the post, as documents print it
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # of a head or deputy
    power = models.CharField(max_length=12, choices=Power)
    instrument = models.CharField(max_length=200)  # the delegation or appointment
    reference = models.CharField(max_length=80, blank=True)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)  # the last day
    end_words = models.TextField(blank=True)  # why it ended before what was first said
    file_name = models.CharField(max_length=150, blank=True)  # of the instrument
    kind = models.CharField(max_length=5, blank=True)
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AuthorisedQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="authorised_ends_after_it_starts"),
            models.UniqueConstraint(fields=["form_token", "power"], name="authorised_once_a_form_and_power"),
        ]
        indexes = [models.Index(fields=["user", "power"], name="authorised_by_user_and_power")]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_power_display().lower()}"

    @property
    def said(self) -> str:
        """The instrument, as a document prints it."""
        return f"{self.instrument} ({self.reference})" if self.reference else self.instrument

    def in_force(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)
