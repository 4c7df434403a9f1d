"""A school sends workbooks, SIMS XML and SIF JSON through the pages; and files that are bent, through the same door."""

import datetime as dt
import io
import re
import uuid

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from attendance.models import Extract, Load
from config import pipeline
from tests.factories import enrol, make_pupil
from tests.flows.extracts import MONDAY, marks_of
from tests.flows.test_import_pages import confirm, words
from tests.imports import books, malformed, malformed_formats

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + dt.timedelta(days=1)


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


def send(client, school, data, name):
    file = SimpleUploadedFile(name, data)
    return client.post(reverse("school_upload", args=[school.urn]), {"file": file, "form_token": uuid.uuid4()})


def through(client, school, data, name, today):
    """Sent, confirmed as it was understood if it has to be, loaded."""
    sent = send(client, school, data, name)
    assert sent.status_code == 302, words(sent)
    extract = Extract.objects.latest("pk")
    if extract.status == Extract.Status.RECEIVED:  # a file of headings that were confirmed before is loaded at once
        confirm(client, extract)
    return pipeline.load_extract(extract.pk, today=today)


def register(bo, mark):
    upn = bo.pupil.upn
    return {(upn, MONDAY, False): "/", (upn, MONDAY, True): "\\", (upn, TUESDAY, False): mark, (upn, TUESDAY, True): "O"}


def workbook(sent):
    rows = [[upn, day, "PM" if pm else "AM", mark] for (upn, day, pm), mark in sorted(sent.items())]
    return books.xlsx([["UPN", "Date", "Session", "Mark"], *rows])


def correct_workbook(returned):
    book = openpyxl.load_workbook(io.BytesIO(returned))
    assert book.active["E2"].value.startswith('"?" is not an attendance code')
    book.active["D2"] = "I"
    return books.saved(book)


def correct_text(returned):
    assert b"is not an attendance code" in returned
    return returned.replace(b"<AttendanceMark>?", b"<AttendanceMark>I").replace(b'"AttendanceCode": "?"', b'"AttendanceCode": "I"')


@pytest.mark.parametrize(
    ("write", "name", "unit", "suffix", "correct"),
    [
        (workbook, "Week 1.xlsx", "Row", ".xlsx", correct_workbook),
        (books.sims, "sims.xml", "Record", ".xml", correct_text),
        (books.sif, "sif.json", "Record", ".json", correct_text),
    ],
)
def test_a_file_is_loaded_and_its_corrected_rows_complete_the_load(
    write, name, unit, suffix, correct, contact_a_client, school_a, bo, today, django_capture_on_commit_callbacks
):
    loaded = through(contact_a_client, school_a, write(register(bo, "?")), name, today)
    assert (loaded.status, loaded.rows_read, loaded.rows_rejected) == (Extract.Status.LOADED, 4, 1)
    assert marks_of(bo, days=2) == "/\\.O"
    page = words(contact_a_client.get(reverse("extract", args=[loaded.pk])))
    assert f"{unit} Column Value What is wrong" in page
    got = contact_a_client.get(reverse("extract_rejected", args=[loaded.pk]))
    assert suffix in got["Content-Disposition"]
    second = through(contact_a_client, school_a, correct(b"".join(got.streaming_content)), f"corrected{suffix}", today)
    assert (second.status, second.rows_rejected) == (Extract.Status.LOADED, 0)
    assert marks_of(bo, days=2) == "/\\IO"


def test_the_upload_page_says_what_it_takes_and_the_columns_page_which_sheet_is_read(contact_a_client, school_a, bo):
    page = contact_a_client.get(reverse("school_upload", args=[school_a.urn])).content.decode()
    accepted = re.search(r'accept="([^"]+)"', page).group(1).split(",")
    assert {".csv", ".xlsx", ".ods", ".xls", ".xml", ".json"} <= set(accepted)
    rows = [["UPN", "Date", "Session", "Mark"], [bo.pupil.upn, MONDAY, "AM", "/"]]
    sent = send(contact_a_client, school_a, books.xlsx(rows, others=[("Notes", [["Autumn"]])], title="Week 1"), "w.xlsx")
    seen = words(contact_a_client.get(sent.url))
    assert "Only the sheet “Week 1” of this workbook is read." in seen
    assert "Row UPN Name Marks" in seen


def test_sims_without_upns_is_refused_with_what_is_needed(contact_a_client, school_a):
    data = books.sims({("A", MONDAY, False): "/"}).replace(b"UPN>", b"Ref>")
    assert "Export again with the UPN of each pupil" in words(send(contact_a_client, school_a, data, "sims.xml"))


BENT = {
    **{f"text {seed}": (lambda seed=seed: malformed.make(seed)) for seed in range(5)},
    **{f"other {seed}": (lambda seed=seed: malformed_formats.make(seed)) for seed in range(8)},
    **malformed_formats.HAZARDS,
}


@pytest.mark.parametrize("name", BENT)
def test_bent_files_are_answered_at_the_door_and_nothing_is_half_loaded(name, manager_client, school_a, today):
    """No page fails, no reason is missing, and a file that was not loaded leaves no mark, no load and no pupil."""
    sent = send(manager_client, school_a, BENT[name](), "register.dat")
    extract = Extract.objects.get()
    if sent.status_code == 200:
        assert "There is a problem" in words(sent)
        assert (extract.status, extract.error[-1:]) == (Extract.Status.FAILED, ".")
    else:
        page = manager_client.get(sent.url)
        assert page.status_code == 200
        assert "Traceback" not in page.content.decode()
        done = confirm(manager_client, extract, create_pupils="on")
        if done.status_code == 302:
            extract = pipeline.load_extract(extract.pk, today=today)
            assert extract.status in (Extract.Status.LOADED, Extract.Status.FAILED)
            assert "fault is ours" not in extract.error
    if extract.status != Extract.Status.LOADED:
        assert not Load.objects.exists()
        assert not school_a.enrolments.exists()
    elif extract.rejected_file:
        assert default_storage.exists(extract.rejected_file)
