"""The places of legal, as its front page offers them: what each is for, who may go there, and what waits there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from casework.models import Task
from legal import board
from legal.filters import ImprovementFilter
from legal.models import ConfirmationAsked, HistoryEnquiry, Improvement, IncomeLine, Request


@dataclass(frozen=True, slots=True)
class Waits:
    """So many of something wait there, and the list that shows them."""

    text: str
    address: str
    late: bool = False


Count = Callable[[User, dt.date], Waits | None]


@dataclass(frozen=True, slots=True)
class Place:
    title: str
    address: str  # name of a page that takes no key
    words: str
    permission: Permission = Permission.SEE_NOTICES
    authority_only: bool = False
    waits: Count | None = None


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    place: Place
    waits: Waits | None


@dataclass(frozen=True, slots=True)
class ShownGroup:
    title: str
    places: list[Shown]


def _requests(user: User, today: dt.date) -> Waits | None:
    """For whoever asks, first what came back to them; for all others what waits for a decision."""
    if user.may(Permission.REQUEST_NOTICE):
        number = Request.objects.visible_to(user).filter(status=Request.Status.RETURNED).count()
        if number:
            return _waits(f"{number} returned: something is missing", number, f"{reverse('requests')}?status={Request.Status.RETURNED}")
    number = Request.objects.visible_to(user).filter(status=Request.Status.SUBMITTED).count()
    return _waits(f"{number} waiting for a decision", number, f"{reverse('requests')}?status={Request.Status.SUBMITTED}")


def _deadlines(user: User, today: dt.date) -> Waits | None:
    due = board.counts(Task.objects.visible_to(user).open().of_kind(Task.Kind.LEGAL_DEADLINE), today)
    if due["overdue"]:
        return _waits(f"{due['overdue']} overdue", due["overdue"], f"{reverse('deadlines')}?when=overdue", late=True)
    return _waits(f"{due['week']} within 7 days", due["week"], f"{reverse('deadlines')}?when=week")


def _confirmations(user: User, today: dt.date) -> Waits | None:
    number = ConfirmationAsked.objects.visible_to(user).open().count()
    return _waits(f"{number} to be confirmed", number, reverse("confirmations"))


def _income(user: User, today: dt.date) -> Waits | None:
    number = IncomeLine.objects.visible_to(user).waiting().count()
    return _waits(f"{number} to settle", number, reverse("income"))


def _improvements(user: User, today: dt.date) -> Waits | None:
    rows = ImprovementFilter({"waits": "yes"}, queryset=Improvement.objects.visible_to(user), user=user, today=today).qs
    number = rows.count()
    return _waits(f"{number} to be decided", number, f"{reverse('improvements')}?waits=yes")


def _enquiries(user: User, today: dt.date) -> Waits | None:
    number = HistoryEnquiry.objects.visible_to(user).filter(replied=None).count()
    return _waits(f"{number} without a reply", number, f"{reverse('other_authorities')}?open=yes")


def _waits(text: str, number: int, address: str, *, late: bool = False) -> Waits | None:
    return Waits(text, address, late) if number else None


GROUPS: tuple[Group, ...] = (
    Group(
        "To do",
        (
            Place("Requests", "requests", "Penalty notices that schools and officers asked for, and what was decided.", waits=_requests),
            Place(
                "Deadlines",
                "deadlines",
                "Every legal deadline by the day it is due, with the last safe date to lay the information.",
                authority_only=True,
                waits=_deadlines,
            ),
            Place(
                "Registers to confirm",
                "confirmations",
                "Schools say, on the day, that the marks held here agree with their own registers. Nothing is issued before.",
                waits=_confirmations,
            ),
            Place(
                "Payments to settle",
                "income",
                "Files of the council’s income system, and payments that were not exactly what was due.",
                Permission.DECIDE_NOTICE,
                authority_only=True,
                waits=_income,
            ),
        ),
    ),
    Group(
        "Before a penalty notice",
        (
            Place(
                "Attendance contracts",
                "contracts",
                "Offered, signed, refused or without an answer; how attendance goes since; reviews.",
            ),
            Place(
                "Notices to improve",
                "improvements",
                "The last chance before a penalty notice: what has to improve and by when, watched from the marks.",
                waits=_improvements,
            ),
            Place(
                "Routes to a notice",
                "legal_routes",
                "In which order support, warning and notice to improve come before a request.",
                Permission.SET_POLICY,
            ),
        ),
    ),
    Group(
        "Notices and courts",
        (
            Place("Holidays in term time", "holiday_batches", "Many pupils asked for at once, and their notices issued together."),
            Place("Penalty notices", "notices", "Every notice: served, paid, withdrawn, prosecuted, or still open."),
            Place(
                "Public place notices",
                "public_places",
                "For an excluded child found in a public place in school hours, under rules of its own.",
            ),
            Place(
                "Orders",
                "orders",
                "Orders of courts, directions, convictions, and supervision orders that were considered.",
                authority_only=True,
            ),
        ),
    ),
    Group(
        "What happened before or elsewhere",
        (
            Place(
                "Loaded history",
                "history",
                "What was issued and done before Daymark, or elsewhere: loaded from files, and signed off by a manager.",
                authority_only=True,
            ),
            Place(
                "Same persons",
                "same_persons",
                "Records that may be of one person: answered before a notice is issued.",
                Permission.SAY_SAME_PERSON,
            ),
            Place(
                "Other authorities",
                "other_authorities",
                "What we asked other authorities about earlier notices, what they asked us, and the replies.",
                Permission.ASK_AUTHORITIES,
                waits=_enquiries,
            ),
        ),
    ),
    Group(
        "The authority’s own records",
        (
            Place(
                "Authorised persons",
                "authorised",
                "Who may sign what, under which instrument, from when until when.",
                authority_only=True,
            ),
            Place(
                "Return of parental responsibility measures",
                "prm",
                "DfE’s yearly figures on notices, contracts and orders, with the rows behind each.",
                Permission.SEE_BOROUGH,
                authority_only=True,
            ),
        ),
    ),
)


def may_go(user: User, place: Place) -> bool:
    return user.may(place.permission) and (user.as_role.in_authority or not place.authority_only)


def groups_of(user: User, *, today: dt.date) -> list[ShownGroup]:
    """The places of this reader with what waits there, one query each for those that count."""
    found = []
    for group in GROUPS:
        mine = [Shown(place, place.waits(user, today) if place.waits else None) for place in group.places if may_go(user, place)]
        if mine:
            found.append(ShownGroup(group.title, mine))
    return found
