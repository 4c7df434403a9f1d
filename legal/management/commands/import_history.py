"""manage.py import_history FILE --kind KIND: what happened before Daymark, from a CSV file.

Kinds: notices, cases, contracts, orders, prosecutions, addresses. A row a thing; the columns of each kind are in docs/operate.md, and
`--columns` prints them. Every row is loaded, already there, or refused with its line, field, value and what to do. Refused rows are
written to a file of the same columns with a reason, to be corrected and sent again. The same file twice changes nothing.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from accounts import clock
from legal import history_file
from legal.actions import loading
from legal.models import Kind
from schools.importers.table import UnreadableTable


class Command(BaseCommand):
    help = "Load notices, cases, contracts, orders, prosecutions or previous addresses from before Daymark (CSV)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--kind", choices=Kind.values, required=True)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON")
        parser.add_argument("--rejected", type=Path, help="where refused rows go (default: beside the file, as NAME.rejected.csv)")
        parser.add_argument("--columns", action="store_true", help="print the first line of a file of this kind and do nothing")

    def handle(
        self, *, file: Path | None, kind: str, dry_run: bool, json: bool, rejected: Path | None, columns: bool, **options: Any
    ) -> None:
        if columns:
            self.stdout.write(history_file.template(kind).strip())
            return
        if file is None or not file.is_file():
            raise CommandError(f"There is no file {file}." if file else "Say which file.", returncode=2)
        try:
            receipt = loading.load_history(
                by=None, today=clock.today(), now=clock.now(), kind=kind, name=file.name, content=file.read_bytes(), dry_run=dry_run
            )
        except UnreadableTable as problem:
            if json:
                self.stdout.write(_as_json(file, kind, "failed", str(problem), None, dry_run, ""))
                raise SystemExit(1) from None
            raise CommandError(f"{file.name}: {problem}") from None
        back = ""
        if receipt.rejected_rows:
            path = rejected or file.with_name(f"{file.stem}.rejected.csv")
            path.write_bytes(receipt.rejected_rows.encode("utf-8-sig"))
            back = str(path)
        said = _as_json(file, kind, "loaded", "", receipt, dry_run, back) if json else _in_words(file, receipt, dry_run, back)
        self.stdout.write(said)


def _as_json(file: Path, kind: str, status: str, error: str, receipt: loading.Receipt | None, dry_run: bool, back: str) -> str:
    told: dict[str, Any] = {"file": file.name, "kind": kind, "status": status, "error": error, "dry_run": dry_run}
    if receipt is not None:
        told |= {
            "rows_read": receipt.rows,
            "loaded": receipt.loaded,
            "already_there": receipt.already,
            "rows_rejected": receipt.rejected,
            "of_known_children": receipt.known,
            "to_known_parents": receipt.to_whom,
            "sha256": receipt.load.sha256 if receipt.load else "",
            "receipt": receipt.load.pk if receipt.load else None,
            "rejected": [problem.as_json() for problem in receipt.problems],
            "rejected_file": back,
            "columns_not_used": receipt.ignored,
        }
    return json.dumps(told)


def _in_words(file: Path, receipt: loading.Receipt, dry_run: bool, back: str) -> str:
    how = " (dry run, nothing was changed)" if dry_run else ""
    lines = [
        f"{file.name}{how}: {receipt.rows} row{pluralize(receipt.rows)} read, {receipt.loaded} loaded, {receipt.already} already there, "
        f"{receipt.rejected} rejected.",
        f"Of those loaded {receipt.known} are of children we know, {receipt.to_whom} to parents we know.",
    ]
    if receipt.ignored:
        lines.append(f"Columns not used: {', '.join(receipt.ignored)}.")
    lines += loading.lines_of(receipt.problems)
    if back:
        lines.append(f"Rejected rows: {back}")
    return "\n".join(lines)
