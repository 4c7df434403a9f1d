"""The table of doors, app by app: who may open each address (tests/flows/test_doors.py tries them all)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ALL = {"officer", "manager", "legal", "contact_a", "contact_b", "staff_a", "stranger", "administrator"}
PEOPLE = ALL - {"administrator"}  # who may see children
# whose postings, or whose role, reach each school
REACH = {
    "a": {"officer", "manager", "legal", "contact_a", "staff_a", "administrator"},
    "b": {"manager", "legal", "contact_b", "administrator"},
}


@dataclass(frozen=True)
class Door:
    """`roles` may do the act; `of` names whose rows are asked for; `get` and `post` are what an admitted person meets.

    `post` answers an empty form: 200 shows it again with what is wrong, 302 goes on, 405 there is nothing to send.
    """

    roles: set[str]
    of: str = ""  # key of a `things_of`; "" asks for nobody's rows in particular
    get: int = 200
    post: int = 405
    arguments: dict[str, Any] = field(default_factory=dict)
    signed_out: int = 302  # to the sign-in page; what answers programs says 401
    senders: set[str] | None = None  # who of `roles` may send what the page asks for; None: all of them


SENDERS = {"officer", "manager", "contact_a", "contact_b", "stranger"}  # upload registers, correct people
AUTHORITY = {"officer", "manager", "stranger"}  # works with schools for the authority
CALENDAR = SENDERS | {"administrator"}
POSTING = {"manager", "administrator"}
ADMIN = {"administrator"}
