"""Pupils, the schools they are on roll at, their parents and what is known about them, with dates.

Changes and deletions are kept row by row by database triggers (pghistory), so that bulk SQL leaves its trace too;
inserts are not: the row itself and the audit line say when it came.
"""

from __future__ import annotations

import datetime as dt

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from accounts import clock
from accounts.models import User
from accounts.permissions import Permission
from schools import deletions
from schools.models.places import School


def tracked(model: type[models.Model]) -> type[models.Model]:
    """Keep each row as it was before a change or a deletion: the row itself says what it is now."""
    return pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent())(model)


def kept_for_good(model: type[models.Model]) -> type[models.Model]:
    """As `tracked`, and what has been kept is changed and deleted by nobody: what is proved in court was like this then."""
    return pghistory.track(pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(), append_only=True)(model)


def _school_year_start(day: dt.date) -> dt.date:
    return dt.date(day.year if day.month >= 8 else day.year - 1, 8, 1)


def sees_every_pupil(user: User) -> bool:
    """Whether nothing is left out for this user: what is asked about pupils need not ask which."""
    return user.may(Permission.SEE_PUPILS) and user.as_role.every_school


class PupilQuerySet(models.QuerySet["Pupil"]):
    def visible_to(self, user: User) -> PupilQuerySet:
        """The one answer to "which pupils?": those with an enrolment the user may see."""
        if sees_every_pupil(user):
            return self
        if not user.may(Permission.SEE_PUPILS):
            return self.none()
        return self.filter(pk__in=Enrolment.objects.visible_to(user).values("pupil"))


@tracked
class Pupil(models.Model):
    """A child. `upn` is the unique pupil number; a pupil without one yet has null, never ""."""

    class Sex(models.TextChoices):
        FEMALE = "F", "Female"
        MALE = "M", "Male"

    upn = models.CharField("UPN", max_length=13, unique=True, null=True, blank=True)
    surname = models.CharField(max_length=100)
    forename = models.CharField(max_length=100)
    known_as = models.CharField(max_length=100, blank=True)
    dob = models.DateField("date of birth", null=True, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    address = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    sort_name = models.CharField(max_length=200)
    search_text = models.TextField(default="")  # folded names, former names too, and the postcode's key
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PupilQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_name"], name="pupil_in_order"),
            # without a list of what waits to be put in, which keeps 4 MB for good
            GinIndex(fields=["search_text"], name="pupil_search", opclasses=["gin_trgm_ops"], fastupdate=False),
        ]
        constraints = [models.CheckConstraint(condition=~Q(upn=""), name="pupil_without_upn_is_null")]

    def __str__(self) -> str:
        return f"{self.forename} {self.surname}".strip()

    def shows_address_to(self, user: User) -> bool:
        """A child's address tells where a parent lives who must not be found: hidden with it, except from the authority."""
        hidden = Responsibility.objects.filter(pupil=self, lives_with=True, parent__hidden_from__isnull=False)
        return user.as_role.in_authority or not hidden.exists()


class FormerUpn(models.Model):
    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="former_upns")
    upn = models.CharField("UPN", max_length=13, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pupil", "upn"], name="former_upn_once_a_pupil")]

    def __str__(self) -> str:
        return self.upn


class FormerName(models.Model):
    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="former_names")
    surname = models.CharField(max_length=100)
    forename = models.CharField(max_length=100)
    until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.forename} {self.surname}"


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: User) -> EnrolmentQuerySet:
        """The one answer to "which spells on roll?".

        An authority's user who sees a pupil's school sees it whole; a school sees its own spells only, and those that
        ended before this school year no longer (it keeps its own records; ours are not for looking up leavers).
        """
        if not user.may(Permission.SEE_PUPILS):
            return self.none()
        if user.as_role.every_school:
            return self
        mine = self.filter(school__in=School.objects.visible_to(user))
        if user.as_role.in_authority:
            return mine
        return mine.filter(Q(end__isnull=True) | Q(end__gte=_school_year_start(clock.today())))

    def of_pupil(self, pupil: Pupil, user: User) -> EnrolmentQuerySet:
        """The spells of one pupil whom `user` may see: the authority sees all of them, a school its own. Those of records that were
        merged into this one are among them."""
        one = Pupil.objects.filter(Q(pk=pupil.pk) | Q(merged_into=pupil.pk)).values("pk")
        if user.may(Permission.SEE_PUPILS) and user.as_role.in_authority:
            return self.filter(pupil__in=one)
        return self.visible_to(user).filter(pupil__in=one)

    def touching(self, first: dt.date, last: dt.date) -> EnrolmentQuerySet:
        return self.filter(start__lte=last).filter(Q(end__isnull=True) | Q(end__gte=first))

    def on_roll(self, day: dt.date) -> EnrolmentQuerySet:
        return self.touching(day, day)


@tracked
class Enrolment(models.Model):
    """A spell on a school's roll, both days inclusive. A pupil may hold several at once (dual registration)."""

    class Kind(models.TextChoices):
        MAIN = "main", "Main"
        SUBSIDIARY = "subsidiary", "Subsidiary (dual registered)"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="enrolments")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="enrolments", db_index=False)  # the two below begin with it
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MAIN)
    # opened at the earliest mark of an extract, not from a roll: earlier marks move it
    start_from_marks = models.BooleanField(default=False)
    year_group = models.CharField(max_length=3, blank=True)  # as last given by a roll or extract: "R", "1".."13", "N2"
    leaving_reason = models.CharField(max_length=60, blank=True)
    ground = models.CharField(
        max_length=10, choices=deletions.GROUNDS, blank=True, default="", db_default=""
    )  # why the name was deleted, as the law lists grounds
    destination = models.CharField(
        max_length=120, blank=True, default="", db_default=""
    )  # where the child went: a school, another country, an authority

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "start"], name="enrolment_by_school")]
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="enrolment_ends_after_start"),
            # by school first, and with the end: who is on a school's roll is counted from this index alone, however many schools
            models.UniqueConstraint(fields=["school", "pupil", "start"], include=["end"], name="enrolment_starts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pupil} at {self.school}"


class ParentQuerySet(models.QuerySet["Parent"]):
    def visible_to(self, user: User) -> ParentQuerySet:
        """Parents of the pupils the user may see."""
        if not user.may(Permission.SEE_PARENTS):
            return self.none()
        if user.as_role.every_school:
            return self
        return self.filter(responsibilities__pupil__in=Pupil.objects.visible_to(user)).distinct()

    def address_visible_to(self, user: User) -> ParentQuerySet:
        """Those whom `user` may find by where they live."""
        visible = self.visible_to(user)
        return visible if user.as_role.in_authority else visible.filter(hidden_from__isnull=True)


@tracked
class Parent(models.Model):
    """A parent in the sense of section 576 of the Education Act 1996, known once however many children."""

    title = models.CharField(max_length=20, blank=True)
    surname = models.CharField(max_length=100)
    forename = models.CharField(max_length=100, blank=True)
    dob = models.DateField("date of birth", null=True, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    language = models.CharField(max_length=40, blank=True)
    interpreter = models.BooleanField(null=True)  # needs one for meetings and calls; null: not known
    email_agreed = models.CharField(max_length=200, blank=True)  # how and when letters by e-mail were agreed to; "": they were not
    sort_name = models.CharField(max_length=200)
    search_text = models.TextField(default="")  # folded names, the postcode's key, the phone's digits
    # where this parent lives must never be told to, or printed on a letter for, these people
    hidden_from = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="may_not_know")

    objects = ParentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["sort_name"], name="parent_in_order"),
            GinIndex(fields=["search_text"], name="parent_search", opclasses=["gin_trgm_ops"], fastupdate=False),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.title, self.forename, self.surname) if part)

    def shows_address_to(self, user: User) -> bool:
        """A hidden address is the authority's alone: a school meets both parents at its gate. Prefetch `hidden_from` for lists."""
        return user.as_role.in_authority or not self.hidden_from.all()

    def kept_from(self, user: User) -> list[str]:
        """Whom this address is hidden from, by name where `user` may see the person."""
        known = Parent.objects.visible_to(user).filter(may_not_know=self).order_by("sort_name", "pk")
        others = self.hidden_from.exclude(pk__in=known.values("pk")).exists()
        return [str(parent) for parent in known] + (["somebody else"] if others else [])


@tracked
class Responsibility(models.Model):
    """How a parent stands to a pupil."""

    class Relationship(models.TextChoices):
        MOTHER = "mother", "Mother"
        FATHER = "father", "Father"
        STEP_PARENT = "step_parent", "Step-parent"
        GRANDPARENT = "grandparent", "Grandparent"
        FOSTER_CARER = "foster_carer", "Foster carer"
        GUARDIAN = "guardian", "Guardian"
        OTHER = "other", "Other"

    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="responsibilities")
    parent = models.ForeignKey(Parent, on_delete=models.CASCADE, related_name="responsibilities")
    relationship = models.CharField(max_length=12, choices=Relationship, default=Relationship.OTHER)
    parental_responsibility = models.BooleanField(null=True)  # null: not known
    lives_with = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pupil", "parent"], name="responsibility_once")]

    def __str__(self) -> str:
        return f"{self.parent}, {self.get_relationship_display().lower()} of {self.pupil}"


@tracked
class Characteristic(models.Model):
    """Something true of a pupil between two dates, and who said so. Kinds: the cohorts that guidance asks teams to watch."""

    class Kind(models.TextChoices):
        FSM = "fsm", "Free school meals"
        SEN_SUPPORT = "sen_support", "SEN support"
        EHCP = "ehcp", "Education, health and care plan"
        CLA = "cla", "Looked after"
        PREVIOUSLY_CLA = "previously_cla", "Previously looked after"
        CIN = "cin", "Child in need"
        CP = "cp", "Child protection plan"
        SOCIAL_WORKER_EVER = "social_worker_ever", "Has ever had a social worker"
        YOUNG_CARER = "young_carer", "Young carer"
        YJS = "yjs", "Youth justice service"
        EAL = "eal", "English as an additional language"
        SERVICE_CHILD = "service_child", "Service child"
        NEW_ARRIVAL = "new_arrival", "New arrival"
        PART_TIME = "part_time", "Part-time timetable"
        MEDICAL = "medical", "Medical needs"

    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="characteristics", db_index=False)  # as its constraint's begins
    kind = models.CharField(max_length=20, choices=Kind)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=60, blank=True)
    # of a looked-after child, a child in need or under a plan; blank: this authority, or not known
    responsible = models.CharField(
        "responsible authority", max_length=80, blank=True, default="", db_default=""
    )  # whose social worker it is
    placed = models.CharField(
        "placed in", max_length=80, blank=True, default="", db_default=""
    )  # the authority in whose area the child lives

    class Meta:
        indexes = [models.Index(fields=["kind", "pupil"], name="characteristic_by_kind")]
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="characteristic_ends_after_start"),
            models.UniqueConstraint(fields=["pupil", "kind", "start"], name="characteristic_starts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.pupil}"
