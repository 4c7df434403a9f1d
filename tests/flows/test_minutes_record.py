"""A meeting recorded as held: who came, its minutes as versions, their PDF, and the e-mails that take them to those who were there."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import User
from casework.actions import open_case
from casework.models import Entry
from config import tasks
from meetings import minutes_document
from meetings.actions import add_action, letters
from meetings.minutes_content import with_initials, without_names
from meetings.models import Attendee, Item, Letter, Meeting, Minutes
from schools.models import Enrolment, School
from tests import factories
from tests.flows.meeting_things import TODAY, flagged, planned, words
from tests.flows.minutes_things import line, save
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(officer: User, contact_a: User, school_a: School, officer_client: Client, today: dt.date) -> Meeting:
    """Two pupils, the first of them minuted; a nurse and a governor without an e-mail were asked."""
    flagged(school_a, surname="Sorrel", forename="Ida")
    flagged(school_a, "penalty_threshold", surname="Teasel", forename="Tom")
    meeting = planned(school_a, officer, TODAY)
    ida = meeting.items.get(place=1)
    typed = {"what": "Ring Ida Sorrel’s mother", "lead": "school", "planned": "write"}
    save(officer_client, ida, line(ida, decision="action", note="Mother drinks", **typed))
    now = meeting.planned_at
    Attendee.objects.create(meeting=meeting, name="Nia Nurse", email="nurse@health.example", side="other", added_at=now)
    Attendee.objects.create(meeting=meeting, name="Govi Governor", side="school", added_at=now)
    return meeting


def hold(client: Client, meeting: Meeting, **fields: Any) -> Any:
    came = ["officer@merebrook.example", "contact@alder.example", "nurse@health.example"]
    sent = date("day", TODAY) | {"version": 1, "came": came, "others": "Sam Rees, head of year"} | fields
    return client.post(reverse("meeting_hold", args=[meeting.pk]), sent, follow=True)


def correct(client: Client, meeting: Meeting, **fields: Any) -> Any:
    there = {"came": ["officer@merebrook.example", "contact@alder.example", "nurse@health.example"], "others": "Sam Rees, head of year"}
    return client.post(reverse("minutes_correct", args=[meeting.pk]), there | {"reason": "Tom was talked about"} | fields, follow=True)


def send(client: Client, meeting: Meeting) -> Any:
    return client.post(reverse("minutes_send", args=[meeting.pk]), follow=True)


def send_all() -> None:
    """As the sweep and the workers do."""
    for number in minutes_document.waiting():
        tasks.make_minutes(number)
    for number in letters.waiting():
        tasks.send_letter(number)


def text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


class TestHeld:
    def test_who_came_and_what_was_not_reached_stand_in_the_minutes(self, officer_client: Client, meeting: Meeting) -> None:
        before = words(officer_client.get(reverse("meeting_hold", args=[meeting.pk])))
        assert "1 item of 2 was not reached" in before
        page = words(hold(officer_client, meeting))
        assert "Olive Officer (Officer), Carys Alder (Contact), Nia Nurse, Sam Rees (head of year)" in page
        assert "Asked, and not there: Govi Governor." in page
        assert "Not reached" in page
        assert "2. Tom Teasel" in page
        assert Minutes.objects.get().version == 1

    def test_sent_twice_it_is_held_once(self, officer_client: Client, meeting: Meeting) -> None:
        hold(officer_client, meeting)
        hold(officer_client, meeting)
        assert Minutes.objects.count() == 1

    def test_a_case_is_told_what_was_agreed(self, officer: User, officer_client: Client, meeting: Meeting, school_a: School) -> None:
        ida = Item.objects.get(place=1)
        case, _ = open_case(by=officer, today=TODAY, now=meeting.planned_at, pupil=ida.pupil, school=school_a, origin="flag", reason="ebsa")
        hold(officer_client, meeting)
        entry = Entry.objects.filter(case=case).latest("pk")
        assert entry.words == (
            "At the meeting with Alder High School on 20 November 2026: Action agreed; Lead practitioner: the school; Write a plan; "
            "Ring Ida Sorrel’s mother (the school, by 4 December 2026)."
        )
        assert "drinks" not in entry.words, "a note that is not shared is told to nobody"


class TestWhatASchoolReads:
    def test_no_note_that_is_not_shared(self, officer_client: Client, contact_a_client: Client, meeting: Meeting) -> None:
        hold(officer_client, meeting)
        send_all()
        for address in (reverse("meeting", args=[meeting.pk]), reverse("minutes_record", args=[meeting.pk])):
            page = words(contact_a_client.get(address))
            assert "Ida Sorrel" in page
            assert "drinks" not in page
        assert "drinks" in words(officer_client.get(reverse("meeting", args=[meeting.pk])))
        stored = b"".join(contact_a_client.get(reverse("minutes_pdf", args=[Minutes.objects.get().pk])).streaming_content)
        assert "Ida Sorrel" in text(stored)
        assert "drinks" not in text(stored)

    def test_a_note_that_is_shared_is_read(self, officer_client: Client, contact_a_client: Client, meeting: Meeting) -> None:
        ida = Item.objects.get(place=1)
        save(officer_client, ida, line(ida, note="Mother asks for a call", note_shared="on"))
        hold(officer_client, meeting)
        assert "Mother asks for a call" in words(contact_a_client.get(reverse("minutes_record", args=[meeting.pk])))

    def test_a_pupil_who_left_long_ago_is_named_to_the_school_no_more(
        self, officer_client: Client, contact_a_client: Client, meeting: Meeting
    ) -> None:
        hold(officer_client, meeting)
        send_all()
        Enrolment.objects.filter(pupil__surname="Sorrel").update(start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 20))
        page = words(contact_a_client.get(reverse("minutes_record", args=[meeting.pk])))
        assert "A pupil who has left" in page
        assert "Sorrel" not in page
        stored = b"".join(contact_a_client.get(reverse("minutes_pdf", args=[Minutes.objects.get().pk])).streaming_content)
        assert "Sorrel" not in text(stored)

    def test_whose_minutes(
        self, officer_client: Client, contact_b_client: Client, stranger_client: Client, legal_client: Client, meeting: Meeting
    ) -> None:
        hold(officer_client, meeting)
        send_all()
        addresses = [reverse("minutes_record", args=[meeting.pk]), reverse("minutes_pdf", args=[Minutes.objects.get().pk])]
        for address in addresses:
            for client, status in ((contact_b_client, 404), (stranger_client, 404), (legal_client, 200)):
                answer = client.get(address)
                assert answer.status_code == status
                if answer.streaming:
                    assert b"".join(answer.streaming_content)


class TestVersions:
    def test_a_correction_is_a_new_version_and_the_old_one_stays(self, officer_client: Client, meeting: Meeting) -> None:
        hold(officer_client, meeting)
        assert "Nothing has changed since version 1" in words(correct(officer_client, meeting))
        tom = Item.objects.get(place=2)
        save(officer_client, tom, line(tom, decision="school_leads"))
        record = reverse("minutes_record", args=[meeting.pk])
        assert "is not in these minutes" in words(officer_client.get(record))
        assert "Say what is corrected and why" in words(correct(officer_client, meeting, reason=" "))
        page = words(correct(officer_client, meeting))
        assert "Version 2 of the minutes is made." in page
        assert "The school leads" in page
        assert "Corrected: Tom was talked about" in page
        old = words(officer_client.get(f"{record}?version=1"))
        assert "version 2 has taken its place" in old
        assert "The school leads" not in old

    def test_who_came_can_be_corrected(self, officer_client: Client, meeting: Meeting) -> None:
        hold(officer_client, meeting)
        page = words(correct(officer_client, meeting, came=["officer@merebrook.example"], others="", reason="The nurse was not there"))
        assert "Asked, and not there: Carys Alder, Nia Nurse, Govi Governor." in page

    def test_an_action_s_later_day_is_no_correction(self, officer_client: Client, meeting: Meeting) -> None:
        hold(officer_client, meeting)
        action = meeting.actions.get()
        sent = date("due", dt.date(2026, 12, 18)) | {"owner": "school", "owner_name": "", "reason": "Half term"}
        officer_client.post(reverse("action_change", args=[action.pk]), sent)
        action.refresh_from_db()
        assert action.due == dt.date(2026, 12, 18)
        assert "is not in these minutes" not in words(officer_client.get(reverse("minutes_record", args=[meeting.pk])))

    def test_what_was_said_is_kept_by_the_database(self, officer_client: Client, meeting: Meeting) -> None:
        hold(officer_client, meeting)
        for change in (lambda rows: rows.update(content={}), lambda rows: rows.delete()):
            with pytest.raises(ProgrammingError), transaction.atomic():
                change(Minutes.objects.all())


class TestSent:
    def test_everybody_with_an_address_once_a_version_and_no_child_is_named(
        self, officer_client: Client, meeting: Meeting, mailoutbox: list[EmailMessage]
    ) -> None:
        hold(officer_client, meeting)
        for _ in range(2):
            answer = send(officer_client, meeting)
        assert "Without an e-mail, to be told some other way: Sam Rees, Govi Governor." in words(answer)
        assert letters.waiting() == [], "they wait for the PDF"
        send_all()
        send_all()
        assert sorted(mail.to[0] for mail in mailoutbox) == ["contact@alder.example", "nurse@health.example", "officer@merebrook.example"]
        mail = mailoutbox[0]
        [(name, content, kind)] = mail.attachments
        assert (name, kind) == ("minutes-2026-11-20-version-1.pdf", "application/pdf")
        said = text(content)
        assert "Ring I.S.’s mother" in said
        for child in ("Sorrel", "Ida", "Teasel"):
            assert child not in said + mail.body + mail.subject
        assert f"http://testserver{reverse('minutes_record', args=[meeting.pk])}" in mail.body
        tom = Item.objects.get(place=2)
        save(officer_client, tom, line(tom, decision="school_leads"))
        correct(officer_client, meeting)
        send(officer_client, meeting)
        send_all()
        assert len(mailoutbox) == 6
        assert "They take the place of version 1." in mailoutbox[-1].body

    def test_a_pupil_who_is_on_no_agenda_is_named_in_no_e_mail_either(
        self, officer: User, officer_client: Client, contact_a_client: Client, meeting: Meeting, mailoutbox: list[EmailMessage]
    ) -> None:
        una = factories.make_pupil("Umber", "Una")
        factories.enrol(una, meeting.school)
        agreed = {"what": "Ring Una Umber’s father", "owner": "school", "due": dt.date(2026, 12, 4), "success": "Una is in on Monday"}
        add_action(by=officer, today=TODAY, now=meeting.planned_at, meeting=meeting, pupil=una, **agreed)  # type: ignore[arg-type]
        hold(officer_client, meeting)
        send(officer_client, meeting)
        send_all()
        said = text(mailoutbox[0].attachments[0][1])
        assert "Ring U.U.’s father" in said
        assert "Una" not in said
        assert "Umber" not in said
        record = reverse("minutes_record", args=[meeting.pk])
        assert "Ring Una Umber’s father" in words(contact_a_client.get(record))
        Enrolment.objects.filter(pupil=una).update(start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 20))
        assert "Umber" not in words(contact_a_client.get(record)), "the school may look the pupil up no more"
        assert "Umber" in words(officer_client.get(record))

    def test_a_pdf_that_cannot_be_made_is_told_and_tried_again(
        self, officer_client: Client, meeting: Meeting, monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage]
    ) -> None:
        hold(officer_client, meeting)
        send(officer_client, meeting)

        def fail(*_: Any, **__: Any) -> bytes:
            raise OSError("no room")

        with monkeypatch.context() as patched:
            patched.setattr(minutes_document, "pdf", fail)
            for _ in range(6):  # three times the PDF, three times the e-mails that wait for it
                send_all()
        page = words(officer_client.get(reverse("minutes_record", args=[meeting.pk])))
        assert "It could not be sent: NoFile: the PDF of the minutes could not be made" in page
        assert mailoutbox == []
        assert set(Letter.objects.values_list("status", flat=True)) == {"failed"}


def test_initials_stand_for_names_wherever_they_are() -> None:
    names = [["Ida", "Sorrel"], ["Anne-Marie", "van Dyke"]]
    assert without_names("Ring IDA SORREL’s mother; Sorrel and Anne-Marie sit together; idaho stays", names) == (
        "Ring I.S.’s mother; I.S. and A.M.V.D. sit together; idaho stays"
    )
    item = {"name": "Ida Sorrel", "names": ["Ida", "Sorrel"], "place": 1, "pupil": 7, "reason": "Ida missed 3", "actions": []}
    found = with_initials({"school": "Ida Sorrel School", "people": [{"name": "Mrs Sorrel"}], "items": [item]})
    assert (found["items"][0]["name"], found["items"][0]["reason"]) == ("I.S.", "I.S. missed 3")
    assert found["school"] == "Ida Sorrel School"
