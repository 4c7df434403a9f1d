"""The people around a school who matter for attendance, most of them no users of Daymark. Rows end; none is deleted."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import User
from schools.models.people import tracked
from schools.models.places import School


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def visible_to(self, user: User) -> TeamMemberQuerySet:
        """Those of the schools that the user sees."""
        return self.filter(school__in=School.objects.visible_to(user).values("pk"))

    def valid(self) -> TeamMemberQuerySet:
        """Not withdrawn as a mistake: what was is left to the audit."""
        return self.filter(withdrawn_at__isnull=True)

    def on(self, day: dt.date) -> TeamMemberQuerySet:
        return self.valid().filter(Q(end__isnull=True) | Q(end__gte=day), start__lte=day)


@tracked
class TeamMember(models.Model):
    """Who is something to a school, from when to when. `user` where they sign in too; the single point of contact is a `Posting`."""

    class Role(models.TextChoices):
        CHAMPION = "champion", "Senior attendance champion"
        ATTENDANCE_LEAD = "attendance_lead", "Attendance lead"
        GOVERNOR = "governor", "Named attendance governor"
        SEN = "sen", "SEN contact"
        EARLY_HELP = "early_help", "Linked early-help worker"
        SOCIAL_WORKER = "social_worker", "Linked social worker"
        NURSE = "nurse", "School nurse"
        VIRTUAL = "virtual", "Virtual school link"
        OTHER = "other", "Somebody else"

    ONE_AT_A_TIME = (Role.CHAMPION, Role.ATTENDANCE_LEAD, Role.GOVERNOR)
    KEPT_BY_SCHOOL = (*ONE_AT_A_TIME, Role.SEN)  # a school says who its own people are

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="team")
    role = models.CharField(max_length=16, choices=Role)
    role_words = models.CharField(max_length=80, blank=True)  # of somebody else: what they are
    name = models.CharField(max_length=120)
    job = models.CharField(max_length=160, blank=True)  # title and organisation
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="team_entries")
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    form_token = models.UUIDField(null=True, unique=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.TextField(blank=True)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "role"], name="team_by_school")]
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="team_ends_after_start"),
            models.CheckConstraint(condition=~Q(name=""), name="team_has_a_name"),
            models.CheckConstraint(
                condition=(Q(role="other") & ~Q(role_words="")) | (~Q(role="other") & Q(role_words="")), name="team_other_says_what"
            ),
            models.CheckConstraint(
                condition=(Q(withdrawn_at__isnull=True) & Q(withdrawn_why="")) | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
                name="team_withdrawn_says_why",
            ),
            ExclusionConstraint(
                name="team_one_at_a_time",
                expressions=[
                    ("school", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (
                        Func(
                            "start",
                            "end",
                            RangeBoundary(inclusive_lower=True, inclusive_upper=True),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(role__in=["champion", "attendance_lead", "governor"], withdrawn_at__isnull=True),
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.name}, {self.role_name}, {self.school}"

    @property
    def role_name(self) -> str:
        """As it stands on a page: a role of the list, or what somebody else is."""
        return self.role_words or self.get_role_display()
