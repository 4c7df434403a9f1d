"""Holiday batches of the demo, one in each state: being prepared, sent, looked at before the issue, and issued and posted.

Told by the actions that people use, so that a batch stands only where the registers, the checklist and the gate bear it out. Nothing of it
is drawn by chance.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

from accounts.models import User
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from legal import checklist, considered, holidays
from legal.actions import (
    NoticeProblem,
    answer_batch,
    ask_for_check,
    begin_batch,
    confirm,
    confirm_posting,
    confirm_register,
    consider_batch,
    submit_batch,
)
from legal.actions.bulk import work
from legal.actions.evidence import attach
from legal.considered import Said
from legal.models import BulkIssue, BulkLine, Confirmation, HolidayBatch
from schools.models import PolicyValue, School

STATES = ("draft", "sent", "checked", "issued")
_CHILDREN = 5  # of a batch at most: each notice is a PDF, and takes a worker a part of a second
_LETTER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_SAID = {key: Said(choice) for key, choice in considered.OF_A_HOLIDAY.items()} | {
    "threshold": Said("yes"),
    "best_tool": Said("yes"),
    "equality": Said("nothing"),
    "conflict": Said("none"),
    "liable": Said("allowed"),
    "history": Said("known"),
}


def tell(cast: Cast, shown: Sequence[int]) -> int:
    """`shown`: schools whose people the visitor signs in as; theirs is the one being prepared. Returns how many batches there are."""
    policy = PolicyValue.objects.in_force(cast.today)
    rest = sorted((school for key, school in cast.schools.items() if key not in shown), key=lambda school: school.urn)
    states = list(STATES)
    for school in [*(cast.schools[key] for key in shown), *rest]:
        if not states:
            break
        officer = cast.officer_of.get(school.pk)
        if officer is None or school.independent:
            continue
        families = _with_addresses(holidays.families(school, today=cast.today, policy=policy))
        if families and _tell(cast, school, officer, families, states[0]):
            states.pop(0)
    return len(STATES) - len(states)


def _with_addresses(families: list[holidays.Family]) -> list[holidays.Child]:
    """Brothers and sisters first, then the others; of each child those parents whom a notice can reach."""
    ordered = sorted(families, key=lambda family: -len(family.children))
    return [child for family in ordered for child in family.children if any(tie.parent.address.strip() for tie in child.ties)][:_CHILDREN]


def _tell(cast: Cast, school: School, officer: User, children: list[holidays.Child], state: str) -> bool:
    today, now = cast.today, cast.now
    asked = {child.pupil: [tie.parent for tie in child.ties if tie.parent.address.strip()][:2] for child in children}
    batch = begin_batch(by=officer, today=today, now=now, school=school, asked=asked)
    refused = min(child.first for child in children) - 7 * ONE
    attach(by=officer, now=now, of=batch, item="leave", name="Refusal of leave.pdf", size=len(_LETTER), file=io.BytesIO(_LETTER))
    if state == "draft":
        return True
    _answer(officer, batch, refused, today, now)
    try:
        submit_batch(by=officer, today=today, now=now, batch=batch)
    except NoticeProblem:
        return False  # none of it can be sent: it stays as one being prepared
    if state == "sent":
        return True
    contact = cast.contact_of.get(school.pk)
    how = Confirmation.How.LOGIN if contact else Confirmation.How.TELEPHONE
    said_by = "" if contact else "The school’s office"
    confirm_register(by=contact or officer, today=today, now=now, school=school, pupils=list(asked), how=how, said_by=said_by)
    consider_batch(by=cast.legal, today=today, now=now, batch=batch, said=_SAID)
    bulk = ask_for_check(by=cast.legal, today=today, now=now, batch=batch)
    _work(bulk, today, now)
    if state == "issued" and bulk.lines.filter(state=BulkLine.State.READY).exists():
        confirm(by=cast.legal, today=today, now=now, bulk=bulk)
        _work(bulk, today, now)
        confirm_posting(by=cast.legal, today=today, now=now, bulk=bulk, posted=today)
    return True


def _answer(by: User, batch: HolidayBatch, refused: dt.date, today: dt.date, now: dt.datetime) -> None:
    answers = {item.key: "not_applicable" if item.key == "certificate" else "yes" for item in checklist.items(checklist.HOLIDAY)}
    days = {"leave": refused, "warning": refused, "letters": refused}
    answer_batch(by=by, today=today, now=now, batch=batch, answers=answers, days=days)


def _work(bulk: BulkIssue, today: dt.date, now: dt.datetime) -> None:
    while work(bulk.pk, today=today, moment=lambda: now):
        pass
    bulk.refresh_from_db()
