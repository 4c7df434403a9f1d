"""The processes of a deployment for browser tests: gunicorn and a Celery worker on the test run's own database and queue."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection
from playwright.sync_api import Page, expect

from accounts.models import User
from tests import factories
from tests.faults.machine import CHECKOUT, until

DAY = "2026-11-20"


@dataclass
class Stack:
    """`url` is the web server's address. Everything is stopped by `stop`, whatever state it is in."""

    folder: Path
    url: str = ""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        web = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
        self._run("web", [*web, "--worker-class", "gthread", "--threads", "4", "--no-control-socket"])
        worker = ["-m", "celery", "-A", "config", "worker", "--concurrency", "1", "--without-gossip", "--without-mingle"]
        self._run("worker", [*worker, "--loglevel", "INFO"])
        until(self._answers, "the web server answers")

    def _run(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=CHECKOUT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)

    def environment(self) -> dict[str, str]:
        url = urlsplit(os.environ["DATABASE_URL"])
        return os.environ | {
            "DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
            "DAYMARK_TODAY": DAY,
            "DAYMARK_FILES": str(self.folder / "files"),
            "DAYMARK_SECURE_COOKIES": "0",
            "DAYMARK_SECOND_FACTOR": "0",
            "DAYMARK_EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        }

    def _answers(self) -> bool:
        assert all(process.poll() is None for process in self.running), f"a process ended: see {self.folder}"
        try:
            urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=20)  # noqa: S310  (our own address)
        except urllib.error.HTTPError as answer:
            return answer.code < 500
        except OSError:
            return False
        return True

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()


def sign_in(page: Page, stack: Stack, user: User) -> None:
    page.goto(f"{stack.url}/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
