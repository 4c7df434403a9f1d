"""The borough's work on absence, from its flags: meetings, cases, ratings and notices. One line of audit a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np

from accounts import audit
from accounts.models import User
from attendance import matrix
from config.demo import bulk, logins
from config.demo.work import batches, contacts, improving, legally, missing, others, ratings, settling, totals, visits, writing
from config.demo.work import cast as cast_
from config.demo.work import today as today_
from config.demo.work.cases import Drawing
from config.demo.work.history import History
from config.demo.work.ledger import Ledger
from config.demo.work.letters import Letters
from config.demo.work.meetings import Diary
from config.demo.work.notices import Docket
from config.demo.work.offers import Offers
from config.demo.work.touch import Touch
from config.demo.work.understood import Understanding
from config.demo.work.ways import Ways
from meetings.actions.items import make_agenda
from meetings.models import Meeting

Progress = Callable[[str, int], None]
STEPS = 6


def work(
    *, by: User | None, today: dt.date, now: dt.datetime, days: dict[int, list[dt.date]], rng: np.random.Generator, progress: Progress
) -> None:
    """`days`: by school, its open days of last year and this one."""
    cast = cast_.assemble(today=today, now=now, days=days)
    year = matrix.academic_year(today)
    legally.may_sign(cast)
    ledger = Ledger((year - 1, year))
    shown = [key for key, school in cast.schools.items() if school.name in (logins.SCHOOL_A, logins.SCHOOL_B)]
    picks = ratings.picks(rng)
    diary = Diary(cast, ledger, rng)
    diary.plan(shown)
    stories = Drawing(cast, ledger, diary.held(), rng).all(shown)
    diary.tell(stories)
    progress("Notices", 1)
    docket = Docket(cast, ledger, stories, rng)
    docket.draw(shown)
    progress("Cases", 1)
    writing.cases(stories, cast)
    audit.record("opened cases", by=by, count=len(stories))
    audit.record("wrote down referrals", by=by, count=Ways(cast).tell(shown))
    understanding = Understanding(cast, ledger, rng)
    understanding.write(stories)
    progress("Meetings", 1)
    writing.meetings(diary.gatherings)
    for gathering in diary.gatherings:
        if gathering.row.status == Meeting.Status.PLANNED:
            make_agenda(gathering.row, today=today, now=now)
    audit.record("planned meetings", by=by, count=len(diary.gatherings))
    held = [one.row for one in diary.gatherings if one.row.status == Meeting.Status.HELD and one.row.school_id in shown]
    audit.record("made minutes", by=by, count=writing.minutes(held, cast))  # of the others on demand: a PDF takes a worker a second
    writing.notices(docket.asked)
    audit.record("considered safeguarding", by=by, count=understanding.consider())
    audit.record("asked for notices", by=by, count=len(docket.asked), notices=docket.number)
    history = History(cast)
    audit.record("loaded what happened before", by=by, count=history.before(shown))
    progress("Ratings", 1)  # when meetings and plans are there: a rating tells of them
    moderated = ratings.rate_every_term(cast, picks)
    audit.record("moderated ratings", by=by, count=moderated)
    offered = Offers(cast).tell(shown)  # when ratings are there: the worst are offered first
    audit.record("offered meetings", by=by, count=offered)
    contacts.write(cast, rng=rng)
    Touch(cast, rng).tell(shown)
    audit.record("kept in touch with schools", by=by, count=len(shown))
    audit.record("planned other meetings", by=by, count=others.hold(cast, shown))
    own = np.random.default_rng([today.toordinal(), len(cast.schools), 8])  # a generator of its own: the others' draws stay as they are
    audit.record("last chances and contracts", by=by, count=improving.tell(cast, shown, own))
    progress("Letters", 1)
    audit.record("wrote letters to parents", by=by, count=Letters(cast).tell(shown))
    audit.record("children missing education", by=by, count=missing.write(cast, shown, rng))
    bulk.analyze()  # what follows asks for what waits, as a page does
    today_.tell(cast)
    audit.record("planned visits", by=by, count=visits.tell(cast, shown, rng))  # late: it writes down what was done this morning
    audit.record("took payments", by=by, count=settling.tell(cast))
    audit.record("recorded orders", by=by, count=legally.orders(cast))  # late: written down now
    audit.record("asked for holidays in batches", by=by, count=batches.tell(cast, shown))  # last, for the same reason
    audit.record("asked other authorities", by=by, count=history.since())
    progress("Totals", 1)
    totals.send(cast, shown, rng)
