"""Giving out cases: the waiting list, specialists, cover, and many at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework import reports, triage, workload
from casework.actions import CaseProblem
from casework.actions import allocation as actions
from casework.models import Case, Cover, Specialist
from schools.models import Characteristic, PolicyValue, Posting, Pupil, School
from tests import factories
from tests.casework import make_case
from tests.conftest import Browse
from tests.flows.reading import said

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


def child(school: School, surname: str = "Teal", *kinds: str) -> Pupil:
    pupil = factories.make_pupil(surname, "Ash")
    factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    for kind in kinds:
        Characteristic.objects.create(pupil=pupil, kind=kind, start=dt.date(2026, 9, 1))
    return pupil


def name(user: User, cohort: str = "youth_justice", *, by: User) -> Specialist:
    return actions.name_specialist(by=by, today=TODAY, now=clock.now(), user=user, cohort=cohort, start=TODAY)


def away(officer: User, cover: User, *, by: User, start: dt.date = TODAY, end: dt.date = dt.date(2026, 12, 4)) -> Cover:
    return actions.arrange_cover(by=by, today=TODAY, now=clock.now(), officer=officer, cover=cover, start=start, end=end, why="Leave")


class TestTheWaitingList:
    def test_by_age_with_whom_and_why(self, manager_client: Client, officer: User, school_a: School) -> None:
        make_case(child(school_a, "Young"), school_a, today=dt.date(2026, 11, 18))
        make_case(child(school_a, "Old"), school_a)
        make_case(child(school_a, "Held"), school_a, officer=officer)
        words = said(manager_client.get(reverse("cases_waiting")))
        assert "2 cases , the longest waiting first" in words
        assert words.index("Old, Ash") < words.index("Young, Ash")
        assert "18 days opened Mon 2 Nov 2026" in words
        assert "Olive Officer is the contact of Alder High School. Carries 0.5 of 45." in words
        assert "Held" not in words

    def test_ticked_cases_go_to_whom_is_suggested(self, manager_client: Client, officer: User, school_a: School, school_b: School) -> None:
        first, second = make_case(child(school_a), school_a), make_case(child(school_b), school_b)
        send = {"case": [f"{case.pk}:1" for case in (first, second)], "to": "suggested"}
        words = said(manager_client.post(reverse("cases_waiting"), send, follow=True))
        assert "1 case given out." in words
        assert "Ash Teal: not given out. Nobody is suggested for it." in words
        first.refresh_from_db()
        assert first.officer == officer
        assert first.entries.filter(kind="assigned", words="Assigned to Olive Officer.").count() == 1

    def test_given_out_together_they_fill_nobody_beyond_what_is_full(
        self, manager_client: Client, officer: User, stranger: User, school_a: School
    ) -> None:
        factories.post(stranger, school_a, part="cover")
        PolicyValue.objects.create(key="load_full", value=50, start=TODAY, reason="Ours", set_at=clock.now())
        cases = [make_case(child(school_a, f"Teal{letter}"), school_a) for letter in "abcd"]
        Case.objects.update(stage="formal")  # two usual cases each: with two of them there is room for one more, with three for none
        send = {"case": [f"{case.pk}:1" for case in cases], "to": "suggested"}
        manager_client.post(reverse("cases_waiting"), send)
        assert sorted(str(case.officer) for case in Case.objects.open()) == ["Olive Officer"] * 3 + ["Sami Stranger"]

    def test_a_case_that_somebody_else_gave_out_meanwhile_is_not_taken_away(
        self, manager_client: Client, manager: User, officer: User, school_a: School
    ) -> None:
        case = make_case(child(school_a), school_a)
        actions.allocate(by=manager, today=TODAY, now=clock.now(), case=case, officer=manager)
        words = said(manager_client.post(reverse("cases_waiting"), {"case": [f"{case.pk}:1"], "to": str(officer.pk)}, follow=True))
        assert "1 case you ticked was given out by somebody else in the meantime." in words
        case.refresh_from_db()
        assert case.officer == manager

    def test_nothing_ticked_is_said(self, manager_client: Client, officer: User, school_a: School) -> None:
        make_case(child(school_a), school_a)
        assert "Tick at least one case" in said(manager_client.post(reverse("cases_waiting"), {"to": "suggested", "case": ["x"]}))

    def test_an_officer_sees_and_gives_out_those_of_their_schools(
        self, officer_client: Client, stranger_client: Client, officer: User, school_a: School, school_b: School
    ) -> None:
        make_case(child(school_a, "Mine"), school_a)
        make_case(child(school_b, "Other"), school_b)
        words = said(officer_client.get(reverse("cases_waiting")))
        assert "Mine, Ash" in words
        assert "Other" not in words
        assert "What each officer carries" not in words  # of colleagues' load the manager knows
        assert "Nobody waits" in said(stranger_client.get(reverse("cases_waiting")))

    def test_the_manager_s_home_counts_them(self, manager: User, officer: User, school_a: School) -> None:
        make_case(child(school_a), school_a)
        found = [(need.title, need.why) for need in triage.needs_today(manager, today=TODAY)]
        assert found == [("1 case without an officer", "The longest waits since 2 November 2026. Each has somebody suggested, and why.")]
        assert triage.needs_today(officer, today=TODAY) == []

    def test_few_questions_however_many(
        self, manager_client: Client, officer: User, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        for n in range(30):
            make_case(child(school_a, f"P{n}", "yjs"), school_a)
        with django_assert_max_num_queries(15):
            assert "30 cases" in said(manager_client.get(reverse("cases_waiting")))


class TestSpecialists:
    def test_one_is_suggested_and_posted_with_the_case(
        self, manager: User, manager_client: Client, officer: User, stranger: User, browse: Browse, school_a: School
    ) -> None:
        name(stranger, by=manager)
        case = make_case(child(school_a, "Teal", "yjs"), school_a)
        page = manager_client.get(reverse("case_assign", args=[case.pk]))
        assert "Sami Stranger is the specialist for youth justice, and the child is one of them." in said(page)
        assert f'<option value="{stranger.pk}" selected>' in page.content.decode()
        assert browse(stranger).get(reverse("case", args=[case.pk])).status_code == 404
        manager_client.post(reverse("case_assign", args=[case.pk]), {"officer": stranger.pk, "version": 1})
        case.refresh_from_db()
        assert case.officer == stranger
        posting = Posting.objects.get(user=stranger)
        assert (posting.school, posting.part, posting.start) == (school_a, "cover", TODAY)
        assert browse(stranger).get(reverse("case", args=[case.pk])).status_code == 200

    def test_an_officer_cannot_post_a_specialist(
        self, officer: User, manager: User, officer_client: Client, stranger: User, school_a: School
    ) -> None:
        name(stranger, by=manager)
        case = make_case(child(school_a, "Teal", "yjs"), school_a)
        page = said(officer_client.post(reverse("case_assign", args=[case.pk]), {"officer": stranger.pk, "version": 1}))
        assert "This person cannot take the case" in page
        with pytest.raises(CaseProblem, match="does not work with Alder High School"):
            actions.allocate(by=officer, today=TODAY, now=clock.now(), case=case, officer=stranger)
        assert not Posting.objects.filter(user=stranger).exists()

    def test_one_who_ended_is_suggested_no_more(self, manager: User, officer: User, stranger: User, school_a: School) -> None:
        named = name(stranger, by=manager)
        assert name(stranger, by=manager) == named  # sent twice
        case = make_case(child(school_a, "Teal", "yjs"), school_a)
        later = TODAY + dt.timedelta(days=1)
        actions.end_specialist(by=manager, today=TODAY, specialist=named)
        assert workload.suggestions([case], workload.team(today=TODAY), today=TODAY)[case.pk].key == stranger.pk
        assert workload.suggestions([case], workload.team(today=later), today=later)[case.pk].key == officer.pk

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"cohort": ""}, "Choose which children"),
            ({"end_day": "1", "end_month": "1", "end_year": "2026"}, "The last day must be on or after the first day"),
            ({"start_day": "31", "start_month": "2"}, "Enter a real date"),
        ],
    )
    def test_bad_input(self, fields: dict[str, str], told: str, manager_client: Client, officer: User) -> None:
        send = {"user": officer.pk, "cohort": "sen", "start_day": "20", "start_month": "11", "start_year": "2026"} | fields
        assert told in said(manager_client.post(reverse("specialist_name"), send))
        assert not Specialist.objects.exists()


class TestCover:
    def test_who_covers_sees_the_schools_and_is_told_what_is_due(
        self, manager: User, officer: User, stranger: User, browse: Browse, school_a: School
    ) -> None:
        case = make_case(child(school_a), school_a, officer=officer, today=dt.date(2026, 10, 1))
        assert reports.needs_today(stranger, today=TODAY) == []
        cover = away(officer, stranger, by=manager)
        assert away(officer, stranger, by=manager) == cover  # sent twice
        found = reports.needs_today(stranger, today=TODAY)
        assert [need.title for need in found] == ["Ash Teal: agree a plan", "Ash Teal: get in touch"]
        assert all(need.why.endswith("You stand in for Olive Officer.") for need in found)
        assert browse(stranger).get(reverse("case", args=[case.pk])).status_code == 200
        case.refresh_from_db()
        assert case.officer == officer  # the case stays whose it is
        assert "Teal, Ash" in said(browse(stranger).get(reverse("cases")))

    def test_the_load_of_who_is_away_is_carried_by_who_covers(self, manager: User, officer: User, stranger: User, school_a: School) -> None:
        make_case(child(school_a), school_a, officer=officer)
        away(officer, stranger, by=manager)
        known = workload.team(today=TODAY)
        assert (known.loads[stranger.pk].weight, known.carried(stranger.pk)) == (0, 5)
        other = make_case(child(school_a), school_a)
        found = workload.suggestions([other], known, today=TODAY)[other.pk]
        assert found.key == stranger.pk
        assert found.passed == ("Olive Officer is away until 4 December 2026, covered by Sami Stranger.",)

    def test_a_posting_to_come_does_not_keep_a_specialist_from_a_case_today(
        self, manager: User, officer: User, stranger: User, school_a: School
    ) -> None:
        away(officer, stranger, by=manager, start=dt.date(2026, 12, 1))
        name(stranger, by=manager)
        case = make_case(child(school_a, "Teal", "yjs"), school_a)
        actions.allocate(by=manager, today=TODAY, now=clock.now(), case=case, officer=stranger)
        assert Case.objects.visible_to(stranger).get() == case
        assert Posting.objects.filter(user=stranger, school=school_a, start=TODAY, end=None).exists()

    def test_back_early_ends_the_postings_too(self, manager: User, officer: User, stranger: User, school_a: School) -> None:
        actions.end_cover(by=manager, today=TODAY, cover=away(officer, stranger, by=manager))
        tomorrow = TODAY + dt.timedelta(days=1)
        assert not Posting.objects.on(tomorrow).filter(user=stranger).exists()
        assert not Cover.objects.on(tomorrow).exists()

    def test_cover_to_come_is_cancelled_without_a_trace_in_postings(self, manager: User, officer: User, stranger: User) -> None:
        cover = away(officer, stranger, by=manager, start=dt.date(2026, 12, 1))
        actions.end_cover(by=manager, today=TODAY, cover=cover)
        assert not Posting.objects.filter(user=stranger).exists()
        assert not Cover.objects.exists()

    def test_what_cannot_be(self, manager: User, officer: User, stranger: User, contact_a: User) -> None:
        away(officer, stranger, by=manager)
        for told, given in (
            ("stands in for Olive Officer from .* Arrange somebody else for Olive Officer", {"officer": stranger, "cover": manager}),
            ("stands in for Olive Officer from 20 November 2026", {"officer": officer, "cover": manager}),
            ("is away from", {"officer": manager, "cover": officer}),
            ("Choose somebody else to stand in", {"officer": manager, "cover": manager}),
            ("does not work cases", {"officer": manager, "cover": contact_a}),
            ("The last day is over", {"officer": manager, "cover": stranger, "start": dt.date(2026, 11, 2), "end": dt.date(2026, 11, 3)}),
            ("more than a year", {"officer": manager, "cover": stranger, "end": dt.date(2028, 1, 1)}),
        ):
            with pytest.raises(CaseProblem, match=told):
                away(by=manager, **given)  # type: ignore[arg-type]


class TestMovingCases:
    def test_an_officer_leaves_and_each_case_goes_where_it_may(
        self, manager_client: Client, officer: User, stranger: User, school_a: School, school_b: School
    ) -> None:
        factories.post(officer, school_b)
        factories.post(stranger, school_b, part="cover")
        near, far = make_case(child(school_b), school_b, officer=officer), make_case(child(school_a, "Far"), school_a, officer=officer)
        page = manager_client.get(reverse("cases_move", args=[officer.pk])).content.decode()
        assert page.count('name="case"') == page.count(" checked") == 2
        send = {"case": [f"{near.pk}:1", f"{far.pk}:1"], "to": str(stranger.pk)}
        words = said(manager_client.post(reverse("cases_move", args=[officer.pk]), send, follow=True))
        assert "1 case given out." in words
        assert "Ash Far: not given out. Sami Stranger does not work with Alder High School" in words
        near.refresh_from_db()
        far.refresh_from_db()
        assert (near.officer, far.officer) == (stranger, officer)

    def test_a_case_that_changed_since_the_page_was_made_is_left(
        self, manager: User, manager_client: Client, officer: User, school_a: School
    ) -> None:
        case = make_case(child(school_a), school_a, officer=officer)
        Case.objects.filter(pk=case.pk).update(version=2)
        words = said(
            manager_client.post(reverse("cases_move", args=[officer.pk]), {"case": [f"{case.pk}:1"], "to": str(manager.pk)}, follow=True)
        )
        assert "Ash Teal: not given out." in words
        assert "changed this case" in words

    def test_the_team_s_page_says_what_each_carries(
        self, manager: User, manager_client: Client, officer: User, stranger: User, school_a: School, django_assert_max_num_queries: Any
    ) -> None:
        make_case(child(school_a), school_a, officer=officer, reason=Case.Reason.SEVERE)
        name(stranger, by=manager)
        away(officer, stranger, by=manager)
        with django_assert_max_num_queries(15):
            words = said(manager_client.get(reverse("case_team")))
        assert "Olive Officer away until Fri 4 Dec 2026, covered by Sami Stranger 1 1 1 of 45 Move cases" in words
        assert "Sami Stranger youth justice stands in for Olive Officer until Fri 4 Dec 2026" in words
