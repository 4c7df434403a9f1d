"""Work that is asked for as a row and done by whoever holds it: papers, letters, print runs.

The row says what is to be made and what became of it; a message only rings. Whoever makes it holds it by the database session
(docs/decisions.md 4), so what a killed worker held is free at once and the sweep rings again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import models, transaction

from schools import locks

log = logging.getLogger("daymark.orders")

ATTEMPTS = 3
_TRIED_ENOUGH = "This was begun three times and ended each time before anything more of it was made. Tell whoever looks after Daymark."


class Status(models.TextChoices):
    WAITING = "waiting", "Waiting for its turn"
    MAKING = "making", "Being made"
    MADE = "made", "Ready"
    FAILED = "failed", "Could not be made"


BUSY = (Status.WAITING, Status.MAKING)


class Order(models.Model):
    """What every order has."""

    Status = Status
    BUSY = BUSY

    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # without anything made: one that ends every worker is not tried for ever
    error = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def busy(self) -> bool:
        return self.status in BUSY


class CannotBeMade(Exception):
    """Why an order will never be made, in words for its page: nothing is gained by trying again."""


def ring(task: str, number: int) -> None:
    """Tell a worker once the transaction is committed. A bell that cannot be rung loses nothing: the sweep looks again."""
    transaction.on_commit(lambda: current_app.send_task(task, args=[number], retry=False), robust=True)


def carry_out(rows: models.QuerySet[Any], number: int, *, lock: int, make: Callable[[Any], None]) -> Any | None:
    """Make what was asked for; None where it is done, or in other hands. `make` saves what it made, and that it is made."""
    with locks.holding(lock, number) as mine:
        order = rows.filter(pk=number, status__in=BUSY).first() if mine else None
        if order is None:
            return None
        order.attempts += 1
        order.status = Status.MAKING
        order.save(update_fields=["attempts", "status"])
        if order.attempts > ATTEMPTS:
            return _end(order, Status.FAILED, _TRIED_ENOUGH)
        try:
            make(order)
        except CannotBeMade as problem:
            return _end(order, Status.FAILED, str(problem))
        except Exception as problem:
            log.exception("%s %s could not be made", type(order).__name__, number)
            again = order.attempts < ATTEMPTS
            words = f"It could not be made ({type(problem).__name__}). Attempt {order.attempts} of {ATTEMPTS}."
            return _end(order, Status.WAITING if again else Status.FAILED, words)
        return order


def _end(order: Any, status: str, words: str) -> Any:
    order.status, order.error = status, words
    order.save(update_fields=["status", "error"])
    return order


@transaction.atomic
def again(order: Any, task: str) -> bool:
    """Try one again that could not be made; False where it is not one of those."""
    held = type(order)._default_manager.select_for_update(of=("self",)).get(pk=order.pk)
    if held.status != Status.FAILED:
        return False
    held.status, held.attempts, held.error = Status.WAITING, 0, ""
    held.save(update_fields=["status", "attempts", "error"])
    ring(task, held.pk)
    return True


def forgotten(rows: models.QuerySet[Any], lock: int, *, most: int | None = None) -> list[int]:
    """What should be being made and nobody holds: a message was lost, or a worker killed."""
    busy = list(rows.filter(status__in=BUSY).order_by("pk").values_list("pk", flat=True)[:most])
    if not busy:
        return []
    held = locks.held(lock)
    return [number for number in busy if number not in held]
