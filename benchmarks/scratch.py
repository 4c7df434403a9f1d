"""Databases that are made for a measurement and dropped after it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def _admin(statement: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["BENCH_SERVER"], autocommit=True) as connection:
        connection.execute(statement)


def drop(name: str) -> None:
    from psycopg.errors import InsufficientPrivilege

    try:
        _admin(f"drop database if exists {name} with (force)")
    except InsufficientPrivilege:  # the server's own vacuum is in it, which is not ours to end: asked without force it leaves
        _admin(f"drop database if exists {name}")


@contextmanager
def scratch(name: str, template: str = "template1") -> Iterator[None]:
    """A database of that name for this process and those it starts, with a folder for its extracts; dropped if it is a copy."""
    from django.conf import settings
    from django.db import connection

    os.environ.setdefault("BENCH_SERVER", os.environ["DATABASE_URL"])
    drop(name)
    _admin(f"create database {name} template {template}")
    connection.close()
    connection.settings_dict["NAME"] = name
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(os.environ["BENCH_SERVER"])._replace(path=f"/{name}"))
    kept = Path(settings.MEDIA_ROOT)
    try:
        yield
    finally:
        connection.close()
        if template != "template1":
            drop(name)
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True, exist_ok=True)


def analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")
