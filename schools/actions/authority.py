"""The authority's name and colours, and the policy values it sets for itself."""

from __future__ import annotations

import datetime as dt
from typing import IO

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell, colours, kept, policy
from schools.models import Authority, PolicyValue, School

MOST_LOGO = 300 * 1024
_LOGOS = {"PNG": ".png", "JPEG": ".jpg"}
_MOST_PIXELS = 4_000_000  # unpacked for every letter


class AuthorityProblem(ValueError):
    """Why the authority's own details cannot be written so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class PolicyProblem(ValueError):
    """Why a policy value cannot be set so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_authority(
    *,
    by: User | None,
    today: dt.date,
    name: str,
    la_code: str,
    colour: str,
    accent: str,
    contact_email: str = "",
    contact_phone: str = "",
    protection_email: str = "",
    address: str = "",
    logo: IO[bytes] | None = None,
    no_logo: bool = False,
) -> Authority:
    """Say whose copy of Daymark this is. Colours must be readable against white."""
    for field, value, needed in (("colour", colour, colours.TEXT), ("accent", accent, colours.SHAPES)):
        if problem := colours.verdict(value, needed):
            raise AuthorityProblem(problem, field)
    if not (len(la_code) == 3 and la_code.isdecimal()):
        raise AuthorityProblem("Enter the authority's number as three digits, like 343", "la_code")
    given = {"logo": keep_logo(logo)} if logo else {"logo": ""} if no_logo else {}
    authority, _ = Authority.objects.update_or_create(
        pk=1,
        defaults=given
        | {
            "name": name.strip(),
            "la_code": la_code,
            "colour": colour.lower(),
            "accent": accent.lower(),
            "contact_email": contact_email.strip(),
            "contact_phone": contact_phone.strip(),
            "protection_email": protection_email.strip(),
            "address": "\n".join(line.strip() for line in address.splitlines() if line.strip()),
        },
    )
    audit.record("saved authority", by=by, subject=authority, colour=authority.colour, accent=authority.accent)
    return authority


def keep_logo(file: IO[bytes]) -> str:
    """Where a logo is kept. It is judged by its bytes, and goes into letters as it is."""
    from PIL import Image, UnidentifiedImageError  # seldom needed, and every process would load it

    file.seek(0, 2)
    if file.tell() > MOST_LOGO:
        raise AuthorityProblem(f"The logo is larger than {MOST_LOGO // 1024} KB: save it smaller", "logo")
    file.seek(0)
    try:
        with Image.open(file, formats=list(_LOGOS)) as image:
            form, pixels = image.format, image.width * image.height
            if pixels <= _MOST_PIXELS:
                image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise AuthorityProblem("This is no PNG or JPEG picture that can be read. Save it again as PNG and choose that", "logo") from None
    if pixels > _MOST_PIXELS:
        raise AuthorityProblem("The logo has more than 4 million points: save it smaller, 1,000 points wide are plenty", "logo")
    return kept.keep("logos", file, _LOGOS[str(form)]).name


@transaction.atomic
def set_policy_value(*, by: User, today: dt.date, now: dt.datetime, key: str, value: int, start: dt.date, reason: str) -> PolicyValue:
    """Set a local value from a day on. What was decided by an earlier value keeps it: the past is not re-judged."""
    item = policy.BY_KEY.get(key)
    if item is None or not item.local:
        raise PolicyProblem("This value is set nationally and cannot be changed here")
    if not item.low <= value <= item.high:
        raise PolicyProblem(f"Enter a whole number from {item.low} to {item.high}", "value")
    if start < today:
        raise PolicyProblem("Enter today or a later day: what has been decided already stays as it was", "start")
    if not reason.strip():
        raise PolicyProblem("Enter why the authority sets its own value", "reason")
    replaced = PolicyValue.objects.filter(key=key, start=start).first()
    before = replaced.value if replaced else None
    set_value, _ = PolicyValue.objects.update_or_create(
        key=key, start=start, defaults={"value": value, "reason": reason.strip(), "set_by": by, "set_at": now}
    )
    audit.record("set policy value", by=by, subject=set_value, key=key, value=value, replaced=before, start=start.isoformat())
    if start <= today and key not in policy.RATING:  # flags and figures do not know how schools are rated
        bell.people_changed(pupils=[], schools=School.objects.open_on(today).values_list("pk", flat=True))
    return set_value
