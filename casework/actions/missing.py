"""The life of a child missing education: referred or arrived by itself, led by an officer, found, and closed with evidence."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.matrix import Session
from attendance.words import say_day
from casework.actions.cases import clock_words
from casework.missing import rules, todo
from casework.models import MissingCheck, MissingChild, MissingEntry
from casework.reports import WORKERS
from schools import ages
from schools.models import Enrolment, Pupil, School

USED_BEFORE = "This form was sent before, about another child. Nothing of yours was saved; send it again."
_LONGEST_AGO = dt.timedelta(days=366 * 3)
BY_HAND = [
    (value, label)
    for value, label in MissingChild.Outcome.choices
    if value not in (MissingChild.Outcome.PRESENT, MissingChild.Outcome.ERROR)
]
_FOUND = (MissingChild.Outcome.ELSEWHERE, MissingChild.Outcome.HOME, MissingChild.Outcome.ABROAD)


class MissingProblem(ValueError):
    """Why something cannot be done about a missing child, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def write(
    *,
    by: User | None,
    now: dt.datetime,
    child: MissingChild,
    what: str,
    words: str,
    day: dt.date,
    shared: bool = False,
    form_token: uuid.UUID | None = None,
) -> MissingEntry:
    """Write one line of what was done. A form that is sent twice writes once."""
    try:
        with transaction.atomic():
            return MissingEntry.objects.create(
                child=child,
                what=what,
                words=words,
                day=day,
                at=now,
                by=by,
                by_name=by.name if by else "Daymark",
                shared=shared,
                form_token=form_token,
            )
    except IntegrityError:
        if form_token and (written := MissingEntry.objects.filter(form_token=form_token, child=child).first()):
            return written
        raise MissingProblem(USED_BEFORE) from None


def hold(child: MissingChild, *, by: User | None, now: dt.datetime, version: int | None = None) -> MissingChild:
    """The record as it stands, held until the transaction ends. Raises `MissingProblem` where it is closed or has moved on."""
    held = MissingChild.objects.select_for_update(of=("self",)).select_related("pupil", "school", "officer").get(pk=child.pk)
    last = held.entries.order_by("-pk").first()
    who = "You" if last and by and last.by_id == by.pk else last.by_name if last else "Somebody"
    when = clock_words(last.at, now) if last else "a moment ago"
    if held.closed:
        raise MissingProblem(
            f"{who} closed this record {when}: “{held.get_outcome_display()}”. Nothing of yours was saved; look at it and try again."
        )
    if version is not None and version != held.version:
        raise MissingProblem(f"{who} changed this record {when}. Nothing of yours was saved; look at it and try again.")
    return held


def changed(child: MissingChild, *fields: str) -> None:
    child.version += 1
    child.save(update_fields=[*fields, "version"])


@transaction.atomic
def refer(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    origin: str,
    words: str,
    since: dt.date,
    referrer: str = "",
    school: School | None = None,
    form_token: uuid.UUID | None = None,
) -> tuple[MissingChild, bool]:
    """Say that a child is missing education, or get the record that is open already; True where it is new. Raises `MissingProblem`."""
    if not words.strip():
        raise MissingProblem("Say in a few lines what is known and what has been tried", "words")
    if since > today:
        raise MissingProblem("The first day without a place cannot be after today", "since")
    if since < today - _LONGEST_AGO:
        raise MissingProblem("The first day without a place is more than three years ago: check the year", "since")
    if pupil.dob and not ages.of_compulsory_age(pupil.dob, today):
        raise MissingProblem(f"{pupil} is not of compulsory school age today, so is not a child missing education")
    on_roll = Enrolment.objects.on_roll(today).filter(pupil=pupil).select_related("school").first()
    if on_roll:
        seen = by.as_role.in_authority or Enrolment.objects.visible_to(by).filter(pk=on_roll.pk).exists()
        where = str(on_roll.school) if seen else "another school"
        raise MissingProblem(
            f"{pupil} is on roll at {where}. A child on a roll who does not come is an attendance case: open one from the pupil’s page."
        )
    last = Enrolment.objects.filter(pupil=pupil, start__lte=today).order_by("-end", "-pk").first()
    if last and last.end and since <= last.end:  # its marks of these days would end the record
        known = by.as_role.in_authority or Enrolment.objects.visible_to(by).filter(pk=last.pk).exists()
        where = str(last.school) if known else "another school"
        raise MissingProblem(
            f"{pupil} was on roll at {where} until {say_day(last.end)}: the first day without a place is after it", "since"
        )
    child = MissingChild(
        pupil=pupil,
        origin=origin,
        referrer=referrer.strip(),
        words=words,
        school=school or (last.school if last else None),
        since=since,
        year_group=last.year_group if last else "",
        opened=today,
        opened_at=now,
        opened_by=by,
        form_token=form_token,
    )
    if (standing := _save_new(child)) is not None:
        return standing, False
    said = child.get_origin_display() + (f", {child.referrer}" if child.referrer else "")
    write(
        by=by,
        now=now,
        child=child,
        what="Referred",
        words=f"{said}. Without a place since {say_day(since)}. {words}",
        day=today,
        shared=True,
    )
    audit.record("Child missing education referred", by=by, subject=child, origin=origin)
    todo.keep_of([child.pupil_id], today=today, now=now)
    return child, True


def _save_new(child: MissingChild) -> MissingChild | None:
    """Save it; or the open record that stands in its way: one a pupil."""
    try:
        with transaction.atomic():
            child.save()
    except IntegrityError:
        standing = MissingChild.objects.open().filter(pupil=child.pupil).first()
        if standing is None:
            raise MissingProblem(USED_BEFORE) from None
        return standing
    return None


@transaction.atomic
def arrive(*, today: dt.date, now: dt.datetime, enrolment: Enrolment, arrival: rules.Arrival) -> MissingChild | None:
    """Open a record for a child who left a roll for nobody knows where; None where one is open."""
    child = MissingChild(
        pupil=enrolment.pupil,
        origin=MissingChild.Origin.ROLL,
        school=enrolment.school,
        enrolment=enrolment,
        since=arrival.since,
        year_group=enrolment.year_group,
        words=arrival.evidence,
        opened=today,
        opened_at=now,
    )
    if _save_new(child) is not None:
        return None
    write(by=None, now=now, child=child, what="Arrived by itself", words=arrival.evidence, day=today, shared=True)
    audit.record("Child missing education found on no roll", by=None, subject=child, school=enrolment.school.urn)
    return child


@transaction.atomic
def lead(*, by: User, today: dt.date, now: dt.datetime, child: MissingChild, officer: User, version: int | None = None) -> MissingChild:
    """Say who leads, until the child is present at a school."""
    held = hold(child, by=by, now=now)
    if held.officer == officer:
        return held
    held = hold(child, by=by, now=now, version=version)
    if not officer.is_active or officer.role not in [role.code for role in WORKERS]:
        raise MissingProblem(f"{officer} cannot lead on a child. Choose somebody else.", "officer")
    held.officer = officer
    changed(held, "officer")
    write(
        by=by,
        now=now,
        child=held,
        what="Lead officer",
        words=f"{officer} leads until a school has the child present.",
        day=today,
        shared=True,
    )
    audit.record("Child missing education allocated", by=by, subject=held, officer=officer.name)
    todo.keep_of([held.pupil_id], today=today, now=now)
    return held


@transaction.atomic
def found(
    *, by: User, today: dt.date, now: dt.datetime, child: MissingChild, day: dt.date, where: str, version: int | None = None
) -> MissingChild:
    """Say that it is known where the child is. The record stays open: knowing where they live is not a place at a school."""
    held = hold(child, by=by, now=now)
    if (held.found_on, held.found_where) == (day, where.strip()):
        return held
    held = hold(child, by=by, now=now, version=version)
    if not where.strip():
        raise MissingProblem("Say where the child is, and who has seen them", "where")
    if not held.since <= day <= today:
        raise MissingProblem(f"The day must lie between {say_day(held.since)}, when the place ended, and today", "day")
    held.found_on, held.found_where = day, where.strip()[:200]
    changed(held, "found_on", "found_where")
    write(by=by, now=now, child=held, what="Found", words=held.found_where, day=day)
    audit.record("Child missing education found", by=by, subject=held)
    return held


@transaction.atomic
def note(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    child: MissingChild,
    words: str,
    shared: bool = False,
    form_token: uuid.UUID | None = None,
) -> MissingEntry:
    """Write a note; the last school reads it only where it is shared."""
    if not words.strip():
        raise MissingProblem("Enter the note", "words")
    if form_token and (written := MissingEntry.objects.filter(form_token=form_token, child=child).first()):
        return written
    held = hold(child, by=by, now=now)
    return write(by=by, now=now, child=held, what="Note", words=words, day=today, shared=shared, form_token=form_token)


@transaction.atomic
def close(
    *, by: User, today: dt.date, now: dt.datetime, child: MissingChild, outcome: str, evidence: str, version: int | None = None
) -> MissingChild:
    """Close by hand: for anything but a place at a school, which only a present mark proves. Raises `MissingProblem`."""
    standing = MissingChild.objects.select_for_update(of=("self",)).get(pk=child.pk)
    if standing.closed and standing.closed_by_id == by.pk and standing.outcome == outcome:
        return standing  # the same form, sent twice
    held = hold(child, by=by, now=now, version=version)
    if outcome not in dict(BY_HAND):
        raise MissingProblem("A place is proved by the first present mark at the school: the record then closes by itself", "outcome")
    if not evidence.strip():
        raise MissingProblem("Enter what shows this: who said so, when, and what was seen", "evidence")
    if outcome == MissingChild.Outcome.NOT_FOUND:
        answered = set(held.checks.exclude(result=MissingCheck.Result.WAITING).values_list("kind", flat=True))
        if left := rules.unmade(MissingCheck.LIST, answered):
            names = "; ".join(MissingCheck.Kind(kind).label for kind in left)
            raise MissingProblem(
                f"Nobody is given up as not found before every check has an answer. Still without one: {names}.", "outcome"
            )
    if outcome in _FOUND and not held.found_on:
        held.found_on, held.found_where = today, evidence.strip()[:200]
    _close(held, by=by, today=today, outcome=outcome, evidence=evidence.strip(), fields=["found_on", "found_where"])
    words = f"{held.get_outcome_display()}. {evidence.strip()}"
    write(by=by, now=now, child=held, what="Closed", words=words, day=today)
    audit.record("Child missing education closed", by=by, subject=held, outcome=outcome)
    todo.keep_of([held.pupil_id], today=today, now=now)
    return held


def _close(child: MissingChild, *, by: User | None, today: dt.date, outcome: str, evidence: str, fields: list[str]) -> None:
    child.closed, child.closed_by, child.outcome, child.evidence = today, by, outcome, evidence
    changed(child, "closed", "closed_by", "outcome", "evidence", *fields)


@transaction.atomic
def close_by_mark(
    *, today: dt.date, now: dt.datetime, child: MissingChild, school: School, session: Session, code: str
) -> MissingChild | None:
    """The first present mark at a school ends it; None where somebody has ended it meanwhile."""
    held = MissingChild.objects.select_for_update(of=("self",)).get(pk=child.pk)
    if held.closed:
        return None
    held.present_at, held.present_on, held.present_pm = school, session.date, session.pm
    if not held.found_on:
        held.found_on, held.found_where = session.date, f"At {school}"
    without = rules.days_without(held.since, session.date)
    evidence = (
        f"First present mark: {code} at {school}, {rules.say_session(session)}. {without} days without a place, from {say_day(held.since)}."
    )
    fields = ["present_at", "present_on", "present_pm", "found_on", "found_where"]
    _close(held, by=None, today=today, outcome=MissingChild.Outcome.PRESENT, evidence=evidence, fields=fields)
    write(by=None, now=now, child=held, what="Closed", words=evidence, day=session.date, shared=True)
    audit.record("Child missing education present", by=None, subject=held, school=school.urn, session=str(session))
    todo.keep_of([held.pupil_id], today=today, now=now)
    return held


@transaction.atomic
def left_otherwise(*, today: dt.date, now: dt.datetime, child: MissingChild, last: dt.date) -> None:
    """The school has put right the last day on its roll: until then the child had a place there, and has none since."""
    since = last + dt.timedelta(days=1)
    if child.since == since:
        return
    held = MissingChild.objects.select_for_update(of=("self",)).get(pk=child.pk)
    child.since = since
    if held.closed or held.since == since:
        return
    held.since = since
    changed(held, "since")
    words = f"The school has put right the last day on its roll: {say_day(last)}. Without a place since {say_day(since)}."
    write(by=None, now=now, child=held, what="Last day put right", words=words, day=today, shared=True)
    audit.record("Child missing education: last day put right", by=None, subject=held, since=since.isoformat())


@transaction.atomic
def close_as_error(*, today: dt.date, now: dt.datetime, child: MissingChild, evidence: str) -> None:
    """The end of the enrolment that brought it here has been put right."""
    held = MissingChild.objects.select_for_update(of=("self",)).get(pk=child.pk)
    if held.closed:
        return
    _close(held, by=None, today=today, outcome=MissingChild.Outcome.ERROR, evidence=evidence, fields=[])
    write(by=None, now=now, child=held, what="Closed", words=evidence, day=today, shared=True)
    audit.record("Child missing education was on roll", by=None, subject=held)
    todo.keep_of([held.pupil_id], today=today, now=now)


@transaction.atomic
def reopen(*, today: dt.date, now: dt.datetime, child: MissingChild, why: str) -> MissingChild | None:
    """The mark that closed it is none any more: the child is looked for again."""
    held = MissingChild.objects.select_for_update(of=("self",)).get(pk=child.pk)
    if held.closed is None or MissingChild.objects.open().filter(pupil=held.pupil_id).exists():
        return None
    held.closed = held.closed_by = held.present_at = held.present_on = held.present_pm = None
    held.outcome = held.evidence = ""
    changed(held, "closed", "closed_by", "present_at", "present_on", "present_pm", "outcome", "evidence")
    write(by=None, now=now, child=held, what="Opened again", words=why, day=today, shared=True)
    audit.record("Child missing education opened again", by=None, subject=held)
    todo.keep_of([held.pupil_id], today=today, now=now)
    return held
