"""Contacts with schools as what they were, and severely absent pupils without a plan until somebody is in contact (case T1)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from casework.actions import open_case, record_contact
from meetings import actions, needs, severe
from meetings.actions import MeetingProblem
from meetings.models import Item, Meeting, SchoolContact
from schools.models import Pupil, School, Term
from tests.flows.meeting_things import TODAY, flagged, planned
from tests.flows.reading import said
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db
FLAGGED = dt.date(2026, 10, 5)  # a Monday


@pytest.fixture
def sorrel(school_a: School) -> Pupil:
    Term.objects.create(school=school_a, name="Autumn 1", start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 16))
    Term.objects.create(school=school_a, name="Autumn 2", start=dt.date(2026, 11, 2), end=dt.date(2026, 12, 18))
    return flagged(school_a, surname="Sorrel")


def form(pupil: Pupil, **other: Any) -> dict[str, Any]:
    fields = {"how": "phone", "reached": "yes", "with_whom": "Mrs Green, attendance lead", "about": "pupils", "pupils": [pupil.pk]}
    return fields | date("day", dt.date(2026, 11, 19)) | {"words": "They visit on Friday.", "form_token": uuid.uuid4()} | other


def record(school: School, by: User, **fields: Any) -> SchoolContact:
    known: dict[str, Any] = {"day": TODAY, "how": "phone", "reached": True, "with_whom": "The office", "about": "attendance"}
    return actions.record_school_contact(by=by, today=TODAY, now=timezone.now(), school=school, **known | fields)


def lines(user: User) -> list[severe.Line]:
    return severe.lines(severe.flags(user, today=TODAY), today=TODAY)


def test_ten_school_days_do_not_count_the_holiday(sorrel: Pupil, officer: User) -> None:
    """Nine school days to 16 October, then half term: the tenth is 2 November."""
    (line,) = lines(officer)
    assert (line.due.day, line.contact, line.state) == (dt.date(2026, 11, 2), None, "late")


@pytest.mark.parametrize(("opened", "state"), [(dt.date(2026, 11, 5), "late"), (dt.date(2026, 11, 6), "waiting")])
def test_late_begins_the_day_after_the_tenth(opened: dt.date, state: str, sorrel: Pupil, officer: User) -> None:
    sorrel.flags.update(opened=opened)
    assert lines(officer)[0].state == state  # 19 and 20 November: today is the 20th


def test_what_counts_is_what_reached_somebody_about_this_pupil_since(sorrel: Pupil, school_a: School, officer: User) -> None:
    other = flagged(school_a, surname="Yarrow")
    record(school_a, officer)  # about the school
    record(school_a, officer, about="pupils", pupils=[sorrel], reached=False)
    record(school_a, officer, about="pupils", pupils=[sorrel], day=FLAGGED - dt.timedelta(days=1))
    assert {line.state for line in lines(officer)} == {"late"}
    record(school_a, officer, about="pupils", pupils=[sorrel], day=dt.date(2026, 11, 19))
    of = {line.flag.pupil: line for line in lines(officer)}
    assert (of[sorrel].state, of[sorrel].contact) == ("contacted", dt.date(2026, 11, 19))
    assert of[other].state == "late"


def test_the_family_s_contact_and_a_meeting_held_count_too(sorrel: Pupil, school_a: School, officer: User) -> None:
    meeting = planned(school_a, officer)
    assert Item.objects.filter(meeting=meeting, pupil=sorrel).exists()
    assert lines(officer)[0].contact is None  # it is only planned
    Meeting.objects.filter(pk=meeting.pk).update(status="held", day=dt.date(2026, 11, 10))
    assert lines(officer)[0].contact is None, "the meeting ended before it came to the pupil"
    Item.objects.filter(meeting=meeting, pupil=sorrel).update(discussed=True)
    assert lines(officer)[0].contact == dt.date(2026, 11, 10)
    opened = {"pupil": sorrel, "school": school_a, "origin": "officer", "reason": "severe_absence"}
    case, _ = open_case(by=officer, today=TODAY, now=timezone.now(), **opened)  # type: ignore[arg-type]
    record_contact(by=officer, today=TODAY, now=timezone.now(), case=case, day=TODAY, kind="phone", result="no_answer")
    assert lines(officer)[0].contact == dt.date(2026, 11, 10)
    record_contact(by=officer, today=TODAY, now=timezone.now(), case=case, day=TODAY, kind="phone", result="spoke")
    assert lines(officer)[0].contact == TODAY


def test_the_officer_s_day_begins_with_them_until_somebody_was_reached(sorrel: Pupil, officer_client: Client, officer: User) -> None:
    words = "1 severely absent pupil without a plan has been contacted by nobody"
    assert words in said(officer_client.get("/"))
    assert "On the list since 5 October 2026" in said(officer_client.get("/"))
    assert officer_client.post("/schools/999801/log-contact/", form(sorrel)).status_code == 302
    assert words not in said(officer_client.get("/"))
    page = said(officer_client.get("/meetings/severe/"))
    assert "Last on Thu 19 Nov 2026" in page
    assert "They visit on Friday." in said(officer_client.get("/meetings/contacts/?school=999801"))


def test_a_form_sent_twice_writes_once_and_what_is_written_stays(sorrel: Pupil, officer_client: Client) -> None:
    sent = form(sorrel)
    for _ in range(2):
        officer_client.post("/schools/999801/log-contact/", sent)
    assert SchoolContact.objects.count() == 1
    with pytest.raises(DatabaseError, match="Cannot update"):
        SchoolContact.objects.update(reached=False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (date("day", dt.date(2026, 11, 21)), "the date cannot be after today"),
        (date("day", dt.date(2024, 11, 21)), "check the year of the date"),
        ({"pupils": []}, "Choose at least one pupil"),
        ({"with_whom": ""}, "Say with whom"),
        ({"reached": ""}, "Say whether you reached somebody"),
        ({"how": "pigeon"}, "Choose how"),
    ],
)
def test_bad_input_is_told_where_it_happened(wrong: dict[str, Any], words: str, sorrel: Pupil, officer_client: Client) -> None:
    page = said(officer_client.post("/schools/999801/log-contact/", form(sorrel, **wrong)))
    assert words in page
    assert "They visit on Friday." in page  # nothing that was typed is lost
    assert not SchoolContact.objects.exists()


def test_no_pupil_of_another_school(sorrel: Pupil, school_b: School, manager: User) -> None:
    with pytest.raises(MeetingProblem, match="is not on the roll of Birch"):
        record(school_b, manager, about="pupils", pupils=[sorrel])


def test_a_school_that_closed_yesterday_can_still_be_told_of(sorrel: Pupil, school_a: School, officer: User) -> None:
    school_a.closed = TODAY - dt.timedelta(days=1)
    school_a.save()
    with pytest.raises(MeetingProblem, match="closed on 19 November 2026"):
        record(school_a, officer)
    assert record(school_a, officer, day=school_a.closed)


def test_each_sees_their_own_and_schools_nothing(
    sorrel: Pupil, school_a: School, officer: User, browse: Any, cast: dict[str, User]
) -> None:
    record(school_a, officer, words="Said in confidence.")
    for who, sees in (("manager", True), ("legal", True), ("stranger", False)):
        assert ("Said in confidence." in said(browse(cast[who]).get("/meetings/contacts/"))) is sees
        assert ("Sorrel" in said(browse(cast[who]).get("/meetings/severe/"))) is sees
    looks = AuditEvent.objects.filter(act="looked at severely absent pupils without a plan", by=cast["manager"])
    assert [look.detail["pupils"] for look in looks] == [[sorrel.pk]], "who was looked at, not only how many"
    assert browse(cast["contact_a"]).get("/meetings/contacts/").status_code == 403
    assert needs.needs_today(cast["contact_a"], today=TODAY) == []


def test_filters_with_nonsense_and_few_queries(
    sorrel: Pupil, school_a: School, officer: User, officer_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        pupil = flagged(school_a, surname=f"Pupil{number}")
        record(school_a, officer, about="pupils", pupils=[pupil, sorrel], day=FLAGGED)
    for address in ("/meetings/severe/", "/meetings/severe/?state=late", "/meetings/contacts/", "/schools/999801/log-contact/"):
        with django_assert_max_num_queries(15):
            assert officer_client.get(address).status_code == 200
    for address in ("/meetings/severe/?state=x&school=1", "/meetings/contacts/?how=x&term=%00", "/schools/999801/log-contact/?pupil=x"):
        assert officer_client.get(address).status_code == 200
