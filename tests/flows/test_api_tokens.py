"""The life of a token: made once, shown once, and ended by whatever ends the user's sessions."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts import actions, clock
from accounts.models import ApiToken, AuditEvent, User
from schools.models import School
from tests.api.world import token_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(officer_client: Client) -> Client:
    """A browser in which the officer has just given their password again."""
    answer = officer_client.post("/accounts/reauthenticate/?next=/account/tokens/new/", {"password": PASSWORD})
    assert answer["Location"] == "/account/tokens/new/"
    return officer_client


def status(token: str, address: str = "/api/v1/schools/") -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get(address).status_code


def make(desk: Client, **fields: Any) -> Any:
    return desk.post("/account/tokens/new/", {"name": "nightly report", "days": "30", "form_token": uuid.uuid4()} | fields)


def test_a_token_is_shown_once_and_opens_the_api(desk: Client, officer: User) -> None:
    made = make(desk).content.decode()
    found = re.search(r"dm_[0-9a-f]{64}", made)
    assert found
    assert status(found[0]) == 200
    page = desk.get("/account/tokens/").content.decode()
    assert "nightly report" in page
    assert found[0] not in page
    assert not ApiToken.objects.filter(digest__contains=found[0]).exists()
    token = ApiToken.objects.get()
    assert found[0] not in f"{token.digest} {AuditEvent.objects.values_list('detail', flat=True)}"
    assert token.last_used == dt.date(2026, 11, 20)
    assert AuditEvent.objects.filter(act="made API token", by=officer, detail={"name": "nightly report", "days": 30}).count() == 1


def test_a_form_sent_twice_makes_one_token(desk: Client) -> None:
    form_token = uuid.uuid4()
    make(desk, form_token=form_token)
    assert "was made already and is shown only once" in make(desk, form_token=form_token).content.decode()
    assert ApiToken.objects.count() == 1


def test_what_is_missing_is_asked_for(desk: Client) -> None:
    page = make(desk, name=" ", days="900").content.decode()
    assert "Say what the token is for" in page
    assert not ApiToken.objects.exists()


def test_the_password_is_asked_again_before_a_token_is_made(officer_client: Client) -> None:
    answer = make(officer_client)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()


def test_revoked_is_revoked_at_once_and_by_its_owner_alone(desk: Client, officer: User, manager_client: Client) -> None:
    text = token_of(officer)
    address = f"/account/tokens/{ApiToken.objects.get().ref}/revoke/"
    assert manager_client.post(address).status_code == 404
    assert status(text) == 200
    assert desk.post(address).status_code == 302
    assert status(text) == 401
    assert AuditEvent.objects.filter(act="revoked API token", by=officer).exists()


def test_a_token_ends_on_its_day(officer: User) -> None:
    text = token_of(officer, days=30)
    with time_machine.travel(clock.now() + dt.timedelta(days=29, hours=23), tick=False):
        assert status(text) == 200
    with time_machine.travel(clock.now() + dt.timedelta(days=30, minutes=1), tick=False):
        assert status(text) == 401


def test_a_new_password_ends_every_token(desk: Client, officer: User) -> None:
    text = token_of(officer)
    new = "four green bicycles again"
    desk.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert status(text) == 401
    assert "You have no tokens" in desk.get("/account/tokens/").content.decode()


def test_disabling_a_user_ends_their_tokens_for_good(officer: User, administrator: User) -> None:
    text = token_of(officer)
    actions.disable_user(by=administrator, user=officer)
    assert status(text) == 401
    actions.enable_user(by=administrator, user=officer)
    assert status(text) == 401, "enabled again, they make a new one"


def test_where_a_second_step_is_asked_for_a_token_is_no_way_around_it(desk: Client, officer: User, settings: Any) -> None:
    text = token_of(officer)
    settings.SECOND_FACTOR_REQUIRED = True
    answer = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/schools/")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "second step" in answer.json()["detail"]
    assert desk.get("/api/v1/schools/").status_code == 403, "nor is the cookie"
    with pytest.raises(actions.TokenProblem, match="second step"):
        token_of(officer, may_hold=False)
    Authenticator.objects.create(user=officer, type="totp", data={"secret": "x"})
    assert status(text) == 200


@pytest.mark.parametrize("text", ["", "dm_", "dm_" + "0" * 64, "dm_" + "0" * 63 + "é", "x" * 4000, "a b", "\t"])
def test_what_is_no_token_opens_nothing(text: str, school_a: School) -> None:
    answer = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/schools/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_a_user_holds_ten_tokens_at_the_most(officer: User) -> None:
    for _ in range(actions.MOST_TOKENS):
        token_of(officer)
    with pytest.raises(actions.TokenProblem, match="Revoke one"):
        token_of(officer)


def test_a_token_signs_nobody_in_to_the_pages(officer: User) -> None:
    assert status(token_of(officer), "/pupils/") == 302
    assert status(token_of(officer), "/account/") == 302
