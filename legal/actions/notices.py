"""What becomes of a notice: served, paid, withdrawn, let stand or prosecuted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Sum

from accounts import audit
from accounts.models import User
from legal import clocks, clocks_service, documents, pasts
from legal.actions.charging import may_be_charged, still_standing, write_decision
from legal.actions.deadlines import keep_deadlines
from legal.actions.letters import write_withdrawal_letter
from legal.actions.problem import NoticeProblem, hold_notice, tell_case
from legal.actions.public_place import may_be_emailed
from legal.actions.rechecking import changed_since, look_at_notices
from legal.models import Authorised, Document, Notice, NoticeDecision, Order, Payment, PersonAnswer, Review, Withdrawal
from legal.penalty import written
from schools.models import PolicyValue

_KIND = NoticeDecision.Kind
_UNPAID = (Notice.State.ISSUED, Notice.State.SERVED)


@transaction.atomic
def serve_notice(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    notice: Notice,
    service: str,
    served: dt.date,
    receipt: dt.date | None = None,
    evidence: str = "",
    version: int | None = None,
) -> Notice:
    """Say how and when the notice was given to the parent: the days to pay are counted from its receipt.

    Said again it corrects what was said before, with the evidence for it, as long as nothing has come of the notice.
    """
    held = hold_notice(notice, version, by)
    if held.state not in _UNPAID:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()}: its service cannot be changed any more.")
    if service not in Notice.Service.values:
        raise NoticeProblem("Choose how the notice was served.", "service")
    if served < held.issued:
        raise NoticeProblem(f"The notice was issued on {written(held.issued)}: it cannot have been served before.", "served")
    if served > today:
        raise NoticeProblem("Enter today or an earlier day: say so when it has been served.", "served")
    policy = PolicyValue.objects.in_force(served)
    may_be_emailed(held.parent, service, served, bool(policy["notice_email_service"]))
    presumed = clocks_service.received(service, served, policy)
    if receipt is not None and receipt < served:
        raise NoticeProblem(f"It was served on {written(served)}: it cannot have been received before.", "receipt")
    if receipt is not None and receipt > max(presumed, today):
        raise NoticeProblem("Enter the day once it has come, or leave it empty to go by the presumption.", "receipt")
    differs = receipt is not None and receipt != presumed
    if (differs or held.state == Notice.State.SERVED) and not evidence.strip():
        why = f"It is taken as received on {written(presumed)}. For another day say" if differs else "Its service was recorded before. Say"
        raise NoticeProblem(f"{why} what shows it.", "evidence")
    held.service, held.served, held.receipt, held.receipt_evidence = service, served, receipt or presumed, evidence.strip()
    held.state = Notice.State.SERVED
    _moved(held, "service", "served", "receipt", "receipt_evidence", "state")
    days = f"; {held.deadlines.words}" if held.deadlines else ""
    words = f"{held.reference} served: {held.get_service_display().lower()}, received {written(held.receipt)}{days}."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=words, shared=False)
    audit.record("served penalty notice", by=by, subject=held, service=service, served=str(served), receipt=str(held.receipt))
    _keep(held, by, today, now)
    return held


@transaction.atomic
def record_payment(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    notice: Notice,
    amount: int,
    day: dt.date,
    form_token: uuid.UUID | None = None,
) -> Payment:
    """Money for a notice: the sum due that day, whole. Payment discharges liability (EA 1996 s.444A(4)). Sent twice it counts once."""
    held = hold_notice(notice, None, by)
    if form_token and (made := held.payments.filter(form_token=form_token).first()):
        return made
    _can_be_paid(held, day, today)
    days = held.deadlines
    if days is None:
        raise NoticeProblem("Say first how and when the notice was served: what is due depends on it.")
    due = days.owed_on(day)
    if due is None:
        raise NoticeProblem(
            f"The last day to pay was {written(days.last_full)}. From {written(days.unpaid_from)} the notice is prosecuted or "
            "withdrawn: give the money back.",
            "day",
        )
    if amount != due:
        raise NoticeProblem(f"£{due} was due on {written(day)}, £{amount} was given. A notice is paid in one sum.", "amount")
    payment = Payment.objects.create(notice=held, amount=amount, day=day, by=by, at=now, form_token=form_token)
    held.state = Notice.State.PAID
    _moved(held, "state")
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=f"{held.reference} paid.")
    audit.record("recorded notice payment", by=by, subject=held, amount=amount, day=str(day))
    _keep(held, by, today, now)
    return payment


def _can_be_paid(notice: Notice, day: dt.date, today: dt.date) -> None:
    if notice.state == Notice.State.WITHDRAWN:
        gone = written(notice.withdrawal.day)
        raise NoticeProblem(f"{notice.reference} was withdrawn on {gone}: nothing is owed for it. Give the money back.")
    _not_convicted(notice)
    if notice.state == Notice.State.PAID:
        paid = notice.payments.latest("day")
        raise NoticeProblem(f"{notice.reference} is paid: £{paid.amount} was recorded for {written(paid.day)}.")
    if day > today:
        raise NoticeProblem("Enter today or an earlier day.", "day")
    if day < notice.issued:
        raise NoticeProblem(f"The notice was issued on {written(notice.issued)}: it cannot have been paid before.", "day")
    if notice.served and day < notice.served:
        raise NoticeProblem(f"The notice was served on {written(notice.served)}: it cannot have been paid before.", "day")


@transaction.atomic
def withdraw_notice(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    notice: Notice,
    ground: str,
    words: str,
    sessions_free: bool = False,
    version: int | None = None,
) -> Withdrawal:
    """Take a notice back on one of the lawful grounds. What was paid is to be refunded; a second notice priced on it is flagged.

    Also one that is being prosecuted: proceedings that show that it should not have been issued, or that are not gone on with,
    would else leave it counting for three years.
    """
    # all of the child's notices, in one order for everybody: a second one may have to be flagged, and none is issued meanwhile
    child = pasts.child_records(notice.pupil).values("pk")
    list(Notice.objects.select_for_update().filter(pupil__in=child).order_by("pk").values_list("pk"))
    held = hold_notice(notice, version, by)
    if held.state == Notice.State.WITHDRAWN:
        raise NoticeProblem(f"{held.reference} was withdrawn already, on {written(held.withdrawal.day)}.")
    _not_convicted(held)
    if ground not in Withdrawal.Ground.values:
        raise NoticeProblem("Choose on which ground the notice is withdrawn.", "ground")
    if ground == Withdrawal.Ground.NO_PROSECUTION:
        _time_is_over(held, today, "ground")
    if not words.strip():
        raise NoticeProblem("Say why the notice is withdrawn.", "words")
    refund = held.payments.aggregate(sum=Sum("amount"))["sum"] or 0
    withdrawal = Withdrawal.objects.create(
        notice=held, ground=ground, words=words.strip(), day=today, by=by, at=now, refund=refund, sessions_free=sessions_free
    )
    held.state = Notice.State.WITHDRAWN
    held.found = held.review = ""
    _moved(held, "state", "found", "review")
    _look_at_the_second(held, by, today)
    write_withdrawal_letter(by=by, today=today, withdrawal=withdrawal)
    said = f"{held.reference} withdrawn: {withdrawal.get_ground_display().lower()}."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=said)
    kept = write_decision(held, _KIND.WITHDRAWN, words.strip(), still_standing(held, today, now), by=by, today=today, now=now)
    details: dict[str, Any] = {"ground": ground, "refund": refund, "sessions_free": sessions_free, "sha256": kept.sha256}
    audit.record("withdrew penalty notice", by=by, subject=held, **details)
    _keep(held, by, today, now)
    return withdrawal


def _not_convicted(notice: Notice) -> None:
    """What a court has found is not undone by the authority."""
    if notice.outcome == Notice.Outcome.GUILTY and notice.outcome_day:
        raise NoticeProblem(
            f"The prosecution that followed {notice.reference} ended on {written(notice.outcome_day)} with a plea or finding of guilt. "
            "Only the court can set that aside: when it has, record that outcome first."
        )


def _look_at_the_second(withdrawn: Notice, by: User | None, today: dt.date) -> None:
    """One that was priced as a second because of this one is for legal review now (case W23)."""
    person = PersonAnswer.objects.persons([withdrawn.parent_id])[withdrawn.parent_id]
    child = pasts.child_records(withdrawn.pupil).values("pk")
    seconds = Notice.objects.exclude(state=Notice.State.WITHDRAWN).filter(pupil__in=child, parent__in=person, order=2)
    if held := list(seconds.order_by("pk")):
        relied = {one.pupil_id: sorted({said for one in held for said in one.sessions}) for one in held}
        look_at_notices(held, changed_since(relied, today), PolicyValue.objects.in_force(today), by=by)


@transaction.atomic
def let_stand(*, by: User, today: dt.date, now: dt.datetime, notice: Notice, words: str, version: int | None = None) -> Review:
    """Legal has looked at what came to speak against a notice: it stands as it is. Asked again when something else comes up."""
    held = hold_notice(notice, version, by)
    if not held.review:
        raise NoticeProblem(f"Nothing about {held.reference} waits for a review.")
    if not words.strip():
        raise NoticeProblem("Say why the notice stands.", "words")
    review = Review.objects.create(notice=held, found=held.found, words=words.strip(), day=today, by=by, by_name=by.name, at=now)
    held.review = ""
    _moved(held, "review")
    kept = write_decision(held, _KIND.STANDS, words.strip(), still_standing(held, today, now), by=by, today=today, now=now)
    tell_case(
        by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=f"{held.reference} reviewed: it stands.", shared=False
    )
    audit.record("let penalty notice stand", by=by, subject=held, review=review.pk, sha256=kept.sha256)
    _keep(held, by, today, now)
    return review


@transaction.atomic
def prosecute(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    notice: Notice,
    words: str,
    day: dt.date | None = None,
    version: int | None = None,
) -> Notice:
    """Decide that the offence is prosecuted, since `day`, because the notice was not paid. Not before the time to pay is over (reg 7)
    nor when it is too late, on a register that the school has confirmed, and with what is known at that moment kept."""
    held = hold_notice(notice, version, by)
    if held.state not in _UNPAID:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()}: there is nothing to prosecute for.")
    day = day or today
    if day > today:
        raise NoticeProblem("Enter today or an earlier day.", "day")
    _time_is_over(held, day, "day")
    if not words.strip():
        raise NoticeProblem("Say why the absence is prosecuted.", "words")
    _may_be_begun(held, day)
    sessions = may_be_charged(held, today=today, now=now, day=day)
    held.state, held.prosecuted = Notice.State.PROSECUTED, day
    _moved(held, "state", "prosecuted")
    kept = write_decision(held, _KIND.PROSECUTED, words.strip(), sessions, by=by, today=today, now=now)
    tell_case(
        by=by,
        today=today,
        now=now,
        pupil=held.pupil,
        school=held.school,
        words=f"{held.reference} was not paid: the offence is prosecuted.",
    )
    audit.record("prosecuted penalty notice", by=by, subject=held, day=str(day), sessions=len(sessions), sha256=kept.sha256)
    _keep(held, by, today, now)
    return held


@transaction.atomic
def record_outcome(
    *, by: User, today: dt.date, now: dt.datetime, notice: Notice, outcome: str, day: dt.date, court: str, version: int | None = None
) -> Notice:
    """How the prosecution ended. Only a plea or finding of guilt counts towards a later notice. Said again it corrects what was said."""
    held = hold_notice(notice, version, by)
    if held.state != Notice.State.PROSECUTED or held.prosecuted is None:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()}: no prosecution of it is under way.")
    if outcome not in Notice.Outcome.values:
        raise NoticeProblem("Choose how the prosecution ended.", "outcome")
    if not held.prosecuted <= day <= today:
        raise NoticeProblem(f"Enter a day from {written(held.prosecuted)}, when proceedings were begun, to today.", "day")
    if not court.strip():
        raise NoticeProblem("Enter the court.", "court")
    held.outcome, held.outcome_day, held.court = outcome, day, court.strip()
    _moved(held, "outcome", "outcome_day", "court")
    _look_at_the_second(held, by, today)
    words = f"{held.reference}: the prosecution ended, {held.get_outcome_display().lower()} ({held.court}, {written(day)})."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=words, shared=False)
    audit.record("recorded outcome of prosecution", by=by, subject=held, outcome=outcome, day=str(day))
    _keep(held, by, today, now)
    return held


def _may_be_begun(notice: Notice, day: dt.date) -> None:
    """What stands in the way of proceedings begun on `day`, as legal.tools says of them beforehand."""
    safe = clocks.last_safe(notice.sessions, day)
    if safe is not None and safe.next is None:
        raise NoticeProblem(f"{safe.words} No information can be laid any more (Magistrates’ Courts Act 1980 s.127): withdraw it.", "day")
    if not Authorised.objects.in_force(day).filter(power=Authorised.Power.INFORMATIONS).exists():
        raise NoticeProblem(
            f"Nobody is recorded as authorised to lay informations on {written(day)}. An attendance manager records the instrument under "
            "Authorised persons.",
            "day",
        )
    child = pasts.child_records(notice.pupil).values("pk")
    orders = Order.objects.filter(pupil__in=child, start__lte=day)
    if order := orders.supervision().in_force(day).order_by("start").first():
        raise NoticeProblem(
            f"An education supervision order of {written(order.start)} stands on {written(day)}: no proceedings under s.444 are begun "
            "while one is (Children Act 1989 Sch 3 para 13). If it was discharged, record that under Orders first.",
            "day",
        )
    considered = orders.filter(kind__in=Order.CONSIDERING)
    if safe is not None and not considered.filter(start__gte=safe.earliest).exists():
        raise NoticeProblem(
            f"Consider an education supervision order first, and record it under Orders: nothing is recorded between the first session, of "
            f"{written(safe.earliest)}, and {written(day)} (Education Act 1996 s.447(1)).",
            "day",
        )


def _time_is_over(notice: Notice, day: dt.date, field: str | None) -> None:
    days = notice.deadlines
    if notice.state == Notice.State.PAID:
        raise NoticeProblem(f"{notice.reference} is paid.", field)
    if days is None:
        raise NoticeProblem("The notice has not been served: say first how and when. Its time to pay has not begun.", field)
    if day < days.unpaid_from:
        last = written(days.last_full)
        raise NoticeProblem(f"It may still be paid until {last}. From {written(days.unpaid_from)} it is prosecuted or withdrawn.", field)


@transaction.atomic
def make_again(*, by: User | None, today: dt.date, now: dt.datetime, notice: Notice) -> Document:
    """Try again to make a notice's PDF that could not be made. One that is there stays as it is."""
    document = Document.objects.select_for_update().get(notice=notice)
    if document.status == Document.Status.FAILED:
        document.status, document.attempts, document.error = Document.Status.WAITING, 0, ""
        document.save(update_fields=["status", "attempts", "error"])
        audit.record("asked for notice document again", by=by, subject=notice)
        documents.ring(document.pk)
    return document


def _keep(notice: Notice, by: User | None, today: dt.date, now: dt.datetime) -> None:
    keep_deadlines(pupils=[notice.pupil_id], schools=None, today=today, now=now, by=by)


def _moved(notice: Notice, *fields: str) -> None:
    notice.version += 1
    notice.save(update_fields=[*fields, "version"])
