"""What was issued before to a person for a child: gathered here for everybody who asks, whoever issued it and under whichever record.

A person is every parent record that somebody has said to be the same; a child is the record and those merged into it. Beside our own
notices stand those that were loaded: of other authorities, of heads, of the police, and our own of the time before Daymark.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, JSONField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject

from legal import penalty, persons
from legal.models import ChildrenApart, HistoricRecord, HistoryEnquiry, Kind, Notice, Order, PersonAnswer, SignOff, Withdrawal
from legal.models.persons import TOGETHER_AS_JSON
from legal.penalty import Escalation, Past, Span, day_of, session_of, written
from legal.persons import Who
from schools import names
from schools.models import Authority, Enrolment, FormerUpn, Parent, Pupil, Responsibility
from schools.policy import Policy

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier notice: ours, or a loaded one."""

    past: Past
    notice: Notice | None = None
    record: HistoricRecord | None = None

    @property
    def relied_on(self) -> Sequence[str]:
        """Ours whose sessions were set free by a recorded decision take none."""
        if self.notice is None:
            return ()
        withdrawal = getattr(self.notice, "withdrawal", None)
        return () if withdrawal is not None and withdrawal.sessions_free else self.notice.sessions


@dataclass(frozen=True, slots=True)
class Waiting:
    """A loaded notice that may be to one of these parents for this child: nobody has said yet."""

    record: HistoricRecord
    of_child: bool  # False: it may be of another child of the name and day of birth


@dataclass(frozen=True, slots=True)
class Pasts:
    """All that was issued before for one child, person by person."""

    records: frozenset[int]  # pupil records that are this child
    people: dict[int, frozenset[int]]  # by parent record: those of the same person
    earlier: dict[int, list[Earlier]]  # by parent record, in the order of issue
    waiting: list[Waiting]
    signed_off: SignOff | None
    like: list[Pupil]  # other records of the name and day of birth, of which nobody has said that it is another child
    spells: list[tuple[str, dt.date, dt.date | None]]  # on rolls: the authority's code, from, until
    ours: str  # our own code
    asked: list[HistoryEnquiry]  # our questions to other authorities about this child
    orders: list[HistoricRecord]  # of courts, loaded: what they are is in free words, so that a person has to look
    alike: list[Any]  # parents of whom it may be asked whether they are one of these, with the answers there are; see `alike_to`
    charged: dict[int, list[HistoricRecord]]  # by parent record: loaded prosecutions that are, or by the name may be, of that person
    supervised: list[Span]  # days on which a supervision order stood in place of the parent's duty

    def past(self, parent: int) -> list[Past] | None:
        """As `penalty.standing` takes it; None: loaded history is not signed off."""
        return [one.past for one in self.earlier[parent]] if self.signed_off else None

    def standing(self, parent: int, proposed: dt.date, policy: Policy) -> Escalation:
        return penalty.standing(self.past(parent), proposed, policy)

    def available(self, parent: int, sessions: Iterable[str]) -> list[str]:
        """Those of the sessions that no notice to this person for this child relies on."""
        relied = [said for one in self.earlier[parent] for said in one.relied_on]
        return penalty.available(sessions, relied, [*(record.takes for record in self._loaded(parent)), *self.supervised])

    def _loaded(self, parent: int) -> list[HistoricRecord]:
        return [*(one.record for one in self.earlier[parent] if one.record), *self.charged[parent]]

    def taken(self, parent: int, sessions: Iterable[str]) -> str:
        """What takes those of the sessions that are not available, in words for the authority: notices, prosecutions, orders."""
        sessions = list(sessions)
        found = []
        for one in self.earlier[parent]:
            if one.notice and (n := len({session_of(said) for said in one.relied_on} & {session_of(said) for said in sessions})):
                found.append(f"{n} are relied on in {one.past.name}")
        for record in self._loaded(parent):
            if n := _within(sessions, record.takes):
                known = (
                    "" if record.period else " (its days are not known, so every session up to it is taken: correct the record if they are)"
                )
                found.append(f"{n} in {record}{known}")
        for first, last in self.supervised:
            if n := _within(sessions, (first, last)):
                until = "" if last == dt.date.max else f" to {written(last)}"
                found.append(
                    f"{n} lie in the time of an education supervision order, from {written(first)}{until}, when its directions stood in "
                    "place of the parent’s duty (Children Act 1989 Sch 3 para 13)"
                )
        return "; ".join(found)

    def in_doubt(self, proposed: dt.date, policy: Policy) -> list[Waiting]:
        """Those that would count if they were to one of these parents: they are answered before anything is issued."""
        return [one for one in self.waiting if penalty.counts(one.record.past, proposed, policy)]


def _within(sessions: Iterable[str], span: Span) -> int:
    return sum(span[0] <= day_of(said) <= span[1] for said in sessions)


def of_notices(notices: Iterable[Notice]) -> dict[int, list[Past]]:
    """By notice: everything that was issued to that person for that child, itself among it, for many notices at once. Eight queries.

    Of loaded notices those that are known to be of child and parent, by the same signs as when a notice is issued (`of_child`).
    """
    notices = list(notices)
    people = PersonAnswer.objects.persons({notice.parent_id for notice in notices})
    mine = Pupil.objects.filter(pk__in={notice.pupil_id for notice in notices}).values_list("pk", "merged_into")
    roots = {pk: into or pk for pk, into in mine}
    merged = Pupil.objects.filter(merged_into__in=set(roots.values())).values_list("pk", "merged_into")
    of = {**roots, **dict(merged), **{root: root for root in roots.values()}}
    each: dict[int, list[tuple[int, Past]]] = defaultdict(list)
    for one in Notice.objects.filter(pupil__in=of).order_by("number"):
        each[of[one.pupil_id]].append((one.parent_id, one.past))
    by_number = dict(FormerUpn.objects.filter(pupil__in=of).values_list("upn", "pupil"))
    by_number |= {upn: pk for pk, upn in Pupil.objects.filter(pk__in=of).values_list("pk", "upn") if upn}
    loaded: dict[int, list[HistoricRecord]] = defaultdict(list)
    theirs = Q(pupil__in=of) | Q(pupil__isnull=True, upn__in=by_number)
    for record in HistoricRecord.objects.standing().filter(theirs, kind=Kind.NOTICES).order_by("day", "pk"):
        loaded[of[record.pupil_id or by_number[record.upn]]].append(record)
    parents = Parent.objects.in_bulk({notice.parent_id for notice in notices})
    found = {}
    for notice in notices:
        root, parent = roots[notice.pupil_id], parents[notice.parent_id]
        found[notice.pk] = [past for to, past in each[root] if to in people[parent.pk]]
        found[notice.pk] += [record.past for record in loaded[root] if _recipients(record, [parent], people)]
    return found


def relied_on(ties: Sequence[Responsibility]) -> dict[tuple[int, int], tuple[list[str], list[tuple[dt.date, dt.date]]]]:
    """By child and parent record: the sessions that notices to that person for that child rely on, and the days that loaded ones, loaded
    prosecutions and supervision orders take.

    For many at once, in two queries. Of what is loaded what is known to be of child and parent.
    """
    children = {tie.pupil_id for tie in ties}
    people = PersonAnswer.objects.persons({tie.parent_id for tie in ties})
    sessions: dict[tuple[int, int], list[str]] = defaultdict(list)
    periods: dict[tuple[int, int], list[tuple[dt.date, dt.date]]] = defaultdict(list)
    relying = Notice.objects.relying().filter(pupil=OuterRef("pk")).values(row=JSONObject(parent="parent", sessions="sessions"))
    loaded = HistoricRecord.objects.standing().filter(
        pupil=OuterRef("pk"), kind__in=[Kind.NOTICES, Kind.PROSECUTIONS], parent__isnull=False
    )
    records = Pupil.objects.filter(Q(pk__in=children) | Q(merged_into__in=children)).annotate(
        relying=ArraySubquery(relying),
        loaded=ArraySubquery(loaded.values(row=whole(HistoricRecord))),
        supervised=ArraySubquery(Order.objects.supervision().filter(pupil=OuterRef("pk")).values(row=whole(Order))),
    )
    supervised: dict[int, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    for record in records:
        root = record.merged_into_id or record.pk
        supervised[root] += [made(Order, row).days for row in record.supervised]
        for row in record.relying:
            sessions[root, row["parent"]] += row["sessions"]
        for one in (made(HistoricRecord, row) for row in record.loaded):
            periods[root, one.parent_id or 0].append(one.takes)
    found = {}
    for tie in ties:
        theirs = [(tie.pupil_id, parent) for parent in people[tie.parent_id]]
        found[tie.pupil_id, tie.parent_id] = (
            [one for key in theirs for one in sessions[key]],
            [*(one for key in theirs for one in periods[key]), *supervised[tie.pupil_id]],
        )
    return found


def who_is(parent: Parent) -> Who:
    return Who(parent.surname, parent.forename, parent.dob, parent.address, parent.postcode, parent.phone, parent.email)


def child_records(pupil: Pupil) -> QuerySet[Pupil]:
    """The record and those that were merged with it, whichever of them is asked about."""
    root = pupil.merged_into_id or pupil.pk
    return Pupil.objects.filter(Q(pk=root) | Q(merged_into=root))


def parents_of(pupil: Pupil) -> QuerySet[Parent]:
    """Those of every record of the child."""
    return Parent.objects.filter(responsibilities__pupil__in=child_records(pupil).values("pk")).distinct()


def tie(records: Sequence[HistoricRecord]) -> int:
    """Tie loaded records to the children and parents of ours whom their own numbers and names say for certain. Four queries.

    Returns how many are of a child whom we know. What a person has said of a record stays.
    """
    open_ones = [record for record in records if not record.tied_by and (record.pupil_id is None or record.parent_id is None)]
    numbers = {record.upn for record in open_ones if record.upn}
    by_number = {upn: pk for pk, upn in Pupil.objects.filter(upn__in=numbers).values_list("pk", "upn")}
    by_number = {**dict(FormerUpn.objects.filter(upn__in=numbers).values_list("upn", "pupil")), **by_number}
    for record in open_ones:
        record.pupil_id = record.pupil_id or by_number.get(record.upn)
    children = {record.pupil_id for record in open_ones if record.pupil_id}
    parents: dict[int, list[Parent]] = defaultdict(list)
    for tied in Responsibility.objects.filter(pupil__in=children).select_related("parent").order_by("pk"):
        parents[tied.pupil_id].append(tied.parent)
    for record in open_ones:
        sure = [parent for parent in parents[record.pupil_id or 0] if persons.certain(record.who, who_is(parent))]
        if record.parent_id is None and len(sure) == 1:
            record.parent_id = sure[0].pk
    HistoricRecord.objects.bulk_update([record for record in open_ones if record.pk], ["pupil", "parent"], batch_size=500)
    return sum(record.pupil_id is not None for record in records)


def of_child(pupil: Pupil, parents: Sequence[Parent], *, issued_by: dt.date | None = None) -> Pasts:
    """What was issued before for this child to each of `parents`; as of a past day, what was issued by then. One query."""
    records = _read(pupil, parents)
    keys = frozenset(record.pk for record in records)
    people: dict[int, set[int]] = {parent.pk: {parent.pk} for parent in parents}
    for of, beside in records[0].people or ():  # nothing where no parent is known
        people[of].add(beside)
    persons_ = {key: frozenset(some) for key, some in people.items()}
    ours = [_with_withdrawal(row) for record in records for row in record.noticed]
    every = list({row["id"]: made(HistoricRecord, row) for record in records for row in record.loaded}.values())
    loaded = [record for record in every if record.kind == Kind.NOTICES]
    if issued_by is not None:
        ours = [notice for notice in ours if notice.issued <= issued_by]
        loaded = [record for record in loaded if record.day <= issued_by]
    earlier: dict[int, list[Earlier]] = {
        parent.pk: [Earlier(notice.past, notice=notice) for notice in ours if notice.parent_id in people[parent.pk]] for parent in parents
    }
    waiting = []
    for record in loaded:
        of_child = record.pupil_id in keys or _by_number(record, records)
        to = _recipients(record, parents, persons_) if of_child else []
        for parent in to:
            earlier[parent.pk].append(Earlier(record.past, record=record))
        if not to and record.parent_id is None and not _answered(record, of_child, keys, parents):
            waiting.append(Waiting(record, of_child))
    for some in earlier.values():
        some.sort(key=lambda one: (one.past.issued, one.past.number))
    charged = {parent.pk: [one for one in every if _charges(one, parent, persons_[parent.pk], keys, records)] for parent in parents}
    if issued_by is not None:
        charged = {parent: [one for one in some if one.day <= issued_by] for parent, some in charged.items()}
    signed = records[0].signed
    like = {row["id"]: made(Pupil, row) for record in records for row in record.like if row["id"] not in keys}
    spells = [(row["code"], _day(row["start"]), row["end"] and _day(row["end"])) for record in records for row in record.spells]
    asked = [made(HistoryEnquiry, row) for record in records for row in record.asked]
    return Pasts(
        keys,
        persons_,
        earlier,
        waiting,
        made(SignOff, signed) if signed else None,
        list(like.values()),
        spells,
        records[0].ours or "",
        asked,
        [record for record in every if record.kind == Kind.ORDERS and (record.pupil_id in keys or _by_number(record, records))],
        [_with_answers(row) for row in records[0].alike or ()],
        charged,
        [made(Order, row).days for record in records for row in record.supervised],
    )


def _with_withdrawal(row: dict[str, Any]) -> Notice:
    notice = made(Notice, row["notice"])
    withdrawal = made(Withdrawal, row["withdrawal"]) if row["withdrawal"]["id"] else None
    Notice._meta.get_field("withdrawal").set_cached_value(notice, withdrawal)
    return notice


def _with_answers(row: dict[str, Any]) -> Any:
    parent: Any = made(Parent, row["parent"])
    parent.to, parent.of = row["to"], row["of"]
    return parent


def alike_to(parents: Iterable[Parent]) -> QuerySet[Parent]:
    """Records anywhere whose name may be that of one of these, with those of which somebody has said whether they are the same person."""
    wanted = Q(pk__in=[])
    for parent in parents:
        wanted |= Q(sort_name__in=persons.keys_of(parent.surname, parent.forename))
        if len(names.fold(parent.forename)) < 2:  # of an initial, or no forename, any that begins with it
            wanted |= Q(sort_name__startswith=parent.sort_name)
    standing = PersonAnswer.objects.standing()
    found = Parent.objects.filter(wanted).annotate(
        to=ArraySubquery(standing.filter(one=OuterRef("pk")).values("other")),
        of=ArraySubquery(standing.filter(other=OuterRef("pk")).values("one")),
    )
    return found.order_by("sort_name", "pk")


def _read(pupil: Pupil, parents: Sequence[Parent]) -> list[Any]:
    """The child's records, the one asked about or what it was merged into first, with all that is known of each."""
    former = FormerUpn.objects.filter(pupil=OuterRef("pk")).values("upn")
    of_nobody = Q(pupil__isnull=True) & (
        (Q(upn=OuterRef("upn")) & ~Q(upn=""))
        | Q(upn__in=FormerUpn.objects.filter(pupil=OuterRef(OuterRef("pk"))).values("upn"))
        | (Q(child_key=OuterRef("sort_name")) & Q(child_dob=OuterRef("dob")))
    )
    kinds = [Kind.NOTICES, Kind.ORDERS, Kind.PROSECUTIONS]
    loaded = HistoricRecord.objects.standing().filter(Q(pupil=OuterRef("pk")) | of_nobody, kind__in=kinds)
    supervised = Order.objects.supervision().filter(pupil=OuterRef("pk")).order_by("start", "pk")
    noticed = Notice.objects.filter(pupil=OuterRef("pk")).order_by("issued", "number")
    noticed = noticed.values(row=JSONObject(notice=whole(Notice), withdrawal=whole(Withdrawal, "withdrawal__")))
    alike = alike_to(parents).values(row=JSONObject(parent=whole(Parent), to="to", of="of"))
    apart = ChildrenApart.objects.filter(ended_at=None)
    like = Pupil.objects.filter(sort_name=OuterRef("sort_name"), dob=OuterRef("dob"), merged_into=None).exclude(pk=OuterRef("pk"))
    like = like.exclude(Exists(apart.filter(one=OuterRef("pk"), other=OuterRef(OuterRef("pk")))))
    like = like.exclude(Exists(apart.filter(other=OuterRef("pk"), one=OuterRef(OuterRef("pk")))))
    spells = Enrolment.objects.filter(pupil=OuterRef("pk")).order_by("start", "pk")
    spell = JSONObject(code="school__la_code", start="start", end="end")
    asked = HistoryEnquiry.objects.filter(direction=HistoryEnquiry.Direction.OUT, pupil=OuterRef("pk")).order_by("asked", "pk")
    rows = child_records(
        pupil
    ).annotate(
        numbers=ArraySubquery(former),
        people=RawSQL(TOGETHER_AS_JSON, [[parent.pk for parent in parents]], JSONField()),  # noqa: S611  (the keys are parameters)
        noticed=ArraySubquery(noticed),
        loaded=ArraySubquery(loaded.order_by("day", "pk").values(row=whole(HistoricRecord))),
        supervised=ArraySubquery(supervised.values(row=whole(Order))),
        alike=ArraySubquery(alike),
        signed=Subquery(SignOff.objects.in_force().values(row=whole(SignOff))[:1]),
        like=ArraySubquery(like.values(row=JSONObject(id="pk", surname="surname", forename="forename", dob="dob", upn="upn"))),
        spells=ArraySubquery(spells.values(row=spell)),
        ours=Subquery(Authority.objects.values("la_code")[:1]),
        asked=ArraySubquery(asked.values(row=whole(HistoryEnquiry))),
    )
    return sorted(rows, key=lambda record: (record.merged_into_id is not None, record.pk))


def whole(model: type[Model], through: str = "") -> JSONObject:
    """A row with all its columns; of another table `through` which it is reached."""
    return JSONObject(**{field.attname: F(through + field.attname) for field in model._meta.concrete_fields})


def made(model: type[M], row: dict[str, Any]) -> M:
    """A row that was read as JSON, as an object again."""
    columns = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: columns[name].to_python(value) for name, value in row.items()})


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _by_number(record: HistoricRecord, records: Sequence[Any]) -> bool:
    """Told by its number alone: a UPN is one child's."""
    return record.pupil_id is None and bool(record.upn) and any(record.upn in (one.upn, *one.numbers) for one in records)


def _recipients(record: HistoricRecord, parents: Sequence[Parent], people: dict[int, frozenset[int]]) -> list[Parent]:
    """To whom of these it was, as far as it is certain: said by somebody, or the same name with day of birth or address."""
    if record.parent_id is not None:
        return [parent for parent in parents if record.parent_id in people[parent.pk]]
    return [parent for parent in parents if parent.pk not in record.not_parents and persons.certain(record.who, who_is(parent))]


def _charges(record: HistoricRecord, parent: Parent, person: frozenset[int], keys: frozenset[int], records: Sequence[Any]) -> bool:
    """Is a loaded prosecution of this child, and of this person as far as names say? One that is not certain takes sessions too."""
    if record.kind != Kind.PROSECUTIONS or not (record.pupil_id in keys or _by_number(record, records)):
        return False
    if record.parent_id is not None:
        return record.parent_id in person
    return parent.pk not in record.not_parents and persons.same_name(record.who, who_is(parent))


def _answered(record: HistoricRecord, of_child: bool, keys: frozenset[int], parents: Sequence[Parent]) -> bool:
    """Somebody has said that it is of none of these."""
    if not of_child and set(record.not_pupils) & keys:
        return True
    return all(parent.pk in record.not_parents for parent in parents)
