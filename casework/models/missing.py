"""Children missing education: one record from the day nobody knew of a school to the first present mark at one, and what was done.

Source: Education Act 1996 s.436A (children of compulsory school age neither on a roll nor otherwise suitably educated). A child on a
roll who does not come is an attendance case and no child missing education.
"""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import Enrolment, Pupil, School
from schools.models.people import tracked


class MissingQuerySet(models.QuerySet["MissingChild"]):
    def visible_to(self, user: User) -> MissingQuerySet:
        """The authority's people: children of their schools and those they lead on; a school: children it referred or had on roll."""
        if not user.may(Permission.SEE_CASES):
            return self.none()
        if user.as_role.every_school:
            return self
        if not user.as_role.in_authority:
            return self.filter(school__in=School.objects.visible_to(user).values("pk"))
        mine = Enrolment.objects.visible_to(user).values("pupil")
        schools = School.objects.visible_to(user).values("pk")
        return self.filter(Q(officer=user) | Q(pupil__in=mine) | Q(school__in=schools))

    def open(self) -> MissingQuerySet:
        return self.filter(closed__isnull=True)

    def open_on(self, day: dt.date) -> MissingQuerySet:
        """Those open at the end of a day: a meeting's list as it stood."""
        return self.filter(Q(closed__isnull=True) | Q(closed__gt=day), opened__lte=day)


@tracked
class MissingChild(models.Model):
    """One open record a child. `version` grows with every change."""

    class Origin(models.TextChoices):
        ROLL = "roll", "Left a roll, nobody knows where to"
        SCHOOL = "school", "A school’s referral"
        OFFICER = "officer", "An officer of the team"
        SERVICE = "service", "Another service"
        AUTHORITY = "authority", "Another authority"
        PUBLIC = "public", "A parent or member of the public"

    class Outcome(models.TextChoices):
        PRESENT = "present", "Present at a school"
        ELSEWHERE = "elsewhere", "Found: educated elsewhere"
        HOME = "home", "Found: educated at home"
        ABROAD = "abroad", "Found: living in another country"
        OVER_AGE = "over_age", "No longer of compulsory school age"
        NOT_FOUND = "not_found", "Not found: every check made"
        ERROR = "error", "Was never off roll"
        OTHER = "other", "Another reason"

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="missing")
    origin = models.CharField(max_length=9, choices=Origin)
    referrer = models.CharField(max_length=160, blank=True)  # who, of which service or authority
    words = models.TextField(blank=True)  # the referral
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="missing")  # the last, or that refers
    enrolment = models.ForeignKey(Enrolment, null=True, blank=True, on_delete=models.PROTECT, related_name="missing")  # whose end it was
    since = models.DateField()  # the first day without a place at a school
    year_group = models.CharField(max_length=3, blank=True)
    opened = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="missing")
    found_on = models.DateField(null=True, blank=True)  # since when it is known where the child is
    found_where = models.CharField(max_length=200, blank=True)
    closed = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    evidence = models.TextField(blank=True)  # what the closing rests on
    present_at = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    present_on = models.DateField(null=True, blank=True)
    present_pm = models.BooleanField(null=True)
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = MissingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pupil"], condition=Q(closed__isnull=True), name="missing_open_once_a_pupil"),
            models.CheckConstraint(
                condition=Q(closed__isnull=True, outcome="") | Q(closed__isnull=False) & ~Q(outcome="") & ~Q(evidence=""),
                name="missing_closed_with_evidence",
            ),
            models.CheckConstraint(condition=~Q(outcome="present") | Q(present_on__isnull=False), name="missing_present_names_its_mark"),
            models.CheckConstraint(condition=Q(closed__isnull=True) | Q(closed__gte=F("opened")), name="missing_closes_after_it_opens"),
        ]

    def __str__(self) -> str:
        return f"Child missing education {self.pk}: {self.pupil}"

    @property
    def found(self) -> bool:
        return self.found_on is not None


class MissingEntryQuerySet(models.QuerySet["MissingEntry"]):
    def visible_to(self, user: User) -> MissingEntryQuerySet:
        """A school reads its own lines and those shared with it, never another service's."""
        mine = self.filter(child__in=MissingChild.objects.visible_to(user).values("pk"))
        return mine if user.as_role.in_authority else mine.filter(shared=True)


class MissingEntry(models.Model):
    """One line of what was done about a missing child: written, never changed."""

    child = models.ForeignKey(MissingChild, on_delete=models.PROTECT, related_name="entries")
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    what = models.CharField(max_length=40)
    words = models.TextField()
    shared = models.BooleanField(default=False)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = MissingEntryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["child", "-day", "-id"], name="missing_entry_by_child")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.what}: {self.words[:80]}"


@tracked
class MissingCheck(models.Model):
    """One check: whom was asked where the child is, when, and what they said."""

    class Kind(models.TextChoices):
        VISIT = "visit", "Home visit"
        FAMILY = "family", "Family, friends, neighbours"
        SCHOOLS = "schools", "Other schools"
        S2S = "s2s", "School-to-school (S2S) tracing"
        SOCIAL_CARE = "social_care", "Children’s social care"
        HEALTH = "health", "Health: GP, school nurse, hospital"
        HOUSING = "housing", "Benefits and housing"
        BORDER = "border", "Border Force"
        AUTHORITY = "authority", "Another authority"
        POLICE = "police", "Police"
        OTHER = "other", "Something else"

    class Result(models.TextChoices):
        WAITING = "waiting", "No reply yet"
        NOTHING = "nothing", "Nothing known"
        LEAD = "lead", "A lead to follow"
        FOUND = "found", "Says where the child is"

    # every one of these is to be made before a child may be closed as not found
    LIST = (
        Kind.VISIT, Kind.FAMILY, Kind.SCHOOLS, Kind.S2S, Kind.SOCIAL_CARE, Kind.HEALTH, Kind.HOUSING, Kind.BORDER, Kind.AUTHORITY,
    )  # fmt: skip
    TRACING = (Kind.S2S, Kind.AUTHORITY)

    child = models.ForeignKey(MissingChild, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField(max_length=11, choices=Kind)
    asked_of = models.CharField(max_length=160, blank=True)
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    result = models.CharField(max_length=7, choices=Result, default=Result.WAITING)
    answered = models.DateField(null=True, blank=True)
    words = models.TextField(blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result="waiting", answered__isnull=True) | ~Q(result="waiting") & Q(answered__gte=F("day")),
                name="missing_check_answered_or_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.day}"


@tracked
class PlaceApplication(models.Model):
    """A place asked for at a school, and what became of it. An offer ends nothing: only a present mark does."""

    class Route(models.TextChoices):
        ORDINARY = "ordinary", "In-year admission"
        FAIR_ACCESS = "fair", "Fair access panel"
        ORDER = "order", "School attendance order"

    class Decision(models.TextChoices):
        WAITING = "waiting", "Waiting"
        OFFERED = "offered", "Place offered"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    child = models.ForeignKey(MissingChild, on_delete=models.PROTECT, related_name="applications")
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="applications")
    elsewhere = models.CharField(max_length=160, blank=True)  # a school that is none of ours
    year_group = models.CharField(max_length=3, blank=True)
    route = models.CharField(max_length=8, choices=Route)
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=9, choices=Decision, default=Decision.WAITING)
    decided = models.DateField(null=True, blank=True)
    starts = models.DateField(null=True, blank=True)  # the day of an offer on which the child is to begin
    words = models.TextField(blank=True)  # why refused, what the panel said
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(school__isnull=False) ^ ~Q(elsewhere=""), name="application_to_one_school"),
            models.CheckConstraint(
                condition=Q(decision="waiting", decided__isnull=True) | ~Q(decision="waiting") & Q(decided__gte=F("day")),
                name="application_decided_or_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"Application to {self.where}"

    @property
    def where(self) -> str:
        return str(self.school) if self.school else self.elsewhere


class VacancyQuerySet(models.QuerySet["Vacancy"]):
    def standing(self) -> VacancyQuerySet:
        """The last word of each school and year group."""
        return self.order_by("school", "year_group", "-day", "-pk").distinct("school", "year_group")


class Vacancy(models.Model):
    """How many places a school says it has in a year group, on a day. Later words stand in place of earlier; none is deleted."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="vacancies")
    year_group = models.CharField(max_length=3)
    places = models.PositiveSmallIntegerField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()

    objects = VacancyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "vacancies"
        indexes = [models.Index(fields=["school", "year_group", "-day", "-id"], name="vacancy_by_school")]

    def __str__(self) -> str:
        return f"{self.places} in {self.year_group} at {self.school}"


@tracked
class MissingDecision(models.Model):
    """What the multi-agency meeting of a day decided about one child."""

    class Decision(models.TextChoices):
        CONTINUE = "continue", "Carry on with the checks"
        ESCALATE = "escalate", "Refer to social care or the police"
        PLACE = "place", "Find a place: admissions or fair access"
        ORDER = "order", "Begin a school attendance order"
        CLOSE = "close", "Close the record"

    child = models.ForeignKey(MissingChild, on_delete=models.PROTECT, related_name="decisions")
    meeting = models.DateField()
    decision = models.CharField(max_length=8, choices=Decision)
    words = models.TextField(blank=True)
    agency = models.CharField(max_length=120, blank=True)  # who does it
    due = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["child", "meeting"], name="missing_decided_once_a_meeting")]

    def __str__(self) -> str:
        return f"{self.meeting}: {self.get_decision_display()}"
