"""Penalty notices: which one it is, what it costs, until when, and which sessions are left to rely on. Pure.

Sources: Education Act 1996 ss.444A and 444B; the Education (Penalty Notices) (England) Regulations 2007, SI 2007/1867, as
amended by SI 2024/210; the national framework for penalty notices in "Working together to improve school attendance"
(statutory from 19 August 2024). Our own readings where these are silent are named as ours here and in docs/rules.md.

A rule says what may be issued; that it is issued is always somebody's decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schools.calendar import working_days_after
from schools.policy import BY_KEY, Policy

ISSUED, SERVED, PAID, WITHDRAWN, PROSECUTED = "issued", "served", "paid", "withdrawn", "prosecuted"
GUILTY, NOT_GUILTY, DISCONTINUED = "guilty", "not_guilty", "discontinued"  # how a prosecution ended
OTHER_TOOLS = "an attendance contract, an education supervision order or prosecution"

NOT_LOADED = (
    "History not loaded: nobody has signed off yet that the notices issued before are here, other authorities’, heads’ and the "
    "police’s among them. Until an attendance manager does, it is not known which notice this would be, and none can be issued."
)

# Notices under the rules before do not count towards the limit: the new rate and the new count began together (ours, and a
# setting: `notice_old_rules_count`).
FRAMEWORK_BEGAN = BY_KEY["notice_limit"].start

_WHY = {
    ISSUED: "live",
    SERVED: "live",
    PAID: "paid",
    PROSECUTED: "prosecuted",
}


def reference(number: int) -> str:
    return f"PN{number:06d}"


def written(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier notice to one person for one child, and what has become of it."""

    number: int  # 0: loaded from elsewhere
    issued: dt.date
    state: str
    order: int = 1
    full: int = 0  # what it was priced at, in the end
    outcome: str = ""  # of the prosecution that followed; "": none, or not ended yet
    told: str = ""  # what one from elsewhere is called: "Notice of Weir Council"

    @property
    def name(self) -> str:
        return self.told or reference(self.number)

    @property
    def off(self) -> bool:
        """It counts for nothing: withdrawn, or its prosecution ended without a plea or finding of guilt."""
        return self.state == WITHDRAWN or self.outcome in (NOT_GUILTY, DISCONTINUED)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Which notice the next one to this parent for this child would be. `order` is None where none may be issued."""

    order: int | None
    reason: str
    counted: tuple[Past, ...]
    early: int = 0
    full: int = 0

    @property
    def possible(self) -> bool:
        return self.order is not None


def years_after(day: dt.date, years: int) -> dt.date:
    """The first day after `years` years that begin with `day`; after 29 February that is 1 March in other years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def counts(notice: Past, proposed: dt.date, policy: Policy) -> bool:
    """Does an earlier notice count towards one proposed for a day?

    The three years end with the proposed day of issue, so one issued on 14 October 2024 counts to 13 October 2027. What
    counts is paid, live or prosecuted, also one that is unpaid and not yet decided on (ours, careful: until it is withdrawn
    it stands), by whomever it was issued. One that was withdrawn never counts, nor one whose prosecution ended without a plea or
    finding of guilt (the framework counts those with one; that an acquittal and a case not gone on with do not is ours).
    """
    if notice.off or (notice.issued < FRAMEWORK_BEGAN and not policy["notice_old_rules_count"]):
        return False
    return notice.issued <= proposed < years_after(notice.issued, policy["notice_window_years"])


def standing(past: Iterable[Past] | None, proposed: dt.date, policy: Policy) -> Escalation:
    """The first, the second, or none: two notices to a parent for a child in three years, then another tool is needed.

    `past` None: what was issued before is not known to be here, so that nothing can be said.
    """
    if past is None:
        return Escalation(None, NOT_LOADED, ())
    counted = tuple(sorted((n for n in past if counts(n, proposed, policy)), key=lambda n: (n.issued, n.number, n.told)))
    years = policy["notice_window_years"]
    named = _in_words(counted)
    if not counted:
        reason = f"No notice to this parent for this child counts in the {years} years ending {written(proposed)}: this is the first."
        return Escalation(1, reason, counted, policy["notice_first_early"], policy["notice_first_full"])
    if len(counted) < policy["notice_limit"]:
        reason = f"{named} counts in the {years} years ending {written(proposed)}: this is the second, £{policy['notice_second']}."
        return Escalation(2, reason, counted, policy["notice_second"], policy["notice_second"])
    reason = (
        f"{named} count in the {years} years ending {written(proposed)}. A third notice cannot be issued: "
        f"consider another tool, such as {OTHER_TOOLS}."
    )
    return Escalation(None, reason, counted)


def _in_words(notices: Sequence[Past]) -> str:
    return " and ".join(f"{n.name} of {written(n.issued)} ({_WHY[n.state]})" for n in notices)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The days of one notice, from the day it was received. A second notice has no early period."""

    receipt: dt.date
    last_early: dt.date | None
    last_full: dt.date
    unpaid_from: dt.date
    early: int
    full: int

    def owed_on(self, day: dt.date) -> int | None:
        """What pays the notice on `day`; None once the time to pay is over: it is prosecuted or withdrawn."""
        if day > self.last_full:
            return None
        return self.early if self.last_early and day <= self.last_early else self.full

    @property
    def words(self) -> str:
        early = f"£{self.early} until {written(self.last_early)}, " if self.last_early else ""
        return f"{early}£{self.full} until {written(self.last_full)}"


def deadlines(receipt: dt.date, order: int, policy: Policy, *, amounts: tuple[int, int] | None = None) -> Deadlines:
    """The day of receipt is day 1 of 21 and of 28: "beginning with the date on which the notice is received"."""
    if amounts is None:
        second = policy["notice_second"]
        amounts = (policy["notice_first_early"], policy["notice_first_full"]) if order == 1 else (second, second)
    last_full = receipt + dt.timedelta(days=policy["notice_full_days"] - 1)
    return Deadlines(
        receipt=receipt,
        last_early=receipt + dt.timedelta(days=policy["notice_early_days"] - 1) if order == 1 else None,
        last_full=last_full,
        unpaid_from=last_full + dt.timedelta(days=1),
        early=amounts[0],
        full=amounts[1],
    )


def presumed_receipt(posted: dt.date, policy: Policy) -> dt.date:
    """First class post is taken to arrive on the second working day after posting; by hand it is the same day."""
    return working_days_after(posted, policy["presumed_post_working_days"])


def session_of(said: str) -> str:
    """ "2026-11-09 AM" of "2026-11-09 AM=G": the mark may have been corrected since, the session is the same."""
    return said.split("=", 1)[0]


Span = tuple[dt.date, dt.date]  # from and until, both days in


def available(sessions: Iterable[str], relied_on: Iterable[str], periods: Sequence[Span] = ()) -> list[str]:
    """Those not yet relied on against this parent: payment discharges liability for them (EA 1996 s.444A(4)).

    Of a notice from elsewhere the period of the offence is known, not its sessions: all of that period is taken (ours, careful).
    """
    used = {session_of(said) for said in relied_on}
    left = [said for said in sessions if session_of(said) not in used]
    return [said for said in left if not any(first <= day_of(said) <= last for first, last in periods)] if periods else left


def day_of(said: str) -> dt.date:
    return dt.date.fromisoformat(said[:10])


@dataclass(frozen=True, slots=True)
class Total:
    """What several notices come to, if all are paid early and if none is."""

    notices: int
    early: int
    full: int


def total(each: Iterable[Escalation]) -> Total:
    """A notice is to one parent for one child: two parents and two children on one holiday are four notices."""
    possible = [e for e in each if e.possible]
    return Total(len(possible), sum(e.early for e in possible), sum(e.full for e in possible))


def review_rate(notice: Past, others: Iterable[Past], policy: Policy) -> str:
    """What legal must look at in a notice's rate: one before it was withdrawn since (case W23), or came to be known of since;
    "" where nothing is wrong."""
    if notice.state == WITHDRAWN:
        return ""
    earlier = [other for other in others if _before(other, notice)]
    found = standing(earlier, notice.issued, policy)
    if found.order == notice.order:
        return ""
    name = notice.name
    if found.order == 1:
        off = [other for other in earlier if other.issued >= FRAMEWORK_BEGAN and other.off]
        why = "has been withdrawn since" if all(other.state == WITHDRAWN for other in off) else "ended without a conviction"
        return (
            f"Wrong rate: legal review. {name} was priced £{notice.full} as a second notice, but "
            f"{' and '.join(other.name for other in off) or 'the earlier notice'} {why} and does not count. A first notice costs "
            f"£{policy['notice_first_early']}, or £{policy['notice_first_full']} after {policy['notice_early_days']} days."
        )
    before = _in_words(found.counted)
    if found.order == 2:
        return f"Wrong rate: legal review. {name} was priced as a first notice. As is known since, {before} counted: it was the second."
    return f"Legal review: {name} should not have been issued. As is known since, {before} counted: it was the third within three years."


def _before(other: Past, notice: Past) -> bool:
    """Ours by number; one from elsewhere by its day."""
    if other.number and notice.number:
        return other.number < notice.number
    return not other.number and other.issued <= notice.issued
