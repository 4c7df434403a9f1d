"""The noticeboard and the guidance library: what the authority tells schools of some phases, from when to when, and who has read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import School

# of a list; empty: every school
PHASE = models.CharField(max_length=12, choices=School.Phase)


def for_whom(phases: Iterable[str]) -> str:
    """ "Primary, Special"; no phase: every school."""
    names = dict(School.Phase.choices)
    return ", ".join(names[phase] for phase in phases) or "Every school"


class GuideQuerySet(models.QuerySet["Guide"]):
    def visible_to(self, user: User, *, day: dt.date) -> GuideQuerySet:
        """The team reads all; a school what stands on `day` for one of its phases."""
        if not user.may(Permission.READ_GUIDANCE):
            return self.none()
        if user.may(Permission.KEEP_IN_TOUCH):
            return self
        phases = School.objects.visible_to(user).open_on(day).values_list("phase", flat=True).distinct()
        return self.standing(day).for_phases(list(phases))

    def standing(self, day: dt.date) -> GuideQuerySet:
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), start__lte=day, withdrawn_at__isnull=True)

    def for_phases(self, phases: Iterable[str]) -> GuideQuerySet:
        """`phases` of a guide left empty: for every school."""
        return self.filter(Q(phases=[]) | Q(phases__overlap=list(phases))) if phases else self.none()

    def with_words(self, words: str) -> GuideQuerySet:
        """As a person searches: whole words in any form, "a phrase", -without."""
        vector = SearchVector("title", weight="A", config="english") + SearchVector("words", weight="B", config="english")
        return self.annotate(found=vector).filter(found=SearchQuery(words, config="english", search_type="websearch"))


class Guide(models.Model):
    """One item: news on the noticeboard, or guidance that stays in the library."""

    class Kind(models.TextChoices):
        NOTICE = "notice", "Notice"
        GUIDE = "guide", "Guidance"

    class Topic(models.TextChoices):
        TOOLKIT = "toolkit", "Attendance toolkit"
        POLICY = "policy", "Attendance policy"
        CODES = "codes", "Codes and registers"
        EBSA = "ebsa", "Emotionally based school avoidance"
        PART_TIME = "part_time", "Part-time timetables"
        LEGAL = "legal", "Legal steps"
        FAMILIES = "families", "Working with families"
        OTHER = "other", "Something else"

    kind = models.CharField(max_length=6, choices=Kind)
    topic = models.CharField(max_length=9, choices=Topic)
    title = models.CharField(max_length=150)
    words = models.TextField()
    phases = ArrayField(PHASE, default=list, blank=True)
    start = models.DateField()
    until = models.DateField(null=True, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, unique=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = GuideQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-start"], name="guide_by_start")]
        constraints = [models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("start")), name="guide_ends_after_start")]

    def __str__(self) -> str:
        return self.title

    @property
    def for_whom(self) -> str:
        return for_whom(self.phases)


class GuideFile(models.Model):
    """A file with an item, kept byte for byte under its SHA-256 and given out as a download only."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=5)  # of schools.files.KINDS
    stored = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guide", "sha256"], name="guide_file_once")]

    def __str__(self) -> str:
        return self.name


class GuideRead(models.Model):
    """A school's person opened an item; the first time stands."""

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="reads")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guide", "school", "user"], name="guide_read_once")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.user} read {self.guide}"
