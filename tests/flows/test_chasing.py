"""Overdue actions: chased by e-mail on policy's rhythm, through missed and doubled nights; seen by the officer; changed with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from config import tasks
from meetings.actions import chase, letters
from meetings.models import Action, ActionChange, Chase, ChaseRun, Letter, Meeting
from schools.models import Closure, PolicyValue, Posting, School
from tests import factories
from tests.flows.meeting_things import TODAY, flagged, planned, words
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 16)
DAY = dt.timedelta(days=1)


@pytest.fixture
def meeting(officer: User, contact_a: User, school_a: School) -> Meeting:
    """Held in October."""
    flagged(school_a, surname="Sorrel", forename="Ida")
    meeting = planned(school_a, officer, TODAY)
    Meeting.objects.filter(pk=meeting.pk).update(day=dt.date(2026, 10, 6), status="held")
    meeting.refresh_from_db()
    return meeting


def agreed(meeting: Meeting, due: dt.date = dt.date(2026, 11, 13), **fields: Any) -> Action:
    said = {"what": "Ring Ida Sorrel’s mother", "owner": "school", "agreed_by": meeting.officer} | fields
    return Action.objects.create(meeting=meeting, due=due, **said)


def night(day: dt.date) -> ChaseRun:
    return chase.chase_overdue(today=day, now=timezone.now(), site="https://daymark.example")


def send_all() -> None:
    for number in letters.waiting():
        tasks.send_letter(number)


class TestTheRound:
    def test_the_school_s_contact_is_written_to_once_and_no_child_is_named(
        self, meeting: Meeting, contact_a: User, officer: User, mailoutbox: list[EmailMessage]
    ) -> None:
        late = agreed(meeting)
        agreed(meeting, dt.date(2026, 11, 27), what="Not due yet")
        agreed(meeting, status="done", closed=dt.date(2026, 11, 12))
        for _ in range(2):
            night(MONDAY)
        send_all()
        send_all()
        [mail] = mailoutbox
        assert (mail.to, mail.reply_to) == ([contact_a.email], [officer.email])
        assert mail.subject == "Overdue: 1 action agreed at support meetings"
        assert "- Ring I.S.’s mother" in mail.body
        assert "The school, due 13 November 2026, 3 days ago. Meeting with Alder High School, 6 October 2026." in mail.body
        assert f"https://daymark.example{reverse('action', args=[late.pk])}" in mail.body
        for word in ("Sorrel", "Ida", "Not due yet"):
            assert word not in mail.body
        assert Chase.objects.get().letter.status == "sent"

    def test_a_night_missed_is_made_up_for_once_by_the_sweep(
        self, meeting: Meeting, today: dt.date, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing ran since the 13th. On the 20th the sweep rings, and one e-mail tells of it; rung for again, it is done already."""
        agreed(meeting)
        rung: list[str] = []
        monkeypatch.setattr(tasks.current_app, "send_task", lambda name, args=(), **_: rung.append(name))
        monkeypatch.setattr(tasks, "_not_rung_lately", lambda *_: True)
        tasks.sweep()
        assert chase.TASK in rung
        tasks.chase_actions()
        tasks.chase_actions()
        assert Letter.objects.count() == 1
        rung.clear()
        tasks.sweep()
        assert chase.TASK not in rung
        assert letters.TASK in rung, "a letter that nobody sent is rung for"

    def test_nobody_is_written_to_at_night(self) -> None:
        assert not chase.round_is_due(today=MONDAY, time=dt.time(5))
        assert chase.round_is_due(today=MONDAY, time=dt.time(9))

    def test_again_every_week_and_then_no_more(self, meeting: Meeting) -> None:
        agreed(meeting)
        for n in range(60):
            night(MONDAY + n * DAY)
        assert list(Chase.objects.order_by("day").values_list("day", flat=True)) == [MONDAY + n * 7 * DAY for n in range(4)]

    def test_the_rhythm_is_policy(self, meeting: Meeting, manager: User) -> None:
        agreed(meeting)
        for key, value in (("chase_after_days", 5), ("chase_every_days", 3), ("chase_most", 2)):
            PolicyValue.objects.create(key=key, value=value, start=MONDAY, reason="Ours", set_by=manager, set_at=timezone.now())
        for n in range(20):
            night(MONDAY + n * DAY)
        assert list(Chase.objects.order_by("day").values_list("day", flat=True)) == [dt.date(2026, 11, 18), dt.date(2026, 11, 23)]

    def test_a_school_is_not_written_to_while_it_is_closed(self, meeting: Meeting, school_a: School) -> None:
        agreed(meeting)
        Closure.objects.create(school=school_a, name="INSET", start=MONDAY, end=MONDAY)
        night(MONDAY)
        assert not Letter.objects.exists()
        night(MONDAY + DAY)
        assert Letter.objects.count() == 1

    def test_one_e_mail_a_person_for_all_their_actions(self, meeting: Meeting, officer: User, contact_a: User) -> None:
        agreed(meeting)
        agreed(meeting, what="Look at Friday absence")
        agreed(meeting, owner="authority", what="Send the list")
        agreed(meeting, owner="service", owner_name="School nurse", what="See the pupil")
        run = night(MONDAY)
        assert (run.actions, run.letters) == (4, 2)
        assert dict(Letter.objects.values_list("email", "subject")) == {
            contact_a.email: "Overdue: 2 actions agreed at support meetings",
            officer.email: "Overdue: 2 actions agreed at support meetings",
        }

    def test_without_a_contact_it_is_said_where_the_officer_looks(self, meeting: Meeting, officer_client: Client) -> None:
        late = agreed(meeting)
        Posting.objects.filter(part="contact").delete()
        night(MONDAY)
        assert "nobody to write to" in words(officer_client.get(reverse("action", args=[late.pk])))

    def test_of_a_school_that_closed_the_officer_is_written_to(self, meeting: Meeting, officer: User) -> None:
        agreed(meeting)
        School.objects.filter(pk=meeting.school_id).update(closed=dt.date(2026, 11, 15))
        night(MONDAY)
        assert Letter.objects.get().email == officer.email


class TestSeen:
    def test_the_officer_sees_what_was_chased(self, meeting: Meeting, officer_client: Client, contact_a: User) -> None:
        late = agreed(meeting)
        night(MONDAY)
        send_all()
        page = words(officer_client.get(reverse("action", args=[late.pk])))
        assert "Mon 16 Nov 2026: e-mail sent to Carys Alder" in page
        assert "chased 1 time, last Mon 16 Nov 2026" in words(officer_client.get(reverse("actions")))

    def test_the_contact_s_overdue_actions_come_first_at_home_and_are_closed_with_a_note(
        self, meeting: Meeting, contact_a_client: Client
    ) -> None:
        agreed(meeting, dt.date(2026, 11, 25), what="Look at Friday absence")
        late = agreed(meeting)
        home = words(contact_a_client.get(reverse("home")))
        assert home.index("Ring Ida Sorrel’s mother") < home.index("Look at Friday absence")
        contact_a_client.post(reverse("action_progress", args=[late.pk]), {"state": "done", "words": "Spoke on Monday"})
        late.refresh_from_db()
        assert (late.status, late.progress.get().words) == ("done", "Spoke on Monday")
        assert night(dt.date(2026, 11, 23)).actions == 0, "what is done is chased no more"

    def test_the_next_agenda_starts_from_what_is_not_done(self, meeting: Meeting, officer: User, school_a: School) -> None:
        late = agreed(meeting)
        following = planned(school_a, officer)
        [item] = following.items.filter(carried=late)
        assert item.reason == "Not done yet: “Ring Ida Sorrel’s mother” (the school, due 13 November 2026)."


class TestChanged:
    def sent(self, **fields: Any) -> dict[str, Any]:
        return date("due", dt.date(2026, 12, 11)) | {"owner": "school", "owner_name": "", "reason": "The mother is away"} | fields

    def test_another_day_with_a_reason_and_what_stood_is_kept(
        self, meeting: Meeting, officer_client: Client, contact_a_client: Client
    ) -> None:
        action = agreed(meeting)
        address = reverse("action_change", args=[action.pk])
        assert "Say why" in words(officer_client.post(address, self.sent(reason="")))
        officer_client.post(address, self.sent())
        officer_client.post(address, self.sent(owner="service", owner_name="School nurse", reason="She knows the family"))
        action.refresh_from_db()
        assert (action.due, action.who) == (dt.date(2026, 12, 11), "School nurse")
        assert ActionChange.objects.count() == 2
        page = words(contact_a_client.get(reverse("action", args=[action.pk])))
        assert "By Fri 11 Dec 2026 instead of Fri 13 Nov 2026. The mother is away" in page
        assert "School nurse instead of the school. She knows the family" in page
        assert contact_a_client.post(address, self.sent()).status_code == 403

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            (date("due", dt.date(2026, 11, 1)), "must be today or later"),
            (date("due", dt.date(2026, 11, 13)), "This is what stands already"),
            ({"owner": "service"}, "Name the service"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, fields: dict[str, str], said: str, meeting: Meeting, officer_client: Client) -> None:
        action = agreed(meeting)
        assert said in words(officer_client.post(reverse("action_change", args=[action.pk]), self.sent() | fields))

    def test_a_day_moved_is_not_chased_until_it_is_over(self, meeting: Meeting, officer_client: Client) -> None:
        action = agreed(meeting)
        officer_client.post(reverse("action_change", args=[action.pk]), self.sent())
        assert night(TODAY).actions == 0
        assert night(dt.date(2026, 12, 14)).actions == 1


class TestWithoutMinutes:
    def test_a_meeting_gone_by_is_named_and_cancelled_late(
        self, meeting: Meeting, officer_client: Client, officer: User, school_a: School
    ) -> None:
        Meeting.objects.update(status="planned", day=MONDAY)
        page = words(officer_client.get(reverse("meetings")))
        assert "1 meeting has gone by without minutes" in page
        assert reverse("minutes", args=[meeting.pk]) in page
        assert "Say whether the meeting with Alder High School was held" in words(officer_client.get(reverse("home")))
        officer_client.post(reverse("meeting_cancel", args=[meeting.pk]), {"why": "not_attended", "version": "1"})
        meeting.refresh_from_db()
        assert meeting.status == "cancelled"


def test_a_contact_of_two_schools_is_told_of_both_in_one_e_mail_each_time(
    meeting: Meeting, contact_a: User, school_b: School, officer: User
) -> None:
    factories.post(officer, school_b)
    factories.post(contact_a, school_b, part="contact")
    other = planned(school_b, officer)
    agreed(meeting)
    agreed(other, what="Look at Friday absence")
    night(MONDAY)
    assert list(Letter.objects.values_list("email", "subject")) == [(contact_a.email, "Overdue: 2 actions agreed at support meetings")]
