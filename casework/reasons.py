"""What a case opened from a flag is about, unless whoever opens it says otherwise."""

from __future__ import annotations

from attendance import flag_codes
from attendance.models import Flag
from casework.models import Case

OF_FLAG: dict[str, str] = {
    flag_codes.SEVERE: Case.Reason.SEVERE,
    flag_codes.CARRIED: Case.Reason.SEVERE,
    flag_codes.PERSISTENT: Case.Reason.PERSISTENT,
    flag_codes.NEAR: Case.Reason.PERSISTENT,
    flag_codes.THRESHOLD: Case.Reason.UNAUTHORISED,
    flag_codes.CONTINUOUS: Case.Reason.CONTINUOUS,
    flag_codes.TWENTY_DAYS: Case.Reason.CONTINUOUS,
    flag_codes.SICKNESS: Case.Reason.ILLNESS,
    flag_codes.PART_TIME: Case.Reason.PART_TIME,
    flag_codes.NOT_STARTED: Case.Reason.WELFARE,
    flag_codes.FIRST: Case.Reason.WELFARE,
}  # a sharp fall does not say why


def of_flag(flag: Flag | None) -> str:
    return OF_FLAG.get(flag.code, "") if flag else ""
