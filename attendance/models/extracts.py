"""Extracts as sent, and what each did to the registers of a school."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from attendance.imports import translate
from attendance.sources import UPLOAD, label
from schools.models import Posting, School


class ExtractQuerySet(models.QuerySet["Extract"]):
    def visible_to(self, user: User) -> ExtractQuerySet:
        """Extracts of the user's schools; one whose school is not known yet, to its sender and to authority-wide roles."""
        if not user.is_active:
            return self.none()
        if user.as_role.every_school:
            return self
        schools = School.objects.visible_to(user).values("pk")
        if user.as_role.in_authority:
            elsewhere = Q(loads__school__in=schools) | Q(comparisons__school__in=schools) | Q(snapshots__school__in=schools)
            mine = Q(school__in=schools) | elsewhere | Q(received_by=user)
            return self.filter(pk__in=Extract.objects.filter(mine).values("pk"))
        return self.filter(school__in=schools)  # a school's: never a file that holds other schools too

    def with_outcome(self) -> ExtractQuerySet:
        """With what `Extract.outcome` needs."""
        loads = Load.objects.filter(extract=OuterRef("pk"), kind=Load.Kind.LOAD)
        compared = Extract.objects.filter(pk=OuterRef("pk"), comparisons__isnull=False)
        summaries = Extract.objects.filter(pk=OuterRef("pk"), snapshot_rows__isnull=False)
        held = Extract.objects.filter(pk=OuterRef("pk")).values("pk").annotate(n=Sum("held_rows__rows", filter=Q(held_rows__load=None)))
        return self.annotate(
            rows_held=Coalesce(Subquery(held.values("n")), 0),
            stands=Exists(loads.filter(undone_by=None)),
            undone=Exists(loads.exclude(undone_by=None)),
            compared=Exists(compared),
            kept=Exists(summaries),
        )

    def of_school(self, school: School) -> ExtractQuerySet:
        """Files sent for a school, or that held some of its marks; newest first."""
        held = Q(loads__school=school) | Q(comparisons__school=school) | Q(snapshots__school=school)
        mine = Extract.objects.filter(Q(school=school) | held).values("pk")
        return self.filter(pk__in=mine).order_by("-received_at", "-pk")


class Extract(models.Model):
    """One file as it was received. The same bytes may come again: sha256 is an index, never unique."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Waiting for you to check the columns"
        QUEUED = "queued", "Waiting to load"
        LOADING = "loading", "Loading"
        MARKED = "marked", "Marks loaded, figures and flags to come"  # registers are up to date, what follows from them is not
        LOADED = "loaded", "Loaded"
        FAILED = "failed", "Not loaded"

    class Layout(models.TextChoices):
        WEEKS = "weeks", "A row for each pupil and week"
        SESSIONS = "sessions", "A row for each session"
        DATES = "dates", "A column for each date"
        DAYS = "days", "A row for each pupil and day"
        SUMMARY = "summary", "A row for each pupil, with totals"

    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="extracts")
    source = models.CharField(max_length=40, default=UPLOAD)  # attendance.sources
    filename = models.CharField(max_length=255)
    # made with the form that sent it, so that a double click is one extract; null from anywhere else
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    stored = models.CharField(max_length=200)  # name in file storage, made of the sha256
    layout = models.CharField(max_length=10, choices=Layout, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    # the columns that were confirmed for an earlier file, where nobody was asked about this one
    remembered = models.ForeignKey("RememberedColumns", null=True, blank=True, on_delete=models.SET_NULL, related_name="extracts")
    create_pupils = models.BooleanField(default=False)
    as_at = models.DateTimeField()  # the school-side moment: orders marks
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=Status, default=Status.RECEIVED, db_index=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # a file that ends every worker must not be tried for ever
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_read = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list, blank=True)  # [{line, field, value, message}]; at most 1,000 kept here
    rejected_file = models.CharField(max_length=200, blank=True)  # name in file storage
    questions = models.JSONField(default=list, blank=True)  # sentences: what looks wrong though it loaded
    pupils_matched = models.PositiveIntegerField(default=0)
    pupils_created = models.PositiveIntegerField(default=0)
    pupils_unmatched = models.PositiveIntegerField(default=0)

    objects = ExtractQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-received_at"], name="extract_by_school")]

    def __str__(self) -> str:
        return self.filename

    rows_held: int  # set by `with_outcome`: rows that no load has taken, of pupils whom a person has to name
    stands: bool
    undone: bool
    compared: bool
    kept: bool  # a summary whose totals are in a snapshot

    @property
    def rows_loaded(self) -> int:
        """Rows whose marks or totals were taken: that came back, wait for a person, or were only compared are not."""
        if not (self.stands or self.undone or self.kept):
            return 0
        return max(self.rows_read - self.rows_rejected - self.rows_held, 0)

    @property
    def unit(self) -> str:
        """What the numbers of the file's rows count: "line", "row" of a workbook, "record"."""
        return translate.unit_of(self.mapping.get("kind", ""))

    @property
    def outcome(self) -> str:
        """In a word or two, for lists: what became of the file since it was loaded too."""
        if self.status != self.Status.LOADED:
            return self.get_status_display()
        if self.undone:
            return "Undone in part" if self.stands else "Undone"
        if self.compared:
            return "Loaded and compared" if self.stands else "Compared only"
        if self.kept:
            return "Kept beside the register"
        return "Loaded" if self.stands else "Nothing loaded"

    @property
    def source_label(self) -> str:
        return label(self.source)


class LoadQuerySet(models.QuerySet["Load"]):
    def standing(self) -> LoadQuerySet:
        return self.filter(kind=Load.Kind.LOAD, undone_by=None)

    def undoable_by(self, user: User) -> LoadQuerySet:
        """Standing loads that `user` may undo: a school's user those of its own users, never what the authority loaded."""
        if not user.may(Permission.UNDO_LOAD):
            return self.none()
        mine = self.standing().filter(school__in=School.objects.visible_to(user))
        if user.as_role.in_authority:
            return mine
        of_schools = [role.code for role in ROLES.values() if not role.in_authority]
        return mine.filter(by__role__in=of_schools, by__in=Posting.objects.filter(school=OuterRef("school")).values("user"))


class Load(models.Model):
    """What one extract did to one school's registers: one transaction, one receipt. An undo is a load too."""

    class Kind(models.TextChoices):
        LOAD = "load", "Load"
        UNDO = "undo", "Undo"

    extract = models.ForeignKey(Extract, null=True, blank=True, on_delete=models.PROTECT, related_name="loads")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="loads")
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.LOAD)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by")
    held = models.BooleanField(default=False)  # of rows that had waited for a person (attendance.matching)
    as_at = models.DateTimeField()
    received_at = models.DateTimeField()  # taken under the school's lock, so a school's loads are in this order
    followed_at = models.DateTimeField(null=True, blank=True)  # when figures and flags had taken it in; null: not yet
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    marks_set = models.PositiveIntegerField(default=0)
    marks_unchanged = models.PositiveIntegerField(default=0)
    marks_amended = models.PositiveIntegerField(default=0)
    marks_older = models.PositiveIntegerField(default=0)
    marks_outside = models.PositiveIntegerField(default=0)  # stored, outside any enrolment's dates, not counted
    first_session = models.DateField(null=True, blank=True)
    last_session = models.DateField(null=True, blank=True)

    objects = LoadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["school", "received_at"], name="load_by_school"),
            models.Index(fields=["id"], condition=Q(followed_at__isnull=True), name="load_not_followed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["extract", "school"], condition=Q(kind="load", held=False), name="load_once_an_extract_and_school"
            ),
            models.CheckConstraint(
                condition=(Q(kind="undo") & Q(undoes__isnull=False)) | (Q(kind="load") & Q(undoes__isnull=True)),
                name="load_undo_names_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.school}, {self.received_at:%Y-%m-%d %H:%M}"
