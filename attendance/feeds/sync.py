"""One round of one school's feed: fetched, kept, and put in line to be loaded. One school's failure is its own."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts import audit, clock, secrets
from attendance import actions
from attendance.feeds import connect, days, lease, roll, schedule
from attendance.feeds.gather import Gathered, gather
from attendance.feeds.schedule import Round
from attendance.imports import bundle, receive
from attendance.imports.wonde import FeedProblem, NotAllowed, NotNow, Wonde, WrongToken
from attendance.models import Connection, Cursor, Extract, Feed, FeedStudent, Fetch

log = logging.getLogger("daymark.feeds")

OpenClient = Callable[[str], Wonde]


@dataclass(frozen=True, slots=True)
class Synced:
    """What a round came to: a problem, or what it brought. `extract` where there are marks to load."""

    feed: Feed
    extract: Extract | None = None
    problem: str = ""
    marks: int = 0
    taken_back: int = 0
    pupils_changed: int = 0


def sync(
    feed_id: int,
    what: Round,
    *,
    today: dt.date,
    moment: Callable[[], dt.datetime] = clock.now,
    open_client: OpenClient = connect.open_client,
    in_background: bool = True,
    days_back: int | None = None,
    only_if_due: bool = False,
) -> Synced | None:
    """Fetch a round and keep it; None where another worker has the feed, it is not being fetched, or the round is not due.

    The clock is read here, because a round may take long: cursors and as-at are the moments at which the questions began.
    Without `in_background` the caller loads the extract. `days_back` is how far a night's round looks, if not as usual.
    """
    with lease.holding(feed_id) as mine:
        feed = Feed.objects.select_related("school").filter(pk=feed_id, state=Feed.State.APPROVED).exclude(school=None).first()
        if not mine or feed is None:
            return None
        begun = moment()
        if only_if_due and schedule.due(now=begun, swept_on=feed.swept_on, next_due_at=feed.next_due_at) is not what:
            return None
        try:
            with open_client(connect.token_of(feed.provider)) as client:
                gathered = gather(client, feed, what, today=today, moment=moment, days_back=days_back)
        except (FeedProblem, secrets.Unreadable) as problem:
            _failed(feed, what, problem, now=moment())
            return Synced(feed, problem=str(problem))
        with gathered.file:
            return _keep(feed, what, gathered, begun=begun, today=today, now=moment(), in_background=in_background)


@transaction.atomic
def _failed(feed: Feed, what: Round, problem: FeedProblem | secrets.Unreadable, *, now: dt.datetime) -> None:
    feed.refresh_from_db()
    feed.last_tried_at, feed.last_error, feed.failures = now, str(problem), feed.failures + 1
    feed.next_due_at = schedule.after_failure(now, feed.failures, problem.wait if isinstance(problem, NotNow) else None)
    if isinstance(problem, NotAllowed) and feed.state == Feed.State.APPROVED:
        feed.state = Feed.State.REVOKED
        audit.record("Live feed withdrawn by the school", by=None, subject=feed.school, provider=feed.provider)
    feed.save(update_fields=["last_tried_at", "last_error", "failures", "next_due_at", "state"])
    Fetch.objects.create(feed=feed, round=what, at=now, error=str(problem))
    if isinstance(problem, WrongToken):
        Connection.objects.filter(provider=feed.provider).update(error=str(problem))
    log.warning("Feed of %s: %s", feed.school, type(problem).__name__)  # its words may quote what the provider sent


@transaction.atomic
def _keep(feed: Feed, what: Round, got: Gathered, *, begun: dt.datetime, today: dt.date, now: dt.datetime, in_background: bool) -> Synced:
    """Keep the bundle, the roll and the cursors, all or nothing: what is asked for next follows from what has been kept."""
    got.file.seek(0)
    waits = bool(got.marks or got.taken_back)
    extract = _extract(feed, got, begun=begun, today=today, now=now, in_background=in_background) if waits else None
    stored = extract.stored if extract else receive.keep(receive.chunks(got.file), limit=settings.MAX_EXTRACT_BYTES).name
    changed = _take_roll(feed, got, begun=begun, today=today, now=now)
    days.remember(feed, got.marks, got.deleted_marks, got.taken_back)
    Fetch.objects.create(
        feed=feed,
        round=what,
        at=begun,
        extract=extract,
        stored=stored,
        marks=len(got.marks),
        taken_back=len(got.taken_back),
        pupils_changed=changed,
    )
    for resource, moment in got.cursors.items():
        Cursor.objects.update_or_create(feed=feed, resource=resource, defaults={"updated_after": moment})
    feed.last_tried_at, feed.last_success_at, feed.last_error, feed.failures = now, now, "", 0
    feed.next_due_at = schedule.after_success(begun)
    if what is Round.NIGHT:
        feed.swept_on = today
    fields = ["notes", "students_at", "last_tried_at", "last_success_at", "last_error", "failures", "next_due_at", "swept_on"]
    feed.save(update_fields=fields)
    log.info("Feed of %s: %s marks, %s taken back, %s changes of the roll", feed.school, len(got.marks), len(got.taken_back), changed)
    return Synced(feed, extract, marks=len(got.marks), taken_back=len(got.taken_back), pupils_changed=changed)


def _extract(feed: Feed, got: Gathered, *, begun: dt.datetime, today: dt.date, now: dt.datetime, in_background: bool) -> Extract:
    """The bundle as an extract in line to be loaded: later as-at than anything known when its marks were asked for."""
    extract = actions.receive_extract(
        by=None,
        today=today,
        now=now,
        content=receive.chunks(got.file),
        filename=f"wonde-{feed.school.urn if feed.school else feed.remote_id}-{begun:%Y%m%d-%H%M%S}.jsonl.gz",
        school=feed.school,
        source=feed.provider,
        as_at=receive.receipt_moment(now=got.asked_at, today=today),
    )
    mapping = bundle.MAPPING.to_json()
    return actions.queue_extract(by=None, today=today, extract=extract, mapping=mapping, create_pupils=True, in_background=in_background)


def _take_roll(feed: Feed, got: Gathered, *, begun: dt.datetime, today: dt.date, now: dt.datetime) -> int:
    """Students, where they were asked for; notes for whoever looks after the feed. Returns how many changes there were."""
    changed = 0
    if got.students is not None:
        taken, changed = roll.take(feed, got.students, got.leavers, today=today)
        roll.remember(feed, got.students, got.leavers, now=now)
        feed.notes, feed.students_at = [*taken, *got.notes], begun
    elif got.notes:
        feed.notes = [*got.notes, *(note for note in feed.notes if note not in got.notes)][: roll.MOST_NOTES]
    deleted = [one.id for one in got.deletions if one.of_student]
    FeedStudent.objects.filter(feed=feed, remote_id__in=deleted, left_on=None).update(gone_at=now)
    return changed


def forgotten(*, now: dt.datetime) -> list[tuple[int, Round]]:
    """Feeds that are due and that nobody is fetching."""
    rows = Feed.objects.filter(state=Feed.State.APPROVED).exclude(school=None).order_by("last_tried_at", "pk")
    found = [(feed.pk, schedule.due(now=now, swept_on=feed.swept_on, next_due_at=feed.next_due_at)) for feed in rows]
    busy = lease.held() if found else set()
    return [(number, what) for number, what in found if what is not None and number not in busy]
