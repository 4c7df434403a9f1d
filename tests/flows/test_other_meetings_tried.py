"""Meetings of several schools, tried to be broken: the back button, people and schools that are gone since, who is told of whom."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from meetings import actions, reports
from meetings.actions import MeetingProblem
from meetings.actions.invite import deliver
from meetings.minutes_content import content_of, with_initials
from meetings.models import Action, ActionChange, Invitation, Meeting
from schools.models import School, SchoolLink
from tests import factories
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, TUESDAY, asked, flagged, planned, words
from tests.flows.other_things import agree, held, of_kind, sent
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - dt.timedelta(days=1)


class TestFormsGoneBackTo:
    def test_one_more_school_is_another_meeting_and_refused_in_words(
        self, officer_client: Client, officer: User, both: list[School]
    ) -> None:
        token = str(uuid.uuid4())
        officer_client.post(reverse("other_plan"), sent(officer, both[:1], form_token=token))
        answer = officer_client.post(reverse("other_plan"), sent(officer, both, form_token=token))
        assert "“Autumn network” on Tuesday 24 November 2026 is planned already." in words(answer)
        assert Meeting.objects.get().schools() == both[:1]

    def test_who_came_is_not_changed_by_recording_it_again(
        self, officer_client: Client, forum: Meeting, both: list[School], contact_a: User
    ) -> None:
        Meeting.objects.filter(pk=forum.pk).update(day=TODAY)
        address = reverse("meeting_hold", args=[forum.pk])
        form = date("day", TODAY) | {"version": "1", "schools": [both[1].pk], "came": [contact_a.email], "others": "Sam Rees, head"}
        made = "The meeting is recorded as held, and its minutes are made."
        assert made in words(officer_client.post(address, form, follow=True))
        assert made in words(officer_client.post(address, form, follow=True))  # the same, sent twice
        for other in ({"schools": []}, {"came": []}, {"others": "Ann Rees"}):
            answer = words(officer_client.post(address, form | other, follow=True))
            assert "You recorded this meeting as held already, with others who came." in answer
            assert made not in answer
        assert forum.minuted.count() == 1

    def test_a_correction_with_other_ticks_is_another_one(self, officer_client: Client, officer: User, forum: Meeting) -> None:
        held(forum, officer)
        first, second = forum.taking.order_by("pk")
        form = {"reason": "Who came was found", "schools": [first.school_id], "form_token": str(uuid.uuid4())}
        for schools in (first, first, second):
            officer_client.post(reverse("minutes_correct", args=[forum.pk]), form | {"schools": [schools.school_id]})
        assert list(forum.taking.order_by("pk").values_list("came", flat=True)) == [False, True]
        assert forum.minuted.count() == 3

    def test_moving_a_meeting_gives_it_to_nobody_else_by_the_way(self, officer_client: Client, manager: User, both: list[School]) -> None:
        meeting = of_kind(manager, both)
        page = words(officer_client.get(reverse("meeting_change", args=[meeting.pk])))
        assert f'value="{manager.pk}" selected' in page
        form = asked(manager, TUESDAY, time="10:00", place="online", version="1")
        officer_client.post(reverse("meeting_change", args=[meeting.pk]), form)
        meeting.refresh_from_db()
        assert (meeting.officer, meeting.time) == (manager, dt.time(10))


class TestManySchools:
    def test_a_school_whose_contact_came_was_there(
        self, officer_client: Client, forum: Meeting, both: list[School], contact_b: User
    ) -> None:
        cedar = factories.make_school("Cedar Primary School")
        forum.taking.create(school=cedar)
        Meeting.objects.filter(pk=forum.pk).update(day=TODAY)
        form = date("day", TODAY) | {"version": "1", "came": [contact_b.email]}
        officer_client.post(reverse("meeting_hold", args=[forum.pk]), form)
        came = forum.taking.order_by("school__sort_name").values_list("came", flat=True)
        assert list(came) == [None, True, None], "who else came nobody wrote down"
        corrected = {"reason": "Alder came", "came": [contact_b.email], "schools": [both[0].pk]}
        officer_client.post(reverse("minutes_correct", args=[forum.pk]), corrected)
        assert list(came.all()) == [True, True, False]

    def test_what_each_does_alike_is_told_once_and_taken_back_at_once(
        self, officer_client: Client, officer: User, forum: Meeting, both: list[School], contact_a_client: Client
    ) -> None:
        told: dict[str, Any] = {"by": officer, "today": TODAY, "now": timezone.now(), "meeting": forum}
        item, other = (actions.add_item(**told, reason=reason) for reason in ("Late arrivals", "First-day calling"))
        agree(forum, officer, item=item, what="Count late marks")
        agree(forum, officer, item=other, what="Ring by ten")
        agree(forum, officer, both[1], item=other, what="Write to families", success="Fewer gaps")
        page = words(officer_client.get(reverse("meeting", args=[forum.pk])))
        assert page.count("Count late marks <span") == 1
        assert "Each school, by Fri 4 Dec 2026." in page
        assert "2 of 2 open" in page
        assert "Each school" not in words(contact_a_client.get(reverse("meeting", args=[forum.pk])))
        pair = ",".join(str(pk) for pk in item.actions.order_by("pk").values_list("pk", flat=True))
        assert f'name="take_back" value="{pair}"' in words(officer_client.get(reverse("minutes", args=[forum.pk])))
        held(forum, officer)
        said = words(contact_a_client.get(reverse("minutes_record", args=[forum.pk])))
        assert said.count("Count late marks (each school, by 4 December 2026)") == 1
        assert "Write to families (Birch Primary School, by 4 December 2026). Success: Fewer gaps" in said

    def test_of_one_school_each_action_stands_alone(self, officer_client: Client, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        item = actions.add_item(by=officer, today=TODAY, now=timezone.now(), meeting=meeting, reason="Late arrivals")
        for owner in ("school", "authority"):
            agree(meeting, officer, item=item, what="Count late marks", owner=owner)
        for name in ("meeting", "minutes"):
            page = words(officer_client.get(reverse(name, args=[meeting.pk])))
            assert "2 schools" not in page
            assert "he authority, by Fri 4 Dec 2026" in page

    def test_all_of_them_are_taken_back_together(self, officer_client: Client, officer: User, forum: Meeting) -> None:
        item = actions.add_item(by=officer, today=TODAY, now=timezone.now(), meeting=forum, reason="Late arrivals")
        agree(forum, officer, item=item, what="Count late marks")
        keep = agree(forum, officer, item=item, what="Another")
        asked_back = ",".join(str(pk) for pk in Action.objects.filter(what="Count late marks").values_list("pk", flat=True))
        answer = officer_client.post(reverse("minutes", args=[forum.pk]), {"take_back": asked_back}, follow=True)
        assert "Taken back: Count late marks" in words(answer)
        assert {action.what for action in Action.objects.all()} == {keep.what}
        for nonsense in ("1,", "x", ",", "9" * 30):
            assert officer_client.post(reverse("minutes", args=[forum.pk]), {"take_back": nonsense}).status_code in (302, 404)
        assert Action.objects.count() == 2


class TestGoneSince:
    def test_who_came_stays_on_record_when_the_account_is_closed(
        self, officer_client: Client, forum: Meeting, both: list[School], contact_b: User
    ) -> None:
        Meeting.objects.filter(pk=forum.pk).update(day=TODAY)
        form = date("day", TODAY) | {"version": "1", "came": [contact_b.email]}
        officer_client.post(reverse("meeting_hold", args=[forum.pk]), form)
        User.objects.filter(pk=contact_b.pk).update(is_active=False)
        page = words(officer_client.get(reverse("minutes_record", args=[forum.pk])))
        assert f'value="{contact_b.email}"' in page
        form = {"reason": "Birch came", "schools": [both[1].pk], "came": [contact_b.email]}
        officer_client.post(reverse("minutes_correct", args=[forum.pk]), form)
        assert forum.presences.get(email=contact_b.email).came

    def test_what_a_school_agreed_goes_on_with_the_one_that_followed_it(self, officer: User, forum: Meeting, both: list[School]) -> None:
        agree(forum, officer, both[1], what="Try late gates")
        heir, another = factories.make_school("Birch Academy"), factories.make_school("Birch Infant School")
        factories.post(officer, heir)
        SchoolLink.objects.create(predecessor=both[1], successor=heir, kind="Predecessor")
        assert reports.gather(heir, today=TODAY).of_school == [], "it is open still"
        School.objects.filter(pk=both[1].pk).update(closed=YESTERDAY)
        assert "Try late gates" in planned(heir, officer).items.get().reason
        SchoolLink.objects.create(predecessor=both[1], successor=another, kind="Predecessor - split")
        assert reports.gather(heir, today=TODAY).of_school == [], "of a school that was split nobody knows whose it is"

    def test_one_that_meets_elsewhere_moves_without_its_host(self, officer_client: Client, forum: Meeting, both: list[School]) -> None:
        School.objects.filter(pk=both[0].pk).update(closed=YESTERDAY)
        address = reverse("meeting_change", args=[forum.pk])
        form = asked(forum.officer, TUESDAY + dt.timedelta(days=7), version="1")
        closed = "Alder High School closed on Thursday 19 November 2026: no meeting can be planned after that."
        assert closed in words(officer_client.post(address, form | {"place": "school"}))
        assert "The meeting is changed" in words(officer_client.post(address, form | {"place": "online"}, follow=True))
        School.objects.filter(pk=both[1].pk).update(closed=YESTERDAY)
        form = asked(forum.officer, TUESDAY, place="online", version="2")
        assert closed in words(officer_client.post(address, form))

    def test_a_school_that_has_closed_is_given_nothing_to_do(self, officer: User, forum: Meeting, both: list[School]) -> None:
        School.objects.filter(pk=both[1].pk).update(closed=YESTERDAY)
        agree(forum, officer)
        assert [action.school for action in Action.objects.all()] == [both[0]]
        with pytest.raises(MeetingProblem, match="Birch Primary School is not open"):
            agree(forum, officer, both[1])
        School.objects.filter(pk=both[0].pk).update(closed=YESTERDAY)
        with pytest.raises(MeetingProblem, match="All schools of this meeting have closed"):
            agree(forum, officer, what="Another")
        assert agree(forum, officer, owner="authority").school == both[0]


class TestWhoIsToldOfWhom:
    def test_a_calendar_file_has_nobody_elses_address(
        self, officer: User, forum: Meeting, both: list[School], contact_a: User, contact_b: User
    ) -> None:
        actions.send_invitations(by=officer, today=TODAY, now=timezone.now(), meeting=forum, link="https://daymark.example/m")
        for own, other in ((contact_a, contact_b), (contact_b, contact_a)):
            calendar = Invitation.objects.get(email=own.email).calendar.replace("\r\n ", "")
            assert own.email in calendar
            assert other.email not in calendar

    def test_the_e_mailed_minutes_hide_a_childs_name_in_what_somebody_is(self, officer: User, school_a: School) -> None:
        flagged(school_a, surname="Sorrel", forename="Ida")
        meeting = planned(school_a, officer, day=TODAY)
        told: dict[str, Any] = {"by": officer, "today": TODAY, "now": timezone.now(), "meeting": meeting}
        actions.hold_meeting(**told, version=None, came=[], others=["Ann Sorrel, mother of Ida Sorrel"])
        people = with_initials(content_of(meeting))["people"]
        assert ("Ann Sorrel", "mother of I.S.") in [(one["name"], one["role"]) for one in people]

    def test_an_officer_is_led_only_to_actions_they_may_open(
        self, manager: User, school_a: School, school_b: School, officer_client: Client
    ) -> None:
        meeting = of_kind(manager, [school_a, school_b])
        item = actions.add_item(by=manager, today=TODAY, now=timezone.now(), meeting=meeting, reason="Late arrivals")
        agree(meeting, manager, item=item)
        agree(meeting, manager, what="Beside the agenda")
        for name in ("meeting", "minutes"):
            page = words(officer_client.get(reverse(name, args=[meeting.pk])))
            led = set(re.findall(r'href="(/actions/\d+/)"', page))
            assert led
            assert {officer_client.get(address).status_code for address in led} == {200}, name
            assert "ach school, by Fri 4 Dec 2026" in page

    def test_a_contact_of_two_of_its_schools_is_told_of_it_once(
        self, browse: Browse, forum: Meeting, both: list[School], contact_a: User
    ) -> None:
        factories.post(contact_a, both[1])
        assert words(browse(contact_a).get(reverse("home"))).count("Autumn network.") == 1

    def test_the_api_counts_what_a_school_may_see_and_finds_a_meeting_by_each_of_its_schools(
        self, officer: User, forum: Meeting, both: list[School], contact_b_client: Client
    ) -> None:
        agree(forum, officer)
        for wanted in ({}, {"school": both[0].urn}, {"school": both[1].urn}):
            answer = contact_b_client.get("/api/v1/meetings/", wanted).json()
            assert [row["actions"] for row in answer["results"]] == [1], wanted


class TestBadInput:
    def test_a_title_of_two_lines_can_be_sent(self, officer_client: Client, officer: User, both: list[School]) -> None:
        officer_client.post(reverse("other_plan"), sent(officer, both, title="Autumn\r\nnetwork", service="Virtual\nschool"))
        meeting = Meeting.objects.get()
        assert (meeting.title, meeting.service) == ("Autumn network", "Virtual school")
        actions.send_invitations(by=officer, today=TODAY, now=timezone.now(), meeting=meeting, link="https://daymark.example/m")
        sent_now = deliver(Invitation.objects.get().pk, now=timezone.now())
        assert sent_now is not None
        assert sent_now.status == Invitation.Status.SENT

    def test_long_names_of_school_and_person_are_kept_when_an_action_moves(
        self, officer_client: Client, officer: User, forum: Meeting, both: list[School]
    ) -> None:
        School.objects.filter(pk=both[1].pk).update(name="B" * 200)
        action = agree(forum, officer, both[1], owner_name="C" * 120)
        form = date("due", dt.date(2026, 12, 11)) | {"owner": "school", "owner_name": "Ann", "reason": "Later"}
        assert officer_client.post(reverse("action_change", args=[action.pk]), form).status_code == 302
        assert ActionChange.objects.get().who_before == f"{'B' * 200}, {'C' * 120}"
