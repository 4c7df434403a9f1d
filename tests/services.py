"""Gives every test run its own PostgreSQL and Valkey, before Django's settings are read (loaded by `-p` in pyproject.toml).

The process that starts them stops them: `make test`, else the pytest that was called; workers of pytest-xdist use what
their controller started, each its own database in both.
"""

import os
import re
from collections.abc import Generator

import pytest

from config import embedded, static_assets


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    given = bool(os.environ.get("REDIS_URL"))
    try:
        embedded.ensure(test=True)
        if not worker:
            static_assets.collect_if_stale()
    except embedded.ServicesError as problem:
        raise pytest.UsageError(str(problem)) from None
    if worker and given:
        # A cache of its own for each worker: one test's rate limit must not stop another's sign-in.
        number = int(worker.removeprefix("gw")) % 15 + 1
        os.environ["REDIS_URL"] = re.sub(r"/\d+$", f"/{number}", os.environ["REDIS_URL"])
    return (yield)


def pytest_unconfigure() -> None:
    if embedded.started_here():
        embedded.stop(test=True, only=embedded.started_here())
