"""The stages of a case, and which moves there are. Pure.

After the flow of "Working together to improve school attendance" as local teams describe it: referral, triage and
allocation, assessment, plan, a monitored period, then the formal route or closure. Local names vary.
"""

from __future__ import annotations

from dataclasses import dataclass

NEW, ASSESSING, SUPPORTING, MONITORING, FORMAL, CLOSED = "new", "assessing", "supporting", "monitoring", "formal", "closed"


@dataclass(frozen=True, slots=True)
class Stage:
    code: str
    name: str
    sentence: str
    moves: tuple[str, ...]  # to which stages it may go; closing is an act of its own, with an outcome


STAGES: tuple[Stage, ...] = (
    Stage(NEW, "New", "Waiting for an officer to begin.", (ASSESSING, SUPPORTING)),
    Stage(ASSESSING, "Assessing", "Finding out what keeps the child from school.", (SUPPORTING, MONITORING, FORMAL)),
    Stage(SUPPORTING, "Supporting", "A plan is being carried out.", (ASSESSING, MONITORING, FORMAL)),
    Stage(MONITORING, "Monitoring", "Watching whether attendance holds.", (SUPPORTING, FORMAL)),
    Stage(FORMAL, "Formal", "Support was offered first; legal action is being considered or taken.", (SUPPORTING, MONITORING)),
    Stage(CLOSED, "Closed", "Nothing more is done under this case.", ()),
)
BY_CODE = {stage.code: stage for stage in STAGES}


@dataclass(frozen=True, slots=True)
class Move:
    allowed: bool
    reason: str  # in words, where it is not


def move(current: str, wanted: str, *, has_officer: bool, has_plan: bool) -> Move:
    """May a case go from one stage to another? Nobody monitors without a plan, nothing begins without an officer."""
    if wanted == current:
        return Move(False, f"The case is already at “{BY_CODE[current].name}”.")
    if wanted not in BY_CODE[current].moves:
        return Move(False, f"A case cannot go from “{BY_CODE[current].name}” to “{BY_CODE[wanted].name}”.")
    if not has_officer:
        return Move(False, "Assign the case to an officer first.")
    if wanted in (MONITORING, FORMAL) and not has_plan:
        return Move(False, f"“{BY_CODE[wanted].name}” needs a plan: support is offered first. Agree a plan.")
    return Move(True, "")
