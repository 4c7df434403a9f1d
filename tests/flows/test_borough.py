"""The borough's page: every number is that of the list it opens, beside what it may be compared with, in few queries."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import User
from attendance.models import SchoolYear
from attendance.rates import Figures
from attendance.reports import cuts as cut_reports
from attendance.reports.national import comparators
from dashboards import trends
from dashboards.trends import Week
from schools.models import PolicyValue, School
from tests import factories
from tests.flows import made_borough
from tests.flows.made_borough import TODAY, Borough
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    return made_borough.make(school_a, school_b, officer)


def links(page: str) -> list[tuple[str, str]]:
    """Each number on the page that is a link: what is shown of it, and the address it opens."""
    found = re.findall(r'<a class="[^"]*dm-number" href="([^"]+)">(.*?)</a>', page, re.DOTALL)
    return [(re.sub(r"<span.*?</span>|<[^>]+>", "", shown), html.unescape(address)) for address, shown in found]


def same(number: str, words: str) -> bool:
    """Does a list say that it is as long as the number promised? A percentage, or that it is not known, is in what it says."""
    if number.endswith("%") or number == "not known":
        return number in words
    first = re.search(r"\d[\d,]*", words)
    return first is not None and first[0] == number.partition(" ")[0]


def counted(page: str, anchor: str) -> str:
    """What a list says of how long it is: in its first line, or in the heading of the part that the address names."""
    part = re.search(rf'id="{anchor}".*?</h2>', page, re.DOTALL) if anchor else re.search(r'<p[^>]*role="status">.*?</p>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", part[0])) if part else ""


@pytest.mark.parametrize("part", ["manager", "legal"])
def test_every_number_is_that_of_the_list_it_opens(part: str, cast: dict[str, User], browse, borough: Borough) -> None:  # type: ignore[no-untyped-def]
    client: Client = browse(cast[part])
    shown = links(client.get("/borough/").content.decode())
    assert len(shown) > 40
    for number, address in shown:
        answer = client.get(address)
        assert answer.status_code == 200, address
        words = counted(answer.content.decode(), address.partition("#")[2])
        assert same(number, words), f"{number} on the borough's page, but {address} says: {words}"


def test_nothing_is_left_without_a_number(borough: Borough, manager_client: Client) -> None:
    """What was made is on the page: nothing above is equal because both are nothing."""
    page = said(manager_client.get("/borough/"))
    assert "Severely absent, no plan 5 pupils severely absent and without a plan of 6 flagged as severely absent" in page
    assert "Registers to Fri 20 Nov 2026" in page
    assert "Open cases 4 open cases 2 without an officer" in page
    assert "Meetings held, autumn 2026/27 1 meeting held 3 schools without a meeting" in page
    assert "Penalty notices issued 7 notices" in page
    assert "1 school of 4 schools has registers missing." in page
    assert "Olive Officer 1 school of Olive Officer 2 open cases of Olive Officer 1 review overdue of Olive Officer" in page
    assert "4 open cases in all, 2 without an officer" in page
    assert "Held 1 meeting held Planned 1 meeting planned Schools without 3 schools without a meeting" in page
    assert re.search(r"Autumn 2026/27 \d schools? rated red in autumn 2026/27", page)
    assert "2 schools not rated in autumn 2026/27" in page
    assert "2 requests wait for a decision" in page
    assert re.search(r"Issued 7 notices ?: 1 paid ?, 1 withdrawn ?, 0 prosecuted", page)
    assert "Unpaid past day 28 1 notice unpaid past day 28" in page


@pytest.mark.parametrize("cohort", ["fsm", "ehcp", "cla"])
def test_cohorts_count_enrolments_of_whom_it_was_true_when_registers_ended(cohort: str, borough: Borough, manager_client: Client) -> None:
    page = manager_client.get("/borough/").content.decode()
    enrolments, persistent, severe = made_borough.enrolments_by_hand(cohort)
    assert enrolments
    by_address = {address: int(number) for number, address in links(page) if f"cohort={cohort}" in address}
    base = "/pupils/enrolments/?"
    assert by_address == {
        f"{base}cohort={cohort}": enrolments,
        f"{base}absence=persistent&cohort={cohort}": persistent,
        f"{base}absence=severe&cohort={cohort}": severe,
    }


def test_last_year_is_cut_off_where_this_year_stands(borough: Borough, manager_client: Client) -> None:
    """Last year's registers go on for fifteen more weeks: none of them is counted."""
    page = said(manager_client.get("/borough/"))
    assert "Last year: Mon 8 Sep 2025 to Fri 21 Nov 2025" in page
    weeks = trends.weeks(cut_reports.read(School.objects.values_list("pk", flat=True), [2025])[2025])
    assert weeks[-1].monday > TODAY.replace(year=2025)
    # 11 weeks of 10 sessions for 30 pupils, 2 sessions missed in each week
    assert "80.0% 2,640 of 3,300 sessions" in page


def test_each_school_is_cut_off_where_its_own_registers_end(
    borough: Borough, school_a: School, school_b: School, manager_client: Client
) -> None:
    """A school that has fallen silent, or has sent nothing yet, must not weigh on last year's side alone."""
    SchoolYear.objects.filter(school=school_b, year=2026).delete()
    page = said(manager_client.get("/borough/"))
    assert "80.0% 1,760 of 2,200 sessions" in page  # 20 pupils of one school
    assert "1 school, each to the week that its own registers reach now" in page


def test_a_cohort_with_a_comma_in_its_name_is_said_whole(borough: Borough, manager_client: Client) -> None:
    page = said(manager_client.get("/borough/"))
    assert "Education, health and care plan 1 enrolment: Education, health and care plan 100.0%" in page


def test_the_same_week_of_last_year_is_fifty_two_weeks_before() -> None:
    """1 August 2028 is a Tuesday: counted from the week that holds it, the two Septembers would lie a week apart."""
    missed = Figures(10, 9, 1, 0)
    weeks = {2028: [Week(dt.date(2028, 9, 4), missed)], 2027: [Week(dt.date(2027, 9, 6), missed)]}
    chart = trends.trend(weeks, 2028)
    assert chart is not None
    assert [[shown(cell) for cell in row] for row in chart.rows] == [["4 Sep", "10.0% 1 of 10 sessions", "10.0% 1 of 10 sessions"]]


def shown(cell: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", cell).split())


def test_a_week_with_few_of_the_usual_sessions_is_a_gap_and_says_of_how_many_it_is() -> None:
    """In the last week one school alone was still open: nobody of a cohort missed its 19 sessions, which is no 0%."""
    days = [dt.date(2026, 9, 7) + dt.timedelta(weeks=n) for n in range(7)]
    usual, few, quiet = Figures(100, 90, 10, 0), Figures(19, 19, 0, 0), Figures(20, 15, 5, 0)
    found = [Week(day, figures) for day, figures in zip(days, (few, usual, usual, usual, usual, quiet, few), strict=True)]
    chart = trends.trend({2026: found}, 2026)
    assert chart is not None
    assert [shown(row[1]) for row in chart.rows] == [
        "too few to say 0 of 19 sessions",
        *["10.0% 10 of 100 sessions"] * 4,
        "25.0% 5 of 20 sessions",
        "too few to say 0 of 19 sessions",
    ]
    assert "from 10.0% (14 Sep) to 25.0% (12 Oct), last 25.0% (12 Oct)" in chart.svg
    assert "less than 20% of the possible sessions of a usual week" in chart.note
    added = trends.to_date({2026: found}, {}, 2026)
    assert added is not None
    assert shown(added.rows[0][1]) == "too few to say 0 of 19 sessions"
    assert shown(added.rows[-1][1]) == "9.8% 45 of 458 sessions", "from September on the few count with the others"
    whole = trends.trend({2026: found[1:6]}, 2026)
    assert whole is not None
    assert not whole.note


def test_england_is_named_with_its_dates_and_never_shown_where_nothing_is_published(borough: Borough, manager_client: Client) -> None:
    page = said(manager_client.get("/borough/"))
    secondary = comparators().same_point("secondary", TODAY)
    assert secondary is not None
    assert f"{100 - secondary.absence_pct:.1f}%" in page
    assert "8 September 2025 to 10 July 2026" in page
    assert "to Fri 21 Nov 2025, primary, secondary schools, mixed as" in page
    assert re.search(r"Pupil referral unit 1 school not known no sessions yet not published", page)
    assert re.search(
        r"Severe absence \d+\.\d% severe absence 6 of 30 enrolments 0\.0% 0 of 30 enrolments not published not published", page
    )
    sessions = r"[\d,]+ of [\d,]+ sessions"
    unauthorised = rf"Unauthorised absence \d+\.\d% unauthorised absence {sessions} \d+\.\d% {sessions} \d+\.\d% \d+\.\d%"
    assert re.search(unauthorised, page), "published for that point of the year too"


def test_it_is_asked_in_few_queries_however_large_the_borough(
    borough: Borough, manager_client: Client, legal_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for client in (manager_client, legal_client):
        client.get("/borough/")
        with django_assert_max_num_queries(15):
            client.get("/borough/")


def test_an_authority_without_schools_is_told_what_to_do(manager_client: Client) -> None:
    page = said(manager_client.get("/borough/"))
    assert "No school is open yet" in page
    assert "0.0%" not in page


def test_a_borough_without_registers_says_so_and_shows_no_zero_percent(school_a: School, manager_client: Client) -> None:
    page = said(manager_client.get("/borough/"))
    assert "No register has been loaded for 2026/27 yet" in page
    assert "No figures yet" in page
    assert "0.0%" not in page
    assert "No school has been rated this term" in page
    assert "none of" not in page, "nothing is known: that none is missing cannot be said"


def test_nothing_is_said_to_be_complete_where_no_register_has_come(
    school_a: School, manager_client: Client, officer_client: Client, contact_a_client: Client
) -> None:
    factories.enrol(factories.make_pupil(), school_a)
    for client in (manager_client, officer_client):
        home = said(client.get("/"))
        assert "Every school with pupils on roll has sent its registers" not in home
        assert "No school has sent a register of 2026/27 yet" in home
    assert "No school day of the last 4 weeks is known" in said(contact_a_client.get("/"))
    page = said(manager_client.get("/schools/999801/"))
    assert "Closed" not in page, "it is not known to have been"
    assert "nothing tells on which of their days the school met" in page


def test_only_those_who_lead_see_the_whole_borough(officer_client: Client, contact_a_client: Client, administrator_client: Client) -> None:
    for client in (officer_client, contact_a_client, administrator_client):
        assert client.get("/borough/").status_code == 403


def test_the_schools_to_look_at_first_stand_there_with_their_reasons(borough: Borough, school_a: School, manager_client: Client) -> None:
    """Four pupils at the secondary school missed half and have, but for one, no plan: it leads, and says so with the numbers behind it."""
    page = said(manager_client.get("/borough/"))
    part = page[page.index("Schools to look at first Alder") : page.index("Absence that has grown")]
    assert re.match(r"Schools to look at first Alder High School Secondary, 28 pupils", part)
    assert re.search(r"Absence is \d+\.\d% \([\d,]+ of [\d,]+ sessions\): \d+\.\d points above England’s secondary schools", part)
    assert "3 pupils are severely absent and without a plan" in part
    assert "No register this school year" in part, "Cedar Primary has pupils and has sent nothing: a reason too"
    assert "Nothing else is weighed" in part


def test_a_school_is_set_beside_others_by_its_change_only_on_enough_sessions(borough: Borough, manager_client: Client) -> None:
    """2,200 and 1,100 possible sessions this year by hand: policy decides which of the two schools is compared."""
    page = said(manager_client.get("/borough/"))
    assert "2 schools are compared" in page
    own = {"value": 1500, "start": dt.date(2026, 9, 1), "reason": "Larger schools only", "set_at": clock.now()}
    PolicyValue.objects.create(key="compare_sessions", **own)
    page = said(manager_client.get("/borough/"))
    assert "1 school is compared; 1 school with registers is not, having under 1,500 possible sessions" in page
