"""The school's word that the marks held here agree with its register: asked for, given, and whether it still holds.

Ours: domain practice asks for it on the day. What is issued on marks that the school itself no longer stands by is lost in court and
wrongs a family, so a notice and a notice to improve wait for it (legal.actions.gate), as long as policy says it holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from attendance.codes import find
from attendance.reports import coverage
from casework.actions import complete_task, open_task
from casework.models import Task
from legal import confirmed, freeze, proof
from legal.actions.problem import NoticeProblem, tell_case
from legal.confirmed import Behind
from legal.models import Confirmation, ConfirmationAsked, Request
from legal.penalty import written
from schools.models import PolicyValue, Pupil, School
from schools.policy import Policy

if TYPE_CHECKING:
    from legal.actions.gate import Wanted

AGREES, ASKED, NONE = "agrees", "asked", "none"
WRONG, OLD, CHANGED, OTHERS = "wrong", "old", "changed", "others"
_KEY, _PUT_RIGHT = "legal:confirm:", "legal:put-right:"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a school's word about a pupil's marks stands today. `words` say what to do where it does not hold."""

    school: School
    state: str
    words: str
    said: Confirmation | None = None
    asked: ConfirmationAsked | None = None

    @property
    def holds(self) -> bool:
        return self.state == AGREES


def relied_on(request: Request, today: dt.date) -> list[str]:
    """The sessions that a decision on the request would rest on today; where it could not, those it was submitted with."""
    found = proof.evidence(request.pupil, request.sessions, day=today, policy=PolicyValue.objects.in_force(today))
    return list(found.sessions or request.sessions)


def in_window(pupil: Pupil, today: dt.date) -> list[str]:
    """What would be relied on where nothing has been asked for yet: the unauthorised sessions that stand in the window."""
    return list(proof.prove(pupil, day=today, policy=PolicyValue.objects.in_force(today)).window)


def standings(pupil: Pupil, school: School, sessions: Sequence[str], *, today: dt.date, policy: Policy) -> list[Standing]:
    """The word of each school whose marks are relied on: mostly of one. Four queries."""
    behind = confirmed.behind(pupil, school, sessions)
    keys = list(behind.by_school)
    of_school = {school.pk: school} if keys == [school.pk] else School.objects.in_bulk(keys)
    said = {one.school_id: one for one in Confirmation.objects.filter(pupil=pupil, school__in=keys).order_by("pk")}
    silent = [pk for pk in keys if pk not in said]
    open_ones = ConfirmationAsked.objects.open().filter(pupil=pupil, school__in=silent) if silent else ()
    asked = {one.school_id: one for one in open_ones}
    return [_standing(behind, of_school[pk], said.get(pk), asked.get(pk), today, policy) for pk in sorted(keys)]


def last_word(pupil: Pupil, school: School, *, today: dt.date) -> Standing:
    """What the school said last, by its day alone: for a page on which somebody is about to decide. Whether it still holds is asked
    of the marks when they do. One query."""
    said = Confirmation.objects.filter(pupil=pupil, school=school).order_by("-pk").first()
    if said is None:
        return Standing(school, NONE, f"{school} has not confirmed that the marks held here agree with its own register.")
    on = written(said.day)
    if not said.agrees:
        return Standing(school, WRONG, f"{school} said on {on} that the marks do not agree with its register: {_what(said)}.", said)
    words = f"{school} confirmed on {on} that the marks held here agree with its register. Whether it still holds is asked when you decide."
    return Standing(school, AGREES if said.day == today else OLD, words, said)


def _standing(
    behind: Behind, school: School, said: Confirmation | None, asked: ConfirmationAsked | None, today: dt.date, policy: Policy
) -> Standing:
    if said is None:
        waits = f" It was asked on {written(asked.asked)} and has not answered yet." if asked else " Ask it to."
        words = f"{school} has not confirmed that the marks held here of {behind.pupil} agree with its own register.{waits}"
        return Standing(school, ASKED if asked else NONE, words, None, asked)
    return Standing(school, *_judged(behind, school, said, today, policy), said, asked)


def _judged(behind: Behind, school: School, said: Confirmation, today: dt.date, policy: Policy) -> tuple[str, str]:
    on, pupil = written(said.day), behind.pupil
    if not said.agrees:
        return WRONG, (
            f"{school} said on {on} that the marks held here of {pupil} do not agree with its register: {_what(said)}. Have the school "
            "send the right marks, then ask it again."
        )
    if behind.text(school, (said.first, said.last)) != said.register:
        return CHANGED, f"Marks of {pupil} have changed since {school} confirmed its register on {on}. Ask it again."
    if not confirmed.covers(said.register, behind.by_school[school.pk]):
        return OTHERS, f"What {school} confirmed on {on} does not show every session relied on against {pupil}. Ask it again."
    holds = policy["confirmation_school_days"]
    if (gone := school_days_since(school, said.day, today)) > holds:
        days = "school day" if gone == 1 else "school days"
        until = "the same day" if holds == 0 else f"{holds} school day{'' if holds == 1 else 's'}"
        return OLD, f"{school} confirmed its register of {pupil} on {on}, {gone} {days} ago: that holds for {until}. Ask it again."
    return AGREES, f"{school} confirmed on {on} that the marks held here agree with its register."


def _what(said: Confirmation) -> str:
    each = [f"{session} is {theirs or 'no mark'}, not {ours or 'no mark'}" for session, ours, theirs in said.wrong]
    return "; ".join([*each, *([said.words.rstrip(".")] if said.words else [])])


def school_days_since(school: School, day: dt.date, today: dt.date) -> int:
    """The school's days after `day` up to today. A day that nobody has said anything of yet counts: asked once too often, not too late."""
    if day >= today:
        return 0
    calendar = coverage.sent([school.pk], today=today).calendar(school.pk, today=day)
    return sum(calendar.is_school_day(dt.date.fromordinal(at)) for at in range(day.toordinal() + 1, today.toordinal() + 1))


def register_confirmed(wanted: Wanted) -> str:
    """A check of the gate: the word of every school whose marks are relied on."""
    if wanted.tool not in ("notice", "improve"):
        return ""
    policy = PolicyValue.objects.in_force(wanted.today)
    every = standings(wanted.pupil, wanted.school, wanted.sessions, today=wanted.today, policy=policy)
    return " ".join(one.words for one in every if not one.holds)


@transaction.atomic
def ask_confirmation(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    sessions: Sequence[str],
    request: Request | None = None,
) -> list[ConfirmationAsked]:
    """Ask each school whose marks are relied on: a task in its own login, due today. One that is asked already is not asked twice."""
    asked = []
    for pk, theirs in sorted(confirmed.behind(pupil, school, sessions).by_school.items()):
        place = school if pk == school.pk else School.objects.get(pk=pk)
        one, new = ConfirmationAsked.objects.get_or_create(
            pupil=pupil,
            school=place,
            ended=None,
            defaults={"request": request, "sessions": list(theirs), "asked": today, "asked_by": by},
        )
        if not new and (one.sessions != theirs or one.request_id != (request.pk if request else None)):
            one.sessions, one.request = list(theirs), request
            one.save(update_fields=["sessions", "request"])
        if new:
            open_task(
                by=by, today=today, now=now, source_key=f"{_KEY}{one.pk}", kind=Task.Kind.OTHER, side=Task.Side.SCHOOL, due=today,
                title="Confirm that our marks agree with your register",
                why="Something is to be issued on these marks. It waits until you have said, today, that they agree with your register.",
                pupil=pupil, school=place, address_name="confirmation", address_pk=one.pk, by_hand=False,
            )  # fmt: skip
            audit.record("asked for a confirmed register", by=by, subject=one, pupil=pupil.pk, school=place.urn, sessions=len(theirs))
        asked.append(one)
    return asked


@transaction.atomic
def confirm_register(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    school: School,
    pupils: Sequence[Pupil],
    how: str = Confirmation.How.LOGIN,
    said_by: str = "",
    shown: Mapping[int, str] | None = None,
) -> list[Confirmation]:
    """The school says of each of these pupils that the marks held here agree with its register. `shown`: by pupil, the SHA-256 of
    what the page showed; whoever saw something else than what stands now is told, and nothing is kept."""
    if not pupils:
        raise NoticeProblem("Choose at least one pupil.", "agree")
    who = _who(by, how, said_by)
    spans, asked = _asked_about(school, pupils, today)
    found = []
    texts = confirmed.texts(school, spans)
    for pupil in sorted(pupils, key=lambda one: one.pk):
        text = texts[pupil.pk]
        _as_shown(pupil, text, shown)
        if not confirmed.marks_of(text):
            raise NoticeProblem(f"No marks of {pupil} at {school} are held for these weeks: there is nothing to confirm.")
        found.append(_keep(by, today, now, school, pupil, how, who, spans[pupil.pk], text, asked.get(pupil.pk)))
    return found


@transaction.atomic
def dispute_register(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    school: School,
    pupil: Pupil,
    wrong: Mapping[str, str],
    words: str = "",
    how: str = Confirmation.How.LOGIN,
    said_by: str = "",
    shown: str | None = None,
) -> Confirmation:
    """The school says that they do not agree. `wrong`: by session, as "2026-11-09 AM", the code in its own register; "" for none.

    It changes no mark: the school's register does, when it is sent again. Until it has confirmed it nothing is issued.
    """
    who = _who(by, how, said_by)
    spans, asked = _asked_about(school, [pupil], today)
    text = confirmed.texts(school, spans)[pupil.pk]
    _as_shown(pupil, text, None if shown is None else {pupil.pk: shown})
    ours = confirmed.marks_of(text)
    differing = []
    for session, theirs in sorted(wrong.items()):
        code = theirs.strip().upper()
        if code and find(code, dt.date.fromisoformat(session[:10])) is None:
            raise NoticeProblem(f"{code} is no attendance code on {session}. Enter the code in your register.", "wrong")
        if code != ours.get(session, ""):
            differing.append([session, ours.get(session, ""), code])
    if not differing and not words.strip():
        raise NoticeProblem("Say which session is wrong, or say in words what does not agree.", "words")
    return _keep(
        by, today, now, school, pupil, how, who, spans[pupil.pk], text, asked.get(pupil.pk), agrees=False, wrong=differing, words=words
    )


def _who(by: User | None, how: str, said_by: str) -> str:
    """Who speaks for the school: its own person who is signed in, or somebody whom an officer heard."""
    if how not in Confirmation.How.values:
        raise NoticeProblem("Choose how the school said it.", "how")
    if by and not by.as_role.in_authority:
        return by.name
    if by and how == Confirmation.How.LOGIN:
        raise NoticeProblem("Choose how the school said it: by telephone, by email or in person.", "how")
    if by and not said_by.strip():
        raise NoticeProblem("Enter who said it for the school.", "said_by")
    return said_by.strip() or "the school"


def _as_shown(pupil: Pupil, text: str, shown: Mapping[int, str] | None) -> None:
    if shown is not None and shown.get(pupil.pk) != freeze.sha256(text):
        raise NoticeProblem(f"Marks of {pupil} changed while you looked. Nothing was saved; look at them again.")


def _asked_about(school: School, pupils: Sequence[Pupil], today: dt.date) -> tuple[dict[int, confirmed.Span], dict[int, ConfirmationAsked]]:
    """Which days of each pupil are asked about: by what the school was asked, else by the pupil's request that waits for a decision,
    else by what stands in the window."""
    keys = [pupil.pk for pupil in pupils]
    open_ones = ConfirmationAsked.objects.open().select_for_update(of=("self",)).filter(school=school, pupil__in=keys).order_by("pk")
    asked = {one.pupil_id: one for one in open_ones}
    sessions = {pupil: list(one.sessions) for pupil, one in asked.items()}
    others = Q(pupil__in=[pk for pk in keys if pk not in asked], status=Request.Status.SUBMITTED)
    for request in Request.objects.filter(others).select_related("pupil", "school"):
        theirs = confirmed.behind(request.pupil, request.school, relied_on(request, today)).by_school
        if school.pk in theirs:
            sessions[request.pupil_id] = theirs[school.pk]
    for pupil in pupils:
        if pupil.pk not in sessions:  # for a notice to improve, of which no request tells
            sessions[pupil.pk] = confirmed.behind(pupil, school, in_window(pupil, today)).by_school.get(school.pk, [])
    return {pupil: confirmed.span_of(some, today) for pupil, some in sessions.items()}, asked


def _keep(
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    school: School,
    pupil: Pupil,
    how: str,
    who: str,
    span: confirmed.Span,
    text: str,
    asked: ConfirmationAsked | None,
    *,
    agrees: bool = True,
    wrong: Sequence[Sequence[str]] = (),
    words: str = "",
) -> Confirmation:
    said = Confirmation.objects.create(
        asked=asked, pupil=pupil, school=school, agrees=agrees, wrong=[list(one) for one in wrong], words=words.strip(), how=how,
        said_by=who, by=by, day=today, at=now, first=span[0], last=span[1], register=text, sha256=freeze.sha256(text),
    )  # fmt: skip
    line = "confirmed that the marks held here agree with its register" if agrees else f"does not agree with the marks held: {_what(said)}"
    if asked is not None:
        asked.ended = today
        asked.save(update_fields=["ended"])
        if task := Task.objects.open().filter(source_key=f"{_KEY}{asked.pk}").first():
            complete_task(by=by, today=today, now=now, task=task, words=f"{school} {line}.", recorded=True)
    _have_put_right(said, by, today, now, f"{school} {line}.")
    tell_case(by=by, today=today, now=now, pupil=pupil, school=school, words=f"{school} {line} ({who}).")
    act = "confirmed a register" if agrees else "disputed a register"
    audit.record(act, by=by, subject=said, pupil=pupil.pk, school=school.urn, how=how, sha256=said.sha256)
    return said


def _have_put_right(said: Confirmation, by: User | None, today: dt.date, now: dt.datetime, words: str) -> None:
    """What a school says is wrong is asked of the school until it confirms: its own register, sent again, changes our marks."""
    for task in Task.objects.open().filter(source_key__startswith=_PUT_RIGHT, pupil=said.pupil, school=said.school).order_by("pk"):
        complete_task(by=by, today=today, now=now, task=task, words=words, recorded=True)
    if said.agrees:
        return
    open_task(
        by=by, today=today, now=now, source_key=f"{_PUT_RIGHT}{said.pk}", kind=Task.Kind.OTHER, side=Task.Side.SCHOOL, due=today,
        title="Send the right marks: ours do not agree with your register",
        why=f"You said on {written(said.day)}: {_what(said)}. Send the register of these days again; nothing is issued until you have "
        "confirmed it.",
        pupil=said.pupil, school=said.school, address_name="confirmation" if said.asked_id else "",
        address_pk=said.asked_id, by_hand=False,
    )  # fmt: skip
