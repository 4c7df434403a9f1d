"""`manage.py backup FOLDER`: everything there is, into a new folder. `--check` reads a backup through instead."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from config import backup
from config.backup import BackupError


class Command(BaseCommand):
    help = "Back up the database and every file that was sent to a new folder. Daymark may be in use meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument("--check", action="store_true", help="read a backup through and say whether it is whole; takes none")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            if options["check"]:
                held, done = backup.check(folder), "is whole"
            else:
                held = backup.take(folder, database=os.environ["DATABASE_URL"], files=Path(settings.MEDIA_ROOT), now=clock.now())
                done = "taken"
        except (BackupError, OSError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Backup {done}: {held.rows:,} rows of {len(held.tables)} tables and {len(held.files):,} files, in {folder}.")
