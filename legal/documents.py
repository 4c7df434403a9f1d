"""The PDF of a notice: made by a worker, once, and kept byte for byte under a name made of its SHA-256."""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from celery import current_app
from django.db import transaction
from django.template.loader import render_to_string

from attendance.codes import find
from legal import penalty
from legal.models import Document, Notice, Withdrawal
from legal.penalty import Deadlines
from schools import kept, printing
from schools.models import Authority, PolicyValue, School
from schools.policy import Policy

log = logging.getLogger("daymark.documents")

ATTEMPTS = 3
TEMPLATE = "notice 2"  # which version of the words; what was made from an older one is kept byte for byte
SOME = 200  # documents rung for at once


def ring(document_id: int) -> None:
    """Tell a worker once the transaction is committed. A bell that cannot be rung loses nothing: the sweep looks again."""

    def tell() -> None:
        current_app.send_task("daymark.make_document", args=[document_id], retry=False)

    transaction.on_commit(tell, robust=True)


def waiting() -> list[int]:
    return list(Document.objects.filter(status=Document.Status.WAITING).order_by("pk").values_list("pk", flat=True)[:SOME])


def make_document(document_id: int, *, now: dt.datetime) -> Document | None:
    """Make the PDF if it is still to be made; None where there was nothing to do or another worker is at it."""
    try:
        with transaction.atomic():
            document = (
                Document.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("notice__school", "notice__decision__by", "notice__decision__signatory")
                .filter(pk=document_id, status=Document.Status.WAITING)
                .first()
            )
            if document is None:
                return None
            _keep(document, pdf(document.notice), now)
    except Exception as problem:
        log.exception("The document %s could not be made", document_id)
        return _failed(document_id, problem)
    return document


def _keep(document: Document, made: bytes, now: dt.datetime) -> None:
    found = kept.keep("notices", io.BytesIO(made), ".pdf")
    document.sha256, document.stored, document.size = found.sha256, found.name, found.size
    document.template = TEMPLATE
    document.status, document.made_at, document.error = Document.Status.MADE, now, ""
    document.save()


@transaction.atomic
def _failed(document_id: int, problem: Exception) -> Document | None:
    document = Document.objects.select_for_update().filter(pk=document_id, status=Document.Status.WAITING).first()
    if document is None:
        return None
    document.attempts += 1
    document.error = f"The PDF could not be made ({type(problem).__name__}). Attempt {document.attempts} of {ATTEMPTS}."
    if document.attempts >= ATTEMPTS:
        document.status = Document.Status.FAILED
        document.error = f"The PDF could not be made after {ATTEMPTS} attempts ({type(problem).__name__}: {problem})."
    document.save(update_fields=["attempts", "error", "status"])
    return document


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which sessions were missed, as printed."""

    day: dt.date
    am: str
    pm: str
    school: str = ""  # named where there are several


def days_of(sessions: list[str], schools: Mapping[str, str] | None = None) -> list[Day]:
    """ "2026-11-09 AM=G" and so on, a line a day. `schools`: by session, the name of the school."""
    by_day: dict[dt.date, dict[str, str]] = {}
    for said in sessions:
        session, _, code = said.partition("=")
        day, half = session.split(" ")
        by_day.setdefault(dt.date.fromisoformat(day), {})[half] = code
    names: dict[dt.date, list[str]] = {}
    for session, name in (schools or {}).items():
        names.setdefault(penalty.day_of(session), []).append(name)
    return [
        Day(day, halves.get("AM", ""), halves.get("PM", ""), " and ".join(dict.fromkeys(names.get(day, []))))
        for day, halves in sorted(by_day.items())
    ]


def schools_of(notice: Notice) -> dict[str, str]:
    """By session relied on, the name of the school that marked it, as the register of the decision has it: a child who moved was a
    pupil of two, and the offence is to be named where it was. One query, and none for a child of one school."""
    urns: dict[str, int] = {}
    wanted = set(notice.sessions)
    for line in notice.decision.register.split("\n\n", 1)[-1].splitlines():
        session, _, rest = line.rpartition(" ")[0].rpartition(" ")
        if f"{session}={rest}" in wanted:
            urns.setdefault(session, int(line.rpartition(" ")[2]))
    names = {notice.school.urn: notice.school.name}
    if others := set(urns.values()) - set(names):
        names |= dict(School.objects.filter(urn__in=others).values_list("urn", "name"))
    return {session: names[urns.get(session, notice.school.urn)] for session in map(penalty.session_of, notice.sessions)}


def if_posted(notice: Notice, policy: Policy) -> tuple[dt.date, Deadlines]:
    """When a notice posted on the day of its issue is taken as received, and the days that follow from it."""
    receipt = penalty.presumed_receipt(notice.issued, policy)
    return receipt, penalty.deadlines(receipt, notice.order, policy, amounts=(notice.amount_early, notice.amount_full))


def lines_of(address: str) -> list[str]:
    """As on an envelope."""
    return [line.strip() for line in address.replace("\n", ",").split(",") if line.strip()]


def _meanings(sessions: list[str]) -> list[tuple[str, str]]:
    """What the codes stand for, on the days they were given."""
    found: dict[str, str] = {}
    for said in sessions:
        code = find(said.partition("=")[2], dt.date.fromisoformat(said[:10]))
        if code is not None:
            found[code.code] = code.meaning
    return sorted(found.items())


def html(notice: Notice) -> str:
    """What is printed. Names and addresses are those kept with the notice, not those of today."""
    policy = PolicyValue.objects.in_force(notice.issued)
    receipt, days = if_posted(notice, policy)
    schools = schools_of(notice)
    at = list(dict.fromkeys(schools.values()))
    sessions = days_of(notice.sessions, schools if len(at) > 1 else None)
    return render_to_string(
        "legal/documents/notice.html",
        {
            "notice": notice,
            "authority": Authority.objects.filter(pk=1).first(),
            "address": lines_of(notice.to_address),
            "role": notice.decision.by.as_role.name.lower(),
            "days": sessions,
            "at": " and at ".join(at),
            "several": len(at) > 1,
            "codes": _meanings(notice.sessions),
            "first": sessions[0].day,
            "last": sessions[-1].day,
            "receipt": receipt,
            "deadlines": days,
            "early_days": policy["notice_early_days"],
            "full_days": policy["notice_full_days"],
            "grounds": [label for _, label in Withdrawal.Ground.choices],
        },
    )


def pdf(notice: Notice) -> bytes:
    authority = Authority.objects.filter(pk=1).first()
    look = {"reference": notice.reference, "colour": authority.colour if authority else "#0b0c0c"}
    return printing.pdf(html(notice), render_to_string("legal/documents/notice.css", look))
