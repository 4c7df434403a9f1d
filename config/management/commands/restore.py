"""`manage.py restore FOLDER`: a backup into an empty database and file store, proved to be what was taken."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import backup
from config.backup import BackupError


class Command(BaseCommand):
    help = "Restore a backup into the empty database of DATABASE_URL and the empty folder of DAYMARK_FILES. Changes no other."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            held = backup.restore(options["folder"], database=os.environ["DATABASE_URL"], files=Path(settings.MEDIA_ROOT))
        except (BackupError, OSError) as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(
            f"Restored the backup of {held.taken}: {held.rows:,} rows of {len(held.tables)} tables, each the same as when it was taken, "
            f"and {len(held.files):,} files."
        )
