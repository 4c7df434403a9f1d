"""From the threshold to court, by who the pupils are: is anybody met with a notice more often than others who miss as much?

Pupils who have met the penalty notice threshold this school year are those for whom a notice may be considered: what is set beside
them is notices and prosecutions, by free school meals, special educational needs and sex as they are recorded today.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, F, QuerySet

from accounts.models import User
from attendance.matrix import academic_year, year_end, year_start
from attendance.models import Flag
from dashboards import reports
from dashboards.each_school import each_school
from dashboards.kept import Stamp, kept, stamp
from dashboards.numbers import Number, list_of
from dashboards.reach import reach_of
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


def gather(user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """What the page shows. Three queries, however many groups there are, and those of how far registers reach."""
    now = stamp()
    make = partial(_made, user, today=today, at=at, now=now)
    return kept("equality", make, user=user, choices=(today, at.hour), now=now)


def _made(user: User, *, today: dt.date, at: dt.time, now: Stamp) -> dict[str, Any]:
    year = academic_year(today)
    between = (year_start(year), year_end(year))
    flags = Flag.objects.filter(code=Flag.Code.THRESHOLD).stood_in(year)
    pupils = Pupil.objects.visible_to(user).filter(pk__in=flags.values("pupil"), merged_into=None)
    met = _counted(pupils, today, pupil="pk", sex="sex")
    requests = _counted(Request.objects.visible_to(user).filter(submitted__range=between), today)
    notices = _counted(Notice.objects.visible_to(user).filter(issued__range=between), today, state="state")
    lines = []
    for heading, parts in _GROUPS:
        for name, field, value in parts:
            said = f": {name}" if field else ""
            of: dict[str, Any] = {field: value} if field else {}
            key, which = f"all{field}{value}", list_of("notices", year=year, **of)
            prosecuted = list_of("notices", year=year, state=Notice.State.PROSECUTED.value, **of)
            at_risk = list_of("pupils_at_risk", flag=Flag.Code.THRESHOLD.value, stood="year", **of)
            lines.append(
                Line(
                    heading,
                    name,
                    Number(met[key], f"pupil who met the threshold{said},pupils who met the threshold{said}", at_risk),
                    Number(requests[key], f"request{said},requests{said}", list_of("requests", submitted=year, **of)),
                    Number(notices[key], f"notice{said},notices{said}", which),
                    Number(notices[f"{Notice.State.PROSECUTED.value}{field}{value}"], f"prosecution{said},prosecutions{said}", prosecuted),
                )
            )
    shown = [line for line in lines if line.met.value or line.notices.value or line.requests.value]
    rows = each_school(user, today=today, at=at, now=now).rows
    return {"year": year, "today": today, "lines": shown, "not_supplied": reports.not_supplied(rows), **reach_of(rows)}


def _counted(rows: QuerySet[Any], today: dt.date, *, pupil: str = "pupil", sex: str = "pupil__sex", state: str = "") -> Counter[str]:
    """How many rows there are of each group ("all" and the group), and of those in each `state` (it and the group). One query.

    `pupil` and `sex`: the fields that say whose a row is, and that pupil's sex; `state`: one of the rows' own.
    """
    of = {"of_state": F(state)} if state else {}
    by = rows.order_by().values(kinds=groups.recorded(today, of=pupil), of_sex=F(sex), **of).annotate(n=Count("pk"))
    found: Counter[str] = Counter()
    for one in by:
        for field, value in ((field, value) for _, parts in _GROUPS for _, field, value in parts):
            if _is_of(field, value, one):
                found[f"all{field}{value}"] += one["n"]
                found[f"{one.get('of_state', '')}{field}{value}"] += one["n"]
    return found


def _is_of(field: str, value: str, one: Mapping[str, Any]) -> bool:
    if field == "characteristic":
        return groups.holds_of(value, one["kinds"])
    return not field or one["of_sex"] == groups.sex_value(value)
