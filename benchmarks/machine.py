"""The machine's part: Celery workers as in production, and what they, the database and this process use of it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _processor_seconds(pid: int) -> float:
    """Of a process, its living children and those it has buried. 0 where the system does not tell."""
    stat = _stat(pid)
    own = sum(map(int, stat[11:15])) / TICK if stat else 0.0
    return own + sum(_processor_seconds(child) for child in children(pid))


def _peak_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def postmaster() -> int | None:
    """Of the embedded cluster; None where the database is somebody else's."""
    from config import embedded
    from config.embedded.postgres import Cluster

    return Cluster.at(embedded.home(), test=False).pid()


class Workers:
    """Two, as in the demo; `number` of them."""

    def __init__(self, number: int = 2) -> None:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(number), "--pool", "prefork"]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "ERROR"]
        with tempfile.TemporaryFile() as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.number = number

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def peak(self) -> int:
        """The most memory one of them has held, in bytes."""
        return max((_peak_of(pid) for pid in children(self.process.pid)), default=0)

    def processor_seconds(self) -> float:
        return _processor_seconds(self.process.pid)


@contextmanager
def workers() -> Iterator[Workers]:
    running = Workers()
    try:
        yield running
    finally:
        running.stop()


class Used:
    """Time by the wall, and processor time of this process, the workers and the database together."""

    seconds = 0.0
    processor = 0.0
    here = 0.0  # of it, this process
    by_workers = 0.0
    by_database = 0.0


@contextmanager
def used(working: Workers | None = None) -> Iterator[Used]:
    found, database = Used(), postmaster()

    def now() -> tuple[float, float, float]:
        own, gone = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return (
            own.ru_utime + own.ru_stime + gone.ru_utime + gone.ru_stime,
            working.processor_seconds() if working else 0.0,
            _processor_seconds(database) if database else 0.0,
        )

    before, start = now(), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - start
    found.here, found.by_workers, found.by_database = (b - a for a, b in zip(before, now(), strict=True))
    found.processor = found.here + found.by_workers + found.by_database


def wait(done: Callable[[], bool], what: str, seconds: float = 7200, pause: float = 0.2) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(pause)
