"""Which policy values a decision was made by, as pages say it."""

from __future__ import annotations

import datetime as dt
import re

from django import template

from legal.penalty import written

register = template.Library()

_DAY = re.compile(r" (\d{4}-\d{2}-\d{2})")


@register.filter
def policy_said(version: str) -> str:
    """ "national 2024-08-19" as "national, from 19 August 2024"."""
    return _DAY.sub(lambda found: f", from {written(dt.date.fromisoformat(found[1]))}", version)
