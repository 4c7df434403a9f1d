"""A school's students as its own system has them: put on roll, corrected, ended where they left. Never removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from attendance.imports import wonde_rows
from attendance.imports.wonde_rows import NotTaken, Student
from attendance.models import Feed, FeedStudent
from schools.actions.roll import load_roll
from schools.importers.roll import Row
from schools.models import Enrolment, Pupil

LEFT_LONG_AGO = dt.timedelta(days=400)
MOST_NOTES = 100


def recent(leavers: Iterable[dict[str, Any]], *, today: dt.date) -> list[dict[str, Any]]:
    """Leavers of this year and the last: a list of leavers may go back to the school's first."""
    return [row for row in leavers if (left := wonde_rows.left_on(row)) is None or left >= today - LEFT_LONG_AGO]


def take(feed: Feed, students: Sequence[dict[str, Any]], leavers: Sequence[dict[str, Any]], *, today: dt.date) -> tuple[list[str], int]:
    """Write the roll in one go and one audit line. Returns what was not taken, in sentences, and how many changes there were."""
    known = dict(FeedStudent.objects.filter(feed=feed).values_list("remote_id", "upn"))
    rows: list[Row] = []
    notes: list[str] = []
    who: dict[int, str] = {}
    by_upn: dict[str, str] = {}
    for line, student in enumerate([*students, *leavers], start=1):
        name = _named(wonde_rows.student(student))
        try:
            row, unclear = wonde_rows.roll_row(student, line, former_upn=known.get(wonde_rows.identity(student.get("id")), ""), today=today)
        except NotTaken as problem:
            notes.append(f"{name} {problem}. The pupil was not put on roll.")
            continue
        if row.upn in by_upn:
            notes.append(f"{name} has the same UPN ({row.upn}) as {by_upn[row.upn]}. Only the first was taken.")
            continue
        by_upn[row.upn] = who[line] = name
        rows.append(row)
        notes += [f"{name}: {words}." for words in unclear]
    if feed.school is None or not rows:
        return notes[:MOST_NOTES], 0
    receipt = load_roll(by=None, today=today, rows=rows, school=feed.school, feed=feed.provider)
    notes += [f"{who[problem.line]}: {problem.message} ({problem.field}: {problem.value or 'blank'})." for problem in receipt.problems]
    if len(notes) > MOST_NOTES:
        notes = [*notes[:MOST_NOTES], f"And {len(notes) - MOST_NOTES} more like this."]
    people = receipt.pupils_added + receipt.pupils_corrected + receipt.parents_added + receipt.parents_corrected
    spells = receipt.enrolments_added + receipt.enrolments_corrected
    return notes, people + spells + receipt.characteristics_added + receipt.characteristics_ended


def _named(student: Student) -> str:
    return f"{student.forename} {student.surname}".strip() or f"A student without a name ({student.remote_id})"


def remember(feed: Feed, students: Sequence[dict[str, Any]], leavers: Sequence[dict[str, Any]], *, now: dt.datetime) -> None:
    """Keep whom the provider's ids mean. Whoever is among neither students nor leavers is gone: a question, not an answer."""
    told: dict[str, FeedStudent] = {}
    for rows, left in ((leavers, True), (students, False)):
        for row in rows:
            one = wonde_rows.student(row)
            told[one.remote_id] = FeedStudent(
                feed=feed,
                remote_id=one.remote_id,
                upn=one.upn[:20],
                surname=one.surname,
                forename=one.forename,
                dob=one.dob,
                year_group=one.year_group,
                left_on=wonde_rows.left_on(row) if left else None,
            )
    told.pop("", None)
    fields = ["upn", "surname", "forename", "dob", "year_group", "left_on", "gone_at"]
    FeedStudent.objects.bulk_create(
        told.values(), batch_size=1000, update_conflicts=True, unique_fields=["feed", "remote_id"], update_fields=fields
    )
    rest = FeedStudent.objects.filter(feed=feed, gone_at=None, left_on=None).exclude(remote_id__in=list(told))
    if students:  # an empty list is a fault somewhere, not a school without pupils
        rest.update(gone_at=now)


def gone(feed: Feed, *, today: dt.date) -> list[Pupil]:
    """Pupils on the school's roll who are gone from its system without having left: whoever looks after the feed asks the school."""
    numbers = FeedStudent.objects.filter(feed=feed).exclude(gone_at=None).exclude(upn="").values("upn")
    here = Enrolment.objects.filter(school=feed.school).on_roll(today).values("pupil")
    return list(Pupil.objects.filter(upn__in=numbers, pk__in=here).order_by("sort_name", "pk"))
