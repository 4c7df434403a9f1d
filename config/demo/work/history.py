"""What happened before Daymark, in the demo: files that were loaded and signed off, another authority's reply that makes the next
notice a second one, and records of which somebody has to say whose they are."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence

from config.demo.dates import ONE
from config.demo.work.cast import Cast
from legal.actions import history, loading, others, persons
from legal.models import HistoricRecord, HistoryEnquiry, Kind, Notice, Request
from schools import names
from schools.models import Enrolment, Parent, Pupil, Responsibility

_BEFORE = 34  # notices of the time before, for children of whom nothing was asked since
_OTHER = "Weir Valley Council"
_SIGNED = (
    "Every notice issued since 19 August 2024 from the system before, the lists that head teachers and the police sent in the summer, "
    "and what other authorities told about children who came from there. Twelve rows without a usable UPN were looked up by hand."
)


def _weekday(day: dt.date) -> dt.date:
    """`day`, or the Friday before: `Cast.working` does not reach as far back."""
    return day - max(0, day.weekday() - 4) * ONE


class History:
    """Told by the actions that people use."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.day = cast.at_work(cast.today - 75 * ONE)
        self.shown: Sequence[int] = ()
        self.used: set[int] = set()  # children of whom something has been told that a decision turns on
        self.quiet: list[tuple[Pupil, Parent]] = []

    def before(self, shown: Sequence[int]) -> int:
        """The files and the sign-off. `shown`: schools whose people the visitor signs in as. Returns how many records were loaded."""
        self.shown = shown
        asked, quiet = self._asked()[:3], self._quiet()
        self._load(Kind.NOTICES, "notices-since-august-2024.csv", [*self._notices(quiet), *self._that_matter(asked), *self._wrong()])
        self._load(Kind.CASES, "open-cases.csv", self._cases(quiet))
        self._load(Kind.CONTRACTS, "contracts.csv", self._tools(quiet[4:7], "begun", ("Agreed and signed", "Offered, no reply", "Refused")))
        self._load(Kind.ORDERS, "orders.csv", self._orders(asked, quiet))
        self._load(Kind.PROSECUTIONS, "prosecutions.csv", self._tools(quiet[10:12], "laid", ("s.444(1), fined", "s.444(1A), dismissed")))
        self._load(Kind.ADDRESSES, "previous-addresses.csv", self._addresses(quiet[:5]))
        history.sign_off(by=self.cast.manager, today=self.day, now=self._at(16), words=_SIGNED)
        self.used, self.quiet = {pupil.pk for pupil, _ in asked[1:]}, quiet
        return HistoricRecord.objects.count()

    def since(self) -> int:
        """What came in the last weeks. Last of all: what else is told of the borough is told of the parents that were there."""
        asked = [one for one in self._asked() if one[0].pk not in self.used]
        if asked:
            self._other_authorities(asked[0], self.quiet)
        self._twice(asked[1:3])
        return HistoryEnquiry.objects.count()

    def _at(self, hour: float) -> dt.datetime:
        return self.cast.moment(self.day, hour)

    def _asked(self) -> list[tuple[Pupil, Parent]]:
        """Children of whom a decision waits, or is about to be asked for, and to whose parents no notice has been issued here.

        Those that wait first, and of them those of the shown schools.
        """
        found: dict[int, tuple[Pupil, Parent]] = {}
        noticed = set(Notice.objects.values_list("pupil", flat=True))
        waiting = Request.objects.filter(status__in=Request.OPEN).select_related("pupil").prefetch_related("parents")
        for request in sorted(waiting, key=lambda one: (one.status != Request.Status.SUBMITTED, one.school_id not in self.shown, one.pk)):
            parent = min(request.parents.all(), key=lambda one: one.pk, default=None)
            if parent and request.pupil_id not in noticed:
                found.setdefault(request.pupil_id, (request.pupil, parent))
        return list(found.values())

    def _quiet(self) -> list[tuple[Pupil, Parent]]:
        """Children of whom nothing was asked since."""
        busy = Request.objects.values("pupil")
        here = Enrolment.objects.on_roll(self.cast.today).filter(school__in=self.cast.officer_of).values("pupil")
        ties = Responsibility.objects.filter(pupil__in=here, lives_with=True).exclude(parent__address="").exclude(pupil__upn=None)
        ties = ties.exclude(pupil__in=busy).exclude(relationship="foster_carer").select_related("pupil", "parent").order_by("pupil", "pk")
        found = {tie.pupil_id: (tie.pupil, tie.parent) for tie in ties[:: max(1, ties.count() // (_BEFORE * 2))]}
        return [one for _, one in sorted(found.items())][:_BEFORE]

    def _row(self, pupil: Pupil, parent: Parent, **more: object) -> dict[str, object]:
        return {
            "upn": pupil.upn or "",
            "child_surname": pupil.surname,
            "child_forename": pupil.forename,
            "child_dob": pupil.dob or "",
            "parent_surname": parent.surname,
            "parent_forename": parent.forename,
            "address": parent.address,
            "postcode": parent.postcode,
            **more,
        }

    def _notices(self, quiet: Sequence[tuple[Pupil, Parent]]) -> list[dict[str, object]]:
        rows = []
        outcomes = ("paid", "paid", "paid", "withdrawn", "guilty", "paid", "not guilty", "live")
        for number, (pupil, parent) in enumerate(quiet):
            issued = _weekday(self.day - (40 + number * 19) * ONE)
            by = ("head teacher", "police")[number % 2] if number % 11 == 5 else "this authority"
            rows.append(
                self._row(
                    pupil,
                    parent,
                    issued=issued,
                    outcome=outcomes[number % len(outcomes)],
                    issued_by=by,
                    reference=f"M{24000 + number}",
                    amount=80 if number % 3 else 160,
                    offence_from=issued - 30 * ONE,
                    offence_to=issued - 20 * ONE,
                )
            )
        return rows

    def _that_matter(self, asked: Sequence[tuple[Pupil, Parent]]) -> list[dict[str, object]]:
        """Two that make a third notice impossible, and one whose parent nobody can be sure of."""
        rows = []
        for pupil, parent in asked[1:2]:
            for number, days in enumerate((300, 620)):
                issued = _weekday(self.day - days * ONE)
                rows.append(
                    self._row(pupil, parent, issued=issued, outcome="paid", issued_by="this authority", reference=f"M{24900 + number}")
                )
        for pupil, parent in asked[2:3]:
            said = self._row(pupil, parent, issued=_weekday(self.day - 210 * ONE), outcome="paid", issued_by="head teacher")
            rows.append(said | {"parent_forename": parent.forename[:1], "address": "", "postcode": ""})
        return rows

    def _wrong(self) -> list[dict[str, object]]:
        """Of children who are not here yet, and rows that cannot be used as they are."""
        told: dict[str, object] = {"parent_surname": "Okafor", "parent_forename": "Ngozi", "issued_by": "this authority", "outcome": "paid"}
        gone = {"child_surname": "Okafor", "child_forename": "Ada", "child_dob": "2014-03-09"}
        return [
            {**told, **gone, "issued": _weekday(self.day - 380 * ONE), "reference": "M24960"},
            {**told, **gone, "issued": "31/02/2025", "reference": "M24961"},
            {**told, "upn": "A12345", "issued": self.day - 90 * ONE, "reference": "M24962"},
            {**told, **gone, "issued": self.day - 200 * ONE, "outcome": "cancelled", "reference": "M24963"},
        ]

    def _cases(self, quiet: Sequence[tuple[Pupil, Parent]]) -> list[dict[str, object]]:
        rows = []
        for number, (pupil, _) in enumerate(quiet[2:8]):
            opened = _weekday(self.day - (200 + 31 * number) * ONE)
            rows.append({"upn": pupil.upn, "opened": opened, "what": "Formal support", "words": "Open when Daymark began."})
        return rows

    def _tools(self, some: Sequence[tuple[Pupil, Parent]], day: str, whats: Sequence[str]) -> list[dict[str, object]]:
        rows = []
        for number, ((pupil, parent), what) in enumerate(zip(some, whats, strict=False)):
            begun = _weekday(self.day - (150 + 60 * number) * ONE)
            rows.append(self._row(pupil, parent, what=what) | {day: begun, "ended": self.day - 30 * ONE})
        return rows

    def _orders(self, asked: Sequence[tuple[Pupil, Parent]], quiet: Sequence[tuple[Pupil, Parent]]) -> list[dict[str, object]]:
        """Two that are over, and one that may run: whoever decides on the request is told of it."""
        rows = self._tools(quiet[8:10], "made", ("School attendance order", "Parenting order"))
        made = _weekday(self.day - 160 * ONE)
        for pupil, parent in asked[2:3]:
            rows.append(self._row(pupil, parent, what="Education supervision order", made=made, ended=made + 364 * ONE))
        return rows

    def _addresses(self, some: Sequence[tuple[Pupil, Parent]]) -> list[dict[str, object]]:
        rows = []
        for number, (pupil, parent) in enumerate(some):
            said = self._row(pupil, parent) | {"from": self.day - (900 + number) * ONE, "until": self.day - (300 + number) * ONE}
            rows.append(said | {"address": f"{11 + number} Old Foundry Row", "postcode": "MB9 4QF"})
        return rows

    def _load(self, kind: Kind, name: str, rows: Sequence[dict[str, object]]) -> None:
        if not rows:
            return
        out = io.StringIO()
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)
        content = out.getvalue().encode()
        loading.load_history(by=self.cast.manager, today=self.day, now=self._at(11), kind=kind, name=name, content=content)

    def _other_authorities(self, asked: tuple[Pupil, Parent], quiet: Sequence[tuple[Pupil, Parent]]) -> None:
        """A reply that makes the next notice the second, a question that waits, and one that was asked of us."""
        cast, by = self.cast, self.cast.legal
        sent = cast.at_work(cast.today - 20 * ONE)
        pupil, parent = asked
        told = others.log_enquiry(
            by=by, today=sent, now=cast.moment(sent, 10), direction="out", authority=_OTHER, asked=sent, pupil=pupil,
            mailbox="attendance.crossborder@weirvalley.example", words="Came to school here from there in the summer.",
        )  # fmt: skip
        back = cast.at_work(sent + 6 * ONE)
        reply = "One notice, paid within 21 days. No contract, order or prosecution."
        others.log_reply(by=by, today=back, now=cast.moment(back, 15), enquiry=told, replied=back, reply=reply, told=1)
        notice = {
            "parent_surname": parent.surname,
            "parent_forename": parent.forename,
            "address": parent.address,
            "postcode": parent.postcode,
            "day": _weekday(cast.today - 400 * ONE),
            "outcome": HistoricRecord.Outcome.PAID,
            "reference": "WV/1187",
            "amount": 80,
        }
        loading.tell_notice(by=by, today=back, now=cast.moment(back, 15.5), enquiry=told, told=notice)
        for pupil, _ in quiet[20:22]:
            others.log_enquiry(
                by=by, today=sent, now=cast.moment(sent, 11), direction="out", authority="Northmoor Council", asked=sent, pupil=pupil,
                mailbox="education.history@northmoor.example",
            )  # fmt: skip
        came = cast.at_work(cast.today - 12 * ONE)
        pupil, _ = quiet[0]
        theirs = others.log_enquiry(
            by=by, today=came, now=cast.moment(came, 9), direction="in", authority="Northmoor Council", asked=came, pupil=pupil,
            mailbox="education.history@northmoor.example", about=f"{pupil.forename} {pupil.surname}, who may move there at half term",
        )  # fmt: skip
        answered = cast.at_work(came + ONE)
        reply = "One notice, issued before Daymark; what became of it was told."
        others.log_reply(by=by, today=answered, now=cast.moment(answered, 10), enquiry=theirs, replied=answered, reply=reply, told=1)

    def _twice(self, asked: Sequence[tuple[Pupil, Parent]]) -> None:
        """A mother whom another school wrote down a second time, and two neighbours of one name who are two."""
        for number, (pupil, parent) in enumerate(asked):
            tie = Responsibility.objects.filter(parent=parent).exclude(pupil=pupil).select_related("pupil").order_by("pk").first()
            again = Parent.objects.create(
                surname=parent.surname,
                forename=parent.forename,
                phone=parent.phone if number else "",
                address=parent.address if not number else "",
                postcode=parent.postcode,
                sort_name=parent.sort_name,
                search_text=names.parent_search_text(parent),
            )
            if tie:
                Responsibility.objects.create(pupil=tie.pupil, parent=again, relationship=tie.relationship, priority=3)
            if number:
                day = self.cast.at_work(self.cast.today - 8 * ONE)
                why = "Both were asked by telephone: an aunt of the same name, with whom the family shares a line."
                said = {"by": self.cast.legal, "today": day, "now": self.cast.moment(day, 14)}
                persons.say_person(**said, one=parent, other=again, verdict="apart", why=why)
