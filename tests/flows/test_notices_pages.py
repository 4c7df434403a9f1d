"""Penalty notices and their lists through the pages: by whom, with which words, and what bad input meets."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from legal.models import Document, Notice, Request
from schools.models import Parent, Pupil, Responsibility, School
from tests import factories
from tests.flows.notice_acts import ready_to_charge
from tests.flows.notice_things import TODAY, answer_all, date, draft, issued, many_name, many_notices, on_holiday, served, submitted
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return on_holiday(school_a)


@pytest.fixture
def pat(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Pat")


@pytest.fixture
def kim(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Kim", address="9 Far Road, Merebrook", postcode="MB9 9ZZ")


def page(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return said(answer)


def moved(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


class TestNotices:
    @pytest.fixture
    def notice(self, contact_a: User, legal: User, pupil: Pupil, pat: Parent, school_a: School) -> Notice:
        return issued(contact_a, legal, pupil, school_a, pat)[0]

    def test_served_by_post_the_days_follow(self, legal_client: Client, notice: Notice) -> None:
        """Posted Fri 20 November, taken as received Tue 24 November 2026: day 1 of 21 and 28."""
        form = {"version": notice.version, "service": "post"} | date("served", TODAY) | date("receipt", None)
        answer = legal_client.post(reverse("notice_serve", args=[notice.pk]), form, follow=True)
        text = said(answer)
        assert "£80 until 14 December 2026, £160 until 21 December 2026" in text
        assert "Until 14 December 2026 £80" in text
        assert "From 15 December 2026 to 21 December 2026 £160" in text
        assert "From 22 December 2026: unpaid, prosecute or withdraw" in text
        assert "Owed today: £80." in text

    def test_served_before_it_was_issued_is_said_at_the_field(self, legal_client: Client, notice: Notice) -> None:
        form = {"version": notice.version, "service": "hand"} | date("served", dt.date(2026, 11, 19)) | date("receipt", None)
        answer = legal_client.post(reverse("notice_serve", args=[notice.pk]), form)
        assert "it cannot have been served before" in said(answer)
        assert Notice.objects.get().state == "issued"

    def test_the_sum_due_that_day_and_no_other(self, legal: User, legal_client: Client, notice: Notice) -> None:
        served(notice, legal)
        address = reverse("notice_pay", args=[notice.pk])
        form = {"amount": "£160.00", "form_token": str(uuid.uuid4())} | date("day", TODAY)
        answer = legal_client.post(address, form)
        assert "£80 was due on 20 November 2026, £160 was given." in said(answer)
        assert "£160.00" in answer.content.decode()
        assert "Enter whole pounds" in said(legal_client.post(address, form | {"amount": "79.50"}))
        text = said(legal_client.post(address, form | {"amount": "£80"}, follow=True))
        assert "£80 is recorded: PN000001 is paid." in text
        legal_client.post(address, form | {"amount": "£80"})  # sent twice
        assert notice.payments.count() == 1

    def test_a_withdrawn_notice_takes_no_payment(self, legal: User, legal_client: Client, notice: Notice) -> None:
        notice = served(notice, legal)
        form = {"version": notice.version, "ground": "wrong_person", "words": "Kim was in charge that week."}
        assert "is withdrawn" in said(legal_client.post(reverse("notice_withdraw", args=[notice.pk]), form, follow=True))
        pay = {"amount": "80", "form_token": str(uuid.uuid4())} | date("day", TODAY)
        assert "PN000001 was withdrawn on 20 November 2026" in said(legal_client.post(reverse("notice_pay", args=[notice.pk]), pay))
        assert not notice.payments.exists()

    def test_prosecuted_only_after_its_days(self, legal: User, legal_client: Client, notice: Notice) -> None:
        notice = served(notice, legal)
        address = reverse("notice_prosecute", args=[notice.pk])
        assert "It may still be paid until 17 December 2026." in said(
            legal_client.post(address, {"version": notice.version, "words": "Unpaid."} | date("day", TODAY))
        )
        Notice.objects.update(receipt=dt.date(2026, 10, 23), served=dt.date(2026, 10, 23), issued=dt.date(2026, 10, 23))
        assert "unpaid since 20 November 2026: prosecute or withdraw" in page(legal_client, "notices")
        assert "PN000001" in said(legal_client.get(reverse("notices"), {"overdue": "yes"}))
        assert "Enter the day the proceedings were begun" in said(legal_client.post(address, {"version": notice.version}))
        form = {"version": notice.version, "words": "Unpaid, and the absence went on."} | date("day", TODAY)
        refused = said(legal_client.post(address, form))
        assert "Confirmed Alder High School confirmed on 20 November 2026" in refused
        assert "Consider an education supervision order first" in refused
        assert "The school is asked" in said(legal_client.post(reverse("notice_ask", args=[notice.pk]), follow=True))
        ready_to_charge(legal, notice, TODAY)
        text = said(legal_client.post(address, form, follow=True))
        assert "Prosecuted for non-payment Fri 20 Nov 2026" in text
        assert "The absence is prosecuted: Unpaid, and the absence went on." in text
        kept = legal_client.get(reverse("notice_register", args=[notice.later_decisions.get().pk]))
        assert hashlib.sha256(kept.content).hexdigest() in text
        assert Notice.objects.get().state == "prosecuted"

    def test_a_school_learns_the_outcome_and_no_address(
        self, legal: User, contact_a_client: Client, legal_client: Client, contact_b_client: Client, notice: Notice
    ) -> None:
        text = page(contact_a_client, "notice", notice.pk)
        assert "PN000001" in text
        assert "Issued, not yet served" in text
        assert "1 Mill Lane" not in text
        assert "£" not in text
        assert "1 Mill Lane" in page(legal_client, "notice", notice.pk)
        assert contact_a_client.get(reverse("notice_pdf", args=[notice.pk])).status_code == 403
        assert "PN000001" in page(contact_a_client, "notices")
        assert "Owed today" not in page(contact_a_client, "notices")
        assert contact_b_client.get(reverse("notice", args=[notice.pk])).status_code == 404
        assert "PN000001" not in page(contact_b_client, "notices")

    def test_the_pdf_is_awaited_then_sent_as_it_was_made(self, legal: User, legal_client: Client, notice: Notice) -> None:
        address = reverse("notice_pdf", args=[notice.pk])
        answer = legal_client.get(reverse("notice", args=[notice.pk]))
        assert "The PDF is being made" in said(answer)
        assert '<noscript><meta http-equiv="refresh"' in answer.content.decode()
        assert legal_client.get(reverse("notice_document", args=[notice.pk])).status_code == 200
        assert legal_client.get(address).status_code == 404
        name = default_storage.save("notices/test.pdf", ContentFile(b"%PDF-1.7 as made"))
        Document.objects.update(status="made", stored=name, size=16, sha256="ab" * 32)
        assert legal_client.get(reverse("notice_document", args=[notice.pk])).status_code == 286
        answer = legal_client.get(address)
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 as made"
        assert answer["Content-Disposition"] == 'attachment; filename="PN000001.pdf"'
        assert AuditEvent.objects.filter(kind="export", act="downloaded a notice", by=legal, subject_id=notice.pk).count() == 1

    def test_a_pdf_that_failed_is_made_again(self, legal_client: Client, officer_client: Client, notice: Notice) -> None:
        Document.objects.update(status="failed", error="The PDF could not be made after 3 attempts.")
        assert "A legal officer can try again" in page(officer_client, "notice", notice.pk)
        assert "Make the PDF again" in page(legal_client, "notice", notice.pk)
        legal_client.post(reverse("notice_make_again", args=[notice.pk]))
        assert Document.objects.get().status == "waiting"

    def test_a_look_is_written_down(self, legal: User, legal_client: Client, notice: Notice) -> None:
        page(legal_client, "notice", notice.pk)
        assert AuditEvent.objects.filter(kind="view", by=legal, act="looked at a notice", subject_id=notice.pk).count() == 1

    def test_the_first_notice_is_seen_by_the_next_request(
        self, contact_a: User, legal_client: Client, contact_a_client: Client, pupil: Pupil, pat: Parent, school_a: School, notice: Notice
    ) -> None:
        """W22: 10 G relied on, 2 O since: 12 in the window, 2 left against this parent."""
        factories.write_marks(pupil.enrolments.get(), dt.date(2026, 11, 19), "OO")
        factories.write_marks(pupil.enrolments.get(), dt.date(2026, 11, 9), "GG GG GG GG GG")
        found = draft(contact_a, pupil, school_a, pat)
        text = page(legal_client, "request", found.pk)
        assert "2 of 12 not yet relied on against this parent" in text
        assert "A notice needs 10." in text
        assert "Second: £160 within 28 days of receipt" in text
        assert "issued Fri 20 Nov 2026: issued, not yet served, counts" in text


class TestLists:
    def test_waiting_first_and_counted_by_state(self, officer: User, contact_a: User, legal_client: Client, school_a: School) -> None:
        for n, make in enumerate((draft, submitted)):
            pupil = on_holiday(school_a, f"Family{n}")
            make(contact_a, pupil, school_a, factories.make_parent(pupil))
        text = page(legal_client, "requests")
        assert text.index("Family1, Robin") < text.index("Family0, Robin")
        assert "Waiting for a decision: 1" in text
        assert "Being prepared: 1" in text
        text = said(legal_client.get(reverse("requests"), {"status": "draft"}))
        assert "Family1, Robin" not in text
        assert "Waiting for a decision: 1" in text
        assert "This choice is not offered here" in said(legal_client.get(reverse("requests"), {"status": "lost"}))

    def test_a_notice_is_found_by_its_number_or_the_pupils_name(self, legal: User, legal_client: Client, school_a: School) -> None:
        many_notices(school_a, legal, 3)
        for q in ("PN001002", "1002", many_name(2)):
            text = said(legal_client.get(reverse("notices"), {"q": q}))
            assert "PN001002" in text
            assert "PN001001" not in text

    def test_empty_lists_help(self, legal_client: Client, contact_a_client: Client) -> None:
        assert "No penalty notice has been issued" in page(legal_client, "notices")
        assert "No penalty notice has been asked for" in page(contact_a_client, "requests")


class TestQueries:
    @pytest.mark.parametrize("part", ["legal", "officer", "contact_a"])
    @pytest.mark.parametrize("name", ["requests", "notices"])
    def test_lists_of_200(
        self, part: str, name: str, cast: dict[str, User], school_a: School, browse: Any, django_assert_max_num_queries: Any
    ) -> None:
        many_notices(school_a, cast["legal"], 200)
        client = browse(cast[part])
        with django_assert_max_num_queries(15):
            client.get(reverse(name))

    @pytest.mark.parametrize("part", ["legal", "officer", "contact_a"])
    def test_pages_of_one(
        self,
        part: str,
        cast: dict[str, User],
        pupil: Pupil,
        pat: Parent,
        kim: Parent,
        school_a: School,
        browse: Any,
        django_assert_max_num_queries: Any,
    ) -> None:
        Responsibility.objects.filter(parent=kim).update(relationship="father")
        [notice, _] = issued(cast["contact_a"], cast["legal"], pupil, school_a, pat, kim)
        client = browse(cast[part])
        with django_assert_max_num_queries(15):
            client.get(reverse("notice", args=[notice.pk]))
        with django_assert_max_num_queries(15):
            client.get(reverse("request", args=[notice.request_id]))
        factories.write_marks(pupil.enrolments.get(), dt.date(2026, 9, 7), "OO OO OO OO OO OO")
        second = draft(cast["contact_a"], pupil, school_a, pat, kim)
        with django_assert_max_num_queries(15):
            client.get(reverse("request", args=[second.pk]))
        answer_all(second, cast["contact_a"])
        client.post(reverse("request_submit", args=[second.pk]), {"version": second.version})
        with django_assert_max_num_queries(15):
            client.get(reverse("request", args=[second.pk]))
        if part == "legal":
            Request.objects.filter(pk=second.pk).update(status="submitted", sessions=notice.sessions, submitted=TODAY)
            with django_assert_max_num_queries(15):
                client.get(reverse("request_decide", args=[second.pk]))
