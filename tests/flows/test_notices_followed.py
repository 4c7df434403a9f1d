"""What becomes of a notice - served, paid, withdrawn, prosecuted - and its letter, read back from the PDF."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid

import pgtrigger
import pypdf
import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.db import ProgrammingError, transaction
from django.utils import timezone

from config import tasks
from legal import actions, documents, history, reports
from legal.actions import NoticeProblem
from legal.actions import notices as actions_
from legal.models import Authorised, Document, Notice, NoticeDecision, Order
from tests import factories
from tests.flows.notice_acts import (
    a_father,
    a_mother,
    consider_supervision,
    d,
    issue,
    marks,
    on_holiday,
    pay,
    prosecute,
    ready_to_charge,
    serve,
    withdraw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a):
    return on_holiday(school_a)


@pytest.fixture
def mother(pupil):
    return a_mother(pupil)


@pytest.fixture
def father(pupil):
    return a_father(pupil)


@pytest.fixture
def notice(contact_a, legal, pupil, mother, today):
    """A first notice, issued Monday 16 November 2026."""
    return issue(contact_a, legal, pupil, mother, today=d("2026-11-16"))[0]


# --- what becomes of a notice


def test_w17_from_service_to_payment(legal, notice):
    serve(legal, notice, d("2026-11-16"))
    notice.refresh_from_db()
    days = notice.deadlines
    assert (days.last_early, days.last_full, days.unpaid_from) == (d("2026-12-06"), d("2026-12-13"), d("2026-12-14"))
    with pytest.raises(NoticeProblem, match="£160 was due on 7 December 2026, £80 was given") as problem:
        pay(legal, notice, 80, d("2026-12-07"))
    assert problem.value.field == "amount"
    with pytest.raises(NoticeProblem, match="The last day to pay was 13 December 2026"):
        pay(legal, notice, 160, d("2026-12-14"))
    token = uuid.uuid4()
    payment = pay(legal, notice, 80, d("2026-12-06"), form_token=token)
    assert pay(legal, notice, 80, d("2026-12-06"), form_token=token) == payment
    notice.refresh_from_db()
    assert notice.state == "paid"
    with pytest.raises(NoticeProblem, match="PN000001 is paid: £80 was recorded for 6 December 2026"):
        pay(legal, notice, 80, d("2026-12-06"))


def test_posted_it_is_taken_as_received_on_the_second_working_day(legal, notice):
    served = serve(legal, notice, d("2026-11-20"), service="post")
    assert (served.receipt, served.deadlines.last_early) == (d("2026-11-24"), d("2026-12-14"))


def test_another_day_of_receipt_needs_evidence(legal, notice):
    said = {"service": "post", "receipt": d("2026-11-26"), "today": d("2026-11-26")}
    with pytest.raises(NoticeProblem, match=r"taken as received on 24 November 2026\. For another day say what shows it") as problem:
        serve(legal, notice, d("2026-11-20"), **said)
    assert problem.value.field == "evidence"
    with pytest.raises(NoticeProblem, match="Enter the day once it has come") as problem:
        serve(legal, notice, d("2026-11-20"), **said | {"today": d("2026-11-25")}, evidence="It will be signed for")
    assert problem.value.field == "receipt"
    served = serve(legal, notice, d("2026-11-20"), **said, evidence="Signed for, tracking slip kept")
    assert served.receipt == d("2026-11-26")


def test_service_before_issue_or_to_come_is_refused(legal, notice, today):
    with pytest.raises(NoticeProblem, match="issued on 16 November 2026"):
        serve(legal, notice, d("2026-11-15"), today=today)
    with pytest.raises(NoticeProblem, match="today or an earlier day"):
        serve(legal, notice, d("2026-11-23"), today=today)
    with pytest.raises(NoticeProblem, match="Say first how and when the notice was served"):
        pay(legal, notice, 80, today)


def test_no_proceedings_before_the_time_to_pay_is_over(legal, notice):
    serve(legal, notice, d("2026-11-16"))

    with pytest.raises(NoticeProblem, match="It may still be paid until 13 December 2026"):
        prosecute(legal, notice, d("2026-12-13"))
    [need] = reports.needs_today(legal, today=d("2026-12-14"))
    assert need.why == "Not paid by 13 December 2026: prosecute or withdraw. Last safe date to lay the information: 8 May 2027."
    assert prosecute(legal, notice, d("2026-12-14")).state == "prosecuted"
    with pytest.raises(NoticeProblem, match="The last day to pay was 13 December 2026"):
        pay(legal, notice, 160, d("2026-12-15"))


def test_proceedings_ask_what_the_tools_ask(legal, notice):
    """A supervision order considered since the absence, none in force, somebody who may lay an information, and time to lay it."""
    serve(legal, notice, d("2026-11-16"))

    def prosecute(day="2026-12-14"):
        return actions.prosecute(by=legal, today=d(day), now=timezone.now(), notice=notice, words="Unpaid.")

    consider_supervision(legal, notice, d("2026-11-08"))  # about other absence: the first of these sessions is of 9 November
    with pytest.raises(NoticeProblem, match="nothing is recorded between the first session, of 9 November 2026, and 14 December 2026"):
        prosecute()
    consider_supervision(legal, notice, d("2026-11-09"))
    Authorised.objects.filter(power="informations").update(end=d("2026-12-13"))
    with pytest.raises(NoticeProblem, match="Nobody is recorded as authorised to lay informations on 14 December 2026"):
        prosecute()
    Authorised.objects.update(end=None)
    with pytest.raises(NoticeProblem, match=r"12 May 2027\..*withdraw it"):
        prosecute("2027-05-13")
    order = Order.objects.create(pupil=notice.pupil, kind="supervision", start=d("2026-12-01"), by=legal, at=timezone.now())
    with pytest.raises(NoticeProblem, match="supervision order of 1 December 2026 stands on 14 December 2026"):
        prosecute()
    Order.objects.filter(pk=order.pk).update(ended=d("2026-12-14"), ended_words="Discharged.")
    ready_to_charge(legal, notice, d("2026-12-14"))
    assert prosecute().state == "prosecuted"


def test_a_payment_in_time_that_comes_to_light_late_still_discharges(legal, notice):
    """It lay in the bank's list while the prosecution was recorded: EA 1996 s.444A(4) asks when it was paid, not when it was seen."""
    serve(legal, notice, d("2026-11-16"))
    notice = prosecute(legal, notice, d("2026-12-14"))
    pay(legal, notice, 160, d("2026-12-13"), today=d("2026-12-16"))
    notice.refresh_from_db()
    assert (notice.state, notice.prosecuted) == ("paid", d("2026-12-14"))


def test_nothing_is_charged_on_a_register_the_school_does_not_stand_by_today(legal, notice, pupil):
    """What comes first is said at once; what was decided keeps the register as it was known, and a later correction changes it not."""
    serve(legal, notice, d("2026-11-16"))
    day = d("2026-12-16")

    def charge(**changes):
        said = {"words": "Unpaid.", "day": day} | changes
        return actions.prosecute(by=legal, today=said["day"], now=timezone.now(), notice=notice, **said)

    consider_supervision(legal, notice, day)
    with pytest.raises(NoticeProblem, match="22 school days ago"):
        charge()
    ready_to_charge(legal, notice, d("2026-12-14"))
    with pytest.raises(NoticeProblem, match="2 school days ago: that holds for 1 school day"):
        charge()
    ready_to_charge(legal, notice, day)
    with pytest.raises(NoticeProblem, match="Say why the absence is prosecuted"):
        charge(words=" ")
    with pytest.raises(NoticeProblem, match="Too late: the last safe day for the last of its 10 sessions was 12 May 2027"):
        charge(day=d("2027-05-13"))
    charge()
    [kept] = NoticeDecision.objects.all()
    assert (kept.kind, kept.words, len(kept.sessions)) == ("prosecuted", "Unpaid.", 10)
    assert hashlib.sha256(kept.register.encode()).hexdigest() == kept.sha256
    assert "2026-11-09 AM G" in kept.register
    marks(pupil, d("2026-11-09"), "II")
    kept.refresh_from_db()
    assert "2026-11-09 AM G" in kept.register
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        NoticeDecision.objects.update(words="Something else")
    assert all(one.whole for one in history.check(notice.request))
    with pgtrigger.ignore("legal.NoticeDecision:never_changed"):  # as whoever owns the database could
        NoticeDecision.objects.update(register=kept.register + "x")
    assert [one.what for one in history.check(notice.request) if not one.whole] == [
        "Register of PN000001, the absence is prosecuted, 16 December 2026"
    ]


def test_what_was_made_and_what_was_before_is_changed_by_nobody(legal, notice, letters):
    """Not by the database's own hand either: the PDF with its hash, and each state that a notice has been in."""
    documents.make_document(notice.document.pk, now=timezone.now())
    serve(legal, notice, d("2026-11-16"))
    served_anew = {"service": "hand", "served": d("2026-11-17"), "evidence": "The courier’s list"}
    actions.serve_notice(by=legal, today=d("2026-11-17"), now=timezone.now(), notice=notice, **served_anew)
    before = Notice.events.rel.related_model.objects.filter(pgh_obj=notice)
    assert before.filter(state="issued").exists()
    for attempt in (
        lambda: Document.objects.update(sha256="0" * 64),
        lambda: Document.objects.all().delete(),
        lambda: before.update(state="paid"),
        lambda: before.delete(),
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            attempt()


def test_what_is_no_offence_any_more_or_waits_for_a_review_is_not_charged(legal, notice, pupil):
    serve(legal, notice, d("2026-11-16"))
    day = d("2026-12-16")
    marks(pupil, d("2026-11-09"), "IIIIIIIIGG")
    actions.recheck(pupils=[pupil.pk], schools=None, today=day, now=timezone.now())
    with pytest.raises(NoticeProblem, match="Look at that first: withdraw the notice, or record why it stands"):
        prosecute(legal, notice, day)
    notice.refresh_from_db()
    actions.let_stand(by=legal, today=day, now=timezone.now(), notice=notice, words="Friday is left, and went on.")
    assert len(prosecute(legal, notice, day).later_decisions.get(kind="prosecuted").sessions) == 2


def test_what_has_dropped_out_is_not_among_what_is_charged(legal, notice):
    """The last safe days of 9 to 13 November 2026 are 8 to 12 May 2027: on the 11th two days are left."""
    serve(legal, notice, d("2026-11-16"))
    charged = prosecute(legal, notice, d("2027-05-11")).later_decisions.get().sessions
    assert charged == [f"2026-11-{day} {half}=G" for day in (12, 13) for half in ("AM", "PM")]


def test_a_conviction_is_undone_by_a_court_alone(legal, notice):
    """No withdrawal takes it out of the count, and no payment found later turns it into a paid notice."""
    serve(legal, notice, d("2026-11-16"))
    prosecute(legal, notice, d("2026-12-14"))
    said = {"by": legal, "now": timezone.now(), "notice": notice, "day": d("2027-01-20"), "court": "Merebrook Magistrates’ Court"}
    actions_.record_outcome(today=d("2027-01-20"), outcome="guilty", **said)
    for attempt in (
        lambda: withdraw(legal, notice, d("2027-02-01")),
        lambda: pay(legal, notice, 160, d("2026-12-13"), today=d("2027-02-01")),
    ):
        with pytest.raises(NoticeProblem, match="Only the court can set that aside"):
            attempt()
    actions_.record_outcome(today=d("2027-02-02"), outcome="discontinued", **said)
    assert withdraw(legal, notice, d("2027-02-02")).refund == 0


def test_an_acquittal_ends_in_a_withdrawal_and_counts_no_more(contact_a, legal, notice, pupil, mother):
    serve(legal, notice, d("2026-11-16"))
    prosecute(legal, notice, d("2026-12-14"))
    withdraw(legal, notice, d("2027-02-01"), words="The court found no offence: leave had been granted.")
    marks(pupil, d("2026-11-23"), "GG" * 5)
    [following] = issue(contact_a, legal, pupil, mother, today=d("2027-02-02"))
    assert following.order == 1


def test_nothing_is_paid_before_it_was_served(legal, notice):
    serve(legal, notice, d("2026-11-18"))
    with pytest.raises(NoticeProblem, match="served on 18 November 2026: it cannot have been paid before"):
        pay(legal, notice, 80, d("2026-11-17"), today=d("2026-11-20"))


def test_a_withdrawn_notice_is_refunded_and_takes_no_payment(legal, notice, pupil, mother):
    serve(legal, notice, d("2026-11-16"))
    pay(legal, notice, 80, d("2026-11-20"))
    with pytest.raises(NoticeProblem, match="is paid"):
        withdraw(legal, notice, d("2026-11-23"), ground="no_prosecution")
    with pytest.raises(NoticeProblem, match="Say why"):
        withdraw(legal, notice, d("2026-11-23"), words="")
    assert withdraw(legal, notice, d("2026-11-23")).refund == 80
    with pytest.raises(NoticeProblem, match="was withdrawn on 23 November 2026: nothing is owed for it"):
        pay(legal, notice, 80, d("2026-11-24"))
    with pytest.raises(NoticeProblem, match="withdrawn already"):
        withdraw(legal, notice, d("2026-11-24"))
    # the sessions stay relied on until legal decides otherwise
    assert reports.available_by_parent(pupil, notice.sessions) == {mother.pk: 0}


def test_sessions_set_free_by_a_recorded_decision_may_be_relied_on_again(contact_a, legal, notice, pupil, mother, today):
    withdraw(legal, notice, today, sessions_free=True)
    assert reports.available_by_parent(pupil, notice.sessions) == {mother.pk: 10}
    [again] = issue(contact_a, legal, pupil, mother, today=today)
    assert (again.number, again.order) == (2, 1)


def test_two_people_at_one_notice(legal, notice):
    version = notice.version
    serve(legal, notice, d("2026-11-16"))
    with pytest.raises(NoticeProblem, match="Leigh Legal changed this at"):
        withdraw(factories.make_user("legal", name="Lou Legal"), notice, d("2026-11-17"), version=version)
    with pytest.raises(NoticeProblem, match="You changed this yourself at"):
        withdraw(legal, notice, d("2026-11-17"), version=version)


# --- on paper


@pytest.fixture
def letters(authority):
    """`letters(notice)` has the PDF made as the worker does, and reads it back."""
    authority.contact_email, authority.contact_phone = "attendance@merebrook.example", "01632 960000"
    authority.save()

    def read(notice):
        documents.make_document(notice.document.pk, now=timezone.now())
        notice.document.refresh_from_db()
        with default_storage.open(notice.document.stored) as file:
            return pypdf.PdfReader(io.BytesIO(file.read()))

    return read


def text_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_the_letters_to_two_parents(contact_a, legal, pupil, mother, father, today, letters):
    to_mother, to_father = issue(contact_a, legal, pupil, mother, father, today=today)
    first, second = text_of(letters(to_mother)), text_of(letters(to_father))
    for text, reference in ((first, "PN000001"), (second, "PN000002")):
        for said in (
            reference,
            "Alex Example",
            "Alder High School",
            "Leigh Legal",
            "from 9 November 2026 to 13 November 2026: 10 sessions",
            "within 21 days, beginning with the day you receive this notice £80",
            "within 28 days beginning with the day you receive this notice £160",
            "posted first class on 20 November 2026 it is taken as received on 24 November 2026: "
            "£80 until 14 December 2026, £160 until 21 December 2026",
            "01632 960000",
            "attendance@merebrook.example",
            "prosecuted",
            "Page 1 of 2",
            "Page 2 of 2",
        ):
            assert said in text
    assert "Pat Example 4 Weir Road" in first
    assert "Robin Example 9 Quay Street" in second
    assert "Quay Street" not in first
    assert "Pat" not in second


def test_the_letter_is_tagged_and_named(notice, letters):
    pdf = letters(notice)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"] == "en-GB"
    assert pdf.metadata.title == "Penalty notice PN000001"


def test_a_second_notice_names_one_amount(contact_a, legal, notice, pupil, mother, letters):
    marks(pupil, dt.date(2026, 11, 23), "GG" * 5)
    [second] = issue(contact_a, legal, pupil, mother, today=d("2026-11-30"))
    assert second.order == 2
    text = text_of(letters(second))
    assert "£80" not in text
    assert "£160 until" in text
    assert "second notice to you for this child" in text


def test_a_hidden_home_is_not_told_by_the_other_parents_letter(contact_a, legal, pupil, mother, father, today, letters):
    mother.hidden_from.add(father)
    to_mother, to_father = issue(contact_a, legal, pupil, mother, father, today=today)
    assert (to_mother.child_address, to_father.child_address) == ("4 Weir Road, Merebrook, MB2 2BB", "")
    text = text_of(letters(to_father))
    assert "Weir Road" not in text
    assert "MB2" not in text
    assert "Alex Example" in text


def test_a_hidden_home_is_not_told_however_the_childs_address_is_written(contact_a, legal, pupil, mother, father, today):
    """Nobody is recorded as living with the child, and the child's address is the mother's in other words."""
    mother.hidden_from.add(father)
    mother.responsibilities.update(lives_with=False)
    pupil.address = "4, Weir Rd., Merebrook"
    pupil.save()
    _, to_father = issue(contact_a, legal, pupil, mother, father, today=today)
    assert to_father.child_address == ""


def test_a_document_is_made_once_and_kept_byte_for_byte(notice, letters):
    letters(notice)
    document = notice.document
    with default_storage.open(document.stored) as file:
        kept = file.read()
    assert hashlib.sha256(kept).hexdigest() == document.sha256
    assert document.size == len(kept)
    notice.to_name = "Somebody Else"
    notice.save()
    assert documents.make_document(document.pk, now=timezone.now()) is None
    with default_storage.open(document.stored) as file:
        assert file.read() == kept


def test_a_lost_message_is_found_by_the_sweep_and_the_worker_makes_the_letter(notice, monkeypatch, today):
    rung = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, retry: rung.append((task, args)))
    tasks.cache.clear()
    tasks.sweep()
    assert ("daymark.make_document", [notice.document.pk]) in rung
    tasks.make_document(notice.document.pk)
    assert Document.objects.get(notice=notice).status == "made"
    tasks.cache.clear()
    rung.clear()
    tasks.sweep()
    assert "daymark.make_document" not in [task for task, _ in rung]


def test_a_document_that_cannot_be_made_says_so_after_three_attempts(legal, notice, settings, today):
    settings.MEDIA_ROOT = "/dev/null/nowhere"
    for _ in range(3):
        assert documents.waiting() == [notice.document.pk]
        documents.make_document(notice.document.pk, now=timezone.now())
    document = Document.objects.get(notice=notice)
    assert (document.status, document.attempts) == ("failed", 3)
    assert document.error.startswith("The PDF could not be made after 3 attempts")
    assert documents.waiting() == []
    assert actions.make_again(by=legal, today=today, now=timezone.now(), notice=notice).status == "waiting"
