"""Tables taken away as files: the same rows as the page, under its filters, safe to open, recorded, and with small numbers kept back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, User
from attendance import downloads, tables
from attendance.downloads import safe
from dashboards.at_risk import SORTS
from dashboards.described_lists import PUPILS_AT_RISK
from schools.models import PolicyValue, Pupil, School
from tests import factories
from tests.flows import made_borough
from tests.flows.made_borough import Borough

pytestmark = pytest.mark.django_db


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    return made_borough.make(school_a, school_b, officer)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def read_csv(answer: Any) -> tuple[list[dict[str, str]], list[str]]:
    """Rows by heading, and the words below the table."""
    assert answer.status_code == 200
    text = body(answer).decode("utf-8-sig")
    table, _, words = text.partition("\r\n\r\n")
    return list(csv.DictReader(io.StringIO(table))), [row[0] for row in csv.reader(io.StringIO(words))]


def read_xlsx(answer: Any) -> Any:
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(body(answer)))


def download(client: Client, name: str, form: str = "csv", *arguments: str, **query: str) -> Any:
    return client.get(reverse(name, args=[*arguments, form]), query_params=query)


def test_schools_are_those_of_the_page_with_what_they_are_counted_of(borough: Borough, manager_client: Client) -> None:
    rows, words = read_csv(download(manager_client, "schools_download", sort="-pa"))
    assert [row["School"] for row in rows] == ["Alder High School", "Birch Primary School", "Cedar Primary School", "Dogwood Centre"]
    alder = rows[0]
    assert (alder["URN"], alder["Phase"], alder["Officer"], alder["Pupils on roll today"]) == ("999801", "Secondary", "Olive Officer", "28")
    assert (alder["Persistently absent: enrolments"], alder["Persistently absent: of enrolments"]) == ("10", "20")
    assert alder["Persistently absent (%)"] == "50.0"
    assert alder["Registers to"] == "2026-11-19"
    assert rows[2]["Attendance (%)"] == tables.UNKNOWN, "no registers is not 0"
    assert "School year 2026/27 to date: registers to Friday 20 November 2026." in words
    assert "Filters: none." in words
    assert "For working inside the authority: not for publication." in words
    assert words[-1] == "End of the table: 4 rows."


def test_filters_go_with_the_file_and_into_its_words(borough: Borough, manager_client: Client) -> None:
    rows, words = read_csv(download(manager_client, "schools_download", phase="primary", q="birch"))
    assert [row["School"] for row in rows] == ["Birch Primary School"]
    assert "Filters: School name or URN: birch; Phase: Primary." in words


def test_pupils_come_in_the_order_of_the_page_with_every_flag(borough: Borough, officer_client: Client) -> None:
    rows, _ = read_csv(download(officer_client, "pupils_download", flag="severe_absence", sort="name"))
    assert len(rows) == 4
    assert [row["Pupil"] for row in rows] == sorted(row["Pupil"] for row in rows)
    assert rows[0]["Year group"] == "Year 8"
    assert "Severe absence since" in rows[0]["Flags, and since when"]


def test_a_file_holds_what_its_reader_may_see(
    borough: Borough, officer_client: Client, contact_b_client: Client, stranger_client: Client
) -> None:
    for client, found in ((officer_client, {"Alder High School"}), (contact_b_client, {"Birch Primary School"}), (stranger_client, set())):
        rows, _ = read_csv(download(client, "schools_download"))
        assert {row["School"] for row in rows} == found
        rows, _ = read_csv(download(client, "pupils_download", flag="all"))
        assert {row["School"] for row in rows} == found


@pytest.mark.parametrize("form", downloads.FORMS)
def test_who_took_what_and_how_much_is_on_record(form: str, borough: Borough, officer: User, officer_client: Client) -> None:
    body(download(officer_client, "pupils_download", form, q="Okonkwo"))
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.EXPORT)
    assert (event.by, event.act, event.subject_type) == (officer, "downloaded a table", "")
    assert event.detail == {
        "table": "pupils-at-risk",
        "count": 0,
        "form": form,
        "audience": "inside the authority",
        "words": "q=Okonkwo",
    }


def test_those_who_look_after_the_system_are_not_told_what_was_searched_for(
    borough: Borough, officer_client: Client, administrator_client: Client, manager_client: Client
) -> None:
    body(download(officer_client, "pupils_download", q="Okonkwo"))
    assert "ownloaded a table" in administrator_client.get("/audit/").content.decode()
    assert "Okonkwo" not in administrator_client.get("/audit/").content.decode()
    assert "Okonkwo" in manager_client.get("/audit/").content.decode()


HOSTILE = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "\0=1+1", '=HYPERLINK("http://x","y")', "＝1+1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_runs_as_a_formula(text: str) -> None:
    made = str(safe(text))
    assert not made.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝"))
    assert made.endswith(text.lstrip("\0"))
    assert safe("O'Connor, Seán") == "O'Connor, Seán"
    assert safe(-3.5) == -3.5


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\0" not in text])
def test_names_like_formulas_come_back_from_both_files_as_text(text: str, school_a: School, manager_client: Client) -> None:
    School.objects.filter(pk=school_a.pk).update(name=text)
    rows, _ = read_csv(download(manager_client, "schools_download"))
    assert rows[0]["School"] == f"'{text}"
    cell = read_xlsx(download(manager_client, "schools_download", "xlsx"))["Schools"]["A2"]
    assert cell.data_type == "s"
    assert cell.value == f"'{text}".replace("\r", "\n")  # as XML reads a line's end


def test_a_workbook_holds_numbers_dates_and_a_sheet_about_itself(borough: Borough, manager_client: Client) -> None:
    book = read_xlsx(download(manager_client, "schools_download", "xlsx"))
    sheet = book["Schools"]
    headings = [cell.value for cell in sheet[1]]
    alder = dict(zip(headings, (cell.value for cell in sheet[2]), strict=True))
    assert alder["Persistently absent (%)"] == 50
    assert alder["Registers to"] == dt.datetime(2026, 11, 19)
    assert [row[0].value for row in book["About"]][-1] == "End of the table: 4 rows."


def test_published_tables_keep_small_numbers_back_and_the_rest_of_their_line(borough: Borough, manager_client: Client) -> None:
    """2 of 10 at Birch are persistently absent: and 4 of 20 at Alder severely, so both schools' figures of it must go."""
    rows, words = read_csv(download(manager_client, "schools_download", **{"for": "publish"}))
    alder, birch, cedar, _ = rows
    assert "Officer" not in alder
    assert "Flags" not in alder
    assert (birch["Persistently absent (%)"], birch["Persistently absent: enrolments"]) == ("c", "c")
    assert birch["Persistently absent: of enrolments"] == "10"
    assert alder["Severely absent: enrolments"] == "c"
    assert birch["Attendance (%)"] not in ("c", "x")
    assert cedar["Persistently absent: enrolments"] == "0"
    assert any(word.startswith("c: kept back") and "fewer than 5 pupils" in word for word in words)
    assert "For publishing: small numbers are kept back." in words
    inside, _ = read_csv(download(manager_client, "schools_download"))
    assert inside[1]["Persistently absent: enrolments"] == "2"


@pytest.mark.parametrize("sort", ["", "-sa", "pa"])
def test_where_a_line_of_a_published_table_stands_says_nothing_of_what_is_kept_back(
    sort: str, borough: Borough, manager_client: Client
) -> None:
    """Sorted by a figure, one that is kept back could be told from its neighbours."""
    rows, _ = read_csv(download(manager_client, "schools_download", sort=sort, **{"for": "publish"}))
    assert [row["School"] for row in rows] == sorted(row["School"] for row in rows)
    cohorts, _ = read_csv(download(manager_client, "borough_download", "csv", "cohorts", cohorts=sort, **{"for": "publish"}))
    assert [row["Pupils"] for row in cohorts] == sorted(row["Pupils"] for row in cohorts)


def test_an_authority_may_keep_more_back(borough: Borough, manager: User, manager_client: Client) -> None:
    PolicyValue.objects.create(
        key="publish_least", value=11, start=dt.date(2026, 9, 1), reason="Our own rule", set_by=manager, set_at=clock.now()
    )
    rows, words = read_csv(download(manager_client, "schools_download", **{"for": "publish"}))
    birch = rows[1]
    assert birch["Attendance (%)"] == birch["Attendance: sessions"] == birch["Attendance: of sessions"] == "c", "10 pupils are few here"
    assert any("fewer than 11 pupils" in word for word in words)


def test_the_borough_s_tables_are_files_too(borough: Borough, manager_client: Client) -> None:
    phases, words = read_csv(download(manager_client, "borough_download", "csv", "phases"))
    assert [row["Phase"] for row in phases] == ["Primary", "Secondary", "Pupil referral unit"]
    assert phases[1]["Persistently absent: enrolments"] == "10"
    assert any(word.startswith("England, last whole year") for word in words)
    cohorts, _ = read_csv(download(manager_client, "borough_download", "csv", "cohorts", cohorts="cohort"))
    assert cohorts[0]["Pupils"] == "All pupils"
    assert [row["Pupils"] for row in cohorts[1:]] == sorted(row["Pupils"] for row in cohorts[1:])
    officers, _ = read_csv(download(manager_client, "borough_download", "csv", "officers"))
    assert (officers[0]["Officer"], officers[0]["Open cases"]) == ("Olive Officer", "2")


def test_of_a_cohort_of_one_nothing_is_published(borough: Borough, manager_client: Client) -> None:
    rows, _ = read_csv(download(manager_client, "borough_download", "csv", "cohorts", **{"for": "publish"}))
    by_name = {row["Pupils"]: row for row in rows}
    plan = by_name["Education, health and care plan"]
    assert set(plan.values()) == {"Education, health and care plan", "c"}
    assert by_name["All pupils"]["Enrolments with sessions this year"] == "30"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pupils_download", ()),
        ("coverage_download", ()),
        ("ratings_download", ()),
        ("borough_download", ("officers",)),
        ("figures_download", ()),
    ],
)
def test_what_names_children_or_staff_or_ratings_has_nothing_to_publish(
    name: str, arguments: tuple[str, ...], borough: Borough, manager_client: Client
) -> None:
    assert download(manager_client, name, "csv", *arguments, **{"for": "publish"}).status_code == 404
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.EXPORT).exists()


def test_ratings_and_registers_received(borough: Borough, manager_client: Client) -> None:
    rows, words = read_csv(download(manager_client, "ratings_download", sort="-apart"))
    assert rows[0]["School"] == "Alder High School"
    assert (rows[0]["Autumn 2026/27"], rows[-1]["Autumn 2026/27"]) == ("Red", "Not rated")
    assert rows[0]["Why"]
    assert any("Judged as of 20 November 2026" in word for word in words)
    rows, _ = read_csv(download(manager_client, "coverage_download", period="dates", first="2026-11-19", last="2026-11-20", sort="name"))
    assert rows[0]["Fri 20 Nov 2026"].startswith("in part: ")
    assert (rows[2]["Thu 19 Nov 2026"], rows[2]["Fri 20 Nov 2026"]) == ("missing", "not here yet")


def test_tables_sort_by_their_own_headings_alone(borough: Borough, manager_client: Client) -> None:
    page = manager_client.get("/borough/?phases=-pa&officers=-cases&cohorts=nonsense").content.decode()
    assert page.index("Secondary</th>") < page.index("Primary</th>")
    assert 'aria-sort="descending"' in page
    for query in ("sort=password", "sort=-", "phases=__class__"):
        assert manager_client.get(f"/borough/?{query}").status_code == 200
        assert manager_client.get(f"/schools/?{query}").status_code == 200
    assert {column.key for column in PUPILS_AT_RISK.columns if column.sort} <= set(SORTS)


def test_unknown_files_are_not_found_and_nonsense_filters_do_no_harm(borough: Borough, manager_client: Client) -> None:
    assert manager_client.get("/schools/list.exe").status_code == 404
    assert manager_client.get("/borough/children.csv").status_code == 404
    rows, words = read_csv(download(manager_client, "schools_download", phase="nonsense", cluster="x"))
    assert len(rows) == 4
    assert "Filters: none." in words


def test_a_list_too_long_for_a_workbook_says_what_to_do(borough: Borough, manager_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST_IN_WORKBOOK", 3)
    answer = manager_client.get("/schools/list.xlsx", follow=True)
    assert "This list has 4 rows, and a file of this kind holds 3. Download it as CSV" in answer.content.decode()
    assert not AuditEvent.objects.filter(kind=AuditEvent.Kind.EXPORT).exists()


def test_pages_offer_their_files_with_their_filters(borough: Borough, manager_client: Client) -> None:
    page = manager_client.get("/schools/?phase=primary&page=1").content.decode()
    assert 'href="/schools/list.csv?phase=primary"' in page
    assert 'href="/schools/list.xlsx?phase=primary&amp;for=publish"' in page
    assert 'href="/pupils/at-risk.csv?flag=all"' in manager_client.get("/pupils/?flag=all").content.decode()


def test_many_pupils_cost_no_more_questions_than_few(
    school_a: School, manager_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        factories.write_marks(factories.enrol(factories.make_pupil(), school_a), made_borough.MONDAY, "OO " * 20)
    factories.refresh(school_a, today=made_borough.TODAY)
    with django_assert_max_num_queries(15):
        rows, _ = read_csv(download(manager_client, "pupils_download"))
    assert len(rows) == Pupil.objects.count() == 30
