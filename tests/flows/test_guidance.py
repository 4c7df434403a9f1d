"""The noticeboard, the library and the advice log: who reads what and when, files, read counts, search, and answers made guidance."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from meetings.models import Advice, Guide, GuideFile, GuideRead
from schools.models import School
from tests import factories
from tests.conftest import Browse
from tests.flows.meeting_things import TODAY, words
from tests.flows.reading import said
from tests.flows.test_people_pages import date

pytestmark = pytest.mark.django_db


def guidance(**fields: Any) -> dict[str, Any]:
    asked = date("start", TODAY) | date("until", None)
    return asked | {"kind": "guide", "topic": "codes", "title": "Which code when", "words": "Code I is for illness."} | fields


def write(client: Client, **fields: Any) -> Guide:
    client.post(reverse("guide_new"), guidance(**fields))
    return Guide.objects.latest("pk")


@cache  # a zip file holds the time at which it was made
def document(inside: str = "word/document.xml") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(inside, "<w/>")
    return held.getvalue()


def damaged() -> bytes:
    """An open document whose first part does not unpack any more."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text" * 9)
    content = bytearray(held.getvalue())
    content[38:42] = b"\xff" * 4  # behind the head of 30 bytes and the name of 8
    return bytes(content)


def add(client: Client, guide: Guide, name: str, content: bytes) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/html")  # what a browser says counts for nothing
    return client.post(reverse("guide_file_add", args=[guide.pk]), {"file": file}, follow=True)


class TestLibrary:
    def test_a_school_reads_what_is_for_its_phase_while_it_stands(
        self, officer_client: Client, contact_a_client: Client, contact_b_client: Client, school_a: School, school_b: School
    ) -> None:
        write(officer_client, title="For secondaries", phases=["secondary"])
        write(officer_client, title="For everybody")
        coming = write(officer_client, title="To come", **date("start", dt.date(2026, 11, 21)))
        over = write(officer_client, title="Over", **date("start", dt.date(2026, 9, 1)), **date("until", dt.date(2026, 11, 19)))
        seen = said(contact_a_client.get(reverse("guides")))
        assert "For secondaries" in seen
        assert "For everybody" in seen
        assert "For secondaries" not in said(contact_b_client.get(reverse("guides")))
        for hidden in (coming, over):
            assert hidden.title not in seen
            assert contact_a_client.get(reverse("guide", args=[hidden.pk])).status_code == 404
        assert "To come" in said(officer_client.get(reverse("guides")))
        home = said(contact_b_client.get("/"))
        assert "New from the authority" in home
        assert "For everybody" in home
        assert "For secondaries" not in home

    def test_read_counts_are_by_school_and_once_each(
        self, manager_client: Client, contact_a: User, staff_a_client: Client, school_b: School, contact_a_client: Client
    ) -> None:
        guide = write(manager_client)
        page = reverse("guide", args=[guide.pk])
        assert "Read at 0 of 2 of your schools" in said(manager_client.get(page))
        for client in (contact_a_client, contact_a_client, staff_a_client):
            assert "Code I is for illness." in said(client.get(page))
        assert GuideRead.objects.count() == 2
        shown = said(manager_client.get(page))
        assert "Read at 1 of 2 of your schools" in shown
        assert "Birch Primary School: not opened yet" in shown
        assert "Read at 1 of 2 schools" in said(manager_client.get(reverse("guides")))
        assert "Which code when" not in said(contact_a_client.get("/")), "opened: no news any more"

    def test_withdrawn_at_once_and_put_back(self, officer_client: Client, contact_a_client: Client) -> None:
        guide = write(officer_client)
        officer_client.post(reverse("guide_withdraw", args=[guide.pk]))
        assert contact_a_client.get(reverse("guide", args=[guide.pk])).status_code == 404
        assert "Which code when" not in said(officer_client.get(reverse("guides")))
        assert "Withdrawn" in said(officer_client.get(reverse("guides"), {"all": "1"}))
        officer_client.post(reverse("guide_withdraw", args=[guide.pk]), {"do": "back"})
        assert contact_a_client.get(reverse("guide", args=[guide.pk])).status_code == 200

    def test_searched_by_words_in_any_form(self, officer_client: Client, contact_a_client: Client) -> None:
        write(officer_client, title="Shorter days", words="Agree them with parents and review them.")
        write(officer_client, title="Other")
        for asked, found in (("reviewing parent", True), ('"with parents"', True), ("parents -review", False), ("\x00 ' & | (", False)):
            seen = said(contact_a_client.get(reverse("guides"), {"q": asked}))
            assert ("Shorter days" in seen) is found, asked
        assert "Nothing is like that" in said(contact_a_client.get(reverse("guides"), {"q": "dragons", "topic": "nonsense"}))

    def test_files_are_given_out_as_downloads_byte_for_byte(self, officer_client: Client, contact_a_client: Client) -> None:
        guide = write(officer_client)
        for _ in range(2):
            assert "toolkit.docx is with it" in words(add(officer_client, guide, "toolkit.docx", document()))
        file = GuideFile.objects.get()
        answer = contact_a_client.get(reverse("guide_file", args=[guide.pk, file.pk]))
        assert b"".join(answer.streaming_content) == document()  # type: ignore[attr-defined]
        assert answer["Content-Disposition"] == 'attachment; filename="toolkit.docx"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        other = write(officer_client, title="Another", phases=["primary"])
        assert contact_a_client.get(reverse("guide_file", args=[other.pk, file.pk])).status_code == 404
        officer_client.post(reverse("guide_file_remove", args=[guide.pk, file.pk]))
        assert contact_a_client.get(reverse("guide_file", args=[guide.pk, file.pk])).status_code == 404

    @pytest.mark.parametrize(
        ("name", "content", "told"),
        [
            ("page.html", b"<script>", "Choose a file of one of these kinds"),
            ("run", b"x", "Choose a file of one of these kinds"),
            ("toolkit.pdf", b"<html>", "This is no PDF file"),
            ("toolkit.docx", b"PK\x03\x04 cut short", "This is no DOCX file"),
            ("toolkit.xlsx", document(), "This is no XLSX file"),
            ("toolkit.docx", document("word/vbaProject.bin"), "holds macros"),
            ("toolkit.odt", damaged(), "This is no ODT file"),
            ("toolkit.txt", b"\xff\xfe\x00", "This is no TXT file"),
            ("toolkit.txt", b"", "The file is empty"),
            ("toolkit.txt", b"x" * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
        ],
        ids=["html", "no ending", "not pdf", "cut", "another office file", "macros", "damaged inside", "not text", "empty", "large"],
    )
    def test_other_files_are_refused_in_words(self, name: str, content: bytes, told: str, officer_client: Client) -> None:
        guide = write(officer_client)
        assert told in words(add(officer_client, guide, name, content))
        assert not GuideFile.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"title": ""}, "Enter a title"),
            ({"words": ""}, "Write what it says"),
            ({"kind": "x"}, "Choose where it stands"),
            ({"phases": ["x"]}, "Choose phases from the list"),
            (date("until", dt.date(2026, 11, 1)), "The last day must not be before the first"),
        ],
    )
    def test_bad_input_is_refused_in_words(self, fields: dict[str, Any], told: str, officer_client: Client) -> None:
        assert told in words(officer_client.post(reverse("guide_new"), guidance(**fields)))
        assert not Guide.objects.exists()

    def test_two_who_change_it_at_once(self, officer_client: Client, manager_client: Client) -> None:
        guide = write(officer_client)
        change = reverse("guide_change", args=[guide.pk])
        manager_client.post(change, guidance(title="By the manager", version=1))
        answer = officer_client.post(change, guidance(title="By the officer", version=1))
        assert "Mani Manager changed this" in words(answer)
        assert Guide.objects.get().title == "By the manager"


def question(school: School, **fields: Any) -> dict[str, Any]:
    return {"school": school.pk, "topic": "codes", "subject": "Code B or C?", "words": "A pupil trains with a club."} | fields


class TestAdvice:
    def test_asked_waiting_with_its_age_answered_and_read(
        self, contact_a_client: Client, officer_client: Client, contact_a: User, school_a: School
    ) -> None:
        form = question(school_a, form_token="6f1c0e4e-5f0c-4c1d-9d3e-0f5b1f9f3a01")
        for _ in range(2):
            contact_a_client.post(reverse("advice_ask"), form)
        [asked] = Advice.objects.all()
        Advice.objects.update(asked_at=dt.datetime(2026, 11, 16, 12, tzinfo=dt.UTC))
        assert "1 question waits for an answer , the longest 4 days" in said(officer_client.get(reverse("touch")))
        home = said(officer_client.get("/"))
        assert "Answer Alder High School: Code B or C?" in home
        assert "Asked 4 days ago" in home
        assert "Waiting 4 days" in said(officer_client.get(reverse("advice_log"), {"status": "waiting"}))
        officer_client.post(reverse("advice_answer", args=[asked.pk]), {"answer": "B, if the school has agreed it.", "version": 1})
        assert "B, if the school has agreed it." in said(contact_a_client.get(reverse("advice", args=[asked.pk])))
        assert "Answer Alder High School" not in said(officer_client.get("/"))
        late = officer_client.post(reverse("advice_answer", args=[asked.pk]), {"answer": "C.", "version": 1})
        assert "changed this" in words(late)

    def test_a_telephone_question_is_written_down_with_its_answer_and_found_again(
        self, officer_client: Client, contact_a_client: Client, contact_b_client: Client, school_a: School, school_b: School
    ) -> None:
        form = question(school_a, how="phone", asked_for="The head", answer="Reduced timetables end on a date.")
        officer_client.post(reverse("advice_write"), form)
        [asked] = Advice.objects.all()
        assert asked.status == "answered"
        log = reverse("advice_log")
        assert "Code B or C?" in said(officer_client.get(log, {"q": "timetable"}))
        assert "Code B or C?" not in said(officer_client.get(log, {"q": "sickness"}))
        assert "Code B or C?" in said(contact_a_client.get(log))
        assert "Code B or C?" not in said(contact_b_client.get(log))
        assert contact_b_client.get(reverse("advice", args=[asked.pk])).status_code == 404
        refused = officer_client.post(reverse("advice_write"), form | {"school": school_b.pk})
        assert "Choose one of your schools" in words(refused)

    def test_an_answer_becomes_guidance_without_names(
        self, officer_client: Client, contact_b_client: Client, school_a: School, school_b: School
    ) -> None:
        officer_client.post(reverse("advice_write"), question(school_a, how="phone", asked_for="Hal Head", answer="Use B."))
        [asked] = Advice.objects.all()
        publish = reverse("advice_publish", args=[asked.pk])
        assert "A pupil trains with a club." in words(officer_client.get(publish))
        form = guidance(title="Training with a club", words="As Alder High School asked: use B.")
        assert "“Alder High School” is named in it" in words(officer_client.post(publish, form))
        for _ in range(2):
            officer_client.post(publish, form | {"words": "For training that the school has agreed, use B."})
        [guide] = Guide.objects.all()
        read = said(contact_b_client.get(reverse("guide", args=[guide.pk])))
        assert "use B" in read
        assert "Alder" not in read

    def test_no_answer_no_guidance_and_empty_forms_say_what_is_missing(
        self, contact_a_client: Client, officer_client: Client, school_a: School
    ) -> None:
        assert "Write the question" in words(contact_a_client.post(reverse("advice_ask"), question(school_a, words="")))
        contact_a_client.post(reverse("advice_ask"), question(school_a))
        [asked] = Advice.objects.all()
        assert "Write an answer" in words(officer_client.post(reverse("advice_answer", args=[asked.pk]), {"answer": " ", "version": 1}))
        answer = officer_client.post(reverse("advice_publish", args=[asked.pk]), guidance())
        assert "Answer the question first" in words(answer)


def test_no_more_than_15_queries(
    cast: dict[str, User], school_a: School, school_b: School, browse: Browse, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    manager = browse(cast["manager"])
    for number in range(4):
        factories.make_school(f"School {number}")
        guide = write(manager, title=f"Guide {number}")
        add(manager, guide, "toolkit.docx", document())
        browse(cast["contact_a"]).post(reverse("advice_ask"), question(school_a, subject=f"Question {number}"))
    asked = Advice.objects.latest("pk")
    addresses = [
        reverse("touch"),
        reverse("guides"),
        reverse("guide", args=[guide.pk]),
        reverse("advice_log"),
        reverse("advice", args=[asked.pk]),
    ]
    for part in ("manager", "officer", "contact_a"):
        client = browse(cast[part])
        for address in addresses:
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200, (part, address)
