"""The page of figures: any period and cut, agreeing with registers and with the command, for whoever may see which schools."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import User
from attendance import answering, asking, periods
from attendance.answering import Question
from attendance.cuts import Cut, Kind
from attendance.grouping import Group
from attendance.models import FiguresAsked
from schools import policy
from schools.models import Area, Characteristic, School, Term, Trust
from tests import factories
from tests.conftest import Browse
from tests.factories import enrol, make_pupil, write_marks
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
TERMS = {
    2025: ["09-02 10-24", "11-03 12-19", "01-05 02-13", "02-23 03-27", "04-13 05-22", "06-01 07-21"],
    2026: ["09-02 10-23", "11-02 12-18", "01-05 02-12", "02-22 03-25", "04-12 05-28", "06-07 07-21"],
}


def date(year: int, text: str) -> dt.date:
    return dt.date.fromisoformat(f"{year + (int(text[:2]) < 8)}-{text}")


def terms(school: School) -> None:
    for year, halves in TERMS.items():
        for number, half in enumerate(halves, start=1):
            first, last = half.split()
            Term.objects.create(school=school, name=f"{year} {number}", start=date(year, first), end=date(year, last))


@pytest.fixture
def registers(school_a: School, school_b: School, officer: User) -> None:
    """Two schools with two autumns; the secondary in a trust and a cluster, and one girl in care there."""
    school_a.trust, school_a.cluster = (
        Trust.objects.create(name="Hollin Trust", code="1"),
        Area.objects.create(kind="cluster", name="North"),
    )
    school_a.save()
    for school in (school_a, school_b):
        terms(school)
    for number, (week, last_year) in enumerate([(r"/\ /\ /\ /\ IO ", r"/\ /\ /\ /\ /\ "), (r"GG GG /\ LU NM ", r"II /\ /\ OO /\ ")] * 2):
        pupil = make_pupil(sex="FM"[number % 2])
        spell = enrol(pupil, school_a, year_group=str(7 + number % 2))
        write_marks(spell, dt.date(2026, 9, 7), week * 11)
        write_marks(spell, dt.date(2025, 9, 8), last_year * 40)
        if not number:
            Characteristic.objects.create(pupil=pupil, kind="cla", start=dt.date(2025, 1, 1))
    for week in (r"/\ /\ /\ /\ /\ ", r"OO OO OO /\ /\ ", r"EE /\ /\ /\ /\ "):
        spell = enrol(make_pupil(), school_b, year_group="3")
        write_marks(spell, dt.date(2026, 9, 7), week * 9)  # two weeks behind
        write_marks(spell, dt.date(2025, 9, 8), week * 14)
    factories.refresh(school_a, school_b, today=TODAY)


def command(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("figures", stdout=out, json=True, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


# --- rollups and registers say the same ------------------------------------------------------------------------------

STANDARD = ["year", "week", "dfe_autumn", "term_1", "half_1", "half_2", "rolling"]
CUTS: list[tuple[Group, tuple[Cut, ...]]] = [
    (Group.SCHOOL, ()),
    (Group.PHASE, (Cut(Kind.SEX, "F"),)),
    (Group.TRUST, (Cut(Kind.COHORT, "cla"),)),
    (Group.OFFICER, ()),
    (Group.YEAR_GROUP, ()),
    (Group.COHORT, ()),
    (Group.CODE, ()),
]


@pytest.mark.parametrize("key", STANDARD)
def test_what_rollups_keep_is_what_registers_say(key: str, registers: None) -> None:
    schools = list(School.objects.order_by("pk"))
    days = {"day": dt.date(2026, 10, 7), "first": None, "last": None}
    period = periods.choose(key, year=2026, **days, today=TODAY)
    for group, cuts in CUTS:
        question = Question(period, group, cuts)
        assert question.kept
        kept, read = (
            answering.answer(schools, question, today=TODAY, policy=policy.in_force(TODAY), registers=registers)
            for registers in (False, True)
        )
        assert kept.lines, group
        assert [(line.key, line.value) for line in kept.lines] == [
            (line.key, line.value) for line in read.lines if line.now.figures.possible or line.then or group == Group.CODE
        ]
        by_key = {(line.key, line.value): line for line in read.lines}
        for line in [*kept.lines, kept.whole]:
            other = by_key.get((line.key, line.value), read.whole) if line is not kept.whole else read.whole
            assert line.now.figures == other.now.figures, (group, line)
            assert line.now.codes == other.now.codes
            assert (line.then.figures if line.then else None) == (other.then.figures if other.then else None), (group, line)
            if key != "week":  # of a week: the year to its end, which is another question
                assert line.now.count in (None, other.now.count)
                assert line.then is None or line.then.count in (None, other.then.count if other.then else None)
        assert kept.missing == read.missing == []


def test_last_year_is_cut_off_school_by_school(registers: None, school_a: School, school_b: School) -> None:
    question = Question(periods.choose("year", year=2026, day=None, first=None, last=None, today=TODAY), Group.SCHOOL)
    found = answering.answer([school_a, school_b], question, today=TODAY, policy=policy.in_force(TODAY), registers=False)
    a, b = found.lines
    assert a.then is not None
    assert b.then is not None
    assert (a.then.figures.possible, b.then.figures.possible) == (11 * 10 * 4, 9 * 10 * 3)
    assert b.then.count is not None
    assert tuple(b.then.count) == (3, 2, 1)


def test_a_half_term_that_still_runs_is_set_beside_as_much_of_last_years(registers: None, school_a: School) -> None:
    """Three weeks of November 2026 beside three of 2025, which had seven; who was persistently absent in these is not kept."""
    question = Question(periods.choose("half_2", year=2026, day=None, first=None, last=None, today=TODAY), Group.SCHOOL)
    line = answering.answer([school_a], question, today=TODAY, policy=policy.in_force(TODAY), registers=False).lines[0]
    assert line.now.figures.possible == 3 * 10 * 4
    assert line.then is not None
    assert line.then.figures.possible == line.now.figures.possible
    assert line.then.count is None


def test_two_dates_are_cut_off_too_where_a_school_has_sent_nothing_yet(registers: None, school_a: School, school_b: School) -> None:
    """School B is two weeks behind: of the last three weeks it has one, so one of last year stands beside."""
    days = {"day": None, "first": dt.date(2026, 11, 2), "last": dt.date(2026, 11, 20)}
    for first, wanted in ((dt.date(2026, 11, 2), [3 * 10 * 4, 10 * 3]), (dt.date(2026, 11, 9), [2 * 10 * 4, None])):
        period = periods.choose("dates", year=2026, **(days | {"first": first}), today=TODAY)
        asked = {"today": TODAY, "policy": policy.in_force(TODAY), "registers": True}
        found = [answering.answer([school], Question(period, Group.SCHOOL), **asked).whole.then for school in (school_a, school_b)]
        assert [then.figures.possible if then else None for then in found] == wanted


# --- the page --------------------------------------------------------------------------------------------------------


def test_a_manager_sees_phases_beside_last_year(registers: None, manager_client: Client) -> None:
    page = said(manager_client.get("/figures/?group=phase"))
    assert "2 schools, Year to date, 2026/27" in page
    assert re.search(r"Primary \d+\.\d% \d+ of 270 sessions", page)
    assert re.search(r"Secondary \d+\.\d% \d+ of 440 sessions", page)
    assert "Same point of last year: absence" in page
    assert "20.0% 88 of 440 sessions; now 25.0 points higher, a rise of 125%" in page


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-09-01", "2026-11-20"), ("2026-10-07", "2026-10-07"), ("2026-03-02", "2026-10-09"), ("2019-01-07", "2019-01-11")],
)
def test_the_page_and_the_command_agree(first: str, last: str, registers: None, manager_client: Client, school_a: School) -> None:
    page = said(manager_client.get(f"/figures/?period=dates&first={first}&last={last}&school={school_a.urn}&group=sex"))
    found = command(school=school_a.urn, first=dt.date.fromisoformat(first), last=dt.date.fromisoformat(last))
    if not found["possible"]:
        assert "nothing is known, which is not 0%" in page
        assert "0.0%" not in page
        return
    assert f"Together: attendance {found['attendance_pct']:.1f}% ({found['attended']} of {found['possible']} sessions)" in page
    assert f"Persistently absent {found['pa_pct']:.1f}% ({found['pa_count']} of {found['enrolments_with_sessions']} enrolments)" in page
    assert f"severely absent {found['sa_pct']:.1f}% ({found['sa_count']} of" in page
    assert f"Lost to suspension {found['suspension']['sessions']}" in page
    assert f"Joined and left in-year {found['mobility']['joined']} and {found['mobility']['left']}" in page
    for half in found["weekdays"]:
        assert f"{half['half_day']} {half['absence_pct']:.1f}% {half['absent']} of {half['possible']}" in page
    assert f"All {found['absence_spells']['spells']} {found['illness_spells']['spells']}" in page


def links(page: str) -> dict[str, str]:
    table = page[page.index("<tbody") : page.index("</tbody>")]
    return {name: address.replace("&amp;", "&") for address, name in re.findall(r'<a class="govuk-link" href="([^"]+)">([^<]+)</a>', table)}


@pytest.mark.parametrize("group", ["phase", "trust", "area", "officer", "cohort", "year_group", "sex", "code", "type", "ward"])
def test_each_row_opens_what_is_behind_it(group: str, registers: None, manager_client: Client) -> None:
    """From the authority to schools, from there to the school's page."""
    rows = links(manager_client.get(f"/figures/?group={group}").content.decode())
    if group in ("type", "ward"):
        assert not rows or group == "ward"
    else:
        assert rows
    for name, address in rows.items():
        inner = manager_client.get(f"/figures/{address}")
        assert inner.status_code == 200
        schools = links(inner.content.decode())
        assert set(schools) <= {"Alder High School", "Birch Primary School"}, name
        assert schools, name


def test_behind_a_year_group_of_one_school_are_its_pupils(registers: None, manager_client: Client, school_a: School) -> None:
    rows = links(manager_client.get(f"/figures/?school={school_a.urn}").content.decode())
    page = said(manager_client.get(rows["Year 7"]))
    assert "2 pupils" in page


def test_a_contact_sees_their_own_school_only(
    registers: None, contact_b_client: Client, officer_client: Client, stranger_client: Client
) -> None:
    page = said(contact_b_client.get("/figures/"))
    assert "Birch Primary School, Year to date" in page
    assert "Alder" not in page
    assert "Choose one from the list" in said(contact_b_client.get("/figures/?school=999801"))
    assert "Alder High School, Year to date" in said(officer_client.get("/figures/"))
    assert "You have no schools yet" in said(stranger_client.get("/figures/"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=aeon", "This choice is not offered here"),
        ("group=shoe_size&phase=7", "This choice is not offered here"),
        ("year=1066", "This choice is not offered here"),
        ("period=day&day=yesterday", "this is not a date"),
        ("period=day&day=2027-03-01", "is still to come"),
        ("period=dates&first=2026-11-02", "Enter both dates"),
        ("period=dates&first=2026-11-02&last=2026-10-01", "before it begins"),
        ("period=dates&first=2001-11-02&last=2026-10-01", "at most 3 school years"),
        ("period=dates&first=2027-11-02&last=2027-12-01", "is still to come"),
        ("period=dfe_summer", "This term begins on"),
        ("phase=special", "No school matches these choices"),
        ("period=half_3", "not said when"),
        ("period=week&day=2019-01-07", "nothing is known, which is not 0%"),
        ("sort=-nonsense&page=x", "Together: attendance"),
    ],
)
def test_nonsense_is_answered_in_words(query: str, words: str, registers: None, manager_client: Client) -> None:
    answer = manager_client.get(f"/figures/?{query}")
    assert answer.status_code == 200
    assert words in said(answer)


def test_a_cohort_of_one_and_a_school_without_registers(registers: None, manager_client: Client, school_b: School) -> None:
    page = said(manager_client.get("/figures/?cohort=cla&group=school"))
    assert "Alder High School 80.0% 88 of 110 sessions" in page
    assert "1 of 1 enrolment" in page
    quiet = factories.make_school("Cedar Primary School", phase=School.Phase.PRIMARY)
    enrol(make_pupil(), quiet)
    page = said(manager_client.get("/figures/"))
    assert "1 school of 3 missing" in page
    assert "1 school without a register in this period Cedar Primary School" in page
    page = said(manager_client.get(f"/figures/?school={quiet.urn}"))
    assert "nothing is known, which is not 0%" in page
    assert "0.0%" not in page


def test_what_was_not_possible_is_in_no_percentage(registers: None, manager_client: Client, school_b: School) -> None:
    write_marks(enrol(make_pupil(), school_b), dt.date(2026, 9, 7), "/\\ XX")
    factories.refresh(school_b, today=TODAY)
    page = said(manager_client.get("/figures/?group=code"))
    assert "X: Not of compulsory school age, not required to attend 2 not possible sessions" in page
    assert re.search(r"I: Illness \d\.\d% \d+ of 712 sessions", page)


def test_in_few_queries(
    registers: None, manager_client: Client, school_a: School, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for query in (
        "",
        "group=officer&cohort=cla&period=half_1",
        "group=year_group&period=dfe_autumn",
        f"school={school_a.urn}&group=cohort&sex=F&period=term_1",
        "period=day&day=2026-10-07",
    ):
        with django_assert_max_num_queries(15):
            assert manager_client.get(f"/figures/?{query}").status_code == 200


def test_the_table_can_be_taken_away(registers: None, manager_client: Client) -> None:
    answer = manager_client.get("/figures/table.csv?group=school&period=half_1")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Alder High School" in text
    assert "Half term 1, the school’s own" in text
    assert "not for publication" in text


# --- asked for -------------------------------------------------------------------------------------------------------

QUERY = "period=dates&first=2026-09-07&last=2026-10-09&group=weekday"


def test_what_is_not_kept_is_worked_out_and_stays(
    registers: None, manager_client: Client, manager: User, officer: User, browse: Browse
) -> None:
    page = said(manager_client.get(f"/figures/?{QUERY}"))
    assert "These figures are worked out when you ask for them" in page
    for _ in range(2):  # two clicks
        answer = manager_client.post("/figures/ask/", {"query": QUERY})
    assert answer.headers["Location"] == f"/figures/?{QUERY}"
    asked = FiguresAsked.objects.get()
    assert asking.forgotten() == [asked.pk]
    assert "Waiting for its turn" in said(manager_client.get(f"/figures/?{QUERY}"))
    assert "Waiting for its turn" in said(manager_client.get(f"/figures/asked/{asked.pk}/"))
    assert browse(officer).get(f"/figures/asked/{asked.pk}/").status_code == 404
    done = asking.work_out(asked.pk, today=TODAY, now=clock.now())
    assert done is not None
    assert done.status == "done", done.error
    assert asking.work_out(asked.pk, today=TODAY, now=clock.now()) is None
    assert manager_client.get(f"/figures/asked/{asked.pk}/").headers["HX-Refresh"] == "true"
    page = said(manager_client.get(f"/figures/?{QUERY}"))
    found = command(first=dt.date(2026, 9, 7), last=dt.date(2026, 10, 9))
    assert f"{found['attended']} of {found['possible']} sessions" in page
    assert "Monday morning" in page
    assert "Worked out from the registers as they stood" in page


def test_an_answer_is_the_same_when_it_has_been_kept(registers: None) -> None:
    period = periods.choose("dates", year=2026, day=None, first=dt.date(2026, 9, 7), last=dt.date(2026, 10, 9), today=TODAY)
    question = Question(period, Group.SCHOOL, (Cut(Kind.SEX, "F"), Cut(Kind.YEAR_GROUP, "7")), by_pupil=True)
    schools = list(School.objects.all())
    found = answering.answer(schools, question, today=TODAY, policy=policy.in_force(TODAY), registers=True)
    kept = json.loads(json.dumps([answering.to_values(found), question.as_values()]))
    assert answering.of_values(kept[0]) == replace(found, more=kept[0]["more"])
    assert answering.question_of(kept[1]) == question


def test_one_that_ends_every_worker_is_given_up(registers: None, manager: User) -> None:
    period = periods.choose("year", year=2026, day=None, first=None, last=None, today=TODAY)
    asked = asking.ask(by=manager, now=clock.now(), question=Question(period, Group.WEEKDAY), schools=School.objects.all())
    FiguresAsked.objects.filter(pk=asked.pk).update(attempts=3)
    done = asking.work_out(asked.pk, today=TODAY, now=clock.now())
    assert done is not None
    assert (done.status, done.answer) == ("failed", None)
    assert "three times" in done.error


def test_a_schools_page_stands_beside_its_own_last_year(registers: None, manager_client: Client, school_b: School) -> None:
    """Persistent and severe absence to the same week too: the registers reach 6 November."""
    page = said(manager_client.get(f"/schools/{school_b.urn}/"))
    assert re.search(r"Persistent absence 66\.7% 2 of 3 enrolments 66\.7% 2 of 3 ", page)
    assert re.search(r"Attendance \d+\.\d% \d+ of 270 sessions \d+\.\d% \d+ of 270 ", page)
    assert "52 weeks before" in page
