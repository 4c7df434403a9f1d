"""A backup is restored on another machine, and every mark, amendment and file that was sent is there again."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.machine import CHECKOUT, Machine

pytestmark = pytest.mark.fault

EXTRACT = CHECKOUT / "tests" / "data" / "extracts" / "weeks.csv"
PREPARE = """
from tests.factories import make_authority, make_school
make_authority(); make_school("Example High School", urn=999001, phase="secondary")
"""
TELL = """
import json
from attendance import register
from attendance.models import Delta, Extract, Load
from accounts.models import AuditEvent
from django.core.files.storage import default_storage
print("TOLD", json.dumps({
    "registers": [row.tobytes().hex() for row in register.read(2025).marks],
    "deltas": Delta.objects.count(), "loads": Load.objects.count(), "audit": AuditEvent.objects.count(),
    "files": {e.stored: default_storage.open(e.stored).read().hex() for e in Extract.objects.all()},
}))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's own folder: as root that is closed to the system user PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="daymark-fault-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def machines(folder: Path) -> Iterator[tuple[Machine, Machine]]:
    """The one that is backed up, and the one that is bought after the flood."""
    both = []
    for name in ("before", "after"):
        (folder / name).mkdir(mode=0o755)
        both.append(Machine(state=folder / name))
    yield both[0], both[1]
    for machine in both:
        machine.end()


def told(machine: Machine) -> dict[str, object]:
    said = machine.manage("shell", "-v", "0", "-c", TELL, DAYMARK_TODAY="2025-11-20")
    assert said.returncode == 0, said.stderr
    found: dict[str, object] = json.loads(said.stdout.partition("TOLD ")[2])
    return found


@pytest.mark.long
def test_a_backup_restored_elsewhere_is_the_same_to_the_last_mark(machines: tuple[Machine, Machine], folder: Path) -> None:
    before, after = machines
    assert before.manage("shell", "-v", "0", "-c", PREPARE).returncode == 0
    loaded = before.manage("import_register", str(EXTRACT), "--create-pupils", DAYMARK_TODAY="2025-11-20")
    assert loaded.returncode == 0, loaded.stderr
    was = told(before)
    assert was["registers"]
    assert was["files"]

    kept = folder / "backup"
    kept.mkdir(mode=0o755)  # made by hand beforehand, open to everybody on the machine
    done = before.manage("backup", str(kept))
    assert done.returncode == 0, done.stderr
    assert "Backup taken" in done.stdout
    assert [path for path in kept.rglob("*") if path.is_file() and path.stat().st_mode & 0o077] == [], "for its owner alone"
    again = before.manage("backup", str(kept))
    assert again.returncode == 1
    assert "is not empty" in again.stderr

    restored = after.manage("restore", str(kept))
    assert restored.returncode == 0, restored.stderr
    assert told(after) == was

    # whatever holds something already is left as it is
    refused = after.manage("restore", str(kept))
    assert refused.returncode == 1
    assert "The database is not empty" in refused.stderr
    assert told(after) == was

    # a damaged backup is found before anything is restored
    sent = next(path for path in (kept / "files" / "extracts").rglob("*") if path.is_file())
    content = sent.read_bytes()
    sent.write_bytes(content.replace(b"/", b"O", 1))
    changed = before.manage("backup", str(kept), "--check")
    assert changed.returncode == 1
    assert "is not what was backed up" in changed.stderr
    sent.write_bytes(content)
    assert before.manage("backup", str(kept), "--check").returncode == 0
    (kept / "backup.json").unlink()  # as one that was interrupted before its list was written
    assert "is no backup" in after.manage("restore", str(kept)).stderr
