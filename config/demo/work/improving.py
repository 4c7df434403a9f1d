"""Notices to improve and attendance contracts of the demo, in every state: by the actions people use, on the days they would have.

Targets are chosen with the marks in sight, so that each ending is there to be seen; what is decided still follows from the marks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from django.db import transaction

from accounts.models import User
from casework.models import Case
from config.demo.dates import ONE, WEEK
from config.demo.work import children as children_
from config.demo.work.cast import Cast
from config.demo.work.story import Adult, Child
from legal import freeze, watching
from legal.actions import contracts, improvements, improving
from legal.actions.improvements import Terms
from legal.actions.problem import NoticeProblem
from legal.actions.watch import watch_improvements
from legal.models import Contract, Improvement, Party
from schools.models import Parent, PolicyValue, Pupil, School

_GIVEN = (
    "An attendance plan since the first weeks of term: a later start on Mondays, the form tutor at the gate. Two meetings at school; the "
    "second was not kept.",
    "The family worker called every week and early help was offered. Two calls were answered.",
    "A place at breakfast club, and a bus pass from the second week on. It was used on few days.",
)
_OFFERED = (
    "The family worker visits on a morning of the family’s choice. Breakfast club stays open to the child, free of charge.",
    "A meeting with the head of year and early help, on any day this week or next, at school or at home.",
)
_REQUIRES = "{child} is at school by 8.45 every day. We call the school before 9 when {child} is ill, and come to the meetings."
_SUPPORTS = "The family worker calls every Monday. The school keeps a place at breakfast club and meets with us every second week."
_WEEKS = 3


def tell(cast: Cast, shown: Sequence[int], rng: np.random.Generator) -> int:
    """Returns how many of both there are."""
    children = _children(cast, shown, rng)
    made = 0
    for plan in (_improved, _not_improved, _ended_early, _withdrawn, _running, _broken, _issued, _draft, _running):
        made += _first_that_fits(cast, children, plan)
    for plan in (_signed_and_offered, _refused, _no_reply, _ended, _drawn_up, _signed_and_offered):
        made += _first_that_fits(cast, children, plan)
    with transaction.atomic():
        watch_improvements(pupils=None, schools=None, today=cast.today, now=cast.now)
    return made


def _children(cast: Cast, shown: Sequence[int], rng: np.random.Generator) -> list[Child]:
    """Flagged for unauthorised absence that is no holiday, those of the schools that visitors sign in as first."""
    found = [child for child in children_.on_roll(cast.today) if child.school in cast.officer_of]
    marked = set(children_.at_threshold(cast.today))
    found = [child for child in found if child.pupil in marked]
    found = [found[i] for i in rng.permutation(len(found)).tolist()]
    found = sorted(found, key=lambda child: child.school not in shown)[:60]
    children_.with_parents(found)
    # a chronology is written in the order of its days, and what is told here comes after the cases were told
    worked = set(Case.objects.open().values_list("pupil", flat=True))
    found = [child for child in found if child.pupil not in worked]
    return [child for child in found if any(adult.address for adult in child.parents)]


Telling = Callable[[Cast, Child, list[Adult]], bool]


def _first_that_fits(cast: Cast, children: list[Child], plan: Telling) -> int:
    """Each child once. What the rules refuse of one child is tried of the next."""
    for child in list(children):
        adults = [adult for adult in child.parents if adult.address and adult.lives_with]
        if not adults:
            continue
        try:
            with transaction.atomic():
                if plan(cast, child, adults):
                    children.remove(child)
                    return 1
        except NoticeProblem:
            continue
    return 0


# notices to improve


class _Notice:
    """One to be, at the officer's hand."""

    def __init__(self, cast: Cast, child: Child, adults: list[Adult], issued: dt.date) -> None:
        self.cast, self.child = cast, child
        self.by: User = cast.officer_of[child.school]
        self.issued = cast.at_work(issued)
        self.pupil, self.school = Pupil.objects.get(pk=child.pupil), School.objects.get(pk=child.school)
        self.parent = Parent.objects.get(pk=adults[0].key)
        self.start = self.issued + 5 * ONE
        self.start += -self.start.weekday() % 7 * ONE
        self.period = watching.period(self.school, self.start, _WEEKS, today=self.issued)
        self.end = self.period.end.day or self.start

    def seen(self, last: dt.date) -> watching.Seen:
        return watching.of_pupil(self.pupil.pk, self.start, last)

    def draft(self, most: int, early: int | None = None) -> Improvement:
        number = self.pupil.pk
        terms = Terms(
            start=self.start,
            weeks=_WEEKS,
            most=most,
            support_given=_GIVEN[number % len(_GIVEN)],
            support_offered=_OFFERED[number % len(_OFFERED)],
            contact=f"{self.by.name}, attendance officer, {self.by.email}",
            early=early,
        )
        now = self.cast.moment(self.issued, 10.2)
        made = improvements.draft_improvements(
            by=self.by, today=self.issued, now=now, pupil=self.pupil, school=self.school, parents=[self.parent], terms=terms
        )
        return made[0]

    def can_be_issued(self) -> list[str]:
        """The unauthorised sessions before it that are no holiday; none where it could not have been issued then."""
        policy, now = PolicyValue.objects.in_force(self.issued), self.cast.moment(self.issued, 11)
        first = self.issued - policy["threshold_weeks"] * WEEK
        known = freeze.text(self.pupil, first=first, day=self.issued, known_at=now, policy_version=policy.version).splitlines()
        lines = [line.rsplit(" ", 2) for line in known if line[:1].isdigit()]
        return [f"{session}={code}" for session, code, _ in lines if code in ("O", "U")]

    def issue(self, sessions: list[str], most: int, early: int | None = None) -> Improvement:
        row = self.draft(most, early)
        policy, now = PolicyValue.objects.in_force(self.issued), self.cast.moment(self.issued, 11)
        improvements.put_out(row, self.period, sessions, by=self.by, today=self.issued, now=now, policy=policy)
        return row

    def serve(self, row: Improvement) -> Improvement:
        day = self.cast.at_work(self.issued + ONE)
        return improvements.serve_improvement(
            by=self.by, today=day, now=self.cast.moment(day, 15), improvement=row, service="post", served=day
        )

    def known_by(self, last: dt.date) -> tuple[dt.date, watching.Seen] | None:
        """A day by which the registers had told of every session up to `last`, and what they said."""
        whole = self.seen(last)
        for days in range(1, 40):
            day = self.cast.at_work(last + days * ONE)
            if day >= self.cast.today:
                return None
            seen = watching.of_pupil(self.pupil.pk, self.start, last, known_at=self.cast.moment(day, 14))
            if seen.counted == whole.counted and not seen.unsettled.any():
                return day, seen
        return None

    def close(self, row: Improvement, kind: str, day: dt.date, words: str = "") -> None:
        now = self.cast.moment(day, 14 if day < self.cast.today else 23.5)
        improving.end_improvement(by=self.by, today=day, now=now, improvement=row, kind=kind, words=words)


def _over(cast: Cast, child: Child, adults: list[Adult]) -> Iterator[tuple[_Notice, list[str]]]:
    """Some weeks back, so that the period is over; of these days the first on which it could have been issued."""
    for weeks in range(5, 12):
        one = _Notice(cast, child, adults, cast.today - weeks * WEEK)
        if one.end < cast.today - 2 * ONE and child.start <= one.issued and (sessions := one.can_be_issued()):
            yield one, sessions


def _improved(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    for one, sessions in _over(cast, child, adults):
        known = one.known_by(one.end)
        if known and known[1].counted > 10 and known[1].missed * 8 < known[1].counted:
            row = one.serve(one.issue(sessions, known[1].missed + 1))
            one.close(row, "improved", known[0])
            return True
    return False


def _not_improved(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    for one, sessions in _over(cast, child, adults):
        known = one.known_by(one.end)
        if known and known[1].missed > 5:
            row = one.serve(one.issue(sessions, 3))
            one.close(row, "not_improved", known[0])
            return True
    return False


def _ended_early(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    """This morning, on what the last registers told."""
    found = _now(cast, child, adults)
    if found is None or (missed := _firm(found[0], cast.today)) < 3:
        return False
    row = found[0].serve(found[0].issue(found[1], 2, early=3))
    words = f"{missed} sessions missed without authority in the first days, and no meeting was kept."
    found[0].close(row, "ended_early", cast.today, words)
    return True


def _firm(one: _Notice, last: dt.date) -> int:
    seen = one.seen(last)
    return seen.missed - int(seen.unsettled.sum())


def _withdrawn(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    for one, sessions in _over(cast, child, adults):
        row = one.serve(one.issue(sessions, 3))
        day = cast.at_work(one.issued + 4 * ONE)
        words = "A diagnosis came to light that had not been known. A plan is made with the family instead."
        improving.withdraw_improvement(by=one.by, today=day, now=cast.moment(day, 14), improvement=row, words=words)
        return True
    return False


def _now(cast: Cast, child: Child, adults: list[Adult], days: Sequence[int] = range(18, 8, -1)) -> tuple[_Notice, list[str]] | None:
    """So many days back that the period runs, and so that it could have been issued by what was known then."""
    for back in days:
        one = _Notice(cast, child, adults, cast.today - back * ONE)
        if child.start <= one.issued and one.end > cast.today and (sessions := one.can_be_issued()):
            return one, sessions
    return None


def _running(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    found = _now(cast, child, adults)
    if found is None or (seen := found[0].seen(cast.today)).missed > 8 or not seen.counted:
        return False
    found[0].serve(found[0].issue(found[1], seen.missed + 2))
    return True


def _broken(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    found = _now(cast, child, adults)
    if found is None or _firm(found[0], cast.today) < 3:
        return False
    found[0].serve(found[0].issue(found[1], 2, early=3))
    return True


def _issued(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    found = _now(cast, child, adults, (0,))
    if found is None:
        return False
    found[0].issue(found[1], 3)
    return True


def _draft(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    found = _now(cast, child, adults, (0,))
    if found is None:
        return False
    found[0].draft(3, early=8)
    return True


# attendance contracts


def _offer(cast: Cast, child: Child, adults: list[Adult], weeks: int, *, offered: bool = True) -> Contract:
    day = cast.at_work(max(cast.today - weeks * WEEK, child.start))
    by = cast.officer_of[child.school]
    parents = list(Parent.objects.filter(pk__in=[adult.key for adult in adults]).order_by("pk"))
    name = child.name.split()[0]
    contract = contracts.draw_up(
        by=by,
        today=day,
        now=cast.moment(day, 11),
        pupil=Pupil.objects.get(pk=child.pupil),
        school=School.objects.get(pk=child.school),
        parents=parents,
        requirements=_REQUIRES.format(child=name),
        support=_SUPPORTS,
        start=day,
        end=day + 14 * WEEK,
        review_by=cast.at_work(day + 6 * WEEK),
    )
    if offered:
        present = [parents[0].pk]
        contract = contracts.offer(by=by, today=day, now=cast.moment(day, 11.5), contract=contract, present=present)
    return contract


def _answer(cast: Cast, party: Party, state: str, days: int, words: str = "", where: str = "") -> None:
    day = cast.at_work((party.offered or cast.today) + days * ONE)
    by = cast.officer_of[party.contract.school_id]
    contracts.record_answer(by=by, today=day, now=cast.moment(day, 12), party=party, state=state, day=day, words=words, where=where)


_WHERE = "In the child’s file at school, in the blue folder"


def _parties(contract: Contract) -> list[Party]:
    return list(contract.parties.order_by("pk"))


def _signed_and_offered(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    if len(adults) < 2:
        return False
    contract = _offer(cast, child, adults, 5)
    _answer(cast, _parties(contract)[0], "agreed", 0, where=_WHERE)
    day = cast.at_work(cast.today - 4 * ONE)
    contracts.review_contract(
        by=cast.officer_of[child.school], today=day, now=cast.moment(day, 12), contract=contract, result="some",
        words="Mondays go better since the calls; Fridays do not yet.", next_by=cast.at_work(cast.today + 3 * WEEK),
    )  # fmt: skip
    return True


def _refused(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    contract = _offer(cast, child, adults[:1], 4)
    _answer(cast, _parties(contract)[0], "refused", 2, words="Would rather work with early help, which has begun.")
    return True


def _no_reply(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    contract = _offer(cast, child, adults[:1], 4)
    _answer(cast, _parties(contract)[0], "no_reply", 14, words="Posted, and called on two days.")
    return True


def _ended(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    contract = _offer(cast, child, adults[:1], 9)
    _answer(cast, _parties(contract)[0], "agreed", 0, where=_WHERE)
    day = cast.at_work(cast.today - 6 * ONE)
    contracts.end_contract(
        by=cast.officer_of[child.school], today=day, now=cast.moment(day, 12), contract=contract, outcome="some",
        words="Fewer days away. The school goes on with the plan.",
    )  # fmt: skip
    return True


def _drawn_up(cast: Cast, child: Child, adults: list[Adult]) -> bool:
    _offer(cast, child, adults, 0, offered=False)
    return True
