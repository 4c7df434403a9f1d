"""The stages of a case, who owns each, and which moves there are. Pure.

After the flow of "Working together to improve school attendance" as local teams describe it: referral, triage and
allocation, assessment, plan, a monitored period, then the formal route or closure. Local names vary, so an authority chooses a
**sequence**: its own steps, each of which lies in one of the six stages that all sequences share. A case keeps the sequence that it
is in. Because every sequence has a step in every stage, a case that is mid-way when the authority changes its choice goes over to the
new one from where it stands, and lists by stage mean the same in all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schools.calendar import Calendar

NEW, ASSESSING, SUPPORTING, MONITORING, FORMAL, CLOSED = "new", "assessing", "supporting", "monitoring", "formal", "closed"


class Owner(StrEnum):
    """Who has a case at a stage in hand."""

    SCHOOL = "The school"
    SUPPORT = "The authority’s support"
    STATUTORY = "The authority’s statutory team"


class Needs(StrEnum):
    """What a move into a step asks for first."""

    OFFICER = "an officer"
    PLAN = "a plan: support is offered first"


@dataclass(frozen=True, slots=True)
class Stage:
    code: str
    name: str
    sentence: str


STAGES: tuple[Stage, ...] = (
    Stage(NEW, "New", "Waiting for an officer to begin."),
    Stage(ASSESSING, "Assessing", "Finding out what keeps the child from school."),
    Stage(SUPPORTING, "Supporting", "A plan is being carried out."),
    Stage(MONITORING, "Monitoring", "Watching whether attendance holds."),
    Stage(FORMAL, "Formal", "Support was offered first; legal action is being considered or taken."),
    Stage(CLOSED, "Closed", "Nothing more is done under this case."),
)
BY_CODE = {stage.code: stage for stage in STAGES}


@dataclass(frozen=True, slots=True)
class Step:
    """A place in a sequence. Codes are permanent and of one sequence only."""

    code: str
    name: str
    sentence: str
    stage: str  # in which of the six stages it lies
    owner: Owner
    moves: tuple[str, ...]  # to which steps it may go; closing is an act of its own, with an outcome
    needs: tuple[Needs, ...] = (Needs.OFFICER,)


@dataclass(frozen=True, slots=True)
class Sequence:
    code: str
    name: str
    source: str
    steps: tuple[Step, ...]

    @property
    def start(self) -> Step:
        return self.steps[0]

    def at(self, stage: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.stage == stage)


_PLAN = (Needs.OFFICER, Needs.PLAN)
_SCHOOL, _SUPPORT, _STATUTORY = Owner.SCHOOL, Owner.SUPPORT, Owner.STATUTORY


def _own(code: str, owner: Owner, moves: tuple[str, ...], needs: tuple[Needs, ...] = (Needs.OFFICER,)) -> Step:
    return Step(code, BY_CODE[code].name, BY_CODE[code].sentence, code, owner, moves, needs)


# What is published of Leeds' stages and of Sefton's panels does not say their steps, owners and conditions one by one: the names
# below and who owns them are ours, for an authority that works in six stages, or by panel, to confirm (docs/rules.md).
SEQUENCES: tuple[Sequence, ...] = (
    Sequence(
        "daymark",
        "From new to formal",
        "Working together to improve school attendance; local flows",
        (
            _own(NEW, _SUPPORT, (ASSESSING, SUPPORTING)),
            _own(ASSESSING, _SUPPORT, (SUPPORTING, MONITORING, FORMAL)),
            _own(SUPPORTING, _SCHOOL, (ASSESSING, MONITORING, FORMAL)),
            _own(MONITORING, _SUPPORT, (SUPPORTING, FORMAL), _PLAN),
            _own(FORMAL, _STATUTORY, (SUPPORTING, MONITORING), _PLAN),
        ),
    ),
    Sequence(
        "six_stages",
        "Six stages",
        "After Leeds’ six stages; steps and owners are Daymark’s, to be confirmed",
        (
            Step(
                "six_1", "Stage 1: first response", "The school finds out why and speaks with the family.", NEW, _SCHOOL, ("six_2", "six_3")
            ),
            Step(
                "six_2",
                "Stage 2: school meeting",
                "The school meets the family and finds what keeps the child away.",
                ASSESSING,
                _SCHOOL,
                ("six_3",),
            ),
            Step(
                "six_3",
                "Stage 3: support plan",
                "A plan is being carried out, with early help where it is needed.",
                SUPPORTING,
                _SCHOOL,
                ("six_2", "six_4", "six_5"),
            ),
            Step(
                "six_4",
                "Stage 4: authority support",
                "The authority watches with the school whether attendance holds.",
                MONITORING,
                _SUPPORT,
                ("six_3", "six_5"),
                _PLAN,
            ),
            Step(
                "six_5",
                "Stage 5: formal support",
                "A contract or a notice to improve is offered or runs.",
                FORMAL,
                _STATUTORY,
                ("six_3", "six_4", "six_6"),
                _PLAN,
            ),
            Step(
                "six_6",
                "Stage 6: legal action",
                "Legal action is being considered or taken.",
                FORMAL,
                _STATUTORY,
                ("six_4", "six_5"),
                _PLAN,
            ),
        ),
    ),
    Sequence(
        "panel",
        "Panel route",
        "After Sefton’s panels; steps and owners are Daymark’s, to be confirmed",
        (
            Step("panel_new", "Referred", "Waiting for an officer to begin.", NEW, _SUPPORT, ("panel_visit", "panel_plan")),
            Step(
                "panel_visit",
                "Assessment",
                "Finding out what keeps the child from school.",
                ASSESSING,
                _SUPPORT,
                ("panel_plan", "panel_first"),
            ),
            Step(
                "panel_plan", "School plan", "The school’s plan is being carried out.", SUPPORTING, _SCHOOL, ("panel_visit", "panel_first")
            ),
            Step(
                "panel_first",
                "First panel",
                "School, family and authority agree at a panel what changes, and by when.",
                SUPPORTING,
                _SUPPORT,
                ("panel_plan", "panel_watch", "panel_review"),
                _PLAN,
            ),
            Step(
                "panel_watch",
                "After the panel",
                "Watching whether what the panel agreed holds.",
                MONITORING,
                _SCHOOL,
                ("panel_plan", "panel_first", "panel_review"),
                _PLAN,
            ),
            Step(
                "panel_review",
                "Review panel",
                "The panel decides whether support goes on or legal action is considered.",
                FORMAL,
                _STATUTORY,
                ("panel_plan", "panel_watch", "panel_legal"),
                _PLAN,
            ),
            Step(
                "panel_legal",
                "Legal action",
                "Legal action is being considered or taken.",
                FORMAL,
                _STATUTORY,
                ("panel_watch", "panel_review"),
                _PLAN,
            ),
        ),
    ),
)
DEFAULT = SEQUENCES[0]
SEQUENCE = {sequence.code: sequence for sequence in SEQUENCES}
_CLOSED = Step(CLOSED, BY_CODE[CLOSED].name, BY_CODE[CLOSED].sentence, CLOSED, Owner.SUPPORT, ())
STEP = {step.code: step for sequence in SEQUENCES for step in sequence.steps} | {CLOSED: _CLOSED}
SEQUENCE_OF = {step.code: sequence for sequence in SEQUENCES for step in sequence.steps}


@dataclass(frozen=True, slots=True)
class Move:
    allowed: bool
    reason: str  # in words, where it is not


def within_reach(current: str, *, chosen: Sequence = DEFAULT) -> tuple[Step, ...]:
    """Every step a case might be asked to go to from `current`: those of its own sequence, and where the authority has chosen
    another since, the steps of that one which lie in the same stage."""
    if current == CLOSED:
        return ()
    own = tuple(step for step in SEQUENCE_OF[current].steps if step.code != current)
    return own + crossing(current, chosen)


def crossing(current: str, chosen: Sequence) -> tuple[Step, ...]:
    return () if SEQUENCE_OF[current] is chosen else chosen.at(STEP[current].stage)


def move(current: str, wanted: str, *, has_officer: bool, has_plan: bool, chosen: Sequence = DEFAULT) -> Move:
    """May a case go from one step to another? Nobody monitors without a plan, nothing begins without an officer. Going over to
    the sequence chosen since needs nothing: the case stays in its stage."""
    here = STEP[current]
    if wanted == current:
        return Move(False, f"The case is already at “{here.name}”.")
    if current != CLOSED and wanted in {step.code for step in crossing(current, chosen)}:
        return Move(True, "")
    if wanted not in here.moves:
        return Move(False, f"A case cannot go from “{here.name}” to “{STEP[wanted].name}”.")
    step = STEP[wanted]
    if Needs.OFFICER in step.needs and not has_officer:
        return Move(False, "Assign the case to an officer first.")
    if Needs.PLAN in step.needs and not has_plan:
        return Move(False, f"“{step.name}” needs {Needs.PLAN}. Agree a plan.")
    return Move(True, "")


def school_days_since(day: dt.date, today: dt.date, calendar: Calendar) -> int:
    """School days since `day`, that day not counted, `today` counted: worked out from dates at every look."""
    days: Iterable[dt.date] = (day + dt.timedelta(days=n) for n in range(1, (today - day).days + 1))
    return sum(calendar.is_school_day(one) for one in days)
