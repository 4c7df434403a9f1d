"""Notices to improve: prepared, issued, served, watched from the marks, and decided by a person."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from casework.models import Task
from legal import actions, papers
from legal.actions import NoticeProblem, improvements, improving
from legal.models import Improvement, ImprovementDecision, Paper
from schools.models import PolicyValue
from tests import factories
from tests.flows.improve_things import AFTER, END, START, TODAY, confirmed, draft, in_term, issued, marks, often_absent, running, terms
from tests.flows.notice_acts import decide, submit
from tests.flows.notice_things import date, on_holiday
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


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


def watch(pupil, day):
    return actions.recheck(pupils=[pupil.pk], schools=None, today=day, now=timezone.now())


def end(by, row, kind, day, words=""):
    return improving.end_improvement(by=by, today=day, now=timezone.now(), improvement=row, kind=kind, words=words)


def open_tasks(pupil):
    return {
        task.source_key.rpartition(":")[2]: task for task in Task.objects.open().filter(pupil=pupil, source_key__startswith="legal:improve")
    }


class TestBeforeANotice:
    def test_its_time_is_kept_before_a_penalty_notice(self, officer, legal, contact_a, pupil, school_a, pat, kim):
        """To this parent: the other one was promised no time. Nobody may answer the checklist round it."""
        row = running(officer, pupil, school_a, pat, early_words="If no meeting is kept")
        asked = submit(contact_a, pupil, pat, kim, today=TODAY, route="ongoing")
        with pytest.raises(NoticeProblem, match=f"{row.reference}, a notice to improve to Pat Example, runs to 18 December 2026"):
            decide(legal, asked, pat, kim, today=TODAY, reason="not_worked")
        end(officer, row, "ended_early", TODAY, "They wrote that no meeting will be kept.")
        assert decide(legal, asked, pat, kim, today=TODAY, reason="not_worked").notices.count() == 2


class TestIssued:
    def test_one_document_for_each_parent_with_what_the_framework_asks_for(self, officer, pupil, school_a, pat, kim):
        both = issued(officer, pupil, school_a, pat, kim, early_words="If no meeting is kept")
        assert [(row.to_name, row.end, row.of) for row in both] == [("Pat Example", END, 30), ("Kim Example", END, 30)]
        assert len(both[0].sessions) == 12
        first = papers.make(both[0].papers.get().pk, now=timezone.now())
        made = papers.pdf(first)
        kept = PdfReader(io.BytesIO(made))
        text = " ".join(" ".join(page.extract_text() for page in kept.pages).split())
        for words in (
            "section 7",
            "A plan since September",
            "family worker",
            "From Monday 30 November 2026 to Friday 18 December 2026",
            "no more than 2 of the 30 sessions",
            "penalty notice may be issued",
            "if 6 or more sessions",
            "If no meeting is kept",
            "Olive Officer",
            f"Page 1 of {len(kept.pages)}",
            both[0].reference,
        ):
            assert words in text, words
        row = Improvement.objects.get(pk=both[0].pk)
        assert f"attended {row.record_possible - row.record_absent} of {row.record_possible} sessions" in text
        assert "9 Far Road" not in text
        paper = Paper.objects.get(pk=first.pk)
        assert (paper.status, paper.template, len(paper.sha256)) == ("made", "improve 1", 64)

    def test_the_register_is_kept_as_it_was_known(self, officer, pupil, school_a, pat):
        row = issued(officer, pupil, school_a, pat)[0]
        decided = row.decisions.get()
        assert hashlib.sha256(decided.register.encode()).hexdigest() == decided.sha256
        marks(pupil, dt.date(2026, 11, 2), "II")
        assert f"2026-11-02 AM O {school_a.urn}" in ImprovementDecision.objects.get().register

    def test_not_for_a_holiday(self, officer, school_a):
        holiday = on_holiday(school_a, "Away")
        with pytest.raises(NoticeProblem, match="not for a holiday"):
            issued(officer, holiday, school_a, factories.make_parent(holiday))
        assert not Improvement.objects.exclude(state="draft").exists()

    def test_all_of_them_or_none(self, officer, pupil, school_a, pat):
        nowhere = factories.make_parent(pupil, forename="Kim", address="", postcode="")
        with pytest.raises(NoticeProblem, match="Kim Example has no address"):
            issued(officer, pupil, school_a, pat, nowhere)
        assert not Paper.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"weeks": 2}, "3 to 6 school weeks"),
            ({"weeks": 7}, "3 to 6 school weeks"),
            ({"start": TODAY - dt.timedelta(1)}, "cannot begin before today"),
            ({"most": 30, "early": None}, "The period has 30 sessions"),
            ({"early": 2}, "Enter more than 2"),
        ],
    )
    def test_what_it_cannot_say(self, officer, pupil, school_a, pat, changes, words):
        with pytest.raises(NoticeProblem, match=words):
            draft(officer, pupil, school_a, pat, **changes)

    def test_who_issues_is_the_authoritys_policy(self, officer, contact_a, manager, pupil, school_a, pat):
        PolicyValue.objects.create(key="improve_issuer", value=1, start=TODAY, reason="Our code", set_by=manager, set_at=timezone.now())
        with pytest.raises(NoticeProblem, match="issued by the attendance team"):
            draft(contact_a, pupil, school_a, pat)
        assert draft(officer, pupil, school_a, pat)

    def test_one_at_a_time_and_a_form_sent_twice_makes_one(self, officer, pupil, school_a, pat):
        token = uuid.uuid4()
        common = {"by": officer, "today": TODAY, "now": timezone.now(), "pupil": pupil, "school": school_a, "parents": [pat]}
        once = improvements.draft_improvements(terms=terms(), form_token=token, **common)
        assert improvements.draft_improvements(terms=terms(), form_token=token, **common) == once
        with pytest.raises(NoticeProblem, match="One parent has one at a time"):
            improvements.draft_improvements(terms=terms(), form_token=uuid.uuid4(), **common)


class TestServed:
    def test_by_post_it_is_received_on_the_second_working_day(self, officer, pupil, school_a, pat):
        row = issued(officer, pupil, school_a, pat)[0]
        common = {"by": officer, "today": TODAY, "now": timezone.now(), "improvement": row}
        with pytest.raises(NoticeProblem, match="send no notice to improve by e-mail"):
            improvements.serve_improvement(service="email", served=TODAY, **common)
        found = improvements.serve_improvement(service="post", served=TODAY, **common)
        assert (found.state, found.receipt) == ("running", dt.date(2026, 11, 24))

    def test_by_email_only_with_the_parents_agreement_on_record(self, officer, manager, pupil, school_a, pat):
        PolicyValue.objects.create(key="improve_email", value=1, start=TODAY, reason="Our code", set_by=manager, set_at=timezone.now())
        row = issued(officer, pupil, school_a, pat)[0]
        common = {"by": officer, "today": TODAY, "now": timezone.now(), "improvement": row, "service": "email", "served": TODAY}
        with pytest.raises(NoticeProblem, match="has not agreed to e-mail"):
            improvements.serve_improvement(**common)
        pat.email, pat.email_agreed = "pat@example.org", "By telephone, 3 September 2026"
        pat.save()
        assert improvements.serve_improvement(**common).receipt == TODAY


class TestWatched:
    def test_improved(self, officer, pupil, school_a, pat):
        row = running(officer, pupil, school_a, pat)
        marks(pupil, START, r"/\ " * 10 + r"/O /\ /\ /\ /\ ")
        watch(pupil, dt.date(2026, 12, 11))
        row.refresh_from_db()
        assert (row.missed, row.counted, row.finding) == (0, 20, "running")
        with pytest.raises(NoticeProblem, match="can be said after it"):
            end(officer, row, "improved", dt.date(2026, 12, 11))
        watch(pupil, AFTER)
        row.refresh_from_db()
        assert (row.missed, row.counted, row.finding) == (1, 30, "met")
        assert open_tasks(pupil)["end"].due == END + dt.timedelta(1)
        decided = end(officer, row, "improved", AFTER)
        assert (decided.missed, decided.counted, decided.by_name) == (1, 30, "Olive Officer")
        assert not open_tasks(pupil)

    def test_a_target_that_cannot_be_met_any_more_is_told_with_its_evidence(self, officer, pupil, school_a, pat):
        row = running(officer, pupil, school_a, pat)
        marks(pupil, START, "OO NO /\\ ")
        watch(pupil, dt.date(2026, 12, 2))
        row.refresh_from_db()
        assert (row.missed, row.counted, row.finding, row.reached_early) == (4, 6, "broken", False)  # three firm, one N
        told = open_tasks(pupil)["early"]
        assert "cannot be met any more" in told.title
        assert "4 of 6 sessions missed without authority, 1 of them at N" in told.why
        assert (told.side, told.school) == ("officer", school_a)
        marks(pupil, START, "II II")  # corrected: nothing is left of it
        watch(pupil, dt.date(2026, 12, 3))
        assert "early" not in open_tasks(pupil)

    def test_ended_early_only_on_a_ground_of_the_notice(self, officer, pupil, school_a, pat):
        row = running(officer, pupil, school_a, pat)
        marks(pupil, START, "OO OO /O ")
        with pytest.raises(NoticeProblem, match="names no ground that is met"):
            end(officer, row, "ended_early", dt.date(2026, 12, 2), "They do not come")
        marks(pupil, START + dt.timedelta(3), "OO")
        with pytest.raises(NoticeProblem, match="which of the notice’s grounds"):
            end(officer, row, "ended_early", dt.date(2026, 12, 3))
        assert end(officer, row, "ended_early", dt.date(2026, 12, 3), "Six sessions by the first Thursday").missed == 7

    def test_a_decision_otherwise_than_the_marks_say_needs_its_reason(self, officer, pupil, school_a, pat):
        row = running(officer, pupil, school_a, pat)
        marks(pupil, START, "OO OO " + "/\\ " * 13)
        with pytest.raises(NoticeProblem, match="by the marks: 4 of 30"):
            end(officer, row, "improved", AFTER)
        assert end(officer, row, "improved", AFTER, "A bereavement in the first week; full since.").kind == "improved"

    def test_no_marks_are_not_an_improvement(self, officer, pupil, school_a, pat):
        row = running(officer, pupil, school_a, pat)
        with pytest.raises(NoticeProblem, match="cannot be judged from the register"):
            end(officer, row, "improved", AFTER)


class TestPages:
    def test_from_the_form_to_the_issue(self, officer, pupil, school_a, pat, kim, browse, django_assert_max_num_queries):
        client = browse(officer)
        asked = {
            "parents": [pat.pk, kim.pk],
            "weeks": "3",
            "most": "2",
            "early": "",
            "early_words": "",
            "support_given": "A plan",
            "support_offered": "A family worker",
            "contact": "Olive Officer",
            "form_token": str(uuid.uuid4()),
        } | date("start", START)
        answer = client.post(reverse("improve_new", args=[pupil.pk]), asked, follow=True)
        assert "Nothing has been sent: read it once more" in said(answer)
        first, second = Improvement.objects.order_by("pk")
        confirmed(pupil, school_a)
        client.post(reverse("improve_issue", args=[first.pk]), {"improvements": [f"{first.pk}.1", f"{second.pk}.1"]}, follow=True)
        assert set(Improvement.objects.values_list("state", flat=True)) == {"issued"}
        answer = client.post(reverse("improve_issue", args=[first.pk]), {"improvements": [f"{first.pk}.1"]})
        assert "One of these has been changed since this page was opened" in said(answer)
        for name, args in (("improvement", [first.pk]), ("improvements", [])):
            with django_assert_max_num_queries(15):
                assert client.get(reverse(name, args=args)).status_code == 200

    def test_what_the_authority_issued_no_school_ends_or_takes_back(self, officer, contact_a, pupil, school_a, pat, browse):
        row = running(officer, pupil, school_a, pat)
        client = browse(contact_a)
        page = said(client.get(reverse("improvement", args=[row.pk])))
        assert "Take it back" not in page
        assert "Last safe date" not in page
        for name, form in (
            ("improve_withdraw", {"words": "We would rather not"}),
            ("improve_end", {"kind": "ended_early", "words": "We would rather not"}),
            ("improve_serve", {"service": "hand", "evidence": "We say so"} | date("served", TODAY)),
        ):
            answer = said(client.post(reverse(name, args=[row.pk]), form | {"version": row.version}))
            assert f"{row.reference} is the authority’s: your attendance officer does this." in answer
        row.refresh_from_db()
        assert row.state == "running"
        trail = browse(officer).post(reverse("legal_trail", args=["improve", row.pk]))
        assert "Everything is as it was kept" in said(trail)
        assert "Last safe date to lay the information" in said(browse(officer).get(reverse("improvement", args=[row.pk])))

    def test_a_school_opens_the_document_that_it_issues_and_no_other(self, officer, contact_a, pupil, school_a, pat, kim, browse):
        theirs, ours = issued(contact_a, pupil, school_a, pat)[0], issued(officer, pupil, school_a, kim)[0]
        client = browse(contact_a)
        assert client.get(reverse("legal_paper", args=[theirs.papers.get().pk])).status_code == 200
        assert client.get(reverse("legal_paper", args=[ours.papers.get().pk])).status_code == 403
        pat.hidden_from.add(kim)
        assert client.get(reverse("legal_paper", args=[theirs.papers.get().pk])).status_code == 403
