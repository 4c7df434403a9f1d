"""The cast: the same people at the same two schools in every test.

officer works with school A only; manager, legal and administrator see every school; contact_a and contact_b speak for
their own; staff_a works at A; stranger is an officer without any posting. The day is Friday 20 November 2026.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import settings as hypothesis_settings

from accounts import clock
from accounts.models import User
from schools.models import Authority, School
from tests import factories

Browse = Callable[[User], Client]

hypothesis_settings.register_profile("daymark", deadline=None)  # nothing is asserted about time: the machine may be busy
hypothesis_settings.load_profile("daymark")


@pytest.fixture(autouse=True)
def quick_and_quiet(settings: Any, tmp_path: Path) -> None:
    """Plain http on loopback, cheap password hashes, files in the test's own folder, no limit on sign-ins.

    Tests about a second factor or about limits set these themselves.
    """
    settings.SECOND_FACTOR_REQUIRED = False
    settings.SESSION_COOKIE_SECURE = False
    settings.CSRF_COOKIE_SECURE = False
    settings.SECURE_SSL_REDIRECT = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def today(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dt.date:
    """Friday 20 November 2026, for every page and command, at ten in the morning: no school's marks are late yet."""
    settings.DAYMARK_TODAY = "2026-11-20"
    monkeypatch.setattr(clock, "time_of_day", lambda: dt.time(10))
    return dt.date(2026, 11, 20)


@pytest.fixture
def authority(db: None) -> Authority:
    return factories.make_authority()


@pytest.fixture
def school_a(authority: Authority, today: dt.date) -> School:
    return factories.make_school("Alder High School", urn=999801, phase=School.Phase.SECONDARY)


@pytest.fixture
def school_b(authority: Authority, today: dt.date) -> School:
    return factories.make_school("Birch Primary School", urn=999802, phase=School.Phase.PRIMARY)


@pytest.fixture
def officer(school_a: School) -> User:
    user = factories.make_user("officer", name="Olive Officer", email="officer@merebrook.example")
    factories.post(user, school_a)
    return user


@pytest.fixture
def manager(authority: Authority, today: dt.date) -> User:
    return factories.make_user("manager", name="Mani Manager", email="manager@merebrook.example")


@pytest.fixture
def legal(authority: Authority, today: dt.date) -> User:
    return factories.make_user("legal", name="Leigh Legal", email="legal@merebrook.example")


@pytest.fixture
def contact_a(school_a: School) -> User:
    user = factories.make_user("school_contact", name="Carys Alder", email="contact@alder.example")
    factories.post(user, school_a)
    return user


@pytest.fixture
def contact_b(school_b: School) -> User:
    user = factories.make_user("school_contact", name="Bo Birch", email="contact@birch.example")
    factories.post(user, school_b)
    return user


@pytest.fixture
def staff_a(school_a: School) -> User:
    user = factories.make_user("school_staff", name="Stef Alder", email="staff@alder.example")
    factories.post(user, school_a)
    return user


@pytest.fixture
def stranger(authority: Authority, today: dt.date) -> User:
    """An officer who is posted to no school."""
    return factories.make_user("officer", name="Sami Stranger", email="stranger@merebrook.example")


@pytest.fixture
def administrator(authority: Authority, today: dt.date) -> User:
    return factories.make_user("administrator", name="Ada Administrator", email="admin@merebrook.example")


@pytest.fixture
def cast(
    officer: User, manager: User, legal: User, contact_a: User, contact_b: User, staff_a: User, stranger: User, administrator: User
) -> dict[str, User]:
    """Everybody by part, for tables of who may do what."""
    return {
        "officer": officer,
        "manager": manager,
        "legal": legal,
        "contact_a": contact_a,
        "contact_b": contact_b,
        "staff_a": staff_a,
        "stranger": stranger,
        "administrator": administrator,
    }


@pytest.fixture
def browse() -> Browse:
    """`browse(user)` is a browser in which `user` has signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def officer_client(officer: User, browse: Browse) -> Client:
    return browse(officer)


@pytest.fixture
def manager_client(manager: User, browse: Browse) -> Client:
    return browse(manager)


@pytest.fixture
def legal_client(legal: User, browse: Browse) -> Client:
    return browse(legal)


@pytest.fixture
def contact_a_client(contact_a: User, browse: Browse) -> Client:
    return browse(contact_a)


@pytest.fixture
def contact_b_client(contact_b: User, browse: Browse) -> Client:
    return browse(contact_b)


@pytest.fixture
def staff_a_client(staff_a: User, browse: Browse) -> Client:
    return browse(staff_a)


@pytest.fixture
def stranger_client(stranger: User, browse: Browse) -> Client:
    return browse(stranger)


@pytest.fixture
def administrator_client(administrator: User, browse: Browse) -> Client:
    return browse(administrator)
