"""Opening a case from a flag or by hand: one open case a child, and who is told what."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from attendance.models import Flag
from casework.models import Case, Entry
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    """Severely absent: missed every second day of nine weeks, and more."""
    pupil = factories.make_pupil("Teal", "Ash")
    factories.write_marks(factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1)), dt.date(2026, 9, 7), r"/\ OO OO OO OO " * 9)
    factories.refresh(school_a, today=dt.date(2026, 11, 20))
    return pupil


def asked(school: School, officer: User | None, **fields: str) -> dict[str, str]:
    return {"reason": "severe_absence", "school": str(school.pk), "officer": str(officer.pk) if officer else ""} | fields


class TestOpening:
    def test_from_a_flag_its_reason_and_the_officer_stand_ready(self, officer_client: Client, officer: User, pupil: Pupil) -> None:
        flag = Flag.objects.get(pupil=pupil, code="severe_absence")
        page = officer_client.get(reverse("case_open", args=[pupil.pk]), {"flag": flag.pk}).content.decode()
        assert flag.reason in page
        assert '<option value="severe_absence" selected>' in page
        assert f'<option value="{officer.pk}" selected>' in page

    def test_without_a_flag_those_that_are_open_are_offered(self, officer_client: Client, pupil: Pupil) -> None:
        page = officer_client.get(reverse("case_open", args=[pupil.pk]), {"flag": "no-number"}).content.decode()
        assert [f'href="?flag={flag.pk}"' in page for flag in Flag.objects.open().filter(pupil=pupil)] == [True] * 3

    def test_a_case_is_open_with_its_flag_and_says_so(self, officer_client: Client, officer: User, pupil: Pupil, school_a: School) -> None:
        flag = Flag.objects.get(pupil=pupil, code="severe_absence")
        answer = officer_client.post(reverse("case_open", args=[pupil.pk]) + f"?flag={flag.pk}", asked(school_a, officer))
        case = Case.objects.get()
        assert answer["Location"] == reverse("case", args=[case.pk])
        assert (case.origin, case.flag, case.officer, case.stage, case.opened) == ("flag", flag, officer, "new", dt.date(2026, 11, 20))
        assert Entry.objects.get().words == "A flag on the register: severe absence."
        assert AuditEvent.objects.filter(act="Case opened", by=officer, subject_id=case.pk).exists()

    def test_a_manager_is_offered_the_school_s_own_officer(self, manager_client: Client, officer: User, pupil: Pupil) -> None:
        page = manager_client.get(reverse("case_open", args=[pupil.pk])).content.decode()
        assert f'<option value="{officer.pk}" selected>' in page

    def test_a_second_case_is_not_opened(self, officer_client: Client, officer: User, pupil: Pupil, school_a: School) -> None:
        case = make_case(pupil, school_a, by=officer, officer=officer)
        for answer in (
            officer_client.get(reverse("case_open", args=[pupil.pk])),
            officer_client.post(reverse("case_open", args=[pupil.pk]), asked(school_a, officer)),
        ):
            words = said(answer)
            assert "There is an open case for Ash Teal already" in words
            assert "It was opened on Mon 2 Nov 2026 by Olive Officer" in words
            assert reverse("case", args=[case.pk]) in answer.content.decode()
        assert Case.objects.count() == 1

    def test_a_child_who_has_left_has_no_new_case(self, officer_client: Client, officer: User, pupil: Pupil, school_a: School) -> None:
        pupil.enrolments.update(end=dt.date(2026, 11, 19))
        answer = officer_client.post(reverse("case_open", args=[pupil.pk]), asked(school_a, officer))
        assert "is on no roll of your schools today" in said(answer)
        assert not Case.objects.exists()

    def test_a_child_on_two_rolls_has_its_school_chosen(
        self, manager_client: Client, officer: User, pupil: Pupil, school_a: School, school_b: School
    ) -> None:
        factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1), kind="subsidiary")
        assert "Birch Primary School" in said(manager_client.get(reverse("case_open", args=[pupil.pk])))
        manager_client.post(reverse("case_open", args=[pupil.pk]), asked(school_b, None))
        assert Case.objects.get().school == school_b

    def test_an_officer_of_another_school_is_refused_in_words(
        self, manager_client: Client, officer: User, pupil: Pupil, school_b: School
    ) -> None:
        factories.enrol(pupil, school_b, start=dt.date(2026, 9, 1), kind="subsidiary")
        answer = manager_client.post(reverse("case_open", args=[pupil.pk]), asked(school_b, officer))
        assert "Olive Officer does not work with Birch Primary School" in said(answer)
        assert not Case.objects.exists()

    def test_a_double_click_leads_to_the_case(self, officer_client: Client, officer: User, pupil: Pupil, school_a: School) -> None:
        for _ in range(2):
            answer = officer_client.post(reverse("case_open", args=[pupil.pk]), asked(school_a, officer))
            assert answer["Location"] == reverse("case", args=[Case.objects.get().pk])

    def test_a_closed_case_makes_room_for_another(self, officer_client: Client, officer: User, school_a: School) -> None:
        pupil = factories.make_pupil("Umber", "Ash")  # absent without a reason, the child would have to be considered first
        factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
        case = make_case(pupil, school_a, by=officer)
        officer_client.post(reverse("case_close", args=[case.pk]), {"outcome": "improved", "version": 1})
        officer_client.post(reverse("case_open", args=[pupil.pk]), asked(school_a, officer))
        assert Case.objects.filter(pupil=pupil).count() == 2
