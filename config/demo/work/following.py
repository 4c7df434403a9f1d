"""What becomes of a notice: served, paid early or late, withdrawn, prosecuted, or none of it yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from accounts.models import User
from config.demo.dates import ONE
from config.demo.work.cast import Cast
from legal import penalty
from legal.models import Notice, Payment, Withdrawal
from legal.penalty import written
from schools.policy import Policy

PAY, EARLY = 0.76, 0.86  # of all notices, and of those that are paid
BY_HAND = 0.08
State, Ground = Notice.State, Withdrawal.Ground
Tell = Callable[[dt.date, str, User], None]

_WORDS = {
    Ground.NOT_ISSUED: "Leave had been granted by the head teacher for two of the days; the register is put right.",
    Ground.WRONG_PERSON: "The person named is not a parent in the sense of section 576.",
    Ground.ERRORS: "The period on the notice was wrong.",
    Ground.NO_PROSECUTION: "Unpaid. Attendance has been full since; a prosecution would not be in the public interest.",
}


@dataclass(slots=True)
class Issued:
    """A notice to be, with what came of it and when."""

    row: Notice
    payment: Payment | None = None
    withdrawal: Withdrawal | None = None
    settled: dt.date | None = None


class Fates:
    """Chance, but for the first notices that may have each fate: every one of them is to be seen."""

    def __init__(self, cast: Cast, rng: np.random.Generator) -> None:
        self.cast, self.rng = cast, rng
        self.grounds = [Ground.NO_PROSECUTION, Ground.ERRORS, Ground.NOT_ISSUED, Ground.WRONG_PERSON]
        self.cases = 0
        self.unpaid = 0
        self.mistakes = 0
        self.late = 0

    def of_case(self) -> str:
        """Notices that belong to a case have each end by turns, so that cases end with each too."""
        self.cases += 1
        return (State.PROSECUTED, State.PAID, State.WITHDRAWN)[self.cases % 3]

    def follow(self, one: Issued, policy: Policy, tell: Tell, wanted: str) -> None:
        """`wanted`: how it is to end, where the time for that has gone by; "" leaves it to chance."""
        row, cast = one.row, self.cast
        posted = cast.at_work(row.issued + ONE)
        if posted > cast.today or ((cast.today - row.issued).days <= 5 and self.rng.random() < 0.6):
            return
        hand = self.rng.random() < BY_HAND
        row.service, row.served = (Notice.Service.HAND if hand else Notice.Service.POST), posted
        row.receipt = posted if hand else penalty.presumed_receipt(posted, policy)
        row.state = State.SERVED
        row.version += 1
        days = penalty.deadlines(row.receipt, row.order, policy, amounts=(row.amount_early, row.amount_full))
        said = f"{row.reference} served: {row.get_service_display().lower()}, received {written(row.receipt)}; {days.words}."
        tell(posted, said, cast.legal)
        if not wanted and self._withdrawn_early(one, tell):
            return
        if wanted == State.PAID or (not wanted and self.rng.random() < PAY):
            self._pay(one, days, tell)
        elif days.unpaid_from <= cast.today:
            self._unpaid(one, days, tell, wanted)

    def _pay(self, one: Issued, days: penalty.Deadlines, tell: Tell) -> None:
        full = days.last_early is None or self.rng.random() > EARLY or self._late_first(days)
        first = days.last_early + ONE if full and days.last_early else days.receipt + ONE
        last = days.last_full if full else days.last_early
        day = first + int(self.rng.integers(0, ((last or first) - first).days + 1)) * ONE
        amount = days.owed_on(day)
        if day > self.cast.today or amount is None:
            return
        row = one.row
        one.payment = Payment(amount=amount, day=day, by=self.cast.legal, at=self.cast.moment(self.cast.at_work(day), 10.2))
        one.settled, row.state = day, State.PAID
        row.version += 1
        tell(day, f"{row.reference} paid.", self.cast.legal)

    def _late_first(self, days: penalty.Deadlines) -> bool:
        """One of the first that may have been paid late was."""
        if self.late or days.last_full > self.cast.today:
            return False
        self.late += 1
        return True

    def _withdrawn_early(self, one: Issued, tell: Tell) -> bool:
        """A mistake comes to light some days after it was served."""
        served = one.row.served or one.row.issued
        day = self.cast.at_work(served + int(self.rng.integers(5, 16)) * ONE)
        wanted = self.mistakes < 3 and self.rng.random() < 0.12
        if day > self.cast.today or not (wanted or self.rng.random() < 0.02):
            return False
        self.mistakes += 1
        self._withdraw(one, day, self.grounds[1 + self.mistakes % 3], tell)
        return True

    def _withdraw(self, one: Issued, day: dt.date, ground: str, tell: Tell) -> None:
        row = one.row
        one.withdrawal = Withdrawal(
            ground=ground, words=_WORDS[Ground(ground)], day=day, by=self.cast.legal, at=self.cast.moment(day, 14.6), refund=0
        )
        one.settled, row.state = day, State.WITHDRAWN
        row.version += 1
        tell(day, f"{row.reference} withdrawn: {Ground(ground).label.lower()}.", self.cast.legal)

    def _unpaid(self, one: Issued, days: penalty.Deadlines, tell: Tell, wanted: str) -> None:
        """By turns, where nothing is wanted: still to be decided, prosecuted, withdrawn."""
        if not wanted:
            self.unpaid += 1
            wanted = ("", State.PROSECUTED, State.WITHDRAWN)[(self.unpaid - 1) % 3]
        day = self.cast.at_work(days.unpaid_from + int(self.rng.integers(4, 24)) * ONE)
        if not wanted or day > self.cast.today:
            return
        if wanted == State.WITHDRAWN:
            self._withdraw(one, day, Ground.NO_PROSECUTION, tell)
            return
        one.settled, one.row.state, one.row.prosecuted = day, State.PROSECUTED, day
        one.row.version += 1
        tell(day, f"{one.row.reference} was not paid: the offence is prosecuted.", self.cast.legal)
