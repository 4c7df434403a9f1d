"""A letter on paper: the same parts as a page shows, under the authority's own head. Made in a worker (docs/decisions.md 13)."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from pypdf import PdfReader, PdfWriter

from casework.letters.fields import Block, direction, paragraphs
from casework.models import Letter
from schools import orders, printing
from schools.models import Authority

LOGO = "picture:logo"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`lines` as typed; `way`: "rtl" or "ltr", by its first letter."""

    lines: list[str]
    way: str


@dataclass(frozen=True, slots=True)
class Part:
    paragraphs: list[Paragraph]
    source: str


def parts(blocks: Iterable[Block]) -> list[Part]:
    """The text as paragraphs of lines. A template escapes each line: nothing typed becomes markup."""
    return [
        Part([Paragraph(said.split("\n"), direction(said)) for said in paragraphs(block.text)], block.source if block.locked else "")
        for block in blocks
    ]


def lines_of(address: str) -> list[str]:
    """As on an envelope."""
    return [line.strip() for line in address.replace("\n", ",").split(",") if line.strip()]


@dataclass(frozen=True)
class Head:
    """The letterhead, read once for many letters."""

    authority: Authority | None
    logo: bytes | None

    @property
    def colour(self) -> str:
        return self.authority.colour if self.authority else "#0b0c0c"

    @property
    def address(self) -> list[str]:
        return self.authority.address.split("\n") if self.authority and self.authority.address else []


def head() -> Head:
    authority = Authority.objects.filter(pk=1).first()
    if authority is None or not authority.logo or not default_storage.exists(authority.logo):
        return Head(authority, None)
    with default_storage.open(authority.logo) as file:
        return Head(authority, file.read())


def context(letter: Letter, over: Head, *, on_page: bool = False) -> dict[str, Any]:
    """What page and paper show of a letter. A page carries the logo in itself."""
    logo = LOGO if over.logo else ""
    if on_page and over.logo:
        kind = "png" if over.logo.startswith(b"\x89PNG") else "jpeg"
        logo = f"data:image/{kind};base64,{base64.b64encode(over.logo).decode()}"
    return {
        "letter": letter,
        "head": over,
        "authority": over.authority,
        "logo": logo,
        "address": lines_of(letter.to_address),
        "parts": parts(letter.blocks),
        "way": direction(letter.subject),
        "heading": "h2" if on_page else "h1",  # a page has its own first heading
    }


def pdf(letter: Letter, over: Head) -> bytes:
    css = render_to_string("casework/letters/letter.css", {"colour": over.colour, "reference": letter.reference})
    pictures = {LOGO: over.logo} if over.logo else None
    return printed(render_to_string("casework/letters/paper.html", context(letter, over)), css, pictures)


def printed(html: str, css: str, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A PDF with every character of the page, or none: whoever asked for it is told which are wanting."""
    try:
        with printing.every_character():
            return printing.pdf(html, css, pictures)
    except printing.NoFont as problem:
        raise orders.CannotBeMade(str(problem)) from None


def sheets(made: bytes) -> int:
    return len(PdfReader(io.BytesIO(made)).pages)


def together(stored: Sequence[str], title: str) -> tuple[bytes, int]:
    """The letters' own pages in one file, for the print room; each begins on a sheet of its own, also where both sides are printed.

    Returns the file and its number of pages. The letters themselves stay as they are.
    """
    writer = PdfWriter()
    for name in stored:
        with default_storage.open(name) as file:
            pages = PdfReader(io.BytesIO(file.read())).pages
            for page in pages:
                writer.add_page(page)
            if len(pages) % 2:
                writer.add_blank_page()
    writer.add_metadata({"/Title": title})
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue(), len(writer.pages)
