"""A described table (attendance.tables) on a page, and the ways to take it away."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django import template
from django.template.defaultfilters import capfirst
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from attendance.downloads import FORMS, PUBLISH
from attendance.tables import Column, Kind, Table
from dashboards.markup import piece
from dashboards.templatetags import daymark

register = template.Library()


@register.inclusion_tag("components/table.html", takes_context=True, name="table")
def table_tag(
    context: template.Context, table: Table[Any], rows: Iterable[Any], caption: str = "", sortable: bool = True
) -> dict[str, Any]:
    heads = [_heading(context, table, column, sortable=sortable) for column in table.on_page]
    return {"caption": caption or table.title, "heads": heads, "lines": [_line(table, row) for row in rows]}


def _heading(context: template.Context, table: Table[Any], column: Column[Any], *, sortable: bool) -> SafeString:
    classes = "govuk-table__header--numeric" if column.numeric else ""
    if sortable and column.sort is not None:
        return daymark.sort_header(
            context, column.heading, column.key, classes, param=table.param, anchor=table.anchor, default=table.order
        )
    return format_html('<th scope="col" class="govuk-table__header {}">{}</th>', classes, column.heading)


def _line(table: Table[Any], row: Any) -> SafeString:
    first, *others = table.on_page
    cells = [f'<th scope="row" class="govuk-table__header">{cell(first, row)}</th>']
    cells += [piece(_cell_of(column), cell(column, row)) for column in others]
    return mark_safe("".join(cells))  # noqa: S308  (pieces)


@lru_cache(maxsize=1024)  # of the described tables' columns
def _cell_of(column: Column[Any]) -> str:
    """The table cell that a value of this column is put in."""
    classes = "govuk-table__cell--numeric" if column.numeric else ""
    label = piece(' data-label="{}"', column.heading.replace("{", "{{").replace("}", "}}")) if column.labelled else ""
    return f'<td class="govuk-table__cell {classes}"{label}>{{}}</td>'


def cell(column: Column[Any], row: Any) -> SafeString:
    """A value as a page says it, with its note below."""
    if column.shown is not None:
        shown = column.shown(row)
        note = column.note(row) if column.note else ""
    else:
        value = column.value(row)
        shown, note = said(column, value), column.note(row) if column.note else of_what(column, value)
        if column.link is not None:
            number = " dm-number" if column.numeric else ""
            shown = piece('<a class="govuk-link{}" href="{}">{}</a>', number, column.link(row), shown)
    return piece('{}<span class="dm-cell-note">{}</span>', shown, note) if note else piece("{}", shown)


def said(column: Column[Any], value: Any) -> Any:
    if column.kind == Kind.LINKED:
        return daymark.number(value)
    if value is None or value == "":
        return column.none
    if column.kind == Kind.SHARE:
        return daymark.percent(value.pct)
    if column.kind == Kind.PERCENT:
        return daymark.percent(value)
    if column.kind == Kind.COUNT:
        return daymark.count(value)
    return daymark.day(value) if column.kind == Kind.DAY else value


def of_what(column: Column[Any], value: Any) -> str:
    """ "24 of 96 sessions" under a share; nothing under anything else."""
    if column.kind != Kind.SHARE or value is None:
        return ""
    return daymark._of_what(daymark.of(value.part, value.whole), value.what or column.what)


@register.inclusion_tag("components/downloads.html", takes_context=True)
def downloads(context: template.Context, name: str, *arguments: Any, publish: bool = False, what: str = "this list") -> dict[str, Any]:
    """Links to the same list as files, under the choices of the address; `publish`: small numbers kept back in two more."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    query.pop("for", None)
    ways = [("For working inside the authority" if publish else "", _links(name, arguments, query.urlencode()))]
    if publish:
        query["for"] = PUBLISH
        ways.append(("For publishing, small numbers kept back", _links(name, arguments, query.urlencode())))
    return {"ways": ways, "what": what, "heading": f"Download {what}", "capital": capfirst(what)}


def _links(name: str, arguments: tuple[Any, ...], query: str) -> list[tuple[str, str]]:
    return [(said, f"{reverse(name, args=[*arguments, form])}{f'?{query}' if query else ''}") for form, said in FORMS.items()]
