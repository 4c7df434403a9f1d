"""Files that were made once and are kept byte for byte, under a name made of their SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    name: str  # in file storage
    sha256: str
    size: int


def keep(folder: str, file: IO[bytes], suffix: str) -> Kept:
    """Keep a file; the same bytes are kept once. What a process that was killed left of it is written anew."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for chunk in _chunks(file):
        digest.update(chunk)
        size += len(chunk)
    sha256 = digest.hexdigest()
    name = f"{folder}/{sha256[:2]}/{sha256}{suffix}"
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return Kept(name, sha256, size)
        default_storage.delete(name)
    file.seek(0)
    try:
        name = default_storage.save(name, File(file))
    except OSError:
        with contextlib.suppress(OSError):
            default_storage.delete(name)  # no half of a file under the name of the whole
        raise
    return Kept(name, sha256, size)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
