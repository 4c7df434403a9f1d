"""Which layout a file is in and which column holds what, from its first lines.

Nothing is guessed where it matters: two columns that could equally hold a needed value are named, and the sender chooses.
"""

from __future__ import annotations

from dataclasses import dataclass

from attendance.imports import headings, reader
from attendance.imports.parsed import (
    FIELD_NAMES,
    LAYOUTS,
    MAX_TITLE_LINES,
    NEEDED,
    Mapping,
    Sniffed,
    Source,
    Unreadable,
    optional,
    wanting,
)

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 5
_WHAT_IS_READ = (
    "These layouts are read: " + "; ".join(LAYOUTS.values()) + ". "
    "Each needs a column with the UPN, or with the name and the date of birth, and headings above."
)


def sniff(source: Source) -> Sniffed:
    """The mapping of a file, or what stands in its way. Raises Unreadable if it is no table of texts."""
    text = reader.load(source)
    found = _find_headings(text)
    if found is None:
        return Sniffed(None, None, [], [], [], [], f"No line of headings was found. {_WHAT_IS_READ}")
    names = headings.joined(found.rows)
    if len(names) > reader.MAX_COLUMNS:
        raise Unreadable(f"The file has {len(names):,} columns. A table of marks has at most {reader.MAX_COLUMNS:,}.")
    dated = headings.date_columns(found.rows)
    layout = headings.layout_of(names, dated=bool(dated))
    if layout is None:
        return Sniffed(None, None, [], [], names, found.below, _unrecognised(names))
    columns, ambiguous = _columns(layout, names, {one.column for one in dated} if layout == "dates" else set())
    if layout == "dates":
        ambiguous += _twice(dated)
    missing = [field for field in wanting(layout, columns) if field not in dict(ambiguous)]
    draft = Mapping(layout, columns, text.encoding, found.delimiter, found.line, len(found.rows), kind=text.kind)
    message = _message(layout, ambiguous, missing) or (_silent(dated) if layout == "dates" else "")
    return Sniffed(None if message else draft, draft, ambiguous, missing, names, found.below, message, text.notes)


@dataclass(frozen=True)
class _Headings:
    delimiter: str
    line: int
    rows: list[list[str]]
    below: list[list[str]]


def _find_headings(text: reader.Text) -> _Headings | None:
    """The delimiter and the lines that together read most like headings; the topmost where several do equally."""
    best: tuple[int, _Headings, Unreadable | None] | None = None
    for delimiter in _DELIMITERS:
        top, failure = reader.first_rows(text, delimiter, MAX_TITLE_LINES + 2 + _SAMPLE)
        for start in range(min(MAX_TITLE_LINES + 1, len(top))):
            for count in (1, 2):
                score = headings.score(top[start : start + count], count)
                if score >= 2 and (best is None or score > best[0]):
                    below = [row for row in top[start + count :] if any(cell.strip() for cell in row)]
                    found = _Headings(delimiter, start + 1, top[start : start + count], below[:_SAMPLE])
                    best = (score, found, failure)
    if best is None:
        return None
    if best[2] is not None:
        raise best[2]
    return best[1]


def _columns(layout: str, names: list[str], taken: set[int]) -> tuple[dict[str, int], list[tuple[str, list[str]]]]:
    columns: dict[str, int] = {}
    ambiguous: list[tuple[str, list[str]]] = []
    for field in (*NEEDED[layout], *optional(layout)):
        fits = [
            (rank, column)
            for column, name in enumerate(names)
            if column not in taken
            for candidate, rank in headings.fields_of(name)
            if candidate == field or (candidate == "date" and field == "week_start")
        ]
        if field == "week_start" and any(not _is_date(names[column]) for _, column in fits):
            fits = [fit for fit in fits if not _is_date(names[fit[1]])]  # the date of a week only for want of better
        if not fits:
            continue
        best = min(fits)[0]
        equal = [column for rank, column in fits if rank == best]
        if len(equal) > 1 and (field in NEEDED[layout] or field == "urn"):
            ambiguous.append((field, [_named(names, column) for column in equal]))
        else:
            columns[field] = equal[0]
    return columns, ambiguous


def _is_date(name: str) -> bool:
    return any(field == "date" for field, _ in headings.fields_of(name))


def _named(names: list[str], column: int) -> str:
    alike = sum(name == names[column] for name in names)
    return f"{names[column]} (column {column + 1})" if alike > 1 else names[column]


def _twice(dated: list[headings.DateColumn]) -> list[tuple[str, list[str]]]:
    """Several columns for one session: which of them is meant?"""
    sessions: dict[tuple[str, bool | None], list[headings.DateColumn]] = {}
    for one in dated:
        if one.pm is not None:
            sessions.setdefault((headings.key(one.text), one.pm), []).append(one)
    return [("mark", [f"{one.heading} (column {one.column + 1})" for one in several]) for several in sessions.values() if len(several) > 1]


def _silent(dated: list[headings.DateColumn]) -> str:
    silent = [one.heading for one in dated if one.pm is None]
    if not silent:
        return ""
    return (
        f"The heading {_quoted(silent[:3])} does not say whether it is the morning or the afternoon. "
        "Put AM or PM after the date, or give each date two columns."
    )


def _quoted(names: list[str]) -> str:
    marked = [f"“{name}”" for name in names]
    return marked[0] if len(marked) == 1 else ", ".join(marked[:-1]) + " and " + marked[-1]


def _message(layout: str, ambiguous: list[tuple[str, list[str]]], missing: list[str]) -> str:
    sentences = [
        f"Columns {_quoted(names)} could each be the {FIELD_NAMES[field]}. Choose one, or rename the others." for field, names in ambiguous
    ]
    if missing:
        absent = ", ".join(FIELD_NAMES[field] for field in missing)
        sentences.append(f"This looks like {LAYOUTS[layout]}, but no column was found for: {absent}.")
        if "upn" in missing:
            sentences.append("A name and a date of birth may stand in for the UPN: then a person says whose marks they are.")
    return " ".join(sentences)


def _unrecognised(names: list[str]) -> str:
    if headings.is_summary(names):
        return (
            f"This is a summary, but not of sessions possible, authorised and unauthorised: percentages cannot be checked. {_WHAT_IS_READ}"
        )
    return f"The headings of this file are not those of a register: no marks were found. {_WHAT_IS_READ}"
