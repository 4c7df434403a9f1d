"""PDFs of notices to improve and attendance contracts, made in a worker by whoever holds them (schools/orders.py)."""

from __future__ import annotations

import datetime as dt
import io

from django.template.loader import render_to_string

from attendance.codes import find
from casework.letters import paper as sheet
from legal import contracts, documents
from legal.models import Authorised, Improvement, Paper, Party
from schools import kept, orders
from schools.models import PolicyValue

TASK = "daymark.make_legal_paper"
LOCK = 7321  # first key of the advisory locks
TEMPLATES = {Paper.Kind.IMPROVE: "improve 1", Paper.Kind.OFFER: "offer 1", Paper.Kind.SIGNED: "signed 1"}


def order(kind: str, *, improvement: Improvement | None = None, party: Party | None = None) -> Paper:
    """Ask for one; asked for again, the one that was asked for."""
    found, new = Paper.objects.get_or_create(
        kind=kind, improvement=improvement, party=party, defaults={"template": TEMPLATES[Paper.Kind(kind)]}
    )
    if new:
        orders.ring(TASK, found.pk)
    return found


def make(paper_id: int, *, now: dt.datetime) -> Paper | None:
    """None where it is made, or in other hands."""
    rows = Paper.objects.select_related(
        "improvement__pupil",
        "improvement__parent",
        "improvement__school",
        "party__contract__pupil",
        "party__contract__school",
        "party__parent",
    )
    return orders.carry_out(rows, paper_id, lock=LOCK, make=lambda paper: _keep(paper, now))


def forgotten() -> list[int]:
    return orders.forgotten(Paper.objects.all(), LOCK, most=200)


def _keep(paper: Paper, now: dt.datetime) -> None:
    found = kept.keep("legal", io.BytesIO(pdf(paper)), ".pdf")
    paper.stored, paper.sha256, paper.size = found.name, found.sha256, found.size
    paper.status, paper.made_at, paper.error = Paper.Status.MADE, now, ""
    paper.save(update_fields=["stored", "sha256", "size", "status", "made_at", "error"])


def pdf(paper: Paper) -> bytes:
    head = sheet.head()
    css = render_to_string("legal/papers/paper.css", {"colour": head.colour, "reference": reference_of(paper)})
    return sheet.printed(html(paper, head), css, {sheet.LOGO: head.logo} if head.logo else None)


def reference_of(paper: Paper) -> str:
    return paper.improvement.reference if paper.improvement else paper.party.contract.reference if paper.party else ""


def html(paper: Paper, head: sheet.Head) -> str:
    shared = {"head": head, "authority": head.authority, "logo": sheet.LOGO if head.logo else "", "reference": reference_of(paper)}
    if paper.improvement is not None:
        return render_to_string("legal/papers/improve.html", shared | _of_improvement(paper.improvement))
    if paper.party is None:
        raise orders.CannotBeMade("It is about nothing.")
    template = "legal/papers/offer.html" if paper.kind == Paper.Kind.OFFER else "legal/papers/signed.html"
    return render_to_string(template, shared | _of_party(paper.party, paper.kind))


def _of_improvement(row: Improvement) -> dict[str, object]:
    issued = row.issued or row.made
    decided = row.decisions.filter(kind="issued").select_related("by").first()
    days = documents.days_of(row.sessions)
    meanings = {said.partition("=")[2]: find(said.partition("=")[2], dt.date.fromisoformat(said[:10])) for said in row.sessions}
    return {
        "notice": row,
        "issued": issued,
        "address": documents.lines_of(row.to_address),
        "days": days,
        "codes": sorted((code, found.meaning) for code, found in meanings.items() if found),
        "attended": (row.record_possible or 0) - (row.record_absent or 0),
        "decided": decided,
        "role": decided.by.as_role.name.lower() if decided else "",
        "signatory": Authorised.objects.signing(decided.by, Authorised.Power.IMPROVE, issued) if decided else None,
        "policy": PolicyValue.objects.in_force(issued),
    }


def _of_party(party: Party, kind: str) -> dict[str, object]:
    contract = party.contract
    return {
        "party": party,
        "contract": contract,
        "pupil": contract.pupil,
        "address": documents.lines_of(party.to_address),
        "other_side": str(contract.school) if contract.side == contract.Side.SCHOOL else "",
        "name": contracts.CONTRACT if kind == Paper.Kind.SIGNED else contracts.OFFER,
    }
