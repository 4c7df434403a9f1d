"""What was agreed at a meeting: added, followed by either side, carried to the next meeting, and counted."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from casework.actions import open_case
from casework.models import Entry
from meetings import needs, reports
from meetings.actions import log_progress
from meetings.models import Action, Item, Meeting, Progress
from schools.models import School
from tests import factories
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, TUESDAY, flagged, planned, words
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db

IN_TWO_WEEKS = dt.date(2026, 12, 4)


def agreed(**fields: Any) -> dict[str, Any]:
    return {"what": "Visit at home", "owner": "school"} | date("due", IN_TWO_WEEKS) | fields


def make_action(
    meeting: Meeting, *, owner: str = "school", due: dt.date = IN_TWO_WEEKS, what: str = "Visit at home", **fields: Any
) -> Action:
    return Action.objects.create(meeting=meeting, what=what, owner=owner, due=due, agreed_by=meeting.officer, **fields)


@pytest.fixture
def meeting(officer: User, school_a: School) -> Meeting:
    """A meeting held today, with one severely absent pupil on its agenda."""
    flagged(school_a, surname="Sorrel")
    return planned(school_a, officer, TODAY)


@pytest.fixture
def item(meeting: Meeting) -> Item:
    return meeting.items.get()


def log(client: Client, action: Action, state: str, said: str = "", **fields: Any) -> Any:
    return client.post(reverse("action_progress", args=[action.pk]), {"state": state, "words": said} | fields, follow=True)


class TestAgreeing:
    def test_an_action_for_a_pupil_decides_the_item(self, officer_client: Client, officer: User, item: Item) -> None:
        address = f"{reverse('action_add', args=[item.meeting_id])}?item={item.pk}"
        answer = officer_client.post(address, agreed())
        assert answer["Location"] == f"{reverse('meeting', args=[item.meeting_id])}#item-{item.pk}"
        action = Action.objects.get()
        assert (action.pupil, action.item, action.owner, action.due, action.agreed) == (item.pupil, item, "school", IN_TWO_WEEKS, TODAY)
        item.refresh_from_db()
        assert (item.decision, item.decided_by) == ("action", officer)
        page = words(officer_client.get(reverse("meeting", args=[item.meeting_id])))
        assert "Visit at home" in page
        assert "The school, by Fri 4 Dec 2026" in page

    def test_it_stands_in_the_chronology_of_the_open_case(
        self, officer_client: Client, officer: User, item: Item, school_a: School
    ) -> None:
        case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_a, origin="flag", reason="ebsa")
        officer_client.post(f"{reverse('action_add', args=[item.meeting_id])}?item={item.pk}", agreed())
        entry = Entry.objects.filter(case=case).latest("pk")
        assert entry.words == (
            "At the meeting with Alder High School on 20 November 2026, agreed: Visit at home (the school, by 4 December 2026)."
        )
        assert entry.shared

    def test_a_form_sent_twice_agrees_it_once(self, officer_client: Client, meeting: Meeting) -> None:
        form = agreed(form_token=str(uuid.uuid4()))
        for _ in range(2):
            assert officer_client.post(reverse("action_add", args=[meeting.pk]), form).status_code == 302
        officer_client.post(reverse("action_add", args=[meeting.pk]), form | {"what": "Ring the family"})
        assert sorted(Action.objects.values_list("what", flat=True)) == ["Ring the family", "Visit at home"]

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            (date("due", None), "Enter the day by which it is to be done"),
            (date("due", dt.date(2026, 11, 19)), "must be today or later"),
            (date("due", dt.date(2028, 11, 19)), "must be within a year"),
            ({"what": "  "}, "Say what is to be done"),
            ({"what": "x" * 301}, "Keep this to 300 characters. It has 301."),
            ({"owner": ""}, "Choose who does it"),
            ({"pupil": "999999"}, "Choose a pupil of this agenda"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, fields: dict[str, str], said: str, officer_client: Client, meeting: Meeting) -> None:
        assert said in words(officer_client.post(reverse("action_add", args=[meeting.pk]), agreed() | fields))
        assert not Action.objects.exists()

    def test_another_meeting_s_item_is_not_here(self, officer_client: Client, officer: User, item: Item, school_a: School) -> None:
        other = planned(school_a, officer, TUESDAY)
        assert officer_client.get(f"{reverse('action_add', args=[other.pk])}?item={item.pk}").status_code == 404


class TestProgress:
    def test_the_school_closes_its_own_action(self, contact_a_client: Client, contact_a: User, meeting: Meeting) -> None:
        action = make_action(meeting)
        assert "Overdue" not in words(log(contact_a_client, action, "under_way", "Letter sent"))
        answer = words(log(contact_a_client, action, "done", "Seen at home"))
        action.refresh_from_db()
        assert (action.status, action.closed, action.closed_by) == ("done", TODAY, contact_a)
        assert "Done on Fri 20 Nov 2026, by Carys Alder" in answer.replace("</strong>", "")
        assert [p.state for p in action.progress.order_by("pk")] == ["under_way", "done"]

    def test_the_school_does_not_close_the_authority_s(self, contact_a_client: Client, meeting: Meeting) -> None:
        action = make_action(meeting, owner="authority")
        page = words(contact_a_client.get(reverse("action", args=[action.pk])))
        assert 'value="under_way"' in page
        assert 'value="done"' not in page
        assert 'value="dropped"' not in page
        log(contact_a_client, action, "done")
        log(contact_a_client, action, "under_way")
        action.refresh_from_db()
        assert (action.status, action.progress.count()) == ("open", 1)

    def test_help_is_asked_for_in_words(self, contact_a_client: Client, meeting: Meeting) -> None:
        action = make_action(meeting)
        assert "Say what help is needed" in words(log(contact_a_client, action, "stuck"))
        log(contact_a_client, action, "stuck", "Nobody answers the door")
        assert "Needs help" in words(contact_a_client.get(reverse("actions")))

    def test_only_the_authority_drops_and_says_why(self, officer_client: Client, meeting: Meeting) -> None:
        action = make_action(meeting)
        assert "Say why it is not needed any more" in words(log(officer_client, action, "dropped"))
        log(officer_client, action, "dropped", "The family has moved")
        action.refresh_from_db()
        assert action.status == "dropped"

    def test_a_closed_action_is_closed_for_the_school_and_opened_again_by_the_authority(
        self, contact_a_client: Client, officer_client: Client, contact_a: User, meeting: Meeting
    ) -> None:
        action = make_action(meeting)
        log(contact_a_client, action, "done")
        assert "Say how it goes" not in words(contact_a_client.get(reverse("action", args=[action.pk])))
        log(contact_a_client, action, "under_way")
        action.refresh_from_db()
        assert action.status == "done"
        log(officer_client, action, "under_way", "Not quite")
        action.refresh_from_db()
        assert (action.status, action.closed, action.closed_by) == ("open", None, None)

    def test_a_form_sent_twice_says_it_once(self, contact_a_client: Client, meeting: Meeting) -> None:
        action, token = make_action(meeting), str(uuid.uuid4())
        for _ in range(2):
            log(contact_a_client, action, "done", form_token=token)
        assert Progress.objects.count() == 1

    def test_the_case_hears_of_it(self, contact_a_client: Client, officer: User, item: Item, school_a: School) -> None:
        case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), pupil=item.pupil, school=school_a, origin="flag", reason="ebsa")
        log(contact_a_client, make_action(item.meeting, pupil=item.pupil), "done", "Seen at home")
        entry = Entry.objects.filter(case=case).latest("pk")
        assert (entry.kind, entry.by_name, entry.shared) == ("action", "Carys Alder", True)
        assert entry.words == ("Action of the meeting with Alder High School on 20 November 2026, “Visit at home”: done. Seen at home")

    def test_who_only_reads_has_no_form(self, legal_client: Client, contact_b_client: Client, meeting: Meeting) -> None:
        action = make_action(meeting)
        assert "Say how it goes" not in words(legal_client.get(reverse("action", args=[action.pk])))
        assert log(legal_client, action, "done").status_code == 403
        assert log(contact_b_client, action, "done").status_code == 404
        assert not Progress.objects.exists()


class TestCarriedOver:
    def test_what_is_not_done_is_on_the_next_agenda(self, officer: User, officer_client: Client, item: Item, school_a: School) -> None:
        other = factories.make_pupil("Tansy")
        factories.enrol(other, school_a)
        late = dt.date(2026, 11, 2)
        make_action(item.meeting, pupil=item.pupil, due=late)
        make_action(item.meeting, pupil=other, what="Invite the family")
        of_school = make_action(item.meeting, what="Check the use of code I", owner="authority")
        make_action(item.meeting, what="Long done", status="done", closed=TODAY)
        following = planned(school_a, officer, TUESDAY)
        assert [(i.pupil, i.source) for i in following.items.all()] == [(item.pupil, "flag"), (other, "carried"), (None, "carried")]
        severe, carried, school = following.items.all()
        assert severe.reason.endswith("Not done yet: “Visit at home” (the school, due 2 November 2026).")
        assert carried.reason == "Not done yet: “Invite the family” (the school, due 4 December 2026)."
        assert school.carried == of_school
        assert reverse("action", args=[of_school.pk]) in words(officer_client.get(reverse("meeting", args=[following.pk])))


class TestListsAndCounts:
    def test_counts_are_those_of_the_lists(self, manager_client: Client, manager: User, meeting: Meeting) -> None:
        make_action(meeting)
        make_action(meeting, due=dt.date(2026, 11, 12), owner="authority")
        make_action(meeting, due=TODAY, status="done", closed=TODAY)
        make_action(meeting, due=dt.date(2026, 11, 12), status="done", closed=TODAY)
        make_action(meeting, status="dropped", closed=TODAY)
        counts = reports.counts(manager, today=TODAY)
        assert (counts.actions_open, counts.actions_overdue, counts.actions_done, counts.actions_on_time) == (2, 1, 2, 1)
        assert (counts.term, counts.planned, counts.schools_without, counts.schools) == ("Autumn 2026/27", 1, 0, 1)
        for query, n in (
            ({}, 2),
            ({"state": "overdue"}, 1),
            ({"state": "done", "term": counts.term_key}, 2),
            ({"state": "on_time", "term": counts.term_key}, 1),
            ({"state": "on_time", "term": "2025-3"}, 0),
            ({"state": "open", "owner": "school"}, 1),
            ({"officer": "mine"}, 0),
        ):
            assert manager_client.get(reverse("actions"), query).context["total"] == n, query

    def test_each_side_sees_its_own_schools(self, browse: Browse, cast: dict[str, User], meeting: Meeting) -> None:
        make_action(meeting)
        seen = {
            part: browse(cast[part]).get(reverse("actions")).context["total"] for part in ("officer", "contact_a", "contact_b", "stranger")
        }
        assert seen == {"officer": 1, "contact_a": 1, "contact_b": 0, "stranger": 0}


class TestThoseWhoHaveLeft:
    def test_a_school_is_not_told_of_a_pupil_who_left_before_this_year(
        self, contact_a_client: Client, officer_client: Client, contact_a: User, item: Item
    ) -> None:
        action = make_action(item.meeting, item=item, pupil=item.pupil, due=dt.date(2026, 11, 18))
        item.pupil.enrolments.update(end=dt.date(2026, 7, 10))
        for address in (reverse("meeting", args=[item.meeting_id]), reverse("actions"), reverse("action", args=[action.pk])):
            theirs = words(contact_a_client.get(address))
            assert "Sorrel" not in theirs
            assert "62 of 110" not in theirs
            assert "pupil who has left" in theirs
            assert "Sorrel" in words(officer_client.get(address))
        assert not any("Sorrel" in need.why for need in needs.needs_today(contact_a, today=TODAY))


class TestWhatNeedsMeToday:
    def titles(self, user: User) -> list[str]:
        return [need.title for need in needs.needs_today(user, today=TODAY)]

    def test_a_look_at_the_list_is_told_with_whom_it_named(self, officer_client: Client, item: Item) -> None:
        make_action(item.meeting, pupil=item.pupil)
        officer_client.get(reverse("actions"))
        look = AuditEvent.objects.get(act="looked at actions")
        assert (look.kind, look.detail["pupils"]) == ("view", [item.pupil_id])

    def test_an_officer_is_told_the_most_urgent_first(
        self, officer: User, meeting: Meeting, school_a: School, contact_a: User, stranger: User
    ) -> None:
        forgotten = planned(school_a, officer, TUESDAY)
        Meeting.objects.filter(pk=forgotten.pk).update(day=dt.date(2026, 11, 17))
        planned(school_a, officer, dt.date(2026, 11, 25))
        planned(school_a, officer, dt.date(2026, 12, 9))
        make_action(meeting, what="Ring early help", owner="authority", due=dt.date(2026, 11, 16))
        make_action(meeting, what="Send the letter", due=dt.date(2026, 11, 18))
        make_action(meeting, what="In good time", owner="authority", due=dt.date(2027, 1, 18))
        stuck = make_action(meeting, what="Visit at home")
        log_progress(by=contact_a, today=TODAY, now=timezone.now(), action=stuck, state="stuck", words="Nobody opens")
        assert self.titles(officer) == [
            "Overdue: Ring early help",
            "Meeting with Alder High School today",
            "1 severely absent pupil without a plan has been contacted by nobody",
            "Say whether the meeting with Alder High School was held",
            "Help is asked for: Visit at home",
            "Prepare the meeting with Alder High School",
            "The school’s action is overdue: Send the letter",
        ]
        assert self.titles(stranger) == []

    @pytest.mark.parametrize("how", ["disabled", "posted elsewhere"])
    def test_what_an_officer_who_left_had_planned_and_agreed_is_not_forgotten(
        self, how: str, officer: User, manager: User, stranger: User, school_a: School
    ) -> None:
        gone = factories.make_user("officer", name="Gina Gone")
        posting = factories.post(gone, school_a)
        coming = planned(school_a, gone, dt.date(2026, 12, 9))
        make_action(coming, what="Ring early help", owner="authority", due=dt.date(2026, 11, 16))
        assert self.titles(officer) == self.titles(manager) == []
        if how == "disabled":
            User.objects.filter(pk=gone.pk).update(is_active=False)
        else:
            type(posting).objects.filter(pk=posting.pk).update(end=dt.date(2026, 11, 19))
        titles = ["Overdue: Ring early help", "Meeting with Alder High School left without an officer"]
        assert self.titles(officer) == self.titles(manager) == titles
        assert self.titles(stranger) == []
        why = needs.needs_today(officer, today=TODAY)[1].why
        assert why == "Planned for Wednesday 9 December 2026. Gina Gone works with the school no longer: choose who holds it."

    def test_a_school_is_told_of_its_own(self, contact_a: User, contact_b: User, staff_a: User, meeting: Meeting) -> None:
        make_action(meeting, what="Send the letter", due=dt.date(2026, 11, 18))
        make_action(meeting, what="Visit at home", due=dt.date(2026, 11, 26))
        make_action(meeting, what="Theirs", owner="authority", due=dt.date(2026, 11, 18))
        assert self.titles(contact_a) == ["Overdue: Send the letter", "Meeting with the authority today", "Visit at home"]
        assert self.titles(contact_b) == self.titles(staff_a) == []

    def test_a_school_s_own_numbers(self, officer: User, meeting: Meeting, school_a: School) -> None:
        make_action(meeting, owner="authority", due=dt.date(2026, 11, 16))
        Meeting.objects.filter(pk=meeting.pk).update(status="held")
        coming = planned(school_a, officer, TUESDAY)
        here = reports.at_school(school_a, officer, today=TODAY)
        assert (here.next, here.last, here.actions_open, here.actions_overdue) == (coming, meeting, 1, 1)
