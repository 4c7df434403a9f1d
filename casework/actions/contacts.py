"""Attempts to reach somebody about a case, and notes: neither takes anything away from anybody, so neither needs a version."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions.cases import CaseProblem, hold, record
from casework.models import Case, Contact, Entry
from schools.models import Parent

_BEFORE = dt.timedelta(days=366)  # so long before its opening a case may tell of a contact: further back is a slip of the pen
_AHEAD = dt.timedelta(days=366)


def in_words(contact: Contact) -> str:
    """The first line of its entry; what somebody wrote follows in lines of its own."""
    said = f"{contact.get_kind_display()}, {contact.parent or 'somebody else'}: {contact.get_result_display().lower()}."
    return (
        said
        + (" The child was seen." if contact.child_seen else "")
        + (f" Next contact: {say_day(contact.follow_up)}." if contact.follow_up else "")
    )


@transaction.atomic
def record_contact(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    day: dt.date,
    kind: str,
    result: str,
    parent: Parent | None = None,
    child_seen: bool = False,
    follow_up: dt.date | None = None,
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> Contact:
    """Write down an attempt to reach a parent, or somebody else (`parent=None`). Never told to a school."""
    if written := Contact.objects.filter(entry__form_token=form_token, case=case).first() if form_token else None:
        return written
    held = hold(case, by=by, now=now)
    if day > today:
        raise CaseProblem("A contact is written down once it has been made: the date cannot be after today", "day")
    if day < held.opened - _BEFORE:
        raise CaseProblem(f"The case was opened on {say_day(held.opened)}: check the year of the date", "day")
    if follow_up and not day <= follow_up <= today + _AHEAD:
        raise CaseProblem("The next contact comes after this one, and within a year: check the date", "follow_up")
    if parent and not parent.responsibilities.filter(pupil=held.pupil).exists():
        raise CaseProblem(f"{parent} is not recorded as a parent of {held.pupil}", "who")
    contact = Contact(case=held, day=day, kind=kind, result=result, parent=parent, child_seen=child_seen, follow_up=follow_up)
    said = in_words(contact) + (f"\n{words}" if words else "")
    entry = record(by=by, now=now, case=held, kind=Entry.Kind.CONTACT, words=said, day=day, form_token=form_token)
    if written := Contact.objects.filter(entry=entry).first():  # sent twice at once: the other was quicker
        return written
    contact.entry = entry
    contact.save()
    audit.record("Contact recorded", by=by, subject=held, kind_of_contact=kind, result=result, day=day.isoformat())
    return contact


@transaction.atomic
def write_note(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    words: str,
    shared: bool = False,
    form_token: uuid.UUID | None = None,
) -> Entry:
    """Write a note; the pupil's school reads it only where it is shared."""
    if written := Entry.objects.filter(form_token=form_token, case=case).first() if form_token else None:
        return written
    if not words.strip():
        raise CaseProblem("Enter the note", "words")
    held = hold(case, by=by, now=now)
    entry = record(by=by, now=now, case=held, kind=Entry.Kind.NOTE, words=words, day=today, shared=shared, form_token=form_token)
    audit.record("Note written", by=by, subject=held, shared=shared, length=len(words))
    return entry
