"""Areas, trusts, cohorts and a school's year groups: whose rows, every number that of the list it opens, few queries, plain words."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, User
from attendance.models import EnrolmentFigures, Flag
from schools import groups
from schools.models import Area, Characteristic, Enrolment, Pupil, School, Trust
from tests import factories
from tests.flows import made_borough
from tests.flows.made_borough import MONDAY, TODAY, Borough
from tests.flows.reading import said
from tests.flows.test_borough import counted, links, same
from tests.flows.test_downloads import read_csv, read_xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    return made_borough.make(school_a, school_b, officer)


@pytest.fixture
def places(borough: Borough, school_a: School, school_b: School) -> dict[str, int]:
    """Both schools in one cluster; the secondary school alone in a trust; another cluster that nobody is in."""
    cluster, other = (Area.objects.create(kind="cluster", name=name) for name in ("North", "South"))
    trust = Trust.objects.create(name="Merebrook Learning Trust", code="T1")
    School.objects.filter(pk__in=[school_a.pk, school_b.pk]).update(cluster=cluster)
    School.objects.filter(pk=school_a.pk).update(trust=trust)
    return {"north": cluster.pk, "south": other.pk, "trust": trust.pk}


PAGES = ["/areas/", "/areas/{north}/", "/trusts/", "/trusts/{trust}/", "/cohorts/", "/cohorts/fsm/", "/cohorts/cla/", "/schools/999801/"]


@pytest.mark.parametrize("part", ["manager", "officer"])
def test_every_number_is_that_of_the_list_it_opens(part: str, cast: dict[str, User], browse, places: dict[str, int]) -> None:  # type: ignore[no-untyped-def]
    client: Client = browse(cast[part])
    tried: set[str] = set()
    for page in PAGES:
        shown = links(client.get(page.format(**places)).content.decode())
        assert shown, page
        for number, address in shown:
            if (number + address) in tried:
                continue
            tried.add(number + address)
            answer = client.get(address)
            assert answer.status_code == 200, address
            words = counted(answer.content.decode(), address.partition("#")[2])
            assert same(number, words) or number.endswith("%"), f"{number} on {page}, but {address} says: {words}"
    assert len(tried) > 60


def test_an_area_is_the_sum_of_its_schools(places: dict[str, int], manager_client: Client) -> None:
    page = said(manager_client.get(f"/areas/{places['north']}/"))
    sessions = [(f.possible, f.authorised + f.unauthorised) for f in EnrolmentFigures.objects.filter(year=2026)]
    possible, missed = (sum(column) for column in zip(*sessions, strict=True))
    assert f"{possible - missed:,} of {possible:,} sessions" in page
    assert f"Absence {100 * missed / possible:.1f}% absence {missed:,} of {possible:,} sessions" in page
    persistent = sum(10 * a >= p for p, a in sessions)
    assert f"{persistent} enrolments of 30 enrolments" in page
    assert "Alder High School Secondary" in page
    assert "Birch Primary School Primary" in page
    assert "80.0% 2,640 of 3,300 sessions" in page, "the same weeks of last year, by hand: 2 of 10 sessions of 30 pupils in 11 weeks"
    assert "Registers to Fri 20 Nov 2026; none of 2 schools has registers missing" in page


def test_an_officer_sees_their_schools_part_and_is_told_so(places: dict[str, int], officer_client: Client) -> None:
    page = said(officer_client.get(f"/areas/{places['north']}/"))
    assert "Your schools only: 1 of the 2 schools of this cluster" in page
    assert "Birch" not in page
    assert "of 20 enrolments" in page
    assert "Your schools only" in said(officer_client.get("/cohorts/fsm/"))


def test_whoever_has_no_school_there_finds_no_area(
    places: dict[str, int], officer_client: Client, stranger_client: Client, manager_client: Client
) -> None:
    assert officer_client.get(f"/areas/{places['south']}/").status_code == 404
    for address in (f"/areas/{places['north']}/", f"/trusts/{places['trust']}/"):
        assert stranger_client.get(address).status_code == 404
    assert "No open school is in it" in said(manager_client.get(f"/areas/{places['south']}/"))
    for address in ("/areas/999999/", "/trusts/999999/", "/cohorts/unicorns/", "/cohorts/no-fsm/"):
        assert manager_client.get(address).status_code == 404
    assert "You have no schools yet" in said(stranger_client.get("/areas/"))


def test_schools_see_no_area_trust_or_cohort(places: dict[str, int], contact_a_client: Client) -> None:
    for address in PAGES[:-1]:
        assert contact_a_client.get(address.format(**places)).status_code == 403


def test_a_cohort_stands_beside_all_pupils_and_those_who_were_in_it_last_year(places: dict[str, int], manager_client: Client) -> None:
    page = said(manager_client.get("/cohorts/fsm/"))
    enrolments, persistent, severe = made_borough.enrolments_by_hand("fsm")
    assert (enrolments, persistent, severe) == (2, 2, 2)
    assert "2 enrolments of 2 enrolments" in page
    assert re.search(r"All pupils \d+\.\d%", page)
    assert "Last year’s are of those who were in the cohort then" in page


def test_a_cohort_of_one_and_one_of_nobody(places: dict[str, int], manager_client: Client) -> None:
    page = said(manager_client.get("/cohorts/ehcp/"))
    assert "of 1 enrolment" in page
    assert "100.0%" in page
    empty = said(manager_client.get("/cohorts/yjs/"))
    assert "Nobody in this cohort has a session this school year" in empty
    assert "%" not in empty


def test_a_cohort_s_phase_opens_the_schools_that_have_it_and_no_others(
    places: dict[str, int], manager_client: Client, administrator_client: Client
) -> None:
    other = factories.make_school("Elm High School", phase=School.Phase.SECONDARY)
    factories.write_marks(factories.enrol(factories.make_pupil(), other), MONDAY, "/\\ " * 20)
    factories.refresh(other, today=TODAY)
    number, address = next(link for link in links(manager_client.get("/cohorts/cla/").content.decode()) if "phase=secondary" in link[1])
    page = said(manager_client.get(address))
    assert number.startswith("1")
    assert "Alder High School" in page
    assert "Elm High School" not in page
    assert "1 school matches these filters" in page
    # who sees no pupils is not told of a school whether a child in care is there
    assert "Elm High School" in said(administrator_client.get(address))


def test_codes_keep_their_capitals_in_the_middle_of_a_sentence(places: dict[str, int], manager_client: Client) -> None:
    assert "flagged: 20 school days of G, N or O" in said(manager_client.get("/cohorts/cla/"))


def test_who_joined_a_cohort_after_the_registers_end_is_not_in_its_figures(
    borough: Borough, school_a: School, manager_client: Client
) -> None:
    """The rollup and the list judge membership on the same day: that of the school's latest session."""
    Characteristic.objects.create(pupil=borough.severe[3], kind="yjs", start=TODAY + dt.timedelta(days=3))
    Characteristic.objects.create(pupil=borough.severe[3], kind="cin", start=dt.date(2026, 9, 1), end=dt.date(2026, 9, 30))
    factories.refresh(school_a, today=TODAY)
    for kind in ("yjs", "cin"):
        assert "No enrolment matches these filters" in said(manager_client.get(f"/pupils/enrolments/?cohort={kind}"))


def test_year_groups_add_up_to_everybody(places: dict[str, int], school_a: School, manager_client: Client) -> None:
    """Nobody is lost whose year group is not known."""
    some = list(Enrolment.objects.filter(school=school_a).order_by("pk")[:6])
    for enrolment, group in zip(some, ("N1", "N2", "R", "", "", "13"), strict=True):
        Enrolment.objects.filter(pk=enrolment.pk).update(year_group=group)
    factories.refresh(school_a, today=TODAY)
    page = said(manager_client.get(f"/trusts/{places['trust']}/"))
    part = page[page.index("By year group") : page.index("By cohort")]
    numbers = [int(n) for n in re.findall(r"(?:Nursery|Reception|Year \d+|Not known) (\d+) enrolments?:", part)]
    assert sum(numbers) == 20
    assert "Nursery 2 enrolments: Nursery" in part
    assert "Not known 2 enrolments: Not known" in part


def test_a_school_sees_its_groups_and_the_phase_only_among_several_others(
    places: dict[str, int], contact_a_client: Client, manager_client: Client
) -> None:
    own = said(contact_a_client.get("/schools/999801/"))
    part = own[own.index("By year group") :]
    assert "Year 8 20 enrolments: Year 8" in part
    assert "not shown" in part, "one secondary school alone: its phase is itself"
    whole = said(manager_client.get("/schools/999801/"))
    assert "not shown" not in whole[whole.index("By year group") : whole.index("By cohort")]


def test_a_school_without_registers_and_nothing_loaded_say_so(school_a: School, manager_client: Client) -> None:
    cluster = Area.objects.create(kind="ward", name="Mereside")
    School.objects.filter(pk=school_a.pk).update(ward=cluster)
    for address in (
        "/areas/",
        f"/areas/{cluster.pk}/",
        "/trusts/",
        "/cohorts/",
        "/cohorts/cla/",
        "/schools/999801/",
        "/pupils/enrolments/",
    ):
        answer = manager_client.get(address)
        assert answer.status_code == 200
        page = said(answer)
        assert "0.0%" not in page, address
        assert "No register" in page or "No sessions yet" in page, address
    assert "not known" in said(manager_client.get(f"/areas/{cluster.pk}/"))


def test_nonsense_in_the_address_is_left_out_in_words(places: dict[str, int], manager_client: Client) -> None:
    query = "?area=x&trust=-1&cohort=unicorns&year_group=99&sex=Q&absence=most&sort=password&page=zz&phase=%00"
    answer = manager_client.get(f"/pupils/enrolments/{query}")
    assert answer.status_code == 200
    assert "This choice is not offered here, so it was left out" in said(answer)
    assert "30 enrolments" in said(answer)
    for address in ("/areas/?area=nonsense&ward=__class__", f"/areas/{places['north']}/?school=-", "/cohorts/?cohort=x"):
        assert manager_client.get(address).status_code == 200


def test_lists_hold_what_their_reader_may_see(places: dict[str, int], contact_a_client: Client, officer_client: Client) -> None:
    for client in (contact_a_client, officer_client):
        assert "20 enrolments" in said(client.get("/pupils/enrolments/"))
        assert "Birch" not in client.get("/pupils/enrolments/").content.decode()
    assert "20 enrolments" in said(contact_a_client.get("/pupils/enrolments/?school=999802")), "a school that is not offered is left out"


def test_who_is_met_with_a_notice(borough: Borough, manager_client: Client) -> None:
    assert "Registers to Fri 20 Nov 2026" in said(manager_client.get("/borough/equality/"))
    """Seven notices of this year, beside those who met the threshold on any day of it, by group; each number opens its list."""
    page = manager_client.get("/borough/equality/")
    words = said(page)
    assert "Ethnicity is not held" in words
    met = Flag.objects.filter(code="penalty_threshold").values("pupil").distinct().count()
    assert f"All pupils {met} pupils who met the threshold" in words
    shown = links(page.content.decode())
    assert len(shown) > 8
    for number, address in shown:
        listed = manager_client.get(address)
        assert same(number, counted(listed.content.decode(), "")), f"{number} here, but {address} says otherwise"


# as files


def sums(rows: list[dict[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def test_an_areas_tables_go_out_as_files_with_what_the_page_shows(places: dict[str, int], manager_client: Client) -> None:
    north = f"/areas/{places['north']}/"
    page = manager_client.get(north).content.decode()
    for table in ("schools", "year-groups", "cohorts"):
        assert f'href="{north}{table}.csv"' in page
        assert f'href="{north}{table}.xlsx"' in page
    rows, words = read_csv(manager_client.get(f"{north}schools.csv"))
    assert [(row["School"], row["URN"], row["Phase"]) for row in rows] == [
        ("Alder High School", "999801", "Secondary"),
        ("Birch Primary School", "999802", "Primary"),
    ]
    figures = EnrolmentFigures.objects.filter(year=2026)
    assert sums(rows, "Absence: of sessions") == sum(figures.values_list("possible", flat=True))
    assert sums(rows, "Persistently absent: of enrolments") == figures.count()
    assert (sums(rows, "Same weeks of last year: sessions"), sums(rows, "Same weeks of last year: of sessions")) == (660, 3300)
    assert words[:2] == ["North, its schools", "For working inside the authority: not for publication."]
    assert "School year 2026/27 to date: registers to Friday 20 November 2026." in words
    years, _ = read_csv(manager_client.get(f"{north}year-groups.csv"))
    assert sums(years, "Enrolments with sessions this year") == figures.count()
    assert read_xlsx(manager_client.get(f"{north}schools.xlsx")).sheetnames == ["North, its schools", "About"]
    event = AuditEvent.objects.filter(kind=AuditEvent.Kind.EXPORT).latest("pk")
    assert (event.detail["table"], event.detail["form"], event.detail["count"]) == ("north-schools", "xlsx", 2)


def test_files_are_in_the_order_of_the_page_they_were_taken_from(places: dict[str, int], manager_client: Client) -> None:
    query = "?school=-name"
    assert f"schools.csv{query}" in manager_client.get(f"/areas/{places['north']}/{query}").content.decode()
    rows, _ = read_csv(manager_client.get(f"/areas/{places['north']}/schools.csv{query}"))
    assert [row["School"] for row in rows] == ["Birch Primary School", "Alder High School"]


@pytest.mark.parametrize("address", ["/areas/{north}/schools.csv", "/cohorts/fsm/schools.csv"])
def test_an_officers_file_holds_their_schools_and_says_so(address: str, places: dict[str, int], officer_client: Client) -> None:
    rows, words = read_csv(officer_client.get(address.format(**places)))
    assert [row["School"] for row in rows] == ["Alder High School"]
    assert "Only the schools that Olive Officer is posted to." in words


def test_areas_wards_trusts_and_cohorts_go_out_too(places: dict[str, int], manager_client: Client) -> None:
    def names(address: str, heading: str) -> list[str]:
        return [row[heading] for row in read_csv(manager_client.get(address))[0]]

    assert names("/areas/areas.csv", "Cluster") == ["North"]
    assert names("/areas/wards.csv", "Ward") == []
    assert names("/areas/trusts.csv", "Trust") == ["Merebrook Learning Trust"]
    assert names(f"/trusts/{places['trust']}/schools.csv", "School") == ["Alder High School"]
    every = names("/cohorts/list.csv", "Cohort")
    assert every[0] == "All pupils"
    assert "Free school meals" in every
    assert set(names("/cohorts/fsm/phases.csv", "Phase")) <= {"Primary", "Secondary"}
    for page, file in (("/areas/", "/areas/areas.csv"), ("/trusts/", "/areas/trusts.csv"), ("/cohorts/", "/cohorts/list.csv")):
        assert f'href="{file}"' in manager_client.get(page).content.decode()
    for address in ("/areas/children.csv", "/areas/areas.exe", "/cohorts/fsm/cohorts.csv", "/cohorts/nonsense/schools.csv"):
        assert manager_client.get(address).status_code == 404, address


def test_every_school_compared_is_in_the_file_of_movers(places: dict[str, int], manager_client: Client) -> None:
    assert 'href="/borough/movers.csv"' in manager_client.get("/borough/").content.decode()
    rows, words = read_csv(manager_client.get("/borough/movers.csv"))
    changes = [float(row["Change"]) for row in rows]
    assert {row["School"] for row in rows} == {"Alder High School", "Birch Primary School"}
    assert changes == sorted(changes, reverse=True)
    assert any("Schools compared: 2." in word for word in words)
    assert manager_client.get("/borough/movers.csv?for=publish").status_code == 404


def test_they_are_asked_in_few_queries(
    places: dict[str, int], manager_client: Client, officer_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        school = factories.make_school(phase=School.Phase.SECONDARY, cluster_id=places["north"], trust_id=places["trust"])
        factories.write_marks(factories.enrol(factories.make_pupil(), school), MONDAY, "OO " * 20)
        factories.refresh(school, today=TODAY)
    for client in (manager_client, officer_client):
        for page in [*PAGES, "/pupils/enrolments/?cohort=fsm&absence=persistent"]:
            client.get(page.format(**places))
            with django_assert_max_num_queries(15):
                client.get(page.format(**places))
    with django_assert_max_num_queries(15):
        manager_client.get("/borough/equality/")


def test_what_is_loaded_is_seen_at_once(places: dict[str, int], school_b: School, manager_client: Client) -> None:
    """The weeks of schools are kept once read: new marks must be on the very next page."""
    address = f"/areas/{places['north']}/"
    before = said(manager_client.get(address))
    enrolment = Enrolment.objects.filter(school=school_b).order_by("pk")[0]
    factories.write_marks(enrolment, {TODAY: "OO"})
    factories.refresh(school_b, today=TODAY)
    after = said(manager_client.get(address))
    missed = [int(re.search(r"Absence \d+\.\d% absence ([\d,]+) of", page)[1].replace(",", "")) for page in (before, after)]  # type: ignore[index]
    assert missed[1] == missed[0] + 2


@pytest.mark.parametrize("value", [value for value, _ in groups.COHORTS])
def test_who_is_in_a_group_is_one_rule_however_it_is_asked(value: str, borough: Borough) -> None:
    """Found by the database, or told from the kinds recorded on the day: then, no longer, not yet."""
    pupils = [factories.make_pupil() for _ in range(5)]
    day = dt.timedelta(days=1)
    spans = [(TODAY - 9 * day, None), (TODAY - 9 * day, TODAY), (TODAY - 9 * day, TODAY - day), (TODAY + day, None)]
    for pupil, (start, end) in zip(pupils, spans, strict=False):
        for kind in ("fsm", "ehcp", "sen_support", "cla"):
            Characteristic.objects.create(pupil=pupil, kind=kind, start=start, end=end)
    found = set(groups.in_cohort(value, TODAY).values_list("pk", flat=True))
    told = Pupil.objects.values_list("pk", groups.recorded(TODAY))
    assert found == {pk for pk, kinds in told if groups.holds_of(value, kinds)}
    if value in ("fsm", "no-fsm", "no-sen", "sen_support"):
        ours = found & {pupil.pk for pupil in pupils}
        assert len(ours) == (3 if value.startswith("no-") else 2)
