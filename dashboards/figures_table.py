"""The table of the figures page, described once for the page and its files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.html import format_html

from attendance.codes import BY_CODE, Class
from attendance.grouping import OF_SESSIONS, Group
from attendance.rates import apart, change
from attendance.reports.periods import Line, Sums
from attendance.tables import Column, Kind, Share, Table
from dashboards.figures_form import Chosen
from dashboards.figures_page import Row
from dashboards.templatetags import daymark

_PARTS = (
    ("attendance", "Attendance", "attended", True),
    ("absence", "Absence", "absent", True),
    ("authorised", "Authorised", "authorised", False),
    ("unauthorised", "Unauthorised", "unauthorised", True),
    ("late", "Late", "late", False),
)


def table_of(chosen: Chosen, rows: list[Row], group_name: str) -> Table[Row]:
    group = chosen.question.group
    columns: list[Column[Row]] = [
        Column("name", group_name, lambda row: row.name, sort=lambda row: row.order, shown=_named),
    ]
    if group == Group.CODE:
        columns += [_code("now", "Sessions", lambda row: row.line.value, _now), _code("then", "Last year", _own_code, _then)]
    else:
        columns += [_sessions(*part) for part in _PARTS if group != Group.WEEKDAY or part[0] != "late"]
        columns.append(_before(lambda sums: Share(sums.figures.absent, sums.figures.possible)))
        if chosen.code:
            columns.insert(1, _code("code", f"Code {chosen.code}", lambda row: chosen.code, _now))
        if any(row.england is not None for row in rows):
            columns.append(Column("england", "England last year", lambda row: row.england, Kind.PERCENT, none="not published"))
    if group not in OF_SESSIONS:
        what = "pupil" if chosen.question.by_pupil else "enrolment"
        columns += [_judged("pa", "Persistent", "persistent", what), _judged("sa", "Severe", "severe", what)]
    return Table(
        "figures", f"Figures by {group_name.lower()}: {chosen.period.name}", tuple(columns), key=lambda row: row.name, order="name"
    )


def _named(row: Row) -> Any:
    return format_html('<a class="govuk-link" href="{}">{}</a>', row.address, row.name) if row.address else row.name


def _now(line: Line) -> Sums | None:
    return line.now


def _then(line: Line) -> Sums | None:
    return line.then


def _own_code(row: Row) -> str:
    return row.line.value


def _sessions(key: str, heading: str, part: str, page: bool) -> Column[Row]:
    def share(row: Row) -> Share:
        return Share(getattr(row.line.now.figures, part), row.line.now.figures.possible)

    return Column(key, heading, share, Kind.SHARE, sort=lambda row: share(row).pct, page=page)


def _before(share: Callable[[Sums], Share]) -> Column[Row]:
    def before(row: Row) -> Share | None:
        return share(row.line.then) if row.line.then else None

    def order(row: Row) -> float | None:
        found = before(row)
        return found.pct if found else None

    def note(row: Row) -> str:
        found = before(row)
        if found is None:
            return ""
        apart = _apart(found.pct, row.line.now.figures.absence_pct)
        return "; ".join(words for words in (daymark._of_what(daymark.of(found.part, found.whole), "session"), apart) if words)

    return Column("then", "Absence last year", before, Kind.SHARE, note=note, sort=order, none="not known")


def _apart(earlier: float | None, now: float | None) -> str:
    """Points, and the change in percent of the earlier figure: the two are often mistaken for each other."""
    points = apart(earlier, now)
    if points is None:
        return ""
    if not points:
        return "the same now"
    by = change(earlier, now)
    said = "" if by is None else f", a {'rise' if by > 0 else 'fall'} of {abs(by):.0f}%"
    return f"now {abs(points):.1f} points {'higher' if points > 0 else 'lower'}{said}"


def _code(key: str, heading: str, code: Callable[[Row], str], sums: Callable[[Line], Sums | None]) -> Column[Row]:
    """Sessions of one code, of those possible. Those that are not possible (D, X, Y, #) are in no percentage: a plain number."""

    def share(row: Row) -> Share | None:
        found = sums(row.line)
        counts = found is not None and _is_possible(code(row))
        return Share(found.codes.get(code(row), 0), found.figures.possible if counts else 0) if found else None

    def shown(row: Row) -> Any:
        found = share(row)
        if found is None:
            return "not known"
        if _is_possible(code(row)):
            of = daymark._of_what(daymark.of(found.part, found.whole), "session")
            return format_html('{}<span class="dm-cell-note">{}</span>', daymark.percent(found.pct), of)
        return format_html('{}<span class="dm-cell-note">not possible sessions</span>', daymark.count(found.part))

    def order(row: Row) -> float | None:
        found = share(row)
        return found.part if found else None

    return Column(key, heading, share, Kind.SHARE, shown=shown, sort=order)


def _is_possible(code: str) -> bool:
    return Class.ATTENDING <= BY_CODE[code].klass <= Class.UNAUTHORISED


def _judged(key: str, heading: str, part: str, what: str) -> Column[Row]:
    """Beside it, as a note, what it was at the same point of last year."""

    def share(row: Row) -> Share | None:
        count = row.line.now.count
        return Share(getattr(count, part), count.judged) if count is not None else None

    def note(row: Row) -> str:
        now, then = share(row), row.line.then.count if row.line.then else None
        said = daymark._of_what(daymark.of(now.part, now.whole), what) if now else ""
        before = (
            f"last year {daymark.percent(getattr(then, f'{part}_pct'))} of {daymark.count(then.judged)}" if then and then.judged else ""
        )
        return "; ".join(words for words in (said, before) if words)

    def order(row: Row) -> float | None:
        found = share(row)
        return found.pct if found else None

    return Column(key, heading, share, Kind.SHARE, what=what, note=note, sort=order, none="not kept for this period")
