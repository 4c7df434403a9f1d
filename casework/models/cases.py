"""Cases: a child somebody works with."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Flag
from casework import stages
from schools.models import Enrolment, Pupil, School
from schools.models.people import tracked


def of_theirs(user: User, case: str = "") -> Q:
    """Whose cases a user may see, asked by way of `case`. Straight by enrolment and school, without queries of cases and pupils
    in between: quick also where the planner has no statistics of a table yet."""
    if not user.may(Permission.SEE_CASES):
        return Q(pk__in=[])
    if user.as_role.every_school:
        return Q()
    mine = Q(**{f"{case}pupil__in": Enrolment.objects.visible_to(user).values("pupil")})
    return mine if user.as_role.in_authority else mine & Q(**{f"{case}school__in": School.objects.visible_to(user)})


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> CaseQuerySet:
        """The one answer to "which cases?": those of pupils the user may see; a school only those it holds itself."""
        return self.filter(of_theirs(user))

    def open(self) -> CaseQuerySet:
        return self.filter(closed__isnull=True)

    def assigned_to(self, user: User) -> CaseQuerySet:
        return self.filter(officer=user)

    def for_school(self, school: School) -> CaseQuerySet:
        return self.filter(school=school)

    def overdue(self, day: dt.date) -> CaseQuerySet:
        """Open cases of which something should have been done before `day`: the plan's review, an action, a task."""
        plan = Q(plans__ended=None, plans__review__lt=day)
        action = Q(plans__ended=None, plans__actions__done=None, plans__actions__due__lt=day)
        late = Case.objects.filter(plan | action | Q(tasks__ended=None, tasks__due__lt=day))
        return self.open().filter(pk__in=late.order_by().values("pk"))


@tracked
class Case(models.Model):
    """One open case a pupil. `version` grows with every change: a form made from an older one is refused, not written over."""

    class Origin(models.TextChoices):
        FLAG = "flag", "A flag on the register"
        CLUSTER = "cluster", "A cluster’s guidance and support meeting"
        MEETING = "meeting", "A targeting support meeting"
        REFERRAL = "referral", "A school’s referral"
        FRONT_DOOR = "front_door", "The front door (MASH)"
        SERVICE = "service", "Another service"
        PUBLIC = "public", "A parent or member of the public"
        AUTHORITY = "authority", "Another authority"
        OFFICER = "officer", "An officer’s own concern"

    # who does not sign in here. A school is not told of them: it might know the neighbour, or tell the family
    OUTSIDE = (Origin.FRONT_DOOR, Origin.SERVICE, Origin.PUBLIC, Origin.AUTHORITY)

    class Reason(models.TextChoices):
        SEVERE = "severe_absence", "Severe absence"
        PERSISTENT = "persistent_absence", "Persistent absence"
        UNAUTHORISED = "unauthorised", "Unauthorised absence"
        CONTINUOUS = "continuous_absence", "10 school days absent in a row"
        ILLNESS = "illness", "Absence put down to illness"
        EBSA = "ebsa", "Emotionally based school avoidance"
        HOLIDAY = "holiday", "Holidays in term time"
        LATE = "late", "Late after the register closed"
        WELFARE = "welfare", "Worry about the child’s welfare"
        PART_TIME = "part_time", "Part-time timetable"

    class Outcome(models.TextChoices):
        IMPROVED = "improved", "Improved and sustained"
        STEP_DOWN = "step_down", "Improved, stepped down to the school"
        EARLY_HELP = "early_help", "Support passed to early help"
        SOCIAL_CARE = "social_care", "Support passed to children’s social care"
        SEND = "send", "Support passed to the SEND team"
        HEALTH = "health", "Support passed to health"
        NO_OFFENCE = "no_offence", "No offence, or not in the public interest"
        NOTICE_PAID = "notice_paid", "Penalty notice paid"
        NOTICE_WITHDRAWN = "notice_withdrawn", "Penalty notice withdrawn"
        PROSECUTED = "prosecuted", "Prosecuted"
        MOVED = "moved", "Moved out of the area"
        OFF_ROLL = "off_roll", "Off roll"
        HOME_EDUCATED = "home_educated", "Educated at home"
        MISSING = "missing", "Child missing education"
        OVER_AGE = "over_age", "No longer of compulsory school age"
        DUPLICATE = "duplicate", "Duplicate"
        DATA_ERROR = "data_error", "Opened on wrong marks"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="cases")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="cases")
    origin = models.CharField(max_length=10, choices=Origin)
    reason = models.CharField(max_length=20, choices=Reason)
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    stage = models.CharField(max_length=12, choices=[(stage.code, stage.name) for stage in stages.STAGES], default=stages.NEW)
    step = models.CharField(max_length=16, blank=True, default="")  # of another sequence than the default one; "" = the stage's own
    stage_since = models.DateField()  # at this step
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    opened = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["officer", "closed"], name="case_by_officer")]
        constraints = [
            models.UniqueConstraint(fields=["pupil"], condition=Q(closed__isnull=True), name="case_open_once_a_pupil"),
            models.CheckConstraint(condition=Q(closed__isnull=True) | Q(closed__gte=F("opened")), name="case_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, outcome="") & ~Q(stage=stages.CLOSED)
                | Q(closed__isnull=False, stage=stages.CLOSED) & ~Q(outcome=""),
                name="case_closed_has_an_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"Case {self.pk}: {self.pupil}"

    @property
    def told_origin(self) -> str:
        """Where it came from, as a school may read it."""
        return "Referred to the attendance team" if self.origin in self.OUTSIDE else self.get_origin_display()

    @property
    def at(self) -> stages.Step:
        """Where it stands in its sequence."""
        return stages.STEP[self.step or self.stage]

    @property
    def stage_name(self) -> str:
        return self.at.name
