"""Other authorities: what we asked them about a child's earlier notices, and what they asked us."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import Pupil
from schools.models.people import kept_for_good


class HistoryEnquiryQuerySet(models.QuerySet["HistoryEnquiry"]):
    def visible_to(self, user: User) -> HistoryEnquiryQuerySet:
        """The authority's alone; an officer sees those about their pupils."""
        if not user.may(Permission.ASK_AUTHORITIES):
            return self.none()
        if user.as_role.every_school:
            return self
        return self.filter(pupil__in=Pupil.objects.visible_to(user))

    def open(self) -> HistoryEnquiryQuerySet:
        return self.filter(replied__isnull=True)


@kept_for_good
class HistoryEnquiry(models.Model):
    """One question about earlier notices, out to another authority or in from one, and its reply."""

    class Direction(models.TextChoices):
        OUT = "out", "We asked"
        IN = "in", "They asked us"

    direction = models.CharField(max_length=3, choices=Direction)
    authority = models.CharField(max_length=120)  # the other one
    mailbox = models.CharField(max_length=254, blank=True)  # where it was sent, or came from
    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="history_enquiries")
    about = models.CharField(max_length=300, blank=True)  # of a child who asks: as the other authority named them
    asked = models.DateField()
    words = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    replied = models.DateField(null=True, blank=True)
    reply = models.TextField(blank=True)
    told = models.PositiveSmallIntegerField(null=True, blank=True)  # notices that the reply names
    replied_by_name = models.CharField(max_length=160, blank=True)  # who logged it here
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = HistoryEnquiryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "history enquiries"
        constraints = [
            models.CheckConstraint(condition=Q(direction="in") | Q(pupil__isnull=False), name="enquiry_out_is_about_a_pupil"),
            models.CheckConstraint(condition=Q(replied__isnull=True) | Q(replied__gte=F("asked")), name="enquiry_replied_after_asked"),
            models.CheckConstraint(condition=Q(replied__isnull=True) | ~Q(reply=""), name="enquiry_reply_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.authority}"
