"""Payments from the income system: looked at, taken once, and what a person does with those that did not fit."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from legal import income
from legal.actions import public_place
from legal.actions.letters import write_refund_letter
from legal.actions.notices import record_payment
from legal.actions.problem import NoticeProblem
from legal.income import Owed, Row, Verdict
from legal.models import IncomeFile, IncomeLine, Notice, Payment, PublicPlaceNotice, Refund, Withdrawal
from legal.penalty import written
from schools.importers.table import UnreadableTable, date_of, read

MOST_BYTES, MOST_ROWS = 2 * 1024 * 1024, 5_000
_TAKING = 7324  # key of the advisory lock under which files are taken, one after the other


@transaction.atomic
def look_at_file(*, by: User, now: dt.datetime, name: str, content: bytes) -> IncomeFile:
    """Read a file. Nothing is taken yet: what it would do is shown first. Lines that cannot be read are listed, each with why."""
    if len(content) > MOST_BYTES:
        raise NoticeProblem("The file is larger than 2 MB. Send it in parts.", "file")
    try:
        table = read(content, income.COLUMNS, needed=("reference", "amount", "date"))
        lines = list(table.lines())
    except UnreadableTable as problem:
        raise NoticeProblem(str(problem), "file") from problem
    if not lines:
        raise NoticeProblem("The file has no payments in it: only its first line, or none.", "file")
    if len(lines) > MOST_ROWS:
        raise NoticeProblem(f"The file has {len(lines):,} lines; {MOST_ROWS:,} are taken at once. Send it in parts.", "file")
    rows, problems = [], []
    for line in lines:
        pence, day = income.pence_of(line["amount"]), date_of(line["date"])
        if pence is None:
            problems.append([line.number, line["amount"][:80], "This is no amount of money, like 80.00"])
        elif day is None:
            problems.append([line.number, line["date"][:80], "This is no date, like 2026-11-20 or 20/11/2026"])
        elif not line["reference"]:
            problems.append([line.number, "", "There is no reference"])
        else:
            rows.append([line.number, line["reference"][:80], pence, day.isoformat(), line["transaction"][:80]])
    made = IncomeFile.objects.create(
        name=name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        rows=rows,
        problems=problems,
        ignored=list(table.ignored),
        by=by,
        at=now,
    )
    audit.record("looked at an income file", by=by, subject=made, rows=len(rows), problems=len(problems))
    return made


def rows_of(file: IncomeFile) -> list[Row]:
    return [Row(line, ref, pence, dt.date.fromisoformat(day), txn) for line, ref, pence, day, txn in file.rows]


def verdicts(file: IncomeFile, *, today: dt.date, hold: bool = False) -> list[tuple[Row, Verdict]]:
    """What taking the file would do, line by line. Three queries."""
    rows = rows_of(file)
    known = IncomeLine.objects.filter(key__in=income.keys(rows)).values_list("key", flat=True)
    return list(zip(rows, income.judge_all(rows, _owed([row.reference for row in rows], hold=hold), known, today), strict=True))


def _owed(references: Sequence[str], *, hold: bool = False) -> dict[str, Owed]:
    numbers: dict[str, set[int]] = {"PN": set(), "PP": set()}
    for text in references:
        if ours := income.reference_of(text):
            numbers[ours[:2]].add(int(ours[2:]))
    notices = Notice.objects.filter(number__in=numbers["PN"]).select_related("withdrawal").prefetch_related("payments").order_by("pk")
    publics = PublicPlaceNotice.objects.filter(number__in=numbers["PP"]).order_by("pk")
    if hold:
        notices, publics = notices.select_for_update(of=("self",)), publics.select_for_update(of=("self",))
    found: list[Notice | PublicPlaceNotice] = [*notices]
    found += publics
    return {one.reference: owed_of(one) for one in found}


def owed_of(notice: Notice | PublicPlaceNotice) -> Owed:
    if isinstance(notice, PublicPlaceNotice):
        settled = notice.withdrawn or notice.paid_day
    else:
        withdrawal = getattr(notice, "withdrawal", None)
        settled = withdrawal.day if withdrawal else max((payment.day for payment in notice.payments.all()), default=None)
    return Owed(notice.reference, notice.state, notice.issued, notice.served, notice.deadlines, settled)


@transaction.atomic
def take_file(*, by: User, today: dt.date, now: dt.datetime, file: IncomeFile) -> IncomeFile:
    """Take what was looked at: what is exactly due becomes a payment, everything else waits for a person. Nothing is taken twice."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_TAKING])
    held = IncomeFile.objects.select_for_update().get(pk=file.pk)
    if held.status == IncomeFile.Status.TAKEN:
        return held
    if held.status == IncomeFile.Status.DROPPED:
        raise NoticeProblem("This file was put aside. Send it again to take it.")
    judged = verdicts(held, today=today, hold=True)
    lines = dict(zip((row.line for row, _ in judged), income.keys([row for row, _ in judged]), strict=True))
    for row, verdict in judged:
        if verdict.again:
            held.again += 1
            continue
        target = _find(row.reference)
        line = IncomeLine(
            file=held, number=row.line, key=lines[row.line], reference=row.reference, pence=row.pence, day=row.day,
            transaction=row.transaction, state=IncomeLine.State.QUEUED, why=verdict.why, words=verdict.words, **_as_target(target),
        )  # fmt: skip
        if verdict.why == income.EXACT and target is not None:
            line.payment = _pay(target, row.pence // 100, row.day, by, today, now)
            line.state = IncomeLine.State.RECORDED
        line.save()
    held.status, held.taken_at = IncomeFile.Status.TAKEN, now
    held.save(update_fields=["status", "taken_at", "again"])
    waiting = held.lines.waiting().count()
    audit.record("took an income file", by=by, subject=held, rows=len(judged), again=held.again, waiting=waiting)
    return held


@transaction.atomic
def drop_file(*, by: User, today: dt.date, now: dt.datetime, file: IncomeFile) -> IncomeFile:
    held = IncomeFile.objects.select_for_update().get(pk=file.pk)
    if held.status == IncomeFile.Status.DRY:
        held.status = IncomeFile.Status.DROPPED
        held.save(update_fields=["status"])
        audit.record("put an income file aside", by=by, subject=held)
    return held


def _find(reference: str) -> Notice | PublicPlaceNotice | None:
    ours = income.reference_of(reference)
    if not ours:
        return None
    model: Any = Notice if ours.startswith("PN") else PublicPlaceNotice
    found: Notice | PublicPlaceNotice | None = model.objects.filter(number=int(ours[2:])).first()
    return found


def _as_target(target: Notice | PublicPlaceNotice | None) -> dict[str, Any]:
    if target is None:
        return {}
    return {"public": target} if isinstance(target, PublicPlaceNotice) else {"notice": target}


def _pay(target: Notice | PublicPlaceNotice, amount: int, day: dt.date, by: User, today: dt.date, now: dt.datetime) -> Payment | None:
    if isinstance(target, PublicPlaceNotice):
        public_place.record_public_payment(by=by, today=today, now=now, notice=target, amount=amount, day=day)
        return None
    return record_payment(by=by, today=today, now=now, notice=target, amount=amount, day=day)


def _hold_line(line: IncomeLine, version: int | None) -> IncomeLine:
    held = IncomeLine.objects.select_for_update(of=("self",)).select_related("notice", "public").get(pk=line.pk)
    if held.state != IncomeLine.State.QUEUED:
        done = held.get_how_display().lower() if held.how else "recorded"
        raise NoticeProblem(f"This payment does not wait any more: {done}. Nothing of yours was saved.")
    if version is not None and held.version != version:
        raise NoticeProblem("Somebody changed this payment in the meantime. Nothing of yours was saved; look at it and try again.")
    return held


def _settled(line: IncomeLine, how: str, words: str, by: User, today: dt.date) -> None:
    line.state, line.how, line.settled_words, line.settled_day, line.settled_by = IncomeLine.State.SETTLED, how, words, today, by
    line.version += 1
    line.save()
    audit.record("settled a payment", by=by, subject=line, how=how)


@transaction.atomic
def accept_line(
    *, by: User, today: dt.date, now: dt.datetime, line: IncomeLine, day: dt.date, words: str, version: int | None = None
) -> IncomeLine:
    """Accept it as what was due on the day it was really paid, with what shows that. What was paid beyond is then to be given back."""
    held = _hold_line(line, version)
    target = held.public or held.notice
    if target is None:
        raise NoticeProblem("Match it to a notice first.", "how")
    if not words.strip():
        raise NoticeProblem("Say what shows that it is to be accepted.", "words")
    if day > held.day:
        raise NoticeProblem(f"The income system has it on {written(held.day)}: it was paid then or before.", "day")
    days = target.deadlines
    due = days.owed_on(day) if days else None
    verdict = income.judge(held.pence, day, owed_of(target), today)
    if verdict.why not in (income.EXACT, income.OVER, income.AT_COURT) or due is None:
        raise NoticeProblem(verdict.words, "day" if verdict.why == income.LATE else None)
    held.payment = _pay(target, due, day, by, today, now)
    _settled(held, IncomeLine.How.ACCEPTED, words.strip(), by, today)
    return held


@transaction.atomic
def match_line(
    *, by: User, today: dt.date, now: dt.datetime, line: IncomeLine, reference: str, words: str, version: int | None = None
) -> IncomeLine:
    """Say which notice it was for. Exactly what was due there is recorded; anything else waits on, now under that notice."""
    held = _hold_line(line, version)
    target = _find(reference)
    if target is None:
        raise NoticeProblem("No notice has this reference. It is written like PN000123 or PP000012.", "reference")
    if not words.strip():
        raise NoticeProblem("Say what shows that it was for that notice.", "words")
    held.notice, held.public = None, None
    for name, value in _as_target(target).items():
        setattr(held, name, value)
    verdict = income.judge(held.pence, held.day, owed_of(target), today)
    if verdict.why != income.EXACT:
        held.why, held.words = verdict.why, f"{verdict.words} Matched by {by.name}: {words.strip()}"
        held.version += 1
        held.save()
        audit.record("matched a payment", by=by, subject=held, reference=target.reference, why=verdict.why)
        return held
    held.payment = _pay(target, held.pence // 100, held.day, by, today, now)
    _settled(held, IncomeLine.How.MATCHED, words.strip(), by, today)
    return held


@transaction.atomic
def return_line(*, by: User, today: dt.date, now: dt.datetime, line: IncomeLine, words: str, version: int | None = None) -> IncomeLine:
    """It is for no notice: the income team has it back."""
    held = _hold_line(line, version)
    if not words.strip():
        raise NoticeProblem("Say to whom it was passed, and why.", "words")
    _settled(held, IncomeLine.How.RETURNED, words.strip(), by, today)
    return held


_WHY = {
    income.LATE: Refund.Why.LATE,
    income.SHORT: Refund.Why.SHORT,
    income.OVER: Refund.Why.OVER,
    income.TWICE: Refund.Why.TWICE,
    income.WITHDRAWN_NOTICE: Refund.Why.WITHDRAWN,
}


@transaction.atomic
def refund_line(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    line: IncomeLine,
    day: dt.date,
    reference: str,
    words: str = "",
    version: int | None = None,
) -> Refund:
    """The whole of it was given back, on a day, under a reference of the ledger."""
    held = _hold_line(line, version)
    _after_it_came(held, day)
    why = _WHY.get(held.why, Refund.Why.OTHER)
    made = _refund(by, today, now, held.pence, why, day, reference, words, notice=held.notice, public=held.public, line=held)
    _settled(held, IncomeLine.How.REFUNDED, words.strip() or f"Given back, {made.reference}", by, today)
    return made


@transaction.atomic
def refund_rest(*, by: User, today: dt.date, now: dt.datetime, line: IncomeLine, day: dt.date, reference: str, words: str = "") -> Refund:
    """What was paid beyond what was due, of a payment that was accepted."""
    held = IncomeLine.objects.select_for_update(of=("self",)).select_related("notice", "public").get(pk=line.pk)
    rest = rest_of(held)
    if not rest:
        raise NoticeProblem("Nothing of this payment is left to give back.")
    _after_it_came(held, day)
    return _refund(by, today, now, rest, Refund.Why.OVER, day, reference, words, notice=held.notice, public=held.public, line=held)


def _after_it_came(line: IncomeLine, day: dt.date) -> None:
    if day < line.day:
        raise NoticeProblem(f"It was paid on {written(line.day)}: it was given back then or later.", "day")


def rest_of(line: IncomeLine) -> int:
    """In pence: what is to be given back of a payment that was accepted and was too much."""
    return 0 if Refund.objects.filter(line=line).exists() else over_by(line)


def over_by(line: IncomeLine) -> int:
    """In pence: by how much an accepted payment was more than was due."""
    if line.how != IncomeLine.How.ACCEPTED:
        return 0
    taken = line.payment.amount if line.payment else line.public.paid if line.public else None
    return 0 if taken is None else line.pence - taken * 100


@transaction.atomic
def refund_withdrawn(
    *, by: User, today: dt.date, now: dt.datetime, withdrawal: Withdrawal, day: dt.date, reference: str, words: str = ""
) -> Refund:
    """What had been paid for a notice that was withdrawn, given back: once."""
    held = Withdrawal.objects.select_for_update(of=("self",)).select_related("notice").get(pk=withdrawal.pk)
    if not held.refund:
        raise NoticeProblem(f"Nothing had been paid for {held.notice.reference}: nothing is to be given back.")
    if made := Refund.objects.filter(withdrawal=held).first():
        raise NoticeProblem(f"£{held.refund} was given back on {written(made.day)} already, {made.reference}.")
    if day < held.day:
        raise NoticeProblem(f"The notice was withdrawn on {written(held.day)}: it was given back then or later.", "day")
    return _refund(by, today, now, held.refund * 100, Refund.Why.WITHDRAWN, day, reference, words, notice=held.notice, withdrawal=held)


@transaction.atomic
def refund_public(
    *, by: User, today: dt.date, now: dt.datetime, notice: PublicPlaceNotice, day: dt.date, reference: str, words: str = ""
) -> Refund:
    """The same for a public place notice that was withdrawn."""
    held = PublicPlaceNotice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if held.withdrawn is None or not held.paid:
        raise NoticeProblem(f"Nothing of {held.reference} waits to be given back.")
    if made := Refund.objects.filter(public=held, line=None).first():
        raise NoticeProblem(f"£{held.paid} was given back on {written(made.day)} already, {made.reference}.")
    if day < held.withdrawn:
        raise NoticeProblem(f"The notice was withdrawn on {written(held.withdrawn)}: it was given back then or later.", "day")
    return _refund(by, today, now, held.paid * 100, Refund.Why.WITHDRAWN, day, reference, words, public=held)


@transaction.atomic
def give_back(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    notice: Notice,
    pence: int,
    why: str,
    day: dt.date,
    reference: str,
    words: str,
    form_token: uuid.UUID | None = None,
) -> Refund:
    """Money that came outside the income system and was not taken, given back: a cheque after the last day, a second payment."""
    if form_token and (made := Refund.objects.filter(form_token=form_token).first()):
        return made
    if why not in Refund.Why.values:
        raise NoticeProblem("Choose why it is given back.", "why")
    if not words.strip():
        raise NoticeProblem("Say when and how the money had come.", "words")
    held = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    return _refund(by, today, now, pence, why, day, reference, words, notice=held, form_token=form_token)


def _refund(
    by: User, today: dt.date, now: dt.datetime, pence: int, why: str, day: dt.date, reference: str, words: str, **about: Any
) -> Refund:
    if day > today:
        raise NoticeProblem("Enter the day once the money has been given back.", "day")
    if not reference.strip():
        raise NoticeProblem("Enter the reference of the refund in the council’s ledger.", "reference")
    made = Refund.objects.create(pence=pence, why=why, day=day, reference=reference.strip(), words=words.strip(), by=by, at=now, **about)
    audit.record("recorded a refund", by=by, subject=made, pence=pence, why=why, day=str(day))
    write_refund_letter(by=by, today=today, refund=made)
    return made
