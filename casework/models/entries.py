"""The chronology of a case, which every app above writes to, and the contacts in it."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from casework.models.cases import Case, of_theirs
from schools.models import Parent


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, user: User) -> EntryQuerySet:
        """Entries of the user's cases; a school reads those that are shared with it."""
        mine = self.filter(of_theirs(user, "case__"))
        return mine if user.as_role.in_authority else mine.filter(shared=True)


class Standing(models.Manager.from_queryset(EntryQuerySet)):  # type: ignore[misc]
    """All but those that were entered on the wrong child and moved: no page, export or program finds them by itself."""

    def get_queryset(self) -> EntryQuerySet:
        found: EntryQuerySet = super().get_queryset().filter(moved=None)
        return found


class Entry(models.Model):
    """One line of a case's chronology: written, never changed. Meetings and legal write here through `casework.actions.record`."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        REFERRED = "referred", "Referral"
        ASSIGNED = "assigned", "Assigned"
        CONTACT = "contact", "Contact"
        NOTE = "note", "Note"
        ASSESSED = "assessed", "Assessment"
        PLAN = "plan", "Plan"
        SAFE = "safe", "Safeguarding"
        ACTION = "action", "Action"
        STAGE = "stage", "Stage"
        MEETING = "meeting", "Meeting"
        LEGAL = "legal", "Legal"
        CLOSED = "closed", "Closed"
        TRACE = "trace", "Correction"  # something stood here that is about another child

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=8, choices=Kind)
    day = models.DateField()  # on which it happened, which may be before it was written down
    at = models.DateTimeField()  # written down
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    words = models.TextField()
    shared = models.BooleanField(default=False)  # the pupil's school may read it
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice writes once

    objects = Standing()
    every = EntryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-day", "-id"], name="entry_by_case")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}: {self.words[:80]}"


class ContactQuerySet(models.QuerySet["Contact"]):
    def achieved(self) -> ContactQuerySet:
        return self.filter(result__in=Contact.REACHED)

    def to_follow(self) -> ContactQuerySet:
        """Those whose next date stands: no later contact of the case was made on it or after it, or gave another date."""
        later = Contact.objects.filter(case=OuterRef("case"), entry__gt=OuterRef("entry"))
        answered = later.filter(Q(follow_up__isnull=False) | Q(day__gte=OuterRef("follow_up")))
        return self.filter(~Exists(answered), follow_up__isnull=False)


class StandingContacts(models.Manager.from_queryset(ContactQuerySet)):  # type: ignore[misc]
    """All but those whose entry was moved to another child: they were no contacts with this one."""

    def get_queryset(self) -> ContactQuerySet:
        found: ContactQuerySet = super().get_queryset().filter(entry__moved=None)
        return found


class Contact(models.Model):
    """An attempt to reach somebody about a case; its words stand in the entry. As that, it is never changed."""

    class Kind(models.TextChoices):
        PHONE = "phone", "Phone call"
        TEXT = "text", "Text message"
        EMAIL = "email", "Email"
        LETTER = "letter", "Letter"
        HOME_VISIT = "home_visit", "Home visit"
        SCHOOL_MEETING = "school_meeting", "Meeting at school"
        PANEL = "panel", "Attendance panel"
        MULTI_AGENCY = "multi_agency", "Multi-agency meeting"
        COURT = "court", "Court"

    class Result(models.TextChoices):
        SPOKE = "spoke", "Spoke about attendance"
        AGREED = "agreed", "Agreed a next step"
        REFUSED = "refused", "Did not want to talk"
        LEFT_MESSAGE = "left_message", "Left a message"
        NO_ANSWER = "no_answer", "No answer"
        SENT = "sent", "Sent"
        TRIED = "tried", "Tried, not reached"

    # what counts as having reached somebody
    REACHED = (Result.SPOKE, Result.AGREED, Result.REFUSED)

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="contact")
    day = models.DateField()
    kind = models.CharField(max_length=16, choices=Kind)
    parent = models.ForeignKey(Parent, null=True, blank=True, on_delete=models.PROTECT, related_name="contacts")  # null: somebody else
    result = models.CharField(max_length=12, choices=Result)
    child_seen = models.BooleanField(default=False)
    follow_up = models.DateField(null=True, blank=True)  # when the next contact is due

    objects = StandingContacts()

    class Meta:
        indexes = [models.Index(fields=["case", "-day"], name="contact_by_case")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_result_display().lower()}"
