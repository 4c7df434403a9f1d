"""Sums of money as pages say them."""

from __future__ import annotations

from django import template

from legal import income

register = template.Library()


@register.filter
def pounds(pence: int) -> str:
    """ "£80", "£80.50"."""
    return income.pounds(pence)
