"""Joint enquiries: both sides record what they asked and conclude; and what a deletion needs of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from accounts import audit
from accounts.models import User
from schools import deletions
from schools.models import EnquiryStep, Enrolment, JointEnquiry

Side = EnquiryStep.Side
_USED_BEFORE = "This form was sent before, about another enquiry. Nothing of yours was saved; send it again."


class EnquiryProblem(ValueError):
    """Why an enquiry cannot be written so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def side_of(user: User) -> str:
    return Side.AUTHORITY if user.as_role.in_authority else Side.SCHOOL


def enquired(enrolments: Iterable[int]) -> dict[int, deletions.Enquired]:
    """How far the open enquiry of each of these enrolments has come. One query."""
    open_ = JointEnquiry.objects.open().filter(enrolment__in=list(enrolments))
    asked = open_.annotate(
        by_school=Count("steps", filter=Q(steps__side=Side.SCHOOL)), by_authority=Count("steps", filter=Q(steps__side=Side.AUTHORITY))
    )
    return {
        one.enrolment_id: deletions.Enquired(
            one.days, one.last, bool(one.by_school), bool(one.by_authority), one.school_cause, one.authority_cause
        )
        for one in asked
    }


def check_deletion(enrolment: Enrolment, *, said_by_hand: bool = False) -> str:
    """Why this ended enrolment must not be: "" where nothing stands against it. By hand, a ground is asked for where a joint enquiry is
    open: a name with no ground would go round it."""
    found = enquired([enrolment.pk]).get(enrolment.pk)
    if said_by_hand and found is not None and not enrolment.ground:
        return "A joint enquiry about this child is open. Say on which ground the name is deleted; the child stays on roll until then."
    return deletions.why_not(enrolment.ground, found)


def close_deleted(enrolments: Iterable[Enrolment], *, today: dt.date) -> None:
    """An enquiry ends with the enrolment it is about. One query where none of them has one."""
    ended = {enrolment.pk: enrolment for enrolment in enrolments if enrolment.end}
    if not ended:
        return
    for pk in JointEnquiry.objects.open().filter(enrolment__in=list(ended)).values_list("enrolment", flat=True):
        enrolment = ended[pk]
        why = deletions.NAMES.get(enrolment.ground, "none was given")
        said = f"Last day on roll {enrolment.end:%-d %B %Y}. Ground: {why[:1].lower()}{why[1:]}."
        JointEnquiry.objects.open().filter(enrolment=enrolment).update(closed=today, outcome=JointEnquiry.Outcome.DELETED, closing=said)


def _hold(enquiry: JointEnquiry) -> JointEnquiry:
    held = JointEnquiry.objects.select_for_update(of=("self",)).select_related("enrolment__pupil", "enrolment__school").get(pk=enquiry.pk)
    if held.closed:
        raise EnquiryProblem(f"This enquiry was closed on {held.closed:%-d %B %Y}. Nothing of yours was saved.")
    return held


@transaction.atomic
def record_step(
    *, by: User, today: dt.date, now: dt.datetime, enquiry: JointEnquiry, what: str, day: dt.date, found: str,
    form_token: uuid.UUID | None = None,
) -> EnquiryStep:  # fmt: skip
    """Write down what the user's side asked and what it learnt. A form that is sent twice writes once."""
    held = _hold(enquiry)
    if day > today:
        raise EnquiryProblem("An enquiry is written down once it has been made: the date cannot be after today", "day")
    if day < held.first:
        raise EnquiryProblem(f"The absence began on {held.first:%-d %B %Y}: the enquiry cannot be from before it", "day")
    if not found.strip():
        raise EnquiryProblem("Enter what you learnt, even if it is nothing", "found")
    try:
        with transaction.atomic():
            step = EnquiryStep.objects.create(
                enquiry=held, side=side_of(by), what=what, day=day, found=found, by=by, by_name=by.name, at=now, form_token=form_token
            )
    except IntegrityError:
        if form_token and (written := EnquiryStep.objects.filter(form_token=form_token, enquiry=held).first()):
            return written
        raise EnquiryProblem(_USED_BEFORE) from None
    audit.record("recorded enquiry", by=by, subject=held, side=step.side, what=what)
    return step


@transaction.atomic
def conclude(*, by: User, today: dt.date, enquiry: JointEnquiry, cause: bool, words: str) -> JointEnquiry:
    """Say for the user's side whether there is a reasonable ground to believe in sickness or an unavoidable cause."""
    held, side = _hold(enquiry), side_of(by)
    if not held.steps.filter(side=side).exists():
        raise EnquiryProblem("Record at least one enquiry of your side before you conclude")
    if not words.strip():
        raise EnquiryProblem("Enter what you conclude this from", "words")
    for name, value in (("cause", cause), ("words", words), ("by", by), ("on", today)):
        setattr(held, f"{side}_{name}", value)
    held.save()
    audit.record("concluded enquiry", by=by, subject=held, side=side, cause=cause)
    return held
