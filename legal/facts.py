"""What is on record about a child, as the rules of the tools take it (legal.tools)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Exists, Q

from legal import clocks
from legal.models import HistoricRecord, Notice, Order
from legal.penalty import Escalation, written
from legal.tools import Facts
from schools.models import Characteristic, Enrolment, Pupil

_KINDS = Order.Kind


def facts_of(
    pupil: Pupil,
    *,
    today: dt.date,
    sessions: Sequence[str],
    met: bool,
    threshold: str,
    standing: Mapping[str, Escalation],
    notices: Iterable[Notice],
    orders: Sequence[Order],
    loaded: Iterable[HistoricRecord] = (),
    holiday: bool = False,
) -> Facts:
    """`sessions`: those that would be relied on; `loaded`: orders of the time before.

    One query, for the schools and whether the child is in care.
    """
    held = Characteristic.objects.filter(Q(end=None) | Q(end__gte=today), pupil=pupil, kind=Characteristic.Kind.CLA, start__lte=today)
    every = Enrolment.objects.filter(pupil=pupil).annotate(in_care=Exists(held)).select_related("school")
    spells = list(every.order_by("kind", "start"))
    return Facts(
        today=today,
        dob=pupil.dob,
        schools={s.school.name: s.school.independent for s in spells if s.start <= today and (s.end is None or s.end >= today)},
        holiday=holiday,
        met=met,
        threshold=threshold,
        safe=clocks.last_safe(sessions, today),
        in_care=any(spell.in_care for spell in spells),
        supervision=_standing(orders, _KINDS.SUPERVISION, today),
        considered=max((order.start for order in orders if order.kind in Order.CONSIDERING), default=None),
        convicted=max((order.start for order in orders if order.kind == _KINDS.CONVICTION), default=None),
        attendance_order=_standing(orders, _KINDS.ATTENDANCE, today),
        loaded_orders=tuple(words for record in loaded if (words := _loaded(record, today))),
        standing=standing,
        running=tuple(words for notice in notices if (words := _running(notice, today))),
    )


def _standing(orders: Iterable[Order], kind: str, today: dt.date) -> str:
    found = next((order for order in orders if order.kind == kind and order.in_force(today)), None)
    if found is None:
        return ""
    return f"The {found.get_kind_display().lower()} of {written(found.start)}"


def _loaded(record: HistoricRecord, today: dt.date) -> str:
    """Of a loaded order that has not ended: it is told in free words, so that a person says what it is; "" where it is over."""
    if record.until and record.until < today:
        return ""
    until = f" until {written(record.until)}" if record.until else ""
    return f"Loaded history names an order: {record}{until}. Record it under Orders if it is in force."


def _running(notice: Notice, today: dt.date) -> str:
    """Why proceedings are not begun yet: the time to pay of a notice runs (SI 2007/1867 reg 7)."""
    if notice.state == Notice.State.ISSUED:
        return f"{notice.reference} is issued and not yet served: no proceedings for its sessions before its time to pay is over."
    days = notice.deadlines if notice.state == Notice.State.SERVED else None
    if days is None or today >= days.unpaid_from:
        return ""
    return (
        f"{notice.reference} may be paid until {written(days.last_full)}: no proceedings for its sessions before that (SI 2007/1867 reg 7)."
    )
