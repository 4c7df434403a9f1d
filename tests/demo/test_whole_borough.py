"""The borough at its full size, and that a seed always gives the same borough."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from attendance import register
from attendance.models import Extract
from casework.models import Case, Entry
from legal.models import Decision, Notice
from meetings.models import Item
from schools.models import Pupil, School
from tests.demo import working
from tests.demo.conftest import built
from tests.demo.test_borough import OFF, as_absent_as_england

pytestmark = pytest.mark.django_db


_NUMBER = re.compile(r"Letter L\d+")  # which the database gives: it goes on from the borough before


def fingerprint() -> str:
    """Of everything that is drawn: names, marks and what was done about them."""
    found = hashlib.sha256()
    for row in Pupil.objects.order_by("upn").values_list("upn", "surname", "forename", "dob", "postcode"):
        found.update(repr(row).encode())
    found.update(register.read(2025).marks.tobytes())
    found.update(register.read(2026).marks.tobytes())
    for model, names in (
        (Case, ("pupil__upn", "opened", "stage", "outcome")),
        (Entry, ("day", "words")),
        (Item, ("meeting__day", "reason", "decision")),
        (Decision, ("day", "sha256")),
        (Notice, ("number", "sessions", "state")),
    ):
        told = (_NUMBER.sub("Letter", repr(row)) for row in model.objects.values_list(*names))
        found.update(repr(sorted(told)).encode())
    return found.hexdigest()


def test_a_seed_gives_one_borough_and_another_replaces_it(django_db_setup: None, django_db_blocker: Any, files: Path) -> None:
    small = ("--schools", "3", "--pupils", "120")
    with built(django_db_blocker, files, *small, "--seed", "7"):
        first = fingerprint()
        assert School.objects.count() == 4
        call_command("build_demo", *small, "--seed", "8", "--replace", verbosity=0, stdout=io.StringIO())
        assert fingerprint() != first
        call_command("build_demo", *small, "--seed", "7", "--replace", verbosity=0, stdout=io.StringIO())
        assert fingerprint() == first
        assert School.objects.count() == 4
        assert Extract.objects.values("school").distinct().count() == 3


@pytest.mark.long
def test_the_whole_borough_was_as_absent_as_england(django_db_setup: None, django_db_blocker: Any, files: Path) -> None:
    with built(django_db_blocker, files):
        assert School.objects.count() == 98
        assert 33_500 < Pupil.objects.filter(enrolments__end=None).distinct().count() < 34_500
        for phase in OFF:
            as_absent_as_england(phase, times=1)
        for check in working.CHECKS[:-2]:
            check()
        working.money_and_days_follow_the_rules()
        working.requests_are_proved_by_the_rule(every=9)
        working.there_is_one_of_everything()
        working.officers_have_their_loads()
        working.whoever_signs_in_has_work()
