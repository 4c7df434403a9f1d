"""A term's attendance as a PDF: asked for on a page, made by a worker (docs/decisions.md 13), kept byte for byte."""

from __future__ import annotations

import datetime as dt
import io
import logging

from celery import current_app
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from accounts import audit
from accounts.models import User
from casework import care_page
from casework.models import TermSummary
from schools import kept, printing
from schools.models import Authority, Pupil

log = logging.getLogger("daymark.care_paper")

TASK = "daymark.make_term_summary"
ATTEMPTS = 3


@transaction.atomic
def ask(*, by: User, today: dt.date, now: dt.datetime, term: care_page.Term, pupil: Pupil | None = None) -> TermSummary:
    """Have it made. One that is on its way already is not asked for twice."""
    known = {"pupil": pupil, "term": term.key, "as_at": today, "by": by}
    try:
        with transaction.atomic():
            summary = TermSummary.objects.create(**known, asked_at=now)
    except IntegrityError:
        return TermSummary.objects.get(**known, status=TermSummary.Status.WAITING)
    audit.record("Attendance summary asked for", by=by, subject=pupil, term=term.key)
    transaction.on_commit(lambda: current_app.send_task(TASK, args=[summary.pk], retry=False), robust=True)
    return summary


def waiting() -> list[int]:
    return list(TermSummary.objects.filter(status=TermSummary.Status.WAITING).order_by("pk").values_list("pk", flat=True)[:200])


def make(summary_id: int, *, now: dt.datetime) -> TermSummary | None:
    """Make the PDF if it is still to be made; None where there was nothing to do or another worker is at it."""
    waits = TermSummary.objects.filter(pk=summary_id, status=TermSummary.Status.WAITING)
    try:
        with transaction.atomic():
            summary = waits.select_for_update(skip_locked=True, of=("self",)).select_related("pupil", "by").first()
            if summary is None:
                return None
            found = kept.keep("summaries", io.BytesIO(pdf(summary)), ".pdf")
            summary.stored, summary.sha256 = found.name, found.sha256
            summary.status, summary.made_at, summary.error = TermSummary.Status.MADE, now, ""
            summary.save()
    except Exception as problem:
        log.exception("The summary %s could not be made", summary_id)
        with transaction.atomic():
            summary = waits.select_for_update().first()
            if summary is not None:
                summary.attempts += 1
                summary.error = f"The PDF could not be made ({type(problem).__name__}). Attempt {summary.attempts} of {ATTEMPTS}."
                summary.status = TermSummary.Status.FAILED if summary.attempts >= ATTEMPTS else summary.status
                summary.save(update_fields=["attempts", "error", "status"])
    return summary


def html(summary: TermSummary) -> str:
    """What is printed: of one child no third party is named."""
    term = care_page.term_of(summary.term, summary.as_at)
    found = (
        care_page.of_child(summary.pupil, summary.by, term, today=summary.as_at)
        if summary.pupil
        else {"cohort": care_page.cohort(summary.by, term, today=summary.as_at), "term": term}
    )
    authority = Authority.objects.filter(pk=1).first()
    return render_to_string("casework/care/print.html", {"summary": summary, "pupil": summary.pupil, "authority": authority, **found})


def pdf(summary: TermSummary) -> bytes:
    authority = Authority.objects.filter(pk=1).first()
    look = {"colour": authority.colour if authority else "#0b0c0c"}
    return printing.pdf(html(summary), render_to_string("casework/care/print.css", look))
