"""Looks again at requests and notices when marks have changed. It says what it finds; nothing is withdrawn by itself."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Q

from accounts import audit
from attendance import matrix
from legal import penalty, proof
from legal.models import Notice, Request
from schools.models import Enrolment, PolicyValue
from schools.policy import Policy

SHOWN = 6  # changed sessions named in a sentence


@transaction.atomic
def recheck(*, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime) -> int:
    """Requests whose threshold is no longer met get words that say so, and lose them when it is met again; notices that rely
    on marks since corrected get a sentence for legal review. Returns how many changed. None and None: everybody's."""
    requests, notices = _concerned(pupils, schools, today)
    if not requests and not notices:
        return 0
    policy = PolicyValue.objects.in_force(today)
    relied: dict[int, set[str]] = defaultdict(set)
    for pupil, sessions in [(r.pupil_id, r.sessions) for r in requests] + [(n.pupil_id, n.sessions) for n in notices]:
        relied[pupil].update(sessions)
    standing = proof.stand({pupil: sorted(every) for pupil, every in relied.items()}, day=today)
    changed = {pupil: found.changed for pupil, found in standing.items()}
    count = sum(_look_at_request(request, changed[request.pupil_id], today, policy) for request in requests)
    count += _look_at_notices(notices, changed, policy)
    return count


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
    gone = [changed[key] for said in request.sessions if (key := penalty.session_of(said)) in changed]
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


def _look_at_notices(notices: Sequence[Notice], changed: Mapping[int, Mapping[str, str]], policy: Policy) -> int:
    pairs = {(notice.pupil_id, notice.parent_id) for notice in notices if notice.order == 2}
    others: dict[tuple[int, int], list[Notice]] = defaultdict(list)
    for other in Notice.objects.filter(pupil__in={pupil for pupil, _ in pairs}).order_by("number"):
        others[other.pupil_id, other.parent_id].append(other)
    count = 0
    for notice in notices:
        theirs = others[notice.pupil_id, notice.parent_id]
        said = [_marks_changed(notice, changed[notice.pupil_id]), penalty.review_second(notice.past, [o.past for o in theirs], policy)]
        review = " ".join(sentence for sentence in said if sentence)
        if review != notice.review:
            notice.review = review
            notice.version += 1
            notice.save(update_fields=["review", "version"])
            audit.record("notice needs review" if review else "notice needs no review", by=None, subject=notice)
            count += 1
    return count


def _marks_changed(notice: Notice, changed: Mapping[str, str]) -> str:
    gone = [changed[key] for said in notice.sessions if (key := penalty.session_of(said)) in changed]
    if not gone:
        return ""
    more = f" and {len(gone) - SHOWN} more" if len(gone) > SHOWN else ""
    return (
        f"Marks corrected since: {'; '.join(gone[:SHOWN])}{more}. {len(notice.sessions) - len(gone)} of the {len(notice.sessions)} "
        "sessions relied on still stand."
    )
