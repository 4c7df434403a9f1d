"""What the pages of referrals show: the list by age, and all that triage needs to decide on one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, F, Min, OuterRef, QuerySet, Value
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from attendance import matrix
from attendance.reports.schools import latest_sessions
from attendance.words import plural, say_day
from casework import case_page, evidence, family, reports, sessions
from casework.actions.referrals import may_take_back
from casework.models import Case, Referral
from schools import names
from schools.models import Enrolment, Pupil, School

TO_TRIAGE = Referral.Status.SUBMITTED


def listed(user: User, *, status: str, q: str) -> tuple[QuerySet[Referral], list[tuple[str, str, int]]]:
    """The referrals of one status, the longest waiting first, and how many there are of each. A school begins with its drafts."""
    mine = Referral.objects.visible_to(user)
    for word in names.fold(q).split():
        mine = mine.filter(pupil__search_text__contains=word)
    counts = Counter(dict(mine.order_by().values_list("status").annotate(n=Count("pk"))))
    rows = mine.filter(status=status).select_related("pupil", "school", "made_by", "decided_by")
    decided = status in (*Referral.DECIDED, Referral.Status.WITHDRAWN)
    order = ["-decided", "-pk"] if decided else [F("sent").asc(nulls_first=True), "pk"]
    return rows.order_by(*order), [(code, label, counts[code]) for code, label in Referral.Status.choices]


def gather(referral: Referral, user: User, *, today: dt.date) -> dict[str, Any]:
    """One referral's page. Whoever triages is shown the child; a school what it wrote and what came of it."""
    whole, works = user.as_role.in_authority, user.may(Permission.WORK_CASES)
    steps = list(referral.steps.order_by("pk"))
    back = next((step for step in reversed(steps) if step.kind == "returned"), None) if referral.status == "returned" else None
    theirs = referral.made_by_id == user.pk or (not whole and referral.origin == Case.Origin.REFERRAL) or works
    context = {
        "referral": referral,
        "pupil": referral.pupil,
        "today": today,
        "whole": whole,
        "age": (today - referral.sent).days if referral.sent else None,
        "steps": [(step, evidence.named(step.wanted)) for step in steps],
        "back": back,
        "back_wanted": evidence.named(back.wanted) if back else (),
        "has": evidence.named(referral.evidence),
        "asked": evidence.asked(referral.origin, referral.reason),
        "missing": evidence.missing(referral.origin, referral.reason, referral.evidence),
        "may_write": user.may(Permission.REFER_PUPIL) and theirs and referral.status in ("draft", "returned"),
        "may_withdraw": user.may(Permission.REFER_PUPIL)
        and theirs
        and referral.status in Referral.WAITING
        and may_take_back(referral, user),
        "may_triage": works and referral.status == TO_TRIAGE,
        "may_tell": works and referral.outside and referral.status in Referral.DECIDED and referral.told is None,
    }
    return context | (of_child(referral.pupil, user, today=today, but=referral) if whole else {})


def of_child(pupil: Pupil, user: User, *, today: dt.date, but: Referral | None = None) -> dict[str, Any]:
    """What the authority knows of a child who is referred: roll, sessions missed, flags, the open case, other referrals."""
    enrolments = list(Enrolment.objects.of_pupil(pupil, user).select_related("school").order_by("-start", "pk"))
    current = [e for e in enrolments if e.start <= today and (e.end is None or e.end >= today)]
    year = matrix.academic_year(today)
    figures = sessions.read(enrolments, matrix.year_start(year), today).between(matrix.year_start(year), today)
    latest = latest_sessions([e.school_id for e in enrolments], today=today)
    others = Referral.objects.visible_to(user).filter(pupil=pupil).exclude(pk=but.pk if but else None)
    return {
        "current": current,
        "figures": figures,
        "year": year,
        "latest": max((session.date for session in latest.values()), default=None),
        "flags": case_page.open_flags(pupil),
        "standing": reports.case_of(pupil, user),
        "family": family.of(pupil, user, today=today),
        "others": list(others.select_related("school", "made_by").order_by("-pk")[:10]),
    }


def with_waiting(schools: QuerySet[School]) -> QuerySet[School]:
    """Adds to each school when the referrals of its pupils that wait were sent, so that a home asks the database nothing more."""
    waits = Referral.objects.to_triage().filter(school=OuterRef("pk")).order_by("sent", "pk")
    return schools.annotate(referrals_waiting=ArraySubquery(waits.values("sent")))


def waiting_at(schools: Iterable[School], user: User) -> list[reports.Need]:
    """How many referrals wait for whoever triages those of these schools, read `with_waiting`. No query."""
    if not user.may(Permission.WORK_CASES) or user.may(Permission.ALLOCATE_CASES):
        return []
    days = [day for school in schools for day in school.referrals_waiting or ()]  # type: ignore[attr-defined]
    return [_to_triage(len(days), min(days))] if days else []


def needs_today(user: User, *, today: dt.date) -> list[reports.Need]:
    """What waits in the whole team for whoever gives out cases: referrals, and cases that nobody holds. One query."""
    rows = told(user, today=today)
    return [need for kind, said in rows[0].union(*rows[1:], all=True) if (need := need_of(kind, said))] if rows else []


REFERRALS, CASES = "referrals to triage", "cases to give out"


def told(user: User, *, today: dt.date) -> list[QuerySet[Any]]:
    """The same as rows, each with what it is of and what it says; read together with other such rows."""
    if not user.may(Permission.ALLOCATE_CASES):
        return []
    sent = Referral.objects.visible_to(user).to_triage()
    free = reports.with_work(Case.objects.visible_to(user).open(), today=today).filter(held=False)
    return [_counted(REFERRALS, sent, "sent"), _counted(CASES, free, "opened")]


def _counted(of: str, rows: QuerySet[Any], since: str) -> QuerySet[Any]:
    counted = rows.order_by().annotate(of=Value(of, CharField())).values("of").annotate(n=Count("pk"), first=Min(since))
    return counted.annotate(said=JSONObject(n="n", first="first")).values_list("of", "said")


def need_of(kind: str, said: dict[str, Any]) -> reports.Need | None:
    if not said["n"]:
        return None
    first = dt.date.fromisoformat(said["first"])
    if kind == REFERRALS:
        return _to_triage(said["n"], first)
    why = f"The longest waits since {say_day(first)}. Each has somebody suggested, and why."
    return reports.Need(f"{plural(said['n'], 'case')} without an officer", why, first, "cases_waiting", None, 2, count=said["n"])


def _to_triage(number: int, first: dt.date) -> reports.Need:
    why = f"The first waits since {say_day(first)}. Whoever referred the child sees what you decide."
    return reports.Need(f"{plural(number, 'referral')} to triage", why, first, "referrals", None, 2, count=number)
