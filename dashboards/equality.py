"""From the threshold to court, by who the pupils are: is anybody met with a notice more often than others who miss as much?

Pupils who have met the penalty notice threshold this school year are those for whom a notice may be considered: what is set beside
them is notices and prosecutions, by free school meals, special educational needs and sex as they are recorded today.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from attendance.matrix import academic_year, year_end, year_start
from attendance.models import Flag
from dashboards.numbers import Listed, Number, list_of, numbers
from legal.models import Notice, Request
from schools import groups
from schools.models import Characteristic, Pupil

_KINDS = Characteristic.Kind
# heading, its groups: name, filter, value
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("", (("All pupils", "", ""),)),
    (
        "Free school meals",
        (("Free school meals", "characteristic", _KINDS.FSM.value), ("No free school meals recorded", "characteristic", groups.NO_FSM)),
    ),
    (
        "Special educational needs",
        (
            ("Education, health and care plan", "characteristic", _KINDS.EHCP.value),
            ("SEN support", "characteristic", _KINDS.SEN_SUPPORT.value),
            ("Neither recorded", "characteristic", groups.NO_SEN),
        ),
    ),
    ("Sex", tuple((label, "sex", value) for value, label in groups.SEXES)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One group. Notices and prosecutions are counted one by one: a pupil with two parents may have two."""

    heading: str  # by what the pupils are told apart; "" for all
    name: str
    met: Number  # pupils
    requests: Number
    notices: Number
    prosecuted: Number

    @property
    def per_hundred(self) -> float | None:
        """Notices per 100 pupils who met the threshold; None where nobody did."""
        return 100 * self.notices.value / self.met.value if self.met.value else None


def gather(user: User, *, today: dt.date) -> dict[str, Any]:
    """What the page shows. One query."""
    year = academic_year(today)
    lists: dict[str, Listed] = {}
    for _, parts in _GROUPS:
        for name, field, value in parts:
            lists |= {f"{field}{value}/{what}": listed for what, listed in _lists(user, year, today, name, field, value).items()}
    found = numbers(lists)
    lines = []
    for heading, parts in _GROUPS:
        for name, field, value in parts:
            own = {what: found[f"{field}{value}/{what}"] for what in ("met", "requests", "notices", "prosecuted")}
            lines.append(Line(heading, name, **own))
    return {"year": year, "today": today, "lines": [line for line in lines if line.met.value or line.notices.value or line.requests.value]}


def _lists(user: User, year: int, today: dt.date, name: str, field: str, value: str) -> dict[str, Listed]:
    who: QuerySet[Pupil] = Pupil.objects.all()
    if field:
        who = groups.in_cohort(value, today) if field == "characteristic" else groups.of_sex(value)
    of: dict[str, Any] = {field: value} if field else {}
    between = (year_start(year), year_end(year))
    flags = Flag.objects.filter(code=Flag.Code.THRESHOLD).stood_in(year)
    pupils = Pupil.objects.visible_to(user).filter(pk__in=flags.values("pupil"), merged_into=None)
    requests = Request.objects.visible_to(user).filter(submitted__range=between)
    notices = Notice.objects.visible_to(user).filter(issued__range=between)
    said = f": {name}" if field else ""

    def of_group(rows: Any, key: str) -> Any:
        return rows.filter(**{f"{key}__in": who.values("pk")}) if field else rows

    return {
        "met": Listed(
            of_group(pupils, "pk"),
            f"pupil who met the threshold{said},pupils who met the threshold{said}",
            list_of("pupils_at_risk", flag=Flag.Code.THRESHOLD.value, stood="year", **of),
        ),
        "requests": Listed(of_group(requests, "pupil"), f"request{said},requests{said}", list_of("requests", submitted=year, **of)),
        "notices": Listed(of_group(notices, "pupil"), f"notice{said},notices{said}", list_of("notices", year=year, **of)),
        "prosecuted": Listed(
            of_group(notices.filter(state=Notice.State.PROSECUTED), "pupil"),
            f"prosecution{said},prosecutions{said}",
            list_of("notices", year=year, state=Notice.State.PROSECUTED.value, **of),
        ),
    }
