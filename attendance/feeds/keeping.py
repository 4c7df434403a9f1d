"""How long answers of feeds are kept: for good where they changed anything, 30 days where they did not."""

from __future__ import annotations

import datetime as dt

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from attendance.models import Extract, Fetch, Load

KEPT = dt.timedelta(days=30)


def drop_old(*, now: dt.datetime) -> int:
    """Drop what is old and changed nothing: neither a mark nor the roll, and no row came back. Returns how many files went."""
    changed = Load.objects.filter(extract=OuterRef("extract")).filter(Q(marks_set__gt=0) | Q(marks_amended__gt=0))
    old = Fetch.objects.filter(at__lt=now - KEPT, pupils_changed=0).exclude(Exists(changed))
    idle = old.filter(Q(extract=None) | Q(extract__status=Extract.Status.LOADED, extract__rows_rejected=0))
    dropped = 0
    for fetch in idle.select_related("extract").order_by("pk"):
        dropped += _drop(fetch)
    return dropped


@transaction.atomic
def _drop(fetch: Fetch) -> bool:
    """The database first: a file that nothing names any more harms nobody, a name without its file would."""
    stored = fetch.stored
    if fetch.extract is None:
        fetch.delete()
    else:  # its load is part of the register's history; the receipt stays
        Extract.objects.filter(pk=fetch.extract.pk).update(stored="")
        Fetch.objects.filter(pk=fetch.pk).update(stored="")
    named = stored and (Extract.objects.filter(stored=stored).exists() or Fetch.objects.filter(stored=stored).exists())
    if not stored or named:
        return False
    transaction.on_commit(lambda: default_storage.delete(stored))
    return True
