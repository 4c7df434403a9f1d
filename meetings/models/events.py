"""Training and forum events with who signed up and who came, and campaigns to parents."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from meetings.models.library import PHASE, for_whom
from schools.models import School


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: User, *, day: dt.date) -> EventQuerySet:
        """The team sees all; a school those for one of its phases."""
        if not user.may(Permission.READ_GUIDANCE):
            return self.none()
        if user.may(Permission.KEEP_IN_TOUCH):
            return self
        phases = list(School.objects.visible_to(user).open_on(day).values_list("phase", flat=True).distinct())
        return self.filter(Q(phases=[]) | Q(phases__overlap=phases)) if phases else self.none()


class Event(models.Model):
    """One date. A forum is communication and advice, which is free to every school; training may be traded."""

    class Kind(models.TextChoices):
        TRAINING = "training", "Training"
        FORUM = "forum", "Network or forum"

    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=150)
    words = models.TextField(blank=True)
    phases = ArrayField(PHASE, default=list, blank=True)
    day = models.DateField()
    time = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    where = models.CharField(max_length=200)
    places = models.PositiveSmallIntegerField(null=True, blank=True)  # people; None: as many as come
    traded = models.BooleanField(default=False)
    cancelled_why = models.CharField(max_length=300, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, unique=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["day"], name="event_by_day")]
        constraints = [
            models.CheckConstraint(condition=Q(traded=False) | Q(kind="training"), name="event_forum_is_free"),
            models.CheckConstraint(condition=Q(places__isnull=True) | Q(places__gte=1), name="event_has_places"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def for_whom(self) -> str:
        return for_whom(self.phases)


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def visible_to(self, user: User) -> SignUpQuerySet:
        if not user.may(Permission.READ_GUIDANCE):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user).values("pk"))


class SignUp(models.Model):
    """A school's people for one event, and how many of them came; None: nobody has said yet."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="sign_ups")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="sign_ups")
    people = models.PositiveSmallIntegerField()
    names = models.CharField(max_length=300, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    came = models.PositiveSmallIntegerField(null=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "school"], name="sign_up_once_a_school"),
            # 0: a school that withdrew, or that came without having signed up
            models.CheckConstraint(condition=Q(people__lte=50) & (Q(came__isnull=True) | Q(came__lte=50)), name="sign_up_of_a_few"),
        ]

    def __str__(self) -> str:
        return f"{self.school} at {self.event}"


class Campaign(models.Model):
    """Something told to parents of the borough or of one school: what, when, how, and how many it reached."""

    class Channel(models.TextChoices):
        LETTER = "letter", "Letters and leaflets"
        TEXT = "text", "Text messages"
        EMAIL = "email", "E-mail"
        SOCIAL = "social", "Social media"
        WEB = "web", "Website"
        PRESS = "press", "Press and radio"
        POSTER = "poster", "Posters"
        EVENT = "event", "At events"

    title = models.CharField(max_length=150)
    words = models.TextField(blank=True)
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="campaigns")  # None: the borough
    channel = models.CharField(max_length=6, choices=Channel)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    reach = models.PositiveIntegerField(null=True, blank=True)  # None: not known
    reach_words = models.CharField(max_length=200, blank=True)  # of what it is a number, and how it is known
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["-start"], name="campaign_by_start")]
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="campaign_ends_after_start"),
            models.CheckConstraint(condition=Q(reach__isnull=True) | ~Q(reach_words=""), name="campaign_reach_says_of_what"),
        ]

    def __str__(self) -> str:
        return self.title
