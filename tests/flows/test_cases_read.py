"""The caseload, a case's page and what a school reads of it: filters, counts, few queries, every look written down."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from casework import actions
from casework.models import Case, PlanAction
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)


def make_pupil(school: School, surname: str, *, marks: bool = True) -> Pupil:
    pupil = factories.make_pupil(surname, "Ash")
    spell = factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    if marks:
        factories.write_marks(spell, dt.date(2026, 10, 19), r"/\ /\ II II II " * 5)
    return pupil


@pytest.fixture
def four(school_a: School, officer: User, manager: User) -> dict[str, Case]:
    """One mine with an overdue review, one mine without a plan, one of nobody, one of the manager."""
    pupils = {name: make_pupil(school_a, name) for name in ("Amber", "Blue", "Coral", "Dun")}
    factories.refresh(school_a, today=TODAY)
    found = {
        "Amber": make_case(pupils["Amber"], school_a, by=officer, officer=officer),
        "Blue": make_case(pupils["Blue"], school_a, by=officer, officer=officer, reason=Case.Reason.LATE),
        "Coral": make_case(pupils["Coral"], school_a, by=officer),
        "Dun": make_case(pupils["Dun"], school_a, by=manager, officer=manager),
    }
    make_plan(found["Amber"], review=dt.date(2026, 11, 16))
    return found


def listed(client: Client, query: str = "") -> list[str]:
    return [case.pupil.surname for case in client.get(f"/cases/{query}").context["page"]]


class TestCaseload:
    def test_an_officer_begins_with_their_own_and_those_of_nobody(self, officer_client: Client, four: dict[str, Case]) -> None:
        assert listed(officer_client) == ["Amber", "Blue", "Coral"]
        assert listed(officer_client, "?officer=") == ["Amber", "Blue", "Coral", "Dun"]

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("?officer=mine", ["Amber", "Blue"]),
            ("?officer=nobody", ["Coral"]),
            ("?officer=&review=overdue", ["Amber"]),
            ("?officer=&plan=none", ["Blue", "Coral", "Dun"]),
            ("?officer=&reason=late", ["Blue"]),
            ("?officer=&school=999801&q=dun", ["Dun"]),
            ("?officer=&stage=new&sort=-name", ["Dun", "Coral", "Blue", "Amber"]),
            ("?officer=&stage=closed", []),
            ("?officer=&stage=no-such-stage", ["Amber", "Blue", "Coral", "Dun"]),
        ],
    )
    def test_filters(self, query: str, names: list[str], officer_client: Client, four: dict[str, Case]) -> None:
        assert listed(officer_client, query) == names

    def test_an_officer_s_cases_are_listed_for_the_manager(
        self, manager_client: Client, officer: User, stranger: User, four: dict[str, Case]
    ) -> None:
        assert listed(manager_client) == ["Amber", "Blue", "Coral", "Dun"]
        assert listed(manager_client, f"?officer={officer.pk}") == ["Amber", "Blue"]
        assert listed(manager_client, f"?officer={stranger.pk}") == []  # an officer without cases is no reason to show all

    def test_counts_stand_beside_the_stages(self, officer_client: Client, officer: User, four: dict[str, Case]) -> None:
        now = clock.now()
        actions.move(by=officer, today=TODAY, now=now, case=four["Amber"], stage="supporting")
        actions.close_case(by=officer, today=TODAY, now=now, case=four["Blue"], outcome="improved")
        words = said(officer_client.get("/cases/?officer="))
        assert "All open: 3" in words
        assert "New: 2 Assessing: 0 Supporting: 1 Monitoring: 0 Formal: 0 Closed: 1" in words
        assert listed(officer_client, "?officer=&stage=closed") == ["Blue"]

    def test_figures_are_counts_of_sessions_with_their_day(self, officer_client: Client, four: dict[str, Case]) -> None:
        words = said(officer_client.get("/cases/"))
        assert "30 of 50 sessions" in words
        assert "registers to Fri 20 Nov 2026" in words

    def test_a_child_without_marks_has_no_zero(self, officer_client: Client, officer: User, school_a: School) -> None:
        make_case(make_pupil(school_a, "Ecru", marks=False), school_a, by=officer, officer=officer)
        assert "no sessions yet" in said(officer_client.get("/cases/"))

    def test_nobody_sees_the_cases_of_others(
        self, stranger_client: Client, contact_b_client: Client, four: dict[str, Case], browse: Browse, staff_a: User
    ) -> None:
        assert "Nothing waits for you" in said(stranger_client.get("/cases/"))
        assert "No case is open" in said(contact_b_client.get("/cases/"))
        assert browse(staff_a).get("/cases/").status_code == 403

    def test_a_caseload_of_two_hundred_asks_few_questions(
        self, officer_client: Client, officer: User, school_a: School, django_assert_max_num_queries: object
    ) -> None:
        pupils = [make_pupil(school_a, f"Pupil{n:03d}", marks=n < 3) for n in range(200)]
        for n, pupil in enumerate(pupils):
            make_case(pupil, school_a, by=officer, officer=officer if n % 2 else None)
        factories.refresh(school_a, today=TODAY)
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            page = officer_client.get("/cases/?sort=-missed&page=2")
        assert "200 cases" in said(page)
        assert len(page.context["page"]) == 50


class TestCasePage:
    def test_a_look_is_written_down(self, officer_client: Client, officer: User, four: dict[str, Case]) -> None:
        case = four["Amber"]
        officer_client.get(reverse("case", args=[case.pk]))
        officer_client.get(reverse("case_note", args=[case.pk]))
        looks = AuditEvent.objects.filter(kind="view", subject_type="case", subject_id=case.pk, by=officer)
        assert looks.count() == 2

    def test_those_who_look_after_the_system_are_not_told_the_child_s_name(
        self, officer_client: Client, administrator_client: Client, four: dict[str, Case]
    ) -> None:
        officer_client.get(reverse("case", args=[four["Amber"].pk]))
        words = said(administrator_client.get("/audit/"))
        assert f"Case no. {four['Amber'].pk}" in words
        assert "Amber" not in words

    def test_before_and_since_are_counts_of_the_same_number_of_days(self, officer_client: Client, four: dict[str, Case]) -> None:
        """Opened 2 November, looked at on the 20th: eighteen days before from 15 October, marks from the 19th on."""
        words = said(officer_client.get(reverse("case", args=[four["Amber"].pk])))
        assert "Missed before the case 60.0% 12 of 20 sessions, from Thu 15 Oct 2026" in words
        assert "Missed since it was opened 60.0% 18 of 30 sessions, from Mon 2 Nov 2026" in words

    def test_an_earlier_case_of_the_child_is_a_link_away(self, officer_client: Client, officer: User, four: dict[str, Case]) -> None:
        case = four["Amber"]
        actions.close_case(by=officer, today=TODAY, now=clock.now(), case=case, outcome="improved")
        again = make_case(case.pupil, case.school, by=officer, today=TODAY)
        page = officer_client.get(reverse("case", args=[again.pk]))
        assert "Persistent absence, opened Mon 2 Nov 2026 Closed Fri 20 Nov 2026: improved and sustained" in said(page)
        assert reverse("case", args=[case.pk]) in page.content.decode()

    def test_every_move_that_is_not_possible_says_why(self, officer_client: Client, four: dict[str, Case]) -> None:
        words = said(officer_client.get(reverse("case", args=[four["Coral"].pk])))
        assert "Assign the case to an officer first." in words
        assert "A case cannot go from “New” to “Formal”." in words

    def test_two_hundred_lines_ask_few_questions(
        self, officer_client: Client, officer: User, four: dict[str, Case], django_assert_max_num_queries: object
    ) -> None:
        case = four["Amber"]
        for n in range(200):
            actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words=f"Line {n}")
        for n in range(20):
            PlanAction.objects.create(plan=case.plans.get(), what=f"Action {n}", owner="school", due=TODAY)
        with django_assert_max_num_queries(15):  # type: ignore[operator]
            page = officer_client.get(reverse("case", args=[case.pk]))
        words = said(page)
        assert "Everything: 203" in words or "Everything: 202" in words
        assert "Line 199" in words
        assert "Line 100 " not in words
        assert "Line 100 " in said(officer_client.get(reverse("case", args=[case.pk]), {"page": 2, "kind": "note"})) + " "

    def test_a_legal_officer_reads_and_is_offered_nothing_to_do(self, legal_client: Client, four: dict[str, Case]) -> None:
        page = legal_client.get(reverse("case", args=[four["Amber"].pk])).content.decode()
        assert "Attendance support plan" in page
        assert reverse("case_note", args=[four["Amber"].pk]) not in page


class TestWhatASchoolReads:
    @pytest.fixture
    def told(self, officer: User, school_a: School) -> Case:
        pupil = make_pupil(school_a, "Amber")
        mother = factories.make_parent(pupil, forename="Rowan")
        case = make_case(pupil, school_a, by=officer, officer=officer)
        now = clock.now()
        make_plan(case, by=officer, barrier="domestic_abuse", actions=[
            actions.Agreed("Gate duty", "school", TODAY), actions.Agreed("SECRET-refuge", "service", TODAY),
        ])  # fmt: skip
        make = {"by": officer, "today": TODAY, "now": now, "case": case}
        actions.record_contact(**make, day=TODAY, kind="home_visit", result="spoke", parent=mother, words="SECRET-call")
        actions.write_note(**make, words="SECRET-note")
        actions.write_note(**make, words="OPEN-note", shared=True)
        actions.review_plan(**make, result="carry_on", review=dt.date(2026, 12, 18), words="SECRET-review")
        for action in PlanAction.objects.filter(owner="service"):
            actions.close_action(by=officer, today=TODAY, now=now, action=action, outcome="done", words="SECRET-closing")
        return case

    def test_its_summary_and_what_is_shared_and_nothing_else(self, contact_a_client: Client, told: Case) -> None:
        page = contact_a_client.get(reverse("case", args=[told.pk])).content.decode()
        for words in ("New", "Olive Officer", "Attendance support plan", "Gate duty", "OPEN-note", "Fri 18 Dec 2026"):
            assert words in page
        for words in ("SECRET", "Home visit", "Rowan", "Domestic abuse", "domestic_abuse", "Last contact"):
            assert words not in page, words

    @pytest.mark.parametrize("kind", ["contact", "note", "action"])
    def test_no_filter_of_the_chronology_opens_more(self, kind: str, contact_a_client: Client, told: Case) -> None:
        page = contact_a_client.get(reverse("case", args=[told.pk]), {"kind": kind}).content.decode()
        assert "SECRET" not in page
        assert "Home visit" not in page

    def test_the_list_tells_it_nothing_of_contacts(self, contact_a_client: Client, told: Case) -> None:
        words = said(contact_a_client.get("/cases/"))
        assert "Amber, Ash" in words
        assert "Last contact" not in words

    def test_it_closes_its_own_action_and_no_other(self, contact_a_client: Client, told: Case, contact_a: User) -> None:
        ours, theirs = PlanAction.objects.get(owner="school"), PlanAction.objects.get(owner="service")
        assert contact_a_client.get(reverse("plan_action_close", args=[theirs.pk])).status_code == 404
        answer = contact_a_client.post(
            reverse("plan_action_close", args=[ours.pk]), {"outcome": "done", "words": "Every day."}, follow=True
        )
        assert "Done: Gate duty. Every day." in said(answer)
        ours.refresh_from_db()
        assert (ours.done, ours.done_by) == (TODAY, contact_a)

    def test_another_school_of_the_child_sees_no_case(self, contact_b_client: Client, told: Case, school_b: School) -> None:
        factories.enrol(told.pupil, school_b, start=dt.date(2026, 9, 1), kind="subsidiary")
        assert contact_b_client.get(reverse("case", args=[told.pk])).status_code == 404


def test_a_closed_case_is_kept_to_be_read(officer_client: Client, officer: User, four: dict[str, Case]) -> None:
    case = four["Amber"]
    actions.close_case(by=officer, today=TODAY, now=clock.now(), case=case, outcome="home_educated")
    page = officer_client.get(reverse("case", args=[case.pk]))
    words = said(page)
    assert "Closed: educated at home On Fri 20 Nov 2026 by Olive Officer" in words
    assert "Attendance support plan" in words
    assert reverse("case_note", args=[case.pk]) not in page.content.decode()
