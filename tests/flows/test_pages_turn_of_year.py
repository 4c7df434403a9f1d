"""The pages at the turn of the school year: what rests on last year's marks stays in sight, and nothing is asked for too soon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from attendance.models import Flag
from schools.models import Closure, Pupil, School, Term
from tests import factories
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(school_a: School) -> Pupil:
    """Over the penalty threshold, and ten school days away without authority, when the summer began."""
    pupil = factories.make_pupil("Okonkwo", "Ada")
    factories.write_marks(factories.enrol(pupil, school_a), dt.date(2026, 6, 8), r"/\ " * 20 + "OO " * 11)
    return pupil


class TestFlagsOverTheSummer:
    @pytest.mark.parametrize("day", ["2026-08-15", "2026-09-16"])
    def test_flags_that_count_over_years_are_shown_and_counted(
        self, day: str, child: Pupil, school_a: School, settings: Any, officer_client: Client, contact_a_client: Client
    ) -> None:
        settings.DAYMARK_TODAY = day
        today = dt.date.fromisoformat(day)
        if today.month == 9:  # few sessions of the new year: too few to say anything of its shares
            factories.write_marks(child.enrolments.get(), dt.date(2026, 9, 7), "OO " * 7)
        factories.refresh(school_a, today=today)
        assert Flag.objects.open().filter(low_data=True).count() >= 2
        for client in (officer_client, contact_a_client):
            home = said(client.get("/"))
            assert "Penalty notice threshold: 1" in home
            assert "10 school days absent in a row: 1" in home
            assert "Persistent absence: 0" in home
            assert "Ada Okonkwo" in home
            listed = said(client.get("/pupils/"))
            assert "1 pupil has an open flag" in listed
            assert "Okonkwo, Ada" in listed
            assert "Penalty notice threshold since" in listed, "resting on enough sessions, whatever the new year holds"
            assert "1 pupil matches these filters" in said(client.get("/pupils/?flag=continuous_absence"))
        assert "Penalty notice threshold: 1" in said(officer_client.get("/schools/999801/")).replace(" :", ":")

    def test_a_pupil_without_a_session_this_year_is_said_to_have_none(
        self, child: Pupil, school_a: School, settings: Any, officer_client: Client
    ) -> None:
        settings.DAYMARK_TODAY = "2026-08-15"
        factories.refresh(school_a, today=dt.date(2026, 8, 15))
        listed = said(officer_client.get("/pupils/"))
        assert "no sessions yet this year" in listed
        assert "no possible session this year not known" in listed
        assert "Okonkwo" not in said(officer_client.get("/pupils/?absence=5"))


class TestRegistersMissing:
    """A school is said to be missing when a school day of its own has gone by without a register, and not before."""

    @pytest.fixture
    def both(self, school_a: School, school_b: School) -> list[School]:
        for school in (school_a, school_b):
            enrolment = factories.enrol(factories.make_pupil(), school)
            factories.write_marks(enrolment, dt.date(2026, 6, 8), r"/\ " * 20)
        return [school_a, school_b]

    def silent(self, client: Client) -> bool:
        home = said(client.get("/"))
        told = "missing since" in home or "No register this school year" in home
        assert told == ("Alder" in said(client.get("/schools/?silent=behind")).partition("match")[2])
        assert told == ("Warning" in said(client.get("/schools/999801/")))
        return told

    def test_nothing_is_missing_in_august(
        self, both: list[School], settings: Any, manager_client: Client, contact_a_client: Client
    ) -> None:
        settings.DAYMARK_TODAY = "2026-08-15"
        factories.refresh(*both, today=dt.date(2026, 8, 15))
        assert not self.silent(manager_client)
        assert "No school day of the last 4 weeks is known: no register has been loaded for 2026/27 yet" in said(contact_a_client.get("/"))

    def test_a_schools_own_first_day_must_have_gone_by(self, both: list[School], settings: Any, manager_client: Client) -> None:
        Term.objects.create(school=both[0], name="Autumn", start=dt.date(2026, 9, 2), end=dt.date(2026, 12, 18))
        settings.DAYMARK_TODAY = "2026-09-02"
        assert not self.silent(manager_client)
        settings.DAYMARK_TODAY = "2026-09-03"
        assert self.silent(manager_client)

    def test_without_terms_the_others_tell(self, both: list[School], settings: Any, manager_client: Client) -> None:
        settings.DAYMARK_TODAY = "2026-09-09"
        factories.write_marks(both[1].enrolments.get(), dt.date(2026, 9, 7), r"/\ " * 2)
        factories.refresh(*both, today=dt.date(2026, 9, 9))
        assert self.silent(manager_client)
        Closure.objects.create(school=both[0], name="INSET", start=dt.date(2026, 9, 7), end=dt.date(2026, 9, 8))
        assert not self.silent(manager_client), "it did not meet, whatever the others did"

    def test_training_days_at_the_end_of_a_week_are_not_missing(self, both: list[School], settings: Any, manager_client: Client) -> None:
        settings.DAYMARK_TODAY = "2026-11-20"
        factories.write_marks(both[0].enrolments.get(), dt.date(2026, 11, 16), r"/\ " * 3)
        factories.write_marks(both[1].enrolments.get(), dt.date(2026, 11, 16), r"/\ " * 5)
        factories.refresh(*both, today=dt.date(2026, 11, 20))
        assert self.silent(manager_client)
        assert "1 school day missing" in said(manager_client.get("/schools/"))
        Closure.objects.create(school=both[0], name="INSET", start=dt.date(2026, 11, 19), end=dt.date(2026, 11, 20))
        assert not self.silent(manager_client)

    def test_one_pupils_sunday_makes_no_register_newer(self, school_a: School, settings: Any, manager_client: Client) -> None:
        settings.DAYMARK_TODAY = "2026-11-23"
        mates = [factories.enrol(factories.make_pupil(), school_a) for _ in range(3)]
        for enrolment in mates:
            factories.write_marks(enrolment, dt.date(2026, 11, 16), r"/\ " * 5)
        factories.write_marks(mates[0], {dt.date(2026, 11, 22): "/\\"})
        factories.refresh(school_a, today=dt.date(2026, 11, 23))
        assert "registers to Fri 20 Nov 2026" in said(manager_client.get("/"))
        assert "Registers to Fri 20 Nov 2026" in said(manager_client.get("/schools/999801/"))


class TestThresholdOfLastYear:
    def test_the_page_says_which_weeks_and_when_it_was_reached(
        self, child: Pupil, school_a: School, settings: Any, officer_client: Client
    ) -> None:
        settings.DAYMARK_TODAY = "2026-08-15"
        factories.refresh(school_a, today=dt.date(2026, 8, 15))
        page = said(officer_client.get(f"/pupils/{child.pk}/"))
        assert "in the 10 school weeks to the week of Mon 20 Jul 2026" in page
        assert "Reached in an earlier school year, on Fri 10 Jul 2026 (PM)" in page
        assert "Not reached anew in 2026/27" in page
