"""Which formats are read beside text tables, and the one place where bytes of theirs become a table."""

from __future__ import annotations

from pathlib import PurePath

from attendance.imports import bundle, pushed, sif, sims, workbooks
from attendance.imports.census import CENSUS
from attendance.imports.foreign import HEAD, Table, Translator

# in order: the first that recognises a file has it
TRANSLATORS: tuple[Translator, ...] = (
    bundle.TRANSLATOR,
    workbooks.TRANSLATOR,
    sims.TRANSLATOR,
    sif.TRANSLATOR,
    CENSUS,
    pushed.TRANSLATOR,
)

_CONTENT_TYPES: dict[str, str] = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".txt": "text/plain"}
for _one in TRANSLATORS:
    _CONTENT_TYPES |= _one.content_types
SUFFIXES: tuple[str, ...] = tuple(_CONTENT_TYPES)  # of files that are taken, in small letters
ACCEPT = ",".join((*SUFFIXES, *dict.fromkeys(_CONTENT_TYPES.values())))  # of a file field
_BY_KIND: dict[str, Translator] = {one.kind: one for one in TRANSLATORS}


def translator_of(head: bytes) -> Translator | None:
    """Who reads a file that begins so; None for a text table, or for what nobody reads."""
    return next((one for one in TRANSLATORS if one.recognise(head[:HEAD])), None)


def translate(data: bytes) -> tuple[Translator, Table] | None:
    """A foreign file as a table; None where the bytes are to be read as a text table. Raises Unreadable."""
    one = translator_of(data)
    return None if one is None else (one, one.to_table(data))


def by_kind(kind: str) -> Translator | None:
    return _BY_KIND.get(kind)


def unit_of(kind: str) -> str:
    """What the numbers of a file's rows count: "line", "row" or "record"."""
    return _BY_KIND[kind].unit if kind in _BY_KIND else "line"


def content_type(filename: str) -> str:
    """The media type to send a file back with, by its name; bytes of no type for a name that is not taken."""
    return _CONTENT_TYPES.get(PurePath(filename.lower()).suffix, "application/octet-stream")
