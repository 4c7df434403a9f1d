"""What a page says, as a person would read it."""

from __future__ import annotations

import html
import re

from django.http import HttpResponse


def said(answer: HttpResponse) -> str:
    """The words of the page's main part, tags as spaces, in one line."""
    page = answer.content.decode()
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0] if main else page)).split())
