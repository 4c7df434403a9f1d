"""The cast itself: what every other test rests on."""

import datetime as dt

from django.test import Client

from accounts.models import AuditEvent, User
from attendance import register
from schools.models import Pupil, School
from tests import factories


def test_each_sees_their_own_schools(cast: dict[str, User], school_a: School, school_b: School) -> None:
    seen = {part: {s.name for s in School.objects.visible_to(user)} for part, user in cast.items()}
    both = {school_a.name, school_b.name}
    assert seen == {
        "officer": {school_a.name},
        "manager": both,
        "legal": both,
        "contact_a": {school_a.name},
        "contact_b": {school_b.name},
        "staff_a": {school_a.name},
        "stranger": set(),
        "administrator": both,
    }


def test_marks_are_written_a_pair_for_each_weekday(school_a: School) -> None:
    enrolment = factories.enrol(factories.make_pupil(), school_a)
    factories.write_marks(enrolment, dt.date(2026, 9, 4), r"/\ O- LN")  # a Friday: then Monday and Tuesday
    marks = register.read(2026, enrolments=[enrolment.pk]).marks[0]
    found = {i: register.code_of(b) for i, b in enumerate(marks) if b}
    assert found == {68: "/", 69: "\\", 74: "O", 76: "L", 77: "N"}


def test_an_administrator_opens_no_pupil(administrator: User, school_a: School) -> None:
    factories.enrol(factories.make_pupil(), school_a)
    assert not Pupil.objects.visible_to(administrator).exists()


def test_an_address_that_no_database_can_hold_is_refused_like_any_other(officer_client: Client) -> None:
    assert officer_client.get("/borough/phases.csv%00").status_code == 403
    assert AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSED).detail["path"] == "/borough/phases.csv\N{REPLACEMENT CHARACTER}"
