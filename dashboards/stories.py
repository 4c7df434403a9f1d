"""A child's chronology as a PDF: asked for by somebody, made by a worker as that person may read it, kept for that person alone."""

from __future__ import annotations

import datetime as dt
import io
import logging

from celery import current_app
from django.db import transaction
from django.template.loader import render_to_string

from accounts import audit
from accounts.models import User
from dashboards import chronology
from dashboards.chronology import Asked
from dashboards.models import Story
from schools import kept, printing
from schools.models import Authority, Pupil

log = logging.getLogger("daymark.stories")

TASK = "daymark.make_story"
ATTEMPTS = 3


@transaction.atomic
def ask(*, by: User, today: dt.date, now: dt.datetime, pupil: Pupil, asked: Asked) -> Story:
    """Order the PDF; the same one is not ordered twice while it waits."""
    story, new = Story.objects.get_or_create(
        pupil=pupil,
        by=by,
        first=asked.first,
        last=asked.last,
        kind=asked.kind,
        status=Story.Status.WAITING,
        defaults={"asked_at": now, "as_at": today},
    )
    if new:
        audit.record("asked for a chronology as PDF", by=by, subject=pupil, first=asked.first.isoformat(), last=asked.last.isoformat())
    transaction.on_commit(lambda: current_app.send_task(TASK, args=[story.pk], retry=False), robust=True)
    return story


def waiting() -> list[int]:
    return list(Story.objects.filter(status=Story.Status.WAITING).order_by("pk").values_list("pk", flat=True)[:50])


def make(story_id: int, *, now: dt.datetime) -> Story | None:
    """Make the PDF if it is still to be made; None where there was nothing to do or another worker is at it."""
    try:
        with transaction.atomic():
            rows = Story.objects.select_for_update(skip_locked=True, of=("self",)).select_related("pupil", "by")
            story = rows.filter(pk=story_id, status=Story.Status.WAITING).first()
            if story is None:
                return None
            held = kept.keep("stories", io.BytesIO(pdf(story)), ".pdf")
            story.stored, story.sha256, story.status, story.made_at = held.name, held.sha256, Story.Status.MADE, now
            story.save(update_fields=["stored", "sha256", "status", "made_at"])
            return story
    except Exception:
        log.exception("The chronology %s could not be made", story_id)
    return _failed(story_id)


@transaction.atomic
def _failed(story_id: int) -> Story | None:
    story = Story.objects.select_for_update().filter(pk=story_id, status=Story.Status.WAITING).first()
    if story is None:
        return None
    story.attempts += 1
    if story.attempts >= ATTEMPTS:
        story.status = Story.Status.FAILED
    story.save(update_fields=["attempts", "status"])
    return story


def html(story: Story) -> str:
    """What is printed, oldest first: the lines that whoever asked for it may read."""
    found = chronology.lines(story.pupil, story.by, Asked(story.first, story.last, story.kind))
    context = {"story": story, "lines": found[::-1], "authority": Authority.objects.filter(pk=1).first(), "kinds": chronology.KINDS}
    return render_to_string("dashboards/documents/chronology.html", context | {"whole": story.by.as_role.in_authority})


def pdf(story: Story) -> bytes:
    authority = Authority.objects.filter(pk=1).first()
    css = render_to_string("dashboards/documents/chronology.css", {"colour": authority.colour if authority else "#0b0c0c"})
    return printing.pdf(html(story), css)
