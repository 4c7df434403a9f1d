"""Parents named by a roll, in bulk: matched to those known, corrected where the roll says more, added where nobody knows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from accounts.models import User
from schools import names
from schools.importers.roll import ParentRow
from schools.models import Parent, Pupil, Responsibility

WHERE = ("address", "postcode")
STANDING = ("parental_responsibility", "lives_with")
DETAILS = ("title", "phone", "email", *WHERE)


class Families:
    """The parents of some pupils, and everybody with whose name a roll might name one of them."""

    def __init__(self, pupils: Sequence[Pupil], by: User | None, *, feed: bool = False) -> None:
        # a school's roll finds what its page would (parents.same_person): it neither changes a hidden address nor learns, by
        # what it changed, whether it guessed right
        self.within = Parent.objects.all() if by is None or by.as_role.in_authority else Parent.objects.address_visible_to(by)
        # a feed is nobody who could learn a thing; what the school's system holds of a hidden address is not taken all the same
        of_authority = not feed and (by is None or by.as_role.in_authority)
        unseen = Parent.objects.none() if of_authority else Parent.objects.filter(hidden_from__isnull=False)
        self.unseen = set(unseen.values_list("pk", flat=True))
        self.of_pupil: dict[int, list[Parent]] = defaultdict(list)
        self.links: dict[tuple[int, int], Responsibility] = {}
        self.by_id: dict[int, Parent] = {}  # one object a person, or one row's correction would undo another's
        for link in Responsibility.objects.filter(pupil__in=[pupil.pk for pupil in pupils]).select_related("parent"):
            self.of_pupil[link.pupil_id].append(self.by_id.setdefault(link.parent_id, link.parent))
            self.links[link.pupil_id, link.parent_id] = link
        self.by_name: dict[str, list[Parent]] = defaultdict(list)

    def write(self, named: Iterable[tuple[Pupil, Sequence[ParentRow]]]) -> tuple[int, int]:
        """Returns how many parents were added and how many corrected."""
        named = list(named)
        keys = {_key(row) for _, rows in named for row in rows}
        for parent in self.within.filter(sort_name__in=keys).order_by("pk"):
            self.by_name[parent.sort_name].append(self.by_id.setdefault(parent.pk, parent))
        new: list[Parent] = []
        corrected: dict[int, Parent] = {}
        stood: dict[int, Responsibility] = {}
        links: list[tuple[Pupil, Parent, ParentRow, int]] = []
        for pupil, rows in named:
            for priority, row in enumerate(rows, 1):
                known = self._known(pupil, row)
                parent = known or Parent(**row.details)
                if known is None:
                    _index(parent)
                    new.append(parent)
                    self.by_name[parent.sort_name].append(parent)
                elif _correct(parent, row, self._may_correct(parent)) and parent.pk:
                    corrected[parent.pk] = parent
                if not any(parent is held or (parent.pk and parent.pk == held.pk) for held in self.of_pupil[pupil.pk]):
                    self.of_pupil[pupil.pk].append(parent)
                    links.append((pupil, parent, row, priority))
                elif parent.pk and (link := self.links.get((pupil.pk, parent.pk))) and _stands(link, row):
                    stood[link.pk] = link
        Parent.objects.bulk_create(new, batch_size=1000)
        Parent.objects.bulk_update(corrected.values(), [*DETAILS, "sort_name", "search_text"], batch_size=500)
        tied = []
        for pupil, parent, row, priority in links:
            link = Responsibility(pupil=pupil, parent=parent, relationship=row.relationship, priority=priority)
            _stands(link, row)
            tied.append(link)
        Responsibility.objects.bulk_create(tied, batch_size=1000)
        Responsibility.objects.bulk_update(stood.values(), STANDING, batch_size=500)
        return len(new), len(corrected)

    def _may_correct(self, parent: Parent) -> list[str]:
        return [name for name in DETAILS if not (name in WHERE and parent.pk in self.unseen)]

    def _known(self, pupil: Pupil, row: ParentRow) -> Parent | None:
        """A parent of this pupil by that name; else somebody of that name whom a number, an address or a home tells apart."""
        key = _key(row)
        for parent in self.of_pupil[pupil.pk]:
            if parent.sort_name == key:
                return parent
        for parent in self.by_name[key]:
            if _same(parent, row):
                return parent
        return None


def _key(row: ParentRow) -> str:
    return names.sort_key(row.details["surname"], row.details.get("forename", ""))


def _same(parent: Parent, row: ParentRow) -> bool:
    phone, email = names.digits(row.details.get("phone", "")), row.details.get("email", "").lower()
    home = (names.postcode_key(row.details.get("postcode", "")), names.fold(row.details.get("address", "")))
    return bool(
        (phone and names.digits(parent.phone) == phone)
        or (email and parent.email.lower() == email)
        or (all(home) and (names.postcode_key(parent.postcode), names.fold(parent.address)) == home)
    )


def _stands(link: Responsibility, row: ParentRow) -> bool:
    """Take what a row says of how the parent stands to the pupil; whether that changed anything. None says nothing."""
    wanted = {name: value for name in STANDING if (value := getattr(row, name)) is not None}
    changed = [name for name, value in wanted.items() if getattr(link, name) != value]
    for name in changed:
        setattr(link, name, wanted[name])
    return bool(changed)


def _index(parent: Parent) -> None:
    parent.postcode = parent.postcode.upper()
    parent.sort_name = names.sort_key(parent.surname, parent.forename)
    parent.search_text = names.parent_search_text(parent)


def _correct(parent: Parent, row: ParentRow, details: Sequence[str]) -> bool:
    wanted = {name: value for name, value in row.details.items() if name in details}
    if "postcode" in wanted:
        wanted["postcode"] = wanted["postcode"].upper()
    changed = [name for name, value in wanted.items() if getattr(parent, name) != value]
    for name in changed:
        setattr(parent, name, wanted[name])
    _index(parent)
    return bool(changed)
