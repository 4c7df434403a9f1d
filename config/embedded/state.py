"""Where the embedded services keep their data, and as whom they run.

Nothing here changes the mode or owner of a folder it did not make: a set-up tool that opens the home of root so that a
database can read its files has opened it to everybody.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

try:
    import pwd
except ImportError:  # Windows: the embedded services are not for it
    pwd = None  # type: ignore[assignment]

CHECKOUT = Path(__file__).resolve().parents[2]
WHEELS = CHECKOUT / ".venv" / "services"
SYSTEM_USER = "daymark-db"


class ServicesError(RuntimeError):
    """Something a person has to know, in words they can act on."""


def is_root() -> bool:
    return os.geteuid() == 0


def folder() -> Path:
    """The folder for this checkout and this user: DAYMARK_STATE, or one named after the checkout's path."""
    given = os.environ.get("DAYMARK_STATE")
    if given:
        return Path(given).absolute()
    tag = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    if is_root():
        return Path("/var/lib") / f"daymark-{tag}"  # not /var/tmp: that is anybody's to write in, and is swept
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / f"daymark-{tag}"


def make(path: Path, *, mode: int | None = None) -> Path:
    """Make a folder of ours. As root it is world-searchable, so that the system user reaches its own part below."""
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode if mode is not None else 0o755 if is_root() else 0o700)
    if path.stat().st_uid != os.geteuid():
        raise ServicesError(f"The folder {path} belongs to another user. Set DAYMARK_STATE to a folder of your own, or run as that user.")
    return path


def make_for_service(path: Path) -> Path:
    """A folder only the service (as root: the system user) can enter."""
    if not path.exists():
        path.mkdir(parents=True, mode=0o700)
        account = run_as()
        if account:
            os.chown(path, account["user"], account["group"])
            _check_reachable(path)
    return path


def _check_reachable(path: Path) -> None:
    if subprocess.run(["test", "-x", str(path)], cwd="/", **run_as(), check=False).returncode:
        path.rmdir()
        raise ServicesError(
            f"PostgreSQL does not run as root, and the user it runs as ({SYSTEM_USER}) cannot reach {path}. "
            "Set DAYMARK_STATE to a folder under /var/lib or /var/tmp."
        )


def run_as() -> dict:
    """subprocess arguments that drop root; empty for a plain user."""
    if not is_root():
        return {}
    try:
        account = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        with contextlib.suppress(OSError):  # another process may have been first; what counts is that the user exists
            subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=False, capture_output=True)
        try:
            account = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            raise ServicesError(
                f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made. "
                f"Make it, run as a plain user, or set DATABASE_URL and REDIS_URL."
            ) from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def environment() -> dict[str, str]:
    """What a service sees of our environment: nothing that could change what it does (PGPORT, PGDATA, LD_*)."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time. The kernel lets go when the process dies, so no lock is ever left behind."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def try_lock(path: Path) -> int | None:
    """Hold a lock for the life of this process; None if another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def secret(path: Path, *, length: int = 50) -> str:
    """The secret kept in this file, made on first use and readable by us alone."""
    with locked(path.with_name(path.name + ".lock")):
        if not path.exists():
            new = path.with_name(path.name + ".new")
            new.touch(mode=0o600)
            new.write_text(secrets.token_urlsafe(length))
            new.rename(path)
    return path.read_text().strip()


def alive(pid: int, *names: str) -> bool:
    """Is this process running, and one of these programs?

    A killed server whose parent does not reap it (common in containers) stays as a zombie that still answers
    `kill -0`; and after a restart of the machine its number may belong to anybody.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        state = rest.split()[0]
    except (OSError, IndexError):
        asked = subprocess.run(["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
        state, _, command = asked.stdout.strip().partition(" ")
        name = Path(command.strip()).name
    return bool(state) and state[0] not in "ZX" and any(name.startswith(known[:15]) for known in names)


def tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
