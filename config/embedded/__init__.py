"""PostgreSQL and Valkey for a machine that has neither: the same engines as in production, started on first need.

    ensure()            start what DATABASE_URL and REDIS_URL do not give, and set them
    what_is_running()   {"PostgreSQL": address, ...}
    stop()              stop what runs in this checkout's folder

Standard library only: `manage.py` calls this before Django is there.
"""

import os
from pathlib import Path

from . import state
from .postgres import Cluster
from .state import ServicesError, folder
from .valkey import Queue

__all__ = ["ServicesError", "ensure", "folder", "home", "is_ours", "started_here", "stop", "what_is_running"]

_started: list[str] = []
_slot: tuple[int, Path] | None = None


def home(*, test: bool = False) -> Path:
    """The folder of one set of services. Tests have their own, and two test runs at once one each."""
    global _slot
    base = state.make(state.folder())
    if not test:
        return base
    if _slot is None:
        for number in range(1, 100):
            lock = state.try_lock(base / f"test-{number}.lock")
            if lock is not None:
                _slot = (lock, state.make(base / f"test-{number}"))
                break
        else:
            raise ServicesError("99 test runs are using this checkout at once. Wait for one to end.")
    return _slot[1]


def ensure(*, test: bool = False) -> None:
    """Start what is not given by DATABASE_URL or REDIS_URL, and set those; see also `started_here()`."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL") and os.environ.get("DAYMARK_SECRET_KEY"):
        return  # a deployment: it has no need of our folder
    place = home(test=test)
    _default("DAYMARK_SECRET_KEY", state.secret(place / "secret-key"))
    _default("DAYMARK_FILES", str(place / "files"))
    if not os.environ.get("DATABASE_URL"):
        cluster = Cluster.at(place, test=test)
        with state.locked(place / "services.lock"):
            if cluster.start():
                _started.append("PostgreSQL")
        os.environ["DATABASE_URL"] = cluster.url
    if not os.environ.get("REDIS_URL"):
        queue = Queue.at(place, test=test)
        with state.locked(place / "services.lock"):
            if queue.start():
                _started.append("Valkey")
        os.environ["REDIS_URL"] = queue.url


def name_without_starting() -> None:
    """For commands that need settings but no database: say where it would be."""
    place = home()
    _default("DAYMARK_SECRET_KEY", state.secret(place / "secret-key"))
    _default("DAYMARK_FILES", str(place / "files"))
    _default("DATABASE_URL", "postgresql://daymark@/daymark")
    _default("REDIS_URL", "redis://127.0.0.1:6379/0")


def started_here() -> list[str]:
    """Which services this process has started (and so may stop without taking them from anybody)."""
    return list(_started)


def is_ours(url: str | None, *, test: bool = False) -> bool:
    """Is this the database of this checkout's own cluster (of this test run's)?"""
    try:
        return bool(url) and url == Cluster.at(home(test=test), test=test).url
    except ServicesError:  # there is no PostgreSQL of ours at all
        return False


def what_is_running(*, test: bool = False) -> dict[str, str]:
    return _running(home(test=test), test=test)


def _running(place: Path, *, test: bool) -> dict[str, str]:
    running = {}
    for path in sorted(place.glob("postgres-*/data")):
        cluster = Cluster(bins=Path(), home=path.parent, test=test)
        if cluster.pid():
            running["PostgreSQL"] = cluster.url
    queue = Queue.at(place, test=test)
    if queue.pid():
        running["Valkey"] = f"127.0.0.1:{queue.port}"
    return running


def stop(*, test: bool = False, only: list[str] | None = None) -> list[str]:
    """Stop what runs (or `only` some of it). Returns what was stopped."""
    return _stop(home(test=test), test=test, only=only)


def stop_left_over_tests() -> list[str]:
    """Stop services of test runs that were killed before they could do it themselves."""
    stopped = []
    for lock_file in sorted(folder().glob("test-*.lock")):
        lock = state.try_lock(lock_file)
        if lock is not None:
            place = lock_file.with_suffix("")
            if place.exists():
                stopped += [f"{name} of an earlier test run" for name in _stop(place, test=True, only=None)]
            os.close(lock)
    return stopped


def _stop(place: Path, *, test: bool, only: list[str] | None) -> list[str]:
    stopped = []
    with state.locked(place / "services.lock"):
        if (only is None or "Valkey" in only) and Queue.at(place, test=test).stop():
            stopped.append("Valkey")
        if (only is None or "PostgreSQL" in only) and any(place.glob("postgres-*/data")):
            cluster = Cluster.at(place, test=test)
            if cluster.stop():
                stopped.append("PostgreSQL")
    for name in stopped:
        if name in _started:
            _started.remove(name)
    return stopped


def _default(name: str, value: str) -> None:
    if not os.environ.get(name):
        os.environ[name] = value
