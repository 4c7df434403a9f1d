"""Who works with whom in the demo borough, on which days, and how a day of it is told."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass, field

from accounts.clock import LONDON
from accounts.models import User
from config.demo.dates import ONE, bank_holidays
from schools.models import Posting, School


@dataclass(slots=True)
class Cast:
    """The people who do the borough's work, and each school's days of last year and this one, those to come too."""

    today: dt.date
    now: dt.datetime  # nothing that was done is later
    officers: list[User]
    manager: User
    legal: User
    schools: dict[int, School]
    officer_of: dict[int, User]  # by school
    contact_of: dict[int, User]  # by school
    days: dict[int, list[dt.date]]  # by school: when it is open to pupils
    working: list[dt.date] = field(default_factory=list)  # weekdays that are no bank holiday

    def __post_init__(self) -> None:
        first = min((days[0] for days in self.days.values()), default=self.today)
        off = {day for year in range(first.year, self.today.year + 2) for day in bank_holidays(year)}
        span = (self.today - first).days + 200
        self.working = [day for n in range(span) if (day := first + n * ONE).weekday() < 5 and day not in off]

    def moment(self, day: dt.date, hour: float) -> dt.datetime:
        """On `day`, at an hour of the working day; never after the present moment."""
        at = dt.datetime.combine(day, dt.time(int(hour), int(hour % 1 * 60)), LONDON)
        return min(at, self.now)

    def after(self, school: int, day: dt.date, days: int = 0) -> dt.date:
        """The first day on which the school is open, at least so many days after `day`; a working day where its year is over."""
        open_days, wanted = self.days[school], day + days * ONE
        at = bisect.bisect_left(open_days, wanted)
        return open_days[at] if at < len(open_days) else self.at_work(wanted)

    def at_work(self, day: dt.date) -> dt.date:
        """`day`, or the next on which the authority works."""
        at = bisect.bisect_left(self.working, day)
        return self.working[at] if at < len(self.working) else day

    def worked(self, day: dt.date) -> dt.date:
        """The same of something that has been done: on a weekend it is not put to the Monday that is to come."""
        return min(self.at_work(day), self.today)

    def before(self, school: int, day: dt.date) -> dt.date | None:
        """The last day up to `day` on which the school was open."""
        at = bisect.bisect_right(self.days[school], day)
        return self.days[school][at - 1] if at else None

    def between(self, school: int, first: dt.date, last: dt.date) -> list[dt.date]:
        """The school's open days from `first` to `last`."""
        days = self.days[school]
        return days[bisect.bisect_left(days, first) : bisect.bisect_right(days, last)]


def assemble(*, today: dt.date, now: dt.datetime, days: dict[int, list[dt.date]]) -> Cast:
    """Read who is posted where. `days`: by school, of every year that is told of."""
    officer_of: dict[int, User] = {}
    contact_of: dict[int, User] = {}
    for posting in Posting.objects.on(today).select_related("user").order_by("pk"):
        if posting.part == Posting.Part.LEAD:
            officer_of[posting.school_id] = posting.user
        elif posting.part == Posting.Part.CONTACT:
            contact_of[posting.school_id] = posting.user
    users = {role: list(User.objects.filter(role=role).order_by("pk")) for role in ("officer", "manager", "legal")}
    return Cast(
        today=today,
        now=now,
        officers=users["officer"],
        manager=users["manager"][0],
        legal=users["legal"][0],
        schools={school.pk: school for school in School.objects.filter(pk__in=days).order_by("pk")},
        officer_of=officer_of,
        contact_of=contact_of,
        days=days,
    )
