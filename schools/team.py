"""The team around a school: which places there are in it, and who fills them. Pages, files and invitations read it here."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schools.models import Posting, School, TeamMember

Role, Part = TeamMember.Role, Posting.Part


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the team. `without` follows "27 schools have"; "" for a place that need not be filled."""

    code: str  # a part of a posting, or a role in the team
    name: str
    side: str  # of SIDES
    without: str = ""

    @property
    def posted(self) -> bool:
        """Filled by a posting of a user."""
        return self.code in Part

    @property
    def of_school(self) -> bool:
        """Kept by the school itself as well as by the authority."""
        return self.code in TeamMember.KEPT_BY_SCHOOL

    @property
    def one(self) -> bool:
        return self.code in TeamMember.ONE_AT_A_TIME


AUTHORITY, SCHOOL, SERVICES, OTHERS = "In the authority", "At the school", "Linked services", "Others"
SIDES = (AUTHORITY, SCHOOL, SERVICES, OTHERS)
SLOTS = (
    Slot(Part.LEAD, "Authority single point of contact", AUTHORITY, "no single point of contact in the authority"),
    Slot(Part.COVER, "Cover for the authority’s contact", AUTHORITY, "nobody to cover for the authority’s contact"),
    Slot(Part.CONTACT, "School single point of contact", SCHOOL, "no single point of contact of their own"),
    Slot(Role.CHAMPION, Role.CHAMPION.label, SCHOOL, "no senior attendance champion"),
    Slot(Role.ATTENDANCE_LEAD, Role.ATTENDANCE_LEAD.label, SCHOOL, "no attendance lead"),
    Slot(Role.GOVERNOR, Role.GOVERNOR.label, SCHOOL, "no named attendance governor"),
    Slot(Role.SEN, Role.SEN.label, SCHOOL, "no SEN contact"),
    Slot(Part.STAFF, "School staff with an account", SCHOOL),
    Slot(Role.EARLY_HELP, Role.EARLY_HELP.label, SERVICES, "no linked early-help worker"),
    Slot(Role.SOCIAL_WORKER, Role.SOCIAL_WORKER.label, SERVICES, "no linked social worker"),
    Slot(Role.NURSE, Role.NURSE.label, SERVICES, "no school nurse"),
    Slot(Role.VIRTUAL, Role.VIRTUAL.label, SERVICES, "no virtual school link"),
    Slot(Role.OTHER, "Somebody else", OTHERS),
)
BY_CODE: Mapping[str, Slot] = {slot.code: slot for slot in SLOTS}
EXPECTED = tuple(slot for slot in SLOTS if slot.without)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who fills a place. `row` is what says so: a posting, or an entry of the team."""

    role: str  # code of a Slot
    role_name: str
    name: str
    email: str
    phone: str
    row: Posting | TeamMember

    @property
    def member(self) -> TeamMember | None:
        return self.row if isinstance(self.row, TeamMember) else None


def of_schools(schools: Iterable[int], *, day: dt.date) -> dict[int, dict[str, list[Person]]]:
    """Who fills which place on `day`: school -> code of the place -> people by name. Two queries, however many schools.

    A user who cannot sign in any more fills no place by a posting.
    """
    ids = list(schools)
    found: dict[int, dict[str, list[Person]]] = {school: defaultdict(list) for school in ids}
    postings = Posting.objects.on(day).filter(school__any_of=ids, user__is_active=True)
    for posting in postings.select_related("user").order_by("user__name", "pk"):
        person = of_posting(posting)
        if all(person.email != other.email for other in found[posting.school_id][person.role]):  # posted twice over
            found[posting.school_id][person.role].append(person)
    for member in TeamMember.objects.on(day).filter(school__any_of=ids).select_related("user").order_by("name", "pk"):
        found[member.school_id][member.role].append(of_member(member))
    return found


def people_of(school: School, *, day: dt.date) -> list[Person]:
    """Everybody who works with a school on `day`, in the order of the places: whom an invitation can go to (name, email, role)."""
    by_role = of_schools([school.pk], day=day)[school.pk]
    return [person for slot in SLOTS for person in by_role.get(slot.code, ())]


def of_posting(posting: Posting) -> Person:
    return Person(posting.part, BY_CODE[posting.part].name, posting.user.name, posting.user.email, "", posting)


def of_member(member: TeamMember) -> Person:
    """With the address of their account where the entry gives none."""
    email = member.email or (member.user.email if member.user else "")
    return Person(member.role, member.role_name, member.name, email, member.phone, member)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in one school's team as its page shows it."""

    slot: Slot
    now: Sequence[Person]
    coming: Sequence[Person]

    @property
    def gap(self) -> bool:
        return not self.now and bool(self.slot.without)


@dataclass(frozen=True, slots=True)
class Team:
    places: Sequence[Place]
    before: Sequence[Person]  # whose time is over, the last to end first

    @property
    def gaps(self) -> list[Place]:
        return [place for place in self.places if place.gap]

    @property
    def sides(self) -> list[tuple[str, list[Place]]]:
        """What there is to show: places that are filled, and those that should be."""
        shown = [place for place in self.places if place.now or place.coming or place.slot.without]
        by_side = [(side, [place for place in shown if place.slot.side == side]) for side in SIDES]
        return [(side, places) for side, places in by_side if places]


def team_of(school: School, *, day: dt.date) -> Team:
    """One school's people, now, to come and before. Two queries."""
    postings = school.postings.select_related("user").order_by("user__name", "pk")
    members = TeamMember.objects.valid().filter(school=school).select_related("user").order_by("name", "pk")
    everybody = [*map(of_posting, postings), *map(of_member, members)]
    before = [person for person in everybody if _over(person.row, day)]
    standing = [person for person in everybody if not _over(person.row, day)]
    places = [
        Place(
            slot,
            [person for person in standing if person.role == slot.code and person.row.start <= day],
            [person for person in standing if person.role == slot.code and person.row.start > day],
        )
        for slot in SLOTS
    ]
    return Team(places, sorted(before, key=lambda person: (person.row.end or day, person.row.start), reverse=True))


def _over(row: Posting | TeamMember, day: dt.date) -> bool:
    """Ended before `day`, or of a user who cannot sign in any more."""
    return (row.end is not None and row.end < day) or (isinstance(row, Posting) and not row.user.is_active)
