"""What follows a decision in the invented authority: schools' words on their registers, money from the income system, a refund, how
prosecutions ended, and two notices of the other regime. Nothing of it is drawn by chance; all of it is written down now."""

from __future__ import annotations

import datetime as dt

from config.demo.dates import ONE, WEEK
from config.demo.work.cast import Cast
from legal import confirmed, freeze
from legal.actions import ask_confirmation, confirm_register, dispute_register
from legal.actions import income as money
from legal.actions.notices import record_outcome, withdraw_notice
from legal.actions.problem import NoticeProblem
from legal.actions.public_place import Seen, issue_public_place, serve_public_place
from legal.models import Confirmation, Decision, IncomeLine, Notice, Request
from schools.models import Enrolment, Responsibility

_COURT = "Merebrook Magistrates’ Court"


def tell(cast: Cast) -> int:
    """How many payments came in through the income system."""
    _confirmed_then(cast)
    _asked_now(cast)
    _outcomes(cast)
    _withdrawn_after_payment(cast)
    _public_places(cast)
    return _payments(cast)


def _confirmed_then(cast: Cast) -> None:
    """Whatever was issued had been confirmed by the school on the day."""
    rows = []
    for decision in Decision.objects.filter(outcome="issue").select_related("request__pupil", "request__school").order_by("pk"):
        request = decision.request
        span = confirmed.span_of(request.sessions, decision.day)
        text = confirmed.texts(request.school, {request.pupil_id: span})[request.pupil_id]
        who = cast.contact_of[request.school_id]
        rows.append(
            Confirmation(
                pupil=request.pupil, school=request.school, agrees=True, how=Confirmation.How.LOGIN, said_by=who.name, by=who,
                day=decision.day, at=cast.moment(decision.day, 9.2), first=span[0], last=span[1], register=text,
                sha256=freeze.sha256(text),
            )
        )  # fmt: skip
    Confirmation.objects.bulk_create(rows, batch_size=500)


def _asked_now(cast: Cast) -> None:
    """Of the requests that wait some are confirmed today, one is disputed, others have been asked about."""
    today, now = cast.today, cast.now
    waiting = Request.objects.filter(status=Request.Status.SUBMITTED).select_related("pupil", "school").order_by("pk")
    for n, request in enumerate(list(waiting)[:8]):
        common = {"today": today, "now": now, "school": request.school}
        ask_confirmation(by=cast.legal, pupil=request.pupil, sessions=list(request.sessions), request=request, **common)  # type: ignore[arg-type]
        who = cast.contact_of[request.school_id]
        if n % 4 == 1:
            confirm_register(by=who, pupils=[request.pupil], **common)  # type: ignore[arg-type]
        elif n % 4 == 3:
            first = request.sessions[0].partition("=")[0]
            words = "A doctor’s note came in for that morning; our register has been put right and will come with the next file."
            dispute_register(by=who, pupil=request.pupil, wrong={first: "I"}, words=words, **common)  # type: ignore[arg-type]


def _outcomes(cast: Cast) -> None:
    """How the prosecutions ended that are old enough: the last one without a conviction, if no later notice was priced on it."""
    ended = list(Notice.objects.filter(state=Notice.State.PROSECUTED, prosecuted__lte=cast.today - 3 * WEEK).order_by("number"))[:3]
    for n, notice in enumerate(ended):
        alone = Notice.objects.filter(pupil=notice.pupil_id, parent=notice.parent_id).count() == 1
        outcome = Notice.Outcome.NOT_GUILTY if n == len(ended) - 1 and alone and n else Notice.Outcome.GUILTY
        day = cast.at_work((notice.prosecuted or cast.today) + 2 * WEEK)
        if day <= cast.today:
            record_outcome(by=cast.legal, today=cast.today, now=cast.now, notice=notice, outcome=outcome, day=day, court=_COURT)


def _withdrawn_after_payment(cast: Cast) -> None:
    """Two paid notices turn out to be wrong: one is refunded, the other's money is still to be given back."""
    paid = Notice.objects.filter(state=Notice.State.PAID, order=1, request__case=None).order_by("-number")
    today, now, done = cast.today, cast.now, 0
    for notice in list(paid)[:40]:
        if done == 2 or Notice.objects.filter(pupil=notice.pupil_id, parent=notice.parent_id).count() > 1:
            continue
        words = "The head teacher had granted leave for two of these days; the letter was found since."
        gone = withdraw_notice(by=cast.legal, today=today, now=now, notice=notice, ground="errors", words=words)
        if not done:
            money.refund_withdrawn(by=cast.legal, today=today, now=now, withdrawal=gone, day=today, reference="BACS 204417")
        done += 1


def _payments(cast: Cast) -> int:
    """A file of this week: exact ones, and of what does not fit one each."""
    today, now = cast.today, cast.now
    served = list(Notice.objects.filter(state=Notice.State.SERVED, review="").order_by("number"))
    running = [one for one in served if one.deadlines and one.deadlines.owed_on(today - ONE) and (one.served or today) < today]
    over = [one for one in served if one.deadlines and one.deadlines.unpaid_from < today]
    gone = Notice.objects.filter(state=Notice.State.WITHDRAWN).order_by("number").first()
    lines, day = [], today - ONE
    for notice, beside in zip(running, (0, -40, 20), strict=False):
        owed = notice.deadlines.owed_on(day) if notice.deadlines else None
        lines.append((notice.reference, (owed or 0) + beside))
    lines += [(one.reference, one.amount_full) for one in over[:2]]
    lines += [(gone.reference, 80)] if gone else []
    lines += [("PN900001", 160), ("SCHOOL DINNERS 6B", 22)]
    rows = [f"{reference},{amount}.00,{day.isoformat()},INC{7000 + n}" for n, (reference, amount) in enumerate(lines)]
    content = "\n".join(["Reference,Amount,Date,Transaction", *rows]).encode()
    file = money.look_at_file(by=cast.legal, now=now, name=f"income-{today.isoformat()}.csv", content=content)
    money.take_file(by=cast.legal, today=today, now=now, file=file)
    late = IncomeLine.objects.waiting().filter(why="late").order_by("pk").first()
    if late:
        money.refund_line(by=cast.legal, today=today, now=now, line=late, day=today, reference="BACS 204418")
    return len(lines)


def _public_places(cast: Cast) -> None:
    """Two children who were suspended this week, at the first schools whose days and families allow it."""
    done = 0
    for key in sorted(cast.schools, key=lambda key: cast.schools[key].urn):
        days = [day for day in cast.days[key] if day <= cast.today][-3:]
        if done == 2 or len(days) < 3 or cast.schools[key].independent:
            continue
        spells = Enrolment.objects.filter(school=key).on_roll(cast.today).exclude(pupil__notices__isnull=False)
        for spell in spells.select_related("pupil", "school").order_by("-pk")[:40]:
            tie = (
                Responsibility.objects.filter(pupil=spell.pupil).exclude(parent__address="").select_related("parent").order_by("pk").first()
            )
            if tie is not None and _issue(cast, spell, tie, days, serve=not done):
                done += 1
                break


def _issue(cast: Cast, spell: Enrolment, tie: Responsibility, days: list[dt.date], *, serve: bool) -> bool:
    today, now = cast.today, cast.now
    seen = Seen(
        told=days[0], stated=days, day=days[1], time="10:40", place="Market Square", seen_by=cast.officers[0].name,
        words="Alone at the fountain for an hour. The parent said by telephone that nobody had been free to stay at home.",
        reason="The parent had been warned on the first day, in writing.",
    )  # fmt: skip
    common = {"by": cast.legal, "today": today, "now": now}
    try:
        made = issue_public_place(pupil=spell.pupil, school=spell.school, parent=tie.parent, seen=seen, **common)  # type: ignore[arg-type]
    except NoticeProblem:  # out of compulsory age, or not allowed for this child
        return False
    if serve:
        serve_public_place(notice=made, service="hand", served=today, **common)  # type: ignore[arg-type]
    return True
