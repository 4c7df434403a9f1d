"""Charts: drawn truly, readable without colour, with their numbers beside them."""

from __future__ import annotations

import re

from dashboards import charts
from dashboards.charts import Line


def drawn(*lines: Line, labels: int = 6) -> charts.Chart:
    return charts.line_chart("c", "Absence <by week>", [f"{n} Sep" for n in range(labels)], lines, least=10)


def test_a_week_without_data_is_a_gap_and_never_a_zero() -> None:
    chart = drawn(Line("2026/27", [8.0, 9.0, None, 7.0, 6.5, None]))
    assert chart.svg.count("<path") == 2
    assert [row[1] for row in chart.rows] == ["8.0%", "9.0%", "no sessions", "7.0%", "6.5%", "no sessions"]
    assert "<circle" in drawn(Line("x", [8.0, None, 7.0, 6.0, 5.0, 4.0])).svg, "a lone week is a dot"


def test_height_is_in_proportion_to_the_value() -> None:
    chart = drawn(Line("x", [0.0, 5.0, 10.0, 10.0, 10.0, 10.0]))
    heights = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)(?=[L\"])", re.findall(r'd="M([^"]+)"', chart.svg)[0] + '"')]
    assert heights[0] - heights[1] == heights[1] - heights[2] > 0


def test_lines_differ_by_more_than_colour_and_are_named_and_described() -> None:
    chart = drawn(Line("2026/27", [8.0] * 3 + [None] * 3), Line("2025/26", [9.0] * 6))
    assert "dm-chart__line--1" in chart.svg
    assert "dm-chart__line--2" in chart.svg
    assert ">2026/27</text>" in chart.svg
    assert ">2025/26</text>" in chart.svg
    assert 'role="img"' in chart.svg
    assert "2025/26: from 9.0% (0 Sep) to 9.0%" in chart.svg


def test_nothing_is_inline_and_everything_is_escaped() -> None:
    chart = drawn(Line("<b>", [1.0] * 6))
    assert "style=" not in chart.svg
    assert "<b>" not in chart.svg
    assert "<by week>" not in chart.svg


def test_names_at_the_same_height_do_not_lie_on_each_other() -> None:
    chart = drawn(Line("one", [8.0] * 6), Line("two", [8.1] * 6))
    at = [float(y) for y in re.findall(r'dm-chart__name--\d" x="[\d.]+" y="([\d.]+)"', chart.svg)]
    assert abs(at[0] - at[1]) >= 18


def test_a_name_lies_beside_the_lines_that_go_on_and_not_over_them() -> None:
    def name(now: float, then: float) -> float:
        chart = drawn(Line("now", [now, now, None, None, None, None]), Line("then", [then] * 6))
        return float(re.findall(r'dm-chart__name--1" x="[\d.]+" y="([\d.]+)"', chart.svg)[0])

    assert name(6.0, 6.5) > name(6.0, 5.5) + 30, "below a line that goes on above, above one that goes on below"


def test_a_scale_reaches_the_highest_value() -> None:
    for top in (3.0, 12.0, 47.0, 99.9):
        chart = drawn(Line("x", [top] * 6))
        said = [float(v) for v in re.findall(r">([\d.]+)%</text>", chart.svg)]
        assert max(said) >= top
        assert 2 <= len(said) <= 7


def test_dots_lie_in_proportion_and_an_unknown_one_is_not_drawn() -> None:
    rows = [charts.Dots("A", (90.0, 92.0, None)), charts.Dots("B", (94.0, None, 93.0), strong=True), charts.Dots("C", (None, None, None))]
    chart = charts.dot_chart("d", "Attendance", ["whole year", "then", "now"], rows)
    assert chart is not None
    first = [float(x) for x in re.findall(r'mark--1" cx="([\d.]+)"', chart.svg)]
    then = [float(x) for x in re.findall(r'mark--2" cx="([\d.]+)"', chart.svg)]
    now = [float(x) for x in re.findall(r'mark--3" d="M([\d.]+) ', chart.svg)]
    assert (len(first), len(then), len(now)) == (2, 1, 1)
    assert round(then[0] - first[0], 0) == round(first[1] - then[0], 0) > 0
    assert round(now[0] - then[0], 0) == round(first[1] - now[0], 0) > 0
    assert chart.rows == [
        ["A", "90.0%", "92.0%", "not known"],
        ["B", "94.0%", "not known", "93.0%"],
        ["C", "not known"] + ["not known"] * 2,
    ]
    assert "B: whole year 94.0%, now 93.0%; C: no data" in chart.svg
    assert "style=" not in chart.svg


def test_dots_of_one_value_and_of_none() -> None:
    assert charts.dot_chart("d", "t", ["x"], [charts.Dots("A", (None,))]) is None
    chart = charts.dot_chart("d", "t", ["x"], [charts.Dots("<i>", (0.0,))])
    assert chart is not None
    assert "<i>" not in chart.svg
    assert "nan" not in chart.svg
