"""manage.py import_gias FILE: schools from the national register."""

from __future__ import annotations

import dataclasses
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from accounts import clock
from schools.actions import places
from schools.importers import gias
from schools.importers.table import UnreadableTable


class Command(BaseCommand):
    help = "Add and correct schools from a Get Information about Schools file (establishment fields, CSV)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--la", default="", metavar="CODE", help="only schools of this authority, by its three-digit number")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON")

    def handle(self, *, file: Path, la: str, json: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        try:
            found = gias.read(file.read_bytes(), la_code=la)
        except UnreadableTable as problem:
            raise CommandError(f"{file.name}: {problem}") from None
        if not found.rows and not found.problems and la:
            raise CommandError(f"{file.name} holds no school of authority {la}.")
        receipt = places.load_establishments(by=None, today=clock.today(), found=found)
        self.stdout.write(_as_json(file, found, receipt) if json else _in_words(file, found, receipt))


def _as_json(file: Path, found: gias.Establishments, receipt: places.Receipt) -> str:
    return json.dumps(
        {"file": file.name}
        | dataclasses.asdict(receipt)
        | {
            "rejected": [problem.as_json() for problem in found.problems],
            "other_authorities": found.other_authorities,
            "columns_not_used": found.ignored,
        }
    )


def _in_words(file: Path, found: gias.Establishments, receipt: places.Receipt) -> str:
    added = f"{receipt.added} school{pluralize(receipt.added)} added"
    lines = [f"{file.name}: {added}, {receipt.changed} changed, {receipt.unchanged} unchanged."]
    if receipt.closed:
        lines.append(f"Now closed: URN {', '.join(map(str, receipt.closed))}.")
    if receipt.proposed:
        lines.append(f"{receipt.proposed} proposed school{pluralize(receipt.proposed)} without an opening date left out.")
    if found.other_authorities:
        lines.append(f"{found.other_authorities} school{pluralize(found.other_authorities)} of other authorities left out.")
    unread = sorted(set(gias.NAMES) - found.columns)
    if unread:
        lines.append(f"The file has no column {', '.join(unread)}: what is known of these stays as it is.")
    lines += [f"Line {problem.line} was not loaded: {problem.message}." for problem in found.problems]
    return "\n".join(lines)
