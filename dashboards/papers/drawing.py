"""A page's chart for the printer."""

from __future__ import annotations

from functools import cache

from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe

from dashboards.charts import Chart


def drawn(chart: Chart) -> SafeString:
    """The page's own drawing with its style inside, where a printer looks for it."""
    return mark_safe(chart.svg.replace("<title", f"<style>{_style()}</style><title", 1))  # noqa: S308  (our own stylesheet and drawing)


@cache
def _style() -> str:
    path = finders.find("css/register.css")
    with open(str(path), encoding="utf-8") as file:
        style = file.read().partition("/* Charts */")[2].partition("@media")[0].replace("var(--dm-ink)", "#0b0c0c")
    style = style.replace(".dm-chart__svg {", "svg {").replace(".dm-chart__svg ", "")
    return style + ".dm-chart__name { stroke: none; }"  # a printer draws the line round a letter over it
