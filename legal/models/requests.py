"""Requests that penalty notices be considered, the answers to their checklists, and what was decided, on which register."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models import Case
from legal import checklist
from legal.models.authorised import Authorised
from legal.models.batches import HolidayBatch
from schools.models import Enrolment, Parent, Pupil, School
from schools.models.people import kept_for_good


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> RequestQuerySet:
        """The one answer to "which requests?": a school sees those made for its own roll."""
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        if user.as_role.every_school:
            return self
        # straight by enrolment: an `in` less for the planner, who meets tables it has no statistics of yet
        mine = self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))
        return mine if user.as_role.in_authority else mine.filter(school__in=School.objects.visible_to(user))

    def open(self) -> RequestQuerySet:
        return self.filter(status__in=Request.OPEN)


@kept_for_good
class Request(models.Model):
    """A request that penalty notices be considered for one pupil. `sessions` is the threshold's proof as it stood when submitted."""

    class Route(models.TextChoices):
        HOLIDAY = "holiday", "Holiday in term time"
        ONGOING = "ongoing", "Ongoing absence"

    class Status(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        SUBMITTED = "submitted", "Waiting for a decision"
        RETURNED = "returned", "Returned: something is missing"
        REFUSED = "refused", "Refused"
        AGREED = "agreed", "Agreed: notices issued"
        WITHDRAWN = "withdrawn", "Withdrawn by whoever asked"

    OPEN = (Status.DRAFT, Status.SUBMITTED, Status.RETURNED)

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="notice_requests")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="notice_requests")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="notice_requests")
    batch = models.ForeignKey(HolidayBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    route = models.CharField(max_length=8, choices=Route)
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    made = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted = models.DateField(null=True, blank=True)
    parents = models.ManyToManyField(Parent, blank=True, related_name="notice_requests")  # those said to be liable
    sessions = models.JSONField(default=list, blank=True)  # ["2026-11-09 AM=G", ...] in the window when submitted
    met_on = models.DateField(null=True, blank=True)
    policy_version = models.CharField(max_length=40, blank=True)
    override_reason = models.TextField(blank=True)  # a manager's, where the checklist is not complete
    override_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    attention = models.TextField(blank=True)  # what has changed since it was submitted, in words; "" = nothing
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = RequestQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"], condition=Q(status__in=["draft", "submitted", "returned"]), name="request_open_once_a_pupil"
            )
        ]

    def __str__(self) -> str:
        return f"Penalty notice request {self.pk}: {self.pupil}"


@kept_for_good
class Answer(models.Model):
    """One line of a request's support-first checklist (legal.checklist names the items). What it said before is kept."""

    class Given(models.TextChoices):
        YES = "yes", "Yes, attached or on record"
        NOT_APPLICABLE = "not_applicable", "Does not apply"
        NO = "no", "No"

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="answers")
    item = models.CharField(max_length=24)  # key of legal.checklist
    given = models.CharField(max_length=14, choices=Given)
    day = models.DateField(null=True, blank=True)  # of what it rests on: the letter, the meeting, the refusal
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "item"], name="answer_once_an_item")]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_given_display()}"


class Decision(models.Model):
    """What a named person decided on a request, why, and the register as it was known at that moment. Never changed."""

    class Outcome(models.TextChoices):
        ISSUE = "issue", "Issue a penalty notice"
        REFUSE = "refuse", "Refuse"
        RETURN = "return", "Return: something is missing"

    class Reason(models.TextChoices):
        # to issue
        HOLIDAY = "holiday", "A holiday in term time; support is not appropriate"
        NOT_ENGAGED = "not_engaged", "Support was offered and not taken up"
        NOT_WORKED = "not_worked", "Support was given and has not worked"
        BEST_TOOL = "best_tool", "A notice is the tool most likely to change behaviour"
        # to refuse or return
        THRESHOLD = "threshold", "The threshold is not met"
        SUPPORT_FIRST = "support_first", "Support has not been offered first"
        EQUALITY = "equality", "Disability or special educational needs not considered"
        OTHER_ACTION = "other_action", "Other action is under way"
        NOT_LIABLE = "not_liable", "The wrong parent, or nobody liable"
        EVIDENCE = "evidence", "Evidence is missing"
        LIMIT = "limit", "Two notices within three years: another tool is needed"

    TO_ISSUE = (Reason.HOLIDAY, Reason.NOT_ENGAGED, Reason.NOT_WORKED, Reason.BEST_TOOL)

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=6, choices=Outcome)
    reason = models.CharField(max_length=14, choices=Reason)
    words = models.TextField(blank=True)  # required for refusals and returns
    wanted = models.JSONField(default=list, blank=True)  # of a return: [item of legal.checklist, what to add, in words]
    considerations = models.ForeignKey(  # what was considered before issuing; null: not issued, or decided before it was kept
        "legal.Considerations", null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    day = models.DateField()
    known_at = models.DateTimeField()  # the register below is as known at this moment
    register = models.TextField()  # the pupil's marks as text, line by line (legal.freeze): exactly what was hashed
    sha256 = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=40)
    # under which authority a notice was issued; null: nothing was, or it was before such were kept
    signatory = models.ForeignKey(Authorised, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.request}"

    @property
    def to_add(self) -> list[tuple[checklist.Item, str]]:
        """Of a return: item by item what to add."""
        return [(checklist.BY_KEY[key], words) for key, words in self.wanted if key in checklist.BY_KEY]
