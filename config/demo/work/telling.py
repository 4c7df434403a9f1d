"""How a case goes, day by day, until today or until it is closed: in the order in which officers work.

Nothing here is written; every move between stages is one that casework.stages allows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import numpy as np

from accounts.models import User
from casework import stages
from casework.models import Barrier, Case, Contact, Plan, PlanAction, Service
from config.demo.dates import ONE
from config.demo.work import words
from config.demo.work.cast import Cast
from config.demo.work.story import Adult, Kind, Story

Method, Result, Outcome, Owner = Contact.Kind, Contact.Result, PlanAction.Outcome, PlanAction.Owner
T = TypeVar("T")

_FIRST = (Method.PHONE, Method.PHONE, Method.PHONE, Method.LETTER, Method.HOME_VISIT, Method.TEXT)
_LATER = (Method.PHONE, Method.HOME_VISIT, Method.SCHOOL_MEETING, Method.EMAIL, Method.PHONE, Method.MULTI_AGENCY, Method.PANEL)
_TRIED = (Result.NO_ANSWER, Result.LEFT_MESSAGE, Result.SPOKE, Result.AGREED, Result.SPOKE, Result.REFUSED)
_MET = (Result.SPOKE, Result.AGREED, Result.AGREED, Result.SPOKE, Result.REFUSED)
_SEEN = (Method.HOME_VISIT, Method.SCHOOL_MEETING, Method.PANEL, Method.MULTI_AGENCY)
REVIEW_WEEKS = (4, 6, 6, 8)
LINES = 12  # about how long a chronology grows


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to become of a case that chance alone would not bring about often enough."""

    assigned: bool = True
    planned: bool = True  # is a plan ever agreed?
    forgets_review: bool = False  # the last review that fell due was not held
    forgets_action: bool = False
    ends_at: str = ""  # MONITORING or FORMAL, else by chance
    until: dt.date | None = None  # closed on about this day
    outcome: str = ""


class Teller:
    """Chance and the cast are held here while cases are told."""

    def __init__(self, cast: Cast, rng: np.random.Generator) -> None:
        self.cast, self.rng = cast, rng

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def tell(self, story: Story, officer: User, fate: Fate) -> Story:
        """From the day it was opened to `fate.until`, or to today."""
        last = min(fate.until or self.cast.today, self.cast.today)
        if fate.assigned:
            day = self._begin(story, officer, last)
            if day is not None and fate.planned:
                day = self._support(story, day, last, fate)
            elif day is not None:
                self._look_on(story, day, last)
        story.lines.sort(key=lambda line: line.day)
        if fate.until is not None:
            self.close(story, self.cast.at_work(last), fate.outcome)
        return story

    def close(self, story: Story, day: dt.date, outcome: str) -> None:
        day = min(max([day, *(line.day for line in story.lines)]), self.cast.today)
        by = story.officer or self.cast.manager
        left = 0
        for plan, actions in story.plans:
            if plan.ended is None:
                plan.ended = day
                left += sum(action.done is None for action in actions)
        story.changes += 1
        story.closed, story.closed_by, story.outcome = day, by, outcome
        story.stage, story.stage_since = stages.CLOSED, day
        story.say(day, Kind.CLOSED, words.closed(outcome, left), by, shared=True)

    def _step(self, story: Story, day: dt.date, low: int, high: int) -> dt.date:
        return self.cast.after(story.child.school, day, int(self.rng.integers(low, high + 1)))

    def _begin(self, story: Story, officer: User, last: dt.date) -> dt.date | None:
        """Assigned, begun, and somebody reached. None where the story's end comes first."""
        day = story.opened
        story.officer = officer
        if story.opened_by != officer:  # else it was opened with its officer
            day = self.cast.at_work(story.opened + int(self.rng.integers(0, 3)) * ONE)
            if day > last:
                story.officer = None
                return None
            story.changes += 1
            story.say(day, Kind.ASSIGNED, f"Assigned to {officer.name}.", self.cast.manager, shared=True)
        day = self._step(story, day, 1, 4)
        if day > last:
            return None
        story.move(day, stages.ASSESSING, officer)
        for n in range(int(self.rng.integers(1, 4))):
            if day > last:
                return None
            reached = self._contact(story, day, self.pick(_FIRST), first=n == 0)
            day = self._step(story, day, 2, 6)
            if reached:
                break
        return day if day <= last else None

    def _contact(self, story: Story, day: dt.date, kind: Method, *, first: bool = False) -> bool:
        child = story.child
        adult = self._adult(child.parents)
        if kind in (Method.LETTER, Method.EMAIL, Method.TEXT):
            result = Result.SENT
        else:
            result = self.pick(_MET if kind in _SEEN and not first else _TRIED)
            if kind in (Method.PANEL, Method.MULTI_AGENCY, Method.SCHOOL_MEETING) and result not in Contact.REACHED:
                result = Result.SPOKE
        reached = result in Contact.REACHED
        seen = kind in _SEEN and reached and self.chance(0.6)
        row = Contact(day=day, kind=kind, parent_id=adult.key if adult else None, result=result, child_seen=seen)
        story.say(day, Kind.CONTACT, words.contact(kind, result, adult, seen, self.pick(words.SAID[result])), story.officer, contact=row)
        return reached

    def at_court(self, story: Story, adult: Adult, day: dt.date) -> None:
        """The parent is spoken to where the offence is heard. Without chance: what is drawn after it stays as it was."""
        row = Contact(day=day, kind=Method.COURT, parent_id=adult.key, result=Result.SPOKE, child_seen=False)
        said = words.contact(Method.COURT, Result.SPOKE, adult, False, words.AT_COURT)
        story.say(day, Kind.CONTACT, said, story.officer, contact=row)

    def _adult(self, parents: Sequence[Adult]) -> Adult | None:
        at_home = [adult for adult in parents if adult.lives_with] or list(parents)
        return self.pick(at_home) if at_home else None

    def _note(self, story: Story, day: dt.date, said: str, *, shared: bool = False) -> None:
        story.say(day, Kind.NOTE, said, story.officer, shared=shared)

    def _look_on(self, story: Story, day: dt.date, last: dt.date) -> None:
        """No plan comes about: the family is not reached, or the school is still to answer."""
        while day <= last:
            if self.chance(0.75) or len(story.lines) >= LINES:
                self._contact(story, day, self.pick(_FIRST))
            else:
                self._note(story, day, self.pick(words.NOTES), shared=self.chance(0.4))
            day = self._step(story, day, 7, 12 + 2 * len(story.lines))

    def _support(self, story: Story, day: dt.date, last: dt.date, fate: Fate) -> dt.date:
        barrier = self._barrier(story)
        self._note(story, day, self.pick(words.LEARNT[barrier]))
        self._assess(story, day, barrier)
        day = self._step(story, day, 2, 9)
        if day > last:
            return day
        plan = self._plan(story, day, barrier)
        story.move(day, stages.SUPPORTING, story.officer or self.cast.manager)
        day = self._step(story, day, 5, 14)
        while day <= last:
            plan = self._reviewed(story, plan, day, last, fate)
            self._between(story, day)
            day = self._step(story, day, 10, min(14 + 2 * len(story.lines), 42))
        self._reviewed(story, plan, last, last, fate)
        self._finish_actions(story, last, fate)
        return day

    def _assess(self, story: Story, day: dt.date, barrier: str) -> None:
        story.assessed.append((day, barrier))
        number = len(story.assessed)
        said = "Assessment written." if number == 1 else f"Assessment written anew, version {number}."
        story.say(day, Kind.ASSESSED, said, story.officer, shared=True)

    def _reviewed(self, story: Story, plan: Plan, day: dt.date, last: dt.date, fate: Fate) -> Plan:
        """Hold every review that has fallen due by `day`, but for a late one that is forgotten."""
        while plan.review <= day:
            if fate.forgets_review and fate.until is None and (self.cast.today - plan.review).days <= 24:
                break
            plan = self._review(story, plan, plan.review, last, fate)
        return plan

    def _between(self, story: Story, day: dt.date) -> None:
        if self.chance(0.6) or len(story.lines) >= LINES:
            self._contact(story, day, self.pick(_LATER))
        else:
            self._note(story, day, self.pick(words.NOTES), shared=self.chance(0.5))

    def _barrier(self, story: Story) -> str:
        likely = words.BARRIERS[story.reason]
        return likely[int(len(likely) * self.rng.random() ** 1.5)]

    def _plan(self, story: Story, day: dt.date, barrier: str) -> Plan:
        kind = Plan.Kind.SUPPORT
        if barrier in (Barrier.PHYSICAL_ILLNESS, Barrier.MENTAL_HEALTH) and self.chance(0.4):
            kind = Plan.Kind.MEDICAL
        elif story.reason in (Case.Reason.SEVERE, Case.Reason.EBSA):
            kind = self.pick((Plan.Kind.JOINT, Plan.Kind.JOINT, Plan.Kind.REINTEGRATION, Plan.Kind.SUPPORT))
        elif story.reason == Case.Reason.PART_TIME:
            kind = Plan.Kind.REINTEGRATION
        elif story.reason in (Case.Reason.UNAUTHORISED, Case.Reason.LATE, Case.Reason.HOLIDAY) and self.chance(0.4):
            kind = Plan.Kind.PANEL
        lead = self.pick((Plan.Lead.SCHOOL,) * 5 + (Plan.Lead.AUTHORITY, Plan.Lead.AUTHORITY, Plan.Lead.EARLY_HELP, Plan.Lead.SEND))
        if kind == Plan.Kind.MEDICAL and self.chance(0.5):
            lead = Plan.Lead.HEALTH
        if barrier in (Barrier.NEGLECT, Barrier.DOMESTIC_ABUSE):
            lead = Plan.Lead.SOCIAL_CARE
        review = self.cast.after(story.child.school, day, 7 * self.pick(REVIEW_WEEKS))
        review = min(review, day + dt.timedelta(weeks=12))
        before = story.plan
        if before:
            before.ended = day
        plan = Plan(kind=kind, barrier=barrier, lead=lead, start=day, review=review, made_by=story.officer)
        self._terms(plan)
        actions = self._agreed(story, day, review, barrier)
        story.plans.append((plan, actions))
        story.reviews.append((day, review))
        story.changes += 1
        story.say(day, Kind.PLAN, words.plan_agreed(plan, before), story.officer, shared=True)
        for action in actions:
            story.say(day, Kind.ACTION, words.action_agreed(action), story.officer, shared=action.owner == PlanAction.Owner.SCHOOL)
        return plan

    def _terms(self, plan: Plan) -> None:
        """Who leads by name and role, and what the kind of plan needs besides."""
        plan.lead_name = f"{self.pick(words.LEADERS)} {self.pick(words.LEADERS_SURNAMES)}"
        plan.lead_role = self.pick(words.ROLES[plan.lead])
        if plan.kind == Plan.Kind.MEDICAL:
            plan.nurse = f"{self.pick(words.LEADERS)} {self.pick(words.LEADERS_SURNAMES)}"
        if plan.kind == Plan.Kind.PANEL:
            plan.panel = plan.start
        if plan.kind == Plan.Kind.REINTEGRATION:
            plan.timetable_start, plan.timetable_end = plan.start, plan.start + dt.timedelta(weeks=self.pick((3, 4, 6, 6, 8)))
            plan.timetable_hours = Decimal(self.pick((8, 10, 12, 15)))

    def _agreed(self, story: Story, day: dt.date, review: dt.date, barrier: str) -> list[PlanAction]:
        special = [row for row in words.AGREED if barrier in row[2]]
        usual = [row for row in words.AGREED if not row[2]]
        chosen = [special[i] for i in self.rng.permutation(len(special))[: int(self.rng.integers(1, 3))].tolist()]
        chosen += [usual[i] for i in self.rng.permutation(len(usual))[:1].tolist()]
        weeks = max((review - day).days // 7, 2)
        due = [self.cast.after(story.child.school, day, 7 * int(self.rng.integers(1, weeks + 1))) for _ in chosen]
        return [
            PlanAction(what=what, owner=Owner.SERVICE, service=owner, due=by)
            if owner in Service.values
            else PlanAction(what=what, owner=owner, due=by)
            for (owner, what, _), by in zip(chosen, due, strict=True)
        ]

    def _review(self, story: Story, plan: Plan, day: dt.date, last: dt.date, fate: Fate) -> Plan:
        """What came of it. After one or two the case is watched, goes the formal way, or carries on."""
        officer = story.officer or self.cast.manager
        held = min(self.cast.after(story.child.school, day, int(self.rng.integers(0, 3))), last)
        result = Plan.Result.CHANGE if self.chance(0.14) else Plan.Result.CARRY_ON
        story.looked.append((plan, plan.reviewed or plan.start, held, result))
        plan.reviewed = held
        story.changes += 1
        said = f"At the review of the plan: {self.pick(words.REVIEWED[result])}"
        if result == Plan.Result.CHANGE:
            self._settle(story, plan, held)
            story.say(held, Kind.PLAN, words.plan_reviewed(plan, result, None), officer, shared=True)
            self._note(story, held, said)
            barrier = self._barrier(story)
            self._assess(story, held, barrier)
            return self._plan(story, held, barrier)
        plan.review = self.cast.after(story.child.school, held, 7 * self.pick(REVIEW_WEEKS))
        plan.review = min(plan.review, held + dt.timedelta(weeks=12))
        story.reviews.append((held, plan.review))
        story.say(held, Kind.PLAN, words.plan_reviewed(plan, result, plan.review), officer, shared=True)
        if self.chance(0.5):
            self._note(story, held, said)
        if story.stage == stages.SUPPORTING:
            wanted = fate.ends_at or (stages.MONITORING if self.chance(0.45) else stages.FORMAL if self.chance(0.12) else "")
            if wanted:
                story.move(held, wanted, officer)
        return plan

    def _settle(self, story: Story, plan: Plan, day: dt.date) -> None:
        """What was agreed is done, or not, when its plan ends."""
        for action in next(actions for p, actions in story.plans if p is plan):
            if action.done is None:
                self._done(story, action, max(min(action.due, day), plan.start))

    def _finish_actions(self, story: Story, last: dt.date, fate: Fate) -> None:
        current = [(plan, actions) for plan, actions in story.plans if plan.ended is None]
        for plan, actions in current:
            for n, action in enumerate(actions):
                if action.done is not None:
                    continue
                late = (last - action.due).days
                forgotten = fate.forgets_action and n == 0 and 0 < late < 40
                if late > 30 or (late > 0 and not forgotten and self.chance(0.8)) or (late <= 0 and self.chance(0.12)):
                    when = self.cast.after(story.child.school, action.due - int(self.rng.integers(-4, 8)) * ONE)
                    self._done(story, action, min(max(when, plan.start), last))

    def _done(self, story: Story, action: PlanAction, day: dt.date) -> None:
        by = self.cast.contact_of.get(story.child.school) if action.owner == PlanAction.Owner.SCHOOL else story.officer
        action.done, action.done_by = day, by or story.officer
        action.outcome = self.pick((Outcome.DONE,) * 6 + (Outcome.PARTLY, Outcome.PARTLY, Outcome.NOT_DONE, Outcome.NO_LONGER))
        story.say(day, Kind.ACTION, words.action_closed(action, day), action.done_by, shared=action.owner == PlanAction.Owner.SCHOOL)
