"""Offer a meeting to a school, answer it, judge what a school says instead of meeting, and turn to others after a second refusal."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from meetings import offering
from meetings.actions.plan import check_meeting, plan_meeting
from meetings.actions.problems import MeetingProblem, long_day, moved_on, token_of
from meetings.models import Escalation, Meeting, Offer
from meetings.terms import term_of
from schools.models import School

_YEAR = dt.timedelta(days=366)


@transaction.atomic
def offer_meeting(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    school: School,
    day: dt.date,
    time: dt.time,
    minutes: int,
    place: str,
    officer: User,
    length_words: str = "",
    although_closed: bool = False,
    form_token: uuid.UUID | None = None,
) -> Offer:
    """Offer a day; it belongs to the term the day lies in. One open offer a school and term; a form sent twice offers once.

    Another day for an offer whose school asked for one takes that offer's place.
    """
    token = token_of(form_token, by, school.pk, day, time)
    if token and (sent := Offer.objects.filter(form_token=token).first()):
        return sent
    check_meeting(school, day, time, officer, today=today, although_closed=although_closed)
    if Meeting.objects.support().exclude(status=Meeting.Status.CANCELLED).filter(school=school, day=day).exists():
        raise MeetingProblem(f"{school} has a meeting on {long_day(day)} already. Open that one, or choose another day.", "day")
    term = term_of(day)
    of_term = Offer.objects.filter(school=school, year=term.year, term=term.number)
    open_one = of_term.waiting().select_for_update().first()
    if open_one and open_one.status == Offer.Status.OFFERED:
        raise _open_already(open_one)
    if open_one:
        open_one.status = Offer.Status.WITHDRAWN
        _keep(open_one, by=by, now=now)
    refused = of_term.filter(status=Offer.Status.DECLINED).count() + offering.not_attended(school, term)
    offer = Offer(
        school=school,
        officer=officer,
        year=term.year,
        term=term.number,
        number=refused + 1,
        day=day,
        time=time,
        minutes=minutes,
        place=place,
        length_words=length_words,
        offered_by=by,
        offered_at=now,
        form_token=token,
    )
    try:
        with transaction.atomic():
            offer.save()
    except IntegrityError:  # somebody, or this same form, was quicker
        if token and (sent := Offer.objects.filter(form_token=token).first()):
            return sent
        raise _open_already(of_term.waiting().get()) from None
    audit.record("Meeting offered", by=by, subject=offer, urn=school.urn, day=day.isoformat(), number=offer.number)
    return offer


def _open_already(offer: Offer) -> MeetingProblem:
    return MeetingProblem(
        f"{offer.school} has an offer for {long_day(offer.day)} that waits for an answer. Write down its answer, or withdraw that offer.",
        "day",
    )


def hold_offer(offer: Offer) -> Offer:
    """As it stands, held until the transaction ends."""
    rows = Offer.objects.select_for_update(of=("self",)).select_related("school", "officer", "changed_by", "meeting")
    return rows.get(pk=offer.pk)


def _keep(offer: Offer, *, by: User | None, now: dt.datetime) -> None:
    offer.version += 1
    offer.changed_by, offer.changed_at = by, now
    offer.save()


def _same_version(offer: Offer, version: int | None, now: dt.datetime) -> None:
    if version is not None and offer.version != version:
        raise moved_on(offer.changed_by, offer.changed_at, "offer", now=now)


def _still_open(offer: Offer) -> None:
    if offer.status not in Offer.OPEN:
        when = f" on {say_day(offer.answered_at.date())}" if offer.answered_at else ""
        raise MeetingProblem(f"This offer is settled: {offer.get_status_display().lower()}{when}. Nothing of yours was saved.")


def _answer(offer: Offer, status: str, *, by: User, now: dt.datetime, told_by: str) -> None:
    """Who answered: the school in its own login, or somebody there whom an officer names."""
    if by.as_role.in_authority and not told_by.strip():
        raise MeetingProblem("Say who at the school gave the answer", "told_by")
    offer.status, offer.answered_by, offer.answered_at = status, by, now
    offer.how = Offer.How.TOLD if by.as_role.in_authority else Offer.How.LOGIN
    offer.answered_for = told_by.strip() if by.as_role.in_authority else by.name


@transaction.atomic
def accept_offer(*, by: User, today: dt.date, now: dt.datetime, offer: Offer, version: int | None, told_by: str = "") -> Meeting:
    """Plans the meeting. Accepted twice, it is the same meeting. Raises `MeetingProblem`, and then nothing was saved."""
    offer = hold_offer(offer)
    if offer.status == Offer.Status.ACCEPTED and offer.meeting:
        return offer.meeting
    _still_open(offer)
    _same_version(offer, version, now)
    if offer.status == Offer.Status.REARRANGE:
        raise MeetingProblem("The school asked for another day: offer one, and let that be answered.")
    if offer.day < today:
        raise MeetingProblem(f"{long_day(offer.day)} has gone by. Ask for another day.")
    _answer(offer, Offer.Status.ACCEPTED, by=by, now=now, told_by=told_by)
    offer.meeting = plan_meeting(
        by=by,
        today=today,
        now=now,
        school=offer.school,
        day=offer.day,
        time=offer.time,
        minutes=offer.minutes,
        place=offer.place,
        officer=offer.officer,
        although_closed=True,  # whether to meet on that day was settled when it was offered
    )
    _keep(offer, by=by, now=now)
    audit.record("Offer accepted", by=by, subject=offer, meeting=offer.meeting.pk)
    return offer.meeting


@transaction.atomic
def decline_offer(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    offer: Offer,
    version: int | None,
    reason: str,
    words: str = "",
    evidence: str = "",
    told_by: str = "",
) -> Offer:
    """With a reason, and with what shows that attendance improved, if there is something. The authority then judges it."""
    offer = hold_offer(offer)
    if offer.status == Offer.Status.DECLINED and offer.answered_by == by and offer.reason == reason:
        return offer  # the same form, sent twice
    _still_open(offer)
    _same_version(offer, version, now)
    if reason not in Offer.Reason.values:
        raise MeetingProblem("Choose why the school declines", "reason")
    if reason == Offer.Reason.OTHER and not words.strip():
        raise MeetingProblem("Say in a few words why", "words")
    _answer(offer, Offer.Status.DECLINED, by=by, now=now, told_by=told_by)
    offer.reason, offer.words, offer.evidence = reason, words.strip(), evidence.strip()
    _keep(offer, by=by, now=now)
    audit.record("Offer declined", by=by, subject=offer, reason=reason, evidence=bool(offer.evidence))
    return offer


@transaction.atomic
def ask_for_another_day(
    *, by: User, today: dt.date, now: dt.datetime, offer: Offer, version: int | None, words: str, told_by: str = ""
) -> Offer:
    """The school would meet, on another day."""
    offer = hold_offer(offer)
    words = words.strip()
    if offer.status == Offer.Status.REARRANGE and offer.answered_by == by and offer.words == words:
        return offer  # the same form, sent twice
    _still_open(offer)
    _same_version(offer, version, now)
    if not words:
        raise MeetingProblem("Say which days and times would do", "words")
    _answer(offer, Offer.Status.REARRANGE, by=by, now=now, told_by=told_by)
    offer.words = words
    _keep(offer, by=by, now=now)
    audit.record("Another day asked for", by=by, subject=offer)
    return offer


@transaction.atomic
def judge_offer(
    *, by: User, today: dt.date, now: dt.datetime, offer: Offer, version: int | None, verdict: str, words: str, follow_up: dt.date | None
) -> Offer:
    """Whether what a school gave in place of a meeting is accepted, and when somebody looks at it again."""
    offer = hold_offer(offer)
    if offer.verdict == verdict and offer.verdict_by == by and offer.follow_up == follow_up:
        return offer  # the same form, sent twice
    _same_version(offer, version, now)
    if offer.status != Offer.Status.DECLINED:
        raise MeetingProblem(f"This offer is not declined: {offer.get_status_display().lower()}.")
    if verdict not in Offer.Verdict.values:
        raise MeetingProblem("Choose whether the evidence is accepted", "verdict")
    if verdict == Offer.Verdict.ACCEPTED and not offer.evidence:
        raise MeetingProblem("The school gave no evidence of improvement, so there is none to accept.", "verdict")
    if not words.strip():
        raise MeetingProblem("Say why: the school reads it", "words")
    if follow_up is None or not today <= follow_up <= today + _YEAR:
        raise MeetingProblem("Enter a day within a year on which somebody looks at it again", "follow_up")
    offer.verdict, offer.verdict_words, offer.verdict_by, offer.verdict_at = verdict, words.strip(), by, now
    offer.follow_up, offer.followed_at, offer.followed_words = follow_up, None, ""
    _keep(offer, by=by, now=now)
    audit.record("Evidence judged", by=by, subject=offer, verdict=verdict, follow_up=follow_up.isoformat())
    return offer


@transaction.atomic
def follow_up_offer(*, by: User, today: dt.date, now: dt.datetime, offer: Offer, version: int | None, words: str) -> Offer:
    """What was seen when somebody looked at it again."""
    offer = hold_offer(offer)
    words = words.strip()
    if offer.followed_at and offer.followed_words == words:
        return offer  # the same form, sent twice
    _same_version(offer, version, now)
    if not offer.verdict:
        raise MeetingProblem("Nothing is to be followed up: this offer has no verdict.")
    if offer.followed_at:
        raise MeetingProblem(f"This was followed up on {say_day(offer.followed_at.date())}. Nothing of yours was saved.")
    if not words:
        raise MeetingProblem("Say what you found and what comes next", "words")
    offer.followed_at, offer.followed_words = now, words
    _keep(offer, by=by, now=now)
    audit.record("Declined offer followed up", by=by, subject=offer)
    return offer


@transaction.atomic
def withdraw_offer(*, by: User, today: dt.date, now: dt.datetime, offer: Offer, version: int | None) -> Offer:
    offer = hold_offer(offer)
    if offer.status == Offer.Status.WITHDRAWN:
        return offer
    _still_open(offer)
    _same_version(offer, version, now)
    offer.status = Offer.Status.WITHDRAWN
    _keep(offer, by=by, now=now)
    audit.record("Offer withdrawn", by=by, subject=offer)
    return offer


@transaction.atomic
def escalate(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    school: School,
    to: str,
    day: dt.date,
    words: str,
    form_token: uuid.UUID | None = None,
) -> Escalation:
    """Write down that somebody above the school's contact was turned to. After a second refusal; DfE only after one of the others."""
    token = token_of(form_token, by, school.pk, to, day)
    if token and (sent := Escalation.objects.filter(form_token=token).first()):
        return sent
    term = term_of(today)
    refused = offering.refusals(school, term.year)
    if refused < offering.REFUSALS:
        said = "no refusal" if not refused else "one refusal"
        raise MeetingProblem(
            f"{school} has {said} this school year that stands. After a second one others are turned to: offer again first."
        )
    before = Escalation.objects.filter(school=school, year=term.year)
    if to not in Escalation.To.values:
        raise MeetingProblem("Choose who was turned to", "to")
    if to == Escalation.To.DFE and not before.exclude(to=Escalation.To.DFE).exists():
        raise MeetingProblem("Turn to the head, the governors or the trust before DfE’s regional team", "to")
    if to == Escalation.To.TRUST and school.trust_id is None:
        raise MeetingProblem(f"{school} belongs to no trust. Choose the governors.", "to")
    if not term_of(today).before().first <= day <= today:
        raise MeetingProblem("Enter the day on which it was done: today or earlier this term or the last", "day")
    if not words.strip():
        raise MeetingProblem("Say in a sentence what was asked for", "words")
    of = term_of(day)
    try:
        with transaction.atomic():
            step = Escalation.objects.create(
                school=school, year=of.year, term=of.number, to=to, day=day, words=words.strip(), by=by, at=now, form_token=token
            )
    except IntegrityError:
        return Escalation.objects.get(form_token=token)
    audit.record("Refusal taken further", by=by, subject=step, urn=school.urn, to=to)
    return step
