"""Who may sign what: written down by a manager with the instrument, and ended, never deleted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import IO

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework import scanning
from casework.actions.files import NO_ROOM
from legal.actions.problem import NoticeProblem, moved_on
from legal.models import Authorised
from legal.penalty import written
from schools import files, kept
from schools.models import School


def authorise(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    powers: Sequence[str],
    standing: str,
    role: str,
    instrument: str,
    start: dt.date,
    user: User | None = None,
    name: str = "",
    school: School | None = None,
    reference: str = "",
    end: dt.date | None = None,
    file: IO[bytes] | None = None,
    file_name: str = "",
    size: int = 0,
    form_token: uuid.UUID | None = None,
) -> list[Authorised]:
    """Write down what somebody may sign: a row a power. A form that is sent twice makes them once."""
    if form_token and (made := list(Authorised.objects.filter(form_token=form_token).order_by("pk"))):
        return made
    name = user.name if user else name.strip()
    if not name:
        raise NoticeProblem("Choose a user, or enter the name of somebody who does not sign in.", "name")
    if not powers or set(powers) - set(Authorised.Power.values):
        raise NoticeProblem("Choose what this person may sign.", "powers")
    if standing not in Authorised.Standing.values:
        raise NoticeProblem("Choose in which capacity this person signs.", "standing")
    if standing in (Authorised.Standing.HEAD, Authorised.Standing.DEPUTY) and school is None:
        raise NoticeProblem("Choose the school of which this person is head or deputy.", "school")
    for field, value, what in (
        ("role", role, "the post, as documents print it"),
        ("instrument", instrument, "the delegation or appointment"),
    ):
        if not value.strip():
            raise NoticeProblem(f"Enter {what}.", field)
    if end is not None and end < start:
        raise NoticeProblem("The last day is before the first.", "end")
    held: dict[str, str] = {}
    if file is not None:
        held = _keep(file, file_name, size)
    with transaction.atomic():
        rows = [
            Authorised.objects.create(
                user=user, name=name, standing=standing, role=role.strip(), school=school, power=power, instrument=instrument.strip(),
                reference=reference.strip(), start=start, end=end, by=by, at=now, form_token=form_token, **held,
            )
            for power in sorted(set(powers))
        ]  # fmt: skip
        for row in rows:
            audit.record("authorised a signatory", by=by, subject=row, person=user.pk if user else None, power=row.power, start=str(start))
    return rows


def _keep(file: IO[bytes], name: str, size: int) -> dict[str, str]:
    try:
        kind = files.kind_of(name, size, file)
        scanning.scan(file)
        found = kept.keep("authorised", file, f".{kind}")
    except (files.WrongFile, scanning.NotTaken) as problem:
        raise NoticeProblem(str(problem), "file") from None
    except OSError:
        raise NoticeProblem(NO_ROOM, "file") from None
    plain = name.replace("\\", "/").rpartition("/")[2][-150:]
    return {"file_name": plain, "kind": kind, "stored": found.name, "sha256": found.sha256}


@transaction.atomic
def end_authorisation(
    *, by: User, today: dt.date, now: dt.datetime, authorised: Authorised, end: dt.date, words: str, version: int | None = None
) -> Authorised:
    """Say on which day a power ends, or ended. What was signed until then stands."""
    held = Authorised.objects.select_for_update(of=("self",)).get(pk=authorised.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("authorised", held.pk, by))
    if end < held.start:
        raise NoticeProblem(f"It began on {written(held.start)}: the last day cannot be before.", "end")
    if not words.strip():
        raise NoticeProblem("Say why it ends.", "words")
    held.end, held.end_words = end, words.strip()
    held.version += 1
    held.save(update_fields=["end", "end_words", "version"])
    audit.record("ended an authorisation", by=by, subject=held, end=str(end))
    return held
