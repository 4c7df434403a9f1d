"""When a document is taken as received, by the way it was served. Pure.

Sources: local codes of conduct for penalty notices, which presume first class post to arrive on the second working day after posting, as
court rules do; by hand it is the same day. Nothing national says when an e-mail is received: ours, by the hour that policy sets
(docs/rules.md). Whoever served may know better, and says what shows it.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from legal.penalty import presumed_receipt
from schools.calendar import bank_holidays, working_days_after
from schools.policy import Policy

POST, HAND, EMAIL = "post", "hand", "email"
LONDON = ZoneInfo("Europe/London")


def received(service: str, served: dt.date | dt.datetime, policy: Policy) -> dt.date:
    """The day that counts as day 1. `served`: the day it was posted or handed over; of an e-mail the moment, aware of its zone: what
    counts is the clock on the wall in London, in summer time and out of it."""
    if service == EMAIL:
        return _by_email(served, policy)
    day = served.astimezone(LONDON).date() if isinstance(served, dt.datetime) else served
    return presumed_receipt(day, policy) if service == POST else day


def _by_email(sent: dt.date | dt.datetime, policy: Policy) -> dt.date:
    if not isinstance(sent, dt.datetime):
        return working_days_after(sent, 1)  # the hour is not known: as if it was late
    at = sent.astimezone(LONDON)
    day = at.date()
    at_work = day.weekday() < 5 and day not in bank_holidays(day.year)
    return day if at_work and at.hour < policy["service_email_hour"] else working_days_after(day, 1)
