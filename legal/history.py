"""What was decided about a request and its notices, by whom, when and on what, with the hashes of what is kept: from rows that a trigger
protects and from the audit trail, which nobody can change. And whether what is kept is still byte for byte what it was."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db.models import Q

from accounts import clock
from accounts.models import AuditEvent
from legal import freeze
from legal.models import Confirmation, Decision, Document, LegalLetter, Notice, NoticeDecision, Refund, Request
from legal.penalty import written


@dataclass(frozen=True, slots=True)
class Event:
    at: dt.datetime
    words: str
    by: str
    detail: str = ""
    sha256: str = ""


def events(request: Request) -> list[Event]:
    """Everything, earliest first. Six queries."""
    notices = list(Notice.objects.filter(request=request).order_by("number"))
    refunds = list(Refund.objects.filter(notice__in=notices).values_list("pk", flat=True))
    about = Q(subject_type="request", subject_id=request.pk)
    about |= Q(subject_type="notice", subject_id__in=[notice.pk for notice in notices])
    about |= Q(subject_type="refund", subject_id__in=refunds)
    names = {("notice", notice.pk): notice.reference for notice in notices}
    found = [
        Event(
            one.at,
            f"{names[one.subject_type, one.subject_id]}: {one.act}" if (one.subject_type, one.subject_id) in names else upper(one.act),
            one.by_name or "The system",
            detail_of(one.detail),
            str(one.detail.get("sha256", "")),
        )
        for one in AuditEvent.objects.filter(about, kind=AuditEvent.Kind.CHANGE).order_by("at", "pk")
    ]
    for said in _confirmations(request):
        words = f"{said.school} {'confirmed' if said.agrees else 'disputed'} the register, {said.get_how_display().lower()}"
        found.append(Event(said.at, words, said.said_by, "", said.sha256))
    for name, sha, made in _files(request):
        if made:
            found.append(Event(made, f"{name}: PDF made and kept", "The system", "", sha))
    return sorted(found, key=lambda one: one.at)


_SILENT = ("sha256", "pupil", "school", "review", "parent", "considerations")


def upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def detail_of(detail: dict[str, object]) -> str:
    """What the trail keeps beside the act, but for keys of rows and hashes, which say nothing to a reader."""
    shown = {key: value for key, value in detail.items() if value not in ("", [], None) and key not in _SILENT}
    return "; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in shown.items())


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _confirmations(request: Request) -> list[Confirmation]:
    return list(Confirmation.objects.filter(asked__request=request).select_related("school").order_by("pk"))


def _files(request: Request) -> Iterator[tuple[str, str, dt.datetime | None]]:
    for document in Document.objects.filter(notice__request=request, status="made").select_related("notice").order_by("pk"):
        yield document.notice.reference, document.sha256, document.made_at
    for letter in LegalLetter.objects.filter(notice__request=request, status="made").order_by("pk"):
        yield letter.reference, letter.sha256, letter.made_at


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that is kept, and whether it is as it was."""

    what: str
    sha256: str
    whole: bool


def check(request: Request) -> list[Checked]:
    """Work out every hash anew: of the registers decided on, of what schools were shown, of the files as they lie in storage."""
    found = [
        Checked(
            f"Register of the decision of {written(decision.day)}", decision.sha256, freeze.sha256(decision.register) == decision.sha256
        )
        for decision in Decision.objects.filter(request=request).order_by("pk")
    ]
    found += [
        Checked(
            f"Register of {one.notice.reference}, {one.get_kind_display().lower()}, {written(one.day)}",
            one.sha256,
            freeze.sha256(one.register) == one.sha256,
        )
        for one in NoticeDecision.objects.filter(notice__request=request).select_related("notice").order_by("pk")
    ]
    found += [
        Checked(f"Register shown to {one.school} on {written(one.day)}", one.sha256, freeze.sha256(one.register) == one.sha256)
        for one in _confirmations(request)
    ]
    stored = [
        *Document.objects.filter(notice__request=request, status="made").values_list("notice__number", "stored", "sha256"),
        *LegalLetter.objects.filter(notice__request=request, status="made").values_list("reference", "stored", "sha256"),
    ]
    for name, where, sha in stored:
        title = f"PN{name:06d}, PDF" if isinstance(name, int) else f"{name}, PDF"
        found.append(Checked(title, sha, hash_of(where) == sha))
    return found


def hash_of(name: str) -> str:
    if not default_storage.exists(name):
        return ""
    digest = hashlib.sha256()
    with default_storage.open(name) as file:
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Changed:
    """A mark of a frozen register that is another now."""

    session: str  # "2026-11-09 AM"
    school: str  # URN
    then: str
    now: str
    relied_on: bool


def changed_since(decision: Decision, relied_on: set[str]) -> list[Changed]:
    """The register a decision rests on, beside the same days as they stand now. `relied_on`: "2026-11-09 AM"."""
    then = _lines(decision.register)
    head = next((line for line in decision.register.splitlines() if line.startswith("From ")), "")
    try:
        _, first, _, last = head.split(" ")
        span = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    except ValueError:  # a text of another form: nothing to lay beside it
        return []
    text = freeze.text(decision.request.pupil, first=span[0], day=span[1], known_at=clock.now(), policy_version=decision.policy_version)
    now = _lines(text)
    return [
        Changed(session, school, then.get((session, school), ""), now.get((session, school), ""), session in relied_on)
        for session, school in sorted(then.keys() | now.keys())
        if then.get((session, school)) != now.get((session, school))
    ]


def _lines(register: str) -> dict[tuple[str, str], str]:
    found = {}
    for line in register.split("\n\n", 1)[-1].splitlines():
        parts = line.split(" ")
        if len(parts) == 4:  # "2026-11-09 AM G 123456"
            found[f"{parts[0]} {parts[1]}", parts[3]] = parts[2]
    return found
