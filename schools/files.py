"""Which files are taken: judged by their bytes, not by what a browser says of them. Pure."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO

MEGABYTE = 1024 * 1024
MOST = 20 * MEGABYTE
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
KINDS = {
    "pdf": "application/pdf",
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation",
    "odt": _OPEN + "text",
    "ods": _OPEN + "spreadsheet",
    "odp": _OPEN + "presentation",
    "png": "image/png",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
}
_BEGINS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
_TEXT = {"txt", "csv"}
_INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}  # where an office file keeps its parts


class WrongFile(ValueError):
    """Why a file is not taken, in words for the person who chose it."""


def kind_of(name: str, size: int, file: IO[bytes]) -> str:
    """The kind of a file, by its name and its bytes. Raises `WrongFile`."""
    if not size:
        raise WrongFile("The file is empty")
    if size > MOST:
        raise WrongFile(f"The file is larger than {MOST // MEGABYTE} MB")
    ending = name.rpartition(".")[2].lower()
    kind = "jpg" if ending == "jpeg" else ending
    if "." not in name or kind not in KINDS:
        raise WrongFile(f"Choose a file of one of these kinds: {', '.join(KINDS)}")
    file.seek(0)
    if kind in _TEXT:
        ours = _is_text(file)
    elif kind in _BEGINS:
        ours = file.read(16).startswith(_BEGINS[kind])
    else:
        ours = _is_document(kind, file)
    file.seek(0)
    if not ours:
        raise WrongFile(f"This is no {kind.upper()} file, although its name says so. Save it again as {kind.upper()} and choose that")
    return kind


def _is_text(file: IO[bytes]) -> bool:
    content = file.read()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return b"\0" not in content


def _is_document(kind: str, file: IO[bytes]) -> bool:
    """An office or open document; nothing is unpacked but the few bytes that say what it is."""
    try:
        with zipfile.ZipFile(file) as held:
            names = held.namelist()
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise WrongFile("The file holds macros, which could do harm on a computer. Save it without them and choose that")
            if kind in _INSIDE:
                return "[Content_Types].xml" in names and any(name.startswith(_INSIDE[kind]) for name in names)
            with held.open("mimetype") as said:
                return said.read(100).decode("ascii", "replace").strip() == KINDS[kind]
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError, RuntimeError):
        return False
