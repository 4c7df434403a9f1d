"""The plan of the year as a manager set it, and this term's offers of meetings, in every state in which one can be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import cycle

from config.demo.dates import ONE
from config.demo.work.cast import Cast
from meetings import actions
from meetings.models import Attendee, Meeting, Offer, YearPlan
from meetings.term_plan import State, TermRow, term_rows
from meetings.terms import Term, term_of
from schools.models import School

_EVIDENCE = (
    "Absence fell from 9.1% in the first half of September to 6.2% in the first week of November. First-day calls are made by 9.30 and "
    "tutors meet every pupil who missed three days."
)
_AHEAD = 12  # days from today: what is offered


class Offers:
    """Each story is told by the actions that people use, on days of this term."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.count = 0

    def tell(self, shown: Sequence[int]) -> int:
        """`shown`: schools whose people the visitor signs in as: each has an offer to answer. Returns how many were made."""
        today = self.cast.today
        term = term_of(today)
        began = self.cast.at_work(dt.date(term.year, 9, 10))
        actions.set_plan(by=self.cast.manager, today=today, now=self.cast.moment(min(began, today), 11.5), year=term.year, seen=None)
        self._adjust(term.year)
        self._hours(term)
        rows = term_rows([one for one in self.cast.schools.values() if one.pk in self.cast.officer_of], term, today=today)
        self._accepted(rows)
        stories: tuple[Callable[[School], None], ...] = (
            self._waits, self._escalated, self._refused, self._to_judge, self._excused, self._another_day, self._missed,
        )  # fmt: skip
        wanted = (State.NOT_OFFERED, State.NOT_THIS_TERM)  # too few are left unmet for every story: others are offered one too
        open_ones = [row.school for state in wanted for row in rows if row.state == state and row.school.pk not in shown]
        for school, story in zip(open_ones[: 2 * len(stories)], cycle(stories), strict=False):
            story(school)
        for key in shown:
            self._next_term(self.cast.schools[key])
        return self.count

    def _hours(self, term: Term) -> None:
        """Of all but the last officer: of one who works part of the week there are fewer."""
        now = self.cast.moment(self.cast.at_work(self.cast.today - 60 * ONE), 10)
        for number, officer in enumerate(self.cast.officers[:-1]):
            hours, why = (6, "Works two days a week this term.") if number == 1 else (14, "")
            actions.set_hours(by=self.cast.manager, today=self.cast.today, now=now, officer=officer, term=term, hours=hours, reason=why)

    def _adjust(self, year: int) -> None:
        """One school that a manager wants to see more often."""
        plan = YearPlan.objects.filter(year=year, band="at").select_related("school").order_by("school__sort_name").first()
        if plan:
            words = "A new head since September: a meeting in autumn and one in spring until the new routines hold."
            now = self.cast.moment(self.cast.today - 30 * ONE, 15)
            actions.adjust_plan(
                by=self.cast.manager, today=self.cast.today, now=now, plan=plan, number=2, first_term=1, reason=words, version=None
            )

    def _offer(self, school: School, offered: dt.date, day: dt.date, hour: float = 10.0) -> Offer:
        officer = self.cast.officer_of[school.pk]
        self.count += 1
        return actions.offer_meeting(
            by=officer, today=min(offered, self.cast.today), now=self.cast.moment(offered, hour), school=school, day=day,
            time=dt.time(10), minutes=60, place=Meeting.Place.SCHOOL, officer=officer, although_closed=True,
        )  # fmt: skip

    def _in(self, school: School, days: int) -> dt.date:
        """A school day so many days from today, of this term if it is in the past."""
        return self.cast.after(school.pk, self.cast.today + days * ONE)

    def _waits(self, school: School) -> None:
        self._offer(school, self._in(school, -3), self._in(school, _AHEAD))

    def _declined(self, school: School, offered: int, day: int, reason: str, evidence: str = "") -> Offer:
        offer = self._offer(school, self._in(school, offered), self._in(school, day))
        said = self._in(school, offered + 3)
        return actions.decline_offer(
            by=self.cast.contact_of.get(school.pk, self.cast.officer_of[school.pk]), today=said, now=self.cast.moment(said, 13.4),
            offer=offer, version=None, reason=reason, evidence=evidence, told_by="The attendance lead",
        )  # fmt: skip

    def _judged(self, offer: Offer, day: int, verdict: str, words: str, follow_up: int) -> Offer:
        on = self._in(offer.school, day)
        return actions.judge_offer(
            by=offer.officer, today=on, now=self.cast.moment(on, 14.2), offer=offer, version=None, verdict=verdict, words=words,
            follow_up=self._in(offer.school, follow_up),
        )  # fmt: skip

    def _to_judge(self, school: School) -> None:
        self._declined(school, -6, _AHEAD, Offer.Reason.IMPROVED, _EVIDENCE)

    def _excused(self, school: School) -> None:
        offer = self._declined(school, -16, 5, Offer.Reason.IMPROVED, _EVIDENCE)
        self._judged(offer, -10, Offer.Verdict.ACCEPTED, "The registers show the same. We look again in three weeks.", 15)

    def _refused(self, school: School) -> None:
        offer = self._declined(school, -16, 4, Offer.Reason.NO_TIME)
        self._judged(offer, -9, Offer.Verdict.NOT_ACCEPTED, "Attendance is below England’s and has not moved since September.", 3)

    def _escalated(self, school: School) -> None:
        for offered in (-30, -16):
            offer = self._declined(school, offered, offered + 18, Offer.Reason.NO_NEED)
            self._judged(
                offer, offered + 6, Offer.Verdict.NOT_ACCEPTED, "Severely absent pupils have no plan: we need to meet.", offered + 18
            )
        on = self._in(school, -4)
        actions.escalate(
            by=self.cast.officer_of[school.pk], today=self.cast.today, now=self.cast.moment(on, 16), school=school, to="head",
            day=min(on, self.cast.today), words="Asked the head by letter to agree a day before the end of term.",
        )  # fmt: skip

    def _another_day(self, school: School) -> None:
        offer, said = self._offer(school, self._in(school, -5), self._in(school, 8)), self._in(school, -2)
        actions.ask_for_another_day(
            by=self.cast.officer_of[school.pk], today=said, now=self.cast.moment(said, 9.5), offer=offer, version=None,
            words="Any Tuesday or Thursday afternoon.", told_by="The head’s office",
        )  # fmt: skip

    def _missed(self, school: School) -> None:
        """Accepted, planned, and nobody came."""
        officer, day = self.cast.officer_of[school.pk], self._in(school, -8)
        offer, said = self._offer(school, self._in(school, -22), day), self._in(school, -20)
        meeting = actions.accept_offer(
            by=officer, today=said, now=self.cast.moment(said, 12), offer=offer, version=None, told_by="The deputy head"
        )
        actions.cancel_meeting(
            by=officer, today=self.cast.today, now=self.cast.moment(day, 16.5), meeting=meeting, version=None, why=Meeting.Why.NOT_ATTENDED
        )

    def _accepted(self, rows: Sequence[TermRow]) -> None:
        """Meetings that are planned were offered before, and somebody else comes to some of them."""
        for number, row in enumerate(row for row in rows if row.meeting and row.meeting.status == Meeting.Status.PLANNED):
            meeting = row.meeting
            assert meeting is not None  # noqa: S101
            officer = self.cast.officer_of[row.school.pk]
            term = term_of(meeting.day)
            Offer.objects.create(
                school=row.school, officer=officer, year=term.year, term=term.number, day=meeting.day, time=meeting.time,
                minutes=meeting.minutes, place=meeting.place, length_words=row.length.words, status=Offer.Status.ACCEPTED,
                offered_by=officer, offered_at=meeting.planned_at, how=Offer.How.TOLD, answered_by=officer,
                answered_for="The school’s contact", answered_at=meeting.planned_at, meeting=meeting,
            )  # fmt: skip
            self.count += 1
            if number % 3 == 0:
                email = "" if number % 2 else f"nurse{number}@health.example"
                Attendee.objects.create(
                    meeting=meeting, name="School nurse", email=email, side=Attendee.Side.OTHER, added_by=officer, added_at=self.cast.now
                )

    def _next_term(self, school: School) -> None:
        first = term_of(self.cast.today).after().first
        self._offer(school, self._in(school, -2), self.cast.after(school.pk, first + 14 * ONE))
