"""Entered on the wrong child: the words go to the right one, are found nowhere else, and the data-protection lead is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import actions, reports
from casework.actions import moving
from casework.models import Case, Contact, Entry, Moved
from schools.models import Authority, School
from tests import factories
from tests.casework import make_case
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
SECRET = "The flat above the bakery is empty."


def child(surname: str, school: School, officer: User) -> Case:
    pupil = factories.make_pupil(surname, "Ash")
    factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    return make_case(pupil, school, by=officer, officer=officer)


@pytest.fixture
def wrong(school_a: School, officer: User) -> Case:
    return child("Teal", school_a, officer)


@pytest.fixture
def right(school_a: School, officer: User) -> Case:
    return child("Quill", school_a, officer)


@pytest.fixture
def entry(wrong: Case, officer: User) -> Entry:
    mother = factories.make_parent(wrong.pupil, forename="Rowan")
    made = actions.record_contact(
        by=officer, today=TODAY, now=clock.now(), case=wrong, day=TODAY, kind="phone", result="spoke", parent=mother, words=SECRET
    )
    return made.entry


def move(client: Client, entry: Entry, to: Case, **fields: Any) -> Any:
    return client.post(reverse("entry_move", args=[entry.pk]), {"q": str(to.pupil.surname), "to": to.pk} | fields)


class TestMoving:
    def test_the_words_are_with_the_right_child_and_a_trace_without_them_stays(
        self, officer_client: Client, officer: User, entry: Entry, wrong: Case, right: Case
    ) -> None:
        assert move(officer_client, entry, right).status_code == 302
        there = right.entries.get(kind="contact")
        # the mother of the wrong child is none of the right one's parents
        assert there.words == f"Phone call, somebody else: spoke about attendance.\n{SECRET}"
        assert (there.by, there.at, there.day) == (officer, entry.at, TODAY)
        assert Contact.objects.get().case == right
        here = officer_client.get(reverse("case", args=[wrong.pk])).content.decode()
        assert SECRET not in here
        assert "An entry of 20 November 2026 was about somebody else. Olive Officer took it away on 20 November 2026." in here
        assert "moved here from another child’s record" in officer_client.get(reverse("case", args=[right.pk])).content.decode()

    def test_nobody_finds_it_on_the_wrong_child_any_more(
        self, cast: dict[str, User], browse: Browse, entry: Entry, wrong: Case, right: Case
    ) -> None:
        actions.move_entry(by=cast["officer"], today=TODAY, now=clock.now(), entry=entry, to=right)
        pupil = [wrong.pupil_id]
        pages = [
            reverse("case", args=[wrong.pk]), reverse("pupil", args=pupil), reverse("chronology", args=pupil),
            reverse("chronology_download", args=[*pupil, "csv"]), reverse("moved_entries"), f"/api/v1/cases/{wrong.pk}/",
        ]  # fmt: skip
        for part in ("officer", "manager", "legal", "contact_a", "administrator"):
            for page in pages:
                answer = browse(cast[part]).get(page)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                assert SECRET not in body.decode(), (part, page)
        assert not Entry.objects.filter(pk=entry.pk).exists()
        assert reports.with_work(Case.objects.filter(pk=wrong.pk), today=TODAY).get().last_contact is None  # type: ignore[attr-defined]

    def test_the_entry_itself_is_kept_as_it_was_written(self, officer: User, entry: Entry, right: Case) -> None:
        moved = actions.move_entry(by=officer, today=TODAY, now=clock.now(), entry=entry, to=right)
        assert SECRET in Entry.every.get(pk=entry.pk).words
        for change in (lambda: Moved.objects.filter(pk=moved.pk).update(by_name="x"), moved.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_sent_twice_it_is_moved_once_and_another_child_is_refused(
        self, officer_client: Client, officer: User, school_a: School, entry: Entry, right: Case
    ) -> None:
        third = child("Brown", school_a, officer)
        assert [move(officer_client, entry, right).status_code for _ in range(2)] == [302, 302]
        assert "has moved this entry already" in said(move(officer_client, entry, third))
        assert Moved.objects.count() == 1
        assert not third.entries.filter(kind="contact").exists()

    def test_what_was_done_to_a_case_is_not_moved_away(self, officer: User, officer_client: Client, wrong: Case, right: Case) -> None:
        opened = wrong.entries.get(kind="opened")
        assert officer_client.get(reverse("entry_move", args=[opened.pk])).status_code == 404
        with pytest.raises(actions.CaseProblem, match="Only notes and contacts"):
            actions.move_entry(by=officer, today=TODAY, now=clock.now(), entry=opened, to=right)

    def test_a_note_shared_with_one_school_is_not_shown_to_another(
        self, manager: User, contact_b_client: Client, contact_a_client: Client, officer: User, school_b: School, wrong: Case
    ) -> None:
        note = actions.write_note(by=officer, today=TODAY, now=clock.now(), case=wrong, words=SECRET, shared=True)
        elsewhere = child("Quill", school_b, manager)
        actions.move_entry(by=manager, today=TODAY, now=clock.now(), entry=note, to=elsewhere)
        assert SECRET not in contact_b_client.get(reverse("case", args=[elsewhere.pk])).content.decode()
        told = contact_a_client.get(reverse("case", args=[wrong.pk])).content.decode()
        assert SECRET not in told
        assert "was about somebody else" in told


class TestTheDataProtectionLead:
    def test_they_are_told_without_a_name_or_a_word_and_alone_read_it(
        self, officer: User, legal: User, manager_client: Client, legal_client: Client, entry: Entry, right: Case
    ) -> None:
        moved = actions.move_entry(by=officer, today=TODAY, now=clock.now(), entry=entry, to=right)
        assert moving.untold() == []
        assert "nobody was told" in manager_client.get(reverse("moved_entries")).content.decode()
        Authority.objects.update(protection_email=legal.email)
        assert moving.untold() == [moved.pk]
        moving.tell(moved.pk, now=clock.now(), site="https://daymark.example")
        moving.tell(moved.pk, now=clock.now())
        [sent] = mail.outbox
        assert sent.to == [legal.email]
        assert "https://daymark.example/moved-entries/" in sent.body
        assert not any(word in sent.body + sent.subject for word in ("Teal", "Quill", "Ash", SECRET))
        assert SECRET in legal_client.get(reverse("moved_entries")).content.decode()
        page = manager_client.get(reverse("moved_entries")).content.decode()
        assert SECRET not in page
        assert "Teal" not in page

    def test_an_administrator_names_them(self, administrator_client: Client, authority: Authority) -> None:
        fields = {"name": authority.name, "la_code": authority.la_code, "colour": authority.colour, "accent": authority.accent}
        administrator_client.post(reverse("authority_settings"), fields | {"protection_email": "dpo@merebrook.example"})
        assert Authority.objects.get().protection_email == "dpo@merebrook.example"


class TestWordsAreKept:
    @pytest.mark.parametrize(
        "words", ["word " * 5000, "👩‍👧 ✅ 🙂", "\u202bشكراً جزيلاً\u202c", "<script>alert(1)</script><b>bold</b>", "a\n\n\tb  c"]
    )
    def test_as_they_were_typed(self, officer_client: Client, wrong: Case, words: str) -> None:
        officer_client.post(reverse("case_note", args=[wrong.pk]), {"words": words, "form_token": uuid.uuid4()})
        assert wrong.entries.get(kind="note").words == words.strip()
        for page in (reverse("case", args=[wrong.pk]), reverse("chronology", args=[wrong.pupil_id])):
            shown = officer_client.get(page).content.decode()
            assert "<script>alert" not in shown
            assert "<b>bold" not in shown
