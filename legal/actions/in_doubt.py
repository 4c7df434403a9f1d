"""What nobody has answered yet, as the gate asks it: loaded history, who is who, and whose earlier notices are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from legal import doubts, pasts
from schools.models import PolicyValue

if TYPE_CHECKING:
    from legal.actions.gate import Wanted


def in_doubt(wanted: Wanted) -> str:
    """Which notice it would be is known: history signed off, and who is who answered. A notice to improve needs none of it."""
    if wanted.tool != "notice":
        return ""
    before = pasts.of_child(wanted.pupil, [wanted.parent])
    policy = PolicyValue.objects.in_force(wanted.today)
    return " ".join(doubts.in_the_way(doubts.of_child(wanted.pupil, [wanted.parent], before, today=wanted.today, policy=policy)))
