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
from schools.actions import places, succession
from schools.importers import gias
from schools.importers import links as links_file
from schools.importers.table import UnreadableTable


class Command(BaseCommand):
    help = "Add and correct schools from a Get Information about Schools file (establishment fields, CSV)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--links", type=Path, metavar="FILE", help="the register's links file: which school follows which")
        parser.add_argument("--la", default="", metavar="CODE", help="only schools of this authority, by its three-digit number")
        parser.add_argument("--json", action="store_true", help="print the receipt as JSON")

    def handle(self, *, file: Path, links: Path | None, la: str, json: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        if links and not links.is_file():
            raise CommandError(f"There is no file {links}.", returncode=2)
        try:
            found_links = links_file.read(links.read_bytes()) if links else None
            found = gias.read(file.read_bytes(), la_code=la)
        except UnreadableTable as problem:
            names = " and ".join(path.name for path in (file, links) if path)
            raise CommandError(f"{names}: {problem}") from None
        if not found.rows and not found.problems and la:
            raise CommandError(f"{file.name} holds no school of authority {la}.")
        receipt = places.load_establishments(by=None, today=clock.today(), found=found)
        linked = succession.load_links(by=None, today=clock.today(), found=found_links) if found_links else None
        told = (found_links, linked) if found_links and linked else None
        self.stdout.write(_as_json(file, found, receipt, told) if json else _in_words(file, found, receipt, told))


Linked = tuple[links_file.Links, succession.LinksReceipt] | None


def _as_json(file: Path, found: gias.Establishments, receipt: places.Receipt, linked: Linked) -> str:
    return json.dumps(
        {"file": file.name}
        | dataclasses.asdict(receipt)
        | {
            "rejected": [problem.as_json() for problem in found.problems],
            "other_authorities": found.other_authorities,
            "columns_not_used": found.ignored,
        }
        | (
            {
                "links": dataclasses.asdict(linked[1])
                | {"not_a_succession": linked[0].others, "rejected": [problem.as_json() for problem in linked[0].problems]}
            }
            if linked
            else {}
        )
    )


def _in_words(file: Path, found: gias.Establishments, receipt: places.Receipt, linked: Linked) -> str:
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
    if linked:
        links, told = linked
        lines.append(
            f"Links: {told.added} added, {told.changed} changed, {told.unchanged} unchanged; "
            f"{told.elsewhere} between schools not known here and {links.others} that are no succession left out."
        )
        lines += [f"Line {problem.line} of the links was not loaded: {problem.message}." for problem in links.problems]
    return "\n".join(lines)
