#!/usr/bin/env python3
"""Daymark's commands. `python3 manage.py COMMAND` works by itself: it finds the project's own Python, starts the embedded
database where none is given, and sets up an empty one."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Commands that need neither database nor queue; they must not start any.
NEED_NOTHING = {"collectstatic", "compilemessages", "diffsettings", "help", "makemessages", "stop", "version", "--version", "--help", "-h"}
# Commands that are about the tables themselves.
LEAVE_EMPTY = {
    "check",
    "dbshell",
    "demo",
    "makemigrations",
    "migrate",
    "restore",
    "showmigrations",
    "sqlmigrate",
    "squashmigrations",
    "test",
}


def use_own_python() -> None:
    """Start again under .venv's Python if this is another one."""
    own = HERE / ".venv" / "bin" / "python"
    if own.exists() and Path(sys.prefix).resolve() != (HERE / ".venv").resolve():
        os.execv(own, [str(own), *sys.argv])


def main() -> None:
    use_own_python()
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from config import embedded
    except ImportError as missing:
        sys.exit(f"Daymark's packages are not installed ({missing}). Run `make demo` or `make test` once: both install them.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        if command == "demo":
            os.environ.setdefault("DAYMARK_DEMO", "1")
        if command in NEED_NOTHING or {"--help", "-h"} & set(sys.argv):
            embedded.name_without_starting()
        else:
            embedded.ensure()
            if command not in LEAVE_EMPTY:
                from config.first_use import migrate_if_empty

                migrate_if_empty()
        settings.DAYMARK_TODAY  # noqa: B018  (the settings are read here, so that what is wrong with them is said in a sentence)
    except (embedded.ServicesError, ImproperlyConfigured) as problem:
        sys.exit(str(problem))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
