"""A school's practice as packs and agendas read it, for any (school, day): its self-check, and what checks, reviews and plans left open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from attendance.matrix import academic_year
from meetings.models import AttendanceReview, PlanStep, SchoolPlan, SelfCheck
from meetings.touch import checklist
from schools.models import School


@dataclass(frozen=True, slots=True)
class CheckState:
    """A school's check of the school year of a day. `check`: None where it has not been begun."""

    year: int
    check: SelfCheck | None
    answered: int
    of: int
    open: Sequence[tuple[checklist.Question, str, str]]  # what is not yet, or in part, so; with answer and note

    @property
    def sent(self) -> bool:
        return self.check is not None and self.check.status != SelfCheck.Status.DRAFT

    @property
    def words(self) -> str:
        return self.check.get_status_display() if self.check else "Not begun"


def _state(check: SelfCheck | None, year: int) -> CheckState:
    answers = check.answers if check else {}
    every = len(checklist.QUESTIONS)
    return CheckState(year, check, every - len(checklist.unanswered(answers)), every, checklist.still_open(answers))


def self_check_of(school: School, day: dt.date) -> CheckState:
    """The school's self-check of the school year in which `day` lies. One query."""
    year = academic_year(day)
    return _state(SelfCheck.objects.filter(school=school, year=year).select_related("sent_by", "seen_by").first(), year)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that a school has still to do. `address`: name of a page, opened with `address_pk`."""

    kind: str  # "plan", "check", "review"
    words: str
    owner: str
    due: dt.date | None
    late: bool
    address: str
    address_pk: int


def open_items_of(school: School, day: dt.date, *, check: CheckState | None = None) -> list[OpenItem]:
    """What is open on `day`: aims of the school's plans, what its sent self-check says is not yet so, and what the last shared review
    recommends. The longest due first. Names no child. Three queries, two where the `check` has been read.
    """
    steps = PlanStep.objects.filter(plan__school=school, done_on__isnull=True).order_by("due", "pk")
    found = [OpenItem("plan", one.aim, one.owner, one.due, one.due < day, "plan_step", one.pk) for one in steps]
    check = check or self_check_of(school, day)
    if check.check and check.sent:
        words = ((question.step, said, note) for question, said, note in check.open)
        found += [
            OpenItem("check", f"{step} ({said.lower()}{f': {note}' if note else ''})", "the school", None, False, "self_check", school.urn)
            for step, said, note in words
        ]
    review = AttendanceReview.objects.filter(school=school, status=AttendanceReview.Status.SHARED, day__lte=day).order_by("-day").first()
    if review and academic_year(review.day) >= academic_year(day) - 1:
        words_ = f"Recommended at the attendance review: {review.recommendations}"
        found.append(OpenItem("review", words_, "the school", None, False, "review", review.pk))
    return found


def plan_of(school: School, day: dt.date) -> SchoolPlan | None:
    """The school's action plan of the school year. One query."""
    return SchoolPlan.objects.filter(school=school, year=academic_year(day)).select_related("signed_by").first()


def checks(user: User, *, today: dt.date) -> list[tuple[School, CheckState]]:
    """This year's check of each of the user's open schools, those missing first. Two queries."""
    year = academic_year(today)
    schools = list(School.objects.visible_to(user).open_on(today).order_by("sort_name"))
    known = {check.school_id: check for check in SelfCheck.objects.filter(year=year, school__any_of=[school.pk for school in schools])}
    rows = [(school, _state(known.get(school.pk), year)) for school in schools]
    order = {None: 0, SelfCheck.Status.DRAFT: 1, SelfCheck.Status.SENT: 2, SelfCheck.Status.SEEN: 3}
    return sorted(rows, key=lambda row: (order[SelfCheck.Status(row[1].check.status) if row[1].check else None], row[0].sort_name))
