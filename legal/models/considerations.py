"""What was considered before a notice: nine points (legal.considered), answered, signed and dated."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce

from legal.considered import POINTS, Point, Said
from legal.models.requests import Decision, Request

_EVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # before anything was decided here


class ConsiderationsQuerySet(models.QuerySet["Considerations"]):
    def current(self, request: Request) -> Considerations | None:
        """The last word on a request since it was last sent for a decision. One query."""
        last = Decision.objects.filter(request=request).order_by("-pk").values("known_at")[:1]
        since = Coalesce(Subquery(last), Value(_EVER))
        return self.filter(request=request, day__gte=F("request__submitted"), at__gt=since).order_by("-pk").first()


class Considerations(models.Model):
    """Answered once, never changed: whoever thinks again answers anew, and both stay. A decision says which it rests on."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="considerations")
    answers = models.JSONField()  # by key of legal.considered: [choice, words]
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    day = models.DateField()
    at = models.DateTimeField()

    objects = ConsiderationsQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["request", "-id"], name="considerations_by_request")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Considered by {self.by_name} on {self.day}"

    @property
    def said(self) -> dict[str, Said]:
        return {key: Said(choice, words) for key, (choice, words) in self.answers.items()}

    @property
    def lines(self) -> list[tuple[Point, str, str, str]]:
        """Each point with its answer, its words, and what in it stands in the way."""
        found = []
        for point in POINTS:
            one = self.said.get(point.key, Said(""))
            choice = point.choice(one.choice)
            found.append((point, choice.words if choice else "Not answered", one.words, choice.against if choice else ""))
        return found


def as_kept(said: dict[str, Said]) -> dict[str, list[str]]:
    return {key: [one.choice, one.words.strip()] for key, one in said.items()}
