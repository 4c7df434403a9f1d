"""Attendance contracts: offered to each parent, agreed only by a signature, watched from the marks; and the yearly return."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from casework.actions import open_case
from legal import contracts as rules
from legal import papers, prm, prm_reads
from legal.actions import NoticeProblem, contracts
from legal.models import Authorised, Contract, Paper, Party
from legal.prm import NoticeFact
from tests import factories
from tests.flows.improve_things import TODAY, in_term, offered, often_absent
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

# what may never be said of a parent who has not signed
NEVER = re.compile(r"\bagreed\b|\bbreach|\bbroke|\bcomplian|\bkept to\b", re.IGNORECASE)


@pytest.fixture
def pupil(school_a):
    in_term(school_a)
    return often_absent(school_a)


@pytest.fixture
def pat(pupil):
    return factories.make_parent(pupil, forename="Pat")


@pytest.fixture
def kim(pupil):
    return factories.make_parent(pupil, forename="Kim", address="9 Far Road, Merebrook", postcode="MB9 9ZZ")


def answer(by, party, state, *, day=TODAY, **more):
    return contracts.record_answer(by=by, today=TODAY, now=timezone.now(), party=party, state=state, day=day, **more)


def text_of(paper):
    made = papers.pdf(Paper.objects.get(pk=paper.pk))
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages).split())


class TestVoluntary:
    def test_an_offer_is_watched_and_never_called_agreed(self, officer, pupil, school_a, pat, kim, browse):
        contract = offered(officer, pupil, school_a, pat, kim, present=(pat,))
        assert set(contract.parties.values_list("state", flat=True)) == {"offered"}
        assert Contract.objects.with_agreed().get().agreed is False
        client = browse(officer)
        for name, args in (("contract", [contract.pk]), ("contracts", [])):
            page = said(client.get(reverse(name, args=args)))
            assert "Offer of an attendance contract" in page
            assert not NEVER.search(page)
        assert "Missed 0 of 10 sessions since Mon 16 Nov 2026" in said(client.get(reverse("contract", args=[contract.pk])))
        absent = contract.parties.get(parent=kim).papers.get()
        text = text_of(absent)
        assert "It is an offer" in text
        assert "9 Far Road" in text
        assert not NEVER.search(text)
        assert prm_reads.of_year(2026).rows["offered"] == tuple(contract.parties.order_by("pk").values_list("pk", flat=True))
        assert prm_reads.of_year(2026).rows["accepted"] == ()

    @pytest.mark.parametrize("state", ["refused", "no_reply"])
    def test_whoever_refuses_or_does_not_answer_has_no_contract(self, officer, pupil, school_a, pat, state):
        contract = offered(officer, pupil, school_a, pat)
        answer(officer, contract.parties.get(), state)
        assert not Paper.objects.filter(kind="signed").exists()
        assert len(prm_reads.of_year(2026).rows["accepted"]) == 0

    def test_agreed_is_signed_with_a_copy_or_where_it_is_kept(self, officer, pupil, school_a, pat, kim, browse):
        contract = offered(officer, pupil, school_a, pat, kim, present=(pat,))
        party = contract.parties.get(parent=pat)
        with pytest.raises(NoticeProblem, match="add the signed copy, or say where"):
            answer(officer, party, "agreed")
        client = browse(officer)
        form = {"version": party.version, "state": "agreed", "where": "", "words": ""} | date("day", TODAY)
        wrong = client.post(reverse("contract_answer", args=[party.pk]), form | {"file": SimpleUploadedFile("signed.pdf", b"no")})
        assert "This is no PDF file" in said(wrong)
        sent = form | {"file": SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed")}
        page = said(client.post(reverse("contract_answer", args=[party.pk]), sent, follow=True))
        assert "Signed by 1 of 2 parents; to the others it is an offer: without an answer yet." in page
        assert b"".join(client.get(reverse("contract_copy", args=[party.pk])).streaming_content) == b"%PDF-1.7 signed"
        assert "signed by Pat Example on 20 November 2026" in text_of(Paper.objects.get(kind="signed"))
        found = prm_reads.of_year(2026)
        assert [len(found.rows[key]) for key in ("offered", "accepted")] == [2, 1]

    def test_nobody_offers_one_for_the_authority_without_being_authorised(self, officer, pupil, school_a, pat):
        Authorised.objects.filter(user=officer, power="contracts").update(end=dt.date(2026, 9, 1))
        with pytest.raises(NoticeProblem, match="your authority to sign attendance contracts ended on 1 September 2026"):
            offered(officer, pupil, school_a, pat)

    def test_not_for_independent_schools(self, officer, school_a, pat, pupil):
        school_a.independent = True
        school_a.save()
        with pytest.raises(NoticeProblem, match="No attendance contract exists for an independent school"):
            offered(officer, pupil, school_a, pat)

    @given(st.lists(st.tuples(st.sampled_from(["to_offer", "offered", "refused", "no_reply"]), st.just(False)), max_size=4))
    def test_no_words_about_offers_alone_say_more_than_that(self, states):
        found = rules.standing(states)
        assert not found.is_contract
        assert found.name == rules.OFFER
        assert not NEVER.search(found.words)


class TestRunning:
    def test_a_review_keeps_the_marks_of_its_day(self, officer, pupil, school_a, pat, browse, django_assert_max_num_queries):
        contract = offered(officer, pupil, school_a, pat)
        answer(officer, contract.parties.get(), "agreed", where="In the family’s file at school")
        common = {"by": officer, "today": TODAY, "now": timezone.now(), "contract": contract}
        review = contracts.review_contract(result="well", words="Every day so far", next_by=dt.date(2026, 12, 18), **common)
        assert (review.absent, review.possible) == (0, 10)
        ended = contracts.end_contract(outcome="improved", words="No absence without authority since", **common)
        assert (ended.status, ended.parties.get().state, ended.parties.get().signed) == ("ended", "ended", TODAY)
        assert len(prm_reads.of_year(2026).rows["accepted"]) == 1  # that it has ended takes nothing back
        client = browse(officer)
        for name, args in (("contract", [contract.pk]), ("contracts", [])):
            with django_assert_max_num_queries(15):
                assert client.get(reverse(name, args=args)).status_code == 200

    def test_the_case_shows_it_with_what_the_marks_say(self, officer, contact_b, pupil, school_a, pat, browse):
        contract = offered(officer, pupil, school_a, pat)
        opened, _ = open_case(
            by=officer, today=TODAY, now=timezone.now(), pupil=pupil, school=school_a, origin="officer", reason="persistent"
        )
        address = reverse("legal_running", args=[pupil.pk])
        assert address in browse(officer).get(reverse("case", args=[opened.pk])).content.decode()
        shown = said(browse(officer).get(address))
        assert f"Offer of an attendance contract {contract.reference}" in shown
        assert "Attendance is watched all the same" in shown
        assert not NEVER.search(shown)
        assert browse(contact_b).get(address).status_code == 404

    def test_what_the_authority_drew_up_no_school_changes_or_ends(self, officer, contact_a, pupil, school_a, pat, browse):
        contract = offered(officer, pupil, school_a, pat)
        client, form = browse(contact_a), {"outcome": "dropped", "words": "We would rather not", "version": contract.version}
        outcome = Contract.Outcome.values[-1]
        answer = said(client.post(reverse("contract_end", args=[contract.pk]), form | {"outcome": outcome}))
        assert "is the authority’s: your attendance officer does this." in answer
        contract.refresh_from_db()
        assert contract.status == "open"
        told = said(browse(officer).post(reverse("legal_trail", args=["contract", contract.pk])))
        assert "Offered attendance contract" in told
        assert "not as it was kept" not in told

    def test_what_was_offered_stays_as_offered(self, officer, pupil, school_a, pat):
        contract = offered(officer, pupil, school_a, pat)
        with pytest.raises(NoticeProblem, match="its words stay"):
            contracts.change_contract(
                by=officer,
                today=TODAY,
                now=timezone.now(),
                contract=contract,
                requirements="More",
                support="Less",
                start=contract.start,
                end=contract.end,
            )
        assert Party.objects.get().version == 2


class TestReturn:
    @pytest.mark.parametrize(
        ("sessions", "reason"),
        [
            (["a AM=G"] * 6 + ["a AM=O"] * 4, "holiday"),
            (["a AM=U"] * 6 + ["a AM=O"] * 4, "late"),
            (["a AM=O"] * 6 + ["a AM=N"] * 4, "other"),
            (["a AM=G"] * 5 + ["a AM=U"] * 5, "other"),
        ],
    )
    def test_the_main_reason(self, sessions, reason):
        assert prm.reason(sessions) == reason

    @pytest.mark.parametrize(
        ("state", "paid", "key"),
        [
            ("paid", "2026-11-30", "paid_21"),  # W17: received 10 November, the last day of the 21
            ("paid", "2026-12-01", "paid_28"),
            ("paid", "2026-12-07", "paid_28"),
            ("withdrawn", None, "withdrawn"),
            ("prosecuted", None, "prosecuted"),
            ("served", None, "unresolved"),
            ("issued", None, "unresolved"),
        ],
    )
    def test_what_became_of_a_notice(self, state, paid, key):
        day = dt.date.fromisoformat(paid) if paid else None
        assert prm.became(NoticeFact(1, state, (), dt.date(2026, 11, 10), day)) == key

    def test_unknown_is_not_recorded_and_small_numbers_are_kept_back(self, manager, officer, pupil, school_a, pat, browse):
        offered(officer, pupil, school_a, pat)
        client = browse(manager)
        page = said(client.get(reverse("prm")))
        assert "Parenting orders made 0" in page
        assert "Parenting orders carried out 0" in page
        assert "Contracts offered, to a parent each 1" in page
        assert "Penalty notices issued 0" in page
        inside = b"".join(client.get(reverse("prm_download", args=["csv"])).streaming_content).decode()
        assert '"Contracts offered, to a parent each",1' in inside.replace("\r", "")
        assert "Parenting orders carried out,0" in inside
        published = b"".join(client.get(reverse("prm_download", args=["csv"]) + "?for=publish").streaming_content).decode()
        assert '"Contracts offered, to a parent each",c' in published
        assert "Robin Example" in said(client.get(reverse("prm_rows", args=["offered"])))
