"""One small borough for the tests that look at it. It is built once, and rolled back when they are done.

Tests that use it are marked django_db too, so that each has its own savepoint within the borough's transaction.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

TODAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def borough(django_db_setup: None, django_db_blocker: Any, files: Path) -> Iterator[str]:
    """12 schools and 3,000 pupils on Friday 20 November 2026. The value is what the command said."""
    with built(django_db_blocker, files, "--schools", "12", "--pupils", "3000") as said:
        yield said


class built:
    """A borough within a transaction that is rolled back."""

    def __init__(self, blocker: Any, files: Path, *options: str) -> None:
        self.blocker, self.files, self.options = blocker.unblock(), files, options

    def __enter__(self) -> str:
        self.blocker.__enter__()
        self.changed = override_settings(DAYMARK_TODAY=TODAY.isoformat(), MEDIA_ROOT=self.files)
        self.changed.enable()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        out = io.StringIO()
        try:
            call_command("build_demo", *self.options, stdout=out, stderr=io.StringIO())
        except BaseException:
            self.__exit__()
            raise
        return out.getvalue()

    def __exit__(self, *_: object) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.changed.disable()
        self.blocker.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def on_that_day(settings: Any, files: Path) -> None:
    settings.DAYMARK_TODAY = TODAY.isoformat()
    settings.MEDIA_ROOT = files
