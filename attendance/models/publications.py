"""What schools were told of their ratings: one act a term, kept as it was told."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.permissions import Permission
from attendance.models.ratings import Moderation, Rating
from schools.models import School


class Publication(models.Model):
    """A manager showed the ratings of a term to the schools. A later one takes its place; one may be taken back, with a reason."""

    class End(models.TextChoices):
        REPLACED = "replaced", "Published anew"
        TAKEN_BACK = "taken_back", "Taken back"

    year = models.SmallIntegerField()
    term = models.SmallIntegerField(choices=Rating.Term)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    end = models.CharField(max_length=10, choices=End, blank=True)  # "": schools see it
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)  # why it was taken back
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice publishes once

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "term"], condition=Q(end=""), name="publication_one_of_a_term"),
            models.CheckConstraint(
                condition=Q(end="", ended_at=None)
                | Q(end="replaced", ended_at__isnull=False)
                | Q(end="taken_back", ended_at__isnull=False),
                name="publication_ended_at_a_time",
            ),
            models.CheckConstraint(condition=~Q(end="taken_back") | ~Q(reason=""), name="publication_taken_back_says_why"),
        ]

    def __str__(self) -> str:
        return f"Ratings published, {self.term_name}"

    @property
    def term_name(self) -> str:
        return f"{self.get_term_display()} {self.year}/{(self.year + 1) % 100:02d}"


class PublishedRatingQuerySet(models.QuerySet["PublishedRating"]):
    def visible_to(self, user: User) -> PublishedRatingQuerySet:
        """The one answer to "what was told?": what stands published, of the schools the user sees."""
        if not user.may(Permission.SEE_PUBLISHED_RATINGS):
            return self.none()
        return self.filter(publication__end="", rating__school__in=School.objects.visible_to(user))

    def with_colour(self) -> PublishedRatingQuerySet:
        """Adds `shown`: the colour told, or that of a moderation made since."""
        since = Moderation.objects.filter(rating=OuterRef("rating"), at__gt=OuterRef("publication__at")).order_by("-at", "-pk")
        return self.annotate(shown=Coalesce(Subquery(since.values("colour")[:1]), F("colour_now")))


class PublishedRating(models.Model):
    """One school's rating as it was told to the school: later runs do not change it. Named as in `Rating`."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="ratings", db_index=False)
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="published")
    colour = models.CharField(max_length=9, choices=Rating.Colour)
    moderation = models.ForeignKey(Moderation, null=True, on_delete=models.PROTECT, related_name="+")  # that stood then
    colour_now = models.CharField(max_length=9, choices=Rating.Colour)
    reasons = models.JSONField(default=list)
    contributions = models.JSONField(default=list)
    beside = models.JSONField(default=list)
    as_at = models.DateField()
    policy_version = models.CharField(max_length=40)

    objects = PublishedRatingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "rating"], name="published_rating_once")]
        triggers = [pgtrigger.Protect(name="told_never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_colour_now_display()}: {self.rating.school}, {self.rating.term_name}"

    @property
    def shown_word(self) -> str:
        """Of a row read `with_colour`."""
        return str(Rating.Colour(self.shown).label)  # type: ignore[attr-defined]
