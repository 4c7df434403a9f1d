"""How children came to the team: referrals in every state, who knows which children best, cover, and siblings somebody has looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from accounts.models import User
from casework import evidence, family
from casework.actions import allocation, referrals
from casework.actions import family as families
from casework.models import Case, FamilyLink, Referral, ReferralStep
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from schools.models import Enrolment, Pupil

_SIBLING, _APART = FamilyLink.Verdict.SIBLING, FamilyLink.Verdict.NONE
Origin, Reason, Status = Case.Origin, Case.Reason, Referral.Status
_AT_ONCE = 1000
_LOOKED_BACK = 120  # days for which the referrals of cases are told

_WORRIES = {
    Reason.SEVERE: "Has come to school on a handful of days since September. Nobody at home answers the door.",
    Reason.PERSISTENT: "Mondays and Fridays are missed, and the mornings in between begin late.",
    Reason.EBSA: "Gets as far as the gate and turns back. The mother is at her wits’ end.",
    Reason.WELFARE: "Seen in town with older children during lessons, without a coat, three times in two weeks.",
    Reason.ILLNESS: "Stomach aches every week, and no letter from a doctor so far.",
}
_TRIED = "Calls on each first day, two letters, a meeting with the mother. A place at breakfast club was taken up twice."
# by what comes from whom: (origin, who, body, phone)
_OUTSIDE = (
    (Origin.FRONT_DOOR, "Duty social worker", "Front door (MASH)", "01632 960701"),
    (Origin.SERVICE, "Health visitor", "Community health", "01632 960702"),
    (Origin.PUBLIC, "", "", ""),
    (Origin.AUTHORITY, "Attendance team", "Neighbouring authority", "01632 960703"),
    (Origin.CLUSTER, "", "", ""),
    (Origin.PUBLIC, "A grandmother", "", "07700 900704"),
)
_ACCEPTED = (Origin.REFERRAL, Origin.SERVICE, Origin.PUBLIC, Origin.FRONT_DOOR, Origin.REFERRAL, Origin.CLUSTER, Origin.AUTHORITY)


class Ways:
    """Writes through the actions, as the people of the cast would."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.rng = np.random.default_rng(2026)  # its own: what else is drawn stays as it was
        self.made = 0

    def tell(self, shown: Sequence[int]) -> int:
        """`shown`: the schools whose people the visitor signs in as."""
        self._of_cases()
        pool = self._pool(shown)
        self._waiting(pool)
        self._decided(pool)
        self._team()
        self._siblings()
        return self.made

    def _pool(self, shown: Sequence[int]) -> list[Enrolment]:
        """Children on roll whom a flag is about and nobody works with: those of the shown schools first."""
        here = Enrolment.objects.on_roll(self.cast.today).filter(
            kind=Enrolment.Kind.MAIN, school__in=list(self.cast.officer_of), pupil__flags__cleared=None, pupil__flags__isnull=False
        )
        free = here.exclude(pupil__in=Case.objects.open().values("pupil")).exclude(
            school__in=set(self.cast.schools) - set(self.cast.contact_of)
        )
        rows = list(free.distinct().select_related("pupil", "school").order_by("pk")[:4000])
        order = [rows[i] for i in self.rng.permutation(len(rows)).tolist()]
        found: dict[int, Enrolment] = {}
        for one in sorted(order, key=lambda row: row.school_id not in shown):
            found.setdefault(one.pupil_id, one)
        near = [one for one in found.values() if one.school_id in shown]
        rest = [one for one in found.values() if one.school_id not in shown]
        return near[:12] + rest[:40]

    def _refer(self, child: Enrolment, days_ago: int, origin: str, reason: str, *, send: bool = True, full: bool = False) -> Referral:
        day = self.cast.before(child.school_id, self.cast.today - days_ago * ONE) or self.cast.today
        day = max(day, child.start)
        own = origin == Origin.REFERRAL
        by = self.cast.contact_of[child.school_id] if own else self.cast.officer_of[child.school_id]
        who = next((one for one in _OUTSIDE if one[0] == origin), ("", "", "", ""))
        asked = [piece.code for piece in evidence.asked(origin, reason)]
        said = referrals.Said(
            reason, _WORRIES[Reason(reason)], _TRIED if own else "", tuple(asked if full else asked[:2]), who[1], who[2], who[3]
        )
        made, _ = referrals.make_referral(
            by=by, today=day, now=self._at(day), pupil=child.pupil, school=child.school, origin=origin, said=said, send=send
        )
        self.made += 1
        return made

    def _at(self, day: dt.date, hour: float = 0.0) -> dt.datetime:
        return self.cast.moment(day, hour or 9 + self.made % 30 * 0.2)

    def _waiting(self, pool: list[Enrolment]) -> None:
        """To triage, from all directions and of all ages; one came back for evidence, one is a draft."""
        reasons = list(_WORRIES)
        for n, origin in enumerate((Origin.REFERRAL, *(one[0] for one in _OUTSIDE), Origin.REFERRAL, Origin.REFERRAL, Origin.FRONT_DOOR)):
            if pool:
                reason = Reason.WELFARE if origin in Case.OUTSIDE else reasons[n % len(reasons)]
                self._refer(pool.pop(0), 1 + n * 2, origin, reason, full=n % 2 == 0)
        if pool:
            self._refer(pool.pop(0), 1, Origin.REFERRAL, Reason.EBSA, send=False)
        for n in range(3):
            if pool:
                back = self._refer(pool.pop(0), 8 + n, Origin.REFERRAL, Reason.SEVERE)
                wanted = [piece.code for piece in evidence.missing(back.origin, back.reason, back.evidence)]
                words = "Please ask the child, and tell us what came of the plan. We decide within two days of your answer."
                day = self.cast.at_work(self.cast.today - (4 + n) * ONE)
                by = self._officer(back)
                referrals.return_referral(by=by, now=self._at(min(day, self.cast.today)), referral=back, words=words, wanted=wanted)

    def _officer(self, referral: Referral) -> User:
        return self.cast.officer_of[referral.school_id]

    def _decided(self, pool: list[Enrolment]) -> None:
        """Signposted, refused, and accepted: of these some wait for an officer."""
        told = (
            ("nurse", "The illness is looked into first: the school nurse sees the family this week."),
            ("send", "The help in the plan is not in place. The SEND team reviews it with you."),
            ("", "Attendance has risen since the plan began. Refer again if it falls below last term’s."),
            ("", "The absence was a stay abroad that has ended. A letter to the parents is enough."),
            ("young_carers", "The child looks after a parent: the young carers’ service offers a place."),
        )
        for n, (service, words) in enumerate(told):
            if pool:
                one = self._refer(pool.pop(0), 20 + n * 3, Origin.REFERRAL, Reason.ILLNESS if service else Reason.PERSISTENT, full=True)
                day = self.cast.at_work(self.cast.today - (17 + n * 3) * ONE)
                referrals.decline(by=self._officer(one), today=day, now=self._at(day), referral=one, words=words, service=service)
        if pool:
            gone = self._refer(pool.pop(0), 15, Origin.REFERRAL, Reason.ILLNESS)
            words = "The child is back, with a letter from the surgery."
            referrals.withdraw(by=gone.made_by, now=self._at(self.cast.today - 10 * ONE), referral=gone, words=words)
        for n in range(8):
            if pool:
                one = self._refer(pool.pop(0), 4 + n * 3, _ACCEPTED[n % len(_ACCEPTED)], Reason.WELFARE, full=True)
                day = min(self.cast.at_work(max(one.sent or self.cast.today, self.cast.today - (2 + n * 3) * ONE)), self.cast.today)
                referrals.accept(
                    by=self.cast.manager, today=day, now=self._at(day), referral=one, words="The child is to be seen soon.", officer=None
                )

    def _of_cases(self) -> None:
        """The referrals from which cases of the last months were opened."""
        since = self.cast.today - _LOOKED_BACK * ONE
        cases = list(Case.objects.filter(origin=Origin.REFERRAL, opened__gte=since).select_related("opened_by").order_by("pk"))
        rows = []
        for n, case in enumerate(cases):
            asked = [piece.code for piece in evidence.asked(case.origin, case.reason)]
            by = self.cast.officer_of.get(case.school_id)
            rows.append(
                Referral(
                    pupil_id=case.pupil_id, school_id=case.school_id, origin=case.origin, reason=case.reason, received=case.opened,
                    worries=list(_WORRIES.values())[n % len(_WORRIES)], tried=_TRIED, evidence=asked[: 1 + n % 5], made_by=case.opened_by,
                    made_at=case.opened_at, status=Status.ACCEPTED, sent=case.opened, decided=case.opened, decided_by=by, case=case,
                    version=2,
                )
            )  # fmt: skip
        Referral.objects.bulk_create(rows, batch_size=_AT_ONCE)
        steps = []
        for row in rows:
            steps.append(ReferralStep(referral=row, kind="sent", at=row.made_at, by=row.made_by, by_name=str(row.made_by or "")))
            words = "Support by the school alone has not worked."
            who = row.decided_by
            steps.append(ReferralStep(referral=row, kind="accepted", at=row.made_at, by=who, by_name=str(who or ""), words=words))
        ReferralStep.objects.bulk_create(steps, batch_size=_AT_ONCE)
        self.made += len(rows)

    def _team(self) -> None:
        """Two specialists, and somebody who is away next week."""
        cast, officers = self.cast, self.cast.officers
        now = self._at(cast.today, 8.5)
        for officer, cohort in zip(officers[1:3], ("sen", "social_worker"), strict=False):
            allocation.name_specialist(by=cast.manager, today=cast.today, now=now, user=officer, cohort=cohort, start=cast.today - 60 * ONE)
        if len(officers) > 2:
            first = cast.at_work(cast.today + 7 * ONE)
            given = {"officer": officers[0], "cover": officers[1], "start": first, "end": first + 11 * ONE, "why": "Leave"}
            allocation.arrange_cover(by=cast.manager, today=cast.today, now=now, **given)  # type: ignore[arg-type]

    def _siblings(self) -> None:
        """Some brothers and sisters of children with a case are known to belong together; one is not, and others wait for somebody."""
        done = 0
        for case in Case.objects.open().filter(officer__isnull=False).select_related("pupil", "officer").order_by("pk")[:60]:
            found = family.of(case.pupil, self.cast.manager, today=self.cast.today)
            if not found.candidates or done >= 8:
                continue
            other = next((one.pupil for one in found.candidates if (len(one.why) > 1) == (done != 3)), None)
            if other is None or not Pupil.objects.visible_to(case.officer).filter(pk=other.pk).exists():
                continue
            verdict, why = (
                (_SIBLING, "Their mother named both at the visit.") if done != 3 else (_APART, "Two families in one house, she says.")
            )
            families.judge(
                by=case.officer, today=self.cast.today, now=self.cast.now, pupil=case.pupil, other=other,
                verdict=verdict, why=why,
            )  # fmt: skip
            done += 1
