"""Extracts as sent, the registers they become, the deltas they leave, and what is worked out from them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from schools.models import Enrolment, Posting, Pupil, School


class ExtractQuerySet(models.QuerySet["Extract"]):
    def visible_to(self, user: User) -> ExtractQuerySet:
        """Extracts of the user's schools; one whose school is not known yet, to its sender and to authority-wide roles."""
        if not user.is_active:
            return self.none()
        if user.as_role.every_school:
            return self
        schools = School.objects.visible_to(user).values("pk")
        if user.as_role.in_authority:
            mine = Q(school__in=schools) | Q(loads__school__in=schools) | Q(received_by=user)
            return self.filter(pk__in=Extract.objects.filter(mine).values("pk"))
        return self.filter(school__in=schools)  # a school's: never a file that holds other schools too

    def with_outcome(self) -> ExtractQuerySet:
        """With what `Extract.outcome` needs."""
        loads = Load.objects.filter(extract=OuterRef("pk"), kind=Load.Kind.LOAD)
        return self.annotate(stands=Exists(loads.filter(undone_by=None)), undone=Exists(loads.exclude(undone_by=None)))

    def of_school(self, school: School) -> ExtractQuerySet:
        """Files sent for a school, or that held some of its marks; newest first."""
        mine = Extract.objects.filter(Q(school=school) | Q(loads__school=school)).values("pk")
        return self.filter(pk__in=mine).order_by("-received_at", "-pk")


class Extract(models.Model):
    """One file as it was received. The same bytes may come again: sha256 is an index, never unique."""

    class Status(models.TextChoices):
        RECEIVED = "received", "Waiting for you to check the columns"
        QUEUED = "queued", "Waiting to load"
        LOADING = "loading", "Loading"
        LOADED = "loaded", "Loaded"
        FAILED = "failed", "Not loaded"

    class Layout(models.TextChoices):
        WEEKS = "weeks", "A row for each pupil and week"
        SESSIONS = "sessions", "A row for each session"
        DATES = "dates", "A column for each date"
        DAYS = "days", "A row for each pupil and day"

    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="extracts")
    source = models.CharField(max_length=40, default="upload")
    filename = models.CharField(max_length=255)
    # made with the form that sent it, so that a double click is one extract; null from anywhere else
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    stored = models.CharField(max_length=200)  # name in file storage, made of the sha256
    layout = models.CharField(max_length=10, choices=Layout, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
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

    stands: bool  # set by `with_outcome`
    undone: bool

    @property
    def outcome(self) -> str:
        """In a word or two, for lists: what became of the file since it was loaded too."""
        if self.status != self.Status.LOADED:
            return self.get_status_display()
        if self.undone:
            return "Undone in part" if self.stands else "Undone"
        return "Loaded" if self.stands else "Nothing loaded"


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
            models.UniqueConstraint(fields=["extract", "school"], condition=Q(kind="load"), name="load_once_an_extract_and_school"),
            models.CheckConstraint(
                condition=(Q(kind="undo") & Q(undoes__isnull=False)) | (Q(kind="load") & Q(undoes__isnull=True)),
                name="load_undo_names_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.school}, {self.received_at:%Y-%m-%d %H:%M}"


class Register(models.Model):
    """One enrolment's marks of one academic year: 732 bytes (attendance.matrix). Written by attendance.register only.

    fillfactor 50 (migration) and no indexed column that changes: updates stay on their page.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="registers")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="registers")
    year = models.SmallIntegerField()
    marks = models.BinaryField(max_length=732)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "year"], name="register_once_a_year"),
        ]
        indexes = [models.Index(fields=["school", "year"], name="register_by_school")]

    def __str__(self) -> str:
        return f"{self.enrolment}, {self.year}/{(self.year + 1) % 100:02d}"


class Delta(models.Model):
    """What one load said of one school's year: the cells it spoke of, what stood there, and what it said of them.

    Two dense matrices (enrolments x columns first..first+width), compressed: `old` and `new`, byte 255 = not touched.
    A cell with old == new was confirmed: an older export must not undo that either. A cell that a later as-at had spoken
    of kept its mark; what was said of it is kept for the day on which the later load is undone.
    """

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="deltas")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    year = models.SmallIntegerField()
    first = models.SmallIntegerField()
    width = models.SmallIntegerField()
    enrolments = models.BinaryField()
    old = models.BinaryField()
    new = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["load", "year"], name="delta_once_a_year")]
        indexes = [models.Index(fields=["school", "year"], name="delta_by_school")]

    def __str__(self) -> str:
        return f"{self.load} ({self.year})"


class Amendment(models.Model):
    """A mark that replaced a different mark. Sparse: for the pupil's page and the integrity list."""

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="amendments")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="amendments")
    date = models.DateField()
    pm = models.BooleanField()
    old = models.CharField(max_length=2)
    new = models.CharField(max_length=2, blank=True)

    class Meta:
        indexes = [models.Index(fields=["enrolment", "date"], name="amendment_by_enrolment")]

    def __str__(self) -> str:
        return f"{self.date} {'PM' if self.pm else 'AM'}: {self.old} to {self.new or 'no mark'}"


class SchoolYear(models.Model):
    """Rolled up from registers, disposable: on which sessions of the year the school was seen to be open.

    `seen`: 732 bytes; bit 1 = some pupil holds a mark other than #, Z or blank, bit 2 = some pupil holds any mark.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="years")
    year = models.SmallIntegerField()
    seen = models.BinaryField(max_length=732)
    latest = models.DateField(null=True, blank=True)  # last date with a mark that counts
    latest_pm = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "year"], name="school_year_once")]

    def __str__(self) -> str:
        return f"{self.school} {self.year}"


class EnrolmentFigures(models.Model):
    """Rolled up, disposable: one enrolment's counts for the academic year to the latest session loaded."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="figures")
    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="figures")
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="figures")
    year = models.SmallIntegerField()
    possible = models.PositiveSmallIntegerField()
    attended = models.PositiveSmallIntegerField()
    authorised = models.PositiveSmallIntegerField()
    unauthorised = models.PositiveSmallIntegerField()
    late = models.PositiveSmallIntegerField()
    persistent = models.BooleanField()
    severe = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "year"], name="figures_once_a_year")]
        indexes = [
            models.Index(fields=["school", "year"], name="figures_by_school"),
            models.Index(fields=["pupil", "year"], name="figures_by_pupil"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.attended} of {self.possible}"


class SchoolWeek(models.Model):
    """Rolled up, disposable: one school's counted marks by code in the week that begins on `monday`."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="weeks")
    year = models.SmallIntegerField()
    monday = models.DateField()
    enrolments = models.PositiveIntegerField()  # with at least one possible session in the week
    counts = ArrayField(models.PositiveIntegerField())  # by byte of attendance.codes: index = byte

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "monday", "year"], name="school_week_once")]

    def __str__(self) -> str:
        return f"{self.school} w/c {self.monday}"


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User) -> FlagQuerySet:
        return self.filter(pupil__in=Pupil.objects.visible_to(user))

    def open(self) -> FlagQuerySet:
        return self.filter(cleared__isnull=True)

    def well_founded(self) -> FlagQuerySet:
        """Without shares of a year that has only begun. The other rules count over years: few sessions say nothing against them."""
        return self.exclude(low_data=True, code__in=Flag.OF_ONE_YEAR)


class Flag(models.Model):
    """A rule that holds for a pupil, with its evidence in words. Opened and cleared, never deleted.

    A cleared flag says that the rule held once; a withdrawn one that it never did, by the marks as they were put right.
    """

    class Code(models.TextChoices):
        PERSISTENT = "persistent_absence", "Persistent absence"
        SEVERE = "severe_absence", "Severe absence"
        THRESHOLD = "penalty_threshold", "Penalty notice threshold"
        CONTINUOUS = "continuous_absence", "10 school days absent in a row"

    OF_ONE_YEAR = (Code.PERSISTENT, Code.SEVERE)  # shares of one academic year

    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="flags")
    code = models.CharField(max_length=20, choices=Code)
    year = models.SmallIntegerField()  # academic year it was opened in
    opened = models.DateField()  # since when it has held without a break
    cleared = models.DateField(null=True, blank=True)
    withdrawn = models.DateField(null=True, blank=True)  # the day on which it turned out to rest on wrong marks
    reason = models.TextField()
    low_data = models.BooleanField(default=False)
    evidence = models.JSONField(default=dict)
    policy_version = models.CharField(max_length=40)
    noticed_at = models.DateTimeField()  # when we first knew
    checked_at = models.DateTimeField()

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pupil", "code"], condition=Q(cleared__isnull=True), name="flag_open_once"),
            models.CheckConstraint(
                condition=Q(cleared__isnull=True) | Q(cleared__gte=models.F("opened")), name="flag_cleared_after_opened"
            ),
            models.CheckConstraint(condition=Q(withdrawn__isnull=True) | Q(cleared__isnull=False), name="flag_withdrawn_is_cleared"),
        ]
        indexes = [models.Index(fields=["code", "cleared"], name="flag_by_code")]

    def __str__(self) -> str:
        return f"{self.get_code_display()}: {self.pupil}"


class Judged(models.Model):
    """One row: the day of which every pupil's flags were last worked out. Flags alone cannot tell: there may be none."""

    day = models.DateField()

    def __str__(self) -> str:
        return str(self.day)


class Mark(models.Model):
    """A read-only view (migration) that unrolls the vectors to rows, for reports and exports. Never all of it at once."""

    pk = models.CompositePrimaryKey("enrolment_id", "date", "pm")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.DO_NOTHING, related_name="+")
    pupil = models.ForeignKey(Pupil, on_delete=models.DO_NOTHING, related_name="+")
    school = models.ForeignKey(School, on_delete=models.DO_NOTHING, related_name="+")
    date = models.DateField()
    pm = models.BooleanField()
    code = models.CharField(max_length=2)
    counted = models.BooleanField()  # inside the enrolment's dates

    class Meta:
        managed = False
        db_table = "attendance_mark"

    def __str__(self) -> str:
        return f"{self.date} {'PM' if self.pm else 'AM'}: {self.code}"
