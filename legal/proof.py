"""The threshold's proof of a pupil: which sessions stand in the register, live or as known at a moment.

What a request was submitted with is proved by those very sessions: weeks that have gone by since do not undo a threshold
that was met, corrected marks do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from attendance import histories, matrix, register
from attendance import lines as lines_
from attendance.codes import BY_BYTE, Class, classes
from attendance.lines import Facts, Lines
from attendance.threshold import Threshold
from legal import checklist, tools
from legal.penalty import session_of
from schools import ages
from schools.models import Enrolment, Pupil
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Proof:
    """What the rule says of one pupil on a day. Sessions are written "2026-11-09 AM=G"."""

    number: int  # how many sessions the threshold needs
    weeks: int
    eligible: bool
    window: tuple[str, ...]  # unauthorised sessions in the school weeks up to `until`
    until: dt.date
    met_on: dt.date | None
    policy_version: str

    @property
    def met(self) -> bool:
        return self.eligible and len(self.window) >= self.number

    @property
    def unsettled(self) -> int:
        """Sessions that stand at N and may yet become authorised."""
        return unsettled(self.window)

    @property
    def words(self) -> str:
        unsettled = f" (of which {self.unsettled} × N, not settled)" if self.unsettled else ""
        return f"{len(self.window)} unauthorised sessions{unsettled} in {self.weeks} school weeks; {self.number} are needed"


def wrong_route(route: str, sessions: Sequence[str], number: int) -> str:
    """A holiday request skips what shows that support came first: it needs a holiday as long as the threshold, G by G."""
    if route != checklist.HOLIDAY or holidays(sessions) >= number:
        return ""
    return (
        f"{holidays(sessions)} of the {len(sessions)} sessions are G (holiday): a holiday request needs {number}. With less it is "
        "ongoing absence."
    )


def holidays(sessions: Iterable[str]) -> int:
    return sum(said.endswith("=G") for said in sessions)


def unsettled(sessions: Iterable[str]) -> int:
    return sum(said.endswith("=N") for said in sessions)


def prove(pupil: Pupil, *, day: dt.date, policy: Policy, known_at: dt.datetime | None = None) -> Proof:
    """Does the pupil's register reach the threshold on `day`, and with which sessions?"""
    return prove_each([pupil.pk], day=day, policy=policy, known_at=known_at)[pupil.pk]


def prove_each(pupils: Iterable[int], *, day: dt.date, policy: Policy, known_at: dt.datetime | None = None) -> dict[int, Proof]:
    """The same of each of these pupils."""
    number, weeks = policy["threshold_sessions"], policy["threshold_weeks"]
    found = {pupil: Proof(number, weeks, False, (), day, None, policy.version) for pupil in pupils}
    for judged in histories.judge_pupils(pupils=list(found), day=day, policy=policy, known_at=known_at):
        for row, pupil in enumerate(judged.pupils.tolist()):
            found[pupil] = _proof(judged.judgement.threshold, row, day, number, weeks, policy.version)
    return found


def _proof(rule: Threshold, row: int, day: dt.date, number: int, weeks: int, version: str) -> Proof:
    until, window = day, np.flatnonzero(rule.window[row] & rule.sessions[row])
    # sessions in the window at which the count, in the weeks that ended with theirs, had reached the threshold
    reached = np.flatnonzero(rule.window[row] & rule.sessions[row] & (rule.running[row] >= rule.number))
    if len(window) < number and len(reached):
        # met, and since then the window has moved on: what was met stays met while it is that recent
        last = int(reached[-1])
        until, window = rule.lines.date(last // 2), np.flatnonzero(rule.sessions[row, : last + 1])[-int(rule.running[row, last]) :]
    met_on = rule.lines.date(int(reached[0]) // 2) if len(reached) else None
    said = tuple(
        f"{matrix.Session(rule.lines.date(at // 2), bool(at % 2))}={BY_BYTE[int(rule.marks[row, at])].code}" for at in window.tolist()
    )
    return Proof(number, weeks, bool(rule.eligible[row, -1]), said, until, met_on, version)


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of sessions that were relied on: those still unauthorised, and those that are not."""

    stand: tuple[str, ...]  # with the mark as it is now
    changed: Mapping[str, str]  # by session: "2026-11-09 AM: G, now I"


def stand(sessions: Mapping[int, Iterable[str]], *, day: dt.date, known_at: dt.datetime | None = None) -> dict[int, Standing]:
    """By pupil: which of these sessions are unauthorised in the registers of eligible schools, while of compulsory age.

    The same merging of a pupil's schools as the threshold's, without its windows: read from the pupils' own registers only.
    """
    wanted = {pupil: list(every) for pupil, every in sessions.items()}
    if not any(wanted.values()):
        return {pupil: Standing((), {}) for pupil in wanted}
    first = min(_when(said)[0] for every in wanted.values() for said in every)
    lines = _lines(wanted, first, day, known_at)
    if lines is None:
        return {pupil: Standing((), {session_of(said): _now(said, "") for said in every}) for pupil, every in wanted.items()}
    pupils, at = lines
    marks = at.merged(at.eligible)
    unauthorised, of_age = classes(marks) == Class.UNAUTHORISED, np.repeat(at.of_age, 2, axis=1)
    found = {}
    for pupil, every in wanted.items():
        row = pupils.get(pupil, -1)
        standing, changed = [], {}
        for said in every:
            session_day, pm = _when(said)
            column = (session_day - at.first).days * 2 + pm
            inside = row >= 0 and column < marks.shape[1]
            code = register.code_of(int(marks[row, column])) if inside else ""
            if inside and unauthorised[row, column] and of_age[row, column]:
                standing.append(f"{session_of(said)}={code}")
            elif inside and unauthorised[row, column]:
                changed[session_of(said)] = f"{session_of(said)}: {code}, outside compulsory school age"
            else:
                changed[session_of(said)] = _now(said, code)
        found[pupil] = Standing(tuple(standing), changed)
    return found


def _now(said: str, code: str) -> str:
    session, _, was = said.partition("=")
    return f"{session}: {was}, now {code or 'no mark'}"


def _when(said: str) -> tuple[dt.date, int]:
    day, half = session_of(said).split(" ")
    return dt.date.fromisoformat(day), int(half == "PM")


def _lines(pupils: Iterable[int], first: dt.date, day: dt.date, known_at: dt.datetime | None) -> tuple[dict[int, int], Lines] | None:
    """The pupils' enrolments side by side from the academic year of `first` on, and the row of each pupil."""
    start = matrix.year_start(matrix.academic_year(first))
    table = list(
        Enrolment.objects.filter(pupil__in=list(pupils))
        .touching(start, day)
        .order_by("pupil_id", "pk")
        .values_list("pk", "pupil_id", "start", "end", "school__independent", "pupil__dob")
    )
    if not table:
        return None
    ids = np.array([row[0] for row in table], np.int64)
    years = register.read_years(matrix.years_between(start, day), enrolments=ids.tolist(), known_at=known_at)
    marks = {year: _in_order(rows, ids) for year, rows in years.items()}
    every, of = np.unique(np.array([row[1] for row in table], np.int64), return_inverse=True)
    dobs = {row[1]: row[5] for row in table}
    days = (day - start).days + 1
    columns = np.arange(days)

    def between(spans: list[tuple[dt.date, dt.date]]) -> lines_.Bools:
        low, high = (np.array([(span[end] - start).days for span in spans])[:, None] for end in (0, 1))
        return (columns >= low) & (columns <= high)

    return {int(pupil): row for row, pupil in enumerate(every.tolist())}, Lines(
        first=start,
        day=day,
        at=columns,
        marks=lines_.cut(marks, start, columns, len(ids)),
        inside=between([(row[2], row[3] or dt.date.max) for row in table]),
        pupil=of,
        school=np.zeros(len(ids), np.intp),
        eligible=~np.array([row[4] for row in table], np.bool_),
        open=np.ones((1, days), np.bool_),  # which days count was settled when the sessions were relied on
        of_age=between([_of_age(dobs[pupil]) for pupil in every.tolist()]),
        facts=Facts.none(len(every), days),
    )


def _in_order(rows: register.Rows, ids: np.ndarray) -> matrix.Marks:
    marks = matrix.blank(len(ids))
    _, theirs, ours = np.intersect1d(rows.enrolments, ids, assume_unique=True, return_indices=True)
    marks[ours] = rows.marks[theirs]
    return marks


def _of_age(dob: dt.date | None) -> tuple[dt.date, dt.date]:
    return (dt.date.min, dt.date.max) if dob is None else (ages.compulsory_from(dob), ages.compulsory_until(dob))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sessions that a decision may rest on, or why it cannot."""

    sessions: tuple[str, ...]
    problem: str  # "" where there is none


def evidence(pupil: Pupil, submitted: list[str], *, day: dt.date, policy: Policy, known_at: dt.datetime | None = None) -> Evidence:
    """The submitted sessions that still stand, if they reach the threshold; else what stands in the window today."""
    number = policy["threshold_sessions"]
    standing = stand({pupil.pk: submitted}, day=day, known_at=known_at)[pupil.pk]
    sessions = standing.stand
    if len(sessions) < number:
        proof = prove(pupil, day=day, policy=policy, known_at=known_at)
        if not proof.met:
            if too_old := tools.beyond_age(str(pupil), pupil.dob, submitted):
                return Evidence((), too_old)
            return Evidence((), not_met(len(sessions), tuple(standing.changed.values()), number, proof))
        sessions = proof.window
    if waiting := unsettled(sessions):
        return Evidence(sessions, f"{len(sessions)} sessions, {including(waiting)}: settle them first.")
    return Evidence(sessions, "")


def including(waiting: int) -> str:
    return f"incl. {waiting} × N"


def not_met(left: int, changed: tuple[str, ...], number: int, proof: Proof) -> str:
    what = f" Changed since: {'; '.join(changed)}." if changed else ""
    return (
        f"The threshold is no longer met: {left} of the sessions submitted still stand, {number} are needed."
        f"{what} In the {proof.weeks} school weeks up to today there are {len(proof.window)}."
    )
