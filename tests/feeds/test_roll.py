"""The roll as the school's own system has it: contacts, characteristics, leavers, and the children it no longer names."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import AuditEvent
from attendance.feeds import roll
from attendance.models import Feed
from schools.models import Characteristic, Enrolment, Parent, Pupil, Responsibility
from tests import factories
from tests.feeds.conftest import Clock, Fetching
from tests.feeds.stub import Row, Stub, student

pytestmark = pytest.mark.django_db

ANNA, BEN = "V999900126001", "T999900126003"
TODAY = dt.date(2026, 11, 20)


def contact(surname: str, *, responsible: Any = True, relationship: str = "Mother", street: str = "Elm Road", **more: Any) -> Row:
    home = {"house_number": "3", "street": street, "town": "Merebrook", "postcode": "ZZ9 9ZZ"}
    return {
        "id": f"K{surname}",
        "title": "Ms",
        "surname": surname,
        "forename": "Pat",
        "relationship": {"relationship": relationship, "parental_responsibility": responsible, "lives_with_pupil": True, "priority": 1},
        "contact_details": {
            "data": {"phones": {"mobile": "07700 900123"}, "emails": {"email": "pat@example.org"}, "addresses": {"home": home}}
        },
        **more,
    }


def anna(stub: Stub, **more: Any) -> Row:
    stub.rows["A1", "students"] = [student(1, ANNA, "Ash", "Anna", **more)]
    return stub.rows["A1", "students"][0]


def test_contacts_with_parental_responsibility_become_parents_and_others_do_not(fetch: Fetching, stub: Stub):
    anna(
        stub,
        contacts={
            "data": [
                contact("Ash"),
                contact("Neighbour", responsible=False, relationship="Childminder"),
                contact("Unsaid", responsible=None),
            ]
        },
    )
    fetch("night")
    (link,) = Responsibility.objects.all()
    assert (str(link.parent), link.relationship, link.parental_responsibility, link.lives_with) == ("Ms Pat Ash", "mother", True, True)
    assert (link.parent.phone, link.parent.email, link.parent.address) == ("07700 900123", "pat@example.org", "3 Elm Road, Merebrook")
    lines = AuditEvent.objects.filter(act="loaded roll")
    assert [line.detail["feed"] for line in lines] == ["wonde"]


def test_an_address_that_is_hidden_is_not_overwritten_from_the_feed(fetch: Fetching, stub: Stub, watch: Clock):
    row = anna(stub, contacts={"data": [contact("Ash")]}, contact_details={"data": {"addresses": {"home": {"street": "Elm Road"}}}})
    fetch("night")
    mother = Parent.objects.get()
    father = factories.make_parent(Pupil.objects.get(), surname="Other")
    mother.hidden_from.add(father)
    row["contacts"]["data"][0] = contact("Ash", street="Safe House Lane")
    row["contact_details"]["data"]["addresses"]["home"]["street"] = "Safe House Lane"
    watch.at += dt.timedelta(days=1)
    fetch("night")
    assert not Parent.objects.filter(address__contains="Safe House").exists()
    assert not Pupil.objects.filter(address__contains="Safe House").exists()
    assert Parent.objects.filter(surname="Ash").count() == 1


def test_characteristics_are_dated_and_what_the_authority_recorded_is_not_ended(fetch: Fetching, stub: Stub, watch: Clock):
    row = anna(stub, extended={"free_school_meals": True, "sen_status": "K", "in_lea_care": False, "english_as_additional_language": None})
    fetch("night")
    pupil = Pupil.objects.get()
    assert set(Characteristic.objects.values_list("kind", "end", "source")) == {("fsm", None, "wonde"), ("sen_support", None, "wonde")}
    Characteristic.objects.create(pupil=pupil, kind="cla", start=dt.date(2026, 10, 1), source="social care")
    row["extended_details"]["data"] |= {"free_school_meals": False, "sen_status": "E"}
    watch.at += dt.timedelta(days=1)
    fetch("night")
    standing = set(Characteristic.objects.filter(end=None).values_list("kind", flat=True))
    assert standing == {"ehcp", "cla"}


def test_a_sen_status_nobody_knows_is_said_and_changes_nothing(fetch: Fetching, stub: Stub, feed: Feed):
    anna(stub, extended={"sen_status": "Zorp"})
    fetch("night")
    feed.refresh_from_db()
    assert feed.notes == ["Anna Ash: SEN status “Zorp” is not understood."]
    assert not Characteristic.objects.exists()


def test_a_leaver_leaves_on_the_day_and_is_nobodys_question(fetch: Fetching, stub: Stub, watch: Clock, feed: Feed):
    anna(stub)
    stub.add("A1", "students", student(2, BEN, "Birch", "Ben"))
    fetch("night")
    stub.rows["A1", "students"].pop()
    stub.add("A1", "students-leaver", student(2, BEN, "Birch", "Ben", left=dt.date(2026, 11, 13)))
    watch.at += dt.timedelta(days=1)
    fetch("night")
    assert Enrolment.objects.get(pupil__upn=BEN).end == dt.date(2026, 11, 13)
    watch.at += dt.timedelta(days=1)
    stub.rows["A1", "students-leaver"].clear()  # nothing changed since
    fetch("night")
    assert roll.gone(feed, today=TODAY) == []


def test_a_student_who_is_gone_is_a_question_and_stays_on_roll(fetch: Fetching, stub: Stub, watch: Clock, feed: Feed):
    anna(stub)
    stub.add("A1", "students", student(2, BEN, "Birch", "Ben"))
    fetch("night")
    stub.rows["A1", "students"].pop()
    watch.at += dt.timedelta(days=1)
    fetch("night")
    assert [pupil.upn for pupil in roll.gone(feed, today=TODAY)] == [BEN]
    assert Enrolment.objects.get(pupil__upn=BEN).end is None
    stub.add("A1", "students", student(2, BEN, "Birch", "Ben"))
    watch.at += dt.timedelta(days=1)
    fetch("night")
    assert roll.gone(feed, today=TODAY) == []


def test_an_empty_list_of_students_empties_no_school(fetch: Fetching, stub: Stub, watch: Clock, feed: Feed):
    anna(stub)
    fetch("night")
    stub.rows["A1", "students"].clear()
    watch.at += dt.timedelta(days=1)
    fetch("night")
    assert roll.gone(feed, today=TODAY) == []


def test_students_who_cannot_be_put_on_roll_are_named_and_the_rest_are_taken(fetch: Fetching, stub: Stub, feed: Feed):
    anna(stub)
    stub.add(
        "A1",
        "students",
        student(2, None, "Birch", "Ben"),
        student(3, ANNA, "Twin", "Tara"),
        student(4, "T999900126003", "Cedar", "Cara", admitted=dt.date(2026, 9, 1), left=dt.date(2026, 8, 1)),
    )
    fetch("night")
    feed.refresh_from_db()
    assert [note.split(" has ")[0] for note in feed.notes] == ["Ben Birch", "Tara Twin", "Cara Cedar"]
    assert list(Pupil.objects.values_list("upn", flat=True)) == [ANNA]
