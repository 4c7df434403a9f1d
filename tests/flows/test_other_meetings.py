"""Meetings of other kinds than support: with a service and several schools, planned, minuted and followed, naming no child."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from meetings import actions, reports
from meetings.actions import MeetingProblem
from meetings.actions.agreed import NewAction
from meetings.actions.invite import deliver
from meetings.actions.minuting import Line
from meetings.models import Action, Invitation, Item, Meeting
from meetings.terms import term_of
from schools.models import School
from tests import factories
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, TUESDAY, asked, flagged, planned, words
from tests.flows.minutes_things import line, save
from tests.flows.other_things import agree, held, of_kind, sent
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db
NAMES_NO_CHILD = "A meeting of several schools names no child"


class TestPlanning:
    def test_a_forum_is_planned_with_its_schools_and_an_empty_agenda(
        self, officer_client: Client, officer: User, both: list[School]
    ) -> None:
        flagged(both[0])
        answer = officer_client.post(reverse("other_plan"), sent(officer, both, host=both[1].pk), follow=True)
        meeting = Meeting.objects.get()
        assert (meeting.kind, meeting.title, meeting.service, meeting.school, meeting.several) == (
            "forum",
            "Autumn network",
            "Virtual school",
            both[1],
            True,
        )
        assert meeting.schools() == both
        assert not meeting.items.exists()
        said = words(answer)
        assert "Attendance network forum</span>Autumn network, " in said
        assert "Alder High School" in said
        assert "Birch Primary School (host)" in said
        assert "Make the agenda again" not in said

    def test_a_form_sent_twice_plans_one(self, officer_client: Client, officer: User, both: list[School]) -> None:
        form = sent(officer, both, form_token=str(uuid.uuid4()))
        places = [officer_client.post(reverse("other_plan"), form)["Location"] for _ in range(2)]
        assert places[0] == places[1]
        assert Meeting.objects.count() == 1

    def test_all_schools_at_once_and_the_first_by_name_is_the_host(self, officer_client: Client, officer: User, both: list[School]) -> None:
        officer_client.post(reverse("other_plan"), sent(officer, [], every="on"))
        meeting = Meeting.objects.get()
        assert (meeting.schools(), meeting.school) == (both, both[0])

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"schools": []}, "Choose the schools that take part"),
            ({"title": " "}, "Say what it is called: everybody asked reads it"),
            ({"kind": "support"}, "Choose what kind of meeting it is"),
            ({"schools": ["1"]}, "Choose schools of this list"),
            (date("day", dt.date(2026, 11, 19)), "The day of a meeting must be today or later"),
            ({"time": "late"}, "Enter a time, for example 14:30"),
            ({"officer": "0"}, "Choose an officer who works with this school"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(
        self, fields: dict[str, Any], said: str, officer_client: Client, officer: User, both: list[School]
    ) -> None:
        answer = officer_client.post(reverse("other_plan"), sent(officer, both) | fields)
        assert said in words(answer)
        assert not Meeting.objects.exists()

    def test_a_school_that_closes_before_and_a_host_that_stays_away_are_refused(
        self, officer_client: Client, officer: User, both: list[School]
    ) -> None:
        answer = officer_client.post(reverse("other_plan"), sent(officer, both[:1], host=both[1].pk))
        assert "Birch Primary School does not take part." in words(answer)
        School.objects.filter(pk=both[1].pk).update(closed=TODAY)
        answer = officer_client.post(reverse("other_plan"), sent(officer, both))
        assert "Birch Primary School closes on Friday 20 November 2026: no meeting can be planned after that." in words(answer)
        assert not Meeting.objects.exists()

    def test_schools_of_others_are_not_offered(self, officer_client: Client, officer: User, school_a: School, school_b: School) -> None:
        assert "Birch" not in words(officer_client.get(reverse("other_plan")))
        officer_client.post(reverse("other_plan"), sent(officer, [school_a, school_b]))
        assert not Meeting.objects.exists()

    def test_it_stands_beside_a_support_meeting_of_the_day_and_once(self, officer: User, both: list[School]) -> None:
        planned(both[0], officer)
        of_kind(officer, both)
        with pytest.raises(MeetingProblem, match="is planned already"):
            of_kind(officer, both, time=dt.time(9))
        assert Meeting.objects.count() == 2

    def test_the_database_wants_a_title_of_other_kinds_alone(self, officer: User, school_a: School) -> None:
        told = {"school": school_a, "officer": officer, "day": TUESDAY, "time": dt.time(9), "planned_at": timezone.now()}
        for fields in ({"kind": "panel"}, {"title": "Autumn"}, {"several": True}):
            with pytest.raises(IntegrityError, match="meeting_other_has_a_title"), transaction.atomic():
                Meeting.objects.create(**told, **fields)

    def test_it_moves_and_is_cancelled_like_any_meeting(self, officer_client: Client, officer: User, forum: Meeting) -> None:
        address = reverse("meeting_change", args=[forum.pk])
        officer_client.post(address, asked(officer, TUESDAY + dt.timedelta(days=7), place="authority", version="1"))
        forum.refresh_from_db()
        assert (forum.day, forum.place) == (TUESDAY + dt.timedelta(days=7), "authority")
        answer = officer_client.post(
            reverse("meeting_cancel", args=[forum.pk]), {"why": "not_needed", "version": forum.version}, follow=True
        )
        assert "Cancelled: not needed any more" in words(answer)


class TestNoChild:
    def test_none_can_be_put_on_a_meeting_of_several(self, officer: User, forum: Meeting, both: list[School]) -> None:
        pupil = flagged(both[0])
        told: dict[str, Any] = {"by": officer, "today": TODAY, "now": timezone.now(), "meeting": forum}
        with pytest.raises(MeetingProblem, match=NAMES_NO_CHILD):
            actions.add_item(**told, reason="Absent", pupil=pupil)
        with pytest.raises(MeetingProblem, match=NAMES_NO_CHILD):
            agree(forum, officer, pupil=pupil)
        with pytest.raises(MeetingProblem, match="Only the agenda of a support meeting"):
            actions.refresh_agenda(**told)
        assert not Item.objects.exists()
        assert not Action.objects.exists()

    def test_its_forms_ask_for_none(self, officer_client: Client, forum: Meeting, both: list[School]) -> None:
        pupil = flagged(both[0], surname="Sorrel", forename="Ida")
        for name in ("agenda_add", "action_add"):
            page = words(officer_client.get(reverse(name, args=[forum.pk])))
            assert 'name="pupil"' not in page
            assert "Name no child" in page
        officer_client.post(reverse("agenda_add", args=[forum.pk]), {"pupil": "Sorrel", "reason": "Punctuality"})
        assert [item.pupil for item in Item.objects.all()] == [None]
        form = date("due", dt.date(2026, 12, 4)) | {"what": "Ring home", "owner": "school", "school": both[0].pk, "pupil": pupil.pk}
        officer_client.post(reverse("action_add", args=[forum.pk]), form)
        assert [(action.pupil, action.school) for action in Action.objects.all()] == [(None, both[0])]
        assert "Sorrel" not in words(officer_client.get(reverse("minutes", args=[forum.pk])))

    def test_one_with_a_single_school_may_name_its_pupils(self, officer: User, both: list[School]) -> None:
        pupil, elsewhere = flagged(both[0]), flagged(both[1])
        meeting = of_kind(officer, both[:1], kind="sen", title="Autumn review")
        told: dict[str, Any] = {"by": officer, "today": TODAY, "now": timezone.now(), "meeting": meeting, "reason": "Needs met?"}
        assert actions.add_item(**told, pupil=pupil).pupil == pupil
        with pytest.raises(MeetingProblem, match="is not on roll at Alder High School"):
            actions.add_item(**told, pupil=elsewhere)


class TestWhoSees:
    def test_each_school_sees_the_forum_and_its_own_actions(
        self, officer: User, forum: Meeting, both: list[School], contact_a_client: Client, contact_b_client: Client, stranger_client: Client
    ) -> None:
        agree(forum, officer, both[0], what="Alder tells of its breakfast club")
        agree(forum, officer, both[1], what="Birch tries late gates")
        address = reverse("meeting", args=[forum.pk])
        for client, own, other in ((contact_a_client, "breakfast", "late gates"), (contact_b_client, "late gates", "breakfast")):
            page = words(client.get(address))
            assert own in page
            assert other not in page
            assert "Your school’s are shown." in page
            listed = words(client.get(reverse("actions")))
            assert own in listed
            assert other not in listed
            home = words(client.get(reverse("home")))
            assert "Autumn network" in home
            assert other not in home
            assert "Autumn network" in words(client.get(reverse("other_meetings")))
        alder, birch = Action.objects.order_by("pk")
        assert contact_b_client.get(reverse("action", args=[alder.pk])).status_code == 404
        assert contact_b_client.get(reverse("action", args=[birch.pk])).status_code == 200
        assert stranger_client.get(address).status_code == 404
        assert stranger_client.get(reverse("action", args=[birch.pk])).status_code == 404
        assert "Autumn network" not in words(stranger_client.get(reverse("other_meetings")))

    def test_a_school_that_does_not_take_part_sees_nothing(self, officer: User, both: list[School], contact_b_client: Client) -> None:
        meeting = of_kind(officer, both[:1], kind="cohort", title="Year 7")
        assert contact_b_client.get(reverse("meeting", args=[meeting.pk])).status_code == 404

    def test_its_officer_sees_it_and_its_actions_wherever_posted(self, manager: User, both: list[School], browse: Browse) -> None:
        visitor = factories.make_user("officer")
        factories.post(visitor, both[0])
        meeting = of_kind(manager, both, officer=visitor)
        action = agree(meeting, manager, both[1])
        client = browse(visitor)
        assert client.get(reverse("action", args=[action.pk])).status_code == 200
        visitor.postings.all().delete()
        assert client.get(reverse("meeting", args=[meeting.pk])).status_code == 200
        alone = Meeting.objects.create(
            kind="sen", title="Names a pupil", school=both[0], officer=visitor, day=TUESDAY, time=dt.time(9), planned_at=timezone.now()
        )
        assert client.get(reverse("meeting", args=[alone.pk])).status_code == 404


class TestActions:
    def test_each_school_has_its_own_and_what_the_authority_does_is_one(self, officer: User, forum: Meeting, both: list[School]) -> None:
        token = uuid.uuid4()
        for _ in range(2):  # a form sent twice
            agree(forum, officer, form_token=token)
        assert [(action.school, action.who) for action in Action.objects.order_by("pk")] == [
            (both[0], "Alder High School"),
            (both[1], "Birch Primary School"),
        ]
        theirs = agree(forum, officer, owner="authority", what="Send the toolkit")
        assert (theirs.school, theirs.who) == (both[0], "the authority")
        assert Action.objects.count() == 3

    def test_a_school_that_does_not_take_part_is_given_none(self, officer: User, forum: Meeting) -> None:
        with pytest.raises(MeetingProblem, match="does not take part in this meeting"):
            agree(forum, officer, factories.make_school("Cedar"))

    def test_an_action_of_a_support_meeting_is_its_schools(self, officer: User, school_a: School) -> None:
        meeting = planned(school_a, officer)
        assert Action.objects.create(meeting=meeting, what="Visit", owner="school", due=TUESDAY).school == school_a

    def test_the_next_support_agenda_of_each_school_begins_from_its_own(self, officer: User, forum: Meeting, both: list[School]) -> None:
        agree(forum, officer, both[1], what="Try late gates")
        assert not planned(both[0], officer).items.exists()
        assert "Try late gates" in planned(both[1], officer).items.get().reason

    def test_overdue_ones_are_chased_at_their_school(
        self, officer: User, forum: Meeting, both: list[School], contact_a: User, contact_b: User
    ) -> None:
        action = agree(forum, officer, both[1])
        Action.objects.filter(pk=action.pk).update(due=TODAY - dt.timedelta(days=3))
        from meetings.actions.chase import chase_overdue

        chase_overdue(today=TODAY, now=timezone.now())
        letter = action.chases.get().letter
        assert letter is not None
        assert letter.email == contact_b.email
        assert letter.subject == "Overdue: 1 action agreed at meetings"
        assert "Birch Primary School, due 17 November 2026, 3 days ago. Attendance network forum “Autumn network”" in letter.body


class TestMinutes:
    def test_a_line_agrees_an_action_for_each_school_or_for_one(
        self, officer_client: Client, officer: User, forum: Meeting, both: list[School]
    ) -> None:
        told: dict[str, Any] = {"by": officer, "today": TODAY, "now": timezone.now(), "meeting": forum}
        item, other = (actions.add_item(**told, reason=reason) for reason in ("Late arrivals", "First-day calling"))
        page = words(officer_client.get(reverse("minutes", args=[forum.pk])))
        assert "Each school" in page
        assert "Minutes of the attendance network forum" in page
        save(officer_client, item, line(item, decision="action", what="Count late marks", school=""))
        save(officer_client, other, line(other, decision="action", what="Ring by ten", school=str(both[1].pk)))
        assert list(Action.objects.order_by("pk").values_list("what", "school")) == [
            ("Count late marks", both[0].pk),
            ("Count late marks", both[1].pk),
            ("Ring by ten", both[1].pk),
        ]

    def test_which_schools_came_is_ticked_and_stands_in_the_minutes(
        self, officer_client: Client, officer: User, forum: Meeting, both: list[School], contact_b_client: Client
    ) -> None:
        agree(forum, officer)
        Meeting.objects.filter(pk=forum.pk).update(day=TODAY)
        form = date("day", TODAY) | {"version": "1", "schools": [both[1].pk]}
        answer = officer_client.post(reverse("meeting_hold", args=[forum.pk]), form, follow=True)
        said = words(answer)
        assert "Alder High School: did not come" in said
        assert "Birch Primary School: came" in said
        assert "Share what worked (each school, by 4 December 2026)" in said
        assert "Birch Primary School: came" in words(contact_b_client.get(reverse("minutes_record", args=[forum.pk])))
        page = words(officer_client.get(reverse("meeting", args=[forum.pk])))
        assert page.count("Did not come") == 1

    def test_unknown_stays_unknown_until_it_is_corrected(self, officer_client: Client, officer: User, forum: Meeting) -> None:
        held(forum, officer)
        assert {one.came for one in forum.taking.all()} == {None}
        assert words(officer_client.get(reverse("minutes_record", args=[forum.pk]))).count("not known whether it came") == 2
        came = forum.taking.first()
        assert came is not None
        form = {"reason": "Who came was found", "schools": [came.school_id]}
        answer = officer_client.post(reverse("minutes_correct", args=[forum.pk]), form, follow=True)
        assert f"{came.school.name}: came" in words(answer)

    def test_the_lines_of_a_meeting_without_children_say_what_they_say(self, officer: User, forum: Meeting) -> None:
        item = actions.add_item(by=officer, today=TODAY, now=timezone.now(), meeting=forum, reason="Late arrivals")
        told: dict[str, Any] = {"by": officer, "today": TODAY, "now": timezone.now(), "item": item, "base": Line.of(item)}
        with pytest.raises(MeetingProblem, match="are a pupil’s"):
            actions.save_line(**told, line=Line(lead="school"))
        actions.save_line(**told, line=Line(decision="action"), action=NewAction("Count late marks", "school", TUESDAY))
        assert Action.objects.count() == 2


class TestInvitations:
    def test_contacts_of_every_school_are_asked_by_its_name(self, officer: User, forum: Meeting, contact_a: User, contact_b: User) -> None:
        actions.add_item(by=officer, today=TODAY, now=timezone.now(), meeting=forum, reason="Late arrivals")
        actions.send_invitations(by=officer, today=TODAY, now=timezone.now(), meeting=forum, link="https://daymark.example/m")
        asked_now = Invitation.objects.order_by("email")
        assert {one.email for one in asked_now} == {officer.email, contact_a.email, contact_b.email}
        one = asked_now[0]
        assert one.subject == "Attendance network forum, Autumn network, Tuesday 24 November 2026"
        assert "invites you to an attendance network forum “Autumn network”." in one.body
        assert "- Late arrivals" in one.body
        assert "SUMMARY:Attendance network forum: Autumn network" in one.calendar
        assert "support" not in one.subject + one.body + one.calendar
        deliver(one.pk, now=timezone.now())
        assert [message.subject for message in mail.outbox] == [one.subject]

    def test_the_sen_contacts_of_each_school_are_offered(self, officer_client: Client, officer: User, both: list[School]) -> None:
        meeting = of_kind(officer, both, kind="sen", title="SEN contacts, autumn")
        for school, name in zip(both, ("Una Alder", "Ugo Birch"), strict=True):
            school.team.create(role="sen", name=name, email="", start=dt.date(2026, 9, 1), changed_at=timezone.now())
        page = words(officer_client.get(reverse("meeting_people", args=[meeting.pk])))
        assert "SEN contact, Birch Primary School" in page
        assert "Una Alder" in page


class TestCounting:
    def test_nothing_that_counts_support_meetings_counts_a_forum(
        self, officer: User, manager: User, forum: Meeting, both: list[School], manager_client: Client
    ) -> None:
        held(of_kind(officer, both, title="Earlier"), officer)
        held(of_kind(officer, both[:1], kind="panel", title="Panel"), officer)
        counted = reports.counts(manager, today=TODAY)
        assert (counted.planned, counted.held, counted.schools_without) == (0, 0, 2)
        assert reports.without_meeting(manager, today=TODAY) == both
        assert reports.engagement([school.pk for school in both], term=term_of(TODAY), day=TODAY) == {}
        assert reports.at_school(both[0], manager, today=TODAY).next is None
        page = words(manager_client.get(reverse("meetings")))
        assert "Autumn network" not in page
        assert "Planned: 0" in page
        assert "Other meetings" in page

    def test_the_other_list_is_filtered_and_counted(self, officer: User, both: list[School], manager_client: Client) -> None:
        of_kind(officer, both)
        of_kind(officer, both[:1], kind="panel", title="Panel of the north")
        held(of_kind(officer, both, kind="cohort", title="Year 10"), officer)
        address = reverse("other_meetings")
        for query, shown in (
            ({}, {"Autumn network", "Panel of the north"}),
            ({"kind": "panel"}, {"Panel of the north"}),
            ({"school": both[1].urn}, {"Autumn network"}),
            ({"status": "held"}, {"Year 10"}),
            ({"officer": officer.pk, "term": "2026-1"}, {"Autumn network", "Panel of the north"}),
            ({"kind": "sen"}, set()),
        ):
            page = words(manager_client.get(address, query))
            assert {title for title in ("Autumn network", "Panel of the north", "Year 10") if title in page} == shown, query

    def test_one_gone_by_asks_for_its_minutes_where_it_stands(self, officer_client: Client, officer: User, forum: Meeting) -> None:
        Meeting.objects.filter(pk=forum.pk).update(day=TODAY - dt.timedelta(days=2))
        said = "1 meeting has gone by without minutes"
        assert said in words(officer_client.get(reverse("other_meetings")))
        assert said not in words(officer_client.get(reverse("meetings")))
        assert "Say whether the attendance network forum “Autumn network” was held" in words(officer_client.get(reverse("home")))


def test_few_queries(
    officer_client: Client, officer: User, both: list[School], contact_b_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        school = factories.make_school()
        factories.post(officer, school)
        both.append(school)
        contact = factories.make_user("school_contact", name=f"Contact {number}")
        factories.post(contact, school)
    meeting = of_kind(officer, both)
    for number in range(4):
        item = actions.add_item(by=officer, today=TODAY, now=timezone.now(), meeting=meeting, reason=f"Matter {number}")
        agree(meeting, officer, item=item, what=f"Step {number}")
    for number in range(5):
        of_kind(officer, both, title=f"Network {number}")
    for client in (officer_client, contact_b_client):
        client.get(reverse("home"))  # what is asked once a process
        pages = [reverse("other_meetings"), reverse("meeting", args=[meeting.pk]), reverse("actions")]
        if client is officer_client:
            pages += [reverse("other_plan"), *(reverse(name, args=[meeting.pk]) for name in ("minutes", "meeting_people"))]
        for page in pages:
            with django_assert_max_num_queries(15):
                assert client.get(page).status_code == 200, page
