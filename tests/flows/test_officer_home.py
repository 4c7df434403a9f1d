"""What each person starts the day with, an officer's page, and what a school's and a pupil's page say is being done."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import User
from attendance import waiting
from casework.actions import open_case
from casework.models import Case, Plan, PlanAction
from dashboards import needs
from legal.models import Request
from meetings.models import Action, Meeting
from schools.models import Posting, Pupil, School
from tests import factories
from tests.flows import made_borough, notice_things
from tests.flows.extracts import csv_text, importing
from tests.flows.made_borough import MONDAY, TODAY, Borough
from tests.flows.reading import said
from tests.flows.test_borough import counted, links, same

pytestmark = pytest.mark.django_db


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    return made_borough.make(school_a, school_b, officer)


def case_of(pupil: Pupil, school: School, officer: User | None, *, opened: dt.date = TODAY) -> Case:
    asked = {"origin": Case.Origin.REFERRAL, "reason": Case.Reason.PERSISTENT}
    return open_case(by=officer, today=opened, now=clock.now(), pupil=pupil, school=school, officer=officer, **asked)[0]


def many_cases(school: School, officer: User, count: int) -> None:
    """Cases without a plan, open for long: each needs its officer."""
    for _ in range(count):
        pupil = factories.make_pupil()
        factories.enrol(pupil, school)
        case_of(pupil, school, officer, opened=dt.date(2026, 10, 1))


def test_an_officers_day_begins_with_what_is_overdue_and_says_why(borough: Borough, officer_client: Client) -> None:
    answer = officer_client.get("/")
    home, page = said(answer), answer.content.decode()
    case = Case.objects.get(pupil=borough.severe[0])
    assert f'href="/cases/{case.pk}/plan-review/"' in page
    assert "The review was due on 2 November 2026" in home
    assert "Call home each week" in home  # the school's action is overdue: its officer is told too
    assert "new case without an officer" in home
    assert "Prepare the meeting with Alder High School" in home
    assert home.index("review the plan") < home.index("new case without an officer")
    assert home.index("Call home each week") < home.index("new case without an officer"), "what is overdue before what waits"
    assert "Severe absence: 4" in home


def test_a_long_list_is_cut_and_the_rest_is_a_link_away(school_a: School, officer: User, officer_client: Client) -> None:
    many_cases(school_a, officer, 20)  # each lacks a plan and a contact
    waiting = len(needs.of(officer, today=TODAY).rows)
    home = officer_client.get("/").content.decode()
    assert waiting == 40
    assert home.count("Nobody has been contacted") + home.count("has no plan") + home.count("No contact is recorded") == needs.MOST
    assert f'href="/officers/{officer.pk}/work/">And 15 more</a>' in home
    whole = officer_client.get(f"/officers/{officer.pk}/work/").content.decode()
    assert whole.count(": agree a plan</a>") == whole.count(": get in touch</a>") == 20


def test_new_flags_lead_to_as_many_pupils_as_are_said_to_have_them(borough: Borough, manager_client: Client) -> None:
    """One pupil may have several flags, and one who was entered twice is listed once."""
    borough.severe[3].merged_into = borough.severe[2]
    borough.severe[3].save()
    for client in [manager_client]:
        page = client.get("/").content.decode()
        found = re.search(r'href="/pupils/\?([^"]*new=7[^"]*)">See all (\d+) pupils? with new flags', page)
        assert found, said(client.get("/"))
        listed = counted(client.get(f"/pupils/?{html.unescape(found[1])}").content.decode(), "")
        assert same(found[2], listed), listed
        for chosen, number in re.findall(r'href="/pupils/\?(flag=\w+)">[^<]*: (\d+)', page):
            listed = counted(client.get(f"/pupils/?{chosen}").content.decode(), "")
            assert same(number, listed) or number == "0", listed


def test_nothing_to_do_is_said(officer_client: Client) -> None:
    assert "Nothing is due or overdue" in said(officer_client.get("/"))


def test_a_legal_officers_day_begins_with_the_requests(borough: Borough, legal_client: Client) -> None:
    home = said(legal_client.get("/"))
    assert home.count("Waiting for a decision since") == Request.objects.filter(status="submitted").count() == 2
    assert "Not paid by 28 September 2026: prosecute or withdraw." in home


def test_a_contacts_day_begins_with_what_was_agreed(borough: Borough, school_a: School, contact_a: User, contact_a_client: Client) -> None:
    case = Case.objects.get(pupil=borough.severe[0])
    plan = Plan.objects.get(case=case)
    PlanAction.objects.create(plan=plan, what="Breakfast club", owner="school", due=dt.date(2026, 12, 1))
    PlanAction.objects.create(plan=plan, what="Takes the bus", owner="parent", due=dt.date(2026, 12, 1))
    Action.objects.create(meeting=borough.meeting, what="Ask the nurse", owner="authority", due=dt.date(2026, 12, 1), agreed_by=contact_a)
    home = said(contact_a_client.get("/"))
    assert "Call home each week Overdue, was due Fri 13 Nov 2026" in home
    assert "Breakfast club Due Tue 1 Dec 2026" in home
    assert "Ask the nurse" not in home, "the authority's own"
    assert "Takes the bus" not in home
    assert "Next meeting with the authority Wed 25 Nov 2026, 14:00 At the school, with Olive Officer" in home
    assert home.count("Something is missing") == Request.objects.filter(school=school_a, status="returned").count() > 0


def test_another_schools_contact_and_staff_see_none_of_it(borough: Borough, contact_b_client: Client, staff_a_client: Client) -> None:
    other = said(contact_b_client.get("/"))
    assert "Nothing agreed with the authority is open" in other
    assert "Call home" not in other
    assert "Call home" not in said(staff_a_client.get("/"))


@pytest.mark.parametrize("who", ["manager", "legal", "officer"])
def test_what_needs_an_officer_leads_nobody_to_a_refusal(
    who: str, cast: dict[str, User], browse: Callable[[User], Client], officer: User, borough: Borough
) -> None:
    client = browse(cast[who])
    page = client.get(f"/officers/{officer.pk}/").content.decode()
    needs = page.partition('id="needs"')[2].partition('id="stages"')[0]
    assert "review the plan" in needs
    leads = re.findall(r'href="(/[^"]+)"', needs)
    assert ("plan-review" in needs) is (who != "legal"), "legal reads cases and works none"
    assert [client.get(address).status_code for address in leads] == [200] * len(leads)


@pytest.mark.parametrize("who", ["manager", "legal", "officer"])
def test_numbers_on_an_officers_page_are_those_of_the_lists(
    who: str, cast: dict[str, User], browse: Callable[[User], Client], officer: User, borough: Borough
) -> None:
    client = browse(cast[who])
    answer = client.get(f"/officers/{officer.pk}/")
    shown = links(answer.content.decode())
    assert len(shown) > 5
    for number, address in shown:
        words = counted(client.get(address).content.decode(), "")
        assert same(number, words), f"{number}, but {address} says: {words}"
    assert "Your work" in said(answer) if who == "officer" else "Olive Officer" in said(answer)


def test_an_officer_opens_their_own_page_only(officer: User, officer_client: Client, stranger_client: Client, manager: User) -> None:
    assert officer_client.get(f"/officers/{officer.pk}/").status_code == 200
    assert stranger_client.get(f"/officers/{officer.pk}/").status_code == 404
    assert officer_client.get(f"/officers/{manager.pk}/").status_code == 404


def test_numbers_are_those_of_the_lists_also_for_an_officer_posted_elsewhere(
    school_a: School, school_b: School, officer: User, officer_client: Client, manager_client: Client, borough: Borough
) -> None:
    """Their cases at the school they left are their manager's to give to somebody else: they themselves see them no longer."""
    Posting.objects.filter(user=officer, school=school_a).update(end=TODAY - dt.timedelta(days=1))
    factories.post(officer, school_b, start=TODAY)
    for client in (officer_client, manager_client):
        for number, address in links(client.get(f"/officers/{officer.pk}/").content.decode()):
            words = counted(client.get(address).content.decode(), "")
            assert same(number, words), f"{number}, but {address} says: {words}"
    assert "Open cases 0" in said(officer_client.get(f"/officers/{officer.pk}/"))
    assert "Open cases 2 open cases" in said(manager_client.get(f"/officers/{officer.pk}/"))


def test_a_school_without_pupils_is_said_to_have_none(officer: User, officer_client: Client) -> None:
    factories.post(officer, factories.make_school("Fir Tree Academy"))
    assert "Fir Tree Academy Secondary, no pupil on roll" in said(officer_client.get(f"/officers/{officer.pk}/"))


def test_the_cases_of_somebody_who_has_left_stay_in_sight(
    school_a: School, officer: User, manager_client: Client, borough: Borough
) -> None:
    officer.is_active = False
    officer.save()
    assert "no longer signs in" in said(manager_client.get("/borough/"))
    assert "give their cases to somebody else" in said(manager_client.get(f"/officers/{officer.pk}/"))


def test_a_school_page_says_what_is_under_way(
    borough: Borough, officer_client: Client, contact_a_client: Client, staff_a_client: Client
) -> None:
    page = officer_client.get("/schools/999801/").content.decode()
    words = said(officer_client.get("/schools/999801/"))
    assert 'href="/schools/999801/plan-meeting/"' in page
    assert "Next: Wed 25 Nov 2026, 14:00" in words
    assert "Last: Thu 1 Oct 2026" in words
    assert "Cases 3 open cases" in words
    assert "Agreed actions 1 open action" in words
    assert re.search(r"Rating (Red|Amber|Green) autumn 2026/27", words)
    for number, address in links(page):
        listed = counted(officer_client.get(address).content.decode(), "")
        assert same(number, listed), f"{number}, but {address} says: {listed}"
    theirs = said(contact_a_client.get("/schools/999801/"))
    assert not re.search(r"Rating (Red|Amber|Green)", theirs), "before a manager has published it"
    assert "Plan a meeting" not in theirs
    assert "Cases 3 open cases" in theirs
    assert "Work under way" not in said(staff_a_client.get("/schools/999801/"))


def test_no_meeting_is_offered_for_a_closed_school(school_a: School, officer_client: Client) -> None:
    School.objects.filter(pk=school_a.pk).update(closed=dt.date(2026, 8, 31))
    assert "Plan a meeting" not in said(officer_client.get("/schools/999801/"))


@pytest.fixture
def child(school_a: School, today: dt.date) -> Pupil:
    pupil = factories.make_pupil("Okonkwo", "Ada")
    factories.write_marks(factories.enrol(pupil, school_a), MONDAY, r"/\ OO " * 25)
    factories.refresh(school_a, today=today)
    return pupil


def test_a_pupils_page_offers_each_what_they_may_do_next(child: Pupil, cast: dict[str, User], browse: Callable[[User], Client]) -> None:
    factories.make_parent(child)

    def offered(part: str) -> set[str]:
        page = browse(cast[part]).get(f"/pupils/{child.pk}/").content.decode()
        return {name for name in ("open-case", "refer", "request-notice") if f"/pupils/{child.pk}/{name}/" in page}

    assert offered("officer") == offered("manager") == {"open-case", "refer", "request-notice"}
    assert offered("contact_a") == {"refer", "request-notice"}
    assert offered("legal") == offered("staff_a") == set()


def test_a_flag_leads_to_a_case_and_a_case_takes_its_place(child: Pupil, school_a: School, officer: User, officer_client: Client) -> None:
    flag = child.flags.get(code="severe_absence")
    assert f'href="/pupils/{child.pk}/open-case/?flag={flag.pk}"' in officer_client.get(f"/pupils/{child.pk}/").content.decode()
    case = case_of(child, school_a, officer)
    answer = officer_client.get(f"/pupils/{child.pk}/")
    assert "open-case" not in answer.content.decode()
    assert f'href="/cases/{case.pk}/"' in answer.content.decode()
    assert "Olive Officer works it. It has no plan yet." in said(answer)


def test_nothing_is_said_of_a_notice_below_the_threshold(school_a: School, officer_client: Client) -> None:
    pupil = factories.make_pupil()
    factories.write_marks(factories.enrol(pupil, school_a), MONDAY, "/\\ OO " * 2)
    page = officer_client.get(f"/pupils/{pupil.pk}/").content.decode()
    assert "request-notice" not in page
    assert "Not yet relied on" not in page


def test_what_a_notice_relies_on_is_not_available_against_that_parent(
    school_a: School, officer: User, legal: User, officer_client: Client
) -> None:
    pupil = notice_things.on_holiday(school_a)
    mother, father = factories.make_parent(pupil, forename="Mia"), factories.make_parent(pupil, forename="Finn")
    [notice] = notice_things.issued(officer, legal, pupil, school_a, mother)
    page = said(officer_client.get(f"/pupils/{pupil.pk}/"))
    assert f"{mother}: 0 sessions; {father}: 10 sessions" in page
    assert f"{notice.reference} to {notice.to_name}: issued, not yet served" in page


def test_homes_and_an_officers_page_ask_few_questions_on_a_full_desk(
    borough: Borough,
    school_a: School,
    officer: User,
    cast: dict[str, User],
    browse: Callable[[User], Client],
    tmp_path: Path,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    many_cases(school_a, officer, 15)
    for number in range(15):
        meeting = Meeting.objects.get(pk=borough.meeting.pk)
        owner = "school" if number % 2 else "authority"
        Action.objects.create(meeting=meeting, what=f"Step {number}", owner=owner, due=TODAY, agreed_by=officer)
    header = ["URN", "UPN", "Surname", "Forename", "DOB", "Year", "Date", "AM", "PM"]
    importing(tmp_path, csv_text([header, [school_a.urn, "", "Held", "Ada", "2012-03-04", "9", "2026-11-09", "/", "\\"]]))
    assert waiting.waits(officer), "somebody is to say whose row that is"
    child = borough.severe[0]
    pages = [(part, "/") for part in ("officer", "manager", "legal", "contact_a")]
    pages += [("officer", f"/officers/{officer.pk}/"), ("manager", f"/officers/{officer.pk}/")]
    pages += [(part, address) for part in ("officer", "contact_a") for address in (f"/pupils/{child.pk}/", "/schools/999801/")]
    for part, address in pages:
        client = browse(cast[part])
        client.get(address)
        with django_assert_max_num_queries(15):
            assert client.get(address).status_code == 200
