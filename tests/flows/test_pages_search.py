"""One box finds a child however the name was spelt, and never one the user may not see."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from dashboards import search
from dashboards.search import Hit
from schools import names
from schools.models import FormerName, FormerUpn, Parent, Pupil, School
from tests import factories
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(school_a: School, school_b: School) -> dict[str, Pupil]:
    found = {}
    rows = [
        ("Smith", "John", school_a), ("Smythe", "Jon", school_b), ("O'Neill", "Siân", school_a), ("Hussain", "Muhammad", school_a),
        ("Wójcik", "Zofia", school_a), ("Adeyemi-Brown", "Kwame", school_a), ("Robinson", "Amelia", school_b), ("Patel", "Priya", school_a),
    ]  # fmt: skip
    for surname, forename, school in rows:
        pupil = factories.make_pupil(surname, forename, postcode="MB4 5CD" if surname == "Patel" else "")
        pupil.search_text = names.pupil_search_text(pupil)
        pupil.save()
        factories.enrol(pupil, school)
        found[surname] = pupil
    former = found["Patel"]
    FormerName.objects.create(pupil=former, surname="Jankowski", forename="Priya")
    former.search_text = names.pupil_search_text(former, [("Jankowski", "Priya")])
    former.save()
    FormerUpn.objects.create(pupil=former, upn="B999123456789")
    return found


def find(user: User, text: str, kind: str = "Pupils") -> list[Hit]:
    groups = search.find(user, search.understand(text), today=dt.date(2026, 11, 20))
    return next((group.hits for group in groups if group.kind == kind), [])


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("smith", "John Smith"), ("Smith John", "John Smith"), ("jon smyth", "Jon Smythe"),
        ("oneill", "Siân O'Neill"), ("o neil", "Siân O'Neill"),
        ("SIAN", "Siân O'Neill"), ("mohammad hussein", "Muhammad Hussain"), ("wojcik", "Zofia Wójcik"), ("zophia wojcik", "Zofia Wójcik"),
        ("brown", "Kwame Adeyemi-Brown"), ("adeyemi", "Kwame Adeyemi-Brown"), ("robbinson", "Amelia Robinson"),
        ("jankowsky", "Priya Patel"),
    ],
)  # fmt: skip
def test_a_name_is_found_as_it_was_heard(typed: str, who: str, people: dict[str, Pupil], manager: User) -> None:
    hits = find(manager, typed)
    assert hits, typed
    assert hits[0].title == who


def test_of_more_than_are_shown_whole_names_come_first_and_former_ones_after(
    people: dict[str, Pupil], school_a: School, manager: User
) -> None:
    former = people["Patel"]
    FormerName.objects.create(pupil=former, surname="Smith", forename="Priya")
    former.search_text = names.pupil_search_text(former, [("Smith", "Priya")])
    former.save()
    for number in range(search.MOST + 5):
        pupil = factories.make_pupil("Smithson" if number < 2 else "Smythe", f"Aaron {number}" if number < 2 else "Smithy")
        pupil.search_text = names.pupil_search_text(pupil)
        pupil.save()
        factories.enrol(pupil, school_a)
    titles = [hit.title for hit in find(manager, "smith")]
    assert len(titles) == search.MOST
    assert titles[:2] == ["John Smith", "Priya Patel"]  # both are Smith in full, she no longer
    assert set(titles[2:]) <= {
        "Aaron 0 Smithson",
        "Aaron 1 Smithson",
        "Smithy Smythe",
    }  # and Jon Smythe, who is only like it, is not among them


def test_it_says_why_a_pupil_matched(people: dict[str, Pupil], manager: User) -> None:
    assert find(manager, "Patel")[0].why == "name"
    assert find(manager, "Pattell")[0].why == "similar name"
    assert find(manager, "Jankowski")[0].why == "former name Priya Jankowski"
    assert find(manager, "mb45cd")[0].why == "postcode MB4 5CD"
    assert find(manager, "B999123456789")[0].why == "former UPN B999123456789"
    upn = people["Smith"].upn
    assert upn is not None
    assert find(manager, upn.lower())[0].why == f"UPN {upn}"


def test_an_unlike_name_finds_nobody(people: dict[str, Pupil], manager: User) -> None:
    assert find(manager, "Featherstonehaugh") == []
    assert find(manager, "x") == []
    assert find(manager, "%_%") == []


def test_a_date_of_birth_alone_or_with_a_name(people: dict[str, Pupil], manager: User) -> None:
    Pupil.objects.filter(pk=people["Smith"].pk).update(dob=dt.date(2012, 7, 9))
    assert [hit.title for hit in find(manager, "9/7/2012")] == ["John Smith"]
    assert [hit.title for hit in find(manager, "smith 09.07.2012")] == ["John Smith"]
    assert [hit.title for hit in find(manager, "2012-07-09")] == ["John Smith"]
    assert find(manager, "patel 9/7/2012") == []


def test_a_parent_by_name_telephone_and_postcode_leads_to_the_children(people: dict[str, Pupil], manager: User) -> None:
    parent = factories.make_parent(people["Smith"], people["Patel"], surname="Smith", forename="Dawn", phone="+44 7700 900 456")
    Parent.objects.filter(pk=parent.pk).update(search_text=names.parent_search_text(parent))
    by_phone = find(manager, "07700 900456", "Parents")
    assert by_phone[0].title == "Dawn Smith"
    assert {text for text, _ in by_phone[0].related} == {"John Smith", "Priya Patel"}
    for typed in ("900456", "0044 7700 900456", "+44 (0)7700 900456", "0044 7700", "447700900456"):
        assert find(manager, typed, "Parents")[0].title == "Dawn Smith", typed
    assert find(manager, "dorn smith", "Parents")[0].title == "Dawn Smith"
    assert find(manager, "MB1 1AA", "Parents")[0].why == "postcode MB1 1AA"


def test_a_school_by_name_and_urn(people: dict[str, Pupil], manager: User) -> None:
    assert find(manager, "999801", "Schools")[0].title == "Alder High School"
    assert find(manager, "aldar high", "Schools")[0].title == "Alder High School"


def test_nobody_finds_whom_they_may_not_see(
    people: dict[str, Pupil], officer: User, contact_a: User, contact_b: User, stranger: User
) -> None:
    factories.make_parent(people["Robinson"], surname="Robinson", forename="Rae")
    for user in (officer, contact_a):
        assert find(user, "Robinson") == []
        assert find(user, "Rae Robinson", "Parents") == []
        assert find(user, str(people["Robinson"].upn)) == []
    assert find(officer, "Birch", "Schools") == []
    assert find(contact_b, "Robinson")[0].title == "Amelia Robinson"
    assert find(contact_b, "Smith") == [] or find(contact_b, "Smith")[0].title == "Jon Smythe"
    assert find(stranger, "Smith") == []


def test_a_school_cannot_try_postcodes_for_a_hidden_parent(people: dict[str, Pupil], contact_a: User, officer: User) -> None:
    hidden = factories.make_parent(people["Smith"], forename="Una", postcode="MB9 9ZZ")
    Parent.objects.filter(pk=hidden.pk).update(search_text=names.parent_search_text(hidden))
    hidden.hidden_from.add(factories.make_parent(people["Smith"], forename="Max"))
    child = people["Smith"]
    child.postcode = "MB9 9ZZ"
    child.search_text = names.pupil_search_text(child)
    child.save()
    assert [hit.title for hit in find(officer, "MB9 9ZZ", "Parents")] == ["Una Smith"]
    assert [hit.title for hit in find(officer, "MB9 9ZZ")] == ["John Smith"]
    for typed in ("MB9 9ZZ", "MB9", "mb99zz", "B99ZZ", "b9 9zz", "99zz"):
        assert find(contact_a, typed, "Parents") == []
        assert find(contact_a, typed) == []


def test_the_page_helps_where_nothing_was_found(officer_client: Client) -> None:
    def page(query: str) -> str:
        return said(officer_client.get("/search/", {"q": query}))

    assert "What can you search for?" in page("")
    assert "too short" in page("a")
    assert "Nothing found" in page("Featherstonehaugh")
    assert "Nothing found" in page("<script>alert(1)</script>")


@pytest.mark.parametrize(
    "address", ["/schools/?q=²", "/search/?q=²", "/search/?q=²²²²²²", "/pupils/?q=²", "/pupils/?page=²", "/schools/?officer=²"]
)
def test_a_digit_that_is_no_number_finds_nothing_and_breaks_nothing(address: str, manager_client: Client) -> None:
    assert manager_client.get(address).status_code == 200


def test_the_audit_trail_is_not_broken_by_it_either(administrator_client: Client) -> None:
    assert administrator_client.get("/audit/?before=²").status_code == 200
