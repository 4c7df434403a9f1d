"""What must be true of the demo's cases, meetings, ratings and notices, whatever its size."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

from django.db.models import Count, F, Max, Min, Q

from accounts.models import User
from attendance.models import Flag, Moderation, PublishedRating, Rating
from casework import stages
from casework.models import (
    AssessedBarrier,
    BlitzChild,
    Case,
    CaseFile,
    Consideration,
    Contact,
    Entry,
    MissingCheck,
    MissingChild,
    MissingDecision,
    MissingEntry,
    Moved,
    PlaceApplication,
    Plan,
    PlanAction,
    Referral,
    Vacancy,
    Visit,
)
from config.demo import logins
from legal import checklist, confirmed, freeze, penalty, proof
from legal.models import (
    Answer,
    Authorised,
    BulkIssue,
    Confirmation,
    Contract,
    Decision,
    Document,
    HistoricRecord,
    HistoryEnquiry,
    HistoryLoad,
    HolidayBatch,
    Improvement,
    IncomeLine,
    Kind,
    Notice,
    Order,
    Party,
    Payment,
    Refund,
    Request,
    SignOff,
    Withdrawal,
)
from meetings import needs as meeting_needs
from meetings.models import Action, Item, Meeting, Progress
from schools.models import Enrolment, JointEnquiry, PolicyValue, School
from tests.demo.conftest import TODAY


def nothing_done_lies_in_the_future() -> None:
    """Reviews, due days, meetings and last days to pay are to come; what was done is not."""
    done = (
        (Case, "opened", "closed", "stage_since"),
        (Entry, "day"),
        (Contact, "day"),
        (Plan, "start", "reviewed", "ended"),
        (PlanAction, "done"),
        (Action, "agreed", "closed"),
        (Progress, "day"),
        (Request, "made", "submitted", "met_on"),
        (Answer, "day"),
        (Decision, "day"),
        (Notice, "issued", "served"),
        (Payment, "day"),
        (Withdrawal, "day"),
        (Order, "start", "ended"),
        (Rating, "as_at", "last"),
        (MissingChild, "opened", "found_on", "closed"),
        (MissingEntry, "day"),
        (MissingCheck, "day", "answered"),
        (PlaceApplication, "day", "decided"),
        (Vacancy, "day"),
        (Consideration, "day", "outcome_day"),
    )
    for model, *names in done:
        for name in names:
            latest = model.objects.aggregate(latest=Max(name))["latest"]
            assert latest is None or latest <= TODAY, (model, name, latest)
    assert not Meeting.objects.filter(Q(status="held", day__gt=TODAY) | Q(status="planned", day__lt=TODAY)).exists()
    assert not Meeting.objects.filter(status="planned", day__gt=TODAY + dt.timedelta(days=28)).exists()


def a_chronology_is_in_order() -> None:
    assert not Entry.objects.filter(day__lt=F("case__opened")).exists()
    assert not Entry.objects.filter(case__closed__isnull=False, day__gt=F("case__closed")).exists()
    told: dict[int, list[Entry]] = {}
    for entry in Entry.objects.order_by("pk"):
        told.setdefault(entry.case_id, []).append(entry)
    assert set(told) == set(Case.objects.values_list("pk", flat=True))
    for entries in told.values():
        assert entries[0].kind == Entry.Kind.OPENED
        assert all(a.day <= b.day and a.at <= b.at for a, b in pairwise(entries)), [str(entry) for entry in entries]
    closed = {pk for pk, entries in told.items() if entries[-1].kind == Entry.Kind.CLOSED}
    assert closed == set(Case.objects.exclude(closed=None).values_list("pk", flat=True))


def visits_and_blitzes_are_told() -> None:
    """A visit made and written down, one planned, nobody out before the day; a blitz with results; an entry moved, its words unseen."""
    assert Visit.objects.filter(contact__isnull=False, ended__isnull=False).exists()
    assert Visit.objects.open().filter(day__gte=TODAY).exists()
    assert not Visit.objects.filter(started__isnull=False, day__gt=TODAY).exists()
    assert BlitzChild.objects.exclude(at=None).exists()
    assert BlitzChild.objects.filter(at=None).exists()
    moved = Moved.objects.get()
    assert not Entry.objects.filter(pk=moved.entry_id).exists()
    assert CaseFile.objects.exists()
    assert Contact.objects.to_follow().filter(follow_up__gte=TODAY).exists()


def cases_stand_where_the_rules_let_them() -> None:
    """Nobody monitors without a plan, a case has an officer of its school, and the child was on roll when it was opened."""
    with_plan = set(Plan.objects.current().values_list("case", flat=True))
    for case in Case.objects.open():
        assert case.officer_id or case.stage == stages.NEW
        assert case.pk in with_plan or case.stage in (stages.NEW, stages.ASSESSING, stages.FORMAL), case
    leads = {(user, school) for user, school in School.objects.filter(postings__part="lead").values_list("postings__user", "pk")}
    for officer, school in Case.objects.exclude(officer=None).values_list("officer", "school"):
        assert (officer, school) in leads
    rolls: dict[tuple[int, int], list[tuple[dt.date, dt.date]]] = {}
    for pupil, school, start, end in Enrolment.objects.values_list("pupil", "school", "start", "end"):
        rolls.setdefault((pupil, school), []).append((start, end or dt.date.max))
    for pupil, school, opened in Case.objects.values_list("pupil", "school", "opened"):
        assert any(start <= opened <= end for start, end in rolls[pupil, school])
    for flag, opened in Case.objects.exclude(flag=None).values_list("flag__opened", "opened"):
        assert flag <= opened


def cases_from_meetings_were_decided_there() -> None:
    for case in Case.objects.filter(origin=Case.Origin.MEETING):
        assert Item.objects.filter(case=case, decision="case", meeting__day=case.opened, meeting__school=case.school).count() == 1


def meetings_have_agendas() -> None:
    """Every severely absent pupil of a school is on the agenda of its next meeting; of last year's those of then."""
    for meeting in Meeting.objects.support().filter(status="planned"):
        here = Enrolment.objects.filter(school=meeting.school).on_roll(TODAY).values("pupil")
        severe = set(Flag.objects.open().filter(code="severe_absence", pupil__in=here).values_list("pupil", flat=True))
        assert severe <= set(meeting.items.values_list("pupil", flat=True))
    assert not Item.objects.filter(reason="").exists()
    assert not Item.objects.filter(carried__meeting__day__gte=F("meeting__day")).exists()
    assert not Action.objects.filter(Q(agreed__lt=F("meeting__day")) | Q(closed__lt=F("agreed")) | Q(due__lt=F("agreed"))).exists()
    for action in Action.objects.exclude(status="open").prefetch_related("progress"):
        assert max(action.progress.all(), key=lambda said: said.pk).state == action.status


def notices_rest_on_the_register() -> None:
    """Every session relied on is an unauthorised mark, ten of them at least, none relied on twice; the hash is of the text."""
    numbers = list(Notice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    relied = {}
    for notice in Notice.objects.select_related("decision", "request"):
        assert len(notice.sessions) >= 10
        assert set(notice.sessions) <= set(notice.request.sessions)
        shown = {line.rsplit(" ", 1)[0] for line in notice.decision.register.splitlines()}
        assert {said.replace("=", " ") for said in notice.sessions} <= shown
        relied.setdefault(notice.pupil_id, set()).update(notice.sessions)
        assert (notice.amount_early, notice.amount_full) == ((80, 160) if notice.order == 1 else (160, 160))
    for pupil, found in proof.stand(relied, day=TODAY).items():
        assert not found.changed, pupil
    for decision in Decision.objects.all():
        assert decision.sha256 == freeze.sha256(decision.register)
    pairs = Counter(Notice.objects.exclude(state="withdrawn").values_list("pupil", "parent", "order"))
    assert max(pairs.values(), default=1) == 1  # no second first, and never a third
    for pupil, parent in set(Notice.objects.filter(order=2).values_list("pupil", "parent")):
        *before, second = Notice.objects.filter(pupil=pupil, parent=parent).order_by("number")
        assert before
        assert not {said for one in before for said in one.sessions} & set(second.sessions)


def requests_are_proved_by_the_rule(every: int = 1) -> None:
    """The sessions of a request are those that the threshold's own proof gives, as known on the day it was sent."""
    for request in list(Request.objects.exclude(sessions=[]).order_by("pk"))[::every]:
        known = request.decisions.aggregate(at=Min("known_at"))["at"]
        if known is None and request.batch is None:  # a batch is sent last of all, by what is known now
            known = dt.datetime.combine(request.submitted, dt.time(12), dt.UTC)
        found = proof.prove(request.pupil, day=request.submitted, policy=PolicyValue.objects.in_force(request.submitted), known_at=known)
        assert found.met
        assert list(found.window) == request.sessions
        assert found.met_on == request.met_on
    for request in Request.objects.exclude(status="draft").prefetch_related("answers"):
        missing = checklist.missing(request.route, {answer.item: answer.given for answer in request.answers.all()})
        assert not missing or request.override_reason


def money_and_days_follow_the_rules() -> None:
    for notice in Notice.objects.prefetch_related("payments"):
        days, payments = notice.deadlines, list(notice.payments.all())
        assert (notice.state == "issued") == (days is None)
        withdrawal = getattr(notice, "withdrawal", None)
        assert bool(payments) == (notice.state == "paid" or bool(withdrawal and withdrawal.refund))
        for payment in payments:
            assert days is not None
            assert payment.amount == days.owed_on(payment.day)
        if notice.service == "post":
            assert notice.receipt == penalty.presumed_receipt(notice.served, PolicyValue.objects.in_force(notice.served))
    for gone in Withdrawal.objects.filter(ground="no_prosecution").select_related("notice"):
        assert gone.day >= gone.notice.deadlines.unpaid_from
    assert set(Notice.objects.filter(state="withdrawn").values_list("pk", flat=True)) == set(
        Withdrawal.objects.values_list("notice", flat=True)
    )
    assert Document.objects.count() == Notice.objects.count()
    assert not IncomeLine.objects.filter(state="recorded", payment=None, public=None).exists()
    assert not Refund.objects.filter(withdrawal=None, line=None).exists()


def whatever_was_issued_had_been_confirmed() -> None:
    """By the school, on the day, with every session relied on; what it was shown is what was hashed."""
    said = {(one.pupil_id, one.school_id, one.day): one for one in Confirmation.objects.filter(agrees=True)}
    for notice in Notice.objects.select_related("decision"):
        one = said[notice.pupil_id, notice.school_id, notice.decision.day]
        moved = Enrolment.objects.filter(pupil=notice.pupil_id).values("school").distinct().count() > 1
        assert moved or confirmed.covers(one.register, notice.sessions)
        assert one.sha256 == freeze.sha256(one.register)


def whoever_issued_was_authorised_and_orders_stand() -> None:
    """No notice without a signatory in force on its date; no request decided to issue for a child under a supervision order."""
    for decision in Decision.objects.filter(outcome=Decision.Outcome.ISSUE).select_related("signatory"):
        assert decision.signatory is not None
        assert (decision.signatory.user_id, decision.signatory.in_force(decision.day)) == (decision.by_id, True)
    assert Authorised.objects.filter(end__lt=TODAY).exists()
    for order in Order.objects.filter(kind=Order.Kind.SUPERVISION):
        assert not any(order.in_force(day) for day in Notice.objects.filter(pupil=order.pupil_id).values_list("issued", flat=True))


def missing_children_are_in_every_state() -> None:
    """Some are looked for, some closed with evidence; nobody on the list is on a roll, and joint enquiries rest on ten days."""
    assert MissingChild.objects.open().exists()
    assert MissingChild.objects.exclude(closed=None).exists()
    on_roll = Enrolment.objects.on_roll(TODAY).values("pupil")
    assert not MissingChild.objects.open().filter(pupil__in=on_roll).exists()
    assert not JointEnquiry.objects.open().filter(days__lt=10).exists()
    assert Vacancy.objects.exists()
    assert MissingDecision.objects.values("meeting").distinct().count() >= 1


def last_chances_rest_on_the_register() -> None:
    """A notice to improve names sessions of the register kept with it, and ended as the marks of that day say; no holiday is among them."""
    for row in Improvement.objects.exclude(issued=None).prefetch_related("decisions"):
        decisions = {one.kind: one for one in row.decisions.all()}
        shown = {line.rsplit(" ", 1)[0] for line in decisions["issued"].register.splitlines()}
        assert {said.replace("=", " ") for said in row.sessions} <= shown
        assert not any(said.endswith("=G") for said in row.sessions)
        assert row.state != "improved" or decisions["improved"].missed <= row.most
        assert row.state != "not_improved" or decisions["not_improved"].missed > row.most
    assert Contract.objects.exists()
    assert not Party.objects.filter(state="agreed", signed=None).exists()


def history_is_loaded_and_signed_off() -> None:
    """Else no notice could be issued in the demo. Of every kind something was loaded, of every issuer a notice, and rows came back."""
    assert SignOff.objects.in_force().exists()
    assert set(HistoricRecord.objects.values_list("kind", flat=True)) == set(Kind.values)
    notices = HistoricRecord.objects.filter(kind=Kind.NOTICES)
    assert set(notices.values_list("issuer", flat=True)) == set(HistoricRecord.Issuer.values)
    assert notices.filter(pupil=None).exists()
    assert HistoryLoad.objects.filter(rejected__gt=0).exists()
    told = notices.get(issuer=HistoricRecord.Issuer.OTHER)
    assert told.parent is not None
    assert told.enquiry is not None
    assert told.enquiry.told == 1
    assert HistoryEnquiry.objects.filter(replied=None).exists()


CHECKS = (
    history_is_loaded_and_signed_off,
    whoever_issued_was_authorised_and_orders_stand,
    last_chances_rest_on_the_register,
    missing_children_are_in_every_state,
    nothing_done_lies_in_the_future,
    a_chronology_is_in_order,
    visits_and_blitzes_are_told,
    cases_stand_where_the_rules_let_them,
    cases_from_meetings_were_decided_there,
    meetings_have_agendas,
    notices_rest_on_the_register,
    whatever_was_issued_had_been_confirmed,
    requests_are_proved_by_the_rule,
    money_and_days_follow_the_rules,
)


def there_is_one_of_everything() -> None:
    """For the whole borough: whatever can be chosen in a list is there to be found."""
    chosen = (
        (Case, "stage", "origin", "reason", "outcome"),
        (Entry, "kind"),
        (Contact, "kind", "result"),
        (Plan, "kind", "lead"),
        (AssessedBarrier, "barrier"),
        (Consideration, "level"),
        (PlanAction, "owner", "outcome"),
        (Meeting, "status", "place", "why_cancelled"),
        (Item, "source", "decision"),
        (Action, "owner", "status"),
        (Progress, "state"),
        (Rating, "colour", "colour_now", "term"),
        (Request, "status", "route"),
        (Decision, "outcome"),
        (Notice, "state", "order"),
        (Withdrawal, "ground"),
        (Referral, "status"),
        (HolidayBatch, "status"),
    )
    missing = []
    for model, *names in chosen:
        for name in names:
            field = model._meta.get_field(name)
            wanted = {key for key, _ in field.choices} if field.choices else {1, 2}
            found = set(model.objects.values_list(name, flat=True))
            missing += [(model.__name__, name, key) for key in sorted(wanted - found)]
    assert not missing, missing
    assert Plan.objects.current().filter(review__lt=TODAY).exists()
    assert PlanAction.objects.overdue(TODAY).exists()
    assert Action.objects.overdue(TODAY).exists()
    assert Notice.objects.unpaid_past_the_end(TODAY).exists()
    assert {"checked", "issued"} <= set(BulkIssue.objects.values_list("step", flat=True))
    assert not Notice.objects.filter(decision__considerations=None).exists()
    assert Payment.objects.filter(amount=80).exists()
    assert Payment.objects.filter(amount=160).exists()
    assert Moderation.objects.count() >= 3
    worse = Moderation.objects.filter(reason=Moderation.Reason.WORSENING).values_list("rating__school__phase", flat=True)
    assert set(worse) <= {"secondary"}  # it speaks of years 10 and 11


def officers_have_their_loads() -> None:
    loads = Counter(Case.objects.open().exclude(officer=None).values_list("officer", flat=True))
    assert len(loads) == 7
    assert all(25 <= load <= 45 for load in loads.values()), loads
    assert 230 <= Case.objects.open().count() <= 320
    assert 130 <= Case.objects.exclude(closed=None).count() <= 190
    assert 90 <= Notice.objects.count() <= 140
    holiday = Notice.objects.filter(request__route="holiday").count()
    assert 0.8 < holiday / Notice.objects.count() < 0.97
    severe = Case.objects.open().filter(pupil__flags__in=Flag.objects.open().filter(code="severe_absence"))
    planned = severe.filter(plans__in=Plan.objects.current()).distinct().count()
    assert 0.5 < planned / severe.distinct().count() < 0.85


def whoever_signs_in_has_work() -> None:
    officer = User.objects.get(email=logins.DEMO_LOGINS[0][1])
    mine = Case.objects.visible_to(officer)
    assert Plan.objects.current().filter(case__in=mine, review__lt=TODAY).exists()
    assert mine.open().filter(officer=None).exists()
    assert Meeting.objects.visible_to(officer).filter(status="planned", day__lte=TODAY + dt.timedelta(days=7)).exists()
    assert Request.objects.visible_to(officer).filter(status="returned").exists()
    for name in (logins.SCHOOL_A, logins.SCHOOL_B):
        contact = User.objects.get(postings__school__name=name, postings__part="contact")
        assert Action.objects.visible_to(contact).open().exists()
        assert Meeting.objects.visible_to(contact).filter(status="planned").exists()
        assert Request.objects.visible_to(contact).filter(status="returned").exists()
        assert Case.objects.visible_to(contact).open().exists()
        assert PublishedRating.objects.visible_to(contact).count() == 3  # last year's terms
        assert meeting_needs.needs_today(contact, today=TODAY)
    assert Request.objects.filter(status="submitted").count() >= 5
    terms = Rating.objects.values("year", "term").annotate(n=Count("pk"))
    assert {(row["year"], row["term"]) for row in terms} == {(2025, 1), (2025, 2), (2025, 3), (2026, 1)}
