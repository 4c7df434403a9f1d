"""What tests about referrals and allocation need."""

from __future__ import annotations

from typing import Any

from accounts import clock
from accounts.models import User
from casework.actions import referrals
from casework.models import Case, Referral
from schools.models import Pupil, School
from tests.casework import OPENED


def make_referral(pupil: Pupil, school: School, *, by: User | None = None, **fields: Any) -> Referral:
    """A school's referral, sent on 2 November 2026 without evidence."""
    said = referrals.Said(
        fields.pop("reason", Case.Reason.EBSA), fields.pop("worries", "He does not leave his room."), evidence=fields.pop("evidence", ())
    )
    given = {"today": OPENED, "now": clock.now(), "origin": Case.Origin.REFERRAL, "said": said} | fields
    referral, new = referrals.make_referral(by=by, pupil=pupil, school=school, **given)
    assert new
    return referral
