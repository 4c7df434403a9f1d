"""Loads register extracts from files: the same code as the upload page, in this process, or (--queue) by the workers there are."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from argparse import ArgumentParser
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.template.defaultfilters import pluralize

from accounts import clock
from attendance import actions, remembering, waiting
from attendance.imports import load, receive, translate
from attendance.imports.load import Outcome
from attendance.imports.parsed import Unreadable
from attendance.imports.sniff import sniff
from attendance.models import Extract, Load
from config import pipeline
from schools.dfe_terms import census_day
from schools.models import School

log = logging.getLogger("daymark.import_register")

FAILED, USAGE = 1, 2
SUFFIXES = translate.SUFFIXES
ENDINGS = ", ".join(SUFFIXES[:-1]) + f" or {SUFFIXES[-1]}"


class Command(BaseCommand):
    help = (
        "Load register extracts into the registers of their schools, each school of a file by itself. "
        f"A folder stands for its files ending in {ENDINGS}. "
        "Marks outside a pupil's dates on roll, so also those after the end of the last spell, are kept, listed and not counted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)
        parser.add_argument("--school", type=int, metavar="URN", help="the school the files are from, where they do not say")
        parser.add_argument(
            "--source",
            default="upload",
            metavar="NAME",
            help="where the files come from: decides whether their marks count or are only compared",
        )
        parser.add_argument("--as-at", metavar="TIME", help="when the files were exported (ISO 8601, English time), where they do not say")
        parser.add_argument("--first", metavar="DATE", help="of a summary that does not say it: the first day its totals count")
        parser.add_argument("--last", metavar="DATE", help="of a summary that does not say it: the last day its totals count")
        parser.add_argument("--census", metavar="CENSUS", help="of a school census without its reference date, such as 2026-spring")
        parser.add_argument("--create-pupils", action="store_true", help="put pupils on roll who are not, from their earliest mark")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--queue", action="store_true", help="receive the files and let the workers load them, schools side by side")
        parser.add_argument("--json", action="store_true", help="print a list with one object a file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["queue"] and options["dry_run"]:
            raise CommandError("Give --queue or --dry-run, not both: workers do not try files out.", returncode=USAGE)
        files, skipped = _files(options["paths"])
        if skipped:
            self.stderr.write(f"Left out, because only files ending in {ENDINGS} are taken: {', '.join(map(str, skipped))}.")
        options["as_at"] = _moment(options["as_at"])
        options["period"] = _period(options)
        receipts = []
        for path in files:
            receipt, questions = take(path, options)
            receipts.append(receipt)
            if not options["json"]:
                self.stdout.write(in_words(receipt, dry_run=options["dry_run"]))
            for question in questions:  # beside the JSON, whose keys are a contract
                (self.stderr if options["json"] else self.stdout).write(f"{path}: {question}")
        if options["json"]:
            self.stdout.write(json.dumps(receipts, indent=2, ensure_ascii=False))
        failed = sum(receipt["status"] == Extract.Status.FAILED for receipt in receipts)
        if failed:
            raise CommandError(f"{failed} of {len(receipts)} file{pluralize(len(receipts))} not loaded.", returncode=FAILED)


def _files(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """What to load, and what else lies in the folders named. A file named by itself is taken whatever it is called."""
    found: list[Path] = []
    skipped: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise CommandError(f"There is no file or folder {path}.", returncode=USAGE)
        inside = sorted(p for p in path.iterdir() if not p.name.startswith(".")) if path.is_dir() else []
        taken = [p for p in inside if p.is_file() and p.suffix.lower() in SUFFIXES] if path.is_dir() else [path]
        found += taken
        skipped += [p for p in inside if p not in taken]
    if not found:
        raise CommandError(f"There are no files ending in {ENDINGS} in that folder.", returncode=USAGE)
    return found, skipped


def _moment(text: str | dt.datetime | None) -> dt.datetime | None:
    """--as-at: a time without a zone is English time."""
    if text is None:
        return None
    try:
        moment = text if isinstance(text, dt.datetime) else dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-at {text} is not a time. Write it like 2026-11-20T16:30.", returncode=USAGE) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.LONDON)
    if moment > receive.latest_believable(now=clock.now(), today=clock.today()):
        raise CommandError(f"--as-at {text} has not come yet.", returncode=USAGE)
    return moment


def _period(options: dict[str, Any]) -> dict[str, str]:
    """--first, --last and --census: what a summary is of, where it does not say so itself."""
    told = {name: str(options[name]) for name in ("first", "last", "census") if options.get(name)}
    for name, text in told.items():
        try:
            day = census_day(text) if name == "census" else dt.date.fromisoformat(text)
        except ValueError:
            such = "2026-spring" if name == "census" else "2026-09-01"
            raise CommandError(f"--{name} {text} cannot be read. Write it like {such}.", returncode=USAGE) from None
        if day > clock.today():
            raise CommandError(f"--{name} {text} has not come yet.", returncode=USAGE)
    return told


def take(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Load one file: its receipt, in which everything that goes wrong stands, and what looks wrong though it loaded."""
    try:
        if not options["dry_run"]:
            return attempt(path, options)
        with transaction.atomic():
            taken = attempt(path, options)
            transaction.set_rollback(True)
        return taken
    except Exception as problem:
        return receipt_of_failure(path, problem), []


def receipt_of_failure(path: Path, problem: Exception) -> dict[str, Any]:
    """A receipt that says why nothing of the file was loaded; what is our own fault goes to the log too."""
    if not isinstance(problem, (*load.EXPECTED, OSError)):
        log.error("%s was not loaded", path, exc_info=problem)
    return _receipt(path, error=explain(problem))


def explain(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return f"The file could not be read: {problem.strerror or problem}."
    again = f"The database could not be used ({problem}). Run the command again: a load is taken up where it stopped."
    return load.explain(problem) or again


def attempt(path: Path, options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """As `take`; raises what is not the file's fault, such as a database that is away."""
    today, now, trial = clock.today(), clock.now(), options["dry_run"]
    school = _school(options["school"])
    with path.open("rb") as file:
        extract = actions.receive_extract(
            by=None,
            today=today,
            now=now,
            content=receive.chunks(file),
            filename=path.name,
            school=school,
            source=options["source"][:40],
            as_at=options["as_at"],
            store=not trial,
        )
    with nullcontext() if options["queue"] else load.holding(extract.pk):  # whoever loads it here holds it first; a worker may not wait
        try:
            sniffed = sniff(path)
            mapping, remembered = remembering.mapping_for(extract, sniffed)
            if mapping is None:
                raise receive.Refused(sniffed.message)
        except (receive.Refused, Unreadable) as problem:
            load.fail(extract, str(problem))
            return _receipt(path, Outcome(extract)), []
        extract = actions.queue_extract(
            by=None,
            today=today,
            extract=extract,
            mapping=replace(mapping, period=options.get("period", {})).to_json(),
            create_pupils=options["create_pupils"],
            remembered=remembered,
            in_background=options["queue"],
        )
        if options["queue"]:
            return _receipt(path, Outcome(extract)), []
        share = bool(options.get("share"))
        outcome = _try(extract, path, today, now) if trial else pipeline.carry_out(extract.pk, today=today, share=share)
    return _receipt(path, outcome), outcome.extract.questions


def _try(extract: Extract, path: Path, today: dt.date, now: dt.datetime) -> Outcome:
    """A trial run writes to registers and takes all of it back; figures and flags need not follow."""
    begun = load.begin(extract.pk)
    assert begun is not None  # noqa: S101  (nobody else can see it)
    try:
        outcome = load.load(begun, today=today, source=path)
    except load.EXPECTED as problem:
        load.fail(begun, str(problem))
        return Outcome(begun)
    load.finish(begun, now=now)
    return outcome


def _school(urn: int | None) -> School | None:
    school = School.objects.filter(urn=urn).first() if urn else None
    if urn and school is None:
        raise receive.Refused(f"Daymark does not know a school with URN {urn}. Import it first: manage.py import_gias FILE.")
    return school


def _receipt(path: Path, outcome: Outcome | None = None, *, error: str = "") -> dict[str, Any]:
    extract = outcome.extract if outcome else Extract(status=Extract.Status.FAILED, error=error)
    counts = outcome.counts() if outcome else {}
    held = waiting.of_extract(extract) if extract.pk else waiting.OfExtract()
    return {
        "file": str(path),
        "sha256": extract.sha256 or _sha256(path),
        "layout": extract.layout or None,
        "status": str(extract.status),
        "error": extract.error or None,
        "rows_read": extract.rows_read,
        "rows_rejected": extract.rows_rejected,
        "rows_waiting": held.waiting,
        "rows_set_aside": held.aside,
        "marks_set": counts.get("marks_set", 0),
        "marks_unchanged": counts.get("marks_unchanged", 0),
        "marks_amended": counts.get("marks_amended", 0),
        "marks_older": counts.get("marks_older", 0),
        "compared": outcome.compared() if outcome else {},
        "totals_kept": extract.snapshot_rows.count() if extract.pk else 0,
        "rejected": [load.as_json(problem) for problem in outcome.rejected] if outcome else [],
        "rejected_file": default_storage.path(extract.rejected_file) if extract.rejected_file else None,
        "pupils": {
            "matched": extract.pupils_matched,
            "created": extract.pupils_created,
            "unmatched": extract.pupils_unmatched,
        },
        "schools": _schools(extract),
    }


def _schools(extract: Extract) -> list[dict[str, int]]:
    """What the file did to each school's registers: a receipt a school."""
    if extract.pk is None:
        return []
    loads = extract.loads.filter(kind=Load.Kind.LOAD).select_related("school").order_by("school__urn")
    names = ("marks_set", "marks_unchanged", "marks_amended", "marks_older", "marks_outside")
    return [{"urn": one.school.urn} | {name: getattr(one, name) for name in names} for one in loads]


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def in_words(receipt: dict[str, Any], *, dry_run: bool) -> str:
    """One line a file."""
    name = receipt["file"]
    if receipt["status"] == Extract.Status.FAILED:
        return f"{name}: not loaded. {receipt['error']}"
    if receipt["status"] in (Extract.Status.QUEUED, Extract.Status.LOADING):
        return f"{name}: received, and the workers load it. Its page says what becomes of it."
    changed = [
        f"{receipt[key]:,} {word}"
        for key, word in (("marks_set", "new"), ("marks_amended", "changed"), ("marks_older", "older than what is known, not taken"))
        if receipt[key]
    ]
    kept = receipt["totals_kept"]
    totals = f"totals of {kept:,} pupil{pluralize(kept)} kept beside the register, no mark changed"
    said = f"marks: {', '.join(changed)}, {receipt['marks_unchanged']:,} already so" if changed else "nothing new, so nothing was changed"
    if not changed and not receipt["marks_unchanged"] and receipt["rows_waiting"] + receipt["rows_rejected"]:
        said = "no mark was changed"  # what waits or came back may well be new
    if receipt["compared"]:
        agree, differ, unknown = (receipt["compared"][name] for name in ("agree", "differ", "unknown"))
        beside = f"compared, for another source’s marks count: {agree:,} agree, {differ:,} differ, {unknown:,} not in the register"
        said = f"{said}; {beside}" if changed or receipt["marks_unchanged"] else beside
    if kept:
        said = totals
    returned = f"; {receipt['rows_rejected']:,} returned to correct" if receipt["rows_rejected"] else ""
    if receipt["rows_waiting"]:
        returned += f"; {receipt['rows_waiting']:,} waiting for somebody to say whose marks they are (Pupils to match)"
    if receipt["rows_set_aside"]:
        returned += f"; {receipt['rows_set_aside']:,} set aside as not the school's"
    where = f", in {receipt['rejected_file']}" if receipt["rejected_file"] else ""
    would = "would be loaded (trial run, nothing was changed)" if dry_run else "loaded"
    return f"{name}: {would}: {receipt['rows_read']:,} row{pluralize(receipt['rows_read'])}; {said}{returned}{where}."
