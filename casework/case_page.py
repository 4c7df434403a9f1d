"""What one case's page shows, gathered with few queries. A school is shown its summary: never a contact, never an unshared line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from attendance import flag_codes, matrix
from attendance.models import Flag
from attendance.rates import Figures
from attendance.reports import coverage
from attendance.reports.schools import latest_sessions
from casework import assessing, considering, family, planning, sessions, stages
from casework.actions.moving import MOVABLE
from casework.forms.contacts import CallForm
from casework.models import Case, CaseFile, CaseQuerySet, Entry, Plan, PlanAction, SequenceChoice, sequences
from casework.sessions import Sessions
from casework.stages import Sequence
from schools.models import Enrolment, Pupil

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """A stage the case might go to, and why not where it may not."""

    code: str
    name: str
    sentence: str
    allowed: bool
    reason: str


def offers(case: Case, *, has_plan: bool, chosen: Sequence) -> list[Offer]:
    """`chosen`: the sequence in which the authority works today."""
    here, has_officer = case.at.code, case.officer_id is not None
    found = []
    for step in stages.within_reach(here, chosen=chosen):
        move = stages.move(here, step.code, has_officer=has_officer, has_plan=has_plan, chosen=chosen)
        over = f", in the sequence “{chosen.name}”" if stages.SEQUENCE_OF[step.code] is not stages.SEQUENCE_OF[here] else ""
        found.append(
            Offer(step.code, f"{step.name}{over}", f"{step.sentence} {step.owner.value} has it in hand.", move.allowed, move.reason)
        )
    return found


def school_days_at(case: Case, *, today: dt.date) -> int | None:
    """School days since it came to its step, by its school's calendar; None where that was before this academic year. Two queries."""
    if case.stage_since < matrix.year_start(matrix.academic_year(today)):
        return None
    calendar = coverage.sent([case.school_id], today=today).calendar(case.school_id, today=today)
    return stages.school_days_since(case.stage_since, today, calendar)


def open_flags(pupil: Pupil) -> list[Flag]:
    return in_order(Flag.objects.open().filter(pupil=pupil))


def in_order(flags: Iterable[Flag]) -> list[Flag]:
    return sorted(flags, key=lambda flag: flag_codes.URGENT.index(flag.code))


@dataclass(frozen=True, slots=True)
class Around:
    """The pupil's sessions in as many days before the case was opened as it has been open, and since."""

    first: dt.date
    before: Figures
    since: Figures
    last: dt.date


def attendance(case: Case, found: Sessions, *, today: dt.date) -> tuple[Figures, Around | None]:
    """The academic year so far; and before and since, unless the case is of today: there is nothing to compare yet."""
    last = case.closed or today
    first = case.opened - (last - case.opened)
    year = found.between(matrix.year_start(matrix.academic_year(today)), today)
    if first >= last:
        return year, None
    before = found.between(first, case.opened - dt.timedelta(days=1))
    return year, Around(first, before, found.between(case.opened, last), last)


def _looked_back(case: Case, plan: Plan | None, *, today: dt.date) -> dt.date:
    """The first day that the page asks sessions of."""
    last = case.closed or today
    firsts = [matrix.year_start(matrix.academic_year(today)), case.opened - (last - case.opened)]
    return min(firsts + ([plan.start - (last - plan.start) - dt.timedelta(days=1)] if plan else []))


_OTHER = ("pk", "reason", "opened", "closed", "outcome", "stage")


def with_rows(cases: CaseQuerySet, user: User, *, today: dt.date) -> CaseQuerySet:
    """Adds what the page shows beside the case itself, in the same query: its assessment, considerations, other cases of the child, and
    the sequence in which the authority works."""
    one = Q(pupil=OuterRef("pupil")) | Q(pupil__merged_into=OuterRef("pupil"))
    others = Case.objects.visible_to(user).filter(one).exclude(pk=OuterRef("pk")).order_by("-opened", "-pk")
    found = considering.with_rows(assessing.with_standing(cases), user)
    return found.annotate(
        other_rows=ArraySubquery(others.values(row=JSONObject(**{name: name for name in _OTHER}))),
        sequence=Subquery(SequenceChoice.objects.said(today).values("sequence")[:1]),
    )


def _others(case: Case) -> list[Case]:
    rows: list[dict[str, Any]] = case.other_rows or []  # type: ignore[attr-defined]
    days = ("opened", "closed")
    return [Case(**row | {name: dt.date.fromisoformat(row[name]) for name in days if row[name]}) for row in rows]


def gather(case: Case, user: User, *, today: dt.date, kind: str, page: str | None) -> dict[str, Any]:
    """`case` was read `reports.with_work` and `with_rows`."""
    whole = user.as_role.in_authority
    enrolments = list(Enrolment.objects.of_pupil(case.pupil, user).select_related("school").order_by("-start", "pk"))
    current = [e for e in enrolments if e.start <= today and (e.end is None or e.end >= today)]
    latest = latest_sessions([e.school_id for e in enrolments], today=today)
    plans = _plans(case, user)
    ties = family.ties_of(case.pupil) if whole else []
    plan = next((p for p in plans if p.ended is None), None)
    seen = sessions.read(enrolments, _looked_back(case, plan, today=today), today)
    figures, around = attendance(case, seen, today=today)
    flags = in_order(considering.flags_of(case.pupil, user, today=today))
    return {
        "case": case,
        "pupil": case.pupil,
        "today": today,
        "whole": whole,
        "year": matrix.academic_year(today),
        "current": current,
        "elsewhere": case.closed is None and all(e.school_id != case.school_id for e in current),
        "figures": figures,
        "latest": max((session.date for session in latest.values()), default=None),
        "around": around,
        "family": family.of(case.pupil, user, today=today, ties=ties) if whole else None,
        "earlier": _others(case),
        "flags": flags,
        **considering.of_page(case, user, flags, today=today),
        "plan": plan,
        **planning.of_plan(plan, seen, today=today),
        "assessment": assessing.standing(case),
        "past_plans": [p for p in plans if p is not plan],
        "left": case.closed is None and case.officer_id is not None and not case.held,  # type: ignore[attr-defined]
        "review_overdue": bool(plan and plan.review < today),
        "stage": case.at,
        "offers": offers(case, has_plan=plan is not None, chosen=sequences.named(case.sequence)) if case.closed is None else [],  # type: ignore[attr-defined]
        "call_form": CallForm(parents=ties, today=today) if user.may(Permission.WORK_CASES) and case.closed is None else None,
        "may_work": user.may(Permission.WORK_CASES) and case.closed is None,
        "may_close_actions": user.may(Permission.LOG_PROGRESS) and case.closed is None,
        "may_see_notices": user.may(Permission.SEE_NOTICES),
        "may_ask_for_notice": user.may(Permission.REQUEST_NOTICE) and case.closed is None,
        **_chronology(case, user, kind=kind, page=page),
    }


def _plans(case: Case, user: User) -> list[Plan]:
    """The current plan and those before it, newest first, each with the actions that the user may see."""
    seen = PlanAction.objects.visible_to(user).select_related("done_by").order_by("due", "pk")
    rows = planning.with_rows(case.plans.select_related("made_by"))
    return list(rows.prefetch_related(Prefetch("actions", seen, to_attr="shown")).order_by("-pk"))


def _chronology(case: Case, user: User, *, kind: str, page: str | None) -> dict[str, Any]:
    mine = Entry.objects.visible_to(user).filter(case=case)
    counts = Counter(dict(mine.order_by().values_list("kind").annotate(n=Count("pk"))))
    chosen = kind if kind in counts else ""
    rows = mine.filter(kind=chosen) if chosen else mine
    files = CaseFile.objects.visible_to(user).order_by("pk")
    rows = rows.select_related("moved_here").prefetch_related(Prefetch("files", files, to_attr="shown_files"))
    pages = Paginator(rows.order_by("-day", "-pk"), _PAGE)
    pages.count = counts[chosen] if chosen else counts.total()
    return {
        "page": pages.get_page(page),
        "entries_total": counts.total(),
        "kind": chosen,
        "movable": [kind.value for kind in MOVABLE],
        "may_work_entries": user.may(Permission.WORK_CASES),
        "kinds": [(code, name, counts[code]) for code, name in Entry.Kind.choices if counts[code]],
    }


def rolls_of(pupil: Pupil, user: User, *, today: dt.date) -> list[Enrolment]:
    """Where the pupil is on roll today, of the schools the user works with; the main enrolment first."""
    mine = Enrolment.objects.visible_to(user).on_roll(today).filter(pupil=pupil)
    return list(mine.select_related("school").order_by("kind", "-start", "pk"))
