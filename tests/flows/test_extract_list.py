"""The list of all extracts, the progress of a load in true numbers, and the history of a session's marks."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import clock
from attendance import actions
from attendance.imports.progress import last_report, report_to_cache
from attendance.imports.tally import Rows
from attendance.models import Extract
from config import pipeline
from schools.models import Pupil
from tests import factories
from tests.factories import enrol, make_pupil, make_school, write_marks
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 16)


@pytest.fixture
def pupils(school_a, school_b, today) -> list[Pupil]:
    found = [make_pupil(f"Child{number}") for number in range(3)]
    for pupil, school in zip(found, (school_a, school_a, school_b), strict=True):
        enrol(pupil, school)
    return found


def send(by, pupils, rows, *, school=None, urns=None, filename="register.csv", mark="/"):
    lines = [f"{urn},{pupil.upn},16/11/2026,AM,{mark}" for pupil, urn in zip(pupils, urns or [999801] * len(pupils), strict=True)]
    content = "\n".join(["URN,UPN,Date,Session,Mark", *lines, *rows]).encode() + b"\n"
    extract = actions.receive_extract(by=by, today=clock.today(), now=clock.now(), content=[content], filename=filename, school=school)
    mapping = {"layout": "sessions", "columns": {"urn": 0, "upn": 1, "date": 2, "session": 3, "mark": 4}}
    return actions.queue_extract(by=by, today=clock.today(), extract=extract, mapping=mapping, create_pupils=False)


def test_progress_tells_rows_read_loaded_to_correct_and_still_to_come(manager, pupils, school_b, today):
    stranger = "999802,A999900112345,16/11/2026,AM,/"
    extract = send(manager, pupils, [stranger, "999801,nonsense,16/11/2026,AM,/"], urns=[999801, 999801, 999802])
    told = []

    def watch(step, done, total, rows=None):
        if rows:
            told.append(rows)

    pipeline.carry_out(extract.pk, today=today, progress=watch)
    assert told[0].read == 5
    assert told[0].loaded == 0
    assert all(rows.loaded + rows.rejected + rows.remaining == rows.read for rows in told)
    assert [rows.loaded for rows in told] == sorted(rows.loaded for rows in told)
    extract.refresh_from_db()
    assert (told[-1].loaded, told[-1].rejected, told[-1].remaining) == (3, extract.rows_rejected, 0)


def test_progress_is_shown_live_and_by_refresh(manager, manager_client, pupils):
    extract = send(manager, pupils, [])
    Extract.objects.filter(pk=extract.pk).update(status="loading")
    report = report_to_cache(extract.pk)
    report("Matching rows to pupils", 0, 0, Rows(1200, 300, 20))
    report("Looking for pupils to flag", 0, 0)  # says nothing of rows: those told last still stand
    if last_report(extract.pk) is None:
        pytest.fail("there is no cache to tell it")
    for address in (f"/extracts/{extract.pk}/", f"/extracts/{extract.pk}/progress/"):
        words = said(manager_client.get(address))
        assert "1,200 rows read: 300 loaded, 20 to correct, 880 still to come" in words
        assert "Looking for pupils to flag" in words


class TestTheListOfAllExtracts:
    @pytest.fixture
    def three(self, manager, contact_b, pupils, school_a, school_b, today) -> list[Extract]:
        """One of school A with a row to correct, one of both schools, and one that school B sent and nobody has checked."""
        one = send(manager, pupils[:2], ["999801,nonsense,16/11/2026,AM,/"], school=school_a, filename="alder.csv")
        both = send(manager, pupils, [], urns=[999801, 999801, 999802], filename="both.csv", mark="O")
        for extract in (one, both):
            pipeline.load_extract(extract.pk, today=today)
        content = [b"UPN,WeekStart,WeekMarks\n"]
        waiting = actions.receive_extract(
            by=contact_b, today=today, now=clock.now(), content=content, filename="birch.csv", school=school_b, source="wonde"
        )
        return [one, both, waiting]

    def names(self, client, choices: str = "") -> set[str]:
        words = said(client.get(f"/registers/extracts/?{choices}"))
        return {name for name in ("alder.csv", "both.csv", "birch.csv") if name in words}

    def test_each_sees_the_extracts_of_their_schools(self, three, manager_client, officer_client, contact_a_client, contact_b_client):
        assert self.names(manager_client) == {"alder.csv", "both.csv", "birch.csv"}
        assert self.names(officer_client) == {"alder.csv", "both.csv"}
        assert self.names(contact_a_client) == {"alder.csv"}  # never a file that holds other schools too
        assert self.names(contact_b_client) == {"birch.csv"}

    def test_it_tells_counts_sender_and_checksum(self, three, manager_client):
        words = said(manager_client.get("/registers/extracts/?school=999801&status=rejected"))
        assert "alder.csv" in words
        assert "Mani Manager" in words
        assert f"SHA-256 {three[0].sha256}" in words
        assert "Rows read Loaded To correct" in words
        assert " 3 2 1 " in words

    def test_rows_that_were_only_compared_or_wait_are_not_called_loaded(self, three, manager, manager_client, pupils, school_a, today):
        for filename, source, rows in (
            ("compared.csv", "mysa", [f"999801,{pupils[0].upn},Child0,2012-01-01,17/11/2026,AM,/"]),
            ("held.csv", "upload", ["999801,,Nobody,2012-01-01,17/11/2026,AM,/", f"999801,{pupils[0].upn},,,17/11/2026,AM,/"]),
            ("failed.csv", "upload", []),
        ):
            content = "\n".join(["URN,UPN,Name,DOB,Date,Session,Mark", *rows]).encode()
            extract = actions.receive_extract(
                by=manager, today=today, now=clock.now(), content=[content], filename=filename, school=school_a, source=source
            )
            mapping = {"layout": "sessions", "columns": {"urn": 0, "upn": 1, "name": 2, "dob": 3, "date": 4, "session": 5, "mark": 6}}
            actions.queue_extract(by=manager, today=today, extract=extract, mapping=mapping, create_pupils=False)
            if rows:
                pipeline.load_extract(extract.pk, today=today)
            else:
                Extract.objects.filter(pk=extract.pk).update(status="failed", error="The disk was full.")
        words = said(manager_client.get("/registers/extracts/?school=999801"))
        told = {name: words.split(f"{name} Alder", 1)[1].split("Download")[0] for name in ("compared.csv", "held.csv", "failed.csv")}
        assert "DfE Monitor your school attendance" in told["compared.csv"]
        assert told["compared.csv"].endswith("Compared only 1 0 0 ")
        assert told["held.csv"].endswith("Loaded 2 1 0 ")
        assert told["failed.csv"].endswith("Not loaded The disk was full. none none none ")  # never "not yet"

    @pytest.mark.parametrize(
        ("choices", "names"),
        [
            ("school=999802", {"both.csv", "birch.csv"}),
            ("status=received", {"birch.csv"}),
            ("status=rejected", {"alder.csv"}),
            ("source=wonde", {"birch.csv"}),
            ("first=2020-01-01&last=2020-12-31", set()),
            ("first=2020-01-01", {"alder.csv", "both.csv", "birch.csv"}),
            ("school=1&first=rubbish", {"alder.csv", "both.csv", "birch.csv"}),
        ],
    )
    def test_it_is_filtered(self, choices, names, three, manager_client):
        assert self.names(manager_client, choices) == names

    def test_the_sources_offered_are_those_of_ones_own_extracts(self, three, contact_a_client, contact_b_client):
        assert 'value="wonde"' in contact_b_client.get("/registers/extracts/").content.decode()
        assert 'value="wonde"' not in contact_a_client.get("/registers/extracts/").content.decode()

    def test_the_original_is_there_to_download_where_it_may_be_seen(self, three, manager_client, contact_b_client, contact_a_client):
        assert f"/extracts/{three[0].pk}/original/" in manager_client.get("/registers/extracts/").content.decode()
        assert f"/extracts/{three[2].pk}/original/" in contact_b_client.get("/registers/extracts/").content.decode()
        assert "/original/" not in contact_a_client.get("/registers/extracts/").content.decode()  # the authority sent it

    def test_few_questions_however_many(self, three, officer, school_a, officer_client, django_assert_max_num_queries):
        for number in range(40):
            extract = Extract.objects.get(pk=three[0].pk)
            extract.pk, extract.filename, extract.form_token, extract._state.adding = None, f"more{number}.csv", None, True
            extract.save()
        officer_client.get("/registers/extracts/")
        with django_assert_max_num_queries(12):
            assert officer_client.get("/registers/extracts/").status_code == 200


class TestTheHistoryOfASession:
    def test_what_was_said_when_from_where_and_by_whom(self, officer, pupils, school_a, officer_client, today):
        for mark in "NI":
            extract = send(officer, pupils[:1], [], school=school_a, filename=f"{mark}.csv", mark=mark)
            pipeline.load_extract(extract.pk, today=today)
        load = extract.loads.get()
        words = said(officer_client.get(f"/pupils/{pupils[0].pk}/marks/2026-11-16/"))
        assert "N (Reason not yet established), the first mark" in words
        assert "I (Illness), in place of N" in words
        assert "from Olive Officer" in words
        assert "I.csv" in words
        actions.undo_load(by=officer, today=today, load=load)
        words = said(officer_client.get(f"/pupils/{pupils[0].pk}/marks/2026-11-16/"))
        assert "Undone since" in words
        assert "A load was undone: N (Reason not yet established) stands again, no longer I" in words

    def test_a_word_that_came_too_late_is_told_as_not_taken(self, pupils, officer_client):
        spell = pupils[0].enrolments.get()
        write_marks(spell, {DAY: "I-"}, as_at=dt.datetime(2026, 11, 18, tzinfo=dt.UTC))
        write_marks(spell, {DAY: "O-"}, as_at=dt.datetime(2026, 11, 17, tzinfo=dt.UTC))
        words = said(officer_client.get(f"/pupils/{pupils[0].pk}/marks/2026-11-16/"))
        assert "O (Absent in other or unknown circumstances) was said, and not taken: I was written later and stands" in words

    def test_the_register_leads_to_it_and_a_school_sees_its_own(self, pupils, school_b, officer_client, contact_b_client, contact_a_client):
        child = pupils[0]
        write_marks(child.enrolments.get(), {DAY: "OO"})
        factories.refresh(child.enrolments.get().school, today=dt.date(2026, 11, 20))
        assert f"/pupils/{child.pk}/marks/2026-11-16/" in officer_client.get(f"/pupils/{child.pk}/").content.decode()
        assert contact_b_client.get(f"/pupils/{child.pk}/marks/2026-11-16/").status_code == 404
        enrol(child, school_b, start=dt.date(2026, 11, 10))
        assert "Nothing has been said of it" in said(contact_b_client.get(f"/pupils/{child.pk}/marks/2026-11-16/"))
        assert "O (Absent" in said(contact_a_client.get(f"/pupils/{child.pk}/marks/2026-11-16/"))
        assert officer_client.get(f"/pupils/{child.pk}/marks/rubbish/").status_code == 404

    def test_few_questions_however_often_it_was_said(self, pupils, school_a, officer_client, django_assert_max_num_queries):
        other = make_school()
        enrol(pupils[0], other)
        for number in range(30):
            write_marks(pupils[0].enrolments.get(school=school_a), {DAY: "OI"[number % 2] * 2})
        officer_client.get(f"/pupils/{pupils[0].pk}/marks/2026-11-16/")
        with django_assert_max_num_queries(10):
            officer_client.get(f"/pupils/{pupils[0].pk}/marks/2026-11-16/")
