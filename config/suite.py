"""Everything `make test` checks, each part run even if an earlier one failed, on services of its own; one answer at the end.

python -m config.suite            what `make test` runs
python -m config.suite long       what `make test-full` runs
python -m config.suite coverage   what `make coverage` runs
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


PYTEST = ["-m", "pytest", "-q", "--durations=12", "--durations-min=4"]  # what takes longest is told, to be looked at
AT_ONCE = ["tests", "-n", "2"]  # the others have the machine to themselves, and gather only their own folder


def parts() -> list[Part]:
    return [
        Part("style", [sys.executable, "-m", "ruff", "check", "."]),
        Part("format", [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Part("types", [sys.executable, "-m", "mypy", "--no-error-summary"]),
        Part("imports", [str(Path(sys.executable).with_name("lint-imports"))]),
        Part("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Part("tests", [sys.executable, *PYTEST, *AT_ONCE, "-m", "not browser and not fault and not long"]),
        Part("browser", [sys.executable, *PYTEST, "tests/browser", "-m", "not long"]),
        Part("faults", [sys.executable, *PYTEST, "tests/faults", "-m", "fault and not long"]),
    ]


def long_parts() -> list[Part]:
    return [
        Part("long tests", [sys.executable, *PYTEST, *AT_ONCE, "-m", "long and not browser and not fault"]),
        Part("looks", [sys.executable, *PYTEST, "tests/browser", "-m", "long"]),
        Part("long faults", [sys.executable, *PYTEST, "tests/faults", "-m", "long"]),
    ]


def covered_parts() -> list[Part]:
    """For people to read: no figure is set as a bar."""
    return [
        Part("coverage begun anew", [*COVERAGE, "erase"]),
        Part("tests", [*COVERAGE, "run", *PYTEST, *AT_ONCE, "-m", "not browser and not fault and not long"]),
        Part("coverage gathered", [*COVERAGE, "combine", "--quiet"]),
        Part("coverage", [*COVERAGE, "report"]),
    ]


def run(part: Part) -> tuple[str, bool, float]:
    print(f"\n=== {part.name}", flush=True)
    started = time.monotonic()
    if part.name in ("browser", "looks") and not bootstrap.browser():
        print("NOT RUN: there is no Chromium on this machine. To have it: sudo apt-get install -y chromium")
        return part.name, False, 0.0
    done = subprocess.run(part.command, cwd=CHECKOUT, check=False)
    return part.name, done.returncode == 0, time.monotonic() - started


def main() -> int:
    wanted = {"long": long_parts, "coverage": covered_parts}.get("".join(sys.argv[1:]), parts)()
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
        results = [run(part) for part in wanted]
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
