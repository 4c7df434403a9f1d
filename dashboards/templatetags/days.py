"""Days and marks as cells: a school’s days of the coverage grid, a pupil’s weeks of the register. Loaded for every template (settings)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboards.markup import piece
from dashboards.templatetags.daymark import count, day

register = template.Library()


@register.filter
def has_weekend(grid: Any) -> bool:
    """Does any week of a register hold a mark on a Saturday or Sunday?"""
    return any(len(week.days) > 5 for week in grid.weeks)


_DAY_WORDS = {
    "complete": "all {expected} pupils marked",
    "partial": "{am} of {expected} pupils marked in the morning, {pm} in the afternoon",
    "missing": "no mark",
    "not-supplying": "not supplying registers",
    "awaited": "no mark yet",
    "closed": "closed",
}
_DAY_SIGNS = {"complete": "✓", "missing": "✗", "not-supplying": "off", "awaited": "…", "closed": "–"}


@register.simple_tag
def coverage_cells(line: Any) -> SafeString:
    """One school's days as table cells, each the way to what is behind it. Its date is seen on a phone, where there is no heading."""
    return format_html_join("", "{}", ((_coverage_cell(line.school, found),) for found in line.days))


def _coverage_cell(school: Any, found: Any) -> SafeString:
    words = _DAY_WORDS[found.status].format(expected=count(found.expected), am=count(found.marked_am), pm=count(found.marked_pm))
    sign = _DAY_SIGNS.get(found.status) or f"{100 * min(found.marked_am, found.marked_pm) // max(found.expected, 1)}%"
    said = piece(
        '<span class="dm-grid__date" aria-hidden="true">{}</span><span aria-hidden="true">{}</span>'
        '<span class="govuk-visually-hidden">{}, {}: {}</span>',
        found.date.day,
        sign,
        school.name,
        day(found.date),
        words,
    )
    if found.status == "closed":
        return piece('<td class="dm-grid__day dm-grid__day--closed">{}</td>', said)
    address = reverse("coverage_day", args=[school.urn, found.date.isoformat()])
    return piece('<td class="dm-grid__day dm-grid__day--{}"><a href="{}" title="{}">{}</a></td>', found.status, address, words, said)


_COUNTS_AS = {"authorised": "authorised absence", "unauthorised": "unauthorised absence", "not-possible": "not counted"}
_EMPTY_MARK = '<span class="dm-mark dm-mark--none" aria-hidden="true"></span>'


@register.simple_tag
def register_weeks(weeks: Iterable[Any], pupil: int | None = None) -> SafeString:
    """Weeks of a register as table rows. Each mark is its letter, its pattern, and words for those who hear the page; each
    day with a mark is the way to its history, where the `pupil` is given.

    Built here and not in a template: a year is four hundred marks, and they are most of the pupil's page.
    """
    address = escape(reverse("pupil", args=[pupil])) if pupil else ""
    return mark_safe("".join(_register_week(week, address) for week in weeks))  # noqa: S308  (dates, and marks as escaped)


def _register_week(week: Any, address: str) -> str:
    days = "".join(_register_day(found, address) for found in week.days)
    return f'<tr><th scope="row">{week.monday.day} {week.monday:%b}</th>{days}</tr>'


def _register_day(found: Any, address: str) -> str:
    am, pm = found.am, found.pm
    marks = _mark(am.code, am.kind, am.meaning, am.counted, "AM") + _mark(pm.code, pm.kind, pm.meaning, pm.counted, "PM")
    if not address or not (am.code or pm.code):
        return f"<td>{marks}</td>"
    said = f"{found.date.day} {found.date:%b}"
    return (
        f'<td><a class="dm-marks" href="{address}marks/{found.date.isoformat()}/">'
        f'<span class="govuk-visually-hidden">{said}: </span>{marks}</a></td>'
    )


@lru_cache(maxsize=512)  # there are some forty codes
def _mark(code: str, kind: str, meaning: str, counted: bool, half: str) -> str:
    if not code:
        return _EMPTY_MARK
    kind = kind if counted else "outside"
    # a reader would say "slash" for a present mark; its meaning says it better
    words = f"{half} {meaning}" if code in "/\\" else f"{half} {code}, {meaning}"
    if kind in _COUNTS_AS:
        words += f", {_COUNTS_AS[kind]}"
    if kind == "outside":
        words += ", outside the time on roll, not counted"
    return piece(
        '<span class="dm-mark dm-mark--{}"><span aria-hidden="true">{}</span><span class="govuk-visually-hidden">{}. </span></span>',
        kind,
        code,
        words,
    )
