"""Reads about requests and notices: what is available against a parent, what waits for whom, and the counts of a dashboard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from accounts.models import User
from accounts.permissions import Permission
from attendance import matrix
from casework.reports import Need
from legal import penalty
from legal.models import Decision, Notice, NoticeQuerySet, Request, RequestQuerySet, Withdrawal
from legal.penalty import Deadlines, Escalation, written
from schools.models import Parent, PolicyValue, Pupil, Responsibility

SOON = 3  # days before the end of the early period at which it is said


def available_by_parent(pupil: Pupil, sessions: Sequence[str], *, issued_by: dt.date | None = None) -> dict[int, int]:
    """How many of these sessions no notice to each of the pupil's parents relies on; on a past day, by notices issued by then."""
    parents = Responsibility.objects.filter(pupil=pupil).order_by("parent").values_list("parent", flat=True)
    notices = Notice.objects.relying().filter(pupil=pupil)
    if issued_by is not None:
        notices = notices.filter(issued__lte=issued_by)
    used: dict[int, list[str]] = {parent: [] for parent in parents}
    for parent, relied in notices.values_list("parent", "sessions"):
        if parent in used:
            used[parent] += relied
    return {parent: len(penalty.available(sessions, relied)) for parent, relied in used.items()}


@dataclass(frozen=True, slots=True)
class ForParent:
    """What a notice to one parent would be today."""

    parent: Parent
    available: list[str]
    escalation: Escalation
    earlier: list[Notice]
    number: int  # sessions that a notice needs

    @property
    def possible(self) -> bool:
        return self.escalation.possible and len(self.available) >= self.number and bool(self.parent.address.strip())


def for_each_parent(pupil: Pupil, parents: Iterable[Parent], sessions: Sequence[str], *, today: dt.date) -> list[ForParent]:
    """Per parent: sessions left, earlier notices, and which notice the next one would be. Two queries."""
    policy = PolicyValue.objects.in_force(today)
    notices = list(Notice.objects.filter(pupil=pupil).select_related("withdrawal").order_by("number"))
    found = []
    for parent in parents:
        earlier = [notice for notice in notices if notice.parent_id == parent.pk]
        relied = [said for notice in earlier if not _free(notice) for said in notice.sessions]
        escalation = penalty.standing([notice.past for notice in earlier], today, policy)
        left = penalty.available(sessions, relied)
        found.append(ForParent(parent, left, escalation, earlier, policy["threshold_sessions"]))
    return found


def _free(notice: Notice) -> bool:
    withdrawal: Withdrawal | None = getattr(notice, "withdrawal", None)
    return withdrawal is not None and withdrawal.sessions_free


def needs_today(user: User, *, today: dt.date) -> list[Need]:
    """What waits for this user in legal matters, most urgent first. Nothing for those who see no notices."""
    if not user.may(Permission.SEE_NOTICES):
        return []
    needs: list[Need] = []
    if user.may(Permission.DECIDE_NOTICE):
        needs += [*_past_the_end(user, today), *_to_decide(user), *_to_review(user), *_to_serve(user), *_early_ending(user, today)]
    if user.may(Permission.REQUEST_NOTICE):
        needs += _to_complete(user)
    return sorted(needs, key=lambda need: (need.urgency, need.day or today, need.address_pk))


def _past_the_end(user: User, today: dt.date) -> list[Need]:
    found = []
    for notice in _notices(user).unpaid_past_the_end(today):
        days = _days(notice)
        why = f"Not paid by {written(days.last_full)}: prosecute or withdraw."
        found.append(Need(f"{notice.reference}, {notice.pupil}", why, days.unpaid_from, "notice", notice.pk, 1))
    return found


def _to_decide(user: User) -> list[Need]:
    found = []
    for request in _requests(user).filter(status=Request.Status.SUBMITTED):
        since = request.submitted or request.made
        why = request.attention or f"Waiting for a decision since {written(since)}."
        found.append(Need(f"Notice request, {request.pupil}", why, since, "request", request.pk, 1 if request.attention else 2))
    return found


def _to_review(user: User) -> list[Need]:
    notices = _notices(user).exclude(review="").exclude(state=Notice.State.WITHDRAWN)
    return [Need(f"{n.reference}, {n.pupil}", n.review, n.issued, "notice", n.pk, 1) for n in notices]


def _to_serve(user: User) -> list[Need]:
    notices = _notices(user).filter(state=Notice.State.ISSUED)
    why = "Issued and not yet served: send it, then say how and when."
    return [Need(f"{n.reference}, {n.pupil}", why, n.issued, "notice", n.pk, 3) for n in notices]


def _early_ending(user: User, today: dt.date) -> list[Need]:
    early = PolicyValue.objects.in_force(today)["notice_early_days"]
    ends = Q(receipt__gte=today - dt.timedelta(days=early - 1), receipt__lte=today - dt.timedelta(days=early - 1 - SOON))
    found = []
    for notice in _notices(user).filter(ends, state=Notice.State.SERVED, order=1):
        days = _days(notice)
        if days.last_early is not None:
            why = f"£{days.early} until {written(days.last_early)}, then £{days.full}."
            found.append(Need(f"{notice.reference}, {notice.pupil}", why, days.last_early, "notice", notice.pk, 4))
    return found


def _to_complete(user: User) -> list[Need]:
    """Returned requests, and those of one's own that are still being prepared."""
    found = []
    returned = Q(status=Request.Status.RETURNED)
    mine = Q(status=Request.Status.DRAFT, made_by=user)
    for request in _requests(user).filter(returned | mine).prefetch_related("decisions"):
        if request.status == Request.Status.DRAFT:
            why, day, urgency = "A notice request you began is not sent yet.", request.made, 4
        else:
            last = max(request.decisions.all(), key=lambda decision: decision.pk, default=None)
            why = f"Returned: {last.words}" if last else "Returned: something is missing."
            day, urgency = (last.day if last else request.made), 2
        found.append(Need(f"Notice request, {request.pupil}", why, day, "request", request.pk, urgency))
    return found


def _days(notice: Notice) -> Deadlines:
    days = notice.deadlines
    if days is None:
        raise ValueError(f"{notice} has no day of receipt")
    return days


def _requests(user: User) -> RequestQuerySet:
    return Request.objects.visible_to(user).select_related("pupil")


def _notices(user: User) -> NoticeQuerySet:
    return Notice.objects.visible_to(user).select_related("pupil")


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests and notices that a user may see. Of this academic year, but for what waits or is overdue: that is of any."""

    first: dt.date  # the academic year's first day
    waiting: int  # requests for a decision
    returned: int
    drafts: int
    attention: int  # requests whose marks have changed
    issued: int  # notices of the year, in whatever state
    not_served: int
    awaiting_payment: int
    paid: int
    paid_early: int
    paid_full: int
    withdrawn: int
    prosecuted: int
    unpaid_past_the_end: int  # to be prosecuted or withdrawn
    review: int
    pounds: int  # received for the year's notices and not to be paid back


def counts(user: User, *, today: dt.date) -> Counts:
    """Three queries. Every number is a filter of the lists of requests and notices."""
    first = matrix.year_start(matrix.academic_year(today))
    state = Notice.State
    requests = Request.objects.visible_to(user).aggregate(
        waiting=Count("pk", filter=Q(status=Request.Status.SUBMITTED)),
        returned=Count("pk", filter=Q(status=Request.Status.RETURNED)),
        drafts=Count("pk", filter=Q(status=Request.Status.DRAFT)),
        attention=Count("pk", filter=Q(status__in=Request.OPEN) & ~Q(attention="")),
    )
    visible = Notice.objects.visible_to(user)
    early = Q(state=state.PAID, order=1, payments__amount=F("amount_early"))
    notices = visible.filter(issued__gte=first).aggregate(
        issued=Count("pk", distinct=True),
        not_served=Count("pk", filter=Q(state=state.ISSUED), distinct=True),
        awaiting_payment=Count("pk", filter=Q(state=state.SERVED), distinct=True),
        paid=Count("pk", filter=Q(state=state.PAID), distinct=True),
        paid_early=Count("pk", filter=early, distinct=True),
        withdrawn=Count("pk", filter=Q(state=state.WITHDRAWN), distinct=True),
        prosecuted=Count("pk", filter=Q(state=state.PROSECUTED), distinct=True),
        pounds=Sum("payments__amount", filter=Q(state=state.PAID), default=0),
    )
    overdue = visible.unpaid_past_the_end(today).count()
    review = visible.exclude(review="").exclude(state=state.WITHDRAWN).count()
    return Counts(
        first=first,
        unpaid_past_the_end=overdue,
        review=review,
        paid_full=notices["paid"] - notices["paid_early"],
        **requests,
        **notices,
    )


def of_pupil(pupil: Pupil, user: User) -> QuerySet[Notice]:
    """The pupil's notices that a user may see, newest first."""
    return Notice.objects.visible_to(user).filter(pupil=pupil).select_related("parent").order_by("-number")


def last_decision(request: Request) -> Decision | None:
    return request.decisions.order_by("-pk").first()
