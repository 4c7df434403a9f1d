"""Reads for the pages that lie over all apps: schools with their figures, flags and freshness. A few queries, however many schools."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Case, CharField, Count, DateField, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.forms import BaseForm

from accounts import clock
from accounts.models import User
from attendance import downloads, flag_codes
from attendance.coverage import Silence
from attendance.cuts import WHOLE
from attendance.flag_counts import by_school as flags_by_school
from attendance.matrix import Session, academic_year, year_start
from attendance.models import Flag, FlagQuerySet, SchoolCut, SchoolFlags
from attendance.rates import Figures
from attendance.reports import coverage
from attendance.reports import schools as figures
from attendance.reports.coverage import Sent
from attendance.reports.cuts import PLAIN
from attendance.reports.schools import SchoolFigures
from attendance.supply import Gap, gaps, missing_from, with_supply
from casework import reports as casework_reports
from schools.models import Enrolment, PolicyValue, Posting, School
from schools.policy import Policy

FLAG_NAMES = dict(Flag.Code.choices)
FLAG_COLOURS: dict[str, str] = {
    Flag.Code.FIRST: "red",
    Flag.Code.SEVERE: "red",
    Flag.Code.TWENTY_DAYS: "magenta",
    Flag.Code.CONTINUOUS: "magenta",
    Flag.Code.NOT_STARTED: "magenta",
    Flag.Code.THRESHOLD: "orange",
    Flag.Code.SICKNESS: "purple",
    Flag.Code.PERSISTENT: "yellow",
    Flag.Code.PART_TIME: "turquoise",
    Flag.Code.CARRIED: "grey",
    Flag.Code.FALL: "grey",
    Flag.Code.NEAR: "grey",
}
TO_ACT_ON = tuple(code for code in flag_codes.URGENT if code not in flag_codes.WATCHED)


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school as a line of a list."""

    school: School
    year: SchoolFigures
    flags: Counter[str]  # open flags of pupils on roll, by code; those resting on little data left out
    officers: list[str]
    pupils: int  # on roll today
    silence: Silence | None  # the alarm, where pupils are on roll and registers have not come (attendance.coverage)
    late_from: dt.time  # the hour by which today's marks are expected
    gaps: list[Gap]  # times of this school year at which it supplied no registers, and something is missing of them

    @property
    def silent(self) -> bool:
        return self.silence is not None

    @property
    def not_supplying(self) -> Gap | None:
        """What is said of the school today, where it is said to supply no registers."""
        return next((gap for gap in self.gaps if gap.now), None)

    @property
    def silence_words(self) -> str:
        """What is missing, as a sentence without its stop; "" where nothing is."""
        if self.silence is None:
            return ""
        days = f"{self.silence.days} school day{'' if self.silence.days == 1 else 's'} missing since"
        since = [f"Last register {self.year.latest.date:%a %-d %b %Y}, {days}" if self.year.latest else "No register this school year"]
        if self.silence.today:
            late = f"none of today’s marks by {self.late_from:%H:%M}"
            return late[0].upper() + late[1:] if self.year.latest and not self.silence.days else f"{since[0]}, and {late}"
        return since[0]

    @property
    def flags_total(self) -> int:
        """Those to act on: the others are to keep an eye on."""
        return sum(self.flags[code] for code in TO_ACT_ON)

    @property
    def flags_in_order(self) -> list[tuple[str, str, int]]:
        return [(code, FLAG_NAMES[code], self.flags[code]) for code in flag_codes.URGENT if self.flags[code]]


def with_roll(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """Adds `on_roll`, the pupils on roll today, to a list of schools: `school_rows` need not ask for it then."""
    there = Enrolment.objects.filter(school=OuterRef("pk")).on_roll(today).order_by().values("school")
    return schools.annotate(on_roll=Coalesce(Subquery(there.annotate(n=Count("pupil", distinct=True)).values("n")), 0))


def with_flagged(schools: QuerySet[School]) -> QuerySet[School]:
    """Adds `flagged`: pupils on roll today who have an open flag to act on, which rests on enough sessions."""
    any_flag = SchoolFlags.objects.filter(school=OuterRef("pk"), code="").values("pupils")
    return schools.annotate(flagged=Coalesce(Subquery(any_flag), 0))


def with_roll_and_supply(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """`with_roll`, and what is said of each school's supply this year: neither is asked for again."""
    return with_supply(with_roll(schools, today=today), year_start(academic_year(today)), today)


def with_year(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """Adds `of_year`, the plain numbers of the year to date, so that `years_of` needs no query."""
    whole = SchoolCut.objects.filter(school=OuterRef("pk"), year=academic_year(today), kind=WHOLE.kind.value, value=WHOLE.value)
    return schools.annotate(of_year=Subquery(whole.values(numbers=JSONObject(**{name: name for name in PLAIN}))))


def years_of(schools: Iterable[School], latest: Mapping[int, Session]) -> dict[int, SchoolFigures]:
    """The year to date of schools read `with_year`, to the latest session of each. No query."""
    found = {school.pk: SchoolFigures(latest=latest.get(school.pk)) for school in schools}
    for school in schools:
        if of := school.of_year:  # type: ignore[attr-defined]
            *sessions, judged, persistent, severe = (of[name] for name in PLAIN)
            found[school.pk] = SchoolFigures(Figures(*sessions), judged, persistent, severe, latest.get(school.pk))
    return found


def school_rows(
    schools: Sequence[School],
    *,
    today: dt.date,
    at: dt.time,
    sent: Sent | None = None,
    policy: Policy | None = None,
    known: Mapping[int, SchoolFigures] | None = None,
    flags_too: bool = True,
    officers_too: bool = True,
) -> list[SchoolRow]:
    """Eight queries, fewer where a page has no use for flags by school or for officers, or has read the roll and supply already.

    `known`: the year's figures, where the page has read them.
    """
    ids = [school.pk for school in schools]
    sent = sent or coverage.sent(ids, today=today)
    policy = policy or PolicyValue.objects.in_force(today)
    year = figures.school_figures(ids, today=today, latest=sent.latest) if known is None else known
    said = gaps(schools, year_start(sent.year), today, today=today)
    on_roll = _on_roll(schools, today)
    silences = sent.silences([pk for pk in ids if on_roll.get(pk)], said, today=today, at=at, policy=policy)
    flags = flags_by_school(ids) if flags_too else {}
    officers = officers_of(ids, today=today) if officers_too else {}
    lacking: dict[int, list[Gap]] = defaultdict(list)
    for gap in missing_from(said, lambda gap: sent.lacks(gap, today=today)):
        latest = year[gap.school.pk].latest
        lacking[gap.school.pk].append(gap.under(latest.date if latest else None))
    return [
        SchoolRow(
            school,
            year[school.pk],
            flags.get(school.pk, Counter()),
            officers.get(school.pk, []),
            on_roll.get(school.pk, 0),
            silences.get(school.pk),
            dt.time(policy["silent_hour"]),
            lacking[school.pk],
        )
        for school in schools
    ]


def with_flags_and_officers(rows: Sequence[SchoolRow], *, today: dt.date) -> list[SchoolRow]:
    """Rows that were read without. Two queries."""
    ids = [row.school.pk for row in rows]
    flags, officers = flags_by_school(ids), officers_of(ids, today=today)
    return [replace(row, flags=flags.get(row.school.pk, Counter()), officers=officers.get(row.school.pk, [])) for row in rows]


def not_supplied(rows: Iterable[SchoolRow]) -> list[Gap]:
    """The schools to name under a total of these rows, because registers of theirs are missing from it."""
    return [gap for row in rows for gap in row.gaps]


def reach_in_words(total: SchoolFigures, year: int) -> str:
    """How far these registers reach, for a file."""
    name = f"{year}/{(year + 1) % 100:02d}"
    return f"School year {name} to date: registers to {total.latest.date:%A %-d %B %Y}." if total.latest else f"No register of {name} yet."


def of_children_in_words(user: User, form: BaseForm, *, today: dt.date) -> list[str]:
    """What a file that names children says of itself: how far its registers reach, what was chosen, how to keep it."""
    reach = max(figures.latest_sessions(School.objects.visible_to(user).values_list("pk", flat=True), today=today).values(), default=None)
    return [
        reach_in_words(SchoolFigures(latest=reach), academic_year(today)),
        downloads.filters_in_words(form),
        "Source: the registers of the authority’s schools, as loaded. It names children: keep it as safe as their records.",
    ]


def not_supplied_in_words(found: Iterable[Gap]) -> list[str]:
    """Whose registers are missing from these figures, for a file: a sentence each."""
    said = []
    for gap in found:
        which = "In these figures in part" if gap.in_part else "Not in these figures"
        end = f"registers end on {gap.reach:%-d %B %Y}, " if gap.ends else ""
        said.append(f"{which}: {gap.school.name}, {end}no registers from {gap.start:%-d %B %Y} to {gap.last:%-d %B %Y}.")
    return said


def with_contact(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """Adds `contact`, the name of the school's single point of contact, for `to_ring`."""
    there = Posting.objects.on(today).filter(part=Posting.Part.CONTACT, user__is_active=True, school=OuterRef("pk"))
    return schools.annotate(contact=Subquery(there.order_by("user__name").values("user__name")[:1]))


def to_ring(rows: Sequence[SchoolRow]) -> list[tuple[SchoolRow, str]]:
    """Silent schools, the longest silent first, each with who to ring there: its contact (read `with_contact`), else its head."""
    silent = [(row.silence.days, row) for row in rows if row.silence]
    silent.sort(key=lambda pair: (-pair[0], pair[1].school.sort_name))
    return [(row, row.school.contact or row.school.head_name) for _, row in silent]  # type: ignore[attr-defined]


def _on_roll(schools: Sequence[School], today: dt.date) -> dict[int, int]:
    if all(hasattr(school, "on_roll") for school in schools):
        return {school.pk: school.on_roll for school in schools}  # type: ignore[attr-defined]
    there = Enrolment.objects.filter(school__in=[school.pk for school in schools]).on_roll(today)
    return dict(there.values_list("school").annotate(n=Count("pupil", distinct=True)))


def officers_of(school_ids: Iterable[int], *, today: dt.date) -> dict[int, list[str]]:
    """Names of those who are each school's contact in the authority today, the lead first. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    current = Posting.objects.on(today).filter(school__any_of=list(school_ids), part__in=[Posting.Part.LEAD, Posting.Part.COVER])
    for school, name in current.order_by("-part", "user__name").values_list("school", "user__name"):
        found[school].append(name)
    return found


@dataclass(frozen=True, slots=True)
class FlagCount:
    """Pupils with one flag open: how many, of how many it was noticed lately, and since when the first of them has it."""

    code: str
    pupils: int
    new: int
    first: dt.date | None

    @property
    def name(self) -> str:
        return FLAG_NAMES[self.code]


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """Open flags to act on, by urgency. One pupil may have several."""

    of_code: dict[str, FlagCount]
    new_pupils: int  # with any that was noticed lately
    unplanned: int = 0  # severely absent and without a plan

    @property
    def by_code(self) -> list[tuple[str, str, int]]:
        return [(count.code, count.name, count.pupils) for count in self.of_code.values()]

    @property
    def new(self) -> int:
        return sum(count.new for count in self.of_code.values())


LATELY = dt.timedelta(days=7)  # how long a flag is new


def flag_counts(user: User, *, today: dt.date) -> FlagCounts:
    """Of the pupils the user may see, flags to act on; those that rest on little data are left out. One query."""
    lately = Q(noticed_at__gte=_lately(today))
    flags = Flag.objects.visible_to(user).open().to_act_on().of_children_known_once()
    by_code = flags.order_by().values_list("code").annotate(n=Count("pk"), new=Count("pk", filter=lately), first=Min("opened"))
    pupils = flags.filter(lately).order_by().values(which=Value("", CharField()))
    pupils = pupils.annotate(n=Count("pupil", distinct=True), new=Value(0), first=Value(None, DateField()))
    bare = casework_reports.severe_without_plan(user).order_by().values(which=Value(_UNPLANNED, CharField()))
    bare = bare.annotate(n=Count("pk", distinct=True), new=Value(0), first=Value(None, DateField()))
    also = [part.values_list("which", "n", "new", "first") for part in (pupils, bare)]
    rows = {code: (n, new, first) for code, n, new, first in by_code.union(*also, all=True)}
    (new_pupils, *_), (unplanned, *_) = rows.pop("", (0,)), rows.pop(_UNPLANNED, (0,))
    return FlagCounts({code: FlagCount(code, *rows.get(code, (0, 0, None))) for code in TO_ACT_ON}, new_pupils, unplanned)


_UNPLANNED = "unplanned"  # beside the codes of flags


def new_flags(user: User, counts: FlagCounts, *, today: dt.date, most: int) -> FlagQuerySet:
    """Flags to act on that were noticed lately, those to look at first: of no more codes than it takes for `most` of them."""
    codes: list[str] = []
    for code in TO_ACT_ON:
        if sum(counts.of_code[known].new for known in codes) < most:
            codes.append(code)
    flags = Flag.objects.visible_to(user).open().to_act_on().of_children_known_once().filter(code__in=codes, noticed_at__gte=_lately(today))
    urgency = Case(*(When(code=code, then=place) for place, code in enumerate(TO_ACT_ON)))
    return flags.order_by(urgency, "-opened", "pupil__sort_name")


def _lately(today: dt.date) -> dt.datetime:
    return clock.start_of(today - LATELY)


def by_urgency(flags: Iterable[Flag]) -> list[Flag]:
    return sorted(flags, key=lambda flag: flag_codes.URGENT.index(flag.code))
