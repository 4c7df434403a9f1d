"""Reads about cases for the pages of this app and of those above: what needs somebody today, who carries how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case as DbCase
from django.db.models import Count, DateField, Exists, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Concat, JSONObject

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures, Flag
from attendance.words import plural, say_day
from casework.models import Case, CaseQuerySet, Contact, Cover, Plan, PlanAction, Visit
from casework.models.cases import of_theirs
from casework.worklist import Group
from schools.models import Enrolment, Posting, Pupil, School

PLAN_WITHIN_DAYS = 14  # calendar days: ten school days without holidays in between
CONTACT_WITHIN_DAYS = 20
WORKERS = [role for role in ROLES.values() if Permission.WORK_CASES in role.permissions]


def officers_for(schools: Iterable[int], *, today: dt.date) -> QuerySet[User]:
    """Who may be given cases of these schools: the officers posted there, and those who work cases everywhere."""
    posted = Posting.objects.on(today).filter(school__in=list(schools), part__in=[Posting.Part.LEAD, Posting.Part.COVER])
    near = Q(role__in=[role.code for role in WORKERS if not role.every_school], pk__in=posted.values("user"))
    everywhere = Q(role__in=[role.code for role in WORKERS if role.every_school])
    return User.objects.filter(near | everywhere, is_active=True).order_by("name", "pk")


def held(today: dt.date, of: str = "") -> DbCase:
    """Can the `officer` of a thing still see what is of its `school`? One who left, or was posted elsewhere, holds it in name only."""
    here = Posting.objects.on(today).filter(user=OuterRef(f"{of}officer"), school=OuterRef(f"{of}school"))
    everywhere = [role.code for role in WORKERS if role.every_school]
    works = Q(**{f"{of}officer__is_active": True}) & (Q(**{f"{of}officer__role__in": everywhere}) | Q(Exists(here)))
    return DbCase(When(works, then=Value(True)), default=Value(False))


def with_work(cases: CaseQuerySet, *, today: dt.date) -> CaseQuerySet:
    """Adds `plan_review` (of the current plan; None without one), `last_contact` (None where nobody was tried),
    `follow_up` (when the next contact is due; None where no date stands) and `held`: is there an officer who can still see the case?"""
    review = Plan.objects.current().filter(case=OuterRef("pk")).values("review")[:1]
    tried = Contact.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(last=Max("day")).values("last")
    next_contact = Contact.objects.to_follow().filter(case=OuterRef("pk")).order_by("follow_up").values("follow_up")[:1]
    return cases.annotate(
        plan_review=Subquery(review),
        last_contact=Subquery(tried, output_field=DateField()),
        follow_up=Subquery(next_contact),
        held=held(today),
    )


def with_figures(cases: CaseQuerySet, user: User, *, today: dt.date) -> CaseQuerySet:
    """Adds `possible` and `absent`: sessions of the pupil's academic year so far, of a school's own roll only where a school asks."""
    year = EnrolmentFigures.objects.filter(pupil=OuterRef("pupil"), year=academic_year(today)).order_by()
    if not user.as_role.in_authority:
        year = year.filter(school__in=School.objects.visible_to(user))
    sums = year.values("pupil")
    return cases.annotate(
        possible=Subquery(sums.annotate(n=Sum("possible")).values("n"), output_field=IntegerField()),
        absent=Subquery(sums.annotate(n=Sum(F("authorised") + F("unauthorised"))).values("n"), output_field=IntegerField()),
    )


def case_of(pupil: Pupil, user: User) -> Case | None:
    """The pupil's open case, where the user may see it."""
    return Case.objects.visible_to(user).open().filter(pupil=pupil).select_related("officer", "opened_by", "school", "pupil").first()


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for somebody today, and why. `address_name` and `address_pk` say where it is done."""

    title: str
    why: str
    day: dt.date | None
    address_name: str
    address_pk: int | None  # None: a list
    urgency: int  # 1 first
    group: Group | None = None  # of an officer's work today, where the address does not say it
    count: int | None = None  # of what a line stands for: a line that was dismissed comes back when there are more
    mark: str = ""  # tells lines of one list from each other


def needs_today(user: User, *, today: dt.date, at: dt.time = dt.time.min) -> list[Need]:
    """What waits for this user: their own cases and actions, new cases that nobody has, people who are not back from a visit; for a
    school its own actions. `at`: the time of day, of which alone it depends who is not back today. Two queries."""
    if not user.may(Permission.SEE_CASES):
        return []
    found = _of_actions_and_visits(user, today, at)
    if user.may(Permission.WORK_CASES):
        found += _of_cases(user, today)
    return sorted(found, key=lambda need: (need.urgency, need.day or today, need.title))


def _of_actions_and_visits(user: User, today: dt.date, at: dt.time) -> list[Need]:
    """Actions overdue and due today; a school is told a week ahead, as it is not here every day. And who is not back. One query."""
    actions = PlanAction.objects.visible_to(user).open()
    if user.may(Permission.WORK_CASES):
        ours = Q(plan__case__officer=user) | Q(plan__case__officer__in=Cover.objects.by(user, today).values("officer"))
        actions = actions.filter(ours, owner=PlanAction.Owner.OFFICER, due__lte=today)
    elif user.may(Permission.LOG_PROGRESS):
        actions = actions.filter(owner=PlanAction.Owner.SCHOOL, due__lte=today + dt.timedelta(days=7))
    else:
        return []
    pupil = Concat("plan__case__pupil__forename", Value(" "), "plan__case__pupil__surname")
    action = actions.order_by().annotate(row=JSONObject(pk="pk", day="due", what="what", pupil=pupil)).values_list("row", flat=True)
    late = Visit.objects.watched_by(user).overdue(today, at).order_by()
    visit = late.annotate(row=JSONObject(officer="officer", name="officer__name", day="day", back_by="back_by", place="place")).values_list(
        "row", flat=True
    )
    rows = list(action.union(visit, all=True)) if user.may(Permission.WORK_CASES) else list(action)
    return [_of_action(row, today) if "pk" in row else _of_visit(row, user, today) for row in sorted(rows, key=lambda row: row["day"])]


def _of_action(row: dict[str, Any], today: dt.date) -> Need:
    due = dt.date.fromisoformat(row["day"])
    return Need(
        title=f"{row['pupil'].strip()}: {row['what']}",
        why=_when(due, today),
        day=due,
        address_name="plan_action_close",
        address_pk=row["pk"],
        urgency=1 if due < today else 2 if due == today else 5,
    )


def _of_visit(row: dict[str, Any], user: User, today: dt.date) -> Need:
    """No child is named: whoever knows of a visit need not work with the child."""
    day = dt.date.fromisoformat(row["day"])
    return Need(
        title="You have not checked out of a visit" if row["officer"] == user.pk else f"{row['name']} has not checked out of a visit",
        why=f"To be back by {row['back_by'][:5]}{'' if day == today else ' on ' + say_day(day)}, at {row['place']}.",
        day=day,
        address_name="visits",
        address_pk=None,
        urgency=-1,  # before any child: somebody may be in danger at this moment
        mark=f"{row['officer']}:{day}:{row['back_by'][:5]}",  # dismissed, it is this visit's alarm and no later one's
    )


def _when(day: dt.date, today: dt.date) -> str:
    if day == today:
        return "Due today."
    if day > today:
        return f"Due on {say_day(day)}."
    return f"Was due on {say_day(day)}, {plural((today - day).days, 'day')} ago."


def _of_cases(user: User, today: dt.date) -> list[Need]:
    standing_in = Cover.objects.by(user, today).values("officer")
    ours = with_work(Case.objects.visible_to(user).open(), today=today)
    mine = Q(officer=user) | Q(officer__in=standing_in)
    # whoever gives out cases for the whole team is told of all that wait in one line (`triage.needs_today`)
    ours = ours.filter(mine if user.may(Permission.ALLOCATE_CASES) else mine | Q(held=False))
    rolls = Enrolment.objects.on_roll(today).filter(pupil=OuterRef("pupil"))
    ours = ours.annotate(
        here=Exists(rolls.filter(school=OuterRef("school"))), now_at=Subquery(rolls.order_by("kind", "-start").values("school__name")[:1])
    )
    found = []
    for case in ours.select_related("pupil", "school", "officer"):
        of_case = _of_case(case, user, today)
        if case.officer_id != user.pk and case.held:  # type: ignore[attr-defined]
            of_case = [replace(need, why=f"{need.why} You stand in for {case.officer}.") for need in of_case]
        found += of_case
    return found


def _of_case(case: Case, user: User, today: dt.date) -> list[Need]:
    name, found = str(case.pupil), []
    review, tried = case.plan_review, case.last_contact  # type: ignore[attr-defined]
    if case.officer_id != user.pk and not case.held:  # type: ignore[attr-defined]
        why = f"{case.get_origin_display()}, {case.school}, {case.get_reason_display().lower()}. Opened on {say_day(case.opened)}."
        if case.officer:
            why = f"{case.officer} works with {case.school} no longer. Assign the case to somebody else."
            return [Need(f"{name}: case left without an officer", why, case.opened, "case_assign", case.pk, 3)]
        return [Need(f"{name}: new case without an officer", why, case.opened, "case_assign", case.pk, 3)]
    if not case.here:  # type: ignore[attr-defined]
        found.append(_left(case))
    if review and review <= today:
        why = "The plan is to be reviewed today." if review == today else f"The review was due on {say_day(review)}."
        found.append(Need(f"{name}: review the plan", why, review, "case_plan_review", case.pk, 1 if review < today else 2))
    if review is None and (today - case.opened).days > PLAN_WITHIN_DAYS:
        why = f"The case has been open for {(today - case.opened).days} days, since {say_day(case.opened)}, and has no plan."
        found.append(Need(f"{name}: agree a plan", why, case.opened, "case_plan", case.pk, 3))
    follow_up = case.follow_up  # type: ignore[attr-defined]
    if follow_up and follow_up <= today:
        why = f"The next contact was set for {'today' if follow_up == today else say_day(follow_up)}."
        found.append(Need(f"{name}: get in touch again", why, follow_up, "case_call", case.pk, 1 if follow_up < today else 2))
    since = max(tried or case.opened, case.opened)
    if follow_up is None and (today - since).days > CONTACT_WITHIN_DAYS:
        last = f"Nobody has been contacted for {(today - since).days} days, since {say_day(since)}."
        why = last if tried else f"No contact is recorded since the case was opened on {say_day(case.opened)}."
        found.append(Need(f"{name}: get in touch", why, since, "case_contact", case.pk, 4))
    return found


def _left(case: Case) -> Need:
    now_at: str | None = case.now_at  # type: ignore[attr-defined]
    title = f"{case.pupil}: no longer at {case.school}"
    if now_at:
        why = f"On roll at {now_at} today. Move the case there, or close it with what came of it."
        return Need(title, why, None, "case_assign", case.pk, 3)
    why = "On no roll we know of today. Find out where the child is; then close the case with what came of it."
    return Need(title, why, None, "case", case.pk, 3)


# how long a case has been open: its name, from how many weeks on, and to less than how many
AGES: dict[str, tuple[str, int, int | None]] = {
    "new": ("Under 4 weeks", 0, 4),
    "middle": ("4 to under 12 weeks", 4, 12),
    "old": ("12 weeks or more", 12, None),
}


def aged(age: str, *, today: dt.date) -> Q:
    """Cases that have been open for one of AGES."""
    _, least, most = AGES[age]
    found = Q(opened__lte=today - dt.timedelta(weeks=least))
    return found if most is None else found & Q(opened__gt=today - dt.timedelta(weeks=most))


@dataclass(frozen=True, slots=True)
class Caseload:
    """What one officer carries."""

    open: int = 0
    overdue_reviews: int = 0
    without_plan: int = 0
    old: int = 0  # open for 12 weeks or more
    oldest: dt.date | None = None  # when the first of them was opened


def caseload(users: Iterable[User], *, today: dt.date) -> dict[int, Caseload]:
    """Open cases of each officer; one without any is there too. One query."""
    ids = [user.pk for user in users]
    plan = Plan.objects.current().filter(case=OuterRef("pk"))
    cases = Case.objects.open().filter(officer__in=ids).annotate(has_plan=Exists(plan), late=Exists(plan.filter(review__lt=today)))
    rows = cases.order_by().values_list("officer").annotate(
        n=Count("pk"), late_=Count("pk", filter=Q(late=True)), bare=Count("pk", filter=Q(has_plan=False)),
        old=Count("pk", filter=aged("old", today=today)), oldest=Min("opened"),
    )  # fmt: skip
    found = {pk: Caseload() for pk in ids}
    return found | {officer: Caseload(*carried) for officer, *carried in rows if officer}


def severe_without_plan(user: User) -> QuerySet[Pupil]:
    """Pupils with an open, well-founded flag for severe absence and no current plan: guidance asks for a plan for every one.

    A school is not told of a plan under another school's case, by this number neither.
    """
    flagged = Flag.objects.open().well_founded().filter(code=Flag.Code.SEVERE).values("pupil")
    planned = Plan.objects.current().filter(of_theirs(user, "case__"), case__closed=None).values("case__pupil")
    return Pupil.objects.visible_to(user).filter(pk__in=flagged, merged_into=None).exclude(pk__in=planned)


def severe_by_school(schools: Iterable[int], *, day: dt.date) -> dict[int, tuple[int, int]]:
    """As they stood on a day: pupils on roll with a well-founded flag for severe absence, and how many of them had no plan. One query.

    A school without such a pupil is left out.
    """
    flagged = Flag.objects.well_founded().filter(code=Flag.Code.SEVERE, opened__lte=day, withdrawn=None, pupil=OuterRef("pupil"))
    case = Q(case__closed=None) | Q(case__closed__gt=day)
    planned = Plan.objects.filter(case, Q(ended=None) | Q(ended__gt=day), start__lte=day, case__pupil=OuterRef("pupil"))
    spells = Enrolment.objects.on_roll(day).filter(
        Exists(flagged.filter(Q(cleared=None) | Q(cleared__gt=day))), school__in=list(schools), pupil__merged_into=None
    )
    rows = (
        spells.annotate(planned=Exists(planned))
        .order_by()
        .values_list("school")
        .annotate(every=Count("pupil", distinct=True), bare=Count("pupil", distinct=True, filter=Q(planned=False)))
    )
    return {school: (every, bare) for school, every, bare in rows}
