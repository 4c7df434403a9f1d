"""Everything `make test` checks, each part run even if an earlier one failed, on services of its own; one answer at the end.

python -m config.suite          what `make test` runs
python -m config.suite long     what `make test-full` runs
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from config import bootstrap, embedded
from config.embedded.state import CHECKOUT

COVERAGE = [sys.executable, "-m", "coverage"]


@dataclass(frozen=True)
class Part:
    name: str
    command: list[str]


def parts() -> list[Part]:
    pytest = [*COVERAGE, "run", "-m", "pytest", "tests", "-q"]
    return [
        Part("style", [sys.executable, "-m", "ruff", "check", "."]),
        Part("format", [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Part("types", [sys.executable, "-m", "mypy", "--no-error-summary"]),
        Part("imports", [str(Path(sys.executable).with_name("lint-imports"))]),
        Part("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Part("tests", [*pytest, "-n", "2", "-m", "not browser and not fault and not long"]),
        Part("browser", [*pytest, "-m", "browser and not fault and not long"]),
        Part("faults", [*pytest, "-m", "fault and not long"]),
    ]


def show_coverage() -> None:
    """For people to read: no figure is set as a bar."""
    print("\n=== coverage", flush=True)
    subprocess.run([*COVERAGE, "combine", "--quiet"], cwd=CHECKOUT, check=False)
    subprocess.run([*COVERAGE, "report"], cwd=CHECKOUT, check=False)


def long_parts() -> list[Part]:
    return [Part("long tests", [sys.executable, "-m", "pytest", "tests", "-q", "-m", "long"])]


def run(part: Part) -> tuple[str, bool, float]:
    print(f"\n=== {part.name}", flush=True)
    started = time.monotonic()
    if part.name == "browser" and not bootstrap.browser():
        print("NOT RUN: there is no Chromium on this machine. To have it: sudo apt-get install -y chromium")
        return part.name, False, 0.0
    done = subprocess.run(part.command, cwd=CHECKOUT, check=False)
    return part.name, done.returncode == 0, time.monotonic() - started


def main() -> int:
    long = sys.argv[1:] == ["long"]
    wanted = long_parts() if long else parts()
    # Never the demo's: tests make and drop databases. What DATABASE_URL and REDIS_URL name is used where they are set.
    try:
        embedded.ensure(test=True)
    except embedded.ServicesError as problem:
        print(problem)
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if embedded.is_ours(os.environ["DATABASE_URL"], test=True):
        os.environ["DAYMARK_TEST_OWN"] = "1"  # tests/services.py may keep a database there to copy from
    try:
        subprocess.run([*COVERAGE, "erase"], cwd=CHECKOUT, check=False)
        results = [run(part) for part in wanted]
        if not long:
            show_coverage()
    finally:
        embedded.stop(test=True, only=embedded.started_here())
    print("\n=== summary")
    for name, good, seconds in results:
        print(f"  {'passed' if good else 'FAILED'}  {name} ({seconds:.0f} s)")
    failed = [name for name, good, _ in results if not good]
    print(f"\n{len(failed)} of {len(results)} parts failed: {', '.join(failed)}" if failed else f"\nAll {len(results)} parts passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
