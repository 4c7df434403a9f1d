"""Loads the register files that others put into a folder, such as the target of an SFTP drop, and puts each away with its receipt.

What is done stands in the folder: a file still lying in it has not been put away. Stopped at any moment and started again,
the command takes up what lies there; a file that was loaded and not yet put away is loaded again, which changes nothing.
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from attendance.models import Extract
from config.management.commands.import_register import attempt, explain, in_words, receipt_of_failure

DONE, FAILED = "done", "failed"
UNFINISHED = (".part", ".tmp", ".temp", ".filepart", ".crdownload", ".partial")  # names of files that are still being sent
LOCK = ".daymark-watching"


class Look(NamedTuple):
    """What a file was like when it was looked at."""

    inode: int
    size: int
    changed: int  # nanoseconds


class Command(BaseCommand):
    help = (
        "Load register files that arrive in a folder. A file is taken when it has stopped changing, and moved to done/ or failed/ "
        "in that folder with its receipt beside it as .txt and .json. Names that begin with a dot, or end as those of unfinished "
        "transfers do (.part, .tmp, .filepart), are left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--once", action="store_true", help="look twice, load what has stopped changing, and end: for cron")
        parser.add_argument("--every", type=float, default=15, metavar="SECONDS", help="between two looks (15)")
        parser.add_argument("--source", default="upload", metavar="NAME", help="where the files come from, for the receipt")
        parser.add_argument("--create-pupils", action="store_true", help="put pupils on roll who are not, from their earliest mark")

    def handle(self, *, folder: Path, once: bool, every: float, source: str, create_pupils: bool, **_: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.", returncode=2)
        options = {
            "school": None, "source": source, "as_at": None, "create_pupils": create_pupils,
            "dry_run": False, "queue": False, "share": True,
        }  # fmt: skip
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
        with _alone_in(folder):
            before: dict[Path, Look] = {}
            for number in range(2) if once else itertools.count():
                if number:
                    stop.wait(every)
                now = looks(folder)
                for path in sorted(path for path, look in now.items() if before.get(path) == look):
                    if stop.is_set():
                        return
                    if line := put_away(path, now[path], options):
                        self.stdout.write(line)
                        self.stdout.flush()
                before = now
                if stop.is_set():
                    return


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One watcher a folder; the lock ends with the process, however that ends."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"Another watcher looks after {folder}.") from None
        yield


def looks(folder: Path) -> dict[Path, Look]:
    """The files that may be taken once they have stopped changing."""
    found = {}
    for entry in os.scandir(folder):
        if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED) or not entry.is_file(follow_symlinks=False):
            continue
        if (look := _look(Path(entry.path))) is not None:
            found[Path(entry.path)] = look
    return found


def _look(path: Path) -> Look | None:
    try:
        told = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # taken back by whoever sent it
    return Look(told.st_ino, told.st_size, told.st_mtime_ns)


def put_away(path: Path, look: Look, options: dict[str, Any]) -> str:
    """Load a file and move it out of the way with its receipt: a line that says what became of it.

    A file that changed meanwhile, or that could not be loaded through no fault of its own, stays for the next look.
    """
    try:
        receipt, questions = attempt(path, options)
    except (OperationalError, InterfaceError, OSError) as problem:
        if not isinstance(problem, OSError) and not connection.in_atomic_block:
            connection.close()  # the next look asks for a new one
        return f"{path}: left for the next look. {explain(problem)}"
    except Exception as problem:
        receipt, questions = receipt_of_failure(path, problem), []
    if _look(path) != look:
        return f"{path}: changed while it was loaded, so it is looked at again."
    failed = receipt["status"] == Extract.Status.FAILED
    words = in_words(receipt, dry_run=False)
    kept = _name_in(path.parent / (FAILED if failed else DONE), path)
    rejected = [f"Line {one['line']}, {one['field']}: {one['message']}" for one in receipt["rejected"]]
    _write(kept.with_name(f"{kept.name}.txt"), "\n".join([words, *questions, *rejected]) + "\n")
    _write(kept.with_name(f"{kept.name}.json"), json.dumps(receipt | {"file": str(kept)}, indent=2, ensure_ascii=False) + "\n")
    path.rename(kept)
    return words


def _name_in(folder: Path, path: Path) -> Path:
    """A name that nothing in `folder` has: nightly files are often called the same."""
    folder.mkdir(mode=0o700, exist_ok=True)
    number, name = 1, path.name
    while (folder / name).exists() or (folder / f"{name}.txt").exists():
        number += 1
        name = f"{path.stem}-{number}{path.suffix}"
    return folder / name


def _write(path: Path, text: str) -> None:
    """Whole or not at all; receipts name children, so for this service's own user alone."""
    unfinished = path.with_name(f".{path.name}.tmp")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
