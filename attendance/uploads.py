"""Stops a file that is too large at the door, before it fills the disk, and says so where there is no room for one that is not."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

log = logging.getLogger("daymark.uploads")

FORM = 1024 * 1024  # bytes allowed for the rest of a form


class SizeLimit(FileUploadHandler):
    """Lets the form through and leaves the file out; the page says why (`too_large`)."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: bytes, encoding: str | None = None
    ) -> None:
        if self.request is not None and content_length > settings.MAX_EXTRACT_BYTES + FORM:
            self.request.META["DAYMARK_TOO_LARGE"] = True

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.request is not None and too_large(self.request):
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def too_large(request: HttpRequest) -> bool:
    return bool(request.META.get("DAYMARK_TOO_LARGE"))


class OnDisk(TemporaryFileUploadHandler):
    """Django's own, but a full disk leaves the file out instead of losing the page; the page says why (`no_room`)."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            log.exception("A file could not be received")
            if self.request is not None:
                self.request.META["DAYMARK_NO_ROOM"] = True
            self.file.close()
            raise SkipFile from None


def no_room(request: HttpRequest) -> bool:
    return bool(request.META.get("DAYMARK_NO_ROOM"))
