"""The history of a request and its notices, and whether what is kept is as it was; letters as they were made."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import history
from legal.models import LegalLetter, Notice, PublicPlaceNotice
from legal.views.decisions import in_authority
from legal.views.requests import request_of


@needs(Permission.SEE_NOTICES)
@require_http_methods(["GET", "POST"])
def request_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who decided what, when, on what evidence. A POST works out the hashes of what is kept."""
    user = user_of(request)
    in_authority(user)
    found = request_of(request, pk)
    context = {"asked": found, "events": history.events(found)}
    if request.method == "POST":
        checked = history.check(found)
        bad = [one.what for one in checked if not one.whole]
        audit.record("checked what is kept", by=user, subject=found, kind=AuditEvent.Kind.VIEW, count=len(checked), bad=bad)
        context |= {"checked": checked, "bad": bad, "checked_at": clock.now()}
    return render(request, "legal/history.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def legal_letter(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The stored file, byte for byte. It holds an address: the authority's alone."""
    user = user_of(request)
    in_authority(user)
    letter = get_object_or_404(LegalLetter.objects.select_related("notice", "public"), pk=pk)
    if letter.notice_id:
        get_object_or_404(Notice.objects.visible_to(user), pk=letter.notice_id)
    else:
        get_object_or_404(PublicPlaceNotice.objects.visible_to(user), pk=letter.public_id)
    if letter.status != LegalLetter.Status.MADE or not default_storage.exists(letter.stored):
        raise Http404
    audit.record("downloaded a letter", by=user, subject=letter, kind=AuditEvent.Kind.EXPORT, sha256=letter.sha256)
    return FileResponse(
        default_storage.open(letter.stored),
        as_attachment=True,
        filename=f"{letter.reference.replace('/', '-')}.pdf",
        content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )
