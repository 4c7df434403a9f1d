"""Writes what was thought up: many rows at once, in the order in which they refer to one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from casework.models import Case, Contact, Entry, Plan, PlanAction
from config.demo import bulk
from config.demo.work.cast import Cast
from config.demo.work.meetings import Gathering
from config.demo.work.notices import Asked
from config.demo.work.story import Line, Story
from legal import considered
from legal.considered import Said
from legal.models import Answer, Authorised, Considerations, Decision, Document, Notice, Payment, Request, Withdrawal
from legal.models.considerations import as_kept
from meetings import mailing
from meetings.minutes_content import content_of
from meetings.models import Action, Item, Meeting, Minutes, Presence, Progress

_AT_ONCE = 1000
_APART = 0.2  # hours between one thing that is written down and the next of the same case and day


def cases(stories: Sequence[Story], cast: Cast) -> None:
    """Cases in the order in which they were opened, with their plans and chronologies."""
    ordered = sorted(stories, key=lambda story: (story.opened, story.child.pupil))
    for story in ordered:
        story.lines.sort(key=lambda line: line.day)
        story.row = Case(
            pupil_id=story.child.pupil, school_id=story.child.school, origin=story.origin, reason=story.reason, flag_id=story.flag,
            stage=story.stage, stage_since=story.stage_since, officer=story.officer, opened=story.opened, opened_by=story.opened_by,
            opened_at=_at(cast, story, story.opened, 0), closed=story.closed, closed_by=story.closed_by, outcome=story.outcome,
            version=1 + story.changes,
        )  # fmt: skip
    Case.objects.bulk_create([story.row for story in ordered if story.row], batch_size=_AT_ONCE)
    _plans(ordered)
    _chronologies(ordered, cast)


def _at(cast: Cast, story: Story, day: dt.date, nth: int) -> dt.datetime:
    """Some time of the working day, another for each case and day."""
    hour = 8.6 + (story.child.pupil * 7 + day.toordinal() * 3) % 41 * 0.15
    return cast.moment(day, min(hour + nth * _APART, 17.9))


def _plans(stories: Sequence[Story]) -> None:
    plans: list[Plan] = []
    actions: list[PlanAction] = []
    for story in stories:
        for plan, agreed in story.plans:
            plan.case = story.row  # type: ignore[assignment]
            plans.append(plan)
            actions += agreed
    Plan.objects.bulk_create(plans, batch_size=_AT_ONCE)
    for story in stories:
        for plan, agreed in story.plans:
            for action in agreed:
                action.plan = plan
    PlanAction.objects.bulk_create(actions, batch_size=_AT_ONCE)


def _chronologies(stories: Sequence[Story], cast: Cast) -> None:
    """Lines of all cases by day, so that their keys grow with time; those of one day and case some minutes apart."""
    told: list[tuple[Story, Line, int]] = []
    for story in stories:
        nth = 0
        for before, line in zip([None, *story.lines], story.lines, strict=False):
            nth = nth + 1 if before and before.day == line.day else 0
            told.append((story, line, nth))
    told.sort(key=lambda one: (one[1].day, one[2]))
    entries = [
        Entry(
            case=story.row, kind=line.kind, day=line.day, at=_at(cast, story, line.day, nth), by=line.by,
            by_name=line.by.name if line.by else "", words=line.words, shared=line.shared,
        )
        for story, line, nth in told
    ]  # fmt: skip
    Entry.objects.bulk_create(entries, batch_size=_AT_ONCE)
    contacts: list[Contact] = []
    for (story, line, _), entry in zip(told, entries, strict=True):
        if line.contact is not None:
            line.contact.case, line.contact.entry = story.row, entry  # type: ignore[assignment]
            contacts.append(line.contact)
    Contact.objects.bulk_create(contacts, batch_size=_AT_ONCE)


def meetings(gatherings: Sequence[Gathering]) -> None:
    """Meetings by the day on which they were planned. Items and actions refer to each other, so their keys are taken first."""
    ordered = sorted(gatherings, key=lambda g: (g.row.planned_at, g.row.school_id, g.row.day))
    Meeting.objects.bulk_create([gathering.row for gathering in ordered], batch_size=_AT_ONCE)
    items: list[Item] = []
    actions: list[Action] = []
    said: list[Progress] = []
    item_keys, action_keys = bulk.keys(Item), bulk.keys(Action)
    for gathering in sorted(ordered, key=lambda g: (g.row.day, g.row.pk)):
        for item, story in gathering.items:
            item.pk, item.meeting = next(item_keys), gathering.row
            item.case = story.row if story else None
            items.append(item)
        for agreed in gathering.actions:
            agreed.row.pk, agreed.row.meeting = next(action_keys), gathering.row
            actions.append(agreed.row)
            said += agreed.said
    for action in actions:
        action.item = action.item  # takes over the key that the item has now
    for item in items:
        item.carried = item.carried
    for progress in said:
        progress.action = progress.action
    Item.objects.bulk_create(items, batch_size=_AT_ONCE)
    Action.objects.bulk_create(actions, batch_size=_AT_ONCE)
    Progress.objects.bulk_create(sorted(said, key=lambda p: p.at), batch_size=_AT_ONCE)


def minutes(held: Iterable[Meeting], cast: Cast) -> int:
    """Who came, and version 1 of the minutes, as they were made when the meeting was recorded."""
    made = 0
    for meeting in held:
        people = [(one.name, one.email, one.side, one.role) for one in mailing.invitees(meeting, today=cast.today)]
        Presence.objects.bulk_create(
            Presence(meeting=meeting, name=name, email=email, side=side, role=role, came=True) for name, email, side, role in people
        )
        by, at = meeting.officer, meeting.changed_at
        Minutes.objects.create(meeting=meeting, version=1, content=content_of(meeting), made_by=by, made_at=at)
        made += 1
    return made


def notices(docket: Sequence[Asked]) -> None:
    """Requests in the order in which they were made, decisions and notices in that in which they were decided."""
    ordered = sorted(docket, key=lambda asked: (asked.row.made, asked.child.pupil))
    for asked in ordered:
        asked.row.case = asked.story.row if asked.story else None
    Request.objects.bulk_create([asked.row for asked in ordered], batch_size=_AT_ONCE)
    liable = Request.parents.through
    liable.objects.bulk_create(liable(request_id=asked.row.pk, parent_id=adult.key) for asked in ordered for adult in asked.parents)
    for asked in ordered:
        for answer in asked.answers:
            answer.request = asked.row
    Answer.objects.bulk_create([answer for asked in ordered for answer in asked.answers], batch_size=_AT_ONCE)
    decided = sorted((asked for asked in ordered if asked.decision), key=lambda asked: asked.decision.known_at)
    for asked in decided:
        asked.decision.request = asked.row
    _considered([asked.decision for asked in decided if asked.decision and asked.decision.outcome == Decision.Outcome.ISSUE])
    signing = Authorised.objects.filter(power=Authorised.Power.NOTICES).order_by("pk")
    signs = {one.user_id: one for one in signing}
    for asked in decided:
        if asked.decision.outcome == Decision.Outcome.ISSUE:
            asked.decision.signatory = signs.get(asked.decision.by_id)
    Decision.objects.bulk_create([asked.decision for asked in decided])
    issued = sorted(((one, asked) for asked in decided for one in asked.notices), key=lambda pair: pair[0].row.number)
    for one, asked in issued:
        one.row.request, one.row.decision = asked.row, asked.decision
    Notice.objects.bulk_create([one.row for one, _ in issued])
    for one, _ in issued:
        for follows in (one.payment, one.withdrawal):
            if follows is not None:
                follows.notice = one.row
    Payment.objects.bulk_create(sorted((one.payment for one, _ in issued if one.payment), key=lambda payment: payment.at))
    Withdrawal.objects.bulk_create(sorted((one.withdrawal for one, _ in issued if one.withdrawal), key=lambda gone: gone.at))
    Document.objects.bulk_create(Document(notice=one.row) for one, _ in issued)


def _considered(decisions: Sequence[Decision]) -> None:
    """The nine points before each notice, signed on the day of the decision by whoever decided."""
    rows = [
        Considerations(
            request=decision.request, answers=as_kept(_answers(decision)), by=decision.by, by_name=decision.by_name, day=decision.day,
            at=decision.known_at - dt.timedelta(minutes=6),
        )
        for decision in decisions
    ]  # fmt: skip
    for decision, row in zip(decisions, Considerations.objects.bulk_create(rows), strict=True):
        decision.considerations = row


def _answers(decision: Decision) -> dict[str, Said]:
    common = {"threshold": "yes", "best_tool": "yes", "equality": "nothing", "conflict": "none", "liable": "allowed", "history": "known"}
    said = {key: Said(choice) for key, choice in common.items()}
    if decision.request.route == Request.Route.HOLIDAY:
        return said | {key: Said(choice) for key, choice in considered.OF_A_HOLIDAY.items()}
    engaged = decision.reason == Decision.Reason.NOT_ENGAGED
    offered = (
        Said("not_engaged", "Two meetings and a plan were offered; nobody came and calls were not returned.")
        if engaged
        else Said("not_worked", "A plan ran for a half term and was reviewed; sessions missed did not become fewer.")
    )
    improve = (
        Said("no_effect", "An earlier notice to improve brought no change, and the family said it would not.") if engaged else Said("given")
    )
    return said | {"appropriate": Said("yes"), "offered": offered, "improve": improve}
