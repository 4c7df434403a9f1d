"""Whatever somebody typed is shown as they typed it: no page and no letter takes words for markup, and no letter fetches anything."""

from __future__ import annotations

import logging
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.urls import reverse

from accounts.models import User
from legal import documents
from legal.models import Notice
from schools import printing
from schools.models import School
from tests.conftest import Browse
from tests.flows.test_doors import DOORS, things_of

pytestmark = pytest.mark.django_db

HOSTILE = "<img src=file:///etc/passwd onerror=alert(1)>"
# read by the program, not by people, or rendered by it: what they hold is never typed
_OURS = {
    "html", "address_name", "password", "session_hash", "stored", "rejected_file", "sha256", "layout", "policy_version", "register",
    "key", "email",
}  # fmt: skip
_APPS = ("accounts", "schools", "attendance", "casework", "meetings", "legal")


def _typed(model: type[models.Model]) -> list[str]:
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField))
        and not (field.choices or field.unique or field.name in _OURS)
        and (field.max_length or 1000) >= len(HOSTILE)
    ]


@pytest.fixture
def hostile(cast: dict[str, User], school_a: School) -> dict[str, dict[str, Any]]:
    """One of everything, with markup in every text that somebody typed, what is never changed included."""
    things = things_of(school_a, cast["contact_a"])
    written = 0
    for name in _APPS:
        for model in apps.get_app_config(name).get_models():
            for field in _typed(model):
                try:
                    with transaction.atomic(), pgtrigger.ignore():
                        written += model._default_manager.update(**{field: HOSTILE})
                except DatabaseError:
                    continue  # a constraint of its own keeps it to what is ours
    assert written > 60
    return things


@pytest.mark.parametrize("part", ["manager", "legal", "contact_a", "administrator"])
def test_no_page_takes_words_for_markup(part: str, cast: dict[str, User], hostile: dict[str, dict[str, Any]], browse: Browse) -> None:
    client, shown, taken = browse(cast[part]), 0, []
    client.raise_request_exception = False
    for name, door in DOORS.items():
        if part not in door.roles or door.post == 302 or name == "account_logout":
            continue
        answer = client.get(reverse(name, kwargs=hostile.get(door.of, {}) | door.arguments))
        if answer.streaming:
            assert list(answer.streaming_content)
            assert "attachment" in answer["Content-Disposition"]
            continue
        if "html" not in answer.get("Content-Type", ""):
            continue
        page = answer.content.decode()
        shown += "&lt;img src=file" in page
        if "<img src=file" in page or answer.status_code >= 500:
            taken.append(f"{name}: {answer.status_code}")
    assert taken == []
    assert shown > 10


def test_a_letter_neither_takes_words_for_markup_nor_fetches(hostile: dict[str, dict[str, Any]], caplog: pytest.LogCaptureFixture) -> None:
    Notice.objects.update(to_address=f"1 Mill Lane, {HOSTILE}")
    notice = Notice.objects.get(pk=hostile["notice"]["pk"])
    printed = documents.html(notice)
    assert "<img" not in printed
    assert printed.count("&lt;img") > 3
    assert documents.pdf(notice).startswith(b"%PDF")
    log = logging.getLogger("weasyprint")
    log.addHandler(caplog.handler)
    try:
        printing.pdf('<html lang="en"><title>A letter</title><img src="file:///etc/passwd" alt="">', "")
    finally:
        log.removeHandler(caplog.handler)
    assert "file:///etc/passwd is not fetched" in caplog.text
