"""Papers: what they say, to whom, what is kept back when they are published, and that no killed worker costs more than it held."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts import clock
from accounts.models import AuditEvent, User
from attendance.reports.national import comparators
from config import tasks
from dashboards import borough as borough_page
from dashboards.models import Paper, PaperFile
from dashboards.papers import figures, making, report
from meetings.terms import Term
from schools import kept
from schools.models import School
from tests.flows import made_borough
from tests.flows.made_borough import TODAY, Borough
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

AUTUMN = Term(2026, 1)


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    return made_borough.make(school_a, school_b, officer)


def ask(client: Client, kind: str, audience: str = "publish", term: str = "2026-1", **fields: object) -> Any:
    return client.post("/papers/ask/", {"kind": kind, "audience": audience, "term": term, **fields})


def made(client: Client, kind: str, audience: str = "publish", term: str = "2026-1", **fields: object) -> Paper:
    """Asked for in the browser and made as a worker makes it."""
    answer = ask(client, kind, audience, term, **fields)
    assert answer.status_code == 302, answer.content
    paper = Paper.objects.get(pk=int(answer["Location"].strip("/").split("/")[-1]))
    tasks.make_paper(paper.pk)
    paper.refresh_from_db()
    assert paper.status == Paper.Status.MADE, paper.error
    return paper


def content(paper: Paper, form: str = "pdf") -> bytes:
    with default_storage.open(paper.files.get(form=form).stored) as file:
        return file.read()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_a_report_says_what_the_borough_s_page_says(borough: Borough, manager: User, manager_client: Client) -> None:
    found = figures.of_term(AUTUMN, TODAY)
    page = borough_page.gather(manager, today=TODAY, at=dt.time(10))
    assert found.total == page["total"]
    assert {p.phase: p.year for p in map(_phase, page["phases"])} == _by_phase(found)
    everybody, others = figures.cohorts(found.every_spell, TODAY)
    assert everybody == page["everybody"]["cohort"]
    assert sorted(others, key=repr) == sorted((line["cohort"] for line in page["cohorts"]), key=repr)

    paper = made(manager_client, "report", "inside")
    text = text_of(content(paper))
    total = found.total
    assert f"Attendance is {total.figures.attendance_pct:.1f}% ({total.figures.attended:,} of {total.figures.possible:,} sessions)" in text
    assert "Registers to Fri 20 Nov 2026." in text
    assert "No register of autumn 2026/27 has come from: Cedar Primary School." in text
    assert "Schools 4 Meeting held" in text
    assert "Meeting held 1" in text
    assert "Alder High School Red" in text
    assert "Issued 7" in text
    assert "Absence by week, as a percentage of possible sessions" in text
    persistent = next(measure for measure in page["measures"] if measure.name == "Persistent absence")
    assert f"{persistent.before:.1f}% {persistent.before_part:,} of {persistent.before_whole:,} enrolments" in text
    assert "not in this paper" not in text


class _phase:
    def __init__(self, line: dict[str, Any]) -> None:
        self.phase, self.year = line["phase"].value, line["year"]


def _by_phase(found: figures.OfTerm) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for one in found.schools:
        sums[one.school.phase] = sums[one.school.phase] + one.year if one.school.phase in sums else one.year
    return sums


def test_a_published_report_keeps_small_numbers_back_in_both_files(borough: Borough, manager_client: Client) -> None:
    """Six pupils are severely absent, four at the secondary school and two at the primary one: neither may be seen."""
    paper = made(manager_client, "report")
    text = text_of(content(paper))
    assert "c: kept back" in text
    assert "Alder High School Red" not in text, "a school learns of its rating first"
    assert "Primary 2" in text, "the number of schools is about no pupil"
    inside = text_of(content(made(manager_client, "report", "inside")))
    assert "4 of 20 enrolments" in inside
    assert "4 of 20 enrolments" not in text
    assert "2 of 10 enrolments" not in text
    assert "not in this paper" in text, "last year's are known, and not told"
    book = load_workbook(io.BytesIO(content(paper, "xlsx")))
    rows = list(book["By phase"].values)
    line = dict(zip(rows[0], rows[2], strict=True))
    assert line["Phase"] == "Secondary"
    assert line["Severely absent: enrolments"] == "c"
    assert line["Attendance (%)"] != "c"
    plan = next(row for row in book["By cohort"].values if row[0] == "Education, health and care plan")
    assert set(plan[1:]) == {"c"}
    assert any(str(row[0]).startswith("c: kept back") for row in book["About"].values)


def test_a_past_term_is_the_year_to_its_end_and_no_day_more(borough: Borough, manager_client: Client) -> None:
    """Last year's registers run from 8 September 2025 for thirty weeks: autumn ends on 31 December."""
    paper = made(manager_client, "report", "inside", "2025-1")
    assert paper.as_at == dt.date(2025, 12, 31)
    found = figures.of_term(Term(2025, 1), paper.as_at)
    days = sum(1 for n in range(365) if (day := dt.date(2025, 9, 8) + dt.timedelta(days=n)) <= paper.as_at and day.weekday() < 5)
    assert found.total.figures.possible == 30 * 2 * days
    assert paper.reach == dt.date(2025, 12, 31)
    assert "autumn 2025/26" in text_of(content(paper))


def test_a_profile_is_one_page_and_knows_its_reader(borough: Borough, manager_client: Client, contact_a_client: Client) -> None:
    inside = made(manager_client, "profile", "inside", school=999801)
    own = made(contact_a_client, "profile", "school", school=999801)
    published = made(contact_a_client, "profile", "publish", school=999801)
    texts = {paper: text_of(content(paper)) for paper in (inside, own, published)}
    for paper in texts:
        assert len(PdfReader(io.BytesIO(content(paper))).pages) == 1
        assert "Alder High School" in texts[paper]
        assert "held Thu 1 Oct 2026" in texts[paper]
    assert "Rating Red" in texts[inside]
    assert "Rating" not in texts[own] + texts[published], "a school does not see its rating yet"
    then = comparators().figure_then("secondary", dt.date(2026, 11, 19))
    assert then
    for paper in texts:  # England's unauthorised absence at the same point is published, as the school's page says
        assert re.search(rf"Unauthorised absence .*? {then.value('unauthorised'):.1f}% [\d.]+% Persistent absence", texts[paper])
    assert "4 of 20 enrolments" in texts[own]
    assert "4 of 20 enrolments" not in texts[published]
    assert "By cohort" in texts[own]
    assert "By cohort" not in texts[published]
    for paper in (inside, own):
        assert "Absence by week" in texts[paper]
    assert "Absence by week" not in texts[published], "its weeks are judged nowhere: a week may tell of a few pupils"


def test_a_school_makes_its_own_profile_and_finds_no_other(
    borough: Borough, manager_client: Client, contact_a_client: Client, contact_b_client: Client
) -> None:
    assert ask(contact_b_client, "profile", school=999801).status_code == 404
    assert ask(contact_b_client, "profile", school="x").status_code == 404
    assert ask(contact_b_client, "report").status_code == 403
    assert ask(contact_b_client, "profiles").status_code == 403
    inside = made(manager_client, "profile", "inside", school=999801)
    own = made(manager_client, "profile", "school", school=999801)
    for client, paper, status in (
        (contact_a_client, own, 200),
        (contact_a_client, inside, 404),
        (contact_b_client, own, 404),
        (manager_client, inside, 200),
    ):
        for address in (f"/papers/{paper.pk}/", f"/papers/{paper.pk}/progress/", f"/papers/{paper.pk}/file.pdf"):
            answer = client.get(address)
            assert answer.status_code == status
            assert not answer.streaming or b"".join(answer.streaming_content).startswith(b"%PDF")
    assert "Alder" in said(contact_a_client.get("/papers/"))
    assert "Alder" not in said(contact_b_client.get("/papers/"))
    asked = ask(contact_a_client, "profile", "inside", school=999801)
    assert asked["Location"] == "/papers/", "what is for the authority is not offered to a school"


def test_what_was_made_says_who_asked_when_and_of_what_and_downloads_are_recorded(
    borough: Borough, manager: User, manager_client: Client
) -> None:
    paper = made(manager_client, "profile", school=999801)
    page = said(manager_client.get(f"/papers/{paper.pk}/"))
    assert "by Mani Manager" in page
    assert "Registers to Thu 19 Nov 2026" in page
    assert "national 2024-08-19; figures about fewer than 5 pupils are kept back" in page
    answer = manager_client.get(f"/papers/{paper.pk}/file.pdf")
    assert b"".join(answer.streaming_content) == content(paper)
    assert 'filename="alder-high-school-999801-autumn-2026-27-for-publishing.pdf"' in answer["Content-Disposition"]
    event = AuditEvent.objects.get(kind=AuditEvent.Kind.EXPORT)
    assert (event.by, event.subject_id, event.detail["sha256"]) == (manager, paper.pk, paper.files.get().sha256)
    assert AuditEvent.objects.filter(act="Paper asked for", subject_id=paper.pk).exists()
    assert manager_client.get(f"/papers/{paper.pk}/file.zip").status_code == 404


def test_asked_for_twice_it_is_made_once(borough: Borough, manager_client: Client) -> None:
    first, second = (ask(manager_client, "report")["Location"] for _ in range(2))
    assert first == second
    assert Paper.objects.count() == 1
    assert "Waiting for its turn" in said(manager_client.get(first))
    assert tasks.making.forgotten() == [Paper.objects.get().pk]


def test_a_term_without_registers_or_yet_to_come_is_refused_in_words(borough: Borough, manager_client: Client) -> None:
    for term, words in (("2024-2", "No register of spring 2024/25 has been loaded"), ("2026-2", "Spring 2026/27 has not begun yet")):
        answer = manager_client.post("/papers/ask/", {"kind": "report", "audience": "publish", "term": term}, follow=True)
        assert words in answer.content.decode().replace("&#x27;", "’")
    for nonsense in ({}, {"kind": "x"}, {"kind": "report", "audience": "publish", "term": "9999-9"}):
        assert "Choose what to make" in manager_client.post("/papers/ask/", nonsense, follow=True).content.decode()
    assert not Paper.objects.exists()


def test_a_killed_worker_s_profiles_are_not_made_again(borough: Borough, manager_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the third school and again while the zip is written: what was made stays, and no half of a zip is there."""
    answer = ask(manager_client, "profiles")
    pk = int(answer["Location"].strip("/").split("/")[-1])
    real, count = making._pdf, []

    def dies(*args: Any) -> bytes:
        count.append(1)
        if len(count) == 3:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(making, "_pdf", dies)
    with pytest.raises(KeyboardInterrupt):
        tasks.make_paper(pk)
    assert Paper.objects.filter(part_of=pk).count() == 2
    assert making.forgotten() == [pk]
    assert "2 of 4 profiles made" in said(manager_client.get(f"/papers/{pk}/"))
    kept_then = dict(PaperFile.objects.values_list("paper", "sha256"))

    def no_zip(folder: str, file: Any, suffix: str) -> kept.Kept:
        if suffix == ".zip":
            raise KeyboardInterrupt
        return real_keep(folder, file, suffix)

    real_keep = kept.keep
    monkeypatch.setattr(kept, "keep", no_zip)
    with pytest.raises(KeyboardInterrupt):
        tasks.make_paper(pk)
    assert len(count) == 5, "two were made already, and the third was begun anew"
    assert not PaperFile.objects.filter(form="zip").exists()

    monkeypatch.setattr(kept, "keep", real_keep)
    tasks.make_paper(pk)
    assert len(count) == 5, "only the zip was left to be made"
    paper = Paper.objects.get(pk=pk)
    assert (paper.status, paper.total, making.forgotten()) == (Paper.Status.MADE, 4, [])
    assert kept_then.items() <= dict(PaperFile.objects.values_list("paper", "sha256")).items()
    with zipfile.ZipFile(io.BytesIO(content(paper, "zip"))) as folder:
        assert folder.testzip() is None
        names = folder.namelist()
        assert len(names) == 4
        assert "Alder High School" in text_of(folder.read(names[0]))
    assert tasks.making.make_paper(pk, now=clock.now()) is None, "done is done"


def test_what_cannot_be_made_says_so_and_can_be_tried_again(
    borough: Borough, manager_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("no pango")

    monkeypatch.setattr(making.printing, "pdf", broken)
    address = ask(manager_client, "profile", school=999801)["Location"]
    paper = Paper.objects.get()
    for _ in range(3):
        tasks.make_paper(paper.pk)
    page = said(manager_client.get(address))
    assert "It could not be made (OSError). Attempt 3 of 3." in page
    monkeypatch.undo()
    manager_client.post(f"{address}again/")
    tasks.make_paper(paper.pk)
    paper.refresh_from_db()
    assert paper.status == Paper.Status.MADE


def test_half_a_file_of_a_killed_worker_is_written_anew(today: dt.date) -> None:
    whole = kept.keep("papers", io.BytesIO(b"whole"), ".pdf")
    default_storage.delete(whole.name)
    default_storage.save(whole.name, io.BytesIO(b"who"))
    assert kept.keep("papers", io.BytesIO(b"whole"), ".pdf") == whole
    with default_storage.open(whole.name) as file:
        assert file.read() == b"whole"


def test_pages_offer_papers_to_those_who_may_have_them(
    borough: Borough, manager_client: Client, contact_a_client: Client, administrator_client: Client
) -> None:
    page = manager_client.get("/borough/").content.decode()
    assert "Make the report" in page
    assert "Make every school’s profile" in page
    assert '<option value="2026-1">Autumn 2026/27</option>' in page
    own = contact_a_client.get("/schools/999801/").content.decode()
    assert "Make the profile" in own
    assert "For working inside the authority" not in own
    assert "Make the profile" not in administrator_client.get("/schools/999801/").content.decode()


def test_a_report_of_a_year_without_any_marks_shows_no_zero_percent(school_a: School, manager: User) -> None:
    paper = Paper(kind="report", year=2026, term=1, audience="inside", as_at=TODAY, least=5)
    said_ = report.contents(paper, figures.of_term(AUTUMN, TODAY))
    printed = making.html(said_, "report")
    assert "there are no figures yet" in printed
    assert "0.0%" not in printed
