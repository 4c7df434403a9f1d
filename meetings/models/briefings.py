"""Briefings to every school by e-mail: what the team writes, each school's letter as it was made, and what became of every e-mail."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from accounts.permissions import Permission
from schools.models import School


class Briefing(models.Model):
    """One issue. Its figures are worked out for each school when it goes; `day` is when it is to go."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        APPROVED = "approved", "Goes on its day"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"

    subject = models.CharField(max_length=150)
    news = models.TextField(blank=True)
    day = models.DateField()
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)  # a form made from an older one is refused
    form_token = models.UUIDField(null=True, unique=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    site = models.URLField(blank=True)  # where its links lead, as the person saw it who sent it: a worker has no request
    made_at = models.DateTimeField(null=True)  # when every school's letter was made
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-day"], name="briefing_by_day")]
        constraints = [
            models.CheckConstraint(condition=~Q(status="sent") | Q(made_at__isnull=False), name="briefing_sent_was_made"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def standing(self) -> bool:
        """May it still be changed?"""
        return self.status == self.Status.DRAFT


class BriefingLetterQuerySet(models.QuerySet["BriefingLetter"]):
    def visible_to(self, user: User) -> BriefingLetterQuerySet:
        """Those of the user's schools."""
        if not user.may(Permission.READ_GUIDANCE):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user).values("pk"))


class BriefingLetter(models.Model):
    """What one school was told in one briefing, kept as it was made. `nobody`: there was no address to send it to."""

    briefing = models.ForeignKey(Briefing, on_delete=models.PROTECT, related_name="letters")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="briefings")
    text = models.TextField()
    html = models.TextField()
    nobody = models.BooleanField(default=False)

    objects = BriefingLetterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["briefing", "school"], name="briefing_letter_once_a_school")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.briefing} to {self.school}"


class BriefingMailQuerySet(models.QuerySet["BriefingMail"]):
    def visible_to(self, user: User) -> BriefingMailQuerySet:
        """Who was written to is the authority's to see."""
        if not user.may(Permission.KEEP_IN_TOUCH):
            return self.none()
        return self if user.as_role.every_school else self.filter(letter__school__in=School.objects.visible_to(user).values("pk"))


class BriefingMail(models.Model):
    """One e-mail to one person about one school: the order to send it, and what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Not sent"
        BOUNCED = "bounced", "Came back"

    letter = models.ForeignKey(BriefingLetter, on_delete=models.PROTECT, related_name="mails")
    name = models.CharField(max_length=160)
    email = models.EmailField()
    role = models.CharField(max_length=120)
    extra = models.BooleanField()  # may leave; the school's own single point of contact stays
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)  # said by a mail server: why it did not take it, or sent it back
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    objects = BriefingMailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["letter"], condition=Q(status="waiting"), name="briefing_mail_waiting")]
        constraints = [
            models.UniqueConstraint("letter", Lower("email"), name="briefing_mail_once_a_person"),
            models.CheckConstraint(
                condition=Q(status__in=["sent", "bounced"], sent_at__isnull=False)
                | Q(status__in=["waiting", "failed"], sent_at__isnull=True),
                name="briefing_mail_sent_at",
            ),
            models.CheckConstraint(
                condition=Q(status="bounced", bounced_at__isnull=False) | ~Q(status="bounced") & Q(bounced_at__isnull=True),
                name="briefing_mail_bounced_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.letter}"


class NoBriefing(models.Model):
    """Somebody who asked for no more briefings about a school. They may come back, and leave again."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    left_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("school", Lower("email"), condition=Q(back_at__isnull=True), name="no_briefing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.email} left the briefings of {self.school}"
