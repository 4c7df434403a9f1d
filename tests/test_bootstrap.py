"""What a fresh machine is given: lock files that work through any index, a front end without forbidden branding, plain refusals."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from config import bootstrap
from config.embedded.state import CHECKOUT

LOCKS = sorted((CHECKOUT / "config" / "locks").glob("*.txt"))
LOCK_IDS = [path.stem for path in LOCKS]
NPM_LOCK = CHECKOUT / "config" / "frontend" / "package-lock.json"
SERVED = CHECKOUT / "static" / "vendor"


def packages(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", lock.read_text(), flags=re.MULTILINE))


def test_there_is_a_lock_file_for_each_purpose() -> None:
    assert LOCK_IDS == ["app", "lock", "node", "services", "test"]


@pytest.mark.parametrize("lock", [*LOCKS, NPM_LOCK], ids=[*LOCK_IDS, "npm"])
def test_no_lock_file_names_an_address(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert "index-url" not in lock.read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=LOCK_IDS)
def test_every_locked_package_has_one_version_and_hashes(lock: Path) -> None:
    entries = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+(\[[^\]]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_every_npm_package_is_checked_by_a_hash() -> None:
    text = NPM_LOCK.read_text()
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')


def test_tests_run_on_the_very_packages_that_the_application_runs_on() -> None:
    app, test = packages(CHECKOUT / "config/locks/app.txt"), packages(CHECKOUT / "config/locks/test.txt")
    shared = set(app) & set(test)
    assert "django" in shared
    assert {name: app[name] for name in shared} == {name: test[name] for name in shared}


def test_what_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    groups = {"app": project["project"]["dependencies"], **project["dependency-groups"]}
    for group, wanted in groups.items():
        names = {re.split(r"[\[<>=~! ]", each)[0].lower() for each in wanted}
        assert names <= set(packages(CHECKOUT / f"config/locks/{group}.txt")), group


def test_production_never_gets_the_embedded_services() -> None:
    assert not set(packages(CHECKOUT / "config/locks/services.txt")) & set(packages(CHECKOUT / "config/locks/app.txt"))
    dockerfile = (CHECKOUT / "config/Dockerfile").read_text()
    assert "locks/app.txt" in dockerfile
    assert "services" not in dockerfile


@pytest.mark.parametrize("name", ["govuk-frontend.min.css", "moj-frontend.min.css"])
def test_the_served_stylesheets_hold_no_typeface_crest_or_crown_of_the_government(name: str) -> None:
    css = (SERVED / name).read_text()
    assert len(css) > 50_000
    for forbidden in ("GDS Transport", "@font-face", "govuk-crest", "sourceMappingURL", "/assets/"):
        assert forbidden not in css
    assert css.count("{") == css.count("}")
    assert "system-ui,arial,sans-serif" in css
    for image in re.findall(r"url\(([^)]+)\)", css):
        assert image.startswith("data:") or (SERVED / image).exists(), image


def test_no_font_crown_or_crest_is_served_and_the_licences_are() -> None:
    names = [path.name for path in SERVED.rglob("*")]
    assert not [name for name in names if re.search(r"crown|crest|\.woff|logotype", name)]
    licences = (SERVED / "LICENCES.txt").read_text()
    for package in ("govuk-frontend", "@ministryofjustice/frontend", "htmx.org"):
        assert package in licences
    assert licences.count("Permission is hereby granted") == 2


def test_every_app_has_its_place_in_the_order_of_imports() -> None:
    linter = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]
    apps = {path.parent.name for path in CHECKOUT.glob("*/apps.py")}
    layers = {name.strip() for layer in linter["contracts"][0]["layers"] for name in layer.split("|")}
    assert apps == layers == set(linter["root_packages"])


def run_without(packages_on_path: Path, *command: str) -> subprocess.CompletedProcess:
    """Run with a path that holds next to nothing, and as a user who may not use apt."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=CHECKOUT,
        env={"PATH": str(packages_on_path), "HOME": str(packages_on_path), "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_system_packages_are_named_in_one_line_to_copy() -> None:
    words = bootstrap.advice([*bootstrap.PANGO, *bootstrap.CHROMIUM])
    assert "PDF letters are off" in words
    assert "browser tests cannot run and will count as failed" in words
    lines = [line for line in words.splitlines() if "apt-get install" in line]
    assert len(lines) == 1
    for package in ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core", "chromium"):
        assert package in lines[0]


def test_a_machine_without_a_browser_is_told_so(tmp_path: Path) -> None:
    done = run_without(tmp_path, "-c", "from config import bootstrap; bootstrap.system_packages('test')")
    assert done.returncode == 0, done.stderr
    assert re.search(r"apt-get install -y .*chromium", done.stdout)


def test_the_suite_says_not_run_and_fails_where_there_is_no_browser(tmp_path: Path) -> None:
    code = "from config import suite; print(suite.run(next(p for p in suite.parts() if p.name == 'browser'))[:2])"
    done = run_without(tmp_path, "-c", code)
    assert "NOT RUN" in done.stdout
    assert "('browser', False)" in done.stdout


def test_make_says_what_it_can_do() -> None:
    done = subprocess.run(["make", "-s"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    for target in ("demo", "demo-reset", "test", "test-full", "bench", "stop"):
        assert f"make {target} " in done.stdout


def test_continuous_integration_says_what_the_readme_says() -> None:
    script = (CHECKOUT / ".ci" / "run").read_text()
    assert re.findall(r"^make \S+$", script, flags=re.MULTILINE) == ["make test", "make test-full"]
    assert os.access(CHECKOUT / ".ci" / "run", os.X_OK)


def test_the_compose_file_keeps_to_the_schema_and_says_it_was_not_run() -> None:
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    text = (CHECKOUT / "docker-compose.yml").read_text()
    assert "has not been run in development" in text
    for service in ("web", "worker", "beat", "postgres", "valkey"):
        assert f"\n  {service}:\n" in text
