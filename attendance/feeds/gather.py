"""Fetches one school's round: every answer into one bundle. Reads what the feed has kept, writes nothing to the database."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO, Any

from attendance.feeds import days, roll, schedule
from attendance.feeds.days import Cell
from attendance.feeds.schedule import Round
from attendance.imports import bundle, wonde, wonde_rows
from attendance.imports.bundle import CODES, DELETIONS, LEAVERS, MARKS, STUDENTS
from attendance.imports.wonde import Wonde
from attendance.imports.wonde_rows import Deletion, SessionMark, Student
from attendance.models import Cursor, Feed, FeedStudent

IN_MEMORY = 8 * 1024 * 1024  # bytes of a bundle before it goes to the disk
OVERLAP = dt.timedelta(minutes=2)  # their clock and ours
ROLL_AGAIN = dt.timedelta(hours=1)  # an unknown student has the roll fetched in the middle of a day, at most so often

Moment = Callable[[], dt.datetime]


@dataclass
class Gathered:
    """What a round brought. The bundle's file is at its end until `keep` rewinds it."""

    file: IO[bytes]
    asked_at: dt.datetime  # before the marks were asked for
    marks: list[SessionMark] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    taken_back: list[Cell] = field(default_factory=list)
    students: list[dict[str, Any]] | None = None  # None: not asked for
    leavers: list[dict[str, Any]] = field(default_factory=list)
    cursors: dict[str, dt.datetime] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def deleted_marks(self) -> list[str]:
        return [one.id for one in self.deletions if not one.of_student]


class _Round:
    """One round under way."""

    def __init__(self, client: Wonde, feed: Feed, what: Round, *, today: dt.date, moment: Moment, days_back: int | None) -> None:
        self.client, self.feed, self.what, self.today, self.moment = client, feed, what, today, moment
        self.first_day = today - dt.timedelta(days=days_back) if days_back is not None else None
        self.after = dict(Cursor.objects.filter(feed=feed).values_list("resource", "updated_after"))
        self.got = Gathered(tempfile.SpooledTemporaryFile(IN_MEMORY), moment())  # noqa: SIM115  (closed by who keeps it)
        urn = feed.school.urn if feed.school else feed.urn
        first = {"urn": urn, "school": feed.remote_id, "round": str(what), "asked_at": self.got.asked_at.isoformat()}
        self.writer = bundle.Writer(self.got.file, first)

    def ask(self, resource: str, *, since: bool = False, **wanted: str) -> Iterable[dict[str, Any]]:
        """The rows of a resource; `since` its cursor, which moves to the moment at which we ask."""
        begun = self.moment()
        if since:
            self.got.cursors[resource] = begun
            if resource in self.after:
                # in UTC: a provider that read it as English time would tell us an hour more, never less
                wanted["updated_after"] = f"{self.after[resource].astimezone(dt.UTC) - OVERLAP:%Y-%m-%d %H:%M:%S}"
        for page in self.client.of_school(self.feed.remote_id, self.feed.domain, resource, **wanted):
            self.writer.answer(resource, page.url, page.body)
            yield from page.rows

    def roll(self) -> None:
        self.got.students = list(self.ask(STUDENTS, include=wonde.STUDENT_INCLUDES))
        leavers = self.ask(LEAVERS, since=True, include=wonde.STUDENT_INCLUDES)
        self.got.leavers = roll.recent(leavers, today=self.today)

    def codes(self) -> set[str]:
        """The ids of codes that are explained."""
        return {wonde_rows.identity(row.get("id")) for row in self.ask(CODES)}

    def marks(self) -> None:
        # deletions first: a mark that is deleted and made anew between the two questions is then marked, not taken back
        found = [wonde_rows.deletion(row) for row in self.ask(DELETIONS, since=True)] if DELETIONS in self.after else []
        self.got.cursors.setdefault(DELETIONS, self.moment())  # what was deleted before we began has never reached us
        self.got.deletions = [one for one in found if one is not None and one.id]
        self.got.asked_at = self.moment()
        if MARKS in self.after:
            self.got.marks += map(wonde_rows.mark, self.ask(MARKS, since=True))
        self.got.cursors.setdefault(MARKS, self.got.asked_at)
        if self.what is Round.NIGHT:
            first = self.first_day or schedule.sweep_from(today=self.today, swept_on=self.feed.swept_on)
        elif MARKS not in self.after:
            first = self.today
        else:
            return
        between = {wonde.FROM_DAY: first.isoformat(), wonde.TO_DAY: self.today.isoformat()}
        self.got.marks += map(wonde_rows.mark, self.ask(MARKS, since=False, **between))

    def explained(self, known: set[str]) -> None:
        """Codes of marks that the school's own list leaves out are perhaps on the list for all."""
        wanted = {mark.code_id for mark in self.got.marks if mark.code is None}
        if wanted - known:
            for page in self.client.all_codes():
                self.writer.answer(CODES, page.url, page.body)

    def known_students(self) -> dict[str, Student]:
        """Those whom marks speak of, by id; the roll is fetched if some are new to us."""
        wanted = {mark.student for mark in self.got.marks} | {student for student, _, _ in self.got.taken_back}
        known = self._students(wanted)
        lately = self.feed.students_at is not None and self.got.asked_at - self.feed.students_at < ROLL_AGAIN
        if wanted - known.keys() and self.got.students is None and not lately:
            self.roll()
            known = self._students(wanted)
        strangers = sorted(wanted - known.keys())
        if strangers:
            who = ", ".join(strangers[:5]) + (" and more" if len(strangers) > 5 else "")
            self.got.notes.append(
                f"There are marks for {len(strangers)} that Wonde’s list of students does not have, so those marks came back. "
                f"Ask the school who they are: {who}."
            )
        return known

    def _students(self, wanted: set[str]) -> dict[str, Student]:
        kept = FeedStudent.objects.filter(feed=self.feed, remote_id__in=wanted)
        known = {one.remote_id: Student(one.remote_id, one.upn, one.surname, one.forename, one.dob, one.year_group) for one in kept}
        for row in (*self.got.leavers, *(self.got.students or ())):
            one = wonde_rows.student(row)
            if one.remote_id in wanted:
                known[one.remote_id] = one
        return known

    def run(self) -> Gathered:
        if self.what is Round.NIGHT:
            self.roll()
        known = self.codes()
        self.marks()
        self.explained(known)
        self.got.taken_back, unknown = days.taken_back(self.feed, self.got.deleted_marks, self.got.marks)
        said = {one.id for one in self.got.deletions if one.of_mark} & unknown
        if said:
            marks = "1 mark" if len(said) == 1 else f"{len(said)} marks"
            self.got.notes.append(f"{marks} deleted at the school had never reached Daymark, so nothing was taken back.")
        self.writer.close(self.known_students(), self.got.taken_back)
        return self.got


def gather(client: Wonde, feed: Feed, what: Round, *, today: dt.date, moment: Moment, days_back: int | None = None) -> Gathered:
    """Ask for everything of a round, in series. Raises `wonde.FeedProblem`, having kept nothing."""
    under_way = _Round(client, feed, what, today=today, moment=moment, days_back=days_back)
    try:
        return under_way.run()
    except BaseException:
        under_way.got.file.close()
        raise
