"""The people around each school: most places filled, some by nobody, some who have gone and were followed by others.

About a quarter of the schools have named no attendance governor, which is what such a directory usually shows first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import count

import numpy as np

from accounts import audit
from accounts.models import User
from config.demo import faces, names, places
from schools.models import Posting, School, TeamMember
from schools.names import fold

Role = TeamMember.Role
# role -> how many schools of a hundred have it filled, and what its holder usually is there
_AT_SCHOOL = {
    Role.CHAMPION: (93, ("Deputy headteacher", "Assistant headteacher", "Deputy headteacher, pastoral")),
    Role.ATTENDANCE_LEAD: (88, ("Attendance officer", "Attendance and welfare manager", "Office manager")),
    Role.GOVERNOR: (75, ("Governor", "Chair of governors", "Parent governor")),
    Role.SEN: (95, ("SENCO", "SENCO and assistant headteacher")),
}
_LINKED = {
    Role.EARLY_HELP: (86, "Early-help worker", "early-help"),
    Role.SOCIAL_WORKER: (71, "Social worker", "social-care"),
    Role.NURSE: (80, "School nurse, public health nursing", "nursing"),
    Role.VIRTUAL: (90, "Education adviser, virtual school", "virtual-school"),
}
_OTHERS = ("Police schools officer", "Educational psychologist", "Youth worker", "Family support, housing association")
_SCHOOLS_EACH = 9  # how many schools a linked worker looks after
_COVERED = 2  # schools that another officer covers in a colleague's absence


def write(*, by: User | None, today: dt.date, now: dt.datetime, rng: np.random.Generator) -> None:
    schools = list(School.objects.exclude(urn=places.EXAMPLE_URN).order_by("cluster_id", "urn"))
    draw = _Draw(now, today, rng)
    rows = [*draw.at_schools(schools), *draw.linked(schools)]
    TeamMember.objects.bulk_create(rows)
    audit.record("added to teams", by=by, count=len(rows))
    _cover(today)


class _Draw:
    def __init__(self, now: dt.datetime, today: dt.date, rng: np.random.Generator) -> None:
        self.namer, self.now, self.today, self.rng = faces.Namer(rng), now, today, rng
        self.year = dt.date(today.year if today.month >= 9 else today.year - 1, 9, 1)
        self.numbers = count(960_100)  # 01632 96xxxx: kept free for invented people

    def person(self) -> str:
        heritage = int(self.namer.chance() * len(names.heritages())) if self.namer.chance() < 0.3 else 0
        part = "mothers" if self.namer.chance() < 0.6 else "fathers"
        return f"{self.namer.name(heritage, part)} {self.namer.name(heritage, 'surnames')}"

    def row(self, school: School, role: str, name: str, **fields: object) -> TeamMember:
        return TeamMember(school=school, role=role, name=name, changed_at=self.now, **fields)

    def phone(self) -> str:
        return f"01632 {next(self.numbers)}"

    def at_schools(self, schools: list[School]) -> Iterator[TeamMember]:
        for school in schools:
            domain = places.contact_email(school.name).split("@")[1]
            for role, (filled, jobs) in _AT_SCHOOL.items():
                job = jobs[int(self.rng.integers(len(jobs)))]
                start = self.year - dt.timedelta(days=365 * int(self.rng.integers(1, 4)))
                if self.rng.random() < 0.22:  # somebody was there before, and was followed or not
                    until = start + dt.timedelta(days=int(self.rng.integers(120, 340)))
                    yield self.row(school, role, self.person(), job=job, start=start, end=until)
                    start = until + dt.timedelta(days=1)
                if 100 * self.rng.random() < filled:
                    name = self.person()
                    yield self.row(school, role, name, job=job, email=_email(name, domain), phone=self.phone(), start=start)
            if self.rng.random() < 0.1:
                words = _OTHERS[int(self.rng.integers(len(_OTHERS)))]
                name = self.person()
                yield self.row(school, Role.OTHER, name, role_words=words, email=_email(name, f"partners.{places.DOMAIN}"), start=self.year)

    def linked(self, schools: list[School]) -> Iterator[TeamMember]:
        """Workers of services look after several schools of a cluster each."""
        for role, (filled, job, team) in _LINKED.items():
            for at in range(0, len(schools), _SCHOOLS_EACH):
                name, phone = self.person(), self.phone()
                before = self.person()
                for school in schools[at : at + _SCHOOLS_EACH]:
                    if self.rng.random() < 0.15:
                        ended = self.year - dt.timedelta(days=40)
                        yield self.row(school, role, before, job=job, start=self.year - dt.timedelta(days=700), end=ended)
                    if 100 * self.rng.random() < filled:
                        email = _email(name, f"{team}.{places.DOMAIN}")
                        yield self.row(school, role, name, job=job, email=email, phone=phone, start=self.year)


def _email(name: str, domain: str) -> str:
    return f"{'.'.join(fold(name).split())}@{domain}"


def _cover(today: dt.date) -> None:
    """The third officer covers some of the second's schools."""
    officers = list(User.objects.filter(role="officer").order_by("pk")[1:3])
    if len(officers) < 2:
        return
    theirs = Posting.objects.on(today).filter(user=officers[0], part=Posting.Part.LEAD).order_by("school__urn")[:_COVERED]
    since = today - dt.timedelta(days=30)
    Posting.objects.bulk_create(
        Posting(user=officers[1], school=posting.school, part=Posting.Part.COVER, start=since) for posting in theirs
    )
