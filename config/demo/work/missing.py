"""Children missing education, joint enquiries, children with a social worker: what a borough would have of them on a Friday in November."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Mod

from casework import care_page, missing_meeting
from casework.actions import care as care_actions
from casework.actions import missing as actions
from casework.actions import searching
from casework.missing import care, enquiring, following, rules, todo
from casework.models import MissingCheck, MissingChild, MissingDecision, PlaceApplication, TellWorker
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from schools.actions import enquiries
from schools.models import Characteristic, EnquiryStep, Enrolment, JointEnquiry

_GROUND = {
    "Home educated": "home",
    "End of year 11": "over_age",
    "Moved to another school": "new_school",
    "Moved to secondary school": "new_school",
    "Permanently excluded": "excluded",
    "Moved out of the area": "moved",
}
_TOWNS = ("Riverton", "Ashbrook", "Holmbridge", "Saltmarsh", "County Cork, Ireland", "Northwick", "Wexham Vale", "Lublin, Poland")
LEAST, MOST = 6, 30  # who arrive by themselves in two years; of the others the school has said where they went
Check, Result, Outcome, Decision = MissingCheck.Kind, MissingCheck.Result, MissingChild.Outcome, MissingDecision.Decision
_LEADS = {
    Check.FAMILY: "A neighbour says that they packed a van at half term.",
    Check.HEALTH: "The GP has had a request for records from another practice.",
    Check.AUTHORITY: "The authority has an application for a school place in this name.",
}
_CLOSED = (
    (Outcome.ELSEWHERE, "On roll at a school in Holmbridge: its admissions team confirmed it by e-mail."),
    (Outcome.ABROAD, "The child and family agency of the county where they live has seen the child at home."),
    (Outcome.HOME, "Written notice of home education; the home education team has taken it on."),
    (Outcome.NOT_FOUND, "Every check has been made. Police have the child on their list of missing people."),
    (Outcome.OTHER, "The child’s name was on the roll twice, under two numbers. The other is at school."),
    (Outcome.OVER_AGE, "Left compulsory school age at the end of June; passed to the careers service."),
)


def write(cast: Cast, shown: list[int], rng: np.random.Generator) -> int:
    """Returns how many children there are. `shown`: schools whose people the visitor signs in as."""
    _say_grounds(cast)
    _Telling(cast, rng).children()
    _vacancies(cast, shown, rng)
    _enquiries(cast, rng)
    _in_care(cast, rng)
    todo.keep(Q(), today=cast.today, now=cast.now)
    return MissingChild.objects.count()


def _say_grounds(cast: Cast) -> None:
    """Schools have said why a name went, and mostly where to."""
    for reason, ground in _GROUND.items():
        Enrolment.objects.filter(leaving_reason=reason).update(ground=ground)
    gone = Enrolment.objects.filter(ground__in=("moved", "new_school", "excluded")).annotate(rest=Mod("pk", len(_TOWNS)))
    for n, town in enumerate(_TOWNS):
        gone.filter(rest=n).update(destination=town)
    unknown = Enrolment.objects.filter(ground="", destination="", end__lt=cast.today).order_by("-end", "pk")
    for n, spell in enumerate(unknown[MOST:]):
        Enrolment.objects.filter(pk=spell.pk).update(ground="moved", destination=_TOWNS[n % len(_TOWNS)])
    lately = Enrolment.objects.filter(end__lt=cast.today, end__gte=following.not_before(cast.today))
    running = Enrolment.objects.filter(Q(end=None) | Q(end__gte=cast.today), pupil=OuterRef("pupil"))
    told = lately.filter(ground__in=("moved", "new_school")).exclude(Exists(running)).order_by("-end", "pupil__upn")
    wanting = max(LEAST - lately.filter(ground="", destination="").exclude(Exists(running)).count(), 0)
    Enrolment.objects.filter(pk__in=[spell.pk for spell in told[:wanting]]).update(ground="", destination="")


@dataclass(slots=True)
class _Telling:
    """Tells each child's story up to a stage."""

    cast: Cast
    rng: np.random.Generator

    def children(self) -> None:
        self._came_to_school()
        today = self.cast.today
        ended = Enrolment.objects.filter(ground="", destination="", end__lt=today, end__gte=following.not_before(today))
        for spell in ended.order_by("end", "pk"):
            day = self.cast.at_work(spell.end + 2 * ONE)  # type: ignore[operator]
            following.arrivals(Q(pk=spell.pk), today=min(day, today), now=self.cast.moment(min(day, today), 7))
        found = list(MissingChild.objects.open().order_by("since", "pk").select_related("pupil", "school"))
        closing = list(_CLOSED) if len(found) >= 3 * len(_CLOSED) else list(_CLOSED[: max(len(found) // 3, 1)])
        for n, child in enumerate(found):
            officer = self.cast.officer_of.get(child.school_id or 0, self.cast.officers[0])
            stage = n % 5 if n >= len(closing) else 4
            if stage or n < len(closing):  # some have nobody yet
                self._led(child, officer, stage, closing[n] if n < len(closing) else None)
        self._meetings()

    def _came_to_school(self) -> None:
        """Children who were lost between two schools for some days: the present mark there has closed them."""
        moved = Enrolment.objects.filter(ground="new_school", leaving_reason="Moved to another school").select_related("pupil", "school")
        made = 0
        for spell in moved.order_by("-end", "pk"):
            after = Enrolment.objects.filter(pupil=spell.pupil, start__gt=spell.end + 4 * ONE).order_by("start").first()  # type: ignore[operator]
            if made == 3 or spell.end is None or after is None or MissingChild.objects.filter(pupil=spell.pupil).exists():
                continue
            day = spell.end + 2 * ONE
            asked = rules.Spell(spell.pk, str(spell.school), spell.start, spell.end, spell.ground)
            arrival = rules.arrives([asked], spell.pupil.dob, today=day, not_before=following.not_before(day))
            if arrival is None:
                continue
            child = actions.arrive(today=day, now=self.cast.moment(day, 7), enrolment=spell, arrival=arrival)
            seen = self.cast.after(after.school_id, after.start)
            if child is not None and seen <= self.cast.today:
                officer = self.cast.officer_of.get(spell.school_id, self.cast.officers[0])
                actions.lead(by=self.cast.manager, today=day, now=self.cast.moment(day, 9), child=child, officer=officer)
                following.marks(Q(pupil=spell.pupil), today=min(seen + 7 * ONE, self.cast.today), now=self.cast.moment(seen, 10))
                made += 1

    def _led(self, child: MissingChild, officer: object, stage: int, ending: tuple[str, str] | None) -> None:
        cast = self.cast
        day = cast.worked(min(child.opened + ONE, cast.today))
        known = {"by": officer, "child": child}
        actions.lead(by=cast.manager, today=day, now=cast.moment(day, 9), child=child, officer=officer)  # type: ignore[arg-type]
        kinds = list(MissingCheck.LIST) if ending and ending[0] == Outcome.NOT_FOUND else list(MissingCheck.LIST)[: 2 + 2 * stage]
        for n, kind in enumerate(kinds):
            on = cast.worked(min(child.opened + (1 + 2 * n) * ONE, cast.today))
            result = Result.LEAD if kind in _LEADS and self.rng.random() < 0.5 else Result.NOTHING
            if not ending and n == len(kinds) - 1 and stage != 3:
                result = Result.WAITING
            words = _LEADS[kind] if result == Result.LEAD else ""
            searching.check(**known, today=on, now=cast.moment(on, 10), kind=kind, day=on, result=result, words=words)  # type: ignore[arg-type]
        last = cast.worked(min(child.opened + 20 * ONE, cast.today))
        at = {"today": last, "now": cast.moment(last, 14)}
        if ending:
            actions.close(**known, **at, outcome=ending[0], evidence=ending[1])  # type: ignore[arg-type]
        elif stage >= 2:
            actions.found(**known, **at, day=last, where="With family in the borough; seen by the officer.")  # type: ignore[arg-type]
            self._placed(child, officer, stage, last)

    def _placed(self, child: MissingChild, officer: object, stage: int, day: dt.date) -> None:
        cast = self.cast
        before = child.school
        likely = [one for one in cast.schools.values() if before and one.phase == before.phase and one.pk != before.pk and not one.closed]
        if not likely:
            return
        known = {"by": officer, "today": day, "now": cast.moment(day, 15)}
        for n, school in enumerate(likely[:2]):
            route = PlaceApplication.Route.FAIR_ACCESS if n else PlaceApplication.Route.ORDINARY
            made = searching.apply(**known, child=child, route=route, day=day, year_group=child.year_group, school=school)  # type: ignore[arg-type]
            later = cast.worked(min(day + 8 * ONE, cast.today))
            on = known | {"today": later, "now": cast.moment(later, 11)}
            if n == 0 and stage > 2:
                said = {"decision": "refused", "words": "The year group is full; the governors refused on 30 pupils."}
                searching.decide(**on, application=made, decided=later, **said)  # type: ignore[arg-type]
            elif n == 1 and stage > 3:
                said = {"decision": "offered", "words": "Placed by the fair access panel, the school’s turn."}
                searching.decide(**on, application=made, decided=later, starts=cast.after(school.pk, later, 5), **said)  # type: ignore[arg-type]
            if stage == 2:
                break

    def _meetings(self) -> None:
        """The last three of the fortnightly meetings; the list of the next is still open."""
        agencies = ("Police", "Children’s social care", "Housing", "Admissions", "School nursing")
        last = self.cast.worked(self.cast.today - 10 * ONE)
        for back in (28, 14, 0):
            day = self.cast.at_work(last - back * ONE)
            for n, child in enumerate(MissingChild.objects.open_on(day).order_by("since", "pk")):
                decision = (Decision.CONTINUE, Decision.ESCALATE, Decision.PLACE, Decision.CONTINUE, Decision.ORDER)[n % 5]
                said = {"decision": decision, "agency": agencies[n % len(agencies)], "due": self.cast.at_work(day + 14 * ONE)}
                now = self.cast.moment(day, 11)
                searching.decide_at_meeting(by=self.cast.manager, today=day, now=now, child=child, meeting=day, **said)


def _vacancies(cast: Cast, shown: list[int], rng: np.random.Generator) -> None:
    """Most schools have said, some of them long ago."""
    for key, school in cast.schools.items():
        if school.closed or key not in cast.contact_of or (key not in shown and rng.random() < 0.25):
            continue
        places = {group: int(max(rng.integers(-4, 7), 0)) for group, _ in missing_meeting.groups_of(school)}
        day = cast.worked(cast.today - int(rng.integers(1, 45)) * ONE)
        searching.declare(by=cast.contact_of[key], today=day, now=cast.moment(day, 12), school=school, places=places)


def _enquiries(cast: Cast, rng: np.random.Generator) -> None:
    """Open where registers ask for one; some with the school's word, some with both, some with neither."""
    enquiring.refresh(Q(), today=cast.today, now=cast.now)
    for n, enquiry in enumerate(JointEnquiry.objects.open().select_related("enrolment").order_by("pk")):
        school = enquiry.enrolment.school_id
        opened = min(cast.after(school, enquiry.first, 14), cast.today)
        JointEnquiry.objects.filter(pk=enquiry.pk).update(opened=opened, opened_at=cast.moment(opened, 6))
        people = [cast.contact_of.get(school), cast.officer_of.get(school)][: n % 3]
        for who in people:
            if who is None:
                continue
            for what, words in (
                (EnquiryStep.What.CALL, "Both numbers, three days in a row. No answer."),
                (EnquiryStep.What.VISIT, "Nobody opened."),
            ):
                enquiries.record_step(by=who, today=cast.today, now=cast.now, enquiry=enquiry, what=what, day=opened, found=words)
            if rng.random() < 0.6:
                enquiries.conclude(by=who, today=cast.today, enquiry=enquiry, cause=False, words="Nothing points to illness.")


def _in_care(cast: Cast, rng: np.random.Generator) -> None:
    """Some live in another authority's area, some are another's; mornings answered, tasks of schools in every state."""
    held = list(Characteristic.objects.filter(kind=Characteristic.Kind.CLA, end=None).order_by("pk").values_list("pk", flat=True))
    for n, town in ((0, "Riverton"), (1, "Holmbridge")):
        Characteristic.objects.filter(pk__in=held[n::9]).update(**{"placed" if n else "responsible": f"{town} Council"})
    care.refresh(Q(), today=cast.today, now=cast.now)
    for n, task in enumerate(TellWorker.objects.open().select_related("enrolment").order_by("pk")):
        contact = cast.contact_of.get(task.enrolment.school_id)
        if contact is None or n % 3 == 0:
            continue
        told = min(task.first if n % 3 == 1 else task.due, cast.today)
        said = {
            "told_on": told,
            "told_by": contact.name,
            "worker": "Duty social worker",
            "reply": "Will see the family this week." if n % 2 else "",
        }
        care_actions.answer(by=contact, today=cast.today, now=cast.now, task=task, **said)  # type: ignore[arg-type]
    kinds = (("call", "spoke"), ("school", "coming"), ("visit", "seen"), ("call", "nobody"))
    for back in range(4):
        day = cast.today - back * ONE
        for n, away in enumerate(care_page.morning(cast.manager, day=day).first):
            if rng.random() < 0.6:
                kind, result = kinds[n % len(kinds)]
                who = cast.officer_of.get(away.enrolment.school_id, cast.manager)
                at = cast.moment(day, 9.75)
                care_actions.respond(by=who, today=cast.today, now=at, enrolment=away.enrolment, kind=kind, result=result, day=day)
