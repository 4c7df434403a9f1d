"""Referring a child: writing it, sending it, sending it again with what was missing, taking it back. And what triage decides.

Whoever acts on a referral that somebody else has just acted on is told who, when and what; nothing is written over.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.models import Flag
from attendance.words import say_day
from casework import evidence
from casework.actions.allocation import allocate
from casework.actions.cases import USED_BEFORE, CaseProblem, changed, clock_words, hold, open_case, record
from casework.models import Case, Entry, Referral, ReferralStep
from schools.models import Enrolment, Pupil, School

Status, Kind = Referral.Status, ReferralStep.Kind
_BEFORE = dt.timedelta(days=366)  # so long ago a referral may have reached us: further back is a slip of the pen


@dataclass(frozen=True, slots=True)
class Said:
    """What a referral says, as whoever refers writes it."""

    reason: str
    worries: str
    tried: str = ""
    evidence: tuple[str, ...] = ()
    from_name: str = ""
    from_body: str = ""
    from_phone: str = ""
    from_email: str = ""

    def check(self, origin: str) -> None:
        if self.reason not in Case.Reason.values:
            raise CaseProblem("Choose the main reason", "reason")
        if not self.worries.strip():
            raise CaseProblem("Enter what worries you", "worries")
        if any(code not in evidence.BY_CODE for code in self.evidence):
            raise CaseProblem("Choose evidence from the list", "evidence")
        bodies = (Case.Origin.FRONT_DOOR, Case.Origin.SERVICE, Case.Origin.AUTHORITY)
        if origin in bodies and not self.from_body.strip():
            raise CaseProblem("Enter which service or authority refers the child", "from_body")

    def onto(self, referral: Referral) -> None:
        for name in _SAID:
            setattr(referral, name, getattr(self, name))
        referral.evidence = list(self.evidence)

    def stands_in(self, referral: Referral) -> bool:
        return list(self.evidence) == referral.evidence and all(getattr(self, name) == getattr(referral, name) for name in _SAID)


_SAID = ("reason", "worries", "tried", "from_name", "from_body", "from_phone", "from_email")


def check_on_roll(pupil: Pupil, school: School, today: dt.date) -> None:
    if not Enrolment.objects.filter(pupil=pupil, school=school).on_roll(today).exists():
        raise CaseProblem(
            f"{pupil} is not on roll at {school} today. If the child has moved, the school they are at now refers them; if nobody "
            "knows where the child is, this is a child missing education.",
            "school",
        )


@transaction.atomic
def make_referral(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    origin: str,
    said: Said,
    send: bool = True,
    received: dt.date | None = None,
    flag: Flag | None = None,
    form_token: uuid.UUID | None = None,
) -> tuple[Referral, bool]:
    """Refer a child, or keep a draft of it; True where it is new. A school has one waiting for a child at most."""
    if made := _made_before(form_token, pupil):
        return made, False
    received = received or today
    said.check(origin)
    if received > today:
        raise CaseProblem("A referral is written down once it has reached us: the date cannot be after today", "received")
    if received < today - _BEFORE:
        raise CaseProblem("The date is more than a year ago: check the year", "received")
    check_on_roll(pupil, school, today)
    referral = Referral(
        pupil=pupil, school=school, origin=origin, received=received, flag=flag, made_by=by, made_at=now, form_token=form_token,
        status=Status.SUBMITTED if send else Status.DRAFT, sent=received if send else None,
    )  # fmt: skip
    said.onto(referral)
    try:
        with transaction.atomic():
            referral.save()
    except IntegrityError:
        if made := _made_before(form_token, pupil):  # sent twice at once: the other was quicker
            return made, False
        if standing := standing_of(pupil, school, origin):
            raise CaseProblem(
                f"{standing.made_by or 'Somebody'} of {school} has referred {pupil} already: "
                f"{standing.get_status_display().lower()}. Nothing of yours was saved; write on at that referral."
            ) from None
        raise
    if send:
        _step(referral, Kind.SENT, by=by, now=now)
        audit.record("Pupil referred", by=by, subject=referral, origin=origin, reason=said.reason, evidence=list(said.evidence))
    return referral, True


def _made_before(form_token: uuid.UUID | None, pupil: Pupil) -> Referral | None:
    made = Referral.objects.filter(form_token=form_token).first() if form_token else None
    if made and made.pupil_id != pupil.pk:
        raise CaseProblem(USED_BEFORE)
    return made


def standing_of(pupil: Pupil, school: School, origin: str) -> Referral | None:
    """The school's own referral that waits still."""
    if origin != Case.Origin.REFERRAL:
        return None
    return Referral.objects.waiting().filter(pupil=pupil, school=school, origin=origin).first()


def _step(referral: Referral, kind: str, *, by: User | None, now: dt.datetime, words: str = "", wanted: Iterable[str] = ()) -> ReferralStep:
    return ReferralStep.objects.create(
        referral=referral, kind=kind, at=now, by=by, by_name=by.name if by else audit.COMMAND, words=words, wanted=list(wanted)
    )


def _hold(referral: Referral, *, by: User | None, now: dt.datetime, version: int | None, of: Iterable[str]) -> Referral:
    """The referral as it stands, held until the transaction ends; a `CaseProblem` where it has moved on."""
    held = Referral.objects.select_for_update(of=("self",)).select_related("pupil", "school", "made_by").get(pk=referral.pk)
    if held.status in of and (version is None or version == held.version):
        return held
    last = held.steps.order_by("-pk").first()
    who = "You" if last and by and last.by_id == by.pk else last.by_name if last else "Somebody"
    when = clock_words(last.at, now) if last else "a moment ago"
    if held.status in of:
        raise CaseProblem(f"{who} changed this referral {when}. Nothing of yours was saved; look at it and try again.")
    reason = f" “{last.words}”" if last and last.words and len(last.words) <= 200 else ""
    raise CaseProblem(f"{who} acted on this referral {when}: {held.get_status_display().lower()}.{reason} Nothing of yours was saved.")


def _again(referral: Referral, *, by: User | None, status: str, words: str) -> Referral | None:
    """The referral, where this very act was done a moment ago by the same person in the same words: a form that was sent twice. Other
    words are another act, and whoever wrote them is told that they were not saved."""
    held = Referral.objects.select_for_update(of=("self",)).select_related("case").get(pk=referral.pk)
    last = held.steps.order_by("-pk").first()
    return held if held.status == status and last and by and last.by_id == by.pk and last.words == words else None


def _changed(referral: Referral, *fields: str) -> None:
    referral.version += 1
    referral.save(update_fields=[*fields, "version"])


_WRITTEN = (*_SAID, "evidence")


@transaction.atomic
def write_again(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    referral: Referral,
    said: Said,
    send: bool,
    answer: str = "",
    version: int | None = None,
) -> Referral:
    """Change a draft, or one that came back, and send it, or keep it for later. `answer` goes to the team with it."""
    if send and (done := _again(referral, by=by, status=Status.SUBMITTED, words=answer)) and said.stands_in(done):
        return done
    held = _hold(referral, by=by, now=now, version=version, of=(Status.DRAFT, Status.RETURNED))
    said.check(held.origin)
    came = [code for code in said.evidence if code not in held.evidence]
    said.onto(held)
    if not send:
        _changed(held, *_WRITTEN)
        return held
    check_on_roll(held.pupil, held.school, today)
    first = held.sent is None
    if first:
        held.sent = today
        if not held.outside:
            held.received = today
    held.status = Status.SUBMITTED
    _changed(held, *_WRITTEN, "status", "sent", "received")
    _step(held, Kind.SENT if first else Kind.AGAIN, by=by, now=now, words=answer, wanted=[] if first else came)
    audit.record("Pupil referred" if first else "Referral sent again", by=by, subject=held, evidence=list(said.evidence))
    return held


def may_take_back(referral: Referral, user: User) -> bool:
    """A school's own words are the school's: triage decides on them with a reason that it reads, and does not make them vanish."""
    own = referral.origin == Case.Origin.REFERRAL and (referral.made_by is None or not referral.made_by.as_role.in_authority)
    return not (own and user.as_role.in_authority)


@transaction.atomic
def withdraw(*, by: User | None, now: dt.datetime, referral: Referral, words: str = "", version: int | None = None) -> Referral:
    """Take it back before it is decided."""
    if done := _again(referral, by=by, status=Status.WITHDRAWN, words=words):
        return done
    held = _hold(referral, by=by, now=now, version=version, of=Referral.WAITING)
    if by and not may_take_back(held, by):
        raise CaseProblem(
            f"{held.who} of {held.school} referred this child and takes the referral back themselves. To end it here, signpost or refuse "
            "it: the school reads the reason."
        )
    held.status = Status.WITHDRAWN
    _changed(held, "status")
    _step(held, Kind.WITHDRAWN, by=by, now=now, words=words)
    audit.record("Referral taken back", by=by, subject=held)
    return held


@transaction.atomic
def return_referral(
    *, by: User | None, now: dt.datetime, referral: Referral, words: str, wanted: Iterable[str] = (), version: int | None = None
) -> Referral:
    """Send it back, saying what is missing."""
    if done := _again(referral, by=by, status=Status.RETURNED, words=words):
        return done
    held = _hold(referral, by=by, now=now, version=version, of=(Status.SUBMITTED,))
    wanted = [code for code in wanted if code in evidence.BY_CODE]
    if not wanted and not words.strip():
        raise CaseProblem("Say what is missing", "words")
    held.status = Status.RETURNED
    _changed(held, "status")
    _step(held, Kind.RETURNED, by=by, now=now, words=words, wanted=wanted)
    audit.record("Referral returned", by=by, subject=held, wanted=wanted)
    return held


@transaction.atomic
def decline(
    *, by: User | None, today: dt.date, now: dt.datetime, referral: Referral, words: str, service: str = "", version: int | None = None
) -> Referral:
    """Refuse it, or with a `service` say who can help instead. The reason is read by whoever referred."""
    status = Status.SIGNPOSTED if service else Status.REFUSED
    if done := _again(referral, by=by, status=status, words=words):
        return done
    held = _hold(referral, by=by, now=now, version=version, of=(Status.SUBMITTED,))
    if not words.strip():
        raise CaseProblem("Enter the reason: whoever referred the child reads it", "words")
    held.status, held.service, held.decided, held.decided_by = status, service, today, by
    _changed(held, "status", "service", "decided", "decided_by")
    _step(held, status, by=by, now=now, words=words)
    audit.record(f"Referral {held.get_status_display().lower()}", by=by, subject=held, service=service)
    return held


@transaction.atomic
def accept(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    referral: Referral,
    words: str,
    reason: str = "",
    school: School | None = None,
    officer: User | None = None,
    version: int | None = None,
) -> tuple[Referral, bool]:
    """Work with the child: a case is opened, or the referral joins the one that is open. True where the case is new."""
    if done := _again(referral, by=by, status=Status.ACCEPTED, words=words):
        return done, False
    held = _hold(referral, by=by, now=now, version=version, of=(Status.SUBMITTED,))
    if not words.strip():
        raise CaseProblem("Enter the reason: whoever referred the child reads it", "words")
    case, new = open_case(
        by=by, today=today, now=now, pupil=held.pupil, school=school or held.school, origin=held.origin, reason=reason or held.reason,
        flag=held.flag,
    )  # fmt: skip
    if not new:
        case = hold(case, by=by, now=now)
        changed(case)
    elif officer and by:
        case = allocate(by=by, today=today, now=now, case=case, officer=officer)
    held.status, held.case, held.decided, held.decided_by = Status.ACCEPTED, case, today, by
    _changed(held, "status", "case", "decided", "decided_by")
    _step(held, Kind.ACCEPTED, by=by, now=now, words=words)
    # the school reads its own words in the chronology; what came from outside stays with the authority
    record(by=by, now=now, case=case, kind=Entry.Kind.REFERRED, words=in_words(held), day=today, shared=_is_of(held, case))
    audit.record("Referral accepted", by=by, subject=held, case=case.pk, new=new)
    return held, new


def _is_of(referral: Referral, case: Case) -> bool:
    return referral.origin == Case.Origin.REFERRAL and referral.school_id == case.school_id


def in_words(referral: Referral) -> str:
    """A referral as the chronology keeps it."""
    lines = [f"{referral.get_origin_display()}, {referral.who}, {say_day(referral.received)}: {referral.get_reason_display().lower()}."]
    lines.append(f"What worries: {referral.worries}")
    if referral.tried:
        lines.append(f"What was tried: {referral.tried}")
    if ticked := evidence.said(referral.evidence):
        lines.append(f"Done before: {ticked}.")
    return "\n".join(lines)


@transaction.atomic
def tell(*, by: User | None, today: dt.date, now: dt.datetime, referral: Referral, day: dt.date, words: str) -> Referral:
    """Write down that somebody outside was told what became of it."""
    held = _hold(referral, by=by, now=now, version=None, of=Referral.DECIDED)
    if held.told:
        return held
    if day > today:
        raise CaseProblem("Enter the day once it is done: the date cannot be after today", "day")
    held.told = day
    _changed(held, "told")
    _step(held, Kind.TOLD, by=by, now=now, words=words)
    audit.record("Referrer told", by=by, subject=held, day=day.isoformat())
    return held
