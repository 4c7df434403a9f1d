"""What a request has to get past: how recent the threshold is, the kind of absence, who is a parent, what a manager let go on without."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from legal import actions, checklist, holidays
from legal.actions import NoticeProblem
from legal.models import Notice
from schools import names
from schools.models import PolicyValue
from tests import factories
from tests.flows.notice_acts import NOV, a_father, a_mother, answer_all, ask, d, decide, issue, marks, on_holiday, submit
from tests.flows.reading import said

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


# --- the threshold


@pytest.fixture
def over_the_summer(school_a):
    """Case W12: two O on 29 June, then two each on 8 and 22 September, 1 and 9 October 2026. It is met on Friday 9 October PM."""
    pupil = factories.make_pupil("Example", "Alex")
    with transaction.atomic():
        enrolment = factories.enrol(pupil, school_a, start=d("2025-09-01"))
        for first, last in (
            ("2026-04-13", "2026-05-22"),
            ("2026-06-01", "2026-07-21"),
            ("2026-09-02", "2026-10-23"),
            ("2026-11-02", "2026-11-20"),
        ):
            days = (d(last) - d(first)).days + 1
            string = "".join("  " if (d(first) + dt.timedelta(n)).weekday() > 4 else "/\\" for n in range(days))
            factories.write_marks(enrolment, d(first), string)
        for day in ("2026-06-29", "2026-09-08", "2026-09-22", "2026-10-01", "2026-10-09"):
            factories.write_marks(enrolment, d(day), "OO")
    return pupil


@pytest.mark.parametrize("day", ["2026-10-09", "2026-10-12", "2026-11-20"])
def test_w12_a_threshold_met_is_asked_about_in_the_weeks_that_follow(contact_a, legal, over_the_summer, day):
    """On Monday 12 October the window has left 29 June behind: what was met on the Friday was met."""
    mother = a_mother(over_the_summer)
    request = submit(contact_a, over_the_summer, mother, today=d(day), route="ongoing")
    assert (len(request.sessions), request.met_on) == (10, d("2026-10-09"))
    assert (request.sessions[0], request.sessions[-1]) == ("2026-06-29 AM=O", "2026-10-09 PM=O")
    assert decide(legal, request, mother, today=d(day), reason="not_worked").notices.count() == 1


def test_w12_three_days_later_it_was_never_met(contact_a, over_the_summer, today):
    marks(over_the_summer, d("2026-10-09"), "/\\")
    marks(over_the_summer, d("2026-10-12"), "OO")
    with pytest.raises(NoticeProblem, match="8 unauthorised sessions in 10 school weeks; 10 are needed"):
        submit(contact_a, over_the_summer, a_mother(over_the_summer), today=today, route="ongoing")


def test_the_page_says_up_to_when_it_counts(officer_client, over_the_summer, today):
    a_mother(over_the_summer)
    text = said(officer_client.get(reverse("request_new", args=[over_the_summer.pk])))
    assert "10 unauthorised sessions (G, N, O or U) in the 10 school weeks to Fri 9 Oct 2026; the threshold is 10. Threshold met" in text


def test_a_holiday_before_the_summer_is_on_the_list_as_long_as_it_can_be_asked_for(contact_a, school_a, over_the_summer, today):
    """Ten G from 1 June, and met once more on 8 September, which is in the weeks up to 20 November."""
    marks(over_the_summer, d("2026-06-01"), "GG GG GG GG GG")
    marks(over_the_summer, d("2026-10-09"), "/\\")
    mother = a_mother(over_the_summer)
    [family] = holidays.families(school_a, today=today, policy=PolicyValue.objects.in_force(today))
    assert [(child.pupil, child.holidays, child.counted) for child in family.children] == [(over_the_summer, 10, 14)]
    assert len(submit(contact_a, over_the_summer, mother, today=today).sessions) == 14


# --- the kind of absence


def test_ongoing_absence_does_not_pass_for_a_holiday(contact_a, contact_a_client, school_a, today):
    """Case W13, four G and six U: the holiday's checklist asks for no support, so it is not for these."""
    pupil = factories.make_pupil("Example", "Alex")
    with transaction.atomic():
        factories.enrol(pupil, school_a)
        marks(pupil, d("2026-10-05"), "GG GG /\\ U\\ U\\")
        marks(pupil, d("2026-10-12"), "/\\ U\\ U\\ U\\ U\\")
    mother, day = a_mother(pupil), d("2026-10-16")
    with pytest.raises(NoticeProblem, match=r"4 of the 10 sessions are G \(holiday\): a holiday request needs 10"):
        submit(contact_a, pupil, mother, today=day, route="holiday")
    pupil.notice_requests.update(status="withdrawn")
    form = {"route": "holiday", "parents": [mother.pk], "form_token": str(uuid.uuid4())}
    answer = contact_a_client.post(reverse("request_new", args=[pupil.pk]), form)
    assert "4 of the 10 sessions are G (holiday)" in said(answer)
    assert contact_a_client.post(reverse("request_new", args=[pupil.pk]), form | {"route": "ongoing"}).status_code == 302


def test_nor_does_it_after_a_correction(contact_a, legal, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    marks(pupil, NOV, "UU")
    with pytest.raises(NoticeProblem, match="8 of the 10 sessions are G"):
        decide(legal, request, mother, today=today)


def test_nor_on_a_holiday_that_a_notice_relies_on_already(contact_a, legal, pupil, mother, today):
    issue(contact_a, legal, pupil, mother, today=d("2026-11-16"))
    marks(pupil, d("2026-09-07"), "OO OO OO OO OO")
    with pytest.raises(NoticeProblem, match="0 of the 10 sessions are G"):
        submit(contact_a, pupil, mother, today=today)


# --- who is a parent


def test_a_parent_taken_away_since_gets_no_notice(contact_a, legal, pupil, mother, father, today):
    request = submit(contact_a, pupil, mother, father, today=today)
    father.responsibilities.all().delete()
    with pytest.raises(NoticeProblem, match="Robin Example is no longer recorded as a parent of Alex Example"):
        decide(legal, request, mother, father, today=today)
    assert not Notice.objects.exists()
    assert decide(legal, request, mother, today=today).notices.count() == 1


def test_a_request_that_names_nobody_any_more_is_not_sent(contact_a, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)
    answer_all(contact_a, request, today)
    mother.responsibilities.all().delete()
    with pytest.raises(NoticeProblem, match="Take the request back and begin one that names"):
        actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)


def test_twins_on_one_holiday_are_two_first_notices(contact_a, legal, pupil, mother, school_a, today):
    """Case W20 for one parent: a notice to a parent for one child says nothing about the other."""
    twin = on_holiday(school_a)  # of the same day of birth and address
    twin.forename = "Ari"
    twin.sort_name = names.sort_key(twin.surname, twin.forename)
    twin.save()
    factories.Responsibility.objects.create(pupil=twin, parent=mother, relationship="mother")
    notices = [notice for child in (pupil, twin) for notice in issue(contact_a, legal, child, mother, today=today)]
    assert [(notice.number, notice.pupil, notice.order, notice.amount_early) for notice in notices] == [(1, pupil, 1, 80), (2, twin, 1, 80)]


# --- a manager's word


def test_a_managers_word_is_about_what_was_missing_then(contact_a, manager, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)

    def answer(**changes):
        answers = {item.key: "yes" for item in checklist.items(request.route)} | changes
        return actions.answer_checklist(by=contact_a, today=today, now=timezone.now(), request=request, answers=answers)

    answer(certificate="")
    let_go = {"by": manager, "today": today, "now": timezone.now(), "request": request, "words": "The certificate is in the post."}
    assert actions.override_checklist(**let_go).override_by == manager
    assert answer(certificate="", referral="yes").override_by == manager
    again = answer(certificate="", warning="no")
    assert (again.override_reason, again.override_by) == ("", None)
    with pytest.raises(NoticeProblem, match="The checklist is not complete"):
        actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)
