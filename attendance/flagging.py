"""Keeps the stored flags true: opens, renews and clears them in bulk. A flag is never deleted.

Every flag is worked out afresh by attendance.flags for the pupils concerned; this module only compares and writes. Marks are
put right after the event, so what is gone is compared too: a flag that, by the marks as known now, did not hold on the day it
was opened is withdrawn and no part of the child's history; one that was cleared by marks since put right is open again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from attendance import flag_codes, flag_counts, histories, matrix
from attendance.flags import Finding
from attendance.histories import History
from attendance.models import Flag
from schools.lookups import array
from schools.models import Enrolment, PolicyValue, Pupil


@dataclass(frozen=True, slots=True)
class FlagChanges:
    opened: int
    cleared: int
    reopened: int = 0
    withdrawn: int = 0


@dataclass(slots=True)
class Kept:
    """A flag as it stands in its table."""

    pk: int
    pupil: int
    code: str
    year: int
    opened: dt.date
    cleared: dt.date | None
    withdrawn: dt.date | None
    reason: str
    low_data: bool
    evidence: str  # as JSON
    policy_version: str

    def says(self, finding: Finding, version: str) -> bool:
        ours = (self.opened, self.reason, self.low_data, self.policy_version)
        if ours != (finding.opened, finding.reason, finding.low_data, version):
            return False
        return self.evidence == as_kept(finding.evidence) or bool(json.loads(self.evidence) == finding.evidence)

    def say(self, finding: Finding, version: str) -> Kept:
        self.opened, self.reason, self.low_data = finding.opened, finding.reason, finding.low_data
        self.evidence, self.policy_version = as_kept(finding.evidence), version
        return self


def as_kept(evidence: dict[str, Any]) -> str:
    """Evidence as the database writes JSON, short keys first, so that what says the same is mostly seen from the text alone."""
    return _ENCODE({key: evidence[key] for key in _in_order(tuple(evidence))})


@cache
def _in_order(keys: tuple[str, ...]) -> list[str]:
    return sorted(keys, key=lambda key: (len(key), key))


_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


@transaction.atomic
def refresh(*, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime) -> FlagChanges:
    """Work out today's flags of these pupils, of all who are or were on these schools' rolls, or (neither) of everyone.

    A flag whose rule no longer holds, or whose pupil is on no roll any more, is cleared as of today.
    One that by now is known never to have held is withdrawn too.
    """
    asked = _hold(pupils, schools)
    policy, year = PolicyValue.objects.in_force(today), matrix.academic_year(today)
    stored = _stored(asked, today)
    on_roll: set[int] = set()

    def only(history: History) -> NDArray[np.int64]:
        """Of those on roll the ones who may be flagged, and whoever is or was."""
        on_roll.update(here := history.on_roll(today).tolist())
        may = np.intersect1d(histories.worth_judging(history, policy), np.array(here, np.int64))
        return np.union1d(may, np.array(list(stored), np.int64))

    found: dict[tuple[int, str], Finding] = {}
    held: dict[int, bool | None] = {}
    for judged in histories.judge_pupils(pupils=asked, day=today, policy=policy, only=only):
        ids = judged.pupils.tolist()
        here = np.isin(judged.pupils, np.array(list(on_roll), np.int64))
        for code in flag_codes.CODES:
            holding = judged.judgement.holding(code)
            holding = holding[here[holding]]
            for at, finding in zip(holding.tolist(), judged.judgement.findings_of(code, holding), strict=True):
                found[ids[at], code] = finding
        for at, pupil in enumerate(ids):
            for flag in stored.get(pupil, ()):
                # measured by the policy it was opened under: a new one makes no untruth of it
                if flag.policy_version == policy.version and (flag.cleared or flag.year != year or (pupil, flag.code) not in found):
                    held[flag.pk] = judged.judgement.held_on(flag.code, at, flag.opened)
    every = [flag for of_pupil in stored.values() for flag in of_pupil]
    past = [flag for flag in every if flag.cleared is not None]
    standing = _write_standing([flag for flag in every if flag.cleared is None], found, held, policy.version, today, now)
    again = _write_past(past, found, held, policy.version, today, now)
    _insert(found, year, policy.version, now)
    flag_counts.recount(asked, today=today)
    return FlagChanges(len(found), standing.cleared, again.reopened, standing.withdrawn + again.withdrawn)


def _hold(pupils: Iterable[int] | None, schools: Iterable[int] | None) -> list[int] | None:
    """Hold the pupils meant until the transaction ends, and say who they are; None = everyone. One who has left a school may
    hold flags still, so leavers are among them.

    Loads of two schools may concern one pupil, and whoever writes a pupil's flags last has read the registers last. In one
    order for everybody, so that nobody waits in a circle.
    """
    everyone = pupils is None and schools is None
    asked = set(pupils or ())
    if schools:  # asked first: told both at once, PostgreSQL goes through every pupil of the authority
        asked.update(Enrolment.objects.filter(school__any_of=list(schools)).values_list("pupil", flat=True))
    with connection.cursor() as cursor:
        mine = "true" if everyone else "p.id = any(%s::bigint[])"
        cursor.execute(
            f"select p.id from {Pupil._meta.db_table} p where {mine} order by p.id for no key update",  # noqa: S608
            [] if everyone else [array(asked)],
        )
        return None if everyone else [pk for (pk,) in cursor.fetchall()]


def _stored(asked: list[int] | None, today: dt.date) -> dict[int, list[Kept]]:
    """By pupil: flags that are open, and past ones of the two years that the rules read."""
    who = "" if asked is None else "and pupil_id = any(%(asked)s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select id, pupil_id, code, year, opened, cleared, withdrawn, reason, low_data, evidence, policy_version
            from {Flag._meta.db_table} where (cleared is null or opened >= %(recent)s) {who} order by id
            """,  # noqa: S608
            {"recent": matrix.year_start(matrix.academic_year(today) - 1), "asked": array(asked or ())},
        )
        rows = cursor.fetchall()
    found: dict[int, list[Kept]] = defaultdict(list)
    for row in rows:
        found[row[1]].append(Kept(*row))
    return found


def _write_standing(
    standing: Iterable[Kept],
    found: dict[tuple[int, str], Finding],
    held: dict[int, bool | None],
    version: str,
    today: dt.date,
    now: dt.datetime,
) -> FlagChanges:
    """Renew the open flags that were found again, clear the others. Takes what it has used out of `found`."""
    year = matrix.academic_year(today)
    renewed: list[Kept] = []
    cleared: list[Kept] = []
    for flag in standing:
        finding = found.pop((flag.pupil, flag.code), None)
        if finding is None or _another_year(flag, finding, year):
            flag.cleared = max(today, flag.opened)
            flag.withdrawn = today if held.get(flag.pk) is False else None
            cleared.append(flag)
            if finding is not None:
                found[flag.pupil, flag.code] = finding
        elif not flag.says(finding, version):
            renewed.append(flag.say(finding, version))
    _end(cleared, now)
    _renew(renewed, now)
    return FlagChanges(0, len(cleared), withdrawn=sum(flag.withdrawn is not None for flag in cleared))


def _write_past(
    past: Sequence[Kept],
    found: dict[tuple[int, str], Finding],
    held: dict[int, bool | None],
    version: str,
    today: dt.date,
    now: dt.datetime,
) -> FlagChanges:
    """Open again what was cleared by marks since put right; withdraw what never held, and believe again what did after all."""
    reopened: list[Kept] = []
    judged_anew: list[Kept] = []
    for flag in reversed(past):  # the newest first: of several only one may be open
        finding = found.get((flag.pupil, flag.code))
        if finding is not None and finding.opened == flag.opened:  # it has held without a break, so the clearing was wrong
            flag.cleared = flag.withdrawn = None
            reopened.append(flag.say(found.pop((flag.pupil, flag.code)), version))
        elif (says := held.get(flag.pk)) is not None and says == (flag.withdrawn is not None):
            flag.withdrawn = None if says else today
            judged_anew.append(flag)
    _end([*reopened, *judged_anew], now)
    _renew(reopened, now)
    return FlagChanges(0, 0, len(reopened), sum(flag.withdrawn is not None for flag in judged_anew))


def _another_year(flag: Kept, finding: Finding, year: int) -> bool:
    """A rule of one academic year: last year's flag ends, and this year's is another."""
    return flag.year != year and finding.code in flag_codes.OF_ONE_YEAR


def _insert(found: dict[tuple[int, str], Finding], year: int, version: str, now: dt.datetime) -> None:
    columns = "pupil_id, code, year, opened, reason, low_data, evidence, policy_version, noticed_at, changed_at"
    if not found:
        return
    with connection.cursor() as cursor, cursor.copy(f"copy attendance_flag ({columns}) from stdin") as copy:
        for (pupil, code), f in sorted(found.items()):
            copy.write_row((pupil, code, year, f.opened, f.reason, f.low_data, as_kept(f.evidence), version, now, now))


def _end(flags_: list[Kept], now: dt.datetime) -> None:
    """Write when flags were cleared and withdrawn, or that they were not."""
    if not flags_:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update attendance_flag f set cleared = e.cleared, withdrawn = e.withdrawn, changed_at = %s "
            "from unnest(%s::bigint[], %s::date[], %s::date[]) e (id, cleared, withdrawn) where f.id = e.id and f.id = any(%s::bigint[])",
            [now, (ids := array(f.pk for f in flags_)), [f.cleared for f in flags_], [f.withdrawn for f in flags_], ids],
        )


def _renew(flags_: list[Kept], now: dt.datetime) -> None:
    """New evidence for flags that stand: COPY to a temporary table, then one UPDATE, as the registers are written."""
    if not flags_:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table if not exists renewed_flags "
            "(id bigint, opened date, reason text, low_data boolean, evidence jsonb, policy_version text) on commit delete rows; "
            "delete from renewed_flags"
        )
        with cursor.copy("copy renewed_flags from stdin") as copy:
            for f in flags_:
                copy.write_row((f.pk, f.opened, f.reason, f.low_data, f.evidence, f.policy_version))
        cursor.execute(
            "update attendance_flag f set opened = r.opened, reason = r.reason, low_data = r.low_data, evidence = r.evidence, "
            "policy_version = r.policy_version, changed_at = %s from renewed_flags r "
            "where f.id = r.id and f.id = any(%s::bigint[])",  # by their keys: no look at all others
            [now, array(f.pk for f in flags_)],
        )
