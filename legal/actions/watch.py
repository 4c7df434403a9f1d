"""Notices to improve, watched by the marks: after every load and at night. It says what it finds; a person decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions import ToDo, keep_tasks
from casework.models import Task
from legal import improvement, watching
from legal.improvement import Progress
from legal.models import Improvement
from schools.models import Enrolment

_OVER = "What it was about has been settled."
_KEY = "legal:improve:"
State = Improvement.State
Rows = TypeVar("Rows", bound=QuerySet[Any])


def progress_of(row: Improvement, today: dt.date, *, known_at: dt.datetime | None = None) -> Progress | None:
    """How one stands by the marks of now; None before its issue."""
    target = row.target
    if target is None:
        return None
    return watching.of_pupil(row.pupil_id, target.start, min(target.end, today), known_at=known_at).towards(target, today)


def watch_improvements(*, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime) -> int:
    """Count again for everyone concerned (None and None: everybody). Returns for how many something is found that was not before.

    Called inside the transaction that looks again at everything else. One query where nothing is watched: a notice takes its tasks with
    it when it ends.
    """
    pupils, schools = (None if ids is None else list(ids) for ids in (pupils, schools))
    rows = list(_concerned(Improvement.objects.watched(), pupils, schools).select_for_update(of=("self",)).order_by("pk"))
    if not rows:
        return 0
    seen = watching.since({row.pk: (row.pupil_id, row.start, min(row.end or today, today)) for row in rows})
    count = sum(_keep(row, seen[row.pk].towards(target, today), today) for row in rows if (target := row.target))
    keep_improvement_tasks(pupils=pupils, schools=schools, today=today, now=now)
    return count


def _concerned(rows: Rows, pupils: list[int] | None, schools: list[int] | None) -> Rows:
    if pupils is None and schools is None:
        return rows
    mine = Q(pupil__in=list(pupils or ()))
    if schools is not None:
        mine |= Q(pupil__in=Enrolment.objects.filter(school__in=list(schools)).values("pupil"))
    return rows.filter(mine)


def _keep(row: Improvement, found: Progress, today: dt.date) -> bool:
    """What a list shows of it. Not a change that somebody's form could be overtaken by: the version stays."""
    new = (found.state, found.early) != (row.finding, row.reached_early)
    if new or (found.counted, found.missed, found.words) != (row.counted, row.missed, row.words):
        row.counted, row.missed, row.finding, row.reached_early, row.words = (
            found.counted,
            found.missed,
            found.state,
            found.early,
            found.words,
        )
        row.seen_to = today
        row.save(update_fields=["counted", "missed", "finding", "reached_early", "words", "seen_to"])
    if new and found.waits:
        audit.record("notice to improve to be looked at", by=None, subject=row, finding=found.state, early=found.early)
    return new


def keep_improvement_tasks(
    *, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime, by: User | None = None
) -> int:
    """Bring the tasks of these notices into step with them. Done twice it does no harm."""
    pupils, schools = (None if ids is None else list(ids) for ids in (pupils, schools))
    standing = _concerned(Task.objects.filter(source_key__startswith=_KEY), pupils, schools)
    rows = list(_concerned(Improvement.objects.watched(), pupils, schools).order_by("pk"))
    since = dict(standing.open().values_list("source_key", "due"))
    if not rows and not since:
        return 0
    wanted = [todo for row in rows for todo in _todos(row, since, today)]
    return keep_tasks(by=by, today=today, now=now, standing=standing, wanted=wanted, over=_OVER)


def _todos(row: Improvement, since: dict[str, dt.date], today: dt.date) -> list[ToDo]:
    found = []
    if row.state == State.ISSUED and row.issued:
        why = f"It was issued on {say_day(row.issued)} and its period begins on {say_day(row.start)}: it should have been received by then."
        found.append(_todo(row, "serve", f"Serve {row.reference}, then say how and when", why, row.issued + dt.timedelta(days=1)))
    if row.end is None:
        return found
    if row.finding == improvement.BROKEN or row.reached_early:
        key = f"{_KEY}{row.pk}:early"
        title = (
            f"{row.reference}: the target cannot be met any more"
            if not row.reached_early
            else f"{row.reference}: decide whether to end it early"
        )
        found.append(_todo(row, "early", title, row.words, since.get(key, today)))
    why = f"Its period ends on {say_day(row.end)}; then somebody says whether attendance improved. {row.words}".strip()
    found.append(_todo(row, "end", f"Decide on {row.reference}: improved or not", why, row.end + dt.timedelta(days=1)))
    return found


def _todo(row: Improvement, name: str, title: str, why: str, due: dt.date) -> ToDo:
    by_school = name == "serve" and row.issuer == Improvement.Issuer.SCHOOL
    return ToDo(
        source_key=f"{_KEY}{row.pk}:{name}",
        kind=Task.Kind.LEGAL_DEADLINE,
        title=title,
        why=why,
        due=due,
        side=Task.Side.SCHOOL if by_school else Task.Side.OFFICER,
        pupil_id=row.pupil_id,
        school_id=row.school_id,
        address_name="improvement",
        address_pk=row.pk,
        by_hand=False,
    )
