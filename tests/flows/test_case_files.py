"""Files of a case: judged by their bytes, scanned where a scanner is named, downloads only, and gone with an entry that is moved."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from casework import actions
from casework.models import Case, CaseFile
from schools.models import School
from tests import factories
from tests.casework import make_case
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
PDF = b"%PDF-1.7 a letter"


@pytest.fixture
def case(school_a: School, officer: User) -> Case:
    pupil = factories.make_pupil("Teal", "Ash")
    factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    return make_case(pupil, school_a, by=officer, officer=officer)


def attach(client: Client, case: Case, name: str = "letter.pdf", content: bytes = PDF, **fields: Any) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/html")  # what a browser says counts for nothing
    return client.post(reverse("case_file_add", args=[case.pk]), {"file": file} | fields, follow=True)


def scanner(settings: Any, ends_with: int) -> None:
    settings.FILE_SCANNER = [sys.executable, "-c", f"import sys; sys.stdin.buffer.read(); sys.exit({ends_with})"]


def test_a_file_is_given_out_as_a_download_byte_for_byte_and_each_time_is_recorded(
    officer_client: Client, legal_client: Client, contact_a_client: Client, stranger_client: Client, case: Case
) -> None:
    assert "letter.pdf is attached" in said(attach(officer_client, case))
    file = CaseFile.objects.get()
    address = reverse("case_file", args=[case.pk, file.pk])
    answer = legal_client.get(address)
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/pdf"
    assert AuditEvent.objects.filter(act="downloaded a file of a case").count() == 1
    assert contact_a_client.get(address).status_code == 404
    assert stranger_client.get(address).status_code == 404
    assert "letter.pdf" not in contact_a_client.get(reverse("case", args=[case.pk])).content.decode()
    assert "File attached: letter.pdf." in officer_client.get(reverse("chronology", args=[case.pupil_id])).content.decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<script>", "Choose a file of one of these kinds"),
        ("letter.pdf", b"<html>", "This is no PDF file"),
        ("photo.jpg", b"\x89PNG", "This is no JPG file"),
        ("letter.pdf", b"", "The file is empty"),
    ],
)
def test_what_is_not_what_it_says_is_refused(officer_client: Client, case: Case, name: str, content: bytes, words: str) -> None:
    assert words in said(attach(officer_client, case, name, content))
    assert not CaseFile.objects.exists()
    assert not case.entries.filter(kind="note").exists()


def test_the_scanner_is_asked_and_what_it_cannot_read_is_not_let_through(officer_client: Client, case: Case, settings: Any) -> None:
    page = officer_client.get(reverse("case_file_add", args=[case.pk])).content.decode()
    assert "no scanner is set up" in page
    scanner(settings, 1)
    assert "would do harm" in said(attach(officer_client, case))
    scanner(settings, 2)
    assert "could not be scanned just now" in said(attach(officer_client, case))
    settings.FILE_SCANNER = ["/nowhere/scanner"]
    assert "could not be scanned just now" in said(attach(officer_client, case))
    assert not CaseFile.objects.exists()
    scanner(settings, 0)
    attach(officer_client, case)
    assert CaseFile.objects.get().scan == "clean"


def test_sent_twice_it_is_there_once_and_taken_away_it_is_nobodys(officer_client: Client, case: Case) -> None:
    token = "5b0c27f8-7b50-4b2a-9a53-0e2a4d7f4a10"
    for _ in range(2):
        attach(officer_client, case, form_token=token)
    file = CaseFile.objects.get()
    officer_client.post(reverse("case_file_remove", args=[case.pk, file.pk]))
    assert officer_client.get(reverse("case_file", args=[case.pk, file.pk])).status_code == 404


def test_a_moved_entry_takes_its_files_along(officer: User, officer_client: Client, school_a: School, case: Case) -> None:
    note = actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words="A letter.")
    attach(officer_client, case, entry=str(note.pk))
    file = CaseFile.objects.get()
    other = factories.make_pupil("Quill", "Ash")
    factories.enrol(other, school_a, start=dt.date(2026, 9, 1))
    right = make_case(other, school_a, by=officer, officer=officer)
    actions.move_entry(by=officer, today=TODAY, now=clock.now(), entry=note, to=right)
    assert officer_client.get(reverse("case_file", args=[case.pk, file.pk])).status_code == 404
    [there] = CaseFile.objects.visible_to(officer)
    given = officer_client.get(reverse("case_file", args=[right.pk, there.pk]))
    assert b"".join(given.streaming_content) == PDF  # type: ignore[attr-defined]
