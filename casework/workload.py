"""How much each officer carries, and whom the rule of allocation suggests: read once for as many cases as a page lists."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from casework import allocation, reports
from casework.allocation import Candidate, Cohort, Suggestion
from casework.models import Case, Cover, MissingChild, Referral, Specialist
from schools.models import Characteristic, PolicyValue, Posting

_OURS = (Posting.Part.LEAD, Posting.Part.COVER)


@dataclass(slots=True)
class Load:
    """What one officer carries. Weights in tenths of a usual case."""

    cases: int = 0
    weight: int = 0
    schools: int = 0
    cohorts: list[Cohort] = field(default_factory=list)
    away: Cover | None = None
    covers: list[Cover] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Team:
    """The officers who work cases, as they stand on a day."""

    officers: dict[int, User]
    loads: dict[int, Load]
    posted: Mapping[int, Mapping[int, str]]  # school -> officer -> part
    policy: Mapping[str, int]

    @property
    def full(self) -> int:
        return self.policy["load_full"]

    def candidates(self, school: int, given: Mapping[int, int] | None = None) -> list[Candidate]:
        """`given`: what each is to get besides, in tenths."""
        more = given or {}
        return [
            Candidate(
                key, str(user), self.carried(key) + more.get(key, 0), self.posted.get(school, {}).get(key, ""),
                frozenset(self.loads[key].cohorts), _away(self.loads[key].away),
            )
            for key, user in self.officers.items()
        ]  # fmt: skip

    def carried(self, officer: int) -> int:
        """Their own and, while they cover, that of those who are away."""
        load = self.loads[officer]
        return load.weight + sum(self.loads[one.officer_id].weight for one in load.covers if one.officer_id in self.loads)


def _away(cover: Cover | None) -> str:
    return f"is away until {say_day(cover.end)}, covered by {cover.cover}" if cover else ""


def team(*, today: dt.date) -> Team:
    """Five queries, however many cases."""
    policy = PolicyValue.objects.in_force(today)
    near = [role.code for role in reports.WORKERS if not role.every_school]
    officers = {user.pk: user for user in User.objects.filter(is_active=True, role__in=near).order_by("name", "pk")}
    loads = {key: Load() for key in officers}
    rows = (
        Case.objects.open().filter(officer__in=list(officers)).order_by().values_list("officer", "stage", "reason").annotate(n=Count("pk"))
    )
    for officer, stage, reason, n in rows:
        load = loads[officer or 0]
        load.cases += n
        load.weight += n * allocation.weight(stage, reason, policy.values)
    posted: dict[int, dict[int, str]] = defaultdict(dict)
    for user, school, part in (
        Posting.objects.on(today).filter(user__in=list(officers), part__in=_OURS).values_list("user", "school", "part")
    ):
        loads[user].schools += posted[school].get(user) is None
        posted[school][user] = Posting.Part.LEAD if Posting.Part.LEAD in (part, posted[school].get(user)) else part
    for user, cohort in Specialist.objects.on(today).filter(user__in=list(officers)).order_by("pk").values_list("user", "cohort"):
        loads[user].cohorts.append(Cohort(cohort))
    for cover in Cover.objects.on(today).select_related("officer", "cover").order_by("pk"):
        if cover.officer_id in loads:
            loads[cover.officer_id].away = cover
        if cover.cover_id in loads:
            loads[cover.cover_id].covers.append(cover)
    return Team(officers, loads, posted, policy.values)


def at(known: Team, school: int) -> list[tuple[User, Load, str, str]]:
    """Who is posted to a school or knows a cohort: what they carry, and as what they are there."""
    parts = known.posted.get(school, {})
    here = [key for key in known.officers if key in parts or known.loads[key].cohorts]
    said = {Posting.Part.LEAD: "contact of the school", Posting.Part.COVER: "covers there", "": "not posted there"}
    return [
        (
            known.officers[key],
            known.loads[key],
            allocation.said_weight(known.carried(key)),
            said[Posting.Part(parts[key]) if key in parts else ""],
        )
        for key in here
    ]


def suggestions(cases: Iterable[Case | Referral], known: Team, *, today: dt.date, in_turn: bool = False) -> dict[int, Suggestion]:
    """Whom the rule suggests for each case, and why. Two queries.

    `in_turn`: the cases are given out together, so that each counts with those before it what its officer would carry; otherwise
    fifty of them might fill somebody who has room for one.
    """
    cases = list(cases)
    kinds: dict[int, set[str]] = defaultdict(set)
    wanted = {kind for group in allocation.KINDS.values() for kind in group}
    rows = Characteristic.objects.filter(Q(end=None) | Q(end__gte=today), start__lte=today, kind__in=wanted)
    for pupil, kind in rows.filter(pupil__in={case.pupil_id for case in cases}).values_list("pupil", "kind"):
        kinds[pupil].add(kind)
    lost = set(MissingChild.objects.open().filter(pupil__in={case.pupil_id for case in cases}).values_list("pupil", flat=True))
    given: Counter[int] = Counter()
    found = {}
    for case in cases:
        found[case.pk] = allocation.suggest(
            (*allocation.cohorts_of(kinds[case.pupil_id]), *([Cohort.MISSING] if case.pupil_id in lost else [])),
            str(case.school),
            known.candidates(case.school_id, given),
            full=known.full,
        )
        key = found[case.pk].key
        if in_turn and key is not None and isinstance(case, Case) and case.officer_id != key:
            given[key] += allocation.weight(case.stage, case.reason, known.policy)
    return found


def choosable(schools: Iterable[int], user: User, *, today: dt.date) -> QuerySet[User]:
    """Who may be given cases of these schools by `user`: who may allocate over the whole team also chooses specialists, who are
    then posted to the school as cover."""
    found = reports.officers_for(schools, today=today)
    if not user.may(Permission.ALLOCATE_CASES):
        return found
    special = User.objects.filter(is_active=True, pk__in=Specialist.objects.on(today).values("user"))
    return User.objects.filter(Q(pk__in=found.values("pk")) | Q(pk__in=special.values("pk"))).order_by("name", "pk")


def waiting(user: User, *, today: dt.date) -> QuerySet[Case]:
    """Open cases that nobody holds, or somebody in name only: the longest first."""
    mine = reports.with_work(Case.objects.visible_to(user).open(), today=today).filter(held=False)
    return mine.select_related("pupil", "school", "officer").order_by("opened", "pk")
