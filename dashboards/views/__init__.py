"""The pages people work from. Each loads what the user may see, makes one call, answers."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


def user_of(request: HttpRequest) -> User:
    """Whoever is signed in: the middleware lets nobody else this far."""
    assert isinstance(request.user, User)  # noqa: S101 - for the reader and the type checker
    return request.user
