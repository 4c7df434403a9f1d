"""Targeting support meetings: when each school has one, what was on its agenda, what was agreed and how that went.

How often: at least termly where a school's attendance was below England's for its phase, else once a year; none for the
independent school unless it asks. Agendas are made by the rule that makes real ones (meetings.agenda).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from accounts.models import User
from attendance import matrix
from attendance.flags import PERSISTENT, SEVERE
from attendance.words import say_day
from casework import stages
from casework.models import Entry, Plan
from config.demo import calibration
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from config.demo.work.ledger import Ledger, Missed
from config.demo.work.story import Story
from meetings.agenda import ActionFact, Agenda, Candidate, CaseFact, FlagFact, Rank, agenda
from meetings.models import Action, Item, Meeting, Progress
from meetings.terms import Term, term_of

AHEAD = 28  # days: so far ahead are meetings planned
CANCELLED = 0.09
ENOUGH = 20  # possible sessions, before a share of them says anything
State, Owner, Decision, Status = Progress.State, Action.Owner, Item.Decision, Meeting.Status
_PLACES = (Meeting.Place.SCHOOL,) * 6 + (Meeting.Place.ONLINE,) * 3 + (Meeting.Place.PHONE, Meeting.Place.AUTHORITY)
_HOURS = (dt.time(9, 15), dt.time(9, 30), dt.time(10), dt.time(11), dt.time(13, 30), dt.time(14), dt.time(15, 30))

_OF_PUPIL = {
    Owner.SCHOOL: (
        "Ring home on the first morning missed",
        "Meet the parents and write a support plan",
        "Ask the school nurse to see the pupil",
        "Check how the illness has been recorded since September",
        "Give the pupil a named adult to report to",
        "Agree a return timetable with an end date",
        "Send the letter about support and legal action",
    ),
    Owner.AUTHORITY: (
        "Visit the family with the school",
        "Ask children’s social care what is known",
        "Refer to early help",
        "Ask the SEND team about the placement",
        "Find out whether the family has moved",
    ),
}
_OF_SCHOOL = {
    Owner.SCHOOL: (
        "Settle every N older than five school days",
        "Write to all parents about leave in term time",
        "Look at Friday absence by year group",
        "Put attendance on the agenda of the governors",
        "Publish the attendance policy with the new rules",
        "Check the codes used for lateness after registers close",
    ),
    Owner.AUTHORITY: (
        "Send the list of children missing from the registers",
        "Show the office how extracts are sent each week",
        "Share the guide to the codes for alternative provision",
    ),
}
_OF_SERVICE = (  # the service, and what it does for a pupil
    ("the school nurse", "See the pupil about the illness and write to the family doctor"),
    ("early help", "Ring the family this week and offer a first visit"),
    ("the mental health support team", "Give the date of the first appointment"),
    ("the youth service", "Offer a place in the Thursday group"),
)
_NOTES = (  # and whether the school may read it
    ("The family is glad of a call before eight on Mondays.", True),
    ("Attendance rose after the move to the other set.", True),
    ("The form tutor has the best link with the pupil.", True),
    ("Ask the social worker before the next visit.", False),
    ("The parents live apart: both are to be written to.", False),
)
_SUCCESS = (
    "",
    "",
    "Present on four days of five by half term",
    "Every morning for two weeks",
    "No unexplained absence in a month",
)
_AT_SCHOOL = ("", "", "head of year", "attendance officer", "form tutor", "SENCO")

_PROGRESS = {
    State.NOT_BEGUN: ("", "Not before half term."),
    State.UNDER_WAY: ("Date fixed.", "First half is done."),
    State.STUCK: ("The colleague who does this is away.", "More to it than we thought: can we talk?"),
    State.DONE: ("", "Done, and it helped.", "Done."),
    State.DROPPED: ("Another way was agreed.",),
}
_PROGRESS_OF_PUPIL = {
    State.UNDER_WAY: ("Spoke to the family, more next week.", "Appointment made."),
    State.STUCK: ("No answer from the family.", "Waiting for another service."),
    State.DROPPED: ("The pupil has moved away.", "Another way was agreed."),
}


@dataclass(slots=True)
class Agreed:
    """An action to be, with its progress."""

    row: Action
    story: Story | None
    said: list[Progress] = field(default_factory=list)

    def open_on(self, day: dt.date) -> bool:
        return self.row.closed is None or self.row.closed > day


@dataclass(slots=True)
class Gathering:
    """A meeting to be. Items that are about a case hold its story until it is written."""

    row: Meeting
    items: list[tuple[Item, Story | None]] = field(default_factory=list)
    actions: list[Agreed] = field(default_factory=list)
    leaves: bool = False  # something of it is still to be done, whatever chance says


class Diary:
    """First the days of all meetings, since cases are opened at some; then, with the cases known, what was said."""

    def __init__(self, cast: Cast, ledger: Ledger, rng: np.random.Generator) -> None:
        self.cast, self.ledger, self.rng = cast, ledger, rng
        self.quill = np.random.default_rng(20261120)  # what lines of minutes say moves no other chance
        self.year = matrix.academic_year(cast.today)
        self.gatherings: list[Gathering] = []
        self.by_pupil: dict[int, list[Story]] = {}
        self.flags: dict[int, dict[str, tuple[int, dt.date, str]]] = {}

    def held(self) -> dict[int, list[dt.date]]:
        """By school, the days on which a meeting was held."""
        found: dict[int, list[dt.date]] = defaultdict(list)
        for gathering in self.gatherings:
            if gathering.row.status == Status.HELD:
                found[gathering.row.school_id].append(gathering.row.day)
        return found

    # when

    def plan(self, logins: Iterable[int]) -> None:
        """`logins`: schools whose people the visitor signs in as: each has had a meeting and has the next one coming."""
        shown = list(logins)
        for school in self.cast.schools.values():
            if school.pk not in self.cast.officer_of or school.independent:
                continue
            termly = self._below_england(school.pk, school.phase)
            once = int(self.rng.integers(1, 4))
            for term in self._terms():
                if school.pk in shown and term == term_of(self.cast.today):
                    self._shown(school.pk, term, shown.index(school.pk))
                elif termly or term.number == once:
                    self._in_term(school.pk, term)

    def _terms(self) -> list[Term]:
        terms = [Term(self.year - 1, number) for number in (1, 2, 3)] + [Term(self.year, 1)]
        while terms[-1].last < self.cast.today:
            terms.append(terms[-1].after())
        return terms

    def _below_england(self, school: int, phase: str) -> bool:
        absence, level = self.ledger.absence(school, self.year - 1), calibration.LEVELS.get(phase)
        return absence is not None and level is not None and absence > level.absence

    def _in_term(self, school: int, term: Term) -> None:
        days = self.cast.between(school, term.first, term.last)[12:-3]
        if not days:
            return
        day = days[int(len(days) * self.rng.random())]
        if day > self.cast.today + AHEAD * ONE:
            return
        if self.rng.random() < CANCELLED:
            why = Meeting.Why.values[int(self.rng.integers(len(Meeting.Why.values)))]
            self._meeting(school, day, Status.CANCELLED, why)
            day = self.cast.after(school, day, 9)
            if why == Meeting.Why.NOT_NEEDED or day > min(term.last, self.cast.today + AHEAD * ONE):
                return
        self._meeting(school, day, Status.HELD if day < self.cast.today else Status.PLANNED)

    def _shown(self, school: int, term: Term, nth: int) -> None:
        days = self.cast.between(school, term.first, self.cast.today - 20 * ONE)
        if len(days) > 12:
            self._meeting(school, days[len(days) // 2], Status.HELD)
            self.gatherings[-1].leaves = True
        coming = self.cast.after(school, self.cast.today, 3 + 5 * nth)
        if coming <= self.cast.today + AHEAD * ONE:
            self._meeting(school, coming, Status.PLANNED)

    def _meeting(self, school: int, day: dt.date, status: str, why: str = "") -> None:
        officer = self.cast.officer_of[school]
        planned = min(self.cast.at_work(day - int(self.rng.integers(10, 24)) * ONE), self.cast.today)
        row = Meeting(
            school_id=school, officer=officer, day=day, time=_HOURS[int(self.rng.integers(len(_HOURS)))],
            minutes=int(self.rng.choice([45, 60, 60, 60, 90])), place=_PLACES[int(self.rng.integers(len(_PLACES)))],
            status=status, why_cancelled=why, planned_by=officer, planned_at=self.cast.moment(planned, 9 + 7 * self.rng.random()),
        )  # fmt: skip
        if status != Status.PLANNED:
            done = day if status == Status.HELD else min(day - ONE, self.cast.today)
            row.changed_by, row.changed_at, row.version = officer, self.cast.moment(max(done, planned), 17.2), 2
            row.held_by = officer if status == Status.HELD else None
        self.gatherings.append(Gathering(row))

    # what

    def tell(self, stories: Iterable[Story]) -> None:
        """Agendas, decisions and actions of the meetings that were held, in the order in which they were."""
        by_pupil: dict[int, list[Story]] = defaultdict(list)
        for story in stories:
            by_pupil[story.child.pupil].append(story)
        self.by_pupil = by_pupil
        before: dict[int, list[Agreed]] = defaultdict(list)
        for gathering in sorted(self.gatherings, key=lambda g: (g.row.day, g.row.school_id)):
            if gathering.row.status == Status.PLANNED:
                continue  # its agenda is made by the real action, from what stands today
            made_on = gathering.row.planned_at.date()
            self._agenda(gathering, made_on, before[gathering.row.school_id])
            if gathering.row.status == Status.HELD:
                self._decide(gathering)
                before[gathering.row.school_id] += gathering.actions

    def _story(self, pupil: int, day: dt.date, *, before: bool = False) -> Story | None:
        """The case that was open on a day, opened earlier where `before`."""
        found = [s for s in self.by_pupil.get(pupil, []) if s.open_on(day) and not (before and s.opened == day)]
        return found[0] if found else None

    def _agenda(self, gathering: Gathering, made_on: dt.date, before: list[Agreed]) -> None:
        row = gathering.row
        school, first = row.school_id, self.cast.between(row.school_id, matrix.year_start(matrix.academic_year(made_on)), made_on)
        seen = self.cast.before(school, made_on)
        missed = self.ledger.of_school(school, seen) if seen else []
        undone = [(n, agreed) for n, agreed in enumerate(before) if agreed.open_on(made_on) and agreed.row.agreed < made_on]
        facts: dict[int | None, list[ActionFact]] = defaultdict(list)
        for n, agreed in undone:
            action = agreed.row
            facts[action.pupil_id].append(ActionFact(n + 1, action.what, action.who, action.due, action.pupil_id))
        opened = {
            s.child.pupil
            for one in self.by_pupil.values()
            for s in one
            if s.origin == "meeting" and s.opened == row.day and s.child.school == school
        }
        candidates = [self._candidate(one, made_on, first[0] if first else None, row, facts) for one in missed]
        here = {one.pupil for one in missed}
        candidates += [Candidate(pupil, carried=tuple(some), on_roll=False) for pupil, some in facts.items() if pupil and pupil not in here]
        found = agenda(candidates, day=row.day, minutes=row.minutes, of_school=facts[None])
        row.agenda_at, row.agenda_note = row.planned_at, found.note
        self._items(gathering, found, before, opened)

    def _candidate(
        self, one: Missed, made_on: dt.date, since: dt.date | None, row: Meeting, facts: dict[int | None, list[ActionFact]]
    ) -> Candidate:
        flags: tuple[FlagFact, ...] = ()
        if one.possible >= ENOUGH and one.rate >= 0.1:
            code = SEVERE if one.rate >= 0.5 else PERSISTENT
            flags = (FlagFact(one.enrolment, code, "", one.absent, one.possible, since),)
        story = self._story(one.pupil, made_on)
        case = None
        if story:
            stage = story.stage_on(made_on)
            case = CaseFact(
                key=story.child.pupil,
                stage=stages.BY_CODE[stage].name,
                in_support=stage in (stages.SUPPORTING, stages.MONITORING),
                review=story.review_on(made_on),
                elsewhere=story.child.school != row.school_id,
            )
        return Candidate(one.pupil, flags, case, tuple(facts.get(one.pupil, ())))

    def _items(self, gathering: Gathering, found: Agenda, before: list[Agreed], opened: set[int]) -> None:
        for place, point in enumerate(found.points, start=1):
            item = Item(
                place=place, source=_SOURCES.get(point.rank, Item.Source.FLAG), pupil_id=point.pupil, reason=point.reason,
                carried=before[point.action - 1].row if point.action else None,
            )  # fmt: skip
            story = self._story(point.pupil, gathering.row.day, before=True) if point.pupil and point.case else None
            gathering.items.append((item, story))
        on_it = {item.pupil_id for item, _ in gathering.items}
        for pupil in sorted(opened - on_it):  # brought up by the school
            reason = "Put forward by the school: no full week for a month."
            gathering.items.append((Item(place=len(gathering.items) + 1, source=Item.Source.ADDED, pupil_id=pupil, reason=reason), None))

    def _decide(self, gathering: Gathering) -> None:
        row, officer = gathering.row, gathering.row.officer
        at = f"At the meeting with {self.cast.schools[row.school_id]} on {say_day(row.day)}"
        for n, (item, story) in enumerate(gathering.items):
            new = next((s for s in self.by_pupil.get(item.pupil_id or 0, []) if s.origin == "meeting" and s.opened == row.day), None)
            if new is not None and new.child.school == row.school_id:
                item.decision, gathering.items[n] = Decision.CASE, (item, new)
            else:
                item.decision = self._decision(item, story)
            if not item.decision:
                continue
            item.decided_by, item.version = officer, 2
            item.decided_at = self.cast.moment(row.day, row.time.hour + row.time.minute / 60 + min(n * 0.06, 2))
            self._minute(item, story)
            if story and item.decision != Decision.CASE:
                words = f"{at}: {item.get_decision_display().lower()}."
                story.say(row.day, Entry.Kind.MEETING, words, officer, shared=story.child.school == row.school_id)
            if item.decision == Decision.ACTION:
                self._agree(gathering, at, item, story)
        for _ in range(int(self.rng.integers(1, 3))):
            self._agree(gathering, at, None, None)
        if gathering.leaves:
            for days in (-6, 9):
                self._agree(gathering, at, None, None, stays=self.cast.after(row.school_id, self.cast.today, days))

    def _minute(self, item: Item, story: Story | None) -> None:
        """The rest of the item's line in the minutes, as it was written in the meeting."""
        item.discussed, item.saved_by, item.saved_at = True, item.decided_by, item.decided_at
        if item.pupil_id is None:
            return
        item.lead = Plan.Lead.AUTHORITY if story and self.quill.random() < 0.5 else Plan.Lead.SCHOOL
        if item.decision == Decision.ACTION:
            item.planned = Item.Planned.CHANGE if story else Item.Planned.WRITE
        elif story:
            item.planned = Item.Planned.KEEP
        if self.quill.random() < 0.4:
            item.note, item.note_shared = _NOTES[int(self.quill.integers(len(_NOTES)))]

    def _decision(self, item: Item, story: Story | None) -> str:
        roll = self.rng.random()
        if roll < 0.03:
            return ""
        if story:
            return Decision.CONTINUE if roll < 0.75 else Decision.ACTION if roll < 0.95 else Decision.REFER
        if item.pupil_id is None:
            return Decision.CONTINUE
        likely = (Decision.SCHOOL_LEADS, Decision.ACTION, Decision.NOTHING, Decision.REFER)
        return likely[int(np.searchsorted((0.62, 0.80, 0.95), roll))]

    def _agree(self, gathering: Gathering, at: str, item: Item | None, story: Story | None, stays: dt.date | None = None) -> None:
        """`stays`: the school's, due on that day and not done yet."""
        row = gathering.row
        owner = Owner.SCHOOL if stays or self.rng.random() < 0.68 else Owner.AUTHORITY
        twice = {agreed.row.what for agreed in gathering.actions if item is None}
        what = [words for words in (_OF_PUPIL if item else _OF_SCHOOL)[owner] if words not in twice]
        action = Action(
            meeting=row, school_id=row.school_id, item=item, pupil_id=item.pupil_id if item else None,
            what=what[int(self.rng.integers(len(what)))], owner=owner,
            due=stays or self.cast.after(row.school_id, row.day, 7 * int(self.rng.integers(2, 7))), agreed=row.day, agreed_by=row.officer,
            owner_name=_AT_SCHOOL[int(self.quill.integers(len(_AT_SCHOOL)))] if item and owner == Owner.SCHOOL else "",
            success=_SUCCESS[int(self.quill.integers(len(_SUCCESS)))] if item else "",
        )  # fmt: skip
        agreed = Agreed(action, story)
        if item and owner == Owner.AUTHORITY and self.quill.random() < 0.3:
            action.owner = Owner.SERVICE
            action.owner_name, action.what = _OF_SERVICE[int(self.quill.integers(len(_OF_SERVICE)))]
        if story:
            words = f"{at}, agreed: {action.what} ({action.who}, by {say_day(action.due)})."
            story.say(row.day, Entry.Kind.MEETING, words, row.officer, shared=story.child.school == row.school_id)
        if not stays:
            self._follow(agreed, row)
        gathering.actions.append(agreed)

    def _follow(self, agreed: Agreed, row: Meeting) -> None:
        """How it went: some words on the way, and in most cases an end near its day."""
        action, today = agreed.row, self.cast.today
        by = self.cast.contact_of[row.school_id] if action.owner == Owner.SCHOOL else row.officer
        late = (today - action.due).days
        ends = late > 45 or (late > -5 and self.rng.random() < 0.66) or self.rng.random() < 0.08
        end = self.cast.after(row.school_id, action.due - int(self.rng.integers(-14, 12)) * ONE)
        end = min(max(end, row.day + ONE), today)
        begun = self.cast.after(row.school_id, row.day, int(self.rng.integers(4, 12)))
        if begun <= today and (not ends or begun < end) and self.rng.random() < 0.75:
            state = (State.UNDER_WAY, State.UNDER_WAY, State.NOT_BEGUN, State.STUCK)[int(self.rng.integers(4))]
            self._progress(agreed, begun, state, by, row)
        if ends:
            dropped = self.rng.random() < 0.07
            who: User = row.officer if dropped else by
            self._progress(agreed, end, State.DROPPED if dropped else State.DONE, who, row)
            action.status = Action.Status.DROPPED if dropped else Action.Status.DONE
            action.closed, action.closed_by = end, who

    def _progress(self, agreed: Agreed, day: dt.date, state: State, by: User, row: Meeting) -> None:
        said = _PROGRESS[state] if agreed.row.pupil_id is None else _PROGRESS_OF_PUPIL.get(state, _PROGRESS[state])
        words = said[int(self.rng.integers(len(said)))]
        at = self.cast.moment(day, 9 + 7 * self.rng.random())
        agreed.said.append(Progress(action=agreed.row, day=day, at=at, by=by, by_name=by.name, state=state, words=words))
        story = agreed.story
        if story and story.open_on(day) and state in (State.DONE, State.DROPPED, State.STUCK):
            line = f"Action of the meeting with {self.cast.schools[row.school_id]} on {say_day(row.day)}, “{agreed.row.what}”: "
            line += f"{State(state).label.lower()}." + (f" {words}" if words else "")
            story.say(day, Entry.Kind.ACTION, line, by, shared=story.child.school == row.school_id)


_SOURCES = {Rank.REVIEW: Item.Source.CASE, Rank.CARRIED: Item.Source.CARRIED}
