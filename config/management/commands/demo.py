"""`manage.py demo` (behind `make demo`): an invented authority to walk about in, with every process of the real thing."""

import contextlib
import os
import shutil
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from config import embedded, static_assets, supervisor
from config.demo.logins import DEMO_LOGINS
from config.embedded.postgres import Cluster
from config.embedded.valkey import Queue

FIRST_PORT = 8000


class Command(BaseCommand):
    help = "Run the demo: an invented authority, the web server, the worker and the clock. Ctrl-C stops what it started."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="drop the demo's data first and start over")
        parser.add_argument("--yes-really", action="store_true", help="with --reset: also where DATABASE_URL is not our own")
        parser.add_argument("--build-only", action="store_true", help="set up and build, but start no server")
        parser.add_argument("--seed", type=int, help="of the invented borough")
        parser.add_argument("--schools", type=int, help="how many schools to invent")
        parser.add_argument("--pupils", type=int, help="how many pupils to invent")

    def handle(self, *args: Any, **options: Any) -> int | None:  # type: ignore[override]
        ours = embedded.started_here()
        with supervisor.only_one() as alone:
            if not alone:
                raise CommandError("The demo is running already. Stop it with Ctrl-C where it runs, or with `make stop`.")
            try:
                with _interruptible():
                    self._prepare(options)
                code = 0 if options["build_only"] else self._serve()
            except KeyboardInterrupt:
                self.stdout.write("\nStopped before it was ready. `make demo` carries on.")
                code = 130
            except embedded.ServicesError as problem:
                raise CommandError(str(problem)) from None
            finally:
                connections.close_all()
                embedded.stop(only=ours)
        if code:
            raise SystemExit(code)
        return None

    def _prepare(self, options: dict[str, Any]) -> None:
        if options["reset"]:
            self._reset(really=options["yes_really"])
        if self._behind():
            self._say("Bringing the database's tables up to date")
            call_command("migrate", interactive=False, verbosity=0)
        self._build({name: options[name] for name in ("seed", "schools", "pupils") if options[name] is not None})
        if static_assets.collect_if_stale():
            self._say("Collected the static files")

    def _behind(self) -> bool:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

    def _build(self, wanted: dict[str, int]) -> None:
        """The borough is built once, in one transaction: an interrupted build has left nothing."""
        from schools.models import School

        if School.objects.exists():
            return
        self._say("Building the demo borough (once; the data is kept)")
        call_command("build_demo", **wanted)

    def _reset(self, *, really: bool) -> None:
        connections.close_all()
        ours = embedded.is_ours(os.environ["DATABASE_URL"])
        if ours:
            Cluster.at(embedded.home(), test=False).empty()
        elif really:
            with connection.cursor() as cursor:
                cursor.execute("drop schema public cascade; create schema public")
            connections.close_all()
        else:
            raise CommandError(
                f"DATABASE_URL names a database that is not the demo's own ({connection.settings_dict['NAME']}). "
                "Everything in it would be dropped. If that is what you want, add --yes-really."
            )
        queue = Queue.at(embedded.home(), test=False)
        if os.environ["REDIS_URL"] == queue.url:
            queue.empty()
        files = Path(settings.MEDIA_ROOT)
        if files.is_relative_to(embedded.home()):
            shutil.rmtree(files, ignore_errors=True)
        self._say("Dropped the demo's data")

    def _serve(self) -> int:
        port = _port()
        connections.close_all()
        keeper = supervisor.Supervisor(supervisor.demo_processes(port), say=self._say)
        return keeper.run(when_ready=lambda: _answers(port), announce=lambda: self._announce(port))

    def _announce(self, port: int) -> None:
        wide = max(len(label) for label, _, _ in DEMO_LOGINS)
        long = max(len(email) for _, email, _ in DEMO_LOGINS)
        lines = ["", f"Daymark is at http://127.0.0.1:{port}", "", "Sign in as (all invented people):"]
        lines += [f"  {label:{wide}}  {email:{long}}  {password}" for label, email, password in DEMO_LOGINS]
        lines += ["", f"Logs: {embedded.home() / 'logs'}", "Ctrl-C stops it; the data is kept."]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """While we prepare, SIGTERM and a closed terminal end us as Ctrl-C does: what was started is stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _port() -> int:
    """PORT if given, else 8000 or the next that is free."""
    given = os.environ.get("PORT")
    if given:
        if not given.isdecimal() or not _free(int(given)):
            raise CommandError(f"PORT={given} cannot be used: it is taken, or not a port. Choose another, or leave PORT unset.")
        return int(given)
    for port in range(FIRST_PORT, FIRST_PORT + 200):
        if _free(port):
            return port
    raise CommandError(f"No port from {FIRST_PORT} to {FIRST_PORT + 199} is free. Choose one with PORT=... make demo.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=3)
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
    return True
