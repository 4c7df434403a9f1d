"""A pupil's page: the year's register, the evidence, the family, and who may see how much of it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from attendance.models import Flag
from schools.models import Characteristic, FormerName, FormerUpn, Pupil, School
from tests import factories
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 9, 7)


@pytest.fixture
def child(school_a: School, today: dt.date) -> Pupil:
    """Half of fifty school days missed without authority."""
    pupil = factories.make_pupil("Okonkwo", "Ada")
    factories.write_marks(factories.enrol(pupil, school_a), MONDAY, r"/\ OO " * 25)
    factories.refresh(school_a, today=today)
    return pupil


def test_the_page_leads_from_the_flag_down_to_the_marks(child: Pupil, officer_client: Client) -> None:
    page = officer_client.get(f"/pupils/{child.pk}/")
    text = said(page)
    assert "Missed 50 of 100 possible sessions" in text  # the flag's evidence
    assert "50.0% 50 of 100 sessions" in text  # the figure
    assert "50 unauthorised sessions (G, N, O or U) in the 10 school weeks to the week of Mon 9 Nov 2026; the threshold is 10." in text
    assert "First reached in 2026/27 on" in text
    assert page.content.decode().count("dm-mark--unauthorised") == 50 + 1  # every one, and the legend's
    assert "AM O, Absent in other or unknown circumstances, unauthorised absence" in text


def test_the_register_can_be_read_without_colour_and_without_eyes(child: Pupil, officer_client: Client) -> None:
    page = officer_client.get(f"/pupils/{child.pk}/").content.decode()
    row = re.search(r'<tr><th scope="row">7 Sep</th>.*?</tr>', page, re.DOTALL)
    assert row is not None
    letters = re.findall(r'<span aria-hidden="true">(.)</span>', row[0])
    assert "".join(letters) == r"/\OO/\OO/" + "\\"
    heard = re.findall(r'visually-hidden">(AM|PM) ', row[0])
    assert heard == ["AM", "PM"] * 5


def test_looking_at_a_pupil_is_recorded_and_a_refused_look_is_not_a_look(
    child: Pupil, officer_client: Client, officer: User, contact_b_client: Client
) -> None:
    officer_client.get(f"/pupils/{child.pk}/")
    event = AuditEvent.objects.get(kind="view")
    assert (event.by, event.subject_type, event.subject_id) == (officer, "pupil", child.pk)
    assert contact_b_client.get(f"/pupils/{child.pk}/").status_code == 404
    assert AuditEvent.objects.filter(kind="view").count() == 1


def test_an_administrator_opens_no_pupils_page(child: Pupil, administrator_client: Client) -> None:
    assert administrator_client.get(f"/pupils/{child.pk}/").status_code == 403
    assert administrator_client.get("/pupils/").status_code == 403
    assert administrator_client.get("/search/?q=Okonkwo").status_code == 403


def test_a_school_sees_its_own_marks_of_a_pupil_who_is_elsewhere_too(
    child: Pupil, school_b: School, contact_a_client: Client, contact_b_client: Client, manager_client: Client, today: dt.date
) -> None:
    other = factories.enrol(child, school_b, start=dt.date(2026, 9, 1), kind="subsidiary")
    factories.write_marks(other, MONDAY, "GG " * 5)
    factories.refresh(school_b, today=today)
    theirs = contact_b_client.get(f"/pupils/{child.pk}/")
    assert "Alder High School" not in said(theirs)
    assert "10 of 10 sessions" in said(theirs)
    assert theirs.content.decode().count("dm-mark--unauthorised") == 10 + 1
    assert "may hold sessions at another school" in said(theirs)
    assert "Birch Primary School" not in said(contact_a_client.get(f"/pupils/{child.pk}/"))
    whole = said(manager_client.get(f"/pupils/{child.pk}/"))
    assert "Birch Primary School" in whole
    assert "missed 60 of 110 sessions" in whole


def test_a_hidden_address_is_the_authoritys_alone(child: Pupil, contact_a_client: Client, officer_client: Client) -> None:
    child.address, child.postcode = "9 Refuge Road, Merebrook", "MB9 9ZZ"
    child.save()
    mother = factories.make_parent(child, forename="Ngozi", address="9 Refuge Road, Merebrook", postcode="MB9 9ZZ")
    father = factories.make_parent(child, forename="Emeka", address="2 Other Street", postcode="MB2 2BB")
    mother.hidden_from.add(father)
    seen = said(officer_client.get(f"/pupils/{child.pk}/"))
    assert "9 Refuge Road" in seen
    assert "Address hidden from Emeka Okonkwo" in seen
    by_school = said(contact_a_client.get(f"/pupils/{child.pk}/"))
    assert "Refuge" not in by_school
    assert "MB9" not in by_school
    assert "2 Other Street" in by_school
    assert "Refuge" not in said(contact_a_client.get("/search/?q=Okonkwo"))


def test_family_names_and_characteristics_are_there(child: Pupil, school_a: School, school_b: School, officer_client: Client) -> None:
    FormerName.objects.create(pupil=child, surname="Bello", forename="Ada")
    FormerUpn.objects.create(pupil=child, upn="A999123456789")
    Characteristic.objects.create(pupil=child, kind="fsm", start=dt.date(2025, 9, 1), source="roll")
    sister, stranger = factories.make_pupil("Okonkwo", "Chidi"), factories.make_pupil("Okonkwo", "Zed")
    factories.enrol(sister, school_a, year_group="9")
    factories.enrol(stranger, school_b)
    factories.make_parent(child, sister, stranger, forename="Ngozi")
    text = said(officer_client.get(f"/pupils/{child.pk}/"))
    for words in ("Ada Bello", "A999123456789", "Free school meals from Mon 1 Sep 2025", "Chidi Okonkwo Alder High School, Year 9"):
        assert words in text
    assert "Zed" not in text, "a brother at a school the officer does not work with"


def test_what_is_not_known_is_said_to_be(school_a: School, officer_client: Client, today: dt.date) -> None:
    pupil = factories.make_pupil("New", "Kim", upn=None, dob=None, sex="")
    factories.enrol(pupil, school_a, start=dt.date(2026, 11, 16), year_group="")
    text = said(officer_client.get(f"/pupils/{pupil.pk}/"))
    assert "Date of birth not known" in text
    assert "Missed not known no sessions yet" in text
    assert "No marks yet" in text
    assert "No parent is recorded" in text
    assert "0.0%" not in text


def test_marks_outside_the_time_on_roll_and_changed_marks_are_told(school_a: School, officer_client: Client, today: dt.date) -> None:
    pupil = factories.make_pupil("Late", "Kim")
    enrolment = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 9))
    factories.write_marks(enrolment, MONDAY, "NN " * 5)
    factories.write_marks(enrolment, {dt.date(2026, 9, 10): "II"})
    factories.write_marks(factories.enrol(factories.make_pupil(), school_a), MONDAY, r"/\ " * 15)  # the school went on meeting
    factories.refresh(school_a, today=today)
    text = said(officer_client.get(f"/pupils/{pupil.pk}/"))
    assert "4 marks lie before or after the enrolment" in text
    assert "Mon 7 Sep 2026 AM: N" in text
    assert "100.0% 6 of 6 sessions" in text
    assert "2 marks were changed after they were first received" in text
    assert "Thu 10 Sep 2026 PM : N (Reason not yet established) became I (Illness)" in text
    assert "4 sessions still N after 5 school days" in text
    assert "Wed 9 Sep 2026 AM, due by Wed 16 Sep 2026" in text


def test_a_weekend_is_shown_only_where_the_school_met(school_a: School, officer_client: Client, today: dt.date) -> None:
    saturday = dt.date(2026, 9, 12)
    weekday, weekend = (factories.make_pupil(name, "Kim") for name in ("Weekday", "Weekend"))
    factories.write_marks(factories.enrol(weekday, school_a), {MONDAY: "/\\", saturday: "##"})
    factories.write_marks(factories.enrol(weekend, school_a), {MONDAY: "/\\", saturday: "OO"})
    factories.refresh(school_a, today=today)
    assert "Sat" not in said(officer_client.get(f"/pupils/{weekday.pk}/")).partition("Register")[2].partition("History")[0]
    page = said(officer_client.get(f"/pupils/{weekend.pk}/"))
    assert "Fri Sat Sun" in page
    assert "AM O, Absent" in page


def test_a_past_flag_stays_with_its_evidence(child: Pupil, officer_client: Client) -> None:
    Flag.objects.filter(pupil=child, code="severe_absence").update(cleared=dt.date(2026, 11, 19))
    text = said(officer_client.get(f"/pupils/{child.pk}/"))
    assert "1 past flag" in text
    assert "to Thu 19 Nov 2026" in text
