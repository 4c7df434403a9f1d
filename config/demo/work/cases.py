"""Which children have a case, since when and why, and what becomes of it: open ones by officer, and two years of closed ones."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from accounts.models import User
from attendance import matrix
from attendance.flags import CONTINUOUS, PERSISTENT, SEVERE, THRESHOLD
from attendance.words import say_day
from casework import stages
from casework.models import Case
from config.demo.dates import ONE
from config.demo.work import children as children_
from config.demo.work import words
from config.demo.work.cast import Cast
from config.demo.work.ledger import Ledger
from config.demo.work.story import Child, Kind, Story
from config.demo.work.telling import Fate, Teller

LOAD = (33, 43)  # open cases of an officer, before what is new and nobody's yet
CLOSED = 150
WHOLE = 34_000  # pupils of the borough at its full size
MOST_SEVERE, MOST_OTHERS = 0.55, 0.06  # of the children flagged, how many have a case at most
Origin, Reason, Outcome = Case.Origin, Case.Reason, Case.Outcome

_OF_FLAG = {SEVERE: Reason.SEVERE, CONTINUOUS: Reason.CONTINUOUS, THRESHOLD: Reason.UNAUTHORISED, PERSISTENT: Reason.PERSISTENT}
_OTHER_REASONS = (Reason.ILLNESS, Reason.EBSA, Reason.LATE, Reason.WELFARE, Reason.PART_TIME, Reason.HOLIDAY)
# what became of the closed cases of children who are still at their school
_OUTCOMES = (
    (Outcome.IMPROVED, 46), (Outcome.STEP_DOWN, 30), (Outcome.EARLY_HELP, 18), (Outcome.SOCIAL_CARE, 7), (Outcome.SEND, 8),
    (Outcome.HEALTH, 7), (Outcome.NO_OFFENCE, 4), (Outcome.DUPLICATE, 2), (Outcome.DATA_ERROR, 2),
)  # fmt: skip
_QUICK = (Outcome.DUPLICATE, Outcome.DATA_ERROR)
_LEFT = {"Home educated": Outcome.HOME_EDUCATED, "Whereabouts not known": Outcome.MISSING, "End of year 11": Outcome.OVER_AGE}


class Drawing:
    """Draws the stories of all cases. `held`: by school, the days on which a meeting was held, each able to open cases."""

    def __init__(self, cast: Cast, ledger: Ledger, held: dict[int, list[dt.date]], rng: np.random.Generator) -> None:
        self.cast, self.ledger, self.held, self.rng = cast, ledger, held, rng
        self.teller = Teller(cast, rng)
        self.year = matrix.academic_year(cast.today)
        self.stories: list[Story] = []
        self.taken: set[int] = set()

    def all(self, logins: Sequence[int]) -> list[Story]:
        """`logins`: schools whose people the visitor signs in as; each has some cases."""
        flagged = children_.flagged(self.cast.today)
        before = children_.of_last_year(self.cast.today)
        by_officer: dict[int, list[Child]] = defaultdict(list)
        for child in flagged:
            if child.school in self.cast.officer_of:
                by_officer[self.cast.officer_of[child.school].pk].append(child)
        persistent_before = {child.enrolment for child in before}
        chosen = [(officer, self._choose(by_officer[officer.pk], logins)) for officer in self.cast.officers]
        closed = self._choose_closed(before, {child.pupil for _, some in chosen for child in some})
        children_.with_parents([child for _, some in chosen for child in some] + [child for child, _ in closed])
        for officer, some in chosen:
            for n, child in enumerate(some):
                self._open(child, officer, n, len(some), child.enrolment in persistent_before)
        for child, outcome in closed:
            self._closed(child, outcome)
        return self.stories

    def _choose(self, pool: list[Child], logins: Sequence[int]) -> list[Child]:
        """Mostly severely absent children; those of the schools with logins first. Long absence without a break is worked at once."""
        wanted = int(self.rng.integers(LOAD[0], LOAD[1] + 1))
        pool = [pool[i] for i in self.rng.permutation(len(pool)).tolist()]
        at_once = [child for child in pool if CONTINUOUS in child.flags][:2]
        pool = [child for child in pool if child not in at_once]
        severe = [child for child in pool if SEVERE in child.flags]
        others = [child for child in pool if SEVERE not in child.flags]
        severe, others = self._first_of(severe, logins, 6), self._first_of(others, logins, 3)
        many = min(round(wanted * 0.78), int(np.ceil(len(severe) * MOST_SEVERE)))
        rest = min(wanted - many - len(at_once), round(len(others) * MOST_OTHERS))
        some = at_once + severe[:many] + others[: max(rest, 0)]
        self.taken |= {child.pupil for child in some}
        return [some[i] for i in self.rng.permutation(len(some)).tolist()]

    @staticmethod
    def _first_of(children: list[Child], schools: Sequence[int], number: int) -> list[Child]:
        """Some of each of these schools first, the rest as they come."""
        seen: dict[int, int] = defaultdict(int)
        order = []
        for child in children:
            seen[child.school] += 1
            order.append(child.school not in schools or seen[child.school] > number)
        return [children[i] for i in np.argsort(order, kind="stable").tolist()]

    def _open(self, child: Child, officer: User, n: int, of: int, before: bool) -> None:
        """The first of each officer's cases are made to be what a working day begins with."""
        if n in (0, 1) and of > 4:
            self._referral(child, officer, assigned=n == 1)
            return
        early = before and child.start < matrix.year_start(self.year) and (n in (2, 3, 4) or self.teller.chance(0.3))
        opened, origin = self._beginning(child, early)
        flag = self._flag(child, opened) if origin == Origin.FLAG else None
        if origin == Origin.FLAG and flag is None:  # no flag stands of that time: the officer saw it in the figures
            origin = Origin.OFFICER
        rate = self.ledger.of(child.enrolment, opened).rate
        reason = self._reason_then(rate) if early else self._reason(child)
        if early and flag is not None:  # of last year's flags only the threshold's goes on over the years
            reason = Reason.UNAUTHORISED
        by = self.cast.contact_of[child.school] if origin == Origin.REFERRAL else officer
        story = Story(child, origin, reason, opened, by, flag=flag, stage_since=opened)
        self._say_opened(story)
        planned = early or n <= 6 or self.teller.chance(0.84)
        fate = Fate(
            planned=planned,
            forgets_review=n in (2, 3) or self.teller.chance(0.3),
            forgets_action=self.teller.chance(0.6),
            ends_at=stages.FORMAL if THRESHOLD in child.flags and early and self.teller.chance(0.45) else "",
        )
        self.stories.append(self.teller.tell(story, officer, fate))

    def _referral(self, child: Child, officer: User, *, assigned: bool) -> None:
        """New, from a school: nobody's yet, or only just somebody's."""
        day = self.cast.before(child.school, self.cast.today - int(self.rng.integers(2, 9)) * ONE)
        opened = max(day or child.start, child.start)
        story = Story(child, Origin.REFERRAL, self._reason(child), opened, self.cast.contact_of[child.school], stage_since=opened)
        self._say_opened(story)
        self.stories.append(self.teller.tell(story, officer, Fate(assigned=assigned)))

    def _beginning(self, child: Child, early: bool) -> tuple[dt.date, str]:
        """When the case was opened, and out of what."""
        year = self.year - 1 if early else self.year
        first = max(min((opened for _, opened, _ in child.flags.values()), default=child.start), child.start)
        if early:
            first = max(dt.date(year, 10, 20), child.start)
        last = min(dt.date(year + 1, 7, 10), self.cast.today)
        if self.teller.chance(0.2) and (met := [day for day in self.held.get(child.school, []) if first <= day <= last]):
            return self.teller.pick(met), Origin.MEETING
        days = self.cast.between(child.school, min(first + 2 * ONE, last), last)
        if early:
            days = [day for day in days[:: max(len(days) // 12, 1)] if self.ledger.of(child.enrolment, day).rate >= 0.1] or days
        day = days[int(len(days) * self.rng.random() ** 0.8)] if days else self.cast.before(child.school, last) or last
        return max(day, child.start), Origin.FLAG if self.teller.chance(0.72) else Origin.REFERRAL

    def _flag(self, child: Child, opened: dt.date) -> int | None:
        """The flag the case was opened from, where it stands still."""
        for code in (SEVERE, THRESHOLD, CONTINUOUS, PERSISTENT):
            if code in child.flags and child.flags[code][1] <= opened:
                return child.flags[code][0]
        return None

    def _reason(self, child: Child) -> str:
        if CONTINUOUS in child.flags and self.teller.chance(0.7):
            return Reason.CONTINUOUS
        for code, reason in _OF_FLAG.items():
            if code in child.flags:
                return Reason.EBSA if code == SEVERE and self.teller.chance(0.15) else self._or_other(reason)
        return self._or_other(Reason.PERSISTENT)

    def _reason_then(self, rate: float) -> str:
        """By what had been missed when the case was opened, last year."""
        return Reason.SEVERE if rate >= 0.5 else self._or_other(Reason.PERSISTENT)

    def _or_other(self, reason: str) -> str:
        return self.teller.pick(_OTHER_REASONS) if reason == Reason.PERSISTENT and self.teller.chance(0.45) else reason

    def _say_opened(self, story: Story) -> None:
        missed = self.ledger.of(story.child.enrolment, story.opened)
        said = ""
        if missed.possible:
            first = self.cast.between(story.child.school, matrix.year_start(matrix.academic_year(story.opened)), story.opened)
            since = f" since {say_day(max(first[0], story.child.start))}" if first else ""
            said = f"Missed {missed.absent} of {missed.possible} sessions{since}."
        if story.origin == Origin.MEETING:
            said = f"At the meeting with {self.cast.schools[story.child.school]} on {say_day(story.opened)}. {said}".strip()
        if story.origin == Origin.REFERRAL:
            said = f"{said} {self.teller.pick(words.REFERRED)}".strip()
        story.say(story.opened, Kind.OPENED, words.opened(story.origin, story.reason, said), story.opened_by, shared=True)

    def _choose_closed(self, pool: list[Child], taken: set[int]) -> list[tuple[Child, str]]:
        """Those who have left their school first, for what only becomes of leavers; then the rest."""
        number = round(CLOSED * min(1.0, len(pool) / 5300))
        pool = [pool[i] for i in self.rng.permutation(len(pool)).tolist() if pool[i].school in self.cast.officer_of]
        found: dict[int, tuple[Child, str]] = {}
        gone = [child for child in pool if child.left_for in _LEFT or child.left_for == "Moved out of the area"]
        room = {Outcome.HOME_EDUCATED: 5, Outcome.MISSING: 3, Outcome.OVER_AGE: 9, Outcome.MOVED: 7, Outcome.OFF_ROLL: 2}
        for n, child in enumerate(gone):
            outcome = _LEFT.get(child.left_for, Outcome.OFF_ROLL if n % 4 == 0 else Outcome.MOVED)
            if room[outcome] > 0 and child.end and child.end <= self.cast.today and child.pupil not in found:
                room[outcome] -= 1
                found[child.pupil] = (child, outcome)
        weights = np.array([weight for _, weight in _OUTCOMES], float)
        plain = [outcome for outcome, _ in _OUTCOMES] + [
            _OUTCOMES[i][0] for i in self.rng.choice(len(_OUTCOMES), max(number, 1), p=weights / weights.sum()).tolist()
        ]
        here = (child for child in pool if child.end is None and child.pupil not in taken)
        for child, outcome in zip(here, plain, strict=False):
            if len(found) >= number:
                break
            found.setdefault(child.pupil, (child, outcome))
        return list(found.values())[:number]

    def _closed(self, child: Child, outcome: str) -> None:
        cast, year = self.cast, self.year - 1
        first, last = max(dt.date(year, 9, 20), child.start + 15 * ONE), min(dt.date(year + 1, 7, 5), cast.today)
        if child.end:
            until = cast.at_work(child.end + int(self.rng.integers(0, 6)) * ONE)
            last = min(last, child.end - 30 * ONE)
        days = cast.between(child.school, first, last)
        if not days:
            return
        opened = days[int(len(days) * self.rng.random())]
        if not child.end:
            lasts = self.rng.integers(4, 20) if outcome in _QUICK else self.rng.integers(45, 190)
            until = cast.at_work(opened + int(lasts) * ONE)
        if until > cast.today:
            until = cast.today
            opened = min(opened, cast.before(child.school, until - 30 * ONE) or opened)
        origin = Origin.REFERRAL if self.teller.chance(0.4) else Origin.OFFICER
        met = [day for day in self.held.get(child.school, []) if first <= day <= min(last, until - 30 * ONE)]
        if met and outcome not in _QUICK and self.teller.chance(0.5):
            opened, origin = self.teller.pick(met), Origin.MEETING
        officer = cast.officer_of[child.school]
        by = cast.contact_of[child.school] if origin == Origin.REFERRAL else officer
        opened = max(opened, child.start)
        story = Story(child, origin, self._reason_then(self.ledger.of(child.enrolment, opened).rate), opened, by, stage_since=opened)
        self._say_opened(story)
        self.stories.append(self.teller.tell(story, officer, Fate(until=until, outcome=outcome, planned=outcome not in _QUICK)))
