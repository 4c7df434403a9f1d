"""Who asks through the API, whether they may, and how often. Apart from accounts.api, which Django REST framework's own views
need: its settings name what is here, and it reads them before it has any view.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from knox.auth import TokenAuthentication
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from accounts import actions, clock
from accounts.models import ApiToken, User
from accounts.permissions import Permission

if TYPE_CHECKING:
    from rest_framework.views import APIView

_TOKEN = re.compile(rb"dm_[0-9a-f]{64}")
_NO_TOKEN = (
    "This token is not known here, has ended, or is a school’s, which only sends registers. People make theirs on their account page."  # noqa: S105
)


def lacks_second_factor(user: User) -> bool:
    return settings.SECOND_FACTOR_REQUIRED and not get_adapter().is_mfa_enabled(user)


class PersonalToken(TokenAuthentication):
    """`Authorization: Bearer dm_...`, made on the user's account page."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        if not _TOKEN.fullmatch(token):
            raise exceptions.AuthenticationFailed(_NO_TOKEN)
        try:
            user, found = super().authenticate_credentials(token)
        except exceptions.AuthenticationFailed:
            raise exceptions.AuthenticationFailed(_NO_TOKEN) from None
        if not found.holds_for(user):
            raise exceptions.AuthenticationFailed(_NO_TOKEN)
        actions.token_used(token=found, today=clock.today())
        return user, found


class SignedIn(SessionAuthentication):
    """The cookie of somebody who is signed in to the pages."""


class RoleMay(BasePermission):
    """Closed unless the view says which permission it `needs`; None is for everybody who is somebody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not isinstance(user, User):
            return False  # answered with 401
        if lacks_second_factor(user):
            raise exceptions.PermissionDenied("Set up your second step first: sign in and open your account page.")
        needed: Permission | None = view.needs  # type: ignore[attr-defined]
        return needed is None or user.may(needed)


class NotCounting(exceptions.APIException):
    """What counts requests is away: without a limit nothing is answered."""

    status_code = 503
    default_detail = "Requests cannot be counted at the moment, so none is answered. Try again in a minute."


class Limit(UserRateThrottle):
    """So many requests a minute for each user and kind of request (settings.API_LIMITS)."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return True  # answered with 401, which asks nothing of the database
        self.scope = getattr(view, "limit", "read")
        self.rate = settings.API_LIMITS[self.scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        try:
            return super().allow_request(request, view)
        except RedisError:
            raise NotCounting from None

    def get_rate(self) -> str:
        return settings.API_LIMITS["read"]


class AlwaysJson(BaseContentNegotiation):
    """There is one format, whatever was asked for."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: list[Any], format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
