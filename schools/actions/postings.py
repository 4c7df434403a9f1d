"""Which user works with which school, from when to when; and inviting people straight into their schools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from accounts import actions as accounts_actions
from accounts import audit
from accounts.models import User
from schools.models import Posting, School

OF_AUTHORITY = (Posting.Part.LEAD, Posting.Part.COVER)
OF_SCHOOL = (Posting.Part.CONTACT, Posting.Part.STAFF)


class PostingProblem(ValueError):
    """Why a posting cannot be given or ended so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def usual_part(role: str) -> str | None:
    """What somebody of this role usually is to a school; None for those who see every school anyway."""
    return {"officer": Posting.Part.LEAD, "school_contact": Posting.Part.CONTACT, "school_staff": Posting.Part.STAFF}.get(role)


def _check(user: User, part: str, start: dt.date, end: dt.date | None) -> None:
    if not user.is_active:
        raise PostingProblem(f"{user} cannot sign in any more. Enable the user first.", "user")
    if user.as_role.every_school:
        raise PostingProblem(f"{user} is {user.as_role.name.lower()} and sees every school: a posting would change nothing", "user")
    if (part in OF_AUTHORITY) != user.as_role.in_authority:
        raise PostingProblem(f"“{Posting.Part(part).label}” does not fit {user}, who is {user.as_role.name.lower()}", "part")
    if end and end < start:
        raise PostingProblem("The last day must be on or after the first day", "end")


@transaction.atomic
def give_postings(
    *,
    by: User | None,
    today: dt.date,
    user: User,
    schools: Sequence[School],
    part: str,
    start: dt.date,
    end: dt.date | None = None,
    throughout: bool = False,
) -> list[Posting]:
    """Post a user to schools. Where they are posted already, that posting stands; `throughout`: only if it holds on each of these days."""
    _check(user, part, start, end)
    held = Posting.objects.standing(start).filter(user=user, school__in=schools)
    if end:
        held = held.filter(start__lte=end)
    if throughout:
        held = held.filter(start__lte=start).filter(Q(end=None) if end is None else Q(end=None) | Q(end__gte=end))
    already = set(held.values_list("school", flat=True))
    given = [Posting(user=user, school=school, part=part, start=start, end=end) for school in schools if school.pk not in already]
    Posting.objects.bulk_create(given, ignore_conflicts=throughout)
    if given:
        audit.record("gave posting", by=by, subject=user, part=part, start=start.isoformat(), schools=[p.school.urn for p in given])
    return given


@transaction.atomic
def end_posting(*, by: User | None, today: dt.date, posting: Posting, end: dt.date) -> Posting:
    """The last day on which the user works with the school. History stays with the school."""
    if end < posting.start:
        raise PostingProblem(f"The last day must be on or after {posting.start:%-d %B %Y}, the first day", "end")
    posting.end = end
    posting.save(update_fields=["end"])
    audit.record("ended posting", by=by, subject=posting.user, urn=posting.school.urn, end=end.isoformat())
    return posting


@transaction.atomic
def invite(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    name: str,
    email: str,
    role: str,
    schools: Sequence[School] = (),
    part: str | None = None,
) -> User:
    """Make a user who has yet to choose a password, and post them to their schools. The e-mail is the door's to send."""
    user = accounts_actions.invite(by=by, now=now, name=name, email=email, role=role)
    wanted = part or usual_part(role)
    if schools and wanted:
        give_postings(by=by, today=today, user=user, schools=schools, part=wanted, start=today)
    return user


@transaction.atomic
def correct_user(*, by: User, today: dt.date, user: User, name: str, role: str) -> list[str]:
    """Change a name or role. Postings that do not fit the new role end the day before, or today if they began today."""
    changed = accounts_actions.correct_user(by=by, user=user, name=name, role=role)
    if "role" not in changed:
        return changed
    fitting = () if user.as_role.every_school else OF_AUTHORITY if user.as_role.in_authority else OF_SCHOOL
    standing = Posting.objects.standing(today).filter(user=user).exclude(part__in=fitting)
    for posting in standing.select_related("school", "user"):
        end_posting(by=by, today=today, posting=posting, end=max(posting.start, today - dt.timedelta(days=1)))
    return changed
