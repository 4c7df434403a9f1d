"""A file is handed to the scanner that the deployment names, if it names one, before it is kept."""

from __future__ import annotations

import logging
import subprocess
from typing import IO

from django.conf import settings

log = logging.getLogger("daymark.scanning")

_SECONDS = 60
HARMFUL = "The scanner says that this file would do harm, so it was not kept. Tell whoever gave it to you"
NOT_SCANNED = "This file could not be scanned just now, so it was not kept. Try again in a few minutes"


class NotTaken(ValueError):
    """Why the file was not kept, in words."""


def configured() -> bool:
    return bool(settings.FILE_SCANNER)


def scan(file: IO[bytes]) -> bool:
    """True: scanned, nothing found. False: no scanner is set up. Raises `NotTaken`: what cannot be scanned is not let through.

    The command reads the file from its standard input and ends with 0 (nothing found) or 1 (harmful), as clamdscan does.
    """
    if not configured():
        return False
    file.seek(0)
    try:
        found = subprocess.run(settings.FILE_SCANNER, input=file.read(), capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        log.exception("A file could not be scanned")
        raise NotTaken(NOT_SCANNED) from None
    finally:
        file.seek(0)
    if found.returncode == 1:
        raise NotTaken(HARMFUL)
    if found.returncode:
        log.error("The scanner ended with %s: %s", found.returncode, found.stderr[-500:])
        raise NotTaken(NOT_SCANNED)
    return True
