"""What is done about one pupil: cases, requests and notices, read in the same query as the pupil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from casework import stages
from casework.models import Case, MissingChild, Plan
from legal import contracts as rules
from legal import pasts, penalty
from legal.models import Contract, HistoricRecord, Improvement, Notice, Request
from schools.models import JointEnquiry, Parent, Pupil


def with_work(pupils: QuerySet[Pupil], user: User) -> QuerySet[Pupil]:
    """Adds the cases, open requests and notices that `user` may see."""
    ours = {"pupil": OuterRef("pk")}
    plan = Plan.objects.current().filter(case=OuterRef("pk")).values("review")[:1]
    cases = Case.objects.visible_to(user).filter(**ours).order_by("-opened", "-pk")
    case = JSONObject(
        pk="pk", stage="stage", opened="opened", closed="closed", outcome="outcome", officer="officer__name", review=ArraySubquery(plan)
    )
    requests = Request.objects.visible_to(user).open().filter(**ours).order_by("-pk")
    notices = Notice.objects.visible_to(user).filter(**ours).order_by("-number")
    notice = JSONObject(pk="pk", number="number", to="to_name", state="state", issued="issued", sessions="sessions")
    improvements = Improvement.objects.visible_to(user).filter(**ours).order_by("-pk")
    improvement = JSONObject(
        pk="pk", to="to_name", state="state", start="start", end="end", missed="missed", counted="counted", seen="seen_to"
    )
    contracts = Contract.objects.visible_to(user).filter(**ours).with_agreed().order_by("-pk")
    contract = JSONObject(pk="pk", status="status", start="start", end="end", agreed="agreed")
    child = Q(pupil=OuterRef("pk")) | Q(pupil__merged_into=OuterRef("pk")) | Q(pupil__isnull=True, upn=OuterRef("upn"))
    history = HistoricRecord.objects.visible_to(user).standing().filter(child).order_by("-day", "-pk")
    missing = MissingChild.objects.visible_to(user).filter(**ours).order_by("-opened", "-pk")
    enquiries = JointEnquiry.objects.visible_to(user).open().filter(enrolment__pupil=OuterRef("pk")).order_by("pk")
    return pupils.annotate(
        missing_rows=ArraySubquery(missing.values(row=JSONObject(pk="pk", since="since", closed="closed", outcome="outcome"))),
        enquiry_rows=ArraySubquery(
            enquiries.values(row=JSONObject(pk="pk", days="days", opened="opened", school="enrolment__school__name"))
        ),
        case_rows=ArraySubquery(cases.values(row=case)),
        history_rows=ArraySubquery(history.values(row=pasts.whole(HistoricRecord))),
        request_rows=ArraySubquery(requests.values(row=JSONObject(pk="pk", status="status", sessions="sessions"))),
        notice_rows=ArraySubquery(notices.values(row=notice)),
        improvement_rows=ArraySubquery(improvements.values(row=improvement)),
        contract_rows=ArraySubquery(contracts.values(row=contract)),
    )


def gather(pupil: Pupil, user: User, *, threshold: dict[str, Any], parents: Iterable[Parent], on_roll: bool) -> dict[str, Any]:
    """What the page says of it, and what `user` may do next. The pupil was read `with_work`: of one at the threshold only what was
    issued before is asked for beside."""
    cases = [_case(row) for row in pupil.case_rows or []]  # type: ignore[attr-defined]
    requests = [row | {"said": Request.Status(row["status"]).label} for row in pupil.request_rows or []]  # type: ignore[attr-defined]
    notices = [_notice(row) for row in pupil.notice_rows or []]  # type: ignore[attr-defined]
    standing = next((case for case in cases if not case["closed"]), None)
    workable = on_roll and standing is None and pupil.merged_into_id is None
    reached = threshold["eligible"] and threshold["count"] >= threshold["number"]
    missing = [_missing(row) for row in pupil.missing_rows or []]  # type: ignore[attr-defined]
    looked_for = any(not one["closed"] for one in missing)
    return {
        "missing": missing,
        "enquiries": pupil.enquiry_rows or [] if user.may(Permission.SEE_CASES) else [],  # type: ignore[attr-defined]
        "may_refer_missing": not on_roll and not looked_for and pupil.merged_into_id is None and user.may(Permission.REFER_PUPIL),
        "case": standing,
        "loaded_history": [pasts.made(HistoricRecord, row) for row in pupil.history_rows or []],  # type: ignore[attr-defined]
        "past_cases": [case for case in cases if case["closed"]],
        "requests": requests,
        "notices": notices,
        "improvements": [_improvement(row) for row in pupil.improvement_rows or []],  # type: ignore[attr-defined]
        "contracts": [_contract(row) for row in pupil.contract_rows or []],  # type: ignore[attr-defined]
        "available": _available(pupil, threshold["sessions"], parents) if reached else [],
        "may_see_cases": user.may(Permission.SEE_CASES),
        "may_work_cases": user.may(Permission.WORK_CASES),
        "may_see_notices": user.may(Permission.SEE_NOTICES),
        "may_see_legal": user.may(Permission.SEE_NOTICES) and user.as_role.in_authority,
        "may_open_case": workable and user.may(Permission.WORK_CASES),
        "may_refer": workable and user.may(Permission.REFER_PUPIL) and not user.may(Permission.WORK_CASES),
        "may_log_referral": on_roll and pupil.merged_into_id is None and user.may(Permission.WORK_CASES),
        "may_improve": on_roll and bool(threshold["count"]) and threshold["eligible"] and user.may(Permission.KEEP_IMPROVEMENTS),
        "may_contract": on_roll and pupil.merged_into_id is None and user.may(Permission.KEEP_CONTRACTS),
        "may_request_notice": reached and on_roll and not requests and user.may(Permission.REQUEST_NOTICE),
    }


def _missing(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"said": MissingChild.Outcome(row["outcome"]).label if row["outcome"] else ""}


def _case(row: dict[str, Any]) -> dict[str, Any]:
    review = _day(row["review"][0]) if row["review"] else None
    return row | {
        "opened": _day(row["opened"]),
        "closed": _day(row["closed"]),
        "stage": stages.BY_CODE[row["stage"]].name,
        "outcome": Case.Outcome(row["outcome"]).label if row["outcome"] else "",
        "review": review,
    }


def _notice(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "reference": penalty.reference(row["number"]),
        "issued": _day(row["issued"]),
        "said": Notice.State(row["state"]).label,
    }


def _improvement(row: dict[str, Any]) -> dict[str, Any]:
    said = Improvement.State(row["state"]).label
    return row | {"start": _day(row["start"]), "end": _day(row["end"]), "seen": _day(row["seen"]), "said": said}


def _contract(row: dict[str, Any]) -> dict[str, Any]:
    """What nobody signed is an offer."""
    name = rules.CONTRACT if row["agreed"] else rules.OFFER
    return row | {"start": _day(row["start"]), "end": _day(row["end"]), "name": name, "said": Contract.Status(row["status"]).label}


def _available(pupil: Pupil, sessions: Sequence[str], parents: Iterable[Parent]) -> list[tuple[Parent, int]]:
    """Sessions that no notice to each parent relies on yet (case W22)."""
    parents = list(parents)
    before = pasts.of_child(pupil, parents) if parents else None
    return [(parent, len(before.available(parent.pk, sessions))) for parent in parents] if before else []


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
