"""Schools, the trusts that run them and the areas they lie in."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from accounts import clock
from accounts.models import User


class Trust(models.Model):
    name = models.CharField(max_length=200)
    code = models.CharField("GIAS group code", max_length=20, unique=True)

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    class Kind(models.TextChoices):
        WARD = "ward", "Ward"
        CLUSTER = "cluster", "Cluster"
        LOCALITY = "locality", "Locality"

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="area_once_a_kind")]

    def __str__(self) -> str:
        return self.name


class SchoolQuerySet(models.QuerySet["School"]):
    def visible_to(self, user: User) -> SchoolQuerySet:
        """The one answer to "which schools?": all for authority-wide roles, else those of today's postings and what they follow.

        A school's own people see a predecessor only when it has closed, and where theirs is all that became of it: of a school
        that was split they would see children who went elsewhere or are still there.
        """
        if not user.is_active:
            return self.none()
        if user.as_role.every_school:
            return self
        day = clock.today()  # who may see what is always asked of now
        current = Q(postings__start__lte=day) & (Q(postings__end__isnull=True) | Q(postings__end__gte=day))
        mine = School.objects.filter(current, postings__user=user).values("pk")
        before = School.objects.filter(successor_links__successor__in=mine)
        if not user.as_role.in_authority:
            before = before.gone_into_one(day)
        return self.filter(Q(pk__in=mine) | Q(pk__in=before.values("pk")))

    def gone_into_one(self, day: dt.date) -> SchoolQuerySet:
        """Closed, and not split up: one school at most is all that became of each."""
        split = School.objects.annotate(heirs=models.Count("successor_links")).filter(heirs__gt=1)
        return self.filter(closed__lte=day).exclude(pk__in=split.values("pk"))

    def open_on(self, day: dt.date) -> SchoolQuerySet:
        """Open at some time on `day`: not closed before it, not opening after it."""
        return self.filter(Q(closed__isnull=True) | Q(closed__gte=day)).filter(Q(opened__isnull=True) | Q(opened__lte=day))

    def open_within(self, first: dt.date, last: dt.date) -> SchoolQuerySet:
        return self.filter(Q(closed__isnull=True) | Q(closed__gte=first)).filter(Q(opened__isnull=True) | Q(opened__lte=last))

    def to_choose(self) -> SchoolQuerySet:
        """By name, for a list to choose from: hundreds of schools of which only names and numbers are read."""
        return self.order_by("sort_name").only("urn", "name")


class School(models.Model):
    """An establishment on the national register of schools (GIAS), known by its URN."""

    class Phase(models.TextChoices):
        NURSERY = "nursery", "Nursery"
        PRIMARY = "primary", "Primary"
        SECONDARY = "secondary", "Secondary"
        ALL_THROUGH = "all_through", "All-through"
        SPECIAL = "special", "Special"
        PRU = "pru", "Pupil referral unit"
        SIXTEEN_PLUS = "sixteen_plus", "16 plus"
        UNKNOWN = "unknown", "Not known"

    urn = models.PositiveIntegerField("URN", unique=True)
    la_code = models.CharField(max_length=3)
    estab = models.CharField("establishment number", max_length=4, blank=True)
    name = models.CharField(max_length=200)
    sort_name = models.CharField(max_length=200, db_index=True)
    phase = models.CharField(max_length=12, choices=Phase, default=Phase.UNKNOWN)
    type_code = models.CharField(max_length=3, blank=True)
    type_name = models.CharField(max_length=120, blank=True)
    type_group = models.CharField(max_length=60, blank=True)
    independent = models.BooleanField(default=False)
    opened = models.DateField(null=True, blank=True)
    closed = models.DateField(null=True, blank=True)
    low_age = models.PositiveSmallIntegerField(null=True, blank=True)
    high_age = models.PositiveSmallIntegerField(null=True, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    number_of_pupils = models.PositiveIntegerField(null=True, blank=True)
    fsm_percent = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    trust = models.ForeignKey(Trust, null=True, blank=True, on_delete=models.PROTECT, related_name="schools")
    ward = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="ward_schools")
    cluster = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="cluster_schools")
    street = models.CharField(max_length=200, blank=True)
    locality = models.CharField(max_length=200, blank=True)
    town = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    telephone = models.CharField(max_length=30, blank=True)
    website = models.CharField(max_length=200, blank=True)
    head_name = models.CharField(max_length=120, blank=True)
    search_text = models.TextField(default="")

    objects = SchoolQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed__isnull=True) | Q(opened__isnull=True) | Q(closed__gte=models.F("opened")),
                name="school_closes_after_it_opens",
            )
        ]

    def __str__(self) -> str:
        return self.name
