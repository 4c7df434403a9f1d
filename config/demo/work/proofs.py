"""Which children had reached the penalty threshold on a day, by the register as it was known then: the rule's own answer.

Registers are known from the extracts that had come by then, so that a decision of September rests on what September knew.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from attendance import histories, register
from attendance.codes import BY_BYTE
from attendance.histories import History
from attendance.models import Load
from attendance.register import Rows
from attendance.threshold import Threshold, threshold
from schools.models import PolicyValue
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Reached:
    """One child's threshold on a day: the sessions in the window, as requests keep them, and when it was met."""

    sessions: tuple[str, ...]
    met_on: dt.date


class Proofs:
    """The registers of some children, read once, and cut to what was known at each of the moments asked about."""

    def __init__(self, pupils: Iterable[int], today: dt.date) -> None:
        self.history = histories.read(pupils=sorted(set(pupils)), day=today)
        self.ids = np.unique(self.history.pupils)
        self.loads = sorted(set(Load.objects.values_list("received_at", flat=True)))
        self._known: dict[int, dict[int, Rows]] = {}
        self._policies: dict[dt.date, Policy] = {}
        self._found: dict[tuple[dt.date, int], dict[int, Reached]] = {}
        self._now = self._rule(self.history, self.policy(today))

    def policy(self, day: dt.date) -> Policy:
        if day not in self._policies:
            self._policies[day] = PolicyValue.objects.in_force(day)
        return self._policies[day]

    def state(self, moment: dt.datetime) -> int:
        """How many of the moments at which extracts came had gone by: between two of them nothing that is known changes."""
        return bisect.bisect_right(self.loads, moment)

    def reached(self, day: dt.date, moment: dt.datetime) -> dict[int, Reached]:
        """By pupil, who had reached the threshold on `day` with every mark settled, by the register as known at `moment`."""
        key = (day, self.state(moment))
        if key not in self._found:
            self._found[key] = self._work_out(self._as_of(day, moment), self.policy(day))
        return self._found[key]

    def _as_of(self, day: dt.date, moment: dt.datetime) -> History:
        state = self.state(moment)
        if state not in self._known:
            wanted = self.history.enrolments.tolist()
            self._known[state] = register.read_years(self.history.years, enrolments=wanted, known_at=moment)
        days = (day - self.history.first).days + 1
        # the demo's schools have terms: which days they met does not hang on what was known
        calendars = {key: replace(found, days=found.days[:days], own=found.own[:days]) for key, found in self.history.calendars.items()}
        return replace(self.history, day=day, years=self._known[state], calendars=calendars)

    def stand(self, pupil: int, sessions: Iterable[str]) -> bool:
        """Are these sessions unauthorised still, by the register as it is now? Later extracts put marks right."""
        at = int(np.searchsorted(self.ids, pupil))
        rule = self._now
        columns = np.flatnonzero(rule.sessions[at]).tolist()
        unauthorised = {f"{rule.lines.date(c // 2)} {'PM' if c % 2 else 'AM'}={BY_BYTE[int(rule.marks[at, c])].code}" for c in columns}
        return unauthorised.issuperset(sessions)

    @staticmethod
    def _rule(history: History, policy: Policy) -> Threshold:
        lines = history.lines(np.arange(len(history.pupils)))
        return threshold(lines, number=policy["threshold_sessions"], weeks=policy["threshold_weeks"])

    def _work_out(self, history: History, policy: Policy) -> dict[int, Reached]:
        rule = self._rule(history, policy)
        holds = np.flatnonzero((rule.counts[:, -1] >= rule.number) & rule.eligible[:, -1])
        found = {}
        for at in holds.tolist():
            sessions = tuple(f"{session}={BY_BYTE[mark].code}" for session, mark in rule.in_window(at))
            reached = np.flatnonzero(rule.window[at] & rule.sessions[at] & (rule.running[at] >= rule.number))
            if len(reached) and not any(said.endswith("=N") for said in sessions):
                found[int(self.ids[at])] = Reached(sessions, rule.lines.date(int(reached[0]) // 2))
        return found
