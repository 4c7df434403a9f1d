"""Every page is for somebody signed in, but for the few that let them in."""

from collections.abc import Callable
from urllib.parse import urlsplit

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control

from accounts import typed

OPEN_PREFIXES = (
    "/accounts/login",
    "/accounts/inactive",
    "/accounts/password/reset",
    "/accounts/2fa/authenticate",
    "/invitation/",
    "/touch/briefings/leave/",
    "/health",
    "/brand.css",
)

# The API asks who somebody is by itself (accounts.api), by a token too, and answers a program with a status, not with a page.
API = "/api/"


class SignInRequired:
    """Deny by default: a new page is closed until its view says who may come in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated and not request.path.startswith((*OPEN_PREFIXES, API)):
            if request.method == "POST":
                typed.keep(request)
            return redirect_to_login(_way_back(request))
        response = self.get_response(request)
        # offices share computers: after signing out, the way back must not show a child
        known = request.user.is_authenticated or request.path.startswith(API)
        if known and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response


def _way_back(request: HttpRequest) -> str:
    """Where to go after signing in: the page asked for; after a form was sent too late, the page it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    page = urlsplit(request.headers.get("Referer", ""))
    return page.path if page.netloc == request.get_host() and page.path else "/"


class SecondFactorRequired:
    """Where the setting asks for it, nobody gets past setting up their second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECOND_FACTOR_REQUIRED
            and request.user.is_authenticated
            and not request.path.startswith(("/accounts/", "/health", API))
            and not get_adapter().is_mfa_enabled(request.user)
        ):
            return redirect("mfa_activate_totp")
        return self.get_response(request)
