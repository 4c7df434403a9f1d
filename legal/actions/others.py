"""Asking another authority for a child's earlier notices, and answering when one asks us."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal.actions.problem import NoticeProblem, moved_on
from legal.models import HistoryEnquiry
from legal.penalty import written
from schools.models import Pupil


@transaction.atomic
def log_enquiry(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    direction: str,
    authority: str,
    asked: dt.date,
    mailbox: str = "",
    pupil: Pupil | None = None,
    about: str = "",
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> HistoryEnquiry:
    """Write down that we asked another authority about a child, or that one asked us. A form that is sent twice makes one."""
    if form_token and (made := HistoryEnquiry.objects.filter(form_token=form_token).first()):
        return made
    if direction not in HistoryEnquiry.Direction.values:
        raise NoticeProblem("Choose who asked whom.", "direction")
    if not authority.strip():
        raise NoticeProblem("Enter the name of the other authority.", "authority")
    if asked > today:
        raise NoticeProblem("Enter today or an earlier day.", "asked")
    if direction == HistoryEnquiry.Direction.OUT and pupil is None:
        raise NoticeProblem("Say which child it is about: begin on the request, or give the UPN.", "upn")
    if direction == HistoryEnquiry.Direction.IN and pupil is None and not about.strip():
        raise NoticeProblem("Write which child they ask about: name, date of birth, UPN.", "about")
    made = HistoryEnquiry.objects.create(
        direction=direction,
        authority=authority.strip(),
        mailbox=mailbox.strip(),
        pupil=pupil,
        about=about.strip(),
        asked=asked,
        words=words.strip(),
        by=by,
        by_name=by.name,
        at=now,
        form_token=form_token,
    )
    audit.record("logged question about earlier notices", by=by, subject=made, direction=direction, pupil=pupil.pk if pupil else None)
    return made


@transaction.atomic
def log_reply(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    enquiry: HistoryEnquiry,
    replied: dt.date,
    reply: str,
    told: int,
    version: int | None = None,
) -> HistoryEnquiry:
    """What came back, or what we answered: when, in words, and how many notices it names. Said again it corrects what was said."""
    held = HistoryEnquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("historyenquiry", held.pk, by))
    if not reply.strip():
        raise NoticeProblem("Write what the reply says. Where there were no notices, write that.", "reply")
    if replied > today:
        raise NoticeProblem("Enter today or an earlier day.", "replied")
    if replied < held.asked:
        raise NoticeProblem(f"It was asked on {written(held.asked)}: the reply cannot have come before.", "replied")
    held.replied, held.reply, held.told, held.replied_by_name = replied, reply.strip(), told, by.name
    held.version += 1
    held.save(update_fields=["replied", "reply", "told", "replied_by_name", "version"])
    audit.record("logged reply about earlier notices", by=by, subject=held, told=told)
    return held
