"""The pupils of a pack: who is flagged, with what is planned for them, who leads it and which services are in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from attendance import flag_codes, matrix
from attendance.models import EnrolmentFigures, Flag
from attendance.reports import peers
from attendance.reports.peers import Beside
from attendance.words import plural
from casework import stages
from casework.models import Barrier, Case, Plan, PlanAction
from dashboards.pack.registers import Registers, Spell
from meetings.models import Action, Item, Meeting
from schools.models import Characteristic, Enrolment, School

_TRAITS = dict(Characteristic.Kind.choices)
# Whom a recorded characteristic says to be at work with the child already
_SERVICES = {
    Characteristic.Kind.CP: "children’s social care (child protection plan)",
    Characteristic.Kind.CIN: "children’s social care (child in need)",
    Characteristic.Kind.CLA: "children’s social care and virtual school (looked after)",
    Characteristic.Kind.YJS: "youth justice service",
    Characteristic.Kind.EHCP: "SEND team (education, health and care plan)",
}
_WITH_PLAN = {Plan.Lead.EARLY_HELP, Plan.Lead.SOCIAL_CARE, Plan.Lead.HEALTH, Plan.Lead.SEND}


@dataclass(frozen=True, slots=True)
class OpenFlag:
    code: str
    reason: str
    low_data: bool
    opened: dt.date
    missed: int
    possible: int

    @property
    def name(self) -> str:
        """Within a sentence."""
        label = str(Flag.Code(self.code).label)
        return label[0].lower() + label[1:]


@dataclass(frozen=True)
class Flagged:
    """A pupil on roll with open flags, by code."""

    enrolment: int
    pupil: int
    name: str
    year_group: str
    sort: str
    flags: Mapping[str, OpenFlag]
    next_at: str = ""  # the school on whose roll they will be, where that is known and may be told
    last_absent: int = 0  # at other schools, last school year; for those in Year 7
    last_possible: int = 0

    @property
    def share(self) -> OpenFlag | None:
        """The flag that holds the pupil's sessions of the year."""
        codes = (flag_codes.SEVERE, flag_codes.PERSISTENT, flag_codes.NEAR)
        return next((self.flags[code] for code in codes if code in self.flags), None)


def flagged(school: School, *, inside: bool, today: dt.date) -> list[Flagged]:
    """Everybody on roll with an open flag, by name. One query. What other schools know is told inside the authority only."""
    flags = Flag.objects.open().filter(pupil=OuterRef("pupil"))
    row = JSONObject(code="code", reason="reason", low_data="low_data", opened="opened", evidence="evidence")
    spells = Enrolment.objects.on_roll(today).filter(Exists(flags), school=school, pupil__merged_into=None)
    annotated = spells.select_related("pupil").annotate(flag_rows=ArraySubquery(flags.values(row=row)), **_elsewhere(school, today))
    found: dict[int, Flagged] = {}
    for e in annotated.order_by("start", "pk"):
        ours = {said["code"]: _flag(said) for said in e.flag_rows}
        elsewhere = (e.next_at or "", e.last_absent or 0, e.last_possible or 0) if inside else ("", 0, 0)
        found[e.pupil_id] = Flagged(e.pk, e.pupil_id, str(e.pupil), e.year_group, e.pupil.sort_name, ours, *elsewhere)
    return sorted(found.values(), key=lambda one: (one.sort, one.pupil))


def _elsewhere(school: School, today: dt.date) -> dict[str, Subquery]:
    """Where a pupil of Year 6 will be, and how one of Year 7 attended before."""
    to_come = Enrolment.objects.filter(pupil=OuterRef("pupil"), start__gt=today).exclude(school=school).order_by("start", "pk")
    year = EnrolmentFigures.objects.filter(pupil=OuterRef("pupil"), year=matrix.academic_year(today) - 1).exclude(school=school)
    sums = year.order_by().values("pupil")
    whole = IntegerField()
    return {
        "next_at": Subquery(to_come.values("school__name")[:1]),
        "last_absent": Subquery(sums.annotate(n=Sum(F("authorised") + F("unauthorised"))).values("n"), output_field=whole),
        "last_possible": Subquery(sums.annotate(n=Sum("possible")).values("n"), output_field=whole),
    }


def _flag(row: dict[str, Any]) -> OpenFlag:
    evidence = row["evidence"]
    return OpenFlag(
        row["code"],
        row["reason"],
        row["low_data"],
        _day(row["opened"]),
        evidence.get("absent", 0),
        evidence.get("possible", 0),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """Something under a plan that is not done."""

    what: str
    owner: str  # another service by its name
    due: dt.date
    late: bool
    elsewhere: bool = False  # another service does it


@dataclass(frozen=True, slots=True)
class PlanOf:
    kind: str
    lead: str
    start: dt.date
    review: dt.date
    late: bool
    barrier: str  # "" for a school, which is not told it
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class CaseOf:
    pk: int
    stage: str
    officer: str
    opened: dt.date
    elsewhere: str  # the school that holds it, where it is another: told inside the authority only
    plan: PlanOf | None


@dataclass(frozen=True)
class Line:
    """A pupil as a pack tells of them. `gap`: what is missing of a plan; "" where there is one whose review is still to come, and where
    another school holds the case, of which a school is told nothing (`untold`)."""

    who: Flagged
    case: CaseOf | None
    gap: str
    services: list[str]
    traits: list[str]
    beside: Beside | None
    change: str = ""  # what could change; "" where that is not asked
    untold: bool = False
    agreed_lead: str = ""

    @property
    def plan(self) -> PlanOf | None:
        return self.case.plan if self.case else None

    @property
    def lead(self) -> str:
        """Lead practitioner: by the plan, else as agreed at the last meeting that named one; "" where nobody is recorded."""
        return self.plan.lead if self.plan else self.agreed_lead

    @property
    def others(self) -> list[OpenFlag]:
        """Flags beside the one the pupil is listed for."""
        listed = {flag_codes.SEVERE, flag_codes.PERSISTENT, flag_codes.NEAR}
        return [self.who.flags[code] for code in flag_codes.URGENT if code in self.who.flags and code not in listed]


@dataclass
class Details:
    """What was read of some pupils besides their flags."""

    enrolments: dict[int, Enrolment] = field(default_factory=dict)  # by enrolment
    spells: dict[int, list[Spell]] = field(default_factory=dict)  # by pupil, of this school year


def details(wanted: Sequence[Flagged], school: School, *, inside: bool, today: dt.date) -> Details:
    """Cases with their plans, characteristics, ranges of the fortnight and spells of this year. One query.

    A school reads its own cases, never a plan's barrier nor what a family or another service agreed to, and its own spells.
    """
    year = matrix.year_start(matrix.academic_year(today))
    cases = Case.objects.open().filter(pupil=OuterRef("pupil"))
    traits = Characteristic.objects.filter(pupil=OuterRef("pupil"), start__lte=today).exclude(end__lt=today).order_by("kind")
    spells = Enrolment.objects.touching(year, today).filter(pupil=OuterRef("pupil"))
    if not inside:
        cases = cases.filter(school=school)
        spells = spells.filter(school=school)
    elsewhere = Enrolment.objects.touching(year, today).filter(pupil=OuterRef("pupil")).exclude(school=school)
    held = Item.objects.filter(pupil=OuterRef("pupil"), meeting__school=school, meeting__status=Meeting.Status.HELD).exclude(lead="")
    asked = Action.objects.open().filter(pupil=OuterRef("pupil"), school=school, owner=Action.Owner.SERVICE)
    found = Details()
    rows = peers.with_range(Enrolment.objects.filter(pk__any_of=[one.enrolment for one in wanted]), today=today).annotate(
        case_rows=ArraySubquery(_cases(cases, inside=inside)),
        trait_rows=ArraySubquery(traits.values("kind")),
        spell_rows=ArraySubquery(spells.values(row=JSONObject(pk="pk", start="start", end="end"))),
        elsewhere=Exists(elsewhere),
        agreed_lead=Subquery(held.order_by("-meeting__day", "-pk").values("lead")[:1]),
        service_rows=ArraySubquery(asked.order_by("owner_name").values("owner_name").distinct()),
        held_elsewhere=Exists(Case.objects.open().filter(pupil=OuterRef("pupil")).exclude(school=school)),
    )
    for enrolment in rows:
        enrolment.school = school
        found.enrolments[enrolment.pk] = enrolment
        found.spells[enrolment.pupil_id] = [
            Spell(row["pk"], enrolment.pupil_id, _day(row["start"]), _day(row["end"]) if row["end"] else None)
            for row in enrolment.spell_rows
        ]
    return found


def _cases(cases: QuerySet[Case], *, inside: bool) -> QuerySet[Any, Any]:
    steps = PlanAction.objects.filter(plan=OuterRef("pk"), done__isnull=True)
    if not inside:
        steps = steps.filter(owner=PlanAction.Owner.SCHOOL)
    step = JSONObject(what="what", owner="owner", service="service", due="due")
    told = {"kind": "kind", "lead": "lead", "start": "start", "review": "review"} | ({"barrier": "barrier"} if inside else {})
    plan = Plan.objects.current().filter(case=OuterRef("pk"))
    plan_row = JSONObject(**told, steps=ArraySubquery(steps.order_by("due", "pk").values(row=step)))
    row = JSONObject(
        pk="pk",
        stage="stage",
        officer="officer__name",
        opened="opened",
        school="school",
        at="school__name",
        plan=Subquery(plan.values(row=plan_row)[:1]),
    )
    return cases.values(row=row)[:1]


def line(one: Flagged, known: Details, registers: Registers, *, inside: bool, today: dt.date, change: str = "") -> Line:
    enrolment = known.enrolments.get(one.enrolment)
    if enrolment is None:
        return Line(one, None, "", [], [], None, change)
    case = next((_case(row, enrolment.school_id, today) for row in enrolment.case_rows), None)  # type: ignore[attr-defined]
    kinds = list(enrolment.trait_rows)  # type: ignore[attr-defined]
    compared = inside or not enrolment.elsewhere  # type: ignore[attr-defined]
    spells = known.spells.get(one.pupil, [])
    beside = peers.beside(enrolment, lambda fortnight: registers.fortnight(spells, fortnight)) if compared else None
    untold = not inside and case is None and enrolment.held_elsewhere  # type: ignore[attr-defined]
    gap = "" if untold else _gap(case, today)
    services = [*_services(case, kinds), *enrolment.service_rows]  # type: ignore[attr-defined]
    lead = str(Plan.Lead(enrolment.agreed_lead).label) if enrolment.agreed_lead else ""  # type: ignore[attr-defined]
    return Line(one, case, gap, services, [_TRAITS[kind] for kind in kinds], beside, change, untold, lead)


def _case(row: dict[str, Any], school: int, today: dt.date) -> CaseOf:
    plan = row["plan"]
    return CaseOf(
        row["pk"],
        stages.BY_CODE[row["stage"]].name,
        row["officer"] or "",
        _day(row["opened"]),
        row["at"] if row["school"] != school else "",
        _plan(plan, today) if plan else None,
    )


def _plan(row: dict[str, Any], today: dt.date) -> PlanOf:
    review = _day(row["review"])
    steps = [_step(step, today) for step in row["steps"]]
    barrier = str(Barrier(row["barrier"]).label) if row.get("barrier") else ""
    return PlanOf(
        str(Plan.Kind(row["kind"]).label), str(Plan.Lead(row["lead"]).label), _day(row["start"]), review, review < today, barrier, steps
    )


def _step(row: dict[str, Any], today: dt.date) -> Step:
    action = PlanAction(what=row["what"], owner=row["owner"], service=row["service"], due=_day(row["due"]))
    return Step(action.what, action.owned_by, action.due, action.due < today, action.owner == PlanAction.Owner.SERVICE)


def _gap(case: CaseOf | None, today: dt.date) -> str:
    if case is None:
        return "No plan: no case is open."
    if case.plan is None:
        days = (today - case.opened).days
        return f"No plan: the case has been open for {plural(days, 'day')}." if days else "No plan yet: the case was opened today."
    return "Review overdue." if case.plan.late else ""


def _services(case: CaseOf | None, kinds: Iterable[str]) -> list[str]:
    """Who is recorded as working with the child: by the plan, by its steps, by what is known of the child."""
    found = [words for kind, words in _SERVICES.items() if kind in kinds]
    if case and case.plan:
        if case.plan.lead in {lead.label for lead in _WITH_PLAN}:
            found.insert(0, f"{case.plan.lead} (leads the plan)")
        found += [f"{step.owner}: {step.what}" for step in case.plan.steps if step.elsewhere]
    return found


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
