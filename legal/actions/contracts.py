"""Attendance contracts: drawn up, offered to parents, answered, reviewed, ended. Nothing is agreed that was not signed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import IO

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from casework import scanning
from casework.models import Case
from legal import contracts, papers, watching
from legal.actions import people
from legal.actions.problem import NoticeProblem, moved_on, tell_case
from legal.actions.standing_in_way import not_authorised
from legal.models import Authorised, Contract, ContractReview, Paper, Party
from legal.penalty import written
from schools import ages, files, kept
from schools.models import Parent, Pupil, School

Status, Side, State = Contract.Status, Contract.Side, Party.State
LONGEST = dt.timedelta(days=366)


def _hold(contract: Contract, version: int | None, by: User | None) -> Contract:
    held = Contract.objects.select_for_update(of=("self",)).select_related("pupil", "school", "case").get(pk=contract.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("contract", held.pk, by))
    return held


def _moved(row: Contract | Party, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])


def _tell(contract: Contract, words: str, by: User, today: dt.date, now: dt.datetime) -> None:
    tell_case(by=by, today=today, now=now, pupil=contract.pupil, school=contract.school, words=f"{contract.reference}: {words}")


@transaction.atomic
def draw_up(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    parents: Sequence[Parent],
    requirements: str,
    support: str,
    start: dt.date,
    end: dt.date,
    review_by: dt.date | None = None,
    form_token: uuid.UUID | None = None,
) -> Contract:
    """Write down the two statements and for whom they are. Nothing is offered yet."""
    if form_token and (made := Contract.objects.filter(form_token=form_token, pupil=pupil).first()):
        return made
    of_age = pupil.dob is None or ages.of_compulsory_age(pupil.dob, today)
    if why := contracts.obstacle(independent=school.independent, of_age=of_age):
        raise NoticeProblem(why)
    people.on_roll(pupil, school, today)
    if not parents:
        raise NoticeProblem("Choose at least one parent", "parents")
    people.recorded(pupil, parents)
    _check_days(start, end, review_by)
    contract = Contract(
        pupil=pupil,
        school=school,
        case=Case.objects.open().filter(pupil=pupil).first(),
        side=Side.AUTHORITY if by.as_role.in_authority else Side.SCHOOL,
        requirements=requirements.strip(),
        support=support.strip(),
        start=start,
        end=end,
        review_by=review_by,
        made=today,
        made_by=by,
        form_token=form_token,
    )
    try:
        with transaction.atomic():
            contract.save()
    except IntegrityError:
        other = Contract.objects.filter(pupil=pupil, school=school).exclude(status=Status.ENDED).first()
        if other is None:
            raise
        raise NoticeProblem(
            f"There is one for {pupil} at {school} already: {other.reference}. Work on that one, or end it first."
        ) from None
    Party.objects.bulk_create(Party(contract=contract, parent=parent) for parent in sorted(parents, key=lambda one: one.pk))
    audit.record("drew up attendance contract", by=by, subject=contract, pupil=pupil.pk, school=school.urn)
    return contract


def _check_days(start: dt.date, end: dt.date, review_by: dt.date | None) -> None:
    if end <= start:
        raise NoticeProblem("The last day is after the first", "end")
    if end - start > LONGEST:
        raise NoticeProblem("Let it run for a year at most: it is reviewed, and another can follow", "end")
    if review_by is not None and not start < review_by <= end:
        raise NoticeProblem("Let it be reviewed after its first day, and by its last", "review_by")


def _its_own(held: Contract, by: User) -> None:
    """What the authority drew up is the authority's to change, to offer and to end: the school answers for what the school promised."""
    if held.side == Side.AUTHORITY and not by.as_role.in_authority:
        raise NoticeProblem(f"{held.reference} is the authority’s: your attendance officer does this.")


@transaction.atomic
def change_contract(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    contract: Contract,
    requirements: str,
    support: str,
    start: dt.date,
    end: dt.date,
    review_by: dt.date | None = None,
    version: int | None = None,
) -> Contract:
    """Before it is offered. What was offered stays as it was offered: end it, and draw up another."""
    held = _hold(contract, version, by)
    _its_own(held, by)
    if held.status != Status.DRAFT:
        raise NoticeProblem("It has been offered: its words stay. End it and draw up another, if they have to change.")
    _check_days(start, end, review_by)
    held.requirements, held.support, held.start, held.end, held.review_by = requirements.strip(), support.strip(), start, end, review_by
    _moved(held, "requirements", "support", "start", "end", "review_by")
    audit.record("changed attendance contract", by=by, subject=held)
    return held


@transaction.atomic
def offer(
    *, by: User, today: dt.date, now: dt.datetime, contract: Contract, present: Sequence[int] = (), version: int | None = None
) -> Contract:
    """Offer it to every parent it names. `present`: keys of parents who are there; to the others the offer is sent."""
    held = _hold(contract, version, by)
    _its_own(held, by)
    if held.status != Status.DRAFT:
        raise NoticeProblem("It has been offered already.")
    if not held.requirements or not held.support:
        raise NoticeProblem("It holds two statements: what is asked of the parent, and what support is given. Write both first.")
    if held.side == Side.AUTHORITY and not Authorised.objects.signing(by, Authorised.Power.CONTRACTS, today):
        raise NoticeProblem(not_authorised(by, Authorised.Power.CONTRACTS, today))
    if held.end <= today:
        raise NoticeProblem(f"Its last day, {written(held.end)}, has gone by. Change its days first.")
    parties = list(held.parties.select_related("parent"))
    for party in parties:
        if party.parent_id not in present and not party.parent.address.strip():
            raise NoticeProblem(f"{party.parent} was not there and has no address to which the offer could be sent. Add it first.")
    for party in parties:
        party.state, party.offered, party.present = State.OFFERED, today, party.parent_id in present
        party.to_name = str(party.parent)
        party.to_address = people.address_of(party.parent)
        _moved(party, "state", "offered", "present", "to_name", "to_address")
        papers.order(Paper.Kind.OFFER, party=party)
    held.status, held.offered = Status.OPEN, today
    _moved(held, "status", "offered")
    _tell(held, f"attendance contract offered to {' and '.join(party.to_name for party in parties)}.", by, today, now)
    audit.record("offered attendance contract", by=by, subject=held, parents=len(parties))
    return held


def record_answer(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    party: Party,
    state: str,
    day: dt.date,
    words: str = "",
    where: str = "",
    name: str = "",
    size: int = 0,
    file: IO[bytes] | None = None,
    version: int | None = None,
) -> Party:
    """What a parent answered. Agreed needs the signature: its day, and the signed copy or where the paper is kept."""
    kind, held_file, scanned = "", None, False
    if file is not None:
        try:
            kind = files.kind_of(name, size, file)
            scanned = scanning.scan(file)
            held_file = kept.keep("legal", file, f".{kind}")
        except (files.WrongFile, scanning.NotTaken) as problem:
            raise NoticeProblem(str(problem), "file") from None
        except OSError:
            raise NoticeProblem("The server could not write the file. Tell whoever looks after Daymark.", "file") from None
    with transaction.atomic():
        contract = _hold(party.contract, None, by)
        held = Party.objects.select_for_update(of=("self",)).select_related("parent").get(pk=party.pk)
        if version is not None and held.version != version:
            raise NoticeProblem(moved_on("party", held.pk, by))
        if contract.status != Status.OPEN or state not in contracts.may_become(held.state):
            raise NoticeProblem(f"This answer cannot be recorded now: {held.to_name or held.parent}, {held.get_state_display().lower()}.")
        if held.offered is None or not held.offered <= day <= today:
            raise NoticeProblem("Enter the day of the answer: not before it was offered, and not after today", "day")
        if state == State.AGREED and held_file is None and not where.strip():
            raise NoticeProblem("A contract is signed: add the signed copy, or say where the signed paper is kept", "where")
        held.state, held.answered, held.words = State(state), day, words.strip()
        fields = ["state", "answered", "words"]
        if state == State.AGREED:
            held.signed, held.where = day, where.strip()
            fields += ["signed", "where"]
            if held_file is not None:
                held.copy_name = name.replace("\\", "/").rpartition("/")[2][-150:]
                held.copy_kind, held.copy_stored, held.copy_sha256 = kind, held_file.name, held_file.sha256
                held.copy_size, held.copy_scanned = held_file.size, scanned
                fields += ["copy_name", "copy_kind", "copy_stored", "copy_sha256", "copy_size", "copy_scanned"]
        _moved(held, *fields)
        if state == State.AGREED:
            papers.order(Paper.Kind.SIGNED, party=held)
        _tell(contract, _said(held), by, today, now)
        audit.record("recorded answer to attendance contract", by=by, subject=held, state=state, day=str(day))
    return held


def _said(party: Party) -> str:
    words = {
        State.AGREED: f"signed by {party.to_name}",
        State.REFUSED: f"{party.to_name} refused the offer",
        State.NO_REPLY: f"no reply from {party.to_name} to the offer",
    }
    return f"{words[State(party.state)]}, {written(party.answered or party.offered or party.contract.made)}."


@transaction.atomic
def review_contract(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    contract: Contract,
    result: str,
    words: str,
    next_by: dt.date | None = None,
    form_token: uuid.UUID | None = None,
) -> ContractReview:
    """A look at how it goes. The marks since its first day are kept with it as they stand."""
    if form_token and (made := ContractReview.objects.filter(form_token=form_token, contract=contract).first()):
        return made
    held = _hold(contract, None, by)
    if held.status != Status.OPEN or held.start > today:
        raise NoticeProblem("There is nothing to review: it is not running.")
    if result not in ContractReview.Result.values:
        raise NoticeProblem("Choose how it goes", "result")
    if not words.strip():
        raise NoticeProblem("Say what was found", "words")
    if next_by is not None and not today < next_by <= held.end:
        raise NoticeProblem(f"Enter a day after today and by its last, {written(held.end)}", "next_by")
    seen = watching.of_pupil(held.pupil_id, held.start, min(today, held.end), known_at=now)
    review = ContractReview.objects.create(
        contract=held,
        day=today,
        result=result,
        words=words.strip(),
        possible=seen.counted,
        absent=seen.absent,
        unauthorised=seen.missed,
        next_by=next_by,
        by=by,
        by_name=by.name,
        at=now,
        form_token=form_token,
    )
    held.review_by = next_by
    _moved(held, "review_by")
    _tell(
        held,
        f"reviewed: {review.get_result_display().lower()}. Missed {seen.absent} of {seen.counted} sessions since its start.",
        by,
        today,
        now,
    )
    audit.record("reviewed attendance contract", by=by, subject=held, result=result)
    return review


@transaction.atomic
def end_contract(
    *, by: User, today: dt.date, now: dt.datetime, contract: Contract, outcome: str, words: str, version: int | None = None
) -> Contract:
    """At its end or before: what came of it."""
    held = _hold(contract, version, by)
    _its_own(held, by)
    if held.status == Status.ENDED:
        raise NoticeProblem(f"It was ended on {written(held.ended or held.end)}.")
    if outcome not in Contract.Outcome.values:
        raise NoticeProblem("Choose what came of it", "outcome")
    if not words.strip():
        raise NoticeProblem("Say what came of it, in words", "words")
    was_offered = held.offered is not None
    held.status, held.ended, held.outcome, held.outcome_words = Status.ENDED, today, outcome, words.strip()
    _moved(held, "status", "ended", "outcome", "outcome_words")
    for party in held.parties.select_for_update().filter(state=State.AGREED):
        party.state = State.ENDED
        _moved(party, "state")
    if was_offered:
        _tell(held, f"ended: {held.get_outcome_display().lower()}.", by, today, now)
    audit.record("ended attendance contract", by=by, subject=held, outcome=outcome)
    return held
