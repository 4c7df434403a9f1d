"""Keeps the stored flags true: opens, renews and clears them in bulk. A flag is never deleted.

Every flag is worked out afresh by attendance.flags for the pupils concerned; this module only compares and writes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from attendance import flags, histories, matrix
from attendance.flags import Finding
from attendance.models import Flag
from schools.models import Enrolment, PolicyValue

_LOCK = 7302  # one writer of flags at a time: loads of two schools may concern one pupil


@dataclass(frozen=True, slots=True)
class FlagChanges:
    opened: int
    cleared: int


@transaction.atomic
def refresh(*, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime) -> FlagChanges:
    """Work out today's flags of these pupils, of all who are or were on these schools' rolls, or (neither) of everyone.

    A flag whose rule no longer holds, or whose pupil is on no roll any more, is cleared as of today.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    asked = _asked(pupils, schools)
    policy = PolicyValue.objects.in_force(today)
    on_roll = Enrolment.objects.on_roll(today)
    ids = set((on_roll if asked is None else on_roll.filter(pupil__in=asked)).values_list("pupil", flat=True))
    found: dict[tuple[int, str], Finding] = {}
    for judged in histories.judge_pupils(pupils=None if asked is None else ids, day=today, policy=policy):
        for at in sorted({int(i) for code in flags.CODES for i in judged.judgement.holding(code)}):
            if (pupil := int(judged.pupils[at])) in ids:
                found |= {(pupil, finding.code): finding for finding in judged.judgement.findings(at)}
    standing = Flag.objects.open()
    return _write(standing if asked is None else standing.filter(pupil__in=asked), found, policy.version, today, now)


def _asked(pupils: Iterable[int] | None, schools: Iterable[int] | None) -> set[int] | None:
    """The pupils meant; None = everyone. One who has left a school may hold flags still, so leavers are among them."""
    if pupils is None and schools is None:
        return None
    asked = set(pupils or ())
    if schools is not None:
        asked |= set(Enrolment.objects.filter(school__in=list(schools)).values_list("pupil", flat=True))
    return asked


def _write(standing: Iterable[Flag], found: dict[tuple[int, str], Finding], version: str, today: dt.date, now: dt.datetime) -> FlagChanges:
    year = matrix.academic_year(today)
    renewed: list[Flag] = []
    cleared: list[Flag] = []
    checked: list[int] = []
    for flag in standing:
        finding = found.pop((flag.pupil_id, flag.code), None)
        if finding is None or _another_year(flag, finding, year):
            flag.cleared, flag.checked_at = max(today, flag.opened), now
            cleared.append(flag)
            if finding is not None:
                found[flag.pupil_id, flag.code] = finding
        else:
            checked.append(flag.pk)
            if _differs(flag, finding, version):
                renewed.append(_fill(flag, finding, version, now))
    Flag.objects.bulk_update(cleared, ["cleared", "checked_at"], batch_size=2000)
    _renew(renewed)
    Flag.objects.filter(pk__in=checked).update(checked_at=now)
    opened = [
        _fill(Flag(pupil_id=pupil, code=code, year=year, noticed_at=now), finding, version, now)
        for (pupil, code), finding in sorted(found.items())
    ]
    Flag.objects.bulk_create(opened, batch_size=2000)
    return FlagChanges(len(opened), len(cleared))


def _another_year(flag: Flag, finding: Finding, year: int) -> bool:
    """Persistent and severe absence are of one academic year: last year's flag ends, and this year's is another."""
    return flag.year != year and finding.code in (flags.PERSISTENT, flags.SEVERE)


def _fill(flag: Flag, finding: Finding, version: str, now: dt.datetime) -> Flag:
    flag.opened, flag.reason, flag.low_data = finding.opened, finding.reason, finding.low_data
    flag.evidence, flag.policy_version, flag.checked_at = finding.evidence, version, now
    return flag


def _differs(flag: Flag, finding: Finding, version: str) -> bool:
    return (flag.opened, flag.reason, flag.low_data, flag.evidence, flag.policy_version) != (
        finding.opened,
        finding.reason,
        finding.low_data,
        finding.evidence,
        version,
    )


def _renew(flags_: list[Flag]) -> None:
    """New evidence for flags that stand: COPY to a temporary table, then one UPDATE, as the registers are written."""
    if not flags_:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table if not exists renewed_flags "
            "(id bigint, opened date, reason text, low_data boolean, evidence jsonb, policy_version text) on commit drop"
        )
        cursor.execute("truncate renewed_flags")
        with cursor.copy("copy renewed_flags from stdin") as copy:
            for f in flags_:
                copy.write_row((f.pk, f.opened, f.reason, f.low_data, json.dumps(f.evidence), f.policy_version))
        cursor.execute(
            "update attendance_flag f set opened = r.opened, reason = r.reason, low_data = r.low_data, evidence = r.evidence, "
            "policy_version = r.policy_version from renewed_flags r where f.id = r.id"
        )
