"""What is on record of the support a family had, as first words for a notice to improve: an officer reads and mends them."""

from __future__ import annotations

from attendance.words import say_day
from casework.models import Plan, PlanAction
from schools.models import Pupil

_MOST = 8


def support_given(pupil: Pupil) -> str:
    """The actions of the child's latest plan; "" where there is none."""
    plan = Plan.objects.filter(case__pupil=pupil).order_by("-start", "-pk").first()
    if plan is None:
        return ""
    actions = [action.what for action in PlanAction.objects.filter(plan=plan).order_by("due", "pk")[:_MOST]]
    lines = [f"An attendance support plan since {say_day(plan.start)}:", *(f"- {what}" for what in actions)]
    return "\n".join(lines)
