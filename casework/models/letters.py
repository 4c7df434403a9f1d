"""Letters to parents: templates with dated versions, letters as they were sent, and print runs."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from casework.letters.fields import Block
from casework.models.cases import Case
from schools.models import Enrolment, Parent, Pupil, School
from schools.orders import Order


class LetterTemplate(models.Model):
    """What a letter is for. Its words are in its versions; one that is used no more is retired and stays."""

    class Purpose(models.TextChoices):
        CONCERN = "concern", "First concern"
        MEETING = "meeting", "Invitation to a meeting"
        VISIT = "visit", "Visit missed"
        THANKS = "thanks", "Thanks for an improvement"
        WARNING = "warning", "Warning before legal action is considered"
        OTHER = "other", "Another letter"

    name = models.CharField(max_length=80, unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose)
    retired = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class TemplateVersionQuerySet(models.QuerySet["TemplateVersion"]):
    def in_force(self, day: dt.date) -> TemplateVersionQuerySet:
        """The version of each template that letters of `day` are written from."""
        begun = self.filter(start__lte=day).filter(Q(template__retired=None) | Q(template__retired__gt=day))
        return begun.order_by("template", "-start", "-number").distinct("template")


class TemplateVersion(models.Model):
    """A template's words from a day on: written once, never changed."""

    template = models.ForeignKey(LetterTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    start = models.DateField()
    subject = models.CharField(max_length=200)
    parts = models.JSONField()  # casework.letters.fields.Block, in order
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = TemplateVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="template_version_numbered_once")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.template}, version {self.number}"

    @property
    def blocks(self) -> list[Block]:
        return blocks_of(self.parts)


def blocks_of(parts: list[dict[str, object]]) -> list[Block]:
    return [Block(str(part["text"]), bool(part["locked"]), str(part["source"])) for part in parts]


class PrintRunQuerySet(models.QuerySet["PrintRun"]):
    def visible_to(self, user: User) -> PrintRunQuerySet:
        """One's own, while every child in it is still theirs to see; who sees every school sees all."""
        if not user.may(Permission.SEE_LETTERS):
            return self.none()
        if user.as_role.every_school:
            return self
        others = Letter.objects.filter(run=models.OuterRef("pk")).exclude(of_theirs(user))
        return self.filter(~models.Exists(others), by=user)


class PrintRun(Order):
    """One job for the print room: a letter for each parent of many pupils, put together in one file, posted on one day."""

    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="runs")
    pupils = models.JSONField()  # keys of those chosen, in the order of the print
    chosen = models.CharField(max_length=300)  # how, in words
    left_out = models.JSONField(default=list)  # [pupil, parent or None, why]
    day = models.DateField()  # that of the letters
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    composed = models.BooleanField(default=False)  # every letter of it stands in the database
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    sheets = models.PositiveIntegerField(null=True, blank=True)  # pages
    printed_at = models.DateTimeField(null=True, blank=True)  # when the file was first handed out
    posted = models.DateField(null=True, blank=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, blank=True, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled = models.DateField(null=True, blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = PrintRunQuerySet.as_manager()

    class Meta(Order.Meta):
        constraints = [models.CheckConstraint(condition=Q(posted=None) | Q(cancelled=None), name="print_run_posted_or_cancelled")]

    def __str__(self) -> str:
        return f"Print run {self.pk}: {self.version.template}"


def of_theirs(user: User) -> Q:
    """Letters about pupils the user may see."""
    if user.as_role.every_school:
        return Q()
    return Q(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: User) -> LetterQuerySet:
        """The one answer to "which letters?": of pupils the user may see. They hold addresses: the authority's alone."""
        return self.filter(of_theirs(user)) if user.may(Permission.SEE_LETTERS) else self.none()


class Letter(Order):
    """One letter to one parent about one pupil. What it says is fixed when it is written; only what becomes of it changes."""

    class Method(models.TextChoices):
        POST = "post", "By post"
        HAND = "hand", "By hand"
        EMAIL = "email", "By email"

    class State(models.TextChoices):
        UNPRINTED = "unprinted", "Not printed yet"
        PRINTED = "printed", "Printed, not sent yet"
        SENT = "sent", "Sent"
        WITHDRAWN = "withdrawn", "Withdrawn"

    STANDING = (State.UNPRINTED, State.PRINTED)  # may still be sent, or withdrawn

    version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="letters")
    run = models.ForeignKey(PrintRun, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="letters")
    parent = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="letters")
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    method = models.CharField(max_length=5, choices=Method)
    day = models.DateField()
    to_name = models.CharField(max_length=200)
    to_address = models.CharField(max_length=320, blank=True)  # "" unless it goes by post
    to_email = models.EmailField(blank=True)
    language = models.CharField(max_length=40, blank=True)  # as known when it was written
    interpreter = models.BooleanField(null=True)
    subject = models.CharField(max_length=400)
    parts = models.JSONField()  # Block, filled in
    changed = models.BooleanField(default=False)  # the writer changed the template's words
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    written_at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True)
    # the PDF, as it was made
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    sheets = models.PositiveSmallIntegerField(null=True, blank=True)
    # what became of it
    state = models.CharField(max_length=9, choices=State, default=State.UNPRINTED)
    printed_at = models.DateTimeField(null=True, blank=True)
    sent = models.DateField(null=True, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, blank=True, null=True, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="letters")  # that was told
    mailing = models.BooleanField(default=False)  # an e-mail is on its way
    withdrawn = models.DateField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, blank=True, null=True, on_delete=models.PROTECT, related_name="+")
    why_withdrawn = models.CharField(max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta(Order.Meta):
        indexes = [
            models.Index(fields=["pupil", "-id"], name="letter_by_pupil"),
            models.Index(fields=["state", "-id"], name="letter_by_state"),
            models.Index(fields=["parent", "pupil", "-day"], name="letter_to_a_parent"),
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "making"]), name="letter_being_made"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "pupil", "parent"], name="letter_once_a_run"),
            models.UniqueConstraint(fields=["form_token", "parent"], name="letter_once_a_form"),
            models.CheckConstraint(condition=Q(state="sent") ^ Q(sent=None), name="letter_sent_has_a_day"),
            models.CheckConstraint(condition=Q(state="withdrawn") ^ Q(withdrawn=None), name="letter_withdrawn_has_a_day"),
            models.CheckConstraint(condition=Q(method="post") | Q(to_address=""), name="letter_address_only_by_post"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="words_stay",
                fields=["version", "pupil", "parent", "method", "day", "to_name", "to_address", "to_email", "subject", "parts"],
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.version.template} to {self.to_name}"

    @property
    def reference(self) -> str:
        return reference(self.pk) if self.pk else "(a number when it is written)"

    @property
    def blocks(self) -> list[Block]:
        return blocks_of(self.parts)

    @property
    def sent_words(self) -> str:
        """For a chronology, once it was sent."""
        how = {self.Method.POST: "posted", self.Method.HAND: "handed over", self.Method.EMAIL: "sent by email"}[self.Method(self.method)]
        day = say_day(self.sent) if self.sent else ""
        return f"Letter {self.reference}, “{self.version.template}”, to {self.to_name}: {how} on {day}."

    @property
    def standing(self) -> bool:
        return self.state in self.STANDING


def reference(number: int) -> str:
    """ "L000123": printed on each page."""
    return f"L{number:06d}"
