"""A school sends totals: recognised, asked about, kept beside its register, set against it, and never in it."""

from __future__ import annotations

import datetime as dt
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from attendance.models import Delta, EnrolmentFigures, Extract, Flag, Load, Register, Snapshot, SnapshotRow
from config import pipeline
from schools.models import Enrolment, FormerUpn, School
from tests.factories import enrol, make_pupil, refresh, valid_upn, write_marks
from tests.flows.snapshot_things import FIRST, LAST, census_xml, make_snapshot, summary_text
from tests.flows.test_import_pages import form_of, post_file, words

pytestmark = pytest.mark.django_db

BOXES = {
    "covers_first_day": "7", "covers_first_month": "9", "covers_first_year": "2026",
    "covers_last_day": "18", "covers_last_month": "9", "covers_last_year": "2026",
}  # fmt: skip
TERM = "<TermlyAttendance><SessionsPossible>{}</SessionsPossible><SessionDetails>{}</SessionDetails></TermlyAttendance>"
REASON = "<SessionDetail><AttendanceReason>{}</AttendanceReason><AbsenceSessions>{}</AbsenceSessions></SessionDetail>"


@pytest.fixture
def bo(school_a: School) -> Enrolment:
    """On roll with two weeks of marks: 20 possible, 16 attended, 2 authorised, 2 unauthorised, none late."""
    spell = enrol(make_pupil("Sample", "Bo"), school_a)
    write_marks(spell, FIRST, r"/\ /\ /\ /\ II /\ /\ /\ /\ OO")
    return spell


@pytest.fixture
def cy(school_a: School) -> Enrolment:
    return enrol(make_pupil("Sample", "Cy"), school_a)


def keep(client: Client, school: School, text: str, *, name: str = "summary.csv", today: dt.date, **answers: str) -> Extract:
    """Through the upload door: the file, its columns confirmed, the worker's part."""
    sent = post_file(client, school, text, name=name)
    assert sent.status_code == 302, words(sent)
    extract = Extract.objects.latest("pk")
    if sent.url == reverse("extract", args=[extract.pk]):  # its columns are remembered and it says of which days it is
        return pipeline.load_extract(extract.pk, today=today)
    page = client.get(sent.url)
    confirmed = client.post(sent.url, form_of(page) | {"load": "1"} | answers)
    assert confirmed.status_code == 302, words(confirmed)
    return pipeline.load_extract(extract.pk, today=today)


def command(path: Path, text: str, **options: Any) -> dict[str, Any]:
    path.write_text(text)
    out = io.StringIO()
    with suppress(CommandError):
        call_command("import_register", str(path), json=True, stdout=out, **options)
    (receipt,) = json.loads(out.getvalue())
    return receipt


def everything() -> tuple[Any, ...]:
    """All that marks make."""
    return (
        list(Register.objects.order_by("pk").values_list("enrolment", "year", "marks")),
        list(Delta.objects.order_by("pk").values_list("pk", "new")),
        list(Load.objects.order_by("pk").values_list("pk", flat=True)),
        list(Flag.objects.order_by("pk").values_list("pk", "code", "opened", "cleared", "reason")),
        list(EnrolmentFigures.objects.order_by("pk").values_list("enrolment", "possible", "attended", "authorised")),
        list(Enrolment.objects.order_by("pk").values_list("pk", "start", "end", "year_group")),
    )


def test_a_summary_is_asked_about_kept_and_compared(
    contact_a_client: Client, contact_a: User, school_a: School, bo: Enrolment, cy: Enrolment, today: dt.date
) -> None:
    text = summary_text([(bo, (20, 14, 4, 2, 0)), (cy, (20, 19, 1, 0, 0)), (valid_upn(70011), (20, 20, 0, 0, 0))])
    sent = post_file(contact_a_client, school_a, text, name="summary.csv")
    page = contact_a_client.get(sent.url)
    seen = words(page)
    assert "These are totals, not marks" in seen
    assert "the file does not say of which days" in seen
    assert "20 possible, 14 attended, 4 authorised, 2 unauthorised, 0 late" in seen
    assert "create_pupils" not in page.context["form"].fields, "totals put nobody on roll"
    unanswered = contact_a_client.post(sent.url, {k: v for k, v in form_of(page).items() if "covers" not in k} | {"load": "1"})
    assert "Enter the last day that the totals count" in words(unanswered)
    assert not Snapshot.objects.exists()
    contact_a_client.post(sent.url, form_of(page) | {"load": "1"} | BOXES)
    extract = pipeline.load_extract(Extract.objects.latest("pk").pk, today=today)
    assert (extract.status, extract.rows_rejected, extract.pupils_matched) == ("loaded", 1, 2)
    snapshot = Snapshot.objects.get()
    assert (snapshot.kind, snapshot.first, snapshot.last, snapshot.as_at, snapshot.by) == ("summary", FIRST, LAST, LAST, contact_a)
    receipt = words(contact_a_client.get(reverse("extract", args=[extract.pk])))
    assert "Totals of 2 pupils are kept beside the register. No mark, figure or flag was changed." in receipt
    assert f"No pupil with UPN {valid_upn(70011)} is on roll at {school_a}. Add the pupil and send this row again" in receipt
    found = words(contact_a_client.get(reverse("snapshot", args=[snapshot.pk])))
    assert "Your summary says 14 attended and 4 authorised for Bo Sample; the register has 16 and 2 by 18 September 2026." in found
    assert "Your summary says 20 possible sessions for Cy Sample; the register has no marks" in found
    assert "1 pupil differs" in words(contact_a_client.get(reverse("school_snapshots", args=[school_a.urn])))
    assert AuditEvent.objects.filter(act="Attendance totals kept beside the register", by=contact_a).exists()


def test_totals_change_no_register_delta_figure_or_flag(
    contact_a_client: Client, school_a: School, bo: Enrolment, cy: Enrolment, today: dt.date
) -> None:
    refresh(school_a, today=today)
    before = everything()
    assert before[3], "there is a flag that could be changed"
    keep(contact_a_client, school_a, summary_text([(bo, (20, 0, 10, 10, 0)), (cy, (20, 0, 0, 20, 0))]), today=today, **BOXES)
    census = census_xml([(bo.pupil.upn or "", TERM.format(40, REASON.format("O", 40)))], reference="2026-10-01")
    keep(contact_a_client, school_a, census, name="census.xml", today=today)
    snapshot = Snapshot.objects.latest("pk")
    contact_a_client.post(reverse("snapshot_set_aside", args=[snapshot.pk]), {"why": "Sent by mistake."})
    assert Snapshot.objects.count() == 2
    assert everything() == before


def test_the_same_file_twice_changes_nothing_and_a_newer_one_stands_beside(
    contact_a_client: Client, school_a: School, bo: Enrolment, today: dt.date
) -> None:
    text = summary_text([(bo, (20, 16, 2, 2, 0))])
    keep(contact_a_client, school_a, text, today=today, **BOXES)
    again = keep(contact_a_client, school_a, text, today=today, **BOXES)
    assert SnapshotRow.objects.count() == Snapshot.objects.count() == 1
    assert "was kept already: nothing was changed" in words(contact_a_client.get(reverse("extract", args=[again.pk])))
    newer = keep(contact_a_client, school_a, summary_text([(bo, (22, 18, 2, 2, 0))]), today=today, **BOXES | {"covers_last_day": "21"})
    assert newer.status == "loaded"
    keep(contact_a_client, school_a, summary_text([(bo, (20, 17, 1, 2, 0))]), today=today, **BOXES)
    assert sorted(SnapshotRow.objects.values_list("attended", flat=True)) == [16, 17, 18], "nothing that was said is lost"
    assert Snapshot.objects.count() == 3


def test_corrected_rows_complete_the_snapshot(
    contact_a_client: Client, school_a: School, bo: Enrolment, cy: Enrolment, today: dt.date
) -> None:
    first = keep(contact_a_client, school_a, summary_text([(bo, (20, 16, 2, 2, 0)), (cy, (20, 1, 1, 1, 0))]), today=today, **BOXES)
    assert first.rows_rejected == 1
    back = contact_a_client.get(reverse("extract_rejected", args=[first.pk]))
    returned = b"".join(back).decode()  # type: ignore[call-overload]
    assert "1 attended, 1 authorised and 1 unauthorised make 3, and 20 were possible" in returned
    corrected = returned.replace("20,1,1,1", "20,18,1,1")
    keep(contact_a_client, school_a, corrected, today=today, **BOXES)
    snapshot = Snapshot.objects.get()
    assert dict(snapshot.rows.values_list("pupil", "attended")) == {bo.pupil_id: 16, cy.pupil_id: 18}


def test_a_census_return_is_read_from_its_xml(
    contact_a_client: Client, school_a: School, bo: Enrolment, cy: Enrolment, today: dt.date
) -> None:
    FormerUpn.objects.create(pupil=cy.pupil, upn=valid_upn(70012))
    write_marks(bo, dt.date(2026, 4, 20), r"/\ II /\ OO /\ ")
    pupils = [(bo.pupil.upn or "", TERM.format(10, REASON.format("I", 2) + REASON.format("O", 1))), (valid_upn(70012), TERM.format(10, ""))]
    extract = keep(contact_a_client, school_a, census_xml(pupils, reference="2026-10-01"), name="census.xml", today=today)
    snapshot = Snapshot.objects.get()
    assert (snapshot.kind, snapshot.as_at) == ("census_term", dt.date(2026, 10, 1))
    assert (snapshot.first, snapshot.last) == (dt.date(2026, 4, 6), dt.date(2026, 5, 24)), "one term in arrears"
    assert snapshot.rows.get(pupil=bo.pupil).reasons == {"I": 2, "O": 1}
    assert snapshot.rows.get(pupil=cy.pupil).attended == 10, "found by a former number"
    found = words(contact_a_client.get(reverse("snapshot", args=[snapshot.pk])))
    assert "Your census says 7 attended, 1 unauthorised and 1 of code O for Bo Sample; the register has 6, 2 and 2" in found
    original = contact_a_client.get(reverse("extract_original", args=[extract.pk]))
    assert b"TermlyAttendance" in b"".join(original.streaming_content)
    assert original["Content-Type"] == "application/xml"
    assert "attachment" in original["Content-Disposition"]


def test_a_census_without_a_header_is_asked_which_it_is(contact_a_client: Client, school_a: School, bo: Enrolment, today: dt.date) -> None:
    text = census_xml([(bo.pupil.upn or "", TERM.format(140, REASON.format("I", 2)))])
    sent = post_file(contact_a_client, school_a, text, name="census.xml")
    page = contact_a_client.get(sent.url)
    assert "Which school census is this?" in words(page)
    assert "Spring 2026, about 1 August 2025 to 31 December 2025" in words(page)
    keep(contact_a_client, school_a, text, name="census.xml", today=today, covers_census="2026-spring")
    assert (Snapshot.objects.get().first, Snapshot.objects.get().last) == (dt.date(2025, 8, 1), dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (census_xml([("A", "")], doctype='<!DOCTYPE m [<!ENTITY a "b">]>'), "document type declaration"),
        (census_xml([("A", "")]), "no termly attendance"),
        ("UPN,Surname,Attendance %,Absence %\nA,B,1,2\n", "percentages cannot be checked"),
    ],
)
def test_what_cannot_be_kept_is_said_where_it_was_chosen(contact_a_client: Client, school_a: School, text: str, expected: str) -> None:
    response = post_file(contact_a_client, school_a, text, name="census.xml")
    assert response.status_code == 200
    assert expected in words(response)


def test_the_command_keeps_totals_once_it_is_told_of_which_days(school_a: School, bo: Enrolment, tmp_path: Path, today: dt.date) -> None:
    text = summary_text([(bo, (20, 16, 2, 2, 0)), (valid_upn(70013), (20, 20, 0, 0, 0))], urn=school_a.urn)
    refused = command(tmp_path / "a.csv", text)
    assert refused["status"] == "failed"
    assert "--first and --last" in refused["error"]
    tried = command(tmp_path / "a.csv", text, first="2026-09-07", last="2026-09-18", dry_run=True)
    assert (tried["status"], tried["totals_kept"], Snapshot.objects.count()) == ("loaded", 1, 0)
    taken = command(tmp_path / "a.csv", text, first="2026-09-07", last="2026-09-18", source="mysa")
    assert (taken["layout"], taken["totals_kept"], taken["rows_rejected"], taken["marks_set"]) == ("summary", 1, 1, 0)
    assert command(tmp_path / "a.csv", text, first="2026-09-07", last="2026-09-18")["totals_kept"] == 0
    out = io.StringIO()
    call_command("import_register", str(tmp_path / "a.csv"), stdout=out, first="2026-09-07", last="2026-09-17")
    assert "totals of 1 pupil kept beside the register, no mark changed" in out.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_register", str(tmp_path / "a.csv"), census="winter")


def test_rows_of_pupils_who_were_not_there_then_come_back(school_a: School, bo: Enrolment, tmp_path: Path, today: dt.date) -> None:
    gone = enrol(make_pupil("Gone", "Al"), school_a, end=dt.date(2026, 7, 20))
    receipt = command(
        tmp_path / "a.csv", summary_text([(gone, (20, 20, 0, 0, 0))]), school=school_a.urn, first="2026-09-07", last="2026-09-18"
    )
    assert "was not on roll at Alder High School between 7 September 2026 and 18 September 2026" in receipt["rejected"][0]["message"]


def test_what_was_said_cannot_be_changed_or_deleted(school_a: School, bo: Enrolment) -> None:
    snapshot = make_snapshot(school_a, {bo: (20, 16, 2, 2)})
    for change in (
        lambda: snapshot.rows.update(attended=17),
        lambda: snapshot.rows.all().delete(),
        lambda: Snapshot.objects.update(last=dt.date(2026, 9, 20)),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_set_aside_with_a_reason_and_the_file_can_be_sent_with_other_days(
    contact_a_client: Client, officer_client: Client, school_a: School, bo: Enrolment, today: dt.date
) -> None:
    text = summary_text([(bo, (20, 16, 2, 2, 0))])
    keep(contact_a_client, school_a, text, today=today, **BOXES | {"covers_first_day": "1"})
    wrong = Snapshot.objects.get()
    address = reverse("snapshot_set_aside", args=[wrong.pk])
    assert "Say why this snapshot is set aside" in words(contact_a_client.post(address, {"why": ""}))
    contact_a_client.post(address, {"why": "The dates were wrong."})
    contact_a_client.post(address, {"why": "Again."})
    assert "The dates were wrong." in words(officer_client.get(reverse("snapshot", args=[wrong.pk])))
    keep(contact_a_client, school_a, text, today=today, **BOXES)
    assert Snapshot.objects.standing().get().first == FIRST


def test_a_school_may_not_set_aside_what_the_authority_sent(
    contact_a_client: Client, officer: User, school_a: School, bo: Enrolment
) -> None:
    theirs = make_snapshot(school_a, {bo: (20, 16, 2, 2)}, by=officer)
    assert contact_a_client.post(reverse("snapshot_set_aside", args=[theirs.pk]), {"why": "No."}).status_code == 404
    assert "Set this snapshot aside" not in words(contact_a_client.get(reverse("snapshot", args=[theirs.pk])))


def test_a_school_is_not_told_of_pupils_who_left_before_this_year(
    contact_a_client: Client, officer_client: Client, school_a: School, bo: Enrolment
) -> None:
    left = enrol(make_pupil("Longgone", "Al"), school_a, end=dt.date(2026, 5, 20))
    first, last = dt.date(2026, 4, 13), dt.date(2026, 5, 22)
    snapshot = make_snapshot(school_a, {bo: (20, 16, 2, 2), left: (20, 20, 0, 0)}, kind="census_term", first=first, last=last)
    address = reverse("snapshot", args=[snapshot.pk])
    school = words(contact_a_client.get(address))
    assert "Longgone" not in school
    assert "1 pupil who left before this school year is counted above and not named here" in school
    assert "Longgone" in words(officer_client.get(address))


def test_a_page_of_pupils_takes_as_many_queries_as_one_pupil(
    officer_client: Client, school_a: School, bo: Enrolment, django_assert_max_num_queries: Any
) -> None:
    few = make_snapshot(school_a, {bo: (20, 16, 2, 2)})
    spells = [enrol(make_pupil(), school_a) for _ in range(60)]
    for spell in spells[:30]:
        write_marks(spell, FIRST, r"/\ /\ OO")
    many = make_snapshot(school_a, dict.fromkeys(spells, (20, 16, 2, 2)))
    with django_assert_max_num_queries(18) as one:
        officer_client.get(reverse("snapshot", args=[few.pk]))
    most = len(one)
    with django_assert_max_num_queries(most):
        page = officer_client.get(reverse("snapshot", args=[many.pk]))
    assert len(page.context["page"].object_list) == 50
    shown = officer_client.get(reverse("snapshot", args=[many.pk]), {"show": "no_marks"})
    assert len(shown.context["page"].object_list) == 30
    for _ in range(8):
        make_snapshot(school_a, {bo: (20, 16, 2, 2)})
    with django_assert_max_num_queries(most):
        assert len(officer_client.get(reverse("school_snapshots", args=[school_a.urn])).context["compared"]) == 10
