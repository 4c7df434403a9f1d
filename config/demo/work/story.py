"""A case as it is thought up, before anything is written: what happened on which day, in order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from accounts.models import User
from casework import stages
from casework.models import Case, Contact, Entry, Plan, PlanAction

Kind = Entry.Kind


@dataclass(slots=True)
class Child:
    """A pupil at a school, with what the demo's work is chosen by. `flags`: code -> (key, since when it holds, its reason)."""

    pupil: int
    name: str
    dob: dt.date
    enrolment: int
    school: int
    start: dt.date
    end: dt.date | None
    year_group: str
    left_for: str = ""
    flags: dict[str, tuple[int, dt.date, str]] = field(default_factory=dict)
    parents: list[Adult] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Adult:
    """A parent as the child's people stand on record."""

    key: int
    name: str
    relationship: str
    lives_with: bool
    responsible: bool | None
    address: str


@dataclass(slots=True)
class Line:
    """One line of a chronology to be."""

    day: dt.date
    kind: str
    words: str
    by: User | None
    shared: bool = False
    contact: Contact | None = None


@dataclass(slots=True)
class Story:
    """A case to be. `row` stands once it is written."""

    child: Child
    origin: str
    reason: str
    opened: dt.date
    opened_by: User
    flag: int | None = None
    officer: User | None = None
    stage: str = stages.NEW
    stage_since: dt.date = dt.date.min
    closed: dt.date | None = None
    closed_by: User | None = None
    outcome: str = ""
    lines: list[Line] = field(default_factory=list)
    plans: list[tuple[Plan, list[PlanAction]]] = field(default_factory=list)
    reviews: list[tuple[dt.date, dt.date]] = field(default_factory=list)  # on a day it was said: look at the plan by
    looked: list[tuple[Plan, dt.date, dt.date, str]] = field(default_factory=list)  # a review: of days since when, on which day, its result
    assessed: list[tuple[dt.date, str]] = field(default_factory=list)  # on which day, and the main barrier found
    moves: list[tuple[dt.date, str]] = field(default_factory=list)
    changes: int = 0  # after it was opened: the version counts them
    row: Case | None = None

    @property
    def plan(self) -> Plan | None:
        """The current plan."""
        return next((plan for plan, _ in self.plans if plan.ended is None), None)

    def review_on(self, day: dt.date) -> dt.date | None:
        """When the plan that was current on `day` was to be looked at again, as was known then; None: there was no plan."""
        return next((review for said, review in reversed(self.reviews) if said <= day), None)

    def stage_on(self, day: dt.date) -> str:
        """The stage at which the case stood on a day, before it was closed."""
        return next((stage for since, stage in reversed(self.moves) if since <= day), stages.NEW)

    def open_on(self, day: dt.date) -> bool:
        return self.opened <= day and (self.closed is None or self.closed > day)

    def say(self, day: dt.date, kind: str, words: str, by: User | None, *, shared: bool = False, contact: Contact | None = None) -> None:
        self.lines.append(Line(day, kind, words, by, shared, contact))

    def move(self, day: dt.date, stage: str, by: User) -> None:
        """To another stage, by a move that there is."""
        if self.stage == stage:
            return
        allowed = stages.move(self.stage, stage, has_officer=self.officer is not None, has_plan=self.plan is not None)
        if not allowed.allowed:
            raise ValueError(f"{self.child.pupil}: {allowed.reason}")
        before, self.stage, self.stage_since = self.stage, stage, day
        self.moves.append((day, stage))
        self.changes += 1
        self.say(day, Kind.STAGE, f"From “{stages.BY_CODE[before].name}” to “{stages.BY_CODE[stage].name}”.", by, shared=True)
