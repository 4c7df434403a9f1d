"""What stands in the way of a legal document by what is on record: the child's age, the school, orders in force, and who may sign."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from accounts.models import User
from legal import clocks, pasts, tools
from legal.models import Authorised, Order
from legal.penalty import written

if TYPE_CHECKING:
    from legal.actions.gate import Wanted

_POWER = {"notice": Authorised.Power.NOTICES, "improve": Authorised.Power.IMPROVE, "public": Authorised.Power.NOTICES}


def age(wanted: Wanted) -> str:
    """Absence outside compulsory school age is no offence; a date of birth may have been corrected since the request. Where none is
    known, nobody can show that there was an offence."""
    if wanted.pupil.dob is None:
        return tools.no_day_of_birth(str(wanted.pupil))
    return tools.beyond_age(str(wanted.pupil), wanted.pupil.dob, wanted.sessions or [f"{wanted.today.isoformat()} AM"])


def too_late(wanted: Wanted) -> str:
    """A notice is the alternative to proceedings: where none can be begun any more for any of its sessions it threatens what cannot
    follow, and unpaid it would have to be withdrawn."""
    safe = clocks.last_safe(wanted.sessions, wanted.today) if wanted.tool == "notice" else None
    if safe is None or safe.next is not None:
        return ""
    return (
        f"{safe.words} No information can be laid any more (Magistrates’ Courts Act 1980 s.127), so no notice is issued in place of one. "
        "Refuse the request."
    )


def independent_school(wanted: Wanted) -> str:
    if not wanted.school.independent:
        return ""
    return (
        f"{wanted.school} is an independent school: no penalty notice, and so no notice to improve, exists for its pupils (Education "
        "Act 1996 s.444A). An education supervision order and prosecution remain available."
    )


def supervision_order(wanted: Wanted) -> str:
    """While one is in force its directions stand in place of the parent's duty under ss.7 and 444 (Children Act 1989 Sch 3)."""
    if wanted.tool == "public":  # its offence is of another Act
        return ""
    child = pasts.child_records(wanted.pupil).values("pk")
    order = Order.objects.supervision().in_force(wanted.today).filter(pupil__in=child).order_by("start").first()
    if order is None:
        return ""
    until = f" to {written(order.last)}" if order.last else ""
    return (
        f"An education supervision order of {written(order.start)} is in force for {wanted.pupil}{until}: its directions stand in place of "
        "the parent’s duty, so no notice is issued (Children Act 1989 Sch 3 Part III). Ask its supervisor; if it was discharged, record "
        "that under Orders first."
    )


def signatory(wanted: Wanted) -> str:
    """No document without somebody authorised to sign it on its date: whoever issues it, or for a school its head or a deputy."""
    power = _POWER.get(wanted.tool)
    if power is None or Authorised.objects.signing(wanted.by, power, wanted.today):
        return ""
    what = power.label.lower()
    if not wanted.by.as_role.in_authority:
        if Authorised.objects.in_force(wanted.today).filter(school=wanted.school, power=power).exists():
            return ""
        return (
            f"Nobody at {wanted.school} is recorded as authorised to {what}. The attendance team records the head, or a deputy whom the "
            "head has authorised; ask your attendance officer."
        )
    return not_authorised(wanted.by, power, wanted.today)


def not_authorised(by: User, power: Authorised.Power, today: dt.date) -> str:
    """Why somebody of the authority may not sign, and what to do."""
    what = power.label.lower()
    past = Authorised.objects.filter(user=by, power=power, end__lt=today).order_by("-end").first()
    why = f"your authority to {what} ended on {written(past.end)}" if past and past.end else f"nobody has recorded that you may {what}"
    return (
        f"{by.name}, {why}. An attendance manager can record the instrument under Authorised persons; until then somebody else who "
        "is authorised decides."
    )
