"""A notice that something has come to speak against: legal lets it stand, or it comes back. And the day of a prosecution."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from casework.actions import open_case
from casework.models import Entry
from legal import actions, reports
from legal.actions import NoticeProblem
from legal.models import Review
from tests.flows import notice_acts
from tests.flows.notice_acts import a_mother, d, issue, marks, on_holiday, serve, withdraw
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a):
    return on_holiday(school_a)


@pytest.fixture
def mother(pupil):
    return a_mother(pupil)


@pytest.fixture
def notice(contact_a, legal, pupil, mother, today):
    """A first notice, issued Monday 16 November 2026."""
    return issue(contact_a, legal, pupil, mother, today=d("2026-11-16"))[0]


@pytest.fixture
def look_again(pupil, today):
    """What follows when marks have changed."""

    def again():
        return actions.recheck(pupils=[pupil.pk], schools=None, today=today, now=timezone.now())

    return again


@pytest.fixture
def reviewed(notice, pupil, look_again):
    """Its first morning turned out to be an illness."""
    marks(pupil, dt.date(2026, 11, 9), "I")
    look_again()
    notice.refresh_from_db()
    return notice


def stand(legal, notice, words="One session less; nine of ten were holiday all the same.", **changes):
    return actions.let_stand(by=legal, today=d("2026-11-20"), now=timezone.now(), notice=notice, words=words, **changes)


def waits(legal, today):
    return [need.why for need in reports.needs_today(legal, today=today) if need.urgency == 1]


def test_what_stands_is_asked_again_only_when_something_else_changes(legal, reviewed, pupil, today, look_again):
    assert ["2026-11-09 AM: G, now I" in why for why in waits(legal, today)] == [True]
    stand(legal, reviewed)
    assert waits(legal, today) == []
    assert look_again() == 0  # the night's look finds what was looked at already
    assert waits(legal, today) == []
    marks(pupil, dt.date(2026, 11, 10), "I")
    look_again()
    assert ["2026-11-10 AM: G, now I" in why for why in waits(legal, today)] == [True]


def test_what_was_put_right_and_changes_back_is_asked_again(legal, reviewed, pupil, today, look_again):
    stand(legal, reviewed)
    marks(pupil, dt.date(2026, 11, 9), "G")
    look_again()
    assert waits(legal, today) == []
    marks(pupil, dt.date(2026, 11, 9), "I")
    look_again()
    assert len(waits(legal, today)) == 1


def test_a_change_beyond_those_named_is_a_change(legal, notice, pupil, today, look_again):
    """Six are named, the seventh is only counted: another reason for the seventh is news all the same."""
    marks(pupil, dt.date(2026, 11, 9), "II II II I")
    look_again()
    notice.refresh_from_db()
    stand(legal, notice)
    marks(pupil, dt.date(2026, 11, 12), "M")
    assert look_again() == 1
    assert len(waits(legal, today)) == 1


def test_that_it_stands_is_on_record_for_good(legal, contact_a, officer, reviewed, pupil, school_a, today):
    case, _ = open_case(by=officer, today=today, now=timezone.now(), pupil=pupil, school=school_a, origin="referral", reason="holiday")
    with pytest.raises(NoticeProblem, match="Say why the notice stands") as refused:
        stand(legal, reviewed, words="  ")
    assert refused.value.field == "words"
    review = stand(legal, reviewed)
    assert (review.found, review.by_name) == ("2026-11-09 AM: G, now I", legal.name)
    assert AuditEvent.objects.get(act="let penalty notice stand").detail["review"] == review.pk
    told = Entry.objects.get(case=case, words="PN000001 reviewed: it stands.")
    assert not told.shared
    with pytest.raises(ProgrammingError), transaction.atomic():
        Review.objects.update(words="")
    with pytest.raises(NoticeProblem, match="Nothing about PN000001 waits for a review"):
        stand(legal, reviewed)


def test_a_second_at_the_wrong_rate_may_stand_and_is_not_asked_about_twice(contact_a, legal, notice, pupil, mother, today, look_again):
    """Case W23, looked at: the flag is answered, and neither the night nor a withdrawal of another raises it anew."""
    marks(pupil, dt.date(2026, 11, 23), "GG" * 5)
    [second] = issue(contact_a, legal, pupil, mother, today=d("2026-11-30"))
    withdraw(legal, notice, d("2026-12-01"))
    assert ["Wrong rate: legal review." in why for why in waits(legal, d("2026-12-01"))] == [True]
    stand(legal, second)
    actions.recheck(pupils=None, schools=None, today=d("2026-12-02"), now=timezone.now())
    assert waits(legal, d("2026-12-02")) == []


def test_withdrawing_ends_the_review(legal, reviewed, today):
    withdraw(legal, reviewed, today)
    assert waits(legal, today) == []
    with pytest.raises(NoticeProblem, match="Nothing about"):
        stand(legal, reviewed)


def test_through_the_page(legal, legal_client, contact_a_client, reviewed, django_assert_max_num_queries):
    page, form = (reverse(name, args=[reviewed.pk]) for name in ("notice", "notice_stands"))
    assert "Record that it stands" in said(legal_client.get(page))
    assert "2026-11-09 AM: G, now I" in said(legal_client.get(form))
    assert "Say in words why the notice stands" in said(legal_client.post(form, {"version": reviewed.version, "words": " "}))
    late = said(legal_client.post(form, {"version": reviewed.version - 1, "words": "Nine are enough to go on."}))
    assert "Nothing of yours was saved" in late
    assert "Nine are enough to go on." in late
    done = {"version": reviewed.version, "words": "Nine are enough to go on."}
    text = said(legal_client.post(form, done, follow=True))
    assert f"Reviewed by {legal.name}, stands: Nine are enough to go on." in text
    assert "Look first at" not in text
    assert "Nothing about" in said(legal_client.post(form, done | {"version": reviewed.version + 1}))  # sent twice
    assert Review.objects.count() == 1
    assert "Nine are enough" not in said(contact_a_client.get(page))
    with django_assert_max_num_queries(15):
        legal_client.get(page)


def test_a_prosecution_keeps_its_day(legal, legal_client, notice):
    """Received 16 November: unpaid from Monday 14 December 2026."""
    serve(legal, notice, d("2026-11-16"))

    def prosecute(day, today="2026-12-20"):
        return notice_acts.prosecute(legal, notice, d(day), today=d(today))

    with pytest.raises(NoticeProblem, match="It may still be paid until 13 December 2026") as refused:
        prosecute("2026-12-13")
    assert refused.value.field == "day"
    with pytest.raises(NoticeProblem, match="Enter today or an earlier day"):
        prosecute("2026-12-21")
    assert prosecute("2026-12-14").prosecuted == d("2026-12-14")
    assert "Prosecuted for non-payment Mon 14 Dec 2026" in said(legal_client.get(reverse("notice", args=[notice.pk])))
