"""Chromium for the browser tests: the machine's own, never a download. Without one they fail; they are not skipped."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from config import bootstrap
from tests.browser.stack import Stack

# Playwright keeps an event loop running in this thread, which Django takes for a reason to refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    """A test that fails leaves its trace in test-results/: what the page showed, asked for and said."""
    if config.option.tracing == "off":
        config.option.tracing = "retain-on-failure"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file called *_look.py looks at every page of a part, at three widths: `make test-full` does. Stories are in `make test`."""
    for item in items:
        if item.path.name.endswith("_look.py"):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = bootstrap.browser()
    if not chromium:
        pytest.fail("There is no Chromium on this machine. To have it: sudo apt-get install -y chromium")
    # Chromium's sandbox does not start for root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": sandbox}


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """The application behind a real port, serving its static files itself: by their hashed names, as in production.

    pytest-django's own would put Django's development file server in front, which does not know those names.
    """
    server = LiveServer("127.0.0.1", start=False)
    server.thread.static_handler = lambda application: application
    server.start()
    yield server
    server.stop()


@pytest.fixture
def enter(page: Page, live_server: LiveServer) -> Callable[[User], Page]:
    """`enter(user)` is the page of a browser in which `user` has signed in."""

    def signed_in(user: User) -> Page:
        client = Client()
        client.force_login(user)
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        return page

    return signed_in


@pytest.fixture
def stack(transactional_db: None, tmp_path: Path) -> Iterator[Stack]:
    """Stopped with its test: a worker that lives on would do the work of the next."""
    running = Stack(tmp_path)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def true_passwords(settings: Any) -> None:
    """Hashed as the running web server expects, not as the quick tests do. Ask for it before any user."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
