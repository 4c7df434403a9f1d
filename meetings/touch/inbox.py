"""E-mails as the file backend wrote them, read back: for a demo and for trying things out, where no mail server is."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

FILES = "django.core.mail.backends.filebased.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
_LINE = re.compile(rb"^-{79}\n", re.MULTILINE)  # what Django writes after each message
_ACCOUNTS = ("/accounts/", "/invitation/")  # links that let somebody in


@dataclass(frozen=True, slots=True)
class Sent:
    """`key`: file and place in it. `lets_in`: it holds a link by which somebody signs in."""

    key: str
    subject: str
    to: str
    sender: str
    date: str
    text: str
    html: str
    attachments: list[tuple[str, str]]  # name and kind
    lets_in: bool


def kept() -> bool:
    return settings.EMAIL_BACKEND == FILES


def messages(*, whole: bool, newest: int) -> tuple[list[Sent], int]:
    """The newest messages first, and how many were left out because their links let somebody in (`whole`: none is)."""
    found: list[Sent] = []
    kept_back = 0
    for path in _paths():
        for sent in reversed(list(_read(path))):
            if sent.lets_in and not whole:
                kept_back += 1
            else:
                found.append(sent)
        if len(found) >= newest:
            break
    return found[:newest], kept_back


def message(key: str, *, whole: bool) -> Sent | None:
    """By its key. The file is looked for among those there are: a key is never taken for a path."""
    name, _, _ = key.rpartition(".")
    path = next((path for path in _paths() if path.stem == name), None)
    sent = next((sent for sent in _read(path) if sent.key == key), None) if path else None
    return None if sent is None or (sent.lets_in and not whole) else sent


def _paths() -> list[Path]:
    folder = Path(settings.EMAIL_FILE_PATH)
    return sorted((path for path in folder.glob("*.log") if path.is_file()), reverse=True) if folder.is_dir() else []


def _read(path: Path) -> Iterator[Sent]:
    try:
        raw = path.read_bytes()
    except OSError:  # taken away meanwhile
        return
    for place, part in enumerate(part for part in _LINE.split(raw) if part.strip()):
        yield _sent(f"{path.stem}.{place}", email.message_from_bytes(part, policy=policy.default))


def _sent(key: str, found: EmailMessage) -> Sent:
    plain, html = found.get_body(("plain",)), found.get_body(("html",))
    text, rich = (str(body.get_content()) if body else "" for body in (plain, html))
    return Sent(
        key=key,
        subject=str(found.get("Subject", "")),
        to=str(found.get("To", "")),
        sender=str(found.get("From", "")),
        date=str(found.get("Date", "")),
        text=text,
        html=rich,
        attachments=[(part.get_filename() or "without a name", part.get_content_type()) for part in found.iter_attachments()],
        lets_in=any(address in text or address in rich for address in _ACCOUNTS),
    )
