"""What officers find in the morning: deadlines of law, tasks of their schools, a school's replies, and lines that were dismissed."""

from __future__ import annotations

import datetime as dt
from itertools import islice

from accounts import audit
from accounts.clock import LONDON
from accounts.models import User
from attendance.models import Flag
from casework import actions
from casework.models import Dismissal, PlanAction, Task
from casework.worklist import Measure, Row
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from dashboards import needs
from legal.actions import keep_deadlines

_SAYS = "Children with a social worker: the school tells them on the first day of absence (Working together to improve school attendance)."


def tell(cast: Cast) -> int:
    """After cases and notices. Returns how many tasks."""
    count = keep_deadlines(pupils=None, schools=None, today=cast.today, now=cast.now)
    for officer in cast.officers:
        count += _of_schools(cast, officer)
        _replied(cast, officer)
        _dismissed(cast, officer)
    audit.record("Kept tasks of the demo", by=None, count=count)
    return count


def _of_schools(cast: Cast, officer: User) -> int:
    """Of children with a social worker who were flagged lately: the school says when it told them; one did, one is late."""
    flags = Flag.objects.visible_to(officer).open().filter(code=Flag.Code.FIRST).select_related("pupil").order_by("-opened", "pk")
    made = 0
    for number, flag in enumerate(islice(flags, 3)):
        spell = flag.pupil.enrolments.on_roll(cast.today).select_related("school").first()
        if spell is None:
            continue
        due = cast.at_work(flag.opened + ONE)
        task, _ = actions.open_task(
            by=None, today=cast.today, now=cast.moment(flag.opened, 10.5), source_key=f"demo:social-worker:{flag.pk}",
            kind=Task.Kind.SOCIAL_WORKER, title="Say when the social worker was told, and what they replied", why=_SAYS, due=due,
            side=Task.Side.SCHOOL, pupil=flag.pupil, school=spell.school,
        )  # fmt: skip
        made += 1
        contact = cast.contact_of.get(spell.school_id)
        if number == 1 and contact:
            day = max(cast.today - 2 * ONE, flag.opened)
            said = "Rang at 9.40 on the first day; she visits today and rings back."
            actions.complete_task(by=contact, today=cast.today, now=cast.moment(day, 14), task=task, words=said, day=day)
    return made


def _replied(cast: Cast, officer: User) -> None:
    """Two actions of the officer's cases that a school closed in the last days."""
    theirs = PlanAction.objects.open().filter(owner=PlanAction.Owner.SCHOOL, plan__case__officer=officer, plan__case__closed=None)
    for number, action in enumerate(theirs.filter(due__lte=cast.today).select_related("plan__case").order_by("-due", "pk")[:2]):
        contact = cast.contact_of.get(action.plan.case.school_id)
        if contact:
            day = cast.today - (number + 1) * ONE
            outcome = PlanAction.Outcome.DONE if number == 0 else PlanAction.Outcome.PARTLY
            actions.close_action(by=contact, today=day, now=cast.moment(day, 15), action=action, outcome=outcome)


def _dismissed(cast: Cast, officer: User) -> None:
    """Two lines the officer has dismissed: one stays so, the other has got worse since."""
    rows = [row for row in needs.of(officer, today=cast.today).rows if row.measure.sessions]
    for number, row in enumerate(rows[-2:]):
        day = cast.today - dt.timedelta(days=9 + number)
        then = _before(row.measure) if number == 0 else row.measure
        kept = Row(row.key, row.group, row.title, row.why, measure=then)
        actions.dismiss_rows(
            by=officer, owner=officer, today=day, now=dt.datetime.combine(day, dt.time(9, 20), LONDON), rows=[kept],
            reason=Dismissal.Reason.SCHOOL_LEADS, words="Head of year meets the parents.", until=cast.today + dt.timedelta(days=14),
        )  # fmt: skip


def _before(now: Measure) -> Measure:
    missed, possible = now.missed or 0, now.possible or 0
    return Measure(missed=max(missed - 8, 0), possible=max(possible - 8, 1), flags=now.flags)
