"""The places of legal, as its front page offers them: what each is for, and who may go there."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class Place:
    title: str
    address: str  # name of a page that takes no key
    words: str
    permission: Permission
    authority_only: bool = False


_SEE = Permission.SEE_NOTICES

PLACES: tuple[Place, ...] = (
    Place("Requests", "requests", "Penalty notices that were asked for, and what was decided.", Permission.SEE_NOTICES),
    Place(
        "Holidays in term time",
        "holiday_batches",
        "Many pupils asked for at once, and their notices issued as one job.",
        Permission.SEE_NOTICES,
    ),
    Place(
        "Routes to a notice",
        "legal_routes",
        "In which order support, warning and notice to improve come before a request.",
        Permission.SET_POLICY,
    ),
    Place("Penalty notices", "notices", "Every notice: served, paid, withdrawn, prosecuted, or still open.", Permission.SEE_NOTICES),
    Place(
        "Notices to improve",
        "improvements",
        "The last chance before a penalty notice: what has to improve and by when, watched from the marks.",
        Permission.SEE_NOTICES,
    ),
    Place(
        "Attendance contracts",
        "contracts",
        "Offered, signed, refused or without an answer; how attendance goes since; reviews.",
        Permission.SEE_NOTICES,
    ),
    Place(
        "Return of parental responsibility measures",
        "prm",
        "DfE’s yearly figures on notices, contracts and orders, with the rows behind each.",
        Permission.SEE_BOROUGH,
        authority_only=True,
    ),
    Place("Deadlines", "deadlines", "Everything that runs, by the day it is due: what is overdue, what comes next.", _SEE, True),
    Place("Orders", "orders", "Orders of courts, directions, convictions, and supervision orders that were considered.", _SEE, True),
    Place("Authorised persons", "authorised", "Who may sign what, under which instrument, from when until when.", _SEE, True),
    Place(
        "Payments to settle",
        "income",
        "Files of the council’s income system, and payments that were not exactly what was due.",
        Permission.DECIDE_NOTICE,
        authority_only=True,
    ),
    Place(
        "Public place notices",
        "public_places",
        "For an excluded child in a public place in school hours: a regime of its own.",
        Permission.SEE_NOTICES,
    ),
    Place(
        "Registers to confirm",
        "confirmations",
        "Schools say, on the day, that the marks held here agree with their own registers. Nothing is issued before.",
        Permission.SEE_NOTICES,
    ),
    Place(
        "Loaded history",
        "history",
        "What was issued and done before Daymark, or elsewhere: loaded from files, and signed off by a manager.",
        Permission.SEE_NOTICES,
        authority_only=True,
    ),
    Place(
        "Same persons", "same_persons", "Records that may be of one person: answered before a notice is issued.", Permission.SAY_SAME_PERSON
    ),
    Place(
        "Other authorities",
        "other_authorities",
        "What we asked other authorities about earlier notices, what they asked us, and the replies.",
        Permission.ASK_AUTHORITIES,
    ),
)


def places_of(user: User) -> list[Place]:
    return [place for place in PLACES if user.may(place.permission) and (user.as_role.in_authority or not place.authority_only)]
