"""Before the absence behind an unpaid notice is prosecuted: what the register and the school say of it that day; and the register that
every later decision about a notice is kept with. What the law asks of proceedings themselves stands with them (legal.actions.notices).
"""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from legal import clocks, freeze, proof, tools
from legal.actions import confirming
from legal.actions.problem import NoticeProblem
from legal.models import Notice, NoticeDecision
from legal.penalty import day_of
from schools.models import PolicyValue


def still_standing(notice: Notice, today: dt.date, now: dt.datetime | None = None) -> list[str]:
    """Of the sessions it relies on, those that are unauthorised still, with their mark as it is now."""
    return list(proof.stand({notice.pupil_id: notice.sessions}, day=today, known_at=now)[notice.pupil_id].stand)


def may_be_charged(notice: Notice, *, today: dt.date, now: dt.datetime, day: dt.date) -> list[str]:
    """The sessions that proceedings begun on `day` can be about; raises where they cannot be begun. The school's word is asked for as
    before a notice: ours, domain practice asks for it on the day."""
    if notice.review:
        raise NoticeProblem(
            f"Something has come to speak against {notice.reference} since its issue. Look at that first: withdraw the notice, or record "
            "why it stands."
        )
    sessions = still_standing(notice, today, now)
    if not sessions:
        raise NoticeProblem(
            f"None of the {len(notice.sessions)} sessions that {notice.reference} relies on is unauthorised any more: there is no offence "
            "to charge. Withdraw it."
        )
    safe = clocks.last_safe(sessions, day)
    if safe is not None and safe.next is None:
        raise NoticeProblem(f"{safe.words} Withdraw {notice.reference} (Magistrates’ Courts Act 1980 s.127).", "day")
    if too_old := tools.beyond_age(str(notice.pupil), notice.pupil.dob, sessions, then="withdraw the notice"):
        raise NoticeProblem(too_old)
    policy = PolicyValue.objects.in_force(today)
    every = confirming.standings(notice.pupil, notice.school, sessions, today=today, policy=policy)
    if waiting := " ".join(one.words for one in every if not one.holds):
        raise NoticeProblem(waiting)
    return [said for said in sessions if clocks.last_safe_day(day_of(said)) >= day]  # the others can be charged no more


def write_decision(
    notice: Notice, kind: str, words: str, sessions: list[str], *, by: User | None, today: dt.date, now: dt.datetime
) -> NoticeDecision:
    """Keep it with the register as it is known at this moment, from two academic years back."""
    policy = PolicyValue.objects.in_force(today)
    first = min(dt.date.fromisoformat(said[:10]) for said in notice.sessions)
    frozen = freeze.text(notice.pupil, first=freeze.earliest(first), day=today, known_at=now, policy_version=policy.version)
    return NoticeDecision.objects.create(
        notice=notice, kind=kind, words=words, sessions=sessions, by=by, by_name=by.name if by else "The system", day=today, known_at=now,
        register=frozen, sha256=freeze.sha256(frozen), policy_version=policy.version,
    )  # fmt: skip
