"""Print runs: asked for, handed to the print room, confirmed as posted on a day, or called off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions import letters as writing
from casework.letters import fields
from casework.letters.fields import LetterProblem
from casework.models import Letter, PrintRun, TemplateVersion
from schools import orders
from schools.models import Pupil

TASK = "daymark.make_print_run"
MOST = 2000  # pupils: one job a worker does in minutes


@transaction.atomic
def ask_for_run(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    version: TemplateVersion,
    pupils: Sequence[Pupil],
    chosen: str,
    form_token: uuid.UUID | None = None,
) -> PrintRun:
    """Have a letter written to each parent of these pupils, in this order. A form that is sent twice asks once."""
    list(User.objects.select_for_update().filter(pk=by.pk))  # two clicks, one run
    if form_token and (before := PrintRun.objects.filter(form_token=form_token, by=by).first()):
        return before
    if not pupils:
        raise LetterProblem("Choose at least one pupil")
    if len(pupils) > MOST:
        raise LetterProblem(f"A print run takes {MOST:,} pupils at most: narrow the choice, or make several", "pupils")
    if asked := fields.wants(version.subject, version.blocks).intersection(fields.ASKED):
        said = ", ".join(f"{{{name}}}" for name in sorted(asked))
        raise LetterProblem(f"This letter tells of {said}, which differs from child to child: write it from each child’s page", "template")
    run = PrintRun.objects.create(
        version=version, pupils=[pupil.pk for pupil in pupils], chosen=chosen[:300], day=today, by=by, by_name=by.name, asked_at=now,
        form_token=form_token,
    )  # fmt: skip
    audit.record("asked for print run", by=by, subject=run, pupils=len(pupils), template=str(version))
    orders.ring(TASK, run.pk)
    return run


def _hold(run: PrintRun) -> PrintRun:
    return PrintRun.objects.select_for_update(of=("self",)).select_related("version__template").get(pk=run.pk)


@transaction.atomic
def handed_out(*, by: User, now: dt.datetime, run: PrintRun) -> None:
    """The file is taken for the print room: its letters count as printed from the first time on. Raises `LetterProblem` where an
    address in it must not be printed any more."""
    held = _hold(run)
    if late := writing.hidden_since(held.letters):
        said = ", ".join(f"{letter.reference} to {letter.to_name}" for letter in late)
        raise LetterProblem(
            f"The address on {said} has been hidden since: withdraw it, and have the file made anew. It was not handed out."
        )
    if held.printed_at is None:
        held.printed_at = now
        held.save(update_fields=["printed_at"])
        writing.printed(held.letters.values_list("pk", flat=True), now=now)


@transaction.atomic
def confirm_posted(*, by: User, today: dt.date, now: dt.datetime, run: PrintRun, day: dt.date | None) -> int:
    """Say on which day all its letters were posted: on each letter, and in the case of each child that has one.

    Letters withdrawn before are not among them. Returns how many were posted; confirmed twice, they are posted once.
    """
    held = _hold(run)
    if held.posted:
        return held.letters.filter(state=Letter.State.SENT).count()
    if held.cancelled:
        raise LetterProblem(f"This run was called off on {say_day(held.cancelled)}.")
    if held.status != PrintRun.Status.MADE:
        raise LetterProblem("The letters are not all made yet, so they cannot have been posted")
    posted = writing.check_sent(day, held.day, today)
    standing = (
        held.letters.filter(state__in=Letter.STANDING, status=Letter.Status.MADE)
        .select_for_update(of=("self",))
        .select_related("version__template")
    )
    letters = list(standing.order_by("pk"))
    told = writing.sent(letters, by=by, day=posted, now=now)
    held.posted, held.posted_by = posted, by
    held.save(update_fields=["posted", "posted_by"])
    audit.record("confirmed print run", by=by, subject=held, day=posted.isoformat(), letters=len(letters), cases=told)
    return len(letters)


@transaction.atomic
def cancel_run(*, by: User, today: dt.date, run: PrintRun, why: str) -> PrintRun:
    """Call a run off: its letters are withdrawn. What was posted stays posted."""
    held = _hold(run)
    if held.cancelled:
        return held
    if held.posted:
        raise LetterProblem(f"The letters were posted on {say_day(held.posted)}: a run that was posted cannot be called off.")
    if not why.strip():
        raise LetterProblem("Enter why the run is called off", "why")
    held.cancelled = today
    held.save(update_fields=["cancelled"])
    standing = held.letters.filter(state__in=Letter.STANDING)
    n = standing.update(state=Letter.State.WITHDRAWN, withdrawn=today, withdrawn_by=by, why_withdrawn=why.strip()[:300])
    audit.record("called off print run", by=by, subject=held, letters=n)
    return held


@transaction.atomic
def make_again(*, by: User, run: PrintRun) -> None:
    """Go on with a run that stopped; or put its file together anew, without the letters that were withdrawn since. What was made of
    it stays: each letter is the one it was."""
    held = _hold(run)
    if held.posted or held.cancelled or held.busy:
        return
    held.status, held.attempts, held.error = PrintRun.Status.WAITING, 0, ""
    held.save(update_fields=["status", "attempts", "error"])
    audit.record("asked for a print run again", by=by, subject=held)
    orders.ring(TASK, held.pk)
