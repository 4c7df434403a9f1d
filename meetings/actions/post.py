"""Send an e-mail whose order is a row: once, tried again when the mail server refuses, and told where it failed."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.core.mail import EmailMessage
from django.db import models, transaction

log = logging.getLogger("daymark.post")
ATTEMPTS = 3
SOME = 200  # rung for at once
WAITING, SENT, FAILED = "waiting", "sent", "failed"


def waiting(rows: models.QuerySet[Any]) -> list[int]:
    """Those that nobody has sent yet, for the sweep to ring for."""
    return list(rows.filter(status=WAITING).order_by("pk").values_list("pk", flat=True)[:SOME])


class NotSent(Exception):
    """Why an e-mail is not to be sent at all, in words for its page."""


def words_of(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"[:300]


def deliver(rows: models.QuerySet[Any], pk: int, compose: Callable[[Any], EmailMessage | None], *, now: dt.datetime) -> Any | None:
    """Send one if it is still to be sent; None where there was nothing to do or another worker is at it.

    `compose` makes the e-mail, says None where it cannot be made yet, or raises `NotSent`. The row is held while the mail server is
    asked: a worker killed in between sends it again.
    """
    with transaction.atomic():
        row = rows.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, status=WAITING).first()
        if row is None:
            return None
        try:
            mail = compose(row)
            if mail is None:
                return None
            mail.send()
        except NotSent as problem:
            row.status, row.error = FAILED, str(problem)
        except Exception as problem:  # whatever a mail server or its library says: it is told on the page
            log.warning("E-mail %s %s was not sent", type(row).__name__, pk, exc_info=True)
            row.attempts += 1
            row.error = words_of(problem)
            if row.attempts >= ATTEMPTS:
                row.status = FAILED
        else:
            row.status, row.sent_at, row.error = SENT, now, ""
        row.save(update_fields=["attempts", "error", "status", "sent_at"])
    return row
