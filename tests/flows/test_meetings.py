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
from attendance.models import Flag
from casework.actions import open_case
from casework.models import Case, Entry
from meetings.actions import MeetingProblem, plan_meeting
from meetings.models import Action, Item, Meeting
from schools.models import Closure, Pupil, School, Term
from tests import factories
from tests.conftest import Browse
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
TUESDAY = dt.date(2026, 11, 24)


def flagged(school: School, code: str = "severe_absence", *, missed: int = 62, possible: int = 110, **fields: Any) -> Pupil:
    """A pupil on roll with an open flag, as the rules write it."""
    pupil = factories.make_pupil(**fields)
    factories.enrol(pupil, school)
    Flag.objects.create(
        pupil=pupil,
        code=code,
        year=2026,
        opened=dt.date(2026, 10, 5),
        reason=f"Missed {missed} of {possible} possible sessions since 1 September 2026.",
        evidence={"absent": missed, "possible": possible, "since": "2026-09-01"},
        policy_version="national 2024-08-19",
        noticed_at=timezone.now(),
        checked_at=timezone.now(),
    )
    return pupil


def asked(officer: User, day: dt.date = TUESDAY, **fields: Any) -> dict[str, Any]:
    return date("day", day) | {"time": "14:30", "minutes": "60", "place": "school", "officer": officer.pk} | fields


def planned(school: School, officer: User, day: dt.date = TUESDAY, **fields: Any) -> Meeting:
    wanted = {"time": dt.time(14, 30), "minutes": 60, "place": "school"} | fields
    return plan_meeting(by=officer, today=TODAY, now=timezone.now(), school=school, day=day, officer=officer, **wanted)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


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
            (dt.date(2026, 11, 21), "Saturday 21 November 2026 is a Saturday."),
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


class TestDeciding:
    @pytest.fixture
    def item(self, officer: User, school_a: School) -> Item:
        flagged(school_a, surname="Sorrel")
        return planned(school_a, officer, TODAY).items.get()

    def decide(self, client: Client, item: Item, decision: str, **fields: Any) -> Any:
        return client.post(reverse("agenda_decide", args=[item.pk]), {"decision": decision} | fields, follow=True)

    def test_open_a_case_opens_one_for_the_meeting(self, officer_client: Client, officer: User, item: Item) -> None:
        answer = self.decide(officer_client, item, "case", version=1)
        case = Case.objects.get()
        assert (case.pupil, case.origin, case.reason, case.officer, case.flag) == (
            item.pupil,
            "meeting",
            "severe_absence",
            officer,
            item.flag,
        )
        item.refresh_from_db()
        assert (item.decision, item.case, item.decided_by) == ("case", case, officer)
        assert "a case is open for Alex Sorrel, with Olive Officer." in words(answer)
        assert "At the meeting with Alder High School on 20 November 2026." in Entry.objects.get(case=case).words

    def test_an_open_case_is_linked_not_doubled(self, officer_client: Client, officer: User, item: Item, school_a: School) -> None:
        there, _ = open_case(
            by=officer, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_a, origin="flag", reason="ebsa", officer=officer
        )
        answer = self.decide(officer_client, item, "case")
        assert "there was an open case for Alex Sorrel already" in words(answer)
        item.refresh_from_db()
        assert (Case.objects.count(), item.case) == (1, there)

    def test_a_decision_stands_in_the_chronology(self, officer_client: Client, officer: User, item: Item, school_a: School) -> None:
        case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_a, origin="flag", reason="ebsa")
        self.decide(officer_client, item, "school_leads")
        entry = Entry.objects.filter(case=case).latest("pk")
        assert (entry.kind, entry.shared) == ("meeting", True)
        assert entry.words == "At the meeting with Alder High School on 20 November 2026: the school leads."

    def test_another_school_s_case_hears_of_it_in_confidence(
        self, officer_client: Client, manager: User, item: Item, school_b: School
    ) -> None:
        factories.enrol(item.pupil, school_b, kind="subsidiary")
        case, _ = open_case(by=manager, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_b, origin="flag", reason="ebsa")
        self.decide(officer_client, item, "school_leads")
        assert not Entry.objects.filter(case=case).latest("pk").shared

    def test_ahead_of_the_meeting_is_said_to_be_ahead(self, officer_client: Client, officer: User, school_a: School) -> None:
        pupil = flagged(school_a)
        item = planned(school_a, officer).items.get()
        case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), pupil=pupil, school=school_a, origin="flag", reason="ebsa")
        self.decide(officer_client, item, "nothing")
        assert Entry.objects.filter(case=case).latest("pk").words.startswith("Ahead of the meeting with Alder High School")

    def test_the_second_of_two_is_told(self, officer_client: Client, manager_client: Client, item: Item) -> None:
        self.decide(manager_client, item, "nothing", version=1)
        assert "Mani Manager changed this item at" in words(self.decide(officer_client, item, "school_leads", version=1))
        item.refresh_from_db()
        assert item.decision == "nothing"

    def test_an_added_pupil_s_case_needs_a_reason(self, officer_client: Client, item: Item, school_a: School) -> None:
        pupil = factories.make_pupil("Tansy")
        factories.enrol(pupil, school_a)
        added = Item.objects.create(meeting=item.meeting, place=2, source="added", pupil=pupil, reason="Worry at home.")
        assert "Choose what the case is about" in words(self.decide(officer_client, added, "case"))
        self.decide(officer_client, added, "case", case_reason="welfare")
        assert Case.objects.get(pupil=pupil).reason == "welfare"

    def test_a_pupil_who_has_left_gets_no_case_here(self, officer_client: Client, item: Item) -> None:
        item.pupil.enrolments.update(end=dt.date(2026, 11, 13))
        assert "is not on roll at Alder High School today" in words(self.decide(officer_client, item, "case"))
        item.refresh_from_db()
        assert item.decision == ""

    def test_action_agreed_asks_for_the_action(self, officer_client: Client, item: Item) -> None:
        answer = officer_client.post(reverse("agenda_decide", args=[item.pk]), {"decision": "action"})
        assert answer["Location"] == f"{reverse('action_add', args=[item.meeting_id])}?item={item.pk}"

    def test_nothing_is_decided_in_a_cancelled_meeting(self, officer_client: Client, item: Item) -> None:
        Meeting.objects.update(status="cancelled", why_cancelled="moved")
        assert "The meeting was cancelled" in words(self.decide(officer_client, item, "nothing"))
        assert "Decide…" not in words(officer_client.get(reverse("meeting", args=[item.meeting_id])))


class TestTheAgenda:
    def test_made_again_it_keeps_what_people_did(self, officer_client: Client, officer: User, school_a: School) -> None:
        decided, acted, gone = (flagged(school_a, missed=missed) for missed in (90, 80, 70))
        meeting = planned(school_a, officer)
        first, second, _ = meeting.items.all()
        officer_client.post(reverse("agenda_decide", args=[first.pk]), {"decision": "nothing"})
        Action.objects.create(meeting=meeting, item=second, pupil=acted, what="Visit", owner="school", due=TUESDAY)
        officer_client.post(reverse("agenda_add", args=[meeting.pk]), {"reason": "Coding of late arrivals"})
        Flag.objects.update(cleared=TODAY)
        new = flagged(school_a, missed=100)
        officer_client.post(reverse("meeting_refresh", args=[meeting.pk]))
        assert [item.pupil for item in meeting.items.all()] == [new, decided, acted, None]
        assert [item.place for item in meeting.items.all()] == [1, 2, 3, 4]
        assert not meeting.items.filter(pupil=gone).exists()
        assert "missed 90 of 110" in meeting.items.get(pupil=decided).reason

    def test_it_stays_as_it_was_once_held(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer, TODAY)
        officer_client.post(reverse("meeting_hold", args=[meeting.pk]), date("day", TODAY) | {"version": 1})
        flagged(school_a)
        answer = officer_client.post(reverse("meeting_refresh", args=[meeting.pk]), follow=True)
        assert "stays as it was" in words(answer)
        assert not meeting.items.exists()

    def test_a_pupil_is_added_by_name(self, officer_client: Client, officer: User, school_a: School, school_b: School) -> None:
        meeting = planned(school_a, officer)
        address = reverse("agenda_add", args=[meeting.pk])
        one, two = factories.make_pupil("Yarrow", "Ida"), factories.make_pupil("Yarrow", "Noa")
        elsewhere = factories.make_pupil("Yarrow", "Else")
        for pupil, school in ((one, school_a), (two, school_a), (elsewhere, school_b)):
            factories.enrol(pupil, school)
        answer = words(officer_client.post(address, {"pupil": "yarrow", "reason": "Worry"}))
        assert "Several pupils match" in answer
        assert "Ida Yarrow" in answer
        assert "Else Yarrow" not in answer
        officer_client.post(address, {"pupil": "yarrow", "which": two.pk, "reason": "Worry"})
        assert meeting.items.get().pupil == two
        assert "Noa Yarrow is on the agenda already, as item 1." in words(
            officer_client.post(address, {"pupil": "noa yarrow", "reason": "Worry"})
        )
        assert "No pupil on roll at Alder High School matches" in words(officer_client.post(address, {"pupil": "Else", "reason": "x"}))
        assert "Say in a sentence" in words(officer_client.post(address, {"pupil": "ida"}))
        assert "Null characters are not allowed" in words(officer_client.post(address, {"pupil": "i\x00da", "reason": "x"}))
        assert "at most 100 characters" in words(officer_client.post(address, {"pupil": "i" * 5000, "reason": "x"}))

    def test_what_is_typed_is_shown_as_typed(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        officer_client.post(reverse("agenda_add", args=[meeting.pk]), {"reason": "<b>Bold</b> 🙂"})
        assert "&lt;b&gt;Bold&lt;/b&gt; 🙂" in words(officer_client.get(reverse("meeting", args=[meeting.pk])))


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
