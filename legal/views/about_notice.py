"""What the pages about one notice show: what it is worth, what comes next, what has happened to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import User
from accounts.permissions import Permission
from legal import penalty
from legal.income import pounds
from legal.models import Decision, Notice
from legal.views.steps import Act, Next
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Due:
    """What a notice is worth today; `amount` None where no payment can be taken."""

    amount: int | None
    words: str
    late: bool = False


def due(notice: Notice, *, today: dt.date) -> Due:
    if notice.state == Notice.State.PAID:
        return Due(None, "paid")
    if notice.state == Notice.State.WITHDRAWN:
        return Due(None, "withdrawn")
    if notice.state == Notice.State.PROSECUTED:
        return Due(None, "prosecuted: no payment by notice any more")
    days = notice.deadlines
    if days is None:
        return Due(None, "not served yet: the days to pay have not begun")
    owed = days.owed_on(today)
    if owed is None:
        return Due(None, f"unpaid since {penalty.written(days.unpaid_from)}: prosecute or withdraw", late=True)
    early = days.last_early is not None and today <= days.last_early
    return Due(owed, f"until {penalty.written(days.last_early if early and days.last_early else days.last_full)}")


def amounts_of(notice: Notice, policy: Policy) -> list[tuple[str, int | None]]:
    """The lines of the table of amounts: with days where the receipt is known, else relative to it."""
    days, first = notice.deadlines, notice.order == 1
    if days is None:
        early, full = policy["notice_early_days"], policy["notice_full_days"]
        rows: list[tuple[str, int | None]] = (
            [(f"Within {early} days beginning with the day of receipt", notice.amount_early)] if first else []
        )
        within = f"After that, until day {full}" if first else f"Within {full} days beginning with the day of receipt"
        return [*rows, (within, notice.amount_full)]
    if days.last_early:
        after = days.last_early + dt.timedelta(days=1)
        return [
            (f"Until {penalty.written(days.last_early)}", notice.amount_early),
            (f"From {penalty.written(after)} to {penalty.written(days.last_full)}", notice.amount_full),
            (f"From {penalty.written(days.unpaid_from)}: unpaid, prosecute or withdraw", None),
        ]
    return [
        (f"Until {penalty.written(days.last_full)}", notice.amount_full),
        (f"From {penalty.written(days.unpaid_from)}: unpaid, prosecute or withdraw", None),
    ]


def next_of_notice(notice: Notice, user: User, *, today: dt.date) -> Next:
    """What comes next. A review comes before all else."""
    found = _next_by_state(notice, user.may(Permission.DECIDE_NOTICE), today)
    if not notice.review or not user.may(Permission.DECIDE_NOTICE):
        return found
    stands = Act("Record that it stands", "notice_stands", second=True)
    return Next(f"Look first at what speaks against it since: withdraw it, or record why it stands. {found.words}", [*found.acts, stands])


def _next_by_state(notice: Notice, may: bool, today: dt.date) -> Next:
    state, days = notice.state, notice.deadlines
    withdraw = Act("Withdraw", "notice_withdraw", second=True)
    if state == Notice.State.ISSUED:
        return _if(may, "Send the PDF or hand it over, then record how and when: the days to pay begin with its receipt.", [
            Act("Record how it was served", "notice_serve"), withdraw,
        ])  # fmt: skip
    if state == Notice.State.SERVED and days is not None:
        pay = Act("Record a payment", "notice_pay")
        if today >= days.unpaid_from:
            return _if(may, "The time to pay is over. The authority prosecutes the absence itself, or withdraws the notice.", [
                Act("Prosecute", "notice_prosecute"), Act("Withdraw", "notice_withdraw"),
                Act("Record a payment made in time", "notice_pay", second=True),
                Act("Correct how it was served", "notice_serve", second=True),
            ])  # fmt: skip
        again = Act("Correct how it was served", "notice_serve", second=True)
        return _if(may, f"It waits for payment: {days.words}.", [pay, withdraw, again])
    if state == Notice.State.PAID:
        back = Act("Record money given back", "notice_give_back", second=True)
        return _if(may, "It is paid: no proceedings can follow for the sessions it relies on.", [withdraw, back])
    if state == Notice.State.PROSECUTED:
        pay = Act("Record a payment made in time", "notice_pay", second=True)
        ended = Act("Correct how the prosecution ended" if notice.outcome else "Record how the prosecution ended", "notice_outcome")
        if notice.outcome:
            counts = "It counts" if notice.outcome == Notice.Outcome.GUILTY else "It counts for no later notice"
            on = penalty.written(notice.outcome_day or today)
            words = f"The prosecution ended on {on}: {notice.get_outcome_display().lower()}. {counts}."
            return _if(may, words, [ended] if notice.outcome == Notice.Outcome.GUILTY else [withdraw, ended])
        fails = "If the case ends without a conviction it no longer counts: record how it ended."
        return _if(may, f"It is unpaid, and the absence is being prosecuted. {fails}", [ended, withdraw, pay])
    withdrawal = getattr(notice, "withdrawal", None)
    if withdrawal and withdrawal.refund and not hasattr(withdrawal, "refunded"):
        refund = Act("Record the refund", "notice_refund")
        return _if(may, f"It is withdrawn and counts for nothing. £{withdrawal.refund} is still to be given back.", [refund])
    return Next("It is withdrawn and counts for nothing.", [])


def _if(may: bool, words: str, acts: list[Act]) -> Next:
    return Next(words if may else f"{words} A legal officer does this.", acts if may else [])


_SENT = {
    Notice.Service.POST: "Sent by first class post",
    Notice.Service.HAND: "Handed over",
    Notice.Service.EMAIL: "Sent by e-mail, as the parent had agreed",
}


def timeline(notice: Notice, decision: Decision, *, whole: bool) -> list[tuple[dt.date, str]]:
    """What has happened to a notice, earliest first. A school is told what came of it, not when it was received or what was paid."""
    lines = [(notice.issued, f"Issued by decision of {decision.by_name}")]
    if notice.served:
        lines.append((notice.served, _SENT[notice.service]))
    if notice.receipt and whole:
        presumed = "by hand" if notice.service == Notice.Service.HAND else "presumed from the day it was sent"
        lines.append((notice.receipt, f"Received ({notice.receipt_evidence or presumed})"))
    for payment in notice.payments.all():
        lines.append((payment.day, f"£{payment.amount} paid" if whole else "Paid"))
    if whole:
        lines += [(review.day, f"Reviewed by {review.by_name}, stands: {review.words}") for review in notice.reviews.all()]
    if notice.prosecuted:
        lines.append((notice.prosecuted, "Prosecuted for non-payment"))
    if notice.outcome and notice.outcome_day and whole:
        lines.append((notice.outcome_day, f"The prosecution ended: {notice.get_outcome_display().lower()} ({notice.court})"))
    withdrawal = getattr(notice, "withdrawal", None)
    if withdrawal:
        words = f"Withdrawn: {withdrawal.get_ground_display().lower()}"
        if whole:
            words += f". {withdrawal.words}"
            if withdrawal.refund:
                words += f" £{withdrawal.refund} to be paid back."
            words += " The sessions may be relied on again." if withdrawal.sessions_free else ""
        lines.append((withdrawal.day, words))
    if whole:
        lines += [
            (refund.day, f"{pounds(refund.pence)} given back, {refund.reference}: {refund.get_why_display().lower()}")
            for refund in notice.refunds.all()
        ]
    return sorted(lines, key=lambda line: line[0])
