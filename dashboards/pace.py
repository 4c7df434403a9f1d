"""How work has gone day by day, for the comparison with last year and the small lines beside headline numbers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from accounts.models import User
from attendance.reports.national import YEAR
from casework.models import Case
from legal.models import Notice
from meetings.models import Meeting

OPENED, CLOSED, HELD, ISSUED = "opened", "closed", "held", "issued"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many things happened on each day, of those the user may see."""

    days: dict[str, Counter[dt.date]]

    def _between(self, what: str, first: dt.date, last: dt.date) -> int:
        return sum(n for day, n in self.days[what].items() if first <= day <= last)

    def open_cases(self, day: dt.date) -> int:
        """Open at the end of the day."""
        return self._between(OPENED, dt.date.min, day) - self._between(CLOSED, dt.date.min, day)

    def held(self, first: dt.date, last: dt.date) -> int:
        return self._between(HELD, first, last)

    def issued(self, first: dt.date, last: dt.date) -> int:
        return self._between(ISSUED, first, last)

    def known_on(self, day: dt.date, what: str) -> bool:
        """Was anything of the kind kept here by then? Before its first, nothing was kept, which is not that nothing was done."""
        return any(known <= day for known in self.days[what])


def lists(user: User, *, today: dt.date) -> dict[str, tuple[QuerySet[Any], Any]]:
    """What is counted by day, as `counts.count_by` takes it. Notices and meetings of the last two years."""
    since = today - 2 * YEAR
    cases = Case.objects.visible_to(user)
    return {
        OPENED: (cases.filter(opened__lte=today), F("opened")),
        CLOSED: (cases.filter(closed__lte=today), F("closed")),
        HELD: (Meeting.objects.visible_to(user).support().filter(status=Meeting.Status.HELD, day__range=(since, today)), F("day")),
        ISSUED: (Notice.objects.visible_to(user).filter(issued__range=(since, today)), F("issued")),
    }


def of(found: Mapping[str, Counter[str]]) -> Pace:
    return Pace(
        {what: Counter({dt.date.fromisoformat(day): n for day, n in found[what].items()}) for what in (OPENED, CLOSED, HELD, ISSUED)}
    )


def fridays(first: dt.date, today: dt.date) -> Sequence[dt.date]:
    """The end of each week from `first` on, the last one today."""
    friday = first + dt.timedelta(days=(4 - first.weekday()) % 7)
    ends = []
    while friday < today:
        ends.append(friday)
        friday += dt.timedelta(weeks=1)
    return [*ends, today]
