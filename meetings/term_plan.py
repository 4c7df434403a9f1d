"""Reads for the plan of a term: how each school stands, who is offered a meeting first, and what it asks of each officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from accounts.models import User
from attendance import cuts
from attendance.matrix import academic_year
from attendance.measures.judged import Count
from attendance.models import Rating
from attendance.reports import cuts as cut_reports
from casework.reports import severe_by_school
from meetings import frequency
from meetings.frequency import Length
from meetings.models import Escalation, Meeting, Offer, OfficerHours, YearPlan
from meetings.offering import count_refusals
from meetings.planning import rag_rank
from meetings.terms import Term, term_of
from schools.models import PolicyValue, Posting, School


class State(StrEnum):
    """Of a school in a term: the first of these that holds."""

    HELD = "held"
    PLANNED = "planned"
    OFFERED = "offered"
    REARRANGE = "rearrange"
    DECLINED = "declined"
    EXCUSED = "excused"
    REFUSED = "refused"
    MISSED = "missed"
    ESCALATED = "escalated"
    NOT_OFFERED = "not_offered"
    ON_REQUEST = "on_request"
    NOT_THIS_TERM = "not_this_term"
    NOT_SET = "not_set"


STATES = {
    State.NOT_OFFERED: "Not yet offered",
    State.OFFERED: "Offered",
    State.REARRANGE: "Another day asked for",
    State.DECLINED: "Declined, to judge",
    State.REFUSED: "Declined, not accepted",
    State.MISSED: "Did not come",
    State.ESCALATED: "Taken further",
    State.EXCUSED: "Evidence accepted",
    State.PLANNED: "Planned",
    State.HELD: "Held",
    State.NOT_THIS_TERM: "None due this term",
    State.ON_REQUEST: "On request",
    State.NOT_SET: "Number not set",
}


@dataclass(frozen=True, slots=True)
class TermRow:
    """One school in a term's plan. Meetings are of the term, and of the whole school year where it says so."""

    school: School
    plan: YearPlan | None
    colour: str  # of the term's rating, or the latest before it; "" where there is none
    colour_term: str
    officer: User | None
    due: int
    extra: int  # of these: for severe absence without a plan, where policy says so
    held: int
    planned: int
    held_year: int
    meeting: Meeting | None  # the next planned one of the term, else the last held
    offer: Offer | None  # the last of the term that was not withdrawn
    offered: int  # offers made in the term, each time one was
    declined: int  # of these
    excused: int  # of the term: declined with evidence that was accepted
    refusals: int  # of the school year, since the school last met
    escalated: Escalation | None  # the last step of the school year
    severe: int
    severe_without_plan: int
    known: bool  # has any session of this school year come? Without registers nobody knows who is severely absent
    length: Length
    state: State

    @property
    def state_name(self) -> str:
        return STATES[self.state]

    @property
    def colour_name(self) -> str:
        return str(Rating.Colour(self.colour).label) if self.colour else "None yet"

    @property
    def offerable(self) -> bool:
        """Nothing stands that is to be answered, judged or held first."""
        return self.state in _OFFERABLE

    @property
    def to_plan(self) -> int:
        return max(self.due - self.held - self.planned - self.excused, 0)


def term_rows(schools: Sequence[School], term: Term, *, today: dt.date) -> list[TermRow]:
    """Ordered by who is offered a meeting first. Nine queries, however many schools."""
    ids = [school.pk for school in schools]
    policy = PolicyValue.objects.in_force(today)
    plans = {plan.school_id: plan for plan in YearPlan.objects.filter(school__in=ids, year=term.year)}
    colours = _colours(ids, term)
    leads = Posting.objects.on(today).filter(school__in=ids, part=Posting.Part.LEAD, user__is_active=True).select_related("user")
    officers = {posting.school_id: posting.user for posting in leads.order_by("-start", "-pk")}
    meetings, offers = _meetings(ids, term.year), _offers(ids, term.year)
    steps = {step.school_id: step for step in Escalation.objects.filter(school__in=ids, year=term.year).order_by("day", "pk")}
    counts = {pk: own[0].count for pk, own in cut_reports.lines(ids, academic_year(today), [cuts.Kind.ALL]).items()}
    severe = severe_by_school(ids, day=today)
    rows = []
    for school in schools:
        plan, of_year = plans.get(school.pk), meetings.get(school.pk, [])
        mine = [meeting for meeting in of_year if not meeting.why_cancelled and term.first <= meeting.day <= term.last]
        offered = offers.get(school.pk, [])
        made = [offer for offer in offered if offer.term == term.number]
        excused = sum(offer.verdict == Offer.Verdict.ACCEPTED for offer in made)
        held = [meeting for meeting in mine if meeting.status == Meeting.Status.HELD]
        coming = [meeting for meeting in mine if meeting.status == Meeting.Status.PLANNED]
        every, bare = severe.get(school.pk, (0, 0))
        extra = 1 if plan and bare and policy["meetings_severe_extra"] and term == term_of(today) else 0
        due = (plan.in_term(term.number) if plan else 0) + extra
        colour, colour_term = colours.get(school.pk, ("", ""))
        count = counts.get(school.pk, Count())
        rows.append(
            TermRow(
                school=school,
                plan=plan,
                colour=colour,
                colour_term=colour_term,
                officer=officers.get(school.pk),
                due=due,
                extra=extra,
                held=len(held),
                planned=len(coming),
                held_year=sum(meeting.status == Meeting.Status.HELD for meeting in of_year),
                meeting=next(iter(coming or held[::-1]), None),
                severe=every,
                severe_without_plan=bare,
                known=bool(count.judged or every),
                length=frequency.suggested_length(*count),
                offer=made[-1] if made else None,
                offered=len(made),
                declined=sum(offer.status == Offer.Status.DECLINED for offer in made),
                excused=excused,
                refusals=count_refusals(of_year, offered),
                escalated=steps.get(school.pk),
                state=_state(plan, due, len(held), len(coming), made, steps.get(school.pk)),
            )
        )
    return sorted(rows, key=offered_first)


_OFFERABLE = (State.NOT_OFFERED, State.REARRANGE, State.REFUSED, State.MISSED, State.ESCALATED, State.ON_REQUEST, State.NOT_THIS_TERM)


def offered_first(row: TermRow) -> tuple[bool, int, int, str]:
    """Who is due a meeting, by rating, then by how many severely absent pupils have no plan."""
    return (not row.due, rag_rank(row.colour), -row.severe_without_plan, row.school.sort_name)


def _state(plan: YearPlan | None, due: int, held: int, planned: int, offers: list[Offer], step: Escalation | None) -> State:
    """What is settled by meetings first; then what became of the last offer; then what is due."""
    if planned and held + planned >= due:
        return State.PLANNED
    if held and held >= due:
        return State.HELD
    if offers and (state := _of_offer(offers[-1], step)):
        return state
    if plan is None:
        return State.NOT_SET
    if due:
        return State.NOT_OFFERED
    return State.NOT_THIS_TERM if plan.number else State.ON_REQUEST


def _of_offer(offer: Offer, step: Escalation | None) -> State | None:
    """None: it says nothing any more, because its meeting was held or cancelled without the school's doing."""
    if offer.status == Offer.Status.OFFERED:
        return State.OFFERED
    if offer.status == Offer.Status.REARRANGE:
        return State.REARRANGE
    if offer.verdict == Offer.Verdict.ACCEPTED:
        return State.EXCUSED
    if offer.to_judge:
        return State.DECLINED
    missed = offer.meeting is not None and offer.meeting.why_cancelled == Meeting.Why.NOT_ATTENDED
    if not missed and not offer.verdict:
        return None
    if step is not None and step.at >= (offer.verdict_at or offer.offered_at):
        return State.ESCALATED
    return State.MISSED if missed else State.REFUSED


def _colours(ids: list[int], term: Term) -> dict[int, tuple[str, str]]:
    """Each school's rating of the term, else the latest before it, with that term's name. One query."""
    upto = Q(year__lt=term.year) | Q(year=term.year, term__lte=term.number)
    rows = Rating.objects.filter(upto, school__in=ids).order_by("school", "-year", "-term").distinct("school")
    return {rating.school_id: (rating.colour_now, rating.term_name) for rating in rows}


def _meetings(ids: list[int], year: int) -> dict[int, list[Meeting]]:
    """Held and planned ones of the school year by day, and those to which the school did not come."""
    rows = Meeting.objects.support().filter(school__in=ids, day__range=(Term(year, 1).first, Term(year, 3).last))
    found: dict[int, list[Meeting]] = {}
    for meeting in rows.filter(Q(why_cancelled="") | Q(why_cancelled=Meeting.Why.NOT_ATTENDED)).order_by("day", "time"):
        found.setdefault(meeting.school_id, []).append(meeting)
    return found


def _offers(ids: list[int], year: int) -> dict[int, list[Offer]]:
    """Of the school year, oldest first; those withdrawn are left out. One query."""
    rows = Offer.objects.filter(school__in=ids, year=year).exclude(status=Offer.Status.WITHDRAWN)
    found: dict[int, list[Offer]] = {}
    for offer in rows.select_related("meeting").order_by("pk"):
        found.setdefault(offer.school_id, []).append(offer)
    return found


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a term asks of one officer; `officer` None: of schools nobody leads. Minutes are as suggested, or as planned."""

    officer: User | None
    schools: int
    due: int
    held: int
    planned: int
    to_plan: int
    minutes: int  # of all that is held, planned and still to plan
    available: int | None = None  # hours; None: nobody has said

    @property
    def hours(self) -> float:
        return round(self.minutes / 60 * 2) / 2

    @property
    def over(self) -> float:
        """Hours more than there are; 0 where they will do or nobody has said."""
        return max(self.hours - self.available, 0) if self.available is not None else 0


def capacity(rows: Sequence[TermRow], term: Term) -> list[Capacity]:
    """By officer, in order of names; nobody last. One query."""
    said = dict(OfficerHours.objects.filter(year=term.year, term=term.number).values_list("officer", "hours"))
    by_officer: dict[int, list[TermRow]] = {}
    for row in rows:
        by_officer.setdefault(row.officer.pk if row.officer else 0, []).append(row)
    found = [
        Capacity(
            officer=own[0].officer,
            schools=len(own),
            due=sum(row.due for row in own),
            held=sum(row.held for row in own),
            planned=sum(row.planned for row in own),
            to_plan=sum(row.to_plan for row in own),
            minutes=sum(row.length.minutes * (row.held + row.planned + row.to_plan) for row in own),
            available=said.get(own[0].officer.pk) if own[0].officer else None,
        )
        for own in by_officer.values()
    ]
    return sorted(found, key=lambda one: (one.officer is None, one.officer.name.casefold() if one.officer else ""))
