"""One source's marks are a school's; what any other says is compared with the register and changes nothing."""

import datetime as dt
import io
import threading
import uuid

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import clock
from accounts.clock import LONDON
from accounts.models import AuditEvent
from attendance import actions, matrix, register, sourcing
from attendance.models import Amendment, Comparison, Delta, Extract, Load, Register, SourceChoice
from attendance.sourcing import SourceProblem
from config import pipeline
from schools.models import Pupil
from tests.factories import enrol, make_pupil, make_school, valid_upn
from tests.flows.extracts import MONDAY, importing, marks_of, weeks_text
from tests.flows.test_import_pages import confirm, words

pytestmark = pytest.mark.django_db

WEEK, OTHER = r"/\/\II/\OO", r"/\/\/\/\/O"
WEDNESDAY = MONDAY + dt.timedelta(days=2)


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


def week(enrolment, marks=WEEK, monday=MONDAY):
    return weeks_text([(enrolment.school.urn, enrolment.pupil.upn, monday, marks)])


def everything_written():
    """All that a load may write, as values."""
    return [list(model.objects.order_by("pk").values_list()) for model in (Load, Delta, Amendment, Register)]


def choose(school, manager, source, start, today, reason="They have moved to another system."):
    return sourcing.choose_source(by=manager, today=today, now=timezone.now(), school=school, source=source, start=start, reason=reason)


def test_the_first_source_is_authoritative_and_another_only_compares(tmp_path, bo, school_a, manager_client):
    assert importing(tmp_path, week(bo))["compared"] == {}
    first = SourceChoice.objects.get()
    assert (first.school, first.source, first.start, first.by) == (school_a, "upload", None, None)
    before = everything_written()
    other = r"/\/\OI/\-O"  # one differs; Friday morning says nothing
    receipt = importing(
        tmp_path, week(bo, other) + week(bo, "/" + "-" * 9, MONDAY + dt.timedelta(days=7)).split("\r\n", 1)[1], source="mysa"
    )
    assert everything_written() == before, "a source that is not authoritative writes nothing"
    assert (receipt["status"], receipt["marks_set"], receipt["marks_amended"], receipt["marks_unchanged"]) == ("loaded", 0, 0, 0)
    assert receipt["compared"] == {"agree": 8, "differ": 1, "unknown": 1}
    comparison = Comparison.objects.get()
    assert comparison.differing == [{"enrolment": bo.pk, "date": WEDNESDAY.isoformat(), "pm": False, "said": "O", "stands": "I"}]
    assert (comparison.authoritative, comparison.first_session) == ("upload", MONDAY)
    page = words(manager_client.get(reverse("extract", args=[comparison.extract_id])))
    assert "only compared with the register" in page
    assert "DfE Monitor your school attendance" in page
    assert "taken from Uploaded files" in page
    assert "10 marks were compared and none was set" in page
    assert "Wed 9 Sep 2026 AM O I" in page or "9 September 2026 AM O I" in page
    assert "Compared only" in words(manager_client.get(reverse("school_extracts", args=[school_a.urn])))


def test_the_command_says_in_words_that_it_compared(tmp_path, bo):
    importing(tmp_path, week(bo))
    (tmp_path / "theirs.csv").write_text(week(bo, OTHER))
    out = io.StringIO()
    call_command("import_register", str(tmp_path / "theirs.csv"), source="MySA", stdout=out)
    assert "compared, for another source’s marks count: 7 agree, 3 differ, 0 not in the register" in out.getvalue()
    assert marks_of(bo) == WEEK


def test_a_file_that_spans_two_periods_is_split_by_the_dates_of_its_sessions(tmp_path, bo, school_a, manager, today):
    importing(tmp_path, week(bo, "-" * 10).replace("-" * 10, "/" + "-" * 9), source="sims")
    choose(school_a, manager, "arbor", WEDNESDAY, today)
    old = importing(tmp_path, week(bo), source="sims")
    assert (old["marks_set"], old["marks_unchanged"]) == (3, 1)
    assert old["compared"] == {"agree": 0, "differ": 0, "unknown": 6}
    assert marks_of(bo) == r"/\/\......"
    new = importing(tmp_path, week(bo, OTHER), source="arbor")
    assert (new["marks_set"], new["compared"]) == (6, {"agree": 4, "differ": 0, "unknown": 0})
    assert marks_of(bo) == WEEK[:4] + OTHER[4:]
    one = Comparison.objects.order_by("pk").first()
    assert (one.first_session, one.authoritative) == (WEDNESDAY, "arbor")


def test_what_is_only_compared_puts_nobody_on_roll(tmp_path, bo, school_a):
    importing(tmp_path, week(bo))
    stranger = weeks_text([(school_a.urn, valid_upn(70020), MONDAY, WEEK)])
    receipt = importing(tmp_path, stranger, source="mysa", create_pupils=True)
    assert (receipt["rows_rejected"], receipt["pupils"]["created"], receipt["compared"]) == (1, 0, {})
    assert not Pupil.objects.filter(upn=valid_upn(70020)).exists()


def test_a_returned_row_of_two_periods_is_returned_once(tmp_path, bo, school_a, manager, today):
    importing(tmp_path, week(bo), source="sims")
    choose(school_a, manager, "arbor", WEDNESDAY, today)
    receipt = importing(tmp_path, weeks_text([(school_a.urn, valid_upn(70021), MONDAY, WEEK)]), source="arbor")
    assert len(receipt["rejected"]) == receipt["rows_rejected"] == 1


def test_undo_beside_a_comparison(tmp_path, bo, school_a, manager, manager_client):
    importing(tmp_path, week(bo))
    then = timezone.now()
    importing(tmp_path, week(bo, OTHER), source="mysa")
    importing(tmp_path, week(bo, "M" + WEEK[1:]), as_at="2026-11-20T12:00")
    year = matrix.academic_year(MONDAY)
    was = register.read(year, enrolments=[bo.pk], known_at=then).marks
    assert register.code_of(was[0, matrix.index_of(MONDAY)]) == "/"
    compared = Extract.objects.get(source="mysa")
    assert manager_client.get(reverse("extract_undo", args=[compared.pk])).status_code == 404, "there is nothing to undo"
    latest = Load.objects.latest("pk")
    actions.undo_load(by=manager, today=clock.today(), load=latest)
    assert marks_of(bo) == WEEK
    assert np.array_equal(register.read(year, enrolments=[bo.pk], known_at=then).marks, was)


def test_an_interrupted_comparison_is_made_again_not_twice(tmp_path, bo, today):
    importing(tmp_path, week(bo))
    importing(tmp_path, week(bo, OTHER), source="mysa")
    extract = Extract.objects.get(source="mysa")
    Extract.objects.filter(pk=extract.pk).update(status=Extract.Status.LOADING)
    pipeline.load_extract(extract.pk, today=today)
    assert Comparison.objects.get().marks_differ == 3


def test_the_list_of_differences_is_bounded_and_the_total_is_not(tmp_path, bo, manager_client, monkeypatch):
    monkeypatch.setattr("attendance.imports.compare.LISTED", 2)
    monkeypatch.setattr("attendance.receipts.SHOWN_DIFFERENCES", 1)
    importing(tmp_path, week(bo))
    importing(tmp_path, week(bo, OTHER), source="mysa")
    comparison = Comparison.objects.get()
    assert (comparison.marks_differ, len(comparison.differing)) == (3, 2)
    address = reverse("extract", args=[comparison.extract_id])
    assert "The first 1 of 3 marks that differ" in words(manager_client.get(address))
    assert "The first 2 of 3 marks that differ" in words(manager_client.get(address, {"differences": "all"}))


def test_schools_of_one_file_have_each_their_own_source(tmp_path, bo, school_b, officer_client, manager_client):
    ann = enrol(make_pupil("Elsewhere", "Ann"), school_b)
    importing(tmp_path, week(bo), source="sims")
    rows = [(bo.school.urn, bo.pupil.upn, MONDAY, OTHER), (school_b.urn, ann.pupil.upn, MONDAY, OTHER)]
    receipt = importing(tmp_path, weeks_text(rows), source="folder")
    assert (receipt["marks_set"], receipt["compared"]["differ"]) == (10, 3)
    assert (marks_of(bo), marks_of(ann)) == (WEEK, OTHER)
    extract = Extract.objects.get(source="folder")
    assert "Ann" not in words(officer_client.get(reverse("extract", args=[extract.pk])))
    assert "3 differ" not in words(officer_client.get(reverse("school_sources", args=[bo.school.urn])))
    assert officer_client.get(reverse("extract", args=[extract.pk])).status_code == 200, "their school's marks were compared"


# --- the upload page ---------------------------------------------------------------------------------------------------


def send(client, school, text, **fields):
    file = SimpleUploadedFile("register.csv", text.encode(), content_type="text/csv")
    return client.post(reverse("school_upload", args=[school.urn]), {"file": file, "form_token": uuid.uuid4(), **fields})


def test_the_sender_names_the_source_and_the_next_form_begins_with_it(contact_a_client, school_a, bo):
    send(contact_a_client, school_a, week(bo), source="another", another="Our own  System")
    assert Extract.objects.get().source == "our own system"
    assert contact_a_client.get(reverse("school_upload", args=[school_a.urn])).context["form"]["source"].value() == "our own system"
    refused = send(contact_a_client, school_a, week(bo), source="another", another=" ")
    assert "Enter the name of the source" in words(refused)
    assert Extract.objects.count() == 1


def test_an_older_export_arrives_later_and_the_receipt_says_what_was_left(contact_a_client, school_a, bo, today):
    send(contact_a_client, school_a, week(bo), exported_at="2026-11-20T09:00")
    first = Extract.objects.get()
    assert first.as_at == dt.datetime(2026, 11, 20, 9, tzinfo=LONDON)
    confirm(contact_a_client, first)
    pipeline.load_extract(first.pk, today=today)
    went = send(contact_a_client, school_a, week(bo, OTHER), exported_at="18/11/2026 09:00")
    second = Extract.objects.latest("pk")
    assert went.url == reverse("extract", args=[second.pk])
    pipeline.load_extract(second.pk, today=today)
    assert marks_of(bo) == WEEK, "an older export undoes no mark"
    receipt = words(contact_a_client.get(went.url))
    assert "3 marks of this file are older than what is known, and were left as they stand." in receipt


def test_the_sender_is_told_before_that_the_file_will_only_be_compared(contact_a_client, tmp_path, school_a, bo):
    importing(tmp_path, week(bo))
    send(contact_a_client, school_a, week(bo, OTHER), source="mysa")
    page = words(contact_a_client.get(reverse("extract_mapping", args=[Extract.objects.latest("pk").pk])))
    assert "are taken from Uploaded files . It will be compared with the register and change nothing." in page
    assert "Compare this file" in page


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2026-11-21T00:10", "Enter a time that has come"),
        ("yesterday", "Enter a real date and time"),
        ("2026-03-29T01:30", "The clocks changed at this time"),
    ],
)
def test_a_time_of_export_that_cannot_be_is_refused_where_it_was_entered(contact_a_client, school_a, bo, time, said, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 20, 12, tzinfo=LONDON))
    assert said in words(send(contact_a_client, school_a, week(bo), exported_at=time))
    assert not Extract.objects.exists()


# --- the manager's choice ----------------------------------------------------------------------------------------------


def test_a_manager_chooses_another_source_and_its_marks_count_from_then(tmp_path, bo, school_a, manager_client, officer_client):
    importing(tmp_path, week(bo))
    importing(tmp_path, week(bo, OTHER), source="mysa")
    address = reverse("source_choose", args=[school_a.urn])
    assert officer_client.get(address).status_code == 403
    empty = words(manager_client.post(address, {"source": "mysa", "reason": "", "start_day": "", "start_month": "", "start_year": ""}))
    assert "Enter why this source’s marks are to count" in empty
    asked = {"source": "mysa", "reason": "Nothing else comes any more.", "start_day": "9", "start_month": "9", "start_year": "2026"}
    assert manager_client.post(address, asked).url == reverse("school_sources", args=[school_a.urn])
    assert marks_of(bo) == WEEK, "a choice changes no mark by itself"
    page = words(manager_client.get(reverse("school_sources", args=[school_a.urn])))
    assert "Nothing else comes any more." in page
    assert "Until Tue 8 Sep 2026 Uploaded files" in page or "Until 8 September 2026 Uploaded files" in page
    assert AuditEvent.objects.filter(act="Source whose marks count chosen").exists()
    importing(tmp_path, week(bo, OTHER), source="mysa", name="again.csv")
    assert marks_of(bo) == WEEK[:4] + OTHER[4:]
    again = words(manager_client.post(address, asked))
    assert "is already the source whose marks count" in again


def test_the_managers_list_names_the_sources_of_every_school_in_few_queries(
    tmp_path, bo, school_a, school_b, manager_client, django_assert_max_num_queries
):
    importing(tmp_path, week(bo))
    importing(tmp_path, week(bo, OTHER), source="mysa")
    for number in range(12):
        make_school(f"More {number}")
    with django_assert_max_num_queries(12):
        page = manager_client.get(reverse("sources"))
    assert "Uploaded files" in words(page)
    assert "No register yet" in words(page)
    several = words(manager_client.get(reverse("sources"), {"several": "several"}))
    assert str(school_a) in several
    assert str(school_b) not in several


def test_a_school_that_was_loaded_before_sources_were_kept_keeps_its_first(tmp_path, bo, school_a, manager, today):
    importing(tmp_path, week(bo), source="sims")
    SourceChoice.objects.all().delete()
    assert importing(tmp_path, week(bo, OTHER), source="arbor")["marks_amended"] == 0
    with pytest.raises(SourceProblem, match="already"):
        choose(school_a, manager, "sims", None, today)
    choose(school_a, manager, "arbor", WEDNESDAY, today)
    assert [choice.source for choice in SourceChoice.objects.filter(school=school_a)] == ["sims", "arbor"]


@pytest.mark.django_db(transaction=True)
def test_of_two_first_sources_at_once_one_becomes_authoritative(bo, school_a, today):
    extracts = []
    for source, marks in (("sims", WEEK), ("arbor", OTHER)):
        extract = actions.receive_extract(
            by=None,
            today=today,
            now=timezone.now(),
            content=[week(bo, marks).encode()],
            filename="week.csv",
            school=school_a,
            source=source,
        )
        mapping = {"layout": "weeks", "columns": {"urn": 0, "upn": 1, "week_start": 2, "week_marks": 3}}
        extracts.append(
            actions.queue_extract(by=None, today=today, extract=extract, mapping=mapping, create_pupils=False, in_background=False)
        )
    begin = threading.Barrier(2)

    def run(extract):
        try:
            begin.wait(timeout=30)
            pipeline.load_extract(extract.pk, today=today)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[extract]) for extract in extracts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    chosen = SourceChoice.objects.get().source
    assert Load.objects.get().extract.source == chosen
    assert Comparison.objects.get().extract.source == ({"sims", "arbor"} - {chosen}).pop()
    assert Comparison.objects.get().marks_differ == 3
    assert marks_of(bo) == {"sims": WEEK, "arbor": OTHER}[chosen]
