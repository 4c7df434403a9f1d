"""Templates of letters: a new one, a new version of one from a day on, and the end of one. What was used stays as it was."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from casework.letters import fields
from casework.letters.fields import Block, LetterProblem
from casework.letters.starting import STARTING
from casework.models import LetterTemplate, TemplateVersion


@transaction.atomic
def make_template(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    name: str,
    purpose: str,
    subject: str,
    blocks: Sequence[Block],
    start: dt.date | None = None,
    reason: str = "",
    form_token: uuid.UUID | None = None,
) -> TemplateVersion:
    """A template of its own, with its first version."""
    if form_token and (before := TemplateVersion.objects.filter(form_token=form_token).first()):
        return before
    fields.check_template(subject, blocks)
    if not name.strip():
        raise LetterProblem("Enter a name for the template", "name")
    try:
        with transaction.atomic():
            template = LetterTemplate.objects.create(name=name.strip(), purpose=purpose)
    except IntegrityError:
        raise LetterProblem("There is a template of this name. Choose another name, or change that one", "name") from None
    return _add(template, 1, by, now, start or today, subject, blocks, reason or "First version", form_token)


@transaction.atomic
def change_template(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    template: LetterTemplate,
    subject: str,
    blocks: Sequence[Block],
    start: dt.date,
    reason: str,
    number: int,
    form_token: uuid.UUID | None = None,
) -> TemplateVersion:
    """A new version from a day on. `number`: of the version that the form was made from."""
    held = LetterTemplate.objects.select_for_update().get(pk=template.pk)
    if form_token and (before := TemplateVersion.objects.filter(form_token=form_token).first()):
        return before
    latest = held.versions.order_by("-number").first()
    if latest and latest.number != number:
        raise LetterProblem(
            f"{latest.by_name} made version {latest.number} of this template meanwhile. Open it anew; your words are below."
        )
    if held.retired and held.retired <= today:
        raise LetterProblem("This template is not used any more. Make a new one")
    fields.check_template(subject, blocks)
    if start < today:
        raise LetterProblem("Enter today or a later day: letters that were written keep the version of their day", "start")
    if not reason.strip():
        raise LetterProblem("Enter why the words are changed", "reason")
    return _add(held, (latest.number if latest else 0) + 1, by, now, start, subject, blocks, reason.strip(), form_token)


def _add(
    template: LetterTemplate, number: int, by: User | None, now: dt.datetime, start: dt.date, subject: str, blocks: Sequence[Block],
    reason: str, form_token: uuid.UUID | None,
) -> TemplateVersion:  # fmt: skip
    version = TemplateVersion.objects.create(
        template=template,
        number=number,
        start=start,
        subject=subject.strip(),
        parts=[{"text": block.text, "locked": block.locked, "source": block.source.strip()} for block in blocks],
        reason=reason,
        by=by,
        by_name=by.name if by else audit.COMMAND,
        at=now,
        form_token=form_token,
    )
    audit.record("kept letter template", by=by, subject=version, start=start.isoformat())
    return version


@transaction.atomic
def retire_template(*, by: User, today: dt.date, template: LetterTemplate) -> None:
    """No letter is written from it from today on."""
    held = LetterTemplate.objects.select_for_update().get(pk=template.pk)
    if held.retired is None:
        held.retired = today
        held.save(update_fields=["retired"])
        audit.record("retired letter template", by=by, subject=held)


def begin(*, by: User | None, today: dt.date, now: dt.datetime) -> int:
    """The templates that Daymark comes with, where there is none of their name. Returns how many were made."""
    known = set(LetterTemplate.objects.values_list("name", flat=True))
    wanted = [one for one in STARTING if one.name not in known]
    for one in wanted:
        make_template(
            by=by, today=today, now=now, name=one.name, purpose=one.purpose, subject=one.subject, blocks=one.blocks,
            reason="As Daymark comes with it: to be read by the authority before it is used",
        )  # fmt: skip
    return len(wanted)
