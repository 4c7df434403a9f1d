"""Orders of courts about a child or a parent, the steps before them, and what was considered: what other tools have to know of."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from legal import clocks_orders as kinds
from schools.models import Enrolment, Parent, Pupil
from schools.models.people import kept_for_good


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> OrderQuerySet:
        """The authority's alone: a school is not told what a court ordered."""
        if not (user.may(Permission.SEE_NOTICES) and user.as_role.in_authority):
            return self.none()
        if user.as_role.every_school:
            return self
        return self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))

    def in_force(self, day: dt.date) -> OrderQuerySet:
        return self.filter(start__lte=day).filter(Q(last__isnull=True) | Q(last__gte=day)).filter(Q(ended__isnull=True) | Q(ended__gt=day))

    def supervision(self) -> OrderQuerySet:
        """Supervision orders, of whatever time: on their days the parent's duty under ss.7 and 444 is replaced (CA 1989 Sch 3)."""
        return self.filter(kind=Order.Kind.SUPERVISION)

    def running(self) -> OrderQuerySet:
        """Those with a last day that nobody has dealt with yet."""
        return self.filter(last__isnull=False, ended__isnull=True)


@kept_for_good
class Order(models.Model):
    """An order, a direction or notice that runs, a conviction, or a supervision order that was considered. Never deleted."""

    class Kind(models.TextChoices):
        SUPERVISION = kinds.SUPERVISION, "Education supervision order"
        CONSIDERED = kinds.CONSIDERED, "Education supervision order considered, not applied for"
        DIRECTION = kinds.DIRECTION, "Court’s direction to apply for a supervision order"
        BEFORE_ATTENDANCE = kinds.BEFORE_ATTENDANCE, "Notice before a school attendance order"
        ATTENDANCE = kinds.ATTENDANCE, "School attendance order"
        SINGLE_JUSTICE = kinds.SINGLE_JUSTICE, "Single justice procedure notice"
        CONVICTION = kinds.CONVICTION, "Conviction under s.443 or s.444"
        PARENTING = kinds.PARENTING, "Parenting order"

    # by each of these the authority has considered a supervision order (Education Act 1996 s.447)
    CONSIDERING = (Kind.CONSIDERED, Kind.SUPERVISION, Kind.DIRECTION)
    OF_A_PARENT = (Kind.SINGLE_JUSTICE, Kind.CONVICTION, Kind.PARENTING)

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="court_orders")
    parent = models.ForeignKey(Parent, null=True, blank=True, on_delete=models.PROTECT, related_name="court_orders")
    kind = models.CharField(max_length=17, choices=Kind)
    start = models.DateField()  # made, directed, served or considered
    last = models.DateField(null=True, blank=True)  # the last day, by the rule or as the court said
    court = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    words = models.TextField(blank=True)
    ended = models.DateField(null=True, blank=True)  # discharged, revoked, answered or let end: it runs no more
    ended_words = models.TextField(blank=True)
    carried_out = models.BooleanField(null=True, blank=True, default=None)  # of a parenting order that has ended; None: nobody has said
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = OrderQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(condition=Q(last__isnull=True) | Q(last__gte=F("start")), name="order_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(ended__isnull=True) | ~Q(ended_words=""), name="order_ended_says_how"),
        ]
        indexes = [models.Index(fields=["pupil", "kind"], name="order_by_pupil_and_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.start.isoformat()}"

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day on which it stands; the day on which it was ended is none of them."""
        ends = [day for day in (self.last, self.ended and self.ended - dt.timedelta(days=1)) if day]
        return self.start, min(ends, default=dt.date.max)

    def in_force(self, day: dt.date) -> bool:
        return self.start <= day and (self.last is None or day <= self.last) and (self.ended is None or day < self.ended)
