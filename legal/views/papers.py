"""PDFs of notices to improve and attendance contracts. They hold an address: the authority's, and the school's that issues them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from legal.actions import improving as actions
from legal.models import Contract, Improvement, Paper, Party
from schools.models import Parent


def opens_papers(user: User, row: Improvement | Contract, parents: list[Parent]) -> bool:
    """The authority's own; a school those that it issues itself, unless the address is kept from it."""
    if user.as_role.in_authority:
        return True
    ours = row.issuer == Improvement.Issuer.SCHOOL if isinstance(row, Improvement) else row.side == Contract.Side.SCHOOL
    return ours and all(parent.shows_address_to(user) for parent in parents)


def _paper(request: HttpRequest, pk: int) -> Paper:
    """One of what the user may see; 403 where the paper itself is not theirs."""
    user = user_of(request)
    paper = get_object_or_404(Paper.objects.select_related("improvement__parent", "party__parent", "party__contract"), pk=pk)
    if paper.improvement is not None:
        seen: bool = Improvement.objects.visible_to(user).filter(pk=paper.improvement_id).exists()
        row: Improvement | Contract = paper.improvement
        parent = paper.improvement.parent
    elif paper.party is not None:
        seen = Contract.objects.visible_to(user).filter(pk=paper.party.contract_id).exists()
        row, parent = paper.party.contract, paper.party.parent
    else:
        raise Http404
    if not seen:
        raise Http404
    if not opens_papers(user, row, [parent]):
        raise PermissionDenied
    return paper


@require_safe
@needs(Permission.SEE_NOTICES)
def paper_state(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has come, for the page that waits for it. 286: there is nothing more to wait for."""
    paper = _paper(request, pk)
    return render(request, "legal/_paper.html", {"paper": paper}, status=200 if paper.busy else 286)


@require_safe
@needs(Permission.SEE_NOTICES)
def paper_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The stored file, byte for byte."""
    paper = _paper(request, pk)
    if paper.status != Paper.Status.MADE or not default_storage.exists(paper.stored):
        raise Http404
    subject: Improvement | Party | None = paper.improvement or paper.party
    audit.record("downloaded a legal document", by=user_of(request), subject=subject, kind=AuditEvent.Kind.EXPORT, sha256=paper.sha256)
    name = f"{paper.get_kind_display().lower().replace(' ', '-').replace(',', '')}-{paper.pk}.pdf"
    return FileResponse(
        default_storage.open(paper.stored), as_attachment=True, filename=name, headers={"X-Content-Type-Options": "nosniff"}
    )


@require_POST
@needs(Permission.KEEP_IMPROVEMENTS)
def paper_again(request: HttpRequest, pk: int) -> HttpResponse:
    paper = _paper(request, pk)
    actions.paper_again(by=user_of(request), today=clock.today(), now=clock.now(), paper=paper)
    if paper.improvement_id:
        return redirect("improvement", pk=paper.improvement_id)
    assert paper.party is not None  # noqa: S101  (by the table's own constraint)
    return redirect("contract", pk=paper.party.contract_id)
