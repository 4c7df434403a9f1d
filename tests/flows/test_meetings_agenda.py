"""The agenda of a meeting and what is decided of it: by one person, by two at once, twice, and from an older page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from attendance.models import Flag
from casework.actions import open_case
from casework.models import Case, Entry
from meetings.actions import MeetingProblem, add_action, decide_item
from meetings.models import Action, Item, Meeting
from schools.models import School
from tests import factories
from tests.flows.meeting_things import TODAY, TUESDAY, flagged, planned, raise_flag, words
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


def decide(client: Client, item: Item, decision: str, **fields: Any) -> Any:
    return client.post(reverse("agenda_decide", args=[item.pk]), {"decision": decision} | fields, follow=True)


class TestDeciding:
    @pytest.fixture
    def item(self, officer: User, school_a: School) -> Item:
        flagged(school_a, surname="Sorrel")
        return planned(school_a, officer, TODAY).items.get()

    def test_open_a_case_opens_one_for_the_meeting(self, officer_client: Client, officer: User, item: Item) -> None:
        answer = decide(officer_client, item, "case", version=1)
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
        answer = decide(officer_client, item, "case")
        assert "there was an open case for Alex Sorrel already" in words(answer)
        item.refresh_from_db()
        assert (Case.objects.count(), item.case) == (1, there)

    def test_a_decision_stands_in_the_chronology(self, officer_client: Client, officer: User, item: Item, school_a: School) -> None:
        case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_a, origin="flag", reason="ebsa")
        decide(officer_client, item, "school_leads")
        entry = Entry.objects.filter(case=case).latest("pk")
        assert (entry.kind, entry.shared) == ("meeting", True)
        assert entry.words == "At the meeting with Alder High School on 20 November 2026: the school leads."

    def test_another_school_s_case_hears_of_it_in_confidence(
        self, officer_client: Client, manager: User, item: Item, school_b: School
    ) -> None:
        factories.enrol(item.pupil, school_b, kind="subsidiary")
        case, _ = open_case(by=manager, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_b, origin="flag", reason="ebsa")
        decide(officer_client, item, "school_leads")
        assert not Entry.objects.filter(case=case).latest("pk").shared

    def test_ahead_of_the_meeting_is_said_to_be_ahead(self, officer_client: Client, officer: User, school_a: School) -> None:
        pupil = flagged(school_a)
        item = planned(school_a, officer).items.get()
        case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), pupil=pupil, school=school_a, origin="flag", reason="ebsa")
        decide(officer_client, item, "nothing")
        assert Entry.objects.filter(case=case).latest("pk").words.startswith("Ahead of the meeting with Alder High School")

    def test_the_second_of_two_is_told(self, officer_client: Client, manager_client: Client, item: Item) -> None:
        decide(manager_client, item, "nothing", version=1)
        assert "Mani Manager changed this item at" in words(decide(officer_client, item, "school_leads", version=1))
        item.refresh_from_db()
        assert item.decision == "nothing"

    def test_an_added_pupil_s_case_needs_a_reason(self, officer_client: Client, item: Item, school_a: School) -> None:
        pupil = factories.make_pupil("Tansy")
        factories.enrol(pupil, school_a)
        added = Item.objects.create(meeting=item.meeting, place=2, source="added", pupil=pupil, reason="Worry at home.")
        assert "Choose what the case is about" in words(decide(officer_client, added, "case"))
        decide(officer_client, added, "case", case_reason="welfare")
        assert Case.objects.get(pupil=pupil).reason == "welfare"

    def test_a_pupil_who_has_left_gets_no_case_here(self, officer_client: Client, item: Item) -> None:
        item.pupil.enrolments.update(end=dt.date(2026, 11, 13))
        assert "is not on roll at Alder High School today" in words(decide(officer_client, item, "case"))
        item.refresh_from_db()
        assert item.decision == ""

    def test_action_agreed_asks_for_the_action(self, officer_client: Client, item: Item) -> None:
        answer = officer_client.post(reverse("agenda_decide", args=[item.pk]), {"decision": "action"})
        assert answer["Location"] == f"{reverse('action_add', args=[item.meeting_id])}?item={item.pk}"

    def test_nothing_is_decided_in_a_cancelled_meeting(self, officer_client: Client, item: Item) -> None:
        Meeting.objects.update(status="cancelled", why_cancelled="moved")
        assert "The meeting was cancelled" in words(decide(officer_client, item, "nothing"))
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
            officer_client.post(address, {"pupil": "noa yarrow", "reason": "Another worry"})
        )
        assert "No pupil on roll at Alder High School matches" in words(officer_client.post(address, {"pupil": "Else", "reason": "x"}))
        assert "Say in a sentence" in words(officer_client.post(address, {"pupil": "ida"}))
        assert "Null characters are not allowed" in words(officer_client.post(address, {"pupil": "i\x00da", "reason": "x"}))
        assert "at most 100 characters" in words(officer_client.post(address, {"pupil": "i" * 5000, "reason": "x"}))

    def test_what_is_typed_is_shown_as_typed(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        officer_client.post(reverse("agenda_add", args=[meeting.pk]), {"reason": "<b>Bold</b> 🙂"})
        assert "&lt;b&gt;Bold&lt;/b&gt; 🙂" in words(officer_client.get(reverse("meeting", args=[meeting.pk])))


class TestFromAnOlderPage:
    """Somebody has made the agenda again, or sends twice: what was on the page before still leads where it led."""

    def test_a_decision_made_on_a_page_from_before_the_agenda_was_made_again(
        self, officer_client: Client, officer: User, school_a: School
    ) -> None:
        flagged(school_a, surname="Sorrel")
        meeting = planned(school_a, officer)
        item = meeting.items.get()
        Flag.objects.update(reason="Missed 70 of 118.", evidence={"absent": 70, "possible": 118, "since": "2026-09-01"})
        officer_client.post(reverse("meeting_refresh", args=[meeting.pk]))
        answer = decide(officer_client, item, "school_leads", version=1)
        assert "Item 1: the school leads: written down." in words(answer)
        item.refresh_from_db()
        assert (item.decision, meeting.items.count()) == ("school_leads", 1)
        assert "missed 70 of 118 sessions" in item.reason

    def test_an_item_that_is_not_on_the_agenda_any_more_says_so(self, officer_client: Client, officer: User, school_a: School) -> None:
        flagged(school_a, surname="Sorrel")
        item = planned(school_a, officer).items.get()
        Flag.objects.update(cleared=TODAY)
        Item.objects.all().delete()
        with pytest.raises(MeetingProblem, match="This item is not on the agenda any more"):
            decide_item(by=officer, today=TODAY, now=timezone.now(), item=item, decision="nothing")
        with pytest.raises(MeetingProblem, match="This item is not on the agenda any more"):
            add_action(
                by=officer, today=TODAY, now=timezone.now(), meeting=item.meeting, item=item, what="Visit", owner="school", due=TUESDAY
            )

    def test_what_a_person_typed_stays_when_the_pupil_is_flagged_later(
        self, officer_client: Client, officer: User, school_a: School
    ) -> None:
        meeting = planned(school_a, officer)
        pupil = factories.make_pupil("Tansy")
        factories.enrol(pupil, school_a)
        officer_client.post(reverse("agenda_add", args=[meeting.pk]), {"pupil": "tansy", "reason": "Grandmother died in October."})
        raise_flag(pupil, "severe_absence")
        officer_client.post(reverse("meeting_refresh", args=[meeting.pk]))
        item = meeting.items.get()
        assert item.reason == "Grandmother died in October."
        assert item.flag is not None

    def test_a_decision_sent_twice_is_no_quarrel_with_oneself(self, officer_client: Client, officer: User, school_a: School) -> None:
        flagged(school_a, surname="Sorrel")
        item = planned(school_a, officer).items.get()
        for _ in range(2):
            assert "changed this item" not in words(decide(officer_client, item, "case", version=1))
        assert Case.objects.count() == 1

    def test_an_item_sent_twice_is_added_once(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        pupil = factories.make_pupil("Tansy")
        factories.enrol(pupil, school_a)
        for asked in ({"reason": "Coding of late arrivals"}, {"pupil": "tansy", "reason": "Worry at home"}):
            for _ in range(2):
                answer = officer_client.post(reverse("agenda_add", args=[meeting.pk]), asked)
                assert answer.status_code == 302
        assert meeting.items.count() == 2
