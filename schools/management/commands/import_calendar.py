"""manage.py import_calendar FILE --school URN: a school's terms and closures."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from schools.actions import calendar as actions
from schools.importers import calendar
from schools.importers.table import UnreadableTable
from schools.models import School


class Command(BaseCommand):
    help = "Load a school's terms and closures from CSV: kind (term or closed), start, end, name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--school", type=int, required=True, metavar="URN")

    def handle(self, *, file: Path, school: int, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        place = School.objects.filter(urn=school).first()
        if place is None:
            raise CommandError(f"No school has URN {school}. Load schools with import_gias first.")
        try:
            found = calendar.read(file.read_bytes())
        except UnreadableTable as problem:
            raise CommandError(f"{file.name}: {problem}") from None
        if found.problems:
            raise CommandError(
                f"{file.name} was not loaded.\n" + "\n".join(f"Line {problem.line}: {problem.message}." for problem in found.problems)
            )
        try:
            receipt = actions.load_calendar(by=None, today=clock.today(), school=place, rows=found.rows)
        except actions.CalendarProblem as problem:
            raise CommandError(f"{file.name} was not loaded.\n{problem}") from None
        self.stdout.write(f"{place}: {receipt.added} added, {receipt.changed} changed, {receipt.unchanged} unchanged.")
