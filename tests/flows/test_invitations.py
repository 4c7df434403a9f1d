"""Who is invited to a meeting and how: attendees, e-mails that a worker sends from rows, what failed, and the calendar file."""

from __future__ import annotations

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from config import tasks
from meetings.actions import add_attendee, invite
from meetings.models import Attendee, Invitation, Meeting
from schools.models import School
from tests.flows.meeting_things import flagged, planned, words
from tests.flows.test_team import named
from tests.rules.test_calendar_file import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(school_a: School, officer: User, contact_a: User) -> Meeting:
    flagged(school_a, surname="Sorrel", forename="Ida")
    return planned(school_a, officer)


def send_all() -> None:
    """As the sweep and the workers do."""
    for number in invite.waiting():
        tasks.send_invitation(number)


def test_everybody_with_an_address_is_told_and_nobody_twice(
    meeting: Meeting, officer_client: Client, mailoutbox: list[EmailMessage], officer: User, contact_a: User
) -> None:
    page = reverse("meeting_people", args=[meeting.pk])
    officer_client.post(page, {"name": "Nia Nurse", "side": "other", "email": "nurse@health.example"})
    officer_client.post(page, {"name": "Nia Nurse", "side": "other", "email": "NURSE@health.example"})
    officer_client.post(page, {"name": "Govi Governor", "side": "school"})
    assert Attendee.objects.count() == 2
    assert "No e-mail: has to be told some other way." in words(officer_client.get(page))
    for _ in range(2):
        answer = officer_client.post(reverse("meeting_invite", args=[meeting.pk]), follow=True)
    assert "Without an e-mail, to be told some other way: Govi Governor." in words(answer)
    assert mailoutbox == [], "nothing is sent while the page waits"
    send_all()
    send_all()
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([officer.email, contact_a.email, "nurse@health.example"])
    assert all(len(mail.to) == 1 for mail in mailoutbox)
    assert set(Invitation.objects.values_list("status", flat=True)) == {"sent"}


def test_the_e_mail_has_the_agenda_and_names_no_child(meeting: Meeting, officer_client: Client, mailoutbox: list[EmailMessage]) -> None:
    officer_client.post(reverse("meeting_invite", args=[meeting.pk]))
    send_all()
    mail = mailoutbox[0]
    assert "When: Tuesday 24 November 2026, 14:30, 60 minutes" in mail.body
    assert "- severely absent pupils: 1" in mail.body
    assert f"http://testserver{reverse('meeting', args=[meeting.pk])}" in mail.body
    [(name, content, kind)] = mail.attachments
    assert (name, kind) == ("meeting.ics", "text/calendar; method=REQUEST")
    assert "DTSTART:20261124T143000Z\r\n" in content
    assert "Sorrel" not in mail.body + content + mail.subject
    assert mail.message().as_bytes()


def test_a_change_is_told_again_and_moves_the_same_entry(meeting: Meeting, officer_client: Client, mailoutbox: list[EmailMessage]) -> None:
    officer_client.post(reverse("meeting_invite", args=[meeting.pk]))
    Meeting.objects.filter(pk=meeting.pk).update(version=2, minutes=90)
    officer_client.post(reverse("meeting_invite", args=[meeting.pk]))
    send_all()
    files = [read(str(mail.attachments[0][1]))[1] for mail in mailoutbox if mail.to == ["contact@alder.example"]]
    assert [file["SEQUENCE"] for file in files] == [1, 2]
    assert files[0]["UID"] == files[1]["UID"]


def test_a_cancelled_meeting_is_told_to_those_who_were_invited(
    meeting: Meeting, officer_client: Client, mailoutbox: list[EmailMessage]
) -> None:
    address = reverse("meeting_invite", args=[meeting.pk])
    officer_client.post(address)
    sent = {"why": "officer_away", "version": "1"}
    officer_client.post(reverse("meeting_cancel", args=[meeting.pk]), sent)
    add = {"name": "Nia Nurse", "side": "other", "email": "nurse@health.example"}
    assert "The meeting was cancelled: nobody can be added to it." in words(
        officer_client.post(reverse("meeting_people", args=[meeting.pk]), add)
    )
    officer_client.post(address)
    send_all()
    cancelled = [mail for mail in mailoutbox if mail.subject.startswith("Cancelled")]
    assert len(cancelled) == 2
    assert "is cancelled: the officer was away." in cancelled[0].body
    assert read(str(cancelled[0].attachments[0][1]))[0]["METHOD"] == "CANCEL"


def test_a_mail_server_that_refuses_is_tried_three_times_and_told(
    meeting: Meeting, officer_client: Client, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage]
) -> None:
    officer_client.post(reverse("meeting_invite", args=[meeting.pk]))

    def refuse(self: EmailMessage, fail_silently: bool = False) -> int:
        raise smtplib.SMTPRecipientsRefused({"contact@alder.example": (550, b"no such user")})

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", refuse)
        for _ in range(4):
            send_all()
    failed = Invitation.objects.filter(status="failed")
    assert {one.attempts for one in failed} == {3}
    page = reverse("meeting_people", args=[meeting.pk])
    assert "The mail server did not take it: SMTPRecipientsRefused" in words(officer_client.get(page))
    for one in failed:
        officer_client.post(reverse("invitation_again", args=[one.pk]))
    send_all()
    assert len(mailoutbox) == 2
    assert not Invitation.objects.exclude(status="sent").exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Enter a name"),
        ({"side": ""}, "Choose for whom they come"),
        ({"email": "nurse"}, "Enter an e-mail address like name@example.org, or leave it empty"),
    ],
)
def test_bad_input_is_refused_in_words(fields: dict[str, str], said: str, meeting: Meeting, officer_client: Client) -> None:
    sent = {"name": "Nia Nurse", "side": "other", "email": ""} | fields
    assert said in words(officer_client.post(reverse("meeting_people", args=[meeting.pk]), sent))
    assert not Attendee.objects.exists()


def test_taken_off_again_until_it_is_held(meeting: Meeting, officer: User, officer_client: Client) -> None:
    nurse = add_attendee(by=officer, now=clock.now(), meeting=meeting, name="Nia Nurse", side="other")
    officer_client.post(reverse("attendee_remove", args=[nurse.pk]))
    assert not Attendee.objects.exists()
    nurse = add_attendee(by=officer, now=clock.now(), meeting=meeting, name="Nia Nurse", side="other")
    Meeting.objects.filter(pk=meeting.pk).update(status="held")
    answer = officer_client.post(reverse("attendee_remove", args=[nurse.pk]), follow=True)
    assert "stays on record" in words(answer)
    assert Attendee.objects.exists()


def test_the_school_takes_the_calendar_file_and_it_names_no_child(meeting: Meeting, contact_a: User, browse: Any) -> None:
    answer = browse(contact_a).get(reverse("meeting_calendar", args=[meeting.pk]))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    file, found = read(answer.content.decode())
    assert (file["METHOD"], found["LOCATION"]) == ("PUBLISH", "Alder High School")
    assert "Sorrel" not in answer.content.decode()


def test_people_of_the_team_are_ticked_and_each_is_there_once(
    meeting: Meeting, school_a: School, school_b: School, officer_client: Client, officer: User
) -> None:
    since = dt.date(2025, 9, 1)
    named(school_a, "nurse", "Nia Nurse", email="nurse@health.example")
    governor = named(school_a, "governor", "Govi Governor")
    gone = named(school_a, "sen", "Gone Already", start=since, end=dt.date(2026, 7, 20))
    other = named(school_b, "nurse", "Another School’s Nurse")
    page = words(officer_client.get(reverse("meeting_people", args=[meeting.pk])))
    assert "Nia Nurse" in page
    assert "Govi Governor<" in page
    assert "Gone Already" not in page
    ticked = [f"{one.role}-{one.pk}" for one in (governor, gone, other)]
    for _ in range(2):
        answer = officer_client.post(reverse("meeting_team", args=[meeting.pk]), {"who": [*ticked, "x", "nurse-0"]}, follow=True)
    assert "Nobody was ticked who does not come already." in words(answer)
    (added,) = Attendee.objects.all()
    assert (added.name, added.side, added.role) == ("Govi Governor", "school", "Named attendance governor")
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled", why_cancelled="moved")
    officer_client.post(reverse("meeting_team", args=[meeting.pk]), {"who": ["nurse-1"]})
    assert Attendee.objects.count() == 1
