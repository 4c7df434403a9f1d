"""A file of what happened before Daymark: good rows are kept, the others come back with what to correct, and a receipt stays."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from legal import history_file, pasts
from legal.actions.problem import NoticeProblem
from legal.actions.rechecking import look_again_at
from legal.history_file import File, Row
from legal.models import HistoricRecord, HistoryEnquiry, HistoryLoad, Kind
from legal.penalty import written
from schools import names
from schools.importers.table import LineProblem
from schools.models import Pupil

_LOADING = 7325  # key of the advisory lock under which history is loaded, beside that of numbering notices
_CHANGES = ("outcome", "until", "amount", "offence_from", "offence_to")  # what a row may say otherwise when it comes again


@dataclass(slots=True)
class Receipt:
    """What a file came to. `known`: of the rows loaded, those of a child whom we know; `to_whom`: and of a parent."""

    rows: int = 0
    loaded: int = 0
    already: int = 0
    known: int = 0
    to_whom: int = 0
    problems: list[LineProblem] = field(default_factory=list)
    rejected_rows: str = ""
    ignored: list[str] = field(default_factory=list)
    load: HistoryLoad | None = None

    @property
    def rejected(self) -> int:
        return len({problem.line for problem in self.problems})


@transaction.atomic
def load_history(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    kind: str,
    name: str,
    content: bytes,
    dry_run: bool = False,
    form_token: uuid.UUID | None = None,
) -> Receipt:
    """Keep what can be kept. The same file twice changes nothing, and leaves a second receipt that says so.

    Raises `UnreadableTable` where nothing can be read.
    """
    found = history_file.read(content, kind, today=today)
    with connection.cursor() as cursor:  # two files at once: the second sees what the first has loaded
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_LOADING])
    receipt = Receipt(rows=found.rows_read, ignored=found.ignored)
    new = _new(found, receipt)
    receipt.known = pasts.tie(new)
    receipt.to_whom = sum(record.parent_id is not None for record in new)
    receipt.loaded = len(new)
    receipt.problems = sorted([*found.problems, *receipt.problems], key=lambda problem: problem.line)
    receipt.rejected_rows = found.rejected(receipt.problems)
    if dry_run:
        return receipt
    if form_token and (made := HistoryLoad.objects.filter(form_token=form_token).first()):
        receipt.load = made  # the same form, sent twice
        return receipt
    receipt.load = HistoryLoad.objects.create(
        kind=kind,
        name=name[:200],
        sha256=history_file.sha256(content),
        rows=receipt.rows,
        loaded=receipt.loaded,
        already=receipt.already,
        rejected=receipt.rejected,
        rejected_rows=receipt.rejected_rows,
        by=by,
        by_name=by.name if by else audit.COMMAND,
        at=now,
        form_token=form_token,
    )
    for record in new:
        record.load = receipt.load
    HistoricRecord.objects.bulk_create(new, batch_size=500)
    audit.record("loaded history", by=by, subject=receipt.load, loaded=receipt.loaded, rejected=receipt.rejected)
    if kind == Kind.NOTICES:
        look_again_at({record.pupil_id for record in new if record.pupil_id}, today=today, by=by)
    return receipt


def _new(found: File, receipt: Receipt) -> list[HistoricRecord]:
    """Those that are not there yet and fit what is known."""
    keys = [key for row in found.rows for key in (row.key, history_file.second_key(row.key, row.values))]
    there = {one.key: one for one in HistoricRecord.objects.filter(key__in=keys)}
    numbers = [row["upn"] for row in found.rows if row["upn"]]
    known = Pupil.objects.filter(upn__in=numbers).values_list("upn", "dob")
    born = {number: born for number, born in known if number and born}
    new = []
    for row in found.rows:
        key = _key(row.key, row.values, there)
        before = there.get(key)
        wrong = _differs(before, row) if before is not None else _misfit(row, born)
        if wrong:
            receipt.problems.append(wrong)
        elif before is not None:
            receipt.already += 1
        else:
            new.append(_record(found.kind, row, key))
            there[key] = new[-1]
    return new


def _key(key: str, values: Mapping[str, Any], there: Mapping[str, HistoricRecord]) -> str:
    """Under which a row is kept: its own, or where another notice of the same day has that, one with its number."""
    other = there.get(key)
    if other is None or other.kind != Kind.NOTICES or not history_file.two(vars(other), values):
        return key
    return history_file.second_key(key, values)


def _record(kind: str, row: Row, key: str) -> HistoricRecord:
    return HistoricRecord(kind=kind, key=key, **{name: value for name, value in row.values.items() if value is not None})


def _differs(before: HistoricRecord, row: Row) -> LineProblem | None:
    """A row that was loaded says something else now: somebody decides which is right, the load does not."""
    for name in _CHANGES:
        was, now = getattr(before, name), row[name]
        if now not in (None, "") and was != now:
            shown = before.get_outcome_display() if name == "outcome" else was if was is not None else "nothing"
            return LineProblem(row.line, name, str(now), f"This row was loaded before, with {shown}. Correct it on the record’s own page")
    return None


def _misfit(row: Row, born: dict[str, dt.date]) -> LineProblem | None:
    known = born.get(row["upn"] or "")
    if known and row["child_dob"] and row["child_dob"] != known:
        message = f"The pupil with this UPN was born on {written(known)}: one of the two is wrong. Correct it, or leave the day out"
        return LineProblem(row.line, "upn", row["upn"], message)
    return None


@transaction.atomic
def tell_notice(*, by: User, today: dt.date, now: dt.datetime, enquiry: HistoryEnquiry, told: dict[str, Any]) -> HistoricRecord:
    """A notice that another authority's reply names, kept as a loaded one. Told twice it is there once."""
    pupil = enquiry.pupil
    if pupil is None or enquiry.direction != HistoryEnquiry.Direction.OUT:
        raise NoticeProblem("Only a reply to a question of ours names notices of a child here.")
    if not told["parent_surname"].strip():
        raise NoticeProblem("Enter to whom the notice was.", "parent_surname")
    if told["day"] > today:
        raise NoticeProblem("Enter today or an earlier day.", "day")
    if told["outcome"] not in HistoricRecord.Outcome.values:
        raise NoticeProblem("Choose what became of the notice.", "outcome")
    child = {
        "upn": pupil.upn or "",
        "child_surname": pupil.surname,
        "child_forename": pupil.forename,
        "child_dob": pupil.dob,
        "child_key": names.sort_key(pupil.surname, pupil.forename),
    }
    values = {**child, **told, "issuer": HistoricRecord.Issuer.OTHER, "issuer_name": enquiry.authority}
    key = history_file.key_of(Kind.NOTICES, values)
    key = _key(key, values, {one.key: one for one in HistoricRecord.objects.filter(key=key)})
    if there := HistoricRecord.objects.filter(key=key).first():
        if there.outcome != told["outcome"]:
            raise NoticeProblem(
                f"{there} is here already, with {there.get_outcome_display().lower()}. Correct it on its own page.", "outcome"
            )
        return there
    record = HistoricRecord(kind=Kind.NOTICES, key=key, pupil=pupil, enquiry=enquiry, **values)
    pasts.tie([record])
    record.save()
    audit.record("wrote down notice of another authority", by=by, subject=record, enquiry=enquiry.pk)
    look_again_at([pupil.pk], today=today, by=by)
    return record


def lines_of(problems: Iterable[LineProblem]) -> list[str]:
    return [f"Line {problem.line}, {problem.field}, “{problem.value}”: {problem.message}." for problem in problems]
