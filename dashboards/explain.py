"""Everything the rules say of one pupil on a day, with the evidence: the command's answer and the pupil page's source."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from attendance import flag_codes, flags, histories, matrix, rates, sentences
from attendance.codes import BY_BYTE, N_BYTE
from attendance.histories import Judged
from attendance.matrix import Session
from attendance.rates import Figures
from legal import clocks
from legal.reports import available_by_parent
from schools.calendar import monday_of
from schools.models import Enrolment, PolicyValue, Pupil
from schools.policy import Policy


def explain(pupil: Pupil, *, as_of: dt.date, known_at: dt.datetime | None = None) -> dict[str, Any]:
    """Figures from 1 August to `as_of`, threshold, runs, unsettled N and flags; marks as known now, or at a moment.

    `as_of` cuts by session date only. The keys and their types are a contract that other programs rely on.
    """
    policy = PolicyValue.objects.in_force(as_of)
    judged = _judged(pupil, as_of, known_at, policy)
    threshold = _threshold(pupil, judged)
    left = available_by_parent(pupil, threshold["sessions"], issued_by=as_of)
    threshold["available_by_parent"] = [{"parent": parent, "available": number} for parent, number in left.items()]
    safe = clocks.last_safe(threshold["sessions"], as_of)
    threshold["last_safe_day"] = safe.whole.isoformat() if safe else None  # to lay an information for every session counted
    return {
        "upn": pupil.upn,
        "as_of": as_of.isoformat(),
        "enrolments": _enrolments(pupil, judged, as_of, policy),
        "pupil": _rates(judged.judgement.figures(0) if judged else Figures(), policy),
        "penalty_threshold": threshold,
        "continuous_days": _continuous(judged),
        "n_overdue": _overdue(judged, matrix.year_start(matrix.academic_year(as_of)), policy),
        "flags": [
            {"code": f.code, "opened": f.opened.isoformat(), "reason": f.reason, "low_data": f.low_data}
            for f in (judged.judgement.findings(0) if judged else [])
        ],
    }


def standing(pupil: Pupil, *, as_of: dt.date, policy: Policy) -> dict[str, Any]:
    """What of `explain` the pupil's page says in its own words: threshold, unsettled N and how many sessions the year has room for,
    without the queries for the rest.
    """
    judged = _judged(pupil, as_of, None, policy)
    return {
        "room": sentences.room(judged.judgement, 0) if judged else None,
        "penalty_threshold": _threshold(pupil, judged) | _window(judged, policy),
        "n_overdue": _overdue(judged, matrix.year_start(matrix.academic_year(as_of)), policy),
    }


def _judged(pupil: Pupil, as_of: dt.date, known_at: dt.datetime | None, policy: Policy) -> Judged | None:
    return next(histories.judge_pupils(pupils=[pupil.pk], day=as_of, policy=policy, known_at=known_at), None)


def _rates(figures: Figures, policy: Policy) -> dict[str, Any]:
    return {
        "possible": figures.possible,
        "attended": figures.attended,
        "authorised": figures.authorised,
        "unauthorised": figures.unauthorised,
        "late": figures.late,
        "attendance_pct": figures.attendance_pct,
        "persistent_absence": bool(rates.misses(figures.absent, figures.possible, policy["persistent_percent"])),
        "severe_absence": bool(rates.misses(figures.absent, figures.possible, policy["severe_percent"])),
    }


def _enrolments(pupil: Pupil, judged: Judged | None, as_of: dt.date, policy: Policy) -> list[dict[str, Any]]:
    """Every spell that touches the academic year up to `as_of`, by start then URN; two spells at one school are two."""
    if judged is None:
        return []
    counts = flags.counts(judged.judgement.lines)
    figures = {pk: rates.figures(row) for pk, row in zip(judged.enrolments.tolist(), counts, strict=True)}
    first = matrix.year_start(matrix.academic_year(as_of))
    spells = Enrolment.objects.filter(pupil=pupil).touching(first, as_of).order_by("start", "school__urn", "pk")
    return [
        {"urn": urn, "start": start.isoformat(), "end": end.isoformat() if end else None, **_rates(figures[pk], policy)}
        for pk, urn, start, end in spells.values_list("pk", "school__urn", "start", "end")
    ]


def _threshold(pupil: Pupil, judged: Judged | None) -> dict[str, Any]:
    rule = judged.judgement.threshold if judged else None
    met = rule.met(0) if rule else None
    sessions = rule.in_window(0) if rule else []
    return {
        "eligible": bool(rule and rule.eligible[0, -1]),
        "age_known": pupil.dob is not None,
        "met": met is not None,
        "met_on": met.date.isoformat() if met else None,
        "session": ("PM" if met.pm else "AM") if met else None,
        "count": len(sessions),
        "provisional_n": sum(mark == N_BYTE for _, mark in sessions),
        "sessions": [f"{session}={BY_BYTE[mark].code}" for session, mark in sessions],
    }


def _window(judged: Judged | None, policy: Policy) -> dict[str, Any]:
    """What the count is measured by, the last of its school weeks, and where the threshold was reached in an earlier year
    and is so still, the session at which it was."""
    said: dict[str, Any] = {"number": policy["threshold_sessions"], "weeks": policy["threshold_weeks"], "week": None, "before": None}
    if judged is None:
        return said
    rule, lines = judged.judgement.threshold, judged.judgement.lines
    if rule.window[0].any():
        said["week"] = monday_of(lines.date(int(np.flatnonzero(rule.window[0])[-1]) // 2))
    since = int(judged.judgement.opened[flag_codes.THRESHOLD][0])
    if since < lines.span:  # it has held since a day before 1 August
        said["before"] = rule.reached_on(0, since) or Session(lines.date(since), True)
    return said


def _continuous(judged: Judged | None) -> dict[str, Any]:
    reached = judged.judgement.spells.reached_on(0) if judged else None
    return {"met": reached is not None, "reached_on": reached.isoformat() if reached else None}


def _overdue(judged: Judged | None, first: dt.date, policy: Policy) -> list[dict[str, str]]:
    if judged is None:
        return []
    found = flags.overdue(judged.judgement.lines, judged.calendars, 0, school_days=policy["n_school_days"], first=first)
    return [{"session": str(item.session), "due": item.due.isoformat()} for item in found]
