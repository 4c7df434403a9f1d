"""A message that a mail server sent back, read: which e-mail it is about and what the server says. Pure (RFC 3464)."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message

_OURS = re.compile(r"<briefing-(\d{1,18})@[^<>\s]+>")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Bounce:
    """`mail`: the number in the message id of the e-mail that came back. `failed`: for good, not only delayed."""

    mail: int
    recipient: str
    failed: bool
    words: str


def read(raw: bytes) -> Bounce | None:
    """None for what is no report about one of our e-mails."""
    message = email.message_from_bytes(raw, policy=policy.default)
    status = next((part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    about = _about(message)
    if about is None:
        return None
    fields = _fields(status)
    words = fields.get("diagnostic-code") or fields.get("status") or "no reason given"
    return Bounce(
        mail=about,
        recipient=_address(fields.get("final-recipient") or fields.get("original-recipient") or ""),
        failed=fields.get("action", "failed").strip().lower() == "failed",
        words=" ".join(words.split())[:_LONGEST],
    )


def _fields(status: Message) -> dict[str, str]:
    """The fields of the report, those of the recipient over those of the message."""
    blocks = status.get_payload()
    found: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message):
            found |= {name.lower(): str(value) for name, value in block.items()}
    return found


def _about(message: EmailMessage | Message) -> int | None:
    """The id of the e-mail that came back: in its own head, which the report carries, whole or alone."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            text = part.get_payload(decode=True)
            found = _OURS.search(text.decode("utf-8", "replace") if isinstance(text, bytes) else "")
        else:
            found = _OURS.fullmatch(str(part.get("Message-ID", "")).strip())
        if found:
            return int(found[1])
    return None


def _address(said: str) -> str:
    """ "rfc822; head@school.example" -> "head@school.example"."""
    return said.rpartition(";")[2].strip()
