"""Charts drawn here as SVG: light, printable, readable without colour, no script and no inline style.

Every chart comes with its numbers as a table. Lines differ by dash and by a label at their end, not by colour alone; a week
without data, or with too little to say anything, is a gap, never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 720, 270
LEFT, RIGHT, TOP, BOTTOM = 62, 132, 14, 36  # room for the larger letters that a phone is given

_NAME_WIDE = 100  # a year's name in those letters


@dataclass(frozen=True, slots=True)
class Line:
    """A named series; None where nothing is known. `joined`: published now and then, so a line runs from point to point.

    `of`: by value, of how much it is ("96 of 1,310 sessions"), for the table; "" where there is nothing. One that is None and yet
    of something rests on too little to be drawn.
    """

    name: str
    values: Sequence[float | None]
    joined: bool = False
    of: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """What a page shows: the drawing, and the same numbers as a table."""

    title: str
    svg: SafeString
    headers: list[str]
    rows: list[list[str]]
    note: str = ""  # what is left out of the drawing


def _ceiling(values: Sequence[float], least: float) -> tuple[float, float]:
    """Top of the scale and its step: round numbers, three to six of them."""
    high = max([*values, least])
    step = next((s for s in (1.0, 2.0, 5.0, 10.0, 20.0, 25.0) if high / s <= 5), 25.0)
    top = step * -(-high // step)
    return top, step


def line_chart(
    key: str, title: str, labels: Sequence[str], lines: Sequence[Line], *, unit: str = "%", least: float = 5, note: str = ""
) -> Chart:
    """Lines over the same labels (weeks). `key` makes the ids unique on the page; `note` is said where a value is of too little to be
    drawn.
    """
    known = [v for line in lines for v in line.values if v is not None]
    top, step = _ceiling(known, least)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(i: int) -> float:
        return LEFT + wide * i / max(len(labels) - 1, 1)

    def y(value: float) -> float:
        return TOP + high * (1 - value / top)

    parts: list[SafeString] = []
    for n in range(round(top / step) + 1):
        at = y(n * step)
        parts.append(
            format_html('<line class="dm-chart__grid" x1="{}" x2="{}" y1="{}" y2="{}"/>', LEFT, WIDTH - RIGHT, f"{at:.1f}", f"{at:.1f}")
        )
        parts.append(
            format_html(
                '<text class="dm-chart__y" x="{}" y="{}" text-anchor="end">{}{}</text>', LEFT - 8, f"{at + 5:.1f}", f"{n * step:g}", unit
            )
        )
    every = max(1, -(-len(labels) // 7))
    for i in range(0, len(labels), every):
        minor = " dm-chart__minor" if (i // every) % 2 else ""
        anchor = "start" if i == 0 else "middle"
        parts.append(
            format_html(
                '<text class="dm-chart__x{}" x="{}" y="{}" text-anchor="{}">{}</text>', minor, f"{x(i):.1f}", HEIGHT - 12, anchor, labels[i]
            )
        )
    for number, line in enumerate(lines):
        parts.append(_one_line(line, number, x, y))
    parts.append(_end_labels(lines, x, y))
    summary = "; ".join(_in_words(line, labels, unit) for line in lines)
    svg = format_html(
        '<svg class="dm-chart__svg" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d" focusable="false">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
        WIDTH,
        HEIGHT,
        key,
        key,
        key,
        title,
        key,
        summary,
        mark_safe("".join(parts)),  # noqa: S308 - parts are escaped above
    )
    rows = [[label, *(_said(line, i, unit) for line in lines)] for i, label in enumerate(labels)]
    little = any(value is None and of for line in lines for value, of in zip(line.values, line.of, strict=False))
    return Chart(title, svg, ["Week", *(line.name for line in lines)], rows, note if little else "")


def _said(line: Line, at: int, unit: str) -> str:
    value, of = line.values[at], line.of[at] if line.of else ""
    if value is None and not of:
        return "not published" if line.joined else "no sessions"
    said = "too few to say" if value is None else f"{value:.1f}{unit}"
    return format_html('{}<span class="dm-cell-note">{}</span>', said, of) if of else said


def _one_line(line: Line, number: int, x, y) -> SafeString:  # type: ignore[no-untyped-def]
    """A path for each unbroken run; a lone week is a dot."""
    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(line.values):
        if value is None:
            if runs[-1] and not line.joined:
                runs.append([])
        else:
            runs[-1].append((x(i), y(value)))
    paths = format_html_join(
        "",
        '<path class="dm-chart__line dm-chart__line--{}" d="M{}"/>',
        ((number + 1, "L".join(f"{a:.1f} {b:.1f}" for a, b in run)) for run in runs if len(run) > 1),
    )
    dots = format_html_join(
        "",
        '<circle class="dm-chart__dot dm-chart__dot--{}" cx="{}" cy="{}" r="3"/>',
        ((number + 1, f"{run[0][0]:.1f}", f"{run[0][1]:.1f}") for run in runs if len(run) == 1),
    )
    return mark_safe(paths + dots)  # noqa: S308 - both are made by format_html


def _end_labels(lines: Sequence[Line], x, y) -> SafeString:  # type: ignore[no-untyped-def]
    """Each line's name at its last point: beside it at the right edge; above or below it, clear of them, where others go on."""
    ends: list[tuple[float, float, int, str]] = []
    drawn = [[(x(i), y(value)) for i, value in enumerate(line.values) if value is not None] for line in lines]
    for number, (line, points) in enumerate(zip(lines, drawn, strict=True)):
        if points:
            at_x, at_y = points[-1]
            inside = at_x < WIDTH - RIGHT - 1
            others = [b for other in drawn if other is not points for a, b in other if at_x <= a < at_x + _NAME_WIDE]
            ends.append((_clear_of(others, at_y) if inside else at_y + 5, at_x + (2 if inside else 8), number + 1, line.name))
    ends.sort()
    placed: list[tuple[float, float, int, str]] = []
    for at_y, at_x, number, name in ends:
        near = [other for other in placed if abs(other[1] - at_x) < 90 and at_y - other[0] < 20]
        placed.append((max([at_y, *(other[0] + 20 for other in near)]), at_x, number, name))
    return format_html_join(
        "",
        '<text class="dm-chart__name dm-chart__name--{}" x="{}" y="{}">{}</text>',
        ((n, f"{at_x:.1f}", f"{at_y:.1f}", name) for at_y, at_x, n, name in placed),
    )


def _clear_of(heights: Sequence[float], at: float) -> float:
    """The base line of a name above or below a point, whichever lies further from what else is drawn there."""

    def room(base: float) -> float:
        return min((abs(base - 6 - height) for height in heights), default=HEIGHT)

    below = at + 26
    return below if below < HEIGHT - BOTTOM and room(below) > room(at - 12) else at - 12


def _in_words(line: Line, labels: Sequence[str], unit: str) -> str:
    known = [(v, labels[i]) for i, v in enumerate(line.values) if v is not None]
    if not known:
        return f"{line.name}: no data"
    low, high = min(known), max(known)
    ends = [f"{value:.1f}{unit} ({label})" for value, label in (low, high, known[-1])]
    return f"{line.name}: from {ends[0]} to {ends[1]}, last {ends[2]}"


_NAMES, _ROW, _END = 290, 36, 92  # room for a long name in a phone's letters, a line, and the figure at its end


@dataclass(frozen=True, slots=True)
class Dots:
    """One line of a dot chart: a value for each series, None where nothing is known."""

    name: str
    values: Sequence[float | None]
    strong: bool = False


def dot_chart(key: str, title: str, series: Sequence[str], rows: Sequence[Dots], *, unit: str = "%") -> Chart | None:
    """Values side by side on one scale, which need not begin at nought: a dot, a ring and a diamond, by series; None without any.

    Each line ends with its first known value in figures.
    """
    known = [value for row in rows for value in row.values if value is not None]
    if not known:
        return None
    low, high, step = _scale(min(known), max(known))
    foot = TOP + _ROW * len(rows)

    def x(value: float) -> float:
        return _NAMES + (WIDTH - _NAMES - _END) * (value - low) / (high - low)

    parts = [_tick(x(low + n * step), low + n * step, foot, unit, minor=bool(n % 2)) for n in range(round((high - low) / step) + 1)]
    parts += [_dots(row, TOP + _ROW * number + _ROW / 2, x, unit) for number, row in enumerate(rows)]
    said = "; ".join(f"{row.name}: {', '.join(_series(series, row, unit)) or 'no data'}" for row in rows)
    svg = format_html(
        '<svg class="dm-chart__svg" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d" focusable="false">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
        WIDTH,
        foot + BOTTOM,
        key,
        key,
        key,
        title,
        key,
        said,
        mark_safe("".join(parts)),  # noqa: S308 - parts are escaped above
    )
    table = [[row.name, *("not known" if value is None else f"{value:.1f}{unit}" for value in row.values)] for row in rows]
    return Chart(title, svg, ["", *series], table)


def _scale(least: float, most: float) -> tuple[float, float, float]:
    """Ends and step of a scale that holds both, in three to eight steps of a round number."""
    step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if (most - least) / s <= 5), 20.0)
    low = max(0.0, step * (least // step))
    high = step * -(-most // step)
    return low, high if high > low else low + step, step


def _series(series: Sequence[str], row: Dots, unit: str) -> list[str]:
    return [f"{name} {value:.1f}{unit}" for name, value in zip(series, row.values, strict=True) if value is not None]


def _tick(at: float, value: float, foot: float, unit: str, *, minor: bool) -> SafeString:
    return format_html(
        '<line class="dm-chart__grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>'
        '<text class="dm-chart__x{5}" x="{0}" y="{3}" text-anchor="middle">{4}</text>',
        f"{at:.1f}",
        TOP,
        foot,
        foot + 26,
        f"{value:g}{unit}",
        " dm-chart__minor" if minor else "",
    )


def _dots(row: Dots, at: float, x, unit: str) -> SafeString:  # type: ignore[no-untyped-def]
    shapes = []
    for number, value in reversed(list(enumerate(row.values))):  # the first lies on top
        if value is None:
            continue
        if number == 2:
            shapes.append(format_html('<path class="dm-chart__mark--3" d="M{} {}l9 9l-9 9l-9-9z"/>', f"{x(value):.1f}", f"{at - 9:.1f}"))
        else:
            shapes.append(
                format_html('<circle class="dm-chart__mark--{}" cx="{}" cy="{}" r="7"/>', number + 1, f"{x(value):.1f}", f"{at:.1f}")
            )
    first = next((value for value in row.values if value is not None), None)
    return format_html(
        '<text class="{}" x="0" y="{}">{}</text>{}<text x="{}" y="{}" text-anchor="end">{}</text>',
        "dm-chart__strong" if row.strong else "",
        f"{at + 6:.1f}",
        row.name,
        mark_safe("".join(shapes)),  # noqa: S308 - made by format_html
        WIDTH,
        f"{at + 6:.1f}",
        "not known" if first is None else f"{first:.1f}{unit}",
    )


def comparison_bar(value: float | None, mark: float | None, top: float) -> SafeString:
    """A bar for one school's figure and a tick for England's, beside the numbers they show (so hidden from readers)."""
    if value is None:
        return mark_safe("")
    tick = (
        format_html('<line class="dm-bar-svg__mark" x1="{0}" x2="{0}" y1="1" y2="21"/>', f"{200 * min(mark / top, 1):.1f}")
        if mark is not None
        else ""
    )
    return format_html(
        '<svg class="dm-bar-svg" viewBox="0 0 202 22" aria-hidden="true" focusable="false">'
        '<rect class="dm-bar-svg__back" x="0" y="5" width="200" height="12"/>'
        '<rect class="dm-bar-svg__bar" x="0" y="5" width="{}" height="12"/>{}</svg>',
        f"{200 * min(value / top, 1):.1f}",
        tick,
    )


_SPARK_WIDE, _SPARK_HIGH = 200, 36


def sparkline(title: str, values: Sequence[float | None], *, unit: str = "%") -> SafeString:
    """How a figure came to be, small: no axis, its scale from the lowest to the highest; said in words. "" for less than two points."""
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return mark_safe("")
    low, high = min(value for _, value in known), max(value for _, value in known)
    wide, tall = _SPARK_WIDE - 12, _SPARK_HIGH - 12
    points = [
        (6 + wide * i / (len(values) - 1), 6 + tall * (1 - (value - low) / (high - low)) if high > low else _SPARK_HIGH / 2)
        for i, value in known
    ]
    shown = "{:.1f}" if unit else "{:.0f}"
    first, last, least, most = (shown.format(value) + unit for value in (known[0][1], known[-1][1], low, high))
    words = f"{title}: from {first} to {last}, lowest {least}, highest {most}"
    return format_html(
        '<svg class="dm-spark" viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">'
        '<path class="dm-spark__line" d="M{}"/><circle class="dm-spark__end" cx="{}" cy="{}" r="4"/></svg>',
        _SPARK_WIDE,
        _SPARK_HIGH,
        words,
        "L".join(f"{x:.1f} {y:.1f}" for x, y in points),
        f"{points[-1][0]:.1f}",
        f"{points[-1][1]:.1f}",
    )
