"""Reads for keeping in touch: how a briefing goes, who is written to, what waits. A few queries each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.clock import LONDON
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import plural
from casework.reports import Need
from meetings.models import Advice, Briefing, BriefingLetter, BriefingMail, Guide, GuideRead
from meetings.touch import letters
from schools import team
from schools.models import PolicyValue, School

_QUESTION = 3  # after what is overdue or due by law


@dataclass(frozen=True, slots=True)
class Going:
    """How many of a briefing's e-mails stand how."""

    waiting: int
    sent: int
    failed: int
    bounced: int

    @property
    def all(self) -> int:
        return self.waiting + self.sent + self.failed + self.bounced

    @property
    def done(self) -> int:
        return self.all - self.waiting


def going(briefing: Briefing, user: User) -> Going:
    """Of the schools the user sees. One query."""
    rows = BriefingMail.objects.visible_to(user).filter(letter__briefing=briefing)
    found = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    return Going(*(found.get(status, 0) for status in ("waiting", "sent", "failed", "bounced")))


@dataclass(frozen=True, slots=True)
class SchoolRecipients:
    school: School
    to: Sequence[letters.Recipient]
    left: Sequence[letters.Recipient]
    without: Sequence[str]
    came_back: Sequence[str]  # addresses from which the last e-mail came back


def who_is_written_to(schools: Sequence[School], *, day: dt.date) -> list[SchoolRecipients]:
    """Who would receive a briefing that goes on `day`. Four queries, however many schools."""
    ids = [school.pk for school in schools]
    people, left = team.of_schools(ids, day=day), letters.who_left(ids)
    last: dict[tuple[int, str], str] = {}
    mails = BriefingMail.objects.filter(letter__school__any_of=ids).exclude(status=BriefingMail.Status.WAITING)
    for key, email, status in mails.order_by("pk").values_list("letter__school", "email", "status"):
        last[key, email.casefold()] = status
    found = []
    for school in schools:
        who = letters.recipients(people[school.pk], left[school.pk])
        back = [one.email for one in who.to if last.get((school.pk, one.email.casefold())) == BriefingMail.Status.BOUNCED]
        found.append(SchoolRecipients(school, who.to, who.left, who.without, back))
    return found


@dataclass(frozen=True, slots=True)
class Schedule:
    every: int  # days
    last: dt.date | None  # when the last one went
    due: dt.date
    draft: Briefing | None  # the next one, if somebody has begun it


def schedule(*, today: dt.date) -> Schedule:
    """When the next briefing is due, by the policy of today. Three queries."""
    every = PolicyValue.objects.in_force(today)["briefing_days"]
    gone = Briefing.objects.filter(status__in=[Briefing.Status.SENDING, Briefing.Status.SENT]).order_by("-day").first()
    draft = Briefing.objects.filter(status__in=[Briefing.Status.DRAFT, Briefing.Status.APPROVED]).order_by("day", "pk").first()
    last = gone.day if gone else None
    return Schedule(every, last, letters.due(last, every, today=today), draft)


def letters_of(user: User) -> list[BriefingLetter]:
    """What a school's people were sent, newest first: the last ten. One query."""
    rows = BriefingLetter.objects.visible_to(user).select_related("briefing", "school").defer("text", "html")
    return list(rows.order_by("-briefing__day", "school__sort_name")[:10])


@dataclass(frozen=True, slots=True)
class Readers:
    """Of the schools that an item is for, which have opened it."""

    read: int
    of: int
    schools: Sequence[tuple[School, dt.datetime | None]]  # with when it was first opened there; None: not yet


def readers(guide: Guide, user: User, *, today: dt.date) -> Readers:
    """Among the user's open schools of its phases. Two queries."""
    schools = School.objects.visible_to(user).open_on(today)
    if guide.phases:
        schools = schools.filter(phase__in=guide.phases)
    first: dict[int, dt.datetime] = {}
    for school, at in GuideRead.objects.filter(guide=guide).order_by("-at").values_list("school", "at"):
        first[school] = at
    found = [(school, first.get(school.pk)) for school in schools.order_by("sort_name")]
    return Readers(sum(at is not None for _, at in found), len(found), found)


def with_reads(guides: QuerySet[Guide], user: User, *, today: dt.date) -> list[tuple[Guide, int, int]]:
    """Each item with how many of the user's schools it is for, and how many of those have opened it. Three queries."""
    rows = list(guides)
    phases = dict(School.objects.visible_to(user).open_on(today).values_list("pk", "phase"))
    read: dict[int, set[int]] = {}
    for key, school in GuideRead.objects.filter(guide__in=rows).values_list("guide", "school"):
        read.setdefault(key, set()).add(school)
    found = []
    for guide in rows:
        meant = {pk for pk, phase in phases.items() if not guide.phases or phase in guide.phases}
        found.append((guide, len(meant & read.get(guide.pk, set())), len(meant)))
    return found


def unread(user: User, *, today: dt.date, most: int) -> list[Guide]:
    """What a school's own person has not opened yet, newest first. Two queries."""
    opened = GuideRead.objects.filter(user=user).values("guide")
    return list(Guide.objects.visible_to(user, day=today).exclude(pk__in=opened).order_by("-start", "-pk")[:most])


def advice_waiting(user: User, *, today: dt.date) -> list[tuple[Advice, int]]:
    """Questions of the user's schools without an answer, the longest waiting first, with their age in days. One query."""
    rows = Advice.objects.visible_to(user).waiting().select_related("school").order_by("asked_at", "pk")
    return [(one, advice_age(one.asked_at, today=today)) for one in rows]


def with_questions(schools: QuerySet[School]) -> QuerySet[School]:
    """Adds to each school the questions of it that wait, so that a home asks the database nothing more for them."""
    waiting = Advice.objects.waiting().filter(school=OuterRef("pk")).order_by("asked_at", "pk")
    return schools.annotate(advice_waiting=ArraySubquery(waiting.values(row=JSONObject(pk="pk", subject="subject", at="asked_at"))))


def questions_waiting(schools: Iterable[School], user: User, *, today: dt.date) -> list[Need]:
    """What these schools, read `with_questions`, ask the team. No query."""
    found = []
    for school in schools if user.may(Permission.KEEP_IN_TOUCH) else ():
        for row in school.advice_waiting or ():  # type: ignore[attr-defined]
            age = advice_age(dt.datetime.fromisoformat(row["at"]), today=today)
            why = f"Asked {plural(age, 'day')} ago" if age else "Asked today"
            day = today - dt.timedelta(days=age)
            found.append(Need(f"Answer {school.name}: {row['subject']}", why, day, "advice", row["pk"], _QUESTION))
    return found


def advice_age(asked_at: dt.datetime, *, today: dt.date) -> int:
    """Whole days that a question has waited."""
    return max((today - asked_at.astimezone(LONDON).date()).days, 0)
