"""What the API says of itself is true: nothing that can be asked breaks it, and every answer is as described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts import clock
from accounts.models import User
from attendance.push import make_push_token
from config.api import schema
from schools.models import School
from tests.api.world import make_world, token_of

pytestmark = pytest.mark.django_db


def described(*, every_limit: bool) -> Any:
    """`every_limit`: those of each parameter are tried one after another too, a hundred requests and more for a list."""
    api = schemathesis.openapi.from_dict(schema())
    api.app = get_wsgi_application()
    api.config.phases.coverage.enabled = every_limit
    return api


AT_RANDOM, EVERY_LIMIT = described(every_limit=False), described(every_limit=True)
BOUNDED = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture
def one_transaction() -> Iterator[None]:
    """Requests come in by WSGI here, which would close the test's connection between them, as Django's own test client must not."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def no_limits(settings: Any) -> None:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, "1000000/min")


@pytest.fixture
def tokens(cast: dict[str, User], school_a: School, school_b: School, no_limits: None, one_transaction: None) -> dict[str, str]:
    for school in (school_a, school_b):
        make_world(school, cast["officer"])
    _, system = make_push_token(by=cast["officer"], now=clock.now(), school=school_a, name="The school’s system", days=90)
    return {part: token_of(cast[part]) for part in ("officer", "contact_a", "manager", "staff_a")} | {"the school's system": system}


def answers_as_described(case: schemathesis.Case, token: str) -> None:
    # of registers a school, a pupil or a day must be asked for, and from must come before to: OpenAPI cannot say so
    unsaid = [positive_data_acceptance] if "registers" in case.operation.path else []
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=unsaid)


@pytest.mark.parametrize("part", ["officer", "contact_a", "the school's system"])
@AT_RANDOM.parametrize()
@settings(BOUNDED, max_examples=8)
def test_every_operation_answers_as_described(case: schemathesis.Case, part: str, tokens: dict[str, str]) -> None:
    answers_as_described(case, tokens[part])


@pytest.mark.long
@pytest.mark.parametrize("part", ["officer", "contact_a", "manager", "staff_a", "the school's system"])
@EVERY_LIMIT.parametrize()
@settings(BOUNDED, max_examples=30)
def test_many_requests_answer_as_described(case: schemathesis.Case, part: str, tokens: dict[str, str]) -> None:
    answers_as_described(case, tokens[part])


def test_the_description_is_valid_and_complete() -> None:
    """No warning: every field and parameter has its kind."""
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")
