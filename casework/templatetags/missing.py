"""The way between the pages about children who are missing, enquired about or in care."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from accounts.permissions import Permission as P

register = template.Library()

_PLACES: tuple[tuple[str, str, P], ...] = (
    ("Missing education", "missing", P.SEE_CASES),
    ("Meeting list", "missing_meeting", P.WORK_CASES),
    ("Vacancies", "vacancies", P.SEE_CASES),
    ("Tracing log", "missing_tracing", P.WORK_CASES),
    ("Joint enquiries", "enquiries", P.SEE_CASES),
    ("Deletions without a ground", "ungrounded", P.EDIT_PEOPLE),
    ("First-day absences", "first_day", P.SEE_CASES),
    ("Children with a social worker", "care_children", P.SEE_CASES),
)


@register.inclusion_tag("casework/missing/_menu.html", takes_context=True)
def missing_menu(context: template.Context) -> dict[str, Any]:
    request = context["request"]
    places = [(text, reverse(name)) for text, name, permission in _PLACES if request.user.may(permission)]
    return {"places": places, "path": request.path}
