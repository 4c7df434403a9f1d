"""Entered on the wrong child: the entry goes to the right one, and a neutral trace stays."""

from __future__ import annotations

import datetime as dt

from celery import current_app
from django.core.mail import EmailMessage
from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions.cases import CaseProblem
from casework.actions.contacts import in_words
from casework.models import Case, CaseFile, Contact, Entry, Moved
from schools.models import Authority

TASK = "daymark.tell_of_moved_entry"
MOVABLE = (Entry.Kind.CONTACT, Entry.Kind.NOTE)  # what people write in their own words; the rest says what was done to a case


@transaction.atomic
def move_entry(*, by: User | None, today: dt.date, now: dt.datetime, entry: Entry, to: Case) -> Moved:
    """Write it again in the right case, under its author and moment, and leave a trace in the wrong one that repeats nothing of it."""
    cases = {case.pk: case for case in Case.objects.select_for_update().filter(pk__in={entry.case_id, to.pk}).order_by("pk")}
    if standing := Moved.objects.filter(entry=entry).select_related("to").first():
        if standing.to.case_id == to.pk:
            return standing  # the same form, sent twice
        raise CaseProblem(f"{standing.by_name} has moved this entry already. Nothing of yours was saved.")
    if entry.kind not in MOVABLE:
        raise CaseProblem("Only notes and contacts can be moved. What was done to a case is put right in the case.")
    if to.pk == entry.case_id:
        raise CaseProblem("The entry is in this case already. Choose the child it is about.", "to")
    if cases[to.pk].closed:
        raise CaseProblem("This case is closed. Open a case for the child first, then move the entry.", "to")
    if entry.day < to.opened - dt.timedelta(days=366):
        raise CaseProblem(f"That case was opened on {say_day(to.opened)}, long after the day of the entry. Choose the right case.", "to")
    written = _written_again(entry, to)
    name = by.name if by else audit.COMMAND
    words = f"An entry of {say_day(entry.day)} was about somebody else. {name} took it away on {say_day(today)}."
    trace = Entry.objects.create(
        case_id=entry.case_id, kind=Entry.Kind.TRACE, day=today, at=now, by=by, by_name=name, words=words, shared=entry.shared
    )
    moved = Moved.objects.create(entry=entry, to=written, trace=trace, by=by, by_name=name, at=now)
    audit.record("Entry moved", by=by, subject=moved, from_case=entry.case_id, to_case=to.pk, kind_of_entry=entry.kind)
    transaction.on_commit(lambda: current_app.send_task(TASK, args=[moved.pk], retry=False), robust=True)
    return moved


def _written_again(entry: Entry, to: Case) -> Entry:
    """Shared with the school only if it was, and if that is the same school: the choice was made about another child."""
    wrong = Contact.objects.filter(entry=entry).select_related("parent").first()
    words, contact = entry.words, None
    if wrong:
        known = wrong.parent if wrong.parent and wrong.parent.responsibilities.filter(pupil=to.pupil_id).exists() else None
        contact = Contact(
            case=to,
            day=wrong.day,
            kind=wrong.kind,
            result=wrong.result,
            parent=known,
            child_seen=wrong.child_seen,
            follow_up=wrong.follow_up,
        )
        typed = entry.words.partition("\n")[2]
        words = in_words(contact) + (f"\n{typed}" if typed else "")
    shared = entry.shared and entry.case.school_id == to.school_id
    written = Entry.objects.create(
        case=to, kind=entry.kind, day=entry.day, at=entry.at, by=entry.by, by_name=entry.by_name, words=words, shared=shared
    )
    if contact:
        contact.entry = written
        contact.save()
    same = ("name", "kind", "stored", "sha256", "size", "scan", "added_by_id", "added_at")
    theirs = CaseFile.objects.filter(entry=entry, taken_away=None)
    CaseFile.objects.bulk_create(CaseFile(entry=written, **{name: getattr(file, name) for name in same}) for file in theirs)
    return written


def untold() -> list[int]:
    """Moved entries of which the data-protection lead has not been told, where there is one."""
    if not Authority.objects.exclude(protection_email="").exists():
        return []
    return list(Moved.objects.filter(told_at=None).order_by("pk").values_list("pk", flat=True)[:50])


@transaction.atomic
def tell(moved_id: int, *, now: dt.datetime, site: str = "") -> Moved | None:
    """One e-mail to the data-protection lead, naming no child and repeating nothing; None where there is nobody to tell."""
    authority = Authority.objects.exclude(protection_email="").first()
    moved = Moved.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=moved_id, told_at=None).first()
    if authority is None or moved is None:
        return None
    link = f" The list: {site}/moved-entries/" if site else " The list is in Daymark, under Moved entries."
    body = (
        f"{moved.by_name} moved an entry that had been written on the wrong child’s record. "
        f"It is number {moved.pk}, of {say_day(moved.at.date())}.\n\n"
        f"Sign in with this address to read what stood where, and for how long.{link}\n"
    )
    EmailMessage(f"An entry was on the wrong child’s record ({authority.name})", body, to=[authority.protection_email]).send()
    moved.told_to, moved.told_at = authority.protection_email, now
    moved.save(update_fields=["told_to", "told_at"])
    return moved
