"""The grid of schools and days, what is behind a day, the alarm on the home pages, and schools that supply no registers."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command

from accounts import clock
from accounts.models import AuditEvent
from attendance import supply
from attendance.models import Extract, Load, NotSupplying
from attendance.supply import SupplyProblem
from schools.models import Term
from tests import factories
from tests.factories import enrol, make_pupil, make_school, post, write_marks
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 11, 16)
WEDNESDAY = dt.date(2026, 11, 18)


@pytest.fixture
def registers(school_a, school_b, today):
    """Both in term. Alder sent Monday and Tuesday, Tuesday only for one of two pupils; Birch the whole week."""
    for school in (school_a, school_b):
        Term.objects.create(school=school, name="Autumn", start=dt.date(2026, 11, 2), end=dt.date(2026, 12, 18))
        school.telephone = "01632 960123"
        school.save()
    first, second = enrol(make_pupil("Unmarked", "Una"), school_a), enrol(make_pupil("Marked", "Max"), school_a)
    write_marks(first, MONDAY, r"/\ ")
    write_marks(second, MONDAY, r"/\ /\ ")
    write_marks(enrol(make_pupil(), school_b), dt.date(2026, 11, 2), r"/\ " * 15)
    factories.refresh(school_a, school_b, today=today)
    return first, second


@pytest.fixture
def noon(monkeypatch):
    monkeypatch.setattr(clock, "time_of_day", lambda: dt.time(12))


def say(school, by, *, start=WEDNESDAY, until=dt.date(2026, 12, 4), reason="Moving to another system", today=dt.date(2026, 11, 20)):
    return supply.say_not_supplying(by=by, today=today, now=clock.now(), school=school, start=start, until=until, reason=reason)


def test_the_grid_shows_each_school_and_day_the_worst_first(registers, manager_client):
    page = manager_client.get("/registers/").content.decode()
    words = said(manager_client.get("/registers/"))
    assert page.index("Alder High School") < page.index("Birch Primary School")
    assert "Alder High School, Tue 17 Nov 2026: 1 of 2 pupils marked in the morning, 1 in the afternoon" in words
    assert "Alder High School, Wed 18 Nov 2026: no mark" in words
    assert "Alder High School, Fri 20 Nov 2026: no mark yet" in words
    assert "Birch Primary School, Fri 20 Nov 2026: all 1 pupils marked" in words
    assert "Sat 14 Nov" not in words


def test_each_sees_their_own_schools(registers, officer_client, contact_b_client, stranger_client):
    assert "Birch" not in said(officer_client.get("/registers/")).replace("Filters", "")
    theirs = contact_b_client.get("/registers/").content.decode()
    assert "Alder" not in theirs
    assert 'name="officer"' not in theirs  # nothing to choose schools by, where there is one
    assert 'name="officer"' in officer_client.get("/registers/").content.decode()
    assert "You have no schools yet" in said(stranger_client.get("/registers/"))


@pytest.mark.parametrize(
    ("choices", "schools"),
    [
        ("status=missing", {"Alder"}),
        ("status=partial", {"Alder"}),
        ("status=complete", {"Birch"}),
        ("status=alarm", {"Alder"}),
        ("status=not-supplying", set()),
        ("phase=primary", {"Birch"}),
        ("q=alder", {"Alder"}),
        ("period=half-term", {"Alder", "Birch"}),
        ("period=dates&first=2026-11-16&last=2026-11-16&status=missing", set()),
        ("period=dates&first=2026-11-16&last=2026-11-16&status=complete", {"Alder", "Birch"}),
    ],
)
def test_it_is_filtered_and_the_period_chosen(choices, schools, registers, manager_client):
    words = said(manager_client.get(f"/registers/?{choices}")).partition("Clear filters")[2]
    assert {name for name in ("Alder", "Birch") if name in words} == schools


def test_a_half_term_begins_with_the_schools_own(registers, manager_client):
    assert "Mon 2 Nov 2026 to Fri 20 Nov 2026" in said(manager_client.get("/registers/?period=half-term"))


@pytest.mark.parametrize("choices", ["first=rubbish", "period=dates&first=2026-12-01&last=2026-01-01", "period=x", "first=1826-01-01"])
def test_a_period_that_makes_no_sense_is_answered_in_words(choices, registers, manager_client):
    assert manager_client.get(f"/registers/?{choices}").status_code == 200


def test_fifteen_questions_however_many_schools(registers, manager, manager_client, officer, officer_client, django_assert_max_num_queries):
    for number in range(60):
        school = make_school(f"School {number:02d}", telephone="01632 960000")
        write_marks(enrol(make_pupil(), school), MONDAY, r"/\ ")
        post(officer, school)
        if number % 9 == 0:
            say(school, manager)
        factories.refresh(school, today=dt.date(2026, 11, 20))
    for client in (manager_client, officer_client):
        client.get("/registers/")
        for address in ("/registers/", "/registers/?period=half-term&status=missing&sort=name&page=2", "/", "/schools/", "/ratings/"):
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200
    with django_assert_max_num_queries(15):
        manager_client.get("/borough/")
    with django_assert_max_num_queries(15):
        manager_client.get("/schools/999801/registers/2026-11-17/")


def test_a_day_opens_on_who_has_no_mark_and_which_extracts_spoke_of_it(registers, officer_client):
    words = said(officer_client.get("/schools/999801/registers/2026-11-17/"))
    assert "In part: 1 of 2 pupils on roll have a mark in the morning" in words
    assert "Una Unmarked" in words
    assert "Max Marked" not in words
    assert "2 marks of 1 pupil" in words
    assert "No extract that holds this day has been loaded" in said(officer_client.get("/schools/999801/registers/2026-11-18/"))
    for day in ("2026-11-21", "rubbish", "1492-01-01"):
        assert officer_client.get(f"/schools/999801/registers/{day}/").status_code == 404


def test_a_school_looks_up_no_leavers_and_no_file_of_other_schools_by_the_day(registers, school_a, officer_client, contact_a_client):
    enrol(make_pupil("Leaver", "Lea"), school_a, start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 20))
    address = "/schools/999801/registers/2026-07-01/"
    assert "Lea Leaver" in said(officer_client.get(address))
    words = said(contact_a_client.get(address))
    assert "Lea Leaver" not in words
    assert "1 pupil without a mark left before this school year and is not named here" in words
    assert "Every pupil on roll has a mark" not in words
    now = clock.now()
    both = Extract.objects.create(filename="alder-and-birch.csv", sha256="0" * 64, size=1, stored="x", as_at=now, received_at=now)
    load = Load.objects.filter(school=school_a).order_by("pk").last()
    Load.objects.filter(pk=load.pk).update(extract=both)
    address = "/schools/999801/registers/2026-11-17/"
    assert "alder-and-birch.csv" in said(officer_client.get(address))
    assert "alder-and-birch.csv" not in said(contact_a_client.get(address))
    assert "A register that holds other schools too" in said(contact_a_client.get(address))


def test_the_alarm_is_on_the_home_pages_with_whom_to_ring(registers, contact_a, officer_client, manager_client, noon):
    for client in (officer_client, manager_client):
        words = said(client.get("/"))
        assert "Last register Tue 17 Nov 2026, 2 school days missing since, and none of today’s marks by 11:00" in words
        assert "Ring Carys Alder : 01632 960123" in words.replace("Alder:", "Alder :")
    assert "1 school of 2 schools has registers missing" in said(manager_client.get("/borough/"))


def test_a_school_that_is_not_supplying_raises_no_alarm_and_is_named_under_every_total(
    registers, school_a, school_b, officer, officer_client, manager_client, contact_a_client, noon
):
    say(school_a, officer)
    since = "from Wed 18 Nov 2026 until Fri 4 Dec 2026: Moving to another system"
    words = f"In these figures in part: registers of Alder High School end on Tue 17 Nov 2026; it is not supplying any, {since}"
    for address in ("/", "/borough/", "/schools/", "/ratings/", "/registers/", "/schools/999801/"):
        page = said(manager_client.get(address))
        assert (f"Alder High School is not supplying registers, {since}" if address == "/ratings/" else words) in page, address
        assert "Not in these figures" not in page or address == "/ratings/", "its sessions before are counted"
        assert "missing since" not in page, address
    assert words in said(officer_client.get("/"))
    assert words in said(contact_a_client.get("/"))
    assert "Alder High School, Wed 18 Nov 2026: not supplying registers" in said(manager_client.get("/registers/"))
    out = StringIO()
    call_command("figures", "--from", "2026-11-16", "--to", "2026-11-20", stdout=out)
    assert "In these figures in part: Alder High School (999801), which supplied no registers" in out.getvalue()
    out = StringIO()
    call_command("figures", "--from", "2026-11-16", "--to", "2026-11-17", "--json", stdout=out)
    assert json.loads(out.getvalue())["not_supplying"] == []


def test_a_school_none_of_whose_registers_came_is_in_no_figures(registers, school_a, officer, manager_client):
    for school in (school_a, factories.make_school("Cedar High School", urn=999803)):
        say(school, officer)
    page = said(manager_client.get("/schools/"))
    since = "from Wed 18 Nov 2026 until Fri 4 Dec 2026"
    assert f"Not in these figures: Cedar High School is not supplying registers, {since}" in page
    assert f"In these figures in part: registers of Alder High School end on Tue 17 Nov 2026; it is not supplying any, {since}" in page


def test_a_gap_whose_registers_came_after_all_is_named_no_more(registers, school_a, officer, manager_client, today):
    said_ = say(school_a, officer)
    supply.end_not_supplying(by=officer, today=today, now=clock.now(), said=said_, why="The feed works again")
    assert "Alder High School supplied no registers from Wed 18 Nov 2026 to Thu 19 Nov 2026" in said(manager_client.get("/schools/"))
    for spell in registers:
        write_marks(spell, WEDNESDAY, r"/\ /\ ")
    factories.refresh(school_a, today=today)
    assert "supplied no registers" not in said(manager_client.get("/schools/"))


def test_it_is_said_and_ended_in_the_browser_with_a_reason(registers, school_a, officer, officer_client):
    form = {"start_day": "18", "start_month": "11", "start_year": "2026", "until_day": "4", "until_month": "12", "until_year": "2026"}
    answer = officer_client.post("/schools/999801/supply/", form)
    assert "Say why the school supplies no registers" in said(answer)
    answer = officer_client.post("/schools/999801/supply/", form | {"reason": "New system"}, follow=True)
    assert "raises no alarm until 4 December 2026" in said(answer)
    assert "not supplying until" in said(officer_client.get("/schools/"))
    one = NotSupplying.objects.get()
    officer_client.post(f"/supply/{one.pk}/end/", {"why": "The feed works again"})
    one.refresh_from_db()
    assert (one.last, one.ended_by, one.ended_why) == (dt.date(2026, 11, 19), officer, "The feed works again")
    assert [e.act for e in AuditEvent.objects.filter(kind="change").order_by("pk")][-2:] == [
        "School said to supply no registers",
        "School said to supply registers again",
    ]
    assert "The feed works again" in said(officer_client.get("/schools/999801/supply/"))


def test_what_cannot_be_said_is_refused_in_words(registers, school_a, officer, today):
    say(school_a, officer)
    with pytest.raises(SupplyProblem, match="It is said already"):
        say(school_a, officer, start=dt.date(2026, 12, 1), reason="Another reason")
    with pytest.raises(SupplyProblem, match="today or later"):
        say(school_a, officer, start=dt.date(2026, 10, 1), until=dt.date(2026, 10, 9))
    with pytest.raises(SupplyProblem, match="within a year"):
        say(school_a, officer, until=dt.date(2028, 1, 1))
    say(school_a, officer)  # the same again
    assert NotSupplying.objects.count() == 1
    supply.end_not_supplying(by=officer, today=WEDNESDAY, now=clock.now(), said=NotSupplying.objects.get(), why="Said by mistake")
    assert not NotSupplying.objects.touching(dt.date(2026, 1, 1), dt.date(2027, 1, 1)).exists()  # it never held
    say(school_a, officer)
