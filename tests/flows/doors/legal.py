"""Penalty notices."""

from __future__ import annotations

from typing import Any

from accounts import clock
from legal.models import (
    AdviceNote,
    Attachment,
    Authorised,
    BulkIssue,
    ConfirmationAsked,
    Decision,
    Document,
    HolidayBatch,
    IncomeFile,
    IncomeLine,
    LegalLetter,
    Notice,
    NoticeDecision,
    Order,
    PublicPlaceNotice,
    Request,
)
from schools.models import Parent, Pupil, School
from tests import factories
from tests.flows.doors import PEOPLE, Door

SEEING = PEOPLE - {"staff_a"}
ASKING = SEEING - {"legal"}
WHOLE = SEEING - {"contact_a", "contact_b"}  # addresses, and marks of other schools
DECIDING = {"legal"}
EVERYBODYS = ("authorised",)  # of no school
PRIVILEGED = "Wisteria says the second parent was abroad"  # words of legal advice: on no page but its own
ADVICE = {"advice_pupil", "advice_request", "advice_notice"}

# the request has been submitted and the notice served today: what cannot be done then leads back to what can
DOORS: dict[str, Door] = {
    "legal": Door(SEEING),
    "request_new": Door(ASKING, of="pupil", post=200),
    "confirmations": Door(SEEING),
    "confirmation": Door(SEEING, of="confirmation", post=200),
    "confirm_school": Door(ASKING, of="confirmed_school", post=200),
    "request_ask": Door(SEEING, of="notice_request", get=405, post=302),
    "pupil_ask": Door(SEEING, of="pupil", get=405, post=302),
    "batch_ask": Door(SEEING, of="holiday_batch", get=405, post=302),
    "request_history": Door(WHOLE, of="notice_request", post=200),
    "legal_trail": Door(WHOLE, of="legal_trail", post=200),
    "income": Door(DECIDING, post=200),
    "income_file": Door(DECIDING, of="income_file", post=302),
    "income_line": Door(DECIDING, of="income_line", post=200),
    "legal_letter": Door(WHOLE, of="legal_letter", get=404),  # it has not been made yet
    "email_service": Door(DECIDING, of="served_parent", post=200),
    "notice_refund": Door(DECIDING, of="notice", get=302, post=302),  # nothing is to be given back
    "notice_give_back": Door(DECIDING, of="notice", post=200),
    "notice_outcome": Door(DECIDING, of="notice", get=302, post=302),  # no prosecution is under way
    "public_places": Door(SEEING),
    "public_place": Door(SEEING, of="public_place"),
    "public_place_new": Door(DECIDING, of="pupil", post=200),
    "public_place_act": Door(DECIDING, of="public_place_act", post=200),
    "requests": Door(SEEING),
    "request": Door(SEEING, of="notice_request"),
    "request_checklist": Door(ASKING, of="notice_request", get=302, post=200),
    "request_override": Door({"manager"}, of="notice_request", get=302, post=200),
    "request_submit": Door(ASKING, of="notice_request", get=405, post=302),
    "request_take_back": Door(ASKING, of="notice_request", post=200),
    "request_consider": Door(DECIDING, of="notice_request", post=200),
    "request_attach": Door(ASKING, of="notice_request", post=200),
    "legal_routes": Door({"manager"}, post=200),
    "holiday_batches": Door(SEEING),
    "holiday_new": Door(ASKING, post=200),
    "holiday_batch": Door(SEEING, of="holiday_batch"),
    "holiday_checklist": Door(ASKING, of="holiday_batch", post=200),
    "holiday_attach": Door(ASKING, of="holiday_batch", post=200),
    "holiday_submit": Door(ASKING, of="holiday_batch", get=405, post=302),
    "holiday_consider": Door(DECIDING, of="holiday_batch", post=200),
    "holiday_check": Door(DECIDING, of="holiday_batch", get=405, post=302),
    "bulk_issue": Door(WHOLE, of="bulk_issue"),
    "bulk_progress": Door(WHOLE, of="bulk_issue"),
    "bulk_confirm": Door(DECIDING, of="bulk_issue", get=405, post=302),
    "bulk_drop": Door(DECIDING, of="bulk_issue", get=405, post=302),
    "bulk_posted": Door(DECIDING, of="bulk_issue", post=200),
    "bulk_pdf": Door(WHOLE, of="bulk_issue", get=404),  # nothing of it was made
    "evidence_file": Door(SEEING, of="legal_evidence", get=404),  # its bytes are gone
    "evidence_remove": Door(ASKING, of="legal_evidence", get=405, post=302),
    "request_decide": Door(DECIDING, of="notice_request", post=200),
    "request_register": Door(WHOLE, of="notice_decision"),
    "notices": Door(SEEING),
    "notice": Door(SEEING, of="notice"),
    "notice_document": Door(WHOLE, of="notice", get=286),
    "notice_pdf": Door(WHOLE, of="notice", get=404),  # it has not been made yet
    "notice_make_again": Door(DECIDING, of="notice", get=405, post=302),
    "notice_serve": Door(DECIDING, of="notice", post=200),
    "notice_pay": Door(DECIDING, of="notice", post=200),
    "notice_withdraw": Door(DECIDING, of="notice", post=200),
    "notice_stands": Door(DECIDING, of="notice", get=302, post=200),  # nothing waits for a review
    "deadlines": Door(WHOLE),
    "deadlines_download": Door(WHOLE, arguments={"form": "csv"}),
    "authorised": Door(WHOLE),
    "authorised_new": Door({"manager"}, post=200),
    "authorised_download": Door(WHOLE, arguments={"form": "csv"}),
    "authorised_end": Door({"manager"}, of="authorised", post=200),
    "authorised_file": Door(WHOLE, of="authorised", get=404),  # none was given
    "orders": Door(WHOLE),
    "order": Door(WHOLE, of="order"),
    "order_new": Door(DECIDING, of="pupil", post=200),
    "order_end": Door(DECIDING, of="order", post=200),
    "legal_running": Door(SEEING, of="pupil"),
    "legal_pupil": Door(WHOLE, of="pupil"),
    "advice_pupil": Door(DECIDING, of="pupil", post=200),
    "advice_request": Door(DECIDING, of="notice_request", post=200),
    "advice_notice": Door(DECIDING, of="notice", post=200),
    "notice_prosecute": Door(DECIDING, of="notice", get=302, post=200),
    "notice_ask": Door(DECIDING, of="notice", get=405, post=302),
    "notice_register": Door(WHOLE, of="notice_later"),
}


def things_of(school: School, pupil: Pupil, parent: Parent) -> dict[str, dict[str, Any]]:
    """One of everything of this app at a school, as the arguments of its address."""
    today = clock.today()
    asked = Request.objects.create(pupil=pupil, school=school, route="holiday", status="submitted", made=today, submitted=today)
    asked.parents.add(parent)
    decision = Decision.objects.create(
        request=asked,
        outcome="issue",
        reason="holiday",
        by=factories.make_user("legal"),
        by_name="Leigh Legal",
        day=today,
        known_at=clock.now(),
        register="2026-09-09 AM O",
        sha256="0" * 64,
        policy_version="national 2024-08-19",
    )
    notice = Notice.objects.create(
        number=Notice.objects.count() + 1,
        request=asked,
        decision=decision,
        pupil=pupil,
        parent=parent,
        school=school,
        issued=today,
        order=1,
        amount_early=80,
        amount_full=160,
        sessions=["2026-09-09 AM=O"],
        to_name=str(parent),
        to_address="1 Mill Lane, Merebrook",
        state="served",
        service="hand",
        served=today,
        receipt=today,
    )
    Document.objects.create(notice=notice, status="failed", error="The printer is out of ink.")
    batch = HolidayBatch.objects.create(school=school, made=today)
    bulk = BulkIssue.objects.create(
        batch=batch, by=decision.by, by_name="Leigh Legal", reason="holiday", asked_at=clock.now(), step="issued"
    )
    evidence = Attachment.objects.create(
        request=asked, item="leave", name="refusal.pdf", kind="pdf", stored="legal/gone.pdf", size=8, scan="none", added_at=clock.now()
    )
    of_batches = {"holiday_batch": {"pk": batch.pk}, "bulk_issue": {"pk": bulk.pk}, "legal_evidence": {"pk": evidence.pk}}
    order = Order.objects.create(pupil=pupil, kind="direction", start=today, last=today, court="Merebrook Family Court", at=clock.now())
    about: tuple[dict[str, Any], ...] = ({}, {"request": asked}, {"notice": notice})
    for of in about:
        AdviceNote.objects.create(pupil=pupil, words=PRIVILEGED, day=today, by=decision.by, by_name="Leigh Legal", at=clock.now(), **of)
    asking = ConfirmationAsked.objects.create(pupil=pupil, school=school, sessions=["2026-09-09 AM=O"], asked=today)
    file = IncomeFile.objects.create(name="income.csv", sha256="0" * 64, at=clock.now(), by=decision.by)
    line = IncomeLine.objects.create(
        file=file, number=2, key=f"PN|{notice.pk}", reference=notice.reference, pence=5000, day=today, state="queued", why="short",
        words="£80 was due", notice=notice,
    )  # fmt: skip
    place = PublicPlaceNotice.objects.create(
        number=PublicPlaceNotice.objects.count() + 1, pupil=pupil, parent=parent, school=school, told=today, days=[today.isoformat()],
        day=today, time="10:40", place="Market Square", seen_by="Olive Officer", words="Alone.", reason="Warned before.", by=decision.by,
        by_name="Leigh Legal", issued=today, at=clock.now(), amount_early=60, amount_full=120, policy_version="national 2024-08-19",
        to_name=str(parent), to_address="1 Mill Lane, Merebrook", child_name=str(pupil), state="served", service="hand", served=today,
        receipt=today,
    )  # fmt: skip
    letter = LegalLetter.objects.create(
        kind="refund", notice=notice, reference=f"{notice.reference}/R1", template="refund 1", facts={}, day=today, status="failed"
    )
    later = NoticeDecision.objects.create(
        notice=notice, kind="stands", words="Nine are enough.", by=decision.by, by_name="Leigh Legal", day=today, known_at=clock.now(),
        register="2026-09-09 AM O", sha256="0" * 64, policy_version="national 2024-08-19",
    )  # fmt: skip
    return of_batches | {
        "notice_later": {"pk": later.pk},
        "served_parent": {"pk": parent.pk},
        "income_file": {"pk": file.pk},
        "income_line": {"pk": line.pk},
        "public_place": {"pk": place.pk},
        "legal_trail": {"kind": "public-place", "pk": place.pk},
        "public_place_act": {"pk": place.pk, "act": "withdraw"},
        "legal_letter": {"pk": letter.pk},
        "confirmation": {"pk": asking.pk},
        "confirmed_school": {"pk": school.pk},
        "notice_request": {"pk": asked.pk},
        "notice_decision": {"pk": decision.pk},
        "notice": {"pk": notice.pk},
        "order": {"pk": order.pk},
        "authorised": {"pk": Authorised.objects.filter(user=decision.by).order_by("pk")[0].pk},
    }
