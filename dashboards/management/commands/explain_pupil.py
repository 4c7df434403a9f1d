"""manage.py explain_pupil UPN: what Daymark says of one pupil on a day, and why."""

from __future__ import annotations

import datetime as dt
import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit, clock
from accounts.models import AuditEvent
from attendance.management.commands.figures import a_day
from attendance.words import plural
from dashboards.explain import explain
from schools.models import Pupil


def a_moment(text: str) -> dt.datetime:
    """An ISO moment; without a zone it is meant in England, a bare date means its end."""
    try:
        if len(text) == 10:
            return dt.datetime.combine(a_day(text), dt.time.max, clock.LONDON)
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a moment like 2026-11-20T16:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.LONDON)


class Command(BaseCommand):
    help = "Explain one pupil's figures, penalty notice threshold, days absent in a row, unsettled N and flags."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("upn", help="the pupil's unique pupil number")
        parser.add_argument("--as-of", type=a_day, help="last day of sessions to look at (YYYY-MM-DD; default today)")
        parser.add_argument("--known-at", type=a_moment, help="as the registers were known at this moment (default now)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        upn = options["upn"].strip().upper()
        pupil = Pupil.objects.filter(upn=upn).first() or Pupil.objects.filter(former_upns__upn=upn).first()
        if pupil is None:
            raise CommandError(f"No pupil has the UPN {upn}. Check it, or load the school's roll or an extract that names the pupil.")
        as_of = options["as_of"] or clock.today()
        as_of = as_of if isinstance(as_of, dt.date) else a_day(as_of)
        known_at = options["known_at"]
        known_at = a_moment(known_at) if isinstance(known_at, str) else known_at
        answer = explain(pupil, as_of=as_of, known_at=known_at)
        audit.record("pupil explained", by=None, subject=pupil, kind=AuditEvent.Kind.VIEW, as_of=as_of.isoformat())
        self.stdout.write(json.dumps(answer, indent=2) if options["json"] else in_words(pupil, answer))


def in_words(pupil: Pupil, answer: dict[str, Any]) -> str:
    """The same answer to be read by a person."""
    t, c = answer["penalty_threshold"], answer["continuous_days"]
    lines = [f"{pupil}, UPN {answer['upn']}, sessions to {answer['as_of']}", ""]
    lines += [
        f"School {e['urn']}, on roll from {e['start']}{' to ' + e['end'] if e['end'] else ''}: {_figures(e)}" for e in answer["enrolments"]
    ] or ["On no school's roll in this academic year."]
    lines += [f"All schools together: {_figures(answer['pupil'])}", ""]
    lines.append(_threshold(t))
    lines += [f"  {session}" for session in t["sessions"]]
    run = f"10 school days absent without authority in a row: reached on {c['reached_on']}" if c["met"] else ""
    lines.append(run or "10 school days absent without authority in a row: not reached this academic year")
    lines += [f"N of {n['session']} should have been settled by {n['due']}" for n in answer["n_overdue"]]
    lines += ["", "Flags:" if answer["flags"] else "No flag holds."]
    lines += [f"  {f['code']} since {f['opened']}{' (few sessions)' if f['low_data'] else ''}: {f['reason']}" for f in answer["flags"]]
    return "\n".join(lines)


def _figures(e: dict[str, Any]) -> str:
    share = "attendance not known" if e["attendance_pct"] is None else f"attendance {e['attendance_pct']:.1f}%"
    return (
        f"attended {e['attended']} of {plural(e['possible'], 'session')} ({share}); absent {e['authorised']} authorised, "
        f"{e['unauthorised']} unauthorised; late {e['late']}"
    )


def _threshold(t: dict[str, Any]) -> str:
    age = "" if t["age_known"] else "; date of birth not known"
    if not t["eligible"]:
        met = "does not apply this academic year (not of compulsory school age, or no school that it applies to)"
    else:
        met = f"met on {t['met_on']} {t['session']}" if t["met"] else "not met this academic year"
    n = f", of which {t['provisional_n']} N not yet settled" if t["provisional_n"] else ""
    safe = f"; last safe day to lay an information for all of them {t['last_safe_day']}" if t["last_safe_day"] else ""
    return f"Penalty notice threshold: {met}; {plural(t['count'], 'unauthorised session')} in the window now{n}{age}{safe}"
