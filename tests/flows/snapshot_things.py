"""Snapshots as a load leaves them, and files of totals as schools send them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from accounts import clock
from accounts.models import User
from attendance.models import Extract, Snapshot, SnapshotRow
from schools.models import Enrolment, School
from tests.flows.extracts import csv_text

FIRST, LAST = dt.date(2026, 9, 7), dt.date(2026, 9, 18)
HEADINGS = ["URN", "UPN", "Surname", "Forename", "Possible sessions", "Sessions attended", "Authorised absence sessions"]
HEADINGS += ["Unauthorised absence sessions", "Late sessions", "Attendance %", "Persistently absent"]


def make_snapshot(
    school: School,
    totals: Mapping[Enrolment, Sequence[int]],
    *,
    by: User | None = None,
    first: dt.date = FIRST,
    last: dt.date = LAST,
    **fields: Any,
) -> Snapshot:
    """`totals`: possible, attended, authorised, unauthorised of each spell."""
    now = clock.now()
    extract = Extract.objects.create(
        school=school, filename="summary.csv", sha256="", size=1, stored="", layout=Extract.Layout.SUMMARY, as_at=now,
        received_at=now, received_by=by, status=Extract.Status.LOADED,
    )  # fmt: skip
    values = {"kind": Snapshot.Kind.SUMMARY, "as_at": last, "received_at": now, "by": by, "first": first, "last": last} | fields
    snapshot = Snapshot.objects.create(extract=extract, school=school, **values)
    names = ("possible", "attended", "authorised", "unauthorised")
    for enrolment, counts in totals.items():
        said = dict(zip(names, counts, strict=True))
        SnapshotRow.objects.create(snapshot=snapshot, extract=extract, pupil=enrolment.pupil, enrolment=enrolment, **said)
    return snapshot


def summary_text(rows: Sequence[tuple[Enrolment | str, Sequence[int | str]]], *, urn: int | str = "", title: str = "") -> str:
    """A year-to-date summary: (whose, possible, attended, authorised, unauthorised, late), with percentages that are never right."""
    lines: list[list[Any]] = [[title]] if title else []
    lines.append(HEADINGS)
    for whose, counts in rows:
        upn = whose if isinstance(whose, str) else whose.pupil.upn
        lines.append([urn, upn, "", "", *counts, "12.3", "No"])
    return csv_text(lines)


def census_xml(pupils: Sequence[tuple[str, str]], *, reference: str = "", doctype: str = "", root: str = "Message") -> str:
    """A census return: (UPN, what stands in Attendance) of each pupil."""
    header = f"<Header><CollectionDetails><ReferenceDate>{reference}</ReferenceDate></CollectionDetails></Header>" if reference else ""
    body = "".join(
        f"<PupilOnRoll><PupilIdentifiers><UPN>{upn}</UPN><Surname>Sample</Surname></PupilIdentifiers>"
        f"<Attendance>{attendance}</Attendance></PupilOnRoll>"
        for upn, attendance in pupils
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<{root}>{header}<Pupils>{body}</Pupils></{root}>'
