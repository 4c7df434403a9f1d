"""What Daymark holds already of each item of a request's checklist: offered beside it, with its day and where it stands.

An offer is not an answer: somebody looks at it and says yes. A school is offered what it may read anyway; what the authority alone knows
(letters with addresses, families' words, orders, social care) is offered to the authority alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from accounts.models import User
from attendance import matrix
from attendance.models import Register
from casework.models import Assessment, Case, Contact, Letter, LetterTemplate, Plan, PlanAction, Referral
from legal import checklist
from legal.models import Attachment, Improvement, Notice, Order, Request
from legal.penalty import written
from schools.models import Characteristic, Pupil, Responsibility

_MET = (Contact.Kind.SCHOOL_MEETING, Contact.Kind.HOME_VISIT, Contact.Kind.PANEL, Contact.Kind.MULTI_AGENCY)
_KINDS = Characteristic.Kind
_NEEDS = (_KINDS.SEN_SUPPORT, _KINDS.EHCP, _KINDS.MEDICAL, _KINDS.PART_TIME)
_AGENCIES = (_KINDS.CLA, _KINDS.CIN, _KINDS.CP, _KINDS.YJS)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing on record. `bears`: it bears the item out, so that yes is offered; else it is worth knowing, or is what is missing."""

    words: str
    day: dt.date | None = None
    address: str = ""  # name of the page where it stands
    pk: int = 0
    bears: bool = True


Facts = dict[str, list[Fact]]


def known(request: Request, user: User, *, today: dt.date) -> Facts:
    """By item of the checklist: what is on record, as far as this user may read it. Few queries, whatever the child's history."""
    found: Facts = defaultdict(list)
    _of_the_child(found, request, user, today)
    _of_the_parents(found, request, user)
    _of_the_case(found, request, user)
    _of_enforcement(found, request, user, today)
    for file in Attachment.objects.of(request).order_by("pk"):
        found[file.item].append(Fact(f"{file.name}, attached", None, "evidence_file", file.pk))
    wanted = {item.key for item in checklist.items(request.route)}
    return {key: facts for key, facts in found.items() if key in wanted}


def offers(facts: Facts) -> dict[str, tuple[str, dt.date | None]]:
    """What is offered as the answer: yes, with the latest day, where something bears the item out and nothing is said to be missing."""
    found = {}
    for key, those in facts.items():
        bearing = [fact for fact in those if fact.bears]
        if bearing and not any(fact.words.startswith(MISSING) for fact in those):
            days = [fact.day for fact in bearing if fact.day]
            found[key] = (checklist.YES, max(days) if days else None)
    return found


MISSING = "Missing: "


def _of_the_child(found: Facts, request: Request, user: User, today: dt.date) -> None:
    pupil = request.pupil
    parts = {"name": pupil.surname, "date of birth": pupil.dob, "UPN": pupil.upn, "address": pupil.address.strip()}
    there, gone = ([name for name, value in parts.items() if bool(value) is held] for held in (True, False))
    if there:
        found["pupil"].append(Fact(f"On record: {', '.join(there)}", None, "pupil", pupil.pk))
    if gone:
        found["pupil"].append(Fact(f"{MISSING}{', '.join(gone)}", None, "pupil", pupil.pk, bears=False))
    years = sorted(set(Register.objects.filter(enrolment__pupil=pupil, school=request.school).values_list("year", flat=True)), reverse=True)
    this = matrix.academic_year(today)
    for year in (this, this - 1):
        held = year in years
        name = f"the register of {year}/{(year + 1) % 100:02d}"
        found["register"].append(Fact(f"{name[0].upper()}{name[1:]} is here" if held else f"{MISSING}{name}", bears=False))
    kinds = [*_NEEDS, *(_AGENCIES if user.as_role.in_authority else ())]
    traits = Characteristic.objects.filter(pupil=pupil, kind__in=kinds, start__lte=today).filter(Q(end=None) | Q(end__gte=today))
    for trait in traits.order_by("start"):
        item = "equality" if trait.kind in _NEEDS else "agencies"
        found[item].append(Fact(f"{trait.get_kind_display()} since {written(trait.start)}: say what was considered", bears=False))


def _of_the_parents(found: Facts, request: Request, user: User) -> None:
    letters = Letter.objects.visible_to(user).filter(pupil=request.pupil, parent=OuterRef("parent"), state=Letter.State.SENT)
    warnings = letters.filter(version__template__purpose=LetterTemplate.Purpose.WARNING)
    ties = (
        Responsibility.objects.filter(pupil=request.pupil, parent__notice_requests=request)
        .select_related("parent")
        .order_by("priority", "pk")
    )
    for tie in ties.annotate(last=Subquery(_last(letters, "sent")), n=_count(letters), warned=Subquery(_last(warnings, "sent"))):
        who = str(tie.parent)
        if tie.parent.address.strip():
            found["parents"].append(
                Fact(f"{who}, {tie.get_relationship_display().lower()}: address on record", None, "pupil", request.pupil_id)
            )
        else:
            found["parents"].append(Fact(f"{MISSING}an address of {who}", None, "pupil", request.pupil_id, bears=False))
        if not user.as_role.in_authority:
            continue
        if tie.last:
            letter = "letter" if tie.n == 1 else "letters"
            found["letters"].append(
                Fact(f"{tie.n} {letter} to {who}, the last on {written(tie.last)}", tie.last, "pupil_letters", request.pupil_id)
            )
        else:
            found["letters"].append(Fact(f"No letter of the authority to {who}; the school holds its own", bears=False))
        if tie.warned:
            found["warning"].append(
                Fact(f"A warning letter to {who} on {written(tie.warned)}", tie.warned, "pupil_letters", request.pupil_id)
            )


def _last(rows: QuerySet[Any], day: str) -> QuerySet[Any]:
    return rows.order_by(f"-{day}").values(day)[:1]


def _count(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().values("parent").annotate(n=Count("pk")).values("n"))


def _of_the_case(found: Facts, request: Request, user: User) -> None:
    """Meetings, plan, views and early help, of every case of the child that the user may see. One query."""
    cases = Case.objects.visible_to(user).filter(pupil=request.pupil)
    inside = user.as_role.in_authority
    met = Contact.objects.filter(case__in=cases, kind__in=_MET)
    met = met if inside else met.filter(entry__shared=True)
    plans = Plan.objects.filter(case__in=cases).order_by("-start", "-pk")
    heard = Assessment.objects.filter(case__in=cases).exclude(child_voice="", parent_views="").order_by("-day", "-pk")
    signposted = Referral.objects.visible_to(user).filter(pupil=request.pupil, service=Referral.Service.EARLY_HELP).order_by("-decided")
    service = PlanAction.objects.filter(plan__case__in=cases, service="early_help").order_by("-plan__start")
    plan = JSONObject(case="case", start="start", reviewed="reviewed", panel="panel", ended="ended")
    row = (
        Pupil.objects.filter(pk=request.pupil_id)
        .annotate(
            met=Subquery(
                met.order_by()
                .values("case__pupil")
                .annotate(said=JSONObject(n=Count("pk"), last=Max("day"), case=Max("case")))
                .values("said")
            ),
            plan=Subquery(plans.values(said=plan)[:1]),
            heard=Subquery(heard.values(said=JSONObject(case="case", day="day"))[:1]),
            signposted=Subquery(signposted.values(said=JSONObject(pk="pk", day="decided"))[:1]),
            helped=Subquery(service.values(said=JSONObject(case="plan__case", day="plan__start"))[:1]),
        )
        .values("met", "plan", "heard", "signposted", "helped")
        .get()
    )
    if said := row["met"]:
        last = _day(said["last"])
        times = "1 meeting or visit" if said["n"] == 1 else f"{said['n']} meetings and visits"
        found["meetings"].append(Fact(f"{times}, the last on {written(last)}", last, "case", said["case"]))
    if said := row["plan"]:
        start, reviewed = _day(said["start"]), said["reviewed"] and _day(said["reviewed"])
        words = f"A plan of {written(start)}, {f'reviewed on {written(reviewed)}' if reviewed else 'not reviewed yet'}"
        words += f", agreed at the panel of {written(_day(said['panel']))}" if said["panel"] else ""
        found["plan"].append(Fact(words, reviewed or start, "case", said["case"], bears=bool(reviewed)))
    if inside and (said := row["heard"]):
        found["views"].append(
            Fact(
                f"The child’s or parents’ words, in the assessment of {written(_day(said['day']))}", _day(said["day"]), "case", said["case"]
            )
        )
    if (said := row["signposted"]) and said["day"]:
        found["early_help"].append(
            Fact(f"Signposted to early help on {written(_day(said['day']))}", _day(said["day"]), "referral", said["pk"])
        )
    if said := row["helped"]:
        found["early_help"].append(
            Fact(f"Early help is in the plan of {written(_day(said['day']))}", _day(said["day"]), "case", said["case"])
        )


def _of_enforcement(found: Facts, request: Request, user: User, today: dt.date) -> None:
    for one in (
        Improvement.objects.visible_to(user).filter(pupil=request.pupil).exclude(issued=None).select_related("parent").order_by("-issued")
    ):
        ended = f", to {written(one.end)}" if one.end else ""
        words = f"A notice to improve to {one.parent} of {written(one.issued or one.made)}{ended}: {one.get_state_display().lower()}"
        over = one.state in (Improvement.State.NOT_IMPROVED, Improvement.State.ENDED_EARLY)
        found["improve"].append(Fact(words, one.issued, "improve", one.pk, bears=over))
    for notice in Notice.objects.visible_to(user).filter(pupil=request.pupil).order_by("number"):
        words = f"{notice.reference} to {notice.to_name} of {written(notice.issued)}: {notice.get_state_display().lower()}"
        found["conflict"].append(Fact(words, None, "notice", notice.pk, bears=False))
    for order in Order.objects.visible_to(user).filter(pupil=request.pupil).in_force(today).order_by("start"):
        found["conflict"].append(Fact(f"{order.get_kind_display()} since {written(order.start)}", bears=False))


def _day(said: str) -> dt.date:
    return dt.date.fromisoformat(said)
