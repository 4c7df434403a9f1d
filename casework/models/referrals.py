"""Referrals: who asks the attendance team to work with a child, what they say, and what became of it."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Flag
from casework.models.cases import Case
from schools.models import Enrolment, Pupil, School
from schools.models.people import tracked


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, user: User) -> ReferralQuerySet:
        """The one answer to "which referrals?". A school reads its own: that a neighbour or the police have spoken of a child is
        not for a school to know from us. Nobody in the authority reads a draft but who writes it."""
        if not user.may(Permission.SEE_CASES):
            return self.none()
        if user.as_role.in_authority:
            found = self.filter(~Q(status=Referral.Status.DRAFT) | Q(made_by=user))
            return found if user.as_role.every_school else found.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))
        ours = self.filter(origin=Case.Origin.REFERRAL, school__in=School.objects.visible_to(user))
        return ours.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))

    def to_triage(self) -> ReferralQuerySet:
        return self.filter(status=Referral.Status.SUBMITTED)

    def waiting(self) -> ReferralQuerySet:
        """Neither decided nor taken back."""
        return self.filter(status__in=Referral.WAITING)


@tracked
class Referral(models.Model):
    """One referral of one child. `version` grows with every change; what happened to it stands in its steps."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waiting for triage"
        RETURNED = "returned", "Returned for evidence"
        ACCEPTED = "accepted", "Accepted"
        SIGNPOSTED = "signposted", "Signposted"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Taken back"

    WAITING = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED)
    DECIDED = (Status.ACCEPTED, Status.SIGNPOSTED, Status.REFUSED)

    class Service(models.TextChoices):
        EARLY_HELP = "early_help", "Early help or family hub"
        SOCIAL_CARE = "social_care", "Children’s social care (MASH)"
        SEND = "send", "SEND team or educational psychology"
        MENTAL_HEALTH = "mental_health", "CAMHS or mental health support team"
        NURSE = "nurse", "School nurse, GP or paediatrics"
        HOUSING = "housing", "Housing"
        TRANSPORT = "transport", "Home to school transport"
        YOUTH_JUSTICE = "youth_justice", "Youth justice service"
        POLICE = "police", "Police"
        DOMESTIC_ABUSE = "domestic_abuse", "Domestic abuse service"
        YOUNG_CARERS = "young_carers", "Young carers’ service"
        VIRTUAL = "virtual", "Virtual school"
        ADMISSIONS = "admissions", "Admissions and fair access"
        HOME_EDUCATION = "home_education", "Elective home education team"
        MISSING = "missing", "Children missing education"
        TUITION = "tuition", "Medical tuition (section 19)"
        BENEFITS = "benefits", "Welfare benefits advice"
        MENTOR = "mentor", "Voluntary sector mentor"
        SCHOOL = "school", "The school’s own support"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="referrals")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="referrals")
    origin = models.CharField(max_length=10, choices=Case.Origin)
    reason = models.CharField(max_length=20, choices=Case.Reason)
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="referrals")
    received = models.DateField()  # when it reached us: for what an officer writes down, not the day of writing
    worries = models.TextField()
    tried = models.TextField(blank=True)
    evidence = ArrayField(models.CharField(max_length=12), default=list)  # codes of casework.evidence, ticked by whoever refers
    # who refers, where they do not sign in here; a member of the public may give no name
    from_name = models.CharField(max_length=160, blank=True)
    from_body = models.CharField(max_length=160, blank=True)
    from_phone = models.CharField(max_length=40, blank=True)
    from_email = models.EmailField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status)
    sent = models.DateField(null=True, blank=True)  # first sent: its age counts from here
    decided = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=14, choices=Service, blank=True)
    told = models.DateField(null=True, blank=True)  # when somebody outside was told what became of it
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="referrals")
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "sent"], name="referral_by_age"),
            models.Index(fields=["pupil"], name="referral_by_pupil"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "school"],
                condition=Q(origin="referral", status__in=["draft", "submitted", "returned"]),
                name="referral_waits_once_a_school",
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", case__isnull=False) | ~Q(status="accepted") & Q(case=None),
                name="referral_accepted_is_a_case",
            ),
            models.CheckConstraint(
                condition=Q(status="signposted") & ~Q(service="") | ~Q(status="signposted") & Q(service=""),
                name="referral_signposted_says_where",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(sent__isnull=False) | Q(status="withdrawn"), name="referral_sent_has_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"Referral {self.pk}: {self.pupil}"

    @property
    def outside(self) -> bool:
        """From somebody who cannot look here for the answer."""
        return self.origin in Case.OUTSIDE

    @property
    def who(self) -> str:
        """Who refers, in words. For the authority alone where it came from outside."""
        if not self.outside:
            return str(self.made_by) if self.made_by else str(self.school)
        return ", ".join(part for part in (self.from_name, self.from_body) if part) or "somebody who gave no name"


class ReferralStep(models.Model):
    """What happened to a referral, with its words: the exchange between who referred and the team. Written, never changed."""

    class Kind(models.TextChoices):
        SENT = "sent", "Sent"
        RETURNED = "returned", "Returned for evidence"
        AGAIN = "again", "Sent again"
        ACCEPTED = "accepted", "Accepted"
        SIGNPOSTED = "signposted", "Signposted"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Taken back"
        TOLD = "told", "Told who referred"

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    words = models.TextField(blank=True)
    wanted = ArrayField(models.CharField(max_length=12), default=list)  # evidence that was asked for, or came

    class Meta:
        indexes = [models.Index(fields=["referral", "id"], name="step_by_referral")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.by_name}"
