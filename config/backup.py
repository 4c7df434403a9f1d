"""A backup is one folder: the database as `pg_dump` writes it, every file that was sent, and a list of what both hold.

    take(folder)      dump and files, of one moment
    check(folder)     every file of a backup is there and is what the list says
    restore(folder)   into an empty database and file store; refuses any other, and proves that what came back is what was taken

The list (`backup.json`) has a fingerprint of every table, taken in the very snapshot that is dumped, so a restore that loses or
changes one mark is seen. Standard tools do the work: `pg_dump` and `pg_restore` of the server's own version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.embedded.postgres import find_binaries
from config.embedded.state import ServicesError

LIST, DUMP, FILES = "backup.json", "database.dump", "files"
_READ = 1024 * 1024
# What a deployment may lose: work in hand is asked for again, people sign in again.
_NOT_COMPARED = frozenset({"django_session"})


class BackupError(Exception):
    """Why there is no backup, or nothing was restored, in words."""


@dataclass(frozen=True, slots=True)
class Table:
    """How many rows a table had, and a hash over all of them."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    taken: str  # moment, ISO 8601
    tables: dict[str, Table]
    files: dict[str, str]  # name in file storage -> SHA-256
    dump: str  # SHA-256 of the dump

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def take(folder: Path, *, database: str, files: Path, now: dt.datetime) -> Backup:
    """Back up to a new folder. Files only ever come, so those copied after the dump are at least those it names."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty. A backup goes into a folder of its own: nothing was written.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with psycopg.connect(database) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        row = connection.execute("select pg_export_snapshot()").fetchone()
        assert row is not None  # noqa: S101  (a function's answer is a row)
        os.close(_for_owner(str(folder / DUMP), os.O_CREAT | os.O_WRONLY))  # the folder may be there already, and open to others
        _run(["pg_dump", "--format=custom", "--no-owner", f"--snapshot={row[0]}", f"--file={folder / DUMP}"], database)
        tables = fingerprints(connection)
    kept = {name: _copy(files / name, folder / FILES / name) for name in _names(files)}
    backup = Backup(now.isoformat(), tables, kept, _sha256(folder / DUMP))
    _write(folder / LIST, backup)
    return backup


def read(folder: Path) -> Backup:
    try:
        said: dict[str, Any] = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return Backup(said["taken"], {name: Table(**table) for name, table in said["tables"].items()}, said["files"], said["dump"])
    except OSError:
        raise BackupError(f"{folder} is no backup: it has no {LIST}. A backup that was interrupted has none either.") from None
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{folder / LIST} is damaged.") from None


def check(folder: Path) -> Backup:
    """The backup, every file of which has been read and is what the list says. Raises BackupError naming the first that is not."""
    backup = read(folder)
    for name, sha256 in {DUMP: backup.dump, **{f"{FILES}/{name}": sha256 for name, sha256 in backup.files.items()}}.items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{path} is missing from the backup.")
        if _sha256(path) != sha256:
            raise BackupError(f"{path} is not what was backed up: its contents have changed.")
    return backup


def restore(folder: Path, *, database: str, files: Path) -> Backup:
    """Put a checked backup into an empty database and an empty file store, and compare every table with the list."""
    backup = check(folder)
    with psycopg.connect(database) as connection:
        if fingerprints(connection):
            raise BackupError("The database is not empty, so nothing was restored. Name an empty one in DATABASE_URL.")
    if next(_names(files), None) is not None:
        raise BackupError(f"{files} holds files already, so nothing was restored. Name an empty folder in DAYMARK_FILES.")
    _run(["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(folder / DUMP)], database)
    for name in backup.files:
        _copy(folder / FILES / name, files / name)
    with psycopg.connect(database) as connection:
        differing = different(backup.tables, fingerprints(connection))
    if differing:
        raise BackupError(f"What came back is not what was backed up. Tables that differ: {', '.join(differing)}.")
    return backup


def different(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """Tables of which one side has something that the other has not."""
    return sorted(name for name in before.keys() | after.keys() if name not in _NOT_COMPARED and before.get(name) != after.get(name))


def fingerprints(connection: psycopg.Connection) -> dict[str, Table]:
    """Every table of the database: its rows and a hash over them that does not depend on their order on disk."""
    names = connection.execute(
        "select tablename from pg_tables where schemaname = 'public' order by tablename",
    ).fetchall()
    found = {}
    for (name,) in names:
        query = sql.SQL(
            "select count(*), md5(coalesce(string_agg(one, '' order by one), '')) from (select md5(t::text) one from {} t) hashes"
        )
        row = connection.execute(query.format(sql.Identifier(name))).fetchone()
        assert row is not None  # noqa: S101  (an aggregate's answer is a row)
        found[name] = Table(*row)
    return found


def _run(command: list[str], database: str) -> None:
    """One of PostgreSQL's own programs, of the server's version where it is ours, else the machine's.

    The password goes by the environment: everybody on a machine may read the words of a command.
    """
    where: dict[str, Any] = dict(conninfo_to_dict(database))
    password = where.pop("password", None)
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    try:
        program = shutil.which(command[0], path=str(find_binaries())) or shutil.which(command[0])
    except ServicesError:
        program = shutil.which(command[0])
    if program is None:
        raise BackupError(f"{command[0]} is not on this machine. Install PostgreSQL’s client programs, of the server’s version.")
    whole = [program, f"--dbname={make_conninfo(**where)}", *command[1:]]
    done = subprocess.run(whole, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{command[0]} did not finish: {done.stderr.strip() or done.returncode}")


def _names(files: Path) -> Iterator[str]:
    """Everything in file storage, by name."""
    for path in sorted(files.rglob("*")) if files.exists() else ():
        if path.is_file():
            yield path.relative_to(files).as_posix()


def _copy(source: Path, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen = hashlib.sha256()
    with source.open("rb") as coming, open(target, "wb", opener=_for_owner) as going:
        while chunk := coming.read(_READ):
            seen.update(chunk)
            going.write(chunk)
    return seen.hexdigest()


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, backup: Backup) -> None:
    """The list comes last and at once: a folder without it is no backup."""
    said = {
        "taken": backup.taken,
        "dump": backup.dump,
        "tables": {name: {"rows": table.rows, "hash": table.hash} for name, table in backup.tables.items()},
        "files": backup.files,
    }
    beside = path.with_suffix(".new")
    with open(beside, "w", encoding="utf-8", opener=_for_owner) as file:
        file.write(json.dumps(said, indent=1))
    beside.rename(path)
