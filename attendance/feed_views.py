"""Live feeds: connect a provider, see which schools it offers, switch one on, see how it goes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import clock, secrets
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import sources, sourcing
from attendance.feed_forms import TokenForm
from attendance.feeds import connect, roll
from attendance.imports.wonde import FeedProblem, NotNow
from attendance.models import Connection, Feed

PER_PAGE = 50
FETCHES = 20
ORDER = {state: place for place, state in enumerate(("approved", "offered", "paused", "revoked", "pending"))}


def _feeds(request: HttpRequest) -> QuerySet[Feed]:
    return Feed.objects.visible_to(user_of(request)).select_related("school")


@needs(Permission.MANAGE_FEEDS)
@require_GET
def feeds(request: HttpRequest) -> HttpResponse:
    rows = sorted(_feeds(request), key=lambda feed: (not feed.last_error, ORDER[feed.state], str(feed.school or feed.name)))
    context = {
        "connection": Connection.objects.first(),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "fetching": sum(feed.state == Feed.State.APPROVED for feed in rows),
        "in_trouble": sum(bool(feed.last_error) for feed in rows),
    }
    return render(request, "attendance/feeds.html", context)


@needs(Permission.MANAGE_FEEDS)
@never_cache
@require_http_methods(["GET", "POST"])
def feeds_connect(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            connect.connect(by=user_of(request), today=clock.today(), now=clock.now(), token=form.cleaned_data["token"])
        except NotNow as problem:  # nothing is tried again by itself without a token
            form.add_error("token", f"{problem.why} The token was not kept: try again in a few minutes")
        except FeedProblem as problem:
            form.add_error("token", str(problem))
        else:
            messages.success(request, "Connected. These are the schools that let the authority read them.")
            return redirect("feeds")
    return render(request, "attendance/feeds_connect.html", {"form": form, "connection": Connection.objects.first()})


@needs(Permission.MANAGE_FEEDS)
@require_POST
def feeds_disconnect(request: HttpRequest) -> HttpResponse:
    connect.disconnect(by=user_of(request), today=clock.today())
    messages.success(request, "Disconnected. What was fetched before stays; nothing more is fetched.")
    return redirect("feeds")


@needs(Permission.MANAGE_FEEDS)
@require_POST
def feeds_refresh(request: HttpRequest) -> HttpResponse:
    try:
        connect.refresh_offers(by=user_of(request), today=clock.today(), now=clock.now(), for_page=True)
    except (FeedProblem, secrets.Unreadable) as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, "This is the list as Wonde has it now.")
    return redirect("feeds")


@needs(Permission.MANAGE_FEEDS)
@require_GET
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_feeds(request), pk=pk)
    sees_pupils = user_of(request).may(Permission.SEE_PUPILS)
    context: dict[str, Any] = {
        "feed": found,
        "fetches": found.fetches.select_related("extract").order_by("-at", "-pk")[:FETCHES],
        "sees_pupils": sees_pupils,
        "counts": sourcing.words_in_force(found.school, clock.today()) if found.school else "",
        "our_source": sources.label(found.provider),
        "notes": found.notes if sees_pupils else [],
        "gone": roll.gone(found, today=clock.today()) if sees_pupils else [],
    }
    return render(request, "attendance/feed.html", context)


def _change(request: HttpRequest, pk: int, act: str, done: str) -> HttpResponse:
    found = get_object_or_404(_feeds(request), pk=pk)
    acts = {"begin": connect.begin, "pause": connect.pause, "fetch": connect.fetch_now}
    try:
        acts[act](by=user_of(request), today=clock.today(), feed=found)
    except connect.FeedRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("feed", pk=pk)


@needs(Permission.MANAGE_FEEDS)
@require_POST
def feed_begin(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, "begin", "Switched on. The school’s roll and the last 30 days of marks are being fetched.")


@needs(Permission.MANAGE_FEEDS)
@require_POST
def feed_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, "pause", "Paused. Nothing is fetched until you switch it on again; then what was missed is fetched.")


@needs(Permission.MANAGE_FEEDS)
@require_POST
def feed_fetch(request: HttpRequest, pk: int) -> HttpResponse:
    return _change(request, pk, "fetch", "Asked for. What comes is listed here in a minute or two: load the page again.")
