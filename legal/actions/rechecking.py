"""Looks again at requests and notices when marks have changed. It says what it finds; nothing is withdrawn by itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from attendance import matrix
from legal import pasts, penalty, proof
from legal.actions.deadlines import keep_deadlines
from legal.actions.watch import watch_improvements
from legal.models import Notice, Request
from schools.models import Enrolment, PolicyValue, Pupil
from schools.policy import Policy

SHOWN = 6  # changed sessions named in a sentence


@transaction.atomic
def recheck(*, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime) -> int:
    """Requests whose threshold is no longer met get words that say so, and lose them when it is met again; notices that rely
    on marks since corrected get a sentence for legal review. Returns how many changed. None and None: everybody's."""
    pupils, schools = (None if ids is None else list(ids) for ids in (pupils, schools))
    count = _recheck(pupils, schools, today)
    keep_deadlines(pupils=pupils, schools=schools, today=today, now=now)
    watch_improvements(pupils=pupils, schools=schools, today=today, now=now)
    return count


def _recheck(pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date) -> int:
    requests, notices = _concerned(pupils, schools, today)
    if not requests and not notices:
        return 0
    policy = PolicyValue.objects.in_force(today)
    relied: dict[int, set[str]] = defaultdict(set)
    for pupil, sessions in [(r.pupil_id, r.sessions) for r in requests] + [(n.pupil_id, n.sessions) for n in notices]:
        relied[pupil].update(sessions)
    changed = changed_since({pupil: sorted(every) for pupil, every in relied.items()}, today)
    count = sum(_look_at_request(request, changed[request.pupil_id], today, policy) for request in requests)
    return count + look_at_notices(notices, changed, policy, by=None)


def _concerned(pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date) -> tuple[list[Request], list[Notice]]:
    """Open requests that were submitted, and notices issued since the last academic year began that have not been withdrawn."""
    requests = Request.objects.filter(status__in=(Request.Status.SUBMITTED, Request.Status.RETURNED)).exclude(sessions=[])
    since = matrix.year_start(matrix.academic_year(today) - 1)
    notices = Notice.objects.filter(issued__gte=since).exclude(state=Notice.State.WITHDRAWN)
    if pupils is not None or schools is not None:
        mine = Q(pupil__in=list(pupils or ()))
        if schools is not None:
            mine |= Q(pupil__in=Enrolment.objects.filter(school__in=list(schools)).values("pupil"))
        requests, notices = requests.filter(mine), notices.filter(mine)
    # in one order for everybody: two loads at once wait for each other instead of locking each other out
    held = requests.select_for_update(of=("self",)).select_related("pupil").order_by("pk")
    return list(held), list(notices.select_for_update(of=("self",)).order_by("pk"))


def _look_at_request(request: Request, changed: Mapping[str, str], today: dt.date, policy: Policy) -> bool:
    number = policy["threshold_sessions"]
    words = ""
    gone = _gone(request.sessions, changed)
    left = len(request.sessions) - len(gone)
    if left < number:
        found = proof.prove(request.pupil, day=today, policy=policy)
        words = "" if found.met else proof.not_met(left, tuple(gone[:SHOWN]), number, found)
    if words == request.attention:
        return False
    request.attention = words
    request.version += 1
    request.save(update_fields=["attention", "version"])
    audit.record("notice request needs attention" if words else "notice request is in order again", by=None, subject=request)
    return True


def look_at_notices(notices: Sequence[Notice], changed: Mapping[int, Mapping[str, str]], policy: Policy, *, by: User | None) -> int:
    """Say what speaks against each. What legal has looked at and let stand is asked again only when something else is found."""
    others = pasts.of_notices(notices)
    count = 0
    for notice in notices:
        gone = _gone(notice.sessions, changed[notice.pupil_id])
        wrong_rate = penalty.review_rate(notice.past, others[notice.pk], policy)
        found = _joined("; ".join(gone), wrong_rate)
        if found == notice.found:
            continue
        notice.found, notice.review = found, _joined(_marks_changed(notice, gone), wrong_rate)
        notice.version += 1
        notice.save(update_fields=["found", "review", "version"])
        audit.record("notice needs review" if found else "notice needs no review", by=by, subject=notice)
        count += 1
    return count


def look_again_at(pupils: Iterable[int], *, today: dt.date, by: User | None) -> int:
    """What was issued before to somebody for these children has come to be known otherwise: their notices are judged by it anew."""
    child = Pupil.objects.filter(Q(pk__in=(keys := list(pupils))) | Q(merged_into__in=keys) | Q(merged__in=keys)).values("pk")
    notices = Notice.objects.filter(pupil__in=child).exclude(state=Notice.State.WITHDRAWN)
    held = list(notices.select_for_update(of=("self",)).order_by("pk"))
    if not held:
        return 0
    relied: dict[int, set[str]] = defaultdict(set)
    for notice in held:
        relied[notice.pupil_id].update(notice.sessions)
    changed = changed_since({pupil: sorted(every) for pupil, every in relied.items()}, today)
    return look_at_notices(held, changed, PolicyValue.objects.in_force(today), by=by)


def changed_since(relied: Mapping[int, Iterable[str]], today: dt.date) -> dict[int, Mapping[str, str]]:
    """By pupil: those of the sessions that are not unauthorised any more, with what they are now."""
    return {pupil: found.changed for pupil, found in proof.stand(relied, day=today).items()}


def _gone(sessions: Iterable[str], changed: Mapping[str, str]) -> list[str]:
    return [changed[key] for said in sessions if (key := penalty.session_of(said)) in changed]


def _marks_changed(notice: Notice, gone: Sequence[str]) -> str:
    if not gone:
        return ""
    more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
    return (
        f"Marks corrected since: {'; '.join(gone[:SHOWN])}{more}. {len(notice.sessions) - len(gone)} of the {len(notice.sessions)} "
        "sessions relied on still stand."
    )


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
