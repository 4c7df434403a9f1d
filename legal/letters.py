"""Making the letters that follow a notice, in a worker: whoever makes one holds it by its database session (schools/orders.py)."""

from __future__ import annotations

import datetime as dt
import io

from django.template.loader import render_to_string

from legal.models import LegalLetter
from schools import kept, orders, printing

TASK = "daymark.make_legal_letter"
LOCK = 7331  # first key of the advisory locks
# which words each kind is made from now; a letter keeps the version it was asked for with. A change of words is another number and file.
TEMPLATES = {"withdrawal": "withdrawal 1", "refund": "refund 1", "public": "public 1"}


def ring(number: int) -> None:
    orders.ring(TASK, number)


def forgotten() -> list[int]:
    return orders.forgotten(LegalLetter.objects.all(), LOCK, most=200)


def make_letter(number: int, *, now: dt.datetime) -> LegalLetter | None:
    """Make the PDF; None where it is made, or in other hands."""
    return orders.carry_out(LegalLetter.objects.all(), number, lock=LOCK, make=lambda letter: _keep(letter, now))


def html(letter: LegalLetter) -> str:
    """From what was kept with it alone: the same words, whatever has changed since."""
    address = [line.strip() for line in letter.facts["to_address"].replace("\n", ",").split(",") if line.strip()]
    return render_to_string(f"legal/documents/{letter.template.replace(' ', '_')}.html", letter.facts | {"address": address})


def _keep(letter: LegalLetter, now: dt.datetime) -> None:
    css = render_to_string("legal/documents/notice.css", {"reference": letter.facts["reference"], "colour": letter.facts["colour"]})
    found = kept.keep("notices", io.BytesIO(printing.pdf(html(letter), css)), ".pdf")
    letter.stored, letter.sha256, letter.size = found.name, found.sha256, found.size
    letter.status, letter.made_at, letter.error = LegalLetter.Status.MADE, now, ""
    letter.save(update_fields=["stored", "sha256", "size", "status", "made_at", "error"])
