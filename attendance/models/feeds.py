"""Live feeds from schools' information systems: the token, a feed a school, how far each has come, what is whose."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.models.extracts import Extract
from schools.models import School


class Connection(models.Model):
    """Our access to a provider of feeds. The token is encrypted: a copy of the database alone gives no access."""

    class Provider(models.TextChoices):
        WONDE = "wonde", "Wonde"

    provider = models.CharField(max_length=10, choices=Provider, unique=True)
    token = models.TextField()  # encrypted (accounts.secrets)
    connected_at = models.DateTimeField()
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)  # when the list of schools was last had
    error = models.TextField(blank=True)  # why it was not had since; "" if all is well

    def __str__(self) -> str:
        return self.get_provider_display()


class FeedQuerySet(models.QuerySet["Feed"]):
    def visible_to(self, user: User) -> FeedQuerySet:
        """Feeds are looked after by roles that see every school; nobody else sees any."""
        return self if user.may(Permission.MANAGE_FEEDS) else self.none()

    def in_use(self) -> FeedQuerySet:
        """Switched on, though perhaps paused or withdrawn since."""
        return self.exclude(state__in=[Feed.State.OFFERED, Feed.State.PENDING]).exclude(last_tried_at=None, state=Feed.State.REVOKED)


class Feed(models.Model):
    """One school of a provider. `school` is ours with the same URN; null where we know none."""

    class State(models.TextChoices):
        OFFERED = "offered", "Ready to switch on"
        APPROVED = "approved", "Fetching"
        PAUSED = "paused", "Paused"
        PENDING = "pending", "Waiting for the school"
        REVOKED = "revoked", "Access withdrawn"

    provider = models.CharField(max_length=10, choices=Connection.Provider)
    remote_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)  # as the provider calls the school
    urn = models.IntegerField(null=True, blank=True)  # as the provider gives it
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds")
    domain = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OFFERED)
    last_tried_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)  # in words; "" after a success
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    next_due_at = models.DateTimeField(null=True, blank=True)  # not before this; null: at the next round
    students_at = models.DateTimeField(null=True, blank=True)  # when the roll was last had
    swept_on = models.DateField(null=True, blank=True)  # the day whose nightly work is done
    notes = models.JSONField(default=list, blank=True)  # sentences about the last roll: what was not taken, and what to ask

    objects = FeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "remote_id"], name="feed_once_a_remote_school"),
            models.UniqueConstraint(
                fields=["provider", "school"], condition=Q(state__in=["approved", "paused"]), name="feed_one_in_use_a_school"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()}: {self.school or self.name}"


class Cursor(models.Model):
    """From when on a resource of a feed is asked for next: the moment at which the last question began."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="cursors")
    resource = models.CharField(max_length=40)
    updated_after = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "resource"], name="cursor_once_a_resource")]

    def __str__(self) -> str:
        return f"{self.feed}, {self.resource}"


class Fetch(models.Model):
    """One round of a feed: what was asked, what came, where the answers are kept. `extract` only where there were marks to load."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="fetches")
    round = models.CharField(max_length=5)  # attendance.feeds.schedule.Round
    at = models.DateTimeField()
    extract = models.ForeignKey(Extract, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stored = models.CharField(max_length=200, blank=True)  # name in file storage; "" where nothing came, or it has been dropped
    marks = models.PositiveIntegerField(default=0)
    taken_back = models.PositiveIntegerField(default=0)
    pupils_changed = models.PositiveIntegerField(default=0)  # put on roll, corrected or ended
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["feed", "-at"], name="fetch_by_feed")]

    def __str__(self) -> str:
        return f"{self.feed}, {self.at:%Y-%m-%d %H:%M}"


class FeedStudent(models.Model):
    """Who the provider means by an id: marks name their pupil by it."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="students")
    remote_id = models.CharField(max_length=64)
    upn = models.CharField("UPN", max_length=20, blank=True)
    surname = models.CharField(max_length=100, blank=True)
    forename = models.CharField(max_length=100, blank=True)
    dob = models.CharField(max_length=10, blank=True)  # ISO, as the rows of a register need it
    year_group = models.CharField(max_length=3, blank=True)
    left_on = models.DateField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)  # no longer among the provider's students or leavers

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "remote_id"], name="feed_student_once")]

    def __str__(self) -> str:
        return f"{self.forename} {self.surname}".strip() or self.remote_id


class FeedDay(models.Model):
    """Which of the provider's marks stands in which session of one day: a deletion names a mark by its id and nothing more.

    `marks` is compressed JSON {id: [student id, "AM" or "PM"]}: about five bytes a mark (docs/decisions.md).
    """

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="days")
    date = models.DateField()
    marks = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "date"], name="feed_day_once")]

    def __str__(self) -> str:
        return f"{self.feed}, {self.date}"
