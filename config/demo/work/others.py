"""Meetings of other kinds: two of each, one held with minutes and actions, one to come. Told by the actions that people use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from config.demo.dates import ONE
from config.demo.work.cast import Cast
from meetings import actions, mailing
from meetings.actions.agreed import NewAction
from meetings.actions.minuting import Line
from meetings.models import Action, Item, Meeting
from schools.models import School

Kind, Owner, Place = Meeting.Kind, Action.Owner, Meeting.Place


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of one meeting: matter, what was agreed of it and whose action that is."""

    kind: str
    title: str
    service: str
    most: int  # schools that take part
    ago: int  # days; below 0: to come
    place: str
    matters: tuple[tuple[str, str, str], ...]


_ALL = (
    _Told(Kind.FORUM, "Autumn attendance network", "", 12, 24, Place.AUTHORITY, (
        ("First-day calling: who rings, and by when", "Agree who rings on the first day, and ring by 9.45", Owner.SCHOOL),
        ("Codes in the new register: what schools ask most", "Send a page of answers to every school", Owner.AUTHORITY),
        ("What worked: breakfast clubs and a later gate", "", ""),
    )),
    _Told(Kind.FORUM, "Attendance network before the holidays", "", 12, -12, Place.ONLINE, (
        ("The last week of term: what schools tell families", "", ""),
        ("Holidays in term time: the same words in every letter", "", ""),
    )),
    _Told(Kind.SEN, "SEN contacts: autumn", "Educational psychology", 6, 17, Place.ONLINE, (
        ("Emotionally based avoidance: the pathway, and when to ask", "Name one adult whom pupils and families can ask", Owner.SCHOOL),
        ("Part-time timetables: what a review looks at", "Send the questions of a good review to every SEN contact", Owner.SERVICE),
    )),
    _Told(Kind.SEN, "SEN contacts: before the new year", "Educational psychology", 6, -19, Place.ONLINE, (
        ("Transport and attendance: what schools see", "", ""),
    )),
    _Told(Kind.COHORT, "Children in care: attendance this term", "Virtual school", 5, 10, Place.AUTHORITY, (
        ("How schools and the virtual school hear of a first absence", "Ring the virtual school on the first day of absence", Owner.SCHOOL),
        ("Personal education plans: attendance in each", "Look through the plans of this term for attendance", Owner.AUTHORITY),
    )),
    _Told(Kind.COHORT, "Moving to secondary school", "", 5, -9, Place.ONLINE, (
        ("Which figures move with Year 6", "", ""),
    )),
    _Told(Kind.PANEL, "Attendance panel of the north", "", 4, 31, Place.SCHOOL, (
        ("Lateness after the bus times changed", "Count late marks by bus for three weeks", Owner.SCHOOL),
    )),
    _Told(Kind.PANEL, "Attendance panel of the south", "", 4, -16, Place.SCHOOL, (
        ("Siblings at two schools: who calls the family", "", ""),
    )),
)  # fmt: skip


def hold(cast: Cast, shown: Sequence[int]) -> int:
    """`shown`: schools whose people the visitor signs in as: they take part in all. Returns how many there are."""
    known = [
        cast.schools[key]
        for key in (*shown, *cast.officer_of)
        if key in cast.officer_of and key in cast.schools and not cast.schools[key].closed
    ]
    schools = list(dict.fromkeys(known))
    return sum(_tell(cast, told, schools[: told.most]) for told in _ALL)


def _tell(cast: Cast, told: _Told, schools: Sequence[School]) -> bool:
    day = cast.at_work(cast.today - told.ago * ONE)
    asked = cast.at_work(min(day - 25 * ONE, cast.today))
    by = cast.officer_of[schools[0].pk]
    meeting = actions.plan_other_meeting(
        by=cast.manager, today=min(asked, cast.today), now=cast.moment(asked, 11), kind=told.kind, title=told.title, service=told.service,
        schools=schools, host=schools[-1], day=day, time=dt.time(14), minutes=90, place=told.place, officer=by, although_closed=True,
    )  # fmt: skip
    now = cast.moment(day if told.ago > 0 else asked, 15)
    items = [
        actions.add_item(by=by, today=min(asked, cast.today), now=cast.moment(asked, 11.5), meeting=meeting, reason=matter)
        for matter, _, _ in told.matters
    ]
    if told.ago > 0:
        for item, (_, what, owner) in zip(items, told.matters, strict=True):
            due = cast.after(schools[0].pk, day, 28)
            action = NewAction(what, owner, due, told.service if owner == Owner.SERVICE else "") if what else None
            decision = Item.Decision.ACTION if what else Item.Decision.NOTHING
            line = Line(discussed=True, decision=decision)
            actions.save_line(by=by, today=day, now=now, item=item, line=line, base=Line.of(item), action=action)
        came = [one.key for one in mailing.invitees(meeting, today=day)]
        there = [school.pk for school in schools[: max(len(schools) - 1, 1)]] if told.kind != Kind.PANEL else []  # of panels nobody knows
        actions.hold_meeting(by=by, today=day, now=cast.moment(day, 16.5), meeting=meeting, version=None, came=came, schools=there)
        _some_done(cast, meeting, day)
    return True


def _some_done(cast: Cast, meeting: Meeting, day: dt.date) -> None:
    """Every other school has done its own."""
    done = min(day + 8 * ONE, cast.today)
    for action in meeting.actions.filter(owner=Owner.SCHOOL).order_by("pk")[::2]:
        by = cast.contact_of.get(action.school_id)
        if by and done > day:
            now = cast.moment(done, 10)
            actions.log_progress(by=by, today=done, now=now, action=action, state="done", words="In place since Monday.")
