"""Termly ratings of schools, the runs that make them, and what a person made of one."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import School
from schools.models.people import tracked


class RatingQuerySet(models.QuerySet["Rating"]):
    def visible_to(self, user: User) -> RatingQuerySet:
        """The one answer to "which ratings?": those of schools the user sees, for roles that see ratings at all."""
        if not user.may(Permission.SEE_RATINGS):
            return self.none()
        return self.filter(school__in=School.objects.visible_to(user))


@tracked
class Rating(models.Model):
    """One school's rating for one term, kept for ever: as worked out, and as a person moderated it.

    `first` to `last` is what was compared of the school's own registers, `national_first` to `national_last` what it was
    compared with; all four are null where nothing could be compared.
    """

    class Colour(models.TextChoices):
        RED = "red", "Red"
        AMBER = "amber", "Amber"
        GREEN = "green", "Green"
        NOT_RATED = "not_rated", "Not rated"

    class Term(models.IntegerChoices):
        """DfE's census terms, the two halves of the summer as one (schools.dfe_terms)."""

        AUTUMN = 1, "Autumn"
        SPRING = 2, "Spring"
        SUMMER = 3, "Summer"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="ratings")
    year = models.SmallIntegerField()  # starting year of the academic year
    term = models.SmallIntegerField(choices=Term)
    colour = models.CharField(max_length=9, choices=Colour)  # as worked out
    moderated = models.CharField(max_length=9, choices=Colour, blank=True)  # the latest moderation's; "": none
    colour_now = models.CharField(max_length=9, choices=Colour, db_index=True)  # what is shown and counted
    band = models.CharField(max_length=9, choices=Colour, blank=True)  # by absence beside England's alone; "": nothing was compared
    reasons = models.JSONField(default=list)  # sentences
    contributions = models.JSONField(default=list)  # [name, sentence, does it move the colour]
    beside = models.JSONField(default=list)  # [name, sentence]: meetings and data quality, no part of the colour
    as_at = models.DateField()  # the day judged: that of the run, or the term's last
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    possible = models.PositiveIntegerField(default=0)
    absent = models.PositiveIntegerField(default=0)
    school_days = models.PositiveSmallIntegerField(default=0)  # with registers, between `first` and `last`
    # the school's own same weeks of the year before (`national_first` to `national_last`); null: not compared
    before_possible = models.PositiveIntegerField(null=True, blank=True)
    before_absent = models.PositiveIntegerField(null=True, blank=True)
    severe = models.PositiveSmallIntegerField(null=True, blank=True)  # pupils severely absent on the day judged; null: not told
    severe_without_plan = models.PositiveSmallIntegerField(null=True, blank=True)
    national_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    national_first = models.DateField(null=True, blank=True)
    national_last = models.DateField(null=True, blank=True)
    national_published = models.DateField(null=True, blank=True)
    national_source = models.CharField(max_length=200, blank=True)
    policy_version = models.CharField(max_length=40)
    bands = models.JSONField(default=dict)  # the values it was judged by (schools.policy.RATING)
    rated_at = models.DateTimeField()  # when it became what it is: a run that finds the same changes nothing
    version = models.PositiveIntegerField(default=1)  # grows with every change: a form made from an older one is refused

    objects = RatingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year", "term"], name="rating_once_a_term"),
            models.CheckConstraint(
                condition=Q(moderated="", colour_now=F("colour")) | ~Q(moderated="") & Q(colour_now=F("moderated")),
                name="rating_shows_the_moderated_colour",
            ),
            models.CheckConstraint(condition=Q(absent__lte=F("possible")), name="rating_absent_of_possible"),
        ]
        indexes = [models.Index(fields=["year", "term", "colour_now"], name="rating_by_term")]

    def __str__(self) -> str:
        return f"{self.get_colour_now_display()}: {self.school}, {self.term_name}"

    @property
    def term_name(self) -> str:
        return f"{self.get_term_display()} {self.year}/{(self.year + 1) % 100:02d}"

    @property
    def absence_pct(self) -> float | None:
        return 100 * self.absent / self.possible if self.possible else None

    @property
    def apart(self) -> float | None:
        """How many percentage points worse than England; None where nothing was compared. For words only: rag decides exactly."""
        pct = self.absence_pct
        return None if pct is None or self.national_pct is None else pct - float(self.national_pct)


class Moderation(models.Model):
    """A manager's own colour for a rating, with the reason. Never changed: a later one stands in its place."""

    class Reason(models.TextChoices):
        REGISTERS = "registers", "The registers are wrong or incomplete"
        FEW_PUPILS = "few_pupils", "A few pupils weigh on a small school"
        EVENT = "event", "An illness, closure or other event"
        INTAKE = "intake", "The pupils differ from those of other schools of the phase"
        PROGRESS = "progress", "Clear progress since"
        WORSENING = "worsening", "Worse than the figures show"
        ENGAGEMENT = "engagement", "How the school works with the team"
        CORRECTION = "correction", "Puts an earlier moderation right"

    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="moderations")
    computed = models.CharField(max_length=9, choices=Rating.Colour)  # what the figures said at that time
    colour = models.CharField(max_length=9, choices=Rating.Colour)
    reason = models.CharField(max_length=12, choices=Reason)
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice writes once

    class Meta:
        indexes = [models.Index(fields=["rating", "-at"], name="moderation_by_rating")]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="moderation_has_words")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_colour_display()}: {self.get_reason_display()}"


class RatingRun(models.Model):
    """That every school be rated for a term: what is to do stands here, a message only rings for it."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting for its turn"
        RUNNING = "running", "Being rated"
        DONE = "done", "Done"
        FAILED = "failed", "Not finished"

    BUSY = (Status.QUEUED, Status.RUNNING)

    year = models.SmallIntegerField()
    term = models.SmallIntegerField(choices=Rating.Term)
    status = models.CharField(max_length=7, choices=Status, default=Status.QUEUED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # one that ends every worker must not be tried for ever
    total = models.PositiveIntegerField(default=0)  # schools rated
    changed = models.PositiveIntegerField(default=0)  # of these, ratings made or made anew
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="rating_run_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "term"], condition=Q(status__in=["queued", "running"]), name="rating_run_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"Ratings of {Rating.Term(self.term).label.lower()} {self.year}/{(self.year + 1) % 100:02d}"

    @property
    def busy(self) -> bool:
        return self.status in self.BUSY
