"""Which route ongoing absence takes to a notice, from which day."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from legal import routes


class RouteChoiceQuerySet(models.QuerySet["RouteChoice"]):
    def in_force(self, day: dt.date) -> routes.Route:
        """The route of requests that are begun on `day`; of two said for one first day the later word. One query."""
        choice = self.filter(start__lte=day).order_by("-start", "-pk").first()
        return choice.as_route if choice else routes.DEFAULT


class RouteChoice(models.Model):
    """Said once, never changed: a later choice takes its place. Requests that were begun before keep the route of their day."""

    route = models.CharField(
        max_length=20, choices=[*((one.code, one.name) for one in routes.ONGOING.values()), (routes.OWN, routes.OWN_NAME)]
    )
    steps = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # of a sequence of one's own, before the request
    start = models.DateField()
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = RouteChoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(route=routes.OWN, steps__len__gt=0) | (~Q(route=routes.OWN) & Q(steps__len=0)), name="route_own_has_steps"
            )
        ]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_route_display()}, from {self.start}"

    @property
    def as_route(self) -> routes.Route:
        return routes.own(self.steps, self.reason) if self.route == routes.OWN else routes.ONGOING[self.route]
