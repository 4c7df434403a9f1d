"""What of meetings, offers and actions needs somebody today: read in two queries, told in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Case as DbCase
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import User
from accounts.permissions import Permission
from attendance.words import plural, say_day
from casework.reports import Need, held
from casework.worklist import Group
from meetings import offering, severe
from meetings.models import Action, ActionQuerySet, Item, Meeting, MeetingQuerySet, Progress
from meetings.reports import withhold_leavers

SOON = dt.timedelta(days=7)


def needs_today(user: User, *, today: dt.date) -> list[Need]:
    """The user's meetings, offers and actions that cannot wait. Two queries, three for a school."""
    if not user.may(Permission.LOG_PROGRESS):
        return []
    officer = user.as_role.in_authority
    planned, open_ones = Meeting.objects.visible_to(user).filter(status=Meeting.Status.PLANNED), Action.objects.visible_to(user).open()
    meetings, actions = _of_officer(planned, open_ones, user, today) if officer else _of_contact(planned, open_ones, today)
    needs = []
    offers = offering.told(offering.waiting(user, today=today))
    waiting = [offers, severe.told(user, today=today)] if officer else [offers]
    for kind, said in _coming(meetings, officer=officer).union(*waiting, all=True):
        if kind == _MEETING:
            needs.append(_of_meeting(_Coming.of(said), officer=officer, today=today))
        elif kind == severe.SEVERE:
            needs.append(severe.need_of(said))
        elif need := offering.need_of(said, user, today=today):
            needs.append(need)
    found = list(actions.select_related("meeting__school", "school", "pupil"))
    withhold_leavers(user, found)
    needs += [_of_action(action, officer=officer, today=today) for action in found]
    return sorted(needs, key=lambda need: (need.urgency, need.day or today, need.title))


def _of_officer(
    meetings: MeetingQuerySet, actions: ActionQuerySet, user: User, today: dt.date
) -> tuple[QuerySet[Meeting], QuerySet[Action]]:
    """An officer's own of the days to come and gone by, and what an officer who left had planned and agreed."""
    ours = meetings.annotate(held=_held(today)).filter(Q(officer=user, day__lte=today + SOON) | Q(held=False))
    state = Progress.objects.filter(action=OuterRef("pk")).order_by("-pk").values("state")[:1]
    agreed = actions.annotate(last_state=Subquery(state), held=_held(today, "meeting__")).filter(Q(meeting__officer=user) | Q(held=False))
    due = Q(owner__in=[Action.Owner.AUTHORITY, Action.Owner.SERVICE], due__lte=today + SOON)
    return ours, agreed.filter(due | Q(last_state=Progress.State.STUCK) | Q(due__lt=today))


def _held(today: dt.date, of: str = "") -> DbCase:
    """As `held`; a meeting of several schools needs an officer who works here, not one posted at its host."""
    several = {f"{of}several": True, f"{of}officer__is_active": True}
    return DbCase(When(**several, then=Value(True)), default=held(today, of))


def _of_contact(meetings: MeetingQuerySet, actions: ActionQuerySet, today: dt.date) -> tuple[QuerySet[Meeting], QuerySet[Action]]:
    soon = today + SOON
    return meetings.filter(day__range=(today, soon)), actions.filter(owner=Action.Owner.SCHOOL, due__lte=soon)


_MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class _Coming:
    """A meeting as the list of what waits tells of it; read together with offers, in one query."""

    pk: int
    school: str
    officer: str
    day: dt.date
    time: dt.time
    place: str
    points: int
    held: bool  # does its officer still work with the school?
    kind: str
    title: str

    def words(self, *, officer: bool) -> str:
        if self.kind == Meeting.Kind.SUPPORT:
            return f"meeting with {self.school if officer else 'the authority'}"
        return f"{Meeting.Kind(self.kind).words} “{self.title}”"

    @classmethod
    def of(cls, said: dict[str, Any]) -> _Coming:
        return cls(**said | {"day": dt.date.fromisoformat(said["day"]), "time": dt.time.fromisoformat(said["time"])})


def _coming(meetings: QuerySet[Meeting], *, officer: bool) -> QuerySet[Any]:
    items = Item.objects.filter(meeting=OuterRef("pk")).order_by().values("meeting").annotate(n=Count("pk")).values("n")
    said = {"pk": "pk", "school": "school__name", "officer": "officer__name", "day": "day", "time": "time", "place": "place"}
    said |= {"kind": "kind", "title": "title"}
    counted = {"points": Coalesce(Subquery(items), 0), "held": F("held") if officer else Value(True)}
    return meetings.order_by().annotate(of=Value(_MEETING), said=JSONObject(**said, **counted)).values_list("of", "said")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _of_meeting(meeting: _Coming, *, officer: bool, today: dt.date) -> Need:
    points = plural(meeting.points, "item")
    when = f"{meeting.time:%H:%M}, {Meeting.Place(meeting.place).label.lower()}"
    if meeting.day < today:
        title, urgency = f"Say whether the {meeting.words(officer=True)} was held", 2
        why = f"It was planned for {say_day(meeting.day)} and is recorded neither as held nor as cancelled."
    elif officer and not meeting.held:
        why = (
            f"Planned for {meeting.day:%A} {say_day(meeting.day)}. {meeting.officer} works with the school no longer: choose who holds it."
        )
        return Need(f"{_capital(meeting.words(officer=True))} left without an officer", why, meeting.day, "meeting_change", meeting.pk, 3)
    elif meeting.day == today:
        title, urgency = f"{_capital(meeting.words(officer=officer))} today", 1
        why = f"At {when}: {points} on the agenda."
    else:
        title, urgency = f"Prepare the {meeting.words(officer=officer)}", 3
        why = f"On {meeting.day:%A} {say_day(meeting.day)} at {when}: {points} on the agenda."
    return Need(title, why, meeting.day, "meeting", meeting.pk, urgency)


def _of_action(action: Action, *, officer: bool, today: dt.date) -> Need:
    of_whom = f" for {action.pupil}" if action.pupil else ""
    at = f", {action.meeting.called}" if action.meeting.title else ""
    agreed = f"Agreed with {action.school}{of_whom} on {say_day(action.meeting.day)}{at}."
    late = (today - action.due).days

    def need(title: str, why: str, urgency: int) -> Need:
        return Need(title, why, action.due, "action", action.pk, urgency)

    if officer and getattr(action, "last_state", None) == Progress.State.STUCK:
        return Need(f"Help is asked for: {action.what}", agreed, action.due, "action", action.pk, 2, Group.REPLIES)
    if late > 0:
        theirs = officer and action.owner == Action.Owner.SCHOOL
        title = f"The school’s action is overdue: {action.what}" if theirs else f"Overdue: {action.what}"
        return need(title, f"Due {say_day(action.due)}, {plural(late, 'day')} ago. {agreed}", 4 if theirs else 1)
    when = "today" if late == 0 else f"on {say_day(action.due)}"
    return need(action.what, f"Due {when}. {agreed}", 2 if late == 0 else 5)
