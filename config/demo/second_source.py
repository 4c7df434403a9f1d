"""One school's pupil file from the DfE's monitor, as its officer downloads it: two weeks of marks that differ here and there.

It goes through the loader like any file. The school's marks are those it uploads, so this one is only compared.
"""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np

from accounts.models import User
from attendance import actions, matrix, register, sourcing
from attendance.codes import BY_CODE
from attendance.imports import load
from attendance.imports.sniff import sniff
from attendance.matrix import Marks
from attendance.models import Load, SourceChoice
from attendance.register import code_of
from attendance.sources import UPLOAD
from schools.models import Enrolment, School

DAYS = 14
HEADINGS = ("Forename", "Surname", "UPN", "URN", "Session date", "AM/PM", "Code")
# what one system says and the other has not yet heard of
_OTHERWISE = {"I": "O", "O": "N", "L": "/", "U": "L", "N": "O"}
_OFTEN = 0.15  # of those marks


def settle_sources(schools: list[School]) -> None:
    """The first upload of each school settled whose marks count."""
    firsts = (
        Load.objects.filter(school__in=schools).order_by("school", "received_at").distinct("school").values_list("school", "received_at")
    )
    choices = [SourceChoice(school_id=school, source=UPLOAD, start=None, reason=sourcing.FIRST, at=at) for school, at in firsts]
    SourceChoice.objects.bulk_create(choices)


def compare(*, by: User, today: dt.date, now: dt.datetime, school: School, rng: np.random.Generator) -> None:
    """Receive and load the file. Nothing of the school's register, figures or flags changes."""
    extract = actions.receive_extract(
        by=by,
        today=today,
        now=now,
        content=[_file(school, today, rng)],
        filename=f"pupil-attendance-{school.urn}.csv",
        school=school,
        source="mysa",
    )
    sniffed = sniff(load.stored(extract))
    assert sniffed.mapping is not None, sniffed.message  # noqa: S101  (the file is ours)
    actions.queue_extract(by=by, today=today, extract=extract, mapping=sniffed.mapping.to_json(), create_pupils=False, in_background=False)
    begun = load.begin(extract.pk)
    assert begun is not None  # noqa: S101  (nobody else can see it)
    load.load(begun, today=today)
    load.finish(begun, now=now)


def _file(school: School, today: dt.date, rng: np.random.Generator) -> bytes:
    year = matrix.academic_year(today)
    held = register.read(year, schools=[school.pk])
    window = matrix.span(year, today - dt.timedelta(days=DAYS), today)
    marks = held.marks[:, window]
    said = _otherwise(marks, rng)
    pupils = Enrolment.objects.select_related("pupil").in_bulk(held.enrolments.tolist())
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row, column in zip(*np.nonzero(marks), strict=True):
        pupil = pupils[int(held.enrolments[row])].pupil
        at = matrix.session_at(year, window.start + int(column))
        half = "PM" if at.pm else "AM"
        writer.writerow([pupil.forename, pupil.surname, pupil.upn, school.urn, f"{at.date:%d/%m/%Y}", half, code_of(said[row, column])])
    return out.getvalue().encode()


def _otherwise(marks: Marks, rng: np.random.Generator) -> Marks:
    said = marks.copy()
    chance = rng.random(marks.shape)
    for code, other in _OTHERWISE.items():
        said[(marks == BY_CODE[code].byte) & (chance < _OFTEN)] = BY_CODE[other].byte
    return said
