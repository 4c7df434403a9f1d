"""Why something cannot be done, in words for the person who asked."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from casework.actions.cases import clock_words


class TouchProblem(ValueError):
    """`field`: of the form, to which the words belong."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def same_version(found: int, asked: int | None, by: User | None, at: dt.datetime | None, *, now: dt.datetime) -> None:
    """Refuse what was asked on a form that was made from an older one; what was typed stays on the form."""
    if asked is not None and asked != found:
        who, when = by.name if by else "Somebody else", f" {clock_words(at, now)}" if at else ""
        raise TouchProblem(f"{who} changed this{when}. Nothing of yours was saved: look at it and try again.")
