"""Runs the demo's processes together: starts them, restarts what dies, and stops exactly what it started.

A production host has its own supervisor (systemd, containers); the processes are the same.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config import embedded
from config.embedded import state

LONGEST_WAIT = 30.0
HEALTHY_AFTER = 30.0  # a process that lived this long starts again with the shortest wait
OTHERS_WAIT = 10.0  # how long the rest hold back for the first to be ready
GIVE_UP_AFTER = 8  # deaths in a row without ever having been healthy


@dataclass
class Process:
    name: str
    command: list[str]
    patience: float  # seconds between asking it to stop and ending it
    log: Path
    running: subprocess.Popen | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the rest in order
                preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    def end_group(self) -> None:
        """End whatever is left of it: children of a killed server would hold its port and its tasks."""
        if self.running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.running.pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.running and self.running.poll() is None:
            self.running.terminate()
            try:
                self.running.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.end_group()
                self.running.wait()
        self.end_group()
        self.running = None


@dataclass
class Supervisor:
    """Started in the order given; stopped in the order given, too: first the door, then the clock, then the work."""

    processes: list[Process]
    say: Callable[[str], None]
    first_wait: float = 1.0  # seconds before a dead process is started again; doubled at each death
    asked: int | None = None  # the signal that asked us to stop
    failed: str | None = None
    _handlers: dict = field(default_factory=dict)

    def run(self, when_ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        """Run until asked to stop. 0 when asked, 1 when a process cannot be kept alive."""
        announced = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._ask)
        try:
            # The first has the machine to itself until it is ready: what a person waits for comes first.
            for process in self.processes[1:]:
                process.not_before = time.monotonic() + OTHERS_WAIT
            while self.asked is None and self.failed is None:
                self._look_after()
                if not announced and when_ready():
                    announce()
                    announced = True
                    for process in self.processes:
                        if not process.deaths:
                            process.not_before = 0.0
                time.sleep(0.2)
        finally:
            self.stop()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
        return 1 if self.failed else 0

    def stop(self) -> None:
        for process in self.processes:
            process.stop()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked is not None and number == signal.SIGINT:
            for process in self.processes:  # asked twice: no more patience
                process.patience = 0.1
        self.asked = number

    def _look_after(self) -> None:
        now = time.monotonic()
        for process in self.processes:
            if process.running is not None and process.running.poll() is not None:
                self._bury(process, now)
            if process.running is None and now >= process.not_before and self.failed is None:
                process.start()

    def _bury(self, process: Process, now: float) -> None:
        assert process.running is not None  # noqa: S101
        code = process.running.returncode
        process.end_group()
        process.running = None
        process.deaths = 1 if now - process.started >= HEALTHY_AFTER else process.deaths + 1
        wait = min(LONGEST_WAIT, self.first_wait * 2 ** (process.deaths - 1))
        process.not_before = now + wait
        end = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.say(f"The {process.name} {end}; starting it again in {wait:.0f} s. The end of {process.log}:\n{state.tail(process.log, 10)}")
        if process.deaths >= GIVE_UP_AFTER:
            self.failed = process.name
            self.say(f"The {process.name} died {process.deaths} times in a row. Stopping everything.")


def demo_processes(port: int) -> list[Process]:
    """Web server, clock and worker, as in production."""
    place = embedded.home()
    logs = state.make(place / "logs")
    python = sys.executable
    web = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    web += ["--worker-class", "gthread", "--threads", "4", "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket"]
    celery = ["-m", "celery", "-A", "config", "--workdir", str(state.CHECKOUT)]
    beat = [*celery, "beat", "--schedule", str(place / "beat-schedule"), "--pidfile", "", "--loglevel", "WARNING"]
    worker = [*celery, "worker", "--concurrency", "2", "--pool", "prefork", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return [
        Process("web server", [python, *web], patience=8, log=_fresh(logs / "web.log")),
        Process("clock", [python, *beat], patience=5, log=_fresh(logs / "beat.log")),
        Process("worker", [python, *worker], patience=20, log=_fresh(logs / "worker.log")),
    ]


@contextlib.contextmanager
def only_one() -> Iterator[bool]:
    """Hold the demo's place; yields False if another process runs the demo of this checkout already."""
    handle = state.try_lock(embedded.home() / "demo.lock")
    if handle is None:
        yield False
        return
    try:
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield True
    finally:
        os.truncate(handle, 0)
        os.close(handle)


def running_pid() -> int | None:
    """The process that runs the demo of this checkout, if one does."""
    path = embedded.home() / "demo.lock"
    handle = state.try_lock(path)
    if handle is not None:
        os.close(handle)
        return None
    try:
        return int(path.read_text())
    except ValueError:
        return None


def stop_other(seconds: float = 60) -> bool:
    """Ask the running demo to stop and wait until it has."""
    pid = running_pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running_pid() is None:
            return True
        time.sleep(0.1)
    raise embedded.ServicesError(f"The demo (process {pid}) did not stop within {seconds:.0f} seconds.")


def _fresh(log: Path) -> Path:
    """A log for this run; the one before is kept beside it."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    return log


def _die_with_parent() -> None:
    """On Linux a child of ours is asked to stop should we be killed; elsewhere it goes on."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
