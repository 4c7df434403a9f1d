"""Tasks: opened once, kept in step with what they are about, completed, or dropped with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import transaction

from accounts import audit
from accounts.clock import LONDON
from accounts.models import User
from attendance.words import say_day
from casework.actions.cases import record
from casework.models import Case, Entry, Task, TaskQuerySet
from schools.models import Pupil, School

_MOVES = ("title", "why", "due", "officer_id", "school_id", "case_id")  # what may change while a task is open


class TaskProblem(ValueError):
    """Why something cannot be done to a task, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class ToDo:
    """A task as somebody above wants it to stand. Fields as those of `Task`."""

    source_key: str
    kind: str
    title: str
    why: str
    due: dt.date
    side: str
    officer_id: int | None = None
    role: str = ""
    pupil_id: int | None = None
    case_id: int | None = None
    school_id: int | None = None
    address_name: str = ""
    address_pk: int | None = None
    by_hand: bool = True


@transaction.atomic
def open_task(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    source_key: str,
    kind: str,
    title: str,
    why: str,
    due: dt.date,
    side: str,
    officer: User | None = None,
    role: str = "",
    pupil: Pupil | None = None,
    case: Case | None = None,
    school: School | None = None,
    address_name: str = "",
    address_pk: int | None = None,
    by_hand: bool = True,
) -> tuple[Task, bool]:
    """Open a task, or give the one that was opened under this key, whatever has become of it; True where it is new."""
    task, new = Task.objects.get_or_create(
        source_key=source_key,
        defaults={
            "kind": kind, "title": title, "why": why, "due": due, "side": side, "officer": officer, "role": role, "pupil": pupil,
            "case": case, "school": school, "address_name": address_name, "address_pk": address_pk, "by_hand": by_hand,
            "opened_at": now, "opened_by": by,
        },
    )  # fmt: skip
    if new:
        audit.record("Task opened", by=by, subject=task, due=due.isoformat(), key=source_key)
    return task, new


@transaction.atomic
def keep_tasks(*, by: User | None, today: dt.date, now: dt.datetime, standing: TaskQuerySet, wanted: Iterable[ToDo], over: str) -> int:
    """Bring a source's tasks into step with what it wants: `wanted` are open, with their words and days; of `standing`, the
    source's tasks that were looked at, those not wanted are dropped, because `over`. What a person has ended stays ended; what ended
    here and is wanted again is open again. Done twice it does no harm. Returns how many changed. Three queries where nothing has.
    """
    asked = {todo.source_key: todo for todo in wanted}
    known = {task.source_key: task for task in Task.objects.select_for_update().filter(source_key__in=asked).order_by("pk")}
    fresh = [Task(**asdict(todo), opened_at=now, opened_by=by) for key, todo in asked.items() if key not in known]
    Task.objects.bulk_create(fresh, ignore_conflicts=True)  # another may be keeping the same ones
    moved = 0
    for key, task in known.items():
        moved += _bring_up(task, asked[key], now)
    gone = standing.open().exclude(source_key__in=asked).update(ended=today, ending=Task.Ending.DROPPED, outcome=over)
    count = len(fresh) + moved + gone
    if count:
        audit.record("Tasks kept", by=by, count=count, opened=len(fresh), changed=moved, dropped=gone, over=over)
    return count


def _bring_up(task: Task, todo: ToDo, now: dt.datetime) -> bool:
    if task.ended and (task.ended_by_id or task.ending == Task.Ending.DONE):
        return False
    changed = [name for name in _MOVES if getattr(task, name) != getattr(todo, name)]
    for name in changed:
        setattr(task, name, getattr(todo, name))
    if task.ended:
        task.ended, task.ending, task.outcome, task.opened_at = None, "", "", now
    elif not changed:
        return False
    task.save()
    return True


@transaction.atomic
def complete_task(
    *, by: User | None, today: dt.date, now: dt.datetime, task: Task, words: str, day: dt.date | None = None, recorded: bool = False
) -> Task:
    """Say that it is done, when, and what came of it. `recorded`: the caller has just recorded what the task is about, and has
    judged who may: only so does a task end that is not `by_hand`."""
    return _end(task, by=by, today=today, now=now, ending=Task.Ending.DONE, words=words, day=day or today, recorded=recorded)


@transaction.atomic
def drop_task(*, by: User | None, today: dt.date, now: dt.datetime, task: Task, words: str) -> Task:
    """Say that it is no longer needed, and why."""
    return _end(task, by=by, today=today, now=now, ending=Task.Ending.DROPPED, words=words, day=today)


def _end(
    task: Task, *, by: User | None, today: dt.date, now: dt.datetime, ending: str, words: str, day: dt.date, recorded: bool = False
) -> Task:
    held = Task.objects.select_for_update(of=("self",)).select_related("case", "school", "ended_by", "pupil").get(pk=task.pk)
    if held.ended:
        if by and held.ended_by_id == by.pk and (held.ending, held.outcome) == (ending, words.strip()):
            return held  # the same form, sent twice
        said = held.get_ending_display().lower()
        raise TaskProblem(f"{held.ended_by or 'The system'} ended this task on {say_day(held.ended)}: {said}. Nothing of yours was saved.")
    if by and not recorded and not held.is_of(by):
        raise TaskProblem(f"{held.owner} has this to do. You can read it; what came of it is theirs to say.")
    if by and ending == Task.Ending.DONE and not (held.by_hand or recorded):
        raise TaskProblem("This task ends by itself when what it is about has been recorded. Open what it is about and record it there.")
    if not words.strip():
        needed = "Enter what was done and what came of it" if ending == Task.Ending.DONE else "Enter why it is no longer needed"
        raise TaskProblem(needed, "words")
    if day > today:
        raise TaskProblem("A task is completed once it has been done: the date cannot be after today", "day")
    if day < (opened := held.opened_at.astimezone(LONDON).date()) - dt.timedelta(days=366):
        raise TaskProblem(f"The task was opened on {say_day(opened)}: check the year of the date", "day")
    held.ended, held.ended_by, held.ending, held.outcome = day, by, ending, words.strip()
    held.save(update_fields=["ended", "ended_by", "ending", "outcome"])
    _tell_case(held, by=by, today=today, now=now)
    audit.record("Task completed" if ending == Task.Ending.DONE else "Task dropped", by=by, subject=held, due=held.due.isoformat())
    return held


def _tell_case(task: Task, *, by: User | None, today: dt.date, now: dt.datetime) -> None:
    """A line in the chronology of its case, as long as that is open. The school reads what it had itself to do."""
    if task.case is None or task.case.closed or task.ended is None:
        return
    said = f"{task.get_ending_display()}: {task.title.rstrip('.')}.\n{task.outcome}"
    shared = task.side == Task.Side.SCHOOL and task.school_id == task.case.school_id
    record(by=by, now=now, case=task.case, kind=Entry.Kind.ACTION, words=said, day=min(task.ended, today), shared=shared)
