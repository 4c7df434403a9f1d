"""Notices to improve: prepared, changed, issued to one or several parents at once, and served."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from attendance import matrix
from casework.models import Case
from legal import freeze, improvement, papers, penalty, proof, watching
from legal.actions import gate, people
from legal.actions.problem import NoticeProblem, moved_on, safeguarding_comes_first, tell_case
from legal.actions.watch import keep_improvement_tasks
from legal.improvement import Progress
from legal.models import Improvement, ImprovementDecision, Paper
from legal.penalty import written
from schools import ages
from schools.models import Parent, PolicyValue, Pupil, School
from schools.policy import Policy

State, Issuer, Service = Improvement.State, Improvement.Issuer, Improvement.Service
AUTHORITY_ONLY, SCHOOL_ONLY = 1, 2  # of the policy value improve_issuer


@dataclass(frozen=True, slots=True)
class Terms:
    """What the notice says."""

    start: dt.date
    weeks: int
    most: int
    support_given: str
    support_offered: str
    contact: str
    early: int | None = None
    early_words: str = ""


@transaction.atomic
def draft_improvements(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    parents: Sequence[Parent],
    terms: Terms,
    form_token: uuid.UUID | None = None,
) -> list[Improvement]:
    """Prepare one for each of the parents, with the same words. A form that is sent twice makes them once."""
    if form_token and (made := list(Improvement.objects.filter(form_token=form_token, pupil=pupil).order_by("pk"))):
        return made
    policy = PolicyValue.objects.in_force(today)
    issuer = _issuer(by, policy)
    _may_get_one(pupil, school, today)
    _parents_of(pupil, parents)
    _check(terms, school, today, policy)
    case = Case.objects.open().filter(pupil=pupil).first()
    rows = []
    for parent in sorted(parents, key=lambda one: one.pk):
        row = Improvement(
            pupil=pupil,
            parent=parent,
            school=school,
            case=case,
            issuer=issuer,
            made=today,
            made_by=by,
            form_token=form_token,
            **asdict(terms),
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            other = Improvement.objects.open().filter(pupil=pupil, parent=parent).first()
            if other is None:
                raise
            raise NoticeProblem(
                f"{parent} has a notice to improve about {pupil} already: {other.reference} ({other.get_state_display().lower()}). One "
                "parent has one at a time.",
                "parents",
            ) from None
        audit.record("prepared notice to improve", by=by, subject=row, pupil=pupil.pk, school=school.urn)
        rows.append(row)
    return rows


def _issuer(by: User, policy: Policy) -> str:
    issuer = Issuer.AUTHORITY if by.as_role.in_authority else Issuer.SCHOOL
    who = policy["improve_issuer"]
    if who == AUTHORITY_ONLY and issuer == Issuer.SCHOOL:
        raise NoticeProblem("In this authority notices to improve are issued by the attendance team, not by schools. Ask your officer.")
    if who == SCHOOL_ONLY and issuer == Issuer.AUTHORITY:
        raise NoticeProblem("In this authority notices to improve are issued by the school.")
    return issuer


def its_own(held: Improvement, by: User) -> None:
    """What the authority issued is the authority's to serve, to take back and to decide on: a school reads it."""
    if held.issuer == Issuer.AUTHORITY and not by.as_role.in_authority:
        raise NoticeProblem(f"{held.reference} is the authority’s: your attendance officer does this.")


def _may_get_one(pupil: Pupil, school: School, today: dt.date) -> None:
    if school.independent:
        raise NoticeProblem(
            f"{school} is an independent school: the framework for penalty notices, and with it the notice to improve, is not about its "
            "pupils."
        )
    people.on_roll(pupil, school, today)
    if pupil.dob and not ages.of_compulsory_age(pupil.dob, today):
        raise NoticeProblem(f"{pupil} is not of compulsory school age: there is no offence that could be improved on.")


def _parents_of(pupil: Pupil, parents: Sequence[Parent]) -> None:
    if not parents:
        raise NoticeProblem("Choose at least one parent", "parents")
    people.recorded(pupil, parents)


def _check(terms: Terms, school: School, today: dt.date, policy: Policy) -> watching.Period:
    if wrong := improvement.weeks_allowed(terms.weeks, least=policy["improve_weeks_least"], most=policy["improve_weeks_most"]):
        raise NoticeProblem(wrong, "weeks")
    if terms.start < today:
        raise NoticeProblem("The period cannot begin before today: the parent has still to receive the notice", "start")
    if terms.start > today + dt.timedelta(days=42):
        raise NoticeProblem("Let the period begin within six weeks: what the notice rests on is of now", "start")
    for name, words in (("support_given", terms.support_given), ("support_offered", terms.support_offered), ("contact", terms.contact)):
        if not words.strip():
            raise NoticeProblem("A notice to improve says what support there was, what is offered again, and whom to ask for it", name)
    if terms.early is not None and terms.early <= terms.most:
        raise NoticeProblem(f"Enter more than {terms.most}: so many may be missed and the target is still met", "early")
    found = watching.period(school, terms.start, terms.weeks, today=today)
    if found.end.day is None:
        raise NoticeProblem("The school’s calendar does not reach that far. Enter its terms first, or choose fewer weeks.", "weeks")
    if terms.most >= found.sessions:
        raise NoticeProblem(f"The period has {found.sessions} sessions: enter fewer", "most")
    return found


def hold_improvement(row: Improvement, version: int | None, by: User | None) -> Improvement:
    held = Improvement.objects.select_for_update(of=("self",)).select_related("pupil", "parent", "school", "case").get(pk=row.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("improvement", held.pk, by))
    return held


def save_moved(row: Improvement, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])


@transaction.atomic
def change_improvement(
    *, by: User, today: dt.date, now: dt.datetime, improvement: Improvement, terms: Terms, version: int | None = None
) -> Improvement:
    """Change what one that is being prepared says. Once it is issued, what is printed stays."""
    held = hold_improvement(improvement, version, by)
    its_own(held, by)
    if held.state != State.DRAFT:
        raise NoticeProblem(f"{held.reference} cannot be changed any more: {held.get_state_display().lower()}.")
    _check(terms, held.school, today, PolicyValue.objects.in_force(today))
    for name, value in asdict(terms).items():
        setattr(held, name, value)
    save_moved(held, *asdict(terms))
    audit.record("changed notice to improve", by=by, subject=held)
    return held


@transaction.atomic
def issue_improvements(
    *, by: User, today: dt.date, now: dt.datetime, improvements: Sequence[Improvement], versions: dict[int, int] | None = None
) -> list[Improvement]:
    """Issue to each of these parents or, where one cannot be, to none. The record and the register are kept as they stand now."""
    if not improvements:
        raise NoticeProblem("Choose at least one parent", "improvements")
    policy = PolicyValue.objects.in_force(today)
    issued = []
    for row in sorted(improvements, key=lambda one: one.pk):
        held = hold_improvement(row, (versions or {}).get(row.pk), by)
        _issue(held, by, today, now, policy)
        issued.append(held)
    for held in issued:
        words = (
            f"Notice to improve issued: {held.reference} to {held.to_name}, {held.target.words if held.target else ''}. "
            f"{len(held.sessions)} unauthorised sessions before it."
        )
        tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=words)
    keep_improvement_tasks(pupils=[held.pupil_id for held in issued], schools=None, today=today, now=now, by=by)
    return issued


def _issue(held: Improvement, by: User, today: dt.date, now: dt.datetime, policy: Policy) -> None:
    if held.state != State.DRAFT:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()} already.")
    if _issuer(by, policy) != held.issuer:
        raise NoticeProblem(f"{held.get_issuer_display()} prepared this one and issues it.")
    _may_get_one(held.pupil, held.school, today)
    _parents_of(held.pupil, [held.parent])
    safeguarding_comes_first(held.pupil, by=by, today=today, before="a notice to improve is issued")
    found = _check(terms_of(held), held.school, today, policy)
    if not held.parent.address.strip():
        raise NoticeProblem(f"{held.parent} has no address: add it on the pupil’s page, then issue.", "improvements")
    window = proof.prove(held.pupil, day=today, policy=policy, known_at=now).window
    if why := improvement.not_for_holiday(window, policy["threshold_weeks"]):
        raise NoticeProblem(why)
    sessions = [said for said in window if not said.endswith(improvement.HOLIDAY)]
    gate.pass_through(gate.Wanted(gate.IMPROVE, held.pupil, held.parent, held.school, by, today, now, tuple(sessions)), "improvements")
    put_out(held, found, sessions, by=by, today=today, now=now, policy=policy)


def put_out(
    held: Improvement, found: watching.Period, sessions: list[str], *, by: User, today: dt.date, now: dt.datetime, policy: Policy
) -> None:
    """Write down that it is issued, with the record and the register as known at this moment, and ask for the document."""
    since = matrix.year_start(matrix.academic_year(dt.date.fromisoformat(sessions[0][:10])))
    seen = watching.of_pupil(held.pupil_id, since, today, known_at=now)
    held.state, held.issued, held.end, held.of = State.ISSUED, today, found.end.day, found.sessions
    held.record_from, held.record_possible, held.record_absent, held.sessions = since, seen.counted, seen.absent, sessions
    held.to_name, held.child_name = str(held.parent), str(held.pupil)
    held.to_address = people.address_of(held.parent)
    names = ("state", "issued", "end", "of", "record_from", "record_possible", "record_absent", "sessions", "to_name", "child_name")
    save_moved(held, *names, "to_address")
    decided = write_decision(held, ImprovementDecision.Kind.ISSUED, "", None, by, today, now, policy)
    papers.order(Paper.Kind.IMPROVE, improvement=held)
    audit.record("issued notice to improve", by=by, subject=held, sessions=len(sessions), sha256=decided.sha256)


def terms_of(row: Improvement) -> Terms:
    return Terms(
        row.start, row.weeks, row.most, row.support_given, row.support_offered, row.contact, early=row.early, early_words=row.early_words
    )


def write_decision(
    row: Improvement, kind: str, words: str, progress: Progress | None, by: User, today: dt.date, now: dt.datetime, policy: Policy
) -> ImprovementDecision:
    """With the register as it is known at this moment, two academic years back from the first session it rests on."""
    first = min((dt.date.fromisoformat(said[:10]) for said in row.sessions), default=today)
    frozen = freeze.text(row.pupil, first=freeze.earliest(first), day=today, known_at=now, policy_version=policy.version)
    return ImprovementDecision.objects.create(
        improvement=row,
        kind=kind,
        words=words,
        counted=progress.counted if progress else 0,
        missed=progress.missed if progress else 0,
        by=by,
        by_name=by.name,
        day=today,
        known_at=now,
        register=frozen,
        sha256=freeze.sha256(frozen),
        policy_version=policy.version,
    )


@transaction.atomic
def serve_improvement(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    improvement: Improvement,
    service: str,
    served: dt.date,
    receipt: dt.date | None = None,
    evidence: str = "",
    version: int | None = None,
) -> Improvement:
    """Say how and when it was given to the parent. Said again it corrects what was said before, with the evidence for it."""
    held = hold_improvement(improvement, version, by)
    its_own(held, by)
    if held.state not in Improvement.WATCHED or held.issued is None:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()}: how it was served cannot be changed now.")
    policy = PolicyValue.objects.in_force(served)
    if service not in Service.values:
        raise NoticeProblem("Choose how the notice was served", "service")
    if service == Service.EMAIL:
        _by_email(held.parent, policy)
    if served < held.issued:
        raise NoticeProblem(f"It was issued on {written(held.issued)}: it cannot have been served before", "served")
    if served > today:
        raise NoticeProblem("Enter today or an earlier day: say so when it has been served", "served")
    presumed = penalty.presumed_receipt(served, policy) if service == Service.POST else served
    if receipt is not None and not served <= receipt <= max(presumed, today):
        raise NoticeProblem("Enter the day it came: not before it was served, and not a day to come", "receipt")
    if (receipt not in (None, presumed) or held.state == State.RUNNING) and not evidence.strip():
        raise NoticeProblem(f"It is taken as received on {written(presumed)}. For another day say what shows it", "evidence")
    held.service, held.served, held.receipt, held.receipt_evidence = service, served, receipt or presumed, evidence.strip()
    held.state = State.RUNNING
    save_moved(held, "service", "served", "receipt", "receipt_evidence", "state")
    words = f"{held.reference} served: {held.get_service_display().lower()}, received {written(held.receipt)}."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=words, shared=held.issuer == Issuer.SCHOOL)
    audit.record("served notice to improve", by=by, subject=held, service=service, served=str(served), receipt=str(held.receipt))
    keep_improvement_tasks(pupils=[held.pupil_id], schools=None, today=today, now=now, by=by)
    return held


def _by_email(parent: Parent, policy: Policy) -> None:
    if not policy["improve_email"]:
        raise NoticeProblem("The authority’s policy is to send no notice to improve by e-mail. Post it, or hand it over.", "service")
    if not (parent.email and parent.email_agreed):
        raise NoticeProblem(
            f"{parent} has not agreed to e-mail, or has no address for it: see the parent’s page. Post it, or hand it over.", "service"
        )


def may_issue(user: User, row: Improvement) -> bool:
    ours = Issuer.AUTHORITY if user.as_role.in_authority else Issuer.SCHOOL
    return user.may(Permission.KEEP_IMPROVEMENTS) and row.issuer == ours
