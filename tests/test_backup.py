"""What a backup's list tells apart; the whole of it, between two machines, is in tests/faults/test_backup.py."""

import json
from pathlib import Path

import pytest

from config import backup
from config.backup import Backup, BackupError, Table


def kept(folder: Path, **files: bytes) -> Path:
    """A whole backup of no tables and these files."""
    (folder / "files").mkdir(parents=True)
    (folder / backup.DUMP).write_bytes(b"dump")
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)
    hashes = {name: backup._sha256(folder / "files" / name) for name in files}
    backup._write(folder / backup.LIST, Backup("2026-11-20T18:00:00+00:00", {}, hashes, backup._sha256(folder / backup.DUMP)))
    return folder


def test_a_table_with_one_row_changed_or_missing_differs() -> None:
    before = {"marks": Table(3, "a"), "loads": Table(1, "b"), "django_session": Table(9, "c")}
    assert backup.different(before, dict(before)) == []
    assert backup.different(before, before | {"marks": Table(3, "x")}) == ["marks"]
    assert backup.different(before, before | {"loads": Table(2, "b")}) == ["loads"]
    assert backup.different(before, {"marks": Table(3, "a")}) == ["loads"], "a table that did not come back; sessions are nobody's loss"


@pytest.mark.parametrize("harm", ["changed", "missing", "dump"])
def test_a_file_that_is_not_what_was_kept_is_named(tmp_path: Path, harm: str) -> None:
    folder = kept(tmp_path / "backup", one=b"/\\/\\", two=b"OOOO")
    assert backup.check(folder).files.keys() == {"one", "two"}
    hit = folder / backup.DUMP if harm == "dump" else folder / "files" / "two"
    if harm == "missing":
        hit.unlink()
    else:
        hit.write_bytes(b"////")
    with pytest.raises(BackupError, match=str(hit)):
        backup.check(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"taken": "now"})])
def test_a_damaged_list_is_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    folder = kept(tmp_path / "backup")
    (folder / backup.LIST).write_text(content)
    with pytest.raises(BackupError, match="is damaged"):
        backup.check(folder)


def test_the_password_is_no_word_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on a machine may read the words of a running command."""
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$*" "$PGPASSWORD" > "$(dirname "$0")/told"\n')
    program.chmod(0o755)
    monkeypatch.setattr(backup, "find_binaries", lambda: tmp_path)
    backup._run(["pg_dump", "--format=custom"], "postgres://daymark:s3cret@db.example:5433/registers?sslmode=require")
    words, password = (tmp_path / "told").read_text().splitlines()
    assert "s3cret" not in words
    assert {"host=db.example", "port=5433", "user=daymark", "sslmode=require"} <= set(words.replace("--dbname=", "").split())
    assert password == "s3cret"
