"""The groups of pupils from which a meeting chooses the school's priority."""

from __future__ import annotations

from schools.forms.fields import YEAR_GROUPS
from schools.models import Characteristic

COHORTS: dict[str, str] = {
    "girls": "Girls",
    "boys": "Boys",
    **dict(Characteristic.Kind.choices),
    **{f"year_{code}": name for code, name in YEAR_GROUPS if code},
}
