"""Notices to improve, attendance contracts and the yearly return."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from legal.models import Contract, Improvement, ImprovementDecision, Paper, Party
from schools.models import Parent, Pupil, School
from tests import factories
from tests.flows.doors import Door
from tests.flows.doors.legal import ASKING, SEEING, WHOLE

BOROUGH = {"manager", "legal"}

# the notice is running, the contract offered: what cannot be done then leads back to what can
DOORS: dict[str, Door] = {
    "improvements": Door(SEEING),
    "improve_new": Door(ASKING, of="pupil", post=200),
    "improvement": Door(SEEING, of="improvement"),
    "improve_change": Door(ASKING, of="improvement", get=302, post=200),
    "improve_issue": Door(ASKING, of="improvement", get=302, post=200),
    "improve_serve": Door(ASKING, of="improvement", post=200),
    "improve_end": Door(ASKING, of="improvement", get=302, post=200),
    "improve_withdraw": Door(ASKING, of="improvement", post=200),
    "improve_register": Door(WHOLE, of="improvement_decision"),
    "contracts": Door(SEEING),
    "contract_new": Door(ASKING, of="pupil", post=200),
    "contract": Door(SEEING, of="contract"),
    "contract_change": Door(ASKING, of="contract", get=302, post=200),
    "contract_offer": Door(ASKING, of="contract", get=302, post=200),
    "contract_review": Door(ASKING, of="contract", post=200),
    "contract_end": Door(ASKING, of="contract", post=200),
    "contract_answer": Door(ASKING, of="party", post=200),
    "contract_copy": Door(SEEING, of="party", get=404),  # nobody has signed yet
    "legal_paper": Door(SEEING, of="legal_paper", get=286),
    "legal_paper_pdf": Door(SEEING, of="legal_paper", get=404),  # it could not be made
    "legal_paper_again": Door(ASKING, of="legal_paper", get=405, post=302),
    "prm": Door(BOROUGH),
    "prm_rows": Door(BOROUGH, arguments={"key": "offered"}),
    "prm_download": Door(BOROUGH, arguments={"form": "csv"}),
}


def things_of(school: School, pupil: Pupil, parent: Parent) -> dict[str, dict[str, Any]]:
    """Both issued by the school itself, so that it may open their papers."""
    today = clock.today()
    row = Improvement.objects.create(
        pupil=pupil, parent=parent, school=school, issuer="school", state="running", made=today, start=today, weeks=3,
        end=today + dt.timedelta(days=20), most=2, of=30, support_given="A plan", support_offered="A worker", contact="Us", issued=today,
        record_from=today, record_possible=0, record_absent=0, to_name=str(parent), child_name=str(pupil), service="hand", served=today,
        receipt=today,
    )  # fmt: skip
    decision = ImprovementDecision.objects.create(
        improvement=row, kind="issued", by=factories.make_user("manager"), by_name="Mani Manager", day=today, known_at=clock.now(),
        register="2026-09-09 AM O", sha256="0" * 64, policy_version="national 2024-08-19",
    )  # fmt: skip
    contract = Contract.objects.create(
        pupil=pupil, school=school, side="school", status="open", requirements="At school", support="A worker", start=today,
        end=today + dt.timedelta(days=60), made=today, offered=today,
    )  # fmt: skip
    party = Party.objects.create(contract=contract, parent=parent, state="offered", offered=today, to_name=str(parent))
    why = "The printer is out of ink."
    paper = Paper.objects.create(kind="improve", improvement=row, template="improve 1", status="failed", error=why)
    return {
        "improvement": {"pk": row.pk},
        "improvement_decision": {"pk": decision.pk},
        "contract": {"pk": contract.pk},
        "party": {"pk": party.pk},
        "legal_paper": {"pk": paper.pk},
    }
