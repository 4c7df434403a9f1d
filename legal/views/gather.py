"""What the pages about one request show, gathered with few queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import Permission
from legal import checklist, doubts, pasts, penalty, proof, routes
from legal.actions.confirming import Standing, last_word, standings
from legal.models import Answer, Attachment, Considerations, Decision, HistoricRecord, Notice, Request, RouteChoice
from legal.pasts import Pasts
from legal.penalty import Escalation
from legal.proof import Evidence
from legal.views.possible import for_the_authority
from legal.views.steps import Act, Next
from schools.models import Enrolment, PolicyValue, Pupil, Responsibility
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class PastNotice:
    """An earlier notice: ours, or one that was loaded."""

    notice: Notice | None
    record: HistoricRecord | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Route:
    """The route of one request, and where it stands on it."""

    route: routes.Route
    steps: list[routes.Stand]


@dataclass(frozen=True, slots=True)
class ParentLine:
    """What a notice to this parent would rest on and cost."""

    tie: Responsibility
    available: int | None  # None: the threshold does not apply, there is nothing to rely on
    counted: int
    number: int  # how many sessions a notice needs
    shown: list[PastNotice]
    unseen: int  # earlier notices that this user may not open: other schools asked for them
    escalation: Escalation
    taken: str = ""  # what takes the others, for the authority

    @property
    def short(self) -> bool:
        return self.available is not None and self.available < self.number

    @property
    def has_address(self) -> bool:
        return bool(self.tie.parent.address.strip())


def ties_of(pupil: Pupil) -> list[Responsibility]:
    """The pupil's parents, first contact first."""
    return list(_ties(pupil))


def _ties(pupil: Pupil) -> QuerySet[Responsibility]:
    return Responsibility.objects.filter(pupil=pupil).select_related("parent").order_by("priority", "pk")


def liable_ties(found: Request) -> list[Responsibility]:
    """Those of the pupil's parents whom the request says to be liable."""
    return list(_ties(found.pupil).filter(parent__notice_requests=found))


def names_sessions(pupil: Pupil, user: User) -> bool:
    """May sessions be listed? A school is not told of marks at another school: counts are of the pupil as a whole."""
    if user.as_role.in_authority:
        return True
    return not Enrolment.objects.filter(pupil=pupil).exclude(pk__in=Enrolment.objects.visible_to(user).values("pk")).exists()


def parent_lines(
    ties: Iterable[Responsibility], sessions: Iterable[str], before: Pasts, user: User, *, today: dt.date, policy: Policy
) -> list[ParentLine]:
    """Parent by parent: sessions not yet relied on, the notices before and what the next one would be."""
    ties, sessions = list(ties), list(sessions)
    if not ties:
        return []
    whole = user.as_role.in_authority
    if any(before.earlier.values()) and not whole:
        mine = set(Notice.objects.visible_to(user).filter(pupil__in=before.records).values_list("pk", flat=True))
    else:
        mine = set()
    found = []
    for tie in ties:
        theirs = before.earlier[tie.parent_id]
        shown = [
            PastNotice(one.notice, one.record, penalty.counts(one.past, today, policy))
            for one in theirs
            if whole or (one.notice and one.notice.pk in mine)
        ]
        left = len(before.available(tie.parent_id, sessions)) if sessions else None
        taken = before.taken(tie.parent_id, sessions) if whole and left is not None and left < len(sessions) else ""
        standing = before.standing(tie.parent_id, today, policy)
        number = policy["threshold_sessions"]
        found.append(ParentLine(tie, left, len(sessions), number, shown, len(theirs) - len(shown), standing, taken))
    return found


def days_of(policy: Policy) -> dict[str, int]:
    return {"early": policy["notice_early_days"], "full": policy["notice_full_days"]}


def missing_of(found: Request) -> list[checklist.Item]:
    return checklist.missing(found.route, {answer.item: answer.given for answer in found.answers.all()})


def threshold_of(found: Request, *, today: dt.date, policy: Policy) -> dict[str, Any]:
    """While a request is open: the live register for one being prepared; for one submitted, what still stands of what it rests on."""
    if found.status == Request.Status.SUBMITTED:
        evidence: Evidence = proof.evidence(found.pupil, found.sessions, day=today, policy=policy)
        return {"evidence": evidence, "counted": evidence.sessions}
    if found.status in Request.OPEN:
        live = proof.prove(found.pupil, day=today, policy=policy)
        return {"proof": live, "counted": live.window}
    return {"counted": ()}


def request_context(found: Request, user: User, *, today: dt.date, deciding: Sequence[Responsibility] | None = None) -> dict[str, Any]:
    """`found` comes with pupil, school, case and people. `deciding`: for the form, whose liable parents have been read and for which
    the school's last word is enough."""
    policy = PolicyValue.objects.in_force(today)
    threshold = threshold_of(found, today=today, policy=policy)
    is_open = found.status in Request.OPEN
    ties = (liable_ties(found) if deciding is None else list(deciding)) if is_open else []
    answers = {answer.item: answer for answer in found.answers.all()}
    decisions = list(found.decisions.select_related("considerations").order_by("-pk")) if found.submitted else []
    considered = Considerations.objects.current(found) if found.status == Request.Status.SUBMITTED else None
    notices = list(found.notices.order_by("number")) if found.status == Request.Status.AGREED else []
    liable = [tie.parent for tie in ties]
    before = pasts.of_child(found.pupil, liable) if ties else None
    parents = parent_lines(ties, threshold["counted"], before, user, today=today, policy=policy) if before else []
    whole = user.as_role.in_authority
    asked = doubts.of_child(found.pupil, liable, before, today=today, policy=policy) if before and whole else None
    missing = checklist.missing(found.route, {key: answer.given for key, answer in answers.items()})
    return {
        "asked": found,
        "pupil": found.pupil,
        "today": today,
        "whole": whole,
        "doubts": asked,
        "may_say_person": user.may(Permission.SAY_SAME_PERSON),
        "may_ask_authorities": user.may(Permission.ASK_AUTHORITIES),
        "listed": names_sessions(found.pupil, user),
        "liable": liable if is_open else list(found.parents.order_by("sort_name")),
        "number": policy["threshold_sessions"],
        "parents": parents,
        "total": penalty.total(one.escalation for one in parents if not one.short),
        "days": days_of(policy),
        "lines": [(item, answers.get(item.key)) for item in checklist.items(found.route)],
        "missing": missing,
        "attachments": list(Attachment.objects.of(found).order_by("pk")),
        "may_attach": user.may(Permission.REQUEST_NOTICE) and found.status in (Request.Status.DRAFT, Request.Status.RETURNED),
        "decisions": decisions,
        "considered": considered,
        "wanted": decisions[0].to_add if decisions and found.status == Request.Status.RETURNED else [],
        "notices": notices,
        "route": route_of(found, answers, decisions, considered, notices),
        "next": next_of_request(found, user, missing, considered=considered is not None),
        "confirmations": [last_word(found.pupil, found.school, today=today)]
        if deciding is not None
        else confirmations_of(found, threshold["counted"], user, today=today, policy=policy),
        "may_confirm": user.may(Permission.CONFIRM_REGISTER),
        "may_edit": user.may(Permission.EDIT_PEOPLE),
        "may_see_case": user.may(Permission.SEE_CASES),
        "may_advise": user.may(Permission.KEEP_LEGAL_ADVICE),
        **(for_the_authority(found, parents, threshold, before.orders if before else [], today) if user.as_role.in_authority else {}),
        **threshold,
    }


def route_of(
    found: Request,
    answers: Mapping[str, Answer],
    decisions: Sequence[Decision],
    considered: Considerations | None,
    notices: Sequence[Notice],
) -> Route:
    """The steps of the request's route: which are done, which is next, who takes it. The route is the one of the day it was begun."""
    done: dict[str, dt.date | None] = {}
    for key in ("leave", "warning", "plan", "early_help", "improve"):
        if (answer := answers.get(key)) and answer.given != Answer.Given.NO:
            done[key] = answer.day
    if found.submitted and found.status not in (Request.Status.DRAFT, Request.Status.RETURNED):
        done["request"] = found.submitted
    last = decisions[0] if decisions else None
    final = last is not None and last.outcome != Decision.Outcome.RETURN
    held = considered or (last.considerations if last is not None and final else None)
    if held is not None or (last is not None and final):
        done["considered"] = held.day if held else None
    if last is not None and final:
        done["decided"] = last.day
    if notices and all(one.served for one in notices):
        done["served"] = max(one.served for one in notices if one.served)
    chosen = RouteChoice.objects.in_force(found.made) if found.route == Request.Route.ONGOING else routes.DEFAULT
    route = routes.of(found.route, chosen)
    over = found.status in (Request.Status.REFUSED, Request.Status.WITHDRAWN)
    return Route(route, routes.stands(route, done, over=over))


def confirmations_of(found: Request, sessions: Iterable[str], user: User, *, today: dt.date, policy: Policy) -> list[Standing]:
    """What the schools say of the marks, while the request waits for a decision. A school is shown its own word only."""
    if found.status != Request.Status.SUBMITTED:
        return []
    every = standings(found.pupil, found.school, list(sessions or found.sessions), today=today, policy=policy)
    return [one for one in every if user.as_role.in_authority or one.school.pk == found.school_id]


def next_of_request(found: Request, user: User, missing: list[checklist.Item], *, considered: bool = False) -> Next:
    """What comes next, who does it, and the buttons for what this user can do."""
    status, ready = found.status, not missing or bool(found.override_reason)
    asks = user.may(Permission.REQUEST_NOTICE)
    if status in (Request.Status.DRAFT, Request.Status.RETURNED):
        acts = []
        if asks:
            acts.append(Act("Answer the checklist" if missing else "Change the checklist", "request_checklist", second=not missing))
            if ready:
                acts.insert(0, Act("Submit for a decision", "request_submit", sends=True))
        if missing and not found.override_reason and user.may(Permission.OVERRIDE_CHECKLIST):
            acts.append(Act("Let it go on without the missing items", "request_override", second=True))
        if asks:
            acts.append(Act("Take it back", "request_take_back", second=True))
        back = "It was returned: read why under Decisions. " if status == Request.Status.RETURNED else ""
        if ready:
            return Next(f"{back}It can be submitted to the legal officer now, by the school or the attendance officer.", acts)
        items = "1 item" if len(missing) == 1 else f"{len(missing)} items"
        return Next(
            f"{back}{items} of the checklist {'is' if len(missing) == 1 else 'are'} missing. The school or the attendance officer answers "
            "it; then it can be submitted. An attendance manager may let it go on without, with a reason.",
            acts,
        )
    if status == Request.Status.SUBMITTED:
        acts = []
        if user.may(Permission.DECIDE_NOTICE):
            again = "Consider it again" if considered else "Consider the nine points"
            acts = [Act("Decide", "request_decide", second=not considered), Act(again, "request_consider", second=considered)]
            acts.sort(key=lambda act: act.second)
        if asks:
            acts.append(Act("Take it back", "request_take_back", second=True))
        before = "" if considered else " Before notices are issued, nine points are considered and signed."
        words = f"It waits for a legal officer to decide: issue, refuse, or return it because something is missing.{before}"
        return Next(words, acts)
    words = {
        Request.Status.AGREED: "Notices were issued. What becomes of each is on its own page.",
        Request.Status.REFUSED: "It was refused; the reason is under Decisions. A new request can be made if things change.",
        Request.Status.WITHDRAWN: "Whoever asked took it back. A new request can be made from the pupil’s page.",
    }
    return Next(words[Request.Status(status)], [])
