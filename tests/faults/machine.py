"""A fresh state folder, and commands run in it as a person would run them: by real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GIVEN = ("DATABASE_URL", "REDIS_URL", "DAYMARK_SECRET_KEY", "DAYMARK_FILES", "PYTEST_XDIST_WORKER")


def until(true: Callable[[], object], what: str, seconds: float = 90) -> object:
    """Wait for something that is going to be true; a failure names what never was."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < deadline:
        result = true()
        if result:
            return result
        pause.wait(0.05)
    raise AssertionError(f"never came true: {what}")


@dataclass
class Machine:
    state: Path
    begun: list[subprocess.Popen] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in GIVEN and not name.startswith("COVERAGE_")}
        return {**own, "DAYMARK_STATE": str(self.state), **more}

    def start(self, *command: str, **more: str) -> subprocess.Popen:
        running = subprocess.Popen(
            [sys.executable, *command],
            cwd=CHECKOUT,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.begun.append(running)
        return running

    def end(self) -> None:
        """Stop everything, also what a failed test left running."""
        self.manage("stop")
        for running in self.begun:
            if running.poll() is None:
                running.kill()
                running.communicate()
            elif running.stdout:
                running.stdout.close()

    def manage(self, *arguments: str, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=CHECKOUT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def python(self, code: str, **more: str) -> str:
        """What this code prints, run with config.embedded imported."""
        done = subprocess.run(
            [sys.executable, "-c", f"import os\nfrom config import embedded\n{code}"],
            cwd=CHECKOUT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ensure(self, **more: str) -> tuple[str, str, str]:
        """Database address, queue address, and what this call started."""
        said = self.python(
            "embedded.ensure()\nprint(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], '+'.join(embedded.started_here()) or '-')",
            **more,
        )
        database, queue, started = said.split()
        return database, queue, started

    def stop(self) -> str:
        return self.python("print(' '.join(embedded.stop()) or '-')")

    def servers(self) -> list[int]:
        """The main process of every PostgreSQL on this folder, counted from the outside."""
        found = []
        for number, command in processes():
            is_main = command and Path(command[0]).name == "postgres" and "-D" in command
            if is_main and any(str(self.state) in part for part in command):
                found.append(number)
        return found

    def queues(self) -> list[int]:
        marks = (str(self.state),)
        return [n for n, command in processes() if command and "valkey-server" in command[0] and any(m in command[0] for m in marks)]


def processes() -> list[tuple[int, list[str]]]:
    """Every living process and its command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
            state = (path.parent / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if command != [""] and state not in "ZX":
            found.append((int(path.parent.name), command))
    return found


def children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(path.parent.name))
    return found


def kill_all(main: int) -> None:
    """kill -9 a server and every process of it, as a machine's out-of-memory killer or a power cut would."""
    for number in [main, *children(main)]:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue
