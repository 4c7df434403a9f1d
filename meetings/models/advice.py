"""Questions that schools ask the team, and what they were told."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from meetings.models.library import Guide
from schools.models import School
from schools.models.people import tracked


class AdviceQuerySet(models.QuerySet["Advice"]):
    def visible_to(self, user: User) -> AdviceQuerySet:
        """A school's own, for the team and for those who speak for it."""
        if not user.may(Permission.SEE_ADVICE):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user).values("pk"))

    def waiting(self) -> AdviceQuerySet:
        return self.filter(status=Advice.Status.WAITING)

    def with_words(self, words: str) -> AdviceQuerySet:
        vector = SearchVector("subject", weight="A", config="english") + SearchVector("words", "answer", weight="B", config="english")
        return self.annotate(found=vector).filter(found=SearchQuery(words, config="english", search_type="websearch"))


@tracked
class Advice(models.Model):
    """One question and its answer. `guide`: what was published of it, without names."""

    class How(models.TextChoices):
        LOGIN = "login", "In Daymark"
        PHONE = "phone", "By phone"
        EMAIL = "email", "By e-mail"
        SPOKEN = "spoken", "At a visit or meeting"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        ANSWERED = "answered", "Answered"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="advice")
    how = models.CharField(max_length=6, choices=How, default=How.LOGIN)
    asked_for = models.CharField(max_length=160)  # who at the school asked
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")  # who wrote it down
    asked_at = models.DateTimeField()
    topic = models.CharField(max_length=9, choices=Guide.Topic)
    subject = models.CharField(max_length=150)
    words = models.TextField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    guide = models.ForeignKey(Guide, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    form_token = models.UUIDField(null=True, unique=True)

    objects = AdviceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-asked_at"], name="advice_by_school")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting", answer="", answered_at__isnull=True)
                | Q(status="answered", answered_at__isnull=False) & ~Q(answer=""),
                name="advice_answered_says_what",
            )
        ]

    def __str__(self) -> str:
        return self.subject
