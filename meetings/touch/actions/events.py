"""Training and forum events, who signs up and who came; campaigns to parents."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Sum

from accounts import audit
from accounts.models import User
from attendance.words import plural, say_day
from meetings.actions.problems import token_of
from meetings.models import Campaign, Event, SignUp
from meetings.touch.actions.problems import TouchProblem, same_version
from schools.models import School


def _check_event(said: dict[str, Any]) -> None:
    if said["traded"] and said["kind"] == Event.Kind.FORUM:
        raise TouchProblem("A forum is communication and advice, which is free to every school: it cannot be traded.", "traded")


@transaction.atomic
def write_event(
    *, by: User, today: dt.date, now: dt.datetime, event: Event | None, version: int | None = None, form_token: uuid.UUID | None = None,
    **said: Any,
) -> Event:  # fmt: skip
    _check_event(said)
    if event is None:
        token = token_of(form_token, by, *said.values())
        if token and (known := Event.objects.filter(form_token=token).first()):
            return known
        if said["day"] < today:
            raise TouchProblem(f"The day must not be before today, {say_day(today)}", "day")
        event = Event(form_token=token, version=0)
    else:
        event = _held(event)
        same_version(event.version, version, event.written_by, event.changed_at, now=now)
        taken = _taken(event)
        if said["places"] and taken > said["places"]:
            raise TouchProblem(f"{plural(taken, 'person has', 'people have')} signed up already", "places")
    for name, value in said.items():
        setattr(event, name, value)
    event.written_by, event.changed_at = by, now
    event.version += 1
    event.save()
    audit.record("Event written", by=by, subject=event, day=event.day.isoformat())
    return event


def _held(event: Event) -> Event:
    return Event.objects.select_for_update(of=("self",)).select_related("written_by").get(pk=event.pk)


def _taken(event: Event, but: School | None = None) -> int:
    rows = event.sign_ups.exclude(school=but) if but else event.sign_ups.all()
    return int(rows.aggregate(people=Sum("people"))["people"] or 0)


@transaction.atomic
def cancel_event(*, by: User, now: dt.datetime, event: Event, why: str) -> Event:
    """Cancelled twice, it stands as it was cancelled first."""
    event, why = _held(event), why.strip()
    if not why:
        raise TouchProblem("Say why it is cancelled: schools read it", "why")
    if event.cancelled_why == why:
        return event  # the same form, sent twice
    if event.cancelled_why:
        raise TouchProblem(f"It was cancelled already: {event.cancelled_why}")
    event.cancelled_why, event.written_by, event.changed_at = why, by, now
    event.version += 1
    event.save()
    audit.record("Event cancelled", by=by, subject=event)
    return event


@transaction.atomic
def sign_up(*, by: User, today: dt.date, now: dt.datetime, event: Event, school: School, people: int, names: str = "") -> SignUp:
    """How many of a school come; 0 gives its places back. The event is held meanwhile, so that its places are given once."""
    event = _held(event)
    if event.cancelled_why:
        raise TouchProblem("The event is cancelled.")
    if event.day < today:
        raise TouchProblem("The event is over.")
    if event.phases and school.phase not in event.phases:
        raise TouchProblem(f"The event is not for {school.get_phase_display().lower()} schools.", "school")
    if event.places is not None:
        left = event.places - _taken(event, but=school)
        if people > left:
            raise TouchProblem(f"{plural(max(left, 0), 'place is', 'places are')} left", "people")
    said = {"people": people, "names": names.strip(), "signed_by": by, "signed_at": now}
    made, _ = SignUp.objects.update_or_create(event=event, school=school, defaults=said)
    audit.record("Signed up for an event", by=by, subject=event, school=school.urn, people=people)
    return made


@transaction.atomic
def note_came(*, by: User, today: dt.date, now: dt.datetime, event: Event, school: School, came: int) -> SignUp:
    """How many of a school came, whether or not it had signed up."""
    event = _held(event)
    if event.day > today:
        raise TouchProblem("The event is still to come: nobody can have come yet.")
    if event.cancelled_why:
        raise TouchProblem("The event was cancelled.")
    made, _ = SignUp.objects.get_or_create(event=event, school=school, defaults={"people": 0, "signed_by": by, "signed_at": now})
    made.came = came
    made.save(update_fields=["came"])
    audit.record("Attendance at an event", by=by, subject=event, school=school.urn, came=came)
    return made


@transaction.atomic
def write_campaign(
    *, by: User, now: dt.datetime, campaign: Campaign | None, version: int | None = None, form_token: uuid.UUID | None = None, **said: Any
) -> Campaign:
    """`said`: title, words, school, channel, start, end, reach, reach_words."""
    if said["end"] and said["end"] < said["start"]:
        raise TouchProblem("The last day must not be before the first", "end")
    if said["reach"] is not None and not said["reach_words"].strip():
        raise TouchProblem("Say of what it is the number, and how it is known", "reach_words")
    if campaign is None:
        token = token_of(form_token, by, *said.values())
        if token and (known := Campaign.objects.filter(form_token=token).first()):
            return known
        campaign = Campaign(form_token=token, version=0)
    else:
        campaign = Campaign.objects.select_for_update(of=("self",)).select_related("written_by").get(pk=campaign.pk)
        same_version(campaign.version, version, campaign.written_by, campaign.changed_at, now=now)
    for name, value in said.items():
        setattr(campaign, name, value)
    campaign.written_by, campaign.changed_at = by, now
    campaign.version += 1
    campaign.save()
    audit.record("Campaign written", by=by, subject=campaign)
    return campaign
