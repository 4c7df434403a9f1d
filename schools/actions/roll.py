"""A roll written in bulk: the same changes as one by one in `pupils`, `enrolments` and `parents`, with one audit line.

Blank says nothing. Pupils not in the file stay as they are: a roll never ends an enrolment by leaving somebody out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell, deletions, names
from schools.actions import enquiries
from schools.actions.family import WHERE, Families
from schools.importers.roll import Row
from schools.importers.table import LineProblem
from schools.locks import hold_school
from schools.models import Characteristic, Enrolment, FormerName, FormerUpn, Pupil, Responsibility, School

DETAILS = ("surname", "forename", "known_as", "dob", "sex", "address", "postcode")


@dataclass(slots=True)
class Receipt:
    """What loading a roll came to."""

    pupils_added: int = 0
    pupils_corrected: int = 0
    pupils_unchanged: int = 0
    enrolments_added: int = 0
    enrolments_corrected: int = 0
    characteristics_added: int = 0
    characteristics_ended: int = 0
    parents_added: int = 0
    parents_corrected: int = 0
    not_in_file: int = 0  # on roll today at the file's schools, and not named by it
    problems: list[LineProblem] = field(default_factory=list)


class _Kept(Exception):
    """Carries a dry run's receipt out of the transaction that it rolls back."""


def load_roll(
    *, by: User | None, today: dt.date, rows: Sequence[Row], school: School | None = None, dry_run: bool = False, feed: str = ""
) -> Receipt:
    """Write the rows that can be written; the others come back as problems of the receipt. `school`: the only one allowed.

    `feed` names the live feed of the school's own system that the rows are from: it changes no address that is hidden, and ends
    no characteristic that somebody at the authority has recorded.
    """
    loading = _Loading(by, today, feed)
    try:
        with transaction.atomic():
            loading.run(rows, school)
            if dry_run:
                raise _Kept
    except _Kept:
        pass
    return loading.receipt


class _Loading:
    """One file on its way in: what is known already, read in a few queries, and what is to be written, in a few more."""

    def __init__(self, by: User | None, today: dt.date, feed: str) -> None:
        self.by = by
        self.feed = feed
        self.today = today
        self.receipt = Receipt()

    def run(self, rows: Sequence[Row], school: School | None) -> None:
        rows = self._at_known_schools(rows, school)
        for school_id in sorted({place.pk for place in self.places.values()}):
            hold_school(school_id)
        self._read(rows)
        matched = self._match(rows)
        self._write_pupils(matched)
        self._write_enrolments(matched)
        self._write_characteristics(matched)
        families = Families(self.pupils_of(matched), self.by, feed=bool(self.feed))
        self.receipt.parents_added, self.receipt.parents_corrected = families.write(
            [(pupil, row.parents) for row, pupil in matched if row.parents]
        )
        self._count_missing(matched)
        if matched:
            pupils = self.pupils_of(matched)
            detail: dict[str, Any] = {"feed": self.feed} if self.feed else {}
            audit.record("loaded roll", by=self.by, count=len(pupils), schools=sorted(self.places), **detail)
            bell.people_changed(pupils=[pupil.pk for pupil in pupils], schools=[place.pk for place in self.places.values()])

    def refuse(self, row: Row, field_name: str, value: object, message: str) -> None:
        self.receipt.problems.append(LineProblem(row.line, field_name, str(value), message))

    @staticmethod
    def pupils_of(matched: Iterable[tuple[Row, Pupil]]) -> list[Pupil]:
        return list({pupil.pk: pupil for _, pupil in matched}.values())

    def _at_known_schools(self, rows: Sequence[Row], school: School | None) -> list[Row]:
        urns = {row.urn for row in rows if row.urn}
        known = School.objects.in_bulk(urns, field_name="urn") if school is None else {school.urn: school}
        self.places: dict[int, School] = {}
        self.place_of: dict[int, School] = {}  # by line
        kept = []
        for row in rows:
            place = known.get(row.urn) if row.urn else school
            if place is None:
                reason = (
                    "The row names no school" if row.urn is None
                    else f"This file is for {school}, URN {school.urn}" if school
                    else f"No school has URN {row.urn}. Load schools with import_gias first"
                )  # fmt: skip
                self.refuse(row, "urn", row.urn or "", reason)
                continue
            self.places[place.urn] = place
            self.place_of[row.line] = place
            kept.append(row)
        return kept

    def _read(self, rows: Sequence[Row]) -> None:
        numbers = {row.upn for row in rows} | {row.former_upn for row in rows if row.former_upn}
        self.by_upn = {pupil.upn: pupil for pupil in Pupil.objects.filter(upn__in=numbers).select_related("merged_into")}
        formers = FormerUpn.objects.filter(upn__in=numbers).select_related("pupil__merged_into").order_by("-pk")
        self.by_former = {former.upn: former.pupil for former in formers}
        ids = {pupil.pk for pupil in (*self.by_upn.values(), *self.by_former.values())}
        self.enrolments: dict[tuple[int, int], list[Enrolment]] = defaultdict(list)
        for enrolment in Enrolment.objects.filter(pupil__in=ids).order_by("start"):
            self.enrolments[enrolment.pupil_id, enrolment.school_id].append(enrolment)
        closed = any(row.ground in deletions.NEEDS_ENQUIRY for row in rows)
        self.enquired = enquiries.enquired(spell.pk for spells in self.enrolments.values() for spell in spells) if closed else {}
        self.former_names: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for former in FormerName.objects.filter(pupil__in=ids):
            self.former_names[former.pupil_id].append((former.surname, former.forename))
        hidden = Responsibility.objects.filter(pupil__in=ids, lives_with=True, parent__hidden_from__isnull=False)
        of_authority = not self.feed and (self.by is None or self.by.as_role.in_authority)
        self.unseen = set() if of_authority else set(hidden.values_list("pupil", flat=True))  # see Pupil.shows_address_to
        self.held: dict[tuple[int, str], Characteristic] = {}
        for characteristic in Characteristic.objects.filter(pupil__in=ids, end__isnull=True):
            self.held[characteristic.pupil_id, characteristic.kind] = characteristic

    def _match(self, rows: Sequence[Row]) -> list[tuple[Row, Pupil]]:
        """Whose row it is: the UPN, then the former UPN; else a new pupil. New ones are written by `_write_pupils`."""
        matched: list[tuple[Row, Pupil]] = []
        new: dict[str, Pupil] = {}
        for row in rows:
            pupil = self.by_upn.get(row.upn) or self.by_former.get(row.upn) or new.get(row.upn)
            earlier = (self.by_upn.get(row.former_upn) or self.by_former.get(row.former_upn)) if row.former_upn else None
            if pupil is not None and earlier is not None and pupil is not earlier and pupil.pk != earlier.pk:
                self.refuse(row, "former upn", row.former_upn, "UPN and former UPN belong to two pupils who are both known")
                continue
            pupil = pupil or earlier
            if pupil is not None and pupil.merged_into_id:
                other = pupil.merged_into.upn if pupil.merged_into else ""
                self.refuse(row, "upn", row.upn, f"The record with this UPN was merged into that of the same child with UPN {other}")
                continue
            place = self.place_of[row.line]
            if pupil is not None and pupil.pk and not self.enrolments[pupil.pk, place.pk] and self._somebody_else(pupil, row):
                self.refuse(row, "upn", row.upn, "This UPN is known at another school with another surname and date of birth")
                continue
            if row.start is None and (pupil is None or not pupil.pk or not self.enrolments[pupil.pk, place.pk]):
                self.refuse(row, "start", "", f"The start is missing and the pupil is not on roll at {place} yet")
                continue
            if problem := self._no_deletion(row, self.enrolments[pupil.pk, place.pk] if pupil is not None and pupil.pk else []):
                self.refuse(row, "ground", row.ground.upper(), problem)
                continue
            if pupil is None:
                pupil = new[row.upn] = Pupil(upn=row.upn)
            matched.append((row, pupil))
        return matched

    def _no_deletion(self, row: Row, spells: Sequence[Enrolment]) -> str:
        """Why the name must not be deleted as the row says. A deletion that stands is told again by every later file."""
        if row.ground not in deletions.NEEDS_ENQUIRY:
            return ""
        spell = self._spell(row, spells)
        if spell is not None and (spell.end, spell.ground) == (row.end, row.ground):
            return ""
        return deletions.why_not(row.ground, self.enquired.get(spell.pk) if spell else None)

    def _somebody_else(self, pupil: Pupil, row: Row) -> bool:
        surnames = {names.fold(pupil.surname), *(names.fold(surname) for surname, _ in self.former_names[pupil.pk])}
        surnames.discard(names.fold(names.NOT_KNOWN))
        return names.fold(row.surname) not in surnames and (pupil.dob is None or pupil.dob != row.dob)

    def _write_pupils(self, matched: list[tuple[Row, Pupil]]) -> None:
        new: dict[int, Pupil] = {}
        corrected: dict[int, Pupil] = {}
        former_names, former_upns = [], []
        for row, pupil in matched:
            fresh = pupil.pk is None
            before = {name: getattr(pupil, name) for name in DETAILS}
            wanted = {name: value for name in DETAILS if (value := getattr(row, name)) not in (None, "")}
            if pupil.pk in self.unseen:
                wanted = {name: value for name, value in wanted.items() if name not in WHERE}
            changed = {name for name, value in wanted.items() if before[name] != value}
            for name in changed:
                setattr(pupil, name, wanted[name])
            if fresh:
                new[id(pupil)] = pupil
            else:
                if changed & {"surname", "forename"}:
                    former_names.append(FormerName(pupil=pupil, surname=before["surname"], forename=before["forename"], until=self.today))
                    self.former_names[pupil.pk].append((before["surname"], before["forename"]))
                if pupil.upn != row.upn and self.by_former.get(row.upn) is not pupil:
                    if pupil.upn:
                        former_upns.append(FormerUpn(pupil=pupil, upn=pupil.upn))
                    pupil.upn = row.upn
                    changed.add("upn")
                if row.former_upn and row.former_upn not in self.by_former and row.former_upn not in self.by_upn:
                    former_upns.append(FormerUpn(pupil=pupil, upn=row.former_upn))
                if changed:
                    corrected[pupil.pk] = pupil
            pupil.sort_name = names.sort_key(pupil.surname, pupil.forename)
            pupil.search_text = names.pupil_search_text(pupil, self.former_names[pupil.pk] if pupil.pk else ())
        Pupil.objects.bulk_create(list(new.values()), batch_size=1000)
        self.new = {pupil.pk for pupil in new.values()}
        former_upns += [FormerUpn(pupil=pupil, upn=row.former_upn) for row, pupil in matched if id(pupil) in new and row.former_upn]
        Pupil.objects.bulk_update(corrected.values(), [*DETAILS, "upn", "sort_name", "search_text"], batch_size=500)
        FormerName.objects.bulk_create(former_names, batch_size=1000)
        FormerUpn.objects.bulk_create(former_upns, batch_size=1000, ignore_conflicts=True)
        everyone = {pupil.pk for _, pupil in matched}
        self.receipt.pupils_added = len(new)
        self.receipt.pupils_corrected = len(corrected)
        self.receipt.pupils_unchanged = len(everyone) - len(new) - len(corrected)

    def _write_enrolments(self, matched: list[tuple[Row, Pupil]]) -> None:
        new: list[Enrolment] = []
        corrected: dict[int, Enrolment] = {}
        for row, pupil in matched:
            place = self.place_of[row.line]
            spells = self.enrolments[pupil.pk, place.pk]
            spell = self._spell(row, spells)
            if spell is None:
                assert row.start is not None  # noqa: S101  (_match has seen to it)
                fresh = Enrolment(
                    pupil=pupil, school=place, start=row.start, end=row.end, kind=row.kind, year_group=row.year_group,
                    ground=row.ground, destination=row.destination,
                )  # fmt: skip
                new.append(fresh)
                spells.append(fresh)
                continue
            wanted: dict[str, Any] = {
                "start": row.start, "end": row.end, "year_group": row.year_group, "kind": row.kind,
                "ground": row.ground, "destination": row.destination,
            }  # fmt: skip
            changed = {name: value for name, value in wanted.items() if value not in (None, "") and getattr(spell, name) != value}
            if not changed:
                continue
            end = changed.get("end", spell.end)
            if end and end < changed.get("start", spell.start):
                self.refuse(row, "start", row.start or "", f"This pupil left on {end:%-d %B %Y}: give the end of the new spell too")
                continue
            for name, value in changed.items():
                setattr(spell, name, value)
            spell.start_from_marks = spell.start_from_marks and "start" not in changed
            if spell.pk:
                corrected[spell.pk] = spell
        Enrolment.objects.bulk_create(new, batch_size=1000)
        Enrolment.objects.bulk_update(
            corrected.values(), ["start", "end", "year_group", "kind", "start_from_marks", "ground", "destination"], batch_size=500
        )  # fmt: skip
        enquiries.close_deleted([spell for spell in corrected.values() if spell.end], today=self.today)
        self.receipt.enrolments_added, self.receipt.enrolments_corrected = len(new), len(corrected)

    @staticmethod
    def _spell(row: Row, spells: Sequence[Enrolment]) -> Enrolment | None:
        """The spell a row speaks of: the one that starts on its day, else the one whose days it shares, else none yet."""
        if row.start is None:
            return spells[-1] if spells else None
        for spell in spells:
            if spell.start == row.start:
                return spell
        for spell in reversed(spells):
            if (spell.end is None or spell.end >= row.start) and (row.end is None or spell.start <= row.end):
                return spell
        return None

    def _write_characteristics(self, matched: list[tuple[Row, Pupil]]) -> None:
        """What a roll says is so begins today, or with the first day on roll of a pupil new to us; what is not so ends yesterday."""
        new: list[Characteristic] = []
        ended: dict[int, Characteristic] = {}
        for row, pupil in matched:
            for kind, holds in row.holds.items():
                held = self.held.get((pupil.pk, kind))
                if holds and held is None:
                    start = min(row.start, self.today) if pupil.pk in self.new and row.start else self.today
                    self.held[pupil.pk, kind] = fresh = Characteristic(pupil=pupil, kind=kind, start=start, source=self.feed or "roll")
                    new.append(fresh)
                elif not holds and held is not None and held.pk and not (self.feed and held.source not in (self.feed, "roll")):
                    held.end = max(held.start, self.today - dt.timedelta(days=1))
                    ended[held.pk] = held
                    del self.held[pupil.pk, kind]
        Characteristic.objects.bulk_create(new, batch_size=1000, ignore_conflicts=True)
        Characteristic.objects.bulk_update(ended.values(), ["end"], batch_size=500)
        self.receipt.characteristics_added, self.receipt.characteristics_ended = len(new), len(ended)

    def _count_missing(self, matched: list[tuple[Row, Pupil]]) -> None:
        named = {pupil.pk for _, pupil in matched}
        places = [place.pk for place in self.places.values()]
        self.receipt.not_in_file = Enrolment.objects.filter(school__in=places).on_roll(self.today).exclude(pupil__in=named).count()
