"""manage.py import_benchmarks FILE...: newer published figures, to compare with."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from accounts import clock
from attendance.benchmarks import known, load
from attendance.benchmarks.files import WHAT, Found, read_file
from attendance.benchmarks.load import Receipt
from attendance.management.commands.figures import a_day
from schools.importers.table import UnreadableTable

_TOLD = 20  # lines with something wrong, in words


class Command(BaseCommand):
    help = (
        "Take in open files of DfE: attendance for the year to date (Pupil attendance in schools), severe absence by school year "
        "(Local authority interactive tool, long form), statistical neighbours. Each is known by its columns; twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV, or CSV packed as .gz")
        parser.add_argument(
            "--published", type=a_day, metavar="YYYY-MM-DD", help="the day of publication, for a year to date that does not say it"
        )
        parser.add_argument("--json", action="store_true", help="print a JSON object a file")

    def handle(self, *, files: list[Path], published: dt.date | None, json: bool, **options: Any) -> None:
        failed = []
        for file in files:
            try:
                found, receipt = _take(file, published)
            except UnreadableTable as problem:
                failed.append(file)
                self.stdout.write(_json(file, problem=str(problem)) if json else f"{file.name} was not loaded. {problem}")
            else:
                self.stdout.write(_json(file, found=found, receipt=receipt) if json else _words(file, found, receipt))
        if failed:
            raise CommandError(f"{len(failed)} of {len(files)} file{pluralize(len(files))} could not be loaded.")


def _take(file: Path, published: dt.date | None) -> tuple[Found, Receipt]:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise UnreadableTable("There is no such file.") from None
    except OSError as problem:
        raise UnreadableTable(f"It cannot be read: {problem.strerror}.") from None
    found = read_file(content, known.places(), published=published)
    return found, load.take_in(by=None, now=clock.now(), found=found, filename=file.name)


def _json(file: Path, *, found: Found | None = None, receipt: Receipt | None = None, problem: str = "") -> str:
    if found is None or receipt is None:
        return json.dumps({"file": file.name, "loaded": False, "problem": problem})
    return json.dumps(
        {"file": file.name, "loaded": True, "kind": found.kind}
        | dataclasses.asdict(receipt)
        | {
            "suppressed": found.suppressed,
            "left_out": found.left_out,
            "columns_not_known": found.unknown,
            "rejected": [one.as_json() for one in found.problems],
            "rates_agree_with_counts": found.agree,
            "rates_differ_from_counts": found.differ,
        }
    )


def _words(file: Path, found: Found, receipt: Receipt) -> str:
    """One line, and one more for each line of the file that came to nothing."""
    said = [f"{file.name}: {WHAT[found.kind]}, {receipt.added} rows added, {receipt.changed} changed, {receipt.unchanged} known already."]
    if found.suppressed:
        said.append(f"{found.suppressed} figure{pluralize(found.suppressed)} withheld by the publisher.")
    if found.left_out:
        said.append(f"{found.left_out} row{pluralize(found.left_out)} of other measures, phases, periods or places left out.")
    if found.unknown:
        said.append(f"Columns that Daymark does not know, left out: {', '.join(found.unknown)}.")
    if found.differ:
        said.append(f"In {found.differ} of {found.agree + found.differ} rows the counts by code do not give the published rates.")
    lines = [" ".join(said)]
    lines += [f"Line {one.line} was not loaded: {one.message}." for one in found.problems[:_TOLD]]
    if len(found.problems) > _TOLD:
        lines.append(f"{len(found.problems) - _TOLD} more lines were not loaded.")
    return "\n".join(lines)
