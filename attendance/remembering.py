"""What is remembered of the files of a school and source: how their columns were confirmed, and what the school's own codes mean."""

from __future__ import annotations

import dataclasses
import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance import sources
from attendance.codes import BY_CODE, CODES, NOTHING_SAID
from attendance.imports import headings
from attendance.imports.foreign import REASON
from attendance.imports.parsed import Mapping, Sniffed, wanting
from attendance.imports.remembered import shape
from attendance.imports.values import tidy
from attendance.models import Alias, Extract, RememberedColumns
from attendance.sourcing import SourceProblem
from schools.locks import hold_school
from schools.models import School

IN_FORCE = [code for code in CODES if code.end is None]


def aliases_of(school: School | None, source: str) -> dict[str, str]:
    """A school's own codes in the files of a source, in capitals: the case in which a code is typed means nothing."""
    if school is None:
        return {}
    return {own.upper(): code for own, code in Alias.objects.filter(school=school, source=source).values_list("own", "code")}


def with_aliases(extract: Extract, mapping: Mapping) -> Mapping:
    """`mapping` with the own codes of the school, or of every school that has some where the file may hold any; its own come first."""
    if extract.school is not None:
        return dataclasses.replace(mapping, aliases=aliases_of(extract.school, extract.source) | mapping.aliases)
    own: dict[str, dict[str, str]] = {}
    for urn, code, national in Alias.objects.filter(source=extract.source).values_list("school__urn", "own", "code"):
        own.setdefault(str(urn), {})[code] = national
    return dataclasses.replace(mapping, own_codes=own)


def find(extract: Extract, headers: list[str]) -> RememberedColumns | None:
    """How a person confirmed files of these headings from this source: of the school, or of any where the file names many.

    For a file of many schools only where everybody who confirmed such a file said the same.
    """
    found = _known(extract, headers)
    if not found and headers and headings.key(headers[-1]) == headings.key(REASON):
        found = _known(extract, headers[:-1])  # rows that came back, corrected: the columns before our reason are the confirmed file's
    return found[0] if found and all(_says(one) == _says(found[0]) for one in found) else None


def _known(extract: Extract, headers: list[str]) -> list[RememberedColumns]:
    known = RememberedColumns.objects.filter(source=extract.source, key=shape(headers).key).select_related("confirmed_by")
    return list(known if extract.school is None else known.filter(school=extract.school))


def _says(remembered: RememberedColumns) -> tuple[str, dict[str, int], int]:
    return remembered.layout, remembered.columns, remembered.first_day


def as_confirmed(draft: Mapping, headers: list[str], remembered: RememberedColumns) -> Mapping:
    """`draft`, a file's own encoding and place of headings, with the columns as they were confirmed for an earlier file."""
    columns = shape(headers).find(remembered.columns)
    return dataclasses.replace(draft, layout=remembered.layout, columns=columns, first_day=remembered.first_day)


def mapping_for(extract: Extract, sniffed: Sniffed) -> tuple[Mapping | None, RememberedColumns | None]:
    """How to read a file that nobody is asked about: as a person confirmed its like, else as its headings say; None in doubt."""
    remembered = find(extract, sniffed.headers)
    if remembered is None or sniffed.draft is None or not answers(remembered, sniffed):
        return sniffed.mapping, None
    return as_confirmed(sniffed.draft, sniffed.headers, remembered), remembered


def answers(remembered: RememberedColumns, sniffed: Sniffed) -> bool:
    """Whether what was confirmed settles all that is in doubt about this file. Doubts about dates are this file's own."""
    if wanting(remembered.layout, remembered.columns):
        return False
    if sniffed.mapping is not None:
        return True
    doubts = {field for field, _ in sniffed.ambiguous} | set(sniffed.missing)
    return remembered.layout != "dates" and bool(doubts) and doubts <= remembered.columns.keys()


def remember_columns(
    *, by: User | None, now: dt.datetime, extract: Extract, headers: list[str], mapping: Mapping
) -> RememberedColumns | None:
    """Keep how a person confirmed a file's columns, for the next of the same headings from its school and source."""
    these = shape(headers)
    columns = these.keep(mapping.columns)
    if extract.school is None or columns is None:
        return None
    remembered, _ = RememberedColumns.objects.update_or_create(
        school=extract.school,
        source=extract.source,
        key=these.key,
        defaults={
            "headings": list(these.names),
            "layout": mapping.layout,
            "columns": columns,
            "first_day": mapping.first_day,
            "confirmed_by": by,
            "confirmed_at": now,
        },
    )
    return remembered


@transaction.atomic
def forget_columns(*, by: User, today: dt.date, remembered: RememberedColumns) -> None:
    """The next file of these headings is shown to its sender again."""
    audit.record(
        "Remembered columns forgotten", by=by, subject=remembered.school, source=remembered.source, headings=remembered.headings[:50]
    )
    remembered.delete()


@transaction.atomic
def set_alias(*, by: User | None, today: dt.date, now: dt.datetime, school: School, source: str, own: str, code: str) -> Alias:
    """Say what a school's own code means in the files of a source; said again, it means the new thing from the next file on."""
    own, code, source = tidy(own), code.strip().upper(), sources.tidied(source)
    national = BY_CODE.get(own.upper())
    if not own:
        raise SourceProblem("Enter the code as it stands in the file", "own")
    if len(own) > Alias.LONGEST:
        raise SourceProblem("A code of a school’s own has at most 20 characters", "own")
    if own in NOTHING_SAID:
        raise SourceProblem(f"“{own}” stands for no mark in every file, so it can be given no meaning", "own")
    if national is not None and national.end is None:
        raise SourceProblem(f"{national.code} is a national code: {national.meaning}. It means the same at every school", "own")
    if code not in {one.code for one in IN_FORCE}:
        raise SourceProblem("Choose the national code that it stands for", "code")
    hold_school(school.pk)  # two people explain one code at once: the later one's word stands
    alias = Alias.objects.filter(school=school, source=source, own__iexact=own).first()
    before = alias.code if alias else None
    if alias is not None and before == code:
        return alias
    alias = alias or Alias(school=school, source=source, own=own)
    alias.code, alias.set_by, alias.set_at = code, by, now
    alias.save()
    audit.record("School’s own code explained", by=by, subject=school, source=source, own=alias.own, code=code, before=before)
    return alias


@transaction.atomic
def remove_alias(*, by: User | None, today: dt.date, alias: Alias) -> None:
    audit.record("School’s own code removed", by=by, subject=alias.school, source=alias.source, own=alias.own, before=alias.code)
    alias.delete()


def settle_aliases(*, by: User, today: dt.date, now: dt.datetime, extract: Extract, meant: dict[str, str]) -> None:
    """Keep what the sender of a file said of its own codes: what each means, "" for those that are no marks after all."""
    if extract.school is None:
        return
    held = {alias.own.upper(): alias for alias in Alias.objects.filter(school=extract.school, source=extract.source)}
    for own, code in meant.items():
        if code:
            set_alias(by=by, today=today, now=now, school=extract.school, source=extract.source, own=own, code=code)
        elif own.upper() in held:
            remove_alias(by=by, today=today, alias=held[own.upper()])
