"""Legal advice, written down for the legal role alone. The audit trail says that a note was written, and not a word of it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from legal.actions.problem import NoticeProblem
from legal.models import AdviceNote, Notice, Request
from schools.models import Pupil


@transaction.atomic
def write_advice(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    words: str,
    request: Request | None = None,
    notice: Notice | None = None,
    form_token: uuid.UUID | None = None,
) -> AdviceNote:
    if not by.may(Permission.KEEP_LEGAL_ADVICE):
        raise NoticeProblem("Legal advice is written and read by legal officers only.")
    if form_token and (made := AdviceNote.objects.filter(form_token=form_token, pupil=pupil).first()):
        return made
    if not words.strip():
        raise NoticeProblem("Enter the advice.", "words")
    note = AdviceNote.objects.create(
        pupil=pupil,
        request=request,
        notice=notice,
        words=words.strip(),
        day=today,
        by=by,
        by_name=by.name,
        at=now,
        form_token=form_token,
    )
    audit.record("wrote a legal advice note", by=by, subject=note)
    return note
