"""E-mails of minutes: ordered as rows, sent by a worker once the PDF is made, tried again and told as invitations are."""

from __future__ import annotations

import datetime as dt

from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.actions import ring
from attendance.words import say_day
from meetings import mailing
from meetings.actions import post
from meetings.actions.problems import MeetingProblem, hold
from meetings.models import Letter, Meeting, Minutes
from schools.models import Authority

TASK = "daymark.send_letter"


@transaction.atomic
def send_minutes(*, by: User, now: dt.datetime, minutes: Minutes, link: str) -> tuple[int, list[str]]:
    """Order an e-mail to everybody with an address who was to come, or came, and was not sent this version.

    Returns how many were ordered, and the names of those without an address. `link`: where the minutes are read.
    """
    meeting = hold(minutes.meeting)
    if minutes.version != meeting.minuted.count():
        raise MeetingProblem("There is a later version of these minutes: send that one.")
    people = addressees(meeting)
    known = {email.casefold() for email in minutes.letters.values_list("email", flat=True)}
    subject, body = letter_of(meeting, minutes, link, Authority.objects.get())
    made = Letter.objects.bulk_create(
        Letter(
            minutes=minutes, name=name, email=email, reply_to=meeting.officer.email, subject=subject, body=body, asked_by=by, asked_at=now
        )
        for name, email in people
        if email and email.casefold() not in known
    )
    for letter in made:
        ring(TASK, letter.pk)
    if made:
        audit.record("Minutes sent", by=by, subject=meeting, version=minutes.version, count=len(made))
    return len(made), [name for name, email in people if not email]


def addressees(meeting: Meeting) -> list[tuple[str, str]]:
    """(name, e-mail) of those recorded as asked or there; where nobody was recorded, of those who were to come."""
    there = list(meeting.presences.order_by("-came", "pk").values_list("name", "email"))
    return there or [(one.name, one.email) for one in mailing.invitees(meeting, today=meeting.day)]


def letter_of(meeting: Meeting, minutes: Minutes, link: str, authority: Authority) -> tuple[str, str]:
    """Subject and words. No child is named: the PDF that goes with it has initials."""
    again = "Corrected minutes" if minutes.version > 1 else "Minutes"
    lines = [
        f"These are the {again.lower()} of the {meeting.called} on {meeting.day:%A} {say_day(meeting.day)}. "
        f"They are attached{'' if meeting.several else ', with pupils’ initials instead of their names'}.",
        "",
        *([f"They take the place of version {minutes.version - 1}.", ""] if minutes.version > 1 else []),
        f"If you work with Daymark, sign in to read them{'' if meeting.several else ' with the names'}, and to say how your actions go:",
        link,
        "",
        f"{meeting.officer.name}, {authority.name}",
    ]
    return f"{again}: {meeting.kind_words}, {meeting.heading}, {say_day(meeting.day)}"[:200], "\n".join(lines)


@transaction.atomic
def send_letter_again(*, by: User, letter: Letter) -> Letter:
    """Try one that failed anew."""
    letter = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if letter.status != Letter.Status.FAILED:
        return letter
    letter.status, letter.attempts, letter.error = Letter.Status.WAITING, 0, ""
    letter.save(update_fields=["status", "attempts", "error"])
    ring(TASK, letter.pk)
    audit.record("Letter sent again", by=by, subject=letter)
    return letter


def waiting() -> list[int]:
    """Those that can be sent: minutes whose PDF is still being made wait for it."""
    return post.waiting(Letter.objects.exclude(minutes__status=Minutes.Status.WAITING))


def deliver(letter_id: int, *, now: dt.datetime) -> Letter | None:
    sent: Letter | None = post.deliver(Letter.objects.select_related("minutes__meeting"), letter_id, _mail, now=now)
    return sent


class NoFile(Exception):
    """The PDF that the e-mail is about could not be made."""


def _mail(letter: Letter) -> EmailMessage | None:
    """To one person alone. An answer goes to the officer."""
    mail = EmailMessage(letter.subject, letter.body, to=[letter.email], reply_to=[letter.reply_to] if letter.reply_to else None)
    minutes = letter.minutes
    if minutes is None:
        return mail
    if minutes.status == Minutes.Status.WAITING:
        return None
    if minutes.status == Minutes.Status.FAILED:
        raise NoFile("the PDF of the minutes could not be made")
    with default_storage.open(minutes.stored_initials) as file:
        mail.attach(f"minutes-{minutes.meeting.day.isoformat()}-version-{minutes.version}.pdf", file.read(), "application/pdf")
    return mail
