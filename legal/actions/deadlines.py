"""Deadlines of law as tasks of casework: opened, moved and ended as notices go on. Legal asks for them; casework knows no notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q

from accounts.models import User
from casework.actions import ToDo, keep_tasks
from casework.models import Task
from legal import clocks, clocks_orders
from legal.models import Notice, Order, PublicPlaceNotice
from legal.penalty import written
from schools.models import Enrolment, PolicyValue

_OVER = "What it was about has been settled."
_OURS = Q(source_key__startswith="legal:notice:") | Q(source_key__startswith="legal:order:") | Q(source_key__startswith="legal:public:")
_RUNNING = (Notice.State.ISSUED, Notice.State.SERVED)


def keep_deadlines(
    *, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime, by: User | None = None
) -> int:
    """Bring the tasks of these pupils' notices into step with them; None and None: everybody's. Done twice it does no harm."""
    mine = Q()
    if pupils is not None or schools is not None:
        mine = Q(pupil__in=list(pupils or ()))
        if schools is not None:
            mine |= Q(pupil__in=Enrolment.objects.filter(school__in=list(schools)).values("pupil"))
    standing = Task.objects.filter(_OURS).filter(mine)
    alive = Notice.objects.filter(mine).filter(Q(state__in=_RUNNING) | ~Q(review="")).exclude(state=Notice.State.WITHDRAWN)
    notices = list(alive.order_by("pk"))
    places = list(PublicPlaceNotice.objects.filter(mine, state__in=_RUNNING).order_by("pk"))
    orders = list(Order.objects.running().filter(mine).order_by("pk"))
    since = dict(standing.open().filter(source_key__endswith=":review").values_list("source_key", "due"))
    if not notices and not places and not orders and not standing.open().exists():
        return 0
    wanted = [todo for notice in notices for todo in _of_notice(notice, since, today)]
    wanted += [todo for place in places for todo in _of_place(place, today)]
    wanted += _of_orders(orders, today)
    return keep_tasks(by=by, today=today, now=now, standing=standing, wanted=wanted, over=_OVER)


def _of_orders(orders: Sequence[Order], today: dt.date) -> list[ToDo]:
    """An order that has a last day and has not been ended: what is to be done by then, at the school where the child is on roll."""
    if not orders:
        return []
    policy = PolicyValue.objects.in_force(today)
    at = Enrolment.objects.filter(pupil__in={order.pupil_id for order in orders}).order_by("start", "pk")
    schools = dict(at.values_list("pupil", "school"))  # the latest of each
    found = []
    for order in orders:
        rule = clocks_orders.running(order.kind, order.start, policy)
        if order.last is None or not rule.due:
            continue
        found.append(
            ToDo(
                source_key=f"legal:order:{order.pk}:ends",
                kind=Task.Kind.LEGAL_DEADLINE,
                title=rule.due,
                why=rule.why
                if order.last == rule.last
                else f"{order.get_kind_display()} of {written(order.start)}, to {written(order.last)}.",
                due=order.last,
                side=Task.Side.ROLE,
                role="legal",
                pupil_id=order.pupil_id,
                school_id=schools.get(order.pupil_id),
                address_name="order",
                address_pk=order.pk,
                by_hand=False,
            )
        )
    return found


def _key(notice: Notice, name: str) -> str:
    return f"legal:notice:{notice.pk}:{name}"


def _of_notice(notice: Notice, since: dict[str, dt.date], today: dt.date) -> list[ToDo]:
    running = clocks.of_notice(
        reference=notice.reference,
        state=notice.state,
        sessions=notice.sessions,
        deadlines=notice.deadlines,
        review=notice.review,
        review_since=since.get(_key(notice, "review"), today),
        today=today,
    )
    return [_task(_key(notice, clock.name), clock, notice, "notice") for clock in running]


def _of_place(place: PublicPlaceNotice, today: dt.date) -> list[ToDo]:
    """The same days as of other notices; its offence is that of one day, which the six months are counted from."""
    running = clocks.of_notice(
        reference=place.reference,
        state=place.state,
        sessions=[f"{place.day.isoformat()} AM"],
        deadlines=place.deadlines,
        review="",
        review_since=today,
        today=today,
    )
    return [_task(f"legal:public:{place.pk}:{clock.name}", clock, place, "public_place") for clock in running]


def _task(key: str, clock: clocks.Clock, about: Notice | PublicPlaceNotice, address: str) -> ToDo:
    return ToDo(
        source_key=key,
        kind=Task.Kind.LEGAL_DEADLINE,
        title=clock.title,
        why=clock.why,
        due=clock.due,
        side=Task.Side.ROLE,
        role="legal",
        pupil_id=about.pupil_id,
        school_id=about.school_id,
        address_name=address,
        address_pk=about.pk,
        by_hand=False,
    )
