"""Public-place notices: issued by a named officer, served, paid, withdrawn. A regime of its own (legal.public_place)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from attendance import matrix
from attendance.reports import coverage
from legal import clocks, clocks_service, penalty, public_place
from legal.actions import gate, people
from legal.actions.deadlines import keep_deadlines
from legal.actions.letters import write_public_notice, write_public_withdrawal_letter
from legal.actions.problem import NoticeProblem, tell_case
from legal.models import EmailService, PublicPlaceNotice
from legal.penalty import written
from schools.models import Parent, PolicyValue, Pupil, School

_NUMBERING = 7323  # key of the advisory lock under which these are numbered
State = PublicPlaceNotice.State
_UNPAID = (State.ISSUED, State.SERVED)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen, and what the head's notice says."""

    told: dt.date
    stated: Sequence[dt.date]
    day: dt.date
    time: str
    place: str
    seen_by: str
    words: str
    reason: str


@transaction.atomic
def issue_public_place(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    parent: Parent,
    seen: Seen,
    form_token: uuid.UUID | None = None,
) -> PublicPlaceNotice:
    """One parent, one child, one day. No threshold, no notice to improve, no three years: its own tariff."""
    if form_token and (made := PublicPlaceNotice.objects.filter(form_token=form_token).first()):
        return made
    if seen.day > today:
        raise NoticeProblem("Enter today or an earlier day.", "day")
    people.recorded(pupil, [parent], "parent")
    if not parent.address.strip():
        raise NoticeProblem(f"{parent} has no address: add it on the pupil's page first.", "parent")
    year = matrix.academic_year(min([*seen.stated, seen.day]))
    calendar = coverage.sent([school.pk], today=today, year=year).calendar(school.pk, today=today)
    found = public_place.Found(seen.told, seen.stated, seen.day, pupil.dob, school.independent)
    if wrong := public_place.problems(found, calendar):
        raise NoticeProblem(wrong[0][1], wrong[0][0] or None)
    if not seen.words.strip() or not seen.reason.strip():
        raise NoticeProblem("Say what was seen, and why a notice is right.", "words" if not seen.words.strip() else "reason")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_NUMBERING])
    other = PublicPlaceNotice.objects.filter(pupil=pupil, parent=parent, day=seen.day).exclude(state=State.WITHDRAWN).first()
    if other:
        raise NoticeProblem(f"{other.reference} was issued to {parent} for {written(seen.day)} already.", "day")
    gate.pass_through(gate.Wanted(gate.PUBLIC, pupil, parent, school, by, today, now, (f"{seen.day.isoformat()} AM",)), "parent")
    policy = PolicyValue.objects.in_force(today)
    number = (PublicPlaceNotice.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    notice = PublicPlaceNotice.objects.create(
        number=number, pupil=pupil, parent=parent, school=school, told=seen.told,
        days=[day.isoformat() for day in sorted(seen.stated)], day=seen.day, time=seen.time, place=seen.place.strip(),
        seen_by=seen.seen_by.strip(), words=seen.words.strip(), reason=seen.reason.strip(), by=by, by_name=by.name, issued=today, at=now,
        amount_early=policy["public_place_early"], amount_full=policy["public_place_full"], policy_version=policy.version,
        to_name=str(parent), to_address=people.address_of(parent), child_name=str(pupil),
        child_address=people.childs_address(pupil, parent),
        form_token=form_token,
    )  # fmt: skip
    receipt = penalty.presumed_receipt(today, policy)
    days = penalty.deadlines(receipt, 1, policy, amounts=(notice.amount_early, notice.amount_full))
    facts = {
        "early": notice.amount_early, "full": notice.amount_full, "early_days": policy["notice_early_days"],
        "full_days": policy["notice_full_days"], "if_posted": written(receipt), "last_early": written(days.last_early or receipt),
        "last_full": written(days.last_full), "found_on": written(notice.day), "time": notice.time, "place": notice.place,
        "told": written(notice.told), "stated": [written(day) for day in notice.stated], "child_address": notice.child_address,
        "by": by.name, "grounds": [label for _, label in PublicPlaceNotice.Ground.choices],
    }  # fmt: skip
    write_public_notice(by=by, today=today, notice=notice, role=by.as_role.name.lower(), facts=facts)
    words = f"{notice.reference}: public place notice to {notice.to_name} for {written(notice.day)}."
    tell_case(by=by, today=today, now=now, pupil=pupil, school=school, words=words)
    audit.record("issued public place notice", by=by, subject=notice, pupil=pupil.pk, day=str(notice.day))
    keep_deadlines(pupils=[pupil.pk], schools=None, today=today, now=now, by=by)
    return notice


def _hold(notice: PublicPlaceNotice, version: int | None) -> PublicPlaceNotice:
    rows = PublicPlaceNotice.objects.select_for_update(of=("self",)).select_related("pupil", "parent", "school")
    held = rows.get(pk=notice.pk)
    if version is not None and held.version != version:
        raise NoticeProblem("Somebody changed this in the meantime. Nothing of yours was saved; look at it and try again.")
    return held


def _moved(
    held: PublicPlaceNotice, act: str, by: User | None, now: dt.datetime, today: dt.date, words: str, **detail: Any
) -> PublicPlaceNotice:
    held.version += 1
    held.save()
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=words, shared=False)
    audit.record(act, by=by, subject=held, **detail)
    keep_deadlines(pupils=[held.pupil_id], schools=None, today=today, now=now, by=by)
    return held


@transaction.atomic
def serve_public_place(
    *, by: User, today: dt.date, now: dt.datetime, notice: PublicPlaceNotice, service: str, served: dt.date, version: int | None = None
) -> PublicPlaceNotice:
    """How and when it was given to the parent: the days to pay are counted from its receipt."""
    held = _hold(notice, version)
    if held.state not in _UNPAID:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()}: its service cannot be changed any more.")
    if service not in PublicPlaceNotice.Service.values:
        raise NoticeProblem("Choose how the notice was served.", "service")
    if not held.issued <= served <= today:
        raise NoticeProblem(f"Enter a day from {written(held.issued)}, when it was issued, to today.", "served")
    policy = PolicyValue.objects.in_force(served)
    may_be_emailed(held.parent, service, served, bool(policy["notice_email_service"]))
    held.service, held.served, held.receipt = service, served, clocks_service.received(service, served, policy)
    held.state = State.SERVED
    days = f"; {held.deadlines.words}" if held.deadlines else ""
    words = f"{held.reference} served: {held.get_service_display().lower()}, received {written(held.receipt)}{days}."
    return _moved(held, "served public place notice", by, now, today, words, service=service, served=str(served), receipt=str(held.receipt))


def may_be_emailed(parent: Parent, service: str, day: dt.date, allowed: bool) -> None:
    """By e-mail only where policy lets it, and to a parent whose own agreement to this held on the day."""
    if service != "email":
        return
    if not allowed:
        raise NoticeProblem("This authority does not serve notices by e-mail. A manager may change that in policy values.", "service")
    if EmailService.objects.standing(parent, day) is None:
        raise NoticeProblem(
            f"{parent} had not agreed to be served by e-mail on {written(day)}. Record the agreement, with its day, on the parent’s page "
            "for e-mail service, or serve by post or by hand.",
            "service",
        )


@transaction.atomic
def record_public_payment(
    *, by: User, today: dt.date, now: dt.datetime, notice: PublicPlaceNotice, amount: int, day: dt.date, version: int | None = None
) -> PublicPlaceNotice:
    """The sum due that day, whole."""
    held = _hold(notice, version)
    if held.state == State.WITHDRAWN:
        raise NoticeProblem(f"{held.reference} was withdrawn: nothing is owed for it. Give the money back.")
    if held.state == State.PAID:
        raise NoticeProblem(f"{held.reference} is paid: £{held.paid} was recorded.")
    if day > today or (held.served and day < held.served):
        raise NoticeProblem("Enter a day from its service to today.", "day")
    days = held.deadlines
    if days is None:
        raise NoticeProblem("Say first how and when the notice was served: what is due depends on it.")
    due = days.owed_on(day)
    if due is None:
        raise NoticeProblem(f"The last day to pay was {written(days.last_full)}: give the money back.", "day")
    if amount != due:
        raise NoticeProblem(f"£{due} was due on {written(day)}, £{amount} was given. A notice is paid in one sum.", "amount")
    held.state, held.paid, held.paid_day = State.PAID, amount, day
    return _moved(held, "recorded public place payment", by, now, today, f"{held.reference} paid.", amount=amount, day=str(day))


@transaction.atomic
def withdraw_public_place(
    *, by: User, today: dt.date, now: dt.datetime, notice: PublicPlaceNotice, ground: str, words: str, version: int | None = None
) -> PublicPlaceNotice:
    """On the grounds of other notices, with a letter; what was paid is to be given back."""
    held = _hold(notice, version)
    if held.state == State.WITHDRAWN:
        raise NoticeProblem(f"{held.reference} was withdrawn already.")
    if ground not in PublicPlaceNotice.Ground.values:
        raise NoticeProblem("Choose on which ground the notice is withdrawn.", "ground")
    _over(held, today, "ground") if ground == PublicPlaceNotice.Ground.NO_PROSECUTION else None
    if not words.strip():
        raise NoticeProblem("Say why the notice is withdrawn.", "words")
    held.state, held.withdrawn, held.ground, held.ground_words = State.WITHDRAWN, today, ground, words.strip()
    said = f"{held.reference} withdrawn: {held.get_ground_display().lower()}."
    done = _moved(held, "withdrew public place notice", by, now, today, said, ground=ground, refund=held.paid or 0)
    write_public_withdrawal_letter(by=by, today=today, notice=done)
    return done


@transaction.atomic
def prosecute_public_place(
    *, by: User, today: dt.date, now: dt.datetime, notice: PublicPlaceNotice, day: dt.date, words: str, version: int | None = None
) -> PublicPlaceNotice:
    """Proceedings under section 103, which only the authority brings, once the time to pay is over."""
    held = _hold(notice, version)
    if held.state not in _UNPAID:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()}: there is nothing to prosecute for.")
    if day > today:
        raise NoticeProblem("Enter today or an earlier day.", "day")
    _over(held, day, "day")
    if day > (last := clocks.last_safe_day(held.day)):
        raise NoticeProblem(
            f"Too late: the last safe day to lay the information was {written(last)}, within six months of the offence of "
            f"{written(held.day)} (Magistrates’ Courts Act 1980 s.127). Withdraw it.",
            "day",
        )
    if not words.strip():
        raise NoticeProblem("Say why the offence is prosecuted.", "words")
    held.state, held.prosecuted, held.prosecuted_words = State.PROSECUTED, day, words.strip()
    said = f"{held.reference} was not paid: the offence is prosecuted."
    return _moved(held, "prosecuted public place notice", by, now, today, said, day=str(day))


def _over(held: PublicPlaceNotice, day: dt.date, field: str) -> None:
    days = held.deadlines
    if days is None:
        raise NoticeProblem("The notice has not been served: its time to pay has not begun.", field)
    if held.state == State.PAID or day < days.unpaid_from:
        why = "it is paid" if held.state == State.PAID else f"it may still be paid until {written(days.last_full)}"
        raise NoticeProblem(f"This is for a notice that stays unpaid: {why}.", field)
