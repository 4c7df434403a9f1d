"""Money for notices through the doors: files of the income system, what a person does with what did not fit, refunds and letters."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from legal import letters, penalty
from legal.actions import NoticeProblem
from legal.actions import income as money
from legal.actions import letters as letter_actions
from legal.actions.notices import record_outcome
from legal.models import EmailService, IncomeFile, IncomeLine, LegalLetter, Notice, Payment, Refund
from schools.models import Parent, PolicyValue, Pupil, School
from tests.flows import notice_acts
from tests.flows.notice_acts import a_father, a_mother, d, issue, on_holiday, pay, serve, withdraw
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return on_holiday(school_a)


@pytest.fixture
def notices(contact_a: User, legal: User, pupil: Pupil, today: dt.date) -> list[Notice]:
    made = issue(contact_a, legal, pupil, a_mother(pupil), a_father(pupil), today=today)
    return [serve(legal, one, today) for one in made]


def later(settings: Any, day: str) -> dt.date:
    settings.DAYMARK_TODAY = day
    return d(day)


def send(client: Client, *lines: str, name: str = "income.csv") -> IncomeFile:
    content = "\r\n".join(["Reference,Amount,Date,Transaction ID,Payer", *lines]).encode()
    client.post(reverse("income"), {"file": SimpleUploadedFile(name, content)})
    return IncomeFile.objects.latest("pk")


def take(client: Client, file: IncomeFile) -> IncomeFile:
    client.post(reverse("income_file", args=[file.pk]), {"take": "1"})
    file.refresh_from_db()
    return file


def test_one_pays_on_day_21_one_short_on_day_22_and_nothing_is_taken_twice(
    notices: list[Notice], legal_client: Client, officer_client: Client, settings: Any, django_assert_max_num_queries: Any
) -> None:
    later(settings, "2026-12-14")
    lines = [
        "PN000001,80.00,10/12/2026,T1,A",
        "PN000002,80.00,11/12/2026,T2,B",
        "PN999999,80.00,11/12/2026,T3,C",
        "PN000001,x,11/12/2026,T4,D",
    ]
    file = send(legal_client, *lines)
    shown = said(legal_client.get(reverse("income_file", args=[file.pk])))
    assert "Of 3 payments: 1 would be recorded, 2 would wait for a person" in shown
    assert "Line 5, “x”: This is no amount of money" in shown
    assert not Payment.objects.exists()  # a dry run
    take(legal_client, file)
    assert Payment.objects.get().notice == notices[0]
    assert {one.why for one in IncomeLine.objects.waiting()} == {"short", "unknown"}
    again = take(legal_client, send(legal_client, *lines))
    assert (again.again, again.lines.count()) == (3, 0)
    take(legal_client, file)
    assert Payment.objects.count() == 1
    with django_assert_max_num_queries(15):
        queue = legal_client.get(reverse("income"))
    assert "2 payments" in said(queue)
    assert "£160 together" in said(queue)
    assert "£160 was due for PN000002 on 11 December 2026, £80 was paid" in said(queue)
    assert officer_client.get(reverse("income")).status_code == 403
    with pytest.raises(ProgrammingError), transaction.atomic():
        IncomeLine.objects.all().delete()


def test_paid_in_time_and_prosecuted_meanwhile_waits_for_a_person(
    notices: list[Notice], legal: User, legal_client: Client, today: dt.date, settings: Any
) -> None:
    """Nothing ends proceedings by itself: a file that comes late is looked at, then the court is told."""
    after = later(settings, "2026-12-20")
    notice = notice_acts.prosecute(legal, notices[0], after)
    taken = take(legal_client, send(legal_client, "PN000001,160,17/12/2026,T1,P Example"))
    [line] = taken.lines.all()
    assert (line.state, line.why) == ("queued", "at_court")
    notice.refresh_from_db()
    assert notice.state == "prosecuted"
    settle = {"how": "accepted", "words": "The bank shows the 17th.", "version": line.version} | date("day", d("2026-12-17"))
    assert "Accepted: the notice is paid." in said(legal_client.post(reverse("income_line", args=[line.pk]), settle, follow=True))
    notice.refresh_from_db()
    assert notice.state == "paid"


def test_a_short_payment_is_given_back_or_was_paid_on_an_earlier_day(
    notices: list[Notice], legal: User, legal_client: Client, settings: Any
) -> None:
    later(settings, "2026-12-14")
    take(legal_client, send(legal_client, "PN000001,80,11/12/2026,T1,A", "PN000002,80,11/12/2026,T2,B"))
    first, second = IncomeLine.objects.order_by("pk")
    settle = reverse("income_line", args=[first.pk])
    sent = {"how": "accepted", "words": "The bank says so", "reference": "", "version": first.version}
    assert "£160 was due" in said(legal_client.post(settle, sent | date("day", d("2026-12-11"))))
    assert "Accepted: the notice is paid." in said(legal_client.post(settle, sent | date("day", d("2026-12-10")), follow=True))
    assert first.notice is not None
    assert Notice.objects.get(pk=first.notice_id).state == "paid"
    settle = reverse("income_line", args=[second.pk])
    back = {"how": "refunded", "words": "", "reference": "BACS 77", "version": second.version} | date("day", d("2026-12-14"))
    legal_client.post(settle, back)
    legal_client.post(settle, back)  # sent twice
    refund = Refund.objects.get()
    assert (refund.pence, refund.why, refund.reference) == (8000, "short", "BACS 77")
    assert LegalLetter.objects.get().facts["amount"] == "80.00"
    assert Notice.objects.get(number=2).state == "served"


def test_too_much_is_accepted_as_what_was_due_and_the_rest_given_back_once(
    notices: list[Notice], legal: User, legal_client: Client, settings: Any
) -> None:
    today = later(settings, "2026-12-14")
    take(legal_client, send(legal_client, "PN000001,160,01/12/2026,T1,A"))
    line = IncomeLine.objects.get()
    common: dict[str, Any] = {"by": legal, "today": today, "now": timezone.now(), "line": line}
    done = money.accept_line(day=line.day, words="Paid the full sum by mistake", **common)
    assert (Payment.objects.get().amount, money.rest_of(done)) == (80, 8000)
    assert "£80 of £160" in said(legal_client.get(reverse("income")))
    with pytest.raises(NoticeProblem, match="It was paid on 1 December 2026: it was given back then or later"):
        money.refund_rest(day=d("2026-11-30"), reference="BACS 78", **common)
    money.refund_rest(day=today, reference="BACS 78", **common)
    with pytest.raises(NoticeProblem, match="Nothing of this payment is left"):
        money.refund_rest(day=today, reference="BACS 79", **common)


def test_what_was_for_another_notice_is_matched_and_what_is_for_none_goes_back(
    notices: list[Notice], legal: User, legal_client: Client, settings: Any
) -> None:
    today = later(settings, "2026-12-01")
    take(legal_client, send(legal_client, "PARKING 4,80,25/11/2026,T1,A", "PN777,80,25/11/2026,T2,B"))
    parking, wrong = IncomeLine.objects.order_by("pk")
    common: dict[str, Any] = {"by": legal, "today": today, "now": timezone.now()}
    money.match_line(line=wrong, reference="PN 2", words="The payer said so", **common)
    assert Notice.objects.get(number=2).state == "paid"
    still = money.match_line(line=parking, reference="PN2", words="Perhaps", **common)
    assert (still.state, still.why) == ("queued", "twice")
    money.return_line(line=parking, words="To parking", **common)
    assert not IncomeLine.objects.waiting().exists()


def test_a_payment_for_a_withdrawn_notice_is_said_plainly_by_hand_and_from_a_file(
    notices: list[Notice], legal: User, legal_client: Client, today: dt.date
) -> None:
    withdraw(legal, notices[0], today)
    page = legal_client.post(reverse("notice_pay", args=[notices[0].pk]), {"amount": "80"} | date("day", today))
    assert "PN000001 was withdrawn on 20 November 2026: nothing is owed for it. Give the money back." in said(page)
    take(legal_client, send(legal_client, "PN000001,80,20/11/2026,T1,A"))
    assert IncomeLine.objects.get().words.startswith("PN000001 was withdrawn on 20 November 2026")


def test_a_paid_notice_that_is_withdrawn_is_refunded_once_with_letters_kept_byte_for_byte(
    notices: list[Notice], legal: User, legal_client: Client, officer_client: Client, contact_a_client: Client, today: dt.date
) -> None:
    pay(legal, notices[0], 80, today)
    withdraw(legal, Notice.objects.get(pk=notices[0].pk), today)
    page = legal_client.get(reverse("notice", args=[notices[0].pk]))
    assert "£80 is still to be given back" in said(page)
    sent = {"reference": "BACS 1", "words": ""} | date("day", today)
    legal_client.post(reverse("notice_refund", args=[notices[0].pk]), sent)
    assert "Nothing of PN000001 waits to be given back" in said(
        legal_client.post(reverse("notice_refund", args=[notices[0].pk]), sent, follow=True)
    )
    assert Refund.objects.get().pence == 8000
    for letter in LegalLetter.objects.order_by("pk"):
        letters.make_letter(letter.pk, now=timezone.now())
    first, second = LegalLetter.objects.order_by("pk")
    assert (first.kind, second.kind) == ("withdrawal", "refund")
    assert "It should not have been issued" in letters.html(first)
    file = b"".join(officer_client.get(reverse("legal_letter", args=[first.pk])).streaming_content)  # type: ignore[attr-defined]
    assert PdfReader(io.BytesIO(file)).trailer["/Root"]["/MarkInfo"]["/Marked"]  # tagged
    assert "PN000001/W" in PdfReader(io.BytesIO(file)).pages[0].extract_text()
    assert contact_a_client.get(reverse("legal_letter", args=[first.pk])).status_code == 403
    with pytest.raises(ProgrammingError), transaction.atomic():
        LegalLetter.objects.update(facts={})
    history = reverse("request_history", args=[notices[0].request_id])
    assert "withdrew penalty notice" in said(legal_client.get(history))
    assert first.sha256 in said(legal_client.get(history))
    assert "Everything is as it was kept" in said(legal_client.post(history))
    with default_storage.open(second.stored, "wb") as broken:
        broken.write(b"%PDF-1.7 something else")
    assert "PN000001/R1, PDF" in said(legal_client.post(history)).split("not as it was kept")[1]


def test_service_by_email_needs_policy_and_the_parents_own_agreement_on_that_day(
    contact_a: User, legal: User, legal_client: Client, manager: User, pupil: Pupil, today: dt.date
) -> None:
    mother = a_mother(pupil)
    Parent.objects.filter(pk=mother.pk).update(email="pat@example.org", email_agreed="Letters: by form")
    [notice] = issue(contact_a, legal, pupil, mother, today=today)
    with pytest.raises(NoticeProblem, match="does not serve notices by e-mail"):
        serve(legal, notice, today, service="email")
    PolicyValue.objects.create(key="notice_email_service", value=1, start=today, reason="Code", set_by=manager, set_at=timezone.now())
    with pytest.raises(NoticeProblem, match="had not agreed to be served by e-mail on 20 November 2026"):
        serve(legal, notice, today, service="email")
    address = reverse("email_service", args=[mother.pk])
    legal_client.post(address, {"email": "pat@example.org", "how": "Signed form"} | date("agreed", today))
    served = serve(legal, notice, today, service="email")
    assert (served.service, served.receipt) == ("email", d("2026-11-23"))  # the hour is not known: the next working day
    ended = letter_actions.withdraw_email(by=legal, today=today, now=timezone.now(), parent=mother, day=today)
    assert EmailService.objects.standing(mother, today) is None
    assert ended.withdrawn == today


def test_an_acquittal_counts_for_nothing_and_the_second_that_was_priced_on_it_is_for_review(
    notices: list[Notice], legal: User, legal_client: Client, settings: Any
) -> None:
    today = later(settings, "2027-03-01")
    notice = notice_acts.prosecute(legal, notices[0], d("2027-02-01"), today=today)
    policy = PolicyValue.objects.in_force(today)
    assert penalty.standing([notice.past], today, policy).order == 2
    sent = {"outcome": "not_guilty", "court": "Merebrook Magistrates’ Court", "version": notice.version} | date("day", today)
    assert "The outcome is recorded" in said(legal_client.post(reverse("notice_outcome", args=[notice.pk]), sent, follow=True))
    notice.refresh_from_db()
    assert penalty.standing([notice.past], today, policy).order == 1
    guilty = record_outcome(
        by=legal, today=today, now=timezone.now(), notice=notice, outcome="guilty", day=today, court="Merebrook Magistrates’ Court"
    )
    assert penalty.standing([guilty.past], today, policy).order == 2
