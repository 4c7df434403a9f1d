"""Papers that were asked for: who, when, of what, and the files that were made. What was made is kept and never made again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from meetings.models import Meeting
from meetings.terms import Term
from schools.models import Pupil, School
from schools.orders import Order


class PaperQuerySet(models.QuerySet["Paper"]):
    def visible_to(self, user: User) -> PaperQuerySet:
        """The one answer to "which papers?": profiles of schools the user sees, packs of their meetings for those who see meetings,
        and the authority's own for those who see it whole.

        What was made for working inside the authority says more than a school is told: its own people do not find it.
        """
        if not user.may(Permission.SEE_PUPILS):
            return self.none()
        whole = Q() if user.may(Permission.SEE_BOROUGH) else Q(kind__in=(Paper.Kind.PROFILE, Paper.Kind.PACK))
        if not (user.may(Permission.SEE_MEETINGS) and user.may(Permission.SEE_CASES)):
            whole &= ~Q(kind__in=(Paper.Kind.PACK, Paper.Kind.PACKS))
        ours = Q(school__in=School.objects.visible_to(user)) | Q(school=None)
        told = Q() if user.as_role.in_authority else ~Q(audience=Paper.Audience.INSIDE)
        return self.filter(whole & ours & told)


class Paper(Order):
    """One paper, or one for every school: what is to do stands here, a message only rings for it."""

    class Kind(models.TextChoices):
        REPORT = "report", "Report for scrutiny or cabinet"
        PROFILE = "profile", "School profile"
        PROFILES = "profiles", "Profiles of all schools"
        PACK = "pack", "Meeting pack"
        PACKS = "packs", "Meeting packs of all schools"

    class Audience(models.TextChoices):
        PUBLISH = "publish", "For publishing, small numbers kept back"
        SCHOOL = "school", "For the school itself"
        INSIDE = "inside", "For working inside the authority"

    kind = models.CharField(max_length=8, choices=Kind)
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="papers")
    meeting = models.ForeignKey(Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="packs")  # of a pack
    part_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    year = models.SmallIntegerField()
    term = models.SmallIntegerField()
    audience = models.CharField(max_length=7, choices=Audience)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    as_at = models.DateField()  # the day it is of: that on which it was asked for, or the term's last
    policy_version = models.CharField(max_length=40)
    least = models.PositiveSmallIntegerField()  # figures about fewer pupils are kept back, if it is for publishing
    reach = models.DateField(null=True, blank=True)  # the last day of the registers it was made from
    total = models.PositiveIntegerField(default=0)  # of one for every school: how many there will be

    objects = PaperQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-asked_at"], name="paper_newest"),
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "making"]), name="paper_busy"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["part_of", "school"], name="paper_once_a_school"),
            models.CheckConstraint(condition=Q(kind__in=["profile", "pack"]) ^ Q(school=None), name="paper_of_a_school_or_of_all"),
            models.CheckConstraint(condition=Q(meeting=None) | Q(kind="pack"), name="paper_of_a_meeting_is_a_pack"),
            models.UniqueConstraint(
                fields=["kind", "school", "meeting", "year", "term", "audience", "as_at", "by"],
                condition=Q(status__in=["waiting", "making"], part_of=None),
                nulls_distinct=False,
                name="paper_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        name = self.school.name if self.school else self.get_kind_display()
        if self.meeting:
            return f"{name}, meeting on {say_day(self.meeting.day)}"
        return f"{name}, {self.term_of.name.lower()}"

    @property
    def term_of(self) -> Term:
        return Term(self.year, self.term)

    @property
    def together(self) -> bool:
        """One for every school: its parts are papers of their own."""
        return self.kind in (self.Kind.PROFILES, self.Kind.PACKS)

    @property
    def part(self) -> str:
        """What one of its parts is called."""
        return "pack" if self.kind == self.Kind.PACKS else "profile"

    @property
    def publish(self) -> bool:
        return self.audience == self.Audience.PUBLISH


class PaperFile(models.Model):
    """One file of a paper, as it was made."""

    class Form(models.TextChoices):
        PDF = "pdf", "PDF"
        XLSX = "xlsx", "Excel"
        ZIP = "zip", "All as one zip"

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="files")
    form = models.CharField(max_length=4, choices=Form)
    stored = models.CharField(max_length=200)  # name in file storage, made of the sha256
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "form"], name="paper_file_once")]

    def __str__(self) -> str:
        return f"{self.paper}, {self.get_form_display()}"


class Change(models.Model):
    """So many transactions that changed one table, the last of them `transaction`. Written by a trigger of the tables that kept
    pages are made of (dashboards.kept), a row a transaction; counted together by the sweep.
    """

    table = models.CharField(max_length=63)
    transaction = models.BigIntegerField()
    number = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "transaction"], name="change_once_a_transaction")]

    def __str__(self) -> str:
        return f"{self.table}: {self.number}"


class StoryQuerySet(models.QuerySet["Story"]):
    def visible_to(self, user: User) -> StoryQuerySet:
        """One's own, of pupils one may still see."""
        return self.filter(by=user, pupil__in=Pupil.objects.visible_to(user))


class Story(models.Model):
    """The order for one PDF, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Being made"
        MADE = "made", "Made"
        FAILED = "failed", "Could not be made"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="stories")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    as_at = models.DateField()
    first = models.DateField()
    last = models.DateField()
    kind = models.CharField(max_length=8, blank=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)

    objects = StoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="story_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["pupil", "by", "first", "last", "kind"], condition=Q(status="waiting"), name="story_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Chronology of {self.pupil}"
