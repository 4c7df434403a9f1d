"""Loads an extract: parsed, matched, written into the registers of its schools, one transaction and one receipt a school.

Whoever loads holds the extract by an advisory lock of the database session, for the whole time: a worker that is killed
lets go at once, nothing is leased by time, and a second worker that finds it held leaves (docs/decisions.md 4). An extract
that was interrupted is taken up again: schools with a receipt are done.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Sum
from django.utils.text import slugify

from accounts import audit
from accounts.models import User
from attendance import register, sourcing
from attendance.imports import compare, keep, match, parts, reader, receive, senders
from attendance.imports.admit import Admitted, admit
from attendance.imports.closed import after_closing
from attendance.imports.fill import fill_blanks
from attendance.imports.hold import hold, set_apart
from attendance.imports.laid import by_year, cells_of
from attendance.imports.match import Placed, Roll
from attendance.imports.parse import parse
from attendance.imports.parsed import Mapping, Parsed, Problem, Source, Unreadable
from attendance.imports.preview import head
from attendance.imports.receive import Refused
from attendance.imports.rejects import rejected_file, returned_suffix
from attendance.imports.senders import Headings, Ints
from attendance.imports.sniff import sniff
from attendance.imports.tally import Progress, Tally, quiet
from attendance.models import Extract, Load, SchoolPart
from schools import locks
from schools.models import Enrolment, School

log = logging.getLogger("daymark.load")

LOCK = 7302  # first key of the advisory locks on extracts
KEPT_REJECTS = 1000  # shown on the page; the returned file has all
KEPT_QUESTIONS = 100
TRIES = 20  # a worker may be stopped often; a file that ends every worker must not be tried for ever

EXPECTED = (Refused, Unreadable)  # the file's fault, with words for its sender


@dataclass(frozen=True)
class Outcome:
    """What a load came to. `rejected` has every problem; the extract keeps the first of them.

    `waits`: its marks and its receipt were written together, so whoever follows them finds the extract and ends it.
    """

    extract: Extract
    rejected: list[Problem] = field(default_factory=list)
    waits: bool = False

    def counts(self) -> dict[str, int]:
        names = ("marks_set", "marks_unchanged", "marks_amended", "marks_older", "marks_outside")
        sums = self.extract.loads.filter(kind=Load.Kind.LOAD).aggregate(**{name: Sum(name) for name in names})
        return {name: sums[name] or 0 for name in names}

    def compared(self) -> dict[str, int]:
        """Marks of sessions for which another source is authoritative; empty where there were none."""
        found = self.extract.comparisons.aggregate(agree=Sum("marks_agree"), differ=Sum("marks_differ"), unknown=Sum("marks_unknown"))
        return {name: count for name, count in found.items() if count is not None}


def holding(extract_id: int) -> AbstractContextManager[bool]:
    """Hold the extract while this database session works on it; False if another does."""
    return locks.holding(LOCK, extract_id)


def held() -> set[int]:
    """Extracts that somebody is loading now."""
    return locks.held(LOCK)


def begin(extract_id: int) -> Extract | None:
    """The extract if there is work to do on it, marked as loading. The caller holds it."""
    found = Extract.objects.raw(_BEGIN, [Extract.Status.LOADING, extract_id, Extract.Status.QUEUED, Extract.Status.LOADING])
    extract = next(iter(found), None)
    if extract is None:
        return None
    if extract.attempts > TRIES:
        fail(extract, "Loading this file was begun many times and never came to its end. Send it in smaller parts.")
        return None
    return extract


_BEGIN = f"update {Extract._meta.db_table} set attempts = attempts + 1, status = %s where id = %s and status in (%s, %s) returning *"  # noqa: S608


def take_up(extract_id: int) -> Extract | None:
    """The extract if its marks stand and what follows them does not: to be taken up where another was stopped. The caller holds it."""
    if not Extract.objects.filter(pk=extract_id, status=Extract.Status.MARKED).update(attempts=F("attempts") + 1):
        return None
    extract = Extract.objects.get(pk=extract_id)
    if extract.attempts > TRIES:
        fail(extract, "Working out flags from this file was begun many times and never came to its end. Try again.")
        return None
    return extract


def load(
    extract: Extract,
    *,
    today: dt.date,
    progress: Progress = quiet,
    source: Source | None = None,
    call_helpers: Callable[[int], None] = parts.nobody,
    follow: Callable[[School], None] = parts.nothing,
) -> Outcome:
    """Write the extract's marks into its schools' registers. Raises `Refused` or `Unreadable`, having written nothing.

    `source` is given where the bytes are not in file storage (a trial run). `call_helpers` is told how many workers more
    could take a share of the schools (`lend_a_hand`), and `follow` which of many schools has been done here. The extract is
    "marked" then: what follows a load (config.following) comes first, then `finish`.
    """
    source = reader.once(source or stored(extract))
    progress("Reading the file", 0, 0)
    content = _read(extract, source, today)
    _set_as_at(extract, content.parsed, today=today)
    tally = Tally(extract, content.parsed, content.problems, content.schools, progress)
    do = tally.watch(content.loader(extract))
    if len(content.schools) == 1:
        with transaction.atomic():  # a school's marks and the receipt of its file stand together or not at all
            placed = parts.work_through(extract, content.schools, do, progress=tally)
            problems = _end(extract, source, content, placed)
        return Outcome(extract, problems, waits=_first_attempt(extract) and len(placed[0].enrolment) > 0)
    tally("Matching rows to pupils", 0, 0)
    placed = parts.work_through(extract, content.schools, do, progress=tally, call_helpers=call_helpers, follow=follow)
    tally("Writing the receipt", 0, 0)
    return Outcome(extract, _end(extract, source, content, placed))


def _end(extract: Extract, source: Source, content: _Content, placed: list[Placed]) -> list[Problem]:
    """The receipt, and every problem there was."""
    problems = content.problems + [problem for place in placed for problem in place.problems]
    problems = sorted([*content.parsed.problems, *problems], key=lambda problem: (problem.row, problem.cell or 0))
    _write_receipt(extract, content.parsed, placed, problems, _rejects(extract, source, content.mapping, problems))
    return problems


def lend_a_hand(extract_id: int, *, today: dt.date, follow: Callable[[School], None] = parts.nothing) -> int:
    """Take a share of the schools of a file that another worker is loading; how many were done here.

    The other sees to the rest, and to whatever goes wrong here.
    """
    if not parts.any_left(extract_id):
        return 0
    extract = Extract.objects.select_related("school", "received_by").get(pk=extract_id)
    content = _read(extract, reader.once(stored(extract)), today)
    done = 0
    do = content.loader(extract)
    while parts.any_left(extract_id) and (school := parts.take(extract_id, content.schools, do)):
        follow(school)
        done += 1
    return done


@dataclass(frozen=True)
class _Content:
    """An extract as read: its rows by school, and those that belong to none."""

    mapping: Mapping
    parsed: Parsed
    headings: Headings
    schools: dict[School, Ints]
    problems: list[Problem]

    def loader(self, extract: Extract) -> parts.Do:
        only = cells_of(self.parsed, self.schools)
        put = _load_school if self.parsed.totals is None else keep.keep_school  # totals never become marks
        return lambda school, rows: put(extract, school, only(school), rows, self.headings)


def _read(extract: Extract, source: Source, today: dt.date) -> _Content:
    mapping = Mapping.from_json(extract.mapping)
    if extract.school is None and "urn" not in mapping.columns:
        raise Refused(senders.NO_SCHOOL)
    parsed = parse(source, mapping, today=today)
    if not parsed.rows_read:
        raise Refused("The file has headings and no rows under them, so there was nothing to load.")
    if parsed.totals is not None:
        keep.refuse_without_period(parsed.totals)
    headings = headings_of(source, mapping)
    schools, problems = senders.to_schools(parsed, extract.school, headings, from_school=receive.is_from_school(extract))
    return _Content(mapping, parsed, headings, schools, problems)


def stored(extract: Extract) -> Source:
    """Where the bytes lie; the bytes themselves where the storage is no folder of this machine."""
    try:
        return Path(default_storage.path(extract.stored))
    except NotImplementedError:
        with default_storage.open(extract.stored) as file:
            return file.read()


def headings_of(source: Source, mapping: Mapping) -> Headings:
    return Headings(lambda: sniff(head(source)[0]).headers, mapping.columns)


def _set_as_at(extract: Extract, parsed: Parsed, *, today: dt.date) -> None:
    """The file's own export time comes before any other (docs/decisions.md 5); no export was made after it was received."""
    if parsed.exported_at is None:
        return
    as_at = min(parsed.exported_at, receive.receipt_moment(now=extract.received_at, today=today))
    if as_at != extract.as_at:
        extract.as_at = as_at
        extract.save(update_fields=["as_at"])


@transaction.atomic(savepoint=False)  # within that of the file or of its part
def _load_school(extract: Extract, school: School, parsed: Parsed, rows: Ints, headings: Headings) -> Placed:
    """One school's part, once: its rows to enrolments, the marks that count to registers, the others compared."""
    register.lock(school.pk)
    done = not _first_attempt(extract) and extract.loads.filter(school=school, kind=Load.Kind.LOAD, held=False).exists()
    before = receive.loads_before(school.pk)
    # under the lock: of two first files at once, one comes first
    choices, settled = sourcing.choices(extract, school, loaded=before.received is not None)
    ours, theirs = compare.split(parsed, choices, extract.source)
    if theirs is None:
        placed = _take(extract, school, ours, rows, headings, before, done=done)
        if not settled and len(placed.enrolment):
            sourcing.settle(school, choices[0])
        return placed
    count = compare.rows_that_count(ours, theirs, rows)
    placed = _take(extract, school, ours, count, headings, before, done=done or not len(ours.cell_row))
    roll = Roll(school, parsed.upns(rows)[1])
    apart = set_apart(theirs, compare.rows_compared(theirs, rows), roll)  # what is only compared asks nobody who is meant
    beside = match.place(theirs, apart.rows, roll, headings, key=apart.key)
    if not done and len(beside.enrolment):
        compare.compare(extract, school, choices, by_year(beside))
    return compare.joined(placed, beside)


def _first_attempt(extract: Extract) -> bool:
    """Nothing of the extract has been written before: neither loads nor rows that wait can be there."""
    return extract.attempts == 1


def _take(
    extract: Extract, school: School, parsed: Parsed, rows: Ints, headings: Headings, before: receive.Before, *, done: bool
) -> Placed:
    """Marks that count. `done`: they are only looked at, for the problems of their rows."""
    upns = parsed.upns(rows)[1]
    roll = Roll(school, upns)
    admitted = Admitted()
    if extract.create_pupils and not done:
        admitted = admit(parsed, rows, roll, by=extract.received_by)
        roll = Roll(school, upns, unproved=admitted.unproved)
    if not done:
        fill_blanks(parsed, rows, roll, by=extract.received_by)
    apart = set_apart(parsed, rows, roll)
    if not done:
        hold(extract, school, parsed, apart.held, now=extract.received_at, again=not _first_attempt(extract))
    placed = match.place(parsed, apart.rows, roll, headings, key=apart.key)
    placed.doubted = admitted.doubted
    if late := after_closing(school, placed):
        placed.questions.append(late)
    if not done and len(placed.enrolment):
        write(extract, school, placed, before, by=extract.received_by)
    if admitted.new:  # last of all: the extract is one row, for which those who load its other schools would wait
        Extract.objects.filter(pk=extract.pk).update(pupils_created=F("pupils_created") + admitted.new)
    return placed


def write(extract: Extract, school: School, placed: Placed, before: receive.Before, *, by: User | None, held: bool = False) -> Load:
    """Marks into registers, with their delta and receipt. The caller holds the school. `held`: they had waited for a person."""
    load = Load(
        extract=extract,
        school=school,
        as_at=extract.as_at,
        received_at=receive.moment_after(before.received),
        by=by,
        held=held,
        marks_outside=placed.outside,
        first_session=placed.first,
        last_session=placed.last,
    )
    newest = before.as_at is None or before.as_at <= load.as_at
    overlays = [
        register.overlay(register.read(year, schools=[school.pk]), load, enrolments, said, newest=newest)
        for year, enrolments, said in by_year(placed)
    ]
    counts = sum((over.counts for over in overlays), register.Counts())
    load.marks_set, load.marks_unchanged = counts.set, counts.unchanged
    load.marks_amended, load.marks_older = counts.amended, counts.older
    load.save()
    _correct_enrolments(placed, with_year_groups=before.last_session is None or load.last_session >= before.last_session)
    for over in overlays:
        register.put(load, over)
    audit.record("Register loaded", by=load.by, subject=school, extract=extract.pk, set=counts.set, amended=counts.amended)
    return load


def _correct_enrolments(placed: Placed, *, with_year_groups: bool) -> None:
    """Starts that were opened from marks, and year groups as the newest register gives them, else any where none was known."""
    wanted = placed.starts.keys() | placed.year_groups.keys()
    if not wanted:
        return
    enrolments = list(Enrolment.objects.filter(pk__in=wanted))
    for enrolment in enrolments:
        enrolment.start = placed.starts.get(enrolment.pk, enrolment.start)
        if with_year_groups or not enrolment.year_group:
            enrolment.year_group = placed.year_groups.get(enrolment.pk, enrolment.year_group)
    Enrolment.objects.bulk_update(enrolments, ["start", "year_group"], batch_size=1000)


def _rejects(extract: Extract, source: Source, mapping: Mapping, problems: list[Problem]) -> str:
    """Store the file of returned rows; its name, "" where nothing was returned."""
    if not problems or not extract.stored or not default_storage.exists(extract.stored):
        return ""
    name = f"rejected/{extract.pk}/{slugify(Path(extract.filename).stem)[:60] or 'register'}-to-correct{returned_suffix(mapping)}"
    if extract.rejected_file and default_storage.exists(extract.rejected_file):
        default_storage.delete(extract.rejected_file)  # of an attempt that was interrupted
    return default_storage.save(name, ContentFile(rejected_file(source, mapping, problems)))


def _write_receipt(extract: Extract, parsed: Parsed, placed: list[Placed], problems: list[Problem], rejected_file: str) -> None:
    if extract.create_pupils:
        extract.refresh_from_db(fields=["pupils_created"])
    matched = {pupil for place in placed for pupil in place.pupils}
    extract.rows_read = parsed.rows_read
    extract.rows_rejected = len({problem.row for problem in problems})
    extract.rejected = [as_json(problem) for problem in problems[:KEPT_REJECTS]]
    extract.rejected_file = rejected_file
    extract.questions = [*parsed.questions, *_questions(placed)][:KEPT_QUESTIONS]
    extract.pupils_matched = max(len(matched) - extract.pupils_created, 0)  # some may have been merged between two attempts
    extract.pupils_unmatched = len({upn for place in placed for upn in place.unmatched})
    extract.status = Extract.Status.MARKED
    extract.save(update_fields=_RECEIPT)


_RECEIPT = ["rows_read", "rows_rejected", "rejected", "rejected_file", "questions", "pupils_matched", "pupils_unmatched", "status"]


def as_json(problem: Problem) -> dict[str, int | str]:
    return {"line": problem.line, "field": problem.field, "value": problem.value, "message": problem.message}


def _questions(placed: list[Placed]) -> Iterator[str]:
    yield from (words for place in placed for words in place.questions)
    for upn in sorted(upn for place in placed for upn in place.doubted):
        yield (
            f"UPN {upn} is known at another school with another surname and date of birth than this file gives. "
            "The pupil was put on roll here too: check the number."
        )
    marks, pupils = sum(place.outside for place in placed), sum(place.pupils_outside for place in placed)
    if marks:
        one = marks == 1
        yield (
            f"{marks:,} mark{'' if one else 's'} of {pupils:,} pupil{'' if pupils == 1 else 's'} {'lies' if one else 'lie'} outside "
            f"their dates on roll: {'it is' if one else 'they are'} kept and not counted. Check when they joined and left."
        )


def finish(*extracts: Extract, now: dt.datetime) -> None:
    """Figures and flags have taken the loads in."""
    its = Load.objects.filter(extract__in=extracts, kind=Load.Kind.LOAD, held=False)  # undos and the rest are followed apart
    its.filter(followed_at=None).update(followed_at=now)
    for extract in extracts:
        extract.status, extract.finished_at, extract.error = Extract.Status.LOADED, now, ""
    Extract.objects.filter(pk__in=[extract.pk for extract in extracts]).update(status=Extract.Status.LOADED, finished_at=now, error="")
    SchoolPart.objects.filter(extract__in=extracts).delete()


def fail(extract: Extract, message: str) -> None:
    """Say why nothing, or not everything, was loaded."""
    done = extract.loads.filter(kind=Load.Kind.LOAD).values("school").distinct().count()
    if done:
        message += f" The registers of {done} school{'' if done == 1 else 's'} were written before that and stay."
    Extract.objects.filter(pk=extract.pk).update(status=Extract.Status.FAILED, error=message)
    extract.refresh_from_db()


def explain(problem: Exception) -> str | None:
    """What to tell the sender of a file that failed with `problem`; None where it is worth trying again by itself."""
    if isinstance(problem, EXPECTED):
        return str(problem)
    if isinstance(problem, OperationalError | InterfaceError):
        return None  # the database went away or asked to try again: the sweeper does
    return (
        "Something went wrong in Daymark while this file was being loaded. The fault is ours, not the file’s. "
        "Try again; if it fails again, tell whoever looks after Daymark."
    )
