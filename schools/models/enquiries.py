"""Joint enquiries of school and authority about a child who has stopped coming: without one, two grounds of deletion are closed."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from schools import deletions
from schools.models.people import Enrolment, tracked


class JointEnquiryQuerySet(models.QuerySet["JointEnquiry"]):
    def visible_to(self, user: User) -> JointEnquiryQuerySet:
        """Those of the enrolments the user sees: the school and the authority work on one record."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))

    def open(self) -> JointEnquiryQuerySet:
        return self.filter(closed__isnull=True)


@tracked
class JointEnquiry(models.Model):
    """Opened from marks after 10 school days; each side records what it asked and then concludes. One open an enrolment."""

    class Outcome(models.TextChoices):
        BACK = "back", "The absence has ended"
        DELETED = "deleted", "The name was deleted from the roll"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="enquiries")
    ground = models.CharField(max_length=1, choices=[(key, deletions.NAMES[key]) for key in sorted(deletions.NEEDS_ENQUIRY)])
    opened = models.DateField()
    opened_at = models.DateTimeField()
    first = models.DateField()  # of the absence
    last = models.DateField()  # as far as marks tell
    days = models.PositiveSmallIntegerField()  # school days of it
    evidence = models.TextField()
    school_cause = models.BooleanField(null=True)  # a reasonable ground to believe in sickness or an unavoidable cause?
    school_words = models.TextField(blank=True)
    school_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    school_on = models.DateField(null=True, blank=True)
    authority_cause = models.BooleanField(null=True)
    authority_words = models.TextField(blank=True)
    authority_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    authority_on = models.DateField(null=True, blank=True)
    closed = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    closing = models.TextField(blank=True)  # what ended it

    objects = JointEnquiryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment"], condition=Q(closed__isnull=True), name="enquiry_open_once_an_enrolment"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="enquiry_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, outcome="") | Q(closed__isnull=False) & ~Q(outcome=""),
                name="enquiry_closed_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Joint enquiry about {self.enrolment}"

    @property
    def letter(self) -> str:
        return self.ground.upper()


class EnquiryStep(models.Model):
    """What one side asked, and what it learnt: written, never changed. Both sides read all of it."""

    class Side(models.TextChoices):
        SCHOOL = "school", "The school"
        AUTHORITY = "authority", "The authority"

    class What(models.TextChoices):
        CALL = "call", "Calls and messages to the parents"
        VISIT = "visit", "Home visit"
        LETTER = "letter", "Letter to the last known address"
        RELATIVES = "relatives", "Relatives, friends, emergency contacts"
        SCHOOLS = "schools", "Brothers’ and sisters’ schools, feeder schools"
        SERVICES = "services", "Social care, health, housing, benefits"
        POLICE = "police", "Police"
        BORDER = "border", "Border or another country"
        OTHER = "other", "Something else"

    enquiry = models.ForeignKey(JointEnquiry, on_delete=models.PROTECT, related_name="steps")
    side = models.CharField(max_length=9, choices=Side)
    what = models.CharField(max_length=9, choices=What)
    day = models.DateField()
    found = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["enquiry", "day"], name="enquiry_step_by_day")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.get_what_display()}"
