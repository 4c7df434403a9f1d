"""Tells whoever works out figures and flags that people have changed; by name, because they live above this app."""

from collections.abc import Iterable

from celery import current_app
from django.db import transaction

MANY = 1000


def people_changed(*, pupils: Iterable[int], schools: Iterable[int]) -> None:
    """Ring when the transaction has been committed. A bell that cannot be rung loses nothing: the night's work hears all."""
    pupil_ids, school_ids = sorted(set(pupils)), sorted(set(schools))
    if len(pupil_ids) > MANY and school_ids:
        pupil_ids = []  # everybody at these schools: a message is for ringing, not for carrying

    def ring() -> None:
        current_app.send_task("daymark.people_changed", args=[pupil_ids, school_ids], retry=False)

    transaction.on_commit(ring, robust=True)
