"""What several of these pages ask."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.access import user_of
from schools.forms.fields import show
from schools.models import School


def school_of(request: HttpRequest, urn: int) -> School:
    return get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)


def site(request: HttpRequest) -> str:
    """Where Daymark is, for the links of an e-mail."""
    return request.build_absolute_uri(reverse("home"))


def number(said: str) -> int | None:
    """A version or a key as an address or a form gives it; None for anything else."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None


def show_moved_on(form: forms.BaseForm, problem: Exception, version: int) -> None:
    """Put a refusal on the form; what was typed stays, and a second sending is made from the thing as it stands now."""
    show(form, problem)
    if "version" in form.fields:
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(version)  # type: ignore[index]
