"""Letters to parents: written from a template, each parent alone, kept as made, sent, withdrawn; and what bad input meets."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from accounts import clock
from accounts.models import User
from casework.actions import letters as actions
from casework.letters.fields import Block, LetterProblem
from casework.models import Contact, Entry, Letter, LetterTemplate, TemplateVersion
from schools.models import Authority, Parent, Pupil, School
from tests.casework import make_case
from tests.conftest import Browse
from tests.flows.letter_things import TODAY, child, made, parents, template, text_of, write
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return child(school_a)


@pytest.fixture
def both(pupil: Pupil) -> tuple[Parent, Parent]:
    return parents(pupil)


def form(version: TemplateVersion, to: dict[Parent, str], **more: Any) -> dict[str, Any]:
    texts = {f"text_{n}": block.text for n, block in enumerate(version.blocks, start=1) if not block.locked}
    return texts | {f"to_{parent.pk}": way for parent, way in to.items()} | {"form_token": str(uuid.uuid4())} | more


class TestWriting:
    def test_each_parent_alone_with_their_own_address(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent], school_a: School
    ) -> None:
        Authority.objects.update(address="Civic Centre\nMerebrook MB1 2AB", contact_email="attendance@merebrook.example")
        pat, kim = both
        version = template()
        address = reverse("letter_write", args=[pupil.pk, version.template_id])
        sent = form(version, {pat: "post", kim: "post"})
        officer_client.post(address, sent)
        officer_client.post(address, sent)  # a double click
        first, second = Letter.objects.order_by("pk")
        texts = [text_of(made(letter).stored) for letter in (first, second)]
        for own, other, text, letter in ((pat, kim, texts[0], first), (kim, pat, texts[1], second)):
            assert str(own) in text
            assert own.postcode in text
            assert str(other) not in text
            assert other.postcode not in text
            assert "Robin has missed 4 of 10 sessions between 9 November 2026 and 13 November 2026" in text
            assert "Education Act 1996, sections 7 and 444(1)" in text
            assert "Civic Centre" in text
            assert "Olive Officer" in text
            assert text.count(letter.reference) == 2  # on the letter, and at the foot of its one page
            assert "Page 1 of 1" in text
            assert "{" not in text

    def test_made_once_and_kept_byte_for_byte(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        letter = made(write(officer, pupil, both[0])[0])
        Parent.objects.update(address="Somewhere else", postcode="ZZ1 1ZZ")
        answer = officer_client.get(reverse("letter_file", args=[letter.pk]))
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert hashlib.sha256(content).hexdigest() == letter.sha256
        assert answer["Content-Disposition"].startswith("attachment")
        assert "/StructTreeRoot" in PdfReader(io.BytesIO(content)).root_object  # tagged
        assert "MB1 1AA" in text_of(letter.stored)
        assert Letter.objects.get().state == "printed"
        with pytest.raises(DatabaseError), transaction.atomic():
            Letter.objects.update(to_name="Somebody else")

    def test_a_hidden_address_is_printed_nowhere(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        """Kim may not be found by Pat: Kim's letter does not go by post, and nobody's tells of Far Road."""
        pat, kim = both
        kim.hidden_from.add(pat)
        version = template()
        address = reverse("letter_write", args=[pupil.pk, version.template_id])
        page = said(officer_client.get(address))
        assert "The address is hidden, so no letter to it is printed. Hand it over" in page
        assert "Far Road" not in page
        officer_client.post(address, form(version, {pat: "post", kim: "post"}))  # what no page offers
        assert not Letter.objects.exists()
        text = said(officer_client.post(address, form(version, {pat: "post"}, text_1="See you at 9 far road, {parent}")))
        assert "part of an address that is hidden from somebody" in text
        assert not Letter.objects.exists()
        officer_client.post(address, form(version, {pat: "post", kim: "hand"}))
        by_hand = made(Letter.objects.get(parent=kim))
        for letter in (by_hand, made(Letter.objects.get(parent=pat))):
            assert "Far Road" not in text_of(letter.stored)
            assert "MB9 9ZZ" not in text_of(letter.stored)
        assert by_hand.to_address == ""

    def test_locked_words_stand_whatever_a_form_sends(self, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        version = template()
        sent = form(version, {both[0]: "post"}, text_1="Dear {parent}\n\nCome and see us.", text_2="You must pay at once.")
        officer_client.post(reverse("letter_write", args=[pupil.pk, version.template_id]), sent)
        letter = Letter.objects.get()
        assert letter.changed
        assert [block for block in letter.blocks if block.locked] == [version.blocks[1]]
        assert "pay at once" not in str(letter.parts)

    def test_an_unknown_field_is_named_where_it_stands(self, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        version = template()
        sent = form(version, {both[0]: "post"}, text_1="Dear {mother}")
        answer = officer_client.post(reverse("letter_write", args=[pupil.pk, version.template_id]), sent)
        assert "{mother} is no field" in said(answer)
        assert not Letter.objects.exists()

    def test_typed_is_printed_as_typed(self, officer: User, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        version = template()
        words = "<b>Bold</b> & <script>alert(1)</script> {% now %} 😀\n\nسلام عليكم"
        letter = made(write(officer, pupil, both[0], written=[words, "", "Yours"], version=version)[0])
        text = text_of(letter.stored)
        assert "<b>Bold</b> & <script>alert(1)</script> {% now %}" in text
        assert "😀" in text

    def test_looked_at_first_nothing_is_written(self, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        version = template("Invitation to a meeting")
        address = reverse("letter_write", args=[pupil.pk, version.template_id])
        sent = form(version, {both[0]: "post", both[1]: ""}, look="1")
        assert "Enter the day of the meeting" in said(officer_client.post(address, sent))
        asked = {"meeting_day": "Tuesday 1 December 2026", "meeting_time": "10am", "meeting_place": "the <i>front</i> office"}
        answer = officer_client.post(address, sent | asked)
        assert "The meeting is on Tuesday 1 December 2026 at 10am, at the <i>front</i> office." in said(answer)
        assert "<i>front</i>" not in answer.content.decode()
        assert not Letter.objects.exists()

    def test_no_thanks_for_what_has_not_improved(self, officer: User, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        with pytest.raises(LetterProblem, match="no better than the year: 4 of 10"):
            write(officer, pupil, both[0], version=template("Thank you for the improvement"))

    def test_nothing_possible_is_no_zero(self, officer: User, school_a: School) -> None:
        pupil = child(school_a, marks="## ##")
        pat, _ = parents(pupil)
        with pytest.raises(LetterProblem, match="Sessions missed in the school year so far is not known"):
            write(officer, pupil, pat)

    def test_language_and_interpreter_stand_beside_each_parent(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        Parent.objects.filter(pk=both[0].pk).update(language="Urdu", interpreter=True)
        page = said(officer_client.get(reverse("letter_write", args=[pupil.pk, template().template_id])))
        assert "Language: Urdu, needs an interpreter." in page
        assert "none recorded, so English, whether they need an interpreter is not known." in page
        both[0].refresh_from_db()
        letter = write(officer, pupil, both[0])[0]
        assert "Pat Example: language Urdu, needs an interpreter" in said(officer_client.get(reverse("letter", args=[letter.pk])))

    def test_a_font_that_wants_a_letter_is_said(self, officer: User, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        """A box in the place of a letter is no letter: it is told before anything is posted."""
        from casework.letters import making

        letter = write(officer, pupil, both[0], written=["Dear \U0010fabc", "", "Yours"])[0]
        done = making.make_letter(letter.pk, now=clock.now())
        assert done is not None
        assert done.status == "failed"
        assert "no font" in done.error


class TestLetterhead:
    def test_a_logo_is_judged_by_its_bytes_and_printed(
        self, administrator_client: Client, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        picture = io.BytesIO()
        Image.new("RGB", (300, 80), "#0f4c5c").save(picture, "PNG")
        sent = {"name": "Merebrook Council", "la_code": "999", "colour": "#0f4c5c", "accent": "#e36414", "address": "Civic Centre"}
        address = reverse("authority_settings")
        for wrong in (b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\n" + b"0" * 400_000):
            file = SimpleUploadedFile("logo.png", wrong, "image/png")
            answer = administrator_client.post(address, sent | {"logo": file})
            assert "no PNG or JPEG picture" in said(answer) or "larger than 300 KB" in said(answer)
        administrator_client.post(address, sent | {"logo": SimpleUploadedFile("logo.png", picture.getvalue(), "image/png")})
        administrator_client.post(address, sent)  # without a file the logo stays
        letter = made(write(officer, pupil, both[0])[0])
        with default_storage.open(letter.stored) as file:
            assert len(PdfReader(io.BytesIO(file.read())).pages[0].images) == 1
        assert 'src="data:image/png;base64,' in officer_client.get(reverse("letter", args=[letter.pk])).content.decode()
        administrator_client.post(address, sent | {"no_logo": "on"})
        assert Authority.objects.get().logo == ""


class TestSent:
    def test_posted_on_a_day_and_told_in_the_case(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent], school_a: School
    ) -> None:
        case = make_case(pupil, school_a, officer=officer)
        letter = made(write(officer, pupil, both[0])[0])
        address = reverse("letter_sent", args=[letter.pk])
        assert "cannot be after today" in said(officer_client.post(address, date("day", dt.date(2026, 11, 21))))
        assert "it cannot have gone before" in said(officer_client.post(address, date("day", dt.date(2026, 11, 19))))
        officer_client.post(address, date("day", TODAY))
        officer_client.post(address, date("day", TODAY))
        line = Entry.objects.get(case=case, kind=Entry.Kind.CONTACT)
        assert line.words == f"Letter {letter.reference}, “First concern”, to Pat Example: posted on 20 November 2026."
        assert not line.shared
        assert Contact.objects.get(entry=line).parent == both[0]
        done = Letter.objects.get()
        assert (done.state, done.sent, done.sent_by, done.case) == ("sent", TODAY, officer, case)
        assert "was sent on 20 November 2026" in said(officer_client.post(reverse("letter_withdraw", args=[letter.pk]), {"why": "Wrong"}))

    def test_without_a_case_the_pupils_log_has_it(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        letter = made(write(officer, pupil, both[0])[0])
        officer_client.post(reverse("letter_sent", args=[letter.pk]), date("day", TODAY))
        assert not Entry.objects.exists()
        assert "Sent by post, Fri 20 Nov 2026" in said(officer_client.get(reverse("pupil_letters", args=[pupil.pk])))
        story = said(officer_client.get(reverse("chronology", args=[pupil.pk])))
        assert f"Letter {letter.reference}, “First concern”, to Pat Example: posted on 20 November 2026." in story

    def test_withdrawn_it_is_sent_no_more(self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        letter = made(write(officer, pupil, both[0])[0])
        address = reverse("letter_withdraw", args=[letter.pk])
        assert "Enter why it is not sent" in said(officer_client.post(address, {}))
        officer_client.post(address, {"why": "The family moved"})
        assert "This letter was withdrawn" in said(officer_client.post(reverse("letter_sent", args=[letter.pk]), date("day", TODAY)))
        assert Letter.objects.get().state == "withdrawn"

    def test_by_email_only_where_the_parent_agreed(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        pat = both[0]
        with pytest.raises(LetterProblem, match="has not agreed to letters by email"):
            write(officer, pupil, pat, method="email")
        Parent.objects.filter(pk=pat.pk).update(email="pat@home.example", email_agreed="In writing on 3 November 2026")
        letter = made(write(officer, pupil, pat, method="email")[0])
        officer_client.post(reverse("letter_email", args=[letter.pk]))
        officer_client.post(reverse("letter_email", args=[letter.pk]))
        for _ in range(2):
            actions.deliver(letter.pk, today=TODAY, now=clock.now())
        (message,) = mail.outbox
        assert message.to == ["pat@home.example"]
        assert "Robin" not in message.subject + str(message.body)
        (attached,) = message.attachments
        with default_storage.open(letter.stored) as file:
            assert attached[1] == file.read()
        assert Letter.objects.get().state == "sent"

    def test_an_agreement_taken_back_holds_the_letter(
        self, officer: User, officer_client: Client, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        Parent.objects.filter(pk=both[0].pk).update(email="pat@home.example", email_agreed="Said so")
        letter = made(write(officer, pupil, both[0], method="email")[0])
        Parent.objects.filter(pk=both[0].pk).update(email_agreed="")
        assert "has changed. Withdraw this letter" in said(officer_client.post(reverse("letter_email", args=[letter.pk]), follow=True))
        assert not Letter.objects.get().mailing


class TestTemplates:
    def test_a_new_version_from_a_day_on(
        self, manager: User, manager_client: Client, officer: User, pupil: Pupil, both: tuple[Parent, Parent]
    ) -> None:
        version = template()
        old = made(write(officer, pupil, both[0], version=version)[0])
        address = reverse("letter_template_change", args=[version.template_id])
        sent = {
            "subject": "About {child}", "number": "1", "reason": "Plainer words", "form_token": str(uuid.uuid4()),
            "text_1": "Dear {parent}", "text_2": "The law", "locked_2": "on", "source_2": "An Act, section 1",
            **date("start", dt.date(2026, 12, 1)),
        }  # fmt: skip
        assert "{nobody} is no field" in said(manager_client.post(address, sent | {"text_1": "Dear {nobody}"}))
        assert "Say where the words of this locked part come from" in said(manager_client.post(address, sent | {"source_2": ""}))
        assert "Enter today or a later day" in said(manager_client.post(address, sent | date("start", dt.date(2026, 11, 1))))
        manager_client.post(address, sent)
        manager_client.post(address, sent)  # twice
        new = TemplateVersion.objects.get(template=version.template, number=2)
        assert new.blocks == [Block("Dear {parent}"), Block("The law", True, "An Act, section 1")]
        assert TemplateVersion.objects.in_force(TODAY).get(template=version.template) == version
        assert TemplateVersion.objects.in_force(dt.date(2026, 12, 1)).get(template=version.template) == new
        assert "Robin Example: attendance at Alder High School" in text_of(Letter.objects.get(pk=old.pk).stored)
        late = manager_client.post(address, sent | {"form_token": str(uuid.uuid4())})  # made from version 1
        assert "Mani Manager made version 2 of this template meanwhile" in said(late)
        with pytest.raises(DatabaseError), transaction.atomic():
            TemplateVersion.objects.update(subject="Changed")

    def test_a_retired_template_writes_no_new_letter(self, manager_client: Client, officer_client: Client, pupil: Pupil) -> None:
        version = template()
        manager_client.post(reverse("letter_template_retire", args=[version.template_id]))
        assert officer_client.get(reverse("letter_write", args=[pupil.pk, version.template_id])).status_code == 404
        assert "not used since" in said(manager_client.get(reverse("letter_templates")))

    def test_those_daymark_comes_with_are_added_once(self, manager_client: Client) -> None:
        for _ in range(2):
            manager_client.post(reverse("letter_templates_begin"))
        assert LetterTemplate.objects.count() == TemplateVersion.objects.count() == 5


class TestSeen:
    def test_by_whom(self, cast: dict[str, User], browse: Browse, pupil: Pupil, both: tuple[Parent, Parent]) -> None:
        letter = write(cast["officer"], pupil, both[0])[0]
        answers = {part: browse(user).get(reverse("letter", args=[letter.pk])).status_code for part, user in cast.items()}
        assert answers == {
            "officer": 200, "manager": 200, "legal": 200, "stranger": 404,
            "contact_a": 403, "contact_b": 403, "staff_a": 403, "administrator": 403,
        }  # fmt: skip

    def test_the_log_and_its_questions(
        self, officer: User, officer_client: Client, stranger_client: Client, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        for name in ("Ash", "Beech", "Cedar"):
            pupil = child(school_a, name)
            write(officer, pupil, *parents(pupil))
        for name, args in (("letters", []), ("pupil_letters", [pupil.pk]), ("letter_write", [pupil.pk, template().template_id])):
            with django_assert_max_num_queries(15):
                assert officer_client.get(reverse(name, args=args)).status_code == 200
        assert "6 letters , newest first" in said(officer_client.get(reverse("letters")))
        assert "2 letters , newest first" in said(officer_client.get(reverse("letters"), {"q": "cedar"}))
        letter = Letter.objects.first()
        assert letter is not None
        assert "1 letter , newest first" in said(officer_client.get(reverse("letters"), {"q": letter.reference}))
        assert "No letter matches" in said(officer_client.get(reverse("letters"), {"state": "sent"}))
        assert "No letter has been written" in said(stranger_client.get(reverse("letters")))
