"""Pupils who move up from Year 6: who goes, who comes and who has come, as far as rolls tell, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from attendance.cuts import Cut, Kind
from attendance.rates import PERSISTENT, misses
from attendance.reports.cuts import Line
from attendance.words import plural
from dashboards.pack.pupils import Flagged
from dashboards.pack.school import Coming
from schools.models import School


@dataclass(frozen=True)
class Moving:
    """`going`: of Year 6, at risk. `coming`: on this school's roll of a day to come. `came`: in Year 7, persistently absent in Year 6."""

    going: list[Flagged] = field(default_factory=list)
    coming: list[Coming] = field(default_factory=list)
    came: list[Flagged] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)  # what is known of how many, and plainly what is not

    @property
    def any(self) -> bool:
        return bool(self.going or self.coming or self.came)


def moving(school: School, lines: Mapping[Cut, Line], flagged: Sequence[Flagged], coming: Sequence[Coming], *, inside: bool) -> Moving:
    goes, comes = _year(lines, "6"), _year(lines, "7")
    primary = goes is not None or school.phase == School.Phase.PRIMARY
    secondary = comes is not None or school.phase == School.Phase.SECONDARY
    if not (primary or secondary):
        return Moving(sentences=["No pupil of this school is known to be in Year 6 or Year 7."])
    sentences: list[str] = []
    going = [one for one in flagged if one.year_group == "6" and one.share] if primary else []
    if primary:
        sentences += _going(going, goes, inside=inside)
    to_come = list(coming) if secondary else []
    came = [one for one in flagged if one.year_group == "7" and misses(one.last_absent, one.last_possible, PERSISTENT)] if secondary else []
    if secondary:
        sentences += _coming(to_come, came, inside=inside)
    at_risk_first = sorted(to_come, key=lambda one: -(one.missed or 0) / (one.possible or 1))
    return Moving(going, at_risk_first, came, sentences)


def _year(lines: Mapping[Cut, Line], year_group: str) -> Line | None:
    line = lines.get(Cut(Kind.YEAR_GROUP, year_group))
    return line if line and line.count.judged else None


def _going(going: Sequence[Flagged], line: Line | None, *, inside: bool) -> list[str]:
    if line is None:
        return ["No pupil of Year 6 has a session this school year, so nothing is known of who moves up."]
    verb = "is" if len(going) == 1 else "are"
    said = [f"{len(going)} of {plural(line.count.judged, 'pupil')} in Year 6 {verb} absent for a tenth of the year or nearly so."]
    if not inside:
        said.append("Where they go in September is for the school to say.")
    elif not any(one.next_at for one in going):
        said.append("Which schools they go to is not known: no roll of next September has been sent.")
    return said


def _coming(coming: Sequence[Coming], came: Sequence[Flagged], *, inside: bool) -> list[str]:
    if not coming:
        said = ["Who comes from Year 6 next September is not known: this school has sent no roll of a day to come."]
    else:
        said = [f"{plural(len(coming), 'pupil is', 'pupils are')} on this school’s roll of a day to come."]
        if inside and (unknown := sum(one.possible is None for one in coming)):
            said.append(f"Of {unknown} of them no register of this school year is known here.")
    if not inside:
        said.append("How pupils attended at other schools is not told to this one here: ask the school they come from.")
    elif came:
        said.append(f"{plural(len(came), 'pupil')} of Year 7 with a flag now missed 10% or more of Year 6 elsewhere.")
    else:
        said.append("No pupil of Year 7 with a flag now is known to have missed 10% or more of Year 6.")
    return said
