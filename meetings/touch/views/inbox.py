"""What was sent, where e-mails are written to files and not sent: the demo's inbox."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings.touch import inbox

_NEWEST, _PAGE = 1000, 50


def _only_without_a_mail_server() -> None:
    if settings.EMAIL_BACKEND not in (inbox.FILES, inbox.CONSOLE):
        raise Http404


def _whole(request: HttpRequest) -> bool:
    """Links that let somebody in are for those who invite people anyway."""
    return user_of(request).may(Permission.MANAGE_USERS)


@require_safe
@needs(Permission.SEE_SENT_MAIL)
def mail_list(request: HttpRequest) -> HttpResponse:
    _only_without_a_mail_server()
    found, kept_back = inbox.messages(whole=_whole(request), newest=_NEWEST) if inbox.kept() else ([], 0)
    page = Paginator(found, _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "total": len(found), "kept_back": kept_back, "console": not inbox.kept(), "newest": _NEWEST}
    return render(request, "touch/mail_list.html", context)


@require_safe
@needs(Permission.SEE_SENT_MAIL)
def mail(request: HttpRequest, key: str) -> HttpResponse:
    _only_without_a_mail_server()
    found = inbox.message(key, whole=_whole(request)) if inbox.kept() else None
    if found is None:
        raise Http404
    return render(request, "touch/mail.html", {"mail": found})
