"""The authority beside others, and a school beside those like it: what is published, what is ours, and who may see whose."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attendance.benchmarks import shipped
from attendance.models import PublishedFigure, StatisticalNeighbour
from attendance.reports import standing as standings
from schools.models import Authority, Characteristic, PolicyValue, School
from tests import factories
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
MONDAY = dt.date(2026, 9, 7)


@pytest.fixture
def sefton(authority: Authority) -> Authority:
    """As a real authority: DfE publishes figures and neighbours under its number."""
    return factories.make_authority(name="Sefton Council", la_code="343")


@pytest.fixture
def registers(school_a: School, school_b: School) -> None:
    for school, marks in ((school_a, r"/\ /\ /\ /\ OO "), (school_b, r"/\ /\ /\ /\ /\ ")):
        for _ in range(5):
            factories.write_marks(factories.enrol(factories.make_pupil(), school), MONDAY, marks * 11)
    factories.refresh(school_a, school_b, today=TODAY)


def published(code: str, phase: str, snapshot: str = "") -> dict[str, str]:
    """The row of DfE's own file."""
    name = "year_to_date_2024_2026.csv.gz" if snapshot else shipped.FULL_YEAR.name
    wanted = {"old_la_code": f"{code}.0", "phase": phase} | ({"snapshot": snapshot} if snapshot else {})
    with gzip.open(shipped.DATA / name, "rt", encoding="utf-8", newline="") as file:
        return next(row for row in csv.DictReader(file) if wanted.items() <= row.items())


def stand(code: str = "343", **choices: Any) -> standings.Standing:
    wanted = {"measure": "absence", "phase": "secondary", "day": TODAY} | choices
    return standings.standing(code, among=standings.places(), **wanted)


def test_an_authority_stands_beside_its_region_england_and_ten_neighbours() -> None:
    found = stand()
    assert found.own is not None
    assert found.region is not None
    assert (found.own.area.name, found.region.area.name, found.england.area.name) == ("Sefton", "North West", "England")
    assert [(n.rank, n.area.name, n.closeness) for n in found.others[:2]] == [(1, "Wirral", "Very close"), (2, "St. Helens", "Close")]
    assert [n.rank for n in found.others] == list(range(1, 11))
    whole, then = published("343", "Secondary"), published("343", "Secondary", "2025-12-04")
    assert found.own.value == float(whole["overall_absence_perc"]) == 10.262
    assert found.own.value_then == float(then["overall_absence_perc"])
    assert found.own.then is not None
    assert (found.own.then.last, found.own.then.published) == (dt.date(2025, 11, 21), dt.date(2025, 12, 4))


@pytest.mark.parametrize("measure", ["attendance", "absence", "authorised", "unauthorised", "persistent"])
def test_every_rate_is_the_one_in_the_file(measure: str) -> None:
    columns = {"persistent": "pa_perc", "attendance": "attendance_perc", "absence": "overall_absence_perc"}
    column = columns.get(measure, f"{measure}_absence_perc")
    for phase in ("primary", "secondary", "special", "all"):
        row = published("383", "Total" if phase == "all" else phase.capitalize())
        own = stand("383", measure=measure, phase=phase).own
        assert own is not None
        assert own.value == pytest.approx(float(row[column]), abs=0.0011), phase


def test_severe_absence_is_of_the_last_school_year_that_is_published_and_of_no_point_in_it() -> None:
    found = stand(measure="severe", phase="all")
    assert found.own is not None
    assert (found.own.value, found.own.value_then) == (2.96, None)
    assert found.own.newest is not None
    assert (found.own.newest.year, found.own.newest.published) == (2024, None)
    assert found.england.value == 2.39


def test_withheld_is_not_known_and_is_no_ground_for_a_nought() -> None:
    for measure in ("attendance", "absence", "persistent"):
        found = stand("201", measure=measure, phase="primary")  # City of London has one primary school
        assert found.own is not None
        assert (found.own.value, found.own.value_then) == (None, None)


def test_an_authority_without_neighbours_says_so() -> None:
    found = stand("999")
    assert (found.own, found.region, found.others, found.edition) == (None, None, [], "")
    assert found.why_none == "No statistical neighbours are published for an authority with the number 999."
    assert found.england.value == 8.49
    like = stand("999", like="343")
    assert [line.area.name for line in like.others[:2]] == ["Sefton", "Wirral"]


def test_the_page_sets_ours_beside_what_is_published(sefton: Authority, registers: None, manager_client: Client) -> None:
    page = said(manager_client.get("/borough/compare/?measure=absence&phase=secondary"))
    assert "Sefton Council, now 20.0% 110 of 550 sessions, our own figure from registers to Fri 20 Nov 2026" in page
    assert "1 of 1 school has sent registers this year" in page
    assert "Sefton, as published this authority 10.3%" in page
    assert "Wirral neighbour 1: very close 9.2%" in page
    assert "Published: Mon 8 Sep 2025 to Fri 10 Jul 2026" in page
    assert "published 23 July 2026" in page
    assert "Same point of last year: Mon 8 Sep 2025 to Fri 21 Nov 2025" in page
    assert "points higher" in page  # 20.0% against anybody's


def test_any_authorities_side_by_side_under_an_address_that_can_be_kept(sefton: Authority, manager_client: Client) -> None:
    """As Sefton sets Knowsley, Liverpool and Wirral."""
    answer = manager_client.get("/borough/compare/?measure=persistent&phase=secondary&la=340&la=341&la=344")
    page = said(answer)
    for name, value in (("Knowsley", "33.5%"), ("Liverpool", "27.0%"), ("Wirral", "25.4%")):
        assert f"{name} chosen {value}" in page
    assert "neighbour 1" not in page
    assert answer.content.decode().count(" checked") == 3
    assert 'role="img"' in answer.content.decode()


@pytest.mark.parametrize(
    "nonsense",
    ["measure=joy", "phase=moon", "la=000", "la=x&la=340", "like=zz", "measure=&phase=&la=&like=", "la=%00", "measure=joy&measure=absence"],
)
def test_nonsense_in_the_address_is_answered_in_words(nonsense: str, sefton: Authority, manager_client: Client) -> None:
    answer = manager_client.get(f"/borough/compare/?{nonsense}")
    assert answer.status_code == 200
    page = said(answer)
    assert "Compare with other authorities" in page
    if nonsense not in {"measure=&phase=&la=&like=", "measure=joy&measure=absence"}:
        assert "There is a problem" in page
        assert "left out" in page
    if "340" in nonsense:
        assert "Knowsley chosen" in page
    else:
        assert "Wirral neighbour 1" in page


def test_more_authorities_than_can_be_shown_are_refused_in_words(sefton: Authority, manager_client: Client) -> None:
    offered = [area.code for area in standings.authorities(standings.places())]
    assert len(offered) == 153
    assert "909" not in offered  # Cumbria, abolished
    many = offered[:30]
    page = said(manager_client.get("/borough/compare/?" + "&".join(f"la={code}" for code in many)))
    assert "Choose at most 20 authorities. 30 were chosen" in page


def test_an_authority_of_which_nothing_is_published_sees_its_own_figure_alone(registers: None, officer_client: Client) -> None:
    page = said(officer_client.get("/borough/compare/"))
    assert "No statistical neighbours are published for an authority with the number 999" in page
    assert "Nothing is published for Merebrook Council under the number 999" in page
    assert "90.0%" in page
    assert "0.0%" not in page.replace("90.0%", "")


def test_without_registers_ours_is_not_known(sefton: Authority, manager_client: Client) -> None:
    page = said(manager_client.get("/borough/compare/?phase=primary"))
    assert "Sefton Council, now not known No register of these schools has been loaded for 2026/27 yet" in page


def test_the_page_asks_few_questions(
    sefton: Authority, registers: None, manager_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in ("/borough/compare/", "/borough/compare/?la=340&la=341"):
        with django_assert_max_num_queries(10):
            manager_client.get(address)


def test_it_is_found_from_the_borough_and_from_an_officers_home(registers: None, manager_client: Client, officer_client: Client) -> None:
    assert 'href="/borough/compare/"' in manager_client.get("/borough/").content.decode()
    assert 'href="/borough/compare/"' in officer_client.get("/").content.decode()


def test_newer_figures_and_neighbours_are_on_the_page_at_once(sefton: Authority, manager_client: Client) -> None:
    said_at = {"kind": "year_to_date", "phase": "secondary", "year": 2026, "published": dt.date(2026, 12, 3)}
    for area, absence in (("970", "7.1"), ("343", "9.1"), ("340", "9.9")):
        PublishedFigure.objects.create(area=area, absence=absence, loaded_at="2026-12-03T09:00Z", **said_at)
    StatisticalNeighbour.objects.create(edition="2027-05", authority="343", rank=1, neighbour="340", closeness="Close")
    page = said(manager_client.get("/borough/compare/?measure=absence&phase=secondary"))
    assert "2026/27 so far, published" in page
    assert "Sefton, as published this authority 9.1%" in page
    assert "Knowsley neighbour 1: close 9.9%" in page
    assert "edition 2027-05" in page


# similar schools


@pytest.fixture
def primaries(school_b: School) -> list[School]:
    """Four more primary schools with registers: of 4, 5, 6 and 7 pupils, half of whom have free school meals; school B has 5."""
    made = [factories.make_school(f"{name} Primary School", phase=School.Phase.PRIMARY) for name in ("Cedar", "Dogwood", "Elder", "Fir")]
    for number, school in zip((5, 4, 5, 6, 7), (school_b, *made), strict=True):
        for n in range(number):
            pupil = factories.make_pupil()
            if n % 2:
                Characteristic.objects.create(pupil=pupil, kind="fsm", start=dt.date(2025, 9, 1))
            marks = r"/\ /\ /\ /\ /\ " if n else r"/\ /\ /\ /\ OO "
            factories.write_marks(factories.enrol(pupil, school), MONDAY, marks * 11)
    factories.refresh(school_b, *made, today=TODAY)
    return made


def test_the_authority_sees_which_and_why(primaries: list[School], school_b: School, manager_client: Client) -> None:
    page = said(manager_client.get(f"/schools/{school_b.urn}/similar/"))
    assert "Dogwood Primary School roll 5 against 5 (0.0); FSM 40% against 40% (0.0); SEN 0% against 0% (0.0) 0.0" in page
    assert "Cedar Primary School roll 4 against 5 (2.0); FSM 50% against 40% (4.0); SEN 0% against 0% (0.0) 6.0" in page
    assert "Deprivation: not known" in page
    assert page.index("Dogwood Primary School roll") < page.index("Elder Primary School roll") < page.index("Cedar Primary School roll")
    assert "Alder High School" not in page  # another phase


def test_a_school_sees_a_range_and_no_name(primaries: list[School], school_b: School, contact_b_client: Client) -> None:
    answer = contact_b_client.get(f"/schools/{school_b.urn}/similar/")
    page = said(answer)
    assert "95.0% to 97.1% attendance of the 4 nearest with registers" in page
    assert "Attendance here, 2026/27 so far 96.0%" in page
    for other in primaries:
        assert other.name not in page
        assert f"/schools/{other.urn}/" not in answer.content.decode()


def test_of_fewer_than_three_no_range_is_shown(school_b: School, contact_b_client: Client, manager_client: Client) -> None:
    twins = [factories.make_school(phase=School.Phase.PRIMARY) for _ in range(2)]
    for school in (school_b, *twins):
        factories.write_marks(factories.enrol(factories.make_pupil(), school), MONDAY, r"/\ " * 5)
    factories.refresh(school_b, *twins, today=TODAY)
    page = said(contact_b_client.get(f"/schools/{school_b.urn}/similar/"))
    assert "Fewer than three of them have registers this year" in page
    assert "100.0% to" not in page
    # nothing is said of anybody's free school meals: not known is no share of nought
    assert "FSM not known against not known (not counted)" in said(manager_client.get(f"/schools/{school_b.urn}/similar/"))


def test_weights_that_a_manager_set_are_gone_by_and_named(primaries: list[School], school_b: School, manager_client: Client) -> None:
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    for key, value in (("similar_fsm", 0), ("similar_sen", 0), ("similar_number", 3)):
        PolicyValue.objects.create(key=key, value=value, start=dt.date(2026, 11, 1), reason="Size is what matters here", set_at=now)
    page = said(manager_client.get(f"/schools/{school_b.urn}/similar/"))
    assert "Cedar Primary School roll 4 against 5 (2.0) 2.0" in page
    assert "FSM" not in page
    assert "local 2026-11-01" in page
    assert "Fir Primary School" not in page  # the fourth


def test_a_school_alone_in_its_phase_or_without_pupils_is_told_so(school_a: School, manager_client: Client) -> None:
    assert "Nobody is on roll here" in said(manager_client.get(f"/schools/{school_a.urn}/similar/"))
    factories.enrol(factories.make_pupil(), school_a)
    assert "No other school of its kind" in said(manager_client.get(f"/schools/{school_a.urn}/similar/"))


def test_an_officer_may_open_only_their_own(primaries: list[School], school_a: School, officer_client: Client) -> None:
    factories.enrol(factories.make_pupil(), school_a)
    other = factories.make_school("Gorse High School")
    factories.enrol(factories.make_pupil(), other)
    answer = officer_client.get(f"/schools/{school_a.urn}/similar/")
    assert "Gorse High School" in said(answer)
    assert f'href="/schools/{other.urn}/"' not in answer.content.decode()
    assert officer_client.get(f"/schools/{other.urn}/similar/").status_code == 404


def test_similar_schools_ask_few_questions(
    primaries: list[School], school_b: School, manager_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        manager_client.get(f"/schools/{school_b.urn}/similar/")
