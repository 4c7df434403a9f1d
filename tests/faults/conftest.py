"""A summer's day and real workers on the test's own database, for tests in which something is killed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connection

from tests.factories import make_authority
from tests.faults.loading import TODAY, kill, start_worker


@pytest.fixture
def summer(transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.DAYMARK_TODAY = TODAY.isoformat()
    settings.MEDIA_ROOT = tmp_path / "files"
    make_authority()
    current_app.control.purge()


@pytest.fixture
def environment(tmp_path: Path, settings: Any) -> dict[str, str]:
    """For processes that work on this test's database and files."""
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    name = connection.settings_dict["NAME"]
    return os.environ | {
        "DATABASE_URL": base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else ""),
        "DAYMARK_FILES": str(settings.MEDIA_ROOT),
        "DAYMARK_TODAY": TODAY.isoformat(),
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*, at_once: int = 1) -> subprocess.Popen[bytes]:
        started.append(start_worker(environment, tmp_path / "worker.log", at_once=at_once))
        return started[-1]

    yield start
    for process in started:
        kill(process)
