"""What was done about a child outside any case, for the chronology: an entry of a case says the rest. One query for all of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, F, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from accounts.models import User
from casework.models import BlitzChild, Consideration, Contact, Entry, FirstDayResponse, PupilReport, Service, TellWorker
from schools.models import EnquiryStep, JointEnquiry, Pupil

CARE, ENQUIRY = "care", "enquiry"
NAMES = {CARE: "Social worker, first day", ENQUIRY: "Joint enquiry"}
KINDS = frozenset({CARE, ENQUIRY, Entry.Kind.SAFE, Entry.Kind.CONTACT, Entry.Kind.NOTE})


@dataclass(frozen=True, slots=True)
class Done:
    day: dt.date
    kind: str
    words: str
    who: str
    at: dt.datetime | None


def done(pupil: Pupil, user: User, first: dt.date, last: dt.date, kind: str) -> Iterator[Done]:
    """Between two days, of one kind ("" for all); what `user` may read, of merged records too."""
    days = (first, last)
    wanted = [
        _rows("consideration", Consideration.objects.visible_to(user).filter(_of(pupil), case=None, day__range=days),
              "day", "at", "by__name", ("considered_by", "level", "referred_to")),
        _rows("blitz", BlitzChild.objects.visible_to(user).filter(_of(pupil, "enrolment__"), at__isnull=False, contact=None,
                                                                   blitz__day__range=days),
              "blitz__day", "at", "by__name", ("result", "words", "child_seen")),
        _rows("report", PupilReport.objects.visible_to(user).filter(_of(pupil), case=None, met__range=days),
              "met", "logged_at", "logged_by__name", ("purpose", "went", "outcome")),
        _rows("response", FirstDayResponse.objects.visible_to(user).filter(_of(pupil, "enrolment__"), day__range=days),
              "day", "at", "by_name", ("kind", "result", "words")),
        _rows("told", TellWorker.objects.visible_to(user).filter(_of(pupil, "enrolment__"), told_on__range=days),
              "told_on", None, "told_by", ("about", "worker", "reply")),
        _rows("step", EnquiryStep.objects.filter(enquiry__in=JointEnquiry.objects.visible_to(user).filter(_of(pupil, "enrolment__")),
                                                 day__range=days),
              "day", "at", "by_name", ("what", "side", "found")),
    ]  # fmt: skip
    for name, day, at, who, a, b, c in wanted[0].union(*wanted[1:], all=True):
        of, words = _WORDS[name](a, b, c)
        if kind in ("", of):
            yield Done(day, of, words, who or "", at)


def _of(pupil: Pupil, prefix: str = "") -> Q:
    return Q(**{f"{prefix}pupil": pupil.pk}) | Q(**{f"{prefix}pupil__merged_into": pupil.pk})


def _rows(name: str, rows: QuerySet[Any], day: str, at: str | None, who: str, said: tuple[str, str, str]) -> QuerySet[Any, Any]:
    """One shape for all, so that the database gives them at once."""
    model: type[Model] = rows.model
    moment = F(at) if at else Cast(Value(None), DateTimeField())
    a, b, c = (Cast(F(field), TextField()) for field in said)
    named = {"named_": Value(name), "day_": F(day), "at_": moment, "who_": Cast(F(who), TextField()), "a_": a, "b_": b, "c_": c}
    assert not set(named) & {field.name for field in model._meta.get_fields()}  # noqa: S101
    return rows.order_by().annotate(**named).values_list(*named)


def _and(words: str) -> str:
    return f"\n{words}" if words else ""


def _consideration(by: str, level: str, to: str) -> tuple[str, str]:
    went = f"Referred to {Service(to).label}" if to else "Not referred"
    return Entry.Kind.SAFE, f"Safeguarding considered by {by}: {Consideration.Level(level).label}. {went}."


def _blitz(result: str, words: str, seen: str) -> tuple[str, str]:
    said = f"Home visit, attendance blitz: {Contact.Result(result).label.lower()}."
    return Entry.Kind.CONTACT, said + (" The child was seen." if seen == "true" else "") + _and(words)


def _report(purpose: str, went: str, outcome: str) -> tuple[str, str]:
    return Entry.Kind.NOTE, f"{PupilReport.Purpose(purpose).label}: {PupilReport.Went(went).label.lower()}." + _and(outcome)


def _response(kind: str, result: str, words: str) -> tuple[str, str]:
    said = f"First day of absence. {FirstDayResponse.Kind(kind).label}: {FirstDayResponse.Result(result).label.lower()}."
    return CARE, said + _and(words)


def _told(about: str, worker: str, reply: str) -> tuple[str, str]:
    matter = "the absence" if about == TellWorker.About.ABSENCE else "the deletion from the roll"
    return CARE, f"Told of {matter}: {worker}." + (_and(reply) or " No reply recorded.")


def _step(what: str, side: str, found: str) -> tuple[str, str]:
    return ENQUIRY, f"{EnquiryStep.Side(side).label} asked. {EnquiryStep.What(what).label}." + _and(found)


_WORDS = {
    "consideration": _consideration, "blitz": _blitz, "report": _report, "response": _response, "told": _told, "step": _step,
}  # fmt: skip
