"""A school takes over from another: the links of the national register, and the pupils who go over with the register."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell
from schools.importers.links import Links
from schools.locks import hold_school
from schools.models import Enrolment, School, SchoolLink


class SuccessionProblem(ValueError):
    """Why pupils cannot be moved over so."""


@dataclass(frozen=True, slots=True)
class LinksReceipt:
    """What loading links came to."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    elsewhere: int = 0  # of schools that are not known here


@transaction.atomic
def load_links(*, by: User | None, today: dt.date, found: Links) -> LinksReceipt:
    """Add and correct links between schools known here. Loading twice changes nothing; a link that the file does not name stays."""
    urns = {urn for row in found.rows for urn in (row.predecessor, row.successor)}
    known = dict(School.objects.filter(urn__in=urns).values_list("urn", "pk"))
    held = {(link.predecessor_id, link.successor_id): link for link in SchoolLink.objects.all()}
    receipt = LinksReceipt()
    for row in found.rows:
        if row.predecessor not in known or row.successor not in known:
            receipt = replace(receipt, elsewhere=receipt.elsewhere + 1)
            continue
        pair = known[row.predecessor], known[row.successor]
        link = held.get(pair)
        if link is None:
            SchoolLink.objects.create(predecessor_id=pair[0], successor_id=pair[1], kind=row.kind, since=row.since)
            receipt = replace(receipt, added=receipt.added + 1)
        elif row.since is None or link.since == row.since:
            receipt = replace(receipt, unchanged=receipt.unchanged + 1)
        else:
            link.since = row.since
            link.save(update_fields=["since"])
            receipt = replace(receipt, changed=receipt.changed + 1)
    if receipt.added or receipt.changed:
        audit.record("loaded links between schools", by=by, count=receipt.added + receipt.changed)
    return receipt


@dataclass(frozen=True, slots=True)
class Move:
    """What moving a predecessor's pupils over would come to, or came to."""

    first_day: dt.date  # at the successor
    close: list[Enrolment]  # spells that end the day before
    open: list[Enrolment]  # spells that begin; not for pupils who are on roll there already
    there_already: int
    never_began: list[Enrolment]  # spells that begin on or after the first day: to be corrected by hand


def plan_move(link: SchoolLink, first_day: dt.date) -> Move:
    """Who is on the predecessor's roll on the day before, and who of them is not on the successor's on the first day."""
    spells = Enrolment.objects.filter(school=link.predecessor).select_related("pupil").order_by("pupil__sort_name", "start")
    running = [spell for spell in spells if spell.end is None or spell.end >= first_day]
    close = [spell for spell in running if spell.start < first_day]
    there = set(Enrolment.objects.filter(school=link.successor).touching(first_day, dt.date.max).values_list("pupil", flat=True))
    fresh = [
        Enrolment(pupil=spell.pupil, school=link.successor, start=first_day, end=spell.end, kind=spell.kind, year_group=spell.year_group)
        for spell in close
        if spell.pupil_id not in there
    ]
    return Move(first_day, close, fresh, len(close) - len(fresh), [spell for spell in running if spell.start >= first_day])


@transaction.atomic
def move_pupils(*, by: User, today: dt.date, now: dt.datetime, link: SchoolLink, first_day: dt.date) -> Move:
    """Close the predecessor's spells on the day before and open them at the successor.

    Marks stay where they were given: figures and the ten weeks are of a pupil's schools together. Done twice it does nothing more.
    """
    check_first_day(link, first_day, today)
    for school_id in sorted((link.predecessor_id, link.successor_id)):
        hold_school(school_id)
    move = plan_move(link, first_day)
    for spell in move.close:
        spell.end, spell.leaving_reason = first_day - dt.timedelta(days=1), f"Moved to URN {link.successor.urn}"
    Enrolment.objects.bulk_update(move.close, ["end", "leaving_reason"], batch_size=500)
    Enrolment.objects.bulk_create(move.open, batch_size=1000)
    SchoolLink.objects.filter(pk=link.pk).update(moved_at=now)
    if move.close:
        audit.record(
            "moved pupils to the successor", by=by, subject=link.successor, count=len(move.close),
            predecessor=link.predecessor.urn, first_day=first_day.isoformat(),
        )  # fmt: skip
        bell.people_changed(pupils=[spell.pupil_id for spell in move.close], schools=[])
    return move


def check_first_day(link: SchoolLink, first_day: dt.date, today: dt.date) -> None:
    if first_day > today:
        raise SuccessionProblem("The first day at the new school has not come yet. Move the pupils on that day or later.")
    if link.successor.opened and first_day < link.successor.opened:
        raise SuccessionProblem(f"{link.successor} opened on {link.successor.opened:%-d %B %Y}. Choose that day or a later one.")
