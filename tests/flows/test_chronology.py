"""One story a child, from cases and from registers: what it tells, to whom, as a page, a table and a PDF."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from attendance.models import Flag
from casework import actions
from casework.actions import blitzes, care, pupil_reports, safeguarding
from casework.models import BlitzChild, Case, TellWorker
from dashboards import chronology, stories
from dashboards.chronology import Asked
from dashboards.models import Story
from schools.actions import enquiries
from schools.models import JointEnquiry, Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    pupil = factories.make_pupil("Teal", "Ash")
    spell = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    factories.write_marks(spell, dt.date(2026, 11, 2), r"/\ /\ /\ /\ /\ ")
    factories.write_marks(spell, dt.date(2026, 11, 9), r"OO II /\ /\ /\ ")
    factories.refresh(school_a, today=TODAY)
    return pupil


@pytest.fixture
def case(pupil: Pupil, school_a: School, officer: User) -> Case:
    case = make_case(pupil, school_a, by=officer, officer=officer)
    make_plan(case, by=officer)
    actions.record_contact(
        by=officer, today=TODAY, now=clock.now(), case=case, day=TODAY, kind="phone", result="spoke", words="SECRET-call"
    )
    actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words="SHARED-note", shared=True)
    return case


def at(pupil: Pupil, **asked: Any) -> str:
    return reverse("chronology", args=[pupil.pk]) + "?" + "&".join(f"{k}={v}" for k, v in asked.items())


def told(pupil: Pupil, user: User, kind: str = "") -> list[tuple[dt.date, str, str]]:
    found = chronology.lines(pupil, user, Asked(dt.date(2026, 8, 1), TODAY, kind))
    return [(line.day, line.kind, line.words) for line in found]


def test_a_week_is_summed_from_its_marks(pupil: Pupil, officer: User) -> None:
    [(day, kind, found)] = told(pupil, officer, "register")
    assert (day, kind) == (dt.date(2026, 11, 9), "register")
    assert found.startswith("Missed 4 of 10 sessions in the week from 9 November 2026: 2 O (")
    assert found.endswith(" 2 unauthorised.")


def test_everything_stands_in_one_order(pupil: Pupil, case: Case, officer: User) -> None:
    found = told(pupil, officer)
    days = [day for day, _, _ in found]
    assert days == sorted(days, reverse=True)
    assert [kind for _, kind, _ in found if kind not in ("flag",)] == ["note", "contact", "register", "plan", "opened", "roll"]
    # an earlier case of the same child belongs to the story
    actions.close_case(by=officer, today=TODAY, now=clock.now(), case=case, outcome="improved")
    again = make_case(pupil, case.school, by=officer, officer=officer, today=TODAY)
    actions.write_note(by=officer, today=TODAY, now=clock.now(), case=again, words="NEW-note")
    assert {"SHARED-note", "NEW-note"} <= {words for _, _, words in told(pupil, officer)}


def test_a_school_reads_its_part(
    pupil: Pupil, case: Case, contact_a_client: Client, contact_b_client: Client, staff_a_client: Client
) -> None:
    page = contact_a_client.get(at(pupil)).content.decode()
    assert "SHARED-note" in page
    assert "Missed 4 of 10 sessions" in page
    assert "SECRET-call" not in page
    assert contact_b_client.get(at(pupil)).status_code == 404
    assert staff_a_client.get(at(pupil)).status_code == 403


def test_another_schools_marks_are_not_told_to_a_school(
    pupil: Pupil, school_b: School, contact_b: User, contact_a: User, officer: User
) -> None:
    spell = factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1), kind="subsidiary")
    factories.write_marks(spell, dt.date(2026, 11, 16), "OO OO OO OO OO ")
    assert any("Birch" in words for _, _, words in told(pupil, officer))
    assert not any("Birch" in words for _, _, words in told(pupil, contact_a))
    assert not any("Alder" in words for _, _, words in told(pupil, contact_b))


def test_it_is_narrowed_by_kind_and_days_and_says_what_it_did_not_understand(pupil: Pupil, case: Case, officer_client: Client) -> None:
    only = officer_client.get(at(pupil, kind="contact")).content.decode()
    assert "SECRET-call" in only
    assert "SHARED-note" not in only
    early = officer_client.get(at(pupil, first="2026-11-01", last="2026-11-15")).content.decode()
    assert "Missed 4 of 10" in early
    assert "SECRET-call" not in early
    for wrong in ({"first": "2026-11-15", "last": "2026-11-01"}, {"last": "2030-01-01"}, {"first": "x"}, {"kind": "x"}):
        page = officer_client.get(at(pupil, **wrong))
        assert page.status_code == 200
        assert "A choice was not understood" in said(page)


def test_what_was_done_outside_any_case_belongs_to_the_story(
    pupil: Pupil, school_a: School, officer: User, contact_a: User, officer_client: Client
) -> None:
    """A consideration, a door of a blitz, a conference, a first day of absence, the social worker told, a joint enquiry."""
    by: dict[str, Any] = {"by": officer, "today": TODAY, "now": clock.now()}
    spell = pupil.enrolments.get()
    safeguarding.consider(**by, pupil=pupil, day=TODAY, considered_by="SECRET-person", level="early_help", referred=False, why="SECRET-why")
    blitz = blitzes.plan_blitz(**by, day=TODAY, schools=[school_a], codes=["O"], form_token=None)
    door = BlitzChild.objects.create(blitz=blitz, enrolment=spell, school=school_a, code="O")
    blitzes.record_door(**by, child=door, result="spoke", child_seen=True, words="SECRET-door")
    report = pupil_reports.make_report(**by, pupil=pupil, purpose="conference")
    pupil_reports.log_attendance(**by, report=report, met=TODAY, went="officer", outcome="SECRET-outcome")
    care.respond(**by, enrolment=spell, kind="call", result="spoke", words="With an aunt. مرحبا 😀")
    TellWorker.objects.create(
        enrolment=spell, about="absence", first=TODAY, last=TODAY, evidence="1 N", opened=TODAY, due=TODAY, told_on=TODAY,
        told_by="C. Alder", worker="Duty worker", answered=TODAY, answered_by=contact_a,
    )  # fmt: skip
    enquiry = JointEnquiry.objects.create(
        enrolment=spell, ground="i", opened=TODAY, opened_at=clock.now(), first=TODAY, last=TODAY, days=10, evidence="10 days"
    )
    enquiries.record_step(**by, enquiry=enquiry, what="visit", day=TODAY, found="Nobody in.")

    found = [(kind, words) for _, kind, words in told(pupil, officer) if kind not in ("flag", "register", "roll")]
    assert sorted(kind for kind, _ in found) == ["care", "care", "contact", "enquiry", "note", "safe"]
    assert ("contact", "Home visit, attendance blitz: spoke about attendance. The child was seen.\nSECRET-door") in found
    assert ("enquiry", "The authority asked. Home visit.\nNobody in.") in found
    assert ("care", "Told of the absence: Duty worker. No reply recorded.") in found
    assert any(words.endswith("\nWith an aunt. مرحبا 😀") for _, words in found)
    assert [kind for _, kind, _ in told(pupil, officer, "care")] == ["care", "care"]
    school = [words for _, _, words in told(pupil, contact_a)]
    assert any("Nobody in." in words for words in school)
    assert not any("SECRET" in words for words in school)
    assert "With an aunt. مرحبا 😀" in officer_client.get(at(pupil)).content.decode()


def test_a_flag_is_not_said_to_have_rested_on_later_marks(pupil: Pupil, officer: User) -> None:
    flag = Flag.objects.create(
        pupil=pupil, code="sickness", year=2026, opened=dt.date(2026, 10, 5), reason="15 of 60 sessions.", policy_version="1",
        noticed_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    words = f"{flag.get_code_display()}, from this day on. By now: 15 of 60 sessions."
    assert (dt.date(2026, 10, 5), "flag", words) in told(pupil, officer)


def test_few_queries(pupil: Pupil, case: Case, officer_client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(15):
        officer_client.get(at(pupil))


def test_the_table_holds_the_same_lines_and_runs_no_formula(pupil: Pupil, case: Case, officer: User, officer_client: Client) -> None:
    actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words="=HYPERLINK(1)\nشكراً 🙂")
    answer = officer_client.get(reverse("chronology_download", args=[pupil.pk, "csv"]))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert rows[0] == ["Day", "Kind", "What happened", "Written by", "Written on"]
    assert "'=HYPERLINK(1)\nشكراً 🙂" in {row[2] for row in rows if len(row) > 2}
    count = len(told(pupil, officer))
    assert len(rows) - rows.index([]) >= 2
    assert rows.index([]) == count + 1


def test_the_pdf_is_what_its_asker_may_read_and_theirs_alone(
    pupil: Pupil, case: Case, contact_a: User, contact_a_client: Client, officer_client: Client
) -> None:
    fields = {"first": "2026-09-01", "last": "2026-11-20", "kind": ""}
    for _ in range(2):
        contact_a_client.post(reverse("chronology_ask", args=[pupil.pk]), fields)
    story = Story.objects.get()
    printed = stories.html(story)
    assert "SHARED-note" in printed
    assert "SECRET-call" not in printed
    stories.make(story.pk, now=clock.now())
    story.refresh_from_db()
    assert story.status == "made"
    address = reverse("chronology_file", args=[pupil.pk, story.pk])
    answer = contact_a_client.get(address)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert officer_client.get(address).status_code == 404
