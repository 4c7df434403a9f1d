"""The last meeting: what was agreed, what became of it, and whether the attendance of those pupils moved since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, JSONObject

from attendance.rates import Figures, apart
from attendance.words import plural
from dashboards.pack.registers import Registers, Spell
from meetings.around import CAUTION, Weeks
from meetings.models import Action, Progress
from schools.models import Enrolment


@dataclass(frozen=True, slots=True)
class Agreed:
    """An action of the last meeting. `who` "" where it is about the school, or about a pupil whom the reader sees no more (`left`)."""

    pk: int
    what: str
    success: str  # what success looks like, as agreed
    owner: str
    due: dt.date
    status: str
    word: str
    late: bool
    closed: dt.date | None
    said: str
    pupil: int | None
    who: str
    left: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """One pupil's sessions at this school in equal numbers of school weeks before and after the meeting, or of all of them together."""

    pupil: int | None
    who: str
    before: Figures
    after: Figures

    @property
    def words(self) -> str:
        """How the share attended moved; why nothing can be said where nothing can."""
        points = apart(self.before.attendance_pct, self.after.attendance_pct)
        if points is None:
            side = "before" if not self.before.possible else "since"
            return f"no session possible {side}: nothing to compare"
        if not points:
            return "unchanged"
        return f"{abs(points):.1f} points {'higher' if points > 0 else 'lower'}"


@dataclass(frozen=True)
class LastMeeting:
    """`moved`: pupils with an action. `together`: all of these, sums of sessions; None where nothing can be compared yet."""

    pk: int
    day: dt.date
    actions: list[Agreed]
    weeks: Weeks
    moved: list[Moved] = field(default_factory=list)
    together: Moved | None = None

    @property
    def done(self) -> int:
        return sum(action.status == Action.Status.DONE for action in self.actions)

    @property
    def open(self) -> int:
        return sum(action.status == Action.Status.OPEN for action in self.actions)

    @property
    def late(self) -> int:
        return sum(action.late for action in self.actions)

    @property
    def sentence(self) -> str:
        if not self.actions:
            return "No action was agreed."
        late = f", {self.late} of them late" if self.late else ""
        dropped = len(self.actions) - self.done - self.open
        more = f"; {dropped} not needed any more" if dropped else ""
        return f"{self.done} of {plural(len(self.actions), 'action')} done, {self.open} open{late}{more}."

    @property
    def compared(self) -> str:
        """Which weeks are compared, or why none are."""
        if not self.moved:
            return ""
        if not self.weeks.after:
            return "No whole school week has come since the meeting, or none is known before it, so attendance is not compared yet."
        weeks = plural(len(self.weeks.after), "school week")
        return f"Sessions at this school in {weeks} before the week of the meeting and {weeks} after it."

    @property
    def caution(self) -> str:
        return CAUTION if self.together else ""


@dataclass(frozen=True)
class Before:
    """What was read of it with the school, before the registers are."""

    pk: int
    day: dt.date
    actions: list[Agreed]
    spells: dict[int, list[Spell]]  # by pupil: at this school


def actions(year_began: dt.date) -> QuerySet[Any, Any]:
    """The actions of an outer meeting, as JSON, with the pupil's spells at its school and whether the school sees the pupil still."""
    here = Enrolment.objects.filter(pupil=OuterRef("pupil"), school=OuterRef("meeting__school"))
    seen = here.filter(Q(end=None) | Q(end__gte=year_began))
    said = Progress.objects.filter(action=OuterRef("pk")).order_by("-pk").values("words")[:1]
    row = JSONObject(
        **{name: name for name in ("pk", "what", "success", "owner", "owner_name", "due", "status", "closed", "pupil")},
        said=Subquery(said),
        who=Concat("pupil__forename", Value(" "), "pupil__surname"), seen=Exists(seen),
        spells=ArraySubquery(here.values(row=JSONObject(pk="pk", start="start", end="end"))),
    )  # fmt: skip
    return Action.objects.filter(meeting=OuterRef("pk")).order_by("due", "pk").values(row=row)


def before(row: dict[str, Any], *, inside: bool, today: dt.date) -> Before:
    """A school is not shown a pupil who left before this school year: the authority keeps what was said."""
    found, spells = [], {}
    for action in row["actions"]:
        pupil = action["pupil"]
        shown = pupil is not None and (inside or action["seen"])
        if shown:
            spells[pupil] = [Spell(s["pk"], pupil, _day(s["start"]), _day(s["end"]) if s["end"] else None) for s in action["spells"]]
        due, status = _day(action["due"]), Action.Status(action["status"])
        found.append(
            Agreed(
                pk=action["pk"],
                what=action["what"],
                success=action["success"],
                owner=Action(owner=action["owner"], owner_name=action["owner_name"]).who,
                due=due,
                status=status.value,
                word=str(status.label),
                late=status == Action.Status.OPEN and due < today,
                closed=_day(action["closed"]) if action["closed"] else None,
                said=action["said"] or "",
                pupil=pupil if shown else None,
                who=action["who"].strip() if shown else "",
                left=pupil is not None and not shown,
            )
        )
    return Before(row["pk"], _day(row["day"]), found, spells)


def last_meeting(before: Before, registers: Registers, weeks: Weeks) -> LastMeeting:
    names = {action.pupil: action.who for action in before.actions if action.pupil}
    if not names or not weeks.after:
        return LastMeeting(
            before.pk, before.day, before.actions, weeks, [Moved(p, who, Figures(), Figures()) for p, who in names.items() if p]
        )
    moved = [Moved(pupil, who, *_both(before.spells.get(pupil, []), registers, weeks)) for pupil, who in names.items() if pupil is not None]
    compared = [one for one in moved if one.before.possible and one.after.possible]
    together = None
    if compared:
        sums = (sum((one.before for one in compared), Figures()), sum((one.after for one in compared), Figures()))
        together = Moved(None, plural(len(compared), "pupil") + (" together" if len(compared) > 1 else ""), *sums)
    return LastMeeting(before.pk, before.day, before.actions, weeks, moved, together)


def _both(spells: Sequence[Spell], registers: Registers, weeks: Weeks) -> tuple[Figures, Figures]:
    return registers.weeks(spells, weeks.before), registers.weeks(spells, weeks.after)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
