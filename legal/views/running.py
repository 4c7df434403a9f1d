"""What a case works with and legal keeps: a child's contracts, offers and notices to improve, as the case's page shows them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import watching
from legal.models import Contract, Improvement
from legal.views.contracts import standing_of
from schools.models import Pupil

_SHOWN = 5


@require_safe
@needs(Permission.SEE_NOTICES)
def legal_running(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of a page. How a contract goes is said from the marks, of an offer too."""
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    contracts = list(Contract.objects.visible_to(user).filter(pupil=pupil).prefetch_related("parties").order_by("-pk")[:_SHOWN])
    seen = watching.since({one.pk: (pk, one.start, min(one.ended or one.end, today)) for one in contracts if one.start <= today})
    for one in contracts:
        one.standing = standing_of(one)
        one.seen = seen.get(one.pk) if one.offered else None
    improvements = Improvement.objects.visible_to(user).filter(pupil=pupil).select_related("parent").order_by("-pk")[:_SHOWN]
    return render(request, "legal/_running.html", {"contracts": contracts, "improvements": improvements})
