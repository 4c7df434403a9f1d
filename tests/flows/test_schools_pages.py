"""Every page of accounts and schools opens, for whoever may open it, and for nobody else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from schools.models import Characteristic, Posting, School, Term
from tests import factories
from tests.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_a(school_a: School, authority: Any) -> dict[str, Any]:
    """A pupil of school A with one of everything."""
    pupil = factories.make_pupil("Alder", "Ash")
    enrolment = factories.enrol(pupil, school_a)
    parent = factories.make_parent(pupil)
    return {
        "pupil": pupil,
        "enrolment": enrolment,
        "parent": parent,
        "link": parent.responsibilities.get(),
        "characteristic": Characteristic.objects.create(pupil=pupil, kind="fsm", start=dt.date(2025, 9, 1)),
        "term": Term.objects.create(school=school_a, name="Autumn 1", start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 23)),
    }


def addresses(at_a: dict[str, Any], school: School, user: User) -> dict[str, str]:
    posting = user.postings.first()
    return {
        "pupil_add": reverse("pupil_add", args=[school.urn]),
        "pupil_edit": reverse("pupil_edit", args=[at_a["pupil"].pk]),
        "enrolment_add": reverse("enrolment_add", args=[at_a["pupil"].pk]),
        "enrolment_edit": reverse("enrolment_edit", args=[at_a["enrolment"].pk]),
        "parent_add": reverse("parent_add", args=[at_a["pupil"].pk]),
        "parent_edit": reverse("parent_edit", args=[at_a["link"].pk]),
        "characteristic_add": reverse("characteristic_add", args=[at_a["pupil"].pk]),
        "characteristic_edit": reverse("characteristic_edit", args=[at_a["characteristic"].pk]),
        "roll": reverse("roll", args=[school.urn]),
        "calendar": reverse("calendar", args=[school.urn]),
        "calendar_add": reverse("calendar_add", args=[school.urn]),
        "calendar_edit": reverse("calendar_edit", args=[school.urn, "term", at_a["term"].pk]),
        "users": reverse("users"),
        "user_invite": reverse("user_invite"),
        "user": reverse("user", args=[user.pk]),
        "school_contacts": reverse("school_contacts"),
        "postings": reverse("postings"),
        "posting_give": reverse("posting_give"),
        "posting_end": reverse("posting_end", args=[posting.pk]) if posting else "",
        "authority_settings": reverse("authority_settings"),
        "policy": reverse("policy"),
        "policy_value": reverse("policy_value", args=["low_data_sessions"]),
        "audit": reverse("audit"),
        "account": reverse("account"),
        "account_change_password": reverse("account_change_password"),
        "mfa_index": reverse("mfa_index"),
        "account_logout": reverse("account_logout"),
    }


PEOPLE = {
    "pupil_add",
    "pupil_edit",
    "enrolment_add",
    "enrolment_edit",
    "parent_add",
    "parent_edit",
    "characteristic_add",
    "characteristic_edit",
    "roll",
}
CALENDAR = {"calendar", "calendar_add", "calendar_edit"}
USERS = {"users", "user_invite", "user", "school_contacts"}
POSTINGS = {"postings", "posting_give", "posting_end"}
POLICY = {"policy_value"}
OWN = {"policy", "account", "account_change_password", "mfa_index", "account_logout"}
# by part: pages that open; pages whose object is not theirs (404); every other page is refused (403)
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "officer": (PEOPLE | CALENDAR | OWN, set()),
    "manager": (PEOPLE | CALENDAR | POSTINGS | POLICY | {"audit"} | OWN, set()),
    "legal": (OWN, set()),
    "contact_a": (PEOPLE | CALENDAR | OWN, set()),
    "contact_b": (OWN, PEOPLE | CALENDAR),
    "staff_a": (OWN, set()),
    "stranger": (OWN, PEOPLE | CALENDAR),
    "administrator": (CALENDAR | USERS | POSTINGS | {"authority_settings", "audit"} | OWN, set()),
}


@pytest.mark.parametrize("part", TABLE)
def test_who_may_open_which_page(part: str, cast: dict[str, User], at_a: dict[str, Any], school_a: School, browse: Browse) -> None:
    client = browse(cast[part])
    opens, not_theirs = TABLE[part]
    found = {name: client.get(address).status_code for name, address in addresses(at_a, school_a, cast["officer"]).items()}
    assert found == {name: 200 if name in opens else 404 if name in not_theirs else 403 for name in found}


def test_nobody_gets_in_without_signing_in(client: Client, at_a: dict[str, Any], school_a: School, officer: User) -> None:
    for name, address in addresses(at_a, school_a, officer).items():
        answer = client.get(address)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/accounts/login/"), name


def test_a_refusal_is_said_in_words_and_written_down(staff_a: User, staff_a_client: Client, school_a: School) -> None:
    answer = staff_a_client.get(reverse("calendar", args=[school_a.urn]))
    assert answer.status_code == 403
    assert "You may not do this" in answer.content.decode()
    event = AuditEvent.objects.get(kind="refused")
    assert event.by == staff_a
    assert event.detail == {"path": f"/schools/{school_a.urn}/calendar/", "method": "GET"}


def test_a_missing_page_says_what_it_may_be(officer_client: Client) -> None:
    answer = officer_client.get("/nothing-here/")
    assert answer.status_code == 404
    assert "a school or pupil that you do not work with" in answer.content.decode()


def test_health_is_open_and_says_ok(client: Client) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_health_says_what_cannot_be_reached(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = client.get("/health")
    assert (answer.status_code, answer.content) == (503, b"not reachable: cache")


def test_an_officer_whose_posting_will_end_is_still_found_by_it(manager_client, officer, school_a, school_b):
    Posting.objects.filter(user=officer).update(end=dt.date(2026, 12, 31))
    page = manager_client.get("/schools/", {"officer": officer.pk}).content.decode()
    assert "Alder High School" in page
    assert "Birch Primary School" not in page
