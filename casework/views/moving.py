"""An entry on the wrong child: moving it, and the list of what was moved."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from casework import actions
from casework.actions import CaseProblem
from casework.actions.moving import MOVABLE
from casework.filters import of_pupil_named
from casework.models import Case, Entry, Moved
from schools.forms.fields import radios, show
from schools.models import Authority

_FOUND, _PAGE = 12, 50


class MoveForm(forms.Form):
    to = radios("Whose entry is it?", [], "Choose the child whose entry it is")

    def __init__(self, sent: object, *, cases: list[Case]) -> None:
        super().__init__(sent)  # type: ignore[arg-type]
        said = [(str(case.pk), f"{case.pupil}, {case.school}, case opened {case.opened:%-d %B %Y}") for case in cases]
        self.fields["to"].choices = said  # type: ignore[attr-defined]


@needs(Permission.WORK_CASES)
def entry_move(request: HttpRequest, pk: int) -> HttpResponse:
    """First the right child is looked for, then chosen: names alike are told apart by school and case."""
    user = user_of(request)
    rows = Entry.every.visible_to(user).filter(kind__in=MOVABLE).select_related("case__pupil", "case__school", "moved")
    entry = get_object_or_404(rows, pk=pk)
    case = entry.case
    if hasattr(entry, "moved") and request.method == "GET":
        messages.info(request, f"{entry.moved.by_name} has moved this entry to another child.")
        return redirect("case", pk=case.pk)
    asked = (request.POST.get("q") or request.GET.get("q") or "").strip()[:100].replace("\0", "")
    cases = Case.objects.visible_to(user).open().exclude(pk=case.pk).select_related("pupil", "school")
    found = list(of_pupil_named(cases, asked).order_by("pupil__sort_name", "pk")[:_FOUND]) if asked else []
    form = MoveForm(request.POST if request.method == "POST" else None, cases=found)
    if request.method == "POST" and form.is_valid():
        to = next(one for one in found if str(one.pk) == form.cleaned_data["to"])
        try:
            actions.move_entry(by=user, today=clock.today(), now=clock.now(), entry=entry, to=to)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The entry is with {to.pupil} now. A line without its words stands in its place.")
            return redirect("case", pk=case.pk)
    if request.method == "GET":
        audit.record("looked at a case", by=user, subject=case, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    context = {"entry": entry, "case": case, "form": form, "found": found, "asked": asked, "lead": _lead()}
    return render(request, "casework/entry_move.html", context)


def _lead() -> str:
    """The address of the data-protection lead; "" where none is named."""
    return Authority.objects.values_list("protection_email", flat=True).first() or ""


def _reads_words(user: User) -> bool:
    """The data-protection lead alone: whoever signs in with the address that the authority has named."""
    lead = _lead()
    return bool(lead) and user.email.lower() == lead.lower()


@require_safe
@needs(Permission.SEE_MOVED_ENTRIES)
def moved_entries(request: HttpRequest) -> HttpResponse:
    """Who moved what kind of entry, and when. Words and children: for the data-protection lead."""
    user = user_of(request)
    reads = _reads_words(user)
    rows = Moved.objects.visible_to(user).order_by("-at", "-pk")
    pages = Paginator(rows, _PAGE)
    page = pages.get_page(request.GET.get("page"))
    keys = [moved.pk for moved in page]
    whole = Moved.objects.filter(pk__in=keys).order_by("-at", "-pk")
    # the standing manager finds no moved entry, so these are read by their own
    entries = Entry.every.select_related("case__pupil", "case__school").in_bulk([m.entry_id for m in whole] + [m.to_id for m in whole])
    lines = [(moved, entries[moved.entry_id], entries[moved.to_id]) for moved in whole]
    if reads and lines:
        audit.record("read moved entries", by=user, kind=AuditEvent.Kind.VIEW, count=len(lines))
    context = {"page": page, "lines": lines, "reads": reads, "lead": _lead(), "total": pages.count}
    return render(request, "casework/moved.html", context)
