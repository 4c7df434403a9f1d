"""The only bridge from doors to permissions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from accounts.permissions import Permission


def user_of(request: HttpRequest) -> User:
    """Whoever is signed in: the middleware lets nobody else this far."""
    assert isinstance(request.user, User)  # noqa: S101  (for the reader and the type checker)
    return request.user


def needs(permission: Permission) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Open a view only to users whose role has `permission`; others get 403. Which rows: `visible_to`, else 404.

    The permission is left on the view as `view.needs`, so that the table of doors can read it.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may(permission):  # type: ignore[union-attr]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
