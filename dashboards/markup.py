"""Pieces of a page that are made in Python because there are hundreds of them: the cells of tables, the marks of a register."""

from __future__ import annotations

from html import escape

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString


def piece(form: str, *values: object) -> SafeString:
    """What `format_html` gives, in a quarter of the time: that one looks again and again whether each value is a translation still
    to be made. Every value is escaped that is not markup already.
    """
    return SafeString(form.format(*[escape(value) if type(value) is str else conditional_escape(value) for value in values]))
