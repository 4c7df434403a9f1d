"""Who else comes to a meeting, and the e-mails that tell them. A row is the order to send one; a message only rings for it."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.actions import ring
from meetings import mailing
from meetings.actions import post
from meetings.actions.problems import MeetingProblem, hold
from meetings.calendar_file import CANCEL, REQUEST, calendar_file
from meetings.models import Attendee, Invitation, Meeting
from schools.models import Authority

TASK = "daymark.send_invitation"


@transaction.atomic
def add_attendee(*, by: User, now: dt.datetime, meeting: Meeting, name: str, side: str, email: str = "", role: str = "") -> Attendee:
    """Added twice, somebody is there once."""
    meeting = hold(meeting)
    name, email, role = name.strip(), email.strip(), role.strip()
    if meeting.status == Meeting.Status.CANCELLED:
        raise MeetingProblem("The meeting was cancelled: nobody can be added to it.")
    if not name:
        raise MeetingProblem("Enter a name", "name")
    if side not in Attendee.Side.values:
        raise MeetingProblem("Choose for whom they come", "side")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise MeetingProblem("Enter an e-mail address like name@example.org, or leave it empty", "email") from None
    try:
        with transaction.atomic():
            added = Attendee.objects.create(meeting=meeting, name=name, email=email, side=side, role=role, added_by=by, added_at=now)
    except IntegrityError:
        same = {"email__iexact": email} if email else {"name__iexact": name, "email": ""}
        return Attendee.objects.get(meeting=meeting, **same)
    audit.record("Attendee added", by=by, subject=meeting, side=side, email=bool(email))
    return added


@transaction.atomic
def remove_attendee(*, by: User, attendee: Attendee) -> None:
    """Of a meeting that is still to be held: who was at one that was held stays on record."""
    meeting = hold(attendee.meeting)
    if meeting.status != Meeting.Status.PLANNED:
        raise MeetingProblem("Who was to come to a meeting that was held or cancelled stays on record.")
    if Attendee.objects.filter(pk=attendee.pk).delete()[0]:
        audit.record("Attendee removed", by=by, subject=meeting)


@transaction.atomic
def send_invitations(*, by: User, today: dt.date, now: dt.datetime, meeting: Meeting, link: str) -> tuple[int, list[str]]:
    """Order an e-mail to everybody who has an address and was not told of the meeting as it now stands.

    Returns how many were ordered, and the names of those without an address. `link`: where the meeting is read.
    """
    meeting = hold(meeting)
    if meeting.status == Meeting.Status.HELD:
        raise MeetingProblem("The meeting was held: nobody is invited to it any more.")
    told = {email.casefold() for email in meeting.invitations.values_list("email", flat=True)}
    if meeting.status == Meeting.Status.CANCELLED and not told:
        raise MeetingProblem("Nobody was invited to this meeting, so nobody has to be told that it is cancelled.")
    people = mailing.invitees(meeting, today=today)
    reached = [one for one in people if one.email and (meeting.status == Meeting.Status.PLANNED or one.email.casefold() in told)]
    authority = Authority.objects.get()
    items = list(meeting.items.select_related("flag"))
    cancelled = meeting.status == Meeting.Status.CANCELLED
    body = mailing.body_of(meeting, items, authority, link)

    def calendar(one: mailing.Invitee) -> str:
        """Of several schools, nobody reads the others' addresses there either."""
        event = mailing.event_of(meeting, [one] if meeting.several else people, now=now, link=link)
        return calendar_file(event, CANCEL if cancelled else REQUEST)

    known = {email.casefold() for email in meeting.invitations.filter(meeting_version=meeting.version).values_list("email", flat=True)}
    made = Invitation.objects.bulk_create(
        Invitation(
            meeting=meeting,
            meeting_version=meeting.version,
            name=one.name,
            email=one.email,
            subject=mailing.subject_of(meeting),
            body=body,
            calendar=calendar(one),
            asked_by=by,
            asked_at=now,
        )
        for one in reached
        if one.email.casefold() not in known
    )
    for invitation in made:
        ring(TASK, invitation.pk)
    if made:
        audit.record("Invitations ordered", by=by, subject=meeting, count=len(made))
    return len(made), [one.name for one in people if not one.email]


@transaction.atomic
def send_again(*, by: User, now: dt.datetime, invitation: Invitation) -> Invitation:
    """Try one that failed anew."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=invitation.pk)
    if invitation.status != Invitation.Status.FAILED:
        return invitation
    invitation.status, invitation.attempts, invitation.error = Invitation.Status.WAITING, 0, ""
    invitation.save(update_fields=["status", "attempts", "error"])
    ring(TASK, invitation.pk)
    audit.record("Invitation sent again", by=by, subject=invitation.meeting)
    return invitation


def waiting() -> list[int]:
    """Invitations that nobody has sent yet, for the sweep to ring for."""
    return post.waiting(Invitation.objects.all())


def deliver(invitation_id: int, *, now: dt.datetime) -> Invitation | None:
    """Sent a second time, it is the same entry in a calendar."""
    sent: Invitation | None = post.deliver(Invitation.objects.select_related("meeting__officer"), invitation_id, _mail, now=now)
    return sent


def _mail(invitation: Invitation) -> EmailMessage:
    """To one person alone: nobody reads the others' addresses in its head. An answer goes to the officer."""
    method = CANCEL if f"METHOD:{CANCEL}\r\n" in invitation.calendar else REQUEST
    mail = EmailMessage(invitation.subject, invitation.body, to=[invitation.email], reply_to=[invitation.meeting.officer.email])
    mail.attach("meeting.ics", invitation.calendar, f"text/calendar; method={method}")
    return mail
