"""Penalty notices: who is asked for, what is decided at legal's weekly sittings, and what becomes of each notice.

Numbers and days come from the rules (legal.penalty, legal.checklist), the frozen register from legal.freeze: as the real
actions would have left them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from accounts.models import User
from casework import stages
from casework.models import Case, Entry
from config.demo.dates import ONE, WEEK
from config.demo.work import children as children_
from config.demo.work.cast import Cast
from config.demo.work.following import Fates, Issued
from config.demo.work.ledger import Ledger
from config.demo.work.proofs import Proofs, Reached
from config.demo.work.story import Adult, Child, Story
from config.demo.work.telling import Teller
from legal import checklist, freeze, penalty
from legal.models import Answer, Decision, Notice, Request
from legal.penalty import Escalation, Past, session_of
from schools import ages
from schools.models import Parent, Pupil

WHOLE = 34_000  # pupils of the borough at its full size
AGREED, REFUSED = 74, 8  # requests at that size, over the sittings
NOW = {"submitted": 11, "returned": 6, "draft": 8, "withdrawn": 4}  # asked for in these weeks
ONGOING_SHARE = 0.12
Route, Status, Outcome, Why, Given = Request.Route, Request.Status, Decision.Outcome, Decision.Reason, Answer.Given

_REFUSED = {
    Why.OTHER_ACTION: "The family began with early help a fortnight ago. Let that work first, and ask again if it does not.",
    Why.SUPPORT_FIRST: "No support plan was offered before the request. Offer one, review it, then ask again.",
    Why.EQUALITY: "The child waits for an assessment; nothing says what was adjusted for that.",
    Why.NOT_LIABLE: "The parent named does not live with the child and did not arrange the absence.",
}
_RETURNED = {
    Why.EVIDENCE: "The refusal of leave is not attached. Add it, with the date it was sent, and send the request again.",
    Why.SUPPORT_FIRST: "Say what was offered to the family and when, then send it again.",
    Why.EQUALITY: "The pupil has SEN support: say what was considered, then send it again.",
}
_OVERRIDDEN = (
    "The head teacher’s certificate is signed and in the post; the register is certified by the business manager meanwhile.",
    "Letters went by the school’s app, which keeps no copies; the log of what was sent is attached.",
)


Due = tuple[Adult, list[str], Escalation]  # to whom, relying on what, which notice


@dataclass(slots=True)
class Asked:
    """A request to be, with everything that follows from it."""

    row: Request
    child: Child
    story: Story | None
    parents: list[Adult]
    answers: list[Answer] = field(default_factory=list)
    decision: Decision | None = None
    notices: list[Issued] = field(default_factory=list)


class Docket:
    """All requests of the borough, drawn in the order in which they were decided."""

    def __init__(self, cast: Cast, ledger: Ledger, stories: Sequence[Story], rng: np.random.Generator) -> None:
        self.cast, self.ledger, self.rng = cast, ledger, rng
        self.teller = Teller(cast, rng)
        self.fates = Fates(cast, rng)
        self.asked: list[Asked] = []
        self.stories: dict[int, list[Story]] = defaultdict(list)
        for story in stories:
            self.stories[story.child.pupil].append(story)
        self.used: set[int] = set()  # one request a pupil, but for second notices
        self.past: dict[tuple[int, int], list[Issued]] = defaultdict(list)
        self.number = 0

    def draw(self, logins: Sequence[int]) -> None:
        on_roll = children_.on_roll(self.cast.today)
        self.scale = min(1.0, len(on_roll) / WHOLE)
        holiday = self._some(self.ledger.with_holiday(self.cast.today), 420)
        formal = [pupil for pupil, some in self.stories.items() if any(s.stage == stages.FORMAL for s in some)]
        pool = {child.pupil: child for child in on_roll if child.school in self.cast.officer_of}
        flagged = [pupil for pupil in children_.at_threshold(self.cast.today) if pupil in pool]
        shown = [pupil for pupil in flagged if pool[pupil].school in logins]
        candidates = [pupil for pupil in dict.fromkeys((*formal, *holiday, *shown, *self._some(flagged, 60))) if pupil in pool]
        self.children = {pupil: pool[pupil] for pupil in candidates}
        self.holiday = {pupil for pupil in holiday if pupil in pool}
        self.formal = [pupil for pupil in formal if pupil in pool]
        if not candidates:
            return
        self.proofs = Proofs(candidates, self.cast.today)
        self.pupils = Pupil.objects.in_bulk(candidates)
        children_.with_parents(self.children.values())
        self._open_ones(logins)
        self._sittings()
        self._close_cases()

    def _some(self, pupils: list[int], number: int) -> list[int]:
        """Enough to choose from: to work out everybody's threshold for each sitting would take long."""
        return [pupils[i] for i in self.rng.permutation(len(pupils))[:number].tolist()]

    # what is decided

    def _sittings(self) -> None:
        """Every Thursday since last year's registers were complete, and now and then a Tuesday of late."""
        first = self.cast.at_work(self.proofs.loads[0].date() + 2 * ONE)
        last_loads = [at for at in self.proofs.loads if at.date() < self.cast.today - 60 * ONE]
        if last_loads:
            first = self.cast.at_work(last_loads[-1].date() + 2 * ONE)
        days = [day for day in self.cast.working if first <= day <= self.cast.today and day.weekday() == 3]
        days += [day for day in self.cast.working if self.cast.today - 2 * WEEK <= day <= self.cast.today and day.weekday() == 1]
        days = sorted(day for day in days if day < self.cast.today)
        if not days:
            return
        number = round(AGREED * self.scale)
        for n, day in enumerate(days):
            room = round(number * (n + 1) / len(days)) - round(number * n / len(days))
            self._sitting(day, room + (1 if n % 2 == 0 and n // 2 < round(REFUSED * self.scale) else 0), room)

    def _sitting(self, day: dt.date, number: int, agreed: int) -> None:
        moment = self.cast.moment(day, 13.5)
        reached = self.proofs.reached(day, moment)
        order = [pupil for pupil in self._in_order(reached) if self._may_be_asked_for(self.children[pupil], day)]
        sent_on = self._days_before(day, 2, 6)
        if self.proofs.state(self.cast.moment(sent_on, 9)) != self.proofs.state(moment):
            sent_on = day  # an extract came between: requests were sent on the morning of the sitting
        done = 0
        for pupil in order:
            if done >= number:
                return
            if self._ask_and_decide(self.children[pupil], sent_on, day, done, Outcome.ISSUE if done < agreed else Outcome.REFUSE):
                done += 1

    def _in_order(self, reached: dict[int, Reached]) -> list[int]:
        """Mostly holidays; now and then a case that has come to the formal stage, or whoever is due for a second notice."""
        second = [pupil for pupil in reached if pupil in self.used and self._second_due(pupil, reached[pupil])]
        formal = [pupil for pupil in self.formal if pupil in reached and pupil not in self.used]
        holidays = [pupil for pupil in reached if pupil in self.holiday and pupil not in self.used and _by_holiday(reached[pupil])]
        holidays = [holidays[i] for i in self.rng.permutation(len(holidays)).tolist()]
        if formal and self.rng.random() < ONGOING_SHARE * 6:
            holidays.insert(0, formal[int(self.rng.integers(len(formal)))])
        return [*second[:1], *holidays]

    def _second_due(self, pupil: int, reached: Reached) -> bool:
        """Ten sessions since the first notice, which was issued at least two months ago."""
        earlier = [one for (child, _), some in self.past.items() if child == pupil for one in some]
        used = {session_of(said) for one in earlier for said in one.row.sessions}
        left = [said for said in reached.sessions if session_of(said) not in used]
        return bool(earlier) and len(left) >= 10 and len(earlier) <= 2

    def _may_be_asked_for(self, child: Child, day: dt.date) -> bool:
        on_roll = child.start <= day and (child.end is None or child.end >= day)
        return on_roll and ages.of_compulsory_age(child.dob, day) and bool(child.parents)

    def _ask_and_decide(self, child: Child, sent_on: dt.date, day: dt.date, nth: int, outcome: str) -> bool:
        decided = self.cast.moment(day, 13.5 + nth * 0.25)
        reached = self.proofs.reached(sent_on, self.cast.moment(sent_on, 11)).get(child.pupil)
        if reached is None or self.proofs.state(self.cast.moment(sent_on, 11)) != self.proofs.state(decided):
            return False
        if not self.proofs.stand(child.pupil, reached.sessions):
            return False
        route = _route(reached)
        parents = self._liable(child, route)
        due = self._due(child, parents, day, reached)
        if outcome == Outcome.ISSUE and not due:
            return False
        asked = self._request(child, route, parents, self._days_before(sent_on, 1, 8))
        self._submit(asked, sent_on, reached)
        if outcome == Outcome.ISSUE:
            self._issue(asked, day, decided, due)
        else:
            fitting = [why for why in _REFUSED if route == Route.ONGOING or why in (Why.NOT_LIABLE, Why.EQUALITY)]
            why = fitting[int(self.rng.integers(len(fitting)))]
            self._decide(asked, day, decided, Outcome.REFUSE, why, _REFUSED[why], reached.sessions)
            asked.row.status = Status.REFUSED
        self._keep(asked)
        return True

    def _days_before(self, day: dt.date, low: int, high: int) -> dt.date:
        wanted = day - int(self.rng.integers(low, high + 1)) * ONE
        while wanted.weekday() > 4:
            wanted -= ONE
        return wanted

    # the request

    def _request(self, child: Child, route: str, parents: list[Adult], made: dt.date) -> Asked:
        story = next((s for s in self.stories.get(child.pupil, []) if s.open_on(made)), None)
        at_school = self.cast.before(child.school, made) == made
        by = self.cast.contact_of[child.school] if at_school else self.cast.officer_of[child.school]
        row = Request(pupil_id=child.pupil, school_id=child.school, route=route, made=made, made_by=by)
        asked = Asked(row, child, story, parents)
        self._tell(asked, made, f"Penalty notice request begun: {Route(route).label.lower()}.", by)
        self._answer(asked, made, by)
        return asked

    def _liable(self, child: Child, route: str) -> list[Adult]:
        """Both parents at home went on the holiday, mostly; else whoever the child lives with."""
        at_home = [adult for adult in child.parents if adult.lives_with and adult.relationship != "foster_carer" and adult.address]
        found = at_home or [adult for adult in child.parents if adult.responsible and adult.address][:1]
        return found[:2] if route == Route.HOLIDAY and self.rng.random() < 0.85 else found[:1]

    def _answer(self, asked: Asked, day: dt.date, by: User, *, but: int = 0) -> None:
        """The checklist of its route; the last `but` items are left open."""
        items = checklist.items(asked.row.route)
        for item in items[: len(items) - but]:
            given = Given.NOT_APPLICABLE if item.may_not_apply and self.rng.random() < 0.35 else Given.YES
            on = self._days_before(day, 3, 40) if item.day and given == Given.YES else None
            asked.answers.append(Answer(item=item.key, given=given, day=on, by=by, at=self.cast.moment(day, 10.5)))
        asked.row.version += 1

    def _submit(self, asked: Asked, day: dt.date, reached: Reached) -> None:
        row, policy = asked.row, self.proofs.policy(day)
        if self.rng.random() < 0.05:
            asked.answers.pop()
            row.override_reason, row.override_by = _OVERRIDDEN[int(self.rng.integers(len(_OVERRIDDEN)))], self.cast.manager
            row.version += 1
            self._tell(asked, day, "Penalty notice request: let go on with an incomplete checklist.", self.cast.manager)
        row.status, row.submitted = Status.SUBMITTED, day
        row.sessions, row.met_on, row.policy_version = list(reached.sessions), reached.met_on, policy.version
        row.version += 1
        number, weeks = policy["threshold_sessions"], policy["threshold_weeks"]
        words = f"{len(reached.sessions)} unauthorised sessions in {weeks} school weeks; {number} are needed"
        self._tell(asked, day, f"Penalty notice request sent for a decision: {words}.", row.made_by)

    def _decide(
        self, asked: Asked, day: dt.date, at: dt.datetime, outcome: str, reason: str, words: str, relied: Iterable[str], told: str = ""
    ) -> Decision:
        policy, first = self.proofs.policy(day), freeze.earliest(min(dt.date.fromisoformat(said[:10]) for said in relied))
        frozen = freeze.text(self.pupils[asked.child.pupil], first=first, day=day, known_at=at, policy_version=policy.version)
        asked.decision = Decision(
            outcome=outcome, reason=reason, words=words, by=self.cast.legal, by_name=self.cast.legal.name, day=day, known_at=at,
            register=frozen, sha256=freeze.sha256(frozen), policy_version=policy.version,
        )  # fmt: skip
        asked.row.version += 1
        said = f"Penalty notice request: {Outcome(outcome).label.lower()}. {Why(reason).label}."
        self._tell(asked, day, f"{said} {told}".strip(), self.cast.legal)
        return asked.decision

    def _due(self, child: Child, parents: list[Adult], day: dt.date, reached: Reached) -> list[Due]:
        """A notice to each parent or, where one cannot be, to none."""
        policy, due = self.proofs.policy(day), []
        for adult in sorted(parents, key=lambda a: a.key):
            earlier = self.past[child.pupil, adult.key]
            left = penalty.available(reached.sessions, [said for one in earlier for said in one.row.sessions])
            found = penalty.standing([_past(one, day) for one in earlier], day, policy)
            if len(left) < policy["threshold_sessions"] or found.order is None:
                return []
            due.append((adult, left, found))
        return due

    def _issue(self, asked: Asked, day: dt.date, at: dt.datetime, due: list[Due]) -> None:
        policy = self.proofs.policy(day)
        for adult, left, found in due:
            self.number += 1
            row = Notice(
                number=self.number, pupil_id=asked.child.pupil, parent_id=adult.key, school_id=asked.child.school, issued=day,
                order=found.order, amount_early=found.early, amount_full=found.full, sessions=left, to_name=adult.name,
                to_address=adult.address, child_name=asked.child.name, child_address=self._childs_address(asked.child, adult),
            )  # fmt: skip
            issued = Issued(row)
            asked.notices.append(issued)
            self.past[asked.child.pupil, adult.key].append(issued)
        reason = Why.HOLIDAY if asked.row.route == Route.HOLIDAY else (Why.NOT_WORKED, Why.NOT_ENGAGED, Why.BEST_TOOL)[self.number % 3]
        told = " ".join(f"{one.row.reference} to {one.row.to_name}." for one in asked.notices)
        self._decide(asked, day, at, Outcome.ISSUE, reason, "", [said for _, left, _ in due for said in left], told)
        asked.row.status = Status.AGREED
        wanted = self.fates.of_case() if asked.story and asked.row.route == Route.ONGOING else ""
        for one in asked.notices:
            self.fates.follow(one, policy, lambda on, words, by: self._tell(asked, on, words, by), wanted)

    def _childs_address(self, child: Child, adult: Adult) -> str:
        """ "" where another parent's address must be kept from this one (legal.actions)."""
        pupil = self.pupils[child.pupil]
        hidden = Parent.objects.filter(responsibilities__pupil=child.pupil, hidden_from=adult.key).exists()
        return "" if hidden else ", ".join(part for part in (pupil.address, pupil.postcode) if part)

    def _keep(self, asked: Asked) -> None:
        self.used.add(asked.child.pupil)
        self.asked.append(asked)

    def _tell(self, asked: Asked, day: dt.date, words: str, by: User | None) -> None:
        """A line in the chronology of the case, where one is open on that day."""
        story = asked.story
        if story and story.open_on(day):
            # what a family is to pay is not the school's, as legal.actions tells it
            story.say(day, Entry.Kind.LEGAL, words, by, shared="£" not in words)

    # what is under way

    def _open_ones(self, logins: Sequence[int]) -> None:
        """Requests of these weeks that are not decided, and some that were returned or taken back."""
        day = self.cast.at_work(self.cast.today - 9 * ONE)
        reached = self.proofs.reached(day, self.cast.moment(day, 11))
        pool = [p for p in reached if p not in self.formal and self._may_be_asked_for(self.children[p], self.cast.today)]
        pool = [pool[i] for i in self.rng.permutation(len(pool)).tolist()]
        pool.sort(key=lambda p: (p not in self.holiday, bool(self.stories.get(p))))
        wanted = [status for status, number in NOW.items() for _ in range(round(number * self.scale))]
        for school in logins:
            at_school = [p for p in pool if self.children[p].school == school and p not in self.used]
            for pupil, status in zip(at_school, (Status.RETURNED, Status.SUBMITTED, Status.DRAFT), strict=False):
                self._under_way(self.children[pupil], status)
                if status in wanted:
                    wanted.remove(status)
        for status, pupil in zip(wanted, [p for p in pool if p not in self.used], strict=False):
            self._under_way(self.children[pupil], status)

    def _under_way(self, child: Child, status: str) -> None:
        cast = self.cast
        sent_on = self._days_before(cast.today, 4, 9)
        reached = self.proofs.reached(sent_on, cast.moment(sent_on, 11)).get(child.pupil)
        if reached is None or not self.proofs.stand(child.pupil, reached.sessions):
            return
        route = _route(reached)
        asked = self._request(child, route, self._liable(child, route), self._days_before(sent_on, 1, 4))
        if status == Status.DRAFT:
            asked.answers = asked.answers[: int(len(asked.answers) * self.rng.uniform(0.3, 0.9))]
        else:
            self._submit(asked, sent_on, reached)
        if status == Status.RETURNED:
            day = self._days_before(cast.today, 1, 3)
            why = Why.EVIDENCE if asked.row.route == Route.HOLIDAY else (Why.SUPPORT_FIRST, Why.EQUALITY)[int(self.rng.integers(2))]
            self._decide(asked, day, cast.moment(day, 15.1), Outcome.RETURN, why, _RETURNED[why], reached.sessions)
            asked.row.status = Status.RETURNED
        if status == Status.WITHDRAWN:
            asked.row.status = Status.WITHDRAWN
            asked.row.version += 1
            self._tell(asked, self._days_before(cast.today, 1, 2), "Penalty notice request taken back.", asked.row.made_by)
        self._keep(asked)

    def _close_cases(self) -> None:
        """Where every notice of a case is settled, most of the cases are closed: paid, withdrawn or prosecuted."""
        outcomes = {
            Notice.State.PAID: Case.Outcome.NOTICE_PAID,
            Notice.State.WITHDRAWN: Case.Outcome.NOTICE_WITHDRAWN,
            Notice.State.PROSECUTED: Case.Outcome.PROSECUTED,
        }
        told: set[str] = set()
        for asked in self.asked:
            story, states = asked.story, [one.row.state for one in asked.notices]
            if story is None or story.closed or not states or any(state not in outcomes for state in states):
                continue
            outcome = outcomes[Notice.State(states[-1])]
            settled = max(one.settled or one.row.issued for one in asked.notices)
            if settled < self.cast.today - WEEK and (outcome not in told or self.rng.random() < 0.5):
                told.add(outcome)
                if outcome == Case.Outcome.PROSECUTED:
                    self.teller.at_court(story, asked.parents[0], self.cast.at_work(settled + 2 * ONE))
                self.teller.close(story, self.cast.at_work(settled + 3 * ONE), outcome)


def _by_holiday(reached: Reached) -> bool:
    return sum(said.endswith("=G") for said in reached.sessions) >= 10


def _route(reached: Reached) -> str:
    return Route.HOLIDAY if _by_holiday(reached) else Route.ONGOING


def _past(one: Issued, day: dt.date) -> Past:
    """An earlier notice as it stood on a day."""
    row = one.row
    state = row.state if one.settled and one.settled <= day else Notice.State.SERVED
    return Past(row.number, row.issued, state, order=row.order, full=row.amount_full)
