"""A file is explained once: its columns and the school's own codes are remembered for the next one from the same source."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from attendance.imports.sniff import sniff
from attendance.models import Alias, Extract, RememberedColumns
from config import pipeline
from tests.factories import enrol, make_pupil, valid_upn
from tests.flows.extracts import MONDAY, csv_text, importing, marks_of, weeks_text
from tests.flows.test_import_pages import confirm, form_of, words
from tests.flows.test_sources import send

pytestmark = pytest.mark.django_db

WEEK = r"/\/\II/\OO"
OWN = r"/\/\;I/\OO"


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


def week(enrolment, marks=WEEK, upn=""):
    return weeks_text([(enrolment.school.urn, upn or enrolment.pupil.upn, MONDAY, marks)])


def confirmed(client, school, text, today, **changes):
    send(client, school, text)
    extract = Extract.objects.latest("pk")
    confirm(client, extract, **changes)
    return pipeline.load_extract(extract.pk, today=today)


def test_confirmed_once_the_next_file_loads_without_asking(contact_a_client, school_a, bo, today):
    confirmed(contact_a_client, school_a, week(bo), today)
    went = send(contact_a_client, school_a, week(bo, WEEK.replace("I", "M")))
    extract = Extract.objects.latest("pk")
    assert (went.url, extract.status) == (reverse("extract", args=[extract.pk]), Extract.Status.QUEUED)
    pipeline.load_extract(extract.pk, today=today)
    assert marks_of(bo) == WEEK.replace("I", "M")
    page = words(contact_a_client.get(went.url))
    assert "As Carys Alder confirmed them for a file with the same headings" in page
    assert "nobody was asked about this one" in page
    # and it can be changed: the next one is asked about again
    remembered = RememberedColumns.objects.get()
    contact_a_client.post(reverse("columns_forget", args=[school_a.urn, remembered.pk]))
    asked = send(contact_a_client, school_a, week(bo, WEEK))
    assert asked.url == reverse("extract_mapping", args=[Extract.objects.latest("pk").pk])


@pytest.mark.parametrize("new", ["a code", "a pupil", "asked for", "a source", "headings"])
def test_what_is_new_in_a_file_is_shown_first(new, contact_a_client, school_a, bo, today):
    confirmed(contact_a_client, school_a, week(bo), today)
    text, fields = week(bo, "M" + WEEK[1:]), {}
    if new == "a code":
        text = week(bo, OWN)
    elif new == "a pupil":
        text = week(bo, upn=valid_upn(70030))
    elif new == "asked for":
        fields = {"ask": "on"}
    elif new == "a source":
        fields = {"source": "mysa"}
    else:
        text = text.replace("WeekMarks", "Marks")
    went = send(contact_a_client, school_a, text, **fields)
    extract = Extract.objects.latest("pk")
    assert (went.url, extract.status) == (reverse("extract_mapping", args=[extract.pk]), Extract.Status.RECEIVED)


def test_corrected_rows_load_without_asking_again(contact_a_client, school_a, bo, today):
    """They come back with our reason as one more column, which the person who confirmed the file has never seen."""
    extract = confirmed(contact_a_client, school_a, week(bo, ";" + WEEK[1:]), today)
    back = b"".join(contact_a_client.get(reverse("extract_rejected", args=[extract.pk])).streaming_content).decode("utf-8-sig")
    assert "Reason" in back
    went = send(contact_a_client, school_a, back.replace(",;", ",/"))
    assert went.url == reverse("extract", args=[Extract.objects.latest("pk").pk])
    assert pipeline.load_extract(Extract.objects.latest("pk").pk, today=today).rows_rejected == 0
    assert marks_of(bo) == WEEK


def test_an_own_code_is_explained_once_and_offered_from_then_on(contact_a_client, contact_a, school_a, bo, today):
    name = f"own_code_{b';'.hex()}"
    extract = confirmed(contact_a_client, school_a, week(bo, OWN), today, **{name: "I"})
    assert marks_of(bo) == WEEK
    assert extract.rows_rejected == 0
    alias = Alias.objects.get()
    assert (alias.school, alias.source, alias.own, alias.code, alias.set_by) == (school_a, "upload", ";", "I", contact_a)
    went = send(contact_a_client, school_a, week(bo, OWN.replace("OO", "O;")))
    assert went.url == reverse("extract", args=[Extract.objects.latest("pk").pk]), "nothing in it is unknown any more"
    pipeline.load_extract(Extract.objects.latest("pk").pk, today=today)
    assert marks_of(bo) == r"/\/\II/\OI"
    # a file with new headings is asked about, and begins with what is known
    send(contact_a_client, school_a, week(bo, OWN).replace("WeekMarks", "Marks"))
    page = contact_a_client.get(reverse("extract_mapping", args=[Extract.objects.latest("pk").pk]))
    assert form_of(page)[name] == "I"
    confirm(contact_a_client, Extract.objects.latest("pk"), **{name: ""})
    assert not Alias.objects.exists(), "what is no mark after all is remembered as none"


def test_own_codes_have_a_page(contact_a_client, school_a, today):
    page = reverse("school_sources", args=[school_a.urn])
    add = reverse("alias_add", args=[school_a.urn])
    assert "None yet" in words(contact_a_client.get(page))
    for own, said in (("L", "L is a national code"), ("-", "stands for no mark"), ("", "Enter the code")):
        assert said in words(contact_a_client.post(add, {"own": own, "source": "upload", "code": "I"}))
    assert contact_a_client.post(add, {"own": "Y1x", "source": "upload", "code": "Y1"}).url == page
    alias = Alias.objects.get()
    assert "Y1x Y1" in words(contact_a_client.get(page))
    assert "Carys Alder" in words(contact_a_client.get(page))
    contact_a_client.post(reverse("alias_edit", args=[school_a.urn, alias.pk]), {"code": "Y2"})
    assert Alias.objects.get().code == "Y2"
    contact_a_client.post(reverse("alias_remove", args=[school_a.urn, alias.pk]))
    assert not Alias.objects.exists()
    assert AuditEvent.objects.filter(act__in=["School’s own code explained", "School’s own code removed"]).count() == 3


def test_the_command_reads_a_file_as_a_person_confirmed_its_like(contact_a_client, tmp_path, school_a, bo, today):
    """Two columns are called UPN: only a person can say which holds it, and only once."""
    text = csv_text([["UPN", "UPN", "WeekStart", "WeekMarks"], ["", bo.pupil.upn, MONDAY, OWN]])
    assert importing(tmp_path, text, school=school_a.urn)["status"] == "failed"
    confirmed(contact_a_client, school_a, text, today, upn="1", **{f"own_code_{b';'.hex()}": "I"})
    receipt = importing(tmp_path, text.replace("OO", "MM"), school=school_a.urn)
    assert (receipt["status"], receipt["marks_amended"], receipt["rows_rejected"]) == ("loaded", 2, 0)
    assert marks_of(bo) == WEEK.replace("OO", "MM")
    elsewhere = importing(tmp_path, text.replace("OO", "EE"), school=school_a.urn, source="folder")
    assert elsewhere["status"] == "failed", "another source's files are its own"


def test_in_a_file_of_many_schools_own_codes_are_each_schools_own(tmp_path, school_a, school_b, bo, today):
    ann = enrol(make_pupil("Elsewhere", "Ann"), school_b)
    for school, code in ((school_a, "I"), (school_b, "M")):
        Alias.objects.create(school=school, source="upload", own=";", code=code, set_at="2026-11-20T09:00Z")
    Alias.objects.create(school=school_b, source="upload", own="+", code="O", set_at="2026-11-20T09:00Z")
    marks = r";\/\II/\O+"
    rows = [(school_a.urn, bo.pupil.upn, MONDAY, marks), (school_b.urn, ann.pupil.upn, MONDAY, marks)]
    receipt = importing(tmp_path, weeks_text(rows))
    assert marks_of(bo) == r"I\/\II/\O."
    assert marks_of(ann) == r"M\/\II/\OO"
    assert [row["value"] for row in receipt["rejected"]] == ["+"], "one school's code says nothing at the other"


@pytest.mark.parametrize(
    "headings",
    [
        ["Name", "UPN", "School", "Session date", "Code", "AM/PM"],
        ["Pupil name", "UPN", "School name", "School URN", "Date of session", "Session", "Attendance code"],
        ["Forename", "Surname", "UPN", "URN", "Session date", "Session period", "Session code"],
    ],
)
def test_the_departments_pupil_file_is_recognised_by_likely_headings(headings):
    """Its real headings are not public: what a prototype shows, and what such columns are commonly called."""
    found = sniff((",".join(headings) + "\n" + ",".join("x" for _ in headings) + "\n").encode())
    assert found.mapping is not None, found.message
    assert found.mapping.layout == "sessions"
    assert {"upn", "date", "session", "mark"} <= found.mapping.columns.keys()
