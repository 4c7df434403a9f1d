"""Tasks of this part: what a school or the team has to do about a child who is missing, enquired about, or has a social worker.

Each stands as long as what it is about wants it (casework.actions.tasks.keep_tasks), and ends when that has been recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db.models import OuterRef, Q, Subquery

from accounts.models import User
from attendance.words import say_day
from casework.actions.tasks import ToDo, complete_task, keep_tasks
from casework.models import MissingCheck, MissingChild, PlaceApplication, Task, TellWorker
from schools import calendar
from schools.models import Enrolment, JointEnquiry

_ENQUIRY_DAYS = 5  # working days for each side; half of what is left until ground I could be met
_CHECK_DAYS = 10  # working days without a reply
_WT = "“Working together to improve school attendance” (2024), pupils with a social worker"


def key_of_worker(task: TellWorker) -> str:
    return f"tell-worker:{task.pk}"


def key_of_enquiry(enquiry: JointEnquiry, side: str) -> str:
    return f"joint-enquiry:{enquiry.pk}:{side}"


def key_of_first_day(enrolment: int, day: dt.date) -> str:
    return f"first-day:{enrolment}:{day.isoformat()}"


def keep_first_days(of: Q, away: Iterable[tuple[Enrolment, dt.date, str]], *, today: dt.date, now: dt.datetime) -> None:
    """`away`: first mornings of absence without a reason, with their codes, that nobody has answered. Who answers late still answers."""
    wanted = [
        ToDo(
            source_key=key_of_first_day(enrolment.pk, day),
            kind=Task.Kind.FIRST_DAY_CALL,
            title="Find out where this child is",
            why=f"Absent on the morning of {say_day(day)} ({code}), the first day, and has a social worker. Source: {_WT}.",
            due=day,
            side=Task.Side.OFFICER,
            pupil_id=enrolment.pupil_id,
            school_id=enrolment.school_id,
            address_name="first_day",
            by_hand=False,
        )
        for enrolment, day, code in away
    ]
    standing = Task.objects.filter(of).of_kind(Task.Kind.FIRST_DAY_CALL)
    if wanted or standing.open().exists():
        over = "Answered, no first day of absence by the marks as they stand now, or longer ago than three days."
        keep_tasks(by=None, today=today, now=now, standing=standing, wanted=wanted, over=over)


def keep(of: Q, *, today: dt.date, now: dt.datetime) -> None:
    """Bring the tasks of some pupils, or of some schools' pupils, into step. `of`: as of enrolments, by `pupil` or `school`."""
    kinds = (Task.Kind.SOCIAL_WORKER, Task.Kind.JOINT_ENQUIRY, Task.Kind.MISSING)
    ours = _of_enrolments(of)
    wanted = [*_workers(ours), *_enquiries(ours), *_missing(of, today)]
    keys = ("tell-worker:", "joint-enquiry:", "missing:")
    begins = Q()
    for key in keys:
        begins |= Q(source_key__startswith=key)
    standing = Task.objects.filter(begins, of).of_kind(*kinds)
    if wanted or standing.open().exists():
        keep_tasks(by=None, today=today, now=now, standing=standing, wanted=wanted, over="What it was about is no longer so.")


def _of_enrolments(of: Q) -> Q:
    """The same condition by way of `enrolment`."""
    return Q(*[(f"enrolment__{name}", value) for name, value in of.children])  # type: ignore[misc]


def _workers(of: Q) -> Iterator[ToDo]:
    for task in TellWorker.objects.open().filter(of).select_related("enrolment"):
        matter = "the absence" if task.about == TellWorker.About.ABSENCE else "the deletion from the roll"
        yield ToDo(
            source_key=key_of_worker(task),
            kind=Task.Kind.SOCIAL_WORKER,
            title=f"Tell the social worker of {matter}",
            why=f"{task.evidence} Say when the social worker was told, by whom, and what they answered. Source: {_WT}.",
            due=task.due,
            side=Task.Side.SCHOOL,
            pupil_id=task.enrolment.pupil_id,
            school_id=task.enrolment.school_id,
            address_name="tell_worker",
            address_pk=task.pk,
            by_hand=False,
        )


def _enquiries(of: Q) -> Iterator[ToDo]:
    sides = ((Task.Side.SCHOOL, "school"), (Task.Side.OFFICER, "authority"))
    for enquiry in JointEnquiry.objects.open().filter(of).select_related("enrolment"):
        for side, name in sides:
            if getattr(enquiry, f"{name}_cause") is None:
                yield ToDo(
                    source_key=key_of_enquiry(enquiry, name),
                    kind=Task.Kind.JOINT_ENQUIRY,
                    title=f"Joint enquiry: record and conclude what the {name} asked",
                    why=f"{enquiry.evidence} School and authority both enquire before any name is deleted. Source: SI 2024/208 reg 9(1).",
                    due=calendar.working_days_after(enquiry.opened, _ENQUIRY_DAYS),
                    side=side,
                    pupil_id=enquiry.enrolment.pupil_id,
                    school_id=enquiry.enrolment.school_id,
                    address_name="enquiry",
                    address_pk=enquiry.pk,
                    by_hand=False,
                )


def _missing(of: Q, today: dt.date) -> Iterator[ToDo]:
    waiting = MissingCheck.objects.filter(child=OuterRef("pk"), result=MissingCheck.Result.WAITING)
    late = waiting.filter(day__lte=_working_days_before(today, _CHECK_DAYS))
    children = MissingChild.objects.open().filter(of).annotate(late=Subquery(late.order_by("day").values("day")[:1]))
    offers = PlaceApplication.Decision.OFFERED
    for child in children.prefetch_related("applications__school", "decisions"):
        if child.officer_id is None:
            yield _about(child, "lead", "Say who leads on this child", child.words[:600], calendar.working_days_after(child.opened, 1))
        if child.late:  # type: ignore[attr-defined]
            why = f"A check has had no reply for {_CHECK_DAYS} working days. Ask again, or record what came back."
            yield _about(child, "reply", "Ask again where nobody has replied", why, calendar.working_days_after(child.late, _CHECK_DAYS))
        for offer in child.applications.all():
            if offer.decision == offers and offer.starts and offer.starts < today:
                why = f"A place at {offer.where} was to start on {say_day(offer.starts)}. No present mark has come."
                due = calendar.working_days_after(offer.starts, 1)
                yield _about(child, f"start:{offer.pk}", "Ask the school whether the child came", why, due)
        for one in child.decisions.all():
            if one.due and one.due <= today + dt.timedelta(days=14):
                why = f"Decided at the meeting of {say_day(one.meeting)}: {one.get_decision_display().lower()}. {one.words}"
                yield _about(child, f"decision:{one.pk}", f"Meeting: {one.agency or 'what was decided'}"[:200], why, one.due, by_hand=True)


def _about(child: MissingChild, what: str, title: str, why: str, due: dt.date, *, by_hand: bool = False) -> ToDo:
    return ToDo(
        source_key=f"missing:{child.pk}:{what}",
        kind=Task.Kind.MISSING,
        title=title,
        why=why,
        due=due,
        side=Task.Side.OFFICER,
        officer_id=child.officer_id,
        pupil_id=child.pupil_id,
        school_id=child.school_id,
        address_name="missing_child",
        address_pk=child.pk,
        by_hand=by_hand,
    )


def _working_days_before(day: dt.date, number: int) -> dt.date:
    for _ in range(number):
        day = calendar.working_day_before(day)
    return day


def keep_of(pupils: Iterable[int], *, today: dt.date, now: dt.datetime) -> None:
    """After something was recorded about these children."""
    keep(Q(pupil__in=list(pupils)), today=today, now=now)


def done(source_key: str, *, by: User, today: dt.date, now: dt.datetime, words: str, day: dt.date | None = None) -> None:
    """What the task is about has just been recorded."""
    task = Task.objects.open().filter(source_key=source_key).first()
    if task is not None:
        complete_task(by=by, today=today, now=now, task=task, words=words, day=day, recorded=True)
