"""What needs somebody today, from every app: each says what waits in its own words, here it becomes rows of one list.

The order, what a home page shows of it and what brings a dismissed row back are rules of `casework.worklist`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import JSONObject
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from attendance import waiting
from attendance.models import Flag
from casework import considering, triage, worklist
from casework import replies as casework_replies
from casework import reports as casework_reports
from casework.models import Dismissal, Task
from casework.replies import Reply
from casework.reports import Need
from casework.worklist import Dismissed, Group, Limits, Measure, Row
from dashboards import flagged
from dashboards.numbers import list_of
from dashboards.reports import FlagCounts, flag_counts
from legal import reports as legal_reports
from meetings import needs as meeting_needs
from meetings import replies as meeting_replies
from meetings.touch import reports as touch_reports
from schools.models import PolicyValue, Pupil, School
from schools.policy import Policy

MOST = worklist.MOST
_LAW_AHEAD = dt.timedelta(days=14)  # a deadline of law is told so long before its day
_AHEAD = dt.timedelta(days=7)  # any other task
LATELY = dt.timedelta(days=7)  # a school's reply, a new flag


@dataclass(frozen=True, slots=True)
class Work:
    """All that waits for one person, and what was taken off their list."""

    rows: Sequence[Row]  # in order
    hidden: Sequence[tuple[Row, Dismissed]]

    @property
    def shown(self) -> list[Row]:
        return worklist.first(self.rows)

    @property
    def more(self) -> int:
        return len(self.rows) - len(self.shown)

    @property
    def counts(self) -> list[tuple[Group, int]]:
        """Groups that have any, in order."""
        found = Counter(row.group for row in self.rows)
        return [(group, found[group]) for group in Group if found[group]]

    @property
    def more_counts(self) -> list[tuple[Group, int]]:
        """What is left for the whole list, by group."""
        left = Counter(row.group for row in self.rows)
        left.subtract(row.group for row in self.shown)
        return [(group, left[group]) for group in Group if left[group] > 0]


def of(
    user: User,
    *,
    today: dt.date,
    at: dt.time = dt.time.min,
    reader: User | None = None,
    flags: FlagCounts | None = None,
    schools: Iterable[School] = (),
    policy: Policy | None = None,
    also: Sequence[Need] = (),
) -> Work:
    """Everything that waits for `user`; told to `reader` where that is another.

    `at`: the time of day, by which somebody may be overdue from a visit. `flags`: theirs, where the page has counted them already.
    `schools`: theirs, read with the questions that wait (meetings.touch.reports.with_questions) and, an officer’s, with referrals
    that wait (casework.triage.with_waiting). `policy`: today's, where the page has read it. `also`: what
    the page knows itself.
    """
    told = reader or user
    read = _read(user, today)
    said = _of_apps(user, told, schools, read, today, at)
    said += [(_of_need(need, user, today, leads=True), (need.address_name, need.address_pk)) for need in also]
    rows = [row for row, _ in said]
    if user.as_role.in_authority:
        tasks = _tasks(user, read.tasks, today)
        about = {(task.address_name, task.address_pk) for _, task in tasks}
        waiting = [row for row, at in said if row.group != Group.LEGAL or at not in about]  # a deadline is told as its task
        rows = waiting + [row for row, _ in tasks] + read.replied
        rows += _flags(user, told, flags, read.dismissed, today)
    rows += _to_match(user, told, read.held)
    rows = worklist.once(rows)
    if not read.dismissed:
        return Work(rows, [])
    policy = policy or PolicyValue.objects.in_force(today)
    limits = Limits(policy["dismissed_sessions"], policy["dismissed_days"])
    standing, hidden = worklist.judge(rows, read.dismissed, today=today, limits=limits)
    return Work(worklist.in_order(standing), hidden)


_At = tuple[str, int | None]


def _of_apps(user: User, told: User, schools: Iterable[School], read: _Read, today: dt.date, at: dt.time) -> list[tuple[Row, _At]]:
    """What each app says waits, with where it is done."""
    works = told.may(Permission.WORK_CASES) or not told.as_role.in_authority  # a case's needs lead to forms of those who work it
    found = [
        (_of_need(need, user, today, leads=leads), (need.address_name, need.address_pk))
        for needs, leads in (
            (partial(casework_reports.needs_today, at=at), works),
            (meeting_needs.needs_today, True),
            (partial(legal_reports.needs_today, to_complete=read.to_complete), True),
        )
        for need in needs(user, today=today)
    ]
    schools = list(schools)
    of_schools = (
        (touch_reports.questions_waiting(schools, user, today=today), True),
        (triage.waiting_at(schools, user), works),
        (read.team, works),
    )
    return found + [
        (_of_need(need, user, today, leads=leads), (need.address_name, need.address_pk)) for needs, leads in of_schools for need in needs
    ]


def _of_need(need: Need, user: User, today: dt.date, *, leads: bool) -> Row:
    group = need.group or _group(need, user, today)
    address = _address(need.address_name, need.address_pk) if leads else ""
    due = need.day if need.address_name in _WITH_A_DAY else None
    key = f"{need.address_name}:{need.address_pk or need.mark}"
    return Row(key, group, need.title, need.why, need.day, address, Measure(due=due, count=need.count), need.urgency)


_VISITS = "visits"  # a list, with a line for each person who is not back
_WITH_A_DAY = {  # whose day is one by which something is done
    "plan_action_close", "case_plan_review", "case_call", "action", "notice", "meeting", _VISITS,
}  # fmt: skip


def _group(need: Need, user: User, today: dt.date) -> Group:
    late = need.day is not None and need.day < today
    name = need.address_name
    if name in ("plan_action_close", "case_plan_review", "action", "meeting", "case_call"):
        return Group.OVERDUE if late else Group.DUE
    if name in ("advice", "referrals") or (name == "offer" and need.urgency == 2 and user.as_role.in_authority):
        return Group.REPLIES
    if name == "notice":
        return Group.LEGAL if need.urgency == 1 else Group.DUE
    if name in (_VISITS, "safeguarding"):
        return Group.SAFEGUARDING  # of whoever is out alone, too
    if name == "severe_contacts":
        return Group.SEVERE
    if name == "cases_waiting":
        return Group.DUE
    if name == "request":
        return Group.LEGAL if user.may(Permission.DECIDE_NOTICE) else Group.DUE
    return Group.REST


def _address(name: str, pk: int | None) -> str:
    return reverse(name, args=[] if pk is None else [pk])


def to_consider(number: int, first: dt.date | None) -> list[Need]:
    """Safeguarding considerations that are missing, as a manager's home counts them."""
    return [considering.need_of(number, first)] if number else []


_SAFEGUARDING = (Task.Kind.FIRST_DAY_CALL, Task.Kind.SOCIAL_WORKER, Task.Kind.JOINT_ENQUIRY, Task.Kind.SAFEGUARDING, Task.Kind.MISSING)


def _tasks(user: User, tasks: Iterable[Task], today: dt.date) -> list[tuple[Row, Task]]:
    """Deadlines of law some time ahead, an officer's own tasks when their day is near, a school's once it is overdue."""
    found = []
    for task in tasks:
        law, late = task.kind == Task.Kind.LEGAL_DEADLINE, task.due < today
        role, officer = task.side == Task.Side.ROLE and task.role == user.role, task.side == Task.Side.OFFICER
        theirs = role or (officer and (task.officer_id == user.pk or (task.officer_id is None and not user.as_role.every_school)))
        if user.as_role.every_school and not theirs:
            continue  # every school's tasks are a list of their own
        if not (law or late or (theirs and task.due <= today + _AHEAD)):
            continue
        group = Group.LEGAL if law else Group.SAFEGUARDING if task.kind in _SAFEGUARDING else Group.OVERDUE if late else Group.DUE
        address = reverse("task", args=[task.pk])
        found.append((Row(f"task:{task.pk}", group, _title(task), _why(task, today), task.due, address, Measure(due=task.due)), task))
    return found


def _title(task: Task) -> str:
    return f"{task.pupil}: {task.title}" if task.pupil else task.title


def _why(task: Task, today: dt.date) -> str:
    days = (today - task.due).days
    late = f"was due on {task.due:%-d %B %Y}, {days} day{'' if days == 1 else 's'} ago"
    when = late if days > 0 else "is due today" if days == 0 else f"is due on {task.due:%-d %B %Y}"
    who = f"{task.owner} has it to do; it {when}." if task.side != Task.Side.OFFICER else f"{when[0].upper()}{when[1:]}."
    return f"{who} {task.why}"


_DISMISSED, _TO_DO = "dismissed", "to do"


@dataclass(frozen=True, slots=True)
class _Read:
    """What one query tells: what was taken off their list, by key; what schools replied lately; tasks; rows to be matched, by school."""

    dismissed: dict[str, Dismissed]
    replied: list[Row]
    tasks: list[Task]
    held: list[dict[str, Any]]
    team: list[Need]  # what waits in the whole team
    to_complete: list[dict[str, Any]]


def _read(user: User, today: dt.date) -> _Read:
    kept = Dismissal.objects.standing().of(user).order_by().annotate(of=Value(_DISMISSED, CharField()), said=_DISMISSAL)
    since = today - LATELY
    others = [] if user.as_role.every_school else [*casework_replies.told(user, since=since), *meeting_replies.told(user, since=since)]
    if user.as_role.in_authority:
        due = Task.objects.visible_to(user).due_by(today + _LAW_AHEAD).order_by()
        others.append(due.annotate(of=Value(_TO_DO, CharField()), said=_TASK).values_list("of", "said"))
    others += [waiting.told(user), *triage.told(user, today=today), *legal_reports.told(user)]
    found = _Read({}, [], [], [], [], [])
    for kind, said in kept.values_list("of", "said").union(*others, all=True):
        if kind == _DISMISSED:
            found.dismissed[said["key"]] = _dismissal(said)
        elif kind == _TO_DO:
            found.tasks.append(_task(said))
        elif kind == waiting.HELD:
            found.held.append(said)
        elif kind == legal_reports.TO_COMPLETE:
            found.to_complete.append(said)
        elif kind in (triage.REFERRALS, triage.CASES):
            found.team.extend([need] if (need := triage.need_of(kind, said)) else [])
        else:
            app = casework_replies if kind in (casework_replies.OF_ACTION, casework_replies.OF_TASK) else meeting_replies
            found.replied.append(_of_reply(app.reply_of(kind, said)))
    return found


_OF_TASK = ("pk", "kind", "title", "why", "side", "role", "officer_id", "address_name", "address_pk")
_NAMED = {"officer": "officer__name", "school": "school__name", "forename": "pupil__forename", "surname": "pupil__surname"}
_TASK = JSONObject(**{name: name for name in _OF_TASK}, due="due", **_NAMED)


def _task(said: dict[str, Any]) -> Task:
    """As far as a row of the list tells of it."""
    task = Task(**{name: said[name] for name in _OF_TASK}, due=dt.date.fromisoformat(said["due"]))
    if said["officer"]:
        task.officer = User(pk=said["officer_id"], name=said["officer"])
    if said["school"]:
        task.school = School(name=said["school"])
    if said["surname"]:
        task.pupil = Pupil(forename=said["forename"], surname=said["surname"])
    return task


_DISMISSAL = JSONObject(**{name: name for name in ("pk", "key", "day", "reason", "words", "until", "measure")})


def _dismissal(said: dict[str, Any]) -> Dismissed:
    days = {name: dt.date.fromisoformat(said[name]) if said[name] else None for name in ("day", "until")}
    return Dismissal(**said | days).as_rule


def _of_reply(one: Reply) -> Row:
    return Row(one.key, Group.REPLIES, one.title, one.why, one.day, reverse(one.address_name, args=[one.address_pk]), rank=5)


def _flags(user: User, told: User, flags: FlagCounts | None, dismissed: Iterable[str], today: dt.date) -> list[Row]:
    """New flags, a row for each child of an officer's schools; who sees every school has them counted."""
    if user.as_role.every_school:
        return _counted(flags or flag_counts(user, today=today), leads=told == user)
    return flagged.rows(user, dismissed=dismissed, today=today, since=LATELY)


@dataclass(frozen=True, slots=True)
class _Call:
    """A flag that calls for somebody today. `lately`: only while it is new, for it stays open long after it was dealt with."""

    one: str
    many: str
    why: str
    lately: bool = False
    rank: int = 1


_CALLS: dict[str, _Call] = {
    Flag.Code.FIRST: _Call(
        "child in care or with a social worker is absent for the first time",
        "children in care or with a social worker are absent for the first time",
        "Ask the school where they are, and tell the social worker or the virtual school",
        rank=0,  # nobody knows yet where this child is
    ),
    Flag.Code.NOT_STARTED: _Call(
        "pupil has not started",
        "pupils have not started",
        "No session attended since a term or their time at a school began. Ask the school where they are",
    ),
    Flag.Code.TWENTY_DAYS: _Call(
        "pupil has been absent without a reason for 20 school days in a row",
        "pupils have been absent without a reason for 20 school days in a row",
        "School and authority look for them together before any name is deleted",
    ),
    Flag.Code.SICKNESS: _Call(
        "pupil has reached 15 school days of sickness",
        "pupils have reached 15 school days of sickness",
        "Noticed in the last 7 days. See that the school’s sickness return comes, and whether education elsewhere is needed",
        lately=True,
    ),
}


def _counted(flags: FlagCounts, *, leads: bool) -> list[Row]:
    """Flags that somebody acts on when they arise, a line for each kind. Its number opens the list, which is each reader's own."""
    found = []
    for code, call in _CALLS.items():
        count = flags.of_code[code]
        number = count.new if call.lately else count.pupils
        if number:
            address = list_of("pupils_at_risk", flag=code, new="7" if call.lately else None)
            words = f"{number} {call.one if number == 1 else call.many}"
            group = Group.REST if call.lately else Group.SAFEGUARDING
            measure = Measure(count=number)
            found.append(Row(f"flags:{code}", group, words, call.why, count.first, address if leads else "", measure, call.rank))
    return found


def _to_match(user: User, told: User, held: Sequence[dict[str, Any]]) -> list[Row]:
    """Rows of registers that wait for somebody to say whose marks they are."""
    leads = told.may(Permission.EDIT_PEOPLE)
    found = []
    for waits in waiting.waits_of(user, held):
        one = waits.people == 1
        where = f"at {waits.school}" if waits.school else f"at {waits.schools} schools"
        title = f"{waits.people} pupil{'' if one else 's'} to match {where}"
        who = "this is" if one else "they are"
        why = f"Their register does not say by a UPN who {who}. The marks are held, the first since {waits.day:%-d %B %Y}"
        address = reverse("held") + (f"?school={waits.urn}" if waits.urn else "")
        measure = Measure(count=waits.people)
        found.append(Row(f"held:{waits.urn or ''}", Group.REST, title, why, waits.day, address if leads else "", measure, 3))
    return found
