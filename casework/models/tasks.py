"""Tasks: a thing somebody must do by a day. Whatever app asks for it, casework keeps it: the caller imports, nothing points up."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from casework.models.cases import Case
from schools.models import Enrolment, Pupil, School
from schools.models.people import tracked


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User) -> TaskQuerySet:
        """The one answer to "which tasks?": an officer those of their schools and pupils, a school those it has itself to do."""
        if not user.may(Permission.SEE_CASES):
            return self.none()
        if user.as_role.every_school:
            return self
        schools = School.objects.visible_to(user)
        if not user.as_role.in_authority:
            return self.filter(side=Task.Side.SCHOOL, school__in=schools)
        named = Q(officer=user, school=None, pupil=None)
        return self.filter(named | Q(school__in=schools) | Q(pupil__in=Enrolment.objects.visible_to(user).values("pupil")))

    def open(self) -> TaskQuerySet:
        return self.filter(ended__isnull=True)

    def overdue(self, day: dt.date) -> TaskQuerySet:
        return self.open().filter(due__lt=day)

    def due_by(self, day: dt.date) -> TaskQuerySet:
        return self.open().filter(due__lte=day)

    def for_school(self, school: School) -> TaskQuerySet:
        return self.filter(school=school)

    def running_for(self, case: Case) -> TaskQuerySet:
        """Deadlines of law that are open about the child of a case, whichever case they were opened under, and under whichever record
        of the child: one that was merged into this one keeps its own."""
        child = Q(pupil=case.pupil_id) | Q(pupil__merged_into=case.pupil_id)
        return self.open().of_kind(Task.Kind.LEGAL_DEADLINE).filter(Q(case=case) | child).order_by("due", "pk")

    def of_kind(self, *kinds: str) -> TaskQuerySet:
        return self.filter(kind__in=kinds)


@tracked
class Task(models.Model):
    """A thing to be done by a day: by an officer, a school or a role. `source_key` says what it is about, so it is opened once."""

    class Kind(models.TextChoices):
        LEGAL_DEADLINE = "legal_deadline", "Legal deadline"
        FIRST_DAY_CALL = "first_day_call", "First-day absence"
        SOCIAL_WORKER = "social_worker_informed", "Social worker informed"
        JOINT_ENQUIRY = "joint_enquiry", "Joint enquiry"
        SAFEGUARDING = "safeguarding", "Safeguarding consideration"
        MISSING = "missing", "Child missing education"
        REFERRAL = "referral", "Referral"
        PLAN = "plan", "Plan"
        OTHER = "other", "Other"

    class Side(models.TextChoices):
        """Who has it to do."""

        OFFICER = "officer", "The attendance team"
        SCHOOL = "school", "The school"
        ROLE = "role", "A role"

    class Ending(models.TextChoices):
        DONE = "done", "Done"
        DROPPED = "dropped", "No longer needed"

    kind = models.CharField(max_length=24, choices=Kind)
    title = models.CharField(max_length=200)  # what is to be done; the child is named beside it, not in it
    why = models.TextField()  # in words, with the source of the rule
    due = models.DateField()
    side = models.CharField(max_length=7, choices=Side)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    role = models.CharField(max_length=20, blank=True, choices=[(role.code, role.name) for role in ROLES.values()])
    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    school = models.ForeignKey(School, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    source_key = models.CharField(max_length=120, unique=True)  # "legal:notice:12:unpaid"
    # where what it is about is looked at, and done where it is not `by_hand`; "" = on the task's own page
    address_name = models.CharField(max_length=60, blank=True)
    address_pk = models.PositiveBigIntegerField(null=True, blank=True)
    by_hand = models.BooleanField(default=True)  # False: it ends when what it is about has been done at its address
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=7, choices=Ending, blank=True)
    outcome = models.TextField(blank=True)  # what came of it, or why it is no longer needed, in words

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["school", "due"], condition=Q(ended=None), name="task_open_by_school"),
            models.Index(fields=["pupil"], name="task_by_pupil"),
            # the board of deadlines: in order of the day, whatever it is about
            models.Index(fields=["due", "id"], condition=Q(ended=None, kind="legal_deadline"), name="task_legal_by_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(side="school") | Q(school__isnull=False), name="task_of_a_school_names_it"),
            models.CheckConstraint(condition=Q(side="role") & ~Q(role="") | ~Q(side="role") & Q(role=""), name="task_of_a_role_names_it"),
            models.CheckConstraint(
                condition=Q(ended__isnull=True, ending="", outcome="") | Q(ended__isnull=False) & ~Q(ending="") & ~Q(outcome=""),
                name="task_ended_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"Task {self.pk}: {self.title}"

    @property
    def owner(self) -> str:
        """Who has it to do, in words."""
        if self.side == self.Side.SCHOOL:
            return str(self.school)
        if self.side == self.Side.ROLE:
            return ROLES[self.role].name
        return str(self.officer) if self.officer else self.Side.OFFICER.label

    def is_of(self, user: User) -> bool:
        """May this user, who sees it, say what came of it? The authority may write down what a school has done."""
        if not user.may(Permission.DO_TASKS):
            return False
        if self.side == self.Side.ROLE:
            return self.role == user.role or (user.may(Permission.WORK_CASES) and user.as_role.every_school)
        return user.may(Permission.WORK_CASES) if user.as_role.in_authority else self.side == self.Side.SCHOOL
