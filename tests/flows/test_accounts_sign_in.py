"""Coming in, going out, and everything about passwords and second steps, through the doors."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from accounts import actions, invitations
from accounts.models import AuditEvent, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "four green bicycles again"


def sign_in(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def acts() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.filter(kind="access").order_by("pk").values_list("act", "by_name"))


def link_in(mail: EmailMessage, beginning: str) -> str:
    found = re.search(rf"http://testserver({beginning}\S+)", str(mail.body))
    assert found, mail.body
    return found.group(1)


def test_sign_in_and_out_are_written_down(client: Client, officer: User) -> None:
    answer = sign_in(client, officer)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/account/").status_code == 200
    assert client.get("/accounts/logout/").status_code == 200, "a link alone signs nobody out"
    assert client.get("/account/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/account/").status_code == 302
    assert acts() == [("signed in", "Olive Officer"), ("signed out", "Olive Officer")]


def test_the_page_asked_for_opens_after_sign_in(client: Client, officer: User) -> None:
    asked = client.get("/account/")
    answer = client.post(asked["Location"], {"login": officer.email, "password": PASSWORD})
    assert answer["Location"] == "/account/"


def test_capital_letters_in_the_address_do_not_matter(client: Client, officer: User) -> None:
    assert client.post("/accounts/login/", {"login": officer.email.upper(), "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("email", ["officer@merebrook.example", "nobody@merebrook.example"])
def test_a_failure_tells_no_more_than_that(client: Client, officer: User, email: str) -> None:
    answer = client.post("/accounts/login/", {"login": email, "password": "wrong"})
    assert "The email address or password is not right" in answer.content.decode()
    event = AuditEvent.objects.get(act="failed to sign in")
    assert event.detail["email"] == email
    assert client.get("/account/").status_code == 302


def test_guessing_is_stopped(client: Client, officer: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/m/key"}
    cache.clear()
    for _ in range(3):
        sign_in(client, officer, "wrong")
    answer = sign_in(client, officer)
    assert "too many attempts" in answer.content.decode()
    assert client.get("/account/").status_code == 302
    cache.clear()


def test_a_disabled_user_is_out_with_the_next_click(client: Client, officer: User, administrator_client: Client) -> None:
    sign_in(client, officer)
    assert client.get("/account/").status_code == 200
    administrator_client.post(f"/users/{officer.pk}/disable/")
    assert client.get("/account/").status_code == 302
    sign_in(client, officer)
    assert client.get("/account/").status_code == 302, "and cannot come back"
    administrator_client.post(f"/users/{officer.pk}/enable/")
    sign_in(client, officer)
    assert client.get("/account/").status_code == 200


def test_nobody_signs_up(client: Client) -> None:
    assert client.get("/accounts/signup/").status_code == 302
    assert not User.objects.exists()


def test_a_forgotten_password_is_replaced_by_a_link(client: Client, officer: User, mailoutbox: list[EmailMessage]) -> None:
    client.post("/accounts/password/reset/", {"email": officer.email})
    (mail,) = mailoutbox
    assert mail.to == [officer.email]
    assert "Merebrook Council" in str(mail.body)
    assert mail.subject == "Choose a new password for Daymark"
    link = link_in(mail, "/accounts/password/reset/key/")
    asked = client.get(link, follow=True)
    page = asked.redirect_chain[-1][0]
    weak = client.post(page, {"password1": "short", "password2": "short"})
    assert "too short" in weak.content.decode()
    client.post(page, {"password1": NEW, "password2": NEW})
    assert client.get("/account/").status_code == 302, "a link from an email signs nobody in"
    assert sign_in(client, officer, NEW).status_code == 302
    again = Client().get(link, follow=True)
    assert "This link cannot be used" in again.content.decode()


def test_a_stranger_s_address_gets_no_mail_and_no_other_answer(client: Client, officer: User, mailoutbox: list[EmailMessage]) -> None:
    known = client.post("/accounts/password/reset/", {"email": officer.email}, follow=True).content.decode()
    mailoutbox.clear()
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@merebrook.example"}, follow=True).content.decode()
    assert "Check your email" in known
    assert "Check your email" in unknown
    assert mailoutbox == []


def test_changing_the_password_ends_sessions_elsewhere(client: Client, officer: User) -> None:
    elsewhere = Client()
    sign_in(client, officer)
    sign_in(elsewhere, officer)
    wrong = client.post("/accounts/password/change/", {"oldpassword": "no", "password1": NEW, "password2": NEW})
    assert wrong.status_code == 200
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


# Invitations


def invite(administrator_client: Client, **fields: Any) -> Any:
    asked = {"name": "Nia New", "email": "nia@merebrook.example", "role": "manager"} | fields
    return administrator_client.post("/users/invite/", asked, follow=True)


def test_an_invited_person_chooses_a_password_once(client: Client, administrator_client: Client, mailoutbox: list[EmailMessage]) -> None:
    page = invite(administrator_client).content.decode()
    assert "An email with a link is on its way to nia@merebrook.example" in page
    (mail,) = mailoutbox
    assert "Merebrook Council has invited you" in str(mail.body)
    assert "Attendance manager" in str(mail.body)
    link = link_in(mail, "/invitation/")
    assert "Welcome, Nia New" in client.get(link).content.decode()
    weak = client.post(link, {"password": "nia@merebrook.example"})
    assert weak.status_code == 200
    client.post(link, {"password": NEW})
    assert client.get("/account/").status_code == 302, "the password opens, not the link"
    assert sign_in(client, User.objects.get(email="nia@merebrook.example"), NEW).status_code == 302
    used = Client().get(link)
    assert used.status_code == 410
    assert "This link cannot be used" in used.content.decode()
    assert ("accepted invitation", "Nia New") in acts()


def test_an_invitation_lasts_seven_days(client: Client, administrator_client: Client, mailoutbox: list[EmailMessage]) -> None:
    invite(administrator_client)
    link = link_in(mailoutbox[0], "/invitation/")
    with time_machine.travel(timezone.now() + dt.timedelta(days=6, hours=23), tick=False):
        assert client.get(link).status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1), tick=False):
        assert client.get(link).status_code == 410
        assert client.post(link, {"password": NEW}).status_code == 410


def test_inviting_again_makes_the_old_link_worthless(client: Client, administrator_client: Client, mailoutbox: list[EmailMessage]) -> None:
    invite(administrator_client)
    user = User.objects.get(email="nia@merebrook.example")
    administrator_client.post(f"/users/{user.pk}/invite-again/")
    first, second = (link_in(mail, "/invitation/") for mail in mailoutbox)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_a_disabled_person_s_invitation_is_over(client: Client, administrator_client: Client, mailoutbox: list[EmailMessage]) -> None:
    invite(administrator_client)
    user = User.objects.get(email="nia@merebrook.example")
    administrator_client.post(f"/users/{user.pk}/disable/")
    assert client.get(link_in(mailoutbox[0], "/invitation/")).status_code == 410


def test_a_forged_link_opens_nothing(client: Client, officer: User) -> None:
    assert client.get("/invitation/WzEsIiJd:1abc:forged/").status_code == 410
    assert client.get(f"/invitation/{invitations.token_for(officer)}/").status_code == 410, "has a password already"


def test_the_user_stands_when_the_mail_server_does_not(administrator_client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = invite(administrator_client).content.decode()
    assert "the email could not be sent" in page
    assert User.objects.filter(email="nia@merebrook.example").exists()


# The second step


def totp_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_with_a_second_factor_required_nobody_gets_past_setting_it_up(client: Client, officer: User, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    sign_in(client, officer)
    assert client.get("/account/")["Location"] == "/accounts/2fa/totp/activate/"
    confirm = client.get("/accounts/2fa/totp/activate/")["Location"]
    page = client.post(confirm, {"password": PASSWORD}, follow=True)
    secret = re.search(r'class="dm-key">([A-Z2-7]+)<', page.content.decode())
    assert secret, page.content.decode()
    wrong = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert "That code is not right" in wrong.content.decode()
    answer = client.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret.group(1))}, follow=True)
    assert "Recovery codes" in answer.content.decode()
    assert client.get("/account/").status_code == 200
    stored = Authenticator.objects.get(user=officer, type="totp").data["secret"]
    assert secret.group(1) not in stored, "a copy of the database does not give the second step away"

    recovery = re.findall(r"<code>(\w+)</code>", answer.content.decode())
    assert len(recovery) == 10
    elsewhere = Client()
    answer = sign_in(elsewhere, officer)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert elsewhere.get("/account/").status_code == 302, "a password alone is not enough"
    elsewhere.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert AuditEvent.objects.get(act="failed to sign in").detail == {"email": officer.email, "step": "code"}
    elsewhere.post("/accounts/2fa/authenticate/", {"code": recovery[0]})
    assert elsewhere.get("/account/").status_code == 200
    third = Client()
    sign_in(third, officer)
    third.post("/accounts/2fa/authenticate/", {"code": recovery[0]})
    assert third.get("/account/").status_code == 302, "a recovery code works once"


def test_the_second_step_is_changed_only_after_the_password_is_confirmed(client: Client, officer: User) -> None:
    sign_in(client, officer)
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert "Confirm that it is you" in client.get(answer["Location"]).content.decode()
    wrong = client.post(answer["Location"], {"password": "wrong"})
    assert "That is not your password" in wrong.content.decode()
    client.post(answer["Location"], {"password": PASSWORD})
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_sessions_ended_by_disabling_stay_ended(officer, administrator, browse):
    browser = browse(officer)
    assert browser.get("/").status_code == 200
    actions.disable_user(by=administrator, user=officer)
    actions.enable_user(by=administrator, user=officer)
    assert browser.get("/").status_code == 302


def test_a_form_sent_after_the_session_leads_back_to_its_page(client, authority):
    late = client.post("/extracts/54/again/", headers={"Referer": "http://testserver/extracts/54/"})
    assert late.url == "/accounts/login/?next=/extracts/54/"
    elsewhere = client.post("/extracts/54/again/", headers={"Referer": "http://elsewhere.example/trap/"})
    assert elsewhere.url == "/accounts/login/?next=/"


def test_a_form_from_a_page_left_open_is_told_so_in_words(authority, officer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer)
    answer = strict.post("/accounts/password/change/", {})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()
