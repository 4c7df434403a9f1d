"""What a school does about attendance: its own check of its practice, a review with the authority, and its action plan."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import School
from schools.models.people import tracked


def _theirs(user: User, path: str = "school") -> Q:
    """Those of the user's schools, for the team, for those who speak for a school, and for legal officers."""
    if not user.may(Permission.SEE_MEETINGS):
        return Q(pk__in=[])
    return Q() if user.as_role.every_school else Q(**{f"{path}__in": School.objects.visible_to(user).values("pk")})


class SelfCheckQuerySet(models.QuerySet["SelfCheck"]):
    def visible_to(self, user: User) -> SelfCheckQuerySet:
        return self.filter(_theirs(user))


class AttendanceReviewQuerySet(models.QuerySet["AttendanceReview"]):
    def visible_to(self, user: User) -> AttendanceReviewQuerySet:
        """A school reads one that is shared with it."""
        theirs = _theirs(user)
        return self.filter(theirs if user.as_role.in_authority else theirs & Q(status=AttendanceReview.Status.SHARED))


class PlanStepQuerySet(models.QuerySet["PlanStep"]):
    def visible_to(self, user: User) -> PlanStepQuerySet:
        return self.filter(_theirs(user, "plan__school"))


@tracked
class SelfCheck(models.Model):
    """A school's answers to the checklist of a school year. `answers`: key of a question -> {"answer", "note"}."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Begun"
        SENT = "sent", "Sent to the authority"
        SEEN = "seen", "Seen by the authority"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="self_checks")
    year = models.PositiveSmallIntegerField()  # in which the academic year begins
    edition = models.CharField(max_length=10)  # of the questions (meetings.touch.checklist)
    answers = models.JSONField(default=dict)
    status = models.CharField(max_length=5, choices=Status, default=Status.DRAFT)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True)
    seen_words = models.TextField(blank=True)  # what the officer says of it; the school reads it
    version = models.PositiveIntegerField(default=1)

    objects = SelfCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year"], name="self_check_once_a_year"),
            models.CheckConstraint(condition=Q(status="draft") | Q(sent_at__isnull=False), name="self_check_sent_at"),
        ]

    def __str__(self) -> str:
        return f"Self-check of {self.school}, {self.year}"


@tracked
class AttendanceReview(models.Model):
    """A visit at which pupils, parents and staff are asked, with what was found and recommended. Nobody is named in it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being written"
        SHARED = "shared", "Shared with the school"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="attendance_reviews")
    day = models.DateField()
    pupils = models.PositiveSmallIntegerField(default=0)
    parents = models.PositiveSmallIntegerField(default=0)
    staff = models.PositiveSmallIntegerField(default=0)
    said_pupils = models.TextField(blank=True)
    said_parents = models.TextField(blank=True)
    said_staff = models.TextField(blank=True)
    findings = models.TextField()
    recommendations = models.TextField()
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    shared_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, unique=True)

    objects = AttendanceReviewQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-day"], name="review_by_school")]

    def __str__(self) -> str:
        return f"Attendance review of {self.school}, {self.day:%-d %B %Y}"


@tracked
class SchoolPlan(models.Model):
    """A school's action plan of a school year, signed off by its governors or its trust."""

    class SignedAs(models.TextChoices):
        GOVERNORS = "governors", "For the governors"
        TRUST = "trust", "For the trust"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="action_plans")
    year = models.PositiveSmallIntegerField()
    signed_name = models.CharField(max_length=160, blank=True)
    signed_as = models.CharField(max_length=9, choices=SignedAs, blank=True)
    signed_on = models.DateField(null=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")  # who wrote it down
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year"], name="school_plan_once_a_year"),
            models.CheckConstraint(
                condition=Q(signed_on__isnull=True, signed_name="", signed_as="")
                | Q(signed_on__isnull=False) & ~Q(signed_name="") & ~Q(signed_as=""),
                name="school_plan_signed_says_who",
            ),
        ]

    def __str__(self) -> str:
        return f"Action plan of {self.school}, {self.year}"


@tracked
class PlanStep(models.Model):
    """One aim of a school's plan: what is to be better, who sees to it, and by when."""

    plan = models.ForeignKey(SchoolPlan, on_delete=models.PROTECT, related_name="steps")
    aim = models.CharField(max_length=300)
    owner = models.CharField(max_length=160)
    due = models.DateField()
    done_on = models.DateField(null=True)
    note = models.TextField(blank=True)  # how it goes, or what came of it
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, unique=True)

    objects = PlanStepQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["plan", "due"], name="step_by_plan")]

    def __str__(self) -> str:
        return self.aim
