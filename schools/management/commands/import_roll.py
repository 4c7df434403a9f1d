"""manage.py import_roll FILE: who is on roll where, and what is known about them."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from accounts import clock
from schools.actions import roll as actions
from schools.importers import roll
from schools.importers.table import UnreadableTable
from schools.models import School


class Command(BaseCommand):
    help = "Add and correct pupils, enrolments, characteristics and parents from a roll (CSV, a row per pupil)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--school", type=int, metavar="URN", help="the school, where the file has no URN column")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON")

    def handle(self, *, file: Path, school: int | None, dry_run: bool, json: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        place = School.objects.filter(urn=school).first() if school else None
        if school and place is None:
            raise CommandError(f"No school has URN {school}. Load schools with import_gias first.")
        today = clock.today()
        try:
            found = roll.read(file.read_bytes(), today=today)
            if place is None and not found.has_urn:
                raise UnreadableTable("The file has no URN column. Say which school it is about with --school URN.")
        except UnreadableTable as problem:
            if json:
                self.stdout.write(_as_json(file, "failed", str(problem), None, None, dry_run))
                raise SystemExit(1) from None
            raise CommandError(f"{file.name}: {problem}") from None
        receipt = actions.load_roll(by=None, today=today, rows=found.rows, school=place, dry_run=dry_run)
        self.stdout.write(
            _as_json(file, "loaded", "", found, receipt, dry_run) if json else in_words(file.name, found, receipt, dry_run=dry_run)
        )


def _rejected(found: roll.Roll, receipt: actions.Receipt) -> list[dict[str, int | str]]:
    return [problem.as_json() for problem in sorted(found.problems + receipt.problems, key=lambda problem: problem.line)]


def _as_json(file: Path, status: str, error: str, found: roll.Roll | None, receipt: actions.Receipt | None, dry_run: bool) -> str:
    told: dict[str, Any] = {"file": file.name, "status": status, "error": error, "dry_run": dry_run}
    if found is not None and receipt is not None:
        rejected = _rejected(found, receipt)
        counts = {name: value for name, value in asdict(receipt).items() if name != "problems"}
        told |= {
            "rows_read": found.rows_read,
            "rows_rejected": len({row["line"] for row in rejected}),
            **counts,
            "rejected": rejected,
            "columns_not_used": found.ignored,
        }
    return json.dumps(told)


def in_words(name: str, found: roll.Roll, receipt: actions.Receipt, *, dry_run: bool = False) -> str:
    rejected = _rejected(found, receipt)
    lines = [
        f"{name}{' (dry run, nothing was changed)' if dry_run else ''}: {found.rows_read} row{pluralize(found.rows_read)} read, "
        f"{len({row['line'] for row in rejected})} rejected.",
        f"Pupils: {receipt.pupils_added} added, {receipt.pupils_corrected} corrected, {receipt.pupils_unchanged} unchanged.",
        f"Enrolments: {receipt.enrolments_added} added, {receipt.enrolments_corrected} corrected.",
        f"Characteristics: {receipt.characteristics_added} added, {receipt.characteristics_ended} ended.",
        f"Parents: {receipt.parents_added} added, {receipt.parents_corrected} corrected.",
    ]
    if receipt.not_in_file:
        are = pluralize(receipt.not_in_file, " is,s are")
        lines.append(f"{receipt.not_in_file} pupil{are} on roll and not in this file: nobody is taken off roll by being left out.")
    if found.ignored:
        lines.append(f"Columns not used: {', '.join(found.ignored)}.")
    lines += [f"Line {row['line']}, {row['field']}: {row['message']}." for row in rejected]
    return "\n".join(lines)
