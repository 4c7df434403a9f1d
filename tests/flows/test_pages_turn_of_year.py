"""The pages at the turn of the school year: what rests on last year's marks stays in sight, and nothing is asked for too soon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from attendance.models import Flag
from schools.models import Pupil, School
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
        assert "no sessions yet in 2026/27 not known" in listed
        assert "Okonkwo" not in said(officer_client.get("/pupils/?absence=5"))
