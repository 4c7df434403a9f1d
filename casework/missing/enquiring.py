"""Joint enquiries open and end by the registers: ten school days of G, N and O alone, and the first other mark."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from attendance import matrix
from attendance.models import Flag
from casework.missing import rules
from casework.missing.registers import Books
from schools.models import Enrolment, JointEnquiry


def refresh(of: Q, *, today: dt.date, now: dt.datetime) -> None:
    """Bring the joint enquiries of these enrolments up to date with their marks.

    Whoever is absent like this also carries the flag for 10 days, which takes U too: only those are looked at.
    """
    flagged = Flag.objects.open().filter(code=Flag.Code.CONTINUOUS).values("pupil")
    standing = {
        one.enrolment_id: one for one in JointEnquiry.objects.open().filter(enrolment__in=Enrolment.objects.filter(of).values("pk"))
    }
    asked = Enrolment.objects.filter(of).filter(Q(pupil__in=flagged) | Q(pk__in=list(standing))).on_roll(today)
    enrolments = list(asked.select_related("pupil", "school"))
    books = Books(enrolments, matrix.year_start(matrix.academic_year(today) - 1), today)
    for enrolment in enrolments:
        found, enquiry = rules.absence(books.days(enrolment)), standing.get(enrolment.pk)
        if found.opens and enquiry is None:
            _open(enrolment, found, today=today, now=now)
        elif enquiry is not None:
            _bring_up(enquiry, found, today=today)


def _open(enrolment: Enrolment, found: rules.Absence, *, today: dt.date, now: dt.datetime) -> None:
    if found.first is None or found.last is None:
        return
    enquiry = JointEnquiry(
        enrolment=enrolment,
        ground=found.ground,
        opened=today,
        opened_at=now,
        first=found.first,
        last=found.last,
        days=found.days,
        evidence=found.evidence,
    )
    try:
        with transaction.atomic():
            enquiry.save()
    except IntegrityError:  # another worker was quicker
        return
    audit.record("Joint enquiry opened", by=None, subject=enquiry, days=found.days)


def _bring_up(enquiry: JointEnquiry, found: rules.Absence, *, today: dt.date) -> None:
    if not found.opens:
        broken = f": {found.broken}" if found.broken else ""
        enquiry.closed, enquiry.outcome = today, JointEnquiry.Outcome.BACK
        enquiry.closing = f"No absence of 10 school days with G, N and O alone stands any more{broken}."
        enquiry.save()
        audit.record("Joint enquiry ended", by=None, subject=enquiry)
        return
    said = {"ground": found.ground, "first": found.first, "last": found.last, "days": found.days, "evidence": found.evidence}
    if any(getattr(enquiry, name) != value for name, value in said.items()):
        for name, value in said.items():
            setattr(enquiry, name, value)
        enquiry.save(update_fields=list(said))
