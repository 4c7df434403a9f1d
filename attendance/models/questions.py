"""Questions to schools about their registers (attendance.integrity), and what the schools answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from attendance import integrity
from schools.models import Enrolment, School


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: User) -> QuestionQuerySet:
        """Questions of the user's schools; a child's only where the spell on roll may be seen."""
        if not user.may(Permission.SEE_PUPILS):
            return self.none()
        mine = self.filter(school__in=School.objects.visible_to(user))
        if not user.may(Permission.SEE_NOTICES):
            mine = mine.exclude(rule=Question.Rule.AFTER_NOTICE)  # it says that a notice was asked for
        if user.as_role.every_school:
            return mine
        return mine.filter(Q(enrolment=None) | Q(enrolment__in=Enrolment.objects.visible_to(user)))

    def standing(self) -> QuestionQuerySet:
        """Not gone: what it asks about is still so."""
        return self.filter(gone_at=None)

    def unanswered(self) -> QuestionQuerySet:
        return self.standing().filter(answered=False)


class Question(models.Model):
    """Something in a school's registers that the school is asked about. It goes when marks change, and comes back if they do again."""

    class Rule(models.TextChoices):
        UNRESOLVED = "unresolved", "N not settled in time"
        BLANKET = "blanket", "The same code all week"
        ODD_CODE = "odd_code", "A code used far more than elsewhere"
        AFTER_NOTICE = "after_notice", "Marks changed after a notice"
        NOT_REQUIRED = "not_required", "X at compulsory school age"
        ON_CLOSED_DAY = "closed_day", "Present on a closed day"
        OUTSIDE = "outside", "Marks outside the time on roll"

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="questions")
    year = models.SmallIntegerField()
    rule = models.CharField(max_length=12, choices=Rule)
    key = models.CharField(max_length=20, blank=True)
    enrolment = models.ForeignKey(Enrolment, null=True, blank=True, on_delete=models.CASCADE, related_name="questions")
    facts = models.JSONField(default=dict)
    behind = models.JSONField(default=list)  # [[enrolment, "2026-11-20 AM=N", due or null]]; at most questions.KEPT
    asked_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)
    # the last answer speaks of everything that is asked now; false again when more of the same is found
    answered = models.BooleanField(default=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "year", "rule", "key", "enrolment"], nulls_distinct=False, name="question_once")
        ]
        indexes = [models.Index(fields=["school"], condition=Q(gone_at__isnull=True), name="question_standing")]

    def __str__(self) -> str:
        return f"{self.get_rule_display()}, {self.school}"

    @property
    def state(self) -> str:
        if self.gone_at:
            return "gone"
        return "answered" if self.answered else "open"

    @property
    def words(self) -> str:
        """The question as it is put to the school; who it is about stands before it."""
        return integrity.words(self.rule, self.key, self.facts, self.behind)

    @property
    def told(self) -> dict[str, Any]:
        """What an answer is given to: asked about more, the question is open again."""
        return {"facts": self.facts, "behind": self.behind}


class Answer(models.Model):
    """What a school said to a question: kept as it was said."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = models.Manager["Answer"]()

    def __str__(self) -> str:
        return self.words[:80]


class QuestionCheck(models.Model):
    """When a school's registers were last looked at, and on which day."""

    school = models.OneToOneField(School, on_delete=models.CASCADE, primary_key=True, related_name="question_check")
    day = models.DateField()
    at = models.DateTimeField()

    objects = models.Manager["QuestionCheck"]()

    def __str__(self) -> str:
        return f"{self.school}, {self.day}"
