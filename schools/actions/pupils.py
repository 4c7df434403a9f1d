"""Pupils and what is known about them with dates."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from schools import bell, names, upn
from schools.models import Characteristic, FormerName, FormerUpn, Pupil, School


class PupilProblem(ValueError):
    """Why a pupil cannot be written so. `field` is the one to look at, where it is one."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class PupilDetails(TypedDict, total=False):
    """What is said about a pupil. What is left out stays as it is."""

    upn: str | None
    surname: str
    forename: str
    known_as: str
    dob: dt.date | None
    sex: str
    address: str
    postcode: str


def find_by_upn(number: str) -> Pupil | None:
    """Whose number this is or was: the same UPN is the same pupil, and a record that was merged is the one it was merged into."""
    known = Pupil.objects.select_related("merged_into")
    found = known.filter(upn=number).first() or known.filter(former_upns__upn=number).order_by("pk").first()
    return found and (found.merged_into or found)


def _tidy(details: PupilDetails) -> dict[str, Any]:
    tidied: dict[str, Any] = {key: value.strip() if isinstance(value, str) else value for key, value in details.items()}
    if "upn" in tidied:
        tidied["upn"] = upn.tidy(tidied["upn"] or "") or None
    if "postcode" in tidied:
        tidied["postcode"] = tidied["postcode"].upper()
    return tidied


def _check(pupil: Pupil, today: dt.date) -> None:
    if not pupil.surname:
        raise PupilProblem("Enter a surname", "surname")
    if not pupil.forename:
        raise PupilProblem("Enter a forename", "forename")
    if pupil.dob is not None and not dt.date(1990, 1, 1) <= pupil.dob <= today:
        raise PupilProblem("Enter a date of birth in the past", "dob")
    if pupil.upn and not upn.well_formed(pupil.upn):
        raise PupilProblem(upn.why_not(pupil.upn), "upn")
    if pupil.upn:
        other = Pupil.objects.filter(Q(upn=pupil.upn) | Q(former_upns__upn=pupil.upn)).exclude(pk=pupil.pk).first()
        if other is not None:
            raise PupilProblem(f"UPN {pupil.upn} belongs to another pupil", "upn")


def _index(pupil: Pupil) -> None:
    """What lists sort by and search finds: former names too."""
    former = pupil.former_names.values_list("surname", "forename") if pupil.pk else ()
    pupil.sort_name = names.sort_key(pupil.surname, pupil.forename)
    pupil.search_text = names.pupil_search_text(pupil, former)


@transaction.atomic
def add_pupil(*, by: User | None, today: dt.date, details: PupilDetails) -> Pupil:
    """A pupil nobody has told us of yet. Their first enrolment comes from `enrolments.enrol`."""
    pupil = Pupil(**_tidy(details))
    _check(pupil, today)
    _index(pupil)
    pupil.save()
    audit.record("added pupil", by=by, subject=pupil)
    return pupil


@transaction.atomic
def correct_pupil(*, by: User | None, today: dt.date, pupil: Pupil, details: PupilDetails) -> list[str]:
    """Correct details; a name or UPN that was in use is kept as a former one. Returns the fields that changed."""
    pupil = Pupil.objects.select_for_update().get(pk=pupil.pk)
    before = {key: getattr(pupil, key) for key in details}
    changed = []
    for key, value in _tidy(details).items():
        if value != before[key]:
            setattr(pupil, key, value)
            changed.append(key)
    if not changed:
        return []
    _check(pupil, today)
    if "surname" in changed or "forename" in changed:
        FormerName.objects.create(
            pupil=pupil,
            surname=before.get("surname", pupil.surname),
            forename=before.get("forename", pupil.forename),
            until=today,
        )
    if "upn" in changed and before["upn"]:
        FormerUpn.objects.get_or_create(pupil=pupil, upn=before["upn"])
    _index(pupil)
    pupil.save()
    audit.record("corrected pupil", by=by, subject=pupil, fields=changed)
    if "dob" in changed:  # the penalty notice threshold looks at ages
        bell.people_changed(pupils=[pupil.pk], schools=pupil.enrolments.values_list("school", flat=True))
    return changed


def known_as_somebody_else(pupil: Pupil, details: PupilDetails) -> bool:
    """Whether a pupil found by UPN is plainly not the one described: neither the surname nor the date of birth agrees.

    A mistyped UPN, or one tried out, must not put another school's child on a roll.
    """
    surnames = {names.fold(pupil.surname), *(names.fold(former.surname) for former in pupil.former_names.all())}
    same_name = names.fold(details.get("surname") or "") in surnames - {"", names.fold(names.NOT_KNOWN)}
    same_birthday = pupil.dob is not None and pupil.dob == details.get("dob")
    return not (same_name or same_birthday)


def like(details: PupilDetails, school: School) -> Pupil | None:
    """A pupil of the school with the same name and date of birth: perhaps the same child without a UPN yet."""
    if not details.get("dob"):
        return None
    key = names.sort_key(details.get("surname") or "", details.get("forename") or "")
    return Pupil.objects.filter(sort_name=key, dob=details["dob"], enrolments__school=school).first()


@transaction.atomic
def add_characteristic(
    *, by: User | None, today: dt.date, pupil: Pupil, kind: str, start: dt.date, end: dt.date | None = None, source: str = "",
    responsible: str = "", placed: str = "",
) -> Characteristic:  # fmt: skip
    """Say that something is true of a pupil from a day on. `responsible`, `placed`: other authorities, of a child with a social worker."""
    characteristic = Characteristic(pupil=pupil, kind=kind, start=start, end=end, source=source.strip())
    characteristic.responsible, characteristic.placed = responsible.strip(), placed.strip()
    _check_characteristic(characteristic)
    characteristic.save()
    audit.record("added characteristic", by=by, subject=pupil, kind_of=kind)
    return characteristic


@transaction.atomic
def correct_characteristic(
    *, by: User | None, today: dt.date, characteristic: Characteristic, start: dt.date, end: dt.date | None, source: str,
    responsible: str = "", placed: str = "",
) -> Characteristic:  # fmt: skip
    characteristic.start, characteristic.end, characteristic.source = start, end, source.strip()
    characteristic.responsible, characteristic.placed = responsible.strip(), placed.strip()
    _check_characteristic(characteristic)
    characteristic.save()
    audit.record("corrected characteristic", by=by, subject=characteristic.pupil, kind_of=characteristic.kind)
    return characteristic


def _check_characteristic(wanted: Characteristic) -> None:
    if wanted.end and wanted.end < wanted.start:
        raise PupilProblem("The end date must be on or after the start date", "end")
    others = Characteristic.objects.filter(pupil=wanted.pupil, kind=wanted.kind).exclude(pk=wanted.pk)
    overlapping = others.filter(Q(end__isnull=True) | Q(end__gte=wanted.start))
    if wanted.end:
        overlapping = overlapping.filter(start__lte=wanted.end)
    if overlapping.exists():
        raise PupilProblem(f"“{wanted.get_kind_display()}” is already recorded for some of these dates", "start")
