"""Targeting support meetings through the pages: planning, the agenda, deciding, holding and cancelling."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from meetings.actions import MeetingProblem
from meetings.models import Action, Item, Meeting
from schools.models import Closure, School, Term
from tests import factories
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, TUESDAY, asked, flagged, planned, words
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


class TestPlanning:
    def test_a_meeting_is_planned_with_an_agenda_and_its_reasons(self, officer_client: Client, officer: User, school_a: School) -> None:
        severe = flagged(school_a, surname="Sorrel")
        persistent = flagged(school_a, "persistent_absence", missed=20)
        answer = officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer), follow=True)
        meeting = Meeting.objects.get()
        assert (meeting.school, meeting.day, meeting.time, meeting.officer) == (school_a, TUESDAY, dt.time(14, 30), officer)
        assert [item.pupil for item in meeting.items.all()] == [severe, persistent]
        assert "Severely absent: missed 62 of 110 sessions since 1 September 2026. No plan." in words(answer)
        assert reverse("pupil", args=[severe.pk]) in words(answer)
        assert AuditEvent.objects.filter(act="Meeting planned", by=officer).count() == 1

    def test_a_form_sent_twice_plans_one_meeting(self, officer_client: Client, officer: User, school_a: School) -> None:
        form = asked(officer, form_token=str(uuid.uuid4()))
        places = [officer_client.post(reverse("meeting_plan", args=[school_a.urn]), form)["Location"] for _ in range(2)]
        assert places[0] == places[1]
        assert Meeting.objects.count() == 1

    def test_a_form_gone_back_to_and_filled_in_anew_is_another_meeting(
        self, officer_client: Client, officer: User, school_a: School
    ) -> None:
        token = str(uuid.uuid4())
        for day in (TUESDAY, TUESDAY + dt.timedelta(days=7)):
            officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer, day, form_token=token))
        assert Meeting.objects.count() == 2

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            (date("day", dt.date(2026, 11, 19)), "The day of a meeting must be today or later"),
            (date("day", dt.date(2028, 11, 19)), "The day of a meeting must be within a year"),
            (date("day", None), "Enter the day of the meeting"),
            ({"day_day": "31", "day_month": "2", "day_year": "2027"}, "Enter a real date"),
            ({"time": "02:30"}, "Enter a time between 07:00 and 20:00"),
            ({"time": "half past two"}, "Enter a time, for example 14:30"),
            ({"place": "moon"}, "Choose where you meet"),
            ({"officer": "0"}, "Choose an officer who works with this school"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(
        self, fields: dict[str, str], said: str, officer_client: Client, officer: User, school_a: School
    ) -> None:
        answer = officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer) | fields)
        assert said in words(answer)
        assert not Meeting.objects.exists()

    def test_times_as_people_write_them(self, officer_client: Client, officer: User, school_a: School) -> None:
        for number, time in enumerate(["9.15", "2:30pm", "2 pm", "1430"]):
            day = TUESDAY + dt.timedelta(weeks=number)
            officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer, day, time=time))
        found = Meeting.objects.order_by("day").values_list("time", flat=True)
        assert list(found) == [dt.time(9, 15), dt.time(14, 30), dt.time(14), dt.time(14, 30)]

    def test_a_closed_school_has_no_meetings(self, officer_client: Client, officer: User, school_a: School) -> None:
        School.objects.filter(pk=school_a.pk).update(closed=dt.date(2026, 8, 31))
        answer = officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer))
        assert "Alder High School closed on Monday 31 August 2026: no meeting can be planned after that." in words(answer)
        assert not Meeting.objects.exists()

    def test_one_meeting_a_day(self, officer_client: Client, officer: User, school_a: School) -> None:
        planned(school_a, officer)
        answer = officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer, time="10:00"))
        assert "Alder High School has a meeting on Tuesday 24 November 2026 already." in words(answer)
        assert Meeting.objects.count() == 1

    @pytest.mark.parametrize(
        ("day", "said"),
        [
            (dt.date(2026, 11, 21), "21 November 2026 is a Saturday."),
            (dt.date(2026, 11, 27), "Alder High School is closed on Friday 27 November 2026 (INSET)."),
            (dt.date(2026, 12, 23), "Alder High School is closed on Wednesday 23 December 2026: it lies in a holiday."),
        ],
    )
    def test_a_day_on_which_the_school_is_closed_is_asked_about(
        self, day: dt.date, said: str, officer_client: Client, officer: User, school_a: School
    ) -> None:
        Term.objects.create(school=school_a, name="Autumn", start=dt.date(2026, 9, 2), end=dt.date(2026, 12, 18))
        Term.objects.create(school=school_a, name="Spring", start=dt.date(2027, 1, 5), end=dt.date(2027, 3, 25))
        Closure.objects.create(school=school_a, name="INSET", start=dt.date(2026, 11, 27), end=dt.date(2026, 11, 27))
        address = reverse("meeting_plan", args=[school_a.urn])
        assert "We meet although" not in words(officer_client.get(address))
        answer = officer_client.post(address, asked(officer, day))
        assert said in words(answer)
        assert "We meet although the school is closed that day" in words(answer)
        assert not Meeting.objects.exists()
        officer_client.post(address, asked(officer, day, although_closed="on"))
        assert Meeting.objects.get().day == day

    def test_a_meeting_today_needs_no_terms(self, officer_client: Client, officer: User, school_a: School) -> None:
        officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(officer, TODAY))
        assert Meeting.objects.get().day == TODAY

    def test_an_officer_who_left_cannot_be_chosen(self, officer_client: Client, officer: User, school_a: School) -> None:
        gone = factories.make_user("officer", name="Gil Gone", is_active=False)
        factories.post(gone, school_a)
        assert "Gil Gone" not in words(officer_client.get(reverse("meeting_plan", args=[school_a.urn])))
        assert "Choose an officer" in words(officer_client.post(reverse("meeting_plan", args=[school_a.urn]), asked(gone)))


class TestChanging:
    def test_a_meeting_moves_and_keeps_its_agenda(self, officer_client: Client, officer: User, school_a: School) -> None:
        flagged(school_a)
        meeting = planned(school_a, officer)
        form = asked(officer, dt.date(2026, 11, 25), version=meeting.version, time="09:00")
        assert officer_client.post(reverse("meeting_change", args=[meeting.pk]), form).status_code == 302
        meeting.refresh_from_db()
        assert (meeting.day, meeting.time, meeting.items.count(), meeting.version) == (dt.date(2026, 11, 25), dt.time(9), 1, 2)

    def test_the_second_of_two_is_told_and_loses_nothing(
        self, officer_client: Client, manager_client: Client, officer: User, school_a: School
    ) -> None:
        meeting = planned(school_a, officer)
        address = reverse("meeting_change", args=[meeting.pk])
        manager_client.post(address, asked(officer, dt.date(2026, 11, 25), version=1))
        answer = officer_client.post(address, asked(officer, dt.date(2026, 11, 26), version=1, time="11:05"))
        said = words(answer)
        assert "Mani Manager changed this meeting at" in said
        assert "Nothing of yours was saved" in said
        assert 'value="11:05"' in said
        assert 'value="26"' in said
        meeting.refresh_from_db()
        assert meeting.day == dt.date(2026, 11, 25)
        # looked at and sent again, it is done
        assert officer_client.post(address, asked(officer, dt.date(2026, 11, 26), version=2, time="11:05")).status_code == 302

    def test_a_cancelled_meeting_says_why_and_stays_cancelled(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        address = reverse("meeting_cancel", args=[meeting.pk])
        assert "Choose why the meeting is cancelled" in words(officer_client.post(address, {"version": 1}))
        officer_client.post(address, {"version": 1, "why": "school_asked"})
        meeting.refresh_from_db()
        assert (meeting.status, meeting.why_cancelled) == ("cancelled", "school_asked")
        answer = officer_client.post(reverse("meeting_hold", args=[meeting.pk]), date("day", TUESDAY) | {"version": 2})
        assert "The meeting was cancelled (the school asked for it)" in words(answer)
        page = words(officer_client.get(reverse("meeting", args=[meeting.pk])))
        assert "Cancelled: the school asked for it." in page
        assert "Record as held" not in page

    def test_the_day_of_a_cancelled_meeting_is_free_again(self, officer: User, school_a: School) -> None:
        first = planned(school_a, officer)
        Meeting.objects.filter(pk=first.pk).update(status="cancelled", why_cancelled="moved")
        assert planned(school_a, officer).pk != first.pk


class TestSentTwice:
    """A double click is no quarrel with oneself, whatever it did the first time."""

    def test_the_second_sending_answers_as_the_first(self, officer_client: Client, officer: User, school_a: School) -> None:
        changed, cancelled, held = (planned(school_a, officer, TODAY + dt.timedelta(days=7 * n)) for n in (2, 1, 0))
        sent: list[tuple[str, Meeting, dict[str, Any]]] = [
            ("meeting_change", changed, asked(officer, changed.day, version=1, time="11:05")),
            ("meeting_cancel", cancelled, {"version": 1, "why": "moved"}),
            ("meeting_hold", held, date("day", TODAY) | {"version": 1}),
        ]
        for name, meeting, form in sent:
            for _ in range(2):
                assert officer_client.post(reverse(name, args=[meeting.pk]), form).status_code == 302, name
            meeting.refresh_from_db()
            assert meeting.version == 2, name
            assert AuditEvent.objects.filter(subject_type="meeting", subject_id=meeting.pk).exclude(kind="view").count() == 2, name

    def test_a_form_for_what_is_over_is_not_shown(self, officer_client: Client, officer: User, school_a: School) -> None:
        flagged(school_a)
        meeting = planned(school_a, officer)
        item = meeting.items.get()
        officer_client.post(reverse("meeting_cancel", args=[meeting.pk]), {"version": 1, "why": "moved"})
        for name, pk in [
            *((name, meeting.pk) for name in ("meeting_change", "meeting_cancel", "meeting_hold", "agenda_add", "action_add")),
            ("agenda_decide", item.pk),
        ]:
            answer = officer_client.get(reverse(name, args=[pk]), follow=True)
            assert answer.redirect_chain == [(reverse("meeting", args=[meeting.pk]), 302)], name
            assert "The meeting was cancelled" in words(answer), name


class TestHolding:
    def test_not_before_its_day(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        answer = officer_client.post(reverse("meeting_hold", args=[meeting.pk]), date("day", TUESDAY) | {"version": 1})
        assert "Tuesday 24 November 2026 is still to come: record the meeting when it has been held." in words(answer)
        answer = officer_client.post(reverse("meeting_hold", args=[meeting.pk]), date("day", TODAY) | {"version": 1})
        assert "it cannot have been held before" in words(answer)

    def test_it_is_held_and_cannot_be_cancelled(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer, TODAY)
        officer_client.post(reverse("meeting_hold", args=[meeting.pk]), date("day", TODAY) | {"version": 1})
        meeting.refresh_from_db()
        assert (meeting.status, meeting.held_by) == ("held", officer)
        answer = officer_client.post(reverse("meeting_cancel", args=[meeting.pk]), {"version": 2, "why": "moved"})
        assert "The meeting was held on Friday 20 November 2026: it cannot be cancelled any more." in words(answer)

    def test_one_that_nobody_recorded_is_asked_about(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer, TODAY)
        Meeting.objects.filter(pk=meeting.pk).update(day=dt.date(2026, 11, 17))
        assert "Not recorded yet" in words(officer_client.get(reverse("meetings")))
        assert "The day has gone by." in words(officer_client.get(reverse("meeting", args=[meeting.pk])))


class TestLists:
    def test_each_sees_their_own(self, browse: Browse, cast: dict[str, User], school_a: School, school_b: School, officer: User) -> None:
        ours, theirs = planned(school_a, officer), planned(school_b, cast["manager"])
        seen: dict[str, set[Meeting]] = {"officer": {ours}, "contact_a": {ours}, "contact_b": {theirs}, "manager": {ours, theirs}}
        for part, wanted in (seen | {"stranger": set()}).items():
            page = browse(cast[part]).get(reverse("meetings"))
            assert set(page.context["page"].object_list) == wanted, part

    def test_counts_are_those_of_the_lists(self, manager_client: Client, manager: User, school_a: School, school_b: School) -> None:
        planned(school_a, manager)
        Meeting.objects.filter(pk=planned(school_b, manager).pk).update(status="held", day=dt.date(2026, 10, 6))
        Meeting.objects.filter(pk=planned(school_b, manager).pk).update(status="cancelled", why_cancelled="moved", day=dt.date(2026, 5, 6))
        for query in ({}, {"term": "2026-1"}, {"term": "2025-3"}, {"school": school_b.urn}, {"officer": "mine"}):
            counts = manager_client.get(reverse("meetings"), query).context["counts"]
            for status, _, n in counts:
                assert manager_client.get(reverse("meetings"), query | {"status": status}).context["total"] == n

    def test_a_school_or_officer_without_a_meeting_has_an_empty_list(
        self, manager_client: Client, officer: User, stranger: User, school_a: School, school_b: School
    ) -> None:
        planned(school_a, officer)
        for query, n in (({"school": school_a.urn}, 1), ({"school": school_b.urn}, 0), ({"officer": stranger.pk}, 0)):
            for name in ("meetings", "actions"):
                page = manager_client.get(reverse(name), query)
                assert page.context["total"] == (n if name == "meetings" else 0)
                assert not page.context["left_out"]

    def test_a_filter_that_is_not_offered_is_left_out(self, manager_client: Client) -> None:
        for query in ({"term": "1066-1"}, {"school": "1"}, {"officer": "x"}, {"status": "maybe"}, {"page": "-4"}):
            assert manager_client.get(reverse("meetings"), query).status_code == 200

    def test_a_school_is_not_asked_which_schools_wait(self, contact_a_client: Client, officer: User, school_a: School) -> None:
        assert "Schools without a meeting" not in words(contact_a_client.get(reverse("meetings")))

    def test_schools_without_one_this_term(self, officer_client: Client, officer: User, school_a: School) -> None:
        assert [school.name for school in officer_client.get(reverse("meetings")).context["without"]] == ["Alder High School"]
        meeting = planned(school_a, officer)
        assert not officer_client.get(reverse("meetings")).context["without"]
        Meeting.objects.filter(pk=meeting.pk).update(status="cancelled", why_cancelled="moved")
        assert len(officer_client.get(reverse("meetings")).context["without"]) == 1

    def test_the_school_sees_its_agenda_and_decides_nothing(self, contact_a_client: Client, officer: User, school_a: School) -> None:
        flagged(school_a, surname="Sorrel")
        meeting = planned(school_a, officer)
        page = words(contact_a_client.get(reverse("meeting", args=[meeting.pk])))
        assert "Severely absent: missed 62 of 110 sessions" in page
        assert "Decide…" not in page
        assert "Make the agenda again" not in page

    def test_few_queries_however_long_the_agenda(
        self, officer_client: Client, officer: User, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(40):
            flagged(school_a, missed=60 + number)
        flagged(school_a, "penalty_threshold")
        meeting = planned(school_a, officer, TODAY)
        page = words(officer_client.get(reverse("meeting", args=[meeting.pk])))
        assert "Severely absent: 40, penalty notice threshold met: 1." in page
        for item in meeting.items.all():
            officer_client.post(reverse("agenda_decide", args=[item.pk]), {"decision": "case"})
            Action.objects.create(meeting=meeting, item=item, pupil=item.pupil, what="Visit", owner="school", due=TUESDAY)
        for number in range(30):
            Meeting.objects.create(
                school=school_a, officer=officer, day=TUESDAY + dt.timedelta(days=number), time=dt.time(9), planned_at=timezone.now()
            )
        pages = [
            reverse("meeting", args=[meeting.pk]),
            reverse("meetings"),
            reverse("actions"),
            reverse("meeting_plan", args=[school_a.urn]),
        ]
        for address in pages:
            with django_assert_max_num_queries(15):
                assert officer_client.get(address).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_at_once_plan_one_meeting(officer: User, manager: User, school_a: School) -> None:
    """Both pass every check before either has saved; one is told that there is a meeting already."""
    flagged(school_a)
    both = threading.Barrier(2)
    said: list[str] = []

    def plan(user: User) -> None:
        try:
            both.wait()
            planned(school_a, user)
            said.append("planned")
        except MeetingProblem as problem:
            said.append(str(problem))
        finally:
            connection.close()

    threads = [threading.Thread(target=plan, args=[user]) for user in (officer, manager)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [
        "Alder High School has a meeting on Tuesday 24 November 2026 already. Open that one, or choose another day.",
        "planned",
    ]
    assert (Meeting.objects.count(), Item.objects.count()) == (1, 1)
