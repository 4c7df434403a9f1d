"""Loaded history: signed off and taken back, said whose it is, corrected, set aside."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from legal import pasts
from legal.actions.problem import NoticeProblem
from legal.actions.rechecking import look_again_at
from legal.models import HistoricRecord, Kind, SignOff
from legal.penalty import written
from schools.models import Parent, Pupil


@transaction.atomic
def sign_off(*, by: User | None, today: dt.date, now: dt.datetime, words: str) -> SignOff:
    """Say that what was issued before is here: from then on a notice's place among the earlier ones is known."""
    if not words.strip():
        raise NoticeProblem("Say what was loaded and where it came from.", "words")
    standing = SignOff.objects.in_force().first()
    if standing and (standing.by, standing.words) == (by, words.strip()):
        return standing  # the same form, sent twice
    name = by.name if by else audit.COMMAND
    try:
        with transaction.atomic():
            made = SignOff.objects.create(words=words.strip(), day=today, by=by, by_name=name, at=now)
    except IntegrityError:
        other = SignOff.objects.in_force().get()
        raise NoticeProblem(f"{other.by_name} signed the history off on {written(other.day)}. Take that back first to sign anew.") from None
    audit.record("signed off loaded history", by=by, subject=made, records=HistoricRecord.objects.standing().count())
    return made


@transaction.atomic
def take_back_sign_off(*, by: User | None, today: dt.date, now: dt.datetime, sign_off: SignOff, why: str) -> SignOff:
    """The history is not complete after all: no notice is issued until somebody signs it off again."""
    if not why.strip():
        raise NoticeProblem("Say why the sign-off is taken back.", "why")
    held = SignOff.objects.select_for_update(of=("self",)).get(pk=sign_off.pk)
    if not held.standing:
        return held
    held.standing, held.ended_at, held.ended_by_name, held.ended_why = False, now, by.name if by else audit.COMMAND, why.strip()
    held.save(update_fields=["standing", "ended_at", "ended_by_name", "ended_why"])
    audit.record("took back sign-off of loaded history", by=by, subject=held)
    return held


def hold_record(record: HistoricRecord, version: int | None) -> HistoricRecord:
    held = HistoricRecord.objects.select_for_update(of=("self",)).select_related("pupil", "parent").get(pk=record.pk)
    if version is not None and held.version != version:
        raise NoticeProblem("Somebody changed this record in the meantime. Nothing of yours was saved; look at it and try again.")
    return held


@transaction.atomic
def say_whose(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    record: HistoricRecord,
    why: str,
    pupil: Pupil | None = None,
    parent: Parent | None = None,
    not_pupil: Pupil | None = None,
    version: int | None = None,
) -> HistoricRecord:
    """Say of which child a loaded record is, and to which of the child's parents; or that it is of none of them.

    `pupil` with no `parent`: it was to none of those who are recorded as the child's parents today. `not_pupil`: it is of another child
    of the same name and day of birth. Said again it replaces what was said before.
    """
    held = hold_record(record, version)
    if not why.strip():
        raise NoticeProblem("Say how you know.", "why")
    if not_pupil is not None:
        held.not_pupils = sorted({*held.not_pupils, not_pupil.pk})
        held.pupil = held.parent = None
        held.not_parents = []
    elif pupil is not None:
        known = set(pasts.parents_of(pupil).values_list("pk", flat=True))
        if parent is not None and parent.pk not in known:
            raise NoticeProblem(f"{parent} is not recorded as a parent of {pupil}. Add the parent on the pupil’s page first.", "parent")
        held.pupil, held.parent = pupil, parent
        held.not_parents = [] if parent else sorted(known)
        held.not_pupils = [key for key in held.not_pupils if key != pupil.pk]
    held.tied_by, held.tied_why = by.name, why.strip()
    _moved(held, "pupil", "parent", "not_parents", "not_pupils", "tied_by", "tied_why")
    audit.record("said whose loaded record is", by=by, subject=held, pupil=held.pupil_id, parent=held.parent_id)
    _look_again(held, today, by)
    return held


@transaction.atomic
def forget_whose(*, by: User, today: dt.date, now: dt.datetime, record: HistoricRecord, version: int | None = None) -> HistoricRecord:
    """Take back what was said: it is asked about again, unless its own number and names say whose it is."""
    held = hold_record(record, version)
    held.pupil = held.parent = None
    held.not_parents, held.not_pupils, held.tied_by, held.tied_why = [], [], "", ""
    _moved(held, "pupil", "parent", "not_parents", "not_pupils", "tied_by", "tied_why")
    pasts.tie([held])
    audit.record("took back whose loaded record is", by=by, subject=held)
    _look_again(held, today, by)
    return held


@transaction.atomic
def correct_record(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    record: HistoricRecord,
    outcome: str,
    words: str,
    offence_from: dt.date | None = None,
    offence_to: dt.date | None = None,
    version: int | None = None,
) -> HistoricRecord:
    """What became of a loaded notice since its file was made, and which days it is about: as long as those are not known, every session
    up to it is taken as relied on. Of a prosecution its days alone."""
    held = hold_record(record, version)
    if held.kind not in (Kind.NOTICES, Kind.PROSECUTIONS):
        raise NoticeProblem("Only a notice or a prosecution can be corrected here.")
    if bool(offence_from) != bool(offence_to):
        raise NoticeProblem("The period needs its first and its last day.", "offence_to" if offence_from else "offence_from")
    if offence_from and offence_to and not offence_from <= offence_to <= held.day:
        raise NoticeProblem(f"The period ends on or after its first day, and not after {written(held.day)}.", "offence_to")
    if held.kind == Kind.NOTICES and outcome not in HistoricRecord.Outcome.values:
        raise NoticeProblem("Choose what became of the notice.", "outcome")
    if not words.strip():
        raise NoticeProblem("Say how you know.", "words")
    was, held.outcome = held.outcome, outcome if held.kind == Kind.NOTICES else ""
    period, (held.offence_from, held.offence_to) = held.period, (offence_from, offence_to)
    changed = [HistoricRecord.Outcome(was).label] if was != held.outcome else []
    if period != held.period:
        changed.append(f"period {written(period[0])} to {written(period[1])}" if period else "period not known")
    said = f"{written(today)}, {by.name}: {' and '.join(changed) or 'nothing'} corrected. {words.strip()}"
    held.words = f"{held.words}\n{said}".strip()
    _moved(held, "outcome", "offence_from", "offence_to", "words")
    audit.record("corrected loaded record", by=by, subject=held, was=was, outcome=outcome)
    _look_again(held, today, by)
    return held


@transaction.atomic
def set_aside(
    *, by: User, today: dt.date, now: dt.datetime, record: HistoricRecord, why: str, version: int | None = None
) -> HistoricRecord:
    """A loaded record that is not right: it counts for nothing and stays to be seen. With no reason it stands again."""
    held = hold_record(record, version)
    if not held.set_aside and not why.strip():
        raise NoticeProblem("Say why the record is not right.", "why")
    held.set_aside = "" if held.set_aside else why.strip()
    _moved(held, "set_aside")
    audit.record("set loaded record aside" if held.set_aside else "let loaded record stand again", by=by, subject=held)
    _look_again(held, today, by)
    return held


def _look_again(record: HistoricRecord, today: dt.date, by: User | None) -> None:
    if record.kind == Kind.NOTICES:
        look_again_at([record.pupil_id] if record.pupil_id else [], today=today, by=by)


def _moved(record: HistoricRecord, *fields: str) -> None:
    record.version += 1
    record.save(update_fields=[*fields, "version"])
