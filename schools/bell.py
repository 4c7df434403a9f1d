"""Tells whoever works out figures and flags that people have changed; by name, because they live above this app."""

from collections.abc import Iterable

from celery import current_app
from django.db import transaction


def people_changed(*, pupils: Iterable[int], schools: Iterable[int]) -> None:
    """Ring when the transaction has been committed. A bell that cannot be rung loses nothing: the night's work hears all."""
    pupil_ids, school_ids = sorted(set(pupils)), sorted(set(schools))

    def ring() -> None:
        current_app.send_task("daymark.people_changed", args=[pupil_ids, school_ids], retry=False)

    transaction.on_commit(ring, robust=True)
