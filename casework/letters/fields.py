"""The named fields of a letter's text, and what of a template may be changed in one letter. Pure.

`{child}` in a text is a field. Whatever else is typed, braces too, is printed as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

FIELDS: dict[str, str] = {
    "parent": "The parent the letter goes to",
    "addressed_as": "How the parent is addressed: “Mrs Wright”, or the name where there is no title",
    "child": "The child’s name",
    "forename": "The child’s first name, as it is used",
    "school": "The child’s school today",
    "missed": "Sessions missed in the school year so far",
    "possible": "Sessions there could have been in the school year so far",
    "unauthorised": "Of the sessions missed, those that were not authorised",
    "period": "The days that missed and possible are about",
    "recent_missed": "Sessions missed in the last four weeks of registers",
    "recent_possible": "Sessions there could have been in these four weeks",
    "recent_period": "The days of these four weeks",
    "officer": "Whoever writes the letter",
    "reply_to": "Where an answer goes: email and telephone",
    "authority": "The authority’s name",
    "today": "The date of the letter",
    "meeting_day": "The day of a meeting; asked for when the letter is written",
    "meeting_time": "Its time; asked for",
    "meeting_place": "Its place; asked for",
    "visit_day": "The day of a visit; asked for",
}
ASKED = ("meeting_day", "meeting_time", "meeting_place", "visit_day")  # what nobody but the writer knows, letter by letter
OF_FIGURES = frozenset({"missed", "possible", "unauthorised", "period"})
OF_RECENT = frozenset({"recent_missed", "recent_possible", "recent_period"})
_FIELD = re.compile(r"\{\s*([A-Za-z_][A-Za-z0-9_ ]*?)\s*\}")
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a template or a letter: paragraphs. A locked one cannot be changed in a letter, and says where its words come from."""

    text: str
    locked: bool = False
    source: str = ""


class LetterProblem(ValueError):
    """Why a letter or a template cannot be so, in words for the person who asked. `field`: of the form it came from."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def named(texts: Iterable[str]) -> set[str]:
    """The fields that these texts name, known or not."""
    return {found.group(1) for text in texts for found in _FIELD.finditer(text)}


def unknown(text: str) -> list[str]:
    """Names in braces that are no fields, as they stand there, each once."""
    return list(dict.fromkeys(name for name in _FIELD.findall(text) if name not in FIELDS))


def check_words(text: str, field: str | None = None) -> None:
    if wrong := unknown(text):
        said = ", ".join(f"{{{name}}}" for name in wrong)
        are = "is no field" if len(wrong) == 1 else "are no fields"
        raise LetterProblem(f"{said} {are}: choose from the list of fields, or write it without braces", field)


def check_template(subject: str, blocks: Sequence[Block]) -> None:
    """Raises `LetterProblem` at what is wrong with a template; fields are named as the form's."""
    if not subject.strip():
        raise LetterProblem("Enter the heading of the letter", "subject")
    check_words(subject, "subject")
    if not blocks:
        raise LetterProblem("Enter the text of the letter", "text_1")
    for number, block in enumerate(blocks, start=1):
        check_words(block.text, f"text_{number}")
        if block.locked and not block.source.strip():
            raise LetterProblem(
                "Say where the words of this locked part come from: the Act or guidance, and its section", f"source_{number}"
            )
        if len(block.text) > LONGEST:
            raise LetterProblem(f"Keep this part to {LONGEST:,} characters", f"text_{number}")


def merged(template: Sequence[Block], written: Sequence[str]) -> list[Block]:
    """The template with the writer's words in the place of its open parts. Locked parts stay as they are, whatever is sent.

    `written`: one text for each open part, in their order; an empty one leaves the part out.
    """
    open_parts = [block for block in template if not block.locked]
    if len(written) != len(open_parts):
        raise LetterProblem("The template has changed since this form was made. Open it anew; your words are below.")
    words = iter(written)
    found = []
    for block in template:
        text = block.text if block.locked else next(words).replace("\r\n", "\n")
        if text.strip():
            found.append(Block(text, block.locked, block.source))
    if not found:
        raise LetterProblem("Enter the text of the letter", "text_1")
    return found


def wants(subject: str, blocks: Iterable[Block]) -> set[str]:
    return named([subject, *(block.text for block in blocks)])


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields as `values` say. A field without a value is an error of ours, never a gap in a letter."""

    def value(found: re.Match[str]) -> str:
        said = values[found.group(1)]
        if not said:
            raise LetterProblem(f"{FIELDS[found.group(1)]} is not known, and the letter tells of it: {{{found.group(1)}}}")
        return said

    return _FIELD.sub(value, text)


def paragraphs(text: str) -> list[str]:
    """An empty line begins a new one."""
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")) if part.strip()]


def direction(text: str) -> str:
    """ "rtl" where the first letter of the text is of a script that runs from right to left."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def tells_of(text: str, places: Iterable[tuple[str, str]]) -> str:
    """An address (first line, postcode) that a text gives away, or "". Spaces, commas and capitals hide nothing."""
    folded = _bare(text)
    for line, postcode in places:
        for part in (line.split("\n")[0].split(",")[0], postcode):
            if len(_bare(part)) >= 5 and _bare(part) in folded:
                return part.strip()
    return ""


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
